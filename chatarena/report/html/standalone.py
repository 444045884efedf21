"""A figure of a page as a file of its own: an SVG that carries the style it needs and stands on any background."""

from __future__ import annotations

import re
from typing import Final

from chatarena.report.html.elements import Markup, element, raw_style
from chatarena.report.html.frame import style

_WIDE: Final = re.compile(r'<svg class="paths wide[^"]*" viewBox="0 0 (\d+) (\d+)".*?</svg>', re.DOTALL)
_HEAD: Final = 26
_PLAIN: Final = "svg { background: var(--paper); font-family: system-ui, sans-serif; } .paths { max-width: none; }"


def svg_file(figure: Markup, *, heading: str = "") -> str:
    """The wide drawing of a figure as a file.

    Args:
        figure: what `chatarena.report.html.plots` draws.
        heading: a line above it, where no page says what is drawn.

    Raises:
        ValueError: there is no wide drawing in it.
    """
    found = _WIDE.search(figure)
    if found is None:
        raise ValueError("this figure has no wide drawing")
    whole, width, height = found.group(0), int(found.group(1)), int(found.group(2))
    opening, rest = whole.split(">", 1)
    # The page's rules for narrow screens would hide a file's only drawing.
    rules = re.sub(r"@media \(max-width: 48rem\) \{ \.paths\.wide[^\n]*\n", "", style())
    if heading:
        opening = opening.replace(f'viewBox="0 0 {width} {height}"', f'viewBox="0 -{_HEAD} {width} {height + _HEAD}"')
        height += _HEAD
        rest = f"{element('text', {'class': 'name', 'x': 6, 'y': 14 - _HEAD}, heading)}{rest}"
    size = f'xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
    return f"{opening.replace('<svg ', f'<svg {size} ', 1)}>{raw_style(rules + _PLAIN)}{rest}\n"
