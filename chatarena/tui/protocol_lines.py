"""A protocol drawn in text: who speaks when, and who hears whom. Law: no line is wider than it may be.

● speaks, ◇ is the participant. A line that leaves a speaker reaches those who hear it; where lines cross without a
corner nobody hears anything. What the picture shows its last lines say in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chatarena.arena.protocol import Protocol, topological_levels
from chatarena.authoring.text import one_line
from chatarena.tui.cells import crop, fit, width, wrap

SPEAKS, YOU, YOUR_NAME = "●", "◇", "You"
ROUND_CELLS = 10  # from one round to the next: "●────┬───▸"
TRUNK = 5  # where in a round the common line stands
MAX_ROWS = 12
MAX_ROUNDS_SHOWN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """Who is drawn: the names, how many were left out before the last one, and the cells that names take."""

    names: tuple[str, ...]
    left_out: int
    cells: int

    def name(self, index: int) -> str:
        return f" {fit(self.names[index], self.cells)} "

    def others(self, text: str) -> str:
        return f" {fit(text, self.cells)} "


def draw(protocol: Protocol, labels: Sequence[str], cells: int) -> tuple[str, ...]:
    """The picture of a protocol among these agents.

    Args:
        protocol: its `hearing` names agents by label.
        labels: the agents in the order of their seats; for nobody there is no picture.
        cells: how wide a line may be.
    """
    rounds = max(1, protocol.rounds)
    if not labels or cells < 1:
        return ()
    match protocol.name:
        case "simultaneous" | "rebuttal":
            lines = _at_once(labels, rounds, cells)
        case "round_robin":
            # Each hears all before it: the network in which everybody earlier is a parent.
            lines = _staircase(labels, {label: tuple(labels[:at]) for at, label in enumerate(labels)}, cells)
        case "one_on_one":
            lines = _one_on_one(labels, rounds, cells)
        case "network":
            lines = _network(protocol, labels, cells)
    words = [line for text in sentences(protocol, len(labels)) for line in wrap(text, max(1, cells - 1))]
    return tuple(crop(line.rstrip(), cells) for line in (*lines, *(f" {word}" for word in words)))


def sentences(protocol: Protocol, agents: int) -> tuple[str, ...]:
    """What the picture shows, in words."""
    rounds = max(1, protocol.rounds)
    times = f"{rounds} {'round' if rounds == 1 else 'rounds'}"
    match protocol.name:
        case "simultaneous":
            said = ("All speak at once.", f"{times}; each has heard all rounds before.")
        case "rebuttal":
            said = ("All speak at once, then each answers what the others said last.", f"{times}.")
        case "round_robin":
            order = "the order is drawn anew each round" if protocol.shuffle else "in this order"
            said = ("One after the other; each has heard all that was said before.", f"{times}, {order}.")
        case "one_on_one":
            said = ("You talk with one agent at a time; none hears the others.", f"{rounds * agents} visits in all.")
        case "network":
            said = (network_sentence(protocol), f"{times}.")
    return (" ".join(said), "You hear everything, and may speak after each round.")


def network_sentence(protocol: Protocol) -> str:
    """How a network speaks: step by step where nobody waits for itself, all at once where somebody would."""
    named = tuple(dict.fromkeys(name for item in protocol.hearing for name in (item.agent, *item.parents)))
    if topological_levels(protocol, named) or not named:
        return "Whoever is heard speaks first; each hears only those whose line reaches it."
    return "There is a circle, so all speak at once and hear the round before from those named."


# -- all at once -------------------------------------------------------------------------------------------------------


def _at_once(labels: Sequence[str], rounds: int, cells: int) -> list[str]:
    """Every round one column; the lines of all meet in a common one and go out to all."""
    rows = _rows(labels, cells)
    room = cells - rows.cells - 2
    shown = max(1, min(rounds, MAX_ROUNDS_SHOWN, 1 + (room - TRUNK - 3) // ROUND_CELLS))
    heads = "".join(fit(text, ROUND_CELLS) for text in _headings(rounds, shown))
    lines = [f"{rows.others('')}{heads}"]
    for index in range(len(rows.names)):
        if rows.left_out and index == len(rows.names) - 1:
            lines.append(f"{rows.others(f'… {rows.left_out} more')}{_between(shown)}")
        lines.append(f"{rows.name(index)}{_spoken(index, shown)}")
    lines.append(f"{rows.others(YOUR_NAME)}{_listened(shown)}")
    return lines


def _headings(rounds: int, shown: int) -> list[str]:
    heads = [f"round {number}" for number in range(1, shown + 1)]
    if shown < rounds:
        heads[-1] = f"… to {rounds}"
    return heads


def _spoken(index: int, shown: int) -> str:
    through, last = ("┬", "╮") if not index else ("┼", "┤")
    before, after = "─" * (TRUNK - 1), "─" * (ROUND_CELLS - TRUNK - 2)
    return f"{SPEAKS}{before}{through}{after}▸" * (shown - 1) + f"{SPEAKS}{before}{last}"


def _between(shown: int) -> str:
    return fit(f"{' ' * TRUNK}│", ROUND_CELLS) * shown


def _listened(shown: int) -> str:
    return fit(f"{' ' * TRUNK}╰▸{YOU}", ROUND_CELLS) * shown


# -- one on one --------------------------------------------------------------------------------------------------------


def _one_on_one(labels: Sequence[str], rounds: int, cells: int) -> list[str]:
    """Every visit one column, with a line from the agent straight to the participant."""
    rows = _rows(labels, cells)
    count, room = len(rows.names), cells - rows.cells - 2
    step = next((step for step in (4, 3, 2) if count * rounds * step <= room), 0)
    visits = rounds if step else 1
    step = step or next((step for step in (4, 3, 2) if count * step <= room), 1)
    columns = [index for index in range(count) for _ in range(visits)]
    lines = []
    for index in range(count):
        if rows.left_out and index == count - 1:
            lines.append(f"{rows.others(f'… {rows.left_out} more')}{_column_marks(columns, index - 0.5, step)}")
        lines.append(f"{rows.name(index)}{_column_marks(columns, index, step)}")
    lines.append(f"{rows.others(YOUR_NAME)}{''.join(fit(YOU, step) for _ in columns)}")
    if visits < rounds:
        lines.append(f"{rows.others('')}and each {rounds} times")
    return lines


def _column_marks(columns: Sequence[int], row: float, step: int) -> str:
    marks = (SPEAKS if column == row else "│" if column < row else " " for column in columns)
    return "".join(fit(mark, step) for mark in marks)


# -- networks ----------------------------------------------------------------------------------------------------------


def _network(protocol: Protocol, labels: Sequence[str], cells: int) -> list[str]:
    parents = {label: tuple(name for name in protocol.parents(label) if name in labels) for label in labels}
    levels = topological_levels(protocol, tuple(labels))
    if not levels:
        return _listed(labels, parents, cells)
    return _staircase([label for level in levels for label in level], parents, cells)


def _staircase(order: Sequence[str], parents: dict[str, tuple[str, ...]], cells: int) -> list[str]:
    """Speakers from top to bottom; each one's line goes down to the last who hears it. A list where it is too wide."""
    name_cells = _name_cells(order, cells)
    room = cells - name_cells - 2
    step = next((step for step in (4, 3, 2) if len(order) * step <= room), 0)
    if not step or len(order) > MAX_ROWS:
        return _listed(order, parents, cells)
    place = {label: at for at, label in enumerate(order)}
    last = {
        at: max((place[name] for name in order if label in parents[name]), default=-1) for label, at in place.items()
    }
    lines = []
    for at, label in enumerate(order):
        heard = {place[name] for name in parents[label]}
        stairs = _stair(at, heard, last, step)
        lines.append(f" {fit(one_line(label), name_cells)} {stairs}")
    return lines


def _stair(at: int, heard: set[int], last: dict[int, int], step: int) -> str:
    """One row of the stairs: what passes, who is heard, and the speaker's own mark."""
    first = min(heard, default=at)
    drawn = []
    for column in range(at):
        passes, joins, ends = last[column] >= at, column in heard, last[column] == at
        if joins:
            mark = {(True, True): "╰", (True, False): "├", (False, True): "┴", (False, False): "┼"}[
                column == first, ends
            ]
        else:
            mark = "│" if passes else "─" if column > first else " "
        line = "─" if column >= first else " "
        drawn.append(mark + line * (step - 1))
    stairs = "".join(drawn)
    return f"{stairs[:-1]}▸{SPEAKS}" if heard and stairs else f"{stairs}{SPEAKS}"


def _listed(order: Sequence[str], parents: dict[str, tuple[str, ...]], cells: int) -> list[str]:
    """Whom each hears, by name, for what cannot be drawn: circles and crowds."""
    name_cells = _name_cells(order, cells)
    drawn, left_out = (order, 0) if len(order) <= MAX_ROWS else (order[: MAX_ROWS - 1], len(order) - MAX_ROWS + 1)
    lines = []
    for label in drawn:
        names = [one_line(name) for name in parents[label]]
        hears = "all before it" if len(names) > 3 and len(names) == order.index(label) else ", ".join(names)
        lines.append(f" {fit(one_line(label), name_cells)} {SPEAKS} {f'◂ {hears}' if names else 'hears no other'}")
    return [*lines, f" … {left_out} more"] if left_out else lines


# -- names -------------------------------------------------------------------------------------------------------------


def _rows(labels: Sequence[str], cells: int) -> _Rows:
    names = tuple(one_line(label) for label in labels)
    left_out = 0
    if len(names) > MAX_ROWS:
        left_out = len(names) - MAX_ROWS + 1
        names = (*names[: MAX_ROWS - 2], names[-1])
    texts = (*names, YOUR_NAME, f"… {left_out} more" if left_out else "")
    return _Rows(names=names, left_out=left_out, cells=_name_cells(texts, cells))


def _name_cells(names: Sequence[str], cells: int) -> int:
    return min(max(width(one_line(name)) for name in names), max(3, cells // 4))
