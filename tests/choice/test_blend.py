"""Blending advice: against conditioning a joint Gaussian by linear algebra, and calibration from a record."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatarena.choice.blend import (
    DEFAULT_CALIBRATION,
    PRIOR_SD,
    Calibration,
    blend,
    estimate_calibration,
)

same_every_run = settings(derandomize=True, deadline=None, max_examples=150)
unit = st.floats(0, 1)
calibrations = st.builds(
    Calibration,
    agent=st.just("a"),
    bias=st.floats(-0.5, 0.5),
    noise_sd=st.floats(0.05, 1.0),
    sessions=st.just(3),
    method=st.just("drawn"),
)


def conditioned(m0, s0, heard):
    """Mean and deviation of the worth given the claims, from the joint covariance of (worth, claims)."""
    k = len(heard)
    covariance = np.full((k + 1, k + 1), s0**2) + np.diag([0.0, *[cal.noise_sd**2 for _, cal in heard]])
    surprise = np.array([claim - (m0 + cal.bias) for claim, cal in heard])
    gain = np.linalg.solve(covariance[1:, 1:], covariance[1:, 0])
    return m0 + gain @ surprise, math.sqrt(covariance[0, 0] - gain @ covariance[1:, 0])


@same_every_run
@given(st.floats(0, 1), st.floats(0.05, 1), st.lists(st.tuples(unit, calibrations), min_size=1, max_size=8))
def test_it_is_conditioning_of_a_joint_gaussian(m0, s0, heard):
    found = blend([m0], s0, [[claim] for claim, _ in heard], [cal for _, cal in heard])
    mean, sd = conditioned(m0, s0, heard)
    assert found.means[0] == pytest.approx(mean, abs=1e-9)
    assert found.sds[0] == pytest.approx(sd, rel=1e-6)
    # Moving her own rating by 1 moves the mean by the weight on it.
    assert found.weight_on_own[0] == pytest.approx((conditioned(m0 + 1, s0, heard)[0] - mean), abs=1e-9)


@same_every_run
@given(st.lists(st.tuples(unit, calibrations), min_size=1, max_size=8))
def test_without_an_own_rating_it_is_generalised_least_squares(heard):
    found = blend([None], 0.2, [[claim] for claim, _ in heard], [cal for _, cal in heard])
    design = np.array([[1 / cal.noise_sd] for _, cal in heard])
    target = np.array([(claim - cal.bias) / cal.noise_sd for claim, cal in heard])
    assert found.means[0] == pytest.approx(np.linalg.lstsq(design, target, rcond=None)[0][0], abs=1e-9)
    assert found.sds[0] == pytest.approx(1 / np.linalg.norm(design))
    assert found.weight_on_own == (0.0,)


@same_every_run
@given(unit, st.lists(st.tuples(unit, calibrations), min_size=2, max_size=5))
def test_claims_may_be_taken_at_once_or_one_after_the_other(m0, heard):
    at_once = blend([m0], 0.3, [[claim] for claim, _ in heard], [cal for _, cal in heard])
    mean, sd = m0, 0.3
    for claim, cal in heard:
        # Shifting claim and worth together keeps the running mean inside the scale that blend insists on.
        step = blend([0.5], sd, [[0.5]], [Calibration(**{**_fields(cal), "bias": cal.bias - (claim - mean)})])
        mean, sd = mean + step.means[0] - 0.5, step.sds[0]
    assert (at_once.means[0], at_once.sds[0]) == pytest.approx((mean, sd), abs=1e-9)


def _fields(calibration):
    return {name: getattr(calibration, name) for name in Calibration.__slots__}


def test_missing_numbers_stay_missing():
    found = blend([0.5, None, 0.4, None], 0.2, [(0.9, 0.7, None, None)], [DEFAULT_CALIBRATION])
    assert found.means == pytest.approx((0.5 + 0.4 * 0.04 / 1.04, 0.7, 0.4, None))
    assert found.sds[1:] == pytest.approx((1.0, 0.2, None))
    assert found.weight_on_own[1:] == (0.0, 1.0, None)
    assert found.claims == (1, 1, 0, 0)


def test_nobody_heard_leaves_her_ratings():
    found = blend([0.5, None], 0.2, [], [])
    assert (found.means, found.weight_on_own) == ((0.5, None), (1.0, None))


def test_strangers_move_her_little_and_a_known_bias_is_taken_off():
    assert blend([0.5], PRIOR_SD, [(1.0,)], [DEFAULT_CALIBRATION]).weight_on_own[0] == pytest.approx(1 / 1.04)
    seller = Calibration(agent="s", bias=0.4, noise_sd=0.1, sessions=20, method="known")
    assert blend([0.5], PRIOR_SD, [(0.9,)], [seller]).means[0] == pytest.approx(0.5)


def test_the_smallest_deviations_do_not_overflow():
    tiny = Calibration(agent="t", bias=0.0, noise_sd=1e-200, sessions=1, method="known")
    found = blend([0.5], 1e-200, [(1.0,)], [tiny])
    assert found.means[0] == pytest.approx(0.75)
    assert found.sds[0] == pytest.approx(1e-200 / math.sqrt(2), rel=1e-9, abs=0)


@pytest.mark.parametrize(
    ("prior", "sd", "claims", "cals", "words"),
    [
        pytest.param([50], 0.2, [], [], r"\[0, 1\], not 50", id="not normalised"),
        pytest.param([0.5], 0.2, [[70]], [DEFAULT_CALIBRATION], r"\[0, 1\], not 70", id="claim not normalised"),
        pytest.param([0.5], 0.0, [], [], "prior_sd must be positive", id="certain prior"),
        pytest.param([0.5], 0.2, [[0.1]], [], "0 calibrations for 1", id="no calibration"),
        pytest.param([0.5], 0.2, [[0.1, 0.2]], [DEFAULT_CALIBRATION], "length", id="lengths"),
        pytest.param(
            [0.5], 0.2, [[0.1]], [Calibration(agent="", bias=0, noise_sd=0, sessions=0, method="")], "noise_sd",
            id="certain agent",
        ),
    ],
)  # fmt: skip
def test_blend_refuses(prior, sd, claims, cals, words):
    with pytest.raises(ValueError, match=words):
        blend(prior, sd, claims, cals)


def test_no_record_is_the_default_and_says_so():
    nothing_common = [((0.5, None), (None, 0.5))]
    for history in ([], nothing_common):
        found = estimate_calibration(history, agent="x")
        assert (found.agent, found.bias, found.noise_sd, found.sessions) == ("x", 0.0, 1.0, 0)
        assert "no earlier session" in found.method


@same_every_run
@given(
    st.lists(st.lists(st.tuples(unit, unit), min_size=1, max_size=4), min_size=1, max_size=6),
    st.floats(-0.3, 0.3),
    st.floats(0.1, 1),
    st.floats(0.5, 5),
)
def test_calibration_is_the_conjugate_update(sessions, b0, sd0, k):
    """Against the textbook form: within + between + k n / (k + n) (mean - b0)^2, sessions as the unit."""
    history = [([c for c, _ in s], [f for _, f in s]) for s in sessions]
    default = Calibration(agent="", bias=b0, noise_sd=sd0, sessions=0, method="d")
    found = estimate_calibration(history, default=default, pseudo_sessions=k)
    errors = [np.array(c) - np.array(f) for c, f in history]
    n, mean = len(errors), np.mean([e.mean() for e in errors])
    spread = sum(((e - mean) ** 2).mean() for e in errors)
    variance = (k * sd0**2 + spread + k * n / (k + n) * (mean - b0) ** 2) / (k + n)
    assert found.bias == pytest.approx((k * b0 + n * mean) / (k + n), abs=1e-9)
    assert found.noise_sd == pytest.approx(math.sqrt(variance), rel=1e-6)
    assert found.sessions == n


def test_a_long_record_is_believed_and_a_short_one_is_not():
    generator = np.random.default_rng(3)

    def record(n):
        finals = generator.uniform(0.35, 0.65, (n, 4))
        return list(
            zip((finals + 0.2 + generator.normal(0, 0.03, finals.shape)).tolist(), finals.tolist(), strict=True)
        )

    short, long = estimate_calibration(record(1)), estimate_calibration(record(400))
    assert (long.bias, long.noise_sd) == (pytest.approx(0.2, abs=0.01), pytest.approx(math.hypot(0.05, 0.03), abs=0.02))
    assert short.noise_sd > 0.6
    assert short.bias == pytest.approx(0.1, abs=0.03)


def test_sessions_with_many_options_weigh_no_more():
    wide = ([0.6] * 12, [0.5] * 12)
    narrow = ([0.6], [0.5])
    assert estimate_calibration([wide]).noise_sd == pytest.approx(estimate_calibration([narrow]).noise_sd)


@pytest.mark.parametrize(
    ("history", "options", "words"),
    [
        pytest.param([((0.1,), (0.1, 0.2))], {}, "1 claims and 2 final", id="lengths"),
        pytest.param([((10,), (0.1,))], {}, r"history\[0\] claims", id="scale"),
        pytest.param([], {"pseudo_sessions": 0}, "must be positive", id="no shrinkage"),
    ],
)
def test_calibration_refuses(history, options, words):
    with pytest.raises(ValueError, match=words):
        estimate_calibration(history, **options)
