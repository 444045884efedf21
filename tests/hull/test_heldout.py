"""Held-out errors: equal to a loop with scipy, near zero inside the hull, the same for any order of rows or agents."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize, nnls

from chatarena.hull.heldout import METHODS, held_out
from chatarena.hull.splits import Splits, k_fold, leave_one_out, random_halves
from chatarena.hull.table import select, table
from tests.hull.tables import made_table, reordered


def splits_of(n: int, folds: int = 4, seed: int = 1) -> Splits:
    return k_fold(n, folds, np.random.default_rng(seed))


def by_hand(method: str, x, y, u, v) -> float:
    """Fit on (x, y) without an offset, error on (u, v); written with what a user has at hand."""
    k = x.shape[1]
    match method:
        case "constant":
            return float(np.mean((y.mean() - v) ** 2))
        case "best single":
            weights = np.eye(k)[((x - y[:, None]) ** 2).mean(axis=0).argmin()]
        case "mean":
            weights = np.full(k, 1 / k)
        case "least squares":
            weights = np.linalg.lstsq(x, y, rcond=None)[0]
        case "cone":
            weights = nnls(x, y)[0]
        case "affine":
            free = np.linalg.lstsq(x[:, 1:] - x[:, :1], y - x[:, 0], rcond=None)[0]
            weights = np.append(1 - free.sum(), free)
        case "simplex":
            found = minimize(
                lambda w: ((x @ w - y) ** 2).sum(),
                np.full(k, 1 / k),
                jac=lambda w: 2 * x.T @ (x @ w - y),
                method="SLSQP",
                bounds=[(0, 1)] * k,
                constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": lambda w: np.ones(k)},
                options={"ftol": 1e-15, "maxiter": 1000},
            )
            weights = found.x
    return float(np.mean((u @ weights - v) ** 2))


@pytest.mark.parametrize("method", METHODS)
def test_as_a_loop_over_splits_would_find(method):
    full, splits = made_table(), splits_of(60)
    x, y = full.utilities, full.target
    expected = [by_hand(method, x[s.train], y[s.train], x[s.test], y[s.test]) for s in splits.splits]
    found = held_out(full, splits, methods=(method,)).of(method)
    assert found.per_split == pytest.approx(expected, rel=1e-5)
    assert found.mse == pytest.approx(np.mean(expected), rel=1e-5)
    assert found.rmse == pytest.approx(math.sqrt(found.mse))


@pytest.mark.parametrize("offset", ["none", "free", "per state"])
def test_a_target_inside_the_hull_is_found_again(offset):
    full = made_table(noise=0.0, states=3)
    found = held_out(full, splits_of(60), offset=offset, methods=("simplex", "cone", "affine", "least squares"))
    assert all(method.mse < 1e-20 for method in found.methods)


@pytest.mark.parametrize("offset", ["none", "free"])
def test_neither_the_order_of_rows_nor_of_agents_matters(offset):
    full = made_table(weighted=True)
    splits = splits_of(60)
    order = np.random.default_rng(5).permutation(60)
    place = np.argsort(order)
    moved = replace(
        splits,
        splits=tuple(replace(s, train=np.sort(place[s.train]), test=np.sort(place[s.test])) for s in splits.splits),
    )
    plain = held_out(full, splits, offset=offset)
    assert [m.mse for m in held_out(reordered(full, order), moved, offset=offset).methods] == pytest.approx(
        [m.mse for m in plain.methods], rel=1e-9
    )
    turned = select(full, agents=np.arange(full.k)[::-1].copy())
    assert [m.mse for m in held_out(turned, splits, offset=offset).methods] == pytest.approx(
        [m.mse for m in plain.methods], rel=1e-9
    )


def test_agents_that_cannot_be_told_apart_share_their_weight():
    full = made_table(k=4)
    # The last agent agrees with the first except on one row, which is held out.
    twin = full.utilities[:, 0].copy()
    twin[7] += 0.4
    doubled = table(np.column_stack([full.utilities, twin]), full.target)
    turned = select(doubled, agents=np.arange(5)[::-1].copy())
    splits = leave_one_out([row == 7 for row in range(60)])
    one = replace(splits, splits=(splits.splits[1],))
    for method in ("simplex", "cone", "affine", "least squares"):
        errors = [held_out(t, one, methods=(method,)).of(method).mse for t in (doubled, turned)]
        assert errors[0] == pytest.approx(errors[1], rel=1e-6), method


def test_a_common_level_is_taken_up_by_a_free_offset():
    full, splits = made_table(), splits_of(60)
    lifted = table(full.utilities + 3.0, full.target)
    free = [held_out(t, splits, offset="free", methods=("simplex", "mean")) for t in (full, lifted)]
    assert [m.mse for m in free[0].methods] == pytest.approx([m.mse for m in free[1].methods], rel=1e-6)
    assert held_out(lifted, splits, methods=("mean",)).of("mean").mse > 5.0


def test_a_difference_is_paired_by_split():
    full, splits = made_table(noise=0.02), random_halves(60, 8, np.random.default_rng(2))
    found = held_out(full, splits)
    gap = found.difference("simplex", "constant")
    gaps = np.subtract(found.of("simplex").per_split, found.of("constant").per_split)
    assert gap.mse == pytest.approx(gaps.mean())
    assert gap.se == pytest.approx(math.sqrt((1 / 8 + 1.0) * gaps.var(ddof=1)))
    assert gap.mse + 2 * gap.se < 0


def test_the_standard_error_counts_the_overlap():
    full = made_table()
    found = held_out(full, splits_of(60), methods=("mean",)).of("mean")
    spread = np.std(found.per_split, ddof=1)
    assert found.se_over_splits == pytest.approx(spread / 2)
    assert found.se == pytest.approx(spread * math.sqrt(1 / 4 + 1 / 3))


def test_one_split_has_no_standard_error():
    found = held_out(made_table(), random_halves(60, 1, np.random.default_rng(0)), methods=("mean",)).of("mean")
    assert found.se is None
    assert found.se_over_splits is None


def test_the_best_single_is_named_and_counted():
    found = held_out(made_table(), splits_of(60), methods=("best single",)).of("best single")
    assert sum(chosen.splits for chosen in found.chosen) == 4


@pytest.mark.parametrize(
    ("call", "said"),
    [
        pytest.param(lambda t: held_out(t, splits_of(50)), "50 rows", id="splits of other rows"),
        pytest.param(lambda t: held_out(t, splits_of(60), methods=()), "none at all", id="no methods"),
        pytest.param(lambda t: held_out(t, splits_of(60), methods=("median",)), "median", id="unknown method"),
        pytest.param(lambda t: held_out(t, splits_of(60), offset="per state"), "states", id="no states"),
        pytest.param(
            lambda t: held_out(t, splits_of(60), methods=("mean",)).of("cone"), "only mean", id="not measured"
        ),
    ],
)
def test_what_cannot_be_measured_is_refused(call, said):
    with pytest.raises(ValueError, match=said):
        call(made_table())
