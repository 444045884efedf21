"""Networks and sweeps as pictures, for papers and slides. Needs the extra `figures` (matplotlib)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from chatarena.networks.network import Network
from chatarena.networks.sweep import Sweep
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
# Inches between columns and between rows of a drawing.
ACROSS, DOWN = 0.95, 0.55


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
    sheet = empty(max(4.0, ACROSS * columns + 0.6), DOWN * rows + 1.1)
    axis = sheet.subplots()
    for agent, heard in enumerate(network.parents):
        for parent in heard:
            # Over several columns a line bows, so as not to run through whom it passes.
            bow = -0.25 if placed[agent].column - placed[parent].column > 1 else 0.0
            axis.annotate(
                "",
                (placed[agent].column, -placed[agent].row),
                (placed[parent].column, -placed[parent].row),
                arrowprops={
                    "arrowstyle": "-|>",
                    "color": LINE,
                    "lw": 0.8,
                    "shrinkA": 11,
                    "shrinkB": 13,
                    "connectionstyle": f"arc3,rad={bow}",
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
    # Room for whatever bows above the first row and for the ring.
    longest = max(
        (placed[a].column - placed[b].column for a, heard in enumerate(network.parents) for b in heard), default=1
    )
    axis.set_xlim(-0.6, columns - 0.4)
    axis.set_ylim(-(rows - 1) - 0.6, 0.6 + 0.13 * (longest - 1))
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


def _courses(axis: Axes, swept: Sweep, *, kept_out: bool) -> None:
    from matplotlib.ticker import MaxNLocator, PercentFormatter

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
    axis.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=None))
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.set_xlabel("depth", fontsize=8)
    axis.set_title("Excess on rows kept out" if kept_out else "Excess in sample", loc="left", fontsize=9)
    axis.tick_params(labelsize=8)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)
