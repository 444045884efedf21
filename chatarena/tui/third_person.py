"""Sentences of this program that speak to the participant, told of her to somebody else who looks at her session.

Law: only words of this program are changed; what a person or a model wrote stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from chatarena.report.words import SOURCES
from chatarena.tui.blocks import YOU

# How lines of a plain account begin; what comes after is a person's or a model's own.
_BEGINNINGS = (("Your ", "The participant's "), ("You would ", "The participant would "), ("You ", "The participant "))
_RESTS = "It rests on "


def told_of(line: str, person: str) -> str:
    """A line of a plain account."""
    if person == YOU:
        return line
    for yours, hers in _BEGINNINGS:
        if line.startswith(yours):
            return hers + line.removeprefix(yours)
    return line


def rests_on(line: str, person: str) -> str:
    """What a recommendation rests on; other sentences stay, they name options."""
    if person == YOU or not line.startswith(_RESTS):
        return line
    found = next((words for words in SOURCES.values() if line.startswith(_RESTS + words)), "")
    return line.replace(found, found.replace("your", f"{person}'s"), 1) if found else line


def of_bound(lines: Sequence[str], person: str) -> list[str]:
    """The account of the loss bound, which holds nobody's own words."""
    if person == YOU:
        return [line.replace("the participant's", "your").replace("she learns", "you learn") for line in lines]
    return [re.sub(r"\byou\b", person, re.sub(r"\byour\b", f"{person}'s", line)) for line in lines]
