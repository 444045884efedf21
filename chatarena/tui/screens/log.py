"""The log panel: what was said in passing, and the ends of the log files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from chatarena.authoring.text import clean

TAIL_BYTES, TAIL_LINES = 16_384, 40


class LogScreen(ModalScreen[None]):
    """Reads and shows; the same key closes it."""

    CSS_PATH = "dialogs.tcss"
    HELP = "What the program said in passing, the latest last, then the ends of its log files."
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,enter", "dismiss", "Close", id="log.close")]

    def __init__(self, told: tuple[str, ...], folder: Path | None) -> None:
        super().__init__()
        self._told, self._folder = tuple(map(clean, told)), folder

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog -wide"):
            yield Static(Content.styled("Log · Esc closes", "bold"))
            yield Static(Content("\n".join(self._told) or "Nothing was said yet."), classes="text")
            for title, text in tails(self._folder):
                yield Static(Content.styled(title, "bold"), classes="text")
                yield Static(Content(text))

    def on_mount(self) -> None:
        reading = self.query_one(VerticalScroll)
        reading.focus()
        reading.scroll_end(animate=False)


def tails(folder: Path | None) -> Iterator[tuple[str, str]]:
    """Each log file of the folder with its last lines, the one written to last at the end."""
    files = [] if folder is None or not folder.is_dir() else [path for path in folder.glob("*.log") if path.is_file()]
    for path in sorted(files, key=lambda path: path.stat().st_mtime):
        text = tail(path)
        if text:
            yield str(path), text


def tail(path: Path) -> str:
    """The last lines of a file, made safe to show; why it cannot be read where it cannot."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - TAIL_BYTES))
            text = file.read().decode("utf-8", "replace")
    except OSError as error:
        return f"it cannot be read: {error.strerror or error}"
    return "\n".join(clean(text).strip("\n").split("\n")[-TAIL_LINES:])
