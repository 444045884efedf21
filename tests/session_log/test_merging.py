"""Logs of several machines brought together: by id, older ones too, and never by changing the other one."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from chatarena.arena import events as ev
from chatarena.errors import LogError, LogTooNew
from chatarena.session_log import schema
from chatarena.session_log.merging import Conflict, merge
from chatarena.session_log.store import SessionLog
from tests.session_log import samples
from tests.session_log.samples import entries, opened, spoken
from tests.session_log.test_migrations import RELEASED, restored

WHOLE = samples.everything()


def state(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """Another machine's log: a session of its own, one that both have, a longer, a shorter, a different one."""
    path = tmp_path / "other" / "chatarena.db"
    with SessionLog(path, environ={}) as log:
        for session in ("THEIRS", "BOTH", "LONGER"):
            log.append(entries(session, WHOLE))
        log.append(entries("SHORTER", WHOLE[:5]))
        log.append(entries("DIFFERS", (*WHOLE[:6], spoken("The sea is bad for you."), *WHOLE[7:])))
        log.rename("BOTH", "their name")
        log.tag("BOTH", add=("theirs", "both"))
        log.rename("THEIRS", "only theirs")
        log.tag("DIFFERS", add=("theirs",))
    return path


def fill(log: SessionLog) -> None:
    for session in ("OURS", "BOTH", "SHORTER", "DIFFERS"):
        log.append(entries(session, WHOLE))
    log.append(entries("LONGER", WHOLE[:9]))
    log.rename("BOTH", "our name")
    log.tag("BOTH", add=("ours", "both"))


def test_every_session_has_its_outcome(log: SessionLog, other: Path) -> None:
    fill(log)
    before = state(other.parent)
    report = merge(log, other)
    assert report.added == ("THEIRS",)
    assert report.extended == ("LONGER",)
    assert report.known == ("BOTH", "SHORTER")
    assert report.conflicts == (Conflict(session="DIFFERS", seq=6),)
    assert state(other.parent) == before
    for session in ("OURS", "THEIRS", "BOTH", "LONGER", "SHORTER", "DIFFERS"):
        assert [entry.event for entry in log.entries(session)] == list(WHOLE), session
    notes = log.annotations("BOTH")
    assert (notes.name, notes.tags) == ("our name", ("both", "ours", "theirs"))
    assert log.annotations("THEIRS").name == "only theirs"
    assert log.annotations("DIFFERS").tags == (), "nothing of a session that differs is changed"


def test_merging_again_changes_nothing(log: SessionLog, other: Path) -> None:
    fill(log)
    merge(log, other)
    tables = ("sessions", "entries", "words", "tags")
    rows = [log._connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables]
    report = merge(log, other)
    assert (report.added, report.extended) == ((), ())
    assert len(report.known) == 4
    assert [log._connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables] == rows


def test_two_machines_end_up_with_the_same(tmp_path: Path) -> None:
    here, there = tmp_path / "here.db", tmp_path / "there.db"
    with SessionLog(here, environ={}) as a, SessionLog(there, environ={}) as b:
        a.append(entries("A", WHOLE))
        a.append(entries("C", WHOLE[:7]))
        b.append(entries("B", WHOLE))
        b.append(entries("C", WHOLE[:12]))
        a.tag("C", add=("a",))
        b.tag("C", add=("b",))
        merge(a, there)
        merge(b, here)
        assert a.sessions() == b.sessions()
        assert [a.chain(session) for session in "ABC"] == [b.chain(session) for session in "ABC"]
        assert a.search("schools") == b.search("schools")


@pytest.mark.parametrize("version", [version for version in RELEASED if version < schema.VERSION])
def test_an_older_log_is_merged_and_stays_as_old(log: SessionLog, tmp_path: Path, version: int) -> None:
    path = tmp_path / "old" / "chatarena.db"
    path.parent.mkdir()
    restored(version, path).close()
    before = state(path.parent)
    assert merge(log, path).added == RELEASED[version][0]
    assert state(path.parent) == before
    assert merge(log, path).known == RELEASED[version][0]
    with SessionLog(path, environ={}) as upgraded:
        assert log.sessions() == upgraded.sessions()
        for session in RELEASED[version][0]:
            assert log.entries(session) == upgraded.entries(session)


def test_a_session_of_an_older_version_is_the_same_session(log: SessionLog, tmp_path: Path) -> None:
    """Its text says nothing of fields that came later."""
    path = tmp_path / "old.db"
    restored(1, path).close()
    merge(log, path)
    session = RELEASED[1][0][0]
    longer = (*log.entries(session), *entries(session, (ev.Revealed(),), start=log.head(session)))
    with SessionLog(path, environ={}) as old:
        assert old.take_in(longer) == "extended"
        assert old.take_in(log.entries(session)) == "known"


def test_a_log_in_use_is_merged_with_what_is_not_yet_in_its_main_file(log: SessionLog, tmp_path: Path) -> None:
    with SessionLog(tmp_path / "live.db", environ={}) as live:
        live.append(entries("S1", WHOLE))
        assert merge(log, live.path).added == ("S1",)
        live.append(entries("S1", (spoken(),), start=len(WHOLE)))
        assert merge(log, live.path).extended == ("S1",)


def test_a_log_in_a_place_that_may_only_be_read_is_merged(unprivileged: Path) -> None:
    theirs = unprivileged / "theirs" / "log.db"
    with SessionLog(theirs, environ={}) as log:
        log.append(entries("S1", WHOLE))
    theirs.chmod(0o400)
    theirs.parent.chmod(0o500)
    with SessionLog(unprivileged / "mine.db", environ={}) as mine:
        assert merge(mine, theirs).added == ("S1",)


def test_what_is_no_log_of_ours_is_refused(log: SessionLog, tmp_path: Path) -> None:
    log.append(entries("S1", (opened(),)))
    (tmp_path / "notes.db").write_text("remember the milk, " * 100)
    newer = tmp_path / "newer.db"
    SessionLog(newer).close()
    with sqlite3.connect(newer) as connection:
        connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    connection.close()
    for path, error, why in (
        (tmp_path / "none.db", LogError, "there is no session log"),
        (tmp_path / "notes.db", LogError, "not a session log"),
        (newer, LogTooNew, "newer version"),
        (log.path, LogError, "this log itself"),
    ):
        with pytest.raises(error, match=why) as caught:
            merge(log, path)
        assert caught.value.remedy
    assert [listed.id for listed in log.sessions()] == ["S1"]


def test_an_entry_that_cannot_be_understood_is_named(log: SessionLog, tmp_path: Path) -> None:
    with SessionLog(tmp_path / "other.db", environ={}) as other:
        other.append(entries("S1", (opened(),)))
        other._connection.execute(
            "INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, body)"
            " VALUES ('S1', 1, '', 0, 0, 'coin_tossed', 'public', '{}')"
        )
        with pytest.raises(LogError, match="session S1, entry 1: unknown kind"):
            merge(log, other.path)
    assert log.sessions() == ()


def test_secrets_of_this_machine_do_not_come_in(tmp_path: Path) -> None:
    with SessionLog(tmp_path / "other.db", environ={}) as other:
        other.append(entries("S1", (opened(), replace(spoken(), text="it is tok123456789"))))
    folder = tmp_path / "mine"
    with SessionLog(folder / "log.db", environ={"MY_TOKEN": "tok123456789"}) as mine:
        assert merge(mine, tmp_path / "other.db").added == ("S1",)
        assert all(b"tok123456789" not in file.read_bytes() for file in folder.iterdir())
