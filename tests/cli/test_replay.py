"""`replay`: a saved session as lines, as entries and as one document; in time, at once, and what it must not load."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from chatarena.arena import events as ev
from chatarena.arena.protocol import Protocol
from chatarena.arena.session import Session, evolve
from chatarena.cli import replay
from chatarena.cli.home import Paths
from chatarena.cli.reference import LoadedSession
from chatarena.cli.settings import Settings
from chatarena.cli.stage import open_stage
from chatarena.cli.studio import open_studio
from chatarena.errors import SessionNotFound, UsageError
from chatarena.exchange.bundle import write_bundle
from chatarena.language_model.scripted import ScriptedModel
from chatarena.replay.timeline import Place, lay_out
from chatarena.report.plain import plain_lines
from chatarena.session_log.codec import decode
from chatarena.session_log.store import SessionLog
from tests.cli.conftest import Chatarena
from tests.cli.test_contract import SPY
from tests.session_log.samples import everything
from tests.support.sessions import WEATHER, opening, play
from tests.support.worlds import answer

SESSION = "01AAAAAAAAAAAAAAAAAAAAAAAA"
HEAVY = ("textual", "cvxpy", "numpy", "pydantic", "litellm", "sqlite_utils", "rich")


def entries(events: list[ev.Event]) -> tuple[ev.Entry, ...]:
    return tuple(
        ev.Entry(session=SESSION, seq=seq, at=1000.0 + seq, elapsed=float(seq), event=event)
        for seq, event in enumerate(events)
    )


@pytest.fixture
def recorded(home: Paths) -> tuple[ev.Entry, ...]:
    """A whole session in the log, one entry a second."""
    found = entries([event for *_, event in play(opening(2))])
    with SessionLog(home.database) as log:
        log.append(found)
    return found


def test_plain_at_once_is_what_show_prints(chatarena: Chatarena, recorded: tuple[ev.Entry, ...]) -> None:
    done = chatarena("replay", SESSION, "--plain")
    assert (done.code, done.err) == (0, "")
    assert done.out == chatarena("sessions", "show", SESSION).out
    assert chatarena("replay").out == done.out, "without a terminal the last session, plain and at once"
    assert chatarena("replay", "01AAA", "--plain", "--speed", "max").out == done.out


def test_jsonl_is_every_entry(chatarena: Chatarena, recorded: tuple[ev.Entry, ...]) -> None:
    done = chatarena("replay", "--jsonl")
    read = [json.loads(line) for line in done.out.splitlines()]
    assert [(row["seq"], row["elapsed"]) for row in read] == [(entry.seq, entry.elapsed) for entry in recorded]
    assert [decode(json.dumps(row["event"])) for row in read] == [entry.event for entry in recorded]


def test_in_time_prints_the_same(chatarena: Chatarena, recorded: tuple[ev.Entry, ...]) -> None:
    """A thousandth of a second of silence at most, played a thousand times as fast."""
    fast = ("--speed", "1000", "--idle-time-limit", "0.001")
    assert chatarena("replay", "--plain", *fast).out == chatarena("replay", "--plain").out
    assert chatarena("replay", "--jsonl", *fast).out == chatarena("replay", "--jsonl").out


def test_a_bundle_is_played_as_the_session_is(
    chatarena: Chatarena, home: Paths, recorded: tuple[ev.Entry, ...]
) -> None:
    Path("talk.jsonl").write_text("".join(f"{line}\n" for line in write_bundle(recorded)), encoding="utf-8")
    assert chatarena("replay", "talk.jsonl").out == chatarena("replay").out


def test_a_session_can_be_played_from_a_place(chatarena: Chatarena, recorded: tuple[ev.Entry, ...]) -> None:
    whole = chatarena("replay", "--plain").out
    second = chatarena("replay", "--plain", "--from", "round:2").out
    assert whole.endswith(second)
    assert second.lstrip().startswith("== Round 2 of 2")
    rows = chatarena("replay", "--jsonl", "--from", "turn:3").out.splitlines()
    turns = [entry.seq for entry in recorded if isinstance(entry.event, ev.TurnTaken)]
    assert json.loads(rows[0])["seq"] == turns[2]
    assert chatarena("replay", "--plain", "--from", "end").out == ""


TIMELINE = lay_out(entries([event for *_, event in play(opening(2))]), 5.0)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        pytest.param("", Place(), id="the beginning"),
        pytest.param("0", TIMELINE.place(0.0), id="zero"),
        pytest.param("7.5", TIMELINE.place(7.5), id="seconds"),
        pytest.param("0:07.5", TIMELINE.place(7.5), id="minutes"),
        pytest.param("50%", TIMELINE.place(TIMELINE.total / 2), id="a share"),
        pytest.param("end", TIMELINE.end, id="the end"),
        pytest.param(
            "round:1", Place(seconds=TIMELINE.seconds[TIMELINE.marks[0]], position=TIMELINE.marks[0]), id="round"
        ),
        pytest.param(
            "turn:1", Place(seconds=TIMELINE.seconds[TIMELINE.marks[1]], position=TIMELINE.marks[1]), id="turn"
        ),
    ],
)
def test_places(text: str, place: Place) -> None:
    assert replay.parse_place(text, TIMELINE) == place


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("soon", "no place"),
        ("-3", "no place"),
        ("nan", "no place"),
        ("1:20%", "no place"),
        ("round:9", "there is no round 9"),
        ("turn:0", "there is no turn 0"),
        ("turn:many", "no place"),
        ("1000", "after the end"),
        ("101%", "after the end"),
    ],
)
def test_places_that_are_none(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as refused:
        replay.parse_place(text, TIMELINE)
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(("--pause-on-markers", "--plain"), "there is no terminal", id="no terminal to press Enter at"),
        pytest.param(("--json", "--speed", "2"), "do not go with it", id="a document has no pace"),
        pytest.param(("--json", "--from", "3"), "do not go with it", id="a document is whole"),
        pytest.param(("--speed", "-1"), "above 0", id="backwards"),
        pytest.param(("--speed", "nan"), "above 0", id="no number"),
        pytest.param(("--idle-time-limit", "-1"), "0 or more", id="a negative silence"),
        pytest.param(("--from", "round:77"), "no round 77", id="no such marker"),
        pytest.param(("--plain", "--json"), "not allowed", id="two forms"),
        pytest.param(("nowhere",), "nowhere", id="no such session"),
    ],
)
def test_what_cannot_be_is_refused(
    chatarena: Chatarena, recorded: tuple[ev.Entry, ...], words: tuple[str, ...], says: str
) -> None:
    done = chatarena("replay", *words)
    assert (done.code, done.out) == (2, "")
    assert says in done.err


class Terminal(io.StringIO):
    """Standard input at which Enter is pressed so many times, then Ctrl+D."""

    def isatty(self) -> bool:
        return True


def test_pausing_on_markers_waits_for_enter_at_each(
    chatarena: Chatarena, recorded: tuple[ev.Entry, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    whole = chatarena("replay", "--plain", "--speed", "max").out
    monkeypatch.setattr(sys, "stdin", Terminal("\n" * 20))
    done = chatarena("replay", "--plain", "--speed", "max", "--pause-on-markers")
    assert (done.code, done.out) == (0, whole)
    assert done.err.count("Enter: go on") == 2 + 4
    assert next(line for line in done.err.splitlines() if "Birch" in line).startswith("-- Birch, round 1")
    monkeypatch.setattr(sys, "stdin", Terminal("\n"))
    left = chatarena("replay", "--plain", "--speed", "max", "--pause-on-markers")
    assert left.code == 0
    assert whole.startswith(left.out)
    assert "round 1" in left.out.lower()
    assert "Round 2" not in left.out


def test_an_interruption_tells_how_to_go_on(
    chatarena: Chatarena, recorded: tuple[ev.Entry, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupting(Terminal):
        def readline(self, size: int = -1, /) -> str:
            raise KeyboardInterrupt

    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys, "stdin", Interrupting())
    done = chatarena("replay", "--plain", "--speed", "max", "--pause-on-markers")
    seconds = lay_out(recorded).markers()[0].seconds
    assert done.code == 130
    assert done.err.splitlines()[-1] == (
        f"chatarena: interrupted; go on with: chatarena replay last --from {seconds:.1f}"
    )


def test_the_lines_are_those_of_a_fold_event_by_event() -> None:
    for events in (everything(), tuple(event for *_, event in play(opening(3, protocol=Protocol(name="one_on_one"))))):
        account, session = replay.Account(), Session()
        for event in events:
            session = evolve(session, event)
            assert account.lines(event) == plain_lines(session, event)


def test_json_tells_markers_probabilities_by_round_and_totals(
    chatarena: Chatarena, recorded: tuple[ev.Entry, ...]
) -> None:
    data = chatarena("replay", "--json").data
    timeline = lay_out(recorded)
    assert data["session"] == SESSION
    assert data["seconds"] == {"playing": timeline.total, "recorded": timeline.recorded, "idle_time_limit": 5.0}
    assert [marker["label"] for marker in data["markers"]] == [marker.label for marker in timeline.markers()]
    assert [row["round"] for row in data["rounds"]] == [1, 2]
    shown = [entry for entry in recorded if isinstance(entry.event, ev.ForecastShown) and entry.event.round == 2][-1]
    choice = data["rounds"][1]["choice"]
    assert choice["entry"] == shown.seq
    assert list(choice["probabilities"].values()) == list(shown.event.forecast.probabilities)  # type: ignore[union-attr]
    assert data["rounds"][1]["belief"] is None
    assert data["totals"] == {
        "entries": len(recorded),
        "rounds": 2,
        "turns": 4,
        "missed": 0,
        "claims": 4,
        "words": sum(len(e.event.text.split()) for e in recorded if isinstance(e.event, ev.TurnTaken)),
        "tokens": None,
        "dollars": None,
    }


def test_beliefs_are_told_by_round_and_what_is_missing_is_missing() -> None:
    given = ev.BeliefsGiven(phase="prior", round=0, probabilities=(0.25, 0.75))
    declined = ev.BeliefsGiven(phase="round", round=1, probabilities=())
    found = entries([*opening(2, decision=WEATHER), given, ev.RoundOpened(round=1, order=("Ash",)), declined])
    data = replay.document(LoadedSession(id="x", entries=found), None)
    before, after = (row["belief"] for row in data["rounds"])
    assert before["probabilities"] == {"sun": 0.25, "rain": 0.75}
    assert (after["probabilities"], after["absence"]) == (None, "none given")
    assert [row["choice"] for row in data["rounds"]] == [None, None]


def test_a_total_of_which_a_part_is_unknown_is_unknown() -> None:
    events = list(everything())
    assert replay.totals(entries(events))["tokens"] is None
    known = [replace(event, calls=event.calls[:1]) if isinstance(event, ev.ClaimMade) else event for event in events]
    assert replay.totals(entries(known))["tokens"] == 3 * 120
    assert replay.totals(entries(known))["dollars"] == 0.75


@pytest.mark.parametrize(
    "words", [("--plain",), ("--jsonl",), ("--json",), ("--plain", "--speed", "9999")], ids=" ".join
)
def test_nothing_heavy_is_loaded(home: Paths, recorded: tuple[ev.Entry, ...], words: tuple[str, ...]) -> None:
    command = [sys.executable, "-c", SPY, json.dumps(HEAVY), "replay", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stderr.splitlines()[-1]) == [0, []]
    assert done.stdout


async def test_the_studio_hands_the_player_what_the_log_holds(home: Paths, recorded: tuple[ev.Entry, ...]) -> None:
    for keep_log in (True, False):
        async with open_stage(Settings(), home, scripted=ScriptedModel(answer), keep_log=keep_log) as stage:
            studio = open_studio(stage, Settings())
            if keep_log:
                assert await studio.replay(SESSION) == recorded
            else:
                with pytest.raises(SessionNotFound, match="not logged"):
                    await studio.replay(SESSION)
