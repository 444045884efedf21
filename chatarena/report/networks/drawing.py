"""A network drawn: agents in columns by depth, hand-offs as lines; as text for a terminal and as SVG.

Law: colour says nothing that a sign does not say too; the output agent is marked in both.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from chatarena.hull.words import counted
from chatarena.networks.network import Network
from chatarena.report.html.elements import Markup, element, join
from chatarena.report.networks.arcs import Arc, Point, arcs, reach

# Beyond this the lines of a drawing hide more than they show; a list of parents is drawn instead.
MOST_AGENTS: Final = 60
# Columns of a drawing in text.
WIDTH: Final = 100
_STEP_X, _STEP_Y, _MARGIN, _RADIUS = 92, 46, 34, 13


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where an agent stands: its column (depth - 1) and its row, which may be half."""

    column: int
    row: float


def spots(network: Network) -> tuple[Spot, ...]:
    """A place for each agent: a column for each depth, as near as can be to the middle of whom it hears."""
    columns: list[list[int]] = [[] for _ in range(max(network.depths))]
    for agent, depth in enumerate(network.depths):
        columns[depth - 1].append(agent)
    tallest = max(map(len, columns))
    rows: dict[int, float] = {}
    for column in columns:
        middle = (tallest - len(column)) / 2.0
        wanted = {agent: _middle(network, agent, rows, place + middle) for place, agent in enumerate(column)}
        column.sort(key=lambda agent: (wanted[agent], agent))
        rows.update(zip(column, _apart([wanted[agent] for agent in column], tallest), strict=True))
    return tuple(Spot(column=network.depths[agent] - 1, row=rows[agent]) for agent in range(len(network)))


def lines(network: Network, seen: Sequence[Sequence[str]] = (), *, width: int | None = None) -> list[str]:
    """Text: one line for each agent in order, with whom it hears and what it sees; cut where there is a width.

    Whoever hears all before it, or all agents from one to another, is said so in few words.
    """
    label = max(len(network.label(agent)) for agent in range(len(network)))
    found = []
    for agent, heard in enumerate(network.parents):
        sign = "◉" if agent == network.output else "●"
        words = f"{sign} {network.label(agent):>{label}}"
        if heard:
            words += f" ← {_ranges(network, heard)}"
        if seen and seen[agent]:
            words += f"   sees {', '.join(seen[agent])}"
        found.append(words if width is None or len(words) <= width else words[: width - 1] + "…")
    return found


def picture(network: Network, *, width: int = WIDTH) -> list[str]:
    """Text: agents in columns by depth with their hand-offs drawn; empty where it would be too wide, or not exact.

    Characters cannot cross without meeting. So it is drawn only where hand-offs run from one column to the next, and
    those that meet all go everywhere: whoever stands left of a junction is heard by everybody right of it.
    """
    placed = spots(network)
    if not _exact(network, placed):
        return []
    columns = 1 + max(spot.column for spot in placed)
    height = 1 + int(2 * max(spot.row for spot in placed))
    wide = max(len(network.label(agent)) for agent in range(len(network))) + 2
    gap = 6
    if columns * (wide + gap) > width or height > 40 or len(network) > MOST_AGENTS:
        return []
    grid = [[" "] * (columns * (wide + gap)) for _ in range(height)]
    for agent, heard in enumerate(network.parents):
        for parent in heard:
            if placed[agent].column == placed[parent].column + 1:
                _draw(grid, placed[parent], placed[agent], wide, gap)
    for agent, spot in enumerate(placed):
        sign = "◉" if agent == network.output else "●"
        for offset, character in enumerate(f"{sign}{network.label(agent)} "):
            grid[round(2 * spot.row)][spot.column * (wide + gap) + offset] = character
    return ["".join(row).rstrip() for row in grid]


def svg(network: Network, *, title: str) -> Markup:
    """A drawing that needs nothing else: circles by depth, the output agent ringed, arrows for hand-offs."""
    placed = spots(network)
    made = arcs(network, [(float(_STEP_X * spot.column), _STEP_Y * spot.row) for spot in placed], _RADIUS + 6.0)
    highest, lowest = reach(made)
    left, top = _MARGIN, _MARGIN - math.floor(min(0.0, highest))
    width = 2 * _MARGIN + _STEP_X * max(spot.column for spot in placed)
    height = top + _MARGIN + math.ceil(max(_STEP_Y * max(spot.row for spot in placed), lowest))
    at = [(left + _STEP_X * spot.column, top + _STEP_Y * spot.row) for spot in placed]
    arrows = [_arrow(arc, left, top) for arc in made]
    circles = [_circle(network, agent, at[agent]) for agent in range(len(network))]
    style = element(
        "style",
        {},
        "svg{background:#fff;font:12px sans-serif}path{fill:none;stroke:#66707a;stroke-width:1.2;opacity:.75}"
        "circle{fill:#eef3f8;stroke:#1f4e79;stroke-width:1.5}.ring{fill:none}text{fill:#111;text-anchor:middle}"
        "@media(prefers-color-scheme:dark){svg{background:#14181c}path{stroke:#a6b0ba}circle{fill:#22303c;"
        "stroke:#8fc1ee}.ring{fill:none}text{fill:#eee}}",
    )
    head = [element("title", {}, title), element("desc", {}, describe(network)), style]
    return element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {width} {height}",
            "width": width,
            "height": height,
            "role": "img",
        },
        join([*head, *arrows, *circles]),
    )


def describe(network: Network) -> str:
    """The network in a sentence."""
    deepest = max(network.depths)
    size = counted(network.speakers, "agent")
    if network.seats:
        size += f" who speak {len(network)} times in all"
    # The output agent need not be where the network is deepest.
    depth = f"depth {network.depth}" + (f" (of {deepest})" if deepest > network.depth else "")
    heard = f"{counted(network.edges, 'hand-off')}, {depth}, at most {network.widest} heard by one"
    if not network.edges:
        heard = f"nobody hears anybody, {depth}"
    return f"{network.name}: {size}, {heard}; the output agent is {network.label(network.output)}."


def _apart(wanted: Sequence[float], room: int) -> list[float]:
    """Rows a whole one apart, in halves, nearest in square to those wanted (in rising order), within 0 to room - 1.

    Neighbours that would stand too close are pooled, which is isotonic regression of wanted less place.
    """
    blocks: list[tuple[float, int]] = []
    for place, row in enumerate(wanted):
        total, count = row - place, 1
        while blocks and blocks[-1][0] / blocks[-1][1] >= total / count:
            before, many = blocks.pop()
            total, count = total + before, count + many
        blocks.append((total, count))
    shifts = [round(2.0 * total / count) / 2.0 for total, count in blocks for _ in range(count)]
    return [place + min(max(shift, 0.0), float(room - len(wanted))) for place, shift in enumerate(shifts)]


def _middle(network: Network, agent: int, rows: dict[int, float], place: float) -> float:
    """The mean row of whom an agent hears, by which its column is sorted."""
    heard = [rows[parent] for parent in network.parents[agent] if parent in rows]
    return sum(heard) / len(heard) if heard else place


def _exact(network: Network, placed: tuple[Spot, ...]) -> bool:
    """Whether lines that meet say nothing false."""
    groups: dict[tuple[int, ...], list[int]] = {}
    for agent, heard in enumerate(network.parents):
        if any(placed[agent].column != placed[parent].column + 1 for parent in heard):
            return False
        if heard:
            groups.setdefault(heard, []).append(agent)
    taken: dict[int, list[tuple[float, float]]] = {}
    for heard, hearing in groups.items():
        rows = [placed[agent].row for agent in (*heard, *hearing)]
        taken.setdefault(placed[heard[0]].column, []).append((min(rows), max(rows)))
    spans = [sorted(column) for column in taken.values()]
    return all(high < low for column in spans for (_, high), (low, _) in pairwise(column))


def _ranges(network: Network, heard: tuple[int, ...]) -> str:
    """Whom an agent hears, neighbours in the order joined to a range."""
    runs: list[list[int]] = []
    for parent in sorted(heard):
        if runs and parent == runs[-1][-1] + 1:
            runs[-1].append(parent)
        else:
            runs.append([parent])
    return ", ".join(
        network.label(run[0])
        if len(run) == 1
        else f"{network.label(run[0])}{', ' if len(run) == 2 else ' to '}{network.label(run[-1])}"
        for run in runs
    )


def _draw(grid: list[list[str]], start: Spot, end: Spot, wide: int, gap: int) -> None:
    """A line from one column to the next: out, up or down, and in."""
    left, right = start.column * (wide + gap) + wide, end.column * (wide + gap) - 1
    top, bottom, turn = round(2 * start.row), round(2 * end.row), left + gap // 2 - 1
    for x in range(left, turn):
        _put(grid, top, x, "─")
    for x in range(turn + 1, right):
        _put(grid, bottom, x, "─")
    _put(grid, bottom, right - 1, "▸")
    if top == bottom:
        _put(grid, top, turn, "─")
        return
    for y in range(min(top, bottom) + 1, max(top, bottom)):
        _put(grid, y, turn, "│")
    down = bottom > top
    _put(grid, top, turn, "╮" if down else "╯")
    _put(grid, bottom, turn, "╰" if down else "╭")


# What two strokes at one place make together, by the sides they touch: left, right, up, down.
_SIDES: Final = {
    " ": "",
    "─": "lr",
    "│": "du",
    "╮": "dl",
    "╯": "lu",
    "╰": "ru",
    "╭": "dr",
    "┤": "dlu",
    "├": "dru",
    "┬": "dlr",
    "┴": "lru",
    "┼": "dlru",
}
_STROKES: Final = {frozenset(sides): stroke for stroke, sides in _SIDES.items()}


def _put(grid: list[list[str]], y: int, x: int, stroke: str) -> None:
    there = grid[y][x]
    if stroke == "▸" or there == "▸":
        grid[y][x] = "▸"
    else:
        grid[y][x] = _STROKES[frozenset(_SIDES[there]) | frozenset(_SIDES[stroke])]


def _arrow(arc: Arc, left: float, top: float) -> Markup:
    """A curve with a head, from the rim of one circle to the rim of the other."""
    over = arc.over[0] + left, arc.over[1] + top
    x1, y1 = _towards((arc.start[0] + left, arc.start[1] + top), over, _RADIUS)
    x2, y2 = _towards((arc.end[0] + left, arc.end[1] + top), over, _RADIUS + 1)
    back = _towards((x2, y2), over, 7)
    aside = (y2 - back[1]) / 2.0, (back[0] - x2) / 2.0
    curve = f"M{x1:.4g} {y1:.4g}Q{over[0]:.4g} {over[1]:.4g} {x2:.4g} {y2:.4g}"
    one, other = (f"{back[0] + sign * aside[0]:.4g} {back[1] + sign * aside[1]:.4g}" for sign in (1, -1))
    return element("path", {"d": f"{curve}M{one}L{x2:.4g} {y2:.4g}L{other}"})


def _towards(start: Point, end: Point, length: float) -> Point:
    share = length / math.dist(start, end)
    return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])


def _circle(network: Network, agent: int, at: tuple[float, float]) -> Markup:
    x, y = at
    pieces = [element("circle", {"cx": f"{x:g}", "cy": f"{y:g}", "r": _RADIUS})]
    if agent == network.output:
        pieces.append(element("circle", {"class": "ring", "cx": f"{x:g}", "cy": f"{y:g}", "r": _RADIUS + 4}))
    pieces.append(element("text", {"x": f"{x:g}", "y": f"{y + 4:g}"}, network.label(agent)))
    return join(pieces)
