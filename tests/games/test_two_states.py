"""Two states in closed form: the linear program's value, in both implementations, ties included."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatarena.games import compiled
from chatarena.games.persuasion import persuade
from chatarena.games.two_states import persuade_two_states, value_curve
from tests.games.tables import JUDGE, random_game, small_games

ENGINES = ["numpy", "compiled"]


def engine_or_skip(engine):
    if engine == "compiled":
        pytest.importorskip("numba", reason="the compiled walk needs the extra `fast`")
    return engine


@pytest.mark.parametrize("engine", ENGINES)
def test_the_judge(engine):
    found = persuade_two_states([0.3], [JUDGE["sender"]], [JUDGE["receiver"]], engine=engine_or_skip(engine))
    assert found.value.tolist() == [0.6]
    assert found.posteriors.tolist() == [[0.0, 0.5]]
    assert found.actions.tolist() == [[0, 1]]
    assert found.engine == engine


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("integers", [False, True], ids=["generic", "ties"])
@pytest.mark.parametrize("actions", [1, 2, 3, 5, 11])
def test_it_is_the_linear_program(actions, integers, engine):
    rng = np.random.default_rng(actions)
    games = [random_game(rng, actions, 2, integers=integers) for _ in range(40)]
    prior, sender, receiver = (np.array(each) for each in zip(*games, strict=True))
    found = persuade_two_states(prior[:, 1], sender, receiver, engine=engine_or_skip(engine))
    assert found.value == pytest.approx([persuade(*game).value for game in games], abs=1e-9)
    assert (found.weights * found.posteriors).sum(axis=1) == pytest.approx(prior[:, 1], abs=1e-12)
    assert found.weights.sum(axis=1) == pytest.approx(np.ones(len(games)))


@settings(max_examples=200, deadline=None)
@given(small_games(states=(2, 2), actions=(1, 5)), st.sampled_from(["numpy", "auto"]))
def test_what_is_induced_is_worth_what_is_said(tables, engine):
    prior, sender, receiver = tables
    found = persuade_two_states([prior[1]], [sender], [receiver], engine=engine)
    total = 0.0
    for p, weight, action in zip(found.posteriors[0], found.weights[0], found.actions[0], strict=True):
        belief = np.array([1 - p, p])
        assert (receiver @ belief).max() - receiver[action] @ belief <= 1e-11
        total += weight * (sender[action] @ belief)
    assert total == pytest.approx(found.value[0], abs=1e-12)
    assert found.value[0] == pytest.approx(persuade(*tables).value, abs=1e-9)


def test_both_implementations_agree():
    pytest.importorskip("numba", reason="the compiled walk needs the extra `fast`")
    rng = np.random.default_rng(0)
    prior, sender, receiver = rng.random(5000), rng.standard_normal((5000, 6, 2)), rng.standard_normal((5000, 6, 2))
    one, other = (persuade_two_states(prior, sender, receiver, engine=engine) for engine in ENGINES)
    assert one.value == pytest.approx(other.value, abs=1e-13)
    assert one.posteriors == pytest.approx(other.posteriors, abs=1e-13)


def test_near_twins_do_not_disturb():
    """An action that copies another up to rounding is another corner at the same place, not another value."""
    rng = np.random.default_rng(2)
    prior, sender, receiver = rng.random(200), rng.standard_normal((200, 4, 2)), rng.standard_normal((200, 4, 2))
    twins = receiver[:, :1] + 1e-15 * rng.standard_normal((200, 1, 2))
    found = persuade_two_states(
        prior, np.concatenate([sender, sender[:, :1]], axis=1), np.concatenate([receiver, twins], axis=1)
    )
    assert found.value == pytest.approx(persuade_two_states(prior, sender, receiver).value, abs=1e-11)


def test_the_curve_to_draw():
    curve = value_curve(JUDGE["sender"], JUDGE["receiver"], points=11)
    assert curve.corners.tolist() == [0.0, 0.5, 1.0]
    assert curve.values.tolist() == [0.0] * 5 + [1.0] * 6
    assert curve.closure == pytest.approx([min(1, 2 * p) for p in curve.beliefs])


def test_the_curve_is_straight_between_its_corners():
    rng = np.random.default_rng(3)
    for _ in range(20):
        _, sender, receiver = random_game(rng, 5, 2)
        curve = value_curve(sender, receiver, points=101)
        assert (curve.closure >= curve.values - 1e-12).all()
        at_corners = np.interp(curve.corners, curve.beliefs, curve.closure)
        assert np.interp(curve.beliefs, curve.corners, at_corners) == pytest.approx(curve.closure, abs=1e-9)
        assert (np.diff(curve.closure, 2)[np.diff(curve.beliefs, 2) == 0] <= 1e-9).all()


@pytest.mark.parametrize(
    ("prior", "sender", "receiver", "message"),
    [
        pytest.param([1.5], [[[0, 0]]], [[[0, 0]]], "1.5", id="prior"),
        pytest.param([0.5, 0.5], [[[0, 0]]], [[[0, 0]]], "wanted", id="games"),
        pytest.param([0.5], [[[0, 0, 0]]], [[[0, 0, 0]]], "2 states", id="three states"),
        pytest.param([0.5], [[[0, 0]]], [[[0, 0], [1, 1]]], "receiver utilities", id="actions"),
    ],
)
def test_bad_input_is_named(prior, sender, receiver, message):
    with pytest.raises(ValueError, match=message):
        persuade_two_states(prior, sender, receiver)


def test_an_unknown_engine():
    with pytest.raises(ValueError, match="gpu"):
        persuade_two_states([0.5], [[[0, 0]]], [[[0, 0]]], engine="gpu")


def test_without_numba_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(compiled, "find_spec", lambda name: None)
    assert persuade_two_states([0.5], [[[0, 1]]], [[[0, 0]]]).engine == "numpy"
    with pytest.raises(ValueError, match="extra `fast`"):
        persuade_two_states([0.5], [[[0, 1]]], [[[0, 0]]], engine="compiled")
