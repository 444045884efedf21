"""Plain chats: MT-bench questions and answers, ShareGPT conversations, lists of role and content."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chatarena.errors import SourceDamaged, SourceUnknown
from chatarena.exchange.importing import read_source
from tests.exchange.importers.records import (
    account_of,
    folded,
    left,
    mt_answer,
    mt_question,
    role_messages,
    said,
    sessions_of,
    sharegpt,
    write,
)


def lines(*values: object) -> str:
    return "\n".join(json.dumps(value) for value in values) + "\n"


def test_a_sharegpt_conversation_becomes_a_session(tmp_path: Path) -> None:
    (session,) = sessions_of(write(tmp_path, "chat.json", [sharegpt()]), "chat_jsonl")
    assert said(session) == [("gpt", "I am Vic."), ("you", "Have a nice day!"), ("gpt", "You too!")]
    seen = folded(session)
    assert seen.head.decision.question == "Who are you?"
    assert seen.commitment("gpt").part("brief") == "You are Vic."
    assert [turn.round for turn in seen.turns] == [1, 2]
    assert account_of(session).key == "identity_0"
    assert left([session]) == {}
    assert any("no times" in remark for remark in account_of(session).remarks)


@pytest.mark.parametrize("name", ["chat.jsonl", "chat.json"])
def test_a_list_and_a_value_a_line_are_the_same(tmp_path: Path, name: str) -> None:
    listed = sessions_of(write(tmp_path, "list.json", [sharegpt(), role_messages()]), "chat_jsonl")
    apart = sessions_of(write(tmp_path, name, lines(sharegpt(), role_messages())), "chat_jsonl")
    assert [session.id for session in apart] == [session.id for session in listed]


def test_the_same_conversation_twice_is_two_sessions(tmp_path: Path) -> None:
    sessions = sessions_of(write(tmp_path, "chat.json", [sharegpt(), sharegpt()]), "chat_jsonl")
    assert [account_of(session).key for session in sessions] == ["identity_0", "identity_0 (2)"]
    assert sessions[0].id != sessions[1].id


def test_roles_and_contents_with_parts_and_calls(tmp_path: Path) -> None:
    (session,) = sessions_of(write(tmp_path, "chat.json", role_messages()), "chat_jsonl")
    assert folded(session).head.decision.question == "What is this?\n[image_url]"
    assert said(session) == [("assistant", 'A cat.\n[calls look "{}"]')]
    assert left([session]) == {"messages[].content[].image_url": 1, "messages[].tool_calls[].id": 1}


@pytest.mark.parametrize(
    ("talk", "spoken", "status", "question"),
    [
        pytest.param([], [], "partial", "(The source holds no question.)", id="empty"),
        pytest.param(
            [("gpt", "Hello!")], [("gpt", "Hello!")], "complete", "(The source holds no question.)", id="model-first"
        ),
        pytest.param(
            [("gpt", "Hello!"), ("human", "Hi.")],
            [("gpt", "Hello!"), ("you", "Hi.")],
            "partial",
            "(The source holds no question.)",
            id="the-person-answers",
        ),
        pytest.param([("human", "Hi?"), ("human", "Hello?")], [("you", "Hello?")], "partial", "Hi?", id="no-answer"),
        pytest.param(
            [("human", "Hi?"), ("system", "Be rude."), ("bard", "No.")],
            [("bard", "No.")],
            "complete",
            "Hi?",
            id="late-rule",
        ),
        pytest.param(
            [("human", "Hi?"), ("gpt", "A"), ("gpt", "B")], [("gpt", "A"), ("gpt", "B")], "complete", "Hi?", id="twice"
        ),
    ],
)
def test_odd_talks(
    tmp_path: Path, talk: list[tuple[str, str]], spoken: list[tuple[str, str]], status: str, question: str
) -> None:
    value = {"id": 7, "conversations": [{"from": who, "value": words} for who, words in talk]}
    (session,) = sessions_of(write(tmp_path, "chat.json", [value]), "chat_jsonl")
    seen = folded(session)
    assert said(session) == spoken
    assert seen.closed is not None and seen.closed.status == status
    assert seen.head.decision.question == question
    late = [item for item in account_of(session).unmapped if "middle of the talk" in item.why]
    assert len(late) == sum(who == "system" for who, _ in talk)


def test_mt_bench_questions_with_and_without_reference_answers(tmp_path: Path) -> None:
    plain = {key: value for key, value in mt_question().items() if key != "reference"}
    with_answers, without = sessions_of(
        write(tmp_path, "question.jsonl", lines(mt_question(), {**plain, "question_id": 102})), "chat_jsonl"
    )
    assert said(with_answers) == [("reference", "Second place."), ("you", "And now?"), ("reference", "Uncertain.")]
    assert folded(with_answers).head.decision.question == "Where are you?"
    assert with_answers.tags == ("mt-bench", "reasoning")
    assert said(without) == [("you", "And now?")]
    assert folded(without).labels == ()


def test_answers_find_their_questions_beside_them_or_say_that_they_did_not(tmp_path: Path) -> None:
    (alone,) = sessions_of(write(tmp_path / "alone", "reference_answer/gpt-4.jsonl", lines(mt_answer())), "chat_jsonl")
    write(tmp_path / "bench", "question.jsonl", lines(mt_question(), "not a question"))
    (joined,) = sessions_of(write(tmp_path / "bench", "reference_answer/gpt-4.jsonl", lines(mt_answer())), "chat_jsonl")
    assert folded(joined).head.decision.question == "Where are you?"
    assert said(joined) == [("gpt-4", "Second."), ("you", "And now?"), ("gpt-4", "Third.")]
    assert joined.entries[0].at == 1_686_286_924.5
    assert account_of(joined).key == "101/gpt-4/TFo"
    assert "Question 101" in folded(alone).head.decision.question
    assert any("question.jsonl" in remark for remark in account_of(alone).remarks)
    assert said(alone) == [("gpt-4", "Second."), ("gpt-4", "Third.")]
    assert alone.id != joined.id


def test_every_choice_of_an_answer_is_a_session(tmp_path: Path) -> None:
    answer = mt_answer()
    answer["choices"].append({"index": 1, "turns": ["Other."], "extra": 1})
    sessions = sessions_of(write(tmp_path, "gpt-4.jsonl", lines(answer)), "chat_jsonl")
    assert [account_of(session).key for session in sessions] == ["101/gpt-4/TFo/0", "101/gpt-4/TFo/1"]
    assert left(sessions) == {"choices[].extra": 1}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.jsonl", lines(sharegpt()) + "{", "a.jsonl: line 2 is not JSON"),
        ("a.jsonl", lines(sharegpt(), {"other": 1}), "a.jsonl: value 2 is of no form"),
        ("a.json", json.dumps([sharegpt()])[:-1], "a.json: is not JSON"),
        ("a.json", json.dumps([mt_answer(), {"question_id": 1, "turns": [3]}]), "a.json: turns[0] must be text"),
    ],
    ids=["cut-off", "something-else", "cut-off-list", "no-text"],
)
def test_damage_is_named_with_its_place(tmp_path: Path, name: str, text: str, message: str) -> None:
    source = write(tmp_path, name, text)
    if name == "a.json" and "is not JSON" in message:
        # Nothing shows that a list that cannot be parsed would have been one of chats.
        with pytest.raises(SourceUnknown):
            read_source(source)
        return
    with pytest.raises(SourceDamaged) as caught:
        read_source(source)
    assert caught.value.message.startswith(message)


@pytest.mark.parametrize("value", [[], {}, [1], {"messages": [{"text": "x"}]}, "text", {"question_id": 1}])
def test_other_json_is_not_a_chat(tmp_path: Path, value: Any) -> None:
    with pytest.raises(SourceUnknown):
        read_source(write(tmp_path, "a.json", value), "chat_jsonl")
