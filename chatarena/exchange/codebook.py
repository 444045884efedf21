"""The codebook of an export: every column of every file, made from the columns themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from chatarena.exchange.tables.columns import Heading, Row, Type

Form = Literal["csv", "parquet"]
CODEBOOK: Final = "codebook"
HEADINGS: Final = (
    Heading(name="file", type="text", meaning="the file"),
    Heading(name="column", type="text", meaning="the column in it"),
    Heading(name="type", type="text", meaning="what its cells hold, and how it is written"),
    Heading(name="unit", type="text", meaning="unit or range of a number"),
    Heading(name="meaning", type="words", meaning="what it says"),
    Heading(name="missing", type="words", meaning="what an empty cell means; empty where there is none"),
)

_PLAIN: Final[Mapping[Type, str]] = {
    "text": "text",
    "words": "free text with its line breaks",
    "list": "text: a JSON list",
    "time": "UTC time",
    "integer": "integer",
    "number": "number",
    "flag": "flag",
}
_UNALTERED: Final = "unaltered, so a cell may begin with = + - or @, which spreadsheets take for a formula"
_DISARMED: Final = "an apostrophe was put before a cell that begins with = + - @, a tab or a carriage return"


def codebook(tables: Mapping[str, Iterable[Heading]], form: Form, *, safe: bool) -> list[Row]:
    """One row a column.

    Args:
        tables: the headings of each table, by its name.
        safe: whether texts were disarmed for spreadsheets.
    """
    return [
        (
            f"{table}.{form}",
            heading.name,
            _written(heading.type, form, safe=safe),
            heading.unit,
            heading.meaning,
            heading.missing,
        )
        for table, headings in tables.items()
        for heading in headings
    ]


def _written(type_: Type, form: Form, *, safe: bool) -> str:
    plain = _PLAIN[type_]
    match type_:
        case "text" | "words" | "list" if form == "csv":
            return f"{plain}; {_DISARMED if safe else _UNALTERED}"
        case "time":
            return f"{plain}, {'ISO 8601' if form == 'csv' else 'timestamp in milliseconds'}"
        case "flag":
            return f"{plain}: {'1 yes, 0 no' if form == 'csv' else 'true or false'}"
        case _:
            return plain
