"""Leaving a session: what was being said is logged, however often the leave itself is called off."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from chatarena.arena import events as ev
from chatarena.language_model.scripted import Reply, ScriptedModel
from tests.support.sessions import opening
from tests.support.worlds import Run, answer


@pytest.mark.parametrize("times", [1, 2, 5])
async def test_the_leave_is_logged_however_often_it_is_called_off(times: int) -> None:
    run = Run(ScriptedModel(lambda request: answer(request) if request.schema else Reply(text="so it", hang=True)))
    leaving, go_on = asyncio.Event(), asyncio.Event()
    record = run.world.record
    run.moderator._world = replace(run.world, record=_slow_to_leave(record, leaving, go_on))
    speaking = asyncio.Event()

    def react(_: object, item: object) -> None:
        if getattr(item, "text", ""):
            speaking.set()

    session = asyncio.create_task(run.play(opening(2), react))
    await speaking.wait()
    session.cancel()
    await leaving.wait()
    for _ in range(times - 1):
        session.cancel()
        await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await session
    *_, last = run.recorded
    assert isinstance(last.event, ev.SessionLeft)
    said = [turn.text for turn in run.events(ev.TurnTaken) if turn.status == "interrupted"]  # type: ignore[attr-defined]
    assert said[:1] == ["so it"] and len(said) == 2


def _slow_to_leave(
    record: Callable[[tuple[ev.Entry, ...]], Awaitable[None]], leaving: asyncio.Event, go_on: asyncio.Event
) -> Callable[[tuple[ev.Entry, ...]], Awaitable[None]]:
    """A log that takes its time over the last entry of a session that is left."""

    async def slowly(entries: tuple[ev.Entry, ...]) -> None:
        if isinstance(entries[-1].event, ev.SessionLeft):
            leaving.set()
            await go_on.wait()
        await record(entries)

    return slowly
