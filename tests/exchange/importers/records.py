"""Small records of every foreign format, written by hand, and what reads them."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from chatarena.arena import events as ev
from chatarena.arena.session import Session, fold
from chatarena.exchange.importing import ImportedSession, Source, read_source

MINUTE = 60_000
BEGAN = 1_680_000_000_000


def write(folder: Path, name: str, content: object) -> Source:
    """A source with this content: bytes, text, or a value written as JSON."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return Source(path)


def sessions_of(source: Source, format: str) -> tuple[ImportedSession, ...]:
    """The sessions in a source, which must be recognised as of this format."""
    found, sessions = read_source(source)
    assert found == format
    return sessions


def folded(session: ImportedSession) -> Session:
    return fold(entry.event for entry in session.entries)


def account_of(session: ImportedSession) -> ev.SessionImported:
    """The fact that tells where a session comes from: always its second entry."""
    event = session.entries[1].event
    assert isinstance(event, ev.SessionImported)
    return event


def left(sessions: Iterable[ImportedSession]) -> dict[str, int]:
    """What was left behind, by place."""
    found: dict[str, int] = {}
    for session in sessions:
        for item in account_of(session).unmapped:
            found[item.where] = found.get(item.where, 0) + item.count
    return found


def kinds(session: ImportedSession) -> list[str]:
    """The kinds of the entries behind the opening, the account of the import and the commitments."""
    opening = ("session_opened", "session_imported", "agent_committed")
    return [entry.event.kind for entry in session.entries if entry.event.kind not in opening]


def said(session: ImportedSession) -> list[tuple[str, str]]:
    """Who said what; the participant as `you`."""
    found = []
    for entry in session.entries:
        if isinstance(entry.event, ev.TurnTaken):
            found.append((entry.event.agent, entry.event.text))
        elif isinstance(entry.event, ev.ParticipantSpoke):
            found.append(("you", entry.event.text))
    return found


def covers(where: str, place: str) -> bool:
    """Whether what stands in a list of things left behind holds a place; `*` is any one key, `zip` anything."""
    pattern = re.escape(where).replace(r"\*", r"[^.\[]+")
    return re.fullmatch(rf"{pattern}([.\[].*)?", place) is not None


# -- New York University debates ---------------------------------------------------------------------------------------


def speech(speaker: str, minute: float, *content: object) -> dict[str, Any]:
    segments = [
        {"Text": {"text": part}} if isinstance(part, str) else {"Quote": {"span": list(part)}}  # type: ignore[call-overload]
        for part in content
    ]
    return {"speaker": speaker, "timestamp": BEGAN + int(minute * MINUTE), "content": segments}


def feedback(share: float, minute: float, text: str = "", *, last: bool = False, judge: str = "Judy") -> dict[str, Any]:
    return {"distribution": [share, 1 - share], "feedback": speech(judge, minute, text), "endDebate": last}


STORY = ["The", "ice", "was", "n't", "thick", ",", "``", "Pa", "''", "said", ".", "\n", "\n", "He", "shoveled", "."]


def nyu() -> dict[str, Any]:
    """A debate of two rounds between Ann and Ben, judged by Judy as it went on, and by Olga and Tom afterwards."""
    return {
        "setup": {
            "rules": {
                "fixedOpening": [{"JudgeFeedbackRound": {"reportBeliefs": True, "charLimit": 750}}],
                "repeatingStructure": [{"SequentialSpeechesRound": {"charLimit": 750}}],
                "fixedClosing": None,
                "globalQuoteRestriction": None,
                "scoringFunction": {
                    "LogScoreWithLinearPenalty": {
                        "baseCoefficient": 1.0,
                        "constant": 0.0,
                        "logBase": 2.0,
                        "perTurnPenalty": 0.05,
                    }
                },
            },
            "sourceMaterial": {
                "QuALITYSourceMaterial": {"articleId": "51461", "title": "A Pail of Air", "contents": STORY}
            },
            "question": "What did Pa say?",
            "answers": ["That the ice was thin", "That the ice was thick"],
            "correctAnswerIndex": 0,
            "roles": {"Debater A": "Ann", "Debater B": "Ben", "Judge": "Judy"},
            "offlineJudges": {"Olga": "stepped", "Tom": None, "Nobody": "timed"},
            "creationTime": BEGAN,
        },
        "rounds": [
            {"JudgeFeedback": feedback(0.5, 1)},
            {
                "SimultaneousSpeeches": {
                    "speeches": {"0": speech("Ann", 3, "Look:", (0, 11)), "1": speech("Ben", 2, "No quote.")}
                }
            },
            {"JudgeFeedback": feedback(0.7, 4, "Tell me more.")},
            {
                "SequentialSpeeches": {
                    "speeches": {"0": speech("Ann", 5, "More."), "1": speech("Ben", 6, (13, 16), "indeed")}
                }
            },
            {"NegotiateEnd": {"votes": {"0": True, "1": False}}},
            {"JudgeFeedback": feedback(0.9, 7, "I see.", last=True)},
            {
                "OfflineJudgments": {
                    "judgments": {
                        "Olga": {
                            "mode": "stepped",
                            "startTimeMillis": BEGAN + 60 * MINUTE,
                            "judgments": [
                                feedback(0.5, 61, judge="Olga"),
                                feedback(0.2, 62, "Hm.", last=True, judge="Olga"),
                            ],
                        },
                        "Tom": {
                            "mode": "timed",
                            "startTimeMillis": -1,
                            "judgments": [feedback(0.6, 90, last=True, judge="Tom")],
                        },
                    }
                }
            },
        ],
        "feedback": {"Judy": {"Judge": {"answers": {"clarity": {"first": 4, "second": 2}, "other": "nice"}}}},
        "scratchpads": {"Debater A": [[{"Text": {"text": "a note"}}]]},
    }


# -- councils ----------------------------------------------------------------------------------------------------------


def council(*, metadata: bool = True) -> dict[str, Any]:
    """A council of two models and a chairman that answered one question; a second question is still open."""
    answer: dict[str, Any] = {
        "role": "assistant",
        "stage1": [{"model": "lab/one", "response": "Go."}, {"model": "lab/two", "response": "Stay."}],
        "stage2": [
            {"model": "lab/one", "ranking": "1. Response B", "parsed_ranking": ["Response B", "Response A"]},
            {"model": "lab/two", "ranking": "1. Response A", "parsed_ranking": ["Response A", "Response B"]},
        ],
        "stage3": {"model": "lab/one", "response": "Go, but late."},
    }
    if metadata:
        answer["metadata"] = {
            "label_to_model": {"Response A": "lab/one", "Response B": "lab/two"},
            "aggregate_rankings": [{"model": "lab/one", "average_rank": 1.5, "rankings_count": 2}],
        }
    return {
        "id": "5f0c",
        "created_at": "2025-11-22T10:30:00.250000",
        "title": "To go or to stay",
        "messages": [
            {"role": "user", "content": "Shall we go?"},
            answer,
            {"role": "user", "content": "And tomorrow?"},
        ],
    }


# -- Inspect -----------------------------------------------------------------------------------------------------------


def inspect_header() -> dict[str, Any]:
    return {
        "version": 2,
        "status": "success",
        "eval": {
            "eval_id": "e1",
            "created": "2025-05-12T20:28:13+00:00",
            "task": "popularity",
            "model": "openai/gpt",
            "config": {"epochs": 2},
            "packages": {"inspect_ai": "0.3.90"},
        },
        "plan": {"name": "plan", "steps": []},
        "results": {"total_samples": 1},
    }


def inspect_sample(epoch: int = 1) -> dict[str, Any]:
    """A sample with choices, a system prompt, a tool, a picture, reasoning, and a trace with one call in it."""
    answer = {
        "id": "m4",
        "role": "assistant",
        "content": [{"type": "reasoning", "reasoning": "hm"}, {"type": "text", "text": "ANSWER: B"}],
        "model": "gpt-4",
    }
    return {
        "id": "s1",
        "epoch": epoch,
        "input": "Which?",
        "choices": ["red", "blue"],
        "target": "B",
        "messages": [
            {"id": "m0", "role": "system", "content": "Be brief."},
            {"id": "m1", "role": "user", "source": "input", "content": "attachment://abc"},
            {
                "id": "m2",
                "role": "assistant",
                "content": "",
                "model": "gpt-4",
                "tool_calls": [{"id": "c1", "type": "function", "function": "look", "arguments": {"at": "sky"}}],
            },
            {
                "id": "m3",
                "role": "tool",
                "tool_call_id": "c1",
                "function": "look",
                "content": [
                    {"type": "image", "image": "data:image/png;base64,AAAA"},
                    {"type": "text", "text": "It is blue."},
                ],
            },
            answer,
        ],
        "output": {
            "model": "gpt-4",
            "choices": [{"message": answer, "stop_reason": "stop"}],
            "usage": {"input_tokens": 7, "output_tokens": 3},
        },
        "scores": {"choice": {"value": "C", "answer": "B"}},
        "metadata": {},
        "store": {},
        "events": [
            {
                "event": "model",
                "model": "openai/gpt",
                "timestamp": "2025-05-12T20:28:20+00:00",
                "completed": "2025-05-12T20:28:25+00:00",
                "output": {
                    "model": "gpt-4",
                    "choices": [{"message": {"id": "m2"}, "stop_reason": "tool_calls"}],
                    "usage": {"input_tokens": 5, "output_tokens": 2},
                    "time": 4.5,
                },
            }
        ],
        "started_at": "2025-05-12T20:28:14+00:00",
        "completed_at": "2025-05-12T20:28:40+00:00",
        "attachments": {"abc": "Which? A) red B) blue", "def": "unused"},
    }


def inspect_log(*epochs: int) -> dict[str, Any]:
    return {**inspect_header(), "samples": [inspect_sample(epoch) for epoch in epochs or (1,)]}


# -- plain chats -------------------------------------------------------------------------------------------------------


def sharegpt() -> dict[str, Any]:
    return {
        "id": "identity_0",
        "conversations": [
            {"from": "system", "value": "You are Vic."},
            {"from": "human", "value": "Who are you?"},
            {"from": "gpt", "value": "I am Vic."},
            {"from": "human", "value": "Have a nice day!"},
            {"from": "gpt", "value": "You too!"},
        ],
    }


def role_messages() -> dict[str, Any]:
    return {
        "messages": [
            {
                "role": "user",
                "content": [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": "x"}],
            },
            {
                "role": "assistant",
                "content": "A cat.",
                "tool_calls": [{"id": "1", "function": {"name": "look", "arguments": "{}"}}],
            },
        ]
    }


def mt_question() -> dict[str, Any]:
    return {
        "question_id": 101,
        "category": "reasoning",
        "turns": ["Where are you?", "And now?"],
        "reference": ["Second place.", "Uncertain."],
    }


def mt_answer() -> dict[str, Any]:
    return {
        "question_id": 101,
        "answer_id": "TFo",
        "model_id": "gpt-4",
        "choices": [{"index": 0, "turns": ["Second.", "Third."]}],
        "tstamp": 1_686_286_924.5,
    }


# -- databases of llm --------------------------------------------------------------------------------------------------

OLD_TABLES = """
    CREATE TABLE _llm_migrations (name TEXT PRIMARY KEY, applied_at TEXT);
    CREATE TABLE conversations (id TEXT PRIMARY KEY, name TEXT, model TEXT);
    CREATE TABLE responses (id TEXT PRIMARY KEY, model TEXT, prompt TEXT, system TEXT, prompt_json TEXT,
        options_json TEXT, response TEXT, response_json TEXT, conversation_id TEXT, duration_ms INTEGER,
        datetime_utc TEXT, input_tokens INTEGER, output_tokens INTEGER, token_details TEXT, schema_id TEXT,
        resolved_model TEXT);
    CREATE TABLE fragments (id INTEGER PRIMARY KEY, hash TEXT, content TEXT, datetime_utc TEXT, source TEXT);
    CREATE TABLE prompt_fragments (response_id TEXT, fragment_id INTEGER, "order" INTEGER);
    CREATE TABLE attachments (id TEXT PRIMARY KEY, type TEXT, path TEXT, url TEXT, content BLOB);
    CREATE TABLE prompt_attachments (response_id TEXT, attachment_id TEXT, "order" INTEGER);
    CREATE TABLE tool_calls (id INTEGER PRIMARY KEY, response_id TEXT, tool_id INTEGER, name TEXT, arguments TEXT,
        tool_call_id TEXT);
    CREATE TABLE tool_results (id INTEGER PRIMARY KEY, response_id TEXT, tool_id INTEGER, name TEXT, output TEXT,
        tool_call_id TEXT);
"""
NEW_TABLES = """
    CREATE TABLE messages (hash TEXT PRIMARY KEY, parent_hash TEXT, role TEXT, provider_metadata TEXT);
    CREATE TABLE parts (id INTEGER PRIMARY KEY, message_hash TEXT, position INTEGER, type TEXT, tool_name TEXT,
        text TEXT, payload TEXT);
    CREATE TABLE threads (id TEXT PRIMARY KEY, name TEXT, tip_message_hash TEXT, forked_from TEXT, datetime_utc TEXT);
    CREATE TABLE turns (id TEXT PRIMARY KEY, thread_id TEXT, parent_message_hash TEXT, tip_message_hash TEXT,
        model TEXT, resolved_model TEXT, options_json TEXT, schema_id TEXT, input_tokens INTEGER, output_tokens INTEGER,
        token_details TEXT, duration_ms INTEGER, datetime_utc TEXT, response_json TEXT);
"""


def database(folder: Path, name: str, *, old: bool = False, new: bool = False) -> Source:
    """A log of llm with the tables, and a talk, of its older versions, of its newer ones, or of both."""
    path = folder / name
    connection = sqlite3.connect(path)
    connection.executescript(OLD_TABLES + (NEW_TABLES if new else ""))
    if old:
        _old_rows(connection)
    if new:
        _new_rows(connection)
    connection.commit()
    connection.close()
    return Source(path)


def insert(connection: sqlite3.Connection, table: str, **values: object) -> None:
    names = ", ".join(f'"{name}"' for name in values)
    marks = ", ".join("?" for _ in values)
    connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values()))


def _old_rows(connection: sqlite3.Connection) -> None:
    insert(connection, "_llm_migrations", name="m001", applied_at="2025-01-01")
    insert(connection, "conversations", id="c1", name="Old talk", model="gpt")
    insert(connection, "conversations", id="c2", name="Nothing was said", model="gpt")
    insert(connection, "fragments", id=1, hash="f", content="A long text.")
    common = {"conversation_id": "c1", "model": "gpt", "duration_ms": 1500}
    insert(
        connection,
        "responses",
        id="r1",
        prompt="Sum it up.",
        system="Be short",
        response="It is long.",
        options_json='{"temperature": 0.5}',
        datetime_utc="2025-01-01T10:00:00+00:00",
        input_tokens=9,
        output_tokens=4,
        resolved_model="gpt-4.1",
        **common,
    )
    insert(connection, "prompt_fragments", response_id="r1", fragment_id=1, order=0)
    insert(
        connection,
        "responses",
        id="r2",
        prompt="Look it up.",
        response="",
        datetime_utc="2025-01-01T10:01:00+00:00",
        **common,
    )
    insert(connection, "tool_calls", response_id="r2", name="search", arguments='{"q": "x"}', tool_call_id="t")
    insert(connection, "attachments", id="a1", type="image/png", content=b"\x89PNG")
    insert(connection, "prompt_attachments", response_id="r2", attachment_id="a1", order=0)
    insert(
        connection,
        "responses",
        id="r3",
        prompt="",
        response="Found.",
        datetime_utc="2025-01-01T10:02:00+00:00",
        **common,
    )
    insert(connection, "tool_results", response_id="r3", name="search", output="a hit", tool_call_id="t")


def _new_rows(connection: sqlite3.Connection) -> None:
    talk = [
        ("h0", None, "system", "Be short"),
        ("h1", "h0", "user", "Hello there"),
        ("h2", "h1", "assistant", "General."),
        ("h3", "h2", "user", None),
        ("h4", "h3", "assistant", "So long."),
        ("x1", "h1", "assistant", "Another way."),
    ]
    for hash_, parent, role, text in talk:
        insert(connection, "messages", hash=hash_, parent_hash=parent, role=role)
        if text is not None:
            insert(connection, "parts", message_hash=hash_, position=0, type="text", text=text)
    insert(connection, "fragments", id=7, hash="g", content="a fragment")
    reference = json.dumps({"text_ref": [{"literal": "Here is "}, {"fragment": 7}]})
    insert(connection, "parts", message_hash="h3", position=0, type="text", payload=reference)
    thinking = json.dumps({"redacted": True})
    insert(connection, "parts", message_hash="h4", position=1, type="reasoning", text="hm", payload=thinking)
    insert(connection, "threads", id="t1", name="Hello", tip_message_hash="h4", datetime_utc="2026-02-01 09:00:05")
    common = {"thread_id": "t1", "model": "claude", "duration_ms": 2000}
    insert(
        connection,
        "turns",
        id="u1",
        parent_message_hash="h1",
        tip_message_hash="h2",
        datetime_utc="2026-02-01T09:00:00+00:00",
        input_tokens=3,
        output_tokens=5,
        **common,
    )
    insert(
        connection,
        "turns",
        id="u2",
        parent_message_hash="h3",
        tip_message_hash="h4",
        datetime_utc="2026-02-01T09:01:00+00:00",
        response_json='{"id": "x"}',
        **common,
    )
