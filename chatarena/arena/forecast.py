"""Choice probabilities as they are shown: what they were made from, and what was missing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Logit quantal response over the options that have a utility.

    `utilities` and `probabilities` follow the decision's option order and are None where an option has no number;
    probabilities sum to one over the others. `source` is what the utilities were read from (own, panel or blend),
    `normalisation` how they were brought to [0, 1]; `precision` is per unit of that scale. `absence` says why there
    are no probabilities at all.
    """

    source: str
    precision: float
    utilities: tuple[float | None, ...]
    probabilities: tuple[float | None, ...]
    normalisation: str
    entropy: float | None = None
    margin: float | None = None
    best: tuple[str, ...] = ()
    heard: tuple[str, ...] = ()
    absence: str = ""
