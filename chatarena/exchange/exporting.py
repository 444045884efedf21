"""Sessions out of the program as tables.

Laws: an export is a function of the sessions, down to its bytes; it is counted against the log every time, and one that
does not agree with it leaves nothing behind.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from chatarena.arena.events import Entry
from chatarena.exchange.codebook import CODEBOOK, HEADINGS, Form, codebook
from chatarena.exchange.counting import (
    NUMBERS,
    Count,
    Counts,
    added,
    compare,
    counted_in_entries,
    counted_in_log,
)
from chatarena.exchange.csv_files import CsvFile, count_csv
from chatarena.exchange.parquet_files import ParquetFile, count_parquet
from chatarena.exchange.placing import folder_in_the_making, place_filled
from chatarena.exchange.tables import LONG_TABLES
from chatarena.exchange.tables.columns import Heading, Row, Told, told
from chatarena.exchange.tables.sessions import WIDE_TABLES, Measured, measure, spread

ZIP: Final = ".zip"
# The earliest time that a zip file can tell: the same sessions make the same bytes, whenever they are exported.
_NO_TIME: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A session to be exported, and what its tables must hold."""

    told: Told
    counts: Counts


def source(
    entries: Sequence[Entry],
    *,
    name: str = "",
    tags: Iterable[str] = (),
    origin: str = "",
    database: Path | None = None,
) -> Source:
    """A session made ready, with its facts counted.

    Args:
        database: the log that it lies in, where they are counted; without it they are counted in the entries.
    """
    counts = counted_in_log(database, entries[0].session, len(entries)) if database else counted_in_entries(entries)
    return Source(told=told(entries, name=name, tags=tags, origin=origin), counts=counts)


class _File(Protocol):
    def write(self, rows: Iterable[Row]) -> None: ...
    def close(self) -> None: ...
    def abandon(self) -> None: ...


def export_tables(
    sources: Iterable[Source], target: Path, form: Form, *, safe: bool = False, force: bool = False
) -> Counts:
    """Write all tables of the sessions and their codebook, and count them; returns what every table holds.

    Args:
        sources: by ascending session id; read once, one after the other.
        target: a folder, or a file whose name ends in .zip.
        safe: disarms texts for spreadsheets (CSV only).
        force: replaces an older export.

    Raises:
        ValueError: the sessions are not in order, or one comes twice.
        UsageError: the target exists or cannot be written, or pyarrow is missing for Parquet.
        ExportMismatch: the files do not hold what the log holds; nothing is left of them.
    """
    if target.suffix == ZIP:
        counts: list[Counts] = []

        def fill(path: Path) -> None:
            with tempfile.TemporaryDirectory(dir=path.parent, prefix=f"{path.name}.") as folder:
                counts.append(_write(sources, Path(folder), form, safe=safe))
                _pack(Path(folder), path)

        place_filled(target, fill, force=force)
        return counts[0]
    with folder_in_the_making(target, force=force, ours=_names()) as folder:
        return _write(sources, folder, form, safe=safe)


def _names() -> frozenset[str]:
    tables = [*WIDE_TABLES, *(table.name for table in LONG_TABLES), CODEBOOK]
    return frozenset(f"{name}.{form}" for name in tables for form in ("csv", "parquet"))


def _write(sources: Iterable[Source], folder: Path, form: Form, *, safe: bool) -> Counts:
    headings: dict[str, tuple[Heading, ...]] = {}
    measured: list[Measured] = []
    expected: Counts = {}
    with ExitStack() as open_files:
        files = {table.name: _create(folder, table.name, table.headings, form, safe=safe) for table in LONG_TABLES}
        for file in files.values():
            open_files.callback(file.abandon)
        before = ""
        for one in sources:
            if one.told.id <= before:
                raise ValueError(f"sessions come by ascending id: {one.told.id} came after {before}")
            before = one.told.id
            for table in LONG_TABLES:
                files[table.name].write(table.rows(one.told))
            measured.append(measure(one.told))
            expected = added((expected, one.counts)) if expected else one.counts
        for file in files.values():
            file.close()
    for name in WIDE_TABLES:
        headings[name], rows = spread(name, measured)
        _write_whole(folder, name, headings[name], rows, form, safe=safe)
    headings |= {table.name: table.headings for table in LONG_TABLES}
    # The codebook is CSV beside Parquet files too: it is for people.
    _write_whole(folder, CODEBOOK, HEADINGS, codebook(headings, form, safe=safe), "csv", safe=False)
    compare(expected, _counted(folder, headings, form))
    return expected


def _create(folder: Path, table: str, headings: Sequence[Heading], form: Form, *, safe: bool) -> _File:
    path = folder / f"{table}.{form}"
    return CsvFile(path, headings, safe=safe) if form == "csv" else ParquetFile(path, headings)


def _write_whole(
    folder: Path, table: str, headings: Sequence[Heading], rows: list[Row], form: Form, *, safe: bool
) -> None:
    file = _create(folder, table, headings, form, safe=safe)
    try:
        file.write(rows)
        file.close()
    finally:
        file.abandon()


def _counted(folder: Path, tables: Mapping[str, object], form: Form) -> Counts:
    """What the written files hold, read from the disk."""
    count = count_csv if form == "csv" else count_parquet
    found: dict[str, Count] = {}
    for name in tables:
        found[name] = count(folder / f"{name}.{form}", NUMBERS.get(name))
    return found


def _pack(folder: Path, path: Path) -> None:
    with zipfile.ZipFile(path, "w", compression=zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            info = zipfile.ZipInfo(file.name, date_time=_NO_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            with archive.open(info, "w") as packed, file.open("rb") as plain:
                while piece := plain.read(1 << 20):
                    packed.write(piece)
