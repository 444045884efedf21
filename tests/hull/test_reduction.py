"""R holds what the rows hold, in every direction, whether they were squared or reflected."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import solve_triangular

from chatarena.hull import reduction
from chatarena.hull.fit import fit
from chatarena.hull.kinds import KINDS
from chatarena.hull.moments import centred
from chatarena.hull.reduction import Block, factor, factor_of
from chatarena.hull.table import UtilityTable, table
from tests.hull.cases import Array, Recipe, by_nnls, made, mean_square

# More rows than one part of a pass, so that squaring is thought of. True: nothing is lost by it.
MANY = {
    "plain": (Recipe(n=2_500, states=50, k=12), True),
    "one agent": (Recipe(n=2_500, states=50, k=1), True),
    "two groups": (Recipe(n=reduction.GROUP + 1_001, k=3, states=50), True),
    "a level": (Recipe(n=2_500, states=50, k=12, level=1e6), True),
    "copies": (Recipe(n=2_500, states=50, k=40, apart=1e-2), True),
    "near copies": (Recipe(n=2_500, states=50, k=40, apart=1e-4), False),
    "nearest copies": (Recipe(n=2_500, states=50, k=40, apart=1e-8), False),
    "exactly inside": (Recipe(n=2_500, states=50, noise=0.0), False),
    "almost inside": (Recipe(n=2_500, states=50, noise=1e-7), False),
    "twins": (Recipe(n=2_500, states=50, twins=5), False),
    "constant agents": (Recipe(n=2_500, states=50, constants=3), False),
}
EVERY = [pytest.param(recipe, id=name) for name, (recipe, _) in MANY.items()]


def rows_of(full: UtilityTable, *, per_state: bool) -> Array:
    """[1, D, v] or, with states, [0, D, v] less the states' means, times the roots of the weights."""
    own = np.ones(full.n) if full.weights is None else full.weights
    v = full.target - full.level
    rows = np.column_stack([np.ones(full.n), full.utilities - full.target[:, None], v])
    if per_state:
        rows[:, 1:] = centred(rows[:, 1:], own, np.unique(full.states, return_inverse=True)[1])
        rows[:, 0] = 0.0
    return rows * np.sqrt(own)[:, None]


def squares(full: UtilityTable, *, per_state: bool = False) -> bool:
    """Whether R is made from squares: then it is other than what reflections alone make of the rows."""
    with pytest.MonkeyPatch.context() as patch:
        here = factor(full, per_state=per_state).root
        patch.setattr(reduction, "SAFE", 0.0)
        return not np.array_equal(here, factor(full, per_state=per_state).root)


@pytest.mark.parametrize("per_state", [False, True], ids=["level", "per state"])
@pytest.mark.parametrize("weighed", [False, True], ids=["alike", "weighed"])
@pytest.mark.parametrize("recipe", EVERY)
def test_lengths_are_those_of_the_rows(recipe, weighed, per_state):
    made_up = made(recipe)
    weights = np.random.default_rng(2).uniform(0.1, 5.0, made_up.n) if weighed else None
    full = table(made_up.utilities, made_up.target, weights=weights, states=made_up.states)
    root, rows = factor(full, per_state=per_state).root, rows_of(full, per_state=per_state)
    assert np.allclose(np.triu(root), root)
    assert root.T @ root == pytest.approx(rows.T @ rows, rel=1e-11, abs=1e-11 * np.linalg.norm(rows) ** 2)
    start = 1 if per_state else 0
    whole = np.linalg.qr(rows[:, start:], mode="r")
    if np.abs(np.diag(whole)).min() > 1e-7 * np.abs(whole).max():
        # Of any combination of columns, not of the large ones only.
        ratio = solve_triangular(whole, root[start:, start:].T, trans="T")
        assert np.abs(np.linalg.svd(ratio, compute_uv=False) - 1.0).max() < 1e-8


@pytest.mark.parametrize(("recipe", "safe"), [pytest.param(*case, id=name) for name, case in MANY.items()])
def test_squared_only_where_nothing_is_lost(recipe, safe):
    assert squares(made(recipe)) is safe


def test_few_rows_are_never_squared():
    assert not squares(made(Recipe(n=reduction.ROWS, k=5)))


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_a_number_that_is_none_is_found_among_many(wrong, recwarn):
    full = made(Recipe(n=2_500, k=3))
    utilities = full.utilities.copy()
    utilities[2_000, 1] = wrong
    with pytest.raises(ValueError, match="missing or infinite"):
        factor_of([Block(utilities=utilities, target=full.target)])
    assert not recwarn.list


@pytest.mark.parametrize("unit", [1e-180, 1e180])
def test_a_unit_whose_squares_cannot_be_held(unit):
    full = made(Recipe(n=2_500, k=3))
    plain = factor_of([Block(utilities=full.utilities, target=full.target)]).root
    scaled = factor_of([Block(utilities=unit * full.utilities, target=unit * full.target)]).root
    assert np.abs(scaled[1:, 1:]) / unit == pytest.approx(np.abs(plain[1:, 1:]), rel=1e-9, abs=1e-10)


def test_rows_that_hide_their_dependence_at_first_are_reflected_after_all():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((3_000, 4)), rng.standard_normal(3_000)
    x[1_000:] *= 1e7
    x[1_000:, 3] = x[1_000:, 2]
    full = table(x, y)
    assert not squares(full)
    assert fit(full, "cone").mse == pytest.approx(mean_square(full, by_nnls(full, "cone", "none"), "none"), rel=1e-9)


@pytest.mark.parametrize("offset", ["none", "free", "per state"])
@pytest.mark.parametrize("recipe", EVERY)
def test_a_fit_to_many_rows_is_as_good_as_nnls(recipe, offset):
    full = made(recipe)
    for kind in ("simplex", "cone"):
        own = mean_square(full, np.array(fit(full, kind, offset=offset).weights), offset)
        theirs = mean_square(full, by_nnls(full, kind, offset), offset)
        assert own <= theirs * (1 + 1e-9) + (1e-13 * max(1.0, recipe.level)) ** 2


@pytest.mark.parametrize("kind", KINDS)
def test_weights_do_not_depend_on_the_way(kind, monkeypatch):
    full = made(Recipe(n=5_000, k=30, apart=1e-2, states=50))
    for offset in ("none", "free", "per state"):
        assert squares(full, per_state=offset == "per state")
        squared = fit(full, kind, offset=offset)
        with monkeypatch.context() as patch:
            patch.setattr(reduction, "SAFE", 0.0)
            reflected = fit(full, kind, offset=offset)
        assert np.array(squared.weights) == pytest.approx(np.array(reflected.weights), abs=1e-9)
        assert squared.mse == pytest.approx(reflected.mse, rel=1e-14)
        assert squared.condition == pytest.approx(reflected.condition, rel=1e-9)
