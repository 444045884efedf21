"""The fit is the least mean squared error there is: against other formulations, to the last digits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatarena.hull.fit import best_single, constant, evaluate, fit, fit_rows, mean, unconstrained
from chatarena.hull.kinds import KINDS, OFFSETS
from chatarena.hull.moments import moments
from chatarena.hull.quadratic import minimise
from chatarena.hull.reduction import Block, columns, factor, factor_of
from chatarena.hull.table import select, table
from tests.hull.cases import RECIPES, Recipe, by_nnls, made, mean_square, modulo_offset, optimality_gap

EVERY = [pytest.param(recipe, id=name) for name, recipe in RECIPES.items()]


@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize(
    # Where next to nothing is left the bound is loose: that case is compared with NNLS below.
    "recipe",
    [pytest.param(recipe, id=name) for name, recipe in RECIPES.items() if recipe.noise != 1e-7],
)
def test_nothing_in_the_simplex_is_better(recipe, offset):
    """The bound needs no other program: it says how much is left to gain from this very point."""
    full = made(recipe)
    found = fit(full, "simplex", offset=offset)
    weights = np.array(found.weights)
    own = mean_square(full, weights, offset)
    assert found.mse == pytest.approx(own, rel=1e-9, abs=1e-22)
    # No error is below zero, so an error is never farther than itself from the least.
    assert min(own, optimality_gap(full, weights, offset)) <= 1e-10 * own + 1e-24


@pytest.mark.parametrize("kind", ["simplex", "cone"])
@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("recipe", EVERY)
def test_as_good_as_nnls_on_all_rows(recipe, offset, kind):
    for seed in range(3):
        full = made(recipe, seed)
        found, other = fit(full, kind, offset=offset), by_nnls(full, kind, offset)
        own, theirs = mean_square(full, np.array(found.weights), offset), mean_square(full, other, offset)
        rounding = (1e-13 * max(1.0, abs(recipe.level))) ** 2
        assert own <= theirs * (1 + 1e-9) + rounding
        if recipe.apart == 0.0 and recipe.level < 100:
            assert own == pytest.approx(theirs, rel=1e-9, abs=rounding)


@pytest.mark.parametrize("seed", range(60))
def test_as_good_as_nnls_on_many_shapes(seed):
    rng = np.random.default_rng(seed)
    recipe = Recipe(n=int(rng.integers(2, 80)), k=int(rng.integers(1, 40)), noise=float(rng.choice([0.0, 0.01, 0.5])))
    full = made(recipe, seed)
    for kind in ("simplex", "cone"):
        for offset in OFFSETS:
            own = mean_square(full, np.array(fit(full, kind, offset=offset).weights), offset)
            theirs = mean_square(full, by_nnls(full, kind, offset), offset)
            assert own == pytest.approx(theirs, rel=1e-9, abs=1e-24)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("offset", OFFSETS)
def test_as_good_as_a_quadratic_program_on_the_full_matrix(kind, offset):
    import cvxpy as cp

    full = made(Recipe(n=40, k=8))
    weights = cp.Variable(full.k)
    c = cp.Variable({"none": 1, "free": 1, "per state": len(np.unique(full.states))}[offset])
    places = np.unique(full.states, return_inverse=True)[1] if offset == "per state" else np.zeros(full.n, dtype=int)
    limits = [] if kind == "affine" else [weights >= 0]
    limits += [] if kind == "cone" else [cp.sum(weights) == 1]
    limits += [c == 0] if offset == "none" else []
    problem = cp.Problem(cp.Minimize(cp.sum_squares(full.utilities @ weights + c[places] - full.target)), limits)
    problem.solve(solver="CLARABEL", tol_gap_abs=1e-13, tol_gap_rel=1e-13, tol_feas=1e-13)
    found = fit(full, kind, offset=offset)
    assert found.mse == pytest.approx(problem.value / full.n, rel=1e-9)
    assert np.array(found.weights) == pytest.approx(weights.value, abs=1e-6)
    if offset != "none":
        assert np.array(found.offset_values) == pytest.approx(c.value, abs=1e-6)


@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("recipe", EVERY)
def test_the_affine_hull_is_least_squares_on_differences(recipe, offset):
    full = made(recipe)
    x, y = modulo_offset(full, offset)
    others = np.linalg.lstsq(x[:, 1:] - x[:, :1], y - x[:, 0], rcond=1e-13)[0]
    theirs = mean_square(full, np.append(1 - others.sum(), others), offset)
    found = fit(full, "affine", offset=offset)
    assert sum(found.weights) == pytest.approx(1, abs=1e-9 * max(1, max(map(abs, found.weights))))
    own = mean_square(full, np.array(found.weights), offset)
    assert own <= theirs * (1 + 1e-6) + (1e-12 * max(1.0, recipe.level) * max(map(abs, found.weights))) ** 2


@pytest.mark.parametrize(
    "recipe", [pytest.param(RECIPES[name], id=name) for name in ("plain", "copies", "near copies", "common level")]
)
def test_moments_lead_to_the_same_error(recipe):
    full = made(recipe)
    for kind in ("simplex", "cone"):
        for offset in ("free", "per state") if recipe.level > 100 else OFFSETS:
            held = moments(full, per_state=offset == "per state")
            quick = mean_square(full, minimise(held, kind, offset), offset)
            assert quick == pytest.approx(fit(full, kind, offset=offset).mse, rel=1e-9)


def test_weights_of_near_copies_come_out_where_moments_lose_them():
    """Copies 1e-7 apart of two agents far apart, built so that the answer is known: what is left over is orthogonal."""
    q = np.linalg.qr(np.random.default_rng(4).standard_normal((80, 9)))[0]
    x = np.column_stack([q[:, 7 * (i > 3)] + 1e-7 * q[:, i] for i in range(1, 7)])
    truth = np.array([0.3, 0.1, 0.2, 0.15, 0.05, 0.2])
    full = table(x, x @ truth + 1e-6 * q[:, 8])
    assert np.array(fit(full, "simplex").weights) == pytest.approx(truth, abs=1e-6)
    assert np.abs(minimise(moments(full), "simplex") - truth).max() > 1e-4


@given(seed=st.integers(0, 10_000), n=st.integers(2, 30), k=st.integers(1, 10))
@settings(max_examples=40, deadline=None)
def test_laws(seed, n, k):
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, 1, (n, k)), rng.uniform(0, 1, n)
    full = table(x, y, states=np.arange(n) // 2, weights=rng.uniform(0.5, 2, n))
    errors = {(kind, offset): fit(full, kind, offset=offset) for kind in KINDS for offset in OFFSETS}
    rounding = 1e-14
    for offset in OFFSETS:
        assert errors["cone", offset].mse <= errors["simplex", offset].mse + rounding
        assert errors["affine", offset].mse <= errors["simplex", offset].mse + rounding
        assert unconstrained(full, offset=offset).mse <= errors["cone", offset].mse + rounding
        assert errors["simplex", offset].mse <= best_single(full, offset=offset).mse + rounding
        assert errors["simplex", offset].mse <= mean(full, offset=offset).mse + rounding
        assert errors["cone", offset].mse <= constant(full, offset=offset).mse + rounding
    for kind in KINDS:
        assert errors[kind, "free"].mse <= errors[kind, "none"].mse + rounding
        assert errors[kind, "per state"].mse <= errors[kind, "free"].mse + rounding
    for (kind, _), found in errors.items():
        assert found.rmse == pytest.approx(math.sqrt(found.mse))
        assert found.gap_sup >= found.rmse - rounding
        assert found.gap_sup == max(abs(found.lowest.residual), abs(found.highest.residual))
        assert kind == "affine" or min(found.weights) >= 0
        assert kind == "cone" or sum(found.weights) == pytest.approx(1)
        assert [carrier.agent for carrier in found.carriers] == sorted(
            (agent for agent, weight in zip(found.agents, found.weights, strict=True) if weight),
            key=lambda agent: -abs(found.weights[found.agents.index(agent)]),
        )


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_a_point_built_inside_has_no_gap(seed):
    rng = np.random.default_rng(seed)
    n, k = int(rng.integers(2, 40)), int(rng.integers(1, 12))
    x = rng.uniform(0, 1, (n, k))
    inside = x @ rng.dirichlet(np.ones(k))
    states = np.arange(n) % 3
    moved = {"none": inside, "free": inside + 0.7, "per state": inside + states}
    for offset, y in moved.items():
        for kind in KINDS:
            assert fit(table(x, y, states=states), kind, offset=offset).gap_sup < 1e-12


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_an_offset_does_not_see_a_shift(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, 1, (20, 5)), rng.uniform(0, 1, 20)
    for kind in KINDS:
        there = fit(table(x, y), kind, offset="free")
        back = fit(table(x + rng.uniform(-5, 5, 5), y + 3), kind, offset="free")
        assert np.array(back.weights) == pytest.approx(np.array(there.weights), abs=1e-9)
        assert back.mse == pytest.approx(there.mse, rel=1e-9)


def test_a_weight_is_as_good_as_so_many_rows():
    rng = np.random.default_rng(1)
    x, y, counts = rng.uniform(size=(30, 4)), rng.uniform(size=30), rng.integers(1, 4, 30)
    for kind in KINDS:
        for offset in OFFSETS:
            states = np.arange(30) % 5
            weighed = fit(table(x, y, weights=counts, states=states), kind, offset=offset)
            repeated = fit(
                table(np.repeat(x, counts, 0), np.repeat(y, counts), states=np.repeat(states, counts)),
                kind,
                offset=offset,
            )
            assert np.array(weighed.weights) == pytest.approx(np.array(repeated.weights), abs=1e-10)
            assert weighed.mse == pytest.approx(repeated.mse, rel=1e-10)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("offset", ["none", "free"])
def test_rows_in_blocks_are_the_table(kind, offset):
    full = made(Recipe(n=5_000, k=7, level=100.0))
    sizes = [1, 7, 4_000, 992]

    def blocks():
        start = 0
        for size in sizes:
            part = slice(start, start + size)
            yield Block(utilities=full.utilities[part].astype(np.float64), target=full.target[part])
            start += size

    streamed, whole = fit_rows(blocks, full.agents, kind, offset=offset), fit(full, kind, offset=offset)
    assert np.array(streamed.weights) == pytest.approx(np.array(whole.weights), abs=1e-10)
    assert streamed.mse == pytest.approx(whole.mse, rel=1e-10)
    assert streamed.gap_sup == pytest.approx(whole.gap_sup, rel=1e-10)
    assert (streamed.lowest.row, streamed.highest.row) == (whole.lowest.row, whole.highest.row)
    assert (streamed.n, streamed.rank) == (whole.n, whole.rank)


def test_blocks_are_checked():
    ones = np.ones((3, 2))
    with pytest.raises(ValueError, match="agents before it"):
        factor_of([Block(utilities=ones, target=ones[:, 0]), Block(utilities=ones[:, :1], target=ones[:, 0])])
    with pytest.raises(ValueError, match="missing or infinite"):
        factor_of([Block(utilities=ones * np.nan, target=ones[:, 0])])
    with pytest.raises(ValueError, match="no row"):
        factor_of([])
    with pytest.raises(ValueError, match="names"):
        fit_rows(lambda: [Block(utilities=ones, target=ones[:, 0])], ("A",), "cone")
    once = iter([Block(utilities=ones, target=ones[:, 0])])
    with pytest.raises(ValueError, match="a second time"):
        fit_rows(lambda: once, ("A", "B"), "cone")
    with pytest.raises(ValueError, match="with every state"):
        columns(factor(made(Recipe())), "cone", "per state")


def test_on_some_rows_and_evaluated_on_others():
    full = made(Recipe(n=50, k=5, states=5))
    train, test = np.arange(30), np.arange(30, 50)
    for offset in OFFSETS:
        found = fit(full, "simplex", offset=offset, rows=train)
        alone = fit(select(full, rows=train), "simplex", offset=offset)
        assert found.weights == pytest.approx(alone.weights, abs=1e-12)
        assert evaluate(found, full, rows=train).mse == pytest.approx(found.mse, rel=1e-12)
        left = full.utilities[test] @ np.array(found.weights) - full.target[test]
        if offset == "per state":
            for state in np.unique(full.states[test]):
                left[full.states[test] == state] -= left[full.states[test] == state].mean()
        elif offset == "free":
            left = left + found.offset_values[0]
        assert evaluate(found, full, rows=test).mse == pytest.approx((left**2).mean(), rel=1e-10)
    some = fit(full, "cone", offset="per state", rows=full.states < 2)
    assert (some.states, len(some.offset_values)) == (("0", "1"), 2)
    with pytest.raises(ValueError, match="the fit is to"):
        evaluate(found, select(full, agents=[0, 1]))


def test_baselines_are_what_they_say():
    full = made(Recipe(n=40, k=6))
    singles = ((full.utilities - full.target[:, None]) ** 2).mean(axis=0)
    assert best_single(full).weights == tuple(float(i == singles.argmin()) for i in range(6))
    assert best_single(full).mse == pytest.approx(singles.min())
    assert constant(full).mse == pytest.approx(full.target.var())
    assert constant(full, offset="none").mse == pytest.approx((full.target**2).mean())
    assert mean(full).mse == pytest.approx(((full.utilities.mean(axis=1) - full.target) ** 2).mean())
    x = np.column_stack([full.utilities, np.ones(40)])
    left = full.target - x @ np.linalg.lstsq(x, full.target, rcond=None)[0]
    assert unconstrained(full, offset="free").mse == pytest.approx((left**2).mean())
    # Chosen on the rows given, not on the others.
    assert best_single(full, rows=[0, 1]).weights == best_single(select(full, rows=[0, 1])).weights


def test_what_a_fit_carries():
    full = table([[0.2, 0.4], [0.9, 0.1], [0.5, 0.7], [None, 0.2]], [0.3, 0.5, 0.55, 0.2], ("Ash", "Elm"))
    found = fit(full, "simplex", offset="free")
    assert (found.kind, found.offset, found.norm, found.n, found.k, found.rank) == (
        "simplex",
        "free",
        "mean square",
        3,
        2,
        2,
    )
    assert found.excluded == full.excluded
    assert found.excluded[0].who == "Ash"
    assert found.condition == pytest.approx(
        np.linalg.cond((lambda d: d - d.mean(axis=0))(full.utilities - full.target[:, None]))
    )


@pytest.mark.parametrize(
    ("call", "words"),
    [
        pytest.param(lambda full: fit(full, "sphere"), "kind", id="kind"),
        pytest.param(lambda full: fit(full, "cone", offset="some"), "offset", id="offset"),
        pytest.param(lambda full: fit(full, "cone", offset="per state"), "states", id="no states"),
        pytest.param(lambda full: fit(full, "cone", rows=[]), "at least one", id="no rows"),
        pytest.param(lambda full: fit_rows(list, ("A",), "cone", offset="per state"), "blocks", id="streamed"),
        pytest.param(lambda full: minimise(moments(full), "cone", "per state"), "per_state", id="moments"),
        pytest.param(lambda full: minimise(moments(full), "cone", agents=[]), "at least one", id="nobody"),
    ],
)
def test_misuse_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call(table([[0.1, 0.2], [0.3, 0.1]], [0.1, 0.2]))
