"""The application: composes decisions, opens the arena and the player, and goes where one wants to go."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual import work
from textual.app import SystemCommand
from textual.screen import Screen
from textual.worker import Worker

from chatarena.tui.archive import NOT_LOGGED
from chatarena.tui.messages import ComposeWanted, DraftKept, ReplayWanted
from chatarena.tui.screens.dialogs import LeaveScreen
from chatarena.tui.screens.home import HomeScreen
from chatarena.tui.session_app import SessionApp
from chatarena.tui.surroundings import Surroundings

# The other screens are loaded when they are gone to: the first picture does not wait for them.
if TYPE_CHECKING:
    from chatarena.tui.form import Form
    from chatarena.tui.live import Live
    from chatarena.tui.ports import Example, Studio

SAFE = "Everything that was shown is saved: the session can be resumed from the start page."
UNLOGGED = "Nothing is logged here, as was asked for: this session lasts as long as the program."


class ArenaApp(SessionApp):
    """ChatArena on a screen."""

    # Of the lowest screen the toolkit reads no style sheet by itself.
    CSS_PATH = Path(__file__).with_name("screens") / "home.tcss"

    def __init__(self, studio: Studio, surroundings: Surroundings | None = None) -> None:
        super().__init__(studio, surroundings)
        self.home = HomeScreen(studio)
        self._form: Form | None = None

    def get_default_screen(self) -> Screen[None]:
        # The start page is the lowest screen: nothing is laid out below it only to be covered.
        return self.home

    @work(group="compose", exclusive=True, exit_on_error=False)
    async def compose_decision(self, example: Example | None = None) -> None:
        from chatarena.tui.form import form_of
        from chatarena.tui.screens.compose import ComposeScreen

        library, studio = await self.home.library(), self.studio
        fresh = form_of(example, cast=studio.default_cast, model=studio.default_model)
        form = self._form if example is None and self._form is not None else fresh
        await self.push_screen(ComposeScreen(studio, library, form))

    def on_compose_wanted(self, message: ComposeWanted) -> None:
        self.compose_decision(message.example)

    def on_draft_kept(self, message: DraftKept) -> None:
        self._form = message.form

    def on_replay_wanted(self, message: ReplayWanted) -> None:
        self.replay_session(message.session)

    @work(group="replay", exclusive=True, exit_on_error=False)
    async def replay_session(self, session: str) -> None:
        """Open the player; reading and preparing a long session is done off the loop."""
        from chatarena.replay.player import Playback, Player
        from chatarena.replay.timeline import lay_out
        from chatarena.tui.reel import Reel
        from chatarena.tui.screens.replay import ReplayScreen

        entries = await self.studio.replay(session)
        reel = await asyncio.to_thread(lambda: Reel(lay_out(entries)))
        player = Player(reel.timeline, self.studio.clock, Playback(playing=True))
        await self.push_screen(ReplayScreen(reel, player))

    async def enter(self, live: Live) -> None:
        from chatarena.tui.screens.arena import ArenaScreen
        from chatarena.tui.screens.compose import ComposeScreen

        await super().enter(live)
        self._form = None
        arena = ArenaScreen(live)
        await (self.switch_screen(arena) if isinstance(self.screen, ComposeScreen) else self.push_screen(arena))

    @property
    def safe(self) -> str:
        if self.live is None:
            return ""
        return UNLOGGED if self.studio.archive is NOT_LOGGED else SAFE

    def worker_failed(self, worker: Worker[Any], error: BaseException) -> None:
        broken = worker.group == "session" and self.live is not None
        self.show_fault(error, SAFE if broken else "", self._go_home if broken else lambda: None)

    def places(self) -> Iterable[SystemCommand]:
        yield SystemCommand("Home", "the start page; a running session is saved", self.action_home)
        yield SystemCommand("New decision", "your own question and options", self.action_new_decision)
        yield SystemCommand("Sessions", "everything that was argued", lambda: self.leave_for(self._to("sessions")))
        yield SystemCommand("Settings", "models, keys, looks", lambda: self.leave_for(self._to("settings")))

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
            self.leave_for(self.exit)

    def action_home(self) -> None:
        self.leave_for(self._go_home)

    def action_new_decision(self) -> None:
        def compose() -> None:
            self._go_home()
            self.compose_decision()

        self.leave_for(compose)

    def _go_home(self) -> None:
        self.live = None
        while self.screen is not self.home:
            self.pop_screen()
