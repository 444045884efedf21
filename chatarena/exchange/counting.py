"""What an export must hold, counted from the facts and not from its rows: SQL over the entries as JSON.

The same statement counts in the log's own file, for a session that lies there, and in a table in memory, for one that
came as a file. It shares no code with the tables, so a row that they lose or make up is found.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from chatarena.arena.events import Entry
from chatarena.errors import ExportMismatch

# For each table its number of rows and, where it has a column of numbers, how many of them are not missing.
_COUNTS: Final = {
    "events": ("count(*)", None),
    "agents": ("total(json_array_length(body, '$.faces'))", None),
    "turns": (
        "count(*) FILTER (WHERE kind = 'turn_taken')",
        "count(json_extract(body, '$.call.total_seconds')) FILTER (WHERE kind = 'turn_taken')",
    ),
    "missed": ("count(*) FILTER (WHERE kind = 'turn_missed')", None),
    "calls": (
        "count(json_type(body, '$.call.requested_model')) + total(json_array_length(body, '$.calls'))",
        "count(json_extract(body, '$.call.cost'))"
        " + total((SELECT count(json_extract(value, '$.cost')) FROM json_each(body, '$.calls')))",
    ),
    "ratings": (
        "total(json_array_length(body, '$.ratings'))",
        "total((SELECT count(json_extract(value, '$.value')) FROM json_each(body, '$.ratings')))",
    ),
    "beliefs": (
        "total(max(json_array_length(body, '$.probabilities'), 1)) FILTER (WHERE kind = 'beliefs_given')",
        "total(json_array_length(body, '$.probabilities')) FILTER (WHERE kind = 'beliefs_given')",
    ),
    "forecasts": (
        "total(json_array_length(body, '$.forecast.probabilities'))",
        "total((SELECT count(value) FROM json_each(body, '$.forecast.probabilities')))",
    ),
    "acts": (
        "count(*) FILTER (WHERE kind IN ('participant_spoke', 'floor_passed', 'round_added', 'rebuttal_asked',"
        " 'ratings_given', 'beliefs_given', 'precision_set', 'agent_selected', 'choice_made', 'revealed',"
        " 'round_stopped', 'session_left', 'session_resumed')"
        " OR kind = 'debate_stopped' AND json_extract(body, '$.by') <> 'budget')",
        None,
    ),
}
# The column whose numbers are counted.
NUMBERS: Final = {
    "turns": "total_seconds",
    "calls": "cost_usd",
    "ratings": "value",
    "beliefs": "probability",
    "forecasts": "probability",
}
_SQL: Final = "SELECT {} FROM entries WHERE session = ? AND seq < ?".format(
    ", ".join(f"{rows}, {numbers or 'NULL'}" for rows, numbers in _COUNTS.values())
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many rows a table has, and how many of its numbers are there; None where no column is counted."""

    rows: int
    numbers: int | None = None

    def __add__(self, other: Count) -> Count:
        both = self.numbers is not None and other.numbers is not None
        numbers = (self.numbers or 0) + (other.numbers or 0) if both else None
        return Count(rows=self.rows + other.rows, numbers=numbers)


Counts = dict[str, Count]


def counted_in_log(database: Path, session: str, entries: int) -> Counts:
    """What the tables of a session must hold, counted in the log's file.

    Args:
        entries: how many entries are exported; a running session may have got more since they were read.
    """
    from chatarena.session_log.faults import explained
    from chatarena.session_log.opening import connect

    with explained(database), closing(connect(database, read_only=True)) as connection:
        return _counted(connection, session, entries)


def counted_in_entries(entries: Sequence[Entry]) -> Counts:
    """What the tables of a session must hold, counted in its entries as they would be written."""
    from chatarena.session_log.codec import encode

    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE entries (session TEXT, seq INTEGER, kind TEXT, body TEXT)")
        rows = ((entry.session, entry.seq, entry.event.kind, encode(entry.event)) for entry in entries)
        connection.executemany("INSERT INTO entries VALUES (?, ?, ?, ?)", rows)
        return _counted(connection, entries[0].session, len(entries))


def _counted(connection: sqlite3.Connection, session: str, entries: int) -> Counts:
    found = connection.execute(_SQL, (session, entries)).fetchone()
    pairs = zip(_COUNTS, found[::2], found[1::2], strict=True)
    counts = {name: Count(rows=int(rows), numbers=_whole(numbers)) for name, rows, numbers in pairs}
    return {**counts, "sessions": Count(rows=1), "wide": Count(rows=1)}


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def compare(expected: Counts, written: Counts) -> None:
    """Nothing where what was written is what the log holds.

    Raises:
        ExportMismatch: a table has more or fewer rows, or numbers, than the log; says all of it.
    """
    wrong = [
        f"{name} has {_told(written.get(name))}, the log has {_told(count)}"
        for name, count in expected.items()
        if written.get(name) != count
    ]
    if wrong:
        raise ExportMismatch(
            f"the export does not agree with the log: {'; '.join(wrong)}",
            remedy="Nothing was written. This is a fault of the program: please report it with this text.",
        )


def _told(count: Count | None) -> str:
    if count is None:
        return "nothing"
    numbers = "" if count.numbers is None else f" with {count.numbers} numbers"
    return f"{count.rows} rows{numbers}"


def added(counts: Iterable[Counts]) -> Counts:
    """The sums over several sessions."""
    total: Counts = {}
    for one in counts:
        total = {name: total[name] + count if name in total else count for name, count in one.items()}
    return total
