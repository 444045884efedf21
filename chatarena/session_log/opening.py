"""Opening the database file: privately, durably, and only if this version of the program understands it."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from chatarena.errors import LogError, LogNotWritable, LogTooNew
from chatarena.session_log import schema
from chatarena.session_log.faults import explained

DIRECTORY_MODE, FILE_MODE = 0o700, 0o600
# Longer than any commit of ours; a person waits this long before she is told that another program holds the log.
BUSY_SECONDS: Final = 5.0
_AGAIN_SECONDS: Final = 0.01
# The trigram tokenizer of FTS5 appeared in this version (sqlite.org/fts5.html, section 4.3.4).
_OLDEST_SQLITE: Final = (3, 34, 0)


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """A connection to the log, created or migrated where that is needed; usable from any thread, one at a time.

    Missing folders are made for their owner alone (0700), so is the file (0600); SQLite gives the same permissions to
    the -wal and -shm files beside it. What exists already keeps its permissions.

    Raises:
        LogNotWritable: no permission, no space, or locked by another program.
        LogTooNew: the schema is of a later version.
        LogError: not a session log.
    """
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise LogError(
            f"SQLite {sqlite3.sqlite_version} is too old for the session log",
            remedy="Use a Python that comes with SQLite 3.34 or later.",
        )
    with explained(path):
        return _reader(path) if read_only else _writer(path)


def _writer(path: Path) -> sqlite3.Connection:
    _create_privately(path)
    connection = _open(path, "mode=rw")
    try:
        version = _check(connection, path)
        if _write_ahead(connection) != "wal":
            raise LogNotWritable(
                f"the log needs write-ahead logging, which this place does not offer: {path}",
                remedy="Keep the log on a local disk: set CHATARENA_HOME.",
            )
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")
        if version < schema.VERSION:
            schema.migrate(connection)
        # A file that may only be read opens without complaint, and BEGIN IMMEDIATE passes too: only a write, here of
        # what stands there already, finds out, and better now than at the first turn.
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(f"PRAGMA user_version = {schema.VERSION}")
        connection.execute("ROLLBACK")
    except BaseException:
        connection.close()
        raise
    return connection


def _write_ahead(connection: sqlite3.Connection) -> str:
    """Ask for write-ahead logging, for as long as another process may need to do the same; the mode that came of it."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            mode: str = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            return mode
        except sqlite3.OperationalError as error:
            # Two who hold a shared lock and both want to write would wait for each other forever. SQLite therefore
            # refuses one of them at once, whatever its timeout (sqlite.org/c3ref/busy_handler.html): let go, ask anew.
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_AGAIN_SECONDS)


def _reader(path: Path) -> sqlite3.Connection:
    if not path.exists():
        raise _absent(path)
    connection = _open(path, "mode=ro")
    try:
        try:
            version = _check(connection, path)
        except sqlite3.OperationalError:
            if _in_use(path):
                raise
            connection.close()
            connection = _open(path, _ALONE)
            version = _check(connection, path)
        if version < schema.VERSION:
            connection.close()
            _upgrade(path)
            connection = _open(path, "mode=ro")
    except BaseException:
        connection.close()
        raise
    return connection


def copy_of(path: Path, target: Path) -> None:
    """Copy a log as it lies, whatever its version and whoever writes to it meanwhile, to a new file.

    Raises:
        LogTooNew: the schema is of a later version.
        LogError: not a session log, or there is none.
    """
    with explained(path):
        if not path.exists():
            raise _absent(path)
        with closing(_open(path, "mode=ro" if _in_use(path) else _ALONE)) as connection:
            _check(connection, path)
            _create_privately(target)
            with closing(sqlite3.connect(target)) as copy:
                connection.backup(copy)


# SQLite reads a log in WAL mode only where it may make files beside it. With no -wal file there is nothing to share,
# and the file can be read as it lies.
_ALONE: Final = "mode=ro&immutable=1"


def _in_use(path: Path) -> bool:
    wal = path.with_name(path.name + "-wal")
    return wal.exists() and wal.stat().st_size > 0


def _absent(path: Path) -> LogError:
    return LogError(f"there is no session log yet: {path}", remedy="Run a session first.")


def _upgrade(path: Path) -> None:
    try:
        _writer(path).close()
    except (sqlite3.Error, LogNotWritable) as error:
        raise LogNotWritable(
            f"the log was written by an older version and must be upgraded first: {path}",
            remedy="Copy it to a place where it can be written and open it there once.",
        ) from error


def _open(path: Path, parameters: str) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?{parameters}"
    return sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def _create_privately(path: Path) -> None:
    missing = [folder for folder in path.absolute().parents if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=DIRECTORY_MODE, exist_ok=True)
    if not path.exists():
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, FILE_MODE))


def _check(connection: sqlite3.Connection, path: Path) -> int:
    """The schema's version, after making sure that the database is ours."""
    # One snapshot: between two single statements another process may just have made the schema.
    connection.execute("BEGIN")
    try:
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        owner: int = connection.execute("PRAGMA application_id").fetchone()[0]
        tables: int = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    finally:
        connection.execute("ROLLBACK")
    if owner != schema.APPLICATION_ID and (version or tables):
        raise LogError(
            f"this file is not a session log but the database of another program: {path}",
            remedy="Choose another place for the log: set CHATARENA_HOME.",
        )
    if version > schema.VERSION:
        raise LogTooNew(
            f"the log was written by a newer version of the program (schema {version}, this one knows"
            f" {schema.VERSION}): {path}",
            remedy="Upgrade the program; nothing was changed.",
        )
    return version
