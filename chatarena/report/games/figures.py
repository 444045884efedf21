"""Figures of games: loss along a curve with its bound, and what the user gets from whom."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from chatarena.games.curves import LossCurve, Point
from chatarena.games.instances import two_epsilon
from chatarena.games.solution import Solution, solve
from chatarena.report.games.text import CONCEPTS
from chatarena.report.html.elements import Markup
from chatarena.report.html.plots import Curve, Dot, Place, curves, dots

ALONG: Final = {
    "epsilon": "largest residual, as a share of the range of her utilities",
    "leaders": "number of leaders",
    "precision": "her precision lambda (logarithmic)",
}
# What stands over the upright axis: drawn games have their utilities on this scale, and so have the tables.
LOST: Final = "loss of her utility, which runs from 0 to 1"
# Places are whole numbers: hundredths of a residual, fine parts of a doubling from 1 on.
HUNDREDTHS: Final = 100
PARTS: Final = 10_000
# A bound above the whole scale says nothing and is not drawn.
WHOLE: Final = 1.0
# The game that nearly reaches 2 epsilon, drawn beside drawn ones.
STATES: Final = 5


def loss_figure(curve: LossCurve) -> Markup:
    """Worst and mean equilibrium along a curve, with the bound where one is known."""
    worst = Curve(
        label="worst equilibrium, mean",
        places=tuple(_place(curve, p, p.worst_mean, p.low, p.high) for p in curve.points),
        tone="c1",
    )
    mean = Curve(
        label="mean equilibrium",
        places=tuple(_place(curve, p, p.mean_equilibrium) for p in curve.points),
        tone="c0",
        dash=1,
    )
    largest = Curve(
        label="worst of all games", places=tuple(_place(curve, p, p.largest) for p in curve.points), tone="c2", dash=2
    )
    lines = [worst, mean, largest]
    if curve.over == "epsilon":
        lines.append(_nearly_tight(curve))
    known = [_place(curve, p, p.bound) for p in curve.points if p.bound is not None and p.bound <= WHOLE]
    if len(known) > 1:
        label = f"{'2 epsilon' if curve.over != 'precision' else 'bound T2'} (derived here)"
        lines.append(Curve(label=label, places=tuple(known), tone="c5"))
    who = "all talk" if curve.concept == "talk" else "she selects the best"
    return curves(
        lines,
        [],
        title=f"What she loses in equilibrium, {curve.family}, {who}, {curve.count} games a place, seed {curve.seed}",
        key=f"loss-{curve.over}",
        along=ALONG[curve.over] + undrawn(point.bound for point in curve.points),
        up=LOST,
        count=COUNTS[curve.over],
    )


def undrawn(bounds: Iterable[float | None]) -> str:
    """What is to be said where some bounds stand above the whole scale; nothing where none does."""
    above = any(bound is not None and bound > WHOLE for bound in bounds)
    return "; bounds above 1 say nothing and are not drawn" if above else ""


def doublings(number: float) -> int:
    """Where a number stands on a logarithmic scale."""
    return round(PARTS * math.log2(number))


def doubled(place: int) -> str:
    """The number that stands there."""
    number = 2.0 ** (place / PARTS)
    return f"{number:.3g}" if number < 1_000.0 else f"{number:.0f}"


COUNTS: Final[Mapping[str, Callable[[int], str]]] = {
    "epsilon": lambda place: f"{place / HUNDREDTHS:g}",
    "leaders": str,
    "precision": doubled,
}


def values_heading(found: Solution) -> str:
    """What the figure of values shows, and in which unit."""
    low, high = found.game.scale
    return f"What she gets, utilities from {low:g} to {high:g} ({found.game.name})"


def values_figure(found: Solution) -> Markup:
    """What the user gets from nobody, from each leader alone, from competition, and from all there is to know."""
    low, high = found.game.scale
    marks, names = found.benchmarks, found.game.leader_names

    def dot(label: str, least: float, most: float, tone: str) -> Dot:
        ends = [low + (high - low) * value for value in (least, most)]
        apart = most - least > 1e-6
        return Dot(
            label=label,
            value=ends[0],
            low=ends[0] if apart else None,
            high=ends[1] if apart else None,
            tone=tone,
            span=True,
        )

    best = "" if found.quantal_marks is None else ", responding best"
    rows = [dot(f"nobody says anything{best}", marks.prior, marks.prior, "c5")]
    rows += [
        dot(f"{names[one.leader]} alone{best}", one.user_lowest, one.user_highest, "c0") for one in marks.monopolies
    ]
    rows += [dot(CONCEPTS[each.concept], each.worst, each.best, "c1") for each in found.every]
    rows.append(dot(f"everything known{best}", marks.optimum, marks.optimum, "c5"))
    return dots(
        rows,
        title=f"{values_heading(found)}: dots are the least, bars reach to the most",
        key="values",
        zero=low == 0.0,
    )


def _nearly_tight(curve: LossCurve) -> Curve:
    places = []
    for point in curve.points:
        found = solve(two_epsilon(STATES, point.at).game).of("talk") if point.at > 0 else None
        places.append(_place(curve, point, 0.0 if found is None else found.loss))
    return Curve(label="the game two-epsilon", places=tuple(places), tone="c3")


def _place(curve: LossCurve, point: Point, value: float, low: float | None = None, high: float | None = None) -> Place:
    match curve.over:
        case "epsilon":
            at = round(HUNDREDTHS * point.at)
        case "leaders":
            at = round(point.at)
        case "precision":
            at = doublings(point.at)
    return Place(at=at, value=value, low=low, high=high)
