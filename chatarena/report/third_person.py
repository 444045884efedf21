"""Sentences of this program that speak to the participant, told of her to somebody else who looks at her session.

Law: only words of this program are changed; what a person or a model wrote stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from chatarena.report.words import SOURCES

# What a report calls her: whoever opens its file is not known.
PARTICIPANT: Final = "the participant"
# How lines of a plain account begin; what comes after is a person's or a model's own.
_BEGINNINGS: Final = (
    ("Your ", "The participant's "),
    ("You would ", "The participant would "),
    ("You ", "The participant "),
)
_RESTS: Final = "It rests on "
_NOTHING: Final = "Nothing can be recommended: you have "


def told_of(line: str) -> str:
    """A line of a plain account."""
    for yours, hers in _BEGINNINGS:
        if line.startswith(yours):
            return hers + line.removeprefix(yours)
    return line


def source_of(source: str, person: str = PARTICIPANT) -> str:
    """What chances were made from, by the name of the source; empty where there is none."""
    return SOURCES.get(source, "").replace("your", f"{person}'s", 1)


def rests_on(line: str, person: str = PARTICIPANT) -> str:
    """What a recommendation rests on; other sentences stay, they name options."""
    for source, words in SOURCES.items():
        if line.startswith(_RESTS + words):
            return _RESTS + source_of(source, person) + line.removeprefix(_RESTS + words)
    return line


def recommended(line: str, person: str = PARTICIPANT) -> str:
    """What is recommended, or why nothing is; only the reason speaks to her."""
    rest = line.removeprefix(_NOTHING)
    return line if rest == line else f"Nothing can be recommended: {person} has {rest}"


def of_bound(lines: Sequence[str], person: str = PARTICIPANT) -> list[str]:
    """The account of the loss bound, which holds nobody's own words."""
    return [re.sub(r"\byou\b", person, re.sub(r"\byour\b", f"{person}'s", line)) for line in lines]
