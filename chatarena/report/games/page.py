"""A solved game as one page of HTML that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chatarena.games.solution import Solution
from chatarena.report.games.figures import values_figure
from chatarena.report.games.text import shown, solved
from chatarena.report.html.elements import Markup, element, join
from chatarena.report.html.ending import section
from chatarena.report.html.frame import page
from chatarena.report.hull.text import Block, Grid, Sentences


def html(found: Solution, notes: Sequence[str] = ()) -> Iterator[str]:
    """The page, in pieces; `notes` say how the game was read."""
    yield from page(
        f"Game: {found.game.name}",
        join(
            (
                element("p", {"class": "eyebrow"}, "ChatArena game"),
                element("h1", {"dir": "auto"}, found.game.name),
            )
        ),
        Markup(""),
        _parts(found, notes),
        "A game by ChatArena. Everything here is in this one file.",
        "",
    )


def _parts(found: Solution, notes: Sequence[str]) -> Iterator[Markup]:
    first, said, read, *tables = solved(found, notes)
    assert isinstance(first, Sentences) and isinstance(said, Sentences) and isinstance(read, Sentences)
    yield section("summary", "In short", *_prose((*first.lines, *said.lines, *read.lines)))
    yield section("values", "What she gets from whom", element("figure", {}, values_figure(found)))
    for number, block in enumerate(tables):
        yield section(f"part-{number}", _title(block), *_inside(block))
    inner = (
        join((element("h3", {"dir": "auto"}, _title(block)), *_inside(block))) for block in list(shown(found.game))[1:]
    )
    yield section("game", "The game", *inner)


def _title(block: Block) -> str:
    return block.heading[:1].upper() + block.heading[1:]


def _prose(lines: Sequence[str]) -> Iterator[Markup]:
    return (element("p", {"class": "prose", "dir": "auto"}, line) for line in lines)


def _inside(block: Block) -> Iterator[Markup]:
    if isinstance(block, Sentences):
        yield from _prose(block.lines)
        return
    yield _table(block)
    if block.note:
        yield from _prose((block.note,))


def _table(grid: Grid) -> Markup:
    first, *rest = grid.header
    head = (
        element("th", {"scope": "col", "dir": "auto"}, first),
        *(element("th", {"scope": "col", "class": "number", "dir": "auto"}, name) for name in rest),
    )
    table = element(
        "table",
        {"class": "numbers"},
        element("thead", {}, element("tr", {}, *head)),
        element("tbody", {}, *(_row(row) for row in grid.rows)),
    )
    return element("div", {"class": "scroll", "role": "region", "tabindex": 0, "aria-label": grid.heading}, table)


def _row(row: Sequence[object]) -> Markup:
    first, *rest = map(str, row)
    cells = (element("td", {"class": "number"}, cell) for cell in rest)
    return element("tr", {}, element("th", {"scope": "row", "dir": "auto"}, first), *cells)
