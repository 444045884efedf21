"""A receiver who responds by the logit rule: the value is attained, near brute force, and its bound is proved."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog, minimize

from chatarena.choice import logit_response
from chatarena.games.persuasion import persuade
from chatarena.games.softmax_receiver import persuade_softmax
from chatarena.games.softmax_value import SoftmaxValue, largest_excess
from tests.games.tables import JUDGE, random_game, small_games


def softmax_value(belief, sender, receiver, precision):
    """V as its formula stands."""
    chances = logit_response((receiver @ belief).tolist(), precision).probabilities
    return float(np.array(chances) @ (sender @ belief))


def on_a_lattice(prior, sender, receiver, precision, steps):
    """The best splitting among beliefs in equal steps, all in one program."""
    if len(prior) == 2:
        beliefs = np.stack([1 - np.linspace(0, 1, steps + 1), np.linspace(0, 1, steps + 1)], axis=1)
    else:
        beliefs = np.array([(i, j, steps - i - j) for i in range(steps + 1) for j in range(steps + 1 - i)]) / steps
    worth = [softmax_value(belief, sender, receiver, precision) for belief in beliefs]
    return -linprog(-np.array(worth), A_eq=beliefs.T, b_eq=prior, method="highs").fun


@pytest.mark.parametrize("precision", [0.5, 5.0, 60.0])
@pytest.mark.parametrize(("actions", "states", "steps"), [(3, 2, 2000), (5, 2, 2000), (3, 3, 60), (4, 3, 60)])
def test_it_beats_a_lattice_and_by_little(actions, states, steps, precision):
    rng = np.random.default_rng(actions)
    for _ in range(3):
        game = random_game(rng, actions, states)
        found = persuade_softmax(*game, precision)
        coarse = on_a_lattice(*game, precision, steps)
        assert found.status == "proved"
        assert found.gap <= found.tolerance
        assert coarse - 1e-9 <= found.upper
        assert found.value >= coarse - found.tolerance
        # Curvature grows with the square of precision; steps of a lattice miss the touching points by that.
        assert found.value <= coarse + 8 * (1 + precision) ** 2 / steps**2


def test_four_states_beat_a_local_search():
    rng = np.random.default_rng(3)
    prior, sender, receiver = random_game(rng, 4, 4)

    def minus_value(flat):
        joint = flat.reshape(4, 4)
        chances = joint.sum(axis=1) + 1e-12
        return -sum(c * softmax_value(row / c, sender, receiver, 5.0) for c, row in zip(chances, joint, strict=True))

    best = -np.inf
    for _ in range(3):
        start = (rng.dirichlet(np.ones(4), 4).T * prior).ravel()
        limit = {"type": "eq", "fun": lambda flat: flat.reshape(4, 4).sum(axis=0) - prior}
        done = minimize(minus_value, start, bounds=[(0, 1)] * 16, constraints=limit, method="SLSQP")
        best = max(best, -done.fun)
    found = persuade_softmax(prior, sender, receiver, 5.0)
    assert found.status == "proved"
    assert found.value >= best - 1e-6


@settings(max_examples=60, deadline=None)
@given(small_games(states=(1, 3), actions=(1, 4)), st.sampled_from([0.0, 1.0, 7.0]))
def test_what_is_induced_is_worth_what_is_said(tables, precision):
    prior, sender, receiver = tables
    found = persuade_softmax(*tables, precision)
    chances = np.array([each.probability for each in found.beliefs])
    beliefs = np.array([each.belief for each in found.beliefs])
    assert chances @ beliefs == pytest.approx(prior, abs=1e-12)
    worth = [softmax_value(belief, sender, receiver, precision) for belief in beliefs]
    assert chances @ worth == pytest.approx(found.value, abs=1e-9)
    assert found.value >= found.no_information - found.tolerance
    assert found.value <= prior @ sender.max(axis=0) + 1e-9
    assert found.status == "proved"
    for each in found.beliefs:
        expected = logit_response((receiver @ np.array(each.belief)).tolist(), precision).probabilities
        assert each.response == pytest.approx(expected, abs=1e-9)


def test_no_splitting_exceeds_the_bound():
    rng = np.random.default_rng(5)
    for states in (2, 3, 4):
        prior, sender, receiver = random_game(rng, 4, states)
        found = persuade_softmax(prior, sender, receiver, 8.0)
        for _ in range(300):
            joint = rng.dirichlet(np.full(states, 0.3), states).T * prior
            chances = joint.sum(axis=1)
            value = sum(
                c * softmax_value(row / c, sender, receiver, 8.0)
                for c, row in zip(chances, joint, strict=True)
                if c > 0
            )
            assert value <= found.upper + 1e-12


@pytest.mark.parametrize("states", [2, 3, 4])
@pytest.mark.parametrize("precision", [1.0, 20.0])
def test_the_excess_over_a_plane_is_bounded_and_nearly_reached(states, precision):
    rng = np.random.default_rng(states)
    for _ in range(3):
        _, sender, receiver = random_game(rng, 4, states)
        value, prices = SoftmaxValue(sender=sender, receiver=receiver, precision=precision), rng.standard_normal(states)
        prices += 4.0
        found = largest_excess(value, prices, 1e-3, most_cells=10**6)
        beliefs = np.vstack([rng.dirichlet(np.full(states, 0.5), 20_000), np.eye(states)])
        highest = float((value.at(beliefs) - beliefs @ prices).max())
        assert found.bound >= highest
        lifted = prices + highest - 1e-2
        assert len(largest_excess(value, lifted, 1e-3, most_cells=10**6).above)
        over = largest_excess(value, prices + highest + 1e-2, 1e-3, most_cells=10**6)
        assert over.proved == (over.bound <= 1e-3)


def test_where_cells_run_out_the_bound_still_holds_and_nothing_is_called_proved():
    rng = np.random.default_rng(6)
    game = random_game(rng, 4, 3)
    short, whole = persuade_softmax(*game, 8.0, most_cells=0), persuade_softmax(*game, 8.0)
    assert short.status == "not proved"
    assert short.upper > whole.upper
    assert short.value == pytest.approx(whole.value, abs=1e-6)


@pytest.mark.parametrize("states", [2, 3])
def test_a_precise_receiver_is_nearly_a_best_responding_one(states):
    rng = np.random.default_rng(7)
    for _ in range(3):
        game = random_game(rng, 3, states)
        best = persuade(*game).value
        far = [abs(persuade_softmax(*game, precision).value - best) for precision in (20.0, 2000.0)]
        assert far[1] < 0.02
        assert far[1] < far[0] or far[0] < 1e-3


def test_one_who_chooses_at_random_cannot_be_persuaded():
    found = persuade_softmax(**JUDGE, precision=0.0)
    assert found.value == pytest.approx(0.5)
    assert found.gap == pytest.approx(0, abs=1e-12)
    assert len(found.beliefs) == 1


def test_states_that_cannot_occur_are_left_out():
    rng = np.random.default_rng(8)
    prior, sender, receiver = random_game(rng, 3, 2)
    wide = persuade_softmax(
        [prior[0], 0.0, prior[1]], np.insert(sender, 1, 9.0, axis=1), np.insert(receiver, 1, 9.0, axis=1), 4.0
    )
    assert wide.value == pytest.approx(persuade_softmax(prior, sender, receiver, 4.0).value, abs=1e-12)
    assert all(each.belief[1] == 0 for each in wide.beliefs)


@pytest.mark.parametrize("precision", [-1.0, np.inf, np.nan])
def test_a_precision_that_is_none_is_named(precision):
    with pytest.raises(ValueError, match=str(precision)):
        persuade_softmax(**JUDGE, precision=precision)
