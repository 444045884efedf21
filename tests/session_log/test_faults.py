"""Permissions, full disks and other people's locks: a clear error, nothing lost."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chatarena.errors import LogError, LogNotWritable
from chatarena.session_log.store import SessionLog
from tests.session_log import samples
from tests.session_log.samples import entries, opened, spoken


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.usefixtures("umask")
def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "made" / "for the log" / "log #1?.db"
    with SessionLog(path) as log:
        log.append(entries("S1", (opened(),)))
        files = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
        assert files == {"log #1?.db": 0o600, "log #1?.db-wal": 0o600, "log #1?.db-shm": 0o600}
        for folder in (path.parent, path.parent.parent):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_what_exists_keeps_its_permissions(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir(mode=0o755)
    path = folder / "log.db"
    SessionLog(path).close()
    path.chmod(0o640)
    SessionLog(path).close()
    assert (stat.S_IMODE(folder.stat().st_mode), stat.S_IMODE(path.stat().st_mode)) == (0o755, 0o640)


def test_an_event_is_synced_to_the_disk_when_append_returns(log: SessionLog) -> None:
    settings = {
        name: log._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")
    }
    assert settings == {"journal_mode": "wal", "synchronous": 2}


def test_a_file_that_may_only_be_read_is_refused_at_once(unprivileged: Path) -> None:
    path = unprivileged / "log.db"
    with SessionLog(path) as log:
        log.append(entries("S1", samples.everything()))
    path.chmod(0o400)
    with pytest.raises(LogNotWritable, match="cannot be written") as caught:
        SessionLog(path)
    assert "CHATARENA_HOME" in caught.value.remedy
    with SessionLog(path, read_only=True) as log:
        assert log.entries("S1") == entries("S1", samples.everything())


def test_a_folder_that_may_only_be_read_can_be_read(unprivileged: Path) -> None:
    path = unprivileged / "log.db"
    with SessionLog(path) as log:
        log.append(entries("S1", samples.everything()))
    path.chmod(0o400)
    unprivileged.chmod(0o500)
    with SessionLog(path, read_only=True) as log:
        assert log.entries("S1") == entries("S1", samples.everything())
        assert [hit.seq for hit in log.search("coast")] == [0]
    with pytest.raises(LogNotWritable):
        SessionLog(path)


def test_a_folder_that_cannot_be_made_is_refused(unprivileged: Path) -> None:
    unprivileged.chmod(0o500)
    for path in (unprivileged / "log.db", unprivileged / "new" / "log.db"):
        with pytest.raises(LogNotWritable, match="Permission denied"):
            SessionLog(path)


def test_a_file_that_may_not_be_read_is_refused(unprivileged: Path) -> None:
    path = unprivileged / "log.db"
    SessionLog(path).close()
    path.chmod(0o000)
    for read_only in (False, True):
        with pytest.raises(LogNotWritable):
            SessionLog(path, read_only=read_only)


def test_a_log_only_to_be_read_is_not_made_and_not_written(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    with pytest.raises(LogError, match="there is no session log yet"):
        SessionLog(path, read_only=True)
    assert not path.exists()
    SessionLog(path).close()
    with SessionLog(path, read_only=True) as log, pytest.raises(LogNotWritable, match="cannot be written"):
        log.append(entries("S1", (opened(),)))


def test_a_folder_in_the_place_of_the_log_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LogNotWritable, match="cannot be opened"):
        SessionLog(tmp_path)


def test_a_full_disk_loses_nothing_that_was_recorded(log: SessionLog) -> None:
    log.append(entries("S1", (opened(),)))
    pages = log._connection.execute("PRAGMA page_count").fetchone()[0]
    log._connection.execute(f"PRAGMA max_page_count = {pages + 5}")
    recorded = 1
    with pytest.raises(LogNotWritable, match="the disk is full") as caught:
        while recorded < 100:
            log.append(entries("S1", (spoken("a long turn " * 200), spoken("another " * 200)), start=recorded))
            recorded += 2
    assert "resume" in caught.value.remedy
    assert log.head("S1") == recorded == log.sessions()[0].events
    log._connection.execute("PRAGMA max_page_count = 1000000")
    log.append(entries("S1", (ev_left,), start=recorded))
    assert len(log.entries("S1")) == recorded + 1
    assert log._connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


ev_left = samples.everything()[19]


def test_another_program_that_holds_the_lock_is_named_as_the_cause(log: SessionLog) -> None:
    log.append(entries("S1", (opened(),)))
    log._connection.execute("PRAGMA busy_timeout = 20")
    other = sqlite3.connect(log.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LogNotWritable, match="locked by another program"):
        log.append(entries("S1", (spoken(),), start=1))
    assert log.entries("S1") == entries("S1", (opened(),)), "reading goes on"
    other.execute("ROLLBACK")
    other.close()
    log.append(entries("S1", (spoken(),), start=1))


@pytest.mark.parametrize("held", ["BEGIN", "BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"])
def test_a_new_log_that_another_process_is_just_making_is_waited_for(tmp_path: Path, held: str) -> None:
    path = tmp_path / "log.db"
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute(held)
        other.execute("SELECT count(*) FROM sqlite_master").fetchone()
        letting_go = threading.Timer(0.2, other.execute, ["ROLLBACK"])
        letting_go.start()
        with SessionLog(path) as log:
            log.append(entries("S1", (opened(),)))
            assert log.head("S1") == 1
        letting_go.join()


def test_a_new_log_that_is_never_let_go_is_not_waited_for_forever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatarena.session_log.opening.BUSY_SECONDS", 0.1)
    path = tmp_path / "log.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LogNotWritable, match="locked by another program"):
            SessionLog(path)


def test_a_damaged_file_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    with SessionLog(path) as log:
        log.append(entries("S1", (opened(), *(spoken("word " * 200) for _ in range(50)))))
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(LogError, match="damaged") as caught, SessionLog(path) as log:
        log.entries("S1")
    assert "backup" in caught.value.remedy
