"""Which requests a call makes, derived from the session again, and which ones the log says were made.

Law: a request is a function of what the session was before the call, so its fingerprint can be found again years later.
"""

from __future__ import annotations

from dataclasses import replace

from chatarena.arena.events import AppraisalMade, Call, ClaimMade, Event, TurnTaken
from chatarena.arena.moves import Appraise, CallMove, Claim, Speak
from chatarena.arena.session import Session
from chatarena.moderator.elicitation import rating_request, yes_no_request
from chatarena.moderator.speaking import turn_request

Outcome = TurnTaken | ClaimMade | AppraisalMade


def move_of(event: Event) -> CallMove | None:
    """The call that an event is the outcome of; None for every other event, and where no call came through."""
    match event:
        case TurnTaken(status="interrupted") | TurnTaken(call=None) | ClaimMade(calls=()) | AppraisalMade(calls=()):
            return None
        case TurnTaken():
            return Speak(agent=event.agent, round=event.round)
        case ClaimMade():
            return Claim(agent=event.agent, round=event.round)
        case AppraisalMade():
            return Appraise(agent=event.agent, round=event.round, method=event.method)
        case _:
            return None


def derived(session: Session, move: CallMove) -> tuple[str, ...]:
    """The fingerprints of the requests that this call begins with; repairs depend on what comes back.

    Raises:
        ValueError: the agent's rule is not known, as in an imported session.
    """
    match move:
        case Speak():
            return (turn_request(session, move).fingerprint(),)
        case Claim():
            return (rating_request(session, move.agent, move.round, "claim").fingerprint(),)
        case Appraise(method="verbal"):
            return (rating_request(session, move.agent, move.round, "appraisal").fingerprint(),)
        case Appraise():
            options = session.head.decision.option_ids
            return tuple(yes_no_request(session, move.agent, move.round, option).fingerprint() for option in options)


def recorded(event: Outcome) -> tuple[str, ...]:
    """The fingerprints in the log that `derived` should find again; none where no call came through."""
    if isinstance(event, TurnTaken):
        return (event.call.fingerprint,) if event.call else ()
    calls = event.calls if isinstance(event, AppraisalMade) and event.method == "logprob" else event.calls[:1]
    return tuple(call.fingerprint for call in calls)


def agrees(wanted: tuple[str, ...], event: Outcome) -> bool:
    """Whether these requests are the ones that led to this outcome; probes that failed left no call behind."""
    made = recorded(event)
    if not isinstance(event, AppraisalMade) or event.method != "logprob":
        return made == wanted
    remaining = iter(wanted)
    return bool(made) and all(found in remaining for found in made)


def as_recalled(event: Outcome, move: CallMove) -> Outcome:
    """An outcome as it is taken over into another session: nothing was spent and nothing waited for."""
    if isinstance(event, TurnTaken):
        call = _recalled(event.call) if event.call else None
        return replace(event, agent=move.agent, round=move.round, call=call)
    return replace(event, agent=move.agent, round=move.round, calls=tuple(_recalled(call) for call in event.calls))


def _recalled(call: Call) -> Call:
    return replace(call, from_cache=True, cost=0.0, first_token_seconds=None, total_seconds=None)
