"""What every page shares: its head with the one style sheet it may use, and the policy that forbids everything else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

from chatarena.authoring.text import one_line
from chatarena.report.html.elements import Markup, element, raw_style

_STYLE: Final = Path(__file__).with_name("style.css")


def page(
    title: str, masthead: Markup, contents: Markup, parts: Iterator[Markup], foot: str, more: str = ""
) -> Iterator[str]:
    """A page that needs nothing else, in pieces.

    Args:
        more: a style sheet of its own, put after the common one.
    """
    yield "<!DOCTYPE html>\n"
    yield '<html lang="en">\n'
    yield element("head", {}, *_head(title, style() + more))
    yield "\n<body>\n"
    yield element("a", {"class": "skip", "href": "#main"}, "To the content")
    yield "\n"
    yield element("header", {}, masthead)
    yield "\n"
    yield contents
    yield '\n<main id="main">\n'
    for part in parts:
        yield part
        yield "\n"
    yield "</main>\n"
    yield element("footer", {}, element("p", {}, foot))
    yield "\n</body>\n</html>\n"


def _head(title: str, css: str) -> Iterator[Markup]:
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    yield element("meta", {"charset": "utf-8"})
    yield element("meta", {"http-equiv": "Content-Security-Policy", "content": policy})
    yield element("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"})
    yield element("meta", {"name": "color-scheme", "content": "light dark"})
    yield element("meta", {"name": "referrer", "content": "no-referrer"})
    yield element("title", {}, one_line(title))
    yield raw_style(css)


@lru_cache(maxsize=1)
def style() -> str:
    """The common style sheet."""
    return _STYLE.read_text(encoding="utf-8")
