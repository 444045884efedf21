"""A short list of ways to go, each with its key; at either end the arrows lead on to what stands next to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from textual.content import Content
from textual.message import Message
from textual.widgets.option_list import Option

from chatarena.authoring.text import one_line
from chatarena.tui.cells import fit
from chatarena.tui.widgets.pointed import Pointed

NAME_CELLS = 22


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way to go: the key that goes there, its name, and a few words on what is there."""

    id: str
    key: str
    name: str
    note: str = ""


class Menu(Pointed):
    """Ways to go, chosen with arrows and Enter, by key, or with the mouse."""

    STAYS = False

    DEFAULT_CSS = """
    Menu { height: auto; border: none; padding: 0; background: transparent; }
    Menu:focus { border: none; }
    """

    class Beyond(Message):
        """The arrows went beyond the first or the last."""

        def __init__(self, direction: Literal[-1, 1]) -> None:
            super().__init__()
            self.direction = direction

    def show(self, ways: list[Way]) -> None:
        """These ways; the one that is highlighted stays so."""
        kept = self.highlighted or 0
        self.set_options([Option(_line(way), id=way.id) for way in ways])
        self.highlighted = min(kept, len(ways) - 1)

    def action_cursor_down(self) -> None:
        if self.highlighted is not None and self.highlighted >= self.option_count - 1:
            self.post_message(self.Beyond(1))
        else:
            super().action_cursor_down()

    def action_cursor_up(self) -> None:
        if self.highlighted == 0:
            self.post_message(self.Beyond(-1))
        else:
            super().action_cursor_up()


def _line(way: Way) -> Content:
    name = fit(one_line(way.name), NAME_CELLS) if way.note else one_line(way.name)
    return Content.assemble((f"{way.key}  ", "bold"), name, (one_line(way.note), "$text-muted"))
