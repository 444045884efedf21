"""Repeating a saved session from its beginning: the same rules, the same acts of the participant, in the same order.

Laws: with the same models and a memory of what they said the repetition equals the original, and nothing is called;
what the participant did is a copy of what she did then, so with other models her ratings are answers to words she was
not given, and no conclusion about her may be drawn from them; what went wrong then goes wrong again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from chatarena import __version__
from chatarena.arena import events as ev
from chatarena.arena.agent import Commitment
from chatarena.arena.forecasting import forecast
from chatarena.arena.moves import Appraise, CallMove, Speak, next_moves, speaking_order
from chatarena.arena.opening import fingerprint
from chatarena.arena.recommending import recommend
from chatarena.arena.session import Session, evolve
from chatarena.errors import UsageError
from chatarena.replay.requests import move_of
from chatarena.session_log.chain import chain_hash

Perform = Callable[[Session, CallMove], Awaitable[ev.Event]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Where a repetition differs from its original: which call, and both outcomes in short."""

    agent: str
    round: int
    what: str
    before: str
    after: str


def check_repeatable(entries: Sequence[ev.Entry]) -> None:
    """Refuse what cannot be repeated.

    Raises:
        UsageError: an imported session, whose agents' rules are not known.
    """
    if any(isinstance(entry.event, ev.SessionImported) for entry in entries):
        raise UsageError(
            "an imported session cannot be repeated: its agents' rules are not known",
            remedy="Replay it as it was: chatarena replay",
        )


async def rerun(entries: Sequence[ev.Entry], perform: Perform, *, model: str = "") -> AsyncGenerator[ev.Event, None]:
    """The events of the repetition, one by one.

    Calls that may be made at once are made at once; their outcomes come in the original's order.

    Args:
        entries: the original's.
        perform: makes a call: see the moderator's room, or a `Memory`.
        model: speaks for every agent instead of its own.

    Raises:
        UsageError: see `check_repeatable`.
    """
    check_repeatable(entries)
    session, again = Session(), _Again(entries, perform, model)
    try:
        for index, entry in enumerate(entries):
            made = await again.event(session, entry.event)
            if made is not None:
                yield made
                session = evolve(session, made)
            if _opening_ends(entries, index):
                marked = _mark(entries, model)
                yield marked
                session = evolve(session, marked)
    finally:
        again.drop()


def _opening_ends(entries: Sequence[ev.Entry], index: int) -> bool:
    opening = (ev.SessionOpened, ev.AgentCommitted)
    following = entries[index + 1].event if index + 1 < len(entries) else None
    return isinstance(entries[index].event, opening) and not isinstance(following, opening)


def _mark(entries: Sequence[ev.Entry], model: str) -> ev.SessionRerun:
    return ev.SessionRerun(
        parent=entries[0].session,
        prefix=chain_hash(entries),
        version=__version__,
        models=(model,) if model else (),
    )


class _Again:
    """What stands in the repetition where an event stood in the original."""

    def __init__(self, entries: Sequence[ev.Entry], perform: Perform, model: str) -> None:
        made = [entry.event.commitment for entry in entries if isinstance(entry.event, ev.AgentCommitted)]
        self._commitments = {commitment.agent.label: _recommitted(commitment, model) for commitment in made}
        self._perform = perform
        self._made = {move_of(entry.event) for entry in entries}
        self._running: dict[CallMove, asyncio.Task[ev.Event]] = {}

    async def event(self, session: Session, event: ev.Event) -> ev.Event | None:
        move = move_of(event)
        if move is not None:
            return await self._outcome(session, move) if _due(session, move) else None
        match event:
            case ev.SessionOpened():
                return replace(event, version=__version__, faces=tuple(self._face(face) for face in event.faces))
            case ev.AgentCommitted():
                return replace(event, commitment=self._commitments[event.commitment.agent.label])
            case ev.RoundOpened():
                return replace(event, order=speaking_order(session, event.round))
            case ev.ForecastShown():
                return replace(event, forecast=forecast(session))
            case ev.RecommendationShown():
                return replace(event, card=recommend(session))
            case ev.SessionResumed():
                return replace(event, version=__version__)
            case _:
                return event

    def _face(self, face: ev.Face) -> ev.Face:
        made = self._commitments[face.label]
        return replace(face, model=made.agent.model, fingerprint=made.fingerprint)

    async def _outcome(self, session: Session, move: CallMove) -> ev.Event:
        """Start whatever the rules allow now and the original did too, and wait for this call."""
        for possible in (*next_moves(session), move):
            if isinstance(possible, CallMove) and possible in self._made and possible not in self._running:
                self._running[possible] = asyncio.create_task(self._call(session, possible))
        return await self._running.pop(move)

    async def _call(self, session: Session, move: CallMove) -> ev.Event:
        return await self._perform(session, move)

    def drop(self) -> None:
        for task in self._running.values():
            if task.done() and not task.cancelled():
                task.exception()  # seen: the first failure is the one that is told
            task.cancel()


def _recommitted(commitment: Commitment, model: str) -> Commitment:
    if not model:
        return commitment
    agent = replace(commitment.agent, model=model)
    return replace(commitment, agent=agent, fingerprint=fingerprint(agent, commitment.rule))


def _due(session: Session, move: CallMove) -> bool:
    """Whether the repetition comes to this call: not to the ratings of a turn that was taken then and failed now."""
    turn = session.turn(move.agent, move.round)
    if isinstance(move, Speak):
        return turn is None
    before_turn = isinstance(move, Appraise) and move.method == "logprob"
    return before_turn or (turn is not None and turn.status == "complete")


def differences(before: Sequence[ev.Event], after: Sequence[ev.Event]) -> tuple[Difference, ...]:
    """Where two courses of one session differ in what was said, claimed, wanted and recommended."""
    one, other = _outcomes(before), _outcomes(after)
    found = []
    for key in dict.fromkeys((*one, *other)):
        was, is_ = one.get(key, "(not there)"), other.get(key, "(not there)")
        if was != is_:
            what, agent, round_ = key
            found.append(Difference(agent=agent, round=round_, what=what, before=was, after=is_))
    return tuple(found)


def _outcomes(events: Sequence[ev.Event]) -> dict[tuple[str, str, int], str]:
    found: dict[tuple[str, str, int], str] = {}
    for event in events:
        match event:
            case ev.TurnTaken():
                found["turn", event.agent, event.round] = event.text
            case ev.TurnMissed():
                found["turn", event.agent, event.round] = f"(missed: {event.reason})"
            case ev.ClaimMade():
                found["claim", event.agent, event.round] = _numbers(event.ratings)
            case ev.AppraisalMade():
                found[f"appraisal ({event.method})", event.agent, event.round] = _numbers(event.ratings)
            case ev.RecommendationShown():
                found["recommendation", "", 0] = ", ".join(event.card.recommended) or event.card.absence
            case _:
                pass
    return found


def _numbers(ratings: tuple[ev.Rating, ...]) -> str:
    return ", ".join(f"{r.option} {'-' if r.value is None else f'{r.value:.6g}'}" for r in ratings)
