"""A hull analysis as text: blocks of sentences and of tables, for whoever prints them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from chatarena.report.hull.view import Line, View

BLOCKS: Final = "▁▂▃▄▅▆▇█"
# Smaller than this is what rounding left of nothing.
DUST: Final = 5e-13


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentences:
    """Lines under a heading; `tone` says how much they matter."""

    heading: str
    lines: tuple[str, ...]
    tone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table under a heading."""

    heading: str
    header: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    note: str = ""


Block = Sentences | Grid

# What alarms are there for, by the answer that they stand beside.
WHY: Final = {
    "inside": "Before you rely on it",
    "not inside": "Had the error been small, it would have proved nothing here",
    "cannot be told": "Why it cannot be told",
}


def figure(value: float | None) -> str:
    """A number in three digits that count; a dash where there is none, 0 for what rounding left of nothing."""
    if value is None:
        return "-"
    return "0" if abs(value) < DUST else f"{value:.3g}"


def signed(value: float) -> str:
    """A number with its sign."""
    return "0" if abs(value) < DUST else f"{value:+.3g}"


def interval(low: float | None, high: float | None) -> str:
    """From the one to the other; a dash where there is no interval."""
    return "-" if low is None or high is None else f"{figure(low)} to {figure(high)}"


def blocks(view: View) -> Iterator[Block]:
    """Everything there is to say, the verdict first and what was read last."""
    yield Sentences(heading="", lines=view.verdict)
    if view.alarms:
        yield Sentences(heading=f"{WHY[view.answer]}:", lines=view.alarms, tone="alarm")
    yield Sentences(heading="", lines=tuple(f"{name}: {value}." for name, value in view.setting))
    if view.whole:
        yield Sentences(heading="On all rows", lines=view.whole)
    yield _errors(view)
    yield from _weights(view)
    if view.proof:
        yield Sentences(heading="Proof, for the largest error", lines=view.proof)
    if view.spots:
        rows = tuple(
            (spot.label, spot.n, signed(spot.residual), "yes" if spot.one_sided else "no") for spot in view.spots
        )
        header = ("blind spot", "instances", "agents minus person", "every agent")
        yield Grid(heading="Where the agents together are off", header=header, rows=rows, note=view.spots_note)
    yield from _curve(view)
    if view.bands:
        drawn = tuple((one.name, figure(one.typical), figure(one.found), one.words) for one in view.bands)
        header = ("would others fit as well?", "typical", "these agents", "found")
        yield Grid(heading="Agents that know nothing, on fitted instances", header=header, rows=drawn)
    yield Sentences(heading="What this does not say", lines=view.scope)
    rest = (*view.cautions, *(f"Not made: {words}." for words in view.missing))
    if rest:
        yield Sentences(heading="With care", lines=rest)
    yield Sentences(heading="What was read", lines=(*view.read, *view.left_out))
    yield Sentences(
        heading="Where it comes from", lines=tuple(f"{name}: {value}" for name, value in view.origin if value)
    )


def grids(view: View) -> Iterator[Grid]:
    """The tables alone."""
    return (block for block in blocks(view) if isinstance(block, Grid))


def _errors(view: View) -> Grid:
    if view.largest:
        return _largest_errors(view)
    rows = tuple(
        (
            f"{'> ' if one.chosen else '  '}{one.name}",
            figure(one.fitted),
            figure(one.held_out),
            interval(one.low, one.high),
            figure(one.gap_sup),
        )
        for one in view.answers
    )
    return Grid(
        heading="How far off each answer is",
        header=("  answer", "fitted", "held out", "two standard errors", "least largest error"),
        rows=rows,
        note="Root mean square errors. The last column is another claim: the largest error on any instance that this"
        " kind of combination can do with.",
    )


def _largest_errors(view: View) -> Grid:
    rows = tuple(
        (f"{'> ' if one.chosen else '  '}{one.name}", figure(one.gap_sup), figure(one.held_out), figure(one.fitted))
        for one in view.answers
    )
    return Grid(
        heading="How far off each answer is",
        header=("  answer", "least largest error", "largest, held out", "root mean square"),
        rows=rows,
        note="The least largest error is of the best weights for that on all instances, where it was computed. Largest"
        " errors held out are of weights of least mean square, as are root mean square errors, on the fitted instances:"
        " another claim.",
    )


def _weights(view: View) -> Iterator[Block]:
    if view.weights:
        rows = tuple(
            (
                one.agent,
                figure(one.weight),
                interval(one.low, one.high),
                "-" if one.carries is None else f"{one.carries:.0%}",
            )
            for one in view.weights
        )
        silent = f" Without weight: {', '.join(view.silent)}." if view.silent else ""
        header = ("agent", "weight", "interval", "carries weight in")
        yield Grid(heading="Who carries weight", header=header, rows=rows, note=view.weights_note + silent)
    if view.without:
        gone = tuple(
            (one.agent, figure(one.rmse), signed(one.rmse_change), figure(one.gap_sup), signed(one.gap_sup_change))
            for one in view.without
        )
        columns = ("without", "fitted", "change", "least largest error", "change")
        yield Grid(heading="How much hangs on single agents", header=columns, rows=gone, note=view.without_note)
    elif view.without_note:
        yield Sentences(heading="How much hangs on single agents", lines=(view.without_note,))


def _curve(view: View) -> Iterator[Block]:
    if not view.curve:
        return
    steps = view.curve[0].steps
    shown = [steps[place] for place in few(len(steps), 9)]
    rows = [
        (f"{step.agents}", figure(step.held_out), interval(step.low, step.high), figure(step.fitted)) for step in shown
    ]
    yield Grid(
        heading=f"More agents: {view.curve[0].name}",
        header=("agents", "held out", "choices of agents", "fitted"),
        rows=tuple(rows),
        note=view.curve_note,
    )
    drawn = zip(courses(view.curve), view.curve, strict=True)
    yield Sentences(heading="", lines=tuple(f"{course}  {_ends(line)}  {line.name}" for course, line in drawn))


def _ends(line: Line) -> str:
    return f"{figure(line.steps[0].held_out)} to {figure(line.steps[-1].held_out)}"


def courses(lines: Sequence[Line], most: int | None = None) -> tuple[str, ...]:
    """How held-out errors go with the number of agents, all on one scale; the last `most` steps of each."""
    values = [step.held_out for line in lines for step in line.steps]
    if not values:
        return ()
    # The scale's own ends go through every line's blocks, so that lines can be compared.
    low, high = min(values), max(values)
    kept = [[step.held_out for step in line.steps] for line in lines]
    return tuple(sparkline([low, *(of if most is None else of[-most:]), high])[1:-1] for of in kept)


def few(count: int, most: int) -> tuple[int, ...]:
    """Up to `most` of so many places, the first and the last among them."""
    if count <= most:
        return tuple(range(count))
    return tuple(sorted({round(place * (count - 1) / (most - 1)) for place in range(most)}))


def sparkline(values: Sequence[float]) -> str:
    """The course of numbers in one line, from the lowest of them to the highest."""
    low, high = min(values), max(values)
    span = high - low
    return "".join(
        BLOCKS[round((value - low) / span * (len(BLOCKS) - 1))] if span > 0 else BLOCKS[0] for value in values
    )
