"""Networks and sweeps as pictures, for papers and slides. Needs the extra `figures` (matplotlib)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from chatarena.networks.network import Network
from chatarena.networks.sweep import Sweep
from chatarena.report.networks.arcs import arcs, reach
from chatarena.report.networks.drawing import describe, spots
from chatarena.report.networks.figure import FLOOR
from chatarena.report.pictures import empty, plain, png, require

if TYPE_CHECKING:
    Axes = Any
    Sheet = Any

# Told apart by people with any kind of colour vision, and by their dashes on a grey printer.
COLOURS: Final = ("#0069a8", "#c24a00", "#4f5b66", "#a1418a", "#3d7a2b")
DASHES: Final = ("-", "--", ":", "-.")
INK, LINE, FILL = "#1f4e79", "#66707a", "#eef3f8"
# Inches between columns and between rows of a drawing, and that a bow keeps from whom it passes.
ACROSS, DOWN, APART = 0.95, 0.55, 0.17
# A deeper network than this is drawn on a logarithmic scale.
DEEP: Final = 24


def network_picture(network: Network) -> tuple[bytes, bool]:
    """The drawing of `chatarena.report.networks.drawing.svg` as a PNG, and whether every character had a font here.

    Raises:
        UsageError: matplotlib is not installed.
    """
    require("--svg")
    return png(lambda: _network(network))


def sweep_picture(swept: Sweep) -> tuple[bytes, bool]:
    """Excess against depth in sample, and on rows kept out where there are any, with intervals, as a PNG; and the same.

    Raises:
        UsageError: matplotlib is not installed.
    """
    require("--svg")
    return png(lambda: _sweep(swept))


def _network(network: Network) -> Sheet:
    placed = spots(network)
    columns, rows = (1 + max(spot.column for spot in placed)), 1 + max(spot.row for spot in placed)
    made = arcs(network, [(ACROSS * spot.column, DOWN * spot.row) for spot in placed], APART)
    # Room for the ring, and for whatever bows above the first row or below the last.
    top, bottom = (down / DOWN for down in reach(made))
    top, bottom = max(0.6, 0.2 - top), min(0.4 - rows, -0.2 - bottom)
    sheet = empty(max(4.0, ACROSS * columns + 0.6), DOWN * (top - bottom) + 0.6)
    axis = sheet.subplots()
    for arc in made:
        axis.annotate(
            "",
            (arc.end[0] / ACROSS, -arc.end[1] / DOWN),
            (arc.start[0] / ACROSS, -arc.start[1] / DOWN),
            arrowprops={
                "arrowstyle": "-|>",
                "color": LINE,
                "lw": 0.8,
                "shrinkA": 11,
                "shrinkB": 13,
                "connectionstyle": f"arc3,rad={arc.bow}",
            },
        )
    for agent, spot in enumerate(placed):
        output = agent == network.output
        if output:
            axis.plot([spot.column], [-spot.row], "o", markersize=26, markerfacecolor="none", markeredgecolor=INK)
        axis.plot([spot.column], [-spot.row], "o", markersize=20, color=FILL, markeredgecolor=INK)
        axis.text(
            spot.column, -spot.row, plain(network.label(agent)), ha="center", va="center", fontsize=7, clip_on=False
        )
    axis.set_xlim(-0.6, columns - 0.4)
    axis.set_ylim(bottom, top)
    axis.axis("off")
    axis.set_title(plain(describe(network)), fontsize=8, loc="left", wrap=True)
    return sheet


def _sweep(swept: Sweep) -> Sheet:
    outside = any(curve.heldout is not None for curve in swept.curves)
    sheet = empty(9.0 if outside else 5.5, 4.0)
    axes = sheet.subplots(1, 2 if outside else 1, squeeze=False, sharey=True)[0]
    _courses(axes[0], swept, kept_out=False)
    if outside:
        _courses(axes[1], swept, kept_out=True)
    axes[0].set_ylabel("share of what all features explain", fontsize=8)
    axes[-1].legend(fontsize=7, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return sheet


def tick(value: float) -> str:
    """A share as it stands at the axis; the least that is drawn stands for all below."""
    return f"≤ {100 * FLOOR:g}%" if value <= FLOOR * 1.001 else f"{100 * value:.3g}%"


def _courses(axis: Axes, swept: Sweep, *, kept_out: bool) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    for number, curve in enumerate(swept.curves):
        course = curve.heldout if kept_out else curve.excess
        if course is None:
            continue
        colour, dash = COLOURS[number % len(COLOURS)], DASHES[number // len(COLOURS) % len(DASHES)]
        means = [max(one.mean, FLOOR) for one in course]
        axis.plot(
            curve.depths, means, dash, color=colour, marker="o", markersize=2.5, linewidth=1.2, label=curve.topology
        )
        if all(one.low is not None for one in course):
            low, high = (
                [max(end or 0.0, FLOOR) for end in ends]
                for ends in zip(*((o.low, o.high) for o in course), strict=True)
            )
            axis.fill_between(curve.depths, low, high, color=colour, alpha=0.15, linewidth=0)
    axis.axhline(
        max(swept.curves[0].best_alone.mean, FLOOR), color=LINE, linewidth=0.8, linestyle=":", label="best agent alone"
    )
    axis.set_yscale("log")
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value)))
    deepest = max(curve.depths[-1] for curve in swept.curves)
    if deepest > DEEP:
        axis.set_xscale("log", base=2)
        axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.set_xlabel("depth (logarithmic)", fontsize=8)
    else:
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.set_xlabel("depth", fontsize=8)
    axis.set_title("Excess on rows kept out" if kept_out else "Excess in sample", loc="left", fontsize=9)
    axis.tick_params(labelsize=8)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)
