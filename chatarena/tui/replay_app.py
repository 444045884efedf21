"""The player as a program of its own: one session, and nothing else to go to."""

from __future__ import annotations

from chatarena.replay.player import Player
from chatarena.tui.frame import Frame
from chatarena.tui.messages import HungUp
from chatarena.tui.reel import Reel
from chatarena.tui.screens.replay import ReplayScreen
from chatarena.tui.surroundings import Surroundings


class ReplayApp(Frame):
    """Plays one session; leaving it ends the program."""

    def __init__(self, player: Player, surroundings: Surroundings | None = None) -> None:
        super().__init__(surroundings)
        # Made before the terminal is taken over: a long session takes a moment.
        self.reel, self.player = Reel(player.timeline), player

    def on_mount(self) -> None:
        self.push_screen(ReplayScreen(self.reel, self.player), lambda _: self.exit())

    def on_hung_up(self, _: HungUp) -> None:
        self.exit()
