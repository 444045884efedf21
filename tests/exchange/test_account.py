"""The clock of an imported session never runs backwards, its rounds name who spoke, its id follows from its record."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena.arena import events as ev
from chatarena.arena.decision import MAX_QUESTION
from chatarena.arena.opening import fingerprint
from chatarena.errors import SourceDamaged
from chatarena.exchange.account import Account, asked, called, moment, numbered, plain_decision
from chatarena.exchange.importing import ImportedSession, session_id
from chatarena.session_log.codec import decode, encode
from tests.exchange.importers.records import account_of, folded, kinds, write


def account(folder: Path, at: float | None = 100.0, key: str = "k") -> Account:
    source = write(folder, "talk.json", "{}")
    return Account(source, format="test", key=key, decision=plain_decision("Why?"), at=at)


def ended(made: Account) -> ImportedSession:
    return made.end(record="r")


@given(st.none() | st.floats(0, 1e9), st.lists(st.none() | st.floats(0, 1e9), max_size=12))
def test_times_only_rise_and_are_the_source_s_own_wherever_they_do(
    tmp_path_factory: pytest.TempPathFactory, began: float | None, times: list[float | None]
) -> None:
    made = account(tmp_path_factory.mktemp("talk"), began)
    for at in times:
        made.add(ev.RoundAdded(), at)
    session = ended(made)
    stamps = [entry.at for entry in session.entries]
    assert all(earlier <= later for earlier, later in pairwise(stamps))
    assert [entry.elapsed for entry in session.entries] == [at - stamps[0] for at in stamps]
    assert [entry.seq for entry in session.entries] == list(range(len(session.entries)))
    told = [entry.at for entry in session.entries if isinstance(entry.event, ev.RoundAdded)]
    highest, moved = began, 0
    for given_time, at in zip(times, told, strict=True):
        if given_time is not None:
            moved += highest is not None and given_time < highest
            highest = given_time if highest is None else max(highest, given_time)
            assert at == highest
    assert any("came earlier" in remark for remark in account_of(session).remarks) == bool(moved)
    assert any("no times" in remark for remark in account_of(session).remarks) == (highest is None)


def test_the_account_of_the_source_stands_right_behind_the_opening(tmp_path: Path) -> None:
    made = account(tmp_path)
    made.seat("A", model="m", objective="win", favours="", prompt="Be brief.")
    made.turn("A", "first")
    made.turn("A", "second", 200.0)
    made.remark("read in this way")
    made.remark("read in this way")
    session = ended(made)
    assert [entry.event.kind for entry in session.entries[:3]] == [
        "session_opened",
        "session_imported",
        "agent_committed",
    ]
    told = account_of(session)
    assert (told.format, told.source, told.key) == ("test", "talk.json", "k")
    assert told.sha256 == write(tmp_path, "talk.json", "{}").sha256
    assert told.remarks == ("read in this way",)
    seen = folded(session)
    commitment = seen.commitment("A")
    assert commitment.fingerprint == fingerprint(commitment.agent, commitment.rule) == seen.head.faces[0].fingerprint
    assert commitment.part("brief") == "Be brief."
    assert seen.head.version == "test 1"
    assert kinds(session) == ["round_opened", "turn_taken"] * 2 + ["session_closed"]
    assert all(decode(encode(entry.event)) == entry.event for entry in session.entries)


def test_a_round_names_all_who_spoke_in_it_and_opens_anew_when_somebody_speaks_again(tmp_path: Path) -> None:
    made = account(tmp_path)
    for label in ("A", "B"):
        made.seat(label, name="same", model="m")
    made.open_round(["B"])
    made.turn("A", "one")
    made.turn("B", "two")
    made.turn("A", "three")
    made.say("mine")
    made.turn("B", "four")
    made.miss("A", "nothing there")
    seen = folded(ended(made))
    assert [opened.order for opened in seen.rounds_opened] == [("B", "A"), ("A",), ("B", "A")]
    assert [(turn.agent, turn.round) for turn in seen.turns] == [("A", 1), ("B", 1), ("A", 2), ("B", 3)]
    assert [(miss.agent, miss.round, miss.reason) for miss in seen.missed] == [("A", 3, "nothing there")]
    assert [said.round for said in seen.said] == [2]
    assert [made.agent.name for made in seen.commitments] == ["same", "same (B)"]
    assert seen.rounds == 3


@given(st.floats(0, 4e9), st.text(), st.text(), st.text())
def test_an_id_follows_from_time_and_content_alone(at: float, one: str, other: str, more: str) -> None:
    made = session_id(at, one, other)
    assert made == session_id(at, one, other)
    assert len(made) == 26
    assert session_id(at + 1, one, other) > made
    assert session_id(at, one, [other, more]) != made
    assert session_id(at, one + other) != made


def test_another_key_or_record_is_another_session_and_another_name_of_the_file_is_not(tmp_path: Path) -> None:
    first = account(tmp_path).end(record={"a": 1})
    assert account(tmp_path).end(record={"a": 1}).id == first.id
    assert account(tmp_path, key="other").end(record={"a": 1}).id != first.id
    assert account(tmp_path).end(record={"a": 2}).id != first.id
    elsewhere = write(tmp_path, "renamed.json", "{} ")
    again = Account(elsewhere, format="test", key="k", decision=plain_decision("Why?"), at=100.0)
    assert again.end(record={"a": 1}).id == first.id


@pytest.mark.parametrize("at", [1e15, -1e15, float("inf"), float("nan")])
def test_a_time_that_no_calendar_holds_is_refused(tmp_path: Path, at: float) -> None:
    made = account(tmp_path)
    with pytest.raises(SourceDamaged, match="seconds since 1970"):
        made.add(ev.RoundAdded(), at)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-05-12T20:28:13+00:00", 1747081693.0),
        ("2025-05-12T20:28:13Z", 1747081693.0),
        ("2025-05-12T22:28:13+02:00", 1747081693.0),
        ("2025-05-12 20:28:13", 1747081693.0),
        ("2025-05-12", 1747008000.0),
        ("yesterday", None),
        ("", None),
        ("0001-01-01T00:00:00+14:00", None),
    ],
)
def test_moments(text: str, expected: float | None) -> None:
    assert moment(text) == expected


@given(st.text(max_size=3 * MAX_QUESTION))
def test_a_long_question_is_whole_in_the_context(text: str) -> None:
    question, context = asked(text)
    assert text in (question, context)
    assert len(question) <= MAX_QUESTION


def test_small_words() -> None:
    assert called("look", {"at": "ü"}) == '[calls look {"at": "ü"}]'
    assert [numbered("a", taken) for taken in ((), ("a",), ("a", "a (2)"))] == ["a", "a (2)", "a (3)"]
    assert plain_decision(" ").question.startswith("(")
