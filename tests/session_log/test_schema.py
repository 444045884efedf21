"""The schema: its guards, its views, and files that are not ours."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from chatarena.arena import events as ev
from chatarena.errors import LogError, LogTooNew
from chatarena.session_log import schema
from chatarena.session_log.store import SessionLog
from chatarena.session_log.views import VIEWS
from tests.session_log import samples
from tests.session_log.samples import entries, opened


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> sqlite3.Connection:
    """A connection to a log that holds the sample session, as another program would open it."""
    path = tmp_path_factory.mktemp("full") / "log.db"
    with SessionLog(path, environ={}) as log:
        log.append(entries("S1", samples.everything()))
        log.rename("S1", "The coast")
        log.tag("S1", add=("b", "a"))
    return sqlite3.connect(path, isolation_level=None)


FORBIDDEN = {
    "change an entry": "UPDATE entries SET body = '{}' WHERE seq = 3",
    "change an entry's place": "UPDATE entries SET seq = 100 WHERE seq = 26",
    "delete an entry": "DELETE FROM entries WHERE seq = 26",
    "delete all entries": "DELETE FROM entries",
    "replace an entry": "INSERT OR REPLACE INTO entries SELECT * FROM entries WHERE seq = 3",
    "leave a gap": (
        "INSERT INTO entries SELECT session, seq + 2, at_utc, at, elapsed, kind, audience, agent, round, body"
        " FROM entries WHERE seq = 26"
    ),
    "body that is not JSON": (
        "INSERT INTO entries SELECT session, seq + 1, at_utc, at, elapsed, kind, audience, agent, round, 'x'"
        " FROM entries WHERE seq = 26"
    ),
    "change words": "UPDATE words SET text = ''",
    "delete words": "DELETE FROM words",
    "delete a session": "DELETE FROM sessions",
    "change a question": "UPDATE sessions SET question = 'other'",
    "change a seed": "UPDATE sessions SET seed = 8",
}


@pytest.mark.parametrize("statement", FORBIDDEN.values(), ids=FORBIDDEN)
def test_another_program_cannot_change_what_was_recorded(full: sqlite3.Connection, statement: str) -> None:
    tables = ("sessions", "entries", "words")
    before = [full.execute(f"SELECT * FROM {table}").fetchall() for table in tables]
    with pytest.raises(sqlite3.IntegrityError):
        full.execute(statement)
    assert [full.execute(f"SELECT * FROM {table}").fetchall() for table in tables] == before


VIEW_ROWS = {
    "v_turns": (
        "SELECT seq, agent, round, status, text, characters, prompt_tokens, cost_usd FROM v_turns",
        [
            (6, "Ash", 1, "complete", "The sea is good for you.", 24, 100, 0.25),
            (16, "樺", 2, "interrupted", "海辺の町は静かです。", 10, None, None),
        ],
    ),
    "v_missed": (
        "SELECT agent, round, cause, reason, error FROM v_missed",
        [("樺", 1, "failed", "the provider is down", "ProviderUnavailable")],
    ),
    "v_options": (
        "SELECT position, option, label, detail FROM v_options",
        [(0, "move", "Move", ""), (1, "stay", "Stay", "near the zugzwang club")],
    ),
    "v_agents": (
        "SELECT agent, name, model, objective, tags, aligned FROM v_agents ORDER BY agent",
        [
            ("Ash", "ash", "openai/gpt-x", "Sell houses.", '["seller"]', 0),
            ("樺", "樺", "openai/gpt-x", "Sell houses.", '["seller"]', 0),
        ],
    ),
    "v_sessions": (
        "SELECT session, name, tags, status, origin, parent, turns, missed_turns, entries, choice FROM v_sessions",
        [("S1", "The coast", "a, b", "complete", "here", None, 2, 1, 27, "Stay")],
    ),
    "v_gaps": ("SELECT * FROM v_gaps", []),
    "v_prices": (
        "SELECT model, input_usd_per_token, output_usd_per_token FROM v_prices",
        [("openai/gpt-x", 1e-6, None)],
    ),
    "v_claims": (
        "SELECT seq, round, agent, method, option, value, absence FROM v_claims",
        [(8, 1, "Ash", "verbal", "move", 80.0, None), (8, 1, "Ash", "verbal", "stay", None, "not in the reply")],
    ),
    "v_appraisals": (
        "SELECT agent, method, option, state, value, logit FROM v_appraisals",
        [("Ash", "logprob", "move", "sun", 61.5, 0.46)],
    ),
    "v_ratings": (
        "SELECT phase, round, option, value, absence, seconds FROM v_ratings ORDER BY seq, option",
        [
            ("prior", 0, "move", 80.0, None, 4.5),
            ("prior", 0, "stay", None, "not in the reply", 4.5),
            ("final", 2, "move", None, "declined", None),
        ],
    ),
    "v_beliefs": (
        "SELECT phase, position, state, probability FROM v_beliefs ORDER BY position",
        [("prior", 0, "It is sunny", 0.6), ("prior", 1, "It rains", 0.4)],
    ),
    "v_choices": ("SELECT option, label, confidence, seconds FROM v_choices", [("stay", "Stay", 55.0, 6.5)]),
    "v_calls": (
        "SELECT seq, agent, purpose, served_model, cost_usd, finish_reason FROM v_calls ORDER BY seq",
        [
            (6, "Ash", "turn", "gpt-x-2026", 0.25, "stop"),
            (8, "Ash", "claim", "gpt-x-2026", 0.25, "stop"),
            (8, "Ash", "claim", "m", None, "length"),
            (9, "Ash", "appraisal", "gpt-x-2026", 0.25, "stop"),
        ],
    ),
    "v_spending": (
        "SELECT session, calls, prompt_tokens, completion_tokens, cost_usd, calls_of_unknown_cost FROM v_spending",
        [("S1", 4, 300, 60, None, 1)],
    ),
}


@pytest.mark.parametrize(("query", "rows"), VIEW_ROWS.values(), ids=VIEW_ROWS)
def test_views(full: sqlite3.Connection, query: str, rows: list[tuple[object, ...]]) -> None:
    assert [tuple(row) for row in full.execute(query)] == rows


def test_every_view_is_tested_and_can_be_read(full: sqlite3.Connection) -> None:
    views = {row[0] for row in full.execute("SELECT name FROM sqlite_master WHERE type = 'view'")}
    assert views == set(VIEW_ROWS)


def test_a_known_cost_is_summed(log: SessionLog) -> None:
    log.append(entries("S1", (opened(), samples.spoken(), samples.spoken(round_=2))))
    with sqlite3.connect(log.path) as connection:
        assert connection.execute("SELECT cost_usd FROM v_spending").fetchall() == [(0.5,)]


def test_what_was_said_stands_beside_what_was_thought(log: SessionLog) -> None:
    claimed = (ev.Rating(option="move", value=80.0), ev.Rating(option="stay", value=None, absence="x"))
    thought = (ev.Rating(option="move", value=30.0), ev.Rating(option="stay", value=40.0))
    made = [
        *(ev.ClaimMade(agent=agent, round=1, ratings=claimed) for agent in ("Ash", "樺")),
        ev.AppraisalMade(agent="Ash", round=1, ratings=thought, method="verbal"),
        ev.AppraisalMade(agent="Ash", round=2, ratings=thought, method="verbal"),
    ]
    log.append(entries("S1", (opened(), *made)))
    rows = log._connection.execute("SELECT agent, round, label, said, thought, gap FROM v_gaps ORDER BY label")
    assert rows.fetchall() == [("Ash", 1, "Move", 80.0, 30.0, 50.0), ("Ash", 1, "Stay", None, 40.0, None)]


def test_entries_have_columns_for_what_people_sort_by(full: sqlite3.Connection) -> None:
    rows = full.execute("SELECT seq, at_utc, kind, audience, agent, round FROM entries WHERE seq IN (1, 9, 11, 26)")
    assert [tuple(row) for row in rows] == [
        (1, "2026-09-21T14:13:21.000Z", "agent_committed", "analyst", "Ash", None),
        (9, "2026-09-21T14:13:29.000Z", "appraisal_made", "analyst", "Ash", 1),
        (11, "2026-09-21T14:13:31.000Z", "participant_spoke", "agent:Ash", None, 1),
        (26, "2026-09-21T14:13:46.000Z", "session_closed", "participant", None, None),
    ]


def test_a_newer_log_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    SessionLog(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    connection.close()
    before = path.read_bytes()
    for read_only in (False, True):
        with pytest.raises(LogTooNew, match=f"schema {schema.VERSION + 1}, this one knows {schema.VERSION}") as caught:
            SessionLog(path, read_only=read_only)
        assert "Upgrade" in caught.value.remedy
    assert path.read_bytes() == before


def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "places.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE bookmarks (url)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(LogError, match="the database of another program"):
        SessionLog(path)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("remember the milk, " * 100)
    with pytest.raises(LogError, match="this file is not a session log"):
        SessionLog(path)
    assert path.read_text() == "remember the milk, " * 100


def test_a_migration_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log.db"
    monkeypatch.setattr(schema, "VIEWS", (*VIEWS, "CREATE VIEW broken AS SELECT"))
    with pytest.raises(LogError):
        SessionLog(path)
    monkeypatch.undo()
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    connection.close()
    with SessionLog(path) as log:
        log.append(entries("S1", samples.everything()))
