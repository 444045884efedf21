"""The tables, views and guards of the log, as migrations. Law: a released migration is never changed, only followed.

`entries` holds the facts; everything else is derived from them in the same transaction (`sessions`, `words`) or on
reading (the views, whose names begin with v_), but for what a person notes about a session: its name and its `tags`.
Triggers keep entries append-only and in order; only a session named
in `erasing`, within the transaction that deletes it, may lose rows.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Final

from chatarena.session_log.listing import entry_rows
from chatarena.session_log.views import VIEWS, VIEWS_2

if TYPE_CHECKING:
    from sqlite_utils import Database

VERSION: Final = 2
# "ChAr" in ASCII: tells a session log from the database of another program.
APPLICATION_ID: Final = 0x43684172

_TABLES: Final = (
    """
    CREATE TABLE sessions (
        id TEXT PRIMARY KEY NOT NULL CHECK (id <> ''),
        title TEXT NOT NULL,
        question TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('open', 'left', 'complete', 'partial')),
        created_utc TEXT NOT NULL,
        updated_utc TEXT NOT NULL,
        version TEXT NOT NULL,
        seed INTEGER NOT NULL,
        protocol TEXT NOT NULL,
        cast_name TEXT NOT NULL,
        agents TEXT NOT NULL CHECK (json_valid(agents)),
        models TEXT NOT NULL CHECK (json_valid(models)),
        participant INTEGER NOT NULL CHECK (participant IN (0, 1)),
        choice TEXT NOT NULL DEFAULT '',
        n_turns INTEGER NOT NULL DEFAULT 0,
        n_events INTEGER NOT NULL DEFAULT 0
    )
    """,
    """
    CREATE TABLE entries (
        session TEXT NOT NULL REFERENCES sessions (id),
        seq INTEGER NOT NULL CHECK (seq >= 0),
        at_utc TEXT NOT NULL,
        at REAL NOT NULL,
        elapsed REAL NOT NULL,
        kind TEXT NOT NULL,
        audience TEXT NOT NULL,
        agent TEXT,
        round INTEGER,
        body TEXT NOT NULL CHECK (json_valid(body)),
        PRIMARY KEY (session, seq)
    )
    """,
    """
    CREATE TABLE words (
        id INTEGER PRIMARY KEY,
        session TEXT NOT NULL,
        seq INTEGER NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('decision', 'turn', 'participant')),
        speaker TEXT NOT NULL,
        round INTEGER NOT NULL,
        text TEXT NOT NULL,
        FOREIGN KEY (session, seq) REFERENCES entries (session, seq)
    )
    """,
    "CREATE TABLE erasing (session TEXT PRIMARY KEY NOT NULL)",
    "CREATE INDEX entries_kind ON entries (kind)",
    "CREATE INDEX words_entry ON words (session, seq)",
)

_IN_ORDER: Final = """
    CREATE TRIGGER entries_in_order BEFORE INSERT ON entries
    WHEN NEW.seq <> (SELECT coalesce(max(seq) + 1, 0) FROM entries WHERE session = NEW.session)
    BEGIN SELECT RAISE(ABORT, 'entries of a session are numbered 0, 1, 2, ... without gaps'); END
"""
_HEADER_FIXED: Final = """
    CREATE TRIGGER sessions_header_fixed
    BEFORE UPDATE OF id, title, question, created_utc, version, seed, protocol, cast_name, agents, models ON sessions
    BEGIN SELECT RAISE(ABORT, 'the header of a session is fixed'); END
"""


def _append_only(table: str, column: str) -> tuple[str, ...]:
    return (
        f"""
        CREATE TRIGGER {table}_keep BEFORE DELETE ON {table}
        WHEN NOT EXISTS (SELECT 1 FROM erasing WHERE session = OLD.{column})
        BEGIN SELECT RAISE(ABORT, '{table} are append-only: a session is deleted as a whole, by the program'); END
        """,
        f"""
        CREATE TRIGGER {table}_unchanged BEFORE UPDATE ON {table}
        BEGIN SELECT RAISE(ABORT, '{table} are append-only'); END
        """,
    )


def _m001_first(db: Database) -> None:
    for statement in _TABLES:
        db.execute(statement)
    # Trigrams find any stretch of three characters or more, so scripts written without spaces are searchable too.
    db.table("words").enable_fts(["text"], tokenize="trigram", create_triggers=True)
    sessions_keep, _ = _append_only("sessions", "id")
    guards = (sessions_keep, *_append_only("entries", "session"), *_append_only("words", "session"))
    for statement in (*guards, _IN_ORDER, _HEADER_FIXED, *VIEWS):
        db.execute(statement)
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute("PRAGMA user_version = 1")


_SESSION_COLUMNS_2: Final = ("name", "origin", "parent", "chain")
_TABLES_2: Final = (
    """
    CREATE TABLE tags (
        session TEXT NOT NULL REFERENCES sessions (id),
        tag TEXT NOT NULL CHECK (tag <> ''),
        PRIMARY KEY (session, tag)
    )
    """,
    "CREATE INDEX tags_tag ON tags (tag)",
    "DROP INDEX entries_kind",
    "CREATE INDEX entries_kind ON entries (kind, session)",
)


def _m002_library(db: Database) -> None:
    for column in _SESSION_COLUMNS_2:
        db.execute(f"ALTER TABLE sessions ADD COLUMN {column} TEXT NOT NULL DEFAULT ''")
    for statement in (*_TABLES_2, *VIEWS_2):
        db.execute(statement)
    _derive_2(db.conn)
    db.execute("PRAGMA user_version = 2")


def _derive_2(connection: sqlite3.Connection) -> None:
    """Fill in where sessions come from and the ends of their chains, from their entries."""
    sessions = [row[0] for row in connection.execute("SELECT id FROM sessions").fetchall()]
    if not sessions:
        return
    from chatarena.session_log.recording import derived

    for session in sessions:
        connection.execute(
            "UPDATE sessions SET origin = ?, parent = ?, chain = ? WHERE id = ?",
            (*derived(entry_rows(connection, session, 0)), session),
        )


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the schema up to date, all of it or nothing; safe when several processes try at once.

    sqlite-utils takes half a second to import: call this only where PRAGMA user_version is behind.
    """
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

    migrations = Migrations("chatarena")
    migrations(name="m001_first")(_m001_first)
    migrations(name="m002_library")(_m002_library)
    # Taking the write lock first makes a second process wait here and then find nothing left to do.
    connection.execute("BEGIN IMMEDIATE")
    try:
        migrations.apply(Database(connection, execute_plugins=False))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
