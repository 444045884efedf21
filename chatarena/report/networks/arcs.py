"""How hand-offs run in a drawing of a network: straight to the next column, over several in a bow that passes nobody.

Points are (across, down) in whatever unit the drawing has.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from chatarena.networks.network import Network

Point = tuple[float, float]
# How far a hand-off may bow, as a share of its length, in order of liking; below 0 upwards.
BOWS: Final = (-0.25, 0.25, -0.12, 0.12, -0.4, 0.4, -0.55, 0.55)
# Places of a curve that are looked at.
STEPS: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Arc:
    """A hand-off as a quadratic curve: from, to, how far it bows, and the point it is drawn towards."""

    start: Point
    end: Point
    bow: float
    over: Point

    def at(self, share: float) -> Point:
        """Where it is after a share of its way."""
        x, y = (
            (1.0 - share) ** 2 * self.start[axis]
            + 2.0 * share * (1.0 - share) * self.over[axis]
            + share**2 * self.end[axis]
            for axis in (0, 1)
        )
        return x, y


def arcs(network: Network, points: Sequence[Point], apart: float) -> list[Arc]:
    """Every hand-off, agent by agent; if it cannot but pass somebody it bows as it would by itself.

    Args:
        network: whose hand-offs.
        points: where agents stand, columns by depth.
        apart: how far a bow keeps from everybody else.
    """
    return [
        _arc(network, points, parent, agent, apart) for agent, heard in enumerate(network.parents) for parent in heard
    ]


def reach(made: Sequence[Arc]) -> tuple[float, float]:
    """The least and the most that any of them is down; nothing reaches from 0 to 0."""
    downs = [arc.at(step / STEPS)[1] for arc in made for step in range(STEPS + 1)]
    return min(downs, default=0.0), max(downs, default=0.0)


def _arc(network: Network, points: Sequence[Point], parent: int, agent: int, apart: float) -> Arc:
    start, end = points[parent], points[agent]
    if network.depths[agent] - network.depths[parent] == 1:
        return _bowed(start, end, 0.0)
    others = [point for place, point in enumerate(points) if place not in (parent, agent)]
    tried = [_bowed(start, end, bow) for bow in BOWS]
    return next((one for one in tried if _clear(one, others, apart)), tried[0])


def _bowed(start: Point, end: Point, bow: float) -> Arc:
    across, down = end[0] - start[0], end[1] - start[1]
    over = (start[0] + end[0]) / 2.0 - bow * down, (start[1] + end[1]) / 2.0 + bow * across
    return Arc(start=start, end=end, bow=bow, over=over)


def _clear(arc: Arc, others: Sequence[Point], apart: float) -> bool:
    return all(math.dist(arc.at(step / STEPS), other) >= apart for step in range(1, STEPS) for other in others)
