"""The writer: durable when it says so, fair to its callers, and true to a caller that is cancelled."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from chatarena.arena import events as ev
from chatarena.errors import LogError, LogNotWritable
from chatarena.moderator.world import World
from chatarena.session_log.store import SessionLog
from chatarena.session_log.writer import LogWriter
from tests.session_log import samples
from tests.session_log.samples import entries, opened, spoken


@pytest.fixture
async def writer(log: SessionLog) -> AsyncIterator[LogWriter]:
    async with LogWriter(log) as opened_writer:
        yield opened_writer


def test_it_fits_the_world() -> None:
    annotation = World.__annotations__["record"]
    assert annotation == "Callable[[tuple[Entry, ...]], Awaitable[None]]"


async def test_what_is_recorded_is_on_the_disk(log: SessionLog, writer: LogWriter) -> None:
    for entry in entries("S1", samples.everything()):
        await writer.record((entry,))
        reader = sqlite3.connect(f"{log.path.as_uri()}?mode=ro", uri=True)
        assert reader.execute("SELECT max(seq) FROM entries").fetchone() == (entry.seq,)
        reader.close()
    assert log.entries("S1") == entries("S1", samples.everything())


async def test_many_at_once_keep_their_order(log: SessionLog, writer: LogWriter) -> None:
    written = {name: entries(name, (opened(), *(spoken(f"{name} {n}") for n in range(50)))) for name in ("A", "B", "C")}
    pending = [writer.record((entry,)) for group in zip(*written.values(), strict=True) for entry in group]
    await asyncio.gather(*pending)
    for name, expected in written.items():
        assert log.entries(name) == expected


async def test_the_event_loop_goes_on_while_the_log_is_locked(log: SessionLog, writer: LogWriter) -> None:
    """A lock held elsewhere stops the commit; only the loop can release it, so a blocked loop would never get there."""
    other = sqlite3.connect(log.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    recording = asyncio.create_task(writer.record(entries("S1", (opened(),))))
    for _ in range(10):
        await asyncio.sleep(0)
    assert not recording.done()
    other.execute("ROLLBACK")
    other.close()
    await recording
    assert log.head("S1") == 1


async def test_one_bad_entry_does_not_take_others_down(log: SessionLog, writer: LogWriter) -> None:
    await writer.record(entries("S1", (opened(),)))
    results = await asyncio.gather(
        writer.record(entries("S1", (spoken("one"),), start=1)),
        writer.record(entries("S1", (spoken("taken"),), start=1)),
        writer.record(entries("S1", (ev.PrecisionSet(precision=float("nan")),), start=2)),
        writer.record(entries("S2", (opened(),))),
        writer.record(entries("S1", (spoken("two"),), start=2)),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [type(None), LogError, ValueError, type(None), type(None)]
    assert [getattr(entry.event, "text", "") for entry in log.entries("S1")] == ["", "one", "two"]
    assert log.head("S2") == 1


async def test_a_full_disk_reaches_every_caller_and_recording_goes_on_afterwards(
    log: SessionLog, writer: LogWriter
) -> None:
    await writer.record(entries("S1", (opened(),)))
    inner = writer._log._connection
    inner.execute("PRAGMA max_page_count = 1")
    big = spoken("a long turn " * 5000)
    results = await asyncio.gather(
        *(writer.record(entries("S1", (big,), start=1)) for _ in range(3)), return_exceptions=True
    )
    assert [type(result) for result in results] == [LogNotWritable] * 3
    assert log.head("S1") == 1
    inner.execute("PRAGMA max_page_count = 1000000")
    await writer.record(entries("S1", (big,), start=1))
    assert log.head("S1") == 2


async def test_a_cancelled_caller_learns_what_was_recorded_and_is_cancelled_next(
    log: SessionLog, writer: LogWriter
) -> None:
    other = sqlite3.connect(log.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    steps: list[str] = []

    async def caller() -> None:
        await writer.record(entries("S1", (opened(),)))
        steps.append("recorded")
        await asyncio.sleep(0)
        steps.append("went on")

    task = asyncio.create_task(caller())
    await asyncio.sleep(0)
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0)
    assert not task.done()
    other.execute("ROLLBACK")
    other.close()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert steps == ["recorded"]
    assert task.cancelled()
    assert log.head("S1") == 1


async def test_a_timeout_around_recording_stays_a_timeout(log: SessionLog, writer: LogWriter) -> None:
    other = sqlite3.connect(log.path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    reached = False
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01) as limit:
            asyncio.get_running_loop().call_at(limit.when() + 0.01, other.execute, "ROLLBACK")  # type: ignore[operator]
            await writer.record(entries("S1", (opened(),)))
            reached = True
            await asyncio.sleep(10)
    other.close()
    assert reached
    assert log.head("S1") == 1
    current = asyncio.current_task()
    assert current is not None
    assert current.cancelling() == 0


async def test_closing_writes_what_is_waiting(log: SessionLog) -> None:
    writer = LogWriter(log)
    pending = [asyncio.create_task(writer.record((entry,))) for entry in entries("S1", samples.everything())]
    await asyncio.sleep(0)
    await writer.close()
    await writer.close()
    await asyncio.gather(*pending)
    assert log.entries("S1") == entries("S1", samples.everything())
    assert "session-log" not in {thread.name for thread in threading.enumerate()}
    with pytest.raises(ValueError, match="closed"):
        await writer.record(entries("S2", (opened(),)))


async def test_flush_waits_for_what_was_given_before(log: SessionLog, writer: LogWriter) -> None:
    written = entries("S1", samples.everything())
    pending = [asyncio.create_task(writer.record((entry,))) for entry in written]
    await asyncio.sleep(0)
    await writer.flush()
    assert log.head("S1") == len(written)
    await asyncio.gather(*pending)


async def test_a_log_that_cannot_be_written_cannot_have_a_writer(log: SessionLog) -> None:
    log.path.write_text("overwritten by somebody")
    with suppress(OSError):
        log.path.with_name("log.db-wal").unlink()
    with pytest.raises(LogError):
        LogWriter(log)
