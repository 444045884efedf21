"""Blocks of a lane painted into strips, once per block and width. Law: a model's text is shown, never obeyed."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from chatarena.authoring.text import clean, one_line
from chatarena.tui.blocks import YOU, Block, Row
from chatarena.tui.cells import MISSING, bar, crop, fit, width, wrap

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from rich.console import Console

BOLD, DIM, ITALIC = Style(bold=True), Style(dim=True), Style(italic=True)
MIN_MARKDOWN_CELLS = 24
MIN_CLAIM, MAX_CLAIM, GAP, MANY = 30, 52, 3, 5
# Weights and slants only: a terminal's own theme, a light one and no colour at all must all stay readable.
MARKDOWN_STYLES = {
    "markdown.code": "bold",
    "markdown.code_block": "none",
    "markdown.block_quote": "italic",
    "markdown.list": "none",
    "markdown.item.bullet": "bold",
    "markdown.item.number": "bold",
    "markdown.hr": "dim",
    "markdown.h1": "bold",
    "markdown.h1.border": "none",
    "markdown.h2": "bold",
    "markdown.h3": "bold",
    "markdown.h4": "bold",
    "markdown.h5": "bold",
    "markdown.h6": "bold",
    "markdown.h7": "bold",
    "markdown.link": "none",
    "markdown.link_url": "none",
    "markdown.table.border": "dim",
    "markdown.table.header": "bold",
}


def paint(block: Block, cells: int) -> list[Strip]:
    """The lines of a block in `cells` cells, followed by its own empty line where it needs one."""
    cells, text = max(1, cells), clean(block.text)
    match block.kind:
        case "speech":
            return [*_speech(text, cells), Strip.blank(0)]
        case "claims":
            return [*_claims(block, cells), Strip.blank(0)]
        case "round":
            return [_line(_rule(text, cells), DIM)]
        case "person":
            who = clean(block.who) or YOU
            return [*(_line(line, ITALIC) for line in wrap(f"› {who}: {text}", cells)), Strip.blank(0)]
        case "speaker":
            return [_line(crop(text, cells), BOLD)]
        case "note":
            return [*(_line(line, BOLD) for line in wrap(f"✕ {text}", cells)), Strip.blank(0)]


def _line(text: str, style: Style | None = None) -> Strip:
    return Strip([Segment(text, style)] if text else [], width(text))


def _rule(text: str, cells: int) -> str:
    return crop(f"── {text} {'─' * cells}", cells) if cells < width(text) + 4 else f"── {text} ".ljust(cells, "─")


def _claims(block: Block, cells: int) -> list[Strip]:
    """Small bars; many of them in as many columns as fit, lest they push the argument out of sight."""
    rows = [replace(row, label=one_line(row.label)) for row in block.rows]
    columns = max(1, (cells + GAP) // (MIN_CLAIM + GAP)) if len(rows) > MANY else 1
    deep = -(-len(rows) // columns)
    each = min(MAX_CLAIM, (cells + GAP) // columns - GAP)
    label_cells = min(max((width(row.label) for row in rows), default=0), max(6, each * 2 // 5))
    drawn = [_claim(row, each, label_cells) for row in rows]
    lines = [(" " * GAP).join(drawn[place::deep]) for place in range(deep)]
    return [_line(crop(one_line(block.text), cells), DIM), *map(_line, lines)]


def _claim(row: Row, cells: int, label_cells: int) -> str:
    number = MISSING if row.value is None else f"{row.value:.0f}"
    drawn = bar(None if row.value is None else row.value / 100, max(0, cells - label_cells - 5))
    return crop(f"{fit(row.label, label_cells)} {drawn} {fit(number, 3, right=True)}", cells)


def _speech(text: str, cells: int) -> list[Strip]:
    """A speech through Markdown; as plain text where Markdown would leave out a letter of what was said."""
    strips = _markdown(text, cells) if cells >= MIN_MARKDOWN_CELLS else []
    shown = sum(_letters(strip.text) for strip in strips)
    return strips if shown >= _letters(text) else [_line(line) for line in wrap(text.rstrip(), cells)]


def _letters(text: str) -> int:
    return sum(map(str.isalnum, text))


def _markdown(text: str, cells: int) -> list[Strip]:
    # Pygments comes with it: paid for by the first finished turn, not by the first paint.
    from rich.markdown import Markdown

    console = _console()
    markdown = Markdown("", hyperlinks=False)
    markdown.parsed = _parser().parse(text)
    lines = console.render_lines(markdown, console.options.update(width=cells, height=None), pad=False)
    strips = [Strip([_inert(segment) for segment in line if not segment.control]) for line in lines]
    while strips and not strips[-1].text.strip():
        strips.pop()
    return strips


def _inert(segment: Segment) -> Segment:
    """A segment whose text was cleaned again: Markdown turns character entities into characters."""
    style = segment.style
    if style is not None and (style.link or style.color or style.bgcolor):
        style = Style(bold=style.bold, italic=style.italic, dim=style.dim, strike=style.strike)
    return Segment(clean(segment.text), style)


@lru_cache(maxsize=1)
def _console() -> Console:
    import io

    from rich.console import Console
    from rich.theme import Theme

    return Console(file=io.StringIO(), width=80, color_system="truecolor", theme=Theme(MARKDOWN_STYLES), markup=False)


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    # Raw HTML and character entities stay visible as the text they are; indented text is speech, not code.
    parser = MarkdownIt("commonmark", {"html": False}).enable("strikethrough")
    return parser.disable(["code", "entity", "html_block", "html_inline", "reference"])
