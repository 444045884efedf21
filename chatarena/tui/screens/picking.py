"""A list in groups with a page about the one in hand: examples, debates that ship, models. Enter takes it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from chatarena.authoring.text import one_line
from chatarena.tui.columns import Column
from chatarena.tui.messages import Failed
from chatarena.tui.widgets.key_line import KeyLine
from chatarena.tui.widgets.table import Line, Table

WIDE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """Something to pick: its cells, the group it stands in, and what there is to know of it."""

    id: str
    cells: tuple[str, ...]
    group: str
    about: Content


def grouped(picks: Sequence[Pick]) -> list[Line]:
    """The picks under their headings, in the order in which the groups first come."""
    lines: list[Line] = []
    for group in dict.fromkeys(pick.group for pick in picks):
        if group:
            lines.append(Line(id=f"-{group}", cells=(one_line(group),), heading=True))
        lines += [Line(id=pick.id, cells=tuple(map(one_line, pick.cells))) for pick in picks if pick.group == group]
    return lines


class PickScreen(Screen[str | None]):
    """Answers the id of what was picked; None where it is left."""

    CSS_PATH = "picking.tcss"
    AUTO_FOCUS = "#picks"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012 - the base class declares it so
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "try_out", "Try it", id="pick.try"),
        Binding("escape,q", "dismiss(None)", "Back", id="pick.back"),
    ]

    def __init__(
        self,
        title: str,
        columns: Sequence[Column],
        load: Callable[[], Awaitable[Sequence[Pick]]],
        *,
        help: str,
        chosen: str = "",
        try_out: Callable[[str], Awaitable[str]] | None = None,
    ) -> None:
        super().__init__()
        self._help = help
        self._title, self._columns, self._load, self._chosen = title, tuple(columns), load, chosen
        self._try_out = try_out
        self._picks: dict[str, Pick] = {}
        self._tried: dict[str, str] = {}

    @property
    def HELP(self) -> str:  # type: ignore[override]  # noqa: N802 - Textual's name
        """What this list is for."""
        return self._help

    def compose(self) -> ComposeResult:
        yield Static(Content(self._title), id="head")
        with Container(id="both"):
            yield Table(self._columns, id="picks", empty="Looking …", titles=False)
            with VerticalScroll(id="look", can_focus=False):
                yield Static("", id="page", markup=False)
        yield KeyLine()

    def on_mount(self) -> None:
        self._fill()

    @work(group="picks", exclusive=True, exit_on_error=False)
    async def _fill(self) -> None:
        picks = await self._load()
        self._picks = {pick.id: pick for pick in picks}
        table = self.query_one("#picks", Table)
        table.show(grouped(picks), empty="There is nothing here.")
        table.go_to(self._chosen)

    def on_worker_state_changed(self, message: Worker.StateChanged) -> None:
        if message.state is WorkerState.ERROR and message.worker.error is not None:
            self.post_message(Failed(message.worker.error))

    @on(Table.Highlighted, "#picks")
    def _pointed(self, message: Table.Highlighted) -> None:
        self._show(message.id)

    def _show(self, id: str) -> None:
        pick = self._picks.get(id)
        about = Content("") if pick is None else pick.about
        if id in self._tried:
            about = Content("\n").join([Content.styled(one_line(self._tried[id]), "bold"), about])
        self.query_one("#page", Static).update(about)
        self.query_one("#look").scroll_home(animate=False)

    @on(Table.Chosen, "#picks")
    def _picked(self, message: Table.Chosen) -> None:
        self.dismiss(message.id)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "try_out" or self._try_out is not None

    def action_try_out(self) -> None:
        """Ask the model in hand one tiny question."""
        id = self.query_one("#picks", Table).current
        if self._try_out is not None and "/" in id:
            self._tell(id, "Asking it one tiny question …")
            self.run_worker(self._try(id), group="try", exclusive=True, exit_on_error=False)

    async def _try(self, id: str) -> None:
        if self._try_out is None:
            return
        try:
            self._tell(id, f"It answers: {await self._try_out(id)}.")
        except BaseException:
            self._tell(id, "It did not answer.")
            raise

    def _tell(self, id: str, text: str) -> None:
        self._tried[id] = text
        if self.query_one("#picks", Table).current == id:
            self._show(id)
