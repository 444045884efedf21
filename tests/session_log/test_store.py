"""Appending, reading, listing and finding sessions."""

from __future__ import annotations

import json
import math
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatarena.arena import events as ev
from chatarena.arena.decision import Decision
from chatarena.errors import LogError, SessionNotFound
from chatarena.session_log.store import SessionLog
from tests.session_log import samples
from tests.session_log.samples import NOON, entries, opened, spoken
from tests.session_log.strategies import events, events_of


def test_what_was_appended_is_read_back_in_order(log: SessionLog) -> None:
    written = entries("S1", samples.everything())
    for entry in written:
        log.append((entry,))
    assert log.entries("S1") == written
    assert log.entries("S1", start=20) == written[20:]
    assert log.entries("S1", start=len(written)) == ()
    assert log.head("S1") == len(written)


def test_a_log_opened_again_holds_the_same(tmp_path: Path) -> None:
    written = entries("S1", samples.everything())
    with SessionLog(tmp_path / "log.db") as log:
        log.append(written)
    with SessionLog(tmp_path / "log.db") as log, SessionLog(tmp_path / "log.db", read_only=True) as reader:
        assert log.entries("S1") == reader.entries("S1") == written


@settings(max_examples=15, deadline=None)
@given(events_of("session_opened"), st.lists(events().filter(lambda event: event.kind != "session_opened"), max_size=8))
def test_any_session_survives(header: ev.SessionOpened, rest: list[ev.Event]) -> None:
    written = entries("S1", (header, *rest))
    with tempfile.TemporaryDirectory() as folder, SessionLog(Path(folder) / "log.db", environ={}) as log:
        log.append(written)
        assert log.entries("S1") == written
        assert log.sessions()[0].events == len(written)


def test_times_are_kept_exactly(log: SessionLog) -> None:
    entry = ev.Entry(session="S", seq=0, at=NOON + 0.123456789, elapsed=1e-9, event=opened())
    log.append((entry,))
    assert log.entries("S") == (entry,)
    assert log.sessions()[0].created_utc == "2026-09-21T14:13:20.123Z"


OUT_OF_PLACE = {
    "a number that is taken": (2, ev.Revealed(), LogError, "already has an entry number 2"),
    "a gap": (5, ev.Revealed(), LogError, "would leave a gap"),
    "a second header": (4, opened(), ValueError, "begins with session_opened and has no other"),
}


@pytest.mark.parametrize(("seq", "event", "error", "why"), OUT_OF_PLACE.values(), ids=OUT_OF_PLACE)
def test_a_bad_entry_takes_its_whole_batch_with_it(
    log: SessionLog, seq: int, event: ev.Event, error: type[Exception], why: str
) -> None:
    first = entries("S1", (opened(), ev.RoundAdded(), ev.RoundAdded()))
    log.append(first)
    good = entries("S1", (ev.Revealed(),), start=3)
    other = entries("S2", (opened(),))
    with pytest.raises(error, match=why):
        log.append((*good, *other, *entries("S1", (event,), start=seq)))
    assert log.entries("S1") == first
    assert log.head("S2") == 0
    log.append((*good, *other))
    assert log.entries("S1") == first + good


def test_a_session_begins_with_its_header(log: SessionLog) -> None:
    with pytest.raises(ValueError, match="begins with session_opened"):
        log.append(entries("S1", (ev.Revealed(),)))
    assert log.sessions() == ()


UNRECORDABLE = {
    "time": replace(entries("S", (opened(),))[0], at=math.nan),
    "time beyond the calendar": replace(entries("S", (opened(),))[0], at=1e18),
    "elapsed": replace(entries("S", (opened(),))[0], elapsed=math.inf),
    "seed": replace(entries("S", (opened(),))[0], event=replace(opened(), seed=2**63)),
}


@pytest.mark.parametrize("entry", UNRECORDABLE.values(), ids=UNRECORDABLE)
def test_numbers_that_no_log_can_keep_are_refused(log: SessionLog, entry: ev.Entry) -> None:
    with pytest.raises(ValueError):
        log.append((entry,))
    assert log.head("S") == 0


def test_nothing_to_append_is_nothing(log: SessionLog) -> None:
    log.append(())
    assert log.sessions() == ()


def test_a_listed_session_says_what_it_is(log: SessionLog) -> None:
    log.append(entries("S1", samples.everything()))
    (listed,) = log.sessions()
    assert listed.id == "S1"
    assert listed.title == "Should we move to the coast?"
    assert listed.question == "Should we move\nto the coast?"
    assert (listed.status, listed.choice, listed.cast, listed.protocol) == (
        "complete",
        "Stay",
        "diverse",
        "simultaneous",
    )
    assert (listed.version, listed.seed, listed.participant) == ("0.1.0", 7, True)
    assert (listed.agents, listed.models) == (("Ash", "樺"), ("local/m", "openai/gpt-x"))
    assert (listed.turns, listed.events) == (2, len(samples.everything()))
    assert (listed.created_utc, listed.updated_utc) == ("2026-09-21T14:13:20.000Z", "2026-09-21T14:13:46.000Z")


def test_the_list_agrees_with_the_entries_at_every_moment(log: SessionLog) -> None:
    expected = {
        ev.SessionOpened: "open",
        ev.SessionLeft: "left",
        ev.SessionResumed: "open",
        ev.SessionClosed: "complete",
    }
    status = ""
    for entry in entries("S1", samples.everything()):
        log.append((entry,))
        status = expected.get(type(entry.event), status)
        (listed,) = log.sessions()
        assert (listed.events, listed.status) == (entry.seq + 1, status)
        assert listed.turns == sum(isinstance(past.event, ev.TurnTaken) for past in log.entries("S1"))


def test_a_long_question_makes_a_short_title(log: SessionLog) -> None:
    log.append(entries("S1", (opened("word " * 100),)))
    title = log.sessions()[0].title
    assert title.startswith("word word")
    assert title.endswith("…")
    assert len(title) <= 80


def three_sessions(log: SessionLog) -> None:
    log.append(entries("01AAA", (opened(),), at=NOON))
    log.append(entries("01AAB", (opened(), ev.SessionLeft()), at=NOON + 10))
    log.append(entries("01B%_", (opened(),), at=NOON + 5))


def test_the_list_begins_with_what_was_written_last(log: SessionLog) -> None:
    three_sessions(log)
    assert [listed.id for listed in log.sessions()] == ["01AAB", "01B%_", "01AAA"]
    assert [listed.id for listed in log.sessions(1)] == ["01AAB"]
    assert [listed.id for listed in log.sessions(status="open")] == ["01B%_", "01AAA"]
    log.append(entries("01AAA", (ev.Revealed(),), start=1, at=NOON + 100))
    assert log.resolve("last") == "01AAA"


RESOLVED = {
    "last": ("last", "01AAB"),
    "whole": ("01AAA", "01AAA"),
    "prefix": ("01B", "01B%_"),
    "small letters": ("01aab", "01AAB"),
    "wildcards are plain": ("01b%", "01B%_"),
}


@pytest.mark.parametrize(("which", "found"), RESOLVED.values(), ids=RESOLVED)
def test_resolve(log: SessionLog, which: str, found: str) -> None:
    three_sessions(log)
    assert log.resolve(which) == found


UNRESOLVED = {
    "several": ("01AA", "several sessions begin with '01AA': 01AAA, 01AAB"),
    "none": ("02", "no session '02'"),
    "a wildcard finds nothing": ("%", "no session '%'"),
    "empty": ("", "several sessions"),
}


@pytest.mark.parametrize(("which", "why"), UNRESOLVED.values(), ids=UNRESOLVED)
def test_resolve_says_why_not(log: SessionLog, which: str, why: str) -> None:
    three_sessions(log)
    with pytest.raises(SessionNotFound, match=why) as caught:
        log.resolve(which)
    assert caught.value.remedy


def test_an_id_that_begins_another_is_found(log: SessionLog) -> None:
    log.append((*entries("S1", (opened(),)), *entries("S12", (opened(),))))
    assert log.resolve("S1") == "S1"


def test_an_empty_log_says_so(log: SessionLog) -> None:
    assert log.sessions() == ()
    with pytest.raises(SessionNotFound, match="there is no session yet"):
        log.resolve("last")
    with pytest.raises(SessionNotFound, match="no session 'S1'"):
        log.entries("S1")


def test_an_entry_of_a_newer_program_is_named(log: SessionLog) -> None:
    log.append(entries("S1", (opened(),)))
    log._connection.execute(
        "INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, body)"
        " VALUES ('S1', 1, '', 0, 0, 'coin_tossed', 'public', '{}')"
    )
    with pytest.raises(LogError, match="session S1, entry 1: unknown kind of event: 'coin_tossed'"):
        log.entries("S1")


def test_any_thread_may_use_the_log(log: SessionLog) -> None:
    log.append(entries("S1", (opened(),)))
    found: list[tuple[ev.Entry, ...]] = []
    thread = threading.Thread(target=lambda: found.append(log.entries("S1")))
    thread.start()
    thread.join()
    assert found == [entries("S1", (opened(),))]


def test_secrets_do_not_reach_the_file(tmp_path: Path) -> None:
    path, environ = tmp_path / "log.db", {"SOME_API_KEY": 'secret"value\\12345', "MY_TOKEN": "tok123456789"}
    said = "My key is tok123456789, and sk-lookslikeakey0123 is none."
    with SessionLog(path, environ=environ) as log:
        header = replace(opened(), decision=Decision(question="tok123456789?", options=samples.DECISION.options))
        failed = ev.TurnMissed(agent="Ash", round=1, cause="failed", reason="401 for sk-lookslikeakey0123")
        talk = (ev.ParticipantSpoke(text=said, round=0), spoken('it is secret"value\\12345'), failed)
        log.append(entries("S1", (header, *talk)))
        events = [entry.event for entry in log.entries("S1")]
        for file in tmp_path.iterdir():
            content = file.read_bytes()
            assert b"tok123456789" not in content
            for value in ('secret"value', "value\\12345"):
                assert value.encode() not in content
                assert json.dumps(value)[1:-1].encode() not in content
    assert isinstance(events[0], ev.SessionOpened)
    assert events[0].decision.question == "[MY_TOKEN]?"
    assert events[1] == ev.ParticipantSpoke(text="My key is [MY_TOKEN], and sk-lookslikeakey0123 is none.", round=0)
    assert events[2] == spoken("it is [SOME_API_KEY]")
    assert events[3] == replace(failed, reason="401 for [secret]")
