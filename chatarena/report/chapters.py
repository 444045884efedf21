"""A whole session taken apart for reading: chapters in order, how the chances moved, and where it comes from.

Law: every fact of a session is in a chapter, in a point, in the card, at the reveal or in the provenance; what kinds of
fact there are is checked by type, so none is dropped silently.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from chatarena.arena import events as ev
from chatarena.arena.audience import PUBLIC
from chatarena.arena.events import Entry
from chatarena.arena.forecast import Forecast
from chatarena.arena.session import Session, fold
from chatarena.report.plain import plain_lines
from chatarena.report.third_person import told_of
from chatarena.report.words import Unmasked, unmask
from chatarena.session_log.chain import chain_hash
from chatarena.session_log.columns import utc_text

BEFORE: Final = "Before the talk"
AFTER: Final = "After the talk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """What an agent said; `private` where only the participant heard it."""

    agent: str
    text: str
    interrupted: bool = False
    private: bool = False

    @property
    def unheard(self) -> bool:
        """Whether it was cut off before its first word."""
        return self.interrupted and not self.text.strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """An agent was to speak and was not heard."""

    agent: str
    cause: str
    reason: str
    partial: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the participant said, to all where `to` is empty."""

    text: str
    to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """The participant's ratings."""

    phase: ev.Phase
    ratings: tuple[ev.Rating, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Believed:
    """The participant's probabilities over the states; none where she declined."""

    phase: ev.Phase
    probabilities: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something else that happened, in a sentence."""

    text: str


Item = Speech | Silence | Said | Rated | Believed | Note


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A round, or what came before the first or after the last; `claims` are the last of each agent in it, by label."""

    title: str
    round: int | None
    order: tuple[str, ...]
    items: tuple[Item, ...]
    claims: tuple[ev.ClaimMade, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Probabilities at one moment of the session, in the order of the options or states; None is missing."""

    when: str
    short: str
    values: tuple[float | None, ...]
    source: str = ""
    precision: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that a written account of a session shows.

    `chances` are the choice probabilities that stood at the end of each chapter, `beliefs` all that the participant
    gave. `masks` is empty where the objectives must stay hidden: `sealed` says so.
    """

    session: Session
    id: str
    name: str
    tags: tuple[str, ...]
    origin: str
    opened_utc: str
    entries: int
    chain: str
    status: str
    chapters: tuple[Chapter, ...]
    chances: tuple[Point, ...]
    beliefs: tuple[Point, ...]
    masks: tuple[Unmasked, ...]
    sealed: bool


def report(
    entries: Sequence[Entry],
    *,
    name: str = "",
    tags: Iterable[str] = (),
    origin: str = "",
    unmask_all: bool = False,
) -> Report:
    """A session as it will be told.

    Args:
        origin: the file it was read from, empty for the log.
        unmask_all: shows the objectives of a session in which they were not revealed yet.

    Raises:
        ValueError: no entry opens a session.
    """
    session = fold(entry.event for entry in entries)
    pieces = _cut(entry.event for entry in entries)
    may_see = unmask_all or session.revealed or session.closed is not None
    committed = bool(session.commitments) and {made.agent.label for made in session.commitments} >= set(session.labels)
    return Report(
        session=session,
        id=entries[0].session,
        name=name,
        tags=tuple(sorted(set(tags))),
        origin=origin,
        opened_utc=utc_text(entries[0].at),
        entries=len(entries),
        chain=chain_hash(entries),
        status=_status(session, entries),
        chapters=tuple(chapter for piece in pieces if (chapter := _chapter(session, piece)) is not None),
        chances=_chances(pieces),
        beliefs=_beliefs(pieces),
        masks=unmask(session) if may_see and committed else (),
        sealed=committed and not may_see,
    )


def _status(session: Session, entries: Sequence[Entry]) -> str:
    if session.closed is not None:
        return session.closed.status
    return "left" if isinstance(entries[-1].event, ev.SessionLeft) else "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """A stretch of the facts that makes a chapter."""

    title: str
    round: int | None
    order: tuple[str, ...]
    events: list[ev.Event]


def _cut(events: Iterable[ev.Event]) -> list[_Piece]:
    pieces = [_Piece(title=BEFORE, round=None, order=(), events=[])]
    for event in events:
        match event:
            case ev.RoundOpened():
                title = f"Round {event.round}"
                pieces.append(_Piece(title=title, round=event.round, order=event.order, events=[]))
            case ev.RatingsGiven(phase="final") | ev.BeliefsGiven(phase="final") | ev.RecommendationShown():
                if pieces[-1].title != AFTER:
                    pieces.append(_Piece(title=AFTER, round=None, order=(), events=[]))
            case _:
                pass
        pieces[-1].events.append(event)
    return pieces


def _chapter(session: Session, piece: _Piece) -> Chapter | None:
    items = tuple(item for event in piece.events if (item := _item(session, event)) is not None)
    claims = {event.agent: event for event in piece.events if isinstance(event, ev.ClaimMade)}
    if not items and not claims and piece.round is None:
        return None
    return Chapter(
        title=piece.title,
        round=piece.round,
        order=piece.order,
        items=items,
        claims=tuple(claims[label] for label in session.labels if label in claims),
    )


def _item(session: Session, event: ev.Event) -> Item | None:
    """What an event adds to its chapter; None for what is told elsewhere."""
    match event:
        case ev.TurnTaken():
            cut, private = event.status == "interrupted", event.audience != PUBLIC
            return Speech(agent=event.agent, text=event.text, interrupted=cut, private=private)
        case ev.TurnMissed():
            return Silence(agent=event.agent, cause=event.cause, reason=event.reason, partial=event.partial)
        case ev.ParticipantSpoke():
            return Said(text=event.text, to=event.to)
        case ev.RatingsGiven():
            return Rated(phase=event.phase, ratings=event.ratings)
        case ev.BeliefsGiven():
            return Believed(phase=event.phase, probabilities=event.probabilities)
        case (
            ev.RoundAdded()
            | ev.RebuttalAsked()
            | ev.PrecisionSet()
            | ev.RoundStopped()
            | ev.DebateStopped()
            | ev.SessionForked()
            | ev.SessionRerun()
            | ev.SessionLeft()
            | ev.SessionResumed()
        ):
            return Note(text=" ".join(told_of(line) for line in plain_lines(session, event) if line))
        # Told in the head, with the claims, in the figure, in the card, at the reveal, in the provenance; a floor that
        # was passed tells nothing by itself.
        case (
            ev.SessionOpened()
            | ev.AgentCommitted()
            | ev.RoundOpened()
            | ev.ClaimMade()
            | ev.AppraisalMade()
            | ev.FloorPassed()
            | ev.ForecastShown()
            | ev.ModelsWorked()
            | ev.RecommendationShown()
            | ev.AgentSelected()
            | ev.ChoiceMade()
            | ev.Revealed()
            | ev.SessionImported()
            | ev.OutcomeKnown()
            | ev.BeliefScored()
            | ev.SessionClosed()
        ):
            return None


def _chances(pieces: Iterable[_Piece]) -> tuple[Point, ...]:
    """What stood before the participant's eyes at the end of each chapter, from the first forecast on.

    One shown before anybody has spoken belongs to the time before the talk.
    """
    points: dict[str, Point] = {}
    shown: Forecast | None = None
    spoken = False
    for piece in pieces:
        for event in piece.events:
            spoken = spoken or isinstance(event, ev.TurnTaken | ev.TurnMissed)
            if isinstance(event, ev.ForecastShown):
                shown = event.forecast
                if not spoken:
                    points[BEFORE] = _point(BEFORE, "before", shown)
        if shown is not None and (spoken or piece.round is None):
            when, short = _moment(piece)
            points[when] = _point(when, short, shown)
    return tuple(points.values())


def _moment(piece: _Piece) -> tuple[str, str]:
    if piece.round is not None:
        return piece.title, str(piece.round)
    return (BEFORE, "before") if piece.title == BEFORE else (AFTER, "after")


def _point(when: str, short: str, shown: Forecast) -> Point:
    source = "" if shown.absence else shown.source
    return Point(when=when, short=short, values=shown.probabilities, source=source, precision=shown.precision)


def _beliefs(pieces: Iterable[_Piece]) -> tuple[Point, ...]:
    points = []
    for piece in pieces:
        for event in piece.events:
            if isinstance(event, ev.BeliefsGiven) and event.probabilities:
                when, short = _moment(piece)
                points.append(Point(when=when, short=short, values=event.probabilities))
    return tuple(points)
