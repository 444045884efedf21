"""How the excess falls with depth, topology by topology, as a figure."""

from __future__ import annotations

import math
from typing import Final

from chatarena.networks.sweep import Interval, Sweep
from chatarena.report.html.elements import Markup
from chatarena.report.html.plots import Curve, Level, Place, curves

# Shares below this are drawn at it: what is left there is rounding, or as good as nothing.
FLOOR: Final = 1e-4


def excess_by_depth(swept: Sweep, *, held_out: bool = False) -> Markup:
    """Excess against depth on a logarithmic scale, with intervals over allocations; the best agent alone as a level.

    Args:
        held_out: the excess on rows nobody learned from, where the sweep has it.

    Raises:
        ValueError: held out, but the sweep kept no rows out.
    """
    lines = []
    for number, curve in enumerate(swept.curves):
        course = curve.heldout if held_out else curve.excess
        if course is None:
            raise ValueError("this sweep kept no rows out")
        places = tuple(_place(depth, one) for depth, one in zip(curve.depths, course, strict=True))
        lines.append(Curve(label=curve.topology, places=places, tone=f"c{number % 5}", dash=number // 5 % 3))
    levels = [Level(label="best agent alone", value=_height(swept.curves[0].best_alone.mean))]
    where = "on rows kept out" if held_out else "in sample"
    return curves(
        lines,
        levels,
        title=f"Excess over the best predictor on all features, {where}, by depth",
        key="excess-heldout" if held_out else "excess",
        along="depth: agents on the longest path so far",
        shown=_share,
    )


def _place(depth: int, one: Interval) -> Place:
    low = None if one.low is None else _height(one.low)
    high = None if one.high is None else _height(one.high)
    return Place(at=depth, value=_height(one.mean), low=low, high=high)


def _height(value: float) -> float:
    return math.log10(max(value, FLOOR))


def _share(height: float) -> str:
    value = 10.0**height
    if value <= FLOOR:
        return f"≤ {100 * FLOOR:.1g}%"
    return f"{value:.0%}" if value >= 0.0095 else f"{100 * value:.1g}%"
