"""Scoring a belief against what turned out to be true, by the logarithmic rule with a price on every further round."""

from __future__ import annotations

import math


def log_score(
    probability: float,
    rounds: int,
    *,
    log_base: float = 2.0,
    coefficient: float = 1.0,
    constant: float = 0.0,
    penalty: float = 0.0,
) -> float:
    """constant + coefficient x log_base(probability) - penalty x rounds.

    The logarithmic rule is proper: nobody expects more from stating another belief than her own. A belief of 0 in what
    turned out true scores minus infinity.

    Args:
        probability: of the true state, on [0, 1].
        rounds: how often the talk was let go on, >= 0.
        log_base: > 0 and not 1.
        penalty: per round.

    Raises:
        ValueError: a number outside its range.

    Source: Good (1952), Rational decisions; with a linear penalty per round as in the NYU debates' rules.
    """
    if not 0 <= probability <= 1:
        raise ValueError(f"a probability lies between 0 and 1, not at {probability!r}")
    if rounds < 0:
        raise ValueError(f"rounds cannot be fewer than 0, not {rounds!r}")
    if log_base <= 0 or log_base == 1:
        raise ValueError(f"the base of a logarithm is positive and not 1, not {log_base!r}")
    gained = math.log2(probability) / math.log2(log_base) if probability > 0 else -math.inf
    return constant + coefficient * gained - penalty * rounds
