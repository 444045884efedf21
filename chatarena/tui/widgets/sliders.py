"""Numbers by keys: one slider a row, and a value that is missing stays missing until it is given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import RenderResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from chatarena.authoring.text import one_line
from chatarena.tui.cells import MISSING, bar, crop, fit, width

Values = tuple[float | None, ...]
START, COARSE, FINE = 50.0, 5.0, 1.0


class Sliders(Widget, can_focus=True):
    """Rows of sliders from 0 to 100. Up and down choose the row, left and right move it, digits type it."""

    ALLOW_SELECT = False
    BINDING_GROUP_TITLE = "Numbers"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "row(-1)", "Row above", show=False, id="sliders.up"),
        Binding("down", "row(1)", "Row below", show=False, id="sliders.down"),
        Binding("left", "nudge(-5)", "Less", show=False, id="sliders.less"),
        Binding("right", "nudge(5)", "More", show=False, id="sliders.more"),
        Binding("shift+left,comma", "nudge(-1)", "A little less", show=False, id="sliders.less_fine"),
        Binding("shift+right,full_stop", "nudge(1)", "A little more", show=False, id="sliders.more_fine"),
        Binding("home", "put(0)", "Lowest", show=False, id="sliders.lowest"),
        Binding("end", "put(100)", "Highest", show=False, id="sliders.highest"),
        Binding("backspace,delete", "forget", "No number", show=False, id="sliders.forget"),
        Binding("enter", "hand_in", "Done", show=False, id="sliders.hand_in"),
        # Bindings, not on_key: keys of both kinds typed ahead would overtake each other.
        *(Binding(str(digit), f"type({digit})", show=False, id=f"sliders.digit_{digit}") for digit in range(10)),
    ]
    DEFAULT_CSS = """
    Sliders { height: auto; padding: 0 1; }
    Sliders:focus { background: $boost; }
    """

    class HandedIn(Message):
        """The numbers as they now stand were confirmed."""

        def __init__(self, sliders: Sliders, values: Values) -> None:
            super().__init__()
            self.sliders, self.values = sliders, values

        @property
        def control(self) -> Sliders:
            return self.sliders

    class Moved(Message):
        """A number was changed."""

        def __init__(self, sliders: Sliders) -> None:
            super().__init__()
            self.sliders = sliders

        @property
        def control(self) -> Sliders:
            return self.sliders

    def __init__(self, labels: Sequence[str], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._labels = [one_line(label) for label in labels]
        self.values: list[float | None] = [None] * len(labels)
        self.row = 0
        self.heading = ""
        self._typed = ""

    def show(self, heading: str, values: Values | None = None) -> None:
        """Set the heading and, where given, the values."""
        self.heading = one_line(heading)
        if values is not None:
            self.values, self.row, self._typed = list(values), 0, ""
        self.refresh()

    # -- keys ----------------------------------------------------------------------------------------------------

    def action_row(self, step: int) -> None:
        self.row = (self.row + step) % len(self.values)
        self._typed = ""
        self.refresh()

    def action_nudge(self, by: int) -> None:
        old = self.values[self.row]
        self._put(self._start() if old is None else old + by)

    def action_put(self, value: int) -> None:
        self._put(value)

    def action_forget(self) -> None:
        self._put(None)

    def action_hand_in(self) -> None:
        self._typed = ""
        self.post_message(self.HandedIn(self, tuple(self.values)))

    def action_type(self, digit: int) -> None:
        """One more digit of the number; where that would pass 100 a new number begins."""
        typed = f"{self._typed}{digit}"
        self._typed = typed if int(typed) <= 100 else str(digit)
        self._put(float(self._typed), typed=True)

    def _start(self) -> float:
        """Where a number that was missing begins."""
        return START

    def _put(self, value: float | None, *, typed: bool = False) -> None:
        if not typed:
            self._typed = ""
        self.values[self.row] = None if value is None else min(100.0, max(0.0, float(value)))
        self.refresh()
        self.post_message(self.Moved(self))

    # -- painting ------------------------------------------------------------------------------------------------

    def render(self) -> RenderResult:
        above, below = self._above(self.size.width), self._below(self.size.width)
        cells, rows = self.size.width, max(1, self.size.height - 1 - len(above) - len(below))
        first = min(max(0, self.row - rows + 1), max(0, len(self.values) - rows))
        lines = self._lines(cells)
        where = f" ({self.row + 1} of {len(lines)})" if len(lines) > rows else ""
        painted = [Content.styled(crop(self.heading, cells - len(where)) + where, "bold"), *above]
        for index in range(first, min(first + rows, len(lines))):
            chosen = index == self.row and self.has_focus
            painted.append(Content.styled(lines[index], "reverse") if chosen else Content(lines[index]))
        return Content("\n").join([*painted, *below])

    def _above(self, cells: int) -> list[Content]:
        """Lines between heading and rows."""
        return []

    def _below(self, cells: int) -> list[Content]:
        """Lines below the rows."""
        return []

    def _lines(self, cells: int) -> list[str]:
        label_cells = min(max(map(width, self._labels)), max(8, cells * 2 // 5))
        room = max(4, cells - label_cells - 8)
        chosen = self.row if self.has_focus else None
        return [
            f"{'▸' if index == chosen else ' '} {fit(label, label_cells)} {self._gauge(index, room)}"
            for index, label in enumerate(self._labels)
        ]

    def _gauge(self, index: int, room: int) -> str:
        """The bar of a row and its number."""
        value = self.values[index]
        return f"{bar(None if value is None else value / 100, room, knob=True)} {fit(number(value), 4, right=True)}"


def number(value: float | None) -> str:
    """A rating in whole points; a missing one is a dash."""
    return MISSING if value is None else f"{value:.0f}"
