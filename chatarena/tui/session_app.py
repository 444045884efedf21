"""A program that runs one session at a time, and asks before it leaves one.

Laws: the session is a worker of the app, so a screen may go and the session stays; whatever way the app ends, what was
being said is in the log.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from functools import partial
from typing import TYPE_CHECKING

from textual import work
from textual.message import Message
from textual.worker import WorkerError

from chatarena.tui.frame import Frame
from chatarena.tui.messages import Asked, HungUp, RunWanted, Shown
from chatarena.tui.screens.dialogs import LeaveScreen
from chatarena.tui.surroundings import Surroundings

if TYPE_CHECKING:
    from chatarena.moderator.world import Participant
    from chatarena.tui.live import Live
    from chatarena.tui.ports import Run, Studio


class SessionApp(Frame):
    """Hands the stream of the session to the screens."""

    def __init__(self, studio: Studio, surroundings: Surroundings | None = None) -> None:
        super().__init__(surroundings)
        self.studio = studio
        self.live: Live | None = None
        self._sessions: list[asyncio.Task[object]] = []

    @property
    def running(self) -> bool:
        """Whether a session is being run that has not come to its end."""
        return any(worker.group == "session" and not worker.is_finished for worker in self.workers)

    def on_run_wanted(self, message: RunWanted) -> None:
        if not self.running:
            self.run_session(message.open_run)

    @work(group="session", exit_on_error=False)
    async def run_session(self, open_run: Callable[[Participant], Awaitable[Run]]) -> None:
        """Run one session to its end; the generator is closed in here, so that leaving is logged before the exit."""
        from chatarena.arena.events import Entry
        from chatarena.tui.live import Live
        from chatarena.tui.participant import Desk

        task = asyncio.current_task()
        self._sessions += [task] if task is not None else []
        desk = Desk(self.studio.clock, lambda: self._tell(Asked))
        run = await open_run(desk)
        live = Live(run, desk, self.studio.clock)
        async with aclosing(run.moderator.run(run.opening)) as stream:
            async for item in stream:
                live.take(item)
                if self.live is not live:
                    await self.enter(live)
                if isinstance(item, Entry):
                    self._tell(partial(Shown, item))

    async def enter(self, live: Live) -> None:
        """Show a session as soon as it is known who sits in it."""
        self.live = live

    def _tell(self, message: Callable[[], Message]) -> None:
        from chatarena.tui.screens.arena import ArenaScreen

        for screen in self.screen_stack:
            if isinstance(screen, ArenaScreen) or screen.is_current:
                screen.post_message(message())

    def leave_for(self, destination: Callable[[], object]) -> None:
        """Go somewhere else; where that means to leave a session before its end, ask."""
        if self.running and self.live is not None and not self.live.over:
            self.push_screen(LeaveScreen(), partial(self._answered, destination))
        else:
            self.leave_session(destination)

    def _answered(self, destination: Callable[[], object], leave: bool | None) -> None:
        if leave:
            self.leave_session(destination)

    @work(group="leave", exclusive=True, exit_on_error=False)
    async def leave_session(self, destination: Callable[[], object]) -> None:
        """Stop the session, wait until that is in the log, then go on."""
        for worker in [worker for worker in self.workers if worker.group == "session"]:
            if not worker.is_cancelled:
                worker.cancel()
            with suppress(WorkerError):
                await worker.wait()
        destination()

    def on_hung_up(self, _: HungUp) -> None:
        """End without a question; what is being said is kept."""
        self.leave_session(self.exit)

    async def settled(self) -> None:
        """Wait, after the app has ended in whatever way, until no session has anything left to log."""
        await asyncio.gather(*self._sessions, return_exceptions=True)
