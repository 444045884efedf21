"""Logit response: laws as properties, and independent formulations (entropy-regularised maximum, one-player QRE)."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatarena.choice.response import (
    RATING_SCALE,
    expected_utility_of_response,
    logit_response,
    maximisers,
    normalise,
    precision_sweep,
    regret,
)

same_every_run = settings(derandomize=True, deadline=None, max_examples=150)
utility = st.floats(0, 1)
menus = st.lists(utility, min_size=1, max_size=12)
precisions = st.floats(0, 200)


@same_every_run
@given(menus, st.one_of(precisions, st.sampled_from([0.0, 1e6, 1e300, math.inf])))
def test_probabilities_are_a_distribution(utilities, precision):
    response = logit_response(utilities, precision)
    assert math.fsum(response.probabilities) == pytest.approx(1, abs=1e-12)
    assert all(0 <= p <= 1 for p in response.probabilities)
    assert [math.exp(log) for log in response.log_probabilities] == pytest.approx(list(response.probabilities))
    assert 0 <= response.entropy <= math.log(len(utilities)) + 1e-12
    assert 0 <= response.margin <= 1


@same_every_run
@given(menus, precisions, st.integers(-8, 8))
def test_a_common_shift_changes_nothing(utilities, precision, shift):
    eighths = [round(u * 8) / 8 for u in utilities]  # exact under the shift, so equality is exact too
    assert logit_response([u + shift for u in eighths], precision) == logit_response(eighths, precision)


@same_every_run
@given(menus, precisions, st.sampled_from([0.25, 2.0, 64.0]))
def test_precision_is_per_unit_of_utility(utilities, precision, factor):
    scaled = logit_response([u * factor for u in utilities], precision / factor)
    assert scaled.probabilities == pytest.approx(logit_response(utilities, precision).probabilities, abs=1e-12)


@same_every_run
@given(menus, precisions, st.randoms(use_true_random=False))
def test_options_may_come_in_any_order(utilities, precision, random):
    order = list(range(len(utilities)))
    random.shuffle(order)
    shuffled = logit_response([utilities[i] for i in order], precision)
    plain = logit_response(utilities, precision)
    assert shuffled.probabilities == pytest.approx([plain.probabilities[i] for i in order], abs=1e-12)
    assert {order[i] for i in shuffled.best} == set(plain.best)


@same_every_run
@given(menus, st.lists(precisions, min_size=2, max_size=8))
def test_more_precision_means_more_utility_and_a_likelier_best_option(utilities, several):
    sweep = precision_sweep(utilities, sorted(several))
    best = [sum(r.probabilities[i] for i in r.best) for r in sweep]
    worth = [expected_utility_of_response(utilities, r.probabilities) for r in sweep]
    assert all(b >= a - 1e-9 for a, b in pairwise(best))
    assert all(b >= a - 1e-9 for a, b in pairwise(worth))


@same_every_run
@given(menus, st.floats(1e-3, 1e6))
def test_regret_is_at_most_log_n_over_precision(utilities, precision):
    loss = regret(utilities, logit_response(utilities, precision).probabilities)
    assert -1e-12 <= loss <= math.log(len(utilities)) / precision + 1e-12


def test_the_regret_bound_is_the_lambert_value_and_tends_to_log_n():
    from scipy.special import lambertw

    ratios = []
    for n in (2, 5, 100, 1e300):
        worst = float(lambertw((n - 1) / math.e).real)
        lag = 1 + worst
        attained = lag * (n - 1) * math.exp(-lag) / (1 + (n - 1) * math.exp(-lag))
        assert attained == pytest.approx(worst)
        ratios.append(worst / math.log(n))
        if n <= 100:
            utilities = [0.0, *([-lag / 50] * (n - 1))]
            found = regret(utilities, logit_response(utilities, 50.0).probabilities)
            assert found == pytest.approx(worst / 50)
            shaken = [0.0, *np.random.default_rng(n).uniform(-3 * lag / 50, 0, n - 1)]
            assert regret(shaken, logit_response(shaken, 50.0).probabilities) < found
    assert ratios == sorted(ratios)
    assert ratios[0] == pytest.approx(0.40, abs=0.005)
    assert ratios[-1] > 0.98


@pytest.mark.parametrize(
    ("utilities", "precision", "expected"),
    [
        pytest.param([0.3], 5.0, [1.0], id="one option"),
        pytest.param([1e-300, 0.0], 1e6, [0.5, 0.5], id="differences of 1e-300"),
        pytest.param([1.0, 0.0], 1e6, [1.0, 0.0], id="probability below the smallest double"),
        pytest.param([1e308, -1e308], 1.0, [1.0, 0.0], id="difference overflows"),
        pytest.param([1e308, -1e308], 0.0, [0.5, 0.5], id="difference overflows at precision 0"),
        pytest.param([5e-324, 0.0, 0.0], math.inf, [1 / 3] * 3, id="denormal lead is a tie"),
        pytest.param([0.2, 0.9, 0.9], math.inf, [0.0, 0.5, 0.5], id="best response splits ties"),
        pytest.param([0.2, 0.9, 0.5], 0.0, [1 / 3] * 3, id="precision 0 is uniform"),
        pytest.param([0, 1], 2, [1 / (1 + math.e**2), 1 / (1 + math.e**-2)], id="integers"),
    ],
)
def test_extremes(utilities, precision, expected):
    response = logit_response(utilities, precision)
    assert list(response.probabilities) == pytest.approx(expected, abs=1e-12)
    assert not any(math.isnan(log) for log in response.log_probabilities)


def test_log_probabilities_keep_what_probabilities_cannot_hold():
    response = logit_response([1.0, 0.0], 1e6)
    assert response.probabilities == (1.0, 0.0)
    assert response.log_probabilities == (0.0, -1e6)
    near = logit_response([1.0, 0.0], 50.0)
    assert near.log_probabilities[0] == pytest.approx(-math.exp(-50.0), rel=1e-12, abs=0)


def test_entropy_margin_and_best():
    response = logit_response([0.5, 0.5 + 1e-13, 0.0], 4.0)
    assert response.best == (0, 1)
    assert response.margin == pytest.approx(0, abs=1e-12)
    by_hand = -sum(p * math.log(p) for p in response.probabilities)
    assert response.entropy == pytest.approx(by_hand)
    assert logit_response([0.1], 3.0).margin == 1.0
    assert logit_response([0.5, 0.5 + 1e-11], 4.0).best == (1,)


def test_the_normalisation_travels_with_the_result():
    assert logit_response([0.1], 1.0).normalisation is None
    swept = precision_sweep([0.1, 0.4], [1.0, 2.0], normalisation=RATING_SCALE)
    assert [r.normalisation for r in swept] == [RATING_SCALE] * 2
    assert [r.precision for r in swept] == [1.0, 2.0]


@pytest.mark.parametrize(
    ("utilities", "precision"),
    [
        pytest.param([], 1.0, id="no option"),
        pytest.param([0.1, math.nan], 1.0, id="NaN utility"),
        pytest.param([0.1, math.inf], 1.0, id="infinite utility"),
        pytest.param([0.1, 0.2], -0.1, id="negative precision"),
        pytest.param([0.1, 0.2], math.nan, id="NaN precision"),
    ],
)
def test_misuse_is_refused(utilities, precision):
    with pytest.raises(ValueError, match=r"number|precision"):
        logit_response(utilities, precision)


def test_normalise_uses_the_scale_and_not_the_data():
    assert normalise([40, None, 60], 0, 100) == (0.4, None, 0.6)
    assert normalise([-1, 3], -1, 3) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        pytest.param([101], 0, 100, id="above"),
        pytest.param([-0.5], 0, 100, id="below"),
        pytest.param([math.nan], 0, 100, id="NaN"),
        pytest.param([1], 1, 1, id="empty range"),
        pytest.param([1], 0, math.inf, id="infinite range"),
        pytest.param([], 0, 1, id="nothing"),
    ],
)
def test_normalise_refuses(values, low, high):
    with pytest.raises(ValueError, match=r"outside|finite|below|at least"):
        normalise(values, low, high)


def test_maximisers_skip_what_is_missing():
    assert maximisers([None, 0.2, 0.2, 0.1]) == (1, 2)
    assert maximisers([None, None]) == ()


def test_regret_needs_as_many_probabilities():
    with pytest.raises(ValueError, match="2 utilities but 1"):
        regret([0.1, 0.2], [1.0])


@pytest.mark.parametrize("precision", [0.7, 4.0, 15.0])
@pytest.mark.parametrize(
    "utilities", [[0.2, 0.9], [0.5, 0.5, 0.1], [0.05, 0.6, 0.7, 0.75, 0.3]], ids=["two", "tie", "five"]
)
def test_it_is_the_entropy_regularised_maximum(utilities, precision):
    import cvxpy as cp

    p = cp.Variable(len(utilities))
    objective = cp.Maximize(p @ np.array(utilities) + cp.sum(cp.entr(p)) / precision)
    problem = cp.Problem(objective, [cp.sum(p) == 1])
    problem.solve(solver=cp.CLARABEL)
    response = logit_response(utilities, precision)
    assert list(response.probabilities) == pytest.approx(list(p.value), abs=1e-4)
    reached = expected_utility_of_response(utilities, response.probabilities) + response.entropy / precision
    assert reached == pytest.approx(problem.value, abs=1e-7)
    assert reached >= problem.value - 1e-7


@pytest.mark.oracle
@pytest.mark.parametrize("utilities", [[2.0, 0.0, 1.0], [0.3, 0.9], [0.5, 0.5, 0.1, 0.45]])
def test_it_is_the_qre_of_a_game_in_which_the_other_player_has_no_choice(utilities):
    gbt = pytest.importorskip("pygambit", reason="pygambit is not installed: make oracles")

    mine = np.array([[u] for u in utilities])
    game = gbt.Game.from_arrays(mine, np.zeros_like(mine))
    strategies = list(next(iter(game.players)).strategies)
    for point in gbt.qre.logit_solve_lambda(game, lam=[0.5, 2.0, 6.0]):
        expected = [float(point.profile[strategy]) for strategy in strategies]
        # The tracer stops near, not at, the precision it was asked for.
        assert list(logit_response(utilities, point.lam).probabilities) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("mine", "other", "precision", "expected", "places"),
    [
        pytest.param([[2, 0], [0, 1]], (0.36234, 0.63766), 1, (0.52174, 0.47826), 1e-5, id="row, computed by pygambit"),
        pytest.param(
            [[-2, 0], [0, -1]], (0.52174, 0.47826), 1, (0.36234, 0.63766), 1e-5, id="column, computed by pygambit"
        ),
    ],
)
def test_a_published_equilibrium_is_a_fixed_point(mine, other, precision, expected, places):
    utilities = [sum(row[j] * other[j] for j in range(2)) for row in mine]
    assert logit_response(utilities, precision).probabilities == pytest.approx(expected, abs=places)
