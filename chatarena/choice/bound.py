"""The loss bound T2: how much a participant with logit response can lose to competing misaligned agents, term by term.

Law: a term nobody has measured is missing, and then so is the total.

Theory and proof: docs/theory/loss-bound.md. The bound is derived in this project; its constants are not the paper's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from chatarena.choice.checks import finite

SOURCE = (
    "derived in docs/theory/loss-bound.md (T2), with proof, from the model of Collina, Goel, Roth, Ryu and Shi,"
    " Emergent Alignment via Competition, ICML 2026, arXiv 2509.15090; these are not the paper's own constants"
)

ASSUMPTIONS = (
    "the agents fix how they talk beforehand and are in Nash equilibrium: none gains by changing its way alone",
    "every agent cares which option is chosen, and agents do not collude",
    "in every option and state a weighted sum of the agents' utilities, up to a constant, is within epsilon of the"
    " participant's",
    "each agent could switch to a fully aligned way of talking, and if it did the participant's expected utilities"
    " would come within delta of those under full information",
    "the participant chooses by logit response at this precision, whatever she hears",
    "her utilities lie in [0, 1]; the loss is on that scale and an average over what the session could have brought,"
    " not a promise about this one",
)

_NO_PRECISION = "logit term: at precision 0 the choice is random and its loss has no bound of this form"
_NO_EPSILON = "epsilon, the distance of the participant's utility from the agents' weighted utilities, is not known"
_NO_DELTA = "delta, how far what she learns stays from full information, is not known"


@dataclass(frozen=True, slots=True, kw_only=True)
class LossBound:
    """Loss of expected utility against the best choice under full information, at most `total`.

    total = logit_term + hull_term + learning_term; a term is None where it is not known (`missing` says which and
    why), and then the total is None, because a sum of the other terms bounds nothing. `vacuous` is True where the
    known terms already reach 1, the whole scale: then the bound says nothing.
    """

    total: float | None
    logit_term: float | None
    hull_term: float | None
    learning_term: float | None
    precision: float
    n_options: int
    epsilon: float | None
    delta: float | None
    weight_sum: float
    utility_range: float
    assumptions: tuple[str, ...]
    missing: tuple[str, ...]
    vacuous: bool
    source: str


def quantal_loss_bound(
    n_options: int,
    precision: float,
    epsilon: float | None,
    delta: float | None,
    weight_sum: float = 1.0,
    utility_range: float = 1.0,
) -> LossBound:
    """T2: loss <= log(n) / lambda + 2 epsilon + (sum_i w_i) B tanh(lambda delta / 2).

    Args:
        n_options: number of options n, >= 1.
        precision: lambda >= 0 per unit of utility on [0, 1]; `math.inf` for a participant who always takes the best.
        epsilon: sup-norm gap between sum_i w_i U_i + c and her utility, >= 0; None where not known. A root mean
            square error is not this number.
        delta: sup-norm error of her expected utilities after an aligned deviation, >= 0; None where not known.
        weight_sum: sum of the weights w_i >= 0 that attain epsilon; 1 for a point of the convex hull.
        utility_range: B, the largest range max - min of any agent's utility.

    Raises:
        ValueError: a number out of its range.

    Source: docs/theory/loss-bound.md (derived here).
    """
    _check(n_options, precision, epsilon, delta, weight_sum, utility_range)
    logit_term = 0.0 if n_options == 1 else math.log(n_options) / precision if precision > 0 else None
    hull_term = None if epsilon is None else 2.0 * epsilon
    learning_term = None if delta is None else weight_sum * utility_range * _shift(precision, delta)
    terms = (logit_term, hull_term, learning_term)
    known = [term for term in terms if term is not None]
    words = (_NO_PRECISION, _NO_EPSILON, _NO_DELTA)
    return LossBound(
        total=math.fsum(known) if len(known) == len(terms) else None,
        logit_term=logit_term,
        hull_term=hull_term,
        learning_term=learning_term,
        precision=float(precision),
        n_options=n_options,
        epsilon=None if epsilon is None else float(epsilon),
        delta=None if delta is None else float(delta),
        weight_sum=float(weight_sum),
        utility_range=float(utility_range),
        assumptions=ASSUMPTIONS,
        missing=tuple(word for term, word in zip(terms, words, strict=True) if term is None),
        vacuous=logit_term is None or math.fsum(known) >= 1.0,
        source=SOURCE,
    )


def best_precision(n_options: int, delta: float, weight_sum: float = 1.0, utility_range: float = 1.0) -> float:
    """The precision at which the bound's precision-dependent part is least: sqrt(2 log(n) / (W B delta)).

    It minimises log(n)/lambda + W B lambda delta/2, which exceeds the bound because tanh(x) <= x; the loss there is
    sqrt(2 W B delta log n) + 2 epsilon.

    Args:
        n_options: number of options, >= 1.
        delta: as in `quantal_loss_bound`, >= 0.
        weight_sum: W, the sum of the weights.
        utility_range: B.

    Returns:
        lambda in 1/utility; `math.inf` where nothing is lost by reacting sharply; 0.0 where there is nothing to
        choose.

    Raises:
        ValueError: a number out of its range.
    """
    _check(n_options, 0.0, None, delta, weight_sum, utility_range)
    if n_options == 1:
        return 0.0
    slope = weight_sum * utility_range * delta
    return math.sqrt(2.0 * math.log(n_options) / slope) if slope > 0 else math.inf


def _shift(precision: float, delta: float) -> float:
    """Largest total variation between logit responses whose utilities differ by at most delta."""
    # 0 * inf is not a number, and the response to unmoved utilities does not move.
    return 0.0 if delta == 0 or precision == 0 else math.tanh(precision * delta / 2.0)


def _check(
    n_options: int,
    precision: float,
    epsilon: float | None,
    delta: float | None,
    weight_sum: float,
    utility_range: float,
) -> None:
    if n_options < 1:
        raise ValueError(f"n_options must be at least 1, not {n_options!r}")
    if math.isnan(precision) or precision < 0:
        raise ValueError(f"precision must be >= 0, not {precision!r}")
    named = {"epsilon": epsilon, "delta": delta, "weight_sum": weight_sum, "utility_range": utility_range}
    for name, value in named.items():
        if value is not None and finite(value, name) < 0:
            raise ValueError(f"{name} must be >= 0, not {value!r}")
