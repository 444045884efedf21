"""What can be read without understanding a single event: lists of sessions, which one is meant, where one ends."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from itertools import starmap
from pathlib import Path
from typing import Final, Literal

from chatarena.errors import SessionNotFound
from chatarena.session_log.search import like_literal

Status = Literal["open", "left", "complete", "partial"]
# session, seq, at, elapsed, kind, body
EntryRow = tuple[str, int, float, float, str, bytes]

LAST: Final = "last"
_NO_LIMIT: Final = -1  # to SQLite a negative limit is none
_NEWEST_FIRST: Final = "ORDER BY updated_utc DESC, id DESC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A session in a list: what is known of it without reading its entries.

    `status` is open (running, or ended without a word), left, complete or partial. `choice` is the label of the
    option chosen, empty where there is none. `name` and `tags` are the person's own. `origin` is empty for a session
    of this program, else fork, rerun, or the format of the record it was imported from; `parent` is the id of the
    session that a fork or a rerun was made from.
    """

    id: str
    title: str
    question: str
    status: Status
    created_utc: str
    updated_utc: str
    version: str
    seed: int
    protocol: str
    cast: str
    agents: tuple[str, ...]
    models: tuple[str, ...]
    participant: bool
    choice: str
    turns: int
    events: int
    name: str
    tags: tuple[str, ...]
    origin: str
    parent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which sessions to list: None is any. `since` is UTC as ISO-8601 text; sessions written to later are wanted."""

    status: Status | None = None
    tag: str | None = None
    origin: str | None = None
    since: str | None = None


ANY: Final = Wanted()


def listed(connection: sqlite3.Connection, limit: int | None, wanted: Wanted = ANY) -> tuple[Listed, ...]:
    """The sessions, the one last written to first."""
    rows = connection.execute(
        "SELECT id, title, question, status, created_utc, updated_utc, version, seed, protocol, cast_name,"
        " agents, models, participant, choice, n_turns, n_events, name,"
        " (SELECT json_group_array(tag) FROM (SELECT tag FROM tags WHERE session = id ORDER BY tag)), origin, parent"
        " FROM sessions WHERE (?1 IS NULL OR status = ?1) AND (?2 IS NULL OR origin = ?2)"
        " AND (?3 IS NULL OR updated_utc >= ?3)"
        " AND (?4 IS NULL OR EXISTS (SELECT 1 FROM tags WHERE session = id AND tag = ?4))"
        f" {_NEWEST_FIRST} LIMIT ?5",
        (wanted.status, wanted.origin, wanted.since, wanted.tag, _NO_LIMIT if limit is None else limit),
    )
    return tuple(starmap(_listed, rows))


def _listed(*row: object) -> Listed:
    values = dict(zip(Listed.__slots__, row, strict=True))
    for name in ("agents", "models", "tags"):
        values[name] = tuple(json.loads(str(values[name])))
    values["participant"] = bool(values["participant"])
    return Listed(**values)  # type: ignore[arg-type]


def resolve(connection: sqlite3.Connection, which: str, path: Path) -> str:
    """The id of the session that `which` means: "last" (written to last), an id, or the beginning of one id.

    Raises:
        SessionNotFound: none fits, or several do; says so.
    """
    if which == LAST:
        found = connection.execute(f"SELECT id FROM sessions {_NEWEST_FIRST} LIMIT 1").fetchall()
    else:
        found = connection.execute(
            r"SELECT id FROM sessions WHERE id LIKE ? ESCAPE '\' ORDER BY id = ? DESC, id LIMIT 4",
            (like_literal(which) + "%", which),
        ).fetchall()
    ids = [str(row[0]) for row in found]
    if not ids:
        raise not_found(which, path)
    if len(ids) > 1 and ids[0] != which:
        raise SessionNotFound(
            f"several sessions begin with {which!r}: {', '.join(ids[:3])}{' ...' if len(ids) > 3 else ''}",
            remedy="Give more of the id.",
        )
    return ids[0]


def head(connection: sqlite3.Connection, session: str) -> int:
    """The number that the session's next entry must have; 0 where the log has no such session."""
    found = connection.execute("SELECT max(seq) + 1 FROM entries WHERE session = ?", (session,)).fetchone()
    return found[0] or 0


def entry_rows(connection: sqlite3.Connection, session: str, start: int, most: int | None = None) -> list[EntryRow]:
    """The rows of a session's entries in order, from the one numbered `start`, at most `most` of them."""
    return connection.execute(
        "SELECT session, seq, at, elapsed, kind, CAST(body AS BLOB) FROM entries"
        " WHERE session = ? AND seq >= ? ORDER BY seq LIMIT ?",
        (session, start, _NO_LIMIT if most is None else most),
    ).fetchall()


def forks(connection: sqlite3.Connection, session: str) -> tuple[str, ...]:
    """The ids of all forks of a session, and of theirs: each begins with entries of the one it was made from."""
    rows = connection.execute(
        "WITH RECURSIVE below (id) AS (SELECT ?1 UNION SELECT s.id FROM sessions s JOIN below ON s.parent = below.id"
        " WHERE s.origin = 'fork') SELECT id FROM below WHERE id <> ?1 ORDER BY id",
        (session,),
    )
    return tuple(row[0] for row in rows)


def not_found(which: str, path: Path) -> SessionNotFound:
    """The error for a session that is not in the log."""
    what = "there is no session yet" if which == LAST else f"no session {which!r}"
    return SessionNotFound(f"{what} in {path}", remedy="List the sessions to see their ids.")
