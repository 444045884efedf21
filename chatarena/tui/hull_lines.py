"""A hull analysis in lines of a terminal: dots with their intervals, bars to both sides, courses as sparklines.

Law: a line takes exactly the cells it is given, whatever anybody is called; every mark has its number beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chatarena.report.hull.text import DUST, courses, figure, signed
from chatarena.report.hull.view import Answer, Share, Spot, View
from chatarena.tui.cells import fit, width, wrap

DOT, REACH = "●", "─"
NUMBER = 9
MOST_LABEL = 0.42
NARROWEST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A line: what it is about, what is drawn, and the number; `strong` where it is what was asked about."""

    label: str
    drawn: str
    number: str
    strong: bool = False


def dotted(value: float, low: float | None, high: float | None, span: tuple[float, float], cells: int) -> str:
    """A dot at its place between the ends of `span`, on a line as long as its interval."""
    begin, end = span
    reach = (value, value if low is None else low, value if high is None else high)
    places = [_cell(one - begin, end - begin, cells) for one in reach]
    drawn = [" "] * cells
    for place in range(min(places), max(places) + 1):
        drawn[place] = REACH
    drawn[places[0]] = DOT
    return "".join(drawn)


def _cell(distance: float, span: float, cells: int) -> int:
    share = distance / span if span > 0 else 0.0
    return min(cells - 1, max(0, round(share * (cells - 1))))


def both_ways(value: float, reach: float, cells: int) -> str:
    """A bar from the middle: to the right where positive."""
    half = (cells - 1) // 2
    length = round(min(1.0, abs(value) / reach) * half) if reach > DUST else 0
    if value >= 0:
        return (" " * half + "│" + "█" * length).ljust(cells)
    return (" " * (half - length) + "█" * length + "│").ljust(cells)


def answers(view: View, cells: int) -> list[Mark]:
    """How far off each answer is, on instances kept out where there were any."""
    ends = [end for one in view.answers for end in (_value(one), one.low, one.high) if end is not None]
    label, room = _columns([one.name for one in view.answers], cells)
    span = (0.0, max(ends, default=1.0) or 1.0)
    return [
        Mark(
            label=fit(one.name, label),
            drawn=dotted(_value(one), one.low, one.high, span, room),
            number=fit(figure(_value(one)), NUMBER, right=True),
            strong=one.chosen,
        )
        for one in view.answers
    ]


def _value(one: Answer) -> float:
    return one.fitted if one.held_out is None else one.held_out


def weights(shares: Sequence[Share], cells: int) -> list[Mark]:
    """Who carries weight."""
    ends = [end for one in shares for end in (one.weight, one.low, one.high) if end is not None]
    label, room = _columns([one.agent for one in shares], cells)
    span = (min(0.0, *ends), max(0.0, *ends) or 1.0) if ends else (0.0, 1.0)
    return [
        Mark(
            label=fit(one.agent, label),
            drawn=dotted(one.weight, one.low, one.high, span, room),
            number=fit(figure(one.weight), NUMBER, right=True),
        )
        for one in shares
    ]


def spots(found: Sequence[Spot], cells: int) -> list[Mark]:
    """Where the agents together are off; strong where every single one is, to the same side."""
    reach = max((abs(one.residual) for one in found), default=0.0)
    label, room = _columns([one.label for one in found], cells)
    return [
        Mark(
            label=fit(one.label, label),
            drawn=both_ways(one.residual, reach, room),
            number=fit(signed(one.residual), NUMBER, right=True),
            strong=one.one_sided,
        )
        for one in found
    ]


def course(view: View, cells: int) -> list[Mark]:
    """How held-out errors fall with the number of agents, all on one scale."""
    label, room = _columns([line.name for line in view.curve], cells)
    return [
        Mark(
            label=fit(line.name, label),
            drawn=fit(drawn, room),
            number=fit(figure(line.steps[-1].held_out), NUMBER, right=True),
            strong=place == 0,
        )
        for place, (line, drawn) in enumerate(zip(view.curve, courses(view.curve, room), strict=True))
    ]


def _columns(labels: Sequence[str], cells: int) -> tuple[int, int]:
    """Cells for the labels and for what is drawn."""
    label = min(max(map(width, labels), default=0), max(NARROWEST, int(cells * MOST_LABEL)))
    return label, max(NARROWEST, cells - label - NUMBER - 2)


def sentences(lines: Sequence[str], cells: int, *, sign: str = "· ") -> Iterator[str]:
    """Sentences with a hanging indent."""
    for line in lines:
        first, *rest = wrap(line, cells - width(sign))
        yield f"{sign}{first}"
        yield from (" " * width(sign) + more for more in rest)
