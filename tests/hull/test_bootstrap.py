"""The bootstrap: every resample is the fit one would make of the repeated rows, whichever way it is made."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest

from chatarena.hull.bootstrap import bootstrap
from chatarena.hull.fit import evaluate, fit
from chatarena.hull.resampling import draw_counts, exact_refits, newton_refits
from chatarena.hull.splits import unit_of_rows
from chatarena.hull.table import select, table
from tests.hull.tables import made_table

KINDS = ("simplex", "cone", "affine")
OFFSETS = ("none", "free", "per state")


def refits(full, kind, offset, counts, unit, make=exact_refits):
    return make(full, kind, offset, counts, unit, np.array(fit(full, kind, offset=offset).weights))


@pytest.mark.parametrize("grouped", [False, True], ids=["rows", "groups"])
@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_resample_is_the_fit_to_its_repeated_rows(kind, offset, grouped):
    full = made_table(n=40, k=4, states=2, groups=9 if grouped else 0, weighted=True)
    unit = unit_of_rows(full.groups) if grouped else np.arange(40)
    counts = draw_counts(int(unit.max()) + 1, 5, np.random.default_rng(2))
    found = refits(full, kind, offset, counts, unit)
    for one, count in enumerate(counts):
        rows = np.repeat(np.arange(40), count[unit])
        naive = fit(select(full, rows=rows), kind, offset=offset)
        assert found.weights[one] == pytest.approx(naive.weights, abs=1e-8)
        assert found.mse[one] == pytest.approx(naive.mse, rel=1e-8)
        assert found.gap_sup[one] == pytest.approx(naive.gap_sup, rel=1e-6)
        rest = np.flatnonzero(count[unit] == 0)
        assert found.left_out[one] == pytest.approx(evaluate(naive, full, rows=rest).mse, rel=1e-6)


@pytest.mark.parametrize("offset", ["none", "free"])
@pytest.mark.parametrize("kind", KINDS)
def test_newton_steps_lead_to_the_exact_refits(kind, offset):
    full = made_table(n=3000, k=8, noise=0.1, weighted=True)
    counts = draw_counts(3000, 40, np.random.default_rng(3))
    exact = refits(full, kind, offset, counts, np.arange(3000))
    newton = refits(full, kind, offset, counts, np.arange(3000), newton_refits)
    assert newton.steps >= 2
    assert newton.unsettled <= 0.1
    spread = exact.weights.std(axis=0).max()
    assert np.abs(newton.weights - exact.weights).max() < 0.2 * spread
    assert newton.mse == pytest.approx(exact.mse, rel=1e-5)
    assert newton.left_out == pytest.approx(exact.left_out, rel=1e-3)
    assert newton.gap_sup == pytest.approx(exact.gap_sup, rel=1e-2)


def test_newton_says_so_where_it_does_not_settle():
    full = made_table(n=12, k=9)
    counts = draw_counts(12, 30, np.random.default_rng(0))
    assert refits(full, "cone", "none", counts, np.arange(12), newton_refits) is None
    with pytest.raises(ValueError, match="do not settle"):
        bootstrap(full, "cone", np.random.default_rng(0), resamples=30, way="newton")


def test_both_ways_draw_the_same_and_the_many_rows_way_is_chosen_by_itself():
    full = made_table(n=2500, k=5)
    by_itself = bootstrap(full, "simplex", np.random.default_rng(1), resamples=60)
    exact = bootstrap(full, "simplex", np.random.default_rng(1), resamples=60, way="exact")
    assert (by_itself.way, exact.way) == ("newton", "exact")
    assert bootstrap(made_table(), "simplex", np.random.default_rng(1), resamples=60).way == "exact"
    for a, b in zip(by_itself.weights, exact.weights, strict=True):
        assert (a.interval.low, a.interval.high) == pytest.approx((b.interval.low, b.interval.high), abs=1e-4)
    assert by_itself.mse.sd == pytest.approx(exact.mse.sd, rel=1e-4)


def test_holding_fewer_resamples_at_a_time_changes_nothing(monkeypatch):
    full = made_table()
    plain = bootstrap(full, "simplex", np.random.default_rng(1), resamples=120)
    # The room offers the function under the name of its module.
    monkeypatch.setattr(import_module("chatarena.hull.bootstrap"), "HELD", 60)
    parts = bootstrap(full, "simplex", np.random.default_rng(1), resamples=120)
    assert parts.mse.sd == pytest.approx(plain.mse.sd, rel=1e-9)


def test_intervals_are_percentiles_of_the_resamples():
    full = made_table()
    found = bootstrap(full, "simplex", np.random.default_rng(4), resamples=200, level=0.9)
    draws = refits(full, "simplex", "none", draw_counts(60, 200, np.random.default_rng(4)), np.arange(60))
    assert (found.mse.interval.low, found.mse.interval.high) == pytest.approx(np.quantile(draws.mse, [0.05, 0.95]))
    assert found.left_out.value == pytest.approx(draws.left_out.mean())
    assert found.weights[2].carries == pytest.approx((draws.weights[:, 2] > 0).mean())
    whole = fit(full, "simplex")
    assert (found.mse.value, found.gap_sup.value) == (whole.mse, whole.gap_sup)


def test_the_error_on_rows_left_out_is_above_that_on_rows_drawn():
    found = bootstrap(made_table(n=30, k=12), "cone", np.random.default_rng(4), resamples=100)
    assert found.left_out.value > 1.2 * found.mse.value


def test_a_target_inside_the_hull_is_inside_in_every_resample():
    full = made_table(noise=0.0)
    found = bootstrap(full, "simplex", np.random.default_rng(4), resamples=50, offset="free")
    assert found.mse.interval.high < 1e-15
    assert all(w.interval.high - w.interval.low < 1e-5 for w in found.weights)


def test_groups_are_drawn_whole():
    """Copies of one session teach nothing new: the spread is that of the sessions, not of their rows."""
    few = made_table(n=12, k=3)
    many = table(np.repeat(few.utilities, 20, axis=0), np.repeat(few.target, 20), groups=np.repeat(np.arange(12), 20))
    rows, groups = (bootstrap(t, "simplex", np.random.default_rng(5), resamples=300) for t in (few, many))
    assert (rows.unit, groups.unit, groups.units) == ("row", "group", 12)
    assert groups.mse.sd == pytest.approx(rows.mse.sd, rel=1e-6)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param({"resamples": 1}, "at least 2", id="one resample"),
        pytest.param({"level": 0.0}, "level", id="no level"),
        pytest.param({"way": "newton", "offset": "per state"}, "exact", id="newton per state"),
        pytest.param({"offset": "per state"}, "states", id="no states"),
    ],
)
def test_what_cannot_be_resampled_is_refused(arguments, said):
    with pytest.raises(ValueError, match=said):
        bootstrap(made_table(), "simplex", np.random.default_rng(0), **arguments)


def test_one_group_cannot_be_resampled():
    with pytest.raises(ValueError, match="one group"):
        bootstrap(made_table(groups=1), "simplex", np.random.default_rng(0))
