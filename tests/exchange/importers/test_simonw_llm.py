"""Databases of llm, of the generation of conversations, of that of threads, and of both in one file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from chatarena.arena import events as ev
from chatarena.errors import SourceDamaged, SourceUnknown
from chatarena.exchange.importing import Source, read_source
from tests.exchange.importers.records import (
    account_of,
    database,
    folded,
    insert,
    kinds,
    left,
    said,
    sessions_of,
    write,
)


def test_a_conversation_of_an_older_version(tmp_path: Path) -> None:
    (session,) = sessions_of(database(tmp_path, "logs.db", old=True), "simonw_llm")
    assert folded(session).head.decision.question == "A long text.\nSum it up."
    assert said(session) == [
        ("gpt", "It is long."),
        ("you", "Look it up."),
        ("gpt", '[calls search {"q": "x"}]'),
        ("tool", "[search] a hit"),
        ("gpt", "Found."),
    ]
    seen = folded(session)
    assert seen.commitment("gpt").part("brief") == "Be short"
    call = seen.turns[0].call
    assert call is not None
    assert (call.served_model, call.prompt_tokens, call.completion_tokens, call.total_seconds) == ("gpt-4.1", 9, 4, 1.5)
    turns = [entry for entry in session.entries if isinstance(entry.event, ev.TurnTaken)]
    assert [entry.elapsed for entry in turns] == [1.5, 61.5, 61.5, 121.5]
    assert (session.name, account_of(session).key) == ("Old talk", "conversation c1")


def test_a_thread_of_a_newer_version(tmp_path: Path) -> None:
    (session,) = sessions_of(database(tmp_path, "logs.db", new=True), "simonw_llm")
    assert folded(session).head.decision.question == "Hello there"
    assert said(session) == [("claude", "General."), ("you", "Here is a fragment"), ("claude", "So long.")]
    assert folded(session).commitment("claude").part("brief") == "Be short"
    said_at = [entry.elapsed for entry in session.entries if entry.event.kind in ("turn_taken", "participant_spoke")]
    assert said_at == [2.0, 60.0, 62.0]
    assert (session.name, account_of(session).key) == ("Hello", "thread t1")
    assert left([session])["messages[].parts[]"] == 1  # the reasoning
    assert left([session])["turns[].response_json"] == 1


def test_both_generations_in_one_file_are_both_read(tmp_path: Path) -> None:
    sessions = sessions_of(database(tmp_path, "logs.db", old=True, new=True), "simonw_llm")
    assert [account_of(session).key for session in sessions] == ["thread t1", "conversation c1"]
    assert any("listed with the first" in remark for remark in account_of(sessions[1]).remarks)


def test_a_response_that_has_become_a_turn_is_read_once(tmp_path: Path) -> None:
    database(tmp_path, "logs.db", old=True, new=True)
    with closing(sqlite3.connect(tmp_path / "logs.db")) as connection, connection:
        connection.execute("UPDATE turns SET id = 'r1' WHERE id = 'u1'")
    sessions = sessions_of(Source(tmp_path / "logs.db"), "simonw_llm")
    assert [words for _, words in said(sessions[1])][-1] == "Found."
    assert folded(sessions[1]).head.decision.question == "Look it up."
    why = {item.where: item.why for session in sessions for item in account_of(session).unmapped}
    assert "was read instead" in why["table responses"]


def test_a_talk_is_recognised_again_in_a_file_that_has_grown(tmp_path: Path) -> None:
    (before,) = sessions_of(database(tmp_path, "logs.db", new=True), "simonw_llm")
    with closing(sqlite3.connect(tmp_path / "logs.db")) as connection, connection:
        insert(connection, "messages", hash="y1", parent_hash=None, role="user")
        insert(connection, "parts", message_hash="y1", position=0, type="text", text="New.")
        insert(connection, "threads", id="t2", name="New", tip_message_hash="y1", datetime_utc="2026-03-01")
    same, new = sessions_of(Source(tmp_path / "logs.db"), "simonw_llm")
    assert same.id == before.id
    assert (kinds(new), folded(new).head.decision.question) == (["session_closed"], "New.")


def test_a_database_in_write_ahead_mode_is_read_once_it_is_closed(tmp_path: Path) -> None:
    plain = sessions_of(database(tmp_path, "logs.db", new=True), "simonw_llm")
    connection = sqlite3.connect(tmp_path / "logs.db")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("UPDATE threads SET name = 'Other'")
    connection.commit()
    with pytest.raises(SourceDamaged, match=r"logs\.db: is in use"):
        read_source(Source(tmp_path / "logs.db"))
    connection.close()
    (closed,) = sessions_of(Source(tmp_path / "logs.db"), "simonw_llm")
    assert closed.name == "Other"
    assert said(closed) == said(plain[0])


def test_another_database_is_not_a_log_of_llm(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection, connection:
        connection.execute("CREATE TABLE conversations (id)")
    with pytest.raises(SourceUnknown):
        read_source(Source(tmp_path / "other.db"))


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("DELETE FROM messages WHERE hash = 'h2'", "the message h2 is missing"),
        ("DELETE FROM fragments", "the fragment that a text borrows is missing"),
        ("UPDATE turns SET duration_ms = 'long' WHERE id = 'u1'", "turns[0].duration_ms must be a finite number"),
        ("ALTER TABLE parts RENAME COLUMN position TO place", "the table parts cannot be read"),
    ],
    ids=["message", "fragment", "number", "column"],
)
def test_damage_is_named_with_its_place(tmp_path: Path, sql: str, message: str) -> None:
    database(tmp_path, "logs.db", new=True)
    with closing(sqlite3.connect(tmp_path / "logs.db")) as connection, connection:
        connection.execute(sql)
    with pytest.raises(SourceDamaged) as caught:
        read_source(Source(tmp_path / "logs.db"))
    assert caught.value.message.startswith(f"logs.db: {message}")


def test_half_a_database_is_refused(tmp_path: Path) -> None:
    data = database(tmp_path, "logs.db", new=True).data
    with pytest.raises(SourceDamaged, match=r"half\.db: "):
        read_source(write(tmp_path, "half.db", data[: len(data) // 3]))
