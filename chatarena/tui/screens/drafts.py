"""Saving what is composed as a file, and opening a file or an example in its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Input, Static

from chatarena.authoring.text import clean, one_line
from chatarena.errors import ArenaError
from chatarena.tui.files import Files
from chatarena.tui.ports import Example, Plan
from chatarena.tui.screens.asking import AskScreen
from chatarena.tui.screens.note import SureScreen, fill, listed
from chatarena.tui.widgets.floor import Line
from chatarena.tui.widgets.table import Table

LOST = ("Replace what you typed?", "What stands in the form now is saved nowhere.", "replace it", "keep it")


async def ask_for_file(screen: Screen[None], files: Files, plan: Plan) -> None:
    """Ask for a place, and before a file there is written over; then save the decision."""
    about = (
        "Everything composed, as YAML: agents, who hears whom, first ratings, model, limits. Agents stand in it by"
        " names that tell what they are after, so look into it after the reveal."
    )
    value = files.suggest(plan)
    path = await screen.app.push_screen_wait(AskScreen("Save as a file", about, value=value, problem=_named))
    if not path or not await sure_to_write(screen, path, taken=files.taken(path)):
        return
    written = await files.save(plan, path)
    screen.notify(f"Saved as {written}", markup=False)


async def sure_to_write(screen: Screen[Any], what: str, *, taken: bool) -> bool:
    """Whether this may be written: asks where something of that name is there."""
    if not taken:
        return True
    about = f"{one_line(what)} is there already. What is in it now would be gone."
    sure: bool | None = await screen.app.push_screen_wait(
        SureScreen("Write over it?", about, "write over it", "leave it")
    )
    return bool(sure)


def _named(path: str) -> str:
    return "" if path.strip() else "a file needs a name"


async def ask_what_to_open(
    screen: Screen[None], files: Files, examples: Sequence[Example], *, typed: bool
) -> Example | None:
    """An example or a file to begin with; None where everything is to stay as it is."""
    example = await screen.app.push_screen_wait(OpenScreen(files, examples))
    if example is None or (typed and not await screen.app.push_screen_wait(SureScreen(*LOST))):
        return None
    return example


class OpenScreen(ModalScreen[Example | None]):
    """A path to type, and the examples below it. What is wrong with a file stands below its path."""

    CSS_PATH = "note.tcss"
    HELP = "Type the path of a decision's YAML file, or go down to an example. Enter opens it, Esc leaves it."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Leave it", id="open.leave"),
        Binding("down", "app.focus_next", "To the examples", show=False, id="open.down"),
    ]

    def __init__(self, files: Files, examples: Sequence[Example]) -> None:
        super().__init__()
        self._files, self._examples = files, tuple(examples)

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog", can_focus=False):
            yield Static(Content.styled("Open a decision", "bold"))
            yield Line(placeholder="path of a YAML file", id="path", compact=True)
            yield Static("", id="problem", markup=False)
            yield listed()
            yield Static(Content.styled("Enter: open · Tab: to the examples · Esc: leave it", "$text-muted"))

    def on_mount(self) -> None:
        fill(self.query_one(Table), [example.title for example in self._examples])
        self.query_one("#path").focus()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        if message.value.strip():
            self.run_worker(self._load(message.value.strip()), group="load", exclusive=True, exit_on_error=False)

    async def _load(self, path: str) -> None:
        try:
            example = await self._files.load(path)
        except ArenaError as error:
            said = f"✕ {error.message}. {error.remedy}" if error.remedy else f"✕ {error.message}"
            self.query_one("#problem", Static).update(Content(clean(said)))
            return
        self.dismiss(example)

    @on(Table.Chosen)
    def _chosen(self, message: Table.Chosen) -> None:
        self.dismiss(self._examples[int(message.id)])

    @on(Table.Edge)
    def _back_to_path(self, message: Table.Edge) -> None:
        if message.direction < 0:
            self.query_one("#path").focus()
