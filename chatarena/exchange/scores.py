"""Any table of scores as hull analysis takes it: a row for what was rated, a column for whoever rated it.

Laws: a cell is a number, or empty, or an error that names line and column; every column that is not used is named with
the reason; missing cells are counted by the table and nothing stands in for them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from chatarena.authoring.places import nearest
from chatarena.authoring.text import one_line
from chatarena.errors import SourceDamaged, UsageError
from chatarena.exchange.parquet_sheet import MAGIC, ParquetSheet, blocks_of, parquet_sheet
from chatarena.exchange.sheets import WORDS, Sheet, number_of, text_sheet

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from chatarena.hull.reduction import Block
    from chatarena.hull.table import UtilityTable

# Numbers of a Parquet file that are held at most (160 MB), and the rows that are drawn where there are more.
HELD: Final = 20_000_000
SAMPLE: Final = 50_000
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
    """A table that was read: its file and sha256, how many rows it had, and the columns left out with reasons.

    Where the file had too many rows to be held, `sampled` of them were drawn for `table`, and `blocks` gives all
    complete ones batch by batch, from the start each time it is called; both are None elsewhere.
    """

    source: str
    sha256: str
    rows: int
    table: UtilityTable
    unused: tuple[tuple[str, str], ...]
    read: tuple[str, ...]
    sampled: int | None = None
    blocks: Callable[[], Iterator[Block]] | None = None


def read_scores(path: Path, columns: Columns, *, rng: np.random.Generator | None = None, held: int = HELD) -> Scores:
    """The table in a CSV or TSV file, plain or packed with gzip, or in a Parquet file.

    A Parquet file with more numbers than may be held is sampled; all of its rows stay to be had in `Scores.blocks`.

    Args:
        path: the file.
        columns: which of its columns are what.
        rng: draws the sample; needed where there is one.
        held: numbers of a Parquet file that may be held.

    Raises:
        SourceDamaged: the file cannot be read as a table, or a cell is neither a number nor empty; says where.
        UsageError: no such file or column, no agents, no complete row, or pyarrow is missing for Parquet.
    """
    sheet = _sheet(path, held, rng)
    agents, unused = _chosen(sheet, columns)
    from chatarena.hull.table import table

    try:
        made = table(
            _scaled(sheet, agents, columns.scale),
            _scaled(sheet, (columns.target,), columns.scale)[:, 0],
            agents,
            instances=_labels(sheet, columns, unused),
            groups=_texts(sheet, columns.group),
            states=_texts(sheet, columns.state),
        )
    except ValueError as error:
        raise UsageError(f"{path.name}: {error}") from error
    sampled = isinstance(sheet, ParquetSheet) and sheet.kept is not None
    return Scores(
        source=path.name,
        sha256=_digest(path),
        rows=sheet.total if isinstance(sheet, ParquetSheet) else sheet.rows,
        table=made,
        unused=tuple(unused.items()),
        read=_read(made, columns),
        sampled=sheet.rows if sampled else None,
        blocks=partial(blocks_of, path, agents, columns.target, columns.scale) if sampled else None,
    )


# -- the file ----------------------------------------------------------------------------------------------------------


def _sheet(path: Path, held: int, rng: np.random.Generator | None) -> Sheet:
    try:
        with path.open("rb") as file:
            packed = file.read(len(MAGIC)) == MAGIC
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}", remedy="Check the name of the file.") from error
    return parquet_sheet(path, held, SAMPLE, rng) if packed else text_sheet(path)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _scaled(sheet: Sheet, names: Sequence[str], scale: tuple[float, float] | None) -> NDArray[np.float64]:
    """Columns of scores side by side, on the scale that was asked for."""
    import numpy as np

    low, high = scale or (0.0, 1.0)
    found = np.empty((sheet.rows, len(names)))
    for place, name in enumerate(names):
        found[:, place] = sheet.numbers(name)
    return found if scale is None else (found - low) / (high - low)


# -- the columns -------------------------------------------------------------------------------------------------------


def _chosen(sheet: Sheet, columns: Columns) -> tuple[tuple[str, ...], dict[str, str]]:
    """The agents' columns, and of every column that is nothing else why it is left out."""
    named = [columns.target, *(name for name in (columns.group, columns.state, columns.label) if name)]
    for name in named:
        _check_known(sheet, name)
    others = [name for name in sheet.header if name not in named]
    if columns.agents:
        if columns.target in columns.agents:
            raise UsageError(
                f"{columns.target!r} is the target: with itself among those that are to reproduce it, nothing is asked",
                remedy="Leave it out, or take another target.",
            )
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


def _check_known(sheet: Sheet, name: str) -> None:
    if name not in sheet.header:
        close = nearest(name, sheet.header)
        shown = ", ".join(map(one_line, sheet.header[:_MOST_NAMED]))
        more = f" and {len(sheet.header) - _MOST_NAMED} more" if len(sheet.header) > _MOST_NAMED else ""
        raise UsageError(
            f"{sheet.name} has no column {name!r}",
            remedy=f"did you mean {close!r}?" if close else f"there are: {shown}{more}",
        )


def _matching(sheet: Sheet, word: str, named: Sequence[str]) -> list[str]:
    """The columns that a name or a pattern means."""
    if word in sheet.header or not any(sign in word for sign in "*?["):
        _check_known(sheet, word)
        return [word]
    found = [name for name in sheet.header if fnmatchcase(name, word) and name not in named]
    if not found:
        raise UsageError(f"{sheet.name} has no column like {word!r}")
    return found


def _no_scores(sheet: Sheet, name: str) -> str:
    """Why a column that nobody named holds no scores; empty where it does."""
    why = sheet.kind(name)
    return why or ("it numbers the rows" if sheet.rows > 2 and _numbers_rows(sheet, name) else "")


def _numbers_rows(sheet: Sheet, name: str) -> bool:
    """Whether these are whole numbers that ascend by ones, or in a long column ascend or are all different `ids`."""
    import numpy as np

    try:
        numbers = sheet.numbers(name)
    except SourceDamaged:
        # Numbers and words: whoever wants the column as scores is told where the words are.
        return False
    if not (numbers == np.floor(numbers)).all():
        return False
    steps = np.diff(numbers)
    different = len(np.unique(numbers)) == len(numbers) and _AN_ID.search(name) is not None
    return bool((steps == 1.0).all() or (len(numbers) >= _LONG and ((steps > 0).all() or different)))


def _texts(sheet: Sheet, name: str) -> list[str] | None:
    if not name:
        return None
    texts = sheet.words(name)
    for row, text in enumerate(texts):
        if not text:
            where = f"{sheet.name}, {sheet.place(row)}, column {name!r}"
            raise SourceDamaged(f"{where}: empty, so the row belongs to nothing")
    return texts


def _labels(sheet: Sheet, columns: Columns, unused: dict[str, str]) -> list[str]:
    """What the rows are called: as asked for, else by a column of different words, else by their place."""
    named = columns.label or next((name for name, why in unused.items() if why == WORDS and _tells(sheet, name)), "")
    if named in unused:
        unused[named] = "it names the rows"
    before = named or columns.group
    if not before:
        return [sheet.place(row) for row in range(sheet.rows)]
    texts = [called(before, text) for text in sheet.words(before)]
    if len(set(texts)) < len(texts):
        return [f"{text} ({sheet.place(row)})" for row, text in enumerate(texts)]
    return texts


def called(column: str, text: str) -> str:
    """What a cell of a column of labels is called: itself, and after the column's name where it is a bare number."""
    return one_line(text) if number_of(text) is None else f"{one_line(column)} {one_line(text)}"


def _tells(sheet: Sheet, name: str) -> bool:
    """Whether the words of a column tell its rows apart."""
    texts = sheet.words(name)
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
