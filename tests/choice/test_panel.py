"""The panel: complete rows give the mean, holes are filled fairly, and what cannot be compared is not compared."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chatarena.choice.panel import leave_one_out, panel_utility, say_think_gap
from chatarena.choice.response import logit_response, maximisers

same_every_run = settings(derandomize=True, deadline=None, max_examples=150)


def tables(holes: bool = True):
    cell = st.one_of(st.none(), st.integers(0, 100)) if holes else st.integers(0, 100)
    return st.integers(2, 5).flatmap(
        lambda options: st.lists(
            st.lists(cell, min_size=options, max_size=options).map(
                lambda row: tuple(None if v is None else v / 100 for v in row)
            ),
            min_size=1,
            max_size=6,
        )
    )


def filled_until_settled(rows, weights):
    """The panel by another road: fill holes with option + agent effect, average, repeat until nothing moves."""
    ratings = np.array([[np.nan if v is None else v for v in row] for row in rows], dtype=float)
    holes = np.isnan(ratings)
    full = np.where(holes, 0.5, ratings)
    shares = np.array(weights) / np.sum(weights)
    for _ in range(20_000):
        options = shares @ full
        levels = (full - options).mean(axis=1)
        following = np.where(holes, options + levels[:, None], ratings)
        if np.abs(following - full).max() < 1e-13:
            break
        full = following
    return shares @ full


@same_every_run
@given(tables(holes=False), st.data())
def test_complete_rows_give_the_weighted_mean(rows, data):
    weights = data.draw(st.lists(st.floats(0.1, 5), min_size=len(rows), max_size=len(rows)))
    panel = panel_utility(rows, weights)
    assert panel.method == "weighted mean"
    assert panel.values == pytest.approx(list(np.average(np.array(rows), axis=0, weights=weights)), abs=1e-12)
    assert panel.heard == (len(rows),) * len(rows[0])
    assert panel.missing == ()
    assert panel.weights == pytest.approx([w / sum(weights) for w in weights])


@settings(same_every_run, max_examples=60)
@given(tables(), st.data())
def test_holes_agree_with_filling_them_until_nothing_moves(rows, data):
    weights = data.draw(st.lists(st.sampled_from([0.5, 1.0, 2.0]), min_size=len(rows), max_size=len(rows)))
    panel = panel_utility(rows, weights)
    assume(panel.method == "additive effects" and None not in panel.values)
    assume(all(any(v is not None for v in row) for row in rows))
    assert panel.values == pytest.approx(list(filled_until_settled(rows, weights)), abs=1e-6)


@same_every_run
@given(tables(), st.integers(0, 5), st.floats(-0.5, 0.5))
def test_an_agents_level_never_changes_the_order(rows, which, shift):
    """Raising everything one agent says by the same amount may lift the panel's level but no option over another."""
    which %= len(rows)
    moved = [tuple(None if v is None else v + shift for v in row) if i == which else row for i, row in enumerate(rows)]
    before, after = panel_utility(rows).values, panel_utility(moved).values
    assert [v is None for v in before] == [v is None for v in after]
    known = [(a, b) for a, b in zip(before, after, strict=True) if a is not None and b is not None]
    assert all(b - a == pytest.approx(known[0][1] - known[0][0], abs=1e-9) for a, b in known)


@same_every_run
@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_agents_and_options_does_not_matter(rows, random):
    agents, options = list(range(len(rows))), list(range(len(rows[0])))
    random.shuffle(agents)
    random.shuffle(options)
    shuffled = panel_utility([[rows[i][a] for a in options] for i in agents])
    plain = panel_utility(rows)
    assert [v is None for v in shuffled.values] == [plain.values[a] is None for a in options]
    for found, a in zip(shuffled.values, options, strict=True):
        assert found == pytest.approx(plain.values[a], abs=1e-9)


@same_every_run
@given(
    st.lists(st.floats(0, 1), min_size=3, max_size=5),
    st.lists(st.floats(-0.5, 0.5), min_size=3, max_size=6),
    st.data(),
)
def test_additive_truth_is_recovered_whoever_is_missing_where(worth, levels, data):
    rows = [[u + level for u in worth] for level in levels]
    for row in rows[1:]:  # the first agent rates everything, so all options stay comparable
        for option in data.draw(st.sets(st.integers(0, len(worth) - 1), max_size=len(worth) - 1)):
            row[option] = None
    values = panel_utility(rows).values
    assert [v - values[0] for v in values] == pytest.approx([u - worth[0] for u in worth], abs=1e-9)


def test_a_strict_agent_that_stopped_early_does_not_sink_what_it_did_rate():
    rows = [(0.9, 0.8), (0.2, None)]
    naive = [np.mean([r[a] for r in rows if r[a] is not None]) for a in range(2)]
    assert naive[1] > naive[0]  # the trap: B wins although the only agent that compared them prefers A
    panel = panel_utility(rows)
    assert panel.values == pytest.approx((0.55, 0.45))
    assert (panel.heard, panel.missing) == ((2, 1), ((1, 1),))


@pytest.mark.parametrize(
    ("rows", "weights", "values", "method", "reason"),
    [
        pytest.param([(0.9, None), (None, 0.8)], None, (None, None), "nothing to combine", "no chain", id="no bridge"),
        pytest.param(
            [(0.9, 0.5, None), (None, None, 0.99)], None, (0.9, 0.5, None), "weighted mean", "no chain", id="island"
        ),
        pytest.param(
            [(0.9, None), (None, 0.8)], [3, 1], (0.9, None), "weighted mean", "no chain", id="heavier side counts"
        ),
        pytest.param(
            [(0.9, None), (None, 0.8), (0.4, 0.5)], [1, 1, 0], (None, None), "nothing to combine", "no chain",
            id="weight zero is no bridge",
        ),
        pytest.param(
            [(0.9, None), (None, 0.8), (0.4, 0.5)], [1, 1, 1e-17], (None, None), "nothing to combine", "no chain",
            id="solver dust is no bridge",
        ),
        pytest.param([(None, None)], None, (None, None), "nothing to combine", "no agent", id="silence"),
        pytest.param([(0.5, 0.6)], [0], (None, None), "nothing to combine", "weight zero", id="all weights zero"),
        pytest.param([(0.5, None), (0.7, None)], None, (0.6, None), "weighted mean", "no agent", id="unrated option"),
        pytest.param(
            [(0.5, 0.1), (None, None)], None, (0.5, 0.1), "weighted mean", "", id="a silent agent does not count"
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_missing_with_a_reason(rows, weights, values, method, reason):
    panel = panel_utility(rows, weights)
    assert panel.values == pytest.approx(values)
    assert panel.method == method
    assert [bool(r) for r in panel.reasons] == [v is None for v in values]
    assert all(reason in r for r in panel.reasons if r)
    assert math.fsum(panel.weights) == pytest.approx(0 if method == "nothing to combine" else 1)


def test_a_light_bridge_carries_its_whole_difference():
    panel = panel_utility([(0.9, None), (None, 0.8), (0.4, 0.5)], [1, 1, 1e-6])
    assert panel.values[1] - panel.values[0] == pytest.approx(0.1, abs=1e-6)


@pytest.mark.parametrize(
    ("rows", "weights", "words"),
    [
        pytest.param([], None, "at least one row", id="no agents"),
        pytest.param([()], None, "at least one entry", id="no options"),
        pytest.param([(0.1, 0.2), (0.1,)], None, "differ in length", id="ragged"),
        pytest.param([(0.1, math.nan)], None, "finite", id="NaN"),
        pytest.param([(0.1, 0.2)], [1, 1], "2 weights for 1 agents", id="weights"),
        pytest.param([(0.1, 0.2)], [-1], "negative", id="negative weight"),
    ],
)
def test_panel_refuses(rows, weights, words):
    with pytest.raises(ValueError, match=words):
        panel_utility(rows, weights)


@same_every_run
@given(tables())
def test_leaving_an_agent_out_is_the_panel_without_its_row(rows):
    assume(len(rows) > 1)
    full = maximisers(panel_utility(rows).values)
    for entry in leave_one_out(rows, 8.0):
        others = panel_utility([row for i, row in enumerate(rows) if i != entry.agent]).values
        assert entry.best == maximisers(others)
        assert entry.flipped == (entry.best != full)
        assert [p is None for p in entry.probabilities] == [v is None for v in others]
        known = [v for v in others if v is not None]
        if known:
            expected = logit_response(known, 8.0).probabilities
            assert [p for p in entry.probabilities if p is not None] == pytest.approx(list(expected), abs=1e-9)


def test_the_one_who_tips_the_balance_is_named():
    rows = [(0.6, 0.5), (0.5, 0.6), (0.9, 0.2)]
    assert [entry.flipped for entry in leave_one_out(rows, 8.0)] == [False, False, True]
    alone = leave_one_out(rows[:1], 8.0)[0]
    assert (alone.best, alone.probabilities, alone.flipped) == ((), (None, None), True)
    weighted = leave_one_out([(1, 0), (0, 1), (0, 1)], 8.0, [3, 1, 1])
    assert [(entry.best, entry.flipped) for entry in weighted] == [((1,), True), ((0,), False), ((0,), False)]


def test_leave_one_out_insists_on_the_unit_scale():
    with pytest.raises(ValueError, match=r"\[0, 1\], not 60"):
        leave_one_out([(60, 40)], 8.0)


@pytest.mark.parametrize(
    ("claim", "appraisal", "per_option", "mean", "rank", "differs"),
    [
        pytest.param((80, 20, 50), (20, 80, 50), (60, -60, 0), 40, -1, True, id="says the reverse of what it thinks"),
        pytest.param((80, 20), (60, 0), (20, 20), 20, 1, False, id="oversells everything alike"),
        pytest.param((80, None, 10), (None, 50, 40), (None, None, -30), 30, None, None, id="one common option"),
        pytest.param((None, None), (1, 2), (None, None), None, None, None, id="nothing in common"),
        pytest.param((50, 50), (10, 90), (40, -40), 40, None, None, id="says all are alike"),
        pytest.param((10, 90), (50, 50), (-40, 40), 40, None, None, id="thinks all are alike"),
        pytest.param((90, 90, 10), (90, 20, 10), (0, 70, 0), 70 / 3, 2 / math.sqrt(6), False, id="tied favourites"),
    ],
)
def test_say_think_gap(claim, appraisal, per_option, mean, rank, differs):
    gap = say_think_gap(claim, appraisal)
    assert gap.per_option == pytest.approx(per_option)
    assert gap.mean_absolute == pytest.approx(mean)
    assert gap.rank_correlation == pytest.approx(rank)
    assert gap.favourite_differs is differs
    assert gap.options == sum(v is not None for v in per_option)


@same_every_run
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=10))
def test_rank_correlation_is_scipys(pairs):
    from scipy.stats import kendalltau

    said, thought = [p[0] for p in pairs], [p[1] for p in pairs]
    found = say_think_gap(said, thought).rank_correlation
    if len(set(said)) == 1 or len(set(thought)) == 1:
        assert found is None
    else:
        assert found == pytest.approx(kendalltau(said, thought).statistic)


def test_say_think_gap_refuses_another_number_of_options():
    with pytest.raises(ValueError, match="2 options, the appraisal 1"):
        say_think_gap((1, 2), (1,))
