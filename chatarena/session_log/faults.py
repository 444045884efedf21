"""What SQLite and the operating system complain of, as errors that say what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chatarena.errors import LogError, LogNotWritable

_ELSEWHERE = "Make the file and its folder writable, or keep the log elsewhere: set CHATARENA_HOME."
_FREE_SPACE = "Free some space and resume the session: nothing that was recorded is lost."

# By primary result code (sqlite.org/rescode.html): the error, what happened, the remedy.
_FAULTS: dict[int, tuple[type[LogError], str, str]] = {
    sqlite3.SQLITE_FULL: (LogNotWritable, "the disk is full", _FREE_SPACE),
    sqlite3.SQLITE_READONLY: (LogNotWritable, "the log cannot be written", _ELSEWHERE),
    sqlite3.SQLITE_PERM: (LogNotWritable, "the log cannot be written", _ELSEWHERE),
    sqlite3.SQLITE_CANTOPEN: (LogNotWritable, "the log cannot be opened", _ELSEWHERE),
    sqlite3.SQLITE_BUSY: (
        LogNotWritable,
        "the log is locked by another program",
        "Close the other program that has it open, then try again.",
    ),
    sqlite3.SQLITE_LOCKED: (LogNotWritable, "the log is in use", "Try again in a moment."),
    sqlite3.SQLITE_IOERR: (
        LogNotWritable,
        "the disk reported an error",
        "Check free space, quota and the disk itself, then resume the session.",
    ),
    sqlite3.SQLITE_NOTADB: (
        LogError,
        "this file is not a session log",
        "Move it away, or keep the log elsewhere: set CHATARENA_HOME.",
    ),
    sqlite3.SQLITE_CORRUPT: (
        LogError,
        "the log is damaged",
        "Restore a backup, or save what can be read with the sqlite3 program: .recover",
    ),
}


def log_error(error: sqlite3.Error | OSError, path: Path) -> LogError:
    """The error to show a person for one of SQLite's or of the operating system's."""
    if isinstance(error, OSError):
        return LogNotWritable(f"the log cannot be opened: {path}: {error.strerror or error}", remedy=_ELSEWHERE)
    code = getattr(error, "sqlite_errorcode", None)
    fault = None if code is None else _FAULTS.get(code & 0xFF)
    if fault is None:
        return LogError(f"the log {path} refused this: {error}")
    kind, what, remedy = fault
    return kind(f"{what}: {path} ({error})", remedy=remedy)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn complaints about the log at `path` into LogError and its kinds."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise log_error(error, path) from error
