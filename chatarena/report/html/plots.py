"""Plots in SVG of numbers that have intervals: dots on a line each, a curve with its band, bars to both sides of zero.

Every mark has its number beside it; each plot is drawn once for wide and once for narrow pages, and told in words.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from chatarena.report.html.elements import Attributes, Markup, element, join
from chatarena.report.html.figures import apart
from chatarena.report.html.marks import shorten

_ROW, _NARROW_ROW, _MOST_TICKS = 30, 44, 6
# Smaller than this is what rounding left of nothing.
_DUST: Final = 5e-13


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A number with its interval, if there is one; `tone` is a class of the style sheet that colours it.

    `span`: the interval is as much of the answer as the number, and stands beside it.
    """

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    tone: str = "c0"
    span: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A number that holds across a plot, drawn as a line with its name at the end; with `low` as a band from there."""

    label: str
    value: float
    low: float | None = None
    tone: str = "c5"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A point of a curve: how many, the number there, and its interval."""

    at: int
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A line through places, with the band of their intervals where they have any; the label stands at its end.

    `dash` tells lines of one colour apart.
    """

    label: str
    places: tuple[Place, ...]
    tone: str = "c0"
    dash: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axis:
    """Numbers from `low` to `high` on pixels from `begin` to `end`."""

    low: float
    high: float
    begin: float
    end: float

    def at(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.begin + share * (self.end - self.begin)

    def ticks(self) -> list[float]:
        step = nice_step(self.high - self.low, _MOST_TICKS)
        first = math.ceil(self.low / step - 1e-9)
        return [place * step for place in range(first, math.floor(self.high / step + 1e-9) + 1)]


def figure(value: float) -> str:
    """A number for people: three digits that count, and a plain zero for what rounding left of nothing."""
    if abs(value) < _DUST:
        return "0"
    return (f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}").replace("-", "\N{MINUS SIGN}", 1)


def nice_step(span: float, most: int) -> float:
    """The least of 1, 2, 5, 10, ... times a power of ten that divides the span into no more than `most` parts."""
    raw = span / most
    power = 10.0 ** math.floor(math.log10(raw))
    return next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= raw * (1 - 1e-9))


def dots(
    rows: Sequence[Dot],
    *,
    title: str,
    key: str,
    zero: bool = True,
    shown: Callable[[float], str] = figure,
) -> Markup:
    """Numbers on one scale, a line each, with their intervals.

    Args:
        key: what the ids within it begin with.
        zero: the scale begins (or ends, or passes) at zero.
        shown: a number in words.
    """
    ends = [value for row in rows for value in (row.value, row.low, row.high) if value is not None]
    low, high = _span(ends, zero=zero)
    words = " ".join(_told(row, shown) for row in rows)
    return join(
        (
            _dots_wide(rows, low, high, title, f"{key}-wide", words, shown),
            _dots_narrow(rows, low, high, title, f"{key}-narrow", words, shown),
        )
    )


def _told(row: Dot, shown: Callable[[float], str]) -> str:
    between = (
        f", between {shown(row.low)} and {shown(row.high)}" if row.low is not None and row.high is not None else ""
    )
    return f"{row.label}: {shown(row.value)}{between}."


def _span(values: Sequence[float], *, zero: bool) -> tuple[float, float]:
    low, high = min((0.0, *values) if zero else values), max((0.0, *values) if zero else values)
    if high - low < _DUST:
        return low - (0.0 if zero else 0.5), low + 1.0
    step = nice_step(high - low, _MOST_TICKS)
    return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step


def _dots_wide(
    rows: Sequence[Dot], low: float, high: float, title: str, key: str, words: str, shown: Callable[[float], str]
) -> Markup:
    axis = _Axis(low=low, high=high, begin=300.0, end=min(730.0, 784.0 - _longest(rows, shown)))
    height = _ROW * len(rows) + 34
    pieces = [_grid(axis, 6.0, height - 26.0, shown)]
    for place, row in enumerate(rows):
        y = _ROW * place + 22.0
        pieces.append(element("text", {"class": "name end", "x": 284, "y": y + 4.5}, shorten(row.label, 40)))
        pieces.append(_dot(row, axis, y, shown))
    return _svg("wide", 800, height, title, key, words, pieces)


def _dots_narrow(
    rows: Sequence[Dot], low: float, high: float, title: str, key: str, words: str, shown: Callable[[float], str]
) -> Markup:
    axis = _Axis(low=low, high=high, begin=10.0, end=min(284.0, 334.0 - _longest(rows, shown)))
    height = _NARROW_ROW * len(rows) + 34
    pieces = [_grid(axis, 2.0, height - 26.0, shown, most=4)]
    for place, row in enumerate(rows):
        y = _NARROW_ROW * place + 32.0
        pieces.append(element("text", {"class": "name", "x": 2, "y": y - 13}, shorten(row.label, 46)))
        pieces.append(_dot(row, axis, y, shown))
    return _svg("narrow", 350, height, title, key, words, pieces)


def _beside(row: Dot, shown: Callable[[float], str]) -> str:
    if row.span and row.low is not None and row.high is not None:
        return f"{shown(row.low)} to {shown(row.high)}"
    return shown(row.value)


def _longest(rows: Sequence[Dot], shown: Callable[[float], str]) -> float:
    """Pixels that the longest number beside a dot takes, about."""
    return 8.0 * max((len(_beside(row, shown)) for row in rows), default=0)


def _dot(row: Dot, axis: _Axis, y: float, shown: Callable[[float], str]) -> Markup:
    x, last = axis.at(row.value), axis.at(row.value)
    pieces = []
    if row.low is not None and row.high is not None:
        first, last = axis.at(row.low), max(last, axis.at(row.high))
        pieces.append(element("line", {"class": "interval", "x1": first, "x2": axis.at(row.high), "y1": y, "y2": y}))
    pieces.append(element("circle", {"class": "shape", "cx": x, "cy": y, "r": 5.5}))
    pieces.append(element("text", {"class": "label strong", "x": last + 12, "y": y + 4.5}, _beside(row, shown)))
    return element("g", {"class": row.tone, "aria-hidden": "true"}, *pieces)


def _grid(axis: _Axis, top: float, bottom: float, shown: Callable[[float], str], *, most: int = 99) -> Markup:
    ticks = axis.ticks()
    every = -(-len(ticks) // most)
    pieces = []
    for place, value in enumerate(ticks):
        x = axis.at(value)
        kind = "zero" if abs(value) < _DUST else "grid"
        pieces.append(element("line", {"class": kind, "x1": x, "x2": x, "y1": top, "y2": bottom}))
        if place % every == 0:
            pieces.append(element("text", {"class": "tick middle", "x": x, "y": bottom + 18}, shown(value)))
    return element("g", {"aria-hidden": "true"}, *pieces)


def _svg(
    name: str, width: int, height: float, title: str, key: str, words: str, pieces: Sequence[Markup], kind: str = ""
) -> Markup:
    attributes = {
        "class": f"paths {name}{f' {kind}' if kind else ''}",
        "viewBox": f"0 0 {width} {height:.0f}",
        "role": "img",
        "aria-labelledby": f"{key}-t {key}-d",
    }
    head = (element("title", {"id": f"{key}-t"}, title), element("desc", {"id": f"{key}-d"}, words))
    return element("svg", attributes, *head, *pieces)


# -- bars to both sides of zero ----------------------------------------------------------------------------------------


def both_sides(
    rows: Sequence[Dot], *, title: str, key: str, less: str, more: str, shown: Callable[[float], str] = figure
) -> Markup:
    """Signed numbers as bars from a line in the middle, each with its label; `less` and `more` name the two sides."""
    largest = max((abs(row.value) for row in rows), default=0.0)
    reach = _span([largest], zero=True)[1]
    words = " ".join(_told(row, shown) for row in rows)
    return join(
        _bars(
            rows, _Axis(low=-reach, high=reach, begin=begin, end=end), title, f"{key}-{name}", words, less, more, shown
        )
        for name, begin, end in (("wide", 330.0, 730.0), ("narrow", 58.0, 292.0))
    )


def _bars(
    rows: Sequence[Dot],
    axis: _Axis,
    title: str,
    key: str,
    words: str,
    less: str,
    more: str,
    shown: Callable[[float], str],
) -> Markup:
    wide = axis.begin > 100
    each, zero = (_ROW if wide else _NARROW_ROW), axis.at(0.0)
    height = each * len(rows) + 34
    pieces = [
        element("line", {"class": "zero", "x1": zero, "x2": zero, "y1": 24, "y2": height - 6}),
        element("text", {"class": "tick end", "x": zero - 10, "y": 14}, f"← {less}"),
        element("text", {"class": "tick", "x": zero + 10, "y": 14}, f"{more} →"),
    ]
    for place, row in enumerate(rows):
        y = each * place + (38.0 if wide else 54.0)
        name: Attributes = (
            {"class": "name end", "x": axis.begin - 62, "y": y + 4.5}
            if wide
            else {"class": "name", "x": 2, "y": y - 12}
        )
        pieces.append(element("text", name, shorten(row.label, 38 if wide else 46)))
        x = axis.at(row.value)
        box: Attributes = {
            "class": "fill",
            "x": min(x, zero),
            "y": y - 6,
            "width": abs(x - zero),
            "height": 12,
            "rx": 2,
        }
        side: Attributes = (
            {"class": "label strong", "x": x + 7, "y": y + 4.5}
            if row.value >= 0
            else {"class": "label strong end", "x": x - 7, "y": y + 4.5}
        )
        bar = (element("rect", box), element("text", side, f"{'+' if row.value > 0 else ''}{shown(row.value)}"))
        pieces.append(element("g", {"class": row.tone, "aria-hidden": "true"}, *bar))
    return _svg("wide" if wide else "narrow", 800 if wide else 350, height, title, key, words, pieces)


# -- curves ------------------------------------------------------------------------------------------------------------


def curves(
    lines: Sequence[Curve],
    levels: Sequence[Level],
    *,
    title: str,
    key: str,
    along: str,
    up: str = "",
    shown: Callable[[float], str] = figure,
    count: Callable[[int], str] = str,
) -> Markup:
    """How a number changes with a count, with bands, and with levels to compare it with.

    Args:
        along: what is counted.
        up: what the number is and in which unit; stands over the upright axis.
        count: a count in words.
    """
    told = (*(_course(line, shown, count) for line in lines), *(f"{one.label}: {shown(one.value)}." for one in levels))
    words = " ".join((f"{up}.", *told) if up else told)
    values = [
        value
        for line in lines
        for place in line.places
        for value in (place.value, place.low, place.high)
        if value is not None
    ]
    low, high = _span(
        [*values, *(one.value for one in levels), *(one.low for one in levels if one.low is not None)], zero=True
    )
    drawn = []
    for name, width, right, top_left in (("wide", 800, 560.0, 56.0), ("narrow", 350, 214.0, 44.0)):
        y = _Axis(low=low, high=high, begin=262.0, end=34.0 if up else 14.0)
        first = min(place.at for line in lines for place in line.places)
        last = max(place.at for line in lines for place in line.places)
        x = _Axis(low=first, high=max(last, first + 1), begin=top_left + 12, end=right - 8)
        pieces = [_frame(x, y, (first, last), top_left, right, along, shown, count)]
        if up:
            pieces.append(element("text", {"class": "tick", "x": 6, "y": 14, "aria-hidden": "true"}, up))
        pieces += [_level(one, y, top_left, right) for one in levels]
        pieces += [_curve(line, x, y) for line in lines]
        pieces.append(_ends(lines, levels, y, right, 30 if name == "wide" else 17))
        drawn.append(_svg(name, width, 306, title, f"{key}-{name}", words, pieces))
    return join(drawn)


def _course(line: Curve, shown: Callable[[float], str], count: Callable[[int], str]) -> str:
    first, last = line.places[0], line.places[-1]
    return f"{line.label}: {shown(first.value)} at {count(first.at)}, {shown(last.value)} at {count(last.at)}."


def _frame(
    x: _Axis,
    y: _Axis,
    counts: tuple[int, int],
    left: float,
    right: float,
    along: str,
    shown: Callable[[float], str],
    told: Callable[[int], str],
) -> Markup:
    pieces = []
    for value in y.ticks():
        at = y.at(value)
        pieces.append(element("line", {"class": "grid", "x1": left, "x2": right, "y1": at, "y2": at}))
        pieces.append(element("text", {"class": "tick end", "x": left - 6, "y": at + 4}, shown(value)))
    step = max(1, round(nice_step(max(1, counts[1] - counts[0]), 6 if right > 400 else 4)))
    marked = sorted({counts[0], counts[1], *range(step * (counts[0] // step + 1), counts[1] - step // 2, step)})
    for count in marked:
        at = x.at(count)
        pieces.append(element("line", {"class": "tickmark", "x1": at, "x2": at, "y1": y.begin, "y2": y.begin + 5}))
        pieces.append(element("text", {"class": "tick middle", "x": at, "y": y.begin + 20}, told(count)))
    middle = (left + right) / 2
    pieces.append(element("text", {"class": "tick middle", "x": middle, "y": y.begin + 38}, along))
    return element("g", {"aria-hidden": "true"}, *pieces)


def _level(one: Level, y: _Axis, left: float, right: float) -> Markup:
    at = y.at(one.value)
    if one.low is not None:
        box: Attributes = {"class": "band", "x": left, "y": at, "width": right - left, "height": y.at(one.low) - at}
        return element("g", {"class": one.tone, "aria-hidden": "true"}, element("rect", box))
    line = element("line", {"class": "level", "x1": left, "x2": right, "y1": at, "y2": at})
    return element("g", {"class": one.tone, "aria-hidden": "true"}, line)


def _curve(line: Curve, x: _Axis, y: _Axis) -> Markup:
    pieces = []
    band = [place for place in line.places if place.low is not None and place.high is not None]
    if len(band) > 1:
        upper = [(x.at(place.at), y.at(place.high)) for place in band if place.high is not None]
        lower = [(x.at(place.at), y.at(place.low)) for place in reversed(band) if place.low is not None]
        pieces.append(element("polygon", {"class": "band", "points": _points(upper + lower)}))
    run = [(x.at(place.at), y.at(place.value)) for place in line.places]
    pieces.append(element("polyline", {"class": f"line dash{line.dash}", "points": _points(run)}))
    if line.dash == 0 and len(run) <= 24:
        pieces += [element("circle", {"class": "shape", "cx": at, "cy": height, "r": 3.5}) for at, height in run]
    return element("g", {"class": line.tone, "aria-hidden": "true"}, *pieces)


def _points(run: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in run)


def _ends(lines: Sequence[Curve], levels: Sequence[Level], y: _Axis, right: float, columns: int) -> Markup:
    """The names at the right, as near to the ends of their lines as they can stand."""
    ends = [(y.at(line.places[-1].value), line.label, line.tone) for line in lines]
    ends += [(y.at(one.value), one.label, one.tone) for one in levels]
    ends.sort()
    places = apart([at for at, _, _ in ends], 17.0, 12.0, y.begin)
    pieces = []
    for (at, label, tone), place in zip(ends, places, strict=True):
        leader = f"M{right - 4:.1f} {at:.1f}L{right + 2:.1f} {at:.1f}L{right + 12:.1f} {place:.1f}"
        text = element("text", {"class": "label", "x": right + 16, "y": place + 4.5}, shorten(label, columns))
        pieces.append(element("g", {"class": tone}, element("path", {"class": "leader", "d": leader}), text))
    return element("g", {"aria-hidden": "true"}, *pieces)
