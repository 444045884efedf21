"""The small screens on top: a fault with its cause and remedy, and the question before leaving."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from chatarena.authoring.text import clean
from chatarena.tui.faults import causes, explain

LONGEST = 4_000


class FaultScreen(ModalScreen[None]):
    """An error in plain words: what happened, what it came from, what to do, what is safe, where the whole of it is."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,escape", "dismiss", "Go on", id="fault.close")]

    def __init__(self, error: BaseException, safe: str = "", log: str = "") -> None:
        super().__init__()
        self._title, self._message, self._remedy = map(_readable, explain(error))
        self._causes = tuple(map(_readable, causes(error)))
        self._safe, self._log = safe, log

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog -fault"):
            yield Static(Content.styled(f"✕ {self._title}", "bold"))
            yield Static(Content(self._message), classes="text", id="message")
            for cause in self._causes:
                yield Static(Content(f"It came from: {cause}"), classes="text")
            if self._remedy:
                yield Static(Content(f"What to do: {self._remedy}"), classes="text", id="remedy")
            if self._safe:
                yield Static(Content(self._safe), classes="text")
            if self._log:
                yield Static(Content(f"The whole of it is in {clean(self._log)}"), classes="text", id="where")
            yield Static(Content.styled("Enter: go on", "bold"), classes="text")


def _readable(text: str) -> str:
    """The text cleaned, and no longer than anybody reads of an error; the whole of it is in the log."""
    text = clean(text)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} …"


class LeaveScreen(ModalScreen[bool]):
    """Asks before a running session is left."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,y,ctrl+q", "answer(True)", "Leave", id="leave.yes"),
        Binding("escape,n", "answer(False)", "Stay", id="leave.no"),
    ]

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog"):
            yield Static(Content.styled("Leave this session?", "bold"))
            yield Static(
                Content("It is not over. Everything so far is saved: you can resume it from the start page."),
                classes="text",
            )
            yield Static(Content.styled("Enter: leave · Esc: stay", "bold"), classes="text")

    def action_answer(self, leave: bool) -> None:
        self.dismiss(leave)
