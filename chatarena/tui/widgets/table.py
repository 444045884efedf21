"""A table of any length: only lines in sight are ever made. Law: whatever is in it, it is shown as plain text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from chatarena.tui.cells import crop, fit, width
from chatarena.tui.columns import GAP, Column, joined, natural, widths
from chatarena.tui.widgets.walked import Walked, plain, walking

POINTER, BLANK = "▸ ", "  "
BEFORE = width(POINTER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row: its cells in the order of the columns, what stands below them, and how it looks.

    A `heading` cannot be chosen. `strong` parts of the text below are given by position.
    """

    id: str
    cells: tuple[str, ...]
    below: str = ""
    strong: tuple[tuple[int, int], ...] = ()
    heading: bool = False
    quiet: bool = False


class Table(Walked):
    """Rows to move over with the arrow keys and to choose from with Enter; the mouse does the same."""

    BINDING_GROUP_TITLE = "Table"
    COMPONENT_CLASSES: ClassVar[set[str]] = {"table--head", "table--cursor", "table--heading", "table--quiet"}
    BINDINGS: ClassVar[list[BindingType]] = [
        *walking("table", ("first", "To the first"), ("last", "To the last")),
        Binding("enter", "choose", "Open", show=False, id="table.choose"),
    ]
    DEFAULT_CSS = """
    Table > .table--head { color: $text-muted; text-style: underline; }
    Table > .table--heading { color: $text-accent; text-style: bold; }
    Table > .table--quiet { color: $text-muted; }
    Table > .table--cursor { text-style: bold; }
    Table:focus > .table--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
    """

    class Highlighted(Message):
        """Another row is under the pointer; `id` is empty where there is none."""

        def __init__(self, table: Table, id: str) -> None:
            super().__init__()
            self.table, self.id = table, id

        @property
        def control(self) -> Table:
            return self.table

    class Edge(Message):
        """The arrows went beyond the first row (-1) or the last (1)."""

        def __init__(self, table: Table, direction: int) -> None:
            super().__init__()
            self.table, self.direction = table, direction

        @property
        def control(self) -> Table:
            return self.table

    class Chosen(Message):
        """A row was chosen."""

        def __init__(self, table: Table, id: str) -> None:
            super().__init__()
            self.table, self.id = table, id

        @property
        def control(self) -> Table:
            return self.table

    def __init__(
        self, columns: Sequence[Column], *, id: str, empty: str = "", titles: bool = True, stays: bool = True
    ) -> None:
        """Make it.

        Args:
            stays: whether the pointer is seen while the focus is somewhere else: where what is chosen counts then.
        """
        super().__init__(id=id)
        self._stays = stays
        self.columns = tuple(columns)
        self.lines: tuple[Line, ...] = ()
        self._empty, self._titles = empty, titles
        self._cursor = -1
        self._longest: tuple[int, ...] = ()
        self._widths: tuple[int, ...] = ()
        self._tall = 1

    # -- what is in it --------------------------------------------------------------------------------------------

    def show(self, lines: Sequence[Line], *, empty: str | None = None) -> None:
        """These rows; the pointer stays on the same row where that is still there, else at its place."""
        kept, place = self.current, self._cursor
        self.lines = tuple(lines)
        self._empty = self._empty if empty is None else empty
        self._longest = natural(self.columns, [line.cells for line in self.lines if not line.heading])
        self._tall = 2 if any(line.below for line in self.lines) else 1
        ids = {line.id: at for at, line in enumerate(self.lines) if not line.heading}
        self._cursor = ids.get(kept, self._nearest(place)) if kept else self._nearest(0)
        self._measure()
        self._follow()
        if self.current != kept:
            self.post_message(self.Highlighted(self, self.current))

    @property
    def current(self) -> str:
        """The id of the row under the pointer; empty where there is none."""
        return self.lines[self._cursor].id if 0 <= self._cursor < len(self.lines) else ""

    def go_to(self, id: str) -> None:
        """Put the pointer on this row; nothing where there is no such row."""
        for at, line in enumerate(self.lines):
            if line.id == id and not line.heading:
                self._point(at)

    def _nearest(self, place: int) -> int:
        """The row that can be chosen nearest to this place; -1 where there is none."""
        able = [at for at, line in enumerate(self.lines) if not line.heading]
        return min(able, key=lambda at: abs(at - place), default=-1)

    # -- moving ---------------------------------------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        self._step(self._cursor, by)

    def action_move_page(self, pages: int) -> None:
        rows = max(1, (self.size.height - self._titles) // self._tall - 1)
        target = min(max(0, self._cursor + pages * rows), len(self.lines) - 1)
        self._point(self._nearest(target))

    def action_edge(self, direction: int) -> None:
        self._point(self._nearest(0 if direction < 0 else len(self.lines) - 1))

    def action_choose(self) -> None:
        if self.current:
            self.post_message(self.Chosen(self, self.current))

    def _step(self, place: int, by: int) -> None:
        """To the next row in this direction that can be chosen."""
        place += by
        while 0 <= place < len(self.lines) and self.lines[place].heading:
            place += by
        if 0 <= place < len(self.lines):
            self._point(place)
        else:
            self.post_message(self.Edge(self, by))

    def _point(self, place: int) -> None:
        if place != self._cursor and 0 <= place < len(self.lines):
            self._cursor = place
            self._follow()
            self.refresh()
            self.post_message(self.Highlighted(self, self.current))

    def _follow(self) -> None:
        """Scroll as far as it takes to see the pointer's row."""
        if 0 <= self._cursor <= self._nearest(0):
            self.scroll_home(animate=False)  # and see the heading above the first
        elif self._cursor >= 0:
            region = Region(0, self._cursor * self._tall, 1, self._tall + self._titles)
            self.scroll_to_region(region, animate=False, force=True)

    def _at(self, event: events.MouseEvent) -> int:
        """The row under the mouse; -1 where there is none that can be chosen."""
        if self._titles and event.y == 0:
            return -1
        place = (event.y - self._titles + self.scroll_offset.y) // self._tall
        return place if 0 <= place < len(self.lines) and not self.lines[place].heading else -1

    def on_click(self, event: events.Click) -> None:
        """Once points at a row, on the row that is pointed at already chooses it."""
        place = self._at(event)
        if place < 0:
            return
        if place == self._cursor:
            self.action_choose()
        else:
            self._point(place)

    # -- drawing --------------------------------------------------------------------------------------------------

    def on_resize(self) -> None:
        self._measure()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    @property
    def _cells(self) -> int:
        """The width that rows have, the scrollbar's place left out."""
        return self.scrollable_content_region.width

    def _measure(self) -> None:
        room = max(1, self._cells - BEFORE)
        longest = self._longest or natural(self.columns, ())
        self._widths = widths(self.columns, longest, room)
        self.virtual_size = Size(self._cells, len(self.lines) * self._tall + self._titles)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        cells = self._cells
        base = self.rich_style
        if self._titles and y == 0:
            return self._strip(self._row([column.title for column in self.columns]), self._look("head"), cells)
        at, half = divmod(y - self._titles + self.scroll_offset.y, self._tall)
        if not self.lines:
            return self._strip(f"{BLANK}{self._empty if y == self._titles else ''}", self._look("quiet"), cells)
        if at >= len(self.lines):
            return Strip.blank(cells, base)
        line, pointed = self.lines[at], at == self._cursor and (self._stays or self.has_focus)
        style = self._look("cursor" if pointed else "heading" if line.heading else "quiet" if line.quiet else "")
        if half:
            return self._below(line, base + self._look("quiet") if not pointed else base + style, cells)
        if line.heading:
            return self._strip(f"{BLANK}{line.cells[0] if line.cells else ''}", style, cells)
        texts = joined(self.columns, line.cells, self._widths)
        return self._strip(self._row(texts, pointed=pointed), style, cells)

    def _look(self, name: str) -> Style:
        return self.rich_style + self.get_component_rich_style(f"table--{name}") if name else (self.rich_style)

    def _row(self, row: Sequence[str], *, pointed: bool = False) -> str:
        shown = [
            fit(row[place] if place < len(row) else "", cells, right=self.columns[place].right)
            for place, cells in enumerate(self._widths)
            if cells
        ]
        return (POINTER if pointed else BLANK) + (" " * GAP).join(shown)

    def _strip(self, text: str, style: Style, cells: int) -> Strip:
        return Strip([Segment(fit(plain(text), cells), style)], cells)

    def _below(self, line: Line, style: Style, cells: int) -> Strip:
        """The second half of a row, what was searched for in bold."""
        margin = BLANK + BLANK
        below = plain(line.below)
        text = crop(below, max(0, cells - len(margin)))
        segments, at = [Segment(margin, style)], 0
        for start, end in line.strong if below == line.below else ():
            if start < at or end > len(text):
                continue
            segments += [
                Segment(text[at:start], style),
                Segment(text[start:end], style + Style(bold=True, underline=True)),
            ]
            at = end
        segments.append(Segment(text[at:], style))
        return Strip([piece for piece in segments if piece.text]).adjust_cell_length(cells, style)
