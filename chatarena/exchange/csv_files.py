"""Tables as CSV files: RFC 4180 in UTF-8, an empty cell for what is missing, 1 and 0 for yes and no.

Law: reading a file with any CSV reader gives back every text as it was, line breaks and leading signs included, unless
it was to be made safe for spreadsheets.
"""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from chatarena.exchange.counting import Count
from chatarena.exchange.tables.columns import TEXT_TYPES, Cell, Heading, Row

# What a spreadsheet takes for the beginning of a formula, in narrow and in wide writing, and the blanks it skips.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Line ends of two characters, so that the csv module quotes both of them wherever they occur in a text.
_LINE_END: Final = "\r\n"


class CsvFile:
    """One table's file, readable by its owner alone."""

    def __init__(self, path: Path, headings: Sequence[Heading], *, safe: bool) -> None:
        """Create the file and write its header.

        Args:
            safe: puts an apostrophe before texts that a spreadsheet would take for a formula, and a byte order mark
                at the beginning, by which Excel knows UTF-8.
        """
        self._safe = safe
        self._texts = [place for place, heading in enumerate(headings) if heading.type in TEXT_TYPES]
        self._flags = [place for place, heading in enumerate(headings) if heading.type == "flag"]
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(descriptor, "w", encoding="utf-8-sig" if safe else "utf-8", newline="")
        self._writer = csv.writer(self._file, lineterminator=_LINE_END)
        self._writer.writerow(heading.name for heading in headings)

    def write(self, rows: Iterable[Row]) -> None:
        """Write rows whose cells follow the headings."""
        self._writer.writerows(map(self._cells, rows))

    def _cells(self, row: Row) -> Sequence[Cell]:
        cells = list(row)
        for place in self._flags:
            if (flag := cells[place]) is not None:
                cells[place] = int(flag)
        if self._safe:
            for place in self._texts:
                if isinstance(cell := cells[place], str) and cell.startswith(_FORMULA):
                    cells[place] = f"'{cell}"
        return cells

    def close(self) -> None:
        """Have everything on the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def abandon(self) -> None:
        """Close a file that will not be used."""
        self._file.close()


def count_csv(path: Path, numbers: str | None) -> Count:
    """How many rows a written file has, and how many cells of the column `numbers` are not empty."""
    before = csv.field_size_limit(sys.maxsize)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            header = next(reader)
            place = header.index(numbers) if numbers is not None else None
            rows, there = 0, 0
            for row in reader:
                if len(row) != len(header):
                    return Count(rows=-1, numbers=-1)
                rows += 1
                there += place is not None and row[place] != ""
    finally:
        csv.field_size_limit(before)
    return Count(rows=rows, numbers=there if place is not None else None)
