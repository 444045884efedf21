"""Writing beside the event loop: one thread commits whatever has gathered while the last commit was on its way.

Laws: `record` returns only when its entries are on the disk; entries are written in the order in which they were
given; one caller's bad entry never takes another's down with it.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

from chatarena.errors import LogError, LogNotWritable
from chatarena.session_log.store import SessionLog

if TYPE_CHECKING:
    from chatarena.arena.events import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    entries: tuple[Entry, ...]
    done: Future[None] = field(default_factory=Future)


class LogWriter:
    """The writing half of a log, for any number of sessions at once; `record` fits `World.record`.

    Use as `async with LogWriter(log) as writer`, or call `close`.
    """

    def __init__(self, log: SessionLog) -> None:
        """Start the thread, with a connection of its own to the file of `log`.

        Raises:
            LogError: as opening a SessionLog does.
        """
        self._log = SessionLog(log.path, environ=log.environ)
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._closed = False
        # A daemon: a program that dies with entries unwritten has told nobody that they were written.
        self._thread = Thread(target=self._work, name="session-log", daemon=True)
        self._thread.start()

    async def __aenter__(self) -> LogWriter:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def record(self, entries: tuple[Entry, ...]) -> None:
        """Make entries durable, all of them or none; the event loop goes on meanwhile.

        A commit under way cannot be called back. A caller that is cancelled here therefore waits for its end, is
        told the truth (this returns, or raises the log's error), and is cancelled at its next await instead: what it
        believes to be recorded is exactly what is.

        Raises:
            LogError: as `SessionLog.append`.
            ValueError: as `SessionLog.append`; or the writer is closed.
        """
        if self._closed:
            raise ValueError("the log writer is closed")
        job = _Job(entries=entries)
        self._jobs.put(job)
        await _uninterrupted(job.done)

    async def flush(self) -> None:
        """Wait until everything given so far has been written or refused."""
        await self.record(())

    async def close(self) -> None:
        """Write what is waiting, end the thread and close the file; closing twice is harmless."""
        if not self._closed:
            self._closed = True
            self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    # -- in the thread -----------------------------------------------------------------------------------------------

    def _work(self) -> None:
        closing = False
        while not closing:
            gathered = [self._jobs.get(), *self._waiting()]
            closing = gathered[-1] is None
            self._commit([job for job in gathered if job is not None])
        self._log.close()

    def _waiting(self) -> list[_Job | None]:
        found: list[_Job | None] = []
        while True:
            try:
                found.append(self._jobs.get_nowait())
            except Empty:
                return found

    def _commit(self, jobs: list[_Job]) -> None:
        """Commit all jobs together; where one of them is refused, each by itself."""
        try:
            self._log.append(tuple(entry for job in jobs for entry in job.entries))
        except (LogError, ValueError) as error:
            if len(jobs) > 1 and not isinstance(error, LogNotWritable):
                for job in jobs:
                    self._commit([job])
                return
            _settle(jobs, error)
        except BaseException as error:  # noqa: BLE001 - it belongs to the callers; the thread must outlive it
            _settle(jobs, error)
        else:
            _settle(jobs, None)


def _settle(jobs: list[_Job], error: BaseException | None) -> None:
    for job in jobs:
        if error is None or not job.entries:
            job.done.set_result(None)
        else:
            job.done.set_exception(error)


async def _uninterrupted(done: Future[None]) -> None:
    """Wait for the end whatever happens; put a cancellation that came meanwhile off to the next await."""
    waiting = asyncio.wrap_future(done)
    cancelled = 0
    while not waiting.done():
        try:
            await asyncio.wait({waiting})
        except asyncio.CancelledError:
            cancelled += 1
    task = asyncio.current_task()
    for _ in range(cancelled if task is not None else 0):
        assert task is not None
        task.uncancel()
        task.cancel()
    waiting.result()
