"""What a change did to the choice probabilities, round by round; no model is needed to say so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chatarena.arena import events as ev
from chatarena.arena.forecast import Forecast
from chatarena.arena.forecasting import forecast
from chatarena.arena.session import Session, evolve
from chatarena.arena.settings import ForecastSource
from chatarena.replay.fork import Change, forked

Row = tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Choice probabilities at the end of a round, before and after a change, from the same kind of numbers.

    `distance` is the total variation distance, half the sum of absolute differences; None where one side lacks a
    probability that the other has.
    """

    round: int
    source: str
    before: Row
    after: Row
    distance: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two courses of a session; `best_before` and `best_after` are the favourites by each source at the end."""

    options: tuple[str, ...]
    shifts: tuple[Shift, ...]
    best_before: dict[str, tuple[str, ...]]
    best_after: dict[str, tuple[str, ...]]

    @property
    def flipped(self) -> tuple[str, ...]:
        """The sources by which the favourites are others after the change."""
        return tuple(
            source for source, best in self.best_before.items() if set(best) != set(self.best_after.get(source, ()))
        )


def ends_of_rounds(entries: Sequence[ev.Entry]) -> Iterator[Session]:
    """The session as it stood at the end of every round: before the next one opened, or before its recommendation."""
    session = Session()
    for entry in entries:
        ending = isinstance(entry.event, ev.RoundOpened | ev.RecommendationShown)
        if ending and session.round and session.card is None:
            yield session
        session = evolve(session, entry.event)
    if session.round and session.card is None:
        yield session


def compare(before: Sequence[ev.Entry], after: Sequence[ev.Entry]) -> Comparison:
    """Two sessions about one decision, round by round, as far as both go."""
    return _compared(list(ends_of_rounds(before)), list(ends_of_rounds(after)))


def counterfactual(entries: Sequence[ev.Entry], change: Change) -> Comparison:
    """What the probabilities would have been had the numbers been used differently: everybody says what was said.

    Raises:
        UsageError: an agent or a number cannot be used.
        ValueError: a change that would have changed what is said.
    """
    if change.asks:
        raise ValueError("a change of who speaks when needs the models: fork the session")
    sessions = list(ends_of_rounds(entries))
    event = _event(entries, change)
    return _compared(sessions, [evolve(session, event) for session in sessions])


def _event(entries: Sequence[ev.Entry], change: Change) -> ev.SessionForked:
    # Imports cannot be forked, but their numbers can be looked at in another way.
    own = [entry for entry in entries if not isinstance(entry.event, ev.SessionImported)]
    place = 1 + max(i for i, e in enumerate(own) if isinstance(e.event, ev.SessionOpened | ev.AgentCommitted))
    renumbered = [
        ev.Entry(session=e.session, seq=i, at=e.at, elapsed=e.elapsed, event=e.event) for i, e in enumerate(own)
    ]
    return forked(renumbered, place, change, "")[1]


def _compared(before: list[Session], after: list[Session]) -> Comparison:
    shifts: list[Shift] = []
    best_before: dict[str, tuple[str, ...]] = {}
    best_after: dict[str, tuple[str, ...]] = {}
    for one, other in zip(before, after, strict=False):
        for source in _sources(one, other):
            was, is_ = forecast(one, source), forecast(other, source)
            shifts.append(_shift(one.round, source, was, is_))
            best_before[source], best_after[source] = was.best, is_.best
    options = before[0].head.decision.option_ids if before else ()
    return Comparison(options=options, shifts=tuple(shifts), best_before=best_before, best_after=best_after)


def _sources(one: Session, other: Session) -> tuple[ForecastSource, ...]:
    """The kinds of numbers both have: claims where they were asked for, her own ratings where she gave any."""
    rated = bool(one.ratings) and bool(other.ratings)
    if not (one.head.protocol.claims and other.head.protocol.claims):
        return ("own",) if rated else ("panel",)
    return ("panel", "blend", "own") if rated else ("panel",)


def _shift(round_: int, source: str, was: Forecast, is_: Forecast) -> Shift:
    pairs = list(zip(was.probabilities, is_.probabilities, strict=True))
    known = all((p is None) == (q is None) for p, q in pairs) and any(p is not None for p, _ in pairs)
    distance = sum(abs((p or 0.0) - (q or 0.0)) for p, q in pairs) / 2 if known else None
    return Shift(round=round_, source=source, before=was.probabilities, after=is_.probabilities, distance=distance)
