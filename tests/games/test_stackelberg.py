"""Commitment to a mixture: published values, an independent program, never worse than any Nash equilibrium."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linprog

from chatarena.games.stackelberg import strong_stackelberg
from tests.games.nash import nash_by_supports

tables = st.tuples(st.integers(1, 4), st.integers(1, 4)).flatmap(
    lambda shape: st.tuples(*[arrays(np.float64, shape, elements=st.integers(-3, 3).map(float))] * 2)
)


def in_one_program(leader, follower):
    """A joint law over own actions and recommended answers, obeyed: another formulation of the same value."""
    m, n = leader.shape
    rows = []
    for j in range(n):
        for k in range(n):
            row = np.zeros((m, n))
            row[:, j] = follower[:, k] - follower[:, j]
            rows.append(row.ravel())
    found = linprog(
        -leader.ravel(), A_ub=rows, b_ub=np.zeros(len(rows)), A_eq=np.ones((1, m * n)), b_eq=[1], method="highs"
    )
    return -found.fun


@pytest.mark.parametrize(
    ("leader", "follower", "mixture", "value"),
    [
        pytest.param([[2, 4], [1, 3]], [[1, 0], [0, 1]], (1 / 2, 1 / 2), 3.5, id="Conitzer-Sandholm"),
        pytest.param([[2, 0, 0], [1, 0, 0]], [[0, 2, 5], [0, -1, -4]], (1 / 3, 2 / 3), 4 / 3, id="three answers"),
        pytest.param([[3, 9], [9, 1]], [[0, 0], [1, 8]], (1, 0), 9, id="a tie for the leader"),
    ],
)
def test_values_that_openspiel_tests(leader, follower, mixture, value):
    found = strong_stackelberg(leader, follower)
    assert found.mixture == pytest.approx(mixture, abs=1e-12)
    assert found.value == pytest.approx(value, abs=1e-12)
    assert found.status == "optimal"
    assert found.gap <= 1e-12


@settings(max_examples=150, deadline=None)
@given(tables)
def test_it_is_one_program_over_recommended_answers(pair):
    leader, follower = pair
    found = strong_stackelberg(leader, follower)
    assert found.value == pytest.approx(in_one_program(leader, follower), abs=1e-7)
    assert found.upper - found.value == found.gap <= 1e-8
    mixture = np.array(found.mixture)
    assert mixture.sum() == pytest.approx(1)
    assert (mixture @ follower).max() - mixture @ follower[:, found.answer] <= 1e-9
    assert found.value >= leader.min(axis=1).max() - 1e-9


@settings(max_examples=100, deadline=None)
@given(tables)
def test_every_answer_has_a_mixture_with_a_bound_or_is_dominated(pair):
    leader, follower = pair
    for each in strong_stackelberg(leader, follower).answers:
        if each.value is None:
            assert each.margin > 1e-9
            beaten = follower @ np.array(each.dominated_by) - follower[:, each.answer]
            assert beaten.min() == pytest.approx(each.margin)
        else:
            ahead = follower[:, [each.answer]] - follower
            assert min(each.multipliers) >= 0
            bound = (leader[:, each.answer] + ahead @ np.array(each.multipliers)).max()
            assert bound == pytest.approx(each.upper)
            assert each.upper == pytest.approx(each.value, abs=1e-8)


@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (3, 4)], ids=str)
def test_never_less_than_any_nash_equilibrium(shape):
    rng = np.random.default_rng(sum(shape))
    seen = 0
    for _ in range(60):
        leader, follower = rng.standard_normal((2, *shape))
        value = strong_stackelberg(leader, follower).value
        for x, y in nash_by_supports(leader, follower):
            seen += 1
            assert value >= x @ leader @ y - 1e-9
    assert seen >= 60


def test_a_constant_sum_game_has_its_minimax_value():
    rng = np.random.default_rng(1)
    for _ in range(20):
        leader = rng.standard_normal((4, 3))
        ((x, y),) = nash_by_supports(leader, -leader)
        assert strong_stackelberg(leader, -leader).value == pytest.approx(x @ leader @ y, abs=1e-9)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"\(1, 2\), the leader's \(2, 2\)"):
        strong_stackelberg([[1, 2], [3, 4]], [[1, 2]])
    with pytest.raises(ValueError, match="inf"):
        strong_stackelberg([[1, np.inf]], [[1, 2]])
