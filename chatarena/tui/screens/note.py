"""Small screens on top of the compose screen: something explained, and something asked with yes or no."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from chatarena.authoring.text import clean, one_line
from chatarena.tui.columns import Column
from chatarena.tui.widgets.table import Line, Table

MOST_LINES = 10


class NoteScreen(ModalScreen[None]):
    """A few paragraphs to read."""

    CSS_PATH = "note.tcss"
    HELP = "Read it; Enter or Esc closes it."
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter,q", "dismiss", "Close", id="note.close")]

    def __init__(self, title: str, paragraphs: Sequence[str]) -> None:
        super().__init__()
        self._title, self._paragraphs = title, tuple(paragraphs)

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog"):
            yield Static(Content.styled(clean(self._title), "bold"))
            for paragraph in self._paragraphs:
                yield Static(Content(clean(paragraph)), classes="text")
            yield Static(Content.styled("Enter: close", "$text-muted"), classes="text")

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()


class SureScreen(ModalScreen[bool | None]):
    """Asks before something is done that cannot be taken back; answers whether it is to be done."""

    CSS_PATH = "note.tcss"
    HELP = "Enter does it; Esc leaves everything as it is."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,y", "dismiss(True)", "Do it", id="sure.yes"),
        Binding("escape,n", "dismiss(False)", "Leave it", id="sure.no"),
    ]

    def __init__(self, title: str, about: str, yes: str, no: str) -> None:
        super().__init__()
        self._title, self._about, self._yes, self._no = title, about, yes, no

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog", can_focus=False):
            yield Static(Content.styled(clean(self._title), "bold"))
            yield Static(Content(clean(self._about)), classes="text")
            yield Static(Content.styled(f"Enter: {self._yes} · Esc: {self._no}", "bold"), classes="text")


class ChooseScreen(ModalScreen[int | None]):
    """A short list to choose from; answers the place of what was chosen, None where it is left."""

    CSS_PATH = "note.tcss"
    HELP = "Choose with the arrow keys and Enter. Esc leaves everything as it is."
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "dismiss(None)", "Leave it", id="choose.leave")]

    def __init__(self, title: str, entries: Sequence[str], chosen: int = 0) -> None:
        super().__init__()
        self._title, self._entries, self._chosen = title, tuple(entries), chosen

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog", can_focus=False):
            yield Static(Content.styled(clean(self._title), "bold"))
            yield listed()
            yield Static(Content.styled("Enter: take it · Esc: leave it as it is", "$text-muted"), classes="text")

    def on_mount(self) -> None:
        entries = self.query_one(Table)
        fill(entries, self._entries)
        entries.go_to(str(self._chosen))
        entries.focus()

    @on(Table.Chosen)
    def _taken(self, message: Table.Chosen) -> None:
        self.dismiss(int(message.id))


def listed() -> Table:
    """A short list with a pointer, to be filled once it is on the screen."""
    return Table((Column(title="", least=8, grows=True),), id="entries", titles=False)


def fill(table: Table, entries: Sequence[str]) -> None:
    """Put these entries into it; the id of each is its place."""
    table.styles.height = max(1, min(len(entries), MOST_LINES))
    table.show([Line(id=str(place), cells=(one_line(entry),)) for place, entry in enumerate(entries)])
