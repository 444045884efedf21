"""Learning curves: equal to naive refits, falling where they must, and the held-out errors at the end."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatarena.hull.curve import default_sizes, learning_curve
from chatarena.hull.heldout import METHODS, held_out
from chatarena.hull.splits import k_fold, random_halves
from chatarena.hull.table import select
from tests.hull.tables import made_table, unrelated_table

OFFSETS = ("none", "free", "per state")


def folds(n: int, count: int = 3):
    return k_fold(n, count, np.random.default_rng(1))


@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("method", METHODS)
def test_every_point_is_the_mean_of_naive_refits(method, offset):
    full = made_table(n=45, k=5, states=2, weighted=True)
    splits, sizes, repeats = folds(45), (1, 3, 5), 4
    found = learning_curve(
        full, splits, np.random.default_rng(9), sizes=sizes, repeats=repeats, offset=offset, methods=(method,)
    )
    rng = np.random.default_rng(9)
    orders = [rng.permutation(5) for _ in range(repeats)]
    for point in found.of(method).points:
        naive = [
            held_out(select(full, agents=order[: point.agents]), splits, offset=offset, methods=(method,)).of(method)
            for order in orders
        ]
        assert point.held_out == pytest.approx(np.mean([one.mse for one in naive]), rel=1e-8)
        low, high = np.quantile([one.mse for one in naive], [0.05, 0.95])
        assert (point.held_out_low, point.held_out_high) == pytest.approx((low, high), rel=1e-8)


@pytest.mark.parametrize("offset", OFFSETS)
def test_with_all_agents_it_ends_at_the_held_out_errors(offset):
    full = made_table(states=3)
    for splits in (folds(60), random_halves(60, 5, np.random.default_rng(3))):
        expected = held_out(full, splits, offset=offset)
        found = learning_curve(full, splits, np.random.default_rng(0), repeats=3, offset=offset, methods=METHODS)
        for method in METHODS:
            last = found.of(method).points[-1]
            assert last.agents == full.k
            assert last.held_out == pytest.approx(expected.of(method).mse, rel=1e-8)
            assert last.se == pytest.approx(expected.of(method).se, rel=1e-6)
            assert last.held_out_low == pytest.approx(last.held_out_high, rel=1e-8)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(OFFSETS), st.integers(2, 12), st.booleans())
def test_a_growing_hull_never_fits_worse(seed, offset, k, related):
    full = made_table(seed, n=30, k=k, noise=0.05 if related else 3.0, states=2)
    found = learning_curve(
        full,
        folds(30),
        np.random.default_rng(seed),
        repeats=1,
        offset=offset,
        methods=("simplex", "cone", "affine", "least squares"),
    )
    for line in found.lines:
        fitted = [point.fitted for point in line.points]
        assert all(after <= before * (1 + 1e-9) + 1e-15 for before, after in pairwise(fitted))


def test_more_freedom_never_fits_worse():
    full = made_table(k=8)
    found = learning_curve(full, folds(60), np.random.default_rng(2), repeats=5, methods=METHODS)
    lines = {line.method: [point.fitted for point in line.points] for line in found.lines}
    for free, bound in [("simplex", "mean"), ("simplex", "best single"), ("affine", "simplex"), ("cone", "simplex")]:
        assert all(a <= b * (1 + 1e-9) for a, b in zip(lines[free], lines[bound], strict=True)), (free, bound)
    assert all(a <= b * (1 + 1e-9) for a, b in zip(lines["least squares"], lines["cone"], strict=True))


def test_a_target_inside_is_reached_with_all_agents_and_not_before():
    full = made_table(noise=0.0, k=6)
    simplex = learning_curve(full, folds(60), np.random.default_rng(2), repeats=10).of("simplex")
    assert simplex.points[-1].held_out < 1e-15
    assert simplex.points[0].held_out > 1e-4


def test_agents_that_know_nothing_fit_better_and_predict_worse():
    """The line on fitted rows looks like success; the held-out line does not."""
    full = unrelated_table(4, n=60, k=30)
    methods = ("constant", "least squares", "simplex")
    found = learning_curve(full, folds(60), np.random.default_rng(4), repeats=10, methods=methods)
    constant, last, simplex = (found.of(method).points[-1] for method in methods)
    assert last.fitted < 0.7 * constant.fitted
    assert last.held_out > 1.3 * constant.held_out
    assert simplex.held_out > constant.held_out - 2 * constant.se


def test_more_agents_than_rows_are_not_a_failure():
    full = made_table(n=12, k=30)
    found = learning_curve(full, folds(12), np.random.default_rng(1), repeats=3, methods=METHODS)
    assert found.of("least squares").points[-1].fitted < 1e-12
    assert all(np.isfinite([p.held_out for p in line.points]).all() for line in found.lines)


def test_a_seed_fixes_the_curve():
    full = made_table(k=8)
    first, again, other = (
        learning_curve(full, folds(60), np.random.default_rng(seed), repeats=3, sizes=(2, 4)) for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_it_says_what_was_done():
    found = learning_curve(made_table(), folds(60), np.random.default_rng(0), sizes=(1, 6), repeats=7)
    assert found.fits == 4 * 2 * 7 * 6
    assert (found.split, found.repeats, found.sizes) == ("3-fold cross-validation over 60 rows", 7, (1, 6))
    assert found.of("constant").offset == "free"


@pytest.mark.parametrize(
    ("k", "expected"), [(1, (1,)), (4, (1, 2, 3, 4)), (25, tuple(range(1, 26)))], ids=["one", "few", "all"]
)
def test_all_sizes_where_they_are_few(k, expected):
    assert default_sizes(k) == expected


def test_many_sizes_are_thinned_out_evenly_on_a_logarithmic_scale():
    sizes = default_sizes(1000)
    assert (sizes[0], sizes[-1]) == (1, 1000)
    assert 15 <= len(sizes) <= 25


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param({"sizes": (2, 2)}, "ascend", id="not ascending"),
        pytest.param({"sizes": (1, 7)}, "between 1 and 6", id="more than all"),
        pytest.param({"repeats": 0}, "at least one", id="no repeats"),
        pytest.param({"methods": ("median",)}, "median", id="unknown method"),
        pytest.param({"offset": "per state"}, "states", id="no states"),
        pytest.param({"level": 1.0}, "level", id="no level"),
    ],
)
def test_what_cannot_be_drawn_is_refused(arguments, said):
    with pytest.raises(ValueError, match=said):
        learning_curve(made_table(), folds(60), np.random.default_rng(0), **{"repeats": 2, **arguments})
