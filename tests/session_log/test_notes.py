"""Names and tags: the person's own, hers to change, no part of the record."""

from __future__ import annotations

import pytest

from chatarena.errors import LogNotWritable, SessionNotFound
from chatarena.session_log.store import SessionLog
from tests.session_log import samples
from tests.session_log.samples import entries, opened


def test_a_session_is_named_and_tagged(log: SessionLog) -> None:
    log.append(entries("S1", samples.everything()))
    before, chain = log.entries("S1"), log.chain("S1")
    log.rename("S1", "  Before\nthe  move ")
    log.tag("S1", add=("b", "a", "b", "e\u0301"))
    log.tag("S1", add=("c",), remove=("b", "not there"))
    found = log.annotations("S1")
    assert (found.name, found.tags) == ("Before the move", ("a", "c", "é"))
    (listed,) = log.sessions()
    assert (listed.name, listed.tags) == (found.name, found.tags)
    assert (log.entries("S1"), log.chain("S1")) == (before, chain)
    log.rename("S1", "")
    assert log.annotations("S1").name == ""


def test_what_is_taken_away_and_added_at_once_is_there(log: SessionLog) -> None:
    log.append(entries("S1", (opened(),)))
    log.tag("S1", add=("a",), remove=("a",))
    assert log.annotations("S1").tags == ("a",)


@pytest.mark.parametrize(
    ("name", "tags", "why"),
    [
        pytest.param("x" * 81, (), "at most 80", id="long name"),
        pytest.param("", ("y" * 81,), "at most 80", id="long tag"),
        pytest.param("", ("good", "  "), "at least one letter", id="blank tag"),
    ],
)
def test_what_is_no_note_is_refused(log: SessionLog, name: str, tags: tuple[str, ...], why: str) -> None:
    log.append(entries("S1", (opened(),)))
    with pytest.raises(ValueError, match=why):
        if name:
            log.rename("S1", name)
        log.tag("S1", add=tags)
    assert (log.annotations("S1").name, log.annotations("S1").tags) == ("", ())
    with pytest.raises(ValueError, match=why):
        log.take_in(entries("S2", (opened(),)), name=name, tags=tags)
    assert log.head("S2") == 0


def test_a_session_that_is_not_there_has_no_notes(log: SessionLog) -> None:
    for call in (log.annotations, log.chain, lambda session: log.rename(session, "x"), log.tag):
        with pytest.raises(SessionNotFound, match="no session 'S1'"):
            call("S1")


def test_a_log_only_to_be_read_takes_no_notes(log: SessionLog) -> None:
    log.append(entries("S1", (opened(),)))
    with SessionLog(log.path, read_only=True) as reader, pytest.raises(LogNotWritable):
        reader.rename("S1", "x")


WANTED = {
    "all": ({}, ["C", "B", "A"]),
    "tag": ({"tag": "a"}, ["B", "A"]),
    "another tag": ({"tag": "A"}, []),
    "origin": ({"origin": "fork"}, ["C"]),
    "of this program": ({"origin": ""}, ["B", "A"]),
    "since": ({"since": "2026-09-21T14:13:30.000Z"}, ["C", "B"]),
    "all of it": ({"since": "2026-09-21T14:13:30.000Z", "tag": "a", "status": "open", "origin": ""}, ["B"]),
}


@pytest.mark.parametrize(("wanted", "found"), WANTED.values(), ids=WANTED)
def test_lists_can_be_narrowed(log: SessionLog, wanted: dict[str, str], found: list[str]) -> None:
    log.append(entries("A", (opened(),)))
    log.append(entries("B", (opened(),), at=samples.NOON + 10))
    log.append(entries("C", (opened(), samples.elsewhere()[2]), at=samples.NOON + 20))
    log.tag("A", add=("a",))
    log.tag("B", add=("a", "b"))
    assert [listed.id for listed in log.sessions(**wanted)] == found  # type: ignore[arg-type]
