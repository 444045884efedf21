"""The question who is to answer whom: a rebuttal is asked of one agent, against one other or against all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from chatarena.authoring.text import one_line
from chatarena.tui.widgets.pointed import Pointed

OTHERS = "the others"


class RebuttalScreen(ModalScreen[tuple[str, str] | None]):
    """Left and right choose who answers, up and down whom; dismissed with both labels, `""` for all others."""

    CSS_PATH = "dialogs.tcss"
    DEFAULT_CSS = """
    RebuttalScreen { align: center middle; }
    RebuttalScreen Pointed { height: auto; max-height: 12; border: none; padding: 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "who(-1)", "Agent before", show=False, id="rebuttal.previous"),
        Binding("right", "who(1)", "Agent after", show=False, id="rebuttal.next"),
        Binding("escape,q", "leave", "Not now", id="rebuttal.leave"),
    ]

    def __init__(self, labels: Sequence[str], selected: int) -> None:
        super().__init__()
        self._labels = tuple(labels)
        self._who = selected

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog", can_focus=False):
            yield Static(id="who", markup=False)
            yield Pointed(id="whom", markup=False, compact=True)
            yield Static("← → another agent · Enter: ask · Esc: not now", classes="text", markup=False)

    def on_mount(self) -> None:
        self._show()
        self.query_one(OptionList).focus()

    def _show(self) -> None:
        label = one_line(self._labels[self._who])
        heading = f"Who is to answer? ‹ {label} ›  It speaks next, and nobody else; then the talk goes on."
        self.query_one("#who", Static).update(Content.styled(heading, "bold"))
        whom = self.query_one(OptionList)
        whom.clear_options()
        whom.add_options([Option(Content(f"{label} answers {one_line(name) or OTHERS}")) for name in self._others()])
        whom.highlighted = 0

    def _others(self) -> tuple[str, ...]:
        """Whom it may answer: all, or one of the others."""
        return "", *(label for index, label in enumerate(self._labels) if index != self._who)

    @on(OptionList.OptionSelected)
    def _asked(self, message: OptionList.OptionSelected) -> None:
        self.dismiss((self._labels[self._who], self._others()[message.option_index]))

    def action_who(self, step: int) -> None:
        self._who = (self._who + step) % len(self._labels)
        self._show()

    def action_leave(self) -> None:
        self.dismiss(None)


def request(agent: str, of: str) -> str:
    """The words in which an agent is asked to answer another, or all others where `of` is empty."""
    return f"{agent}, please answer what {of or OTHERS} said."
