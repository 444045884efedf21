"""Tables of cells as people keep them, whatever the file: columns by name, as numbers or as words.

Law: a cell is a number, or missing (NaN), or an error that says where it is; nothing stands in for what is missing.
"""

from __future__ import annotations

import csv
import gzip
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from chatarena.errors import SourceDamaged, UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_GZIP: Final = b"\x1f\x8b"
_MISSING: Final = frozenset({"", "na", "n/a", "nan", "null", "none", "."})
_DELIMITERS: Final = ",\t;|"
WORDS: Final = "words, not numbers"


class Sheet(Protocol):
    """A table of cells; all of its columns have `rows` cells."""

    @property
    def name(self) -> str:
        """Of the file."""

    @property
    def header(self) -> tuple[str, ...]:
        """Names of the columns, all different."""

    @property
    def rows(self) -> int:
        """How many are held."""

    def numbers(self, column: str) -> NDArray[np.float64]:
        """The cells as numbers, NaN where one is missing.

        Raises:
            SourceDamaged: a cell is neither a number nor missing.
        """

    def words(self, column: str) -> list[str]:
        """The cells as they stand; empty where one is missing."""

    def kind(self, column: str) -> str:
        """Why a column holds no numbers (`WORDS`, or "empty"); empty where at least one cell does."""

    def place(self, row: int) -> str:
        """Where the row stands in the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSheet:
    """A table of texts, with the line that each row begins on."""

    name: str
    header: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]

    @property
    def rows(self) -> int:
        """How many there are."""
        return len(self.cells)

    def numbers(self, column: str) -> NDArray[np.float64]:
        """As `Sheet.numbers`."""
        return read_numbers(self, column, self.words(column))

    def words(self, column: str) -> list[str]:
        """As `Sheet.words`."""
        place = self.header.index(column)
        return [row[place] for row in self.cells]

    def kind(self, column: str) -> str:
        """As `Sheet.kind`."""
        return kind_of(self.words(column))

    def place(self, row: int) -> str:
        """The line."""
        return f"line {self.lines[row]}"


def text_sheet(path: Path) -> TextSheet:
    """A CSV or TSV file, plain or packed with gzip.

    Raises:
        SourceDamaged: it cannot be read as a table; says where.
        UsageError: there is no such file.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}", remedy="Check the name of the file.") from error
    text = _text(path.name, data)
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
        raise SourceDamaged(f"{path.name}, line {reader.line_num}: {error}") from error
    if len(rows) < 2:
        raise SourceDamaged(f"{path.name}: a table needs a line of column names and at least one row")
    check_header(path.name, rows[0])
    for cells, line in zip(rows, lines, strict=True):
        if len(cells) != len(rows[0]):
            raise SourceDamaged(
                f"{path.name}, line {line}: {len(cells)} cells, but there are {len(rows[0])} column names"
            )
    return TextSheet(name=path.name, header=rows[0], cells=tuple(rows[1:]), lines=tuple(lines[1:]))


def check_header(name: str, header: Sequence[str]) -> None:
    """Does nothing where all columns have a name of their own.

    Raises:
        SourceDamaged: one has none, or two have the same.
    """
    for place, column in enumerate(header, 1):
        if not column:
            raise SourceDamaged(f"{name}, line 1: column {place} has no name")
        if header.index(column) != place - 1:
            raise SourceDamaged(f"{name}, line 1: two columns are called {column!r}")


def read_numbers(sheet: Sheet, column: str, cells: Sequence[str]) -> NDArray[np.float64]:
    """Texts as numbers, NaN where one is missing.

    Raises:
        SourceDamaged: one is neither.
    """
    import numpy as np

    found = np.empty(len(cells))
    for row, cell in enumerate(cells):
        value = math.nan if is_missing(cell) else number_of(cell)
        if value is None:
            raise no_number(sheet, column, row, cell)
        found[row] = value
    return found


def no_number(sheet: Sheet, column: str, row: int, cell: str) -> SourceDamaged:
    """The error for a cell that is neither a number nor missing."""
    return SourceDamaged(
        f"{sheet.name}, {sheet.place(row)}, column {column!r}: {cell[:40]!r} is no number",
        remedy="Leave a missing number empty; write a decimal point. To leave the column out, name the others.",
    )


def kind_of(cells: Sequence[str]) -> str:
    """Why texts are no numbers: `WORDS`, or "empty"; empty where at least one is."""
    there = [cell for cell in cells if not is_missing(cell)]
    if not there:
        return "empty"
    return WORDS if all(number_of(cell) is None for cell in there) else ""


def is_missing(cell: str) -> bool:
    """Whether the text is one of those that say that nothing is known."""
    return cell.casefold() in _MISSING


def number_of(cell: str) -> float | None:
    """The finite number that a text writes; None where it writes none."""
    try:
        value = float(cell)
    except ValueError:
        return None
    # Digits grouped by underscores are Python's habit, not that of tables.
    return value if math.isfinite(value) and "_" not in cell else None


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
