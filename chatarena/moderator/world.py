"""Every side effect a session may have, and what a session shows while it runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from chatarena.arena.events import Entry, Event
from chatarena.arena.moves import Ask, CallMove
from chatarena.arena.session import Session
from chatarena.language_model.port import LanguageModel

Doing = Literal["waiting", "queued", "speaking", "claiming", "appraising"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Something on its way: shown, never recorded.

    `doing` is what the agent is at: waiting (asked, nothing has come yet), queued (others are asked first), speaking
    (with the new `text`), claiming or appraising. The finished turn, claim or appraisal arrives as an entry.
    """

    agent: str
    round: int
    doing: Doing
    text: str = ""


class Participant(Protocol):
    """The human, or whatever stands in for her.

    `answer` returns the events that settle the question: RatingsGiven, BeliefsGiven, AgentSelected or ChoiceMade of
    the asked phase; for the floor FloorPassed or DebateStopped, after any ParticipantSpoke, RatingsGiven, RoundAdded or
    RebuttalAsked.
    To decline is a RatingsGiven of absences, or BeliefsGiven without probabilities.
    """

    async def answer(self, ask: Ask, session: Session) -> tuple[Event, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All that a moderator is given.

    `now` is UTC seconds, `elapsed` monotonic seconds since the run began. `record` makes entries durable, all of them
    or none, before it returns. `recall` knows how a call ended before, where it must not be made again.
    """

    models: LanguageModel
    participant: Participant | None
    now: Callable[[], float]
    elapsed: Callable[[], float]
    record: Callable[[tuple[Entry, ...]], Awaitable[None]]
    recall: Callable[[Session, CallMove], Event | None] = lambda _session, _move: None
