"""Any table of scores as hull analysis takes it: a row for what was rated, a column for whoever rated it.

Laws: a cell is a number, or empty, or an error that names line and column; every column that is not used is named with
the reason; missing cells are counted by the table and nothing stands in for them.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from chatarena.authoring.places import nearest
from chatarena.authoring.text import one_line
from chatarena.errors import SourceDamaged, UsageError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from chatarena.hull.table import UtilityTable

_GZIP: Final = b"\x1f\x8b"
_MISSING: Final = frozenset({"", "na", "n/a", "nan", "null", "none", "."})
_DELIMITERS: Final = ",\t;|"
_MOST_NAMED: Final = 8
# In so many rows nobody's scores ascend all the way by chance.
_LONG: Final = 10
_AN_ID: Final = re.compile(r"(^|[\W_])(id|index|key|no|nr|row)$", re.IGNORECASE)
_WORDS: Final = "words, not numbers"
# What a column of scores may not be called, because the target is.
_RESERVED: Final = "target"


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which columns are what. Agents may be patterns (`gpt-*`); none takes every other column of numbers.

    `group` holds what must stay together when rows are held out, `state` the state of the world a row is in, `label`
    what a row is called. `scale` are the two scores that become 0 and 1; None leaves numbers as they are.
    """

    target: str
    agents: tuple[str, ...] = ()
    group: str = ""
    state: str = ""
    label: str = ""
    scale: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """A table that was read: its file and sha256, how many rows it had, and the columns left out with reasons."""

    source: str
    sha256: str
    rows: int
    table: UtilityTable
    unused: tuple[tuple[str, str], ...]
    read: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    """The cells of a file, with the line that each row begins on."""

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]

    def column(self, name: str) -> list[str]:
        place = self.header.index(name)
        return [row[place] for row in self.rows]


def read_scores(path: Path, columns: Columns) -> Scores:
    """The table in a CSV or TSV file, plain or packed with gzip.

    Raises:
        SourceDamaged: the file cannot be read as a table, or a cell is neither a number nor empty; says where.
        UsageError: no such file or column, no agents, or no complete row.
    """
    data = _bytes(path)
    sheet = _sheet(path.name, data)
    agents, unused = _chosen(sheet, columns)
    target = _numbers(sheet, columns.target, columns.scale)
    from chatarena.hull.table import table

    try:
        made = table(
            cast("ArrayLike", list(zip(*(_numbers(sheet, name, columns.scale) for name in agents), strict=True))),
            cast("ArrayLike", target),
            agents,
            instances=_labels(sheet, columns, unused),
            groups=_texts(sheet, columns.group),
            states=_texts(sheet, columns.state),
            reasons={},
        )
    except ValueError as error:
        raise UsageError(f"{path.name}: {error}") from error
    return Scores(
        source=path.name,
        sha256=hashlib.sha256(data).hexdigest(),
        rows=len(sheet.rows),
        table=made,
        unused=tuple(unused.items()),
        read=_read(made, columns),
    )


# -- the file ----------------------------------------------------------------------------------------------------------


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}", remedy="Check the name of the file.") from error


def _sheet(name: str, data: bytes) -> _Sheet:
    text = _text(name, data)
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    began = 1
    try:
        for row in reader:
            if len(row) > 1 or any(cell.strip() for cell in row):
                rows.append(tuple(cell.strip() for cell in row))
                lines.append(began)
            began = reader.line_num + 1
    except csv.Error as error:
        raise SourceDamaged(f"{name}, line {reader.line_num}: {error}") from error
    if len(rows) < 2:
        raise SourceDamaged(f"{name}: a table needs a line of column names and at least one row")
    _check_header(name, rows[0])
    for cells, line in zip(rows, lines, strict=True):
        if len(cells) != len(rows[0]):
            raise SourceDamaged(f"{name}, line {line}: {len(cells)} cells, but there are {len(rows[0])} column names")
    return _Sheet(name=name, header=rows[0], rows=tuple(rows[1:]), lines=tuple(lines[1:]))


def _text(name: str, data: bytes) -> str:
    if data.startswith(_GZIP):
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError) as error:
            raise SourceDamaged(f"{name}: packed with gzip and damaged: {error}") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SourceDamaged(f"{name}, line {line}: not UTF-8", remedy="Save the table as UTF-8.") from error


def _check_header(name: str, header: Sequence[str]) -> None:
    for place, column in enumerate(header, 1):
        if not column:
            raise SourceDamaged(f"{name}, line 1: column {place} has no name")
        if header.index(column) != place - 1:
            raise SourceDamaged(f"{name}, line 1: two columns are called {column!r}")


# -- the columns -------------------------------------------------------------------------------------------------------


def _chosen(sheet: _Sheet, columns: Columns) -> tuple[tuple[str, ...], dict[str, str]]:
    """The agents' columns, and of every column that is nothing else why it is left out."""
    named = [columns.target, *(name for name in (columns.group, columns.state, columns.label) if name)]
    for name in named:
        _check_known(sheet, name)
    others = [name for name in sheet.header if name not in named]
    if columns.agents:
        agents = tuple(dict.fromkeys(name for word in columns.agents for name in _matching(sheet, word, named)))
        return _checked(agents), {name: "not asked for" for name in others if name not in agents}
    unused = {name: why for name in others if (why := _no_scores(sheet, name))}
    agents = tuple(name for name in others if name not in unused)
    if not agents:
        raise UsageError(f"{sheet.name}: no column of numbers beside {columns.target!r}")
    return _checked(agents), unused


def _checked(agents: tuple[str, ...]) -> tuple[str, ...]:
    if _RESERVED in agents:
        raise UsageError(f"no column of an agent can be called {_RESERVED!r}", remedy="Give it another name.")
    return agents


def _check_known(sheet: _Sheet, name: str) -> None:
    if name not in sheet.header:
        close = nearest(name, sheet.header)
        shown = ", ".join(map(one_line, sheet.header[:_MOST_NAMED]))
        more = f" and {len(sheet.header) - _MOST_NAMED} more" if len(sheet.header) > _MOST_NAMED else ""
        raise UsageError(
            f"{sheet.name} has no column {name!r}",
            remedy=f"did you mean {close!r}?" if close else f"there are: {shown}{more}",
        )


def _matching(sheet: _Sheet, word: str, named: Sequence[str]) -> list[str]:
    """The columns that a name or a pattern means."""
    if word in sheet.header or not any(sign in word for sign in "*?["):
        _check_known(sheet, word)
        return [word]
    found = [name for name in sheet.header if fnmatchcase(name, word) and name not in named]
    if not found:
        raise UsageError(f"{sheet.name} has no column like {word!r}")
    return found


def _no_scores(sheet: _Sheet, name: str) -> str:
    """Why a column that nobody named holds no scores; empty where it does."""
    cells = [cell for cell in sheet.column(name) if cell.casefold() not in _MISSING]
    if not cells:
        return "empty"
    numbers = [_number(cell) for cell in cells]
    if all(number is None for number in numbers):
        return _WORDS
    if len(cells) == len(sheet.rows) > 2 and _numbers_rows(name, numbers):
        return "it numbers the rows"
    return ""


def _numbers_rows(name: str, numbers: Sequence[float | None]) -> bool:
    """Whether these are whole numbers that ascend by ones, or in a long column ascend or are all different `ids`."""
    known = [number for number in numbers if number is not None]
    if len(known) < len(numbers) or not all(number.is_integer() for number in known):
        return False
    steps = {after - before for before, after in pairwise(known)}
    different = len(set(known)) == len(known) and _AN_ID.search(name) is not None
    return steps == {1.0} or (len(known) >= _LONG and (min(steps) > 0 or different))


def _numbers(sheet: _Sheet, name: str, scale: tuple[float, float] | None) -> list[float | None]:
    found: list[float | None] = []
    for cell, line in zip(sheet.column(name), sheet.lines, strict=True):
        if cell.casefold() in _MISSING:
            found.append(None)
            continue
        value = _number(cell)
        if value is None:
            raise SourceDamaged(
                f"{sheet.name}, line {line}, column {name!r}: {cell[:40]!r} is no number",
                remedy="Leave a missing number empty; write a decimal point. To leave the column out, name the others"
                " with --agents.",
            )
        found.append(value if scale is None else (value - scale[0]) / (scale[1] - scale[0]))
    return found


def _number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    # Digits grouped by underscores are Python's habit, not that of tables.
    return value if math.isfinite(value) and "_" not in cell else None


def _texts(sheet: _Sheet, name: str) -> list[str] | None:
    if not name:
        return None
    texts = sheet.column(name)
    for text, line in zip(texts, sheet.lines, strict=True):
        if not text:
            raise SourceDamaged(f"{sheet.name}, line {line}, column {name!r}: empty, so the row belongs to nothing")
    return texts


def _labels(sheet: _Sheet, columns: Columns, unused: dict[str, str]) -> list[str]:
    """What the rows are called: as asked for, else by a column of different words, else by their line."""
    named = columns.label or next((name for name, why in unused.items() if why == _WORDS and _tells(sheet, name)), "")
    if named in unused:
        unused[named] = "it names the rows"
    before = named or columns.group
    if not before:
        return [f"line {line}" for line in sheet.lines]
    texts = [called(before, text) for text in sheet.column(before)]
    if len(set(texts)) < len(texts):
        return [f"{text} (line {line})" for text, line in zip(texts, sheet.lines, strict=True)]
    return texts


def called(column: str, text: str) -> str:
    """What a cell of a column of labels is called: itself, and after the column's name where it is a bare number."""
    return one_line(text) if _number(text) is None else f"{one_line(column)} {one_line(text)}"


def _tells(sheet: _Sheet, name: str) -> bool:
    """Whether the words of a column tell its rows apart."""
    texts = sheet.column(name)
    return all(texts) and len(set(texts)) == len(texts)


def _read(made: UtilityTable, columns: Columns) -> tuple[str, ...]:
    low, high = (min(made.utilities.min(), made.target.min()), max(made.utilities.max(), made.target.max()))
    words = [f"The target is the column {one_line(columns.target)}."]
    if columns.scale is not None:
        words.append(f"Scores of {columns.scale[0]:g} to {columns.scale[1]:g} became 0 to 1.")
    if low < 0 or high > 1:
        words.append(
            f"Scores lie between {low:g} and {high:g}: errors are in their unit, and the theory's utilities lie between"
            " 0 and 1."
        )
    return tuple(words)
