"""What must happen next. Law: a session whose log was cut anywhere goes on with exactly what is missing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from chatarena.arena.events import AppraisalMethod, Phase, TurnTaken
from chatarena.arena.forecasting import forecast
from chatarena.arena.session import Session, levels


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRound:
    """Announce a round and its speaking order."""

    round: int
    order: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Speak:
    """Let an agent argue."""

    agent: str
    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Ask an agent what it says in public each option is worth."""

    agent: str
    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Appraise:
    """Ask in private what each option is worth to the agent's own objective."""

    agent: str
    round: int
    method: AppraisalMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Ask the participant for something; she may decline all but the choice."""

    what: Literal["ratings", "beliefs", "floor", "selection", "choice"]
    phase: Phase
    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowForecast:
    """Show the choice probabilities, which have changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommend:
    """Show the recommendation card."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reveal:
    """Take the masks off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """End the session."""

    status: Literal["complete", "partial"]


CallMove = Speak | Claim | Appraise
Move = CallMove | OpenRound | Ask | ShowForecast | Recommend | Reveal | Close


def next_moves(session: Session) -> tuple[Move, ...]:
    """Everything that may now be done at the same time; empty when the session is over, or cannot go on by itself.

    Calls to models come several at once; every other move comes alone. Without a participant a round in which nobody
    could be heard leaves the session open, to be resumed.
    """
    if session.opened is None or session.closed is not None:
        return ()
    if session.round and forecast(session) != session.forecast:
        return (ShowForecast(),)
    talk = _prior(session) or _talk(session)
    if talk or (_nobody_heard(session) and not session.stopped):
        return talk
    return _ending(session)


def _nobody_heard(session: Session) -> bool:
    """Whether, with no participant to ask, the last round failed for everybody: going on would only spend more."""
    if session.attended or not session.round:
        return False
    failed = {miss.agent for miss in session.missed if miss.round == session.round and miss.cause == "failed"}
    return failed >= set(session.rounds_opened[-1].order)


def _prior(session: Session) -> tuple[Move, ...]:
    if session.round:
        return ()
    return _questions(session, "prior")


def _questions(session: Session, phase: Literal["prior", "final"]) -> tuple[Move, ...]:
    """Ratings and, where the decision has states, beliefs: once in each phase."""
    if not session.attended:
        return ()
    if not any(given.phase == phase for given in session.ratings):
        return (Ask(what="ratings", phase=phase, round=session.round),)
    if session.head.decision.states and not any(given.phase == phase for given in session.beliefs):
        return (Ask(what="beliefs", phase=phase, round=session.round),)
    return ()


def _talk(session: Session) -> tuple[Move, ...]:
    if session.round:
        calls = _round_calls(session)
        if calls:
            return calls
    if session.stopped or _nobody_heard(session):
        return ()
    floor_due = session.round and session.attended and session.round not in session.floors_passed
    if floor_due:
        return (Ask(what="floor", phase="round", round=session.round),)
    if session.round < session.rounds:
        following = session.round + 1
        return (OpenRound(round=following, order=speaking_order(session, following)),)
    return ()


def _round_calls(session: Session) -> tuple[Move, ...]:
    """The calls of the current round that can be made now.

    A group waits until the groups before it have spoken and claimed. Once a debate was stopped nobody begins to
    speak; after a stop for the budget the ratings of turns already taken are still asked for (they were reserved),
    after a stop by the participant they are not.
    """
    if session.round in session.rounds_stopped or (session.stopped and session.stopped.by == "participant"):
        return ()
    calls: list[Move] = []
    for group in levels(session):
        waiting = False
        for label in group:
            moves, settled = _agent_calls(session, label)
            calls += moves
            waiting = waiting or not settled
        if waiting:
            break
    return tuple(calls)


def _agent_calls(session: Session, label: str) -> tuple[list[Move], bool]:
    """What is missing of one agent's part in this round, and whether the others may build on it."""
    turn = session.turn(label, session.round)
    if turn is None:
        if session.stopped or any(miss.agent == label and miss.round == session.round for miss in session.missed):
            return [], True
        appraisals = _appraisals(session, label, before_turn=True)
        return appraisals or [Speak(agent=label, round=session.round)], False
    return _ratings_calls(session, turn)


def _ratings_calls(session: Session, turn: TurnTaken) -> tuple[list[Move], bool]:
    if turn.status != "complete":
        return [], True
    claimed = not session.head.protocol.claims or session.claim(turn.agent, turn.round) is not None
    moves: list[Move] = [] if claimed else [Claim(agent=turn.agent, round=turn.round)]
    return moves + _appraisals(session, turn.agent, before_turn=False), claimed


def _appraisals(session: Session, label: str, *, before_turn: bool) -> list[Move]:
    """The appraisals of this round that are missing.

    One read from token probabilities comes before the turn, so that a small model argues for what its objective
    prefers; one stated in words comes after it.
    """
    done = {made.method for made in session.appraisals if made.agent == label and made.round == session.round}
    return [
        Appraise(agent=label, round=session.round, method=method)
        for method in session.head.settings.appraise
        if method not in done and (method == "logprob") == before_turn
    ]


def _ending(session: Session) -> tuple[Move, ...]:
    questions = _questions(session, "final")
    if questions:
        return questions
    participant = session.attended
    if participant and session.head.protocol.name == "one_on_one" and not session.selected and session.turns:
        return (Ask(what="selection", phase="final", round=session.round),)
    if session.card is None:
        return (Recommend(),)
    if participant and session.choice is None:
        return (Ask(what="choice", phase="final", round=session.round),)
    if not session.revealed:
        return (Reveal(),)
    return (Close(status="complete" if session.card.status == "complete" else "partial"),)


def speaking_order(session: Session, round_: int) -> tuple[str, ...]:
    """Who speaks in a round, in order: a permutation drawn from the session's seed alone.

    The draw sorts by sha256 of (seed, round, label), so it is the same on every machine and in every version.
    One-on-one has one speaker a round; its order of visits is drawn once. A fork may reverse what was drawn, and
    those it left out are passed over. After somebody was asked for a rebuttal, those asked speak and nobody else.
    """
    asked = session.asked_to_answer(round_ - 1)
    if asked:
        return asked
    protocol, labels = session.head.protocol, session.labels
    visits = protocol.name == "one_on_one"
    key = "visits" if visits else str(round_)
    order = labels
    if protocol.shuffle:
        order = tuple(
            sorted(labels, key=lambda label: hashlib.sha256(f"{session.head.seed}:{key}:{label}".encode()).digest())
        )
    if session.forked is not None and session.forked.order == "reversed":
        order = order[::-1]
    order = tuple(label for label in order if label in session.seated)
    return order if not visits else (_visited(session, order),)


def _visited(session: Session, order: tuple[str, ...]) -> str:
    """Whom the participant talks to next: the first who has not had its rounds yet; the last one if all have."""
    waiting = [label for label in order if session.visits(label) < session.head.protocol.rounds]
    return waiting[0] if waiting else order[-1]
