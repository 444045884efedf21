"""One row a session: its fixed columns, and those numbered by option, state, round and agent, as many as there are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from chatarena.exchange.tables.columns import Cell, Heading, Row, Told
from chatarena.exchange.tables.header import HEADER
from chatarena.exchange.tables.numbered import AGENT_FAMILIES, OPTION_FAMILIES, Family, Key
from chatarena.exchange.tables.outcome import RESULT

FIXED: Final = (*HEADER, *RESULT)
_MAX_WORD: Final = 32

WIDE_TABLES: Final[dict[str, tuple[Family, ...]]] = {
    "sessions": OPTION_FAMILIES,
    "wide": (*OPTION_FAMILIES, *AGENT_FAMILIES),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One session's cells before it is known which columns there are: the fixed ones, and the numbered by family."""

    fixed: Row
    numbered: dict[tuple[str, Key], Cell]


def measure(session: Told) -> Measured:
    """The cells of one session."""
    numbered = {(family.name, key): cell for family in WIDE_TABLES["wide"] for key, cell in family.read(session)}
    return Measured(fixed=tuple(column.read(session) for column in FIXED), numbered=numbered)


def spread(name: str, measured: Sequence[Measured]) -> tuple[tuple[Heading, ...], list[Row]]:
    """A table of one row a session, whose columns are the union of what the sessions have.

    Args:
        name: sessions or wide.
    """
    families = WIDE_TABLES[name]
    words = _words(label for one in measured for label in _labels(one))
    places = [(family, key) for family in families for key in sorted(_keys(family, measured))]
    headings = (
        *(column.heading for column in FIXED),
        *(_heading(family, key, words) for family, key in places),
    )
    cells = [(family.name, key) for family, key in places]
    rows = [(*one.fixed, *(one.numbered.get(place) for place in cells)) for one in measured]
    return headings, rows


def _keys(family: Family, measured: Sequence[Measured]) -> set[Key]:
    return {key for one in measured for name, key in one.numbered if name == family.name}


def _labels(one: Measured) -> Iterable[str]:
    return (str(key[0]) for name, key in one.numbered if name == "turns_{agent}")


def _heading(family: Family, key: Key, words: dict[str, str]) -> Heading:
    named = dict(zip(family.parts, key, strict=True))
    meant = {part: str(value) for part, value in named.items()}
    spelt = {part: words[value] if part == "agent" else value for part, value in meant.items()}
    return Heading(
        name=family.name.format(**spelt),
        type=family.type,
        meaning=family.meaning.format(**meant),
        unit=family.unit,
        missing=family.missing,
    )


def _words(labels: Iterable[str]) -> dict[str, str]:
    """Each label as a word that may stand in a column's name, no two alike but for upper and lower case."""
    words: dict[str, str] = {}
    taken: set[str] = set()
    for label in sorted(set(labels)):
        word = re.sub(r"\W+", "_", label).strip("_")[:_MAX_WORD] or "agent"
        tries = (word if number == 1 else f"{word}_{number}" for number in range(1, len(taken) + 2))
        words[label] = next(spelling for spelling in tries if spelling.casefold() not in taken)
        taken.add(words[label].casefold())
    return words
