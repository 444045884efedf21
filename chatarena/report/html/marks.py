"""What stands for an option, a state or a missing number in every section: the same number, colour and shape.

Colour never stands alone: a chip has a number or a letter, a line has a shape, and both have their label beside them.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from chatarena.arena.decision import Decision
from chatarena.authoring.text import one_line
from chatarena.report.html.elements import Markup, element, join

MISSING: Final = "–"
# Colours that people with any kind of colour vision tell apart; more of them would not be told apart by anybody.
COLOURS: Final = 6
_LETTERS: Final = "ABCDEFGHIJKL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One option or state: its sign (a number, or a letter), its label, and its place among colours and shapes."""

    sign: str
    label: str
    place: int

    @property
    def colour(self) -> str:
        """The class that carries its colour."""
        return f"c{self.place % COLOURS}"


@lru_cache(maxsize=8)
def option_marks(decision: Decision) -> tuple[Mark, ...]:
    """A mark for each option."""
    return tuple(
        Mark(sign=str(number), label=one_line(option.label), place=number - 1)
        for number, option in enumerate(decision.options, 1)
    )


@lru_cache(maxsize=8)
def state_marks(decision: Decision) -> tuple[Mark, ...]:
    """A mark for each state: that of the option with the same label where there is one, else one of its own."""
    options = {mark.label: mark for mark in option_marks(decision)}
    own = (
        Mark(sign=_LETTERS[place % len(_LETTERS)], label=one_line(state.label), place=len(decision.options) + place)
        for place, state in enumerate(decision.states)
    )
    return tuple(options.get(mark.label, mark) for mark in own)


@lru_cache(maxsize=16)
def _named_by(ids: tuple[str, ...], marks: tuple[Mark, ...]) -> dict[str, Mark]:
    return dict(zip(ids, marks, strict=True))


def option_mark(decision: Decision, option: str) -> Mark:
    """The mark of the option with this id; a question mark where there is none."""
    found = _named_by(decision.option_ids, option_marks(decision))
    return found.get(option) or Mark(sign="?", label=one_line(option), place=0)


def state_mark(decision: Decision, state: str) -> Mark:
    """The mark of the state with this id; a question mark where there is none."""
    found = _named_by(tuple(one.id for one in decision.states), state_marks(decision))
    return found.get(state) or Mark(sign="?", label=one_line(state), place=0)


def chip(mark: Mark) -> Markup:
    """The sign of an option or state in its colour."""
    return element("span", {"class": f"chip {mark.colour}"}, mark.sign)


def named(mark: Mark) -> Markup:
    """Chip and label."""
    return element("span", {"class": "named"}, join((chip(mark), " ", element("span", {"dir": "auto"}, mark.label))))


def percent(value: float | None) -> str:
    return MISSING if value is None else f"{value:.0%}"


def points(value: float | None) -> str:
    return MISSING if value is None else f"{value:.0f}"


def shorten(label: str, columns: int) -> str:
    """The label, or as much of it as fits into so many columns with `…` at its end; wide characters take two."""
    if _columns(label) <= columns:
        return label
    kept = label
    while _columns(kept) > columns - 1:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def wrapped(label: str, columns: int, lines: int) -> list[str]:
    """The label on so many lines at most, broken at blanks; what does not fit is cut off with `…`."""
    found: list[str] = []
    rest = label
    while rest and len(found) < lines - 1 and _columns(rest) > columns:
        blanks = [
            place for place, character in enumerate(rest) if character == " " and _columns(rest[:place]) <= columns
        ]
        if not blanks:
            break
        found.append(rest[: blanks[-1]])
        rest = rest[blanks[-1] + 1 :]
    return [*found, shorten(rest, columns)]


def _columns(label: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in label)
