"""Tables as Parquet files, with types of their own: times, integers, numbers, flags, texts; null for what is missing.

What a column means travels with it, in the metadata of its field. Needs the extra `parquet`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

from chatarena.errors import UsageError
from chatarena.exchange.counting import Count
from chatarena.exchange.tables.columns import Cell, Heading, Row

# Rows that are held at once: a row group of this size is still worth its statistics.
_AT_ONCE: Final = 20_000


def pyarrow() -> Any:
    """The library, imported when it is needed.

    Raises:
        UsageError: it is not installed; says how to get it.
    """
    try:
        import pyarrow as library
        import pyarrow.parquet
    except ImportError as error:
        raise UsageError(
            "Parquet needs the package pyarrow, which is not installed",
            remedy='Install it with: pip install "stackelberg-chatarena[parquet]"; or take CSV instead.',
        ) from error
    return library


class ParquetFile:
    """One table's file, readable by its owner alone."""

    def __init__(self, path: Path, headings: Sequence[Heading]) -> None:
        """Create the file.

        Raises:
            UsageError: pyarrow is not installed.
        """
        self._arrow = pyarrow()
        self._schema = self._arrow.schema([_field(self._arrow, heading) for heading in headings])
        self._times = frozenset(place for place, heading in enumerate(headings) if heading.type == "time")
        self._waiting: list[Row] = []
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        self._writer = self._arrow.parquet.ParquetWriter(self._file, self._schema)

    def write(self, rows: Iterable[Row]) -> None:
        """Write rows whose cells follow the headings."""
        rows = iter(rows)
        while batch := list(islice(rows, _AT_ONCE)):
            self._waiting += batch
            if len(self._waiting) >= _AT_ONCE:
                self._flush()

    def _flush(self) -> None:
        columns = list(zip(*self._waiting, strict=True)) or [()] * len(self._schema)
        arrays = [
            self._arrow.array([_moment(cell) for cell in cells] if place in self._times else cells, field.type)
            for place, (cells, field) in enumerate(zip(columns, self._schema, strict=True))
        ]
        self._writer.write_table(self._arrow.Table.from_arrays(arrays, schema=self._schema))
        self._waiting = []

    def close(self) -> None:
        """Have everything on the disk."""
        self._flush()
        self._writer.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def abandon(self) -> None:
        """Close a file that will not be used."""
        self._file.close()


def _field(arrow: Any, heading: Heading) -> Any:
    types = {
        "time": arrow.timestamp("ms", tz="UTC"),
        "integer": arrow.int64(),
        "number": arrow.float64(),
        "flag": arrow.bool_(),
    }
    told = {"meaning": heading.meaning, "unit": heading.unit, "missing": heading.missing}
    return arrow.field(heading.name, types.get(heading.type, arrow.string()), metadata=told)


def _moment(cell: Cell) -> datetime | None:
    return datetime.fromisoformat(str(cell)) if cell is not None else None


def count_parquet(path: Path, numbers: str | None) -> Count:
    """How many rows a written file has, and how many cells of the column `numbers` are not null."""
    arrow = pyarrow()
    # Read from an open file: pyarrow keeps a path open longer than some systems let it be renamed.
    with path.open("rb") as file:
        read = arrow.parquet.ParquetFile(file)
        there = None
        if numbers is not None:
            column = read.read(columns=[numbers]).column(numbers)
            there = len(column) - column.null_count
        return Count(rows=read.metadata.num_rows, numbers=there)
