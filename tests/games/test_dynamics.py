"""Best responses in turn: plain loops, numpy and compiled loops tell the same story, and rest is an equilibrium."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatarena.games.dynamics import CYCLE, MOVING, REST, best_responses
from chatarena.games.equilibria import situations
from chatarena.games.rules import deterministic_games
from chatarena.games.selection import TIES, common_rules, selection_games
from tests.games.selection_cases import FAMILIES, drawn, respond_by_hand

FIELDS = ("rules", "selected", "ends", "sweeps", "period", "values", "lowest", "mean")


def made(seed, leaders, rules, count=60):
    """Few different values, so that ties are frequent in every second seed."""
    rng = np.random.default_rng(seed)
    shape = (count, leaders, rules)
    values = rng.integers(0, 3, shape).astype(float) if seed % 2 else rng.normal(size=shape)
    return selection_games(values, rng.normal(size=(count, leaders, leaders, rules)))


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize(("seed", "leaders", "rules"), [(0, 2, 10), (1, 3, 3), (2, 4, 8), (3, 2, 4), (5, 9, 3)])
def test_numpy_and_plain_loops_tell_the_same_story(ties, seed, leaders, rules):
    games = made(seed, leaders, rules)
    found = best_responses(games, ties=ties, engine="numpy")
    for b in range(games.count):
        end, profile, last = respond_by_hand(games.values[b].tolist(), games.payoffs[b].tolist(), ties)
        if end == "cycle":
            assert found.ends[b] == CYCLE and found.period[b] == last
        else:
            assert found.ends[b] == (REST if end == "rest" else MOVING)
            assert tuple(found.rules[b]) == profile and found.selected[b] == last


@pytest.mark.parametrize("drawn_order", [False, True])
@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("seed", range(4))
def test_compiled_is_numpy(seed, ties, drawn_order):
    pytest.importorskip("numba", reason="the compiled sweeps need the extra `fast`")
    games = made(seed, 2 + seed, 5, count=300)
    start = np.random.default_rng(9).integers(0, 5, (300, 2 + seed))
    one, two = (
        best_responses(
            games, start, ties=ties, engine=engine, random_order=np.random.default_rng(1) if drawn_order else None
        )
        for engine in ("numpy", "compiled")
    )
    assert (one.engine, two.engine) == ("numpy", "compiled")
    for field in FIELDS:
        assert np.array_equal(getattr(one, field), getattr(two, field)), field


@given(seed=st.integers(0, 10_000), ties=st.sampled_from(TIES), leaders=st.integers(1, 3), rules=st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_rest_is_an_equilibrium(seed, ties, leaders, rules):
    games = made(seed, leaders, rules, count=3)
    found = best_responses(games, ties=ties, engine="numpy", random_order=np.random.default_rng(seed))
    for b in np.flatnonzero(found.ends == REST):
        each = situations(games, int(b), ties=ties)
        here = (each.rules == found.rules[b]).all(axis=1)
        if ties in ("deviator", "incumbent"):
            here &= each.selected == found.selected[b]
        assert here.sum() == 1
        assert each.gains[here].max() <= 1e-9
        assert each.values[here][0] == found.values[b] == found.lowest[b] == found.mean[b]


@pytest.mark.parametrize("start", ["nothing", "everything", "drawn"])
@pytest.mark.parametrize("ties", TIES)
def test_with_the_hull_every_run_ends_at_the_best_value(ties, start):
    rng = np.random.default_rng(4)
    games = deterministic_games(*drawn("exact", 400, rng))
    begin = {
        "nothing": np.zeros((400, 2), dtype=np.int64),
        "everything": np.full((400, 2), games.rules - 1),
        "drawn": rng.integers(0, games.rules, (400, 2)),
    }[start]
    found = best_responses(games, begin, ties=ties, engine="numpy")
    assert (found.ends == REST).all()
    assert found.values == pytest.approx(games.best, abs=1e-9)


def test_without_it_many_that_start_badly_end_badly_and_none_that_starts_well():
    rng = np.random.default_rng(4)
    games = deterministic_games(*drawn("opposed", 400, rng))
    bad = best_responses(games, engine="numpy")
    # Everybody at the best value: nobody can change the outcome alone.
    good = best_responses(games, np.argmax(games.values, axis=2), engine="numpy")
    assert (bad.values < games.best - 0.01).mean() > 0.2
    assert good.values == pytest.approx(games.best) and (good.sweeps == 1).all()


def test_a_leader_alone_takes_what_it_likes():
    values, pay = np.array([[0.0, 1.0, 0.5]]), np.array([[[0.1, 0.2, 0.9]]])
    found = best_responses(common_rules(values, pay), engine="numpy")
    assert found.rules.tolist() == [[2]] and found.values.tolist() == [0.5]


def test_a_cycle_is_followed_once_round():
    # Matching pennies by offers: leader 0 wants rule pairs alike, leader 1 unlike; equal values, ties to who moved.
    values = np.zeros((1, 2, 2))
    pay = np.array([[[[1.0, 0.0], [1.0, 0.0]], [[0.0, 1.0], [0.0, 1.0]]]])
    found = best_responses(selection_games(values, pay), ties="deviator", engine="numpy")
    assert found.ends.tolist() == [CYCLE] and found.period[0] >= 1
    assert found.lowest[0] == found.mean[0] == 0.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"sweeps": 0}, "sweep"),
        ({"ties": "coin"}, "ties must be"),
        ({"engine": "gpu"}, "engine must be"),
        ({"start": np.array([[0, 9]])}, "a start is"),
    ],
    ids=["sweeps", "ties", "engine", "start"],
)
def test_what_makes_no_sense_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        best_responses(common_rules(np.zeros((1, 2)), np.zeros((1, 2, 2))), **call)


@pytest.mark.parametrize("family", FAMILIES)
def test_sweeps_that_run_out_are_said_to(family):
    games = deterministic_games(*drawn(family, 50, np.random.default_rng(0), states=4))
    found = best_responses(games, sweeps=1, engine="numpy")
    assert set(np.unique(found.ends)) <= {MOVING, REST}
    assert (found.sweeps == 1).all()
