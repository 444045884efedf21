"""Deleting leaves nothing; backing up keeps everything."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from chatarena.arena import events as ev
from chatarena.errors import LogNotWritable, SessionNotFound
from chatarena.session_log.store import SessionLog
from tests.session_log import samples
from tests.session_log.samples import entries, opened, spoken

# The character stands nowhere else. Its three bytes are in every trigram of the index that it is part of, so that
# looking for them finds what the index has kept, too.
RARE = "龘"
GONE = f"Tell nobody {RARE} this"


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


def fill(log: SessionLog) -> None:
    """Two sessions written turn by turn, so that their rows and index pages lie among each other."""
    log.append(entries("KEPT", (opened(), *(samples.everything()[1:]))))
    log.append(entries("GONE", (opened(f"Where is {GONE}?"),)))
    for number in range(1, 200, 10):
        some = range(number, number + 10)
        gone = tuple(spoken(f"{GONE} number {one} " + "and so on " * 30) for one in some)
        kept = tuple(spoken(f"kept number {one} " * 20) for one in some)
        log.append(entries("GONE", gone, start=number))
        log.append(entries("KEPT", kept, start=log.head("KEPT")))
    log.append(entries("GONE", (ev.ParticipantSpoke(text=f"Tell {GONE}", round=1),), start=201))


def test_a_deleted_session_leaves_no_bytes(log: SessionLog) -> None:
    fill(log)
    assert RARE.encode() in bytes_of(log.path.parent), "or this test could not fail"
    kept = log.entries("KEPT")
    log.delete("GONE")
    content = bytes_of(log.path.parent)
    for trace in (RARE.encode(), b"nobody", b"GONE"):
        assert trace not in content
    assert log._connection.execute("PRAGMA freelist_count").fetchone() == (0,), "the file has shrunk"
    assert log.entries("KEPT") == kept
    assert [listed.id for listed in log.sessions()] == ["KEPT"]
    with pytest.raises(SessionNotFound):
        log.entries("GONE")


def test_the_search_index_forgets_too(log: SessionLog) -> None:
    fill(log)
    log.delete("GONE")
    assert log.search(GONE) == ()
    assert log.search("kept number 150")[0].session == "KEPT"
    log._connection.execute("INSERT INTO words_fts (words_fts, rank) VALUES ('integrity-check', 1)")


def test_a_deleted_session_may_be_written_anew(log: SessionLog) -> None:
    written = entries("S1", samples.everything())
    log.append(written)
    log.delete("S1")
    assert log.head("S1") == 0
    log.append(written)
    assert log.entries("S1") == written


def test_deleting_what_is_not_there_says_so(log: SessionLog) -> None:
    log.append(entries("S1", (opened(),)))
    with pytest.raises(SessionNotFound, match="no session 'S2'"):
        log.delete("S2")
    assert log.head("S1") == 1


def test_several_are_deleted_together_or_none(log: SessionLog) -> None:
    for session in ("S1", "S2", "S3"):
        log.append(entries(session, samples.everything()))
        log.rename(session, f"{GONE} {session}")
        log.tag(session, add=(GONE,))
    with pytest.raises(SessionNotFound, match="no session 'S9'"):
        log.delete("S1", "S9")
    assert len(log.sessions(tag=GONE)) == 3
    log.delete("S1", "S3")
    assert [(listed.id, listed.name, listed.tags) for listed in log.sessions()] == [("S2", f"{GONE} S2", (GONE,))]
    log.delete("S2")
    assert RARE.encode() not in bytes_of(log.path.parent)


def test_a_deleted_session_takes_its_notes_with_it(log: SessionLog) -> None:
    log.append(entries("S1", (opened(),)))
    log.rename("S1", "old name")
    log.tag("S1", add=("old",))
    log.delete("S1")
    log.append(entries("S1", (opened(),)))
    assert (log.annotations("S1").name, log.annotations("S1").tags) == ("", ())


def test_what_was_replied_is_told_by_session(log: SessionLog) -> None:
    log.append(entries("S1", samples.everything()))
    log.append(entries("S2", (opened(), spoken("Something else."))))
    replies = log.replies(["S1"])
    assert replies.requests == {samples.CALL.fingerprint, samples.UNPRICED.fingerprint}
    assert replies.others == replies.shared == {samples.CALL.fingerprint}
    assert set(replies.texts) == {"The sea is good for you.", "海辺の町は静かです。", '{"move": 80}'}
    both = log.replies(["S1", "S2"])
    assert (both.others, len(both.texts)) == (frozenset(), 4)
    assert log.replies([]).requests == frozenset()


def test_after_a_deletion_nothing_else_may_be_deleted(log: SessionLog) -> None:
    log.append((*entries("S1", samples.everything()), *entries("S2", samples.everything())))
    log.delete("S1")
    with pytest.raises(sqlite3.IntegrityError):
        log._connection.execute("DELETE FROM entries")


def test_a_reader_in_the_way_is_reported_and_the_rest_done_later(log: SessionLog) -> None:
    fill(log)
    reader = sqlite3.connect(log.path, isolation_level=None)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM sessions").fetchone() == (2,)
    log._connection.execute("PRAGMA busy_timeout = 50")
    with pytest.raises(LogNotWritable, match="deleted, but traces are still in the file") as caught:
        log.delete("GONE")
    assert "sessions vacuum" in caught.value.remedy
    assert [listed.id for listed in log.sessions()] == ["KEPT"]
    reader.close()
    log.compact()
    assert RARE.encode() not in bytes_of(log.path.parent)


def test_a_backup_is_a_whole_log_for_its_owner_alone(log: SessionLog, tmp_path: Path) -> None:
    log.append(entries("S1", samples.everything()))
    copy = tmp_path / "copy.db"
    log.backup(copy)
    assert copy.stat().st_mode & 0o777 == 0o600
    with SessionLog(copy) as backup:
        assert backup.entries("S1") == log.entries("S1")
        assert [hit.seq for hit in backup.search("coast")] == [0]
        backup.append(entries("S2", (opened(),)))
    assert log.head("S2") == 0


def test_of_two_backups_at_once_neither_touches_the_other(log: SessionLog, tmp_path: Path) -> None:
    log.append(entries("S1", samples.everything()))
    copy, other = tmp_path / "copy.db", tmp_path / "copy.db.part"
    other.write_text("another copy in the making")
    log.backup(copy)
    assert other.read_text() == "another copy in the making"
    copy.unlink()

    def somebody_is_quicker(statement: str) -> None:
        if statement.startswith("VACUUM INTO"):
            copy.write_text("precious")

    log._connection.set_trace_callback(somebody_is_quicker)
    with pytest.raises(LogNotWritable, match="exists already"):
        log.backup(copy)
    assert copy.read_text() == "precious"
    assert sorted(path.name for path in tmp_path.glob("*.part")) == ["copy.db.part"]


def test_a_backup_overwrites_nothing(log: SessionLog, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_text("precious")
    with pytest.raises(LogNotWritable, match="exists already"):
        log.backup(copy)
    with pytest.raises(LogNotWritable):
        log.backup(tmp_path / "missing" / "copy.db")
    assert copy.read_text() == "precious"
    assert not list(tmp_path.glob("*.part"))
