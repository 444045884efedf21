"""Blend a participant's own ratings with the agents' claims by how reliable each agent has been. Law: a claim without a
record behind it counts little, and no agent counts twice.

Conjugate normal updating: the worth of an option is N(m0, s0^2) to the participant beforehand; agent i's claim is that
worth plus a bias b_i plus noise N(0, sigma_i^2). All numbers are on [0, 1].

Callers pass each agent's *latest* claim only: an agent that repeats itself over rounds gives no second piece of
evidence. Claims are taken as independent given the worth; agents that share a bias the calibration does not know make
the result too sure of itself.

Theory: docs/theory/blending-advice.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from chatarena.choice.checks import Row, finite, optional_row, within_unit

# A convention, not an estimate: a truth spread evenly over the scale has variance 1/12, and own ratings made before
# hearing anybody are taken to leave about half of it open.
PRIOR_SD = 0.2

# Weight of the default in `estimate_calibration`, in sessions.
PSEUDO_SESSIONS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How an agent's claims have related to what the participant finally found: mean error and its spread, on [0, 1].

    `bias` is positive for an agent that claims too much. `sessions` is how many earlier sessions it rests on.
    """

    agent: str
    bias: float
    noise_sd: float
    sessions: int
    method: str


DEFAULT_CALIBRATION = Calibration(
    agent="",
    bias=0.0,
    noise_sd=1.0,
    sessions=0,
    method=(
        "no earlier session: the weakest default the scale allows, because no unbiased error between -1 and 1 has a"
        " standard deviation above 1 (Popoviciu's inequality)"
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blend:
    """The participant's ratings after the claims: normal mean and standard deviation per option on [0, 1].

    `weight_on_own` is the share of her own rating in the mean. Everything is None for an option with neither a rating
    of hers nor a claim. Means are not clipped: a corrected bias may carry one beyond [0, 1]. `claims` counts the
    claims that entered, per option.
    """

    means: Row
    sds: Row
    weight_on_own: Row
    method: str
    prior_sd: float
    calibrations: tuple[Calibration, ...]
    claims: tuple[int, ...]


def blend(
    prior: Sequence[float | None],
    prior_sd: float,
    claims: Sequence[Sequence[float | None]],
    calibrations: Sequence[Calibration],
) -> Blend:
    """Update own ratings by claims: mean = (m0/s0^2 + sum_i (c_i - b_i)/sigma_i^2) / (1/s0^2 + sum_i 1/sigma_i^2).

    Where she gave no rating her part drops out (a flat prior).

    Args:
        prior: her ratings per option on [0, 1] from before the claims, None where missing.
        prior_sd: how far they may be off, > 0, on the same scale; `PRIOR_SD` where nothing is known.
        claims: agents x options on [0, 1], each agent's latest claim, None where missing; may be empty.
        calibrations: one per row of `claims`; `DEFAULT_CALIBRATION` for an agent never met before.

    Raises:
        ValueError: a number outside [0, 1], a standard deviation that is not positive and finite, or lengths that
            do not match.

    Source: normal with known variance, e.g. Gelman et al., Bayesian Data Analysis (3rd ed.), section 2.5.
    """
    own = within_unit(optional_row(prior, "prior"), "prior")
    rows = [within_unit(optional_row(row, f"claims[{i}]"), f"claims[{i}]") for i, row in enumerate(claims)]
    if any(len(row) != len(own) for row in rows):
        raise ValueError(f"{len(own)} prior ratings, but claims of length {[len(row) for row in rows]}")
    if len(calibrations) != len(rows):
        raise ValueError(f"{len(calibrations)} calibrations for {len(rows)} agents")
    own_sd = _checked_sd(prior_sd, "prior_sd")
    for calibration in calibrations:
        finite(calibration.bias, "bias")
        _checked_sd(calibration.noise_sd, "noise_sd")
    columns = [
        _update(own[a], own_sd, [(row[a], cal) for row, cal in zip(rows, calibrations, strict=True)])
        for a in range(len(own))
    ]
    return Blend(
        means=tuple(mean for mean, _, _ in columns),
        sds=tuple(sd for _, sd, _ in columns),
        weight_on_own=tuple(weight for _, _, weight in columns),
        method="conjugate normal: own ratings updated by independent claims, each corrected for its agent's bias",
        prior_sd=own_sd,
        calibrations=tuple(calibrations),
        claims=tuple(sum(row[a] is not None for row in rows) for a in range(len(own))),
    )


def estimate_calibration(
    history: Sequence[tuple[Sequence[float | None], Sequence[float | None]]],
    *,
    agent: str = "",
    default: Calibration = DEFAULT_CALIBRATION,
    pseudo_sessions: float = PSEUDO_SESSIONS,
) -> Calibration:
    """Bias and noise of one agent from earlier sessions, as if `pseudo_sessions` more had shown the default.

    With d_sa = claim - final rating and k = pseudo_sessions:
    bias = (k b0 + sum_s mean_a d_sa) / (k + n) and
    noise^2 = (k (sigma0^2 + (b0 - bias)^2) + sum_s mean_a (d_sa - bias)^2) / (k + n).
    The session is the unit, because errors on the options of one decision are not independent.

    Args:
        history: for each earlier session the agent's last claim and the participant's final ratings, options in one
            order, on [0, 1], None where missing. Sessions without a common option do not count.
        agent: whose record this is.
        default: what is believed of an agent without a record.
        pseudo_sessions: how many sessions the default is worth, > 0.

    Raises:
        ValueError: a number outside [0, 1], rows of different length, or pseudo_sessions that is not positive.

    Source: normal with unknown mean and variance, conjugate prior: Gelman et al., section 3.3. The final ratings were
        made *after* hearing the agent, so an agent that persuades looks more accurate than it is.
    """
    if not finite(pseudo_sessions, "pseudo_sessions") > 0:
        raise ValueError(f"pseudo_sessions must be positive, not {pseudo_sessions!r}")
    sessions = [errors for s, (claims, finals) in enumerate(history) if (errors := _errors(claims, finals, s))]
    n = len(sessions)
    if n == 0:
        return Calibration(agent=agent, bias=default.bias, noise_sd=default.noise_sd, sessions=0, method=default.method)
    total = pseudo_sessions + n
    bias = (pseudo_sessions * default.bias + math.fsum(math.fsum(e) / len(e) for e in sessions)) / total
    spread = math.fsum(math.fsum((d - bias) ** 2 for d in e) / len(e) for e in sessions)
    assumed = pseudo_sessions * (default.noise_sd**2 + (default.bias - bias) ** 2)
    return Calibration(
        agent=agent,
        bias=bias,
        noise_sd=math.sqrt((assumed + spread) / total),
        sessions=n,
        method=f"{n} earlier sessions, pooled with {pseudo_sessions:g} imagined ones that showed the default",
    )


def _checked_sd(value: float, what: str) -> float:
    number = finite(value, what)
    if number <= 0:
        raise ValueError(f"{what} must be positive, not {value!r}")
    return number


def _update(
    own: float | None, own_sd: float, claims: list[tuple[float | None, Calibration]]
) -> tuple[float | None, float | None, float | None]:
    heard = [(value - cal.bias, cal.noise_sd) for value, cal in claims if value is not None]
    parts = heard if own is None else [(own, own_sd), *heard]
    if not parts:
        return None, None, None
    # Relative to the smallest deviation, so that 1/sd^2 cannot overflow.
    smallest = min(sd for _, sd in parts)
    weights = [(smallest / sd) ** 2 for _, sd in parts]
    total = math.fsum(weights)
    mean = math.fsum(w * value for w, (value, _) in zip(weights, parts, strict=True)) / total
    return mean, smallest / math.sqrt(total), 0.0 if own is None else weights[0] / total


def _errors(claims: Sequence[float | None], finals: Sequence[float | None], session: int) -> list[float]:
    said = within_unit(optional_row(claims, f"history[{session}] claims"), f"history[{session}] claims")
    found = within_unit(optional_row(finals, f"history[{session}] final ratings"), f"history[{session}] final ratings")
    if len(said) != len(found):
        raise ValueError(f"history[{session}] has {len(said)} claims and {len(found)} final ratings")
    return [s - f for s, f in zip(said, found, strict=True) if s is not None and f is not None]
