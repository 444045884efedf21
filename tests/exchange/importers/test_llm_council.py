"""Councils: three rounds an answer, whoever spoke; who stood behind a label is told where the file tells it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chatarena.errors import SourceDamaged, SourceUnknown
from chatarena.exchange.importing import read_source
from tests.exchange.importers.records import account_of, council, folded, kinds, left, said, sessions_of, write


@pytest.mark.parametrize("metadata", [True, False])
def test_a_council_becomes_a_session(tmp_path: Path, metadata: bool) -> None:
    (session,) = sessions_of(write(tmp_path, "5f0c.json", council(metadata=metadata)), "llm_council")
    assert said(session) == [
        *(("lab/one", "Go."), ("lab/two", "Stay.")),
        *(("lab/one", "1. Response B"), ("lab/two", "1. Response A")),
        ("Chairman", "Go, but late."),
        ("you", "And tomorrow?"),
    ]
    seen = folded(session)
    assert seen.head.decision.question == "Shall we go?"
    assert seen.head.decision.options == ()
    assert [opened.order for opened in seen.rounds_opened] == [("lab/one", "lab/two")] * 2 + [("Chairman",)]
    assert [made.agent.model for made in seen.commitments] == ["lab/one", "lab/two", "lab/one"]
    assert all(made.agent.objective for made in seen.commitments)
    assert session.entries[0].at == 1763807400.25
    assert session.name == "To go or to stay"
    # The last question has not been answered.
    assert seen.closed is not None and seen.closed.status == "partial"
    behind = {"messages[].stage2[].parsed_ranking": 2}
    assert left([session]) == behind | ({"messages[].metadata.aggregate_rankings": 1} if metadata else {})
    named = "In the rankings of answer 1: Response A is lab/one, Response B is lab/two."
    assert (named in account_of(session).remarks) == metadata
    assert any("does not say whom the labels" in remark for remark in account_of(session).remarks) != metadata


def test_a_member_that_failed_is_missed_and_the_same_model_may_sit_twice(tmp_path: Path) -> None:
    document = council()
    document["messages"][1]["stage1"] = [
        {"model": "lab/one", "response": None, "error": "429"},
        {"model": "lab/one", "response": "Go."},
    ]
    document["messages"][1]["stage2"] = []
    document["messages"][1]["stage3"] = None
    (session,) = sessions_of(write(tmp_path, "a.json", document), "llm_council")
    seen = folded(session)
    assert [(miss.agent, miss.reason) for miss in seen.missed] == [("lab/one", "the source holds no words of it")]
    assert said(session) == [("lab/one (2)", "Go."), ("you", "And tomorrow?")]
    assert left([session])["messages[].stage1[].error"] == 1


def test_a_conversation_that_has_not_begun_is_one(tmp_path: Path) -> None:
    empty = {"id": "1", "created_at": "2025-11-22", "title": "New Conversation", "messages": []}
    (session,) = sessions_of(write(tmp_path, "a.json", empty), "llm_council")
    assert folded(session).head.decision.question == "New Conversation"
    assert kinds(session) == ["session_closed"]


def test_a_time_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    document = {**council(), "created_at": "yesterday"}
    (session,) = sessions_of(write(tmp_path, "a.json", document), "llm_council")
    assert session.entries[0].at == 0.0
    assert any("'yesterday'" in remark for remark in account_of(session).remarks)
    assert any("no times" in remark for remark in account_of(session).remarks)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("messages", 1, "stage1", 0, "model"), None, "messages[1].stage1[0].model is missing"),
        (("messages", 1, "stage3"), "text", "messages[1].stage3 must be an object"),
        (("messages", 0, "content"), 7, "messages[0].content must be text"),
        (("id",), None, "id is missing"),
    ],
    ids=["no-model", "no-object", "no-text", "no-id"],
)
def test_damage_is_named_with_its_place(tmp_path: Path, path: tuple[Any, ...], value: Any, message: str) -> None:
    document: Any = council()
    target = document
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    with pytest.raises(SourceDamaged) as caught:
        read_source(write(tmp_path, "a.json", document))
    assert caught.value.message.startswith(f"a.json: {message}")


def test_other_json_with_messages_is_no_council(tmp_path: Path) -> None:
    with pytest.raises(SourceUnknown):
        read_source(write(tmp_path, "a.json", {"messages": "none"}), "llm_council")
