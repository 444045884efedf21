"""The player as a program of its own: one session, and nothing else to go to."""

from __future__ import annotations

from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver

from chatarena.replay.player import Player
from chatarena.tui.messages import HungUp
from chatarena.tui.reel import Reel
from chatarena.tui.screens.dialogs import HelpScreen
from chatarena.tui.screens.replay import ReplayScreen
from chatarena.tui.terminal import TerminalDriver


class ReplayApp(App[None]):
    """Plays one session; leaving it ends the program."""

    TITLE = "ChatArena"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", "Help", id="app.help"),
        Binding("ctrl+q", "quit", "Quit", id="app.quit", priority=True),
    ]

    def __init__(self, player: Player) -> None:
        super().__init__()
        # Made before the terminal is taken over: a long session takes a moment.
        self.reel, self.player = Reel(player.timeline), player

    def get_driver_class(self) -> type[Driver]:
        chosen = super().get_driver_class()
        return TerminalDriver if chosen is LinuxDriver else chosen

    def on_mount(self) -> None:
        self.push_screen(ReplayScreen(self.reel, self.player), lambda _: self.exit())

    def action_help(self) -> None:
        if not self.screen.is_modal:
            self.push_screen(HelpScreen(self.screen))

    def on_hung_up(self, _: HungUp) -> None:
        self.exit()
