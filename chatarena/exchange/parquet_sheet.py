"""Parquet files of scores: rows that fit into memory, or a sample of them and all of them batch by batch.

Law: whatever the file's size, no more is held than the rows asked for and one batch. Needs the extra `parquet`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from chatarena.errors import SourceDamaged, UsageError
from chatarena.exchange.parquet_files import pyarrow
from chatarena.exchange.sheets import check_header, kind_of, no_number, read_numbers

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from chatarena.hull.reduction import Block

MAGIC: Final = b"PAR1"
# Rows that are decoded at once.
BATCH: Final = 16_384


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ParquetSheet:
    """Some rows of a Parquet file: `kept` are their numbers in it, None for all of `total`."""

    name: str
    cells: Any
    total: int
    kept: NDArray[np.int64] | None

    @property
    def header(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(self.cells.column_names)

    @property
    def rows(self) -> int:
        """How many are held."""
        return len(self.cells)

    def numbers(self, column: str) -> NDArray[np.float64]:
        """As `Sheet.numbers`."""
        import numpy as np

        arrow, values = pyarrow(), self.cells.column(column)
        if _is_words(arrow, values.type):
            return read_numbers(self, column, _words(values))
        if not _is_number(arrow, values.type):
            raise UsageError(f"{self.name}: the column {column!r} holds {values.type}, no numbers")
        found = _floats(arrow, values)
        infinite = np.flatnonzero(np.isinf(found))
        if len(infinite):
            raise no_number(self, column, int(infinite[0]), str(found[infinite[0]]))
        return found

    def words(self, column: str) -> list[str]:
        """As `Sheet.words`."""
        return _words(self.cells.column(column))

    def kind(self, column: str) -> str:
        """As `Sheet.kind`."""
        arrow, values = pyarrow(), self.cells.column(column)
        if _is_words(arrow, values.type):
            return kind_of(_words(values))
        if not _is_number(arrow, values.type):
            return f"{values.type}, not numbers"
        return "empty" if values.null_count == len(values) else ""

    def place(self, row: int) -> str:
        """The row, counted from 1."""
        return f"row {(row if self.kept is None else int(self.kept[row])) + 1}"


def parquet_sheet(path: Path, held: int, sample: int, rng: np.random.Generator | None) -> ParquetSheet:
    """The file's rows, or a random sample of them where it has too many numbers to be held.

    Args:
        path: the file.
        held: numbers that may be held.
        sample: rows that are drawn where there are more; fewer where even they would be too many.
        rng: draws them.

    Raises:
        SourceDamaged: it is no whole Parquet file, or has no rows.
        UsageError: pyarrow is not installed.
        ValueError: rows must be drawn and there is no generator.
    """
    arrow = pyarrow()
    with _opened(path) as file:
        schema, total = file.schema_arrow, file.metadata.num_rows
    if not total or not schema.names:
        raise SourceDamaged(f"{path.name}: a table needs columns and at least one row")
    check_header(path.name, schema.names)
    kept = None
    if total * len(schema.names) > held:
        if rng is None:
            raise ValueError(f"{path.name} has {total} rows, more than are held: pass a generator that draws some")
        count = min(total, sample, max(2, held // len(schema.names)))
        kept = _drawn(total, count, rng)
    batches = _batches(path, list(schema.names))
    cells = arrow.Table.from_batches(batches if kept is None else _some(batches, kept), schema=schema)
    return ParquetSheet(name=path.name, cells=cells, total=total, kept=kept)


def _drawn(total: int, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    import numpy as np

    # Without replacement, and without an array of all rows: shuffling that would hold them.
    return np.sort(rng.choice(total, count, replace=False, shuffle=False)).astype(np.int64)


def _some(batches: Iterator[Any], kept: NDArray[np.int64]) -> Iterator[Any]:
    """The rows of these numbers."""
    import numpy as np

    arrow, begin = pyarrow(), 0
    for batch in batches:
        end = begin + len(batch)
        first, last = np.searchsorted(kept, (begin, end))
        if last > first:
            yield batch.take(arrow.array(kept[first:last] - begin))
        begin = end


def blocks_of(path: Path, agents: Sequence[str], target: str, scale: tuple[float, float] | None) -> Iterator[Block]:
    """All complete rows of the file, batch by batch, as `hull.fit_rows` takes them.

    Args:
        path: the file.
        agents: columns of numbers.
        target: the column that they are to reproduce.
        scale: the two scores that become 0 and 1; None leaves numbers as they are.
    """
    import numpy as np

    from chatarena.hull.reduction import Block

    arrow, (low, high) = pyarrow(), scale or (0.0, 1.0)
    for batch in _batches(path, [*agents, target]):
        rows = np.column_stack([_floats(arrow, batch.column(name)) for name in (*agents, target)])
        rows = rows[np.isfinite(rows).all(axis=1)]
        if len(rows):
            if scale is not None:
                rows = (rows - low) / (high - low)
            yield Block(utilities=rows[:, :-1], target=rows[:, -1])


def _opened(path: Path) -> Any:
    arrow = pyarrow()
    try:
        # Columns are read as they are wanted, not all of a row group ahead.
        return arrow.parquet.ParquetFile(path, pre_buffer=False)
    except (arrow.ArrowInvalid, OSError) as error:
        raise SourceDamaged(f"{path.name}: no Parquet file that can be read: {error}") from error


def _batches(path: Path, columns: list[str]) -> Iterator[Any]:
    with _opened(path) as file:
        yield from file.iter_batches(batch_size=BATCH, columns=columns, use_threads=False)


def _is_words(arrow: Any, kind: Any) -> bool:
    if arrow.types.is_dictionary(kind):
        return _is_words(arrow, kind.value_type)
    return bool(arrow.types.is_string(kind) or arrow.types.is_large_string(kind))


def _is_number(arrow: Any, kind: Any) -> bool:
    types = arrow.types
    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind) or types.is_decimal(kind))


def _floats(arrow: Any, values: Any) -> NDArray[np.float64]:
    """Numbers as floats, NaN where there is none."""
    import numpy as np

    if arrow.types.is_boolean(values.type):
        values = values.cast(arrow.int8())
    found = values.cast(arrow.float64(), safe=False).to_numpy(zero_copy_only=False)
    return np.asarray(found, dtype=np.float64)


def _words(values: Any) -> list[str]:
    return ["" if value is None else str(value).strip() for value in values.to_pylist()]
