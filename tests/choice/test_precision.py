"""Estimating precision: against statsmodels on real choices, on simulated choosers, and where nothing can be said."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chatarena.choice.precision import estimate_precision
from chatarena.choice.response import logit_response

same_every_run = settings(derandomize=True, deadline=None, max_examples=100)


def log_likelihood(choices, precision):
    return math.fsum(logit_response(u, precision).log_probabilities[c] for u, c in choices)


def drawn(generator, precision, n, options=4):
    choices = []
    for _ in range(n):
        utilities = tuple(generator.uniform(0, 1, options))
        chances = logit_response(utilities, precision).probabilities
        choices.append((utilities, int(generator.choice(options, p=np.array(chances) / sum(chances)))))
    return choices


@pytest.fixture(scope="module")
def travel():
    """210 people choosing among four ways to travel; utility is minus the generalised cost or the waiting time."""
    from statsmodels.datasets import modechoice

    return modechoice.load_pandas().data


@pytest.mark.parametrize("cost", ["gc", "ttme", "invt"])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_it_is_the_one_coefficient_conditional_logit(travel, cost, level):
    from scipy.optimize import brentq
    from scipy.stats import chi2
    from statsmodels.discrete.conditional_models import ConditionalLogit

    low, high = travel[cost].min(), travel[cost].max()
    travel = travel.assign(worth=(high - travel[cost]) / (high - low))
    choices = [(tuple(person["worth"]), int(np.argmax(person["choice"]))) for _, person in travel.groupby("individual")]
    found = estimate_precision(choices, level=level)
    model = ConditionalLogit(travel["choice"], travel[["worth"]], groups=travel["individual"])
    fitted = model.fit(disp=False)
    assert found.estimate == pytest.approx(fitted.params["worth"], rel=1e-4)  # its optimiser stops there
    assert model.score(np.array([found.estimate]))[0] == pytest.approx(0, abs=1e-8)
    assert found.log_likelihood == pytest.approx(model.loglike(np.array([found.estimate])), abs=1e-9)
    assert (found.identified, found.n, found.informative) == (True, 210, 210)

    def over(precision):
        return model.loglike(np.array([precision])) - (found.log_likelihood - chi2.ppf(level, 1) / 2)

    assert found.low == pytest.approx(brentq(over, 0, found.estimate), rel=1e-6)
    assert found.high == pytest.approx(brentq(over, found.estimate, 100), rel=1e-6)


def test_cost_that_does_not_matter_has_an_interval_from_zero(travel):
    worth = (180 - travel["invc"]) / 178
    rows = [(tuple(worth[i : i + 4]), int(np.argmax(travel["choice"][i : i + 4]))) for i in range(0, 840, 4)]
    found = estimate_precision(rows)
    assert found.low == 0.0
    assert found.estimate == pytest.approx(0.0004897 * 178, rel=1e-3)


@pytest.mark.parametrize("precision", [2.0, 8.0])
def test_the_interval_covers_the_precision_that_made_the_choices(precision):
    """400 simulated participants of 40 choices: coverage of a 90% interval within four binomial deviations."""
    generator = np.random.default_rng(20_260_202)
    found = [estimate_precision(drawn(generator, precision, 40), level=0.9) for _ in range(400)]
    covered = np.mean([f.low <= precision <= (f.high if f.high is not None else math.inf) for f in found])
    assert 0.9 - 4 * math.sqrt(0.09 / 400) <= covered <= 0.9 + 4 * math.sqrt(0.09 / 400)
    assert np.median([f.estimate for f in found]) == pytest.approx(precision, rel=0.1)
    too_low = np.mean([f.low > precision for f in found])
    assert 0.05 - 4 * math.sqrt(0.0475 / 400) <= too_low <= 0.05 + 4 * math.sqrt(0.0475 / 400)


@same_every_run
@given(st.integers(0, 10**6), st.floats(0.5, 20), st.integers(5, 30))
def test_the_estimate_is_the_top_and_the_ends_are_level(seed, precision, n):
    choices = drawn(np.random.default_rng(seed), precision, n, options=3)
    found = estimate_precision(choices)
    assume(found.identified)
    top = log_likelihood(choices, found.estimate)
    assert found.log_likelihood == pytest.approx(top, abs=1e-9)
    assert top >= max(log_likelihood(choices, found.estimate * f) for f in (0.9, 0.999, 1.001, 1.1))
    assert found.low < found.estimate < found.high
    drop = 3.841458820694124 / 2
    assert log_likelihood(choices, found.high) == pytest.approx(top - drop, abs=1e-6)
    if found.low > 0:
        assert log_likelihood(choices, found.low) == pytest.approx(top - drop, abs=1e-6)
    else:
        assert log_likelihood(choices, 0.0) >= top - drop


@same_every_run
@given(st.integers(0, 10**6), st.sampled_from([1e-3, 0.01, 100.0]))
def test_the_estimate_has_the_unit_of_one_over_utility(seed, factor):
    choices = drawn(np.random.default_rng(seed), 5.0, 12, options=3)
    scaled = [(tuple(u * factor + 3 * factor for u in utilities), c) for utilities, c in choices]
    plain, moved = estimate_precision(choices), estimate_precision(scaled, upper=1000.0 / factor)
    assert moved.identified == plain.identified
    for a, b in ((plain.estimate, moved.estimate), (plain.low, moved.low), (plain.high, moved.high)):
        assert (a is None) == (b is None)
        if a is not None:
            assert b * factor == pytest.approx(a, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        pytest.param([], "no choices", id="no choices"),
        pytest.param([((0.5, 0.5), 0), ((0.2, 0.2, 0.2), 2)], "equal utility", id="all tie"),
        pytest.param([((0.5, 0.5 + 1e-14), 0)] * 9, "equal utility", id="ties up to rounding"),
        pytest.param([((0.5,), 0)], "equal utility", id="one option"),
    ],
)
def test_nothing_can_be_said(choices, words):
    found = estimate_precision(choices)
    assert words in found.reason
    assert (found.identified, found.estimate, found.low, found.high) == (False, None, None, None)
    assert (found.n, found.informative, found.log_likelihood) == (len(choices), 0, None)


def test_always_the_best_gives_an_exact_lower_bound():
    choices = [((0.7, 0.6), 0)] * 20
    found = estimate_precision(choices)
    assert (found.identified, found.estimate, found.high) == (False, None, None)
    assert "any precision from 18.2 up" in found.reason
    assert logit_response((0.7, 0.6), found.low).probabilities[0] ** 20 == pytest.approx(0.05)


def test_always_a_best_one_among_ties():
    found = estimate_precision([((0.7, 0.7, 0.1), 1)] * 10, level=0.9)
    chances = logit_response((0.7, 0.7, 0.1), found.low).probabilities
    assert (chances[0] + chances[1]) ** 10 == pytest.approx(0.1)
    tied = estimate_precision([((0.7, 0.7, 0.1), 1)] * 10 + [((0.5, 0.5), 0)] * 5, level=0.9)
    assert tied.low == pytest.approx(found.low)


def test_too_few_choices_of_the_best_bound_nothing():
    found = estimate_precision([((0.9, 0.1), 0)] * 3)
    assert (found.estimate, found.low) == (None, 0.0)


@pytest.mark.parametrize(
    "choices",
    [
        pytest.param([((0.9, 0.1), 1)] * 5, id="always the worst"),
        pytest.param([((0.9, 0.1), 1)] * 3 + [((0.9, 0.1), 0)] * 2, id="mostly the worst"),
        pytest.param([((0.9, 0.1), 1), ((0.9, 0.1), 0)], id="as often as not"),
    ],
)
def test_leaning_to_the_worse_is_precision_zero_with_an_upper_end(choices):
    found = estimate_precision(choices)
    assert (found.identified, found.estimate, found.low) == (False, 0.0, None)
    assert found.log_likelihood == pytest.approx(len(choices) * math.log(0.5))
    assert log_likelihood(choices, found.high) == pytest.approx(found.log_likelihood - 3.841458820694124 / 2)
    assert "lean to the worse" in found.reason


def test_beyond_the_search_limit_there_is_no_estimate_but_a_lower_end():
    choices = [((0.5, 0.4999), 0)] * 95 + [((0.5, 0.4999), 1)] * 5
    found = estimate_precision(choices)
    assert (found.identified, found.estimate, found.high) == (False, None, None)
    assert "above the search limit 1000" in found.reason
    assert estimate_precision(choices, upper=1e6).estimate == pytest.approx(math.log(19) / 1e-4, rel=1e-6)
    near = estimate_precision(choices, upper=31_000)
    assert (near.identified, near.high) == (True, None)
    assert "upper end" in near.reason


def test_choices_among_ties_count_in_the_likelihood_only():
    choices = [((0.7, 0.6), 0)] * 14 + [((0.7, 0.6), 1)] * 6
    more = estimate_precision([*choices, ((0.5, 0.5, 0.5), 1)])
    plain = estimate_precision(choices)
    assert (more.estimate, more.low, more.high) == pytest.approx((plain.estimate, plain.low, plain.high))
    assert (more.n, more.informative) == (21, 20)
    assert more.log_likelihood == pytest.approx(plain.log_likelihood - math.log(3))


def test_menus_of_different_size_are_one_likelihood():
    choices = [((0.7, 0.6), 0), ((0.1, 0.9, 0.4), 2), ((0.3, 0.2, 0.9, 0.8, 0.1), 2), ((0.7, 0.2), 0)]
    found = estimate_precision(choices)
    assert found.log_likelihood == pytest.approx(log_likelihood(choices, found.estimate))


def test_two_closed_forms():
    two = estimate_precision([((0.7, 0.6), 0)] * 14 + [((0.7, 0.6), 1)] * 6)
    assert two.estimate == pytest.approx(math.log(14 / 6) / 0.1)
    near_zero = estimate_precision([((1.0, 0.0), 0)] * 5_001 + [((1.0, 0.0), 1)] * 4_999)
    assert near_zero.estimate == pytest.approx(math.log(5_001 / 4_999), rel=1e-6)


@pytest.mark.parametrize(
    ("choices", "options", "words"),
    [
        pytest.param([((0.1, 0.2), 2)], {}, "option 2 of 2", id="no such option"),
        pytest.param([((0.1, 0.2), -1)], {}, "option -1 of 2", id="negative index"),
        pytest.param([((0.1, math.nan), 0)], {}, "finite", id="NaN"),
        pytest.param([((), 0)], {}, "at least one", id="no options"),
        pytest.param([((0.0, 1e200), 0)], {}, "differ by more", id="squares overflow"),
        pytest.param([], {"level": 1.0}, "level", id="certainty"),
        pytest.param([], {"upper": 0.0}, "upper", id="no range"),
        pytest.param([], {"upper": math.inf}, "upper", id="endless range"),
    ],
)
def test_misuse_is_refused(choices, options, words):
    with pytest.raises(ValueError, match=words):
        estimate_precision(choices, **options)
