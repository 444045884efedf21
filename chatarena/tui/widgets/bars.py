"""Bars of probabilities, with a mark where each stood before: of the choices by quantal response, and of beliefs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget

from chatarena.arena.decision import Decision
from chatarena.arena.forecast import Forecast
from chatarena.authoring.text import one_line
from chatarena.tui.blocks import YOU
from chatarena.tui.cells import MISSING, bar, crop, fit, width
from chatarena.tui.scene import Scene
from chatarena.tui.wording import forecast_heading

MIN_BAR, MAX_LABEL_SHARE, WAS_CELLS = 6, 0.45, 10


Parts = tuple[str, str, str]


Shares = tuple[float | None, ...]


def bar_lines(labels: Sequence[str], now: Shares, before: Shares, cells: int) -> list[Parts]:
    """One line per label: label, bar with a mark where it was before, percent and, where it fits, percent before."""
    label_cells = min(max(map(width, labels)), max(8, int(cells * MAX_LABEL_SHARE)))
    was_cells = WAS_CELLS if any(value is not None for value in before) and cells - label_cells > 36 else 0
    room = max(MIN_BAR, cells - label_cells - 7 - was_cells)
    lines = []
    for label, value, old in zip(labels, now, before, strict=True):
        was = fit("" if old is None else f"was {percent(old)}", was_cells, right=True)
        figures = f" {fit(percent(value), 5, right=True)}{was}"
        lines.append((f"{fit(label, label_cells)} ", bar(value, room, mark=old), figures))
    return lines


def percent(share: float | None) -> str:
    """A probability in whole per cent; a missing one is a dash."""
    return MISSING if share is None else f"{share * 100:.0f} %"


class Bars(Widget):
    """Bars under their heading; in two columns where they do not fit one below the other."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Bars { height: auto; padding: 0 1; }
    """

    def __init__(self, labels: Sequence[str], *, id: str) -> None:
        super().__init__(id=id)
        self._labels = [one_line(label) for label in labels]
        nothing: Shares = (None,) * len(self._labels)
        self._put: tuple[Callable[[int], str], Shares, Shares] = (lambda _: "", nothing, nothing)
        self._heading = ""
        self._table: list[list[Parts]] = []

    def put(self, heading: Callable[[int], str], now: Shares, before: Shares) -> None:
        """Show these shares, with a mark where each was before; none at all may be given as an empty tuple.

        Args:
            heading: the heading for so many cells.
        """
        nothing = (None,) * len(self._labels)
        self._put = heading, now or nothing, before or nothing
        self._refresh_lines()

    def on_resize(self) -> None:
        self._refresh_lines()

    def _refresh_lines(self) -> None:
        cells, rows = self.size.width, max(1, self.size.height - 1)
        heading, now, before = self._put
        columns = -(-len(self._labels) // rows)
        each = (cells - 2 * (columns - 1)) // columns
        lines = bar_lines(self._labels, now, before, each)
        stacked = [lines[start : start + rows] for start in range(0, len(lines), rows)]
        table = [[column[row] for column in stacked if row < len(column)] for row in range(len(stacked[0]))]
        if (crop(heading(cells), cells), table) != (self._heading, self._table):
            self._heading, self._table = crop(heading(cells), cells), table
            self.refresh()

    def render(self) -> RenderResult:
        lines = [Content("  ").join(_line(parts) for parts in row) for row in self._table]
        return Content("\n").join([Content.styled(self._heading, "bold"), *lines])


class ChoiceBars(Bars):
    """How likely each choice is."""

    def __init__(self, decision: Decision, *, adjustable: bool = True, person: str = YOU) -> None:
        """Bars for the options; `adjustable` where the heading is to name the keys that change the precision."""
        super().__init__([option.label for option in decision.options], id="bars")
        self._adjustable, self._person = adjustable, person

    def show(self, scene: Scene, precision: float, *, what_if: Forecast | None = None) -> None:
        """Show the chances as they now stand.

        Args:
            precision: the one that was last asked for, which may still be on its way into the log.
            what_if: the chances with another precision: shown instead. Where `precision` is not that one, it is said
                that they are no more than a question.
        """
        shown, marked = what_if or scene.session.forecast, scene.marked
        asked = "" if what_if is None or what_if.precision == precision else f"{what_if.precision:g}"
        self.put(
            lambda cells: forecast_heading(
                shown, precision, cells, keys=self._adjustable, what_if=asked, person=self._person
            ),
            shown.probabilities if shown is not None else (),
            marked.probabilities if marked is not None else (),
        )


class BeliefBars(Bars):
    """How likely each state is to the participant."""

    def __init__(self, decision: Decision) -> None:
        super().__init__([state.label for state in decision.states], id="belief-bars")

    def show(self, now: Shares, before: Shares) -> None:
        """Show her beliefs, with marks where those before them stood."""
        self.put(lambda _: "What the participant believes", now, before)


def _line(parts: Parts) -> Content:
    label, drawn, figures = parts
    return Content.assemble(label, (drawn, "$primary"), figures)
