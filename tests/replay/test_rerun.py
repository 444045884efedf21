"""A repetition from memory is the original again, without a single call; with other words it says where it differs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatarena.arena import events as ev
from chatarena.arena.moves import CallMove
from chatarena.arena.session import Session
from chatarena.errors import NotRecorded, ProviderUnavailable, UsageError
from chatarena.language_model.port import Request
from chatarena.language_model.scripted import Reply, ScriptedModel
from chatarena.moderator.moderator import Moderator, call
from chatarena.moderator.world import Draft
from chatarena.replay.memory import Memory
from chatarena.replay.rederive import rederive
from chatarena.replay.rerun import differences, rerun
from tests.replay.support import PROTOCOLS, failing, recorded, varied
from tests.support.sessions import opening
from tests.support.worlds import Run


def from_memory(entries: tuple[ev.Entry, ...]):
    memory = Memory(entries)

    async def perform(session: Session, move: CallMove) -> ev.Event:
        known = memory.recall(session, move)
        if known is None:
            raise NotRecorded(f"nothing is known of {move}")
        return known

    return perform


def from_model(model: ScriptedModel):
    async def perform(session: Session, move: CallMove) -> ev.Event:
        return await call(model, session, move, lambda _: None)

    return perform


def without_how(event: ev.Event) -> ev.Event:
    """An event without how its calls went: a repetition from memory waits for nothing and spends nothing."""
    if isinstance(event, ev.TurnTaken):
        return replace(event, call=None)
    if isinstance(event, ev.ClaimMade | ev.AppraisalMade):
        return replace(event, calls=())
    if isinstance(event, ev.SessionOpened):
        return replace(event, version="")
    return event


@pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS)
async def test_a_repetition_from_memory_is_the_original(protocol) -> None:
    entries = await recorded(protocol)
    again = [event async for event in rerun(entries, from_memory(entries))]
    plain = [without_how(event) for event in again if not isinstance(event, ev.SessionRerun)]
    assert plain == [without_how(entry.event) for entry in entries]
    assert sum(isinstance(event, ev.SessionRerun) for event in again) == 1
    calls = [event.call for event in again if isinstance(event, ev.TurnTaken) and event.call]
    assert calls and all(made.from_cache and made.cost == 0 for made in calls)
    assert differences([e.event for e in entries], again) == ()


async def test_what_went_wrong_goes_wrong_again() -> None:
    entries = await recorded(models=failing("Birch"))
    again = [event async for event in rerun(entries, from_memory(entries))]
    assert [e for e in again if isinstance(e, ev.TurnMissed)] == [
        e.event for e in entries if isinstance(e.event, ev.TurnMissed)
    ]


async def test_appraisals_without_a_call_are_kept_as_they_were() -> None:
    def reply(request: Request) -> Reply:
        broken = request.lane == "Birch" or (request.lane == "Cedar" and "Oslo" in request.parts[-1].text)
        if request.top_logprobs and broken:
            return Reply(error=ProviderUnavailable("the server is down"))
        return varied(request)

    entries = await recorded(models=ScriptedModel(reply))
    made = [e.event for e in entries if isinstance(e.event, ev.AppraisalMade) and e.event.method == "logprob"]
    assert {len(event.calls) for event in made} == {0, 2, 3}
    again = [event async for event in rerun(entries, from_memory(entries))]
    assert differences([entry.event for entry in entries], again) == ()


async def test_an_interrupted_turn_is_kept_as_it_was() -> None:
    def cut(moderator: Moderator, item: ev.Entry | Draft) -> None:
        if isinstance(item, Draft) and item.agent == "Birch" and item.text and moderator.session.round == 1:
            moderator.interrupt("Birch")

    run = Run(ScriptedModel(varied))
    await run.play(opening(3), cut)
    assert any(isinstance(e.event, ev.TurnTaken) and e.event.status == "interrupted" for e in run.recorded)
    again = [event async for event in rerun(run.recorded, from_memory(tuple(run.recorded)))]
    assert [without_how(e) for e in again if not isinstance(e, ev.SessionRerun)] == [
        without_how(entry.event) for entry in run.recorded
    ]


async def test_other_words_are_told_apart() -> None:
    entries = await recorded()

    def other(request: Request) -> Reply:
        return Reply(text="Quite otherwise.") if not request.schema and not request.top_logprobs else varied(request)

    again = [event async for event in rerun(entries, from_model(ScriptedModel(other)), model="scripted/other")]
    found = differences([entry.event for entry in entries], again)
    assert {difference.what for difference in found} == {"turn"}
    assert len(found) == 6
    assert found[0].after == "Quite otherwise."
    commitments = [event.commitment for event in again if isinstance(event, ev.AgentCommitted)]
    faces = next(event for event in again if isinstance(event, ev.SessionOpened)).faces
    assert {face.model for face in faces} == {"scripted/other"}
    assert [made.fingerprint for made in commitments] == [face.fingerprint for face in faces]
    numbered = [ev.Entry(session="b", seq=i, at=0.0, elapsed=0.0, event=event) for i, event in enumerate(again)]
    assert {check.verdict for check in rederive(numbered)} == {"same"}


async def test_a_memory_that_lacks_a_reply_says_so() -> None:
    entries = await recorded()
    less = tuple(e for e in entries if not (isinstance(e.event, ev.ClaimMade) and e.event.agent == "Cedar"))
    with pytest.raises(NotRecorded, match="Cedar"):
        _ = [event async for event in rerun(entries, from_memory(less))]


async def test_calls_of_a_round_are_made_together() -> None:
    entries = await recorded()
    running, most = 0, 0

    async def perform(session: Session, move: CallMove) -> ev.Event:
        nonlocal running, most
        running += 1
        most = max(most, running)
        try:
            return await call(ScriptedModel(varied), session, move, lambda _: None)
        finally:
            running -= 1

    _ = [event async for event in rerun(entries, perform)]
    assert most >= 3


async def test_an_imported_session_is_refused() -> None:
    entries = await recorded()
    imported = ev.SessionImported(format="x", source="f", key="k", sha256="0" * 64)
    with pytest.raises(UsageError, match="imported"):
        _ = [e async for e in rerun((*entries[:1], replace(entries[1], event=imported)), from_memory(entries))]
