"""The questions for Datasette: each answers something over a session that was really played."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chatarena.arena import events as ev
from chatarena.arena.moves import Ask
from chatarena.arena.protocol import Protocol
from chatarena.arena.session import Session
from chatarena.arena.settings import Settings
from chatarena.errors import ProviderUnavailable
from chatarena.language_model.port import Request
from chatarena.language_model.scripted import Reply, ScriptedModel
from chatarena.session_log.chain import chain_hash
from chatarena.session_log.queries import QUERIES, metadata
from chatarena.session_log.store import SessionLog
from tests.support.instant_loop import instantly
from tests.support.sessions import WEATHER, opening, ratings
from tests.support.worlds import Run, ScriptedParticipant, answer

BY_NAME = {query.name: query for query in QUERIES}
PER_SESSION = [query.name for query in QUERIES if ":session" in query.sql]
SUN = {"prior": 0.5, "round": 0.7, "final": 0.8}
PICNIC = {"prior": 50.0, "round": 70.0, "final": 80.0}
SAID = {"Ash": (90, 10), "Cedar": (20, 60)}
THOUGHT = {"Ash": (30, 70), "Cedar": (20, 60)}


class Actors:
    """Birch is never heard; Cedar claims something once; Ash says the opposite of what it thinks."""

    def __init__(self) -> None:
        self._asked = 0

    def reply(self, request: Request) -> Reply:
        label = request.lane
        if label == "Birch":
            return Reply(error=ProviderUnavailable("the provider is down"))
        if not request.schema:
            return answer(request)
        private = "private note" in request.parts[-1].text
        if label == "Cedar" and not private:
            self._asked += 1
            if self._asked > 1:
                return Reply(text="I would rather not say.")
        values = (THOUGHT if private else SAID)[label]
        return Reply(text=json.dumps(dict(zip(WEATHER.option_ids, values, strict=True))))


def does(ask: Ask, session: Session) -> tuple[ev.Event, ...]:
    """Is drawn to the picnic, and chooses the museum."""
    match ask.what:
        case "ratings":
            given = ratings(WEATHER, [PICNIC[ask.phase], 50.0])
            return (ev.RatingsGiven(phase=ask.phase, round=ask.round, ratings=given),)
        case "beliefs":
            chances = (SUN[ask.phase], 1 - SUN[ask.phase])
            return (ev.BeliefsGiven(phase=ask.phase, round=ask.round, probabilities=chances),)
        case "floor" if ask.round == 1:
            given = ratings(WEATHER, [PICNIC["round"], 50.0])
            return (
                ev.RatingsGiven(phase="round", round=1, ratings=given),
                ev.BeliefsGiven(phase="round", round=1, probabilities=(0.7, 0.3)),
                ev.FloorPassed(round=1),
            )
        case "choice":
            return (ev.ChoiceMade(option=WEATHER.option_ids[1], confidence=60.0),)
        case _:
            return ()


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[ev.Entry, ...]:
    """The entries of a whole session on a scripted model."""
    run = Run(ScriptedModel(Actors().reply), ScriptedParticipant(does))
    settings = Settings(appraise=("verbal",))
    session = instantly(run.play(opening(3, decision=WEATHER, protocol=Protocol(rounds=2), settings=settings)))
    assert session.closed is not None
    return tuple(run.recorded)


@pytest.fixture
def connection(log: SessionLog, played: tuple[ev.Entry, ...]) -> sqlite3.Connection:
    log.append(played)
    log._connection.row_factory = sqlite3.Row
    return log._connection


def asked(connection: sqlite3.Connection, name: str, session: str = "") -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(BY_NAME[name].sql, {"session": session})]


@pytest.mark.parametrize("name", BY_NAME)
def test_every_query_answers_something(connection: sqlite3.Connection, name: str) -> None:
    assert asked(connection, name)
    assert asked(connection, name, "s1")


@pytest.mark.parametrize("name", PER_SESSION)
def test_a_query_can_be_about_one_session(connection: sqlite3.Connection, name: str) -> None:
    assert asked(connection, name, "s1") == asked(connection, name)
    assert asked(connection, name, "s2") == []


def test_the_gap_is_that_between_saying_and_thinking(connection: sqlite3.Connection) -> None:
    rows = {row["name"]: (row["mean_gap"], row["largest"], row["pairs"]) for row in asked(connection, "say_think_gap")}
    assert rows == {"agent-ash": (60.0, 60.0, 4), "agent-cedar": (0.0, 0.0, 2)}
    first = asked(connection, "claims_against_appraisals")[0]
    assert (first["round"], first["agent"], first["said"] - first["thought"]) == (1, "Ash", first["gap"])


def test_paths_follow_what_the_participant_said(connection: sqlite3.Connection) -> None:
    sunny = [row for row in asked(connection, "belief_paths") if row["state"] == WEATHER.states[0].label]
    assert [(row["phase"], row["probability"]) for row in sunny] == list(SUN.items())
    picnic = [row for row in asked(connection, "rating_paths") if row["label"] == "Picnic"]
    assert [(row["phase"], row["value"], row["moved"]) for row in picnic] == [
        ("prior", 50.0, None),
        ("round", 70.0, 20.0),
        ("final", 80.0, 10.0),
    ]


def test_persuasion_is_the_move_towards_the_speakers_favourite(connection: sqlite3.Connection) -> None:
    rows = asked(connection, "most_persuasive_turns")
    assert [(row["agent"], row["round"], row["favourite"], row["moved"]) for row in rows] == [
        ("Ash", 1, "Picnic", 20.0),
        ("Ash", 2, "Picnic", 10.0),
        ("Cedar", 1, "Museum", 0.0),
    ]
    assert (rows[0]["before"], rows[0]["after"], rows[0]["claimed"]) == (50.0, 70.0, 90.0)
    assert rows[0]["text"].startswith("Ash says")


def test_the_choice_is_held_against_the_recommendation(connection: sqlite3.Connection) -> None:
    (row,) = asked(connection, "choices_against_recommendation")
    assert (row["recommended"], row["chosen"], row["followed"], row["confidence"]) == ("Picnic", "Museum", 0, 60.0)
    shares = {row["name"]: (row["chosen"], row["share"]) for row in asked(connection, "choices_by_favourite")}
    assert shares == {"agent-ash": (0, 0.0), "agent-cedar": (1, 1.0)}


def test_what_is_missing_is_counted_by_its_reason(connection: sqlite3.Connection) -> None:
    (row,) = asked(connection, "missed_turns_by_reason")
    assert (row["cause"], row["error"], row["turns"], row["agents"]) == ("failed", "ProviderUnavailable", 2, "Birch")
    assert {row["what"]: row["ratings"] for row in asked(connection, "missing_numbers_by_reason")} == {"claim": 2}


def test_a_model_s_costs_are_unknown_as_soon_as_one_is(connection: sqlite3.Connection, log: SessionLog) -> None:
    before = {row["purpose"]: row for row in asked(connection, "costs_by_model")}
    assert before["turn"]["cost_usd"] == 0.0
    head = log.head("s1")
    call = ev.Call(
        fingerprint="x", requested_model="scripted/words", served_model="scripted/words", finish_reason="stop"
    )
    turn = ev.TurnTaken(agent="Ash", round=9, text="x", call=call)
    log.append((ev.Entry(session="s1", seq=head, at=2e9, elapsed=1.0, event=turn),))
    after = {row["purpose"]: row for row in asked(connection, "costs_by_model")}
    assert (after["turn"]["cost_usd"], after["turn"]["calls_of_unknown_cost"]) == (None, 1)


@pytest.mark.parametrize(
    "name", [name for name in BY_NAME if name not in PER_SESSION and name != "choices_against_recommendation"]
)
def test_what_a_fork_copied_counts_once(connection: sqlite3.Connection, log: SessionLog, name: str) -> None:
    before = asked(connection, name)
    parent = log.entries("s1")[:-1]
    forked = ev.SessionForked(parent="s1", at=len(parent), prefix=chain_hash(parent), version="0")
    log.append(tuple(replace(entry, session="s2") for entry in parent))
    assert asked(connection, name) != before, "or this test could not fail"
    log.append((ev.Entry(session="s2", seq=len(parent), at=2e9, elapsed=0.0, event=forked),))
    assert asked(connection, name) == before


def test_the_metadata_is_what_datasette_takes() -> None:
    text = json.dumps(metadata("chatarena"))
    database = json.loads(text)["databases"]["chatarena"]
    assert list(database["queries"]) == list(BY_NAME)
    for query in database["queries"].values():
        assert set(query) == {"title", "description", "sql"}
        assert query["sql"].startswith(("SELECT", "WITH"))


def test_every_table_is_described_or_hidden(log: SessionLog) -> None:
    tables = {row[0] for row in log._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    described = metadata("x")["databases"]["x"]["tables"]
    assert set(described) == {name for name in tables if not name.startswith(("sqlite_", "words_fts"))}


def test_a_query_only_reads(tmp_path: Path, played: tuple[ev.Entry, ...]) -> None:
    with SessionLog(tmp_path / "log.db", environ={}) as log:
        log.append(played)
    reader = sqlite3.connect(f"{(tmp_path / 'log.db').as_uri()}?mode=ro", uri=True)
    for query in QUERIES:
        assert reader.execute(query.sql, {"session": ""}).fetchall()
    reader.close()
