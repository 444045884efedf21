"""The application: owns the running session, hands its stream to the screens, and goes where one wants to go."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import aclosing, suppress
from functools import partial
from typing import Any

from textual import work
from textual.app import SystemCommand
from textual.message import Message
from textual.worker import Worker, WorkerError

from chatarena.arena.events import Entry
from chatarena.moderator.world import Participant
from chatarena.replay.player import Playback, Player
from chatarena.replay.timeline import lay_out
from chatarena.tui.form import Form, form_of
from chatarena.tui.frame import Frame
from chatarena.tui.live import Live
from chatarena.tui.messages import Asked, ComposeWanted, DraftKept, HungUp, ReplayWanted, RunWanted, Shown
from chatarena.tui.participant import Desk
from chatarena.tui.ports import Example, Run, Studio
from chatarena.tui.reel import Reel
from chatarena.tui.screens.arena import ArenaScreen
from chatarena.tui.screens.compose import ComposeScreen
from chatarena.tui.screens.dialogs import LeaveScreen
from chatarena.tui.screens.home import HomeScreen
from chatarena.tui.screens.replay import ReplayScreen
from chatarena.tui.surroundings import Surroundings

SAFE = "Everything that was shown is saved: the session can be resumed from the start page."


class ArenaApp(Frame):
    """ChatArena in a terminal. The session is a worker of the app: a screen may go, the session stays."""

    def __init__(self, studio: Studio, surroundings: Surroundings | None = None) -> None:
        super().__init__(surroundings)
        self.studio = studio
        self.live: Live | None = None
        self.home = HomeScreen(studio)
        self._form: Form | None = None
        self._sessions: list[asyncio.Task[object]] = []

    def on_mount(self) -> None:
        self.push_screen(self.home)

    @work(group="compose", exclusive=True, exit_on_error=False)
    async def compose_decision(self, example: Example | None = None) -> None:
        library, studio = await self.home.library(), self.studio
        fresh = form_of(example, cast=studio.default_cast, model=studio.default_model)
        form = self._form if example is None and self._form is not None else fresh
        await self.push_screen(ComposeScreen(studio, library, form))

    def on_compose_wanted(self, message: ComposeWanted) -> None:
        self.compose_decision(message.example)

    def on_draft_kept(self, message: DraftKept) -> None:
        self._form = message.form

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
        task = asyncio.current_task()
        self._sessions += [task] if task is not None else []
        desk = Desk(self.studio.clock, lambda: self._tell(Asked))
        run = await open_run(desk)
        live = Live(run, desk, self.studio.clock)
        async with aclosing(run.moderator.run(run.opening)) as stream:
            async for item in stream:
                live.take(item)
                if self.live is not live:
                    await self._enter(live)
                if isinstance(item, Entry):
                    self._tell(partial(Shown, item))

    def on_replay_wanted(self, message: ReplayWanted) -> None:
        self.replay_session(message.session)

    @work(group="replay", exclusive=True, exit_on_error=False)
    async def replay_session(self, session: str) -> None:
        """Open the player; reading and preparing a long session is done off the loop."""
        entries = await self.studio.replay(session)
        reel = await asyncio.to_thread(lambda: Reel(lay_out(entries)))
        player = Player(reel.timeline, self.studio.clock, Playback(playing=True))
        await self.push_screen(ReplayScreen(reel, player))

    async def _enter(self, live: Live) -> None:
        """Show the arena as soon as it is known who sits in it."""
        self.live, self._form = live, None
        arena = ArenaScreen(live)
        await (self.switch_screen(arena) if isinstance(self.screen, ComposeScreen) else self.push_screen(arena))

    def _tell(self, message: Callable[[], Message]) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, ArenaScreen) or screen.is_current:
                screen.post_message(message())

    def worker_failed(self, worker: Worker[Any], error: BaseException) -> None:
        broken = worker.group == "session" and self.live is not None
        self.show_fault(error, SAFE if broken else "", self._go_home if broken else lambda: None)

    def places(self) -> Iterable[SystemCommand]:
        yield SystemCommand("Home", "the start page; a running session is saved", self.action_home)
        yield SystemCommand("New decision", "your own question and options", self.action_new_decision)
        yield SystemCommand("Sessions", "everything that was argued", lambda: self._leave_for(self._to("sessions")))
        yield SystemCommand("Settings", "models, keys, looks", lambda: self._leave_for(self._to("settings")))

    def _to(self, place: str) -> Callable[[], None]:
        """Home, and from there to one of its places."""

        def go() -> None:
            self._go_home()
            self.call_next(self.home.run_action, place)

        return go

    async def action_quit(self) -> None:
        if isinstance(self.screen, LeaveScreen):
            self.screen.dismiss(True)
        else:
            self._leave_for(self.exit)

    def action_home(self) -> None:
        self._leave_for(self._go_home)

    def action_new_decision(self) -> None:
        def compose() -> None:
            self._go_home()
            self.compose_decision()

        self._leave_for(compose)

    def _leave_for(self, destination: Callable[[], object]) -> None:
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

    def _go_home(self) -> None:
        self.live = None
        while self.screen is not self.home:
            self.pop_screen()
