"""The figures of a hull analysis as one picture, for papers and slides. Needs the extra `figures` (matplotlib)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from chatarena.report.hull.text import figure, signed
from chatarena.report.hull.view import View
from chatarena.report.pictures import empty, plain, png, require

if TYPE_CHECKING:
    Axes = Any
    Sheet = Any

# The colours of the pages on paper, told apart by people with any kind of colour vision.
BLUE, ORANGE, GREY, PURPLE = "#0069a8", "#c24a00", "#4f5b66", "#a1418a"
ROW: Final = 0.32
WIDE: Final = 9.0
LABEL: Final = 44


@dataclass(frozen=True, slots=True, kw_only=True)
class _Panel:
    """A figure: its title, how high it is in inches, and what draws it."""

    title: str
    height: float
    draw: Callable[[Axes], None]


def draw(view: View) -> tuple[bytes, bool]:
    """The figures below each other, as a PNG, and whether every character had a font on this machine.

    Raises:
        UsageError: matplotlib is not installed.
    """
    require("--html")
    return png(lambda: _drawn(view))


def _drawn(view: View) -> Sheet:
    panels = _panels(view)
    heights = [panel.height for panel in panels]
    made = empty(WIDE, sum(heights) + 1.4)
    made.suptitle(f"{plain(view.title)}\n{plain(view.verdict[0])}", fontsize=11, wrap=True)
    if view.alarms:
        made.supxlabel(plain("\n".join(f"! {line}" for line in view.alarms)), fontsize=8, wrap=True, x=0.02, ha="left")
    axes = made.subplots(len(panels), 1, squeeze=False, gridspec_kw={"height_ratios": heights})
    for panel, axis in zip(panels, axes[:, 0], strict=True):
        axis.set_title(plain(panel.title), loc="left", fontsize=10, fontweight="bold")
        for side in ("top", "right"):
            axis.spines[side].set_visible(False)
        panel.draw(axis)
    return made


def _panels(view: View) -> list[_Panel]:
    what = "largest" if view.largest else "root mean square"
    kept = "on instances kept out" if any(one.held_out is not None for one in view.answers) else "on fitted instances"
    rows = [
        _Dot(
            label=one.name,
            value=one.fitted if one.held_out is None else one.held_out,
            low=one.low,
            high=one.high,
            colour=ORANGE if one.chosen else BLUE if one.weighed else GREY,
        )
        for one in view.answers
    ]
    panels = [_dots(f"How far off each answer is ({what} error {kept})", rows)]
    if view.weights:
        weights = [
            _Dot(label=one.agent, value=one.weight, low=one.low, high=one.high, colour=BLUE) for one in view.weights
        ]
        panels.append(_dots("Who carries weight", weights))
    if view.curve:
        panels.append(_Panel(title="Error by number of agents", height=2.8, draw=lambda axis: _curve(view, axis)))
    if view.spots:
        title = "Agents together minus person (orange: every single agent is off to that side)"
        height = ROW * len(view.spots) + 0.5
        panels.append(_Panel(title=title, height=height, draw=lambda axis: _spots(view, axis)))
    return panels


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dot:
    label: str
    value: float
    low: float | None
    high: float | None
    colour: str


def _dots(title: str, rows: Sequence[_Dot]) -> _Panel:
    def drawn(axis: Axes) -> None:
        for place, row in enumerate(rows):
            if row.low is not None and row.high is not None:
                axis.plot([row.low, row.high], [place, place], color=row.colour, alpha=0.35, linewidth=4)
            axis.plot([row.value], [place], "o", color=row.colour)
            end = max(row.value, row.high if row.high is not None else row.value)
            axis.annotate(figure(row.value), (end, place), (7, 0), textcoords="offset points", va="center", fontsize=8)
        axis.axvline(0.0, color=GREY, linewidth=0.8)
        _labelled(axis, [row.label for row in rows])

    return _Panel(title=title, height=ROW * len(rows) + 0.5, draw=drawn)


def _labelled(axis: Axes, labels: Sequence[str]) -> None:
    short = [label if len(label) <= LABEL else f"{label[: LABEL - 1]}…" for label in labels]
    axis.set_yticks(range(len(labels)), [plain(label) for label in short], fontsize=8)
    axis.tick_params(axis="x", labelsize=8)
    # Half a row of room above and below, the first row on top.
    axis.set_ylim(len(labels) - 0.5, -0.5)
    axis.margins(x=0.16)


def _curve(view: View, axis: Axes) -> None:
    colours = (ORANGE, GREY, GREY, GREY)
    styles = ("-", "--", ":", "-.")
    for place, line in enumerate(view.curve):
        sizes = [step.agents for step in line.steps]
        colour, style = colours[min(place, 3)], styles[min(place, 3)]
        axis.plot(
            sizes, [step.held_out for step in line.steps], style, color=colour, label=plain(f"{line.name}, kept out")
        )
    first = view.curve[0].steps
    sizes = [step.agents for step in first]
    axis.fill_between(sizes, [s.low for s in first], [s.high for s in first], color=ORANGE, alpha=0.15, linewidth=0)
    axis.plot(sizes, [step.fitted for step in first], color=BLUE, linewidth=0.9, label="fitted")
    for band in view.bands[:1]:
        axis.axhspan(band.low, band.typical, color=PURPLE, alpha=0.15, linewidth=0, label="fitted to chance")
    from matplotlib.ticker import MaxNLocator

    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.set_xlabel("number of agents", fontsize=8)
    axis.set_ylim(bottom=0.0)
    axis.tick_params(labelsize=8)
    axis.legend(fontsize=7, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))


def _spots(view: View, axis: Axes) -> None:
    for place, spot in enumerate(view.spots):
        axis.barh(place, spot.residual, height=0.5, color=ORANGE if spot.one_sided else BLUE)
        beside = (6, 0) if spot.residual >= 0 else (-6, 0)
        side = "left" if spot.residual >= 0 else "right"
        at = (spot.residual, place)
        axis.annotate(signed(spot.residual), at, beside, textcoords="offset points", va="center", ha=side, fontsize=8)
    axis.axvline(0.0, color=GREY, linewidth=0.8)
    _labelled(axis, [spot.label for spot in view.spots])
