"""The options of a decision as rows that can be added, removed and moved by keys."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from chatarena.arena.decision import MAX_OPTIONS, MIN_OPTIONS
from chatarena.authoring.text import clean, one_line
from chatarena.tui.widgets.floor import Line

Row = tuple[str, str]


class OptionLine(Line):
    """A label; several pasted lines become several options."""

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
        lines = [one_line(line).lstrip("-*• ") for line in clean(event.text).split("\n") if line.strip()]
        if len(lines) > 1:
            event.prevent_default()
            event.stop()
            self.post_message(self.Pasted(lines))

    def action_erase(self) -> None:
        """Delete a character; in a row that is already empty, the row."""
        if self.value:
            self.action_delete_left()
        else:
            self.post_message(self.Unwanted())


class OptionRow(Horizontal):
    """Number, label and detail of one option."""

    DEFAULT_CSS = """
    OptionRow { height: 1; }
    OptionRow > .number { width: 3; color: $text-muted; }
    OptionRow > .label { width: 2fr; margin-right: 1; }
    OptionRow > .detail { width: 3fr; }
    OptionRow > Input { border: none; height: 1; padding: 0; }
    """

    def __init__(self, row: Row) -> None:
        super().__init__()
        self._row = row

    def compose(self) -> ComposeResult:
        yield Static("", classes="number", markup=False)
        yield OptionLine(self._row[0], placeholder="option", compact=True, classes="label")
        yield Line(self._row[1], placeholder="detail (optional)", compact=True, classes="detail")

    def on_mount(self) -> None:
        self.number()

    def number(self) -> None:
        """Show the row's place among its siblings."""
        if self.parent is not None:
            place = self.parent.children.index(self) + 1
            self.query_one(".number", Static).update(f"{place:>2} ")

    @property
    def values(self) -> Row:
        return self.query_one(".label", Input).value, self.query_one(".detail", Input).value


class OptionRows(Vertical):
    """All rows. Empty ones do not count; below the last option there is always an empty one for the next."""

    BINDING_GROUP_TITLE = "Options"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("alt+up,ctrl+up", "move_row(-1)", "Up", id="options.up"),
        Binding("alt+down,ctrl+down", "move_row(1)", "Down", id="options.down"),
        Binding("up", "go(-1)", "Option above", show=False, id="options.above"),
        Binding("down", "go(1)", "Option below", show=False, id="options.below"),
        Binding("f8", "remove_row", "Remove", id="options.remove"),
    ]
    DEFAULT_CSS = """
    OptionRows { height: auto; }
    """

    class Changed(Message):
        """A row was added, removed or moved."""

    def __init__(self, rows: tuple[Row, ...]) -> None:
        super().__init__(id="options")
        spare = max(MIN_OPTIONS - len(rows), min(1, MAX_OPTIONS - len(rows)))
        self._start = [*rows, *[("", "")] * spare]

    def compose(self) -> ComposeResult:
        for row in self._start:
            yield OptionRow(row)

    @property
    def rows(self) -> list[OptionRow]:
        return list(self.query(OptionRow))

    @property
    def values(self) -> tuple[Row, ...]:
        return tuple(row.values for row in self.rows)

    def _place(self) -> int:
        """The row that has the focus."""
        return next((place for place, row in enumerate(self.rows) if row.has_focus_within), 0)

    def _focus(self, place: int) -> None:
        rows = self.rows
        rows[min(max(place, 0), len(rows) - 1)].query_one(".label").focus()

    def _renumber(self) -> None:
        for row in self.rows:
            row.number()
        self.post_message(self.Changed())

    async def action_move_row(self, step: int) -> None:
        rows, place = self.rows, self._place()
        other = place + step
        if 0 <= other < len(rows):
            first, second = sorted((place, other))
            self.move_child(rows[second], before=rows[first])
            self._renumber()

    async def action_remove_row(self) -> None:
        """Remove the row in focus; where only two are left it is emptied instead."""
        rows, place = self.rows, self._place()
        if len(rows) > MIN_OPTIONS:
            self._focus(place - 1 if place else 1)
            await rows[place].remove()
            await self._keep_spare()
        else:
            for line in rows[place].query(Input):
                line.value = ""
        self._renumber()

    @on(OptionLine.Unwanted)
    async def _unwanted(self, message: OptionLine.Unwanted) -> None:
        message.stop()
        if not any(self.rows[self._place()].values):
            await self.action_remove_row()

    def action_go(self, step: int) -> None:
        self._focus(self._place() + step)

    @on(Input.Submitted, ".label")
    def _next(self, message: Input.Submitted) -> None:
        """Enter in a label goes to the next row."""
        message.stop()
        self._focus(self._place() + 1)

    @on(Input.Changed, ".label")
    async def _keep_spare(self) -> None:
        rows = self.rows
        if rows and any(rows[-1].values) and len(rows) < MAX_OPTIONS:
            await self._add(("", ""))

    @on(OptionLine.Pasted)
    async def _paste(self, message: OptionLine.Pasted) -> None:
        """Several pasted lines fill this row if it is empty, the empty ones after it, and then new ones."""
        message.stop()
        place = self._place()
        place += any(self.rows[place].values)
        for count, line in enumerate(message.lines):
            rows = self.rows
            if place < len(rows) and not any(rows[place].values):
                rows[place].query_one(".label", Input).value = line
            elif len(rows) < MAX_OPTIONS:
                await self._add((line, ""), after=place - 1)
            else:
                left = len(message.lines) - count
                self.notify(f"{MAX_OPTIONS} options at most: {left} pasted lines were left out.", severity="warning")
                break
            place += 1
        self._renumber()

    async def _add(self, row: Row, after: int | None = None) -> None:
        rows = self.rows
        await self.mount(OptionRow(row), after=rows[-1 if after is None else after])
        self._renumber()
