"""Means and shares over games, each with its interval and how many games it is of.

Law: nothing is a number alone. Intervals of means are from resampled games, of shares exact (Clopper and Pearson 1934).

The middle 95 % of resampled means hold the mean in fewer than 95 of 100 series where few games lose anything, and what
happened in none of the games drawn is in no resample (measured in docs/theory/selection.md). So what they are is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chatarena.hull.intervals import Interval, percentile_interval

# Resamples of a mean's interval.
DRAWS = 1_000
LEVEL = 0.95
# What is said beside intervals of means.
RESAMPLED = (
    "Resampled: the middle 95 % of means over games drawn anew from these. Where few of them lose anything that is too"
    " narrow an interval, and 0 to 0 says no more than that none of these did."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """The mean of a number over games, its interval and the largest; None where no game has it.

    One game has no interval: nothing is known of how far another would differ.
    """

    mean: float | None
    interval: Interval | None
    largest: float | None
    n: int
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """`count` of `n`, and an exact interval of the chance; None where n is 0."""

    count: int
    n: int
    share: float | None
    interval: Interval | None


def amount(values: Sequence[float | None], *, seed: int, level: float = LEVEL) -> Amount:
    """The mean over the games that have the number; the same resamples for every number of one seed and size.

    Args:
        values: one a game, None where it has none.
        seed: of the resamples.
        level: strictly between 0 and 1.

    Raises:
        ValueError: a value that is not finite, or an impossible level.
    """
    known = np.array([value for value in values if value is not None])
    if not len(known):
        return Amount(mean=None, interval=None, largest=None, n=0, missing=len(values))
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, len(known)])))
    counts = rng.multinomial(len(known), np.full(len(known), 1 / len(known)), size=DRAWS)
    means = counts @ known / len(known)
    interval = percentile_interval(means, level, f"{DRAWS} resamples of the games") if len(known) > 1 else None
    return Amount(
        mean=float(known.mean()),
        interval=interval,
        largest=float(known.max()),
        n=len(known),
        missing=len(values) - len(known),
    )


def share(happened: Sequence[bool], *, level: float = LEVEL) -> Share:
    """How often it happened, with an exact interval.

    Args:
        happened: one a game.
        level: strictly between 0 and 1.
    """
    count, n = sum(map(bool, happened)), len(happened)
    if not n:
        return Share(count=0, n=0, share=None, interval=None)
    from scipy.stats import beta

    tail = (1.0 - level) / 2.0
    low = float(beta.ppf(tail, count, n - count + 1)) if count else 0.0
    high = float(beta.ppf(1.0 - tail, count + 1, n - count)) if count < n else 1.0
    interval = Interval(low=low, high=high, level=level, method="Clopper and Pearson")
    return Share(count=count, n=n, share=count / n, interval=interval)
