"""The recommendation card: what is recommended, how surely, on whose word, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# How the agents' claims are put together: all count the same, as earlier sessions suggest, or as a fork says.
Weighed = Literal["equally", "by earlier sessions", "by the network", "by hand"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """What the recommendation would be without one agent."""

    agent: str
    recommended: tuple[str, ...]
    flipped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedVoice:
    """An agent that was not heard, or not to the end, and why."""

    agent: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """The loss bound T2 with each of its terms; a term that is not known is None and so is the total.

    Loss of utility on [0, 1] against the best choice with full information, in every equilibrium: derived in this
    project's theory notes, not a constant of the paper. `vacuous` when the known terms alone reach the whole scale.
    Where `hull_term` is known it was measured on `instances` options of `sessions` earlier sessions, not on this one.
    """

    total: float | None
    logit_term: float | None
    hull_term: float | None
    learning_term: float | None
    vacuous: bool
    assumptions: tuple[str, ...]
    missing: tuple[str, ...]
    source: str
    sessions: int = 0
    instances: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A recommendation a non-expert can read and an analyst can check.

    `recommended` holds option ids: several where they tie, none where nothing can be recommended (`absence` says
    why). `lead` is how far, in rating points, the best option stands above the next; taking that much from it makes
    a tie. `unrated` are options without a number. `missed` are the agents that were not fully heard. `weighed` says how
    claims were put together, `earlier` how many earlier sessions with all these agents were known.
    """

    status: Literal["complete", "partial", "none"]
    recommended: tuple[str, ...]
    probability: float | None
    runner_up: str
    lead: float | None
    source: str
    heard: int
    seats: int
    missed: tuple[MissedVoice, ...]
    unrated: tuple[str, ...]
    flips: tuple[Flip, ...]
    bound: Bound
    precision: float
    absence: str = ""
    weighed: Weighed = "equally"
    earlier: int = 0
