"""Every schema that was ever released opens for ever, and says after its upgrade what it said before."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from chatarena.arena import events as ev
from chatarena.errors import LogNotWritable
from chatarena.session_log import schema
from chatarena.session_log.chain import chain_hash
from chatarena.session_log.codec import encode
from chatarena.session_log.store import SessionLog
from tests.session_log import samples
from tests.session_log.samples import entries

DATA = Path(__file__).parent / "data"
# Version: its sessions, words to look for, and what is known of each session's origin.
RELEASED = {
    1: (
        ("01K5PZ4V00F1RSTVERS10N0001", "01K5PZ4V00F1RSTVERS10N0002", "01K5PZ4V00F1RSTVERS10N0003"),
        ("海辺の", "trial", "museum", "Cedar says"),
        {},
    ),
    2: (
        ("01K5PZ4V00SEC0NDVERS10N001", "01K5PZ4V00SEC0NDVERS10N002"),
        ("海辺の", "coast"),
        {"01K5PZ4V00SEC0NDVERS10N002": ("fork", "S9", "The borrowed one", ("pilot", "海"))},
    ),
}
EACH = pytest.mark.parametrize("version", RELEASED)
_LISTED = "id, title, question, status, created_utc, updated_utc, agents, models, choice, n_turns, n_events"


def restored(version: int, path: Path) -> sqlite3.Connection:
    """A file of this version as people have it."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript((DATA / f"schema_{version}.sql").read_text(encoding="utf-8"))
    assert connection.execute("PRAGMA user_version").fetchone() == (version,)
    return connection


def told(connection: sqlite3.Connection, views: list[str], words: tuple[str, ...]) -> dict[str, Any]:
    """What a log says to other programs: its rows, its views, its full-text index."""
    asked = {
        "entries": "SELECT * FROM entries ORDER BY session, seq",
        "sessions": f"SELECT {_LISTED} FROM sessions ORDER BY id",
        **{view: f"SELECT * FROM {view}" for view in views},
    }
    found = {name: connection.execute(query).fetchall() for name, query in asked.items()}
    for word in words:
        found[word] = connection.execute(
            "SELECT session, seq FROM words WHERE id IN (SELECT rowid FROM words_fts WHERE words_fts MATCH ?)"
            " ORDER BY id",
            (f'"{word}"',),
        ).fetchall()
    return found


def views_of(connection: sqlite3.Connection) -> list[str]:
    return [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'view'")]


def test_every_version_is_in_the_table_and_has_a_dump() -> None:
    assert list(RELEASED) == list(range(1, schema.VERSION + 1))
    assert {path.name for path in DATA.glob("*.sql")} == {f"schema_{version}.sql" for version in RELEASED}


def test_the_newest_dump_is_of_the_schema_as_it_is(log: SessionLog, tmp_path: Path) -> None:
    query = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"
    connection = restored(schema.VERSION, tmp_path / "old.db")
    assert connection.execute(query).fetchall() == log._connection.execute(query).fetchall()
    connection.close()


def test_a_dump_names_no_place_and_no_person() -> None:
    for path in DATA.glob("*.sql"):
        assert not re.search(r"/(?:home|root|tmp|work|Users)\b|@", path.read_text(encoding="utf-8")), path.name


def agreed(written: Any, read: Any) -> Any:
    """What is read now, without the fields that were added since it was written."""
    if isinstance(written, dict) and isinstance(read, dict):
        return {name: agreed(value, read[name]) for name, value in written.items()}
    if isinstance(written, list) and isinstance(read, list) and len(written) == len(read):
        return [agreed(*pair) for pair in zip(written, read, strict=True)]
    return read


@EACH
def test_an_upgraded_log_says_what_it_said_before(version: int, tmp_path: Path) -> None:
    sessions, words, lineage = RELEASED[version]
    path = tmp_path / "old.db"
    connection = restored(version, path)
    views = views_of(connection)
    before = told(connection, views, words)
    assert all(before[word] for word in words), "or looking for it proves nothing"
    connection.close()
    with SessionLog(path, environ={}) as log:
        assert told(log._connection, views, words) == before
        assert log._connection.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)
        assert log._connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert log._connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert sorted(listed.id for listed in log.sessions()) == list(sessions)
        for word in words:
            assert [(hit.session, hit.seq) for hit in reversed(log.search(word))] == before[word]
        bodies = {(row[0], row[1]): json.loads(row[-1]) for row in before["entries"]}
        for session in sessions:
            for entry in log.entries(session):
                written, read = bodies[session, entry.seq], json.loads(encode(entry.event))
                assert agreed(written, read) == written
        for listed in log.sessions():
            expected = lineage.get(listed.id, ("", "", "", ()))
            assert (listed.origin, listed.parent, listed.name, listed.tags) == expected


@EACH
def test_an_upgraded_log_can_be_used(version: int, tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    restored(version, path).close()
    with SessionLog(path, environ={}) as log:
        for session in RELEASED[version][0]:
            assert log.chain(session) == chain_hash(log.entries(session))
        session = RELEASED[version][0][0]
        log.append(entries(session, (ev.SessionResumed(version="later"),), start=log.head(session)))
        assert log.chain(session) == chain_hash(log.entries(session))
        log.append(entries("S2", samples.everything()))
        log.delete("S2")
        log.rename(session, "The old one")
        assert [hit.session for hit in log.search("old one")] == [session]


def test_facts_of_origin_that_an_older_schema_held_are_found(tmp_path: Path) -> None:
    """The first schema could hold them before it had columns for them."""
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    written = {
        "FORK": (samples.opened(), *samples.elsewhere()),
        "RERUN": (samples.opened(), *samples.elsewhere()[:2]),
        "OTHER": (samples.opened(), samples.elsewhere()[0]),
    }
    with SessionLog(new, environ={}) as log:
        for session, events in written.items():
            log.append(entries(session, events))
        expected = log.sessions()
        tables = {name: log._connection.execute(f"SELECT * FROM {name}").fetchall() for name in ("sessions", "entries")}
    connection = restored(1, old)
    columns = [row[1] for row in connection.execute("PRAGMA table_info(sessions)")]
    for row in tables["sessions"]:
        connection.execute(f"INSERT INTO sessions VALUES ({', '.join('?' * len(columns))})", row[: len(columns)])
    connection.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", tables["entries"])
    connection.close()
    with SessionLog(old, environ={}) as log:
        assert [listed for listed in log.sessions() if listed.id in written] == list(expected)
        assert [log.chain(session) for session in written] == [chain_hash(log.entries(session)) for session in written]


def test_an_entry_that_cannot_be_read_does_not_lock_the_log(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    connection = restored(1, path)
    session = RELEASED[1][0][0]
    head = connection.execute("SELECT max(seq) + 1 FROM entries WHERE session = ?", (session,)).fetchone()[0]
    connection.execute(
        "INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, body)"
        " VALUES (?, ?, '', 0, 0, 'coin_tossed', 'public', '{}')",
        (session, head),
    )
    connection.close()
    with SessionLog(path, environ={}) as log:
        assert log.chain(session) == ""
        log.append(entries(session, (ev.RoundAdded(),), start=head + 1))
        assert log.chain(session) == "", "a chain that is not known from its beginning stays unknown"
        assert len(log.sessions()) == 3


def test_reading_upgrades_an_older_log_where_it_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    restored(1, path).close()
    with SessionLog(path, read_only=True) as log:
        assert len(log.sessions()) == 3
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)
    connection.close()


def test_an_older_log_that_may_only_be_read_must_be_upgraded_first(unprivileged: Path) -> None:
    path = unprivileged / "log.db"
    restored(1, path).close()
    before = path.read_bytes()
    path.chmod(0o400)
    unprivileged.chmod(0o500)
    with pytest.raises(LogNotWritable, match="older version") as caught:
        SessionLog(path, read_only=True)
    assert "Copy it" in caught.value.remedy
    assert path.read_bytes() == before
