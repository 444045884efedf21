"""Sentences of this program that speak to the participant, told of her to somebody else who looks at her session.

Law: only words of this program are changed; what a person or a model wrote stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from chatarena.report import third_person
from chatarena.tui.blocks import YOU


def told_of(line: str, person: str) -> str:
    """A line of a plain account."""
    return line if person == YOU else third_person.told_of(line)


def rests_on(line: str, person: str) -> str:
    """What a recommendation rests on; other sentences stay, they name options."""
    return line if person == YOU else third_person.rests_on(line, person)


def of_bound(lines: Sequence[str], person: str) -> list[str]:
    """The account of the loss bound, which holds nobody's own words."""
    if person == YOU:
        return [line.replace("the participant's", "your").replace("she learns", "you learn") for line in lines]
    return third_person.of_bound(lines, person)
