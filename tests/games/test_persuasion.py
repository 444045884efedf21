"""One sender: the program's value is attained, obeyed, proved, and that of the whole program."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from scipy.optimize import linprog

from chatarena.games.obedience import disobedience, dual_bound
from chatarena.games.persuasion import concavified, persuade
from chatarena.games.sender_receiver import sender_benchmarks, sender_receiver, sender_values
from tests.games.tables import JUDGE, random_game, small_games


def whole_program(prior, sender, receiver):
    """All obedience rows at once."""
    actions, states = sender.shape
    rows = []
    for a in range(actions):
        for b in range(actions):
            row = np.zeros((actions, states))
            row[a] = receiver[b] - receiver[a]
            rows.append(row.ravel())
    found = linprog(
        -sender.ravel(),
        A_ub=np.array(rows),
        b_ub=np.zeros(len(rows)),
        A_eq=np.tile(np.eye(states), actions),
        b_eq=prior,
        method="highs",
    )
    return -found.fun


def test_the_judge():
    found = persuade(**JUDGE)
    assert found.value == 0.6
    assert found.upper == 0.6
    assert [r.action for r in found.recommendations] == [0, 1]
    assert [r.posterior for r in found.recommendations] == [(1.0, 0.0), (0.5, 0.5)]
    assert found.signals[1] == pytest.approx((3 / 7, 1))
    assert found.status == "optimal"


@pytest.mark.parametrize("integers", [False, True], ids=["generic", "ties"])
@pytest.mark.parametrize(("actions", "states"), [(1, 1), (2, 2), (3, 5), (5, 3), (6, 6), (12, 9)])
def test_it_is_the_whole_program(actions, states, integers):
    rng = np.random.default_rng(actions * 100 + states)
    for _ in range(10):
        game = random_game(rng, actions, states, integers=integers)
        found = persuade(*game)
        assert found.value == pytest.approx(whole_program(*game), abs=1e-9)
        assert found.status == "optimal"


@settings(max_examples=150, deadline=None)
@given(small_games())
def test_value_obedience_and_bound_are_seen_by_substitution(tables):
    prior, sender, receiver = tables
    found, game = persuade(*tables), sender_receiver(*tables)
    joint = np.array(found.signals) * prior
    assert np.array(found.signals).sum(axis=0) == pytest.approx(np.ones(len(prior)))
    assert (joint * sender).sum() == pytest.approx(found.value, abs=1e-12)
    assert disobedience(joint, receiver) <= 1e-9
    multipliers = np.zeros((len(sender), len(sender)))
    for each in found.multipliers:
        assert each.price > 0
        multipliers[each.action, each.instead] = each.price
    bound, prices = dual_bound(game, multipliers)
    assert bound == pytest.approx(found.upper, abs=1e-12)
    assert prices == pytest.approx(found.prices)
    assert found.gap <= 1e-9 * 16
    known = sender_benchmarks(game)
    assert found.value >= max(known.no_information, known.full_information) - 1e-9
    assert found.value <= known.full_alignment + 1e-9
    assert found.receiver_value >= (prior @ receiver.T).max() - 1e-9


@settings(max_examples=100, deadline=None)
@given(small_games())
def test_posteriors_average_to_the_prior_and_are_answered_as_told(tables):
    prior, _, receiver = tables
    found = persuade(*tables)
    chances = np.array([r.probability for r in found.recommendations])
    beliefs = np.array([r.posterior for r in found.recommendations])
    assert chances.sum() == pytest.approx(1)
    assert chances @ beliefs == pytest.approx(prior, abs=1e-12)
    for chance, belief, each in zip(chances, beliefs, found.recommendations, strict=True):
        worth = receiver @ belief
        assert chance * (worth.max() - worth[each.action]) <= 1e-9


def test_the_value_is_concave_in_the_prior():
    rng = np.random.default_rng(4)
    for _ in range(20):
        _, sender, receiver = random_game(rng, 4, 3)
        beliefs = rng.dirichlet(np.ones(3), 2)
        middle = 0.3 * beliefs[0] + 0.7 * beliefs[1]
        values = [closure for _, closure in concavified(sender, receiver, [*beliefs, middle])]
        assert values[2] >= 0.3 * values[0] + 0.7 * values[1] - 1e-9


def test_the_closure_lies_above_the_value_and_below_any_plane_above_it():
    rng = np.random.default_rng(5)
    _, sender, receiver = random_game(rng, 4, 3)
    grid = np.array([(i, j, 12 - i - j) for i in range(13) for j in range(13 - i)]) / 12
    found = np.array(concavified(sender, receiver, grid))
    assert (found[:, 1] >= found[:, 0] - 1e-9).all()
    prices = np.array(persuade(grid[40], sender, receiver).prices)
    assert (grid @ prices >= found[:, 1] - 1e-9).all()
    assert found[40, 1] == pytest.approx(grid[40] @ prices)


def test_constants_of_a_state_change_nothing_for_the_receiver():
    rng = np.random.default_rng(6)
    prior, sender, receiver = random_game(rng, 5, 4)
    plain = persuade(prior, sender, receiver)
    moved = persuade(prior, sender, receiver * 1e4 + np.array([3e6, 0, -2e6, 1]))
    assert moved.value == pytest.approx(plain.value, abs=1e-7)
    assert moved.status == "optimal"


def test_units_are_carried():
    rng = np.random.default_rng(7)
    prior, sender, receiver = random_game(rng, 5, 4)
    plain, large = persuade(prior, sender, receiver), persuade(prior, sender * 1e6 + 5e6, receiver * 1e-6)
    assert large.value == pytest.approx(plain.value * 1e6 + 5e6, rel=1e-12)
    assert large.upper >= large.value
    assert large.status == plain.status == "optimal"


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 1.0])
def test_a_floor_for_the_receiver(share):
    rng = np.random.default_rng(8)
    for _ in range(10):
        prior, sender, receiver = random_game(rng, 5, 4)
        free, most = persuade(prior, sender, receiver), float(prior @ receiver.max(axis=0))
        floor = free.receiver_value + share * (most - free.receiver_value)
        found = persuade(prior, sender, receiver, floor=floor)
        assert found.receiver_value >= floor - 1e-9
        assert found.status == "optimal"
        assert found.value <= free.value + 1e-9
        assert found.value == pytest.approx(with_floor(prior, sender, receiver, floor), abs=2e-6)


def with_floor(prior, sender, receiver, floor):
    """The same put to cvxpy, whose interior point stops at some 1e-7."""
    import cvxpy as cp

    x = cp.Variable(sender.shape, nonneg=True)
    limits = [cp.sum(x, axis=0) == prior, cp.sum(cp.multiply(x, receiver)) >= floor]
    limits += [(receiver[a] - receiver) @ x[a] >= 0 for a in range(len(sender))]
    problem = cp.Problem(cp.Maximize(cp.sum(cp.multiply(x, sender))), limits)
    return problem.solve(solver=cp.CLARABEL)


def test_aligned_and_opposed_senders():
    rng = np.random.default_rng(9)
    prior, _, receiver = random_game(rng, 5, 4)
    aligned = persuade(prior, receiver, receiver)
    assert aligned.value == pytest.approx(prior @ receiver.max(axis=0))
    opposed = persuade(prior, -receiver, receiver)
    assert opposed.value == pytest.approx(-(receiver @ prior).max())


def test_few_of_the_rows_are_written_down():
    rng = np.random.default_rng(10)
    found = persuade(*random_game(rng, 30, 30))
    assert found.rows_in_all == 870
    assert found.rows < 200


def test_what_a_belief_is_worth_with_ties_for_the_sender():
    game = sender_receiver(**JUDGE)
    assert sender_values(game, np.array([[0.51, 0.49], [0.5, 0.5], [0.0, 1.0]])).tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"prior": [0.7, 0.4]}, "1.1", id="prior no distribution"),
        pytest.param({"prior": [0.5, 0.25, 0.25]}, r"\(2, 2\), wanted \(2, 3\)", id="another number of states"),
        pytest.param({"sender": [[0, 0]]}, r"receiver utilities are \(2, 2\), wanted \(1, 2\)", id="actions"),
        pytest.param({"receiver": [[1, 0], [0, float("nan")]]}, "nan", id="nan"),
        pytest.param({"sender": [1, 2]}, "2 dimension", id="a row"),
        pytest.param({"floor": 1.5}, "floor 1.5 is out of reach", id="floor"),
        pytest.param({"floor": float("nan")}, "floor nan", id="floor nan"),
    ],
)
def test_bad_input_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        persuade(**{**JUDGE, **change})
