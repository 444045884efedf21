"""The kinds of value an authored file holds: words, texts, numbers, truth values; each says how to write it."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from chatarena.authoring.documents import Plain
from chatarena.authoring.text import clean, one_line

NAME = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
IDENTIFIER = r"^[A-Za-z][A-Za-z0-9_-]*$"

_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_TRUTHS = {word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")}


def refusal(message: str, remedy: str) -> PydanticCustomError:
    """An error for a validator to raise: what is wrong with the value, and what to write instead."""
    return PydanticCustomError("refused", "{said}", {"said": message, "remedy": remedy})


def prose(value: object) -> str:
    """A text as it may be shown: the validator behind `Prose`, for texts with bounds of their own."""
    if not isinstance(value, str):
        raise refusal(f"must be text, not {kind(value)}", "put a text that looks like something else into quotes")
    return clean(value).strip()


def _line(value: object) -> str:
    return one_line(prose(value))


def word(value: object) -> str:
    """A name or id as written; `true` and `false` must stand in quotes, because other readers of YAML see no word."""
    if isinstance(value, Plain) and value in _TRUTHS:
        raise refusal(f"must be a name, not {value}", "put it into quotes")
    return str(prose(value))


def number(value: object) -> float:
    """A number in digits: the validator behind `Number`, for numbers with bounds of their own."""
    if isinstance(value, Plain) and _NUMBER.fullmatch(value):
        return float(value)
    raise refusal(f"must be a number, not {kind(value)}", "write it in digits, without quotes, such as 0.25")


def whole(value: object) -> int:
    """Likewise for whole numbers."""
    if isinstance(value, Plain) and _NUMBER.fullmatch(value) and float(value).is_integer():
        # Digits alone are taken as they stand: a float would round those of a long seed.
        return int(value) if value.lstrip("+-").isdigit() else int(float(value))
    raise refusal(f"must be a whole number, not {kind(value)}", "write it in digits, without quotes, such as 3")


def _truth(value: object) -> bool:
    if isinstance(value, Plain) and value in _TRUTHS:
        return _TRUTHS[value]
    raise refusal(f"must be true or false, not {kind(value)}", "write true or false, without quotes")


Prose = Annotated[str, BeforeValidator(prose)]
Line = Annotated[str, BeforeValidator(_line)]
Word = Annotated[str, BeforeValidator(word)]
Number = Annotated[float, BeforeValidator(number)]
Whole = Annotated[int, BeforeValidator(whole)]
Truth = Annotated[bool, BeforeValidator(_truth)]


def kind(value: object) -> str:
    """What a value looks like to its author: `a list`, `the text 'x'`, `empty`."""
    if value is None:
        return "empty"
    if isinstance(value, str):
        return f"{value[:40]!r}" if isinstance(value, Plain) else f"the text {value[:40]!r}"
    return "a list" if isinstance(value, list | tuple) else "a mapping"
