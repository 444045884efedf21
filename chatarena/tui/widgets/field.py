"""One field of a form: its name, its control, a note below, and what is wrong with it right beside it."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Static, TextArea

from chatarena.authoring.text import clean
from chatarena.tui.ports import Field


class Prose(TextArea):
    """Text of several lines; what is pasted is cleaned of anything that would act on the terminal."""

    def on_paste(self, event: events.Paste) -> None:
        event.text = clean(event.text)


class FieldRow(Vertical):
    """`name  control`, then a note and a problem where there are any."""

    DEFAULT_CSS = """
    FieldRow { height: auto; margin-bottom: 1; border-left: blank; padding-left: 1; }
    FieldRow:focus-within { border-left: outer $accent; }
    FieldRow > .line { height: auto; }
    FieldRow .name { width: 11; text-style: bold; }
    FieldRow > .note { margin-left: 11; color: $text-muted; }
    FieldRow > .problem { margin-left: 11; color: $text-error; text-style: bold; }
    FieldRow > .-empty { display: none; }
    """

    def __init__(self, field: Field, name: str, *controls: Widget, note: str = "") -> None:
        super().__init__(id=f"field-{field}")
        self.field = field
        self._caption, self._controls, self._note = name, controls, note

    def compose(self) -> ComposeResult:
        with Horizontal(classes="line"):
            yield Static(self._caption, classes="name", markup=False)
            yield from self._controls
        yield Static(self._note, classes="note" if self._note else "note -empty", markup=False)
        yield Static("", classes="problem -empty", markup=False)

    def note(self, text: str) -> None:
        """Say something about the choice that now stands."""
        self._put(".note", text)

    def problem(self, text: str) -> None:
        """Say what is wrong; nothing where `text` is empty."""
        self._put(".problem", f"✕ {text}" if text else "")

    def _put(self, which: str, text: str) -> None:
        line = self.query_one(which, Static)
        line.set_class(not text, "-empty")
        line.update(text)
