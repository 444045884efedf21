"""Keeping house: deleting for good, compacting, backing up."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from pathlib import Path
from typing import Final

from chatarena.errors import LogNotWritable

# Where a session has rows, those that are referred to last.
_HOLDING: Final = (("tags", "session"), ("words", "session"), ("entries", "session"), ("sessions", "id"))


def erase(connection: sqlite3.Connection, session: str) -> None:
    """Delete the rows of a session, within the transaction that is open."""
    connection.execute("INSERT INTO erasing (session) VALUES (?)", (session,))
    for table, column in _HOLDING:
        connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (session,))
    connection.execute("DELETE FROM erasing")


def compact(connection: sqlite3.Connection, path: Path) -> None:
    """Rewrite the file without the space, and the bytes, of what was deleted.

    Raises:
        LogNotWritable: another program is reading the log.
    """
    # Deleted words linger in an FTS5 index, beside a note that they are gone, until its segments are merged
    # (sqlite.org/fts5.html, 6.9 and 6.16); merging is several times cheaper than building the index again.
    connection.execute("INSERT INTO words_fts (words_fts) VALUES ('optimize')")
    connection.execute("VACUUM")
    busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    if busy:
        raise LogNotWritable(
            f"another program is reading the log: {path}",
            remedy="Close the other program that has it open, then try again.",
        )


def back_up(connection: sqlite3.Connection, target: Path) -> None:
    """Write a consistent copy of the log; the name appears only when the copy is whole.

    Raises:
        LogNotWritable: the target exists.
    """
    _refuse_existing(target)
    # Of its own name: two who copy at once must not write into, or move, the copy of the other.
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name[:60]}.", suffix=".part", dir=target.parent)
    os.close(descriptor)  # made with mode 0600
    part = Path(name)
    try:
        connection.execute("VACUUM INTO ?", (str(part),))
        with part.open("rb+") as written:
            os.fsync(written.fileno())
        _move(part, target)
    finally:
        part.unlink(missing_ok=True)


def _move(part: Path, target: Path) -> None:
    try:
        # Fails where the name was taken meanwhile, which a renaming would not notice.
        target.hardlink_to(part)
    except OSError:
        # Or it is a file system that knows no links.
        _refuse_existing(target)
        part.rename(target)


def _refuse_existing(target: Path) -> None:
    if target.exists():
        raise LogNotWritable(f"{target} exists already", remedy="Choose another name for the copy.")
