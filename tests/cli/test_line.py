"""The participant line by line: one number an option will do, and `s` asks for one in each state."""

from __future__ import annotations

import io
import sys

import pytest

from chatarena.arena import events as ev
from chatarena.arena.moves import Ask
from chatarena.arena.session import fold
from chatarena.cli.line import LineParticipant
from tests.support.sessions import DECISION, WEATHER, opening

RATINGS = Ask(what="ratings", phase="prior", round=0)


async def rated(monkeypatch: pytest.MonkeyPatch, decision: object, *lines: str) -> list[tuple[str, str, float | None]]:
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
    session = fold(opening(1, decision=decision))  # type: ignore[arg-type]
    (given,) = await LineParticipant(lambda: 0.0).answer(RATINGS, session)
    assert isinstance(given, ev.RatingsGiven) and (given.phase, given.round) == ("prior", 0)
    assert all(bool(rating.absence) == (rating.value is None) for rating in given.ratings)
    return [(rating.option, rating.state, rating.value) for rating in given.ratings]


async def test_one_number_an_option_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await rated(monkeypatch, WEATHER, "80", "") == [
        ("picnic", "", 80.0),
        ("museum", "", None),
        ("picnic", "sun", None),
        ("museum", "sun", None),
        ("picnic", "rain", None),
        ("museum", "rain", None),
    ]


async def test_an_option_can_be_rated_state_by_state(monkeypatch: pytest.MonkeyPatch) -> None:
    given = await rated(monkeypatch, WEATHER, "S", "95", "s", "101", "5", "60")
    assert {(option, state): value for option, state, value in given if value is not None} == {
        ("picnic", "sun"): 95.0,
        ("picnic", "rain"): 5.0,
        ("museum", ""): 60.0,
    }


async def test_without_states_the_word_is_no_number(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await rated(monkeypatch, DECISION, "s", "1", "2", "3") == [
        ("lisbon", "", 1.0),
        ("oslo", "", 2.0),
        ("stay", "", 3.0),
    ]
    told = capsys.readouterr().err
    assert "a number from 0 to 100, or nothing" in told and "state" not in told
