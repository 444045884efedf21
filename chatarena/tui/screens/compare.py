"""Two sessions side by side."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from chatarena.tui.comparing import Side, compared, laid_out
from chatarena.tui.messages import Failed
from chatarena.tui.widgets.key_line import KeyLine
from chatarena.tui.widgets.lines import Lines


class CompareScreen(Screen[None]):
    """What came of each, how the chances went, and what was said, in two columns that scroll together."""

    CSS_PATH = "compare.tcss"
    HELP = (
        "Left is the session that was marked first, or the parent of a fork. Chances are set against each other where "
        "both had the same options, from each kind of numbers that both have; how far apart they are is half the sum "
        "of the differences. [ and ] go from part to part."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left_square_bracket", "part(-1)", "Part before", id="compare.previous"),
        Binding("right_square_bracket", "part(1)", "Next part", id="compare.next"),
        Binding("x", "swap", "Swap sides", id="compare.swap"),
        Binding("escape,q", "back", "Back", id="compare.back"),
    ]

    def __init__(self, one: Side, other: Side) -> None:
        super().__init__()
        self._sides = (one, other)

    def compose(self) -> ComposeResult:
        yield Static("Comparing …", id="waiting", markup=False)
        yield Lines(id="compared")
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one(Lines).focus()
        self._begin()

    def _begin(self) -> None:
        self._compare()

    @work(group="compare", exclusive=True, exit_on_error=False)
    async def _compare(self) -> None:
        items = await asyncio.to_thread(compared, *self._sides)
        self.query_one("#waiting").display = False
        self.query_one(Lines).show(lambda cells: laid_out(items, cells))

    def on_worker_state_changed(self, message: Worker.StateChanged) -> None:
        if message.state is WorkerState.ERROR and message.worker.error is not None:
            self.post_message(Failed(message.worker.error))

    def action_part(self, direction: int) -> None:
        self.query_one(Lines).action_heading(direction)

    def action_swap(self) -> None:
        self._sides = (self._sides[1], self._sides[0])
        self._begin()

    def action_back(self) -> None:
        self.dismiss()
