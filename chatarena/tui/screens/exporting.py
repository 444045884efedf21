"""Asks as what, and where, a session is to be written."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from chatarena.authoring.text import one_line
from chatarena.tui.archive import ExportForm
from chatarena.tui.screens.asking import DIALOG_CSS, Typing
from chatarena.tui.widgets.pointed import Pointed

FORMS: tuple[tuple[ExportForm, str], ...] = (
    ("bundle", "Bundle (.jsonl): everything, sealed; can be imported, replayed and verified"),
    ("html", "Page (.html): the debate to read in a browser, with its charts"),
    ("markdown", "Markdown (.md): the transcript to read, print or send"),
)


class ExportScreen(ModalScreen[tuple[ExportForm, Path] | None]):
    """The form with the arrow keys, the folder in the line below; Enter writes."""

    CSS_PATH = DIALOG_CSS
    HELP = (
        "A bundle holds all that was recorded, private objectives included; a page and Markdown show objectives only "
        "where they were revealed. Nothing is ever written over an existing file."
    )
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Leave it", id="export.leave")]

    def __init__(self, title: str, folder: str = ".") -> None:
        super().__init__()
        self._title, self._folder = title, folder

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog", can_focus=False):
            yield Static(Content.styled(f"Export: {one_line(self._title)}", "bold"))
            yield Pointed(*(Option(Content(words), id=form) for form, words in FORMS), id="forms", markup=False)
            yield Typing(self._folder, placeholder="a folder", id="folder", compact=True, select_on_focus=False)
            yield Static(Content("the folder it is written to"), classes="quiet")
            yield Static(Content.styled("Enter: write it · Tab: the folder · Esc: leave it", "$text-muted"))

    def on_mount(self) -> None:
        forms = self.query_one("#forms", OptionList)
        forms.highlighted = 0
        forms.focus()

    def on_option_list_option_selected(self, _: OptionList.OptionSelected) -> None:
        self._done()

    def on_input_submitted(self, _: Input.Submitted) -> None:
        self._done()

    def _done(self) -> None:
        chosen = self.query_one("#forms", OptionList).highlighted or 0
        folder = Path(self.query_one("#folder", Input).value.strip() or ".")
        self.dismiss((FORMS[chosen][0], folder))
