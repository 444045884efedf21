"""What long things that are walked through line by line share: how they scroll, their keys, and text made plain."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding
from textual.scroll_view import ScrollView

from chatarena.authoring.text import clean


class Walked(ScrollView, can_focus=True):
    """As high as there is room, with a scrollbar whose place is kept, and nothing to drag over."""

    ALLOW_SELECT: ClassVar[bool] = False
    DEFAULT_CSS = """
    Walked {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        background: transparent;
    }
    """


def walking(name: str, first: tuple[str, str], last: tuple[str, str], *, page_down: str = "pagedown") -> list[Binding]:
    """The keys that move, with ids that begin with this name.

    Args:
        first: what the beginning is called, in the id and in the help; `last` is the end.
        page_down: what goes a page on.
    """
    ways = (
        ("up,k", "move(-1)", "Up", "up"),
        ("down,j", "move(1)", "Down", "down"),
        ("pageup", "move_page(-1)", "A page up", "page_up"),
        (page_down, "move_page(1)", "A page down", "page_down"),
        ("home", "edge(-1)", first[1], first[0]),
        ("end", "edge(1)", last[1], last[0]),
    )
    return [Binding(keys, action, words, show=False, id=f"{name}.{way}") for keys, action, words, way in ways]


def plain(text: str) -> str:
    """The text on one line, with its own blanks, and nothing in it that acts on a terminal."""
    return clean(text).replace("\n", " ").replace("\t", " ")
