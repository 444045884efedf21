"""The small screens on top: help, a fault with its remedy, and the question before leaving."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from chatarena.errors import ArenaError
from chatarena.tui.cells import fit

KEY_CELLS = 22


class HelpScreen(ModalScreen[None]):
    """What the screen below is for and every key that works on it."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,f1,q,enter", "dismiss", "Close", id="help.close")]

    def __init__(self, screen: Screen[object]) -> None:
        super().__init__()
        self._about = screen

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog"):
            yield Static(Content.styled("Help · Esc closes", "bold"))
            yield Static(Content(" ".join(str(getattr(self._about, "HELP", "")).split())), classes="text")
            yield Static(Content("\n".join(self._key_lines())), classes="text")

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def _key_lines(self) -> list[str]:
        """The screen's own keys first; keys that are the toolkit's, not ours, are left to its palette."""
        keys: dict[str, list[str]] = {}
        active = sorted(self._about.active_bindings.values(), key=lambda found: found.node is not self._about)
        for _, binding, _, _ in active:
            if binding.description and binding.id is not None:
                keys.setdefault(binding.description, []).append(self.app.get_key_display(binding))
        keys["More: themes, screenshot"] = ["^p"]
        return [f"{fit(' '.join(shown[:3]), KEY_CELLS)} {what}" for what, shown in keys.items()]


class FaultScreen(ModalScreen[None]):
    """An error in plain words: what happened, what to do, and what is safe."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,escape", "dismiss", "Go on", id="fault.close")]

    def __init__(self, error: BaseException, safe: str = "") -> None:
        super().__init__()
        self._title, self._message, self._remedy = explain(error)
        self._safe = safe

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog -fault"):
            yield Static(Content.styled(f"✕ {self._title}", "bold"))
            yield Static(Content(self._message), classes="text", id="message")
            if self._remedy:
                yield Static(Content(f"What to do: {self._remedy}"), classes="text", id="remedy")
            if self._safe:
                yield Static(Content(self._safe), classes="text")
            yield Static(Content.styled("Enter: go on", "bold"), classes="text")


def explain(error: BaseException) -> tuple[str, str, str]:
    """Title, message and remedy of an error; never a traceback."""
    if isinstance(error, ArenaError):
        return "This did not work", error.message, error.remedy
    where = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return "Something went wrong inside ChatArena", where, "This is a fault of the program; please report it."


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
