"""Logit quantal response: choice probabilities from utilities. Law: adding a constant to all utilities changes nothing.

Precision (lambda) is measured in 1/utility, so a precision means nothing without the scale of the utilities. Here
utilities are brought to [0, 1] by a *fixed* range (`normalise`), never by the range of the data at hand: one unit of
precision is then one unit per full range of the rating scale, in every session alike.

Theory: docs/theory/quantal-response.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from chatarena.choice.checks import finite, finite_row, optional_row

# Ratings are read to one part in a hundred or so; differences below this are rounding, not preference.
TIE = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Normalisation:
    """How utilities were brought to [0, 1]: `low` became 0 and `high` became 1."""

    low: float
    high: float
    method: str


RATING_SCALE = Normalisation(low=0.0, high=100.0, method="fixed range of the rating scale")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogitResponse:
    """Choice probabilities over the options, in their order.

    `log_probabilities` are natural logarithms and -inf where an option is never chosen, which happens at infinite
    precision only (or where precision times a difference of utilities overflows). `entropy` is in nats. `margin` is
    the best probability minus the second, 1 for a single option. `best` holds every option whose utility is within
    `TIE` of the largest. `normalisation` is None where the utilities were used as given.
    """

    probabilities: tuple[float, ...]
    log_probabilities: tuple[float, ...]
    precision: float
    entropy: float
    margin: float
    best: tuple[int, ...]
    normalisation: Normalisation | None = None


def normalise(utilities: Sequence[float | None], low: float, high: float) -> tuple[float | None, ...]:
    """Map the fixed range [low, high] to [0, 1]: (u - low) / (high - low); a missing number stays missing.

    Args:
        utilities: one per option, in units of the scale; None where missing.
        low: the lowest value the *scale* allows (0 for ratings 0-100), not the lowest value seen.
        high: the highest value the scale allows.

    Raises:
        ValueError: low >= high, or a utility outside [low, high], NaN or infinite.
    """
    low, high = finite(low, "low"), finite(high, "high")
    if low >= high:
        raise ValueError(f"low must be below high, not {low!r} and {high!r}")
    values = optional_row(utilities, "utilities")
    outside = [value for value in values if value is not None and not low <= value <= high]
    if outside:
        raise ValueError(f"utility {outside[0]!r} lies outside the scale [{low!r}, {high!r}]")
    return tuple(None if value is None else (value - low) / (high - low) for value in values)


def maximisers(utilities: Sequence[float | None]) -> tuple[int, ...]:
    """Every option whose utility is within `TIE` of the largest; empty where no option has a number."""
    known = [value for value in utilities if value is not None]
    if not known:
        return ()
    top = max(known)
    return tuple(i for i, value in enumerate(utilities) if value is not None and top - value <= TIE)


def logit_response(
    utilities: Sequence[float], precision: float, *, normalisation: Normalisation | None = None
) -> LogitResponse:
    """Logit choice probabilities: p_a = exp(lambda u_a) / sum_b exp(lambda u_b), computed in log space.

    Args:
        utilities: one per option, in units of utility; options without a number are left out by the caller.
        precision: lambda >= 0, in 1/utility. 0 is the uniform response; `math.inf` is the best response, uniform
            over ties.
        normalisation: how the utilities were brought to their unit, carried into the result.

    Returns:
        Probabilities that sum to one, with entropy, margin and the set of best options.

    Raises:
        ValueError: no utility, one that is NaN or infinite, or a precision that is negative or NaN.

    Source: McKelvey and Palfrey (1995), Games and Economic Behavior 10, section 4; Luce (1959) and McFadden (1974)
        for one chooser.
    """
    values = finite_row(utilities, "utilities")
    precision = _checked_precision(precision)
    best = maximisers(values)
    logs = _log_probabilities(values, precision, best)
    probabilities = tuple(math.exp(log) for log in logs)
    ranked = sorted(probabilities, reverse=True)
    return LogitResponse(
        probabilities=probabilities,
        log_probabilities=logs,
        precision=precision,
        entropy=max(0.0, -math.fsum(p * log for p, log in zip(probabilities, logs, strict=True) if p > 0)),
        margin=ranked[0] - ranked[1] if len(ranked) > 1 else 1.0,
        best=best,
        normalisation=normalisation,
    )


def precision_sweep(
    utilities: Sequence[float], precisions: Sequence[float], *, normalisation: Normalisation | None = None
) -> tuple[LogitResponse, ...]:
    """The logit response at each of these precisions, in their order.

    Raises:
        ValueError: as `logit_response`.
    """
    return tuple(logit_response(utilities, precision, normalisation=normalisation) for precision in precisions)


def expected_utility_of_response(utilities: Sequence[float], probabilities: Sequence[float]) -> float:
    """What a randomised choice is worth: sum_a p_a u_a.

    Raises:
        ValueError: a different number of utilities and probabilities, or a number that is NaN or infinite.
    """
    values = finite_row(utilities, "utilities")
    chances = finite_row(probabilities, "probabilities")
    if len(values) != len(chances):
        raise ValueError(f"{len(values)} utilities but {len(chances)} probabilities")
    return math.fsum(p * u for p, u in zip(chances, values, strict=True))


def regret(utilities: Sequence[float], probabilities: Sequence[float]) -> float:
    """What a randomised choice loses against the best option: max_a u_a - sum_a p_a u_a.

    For the logit response with precision lambda over n options it is at most log(n) / lambda.

    Raises:
        ValueError: as `expected_utility_of_response`.

    Source: docs/theory/quantal-response.md, "what it costs".
    """
    return max(finite_row(utilities, "utilities")) - expected_utility_of_response(utilities, probabilities)


def _checked_precision(precision: float) -> float:
    number = float(precision)
    if math.isnan(number) or number < 0:
        raise ValueError(f"precision must be >= 0 (math.inf for the best response), not {precision!r}")
    return number


def _log_probabilities(values: tuple[float, ...], precision: float, best: tuple[int, ...]) -> tuple[float, ...]:
    if precision == 0:
        return (-math.log(len(values)),) * len(values)
    if math.isinf(precision):
        return tuple(-math.log(len(best)) if i in best else -math.inf for i in range(len(values)))
    top = max(values)
    logits = [precision * (value - top) for value in values]
    # log1p of the rest keeps the digits of a log probability that is close to 0.
    rest = [math.exp(logit) for logit in logits]
    rest.remove(1.0)
    log_sum = math.log1p(math.fsum(rest))
    return tuple(logit - log_sum for logit in logits)
