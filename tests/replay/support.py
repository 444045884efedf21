"""Recorded sessions to do something with."""

from __future__ import annotations

import json

from chatarena.arena import events as ev
from chatarena.arena.moves import Ask
from chatarena.arena.protocol import Protocol
from chatarena.arena.session import Session
from chatarena.arena.settings import Settings
from chatarena.errors import ProviderUnavailable
from chatarena.language_model.port import Request
from chatarena.language_model.scripted import Reply, ScriptedModel
from tests.support.sessions import chain, opening, ratings
from tests.support.worlds import Run, ScriptedParticipant, answer

PROTOCOLS = {
    "simultaneous": Protocol(name="simultaneous", rounds=2),
    "round robin": Protocol(name="round_robin", rounds=2),
    "rebuttal": Protocol(name="rebuttal", rounds=2),
    "one on one": Protocol(name="one_on_one", rounds=1),
    "network": Protocol(name="network", rounds=2, hearing=chain(3)),
}


def busy(ask: Ask, session: Session) -> tuple[ev.Event, ...]:
    """A participant who does everything she may."""
    decision = session.head.decision
    if ask.what != "floor":
        return ()
    given = ratings(decision, [30.0 + 10 * session.round, 55.0, None])
    return (
        ev.ParticipantSpoke(text="And what of the rent?", round=session.round, to=session.labels[0]),
        ev.RatingsGiven(phase="round", round=session.round, ratings=given),
        ev.PrecisionSet(precision=5.0),
        ev.FloorPassed(round=session.round, seconds=2.0),
    )


def varied(request: Request) -> Reply:
    """Like `answer`, but every agent has its own numbers."""
    if request.schema:
        keys = json.loads(request.schema)["required"]
        shift = sum(map(ord, request.lane))
        return Reply(text=json.dumps({key: (shift * (index + 3)) % 101 for index, key in enumerate(keys)}))
    return answer(request)


def failing(label: str) -> ScriptedModel:
    """One agent is never heard."""

    def reply(request: Request) -> Reply:
        if request.lane == label and not request.schema and not request.top_logprobs:
            return Reply(text="I was about to", error=ProviderUnavailable("the server is down"))
        return varied(request)

    return ScriptedModel(reply)


async def recorded(
    protocol: Protocol = PROTOCOLS["simultaneous"],
    *,
    models: ScriptedModel | None = None,
    settings: Settings | None = None,
    participant: ScriptedParticipant | None = None,
) -> tuple[ev.Entry, ...]:
    """A whole session with a busy participant."""
    run = Run(models or ScriptedModel(varied), participant or ScriptedParticipant(busy))
    given = settings or Settings(appraise=("verbal", "logprob"))
    await run.play(opening(3, protocol=protocol, settings=given))
    return tuple(run.recorded)
