"""The least largest error: equal to the whole linear program, and proved by a measure without any program at all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatarena.hull.fit import fit
from chatarena.hull.kinds import KINDS, OFFSETS
from chatarena.hull.sup import sup_fit
from chatarena.hull.table import table
from tests.hull.cases import RECIPES, Recipe, made, whole_program


def proved_below(full, found):
    """What the measure says against any weights, from the definition: the least of m . (X w - u) over the kind."""
    if not found.measure:
        return 0.0
    rows = [charge.row for charge in found.measure]
    masses = np.array([charge.mass for charge in found.measure])
    assert np.abs(masses).sum() == pytest.approx(1, abs=1e-9)
    if found.offset != "none":
        states = full.states[rows] if found.offset == "per state" else np.zeros(len(rows))
        for state in np.unique(states):
            assert masses[states == state].sum() == pytest.approx(0, abs=1e-9)
    gains = masses @ (full.utilities[rows] - full.target[rows][:, None])
    if found.kind == "simplex":
        return gains.min()
    values = masses @ full.utilities[rows]
    person = masses @ full.target[rows]
    size = max(1.0, np.abs(full.utilities).max())
    if found.kind == "cone":
        assert values.min() >= -1e-9 * size
        return -person
    assert np.ptp(values) <= 1e-9 * size
    return gains.mean()


def attained(full, found):
    """The largest error of the weights, from the definition."""
    left = full.utilities @ np.array(found.weights) - full.target
    if found.offset == "free":
        left = left + found.offset_values[0]
    if found.offset == "per state":
        left = left + np.array(found.offset_values)[[found.states.index(str(state)) for state in full.states]]
    return np.abs(left).max()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("recipe", [pytest.param(recipe, id=name) for name, recipe in RECIPES.items()])
def test_equal_to_the_whole_program(recipe, offset, kind):
    full = made(recipe)
    found = sup_fit(full, kind, offset=offset)
    if recipe.apart == 0.0 or kind != "affine":
        # HiGHS keeps its tolerance of 1e-10 on numbers of order one; a level of 1e3 costs three digits.
        assert found.gap_sup == pytest.approx(
            whole_program(full, kind, offset), abs=1e-8 if recipe.level < 100 else 1e-7
        )
    rounding = 1e-9 if recipe.level < 100 or kind != "cone" else 1e-8
    # Huge weights of any sign cost digits here, where a level times them is rounded; not in `gap_sup`.
    rounding += 1e-15 * sum(map(abs, found.weights)) * np.abs(full.utilities).max()
    assert attained(full, found) == pytest.approx(found.gap_sup, abs=rounding)
    huge = 1e-15 * sum(map(abs, found.weights)) * np.abs(full.utilities - full.target[:, None]).max()
    assert 0 <= found.gap_sup - found.lower <= 1e-9 + huge
    assert proved_below(full, found) >= found.lower - rounding


@pytest.mark.parametrize("seed", range(40))
def test_equal_to_the_whole_program_on_many_shapes(seed):
    rng = np.random.default_rng(seed)
    recipe = Recipe(n=int(rng.integers(2, 90)), k=int(rng.integers(1, 30)), noise=float(rng.choice([0.0, 0.05, 0.5])))
    full = made(recipe, seed)
    kind, offset = KINDS[seed % 3], OFFSETS[seed // 3 % 3]
    found = sup_fit(full, kind, offset=offset)
    assert found.gap_sup == pytest.approx(whole_program(full, kind, offset), abs=1e-8)
    assert found.gap_sup - found.lower <= 1e-9


@pytest.mark.parametrize("kind", KINDS)
def test_agents_and_rows_enter_as_they_are_needed(kind):
    full = made(Recipe(n=400, k=150))
    found = sup_fit(full, kind, offset="free")
    assert found.gap_sup == pytest.approx(whole_program(full, kind, "free"), abs=1e-8)
    assert found.gap_sup - found.lower <= 1e-9
    assert found.rows_used < 2 * full.n


def test_many_rows_are_never_all_in_the_program():
    full = made(Recipe(n=60_000, k=10))
    found = sup_fit(full, "simplex")
    assert found.gap_sup - found.lower <= 1e-9
    assert found.rows_used < 500


@given(seed=st.integers(0, 10_000), n=st.integers(1, 25), k=st.integers(1, 8))
@settings(max_examples=40, deadline=None)
def test_laws(seed, n, k):
    rng = np.random.default_rng(seed)
    full = table(rng.uniform(0, 1, (n, k)), rng.uniform(0, 1, n), states=np.arange(n) // 3)
    gaps = {(kind, offset): sup_fit(full, kind, offset=offset) for kind in KINDS for offset in OFFSETS}
    for (kind, offset), found in gaps.items():
        # Nothing does better in this norm, and this norm's best does no better than others in theirs.
        quadratic = fit(full, kind, offset=offset)
        assert found.gap_sup <= quadratic.gap_sup + 1e-9
        assert attained(full, found) >= quadratic.rmse - 1e-9
        assert kind == "affine" or min(found.weights) >= 0
        assert kind == "cone" or sum(found.weights) == pytest.approx(1, abs=1e-9)
    for offset in OFFSETS:
        assert gaps["cone", offset].gap_sup <= gaps["simplex", offset].gap_sup + 1e-9
        assert gaps["affine", offset].gap_sup <= gaps["simplex", offset].gap_sup + 1e-9
    for kind in KINDS:
        assert gaps[kind, "free"].gap_sup <= gaps[kind, "none"].gap_sup + 1e-9
        assert gaps[kind, "per state"].gap_sup <= gaps[kind, "free"].gap_sup + 1e-9


def test_weights_of_rows_do_not_matter():
    rng = np.random.default_rng(2)
    x, y = rng.uniform(size=(20, 4)), rng.uniform(size=20)
    assert sup_fit(table(x, y), "cone").gap_sup == pytest.approx(
        sup_fit(table(x, y, weights=rng.uniform(0.1, 9, 20)), "cone").gap_sup, abs=1e-9
    )


def test_by_hand():
    """u = (0, 1), one agent (1, 0): without offset the error is 1; in the cone weight 0 leaves 1 as well."""
    full = table([[1.0], [0.0]], [0.0, 1.0])
    assert sup_fit(full, "simplex").gap_sup == pytest.approx(1.0)
    found = sup_fit(full, "cone")
    assert (found.gap_sup, found.weights, found.carriers) == (pytest.approx(1.0), (0.0,), ())
    # With a constant one half of the difference is left.
    assert sup_fit(full, "cone", offset="free").gap_sup == pytest.approx(0.5)
    assert sup_fit(full, "simplex", offset="free").gap_sup == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"kind": "ball"}, "kind"),
        ({"kind": "cone", "offset": "two"}, "offset"),
        ({"kind": "cone", "offset": "per state"}, "states"),
    ],
    ids=["kind", "offset", "no states"],
)
def test_misuse_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        sup_fit(table([[0.1], [0.2]], [0.3, 0.4]), **arguments)
