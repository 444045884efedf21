"""Figures in SVG: how probabilities moved, a bar for a number, and what an agent said against what it wanted.

Every line ends at its own label, and every figure has its numbers beside it or in a table below it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from chatarena.report.chapters import Point
from chatarena.report.html.elements import Attributes, Markup, element, join
from chatarena.report.html.marks import COLOURS, Mark, percent, shorten, wrapped

_FEW: Final = 4
_CHIP: Final = 17
# Points nearer to each other than this, in pixels, are drawn smaller.
_CLOSE: Final = 14
# The tops that a plot may have, with the steps that divide each into round numbers.
_CEILINGS: Final = {0.25: 5, 0.5: 5, 1.0: 4}
# Shapes around the origin, about nine units across: circle, square, triangle, diamond, triangle upside down, cross.
_SHAPES: Final = (
    "M-4.5 0A4.5 4.5 0 1 0 4.5 0A4.5 4.5 0 1 0 -4.5 0Z",
    "M-4 -4H4V4H-4Z",
    "M0 -5L5 4H-5Z",
    "M0 -5.5L5.5 0L0 5.5L-5.5 0Z",
    "M0 5L-5 -4H5Z",
    "M-4.6 -1.6H-1.6V-4.6H1.6V-1.6H4.6V1.6H1.6V4.6H-1.6V1.6H-4.6Z",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The measures of a figure in pixels: the plot within it, and how its labels are set.

    With `lines` 0 an end label stands on one line; else the label's words stand below its number, on so many lines.
    `gap` is how far from the plot the labels begin, `ceiling` the probability at the top of the plot.
    """

    name: str
    width: int
    left: int
    labels: int
    top: int
    plot_height: int
    label_height: int
    label_columns: int
    most_ticks: int
    lines: int
    gap: int
    ceiling: float = 1.0

    @property
    def right(self) -> int:
        return self.width - self.labels

    @property
    def bottom(self) -> int:
        return self.top + self.plot_height


WIDE: Final = Frame(
    name="wide",
    width=904,
    left=46,
    labels=416,
    top=14,
    plot_height=250,
    label_height=21,
    label_columns=46,
    most_ticks=14,
    lines=0,
    gap=20,
)
NARROW: Final = Frame(
    name="narrow",
    width=350,
    left=38,
    labels=132,
    top=14,
    plot_height=240,
    label_height=38,
    label_columns=16,
    most_ticks=6,
    lines=1,
    gap=8,
)


def paths(points: Sequence[Point], marks: Sequence[Mark], *, title: str, key: str) -> Markup:
    """How the probabilities moved, drawn once for wide and once for narrow pages; the style shows one of them.

    Args:
        key: what the ids within it begin with.
    """
    return join(_paths(points, marks, frame, title, f"{key}-{frame.name}") for frame in (WIDE, NARROW))


def _paths(points: Sequence[Point], marks: Sequence[Mark], frame: Frame, title: str, key: str) -> Markup:
    frame = replace(_fitted(frame, len(marks)), ceiling=ceiling(points))
    height = frame.bottom + 44
    xs = _places(len(points), frame)
    attributes = {
        "class": f"paths {frame.name}",
        "viewBox": f"0 0 {frame.width} {height}",
        "role": "img",
        "aria-labelledby": f"{key}-t {key}-d",
    }
    return element(
        "svg",
        attributes,
        element("title", {"id": f"{key}-t"}, title),
        element("desc", {"id": f"{key}-d"}, description(points, marks)),
        _axes(points, xs, frame),
        *(_line(points, place, mark, xs, frame) for place, mark in enumerate(marks)),
        _end_labels(points, marks, xs, frame),
    )


def _fitted(frame: Frame, lines: int) -> Frame:
    """The frame with room for so many end labels; where they are few, their words may take a second line."""
    if frame.lines and lines <= _FEW:
        frame = replace(frame, lines=2, label_height=frame.label_height + 16)
    return replace(frame, plot_height=max(frame.plot_height, frame.label_height * lines))


def ceiling(points: Sequence[Point]) -> float:
    """The top of the plot: all of it, or the half or the quarter that the numbers stay within. Its foot is always 0."""
    highest = max((value for point in points for value in point.values if value is not None), default=1.0)
    return next(top for top in _CEILINGS if highest <= top or top == 1.0)


def _places(count: int, frame: Frame) -> list[float]:
    first, last = frame.left + 16.0, frame.right - 16.0
    if count == 1:
        return [(first + last) / 2]
    return [first + (last - first) * place / (count - 1) for place in range(count)]


def _height(value: float, frame: Frame) -> float:
    return frame.bottom - value / frame.ceiling * frame.plot_height


def _axes(points: Sequence[Point], xs: list[float], frame: Frame) -> Markup:
    pieces = []
    steps = _CEILINGS[frame.ceiling]
    for step in range(steps + 1):
        value = frame.ceiling * step / steps
        y = _height(value, frame)
        pieces.append(element("line", {"class": "grid", "x1": frame.left, "x2": frame.right, "y1": y, "y2": y}))
        pieces.append(element("text", {"class": "tick end", "x": frame.left - 8, "y": y + 4}, f"{100 * value:g}%"))
    for place in ticks(len(points), frame.most_ticks):
        x = xs[place]
        pieces.append(
            element("line", {"class": "tickmark", "x1": x, "x2": x, "y1": frame.bottom, "y2": frame.bottom + 5})
        )
        pieces.append(element("text", {"class": "tick middle", "x": x, "y": frame.bottom + 20}, points[place].short))
    if any(point.short.isdigit() for point in points):
        middle = (frame.left + frame.right) / 2
        pieces.append(element("text", {"class": "tick middle", "x": middle, "y": frame.bottom + 38}, "round"))
    return element("g", {"aria-hidden": "true"}, *pieces)


def ticks(count: int, most: int) -> tuple[int, ...]:
    """Which of so many places bear a label: the first, the last, and as many between as have room."""
    step = max(1, -(-(count - 1) // max(1, most - 1)))
    between = [place for place in range(0, count - 1, step) if count - 1 - place >= step or place == 0]
    return (*between, count - 1) if count > 1 else tuple(range(count))


def _line(points: Sequence[Point], place: int, mark: Mark, xs: list[float], frame: Frame) -> Markup:
    known = [
        (x, _height(value, frame)) if (value := _value(point, place)) is not None else None
        for x, point in zip(xs, points, strict=True)
    ]
    pieces = [
        element("polyline", {"class": f"line dash{mark.place // COLOURS % 3}", "points": _pairs(run)})
        for run in _runs(known)
    ]
    shape = _SHAPES[mark.place % len(_SHAPES)]
    size = " scale(0.65)" if len(xs) > 1 and xs[1] - xs[0] < _CLOSE else ""
    places = [f"translate({at[0]:.1f} {at[1]:.1f}){size}" for at in known if at is not None]
    pieces += [element("path", {"class": "shape", "d": shape, "transform": place}) for place in places]
    return element("g", {"class": mark.colour, "aria-hidden": "true"}, *pieces)


def _value(point: Point, place: int) -> float | None:
    return point.values[place] if place < len(point.values) else None


def _runs(known: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    """Stretches without a gap, of two places or more."""
    runs: list[list[tuple[float, float]]] = [[]]
    for at in known:
        if at is None:
            runs.append([])
        else:
            runs[-1].append(at)
    return [run for run in runs if len(run) > 1]


def _pairs(run: list[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in run)


def _end_labels(points: Sequence[Point], marks: Sequence[Mark], xs: list[float], frame: Frame) -> Markup:
    ends = []
    for place, mark in enumerate(marks):
        known = [(x, value) for x, point in zip(xs, points, strict=True) if (value := _value(point, place)) is not None]
        if known:
            ends.append((known[-1][0], known[-1][1], mark))
    ends.sort(key=lambda end: -end[1])
    wanted = [_height(value, frame) for _, value, _ in ends]
    ys = apart(wanted, frame.label_height, frame.top + 6.0, float(frame.bottom))
    pieces = [
        piece
        for (x, value, mark), from_y, y in zip(ends, wanted, ys, strict=True)
        for piece in _end_label(mark, value, x, from_y, y, frame)
    ]
    return element("g", {"aria-hidden": "true"}, *pieces)


def _end_label(mark: Mark, value: float, x: float, from_y: float, y: float, frame: Frame) -> list[Markup]:
    begin = float(frame.right + frame.gap)
    leader = f"M{x + 7:.1f} {from_y:.1f}L{frame.right - 6:.1f} {from_y:.1f}L{begin:.1f} {y:.1f}"
    pieces = [element("path", {"class": "leader", "d": leader}), *_sign(mark, begin + 5, y)]
    number = element("tspan", {"class": "strong"}, percent(value))
    beside = begin + 5 + _CHIP + 6
    if frame.lines:
        pieces.append(element("text", {"class": "label", "x": beside, "y": y + 4.5}, number))
        for line, words in enumerate(wrapped(mark.label, frame.label_columns, frame.lines), 1):
            pieces.append(element("text", {"class": "label", "x": begin + 5, "y": y + 5.5 + 15 * line}, words))
    else:
        words = shorten(mark.label, frame.label_columns)
        pieces.append(element("text", {"class": "label", "x": beside, "y": y + 4.5}, number, "  ", words))
    return [element("g", {"class": mark.colour}, *pieces)]


def _sign(mark: Mark, x: float, y: float) -> list[Markup]:
    """The chip of an option as it stands everywhere else."""
    box: Attributes = {"class": "sign", "x": x, "y": y - _CHIP / 2, "width": _CHIP, "height": _CHIP, "rx": 4}
    inside: Attributes = {"class": "insign middle", "x": x + _CHIP / 2, "y": y + 4}
    return [element("rect", box), element("text", inside, mark.sign)]


def apart(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places as near to the wanted ones, which ascend, as they can be without coming closer than `gap`.

    Args:
        low, high: the ends between which they must lie, where there is room.
    """
    groups: list[tuple[float, int]] = []  # the mean of what its members want for its first one, and how many they are
    for place in wanted:
        groups.append((place, 1))
        while len(groups) > 1 and groups[-2][0] + groups[-2][1] * gap > groups[-1][0]:
            last, before = groups.pop(), groups.pop()
            count = before[1] + last[1]
            first = (before[0] * before[1] + (last[0] - before[1] * gap) * last[1]) / count
            groups.append((first, count))
    placed = [first + place * gap for first, count in groups for place in range(count)]
    for index, place in enumerate(placed):
        placed[index] = max(place, low + index * gap)
    for index in range(len(placed) - 1, -1, -1):
        placed[index] = min(placed[index], high - (len(placed) - 1 - index) * gap)
    return placed


def description(points: Sequence[Point], marks: Sequence[Mark]) -> str:
    """The figure in words: where each line begins, where it ends, and between which values it stays."""
    return " ".join(_course(points, place, mark) for place, mark in enumerate(marks))


def _course(points: Sequence[Point], place: int, mark: Mark) -> str:
    known = [(value, point.when) for point in points if (value := _value(point, place)) is not None]
    if not known:
        return f"{mark.sign} {mark.label}: no number."
    if len(known) <= 4:
        told = ", ".join(f"{percent(value)} ({when})" for value, when in known)
        return f"{mark.sign} {mark.label}: {told}."
    values = [value for value, _ in known]
    ends = f"from {percent(values[0])} ({known[0][1]}) to {percent(values[-1])} ({known[-1][1]})"
    return f"{mark.sign} {mark.label}: {ends}, between {percent(min(values))} and {percent(max(values))}."


def bar(value: float | None, mark: Mark) -> Markup:
    """A rating of 0 to 100 as a bar; an empty track where there is none. The number stands beside it."""
    track = element("rect", {"class": "track", "x": 0, "y": 0, "width": 100, "height": 8})
    drawn = (
        [] if value is None else [element("rect", {"class": f"fill {mark.colour}", "width": float(value), "height": 8})]
    )
    attributes = {"class": "bar", "viewBox": "0 0 100 8", "preserveAspectRatio": "none", "aria-hidden": "true"}
    return element("svg", attributes, track, *drawn)


def dumbbell(said: float | None, wanted: float | None, mark: Mark) -> Markup:
    """What was said (ring) against what was wanted (diamond) on a line from 0 to 100; as wide as there is room."""
    pieces = [element("line", {"class": "grid", "x1": "0%", "x2": "100%", "y1": 10, "y2": 10})]
    if said is not None and wanted is not None:
        ends: Attributes = {"class": "span", "x1": f"{said:.1f}%", "x2": f"{wanted:.1f}%", "y1": 10, "y2": 10}
        pieces.append(element("line", ends))
    if wanted is not None:
        # A figure of its own, because only its place may be told in percent.
        diamond = element("path", {"class": "shape", "d": _SHAPES[3]})
        pieces.append(element("svg", {"class": "at", "x": f"{wanted:.1f}%", "y": 10}, diamond))
    if said is not None:
        pieces.append(element("circle", {"class": "ring", "cx": f"{said:.1f}%", "cy": 10, "r": 5}))
    return element("svg", {"class": f"dumbbell {mark.colour}", "height": 20, "aria-hidden": "true"}, *pieces)
