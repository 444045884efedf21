"""The words of a verdict: what was asked, in which sense, and what an answer does not say."""

from __future__ import annotations

import math
from collections.abc import Mapping

from chatarena.hull.kinds import Kind, Offset

# Utilities are of the order of one, doubles have sixteen digits, and a root halves them.
DUST = 1e-9

KIND_WORDS: Mapping[Kind, str] = {
    "simplex": "a weighted average of the agents' utilities",
    "cone": "a sum of the agents' utilities, each times a weight that is not negative",
    "affine": "a combination of the agents' utilities with weights that sum to one but may be negative",
}
OFFSET_WORDS: Mapping[Offset, str] = {
    "none": "",
    "free": " plus a constant",
    "per state": " plus a constant for every state",
}
NORM_WORDS: Mapping[str, str] = {
    "mean square": "a root mean square error",
    "largest error": "a largest error",
}

_PLAIN = (
    "Inside does not say that an agent is honest or means well: only that their interests, added up with these"
    " weights, value things as this person does. Outside does not say that an agent is hostile.",
    "What the theory makes of it is a statement about averages in equilibrium. It assumes agents that fix how they talk"
    " beforehand, care which option is chosen and do not collude.",
)
SCOPE: Mapping[str, tuple[str, ...]] = {
    "mean square": (
        "A mean error over instances is not the epsilon of the theorems, which is the largest error over every option"
        " and state. A small mean bounds what the theorems need only where sessions meet instances as this table does.",
        *_PLAIN,
    ),
    "largest error": (
        "This is the epsilon of the theorems if these instances are every option in every state; if they are a sample,"
        " an instance that nobody rated may be worse.",
        *_PLAIN,
    ),
}


def number(value: float) -> str:
    """Three significant digits; what is nothing but rounding is 0."""
    return f"{value:.3g}" if abs(value) > DUST else "0"


def at_most(value: float, digits: int = 3) -> str:
    """In so many significant digits, never below the value: for what is promised or proved from above."""
    return _towards(value, math.inf, digits)


def at_least(value: float, digits: int = 3) -> str:
    """In so many significant digits, never above the value: for what is promised or proved from below."""
    return _towards(value, -math.inf, digits)


def _towards(value: float, end: float, digits: int) -> str:
    if abs(value) <= DUST or not math.isfinite(value):
        return number(value)
    unit = 10.0 ** (math.floor(math.log10(abs(value))) + 1 - digits)
    # What is a whole number of the last digit but for rounding stays it.
    whole = math.ceil(value / unit - 1e-6) if end > 0 else math.floor(value / unit + 1e-6)
    return f"{whole * unit:.{digits}g}"


def apart(first: float, second: float) -> tuple[str, str]:
    """Two numbers in as few digits, three or more, as tell them from each other."""
    for digits in range(3, 17):
        words = f"{first:.{digits}g}", f"{second:.{digits}g}"
        if words[0] != words[1]:
            return words
    return number(first), number(second)


def counted(count: int, word: str) -> str:
    """How many of them: `1 game`, `2,000 games`."""
    return f"{count:,} {plural(count, word)}"


def plural(count: int, word: str) -> str:
    """The word, with an s where there is not exactly one."""
    return word if count == 1 else f"{word}s"
