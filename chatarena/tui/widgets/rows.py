"""Rows of short texts that are added, removed and moved by keys or the mouse.

Law: a key acts on what the keys before it left behind, however fast they come: `key_queue` hands them out in turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from chatarena.authoring.text import clean, one_line
from chatarena.tui.widgets.floor import Line

Texts = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One text of a row; `cells` is its width, 0 for a share of what is left."""

    name: str
    placeholder: str
    cells: int = 0
    share: int = 1


class Cell(Line):
    """A text of a row; several pasted lines become several rows."""

    class Pasted(Message):
        """Several lines were pasted."""

        def __init__(self, lines: list[str]) -> None:
            super().__init__()
            self.lines = lines

    class Unwanted(Message):
        """Backspace was pressed where nothing is left to delete."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("backspace", "erase", "Delete character left", show=False, id="options.erase"),
    ]

    def on_paste(self, event: events.Paste) -> None:
        lines = [one_line(line).lstrip("-*•– ") for line in clean(event.text).split("\n") if line.strip()]
        if len(lines) > 1:
            event.prevent_default()
            event.stop()
            self.post_message(self.Pasted(lines))

    def action_erase(self) -> None:
        """Delete a character; in a text that is already empty, ask for the row to go."""
        if self.value:
            self.action_delete_left()
        else:
            self.post_message(self.Unwanted())


class Handle(Static):
    """↑ ↓ × at the end of a row, for the mouse; the keys do the same."""

    ALLOW_SELECT = False
    MARKS: ClassVar[tuple[tuple[str, str], ...]] = (("↑", "up"), ("↓", "down"), ("×", "remove"))

    class Pressed(Message):
        """One of the marks was clicked."""

        def __init__(self, row: Row, what: str) -> None:
            super().__init__()
            self.row, self.what = row, what

    def __init__(self) -> None:
        super().__init__(" ".join(mark for mark, _ in self.MARKS), classes="handle", markup=False)

    def on_click(self, event: events.Click) -> None:
        event.stop()
        row = self.parent
        if isinstance(row, Row):
            self.post_message(self.Pressed(row, self.MARKS[min(2, event.x // 2)][1]))


class Row(Horizontal):
    """Number, texts, and the handle."""

    DEFAULT_CSS = """
    Row { height: 1; }
    Row > .number { width: 3; color: $text-muted; }
    Row > .handle { width: 5; color: $text-muted; }
    Row > .handle:hover { text-style: bold; color: $text; }
    Row > Input { border: none; height: 1; padding: 0; margin-right: 1; }
    """

    def __init__(self, columns: Sequence[Column], texts: Texts) -> None:
        super().__init__()
        self._number = Static("", classes="number", markup=False)
        # Made here and not in `compose`: a row that is still on its way to the screen has its texts already.
        self.cells: dict[str, Line] = {}
        for position, column in enumerate(columns):
            cell = (Line if position else Cell)(
                one_line(texts[position]) if position < len(texts) else "",
                placeholder=column.placeholder,
                compact=True,
                classes=column.name if position else f"{column.name} first",
                select_on_focus=False,
            )
            cell.styles.width = column.cells or f"{column.share}fr"
            self.cells[column.name] = cell

    def compose(self) -> ComposeResult:
        yield self._number
        yield from self.cells.values()
        yield Handle()

    def on_mount(self) -> None:
        self.number()

    def number(self) -> None:
        """Show the row's place among its siblings."""
        if self.parent is not None and self in self.parent.children:
            self._number.update(f"{self.parent.children.index(self) + 1:>2} ")

    @property
    def first(self) -> Line:
        """The text that says what the row is."""
        return next(iter(self.cells.values()))

    @property
    def values(self) -> Texts:
        return tuple(cell.value for cell in self.cells.values())

    def fill(self, texts: Texts) -> None:
        """Put these texts in place of what stands there."""
        for cell, text in zip(self.cells.values(), texts, strict=False):
            cell.value = one_line(text)


class Rows(Vertical):
    """All rows. Empty ones do not count; below the last there is always an empty one for the next."""

    BINDING_GROUP_TITLE = "Rows"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("alt+up,ctrl+up", "move_row(-1)", "Up", show=False, id="options.up", priority=True),
        Binding("alt+down,ctrl+down", "move_row(1)", "Down", show=False, id="options.down", priority=True),
        Binding("up", "go(-1)", "Row above", show=False, id="options.above", priority=True),
        Binding("down", "go(1)", "Row below", show=False, id="options.below", priority=True),
        Binding("enter", "next_row", "Next row", show=False, id="options.next", priority=True),
        Binding("f8", "remove_row", "Remove", show=False, id="options.remove", priority=True),
    ]
    DEFAULT_CSS = """
    Rows { height: auto; width: 1fr; }
    """

    class Changed(Message):
        """A row was added, removed, moved, or its text changed."""

    def __init__(
        self, columns: Sequence[Column], rows: Sequence[Texts] = (), *, least: int = 0, most: int, id: str
    ) -> None:
        super().__init__(id=id)
        self._columns, self._least, self._most = tuple(columns), max(1, least), most
        self._start = self._with_spare(rows)

    def _with_spare(self, rows: Sequence[Texts]) -> list[Texts]:
        kept = [row for row in rows if any(row)]
        spare = max(self._least - len(kept), min(1, self._most - len(kept)))
        return [*kept, *[("",) * len(self._columns)] * spare]

    def compose(self) -> ComposeResult:
        for texts in self._start:
            yield Row(self._columns, texts)

    @property
    def rows(self) -> list[Row]:
        return [child for child in self.children if isinstance(child, Row)]

    @property
    def values(self) -> tuple[Texts, ...]:
        return tuple(row.values for row in self.rows)

    async def put(self, rows: Sequence[Texts]) -> None:
        """Show these rows in place of all that are there."""
        fresh = [Row(self._columns, texts) for texts in self._with_spare(rows)]
        await self.remove_children(Row)
        await self.mount(*fresh)
        self._renumber()

    # -- where the focus is ------------------------------------------------------------------------------------------

    def _place(self) -> int:
        """The row that has the focus."""
        return next((place for place, row in enumerate(self.rows) if row.has_focus_within), 0)

    def _focus(self, place: int) -> None:
        """Move the focus now: what is typed next must find it there."""
        rows = self.rows
        self.screen.set_focus(rows[min(max(place, 0), len(rows) - 1)].first)

    def _same_column(self, place: int) -> None:
        """Move the focus to the same text of another row; past the ends to the field above or below."""
        rows, here = self.rows, self.screen.focused
        name = next((column.name for column in self._columns if here is not None and here.has_class(column.name)), "")
        if not 0 <= place < len(rows):
            self._leave(-1 if place < 0 else 1)
        elif name:
            self.screen.set_focus(rows[place].cells[name])
        else:
            self._focus(place)

    def _leave(self, step: int) -> None:
        """Go on to whatever takes the focus before or after all rows."""
        for _ in range(len(self._columns) * self._most):
            moved = self.screen.focus_next() if step > 0 else self.screen.focus_previous()
            if moved is None or not self.has_focus_within:
                return

    def _renumber(self) -> None:
        for row in self.rows:
            row.number()
        self.post_message(self.Changed())

    # -- keys --------------------------------------------------------------------------------------------------------

    async def action_next_row(self) -> None:
        """Enter: the next row; from an empty one at the end on to the next field."""
        place = self._place()
        if not any(self.rows[place].values) and place + 1 == len(self.rows) and place >= self._least:
            self._leave(1)
            return
        await self._keep_spare()
        if place + 1 < len(self.rows):
            self._focus(place + 1)
        else:
            self._leave(1)

    def action_go(self, step: int) -> None:
        self._same_column(self._place() + step)

    async def action_move_row(self, step: int) -> None:
        await self._move(self._place(), step)

    async def action_remove_row(self) -> None:
        await self._remove(self._place())

    @on(Handle.Pressed)
    async def _handle(self, message: Handle.Pressed) -> None:
        message.stop()
        place = self.rows.index(message.row)
        if message.what == "remove":
            await self._remove(place)
        else:
            await self._move(place, -1 if message.what == "up" else 1)

    async def _move(self, place: int, step: int) -> None:
        rows, other = self.rows, place + step
        if 0 <= other < len(rows):
            first, second = sorted((place, other))
            self.move_child(rows[second], before=rows[first])
            self._renumber()

    async def _remove(self, place: int) -> None:
        """Remove a row; where only the fewest are left it is emptied instead."""
        rows = self.rows
        if len(rows) > self._least:
            if rows[place].has_focus_within:
                self._focus(place - 1 if place else 1)
            await rows[place].remove()
            await self._keep_spare()
        else:
            rows[place].fill(("",) * len(self._columns))
        self._renumber()

    @on(Cell.Unwanted)
    async def _unwanted(self, message: Cell.Unwanted) -> None:
        message.stop()
        if not any(self.rows[self._place()].values):
            await self._remove(self._place())

    # -- text --------------------------------------------------------------------------------------------------------

    @on(Input.Changed)
    async def _typed(self, message: Input.Changed) -> None:
        message.stop()
        await self._keep_spare()
        self.post_message(self.Changed())

    async def _keep_spare(self) -> None:
        rows = self.rows
        if rows and any(rows[-1].values) and len(rows) < self._most:
            await self._add(())

    @on(Cell.Pasted)
    async def _paste(self, message: Cell.Pasted) -> None:
        """Several pasted lines fill this row if it is empty, the empty ones after it, and then new ones."""
        message.stop()
        place = self._place()
        place += any(self.rows[place].values)
        for count, line in enumerate(message.lines):
            rows = self.rows
            if place < len(rows) and not any(rows[place].values):
                rows[place].fill((line,))
            elif len(rows) < self._most:
                await self._add((line,), after=place - 1)
            else:
                left = len(message.lines) - count
                self.notify(f"{self._most} rows at most: {left} pasted lines were left out.", severity="warning")
                break
            place += 1
        await self._keep_spare()
        self._renumber()

    async def _add(self, texts: Texts, after: int | None = None) -> None:
        rows = self.rows
        await self.mount(Row(self._columns, texts), after=rows[-1 if after is None else after])
        self._renumber()
