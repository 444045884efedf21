"""A solved game as one page of HTML that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chatarena.games.solution import Solution
from chatarena.report.games.figures import values_figure
from chatarena.report.games.text import shown, solved
from chatarena.report.html.elements import Markup, element, join
from chatarena.report.html.frame import page
from chatarena.report.hull.text import Block, Sentences


def html(found: Solution, notes: Sequence[str] = ()) -> Iterator[str]:
    """The page, in pieces; `notes` say how the game was read."""
    first, *rest = solved(found)
    sections = (
        element("p", {"class": "prose", "dir": "auto"}, line)
        for block in (first,)
        if isinstance(block, Sentences)
        for line in (*block.lines, *notes)
    )
    yield from page(
        f"Game: {found.game.name}",
        join(
            (
                element("p", {"class": "eyebrow"}, "ChatArena game"),
                element("h1", {"dir": "auto"}, found.game.name),
            )
        ),
        Markup(""),
        iter(
            (
                join(sections),
                element("figure", {}, values_figure(found)),
                *(_block(block) for block in rest),
                element("h2", {}, "The game"),
                *(_block(block) for block in list(shown(found.game))[1:]),
            )
        ),
        "A game by ChatArena. Everything here is in this one file.",
        "",
    )


def _block(block: Block) -> Markup:
    head = (element("h2", {"dir": "auto"}, block.heading),) if block.heading else ()
    if isinstance(block, Sentences):
        lines = (element("p", {"class": "prose", "dir": "auto"}, line) for line in block.lines)
        return join((*head, *lines))
    header = element("tr", {}, *(element("th", {"dir": "auto"}, name) for name in block.header))
    rows = (element("tr", {}, *(element("td", {"dir": "auto"}, str(cell)) for cell in row)) for row in block.rows)
    table = element("table", {}, element("thead", {}, header), element("tbody", {}, *rows))
    note = (element("p", {"class": "prose"}, block.note),) if block.note else ()
    return join((*head, table, *note))
