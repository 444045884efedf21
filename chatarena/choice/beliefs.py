"""Beliefs over the states of a decision: expected utility under one, and its revision by evidence."""

from __future__ import annotations

import math
from collections.abc import Sequence

from chatarena.choice.checks import Row, finite_row, optional_table

# The same tolerance with which a decision's own state probabilities are accepted.
SUM_TOLERANCE = 1e-6


def validate_belief(belief: Sequence[float]) -> tuple[float, ...]:
    """The belief, divided by its sum so that it is a distribution to the last digit.

    Args:
        belief: one probability per state, each >= 0, summing to one within `SUM_TOLERANCE`.

    Raises:
        ValueError: no state, a negative or non-finite probability, or another sum.
    """
    values = finite_row(belief, "belief")
    negative = [value for value in values if value < 0]
    if negative:
        raise ValueError(f"a probability cannot be negative: {negative[0]!r}")
    total = math.fsum(values)
    if abs(total - 1) > SUM_TOLERANCE:
        raise ValueError(f"the probabilities of a belief must sum to 1, not {total!r}")
    return tuple(value / total for value in values)


def expected_utility(utilities: Sequence[Sequence[float | None]], belief: Sequence[float]) -> Row:
    """Expected utility of every option: EU_a = sum_y p(y) u(a, y).

    Args:
        utilities: options x states, in units of utility; None where missing.
        belief: one probability per state.

    Returns:
        One number per option, in the unit of the utilities; None where a state of positive probability has none.

    Raises:
        ValueError: ragged or empty utilities, another number of states in the belief, or an invalid belief.
    """
    table = optional_table(utilities, "utilities")
    chances = validate_belief(belief)
    if len(table[0]) != len(chances):
        raise ValueError(f"utilities have {len(table[0])} states, the belief has {len(chances)}")
    return tuple(_mean(row, chances) for row in table)


def posterior(prior: Sequence[float], *likelihoods: Sequence[float]) -> tuple[float, ...]:
    """Bayes' rule in log space: p(y | x_1..x_m) proportional to p(y) prod_j p(x_j | y).

    Args:
        prior: one probability per state.
        likelihoods: for each observation, its probability (or density, up to a factor) in every state. Observations
            must be independent given the state; an argument heard twice is one observation.

    Returns:
        One probability per state, summing to one; the prior where nothing was observed.

    Raises:
        ValueError: an invalid prior, a negative or non-finite likelihood, another number of states, or observations
            that are impossible in every state the prior allows.
    """
    chances = validate_belief(prior)
    logs = [_log(value) for value in chances]
    for j, likelihood in enumerate(likelihoods):
        values = finite_row(likelihood, f"likelihoods[{j}]")
        if len(values) != len(chances):
            raise ValueError(f"likelihoods[{j}] has {len(values)} states, the prior has {len(chances)}")
        if min(values) < 0:
            raise ValueError(f"a likelihood cannot be negative: {min(values)!r}")
        logs = [log + _log(value) for log, value in zip(logs, values, strict=True)]
    top = max(logs)
    if top == -math.inf:
        raise ValueError(f"the observations {likelihoods!r} are impossible under the prior {tuple(prior)!r}")
    shares = [math.exp(log - top) for log in logs]
    total = math.fsum(shares)
    return tuple(share / total for share in shares)


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf


def _mean(row: Row, chances: tuple[float, ...]) -> float | None:
    terms = []
    for value, chance in zip(row, chances, strict=True):
        if chance == 0:
            continue
        if value is None:
            return None
        terms.append(chance * value)
    return math.fsum(terms)
