"""How wide the columns of a table are, and which are left out for want of room. Law: they fill the line exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chatarena.tui.cells import crop, width

GAP = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: it takes what its longest cell takes, within `least` and `most` cells; `grows` takes what is left over.

    Where there is no room the one with the highest `drop` goes first; those with 0 stay. What stands in one that
    `joins` is then put behind the text of the one that grows.
    """

    title: str
    least: int = 4
    most: int = 16
    grows: bool = False
    drop: int = 0
    right: bool = False
    joins: bool = False


def natural(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> tuple[int, ...]:
    """Cells that the widest cell of each column takes, its title included; 0 where a column is empty throughout."""
    longest = []
    for place, column in enumerate(columns):
        filled = max((width(row[place]) for row in rows if place < len(row)), default=0)
        longest.append(max(filled, width(column.title)) if filled else 0)
    return tuple(longest)


def widths(columns: Sequence[Column], longest: Sequence[int], cells: int) -> tuple[int, ...]:
    """Cells of each column in a line of `cells`, with a gap between two; 0 for a column that is left out.

    Args:
        longest: what each column would take, of `natural`; a column of 0 is left out, but for those that grow.
    """
    taken = [
        min(max(most, column.least), column.most) if not column.grows else max(column.least, 1)
        for column, most in zip(columns, longest, strict=True)
    ]
    shown = [place for place, column in enumerate(columns) if longest[place] or column.grows]
    while len(shown) > 1 and _line(taken, shown) > cells and any(columns[place].drop for place in shown):
        shown.remove(max(shown, key=lambda place: columns[place].drop))
    growing = [place for place in shown if columns[place].grows]
    spare = cells - _line(taken, shown)
    for rank, place in enumerate(growing):
        share = spare // len(growing) + (rank < spare % len(growing))
        taken[place] = max(1, taken[place] + share)
    return tuple(taken[place] if place in shown else 0 for place in range(len(columns)))


def joined(columns: Sequence[Column], row: Sequence[str], cells: Sequence[int]) -> list[str]:
    """The texts of a row where some columns are left out: those that join stand behind what grows, and it gives way.

    Args:
        cells: of each column, of `widths`.
    """
    texts = [row[place] if place < len(row) else "" for place in range(len(columns))]
    behind = [
        text for text, column, taken in zip(texts, columns, cells, strict=True) if text and column.joins and not taken
    ]
    tail = "".join(f" · {text}" for text in behind)
    for place, column in enumerate(columns):
        if tail and column.grows:
            room = max(cells[place] // 3, cells[place] - width(tail))
            return [*texts[:place], crop(texts[place], room) + tail, *texts[place + 1 :]]
    return texts


def _line(taken: Sequence[int], shown: Sequence[int]) -> int:
    return sum(taken[place] for place in shown) + GAP * (len(shown) - 1)
