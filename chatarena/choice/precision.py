"""How sharply a participant's choices follow her ratings: precision by maximum likelihood.

Law: where the choices do not determine a precision the answer is "not identified" with the reason, never a number at
the end of a search range.

Theory: docs/theory/quantal-response.md, "estimating precision".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chatarena.choice.checks import finite, finite_row
from chatarena.choice.response import TIE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Choice = tuple[Sequence[float], int]
# Every step either halves the bracket or is half as long as the one before; doubles bear about a thousand halvings.
MAX_STEPS = 2_000
# Squares of the differences must stay finite.
MAX_DIFFERENCE = 1e100


@dataclass(frozen=True, slots=True, kw_only=True)
class PrecisionEstimate:
    """Precision lambda fitted to choices, per unit of the utilities given.

    `identified` is True where the likelihood has one maximum strictly between 0 and the search limit. `low` and `high`
    end the profile-likelihood interval; None is an end that the choices do not settle. Where `identified` is False
    `reason` says why, and what is given is one-sided: `low` alone where any larger precision fits at least as well,
    `high` alone (with the estimate 0) where choices lean to the worse options. `n` counts all choices, `informative`
    those among options that do not all tie. `log_likelihood` is at the estimate, None where there is none.
    """

    estimate: float | None
    low: float | None
    high: float | None
    identified: bool
    reason: str
    log_likelihood: float | None
    n: int
    level: float
    informative: int
    upper: float
    method: str = "maximum likelihood of the logit response; profile-likelihood interval"


@dataclass(frozen=True, slots=True)
class _Likelihood:
    """Choices as shortfalls from the best option, padded to one width: no exponential can overflow.

    `constant` is the part of choices among ties, which no precision changes.
    """

    shortfalls: NDArray[np.float64]
    present: NDArray[np.float64]
    chosen: NDArray[np.float64]
    constant: float

    def at(self, precision: float) -> tuple[float, float, float]:
        """The log likelihood, its slope and its (never positive) curvature."""
        import numpy as np

        mass = self.present * np.exp(precision * self.shortfalls)
        total = mass.sum(axis=1)
        chances = mass / total[:, None]
        mean = (chances * self.shortfalls).sum(axis=1)
        variance = (chances * (self.shortfalls - mean[:, None]) ** 2).sum(axis=1)
        value = self.constant + float((precision * self.chosen - np.log(total)).sum())
        return value, float((self.chosen - mean).sum()), -float(variance.sum())


def estimate_precision(choices: Sequence[Choice], level: float = 0.95, upper: float = 1000.0) -> PrecisionEstimate:
    """Fit one precision to choices by maximising sum_t [lambda u_t(c_t) - log sum_a exp(lambda u_t(a))].

    The log likelihood is concave in lambda. The interval holds every lambda whose log likelihood is within half the
    chi-squared(1) quantile of the maximum. Where every choice is a best option the bound is exact instead: below `low`
    such a run of choices has probability under 1 - level.

    Args:
        choices: (utilities per option, index of the chosen one), all utilities in one unit; options may differ in
            number from choice to choice.
        level: coverage of the interval, in (0, 1).
        upper: largest precision searched, in 1/utility.

    Raises:
        ValueError: non-finite utilities, an index outside the options, or a level or limit out of range.

    Source: McFadden (1974); interval: Venzon and Moolgavkar (1988), Applied Statistics 37; diverging estimates under
        complete separation: Albert and Anderson (1984), Biometrika 71.
    """
    if not 0 < level < 1:
        raise ValueError(f"level must lie strictly between 0 and 1, not {level!r}")
    if finite(upper, "upper") <= 0:
        raise ValueError(f"upper must be positive, not {upper!r}")
    checked = [_checked(choice, t) for t, choice in enumerate(choices)]
    telling = [(values, chosen) for values, chosen in checked if max(values) - min(values) > TIE]
    unknown = PrecisionEstimate(
        estimate=None,
        low=None,
        high=None,
        identified=False,
        reason="every choice was among options of equal utility: any precision fits as well"
        if checked
        else "no choices",
        log_likelihood=None,
        n=len(checked),
        level=level,
        informative=len(telling),
        upper=float(upper),
    )
    if not telling:
        return unknown
    ties = math.fsum(math.log(len(values)) for values, _ in checked if max(values) - min(values) <= TIE)
    return _fit(_likelihood(telling, -ties), unknown)


def _fit(likelihood: _Likelihood, unknown: PrecisionEstimate) -> PrecisionEstimate:
    from statistics import NormalDist  # pulls in random and decimal, which a forecast never needs

    level, upper = unknown.level, unknown.upper
    drop = NormalDist().inv_cdf((1 + level) / 2) ** 2 / 2
    if not likelihood.chosen.any():
        low = _least_for_all_best(likelihood, level, upper)
        reason = f"every choice was a best option: any precision from {low:.3g} up fits, and more fits better"
        return replace(unknown, low=low, reason=reason)
    at_zero, slope_at_zero, _ = likelihood.at(0.0)
    if slope_at_zero <= 0:
        high = _end_above(likelihood, 0.0, at_zero - drop, upper)
        reason = "the choices lean to the worse options (or to none): the best fit is precision 0, a choice at random"
        return replace(unknown, estimate=0.0, high=high, reason=reason, log_likelihood=at_zero)
    at_upper, slope_at_upper, _ = likelihood.at(upper)
    if slope_at_upper >= 0:
        low = _end_below(likelihood, upper, at_upper - drop)
        return replace(unknown, low=low, reason=f"the best fit lies above the search limit {upper:g}")
    estimate = _falling_root(lambda precision: likelihood.at(precision)[1:], 0.0, upper)
    top = likelihood.at(estimate)[0]
    high = _end_above(likelihood, estimate, top - drop, upper)
    return replace(
        unknown,
        estimate=estimate,
        low=_end_below(likelihood, estimate, top - drop),
        high=high,
        identified=True,
        reason="" if high is not None else f"identified, but its upper end lies above the search limit {upper:g}",
        log_likelihood=top,
    )


def _checked(choice: Choice, t: int) -> tuple[tuple[float, ...], int]:
    utilities, chosen = choice
    values = finite_row(utilities, f"choices[{t}] utilities")
    if not 0 <= chosen < len(values):
        raise ValueError(f"choices[{t}]: option {chosen!r} of {len(values)} was chosen")
    if max(values) - min(values) > MAX_DIFFERENCE:
        raise ValueError(f"choices[{t}]: utilities differ by more than {MAX_DIFFERENCE:g}: {values!r}")
    return values, int(chosen)


def _likelihood(telling: list[tuple[tuple[float, ...], int]], constant: float) -> _Likelihood:
    import numpy as np

    width = max(len(values) for values, _ in telling)
    shortfalls, present = np.zeros((len(telling), width)), np.zeros((len(telling), width))
    for t, (values, _) in enumerate(telling):
        top = max(values)
        # Differences within the tolerance are ties here as everywhere.
        shortfalls[t, : len(values)] = [0.0 if top - value <= TIE else value - top for value in values]
        present[t, : len(values)] = 1.0
    chosen = shortfalls[np.arange(len(telling)), [index for _, index in telling]]
    return _Likelihood(shortfalls, present, chosen, constant)


def _least_for_all_best(likelihood: _Likelihood, level: float, upper: float) -> float:
    """The precision below which choosing a best option every time has probability under 1 - level."""
    ties = (likelihood.present * (likelihood.shortfalls == 0)).sum(axis=1)
    limit = likelihood.constant - sum(math.log(count) for count in ties)
    return _end_below(likelihood, upper, limit + math.log(1 - level))


def _end_below(likelihood: _Likelihood, start: float, target: float) -> float:
    """Where the log likelihood, rising up to `start`, reaches the target; 0 where it starts above."""

    def missing(precision: float) -> tuple[float, float]:
        value, slope, _ = likelihood.at(precision)
        return target - value, -slope

    return _falling_root(missing, 0.0, start)


def _end_above(likelihood: _Likelihood, start: float, target: float, upper: float) -> float | None:
    """Where the log likelihood, falling from `start`, reaches the target; None where that is beyond `upper`."""

    def spare(precision: float) -> tuple[float, float]:
        value, slope, _ = likelihood.at(precision)
        return value - target, slope

    return None if spare(upper)[0] > 0 else _falling_root(spare, start, upper)


def _falling_root(function: Callable[[float], tuple[float, ...]], low: float, high: float) -> float:
    """The root of a falling function in [low, high] by Newton steps kept inside a bracket that bisection shrinks.

    `function` gives value and slope. A function of one sign over the bracket has its root at the nearer end.
    """
    if function(low)[0] <= 0:
        return low
    if function(high)[0] >= 0:
        return high
    x, last = low, high - low
    for _ in range(MAX_STEPS):
        value, slope = function(x)
        step = -value / slope if slope < 0 else math.inf
        if abs(step) <= 1e-12 * abs(x):
            return x
        low, high = (x, high) if value > 0 else (low, x)
        following = x + step if low < x + step < high and abs(step) <= last / 2 else (low + high) / 2
        last = abs(following - x)
        if last == 0:
            return x
        x = following
    return x
