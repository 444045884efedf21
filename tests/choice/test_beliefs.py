"""Expected utility and Bayes' rule."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatarena.choice.beliefs import expected_utility, posterior, validate_belief

same_every_run = settings(derandomize=True, deadline=None, max_examples=150)
counts = st.lists(st.integers(1, 20), min_size=2, max_size=6)


@pytest.mark.parametrize(
    ("utilities", "belief", "expected"),
    [
        pytest.param([[1, 0], [0.25, 0.75]], [0.5, 0.5], (0.5, 0.5), id="mean"),
        pytest.param([[1, None], [0, 1]], [1, 0], (1.0, 0.0), id="missing where impossible"),
        pytest.param([[1, None], [0, 1]], [0.9, 0.1], (None, 0.1), id="missing where possible"),
        pytest.param([[0.3]], [1], (0.3,), id="one state"),
    ],
)
def test_expected_utility(utilities, belief, expected):
    assert expected_utility(utilities, belief) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("utilities", "belief", "words"),
    [
        pytest.param([[1, 0]], [1], "2 states, the belief has 1", id="another number of states"),
        pytest.param([[1, 0], [1]], [0.5, 0.5], "differ in length", id="ragged"),
        pytest.param([], [1], "at least one row", id="no options"),
        pytest.param([[math.nan, 1]], [0.5, 0.5], "finite", id="NaN"),
        pytest.param([[1, 0]], [0.6, 0.6], "sum to 1", id="sum"),
        pytest.param([[1, 0]], [1.5, -0.5], "negative", id="negative"),
    ],
)
def test_expected_utility_refuses(utilities, belief, words):
    with pytest.raises(ValueError, match=words):
        expected_utility(utilities, belief)


def test_a_belief_is_divided_by_its_sum():
    belief = validate_belief([0.3333333, 0.3333333, 0.3333333])
    assert math.fsum(belief) == pytest.approx(1, abs=1e-15)
    with pytest.raises(ValueError, match="sum to 1"):
        validate_belief([0.33, 0.33, 0.33])


@same_every_run
@given(st.data(), counts)
def test_bayes_rule_in_exact_fractions(data, weights):
    likelihood = data.draw(
        st.lists(st.integers(0, 20), min_size=len(weights), max_size=len(weights)).filter(any), label="likelihood"
    )
    prior = [Fraction(w, sum(weights)) for w in weights]
    joint = [p * Fraction(x, 20) for p, x in zip(prior, likelihood, strict=True)]
    expected = [float(j / sum(joint)) for j in joint]
    found = posterior([float(p) for p in prior], [x / 20 for x in likelihood])
    assert found == pytest.approx(expected, abs=1e-12)


@same_every_run
@given(st.lists(st.lists(st.floats(0.01, 1), min_size=3, max_size=3), min_size=2, max_size=4))
def test_observations_may_come_at_once_or_one_by_one(observations):
    prior = (0.2, 0.5, 0.3)
    stepwise = prior
    for observation in observations:
        stepwise = posterior(stepwise, observation)
    assert posterior(prior, *observations) == pytest.approx(stepwise, abs=1e-12)


def test_many_weak_likelihoods_do_not_underflow():
    found = posterior([0.5, 0.5], *[[1e-200, 2e-200]] * 3)
    assert found == pytest.approx((1 / 9, 8 / 9))


def test_impossible_states_stay_impossible_and_nothing_heard_changes_nothing():
    assert posterior([0.0, 0.4, 0.6], [1.0, 0.5, 0.0]) == (0.0, 1.0, 0.0)
    assert posterior([0.25, 0.75]) == pytest.approx((0.25, 0.75))


@pytest.mark.parametrize(
    ("prior", "likelihood", "words"),
    [
        pytest.param([0.5, 0.5], [0, 0], "impossible", id="impossible everywhere"),
        pytest.param([1, 0], [0, 1], "impossible", id="impossible where the prior is"),
        pytest.param([0.5, 0.5], [0.1], "1 states", id="another number of states"),
        pytest.param([0.5, 0.5], [0.1, -0.1], "negative", id="negative"),
        pytest.param([0.5, 0.5], [0.1, math.inf], "finite", id="infinite"),
    ],
)
def test_posterior_refuses(prior, likelihood, words):
    with pytest.raises(ValueError, match=words):
        posterior(prior, likelihood)
