"""TOML with the line of every key, and values and keys written as TOML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def key_lines(text: str) -> dict[tuple[str, ...], int]:
    """The line, from 1, on which each key and table of a valid TOML document stands.

    The document is cut into statements, the shortest runs of lines that are TOML by themselves, so that no string or
    array over several lines can be mistaken for a key.
    """
    import tomllib

    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    statement, start = "", 1
    for number, line in enumerate(text.split("\n"), start=1):
        statement += line + "\n"
        try:
            value = tomllib.loads(statement)
        except tomllib.TOMLDecodeError:
            continue
        if statement.lstrip().startswith("["):
            table = max(_places(value), key=len, default=())
            _note(found, table, start)
        else:
            for place in _places(value):
                _note(found, (*table, *place), start)
        statement, start = "", number + 1
    return found


def _note(found: dict[tuple[str, ...], int], place: tuple[str, ...], line: int) -> None:
    for end in range(1, len(place) + 1):
        found.setdefault(place[:end], line)


def _places(value: Any) -> Iterator[tuple[str, ...]]:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        value = value[0]
    if not isinstance(value, Mapping):
        return
    for key, item in value.items():
        yield (key,)
        for place in _places(item):
            yield (key, *place)


def toml_key(key: str) -> str:
    """A key as TOML: bare where it can be, else quoted."""
    return key if _BARE_KEY.fullmatch(key) else toml_value(key)


def toml_value(value: object) -> str:
    """A value as TOML on one line; a table inline, without its entries that are None.

    Raises:
        ValueError: TOML has no such value.
    """
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return _quoted(value)
        case list() | tuple():
            return f"[{', '.join(toml_value(item) for item in value)}]"
        case Mapping():
            pairs = [f"{toml_key(str(key))} = {toml_value(item)}" for key, item in value.items() if item is not None]
            return f"{{ {', '.join(pairs)} }}" if pairs else "{}"
        case _:
            raise ValueError(f"TOML has no value for {value!r}")


def _quoted(text: str) -> str:
    import json

    # JSON's strings are TOML's basic strings but for two: TOML wants DEL escaped and has no surrogate pairs.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
