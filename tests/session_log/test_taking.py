"""Whole sessions from elsewhere: brought in once, completed where only a beginning was here, never changed."""

from __future__ import annotations

import sqlite3
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatarena.arena import events as ev
from chatarena.errors import LogError, SessionConflict
from chatarena.session_log.chain import chain_hash
from chatarena.session_log.store import SessionLog
from chatarena.session_log.taking import Incoming
from tests.session_log import samples
from tests.session_log.samples import entries, opened, spoken
from tests.session_log.strategies import events, events_of

WHOLE = entries("S1", samples.everything())


def state(log: SessionLog) -> list[list[tuple[object, ...]]]:
    """Every row of every table."""
    with sqlite3.connect(log.path) as connection:
        names = ("sessions", "entries", "words", "tags")
        return [connection.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall() for name in names]


BEFORE_AND_AFTER = {
    "nothing here": (0, len(WHOLE), "added"),
    "the same here": (len(WHOLE), len(WHOLE), "known"),
    "a beginning here": (7, len(WHOLE), "extended"),
    "more here": (len(WHOLE), 7, "known"),
    "one entry each": (1, 1, "known"),
}


@pytest.mark.parametrize(("here", "coming", "outcome"), BEFORE_AND_AFTER.values(), ids=BEFORE_AND_AFTER)
def test_the_longer_one_stays(log: SessionLog, here: int, coming: int, outcome: str) -> None:
    log.append(WHOLE[:here])
    assert log.take_in(WHOLE[:coming]) == outcome
    assert log.entries("S1") == WHOLE[: max(here, coming)]
    once = state(log)
    assert log.take_in(WHOLE[:coming]) == "known"
    assert state(log) == once


def test_what_is_derived_is_as_if_it_had_been_recorded_here(log: SessionLog, tmp_path: Path) -> None:
    log.append(WHOLE)
    with SessionLog(tmp_path / "other.db", environ={}) as other:
        other.take_in(WHOLE[:5])
        other.take_in(WHOLE)
        assert other.sessions() == log.sessions()
        assert other.chain("S1") == log.chain("S1") == chain_hash(WHOLE)
        assert other.search("schools") == log.search("schools")


DIFFERENT = {
    "another header": (0, opened("Where else?")),
    "another turn": (6, spoken("The sea is bad for you.")),
    "another end": (26, ev.SessionClosed(status="partial")),
    "another kind": (12, ev.RoundAdded()),
}


@pytest.mark.parametrize(("seq", "event"), DIFFERENT.values(), ids=DIFFERENT)
def test_what_differs_is_refused_and_nothing_is_changed(log: SessionLog, seq: int, event: ev.Event) -> None:
    log.append(WHOLE)
    log.tag("S1", add=("mine",))
    before = state(log)
    other = (*WHOLE[:seq], replace(WHOLE[seq], event=event), *WHOLE[seq + 1 :], *entries("S1", (spoken(),), start=27))
    with pytest.raises(SessionConflict, match=f"session S1 .* entry {seq} ") as caught:
        log.take_in(other, name="theirs", tags=("theirs",))
    assert (caught.value.session, caught.value.seq) == ("S1", seq)
    assert caught.value.remedy
    assert isinstance(caught.value, LogError)
    assert state(log) == before


@pytest.mark.parametrize("field", ["at", "elapsed"])
def test_another_time_is_a_difference(log: SessionLog, field: str) -> None:
    log.append(WHOLE)
    other = replace(WHOLE[3], **{field: 1_790_000_000.5})
    with pytest.raises(SessionConflict, match="entry 3 "):
        log.take_in((*WHOLE[:3], other, *WHOLE[4:]))


def test_names_and_tags_are_united(log: SessionLog) -> None:
    log.take_in(WHOLE, name="First name", tags=("b", "a"))
    assert log.annotations("S1").name == "First name"
    log.take_in(WHOLE, name="Second name", tags=("c", "a"))
    assert (log.annotations("S1").name, log.annotations("S1").tags) == ("First name", ("a", "b", "c"))
    log.rename("S1", "")
    log.take_in(WHOLE[:3], name="Third name")
    assert log.annotations("S1").name == "Third name"


NOT_WHOLE = {
    "nothing": (),
    "a gap": (*WHOLE[:3], WHOLE[4]),
    "not from the beginning": WHOLE[1:],
    "two sessions": (WHOLE[0], replace(WHOLE[1], session="S2")),
    "no header": entries("S1", (spoken(),)),
    "two headers": entries("S1", (opened(), opened())),
}


@pytest.mark.parametrize("wrong", NOT_WHOLE.values(), ids=NOT_WHOLE)
def test_what_is_no_session_is_refused(log: SessionLog, wrong: tuple[ev.Entry, ...]) -> None:
    with pytest.raises(ValueError):
        log.take_in(wrong)
    assert log.sessions() == ()


def test_many_at_once(log: SessionLog) -> None:
    many = [entries(f"S{number:03}", (opened(), spoken(f"number {number}"))) for number in range(250)]
    log.append(many[7][:1])
    log.append(entries("S200", (opened("Where else?"),)))
    outcomes = log.take_in_many(Incoming(entries=one, tags=("batch",)) for one in (*many, many[3]))
    assert [outcome if isinstance(outcome, str) else outcome.seq for outcome in outcomes] == [
        *["added"] * 7,
        "extended",
        *["added"] * 192,
        0,
        *["added"] * 49,
        "known",
    ]
    assert len(log.sessions(tag="batch")) == 249
    for number in (0, 7, 99, 100, 249):
        assert log.entries(f"S{number:03}") == many[number]


def test_a_bad_session_says_so_and_leaves_what_came_before(log: SessionLog) -> None:
    many = [Incoming(entries=entries(f"S{number:03}", (opened(),))) for number in range(150)]
    bad = Incoming(entries=entries("X", (replace(opened(), seed=2**63),)))
    with pytest.raises(ValueError, match="64 bits"):
        log.take_in_many((*many, bad))
    assert 0 < len(log.sessions()) < 150
    assert set(log.take_in_many(many)) == {"known", "added"}


def test_a_session_with_secrets_in_it_is_known_again(tmp_path: Path) -> None:
    said = entries("S1", (opened(), ev.ParticipantSpoke(text="it is tok123456789", round=0)))
    with SessionLog(tmp_path / "log.db", environ={"MY_TOKEN": "tok123456789"}) as log:
        assert log.take_in(said, name="about tok123456789", tags=("tok123456789",)) == "added"
        assert log.take_in(said) == "known"
        assert (log.annotations("S1").name, log.annotations("S1").tags) == ("about [MY_TOKEN]", ("[MY_TOKEN]",))
        log.rename("S1", "tok123456789 again")
        log.tag("S1", remove=("tok123456789",))
        for file in tmp_path.iterdir():
            assert b"tok123456789" not in file.read_bytes()


LINEAGE = {
    "of this program": ((), "", ""),
    "an import": (samples.elsewhere()[:1], "debates", ""),
    "a rerun": (samples.elsewhere()[1:2], "rerun", "S0"),
    "a fork": (samples.elsewhere()[2:3], "fork", "S9"),
    "a fork of a rerun of an import": (samples.elsewhere()[:3], "fork", "S9"),
}


@pytest.mark.parametrize(("facts", "origin", "parent"), LINEAGE.values(), ids=LINEAGE)
def test_where_a_session_comes_from(log: SessionLog, facts: tuple[ev.Event, ...], origin: str, parent: str) -> None:
    log.take_in(entries("S1", (opened(), *facts, spoken())))
    (listed,) = log.sessions()
    assert (listed.origin, listed.parent) == (origin, parent)
    assert log.sessions(origin=origin) == (listed,)
    assert log.sessions(origin="other") == ()


def test_a_fork_counts_what_it_shares_and_goes_on(log: SessionLog) -> None:
    parent = entries("S9", samples.everything())
    log.append(parent)
    shared = tuple(replace(entry, session="FORK") for entry in parent[:25])
    forked = ev.SessionForked(parent="S9", at=25, prefix=chain_hash(parent[:25]), version="0.2.0")
    log.append((*shared, *entries("FORK", (forked,), start=25)))
    listed = next(one for one in log.sessions() if one.id == "FORK")
    assert (listed.turns, listed.choice, listed.status, listed.events) == (2, "Stay", "open", 26)
    log.append(entries("FORK", (spoken(), ev.SessionClosed(status="partial")), start=26))
    listed = next(one for one in log.sessions() if one.id == "FORK")
    assert (listed.turns, listed.status) == (3, "partial")
    assert log.forks("S9") == ("FORK",)
    log.append(
        (*(replace(e, session="F2") for e in shared), *entries("F2", (replace(forked, parent="FORK"),), start=25))
    )
    assert log.forks("S9") == ("F2", "FORK")
    assert log.forks("F2") == ()


@settings(max_examples=20, deadline=None)
@given(
    events_of("session_opened"),
    st.lists(events().filter(lambda event: event.kind != "session_opened"), max_size=8),
    st.data(),
)
def test_the_chain_is_that_of_the_entries(header: ev.SessionOpened, rest: list[ev.Event], data: st.DataObject) -> None:
    written = entries("S1", (header, *rest))
    cut = data.draw(st.integers(1, len(written)))
    with tempfile.TemporaryDirectory() as folder, SessionLog(Path(folder) / "log.db", environ={}) as log:
        log.append(written[:cut])
        assert log.chain("S1") == chain_hash(log.entries("S1"))
        log.append(written[cut:])
        assert log.chain("S1") == chain_hash(log.entries("S1")) == chain_hash(written)


def test_the_chain_tells_that_rows_were_altered(log: SessionLog) -> None:
    log.append(WHOLE)
    assert log.chain("S1") == chain_hash(log.entries("S1"))
    log._connection.execute("DROP TRIGGER entries_unchanged")
    log._connection.execute("UPDATE entries SET body = replace(body, 'good for you', 'bad for you') WHERE seq = 6")
    assert log.chain("S1") != chain_hash(log.entries("S1"))


def test_whole_numbers_for_times_are_chained_as_they_are_read_back(log: SessionLog) -> None:
    entry = ev.Entry(session="S", seq=0, at=1_790_000_000, elapsed=-0.0, event=opened())
    log.append((entry,))
    assert log.chain("S") == chain_hash(log.entries("S"))
