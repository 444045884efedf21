"""Recompute from the facts everything that a session showed or derived, and compare.

What is compared: every commitment's fingerprint and the face that bears it, every speaking order, every prompt by its
request's fingerprint, every shown forecast, the recommendation card, and every score. What cannot be compared is
counted with its reason.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Literal

from chatarena.arena import events as ev
from chatarena.arena.forecasting import forecast
from chatarena.arena.moves import speaking_order
from chatarena.arena.opening import fingerprint
from chatarena.arena.recommending import recommend
from chatarena.arena.session import Session, evolve
from chatarena.replay.requests import agrees, derived, move_of

Verdict = Literal["same", "rounding", "differs", "not checked"]
# Another processor may round the last digit of an exponential differently; a real difference is many orders larger.
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One derived fact: its place, what it is, how the recomputed one compares, and in what it differs."""

    seq: int
    what: Literal["commitment", "order", "prompt", "forecast", "card", "score"]
    verdict: Verdict
    detail: str = ""


def rederive(entries: Iterable[ev.Entry]) -> Iterator[Check]:
    """Every check of a session, in its order; `same` means equal to the last bit."""
    session = Session()
    for entry in entries:
        yield from _checks(session, entry)
        session = evolve(session, entry.event)


def _checks(session: Session, entry: ev.Entry) -> Iterator[Check]:
    event, seq = entry.event, entry.seq
    match event:
        case ev.AgentCommitted():
            yield _commitment(session, event, seq)
        case ev.RoundOpened() if session.imported is None:
            yield compare(seq, "order", event.order, speaking_order(session, event.round))
        case ev.TurnTaken() | ev.ClaimMade() | ev.AppraisalMade():
            yield from _prompt(session, event, seq)
        case ev.ForecastShown():
            yield compare(seq, "forecast", event.forecast, forecast(session))
        case ev.RecommendationShown():
            yield compare(seq, "card", event.card, recommend(session))
        case ev.BeliefScored():
            yield _score(session, event, seq)
        case _:
            pass


def _commitment(session: Session, event: ev.AgentCommitted, seq: int) -> Check:
    made = event.commitment
    if fingerprint(made.agent, made.rule) != made.fingerprint:
        return Check(
            seq=seq, what="commitment", verdict="differs", detail=f"the rule of {made.agent.label} was altered"
        )
    face = next((face for face in session.head.faces if face.label == made.agent.label), None)
    if face is None or face.fingerprint != made.fingerprint:
        detail = f"the header bears another fingerprint for {made.agent.label}"
        return Check(seq=seq, what="commitment", verdict="differs", detail=detail)
    return Check(seq=seq, what="commitment", verdict="same")


def _prompt(session: Session, event: ev.TurnTaken | ev.ClaimMade | ev.AppraisalMade, seq: int) -> Iterator[Check]:
    move = move_of(event)
    if move is None:
        if session.imported is None:
            yield Check(seq=seq, what="prompt", verdict="not checked", detail="no call came through")
        return
    if agrees(derived(session, move), event):
        yield Check(seq=seq, what="prompt", verdict="same")
    else:
        detail = f"the prompt of {event.agent} in round {event.round} would be another one today"
        yield Check(seq=seq, what="prompt", verdict="differs", detail=detail)


def _score(session: Session, event: ev.BeliefScored, seq: int) -> Check:
    from chatarena.choice.scoring import log_score

    states = [state.id for state in session.head.decision.states]
    given = [made.probabilities for made in session.beliefs if made.probabilities]
    if not given or session.outcome not in states:
        return Check(seq=seq, what="score", verdict="not checked", detail="no belief or no outcome in the log")
    probability = given[-1][states.index(session.outcome)]
    rule = event.rule
    again = log_score(
        probability,
        event.rounds,
        log_base=rule.log_base,
        coefficient=rule.coefficient,
        constant=rule.constant,
        penalty=rule.penalty,
    )
    return compare(seq, "score", event.value, again)


def compare(seq: int, what: Any, written: object, again: object) -> Check:
    """A check of two values: equal, equal but for rounding, or different."""
    if written == again:
        return Check(seq=seq, what=what, verdict="same")
    differences = list(_differences(written, again, ""))
    largest = max((size for _, size in differences), default=math.inf)
    path = max(differences, key=lambda pair: pair[1])[0] if differences else ""
    if largest <= ROUNDING:
        return Check(seq=seq, what=what, verdict="rounding", detail=f"by {largest:.1g} in {path}")
    size = "" if math.isinf(largest) else f" by {largest:.3g}"
    return Check(seq=seq, what=what, verdict="differs", detail=f"{path or what} differs{size}")


def _differences(written: Any, again: Any, path: str) -> Iterator[tuple[str, float]]:
    """Where two values differ and by how much; infinitely where they are not numbers."""
    if is_dataclass(written) and type(written) is type(again):
        for field in fields(written):
            here = f"{path}.{field.name}" if path else field.name
            yield from _differences(getattr(written, field.name), getattr(again, field.name), here)
    elif isinstance(written, tuple) and isinstance(again, tuple) and len(written) == len(again):
        for index, (one, other) in enumerate(zip(written, again, strict=True)):
            yield from _differences(one, other, f"{path}[{index}]")
    elif isinstance(written, float) and isinstance(again, float):
        if written != again:
            yield path, abs(written - again)
    elif written != again:
        yield path, math.inf
