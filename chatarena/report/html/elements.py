"""HTML put together from elements. Law: only `element` makes markup; every text that goes in is cleaned and escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from html import escape
from typing import Final

from chatarena.authoring.text import clean, one_line

_VOID: Final = frozenset({"meta"})


class Markup(str):
    """Text that is markup already. Only this module makes it."""

    __slots__ = ()


Child = Markup | str
Attributes = Mapping[str, str | int | float]


def text(words: str) -> Markup:
    """A text as it is to be read."""
    return Markup(escape(clean(words)))


def element(name: str, attributes: Attributes | None = None, *children: Child) -> Markup:
    """An element; children that are no markup are escaped.

    Args:
        attributes: values are put on one line; an empty one stands for itself, as in `open`.
    """
    given = "".join([_attribute(key, value) for key, value in attributes.items()]) if attributes else ""
    if name in _VOID:
        return Markup(f"<{name}{given}>")
    return Markup(f"<{name}{given}>{join(children)}</{name}>")


@lru_cache(maxsize=1_000)
def _attribute(key: str, value: str | int | float) -> str:
    """An attribute as it is written; most of a page's are a few dozen classes."""
    return f' {key}="{escape(_value(value))}"'


def _value(value: str | int | float) -> str:
    if isinstance(value, str):
        return one_line(value)
    # Two decimals place a mark to a hundredth of a pixel, and keep the same figure the same bytes everywhere.
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def join(children: Iterable[Child]) -> Markup:
    """Several pieces, one after the other."""
    return Markup("".join(child if isinstance(child, Markup) else text(child) for child in children))


def raw_style(css: str) -> Markup:
    """Our own style sheet.

    Raises:
        ValueError: it holds a tag, which would end it.
    """
    if "<" in css:
        raise ValueError("a style sheet must hold no tag")
    return Markup(f"<style>{css}</style>")
