"""Live bars: how likely each choice is by quantal response, with last round's value marked."""

from __future__ import annotations

from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget

from chatarena.arena.decision import Decision
from chatarena.arena.forecast import Forecast
from chatarena.arena.settings import DEFAULT_PRECISION
from chatarena.authoring.text import one_line
from chatarena.tui.cells import MISSING, bar, crop, fit, width
from chatarena.tui.scene import Scene
from chatarena.tui.wording import forecast_heading

MIN_BAR, MAX_LABEL_SHARE, WAS_CELLS = 6, 0.45, 10


Parts = tuple[str, str, str]


def bar_lines(decision: Decision, shown: Forecast | None, marked: Forecast | None, cells: int) -> list[Parts]:
    """One line per option: label, bar with last round's mark, percent and, where it fits, last round's percent."""
    labels = [one_line(option.label) for option in decision.options]
    label_cells = min(max(map(width, labels)), max(8, int(cells * MAX_LABEL_SHARE)))
    now, before = (_probabilities(forecast, len(labels)) for forecast in (shown, marked))
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


def _probabilities(forecast: Forecast | None, options: int) -> tuple[float | None, ...]:
    return (None,) * options if forecast is None else forecast.probabilities


class ChoiceBars(Widget):
    """The bars under their heading; in two columns where the options do not fit one below the other."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    ChoiceBars { height: auto; padding: 0 1; }
    """

    def __init__(self, decision: Decision) -> None:
        super().__init__(id="bars")
        self._decision = decision
        self._heading = ""
        self._table: list[list[Parts]] = []
        self._scene, self._precision = Scene(), DEFAULT_PRECISION

    def show(self, scene: Scene, precision: float) -> None:
        """Show the chances as they now stand; `precision` is the one last asked for, which may still be on its way."""
        self._scene, self._precision = scene, precision
        self._refresh_lines()

    def on_resize(self) -> None:
        self._refresh_lines()

    def _refresh_lines(self) -> None:
        cells, rows = self.size.width, max(1, self.size.height - 1)
        session, options = self._scene.session, len(self._decision.options)
        columns = -(-options // rows)
        each = (cells - 2 * (columns - 1)) // columns
        lines = bar_lines(self._decision, session.forecast, self._scene.marked, each)
        stacked = [lines[start : start + rows] for start in range(0, len(lines), rows)]
        table = [[column[row] for column in stacked if row < len(column)] for row in range(len(stacked[0]))]
        heading = crop(forecast_heading(session.forecast, self._precision, cells), cells)
        if (heading, table) != (self._heading, self._table):
            self._heading, self._table = heading, table
            self.refresh()

    def render(self) -> RenderResult:
        lines = [Content("  ").join(_line(parts) for parts in row) for row in self._table]
        return Content("\n").join([Content.styled(self._heading, "bold"), *lines])


def _line(parts: Parts) -> Content:
    label, drawn, figures = parts
    return Content.assemble(label, (drawn, "$primary"), figures)
