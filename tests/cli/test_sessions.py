"""`sessions`: list, show, search and rm over a log with real sessions in it."""

from __future__ import annotations

import io
import json
import sys
import time
from dataclasses import replace

import pytest

from chatarena.arena import events as ev
from chatarena.arena.events import Entry
from chatarena.cli.home import Paths
from chatarena.cli.sessions import local_time
from chatarena.session_log.codec import decode
from chatarena.session_log.store import SessionLog
from tests.cli.conftest import Chatarena
from tests.support.sessions import DECISION, WEATHER, opening, play

FIRST, SECOND, THIRD = "01AAAAAAAAAAAAAAAAAAAAAAAA", "01BBBBBBBBBBBBBBBBBBBBBBBB", "01BCCCCCCCCCCCCCCCCCCCCCCC"


def entries(session: str, at: float, events: list[ev.Event]) -> tuple[Entry, ...]:
    return tuple(
        Entry(session=session, seq=seq, at=at + seq, elapsed=float(seq), event=event)
        for seq, event in enumerate(events)
    )


@pytest.fixture
def log(home: Paths) -> dict[str, tuple[Entry, ...]]:
    """Three sessions: a finished one, one about the weather, one that was left at once."""
    escape = replace(WEATHER, question="Picnic \x1b[31mor museum?")
    sessions = {
        FIRST: entries(FIRST, 1_000.0, [event for _, _, event in play(opening(3))]),
        SECOND: entries(SECOND, 2_000.0, [event for _, _, event in play(opening(2, decision=escape))]),
        THIRD: entries(THIRD, 3_000.0, [*opening(2), ev.SessionLeft(reason="the terminal was closed")]),
    }
    with SessionLog(home.database) as store:
        for recorded in sessions.values():
            store.append(recorded)
    return sessions


def test_without_a_log_there_is_nothing_to_list_and_none_is_made(chatarena: Chatarena, home: Paths) -> None:
    done = chatarena("sessions", "list")
    assert (done.code, done.out) == (0, "")
    assert f"No sessions here yet, in {home.database}" in done.err
    assert chatarena("sessions", "--json").data == []
    assert chatarena("sessions", "search", "x", "--json").data == []
    assert not home.database.exists()
    for verb, code in (("show", 2), ("rm", 1)):
        done = chatarena("sessions", verb, "last")
        assert (done.code, done.out) == (code, "")
        assert not home.database.exists()


def test_list_is_the_latest_first(chatarena: Chatarena, log: dict[str, tuple[Entry, ...]]) -> None:
    done = chatarena("sessions")
    assert [line.split()[0] for line in done.out.splitlines()] == ["id", THIRD, SECOND, FIRST]
    assert "\x1b" not in done.out
    assert chatarena("sessions", "list").out == done.out
    rows = chatarena("sessions", "--json").data
    assert [(row["id"], row["status"], row["turns"]) for row in rows] == [
        (THIRD, "left", 0),
        (SECOND, "complete", 4),
        (FIRST, "complete", 6),
    ]
    assert rows[2]["choice"] == DECISION.options[0].label


def test_list_can_be_narrowed(chatarena: Chatarena, log: dict[str, tuple[Entry, ...]]) -> None:
    assert [row["id"] for row in chatarena("sessions", "list", "--limit", "2", "--json").data] == [THIRD, SECOND]
    assert [row["id"] for row in chatarena("sessions", "list", "--status", "left", "--json").data] == [THIRD]
    assert "--limit" in chatarena("sessions", "list", "--limit", "2").err
    for wrong in (("--limit", "0"), ("--limit", "many"), ("--status", "lost")):
        assert chatarena("sessions", "list", *wrong).code == 2


def test_show_tells_what_was_said_and_nothing_that_was_private(
    chatarena: Chatarena, log: dict[str, tuple[Entry, ...]]
) -> None:
    done = chatarena("sessions", "show", THIRD)
    assert done.code == 0
    assert DECISION.question in done.out
    assert "SECRET" not in done.out
    assert "\x1b" not in chatarena("sessions", "show", SECOND).out
    assert chatarena("sessions", "show").out == done.out
    assert chatarena("sessions", "show", "01A").out == chatarena("sessions", "show", FIRST).out


def test_show_as_json_is_the_whole_record(chatarena: Chatarena, log: dict[str, tuple[Entry, ...]]) -> None:
    data = chatarena("sessions", "show", FIRST, "--json").data
    read = [decode(json.dumps(row["event"])) for row in data["entries"]]
    assert read == [entry.event for entry in log[FIRST]]
    assert [row["seq"] for row in data["entries"]] == [entry.seq for entry in log[FIRST]]


@pytest.mark.parametrize("which", ["01B", "nowhere"], ids=["ambiguous", "absent"])
def test_a_session_that_is_not_there_is_a_usage_error(
    chatarena: Chatarena, log: dict[str, tuple[Entry, ...]], which: str
) -> None:
    for verb in ("show", "rm"):
        done = chatarena("sessions", verb, which)
        assert (done.code, done.out) == (2, "")


def test_search_finds_words_and_phrases(chatarena: Chatarena, log: dict[str, tuple[Entry, ...]]) -> None:
    assert {row["session"] for row in chatarena("sessions", "search", "museum", "--json").data} == {SECOND}
    found = chatarena("sessions", "search", '"Birch in round 2"')
    assert found.code == 0
    assert [line.split()[0] for line in found.out.splitlines()[1:]] == [SECOND, FIRST]
    assert "Birch, round 2" in found.out
    nothing = chatarena("sessions", "search", "zeppelin")
    assert (nothing.code, nothing.out) == (0, "")


def test_rm_asks_first_and_deletes_that_session_only(
    chatarena: Chatarena, log: dict[str, tuple[Entry, ...]], home: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Typed(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Typed("\n"))
    assert chatarena("sessions", "rm", SECOND).code == 1
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    refused = chatarena("sessions", "rm", SECOND)
    assert refused.code == 2
    assert "--yes" in refused.err
    assert len(chatarena("sessions", "--json").data) == 3
    monkeypatch.setattr(sys, "stdin", Typed("y\n"))
    done = chatarena("sessions", "rm", SECOND)
    assert (done.code, done.out) == (0, f"{SECOND}\n")
    assert chatarena("sessions", "rm", THIRD, "--yes", "--json").data["deleted"] == [THIRD]
    assert [row["id"] for row in chatarena("sessions", "--json").data] == [FIRST]
    assert b"museum" not in home.database.read_bytes()


SINCE = {
    "a date": ("1970-01-02", []),
    "a moment of her own clock": ("1970-01-01T00:45:00", [THIRD]),
    "a moment elsewhere": ("1970-01-01T00:30:00+00:00", [THIRD, SECOND]),
    "a while ago": ("2h", []),
    "long ago": ("100000d", [THIRD, SECOND, FIRST]),
}


@pytest.mark.parametrize(("when", "found"), SINCE.values(), ids=SINCE)
def test_list_since(
    chatarena: Chatarena,
    log: dict[str, tuple[Entry, ...]],
    monkeypatch: pytest.MonkeyPatch,
    when: str,
    found: list[str],
) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    try:
        rows = chatarena("sessions", "list", "--since", when, "--json").data
    finally:
        monkeypatch.undo()
        time.tzset()
    assert [row["id"] for row in rows] == found


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="this platform cannot change its time zone")
def test_times_are_the_person_s_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert local_time("2026-03-01T20:30:59.000Z") == "2026-03-02 05:30"
    finally:
        monkeypatch.undo()
        time.tzset()
