"""Small screens that ask for one thing: a line of text, or that something is really to be done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from chatarena.authoring.text import clean, one_line
from chatarena.tui.widgets.tick import Tick

DIALOG_CSS: list[str | PurePath] = ["dialogs.tcss", "asking.tcss"]
ESCAPE = "Enter: done · Esc: leave it as it is"


class Typing(Input):
    """One line of text, without anything that would act on the terminal, wherever it comes from."""

    def validate_value(self, value: str) -> str:
        return clean(value).replace("\n", " ").replace("\t", " ")

    def on_paste(self, event: events.Paste) -> None:
        event.text = one_line(event.text)


class AskScreen(ModalScreen[str | None]):
    """Asks for a line; answers None where it is left. What is wrong with the line stands right below it."""

    CSS_PATH = DIALOG_CSS
    HELP = "Type, then Enter. Esc leaves everything as it is."
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Leave it", id="asking.leave")]

    def __init__(
        self,
        title: str,
        about: str = "",
        *,
        value: str = "",
        placeholder: str = "",
        hint: str = ESCAPE,
        problem: Callable[[str], str] = lambda _: "",
    ) -> None:
        super().__init__()
        self._title, self._about, self._value, self._placeholder = title, about, value, placeholder
        self._hint, self._problem = hint, problem

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog", can_focus=False):
            yield Static(Content.styled(clean(self._title), "bold"))
            if self._about:
                yield Static(Content(clean(self._about)), classes="text")
            yield Typing(self._value, placeholder=self._placeholder, id="line", compact=True, select_on_focus=False)
            yield Static("", id="problem", markup=False)
            yield Static(Content.styled(self._hint, "$text-muted"))

    def on_mount(self) -> None:
        self.query_one("#line").focus()

    def on_input_changed(self, message: Input.Changed) -> None:
        self._say(self._problem(message.value))

    def on_input_submitted(self, message: Input.Submitted) -> None:
        problem = self._problem(message.value)
        if problem:
            self._say(problem)
        else:
            self.dismiss(one_line(message.value))

    def _say(self, problem: str) -> None:
        self.query_one("#problem", Static).update(Content(f"✕ {clean(problem)}" if problem else ""))


class DeleteScreen(ModalScreen[bool | None]):
    """Asks whether sessions are to be deleted for good; answers whether their forks go with them, None for no."""

    CSS_PATH = DIALOG_CSS
    HELP = "Deleting cannot be undone: type the word and press Enter. Esc keeps everything."
    WORD = "delete"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Keep it", id="delete.keep")]

    def __init__(self, title: str, session: str, forks: tuple[str, ...]) -> None:
        super().__init__()
        self._title, self._session, self._forks = title, session, forks

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog -fault", can_focus=False):
            yield Static(Content.styled("Delete this session for good?", "bold"))
            yield Static(Content(f"{one_line(self._title)}\n{one_line(self._session)}"), classes="text")
            yield Static(Content(self._lost()), classes="text", id="lost")
            if self._forks:
                yield Tick(Content("delete its forks, too"), id="forks", compact=True)
            yield Typing(placeholder=f"type {self.WORD}", id="line", compact=True)
            yield Static("", id="problem", markup=False)
            yield Static(Content.styled("Enter: delete for good · Esc: keep it", "$text-muted"))

    def _lost(self) -> str:
        """What goes, and which copies stay: the same that `sessions rm` says."""
        gone = "Its record goes, with its name, its tags and the replies of models that only it used."
        if not self._forks:
            return gone
        copies = "One fork holds a copy" if len(self._forks) == 1 else f"{len(self._forks)} forks hold copies"
        return f"{gone}\n{copies} of its beginning: {', '.join(map(one_line, self._forks))}."

    def on_mount(self) -> None:
        self.query_one("#line").focus()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        if message.value.strip().casefold() != self.WORD:
            self.query_one("#problem", Static).update(f"✕ type the word {self.WORD}, or press Esc")
            return
        self.dismiss(bool(self._forks) and self.query_one("#forks", Tick).value)
