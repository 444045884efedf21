"""What is told of a session line by line says whom it is said to."""

from __future__ import annotations

import pytest

from chatarena.arena import events as ev
from chatarena.arena.forecast import Forecast
from chatarena.arena.session import fold
from chatarena.report import third_person
from chatarena.report.plain import plain_lines
from chatarena.report.words import SOURCES, unmask
from chatarena.tui.masks import mask_content
from tests.support.sessions import DECISION, opening


@pytest.mark.parametrize(
    ("event", "said"),
    [
        pytest.param(ev.DebateStopped(by="participant"), "You ended the talk.", id="by her"),
        pytest.param(
            ev.DebateStopped(by="budget", reason="the budget is used up"),
            "The talk was ended: the budget is used up.",
            id="by a limit",
        ),
    ],
)
def test_who_ended_the_talk(event: ev.DebateStopped, said: str) -> None:
    session = fold((*opening(2), event))
    assert [line for line in plain_lines(session, event) if line] == [said]


def test_an_objective_is_quoted_because_it_speaks_to_the_agent() -> None:
    """`You want ...` is what the agent was told; unquoted it reads as if it were said to the reader."""
    session = fold((*opening(2), ev.Revealed()))
    told = "\n".join(plain_lines(session, ev.Revealed()))
    assert "Ash was agent-ash. It was told: “You want SECRET-Ash-objective.”" in told
    masks = "\n".join(mask_content(mask, DECISION).plain for mask in unmask(session))
    assert "It was told: “You want SECRET-Birch-objective.”" in masks and "It wanted" not in masks


def test_a_turn_cut_before_its_first_word_is_told_in_a_sentence() -> None:
    cut = ev.TurnTaken(agent="Ash", round=1, text="", status="interrupted")
    said = ev.TurnTaken(agent="Ash", round=1, text="I", status="interrupted")
    session = fold(opening(2))
    assert plain_lines(session, cut) == ("", "Ash was cut off before its first word.")
    assert plain_lines(session, said) == ("", "Ash: I [interrupted]")


@pytest.mark.parametrize(
    ("utilities", "heard", "said"),
    [
        pytest.param((None, None, None), (), 0, id="nothing is known"),
        pytest.param((0.5, None, None), (), 1, id="she rated one"),
        pytest.param((None, None, None), ("Ash",), 1, id="somebody claimed"),
    ],
)
def test_chances_are_not_spoken_of_before_anything_is_known(
    utilities: tuple[float | None, ...], heard: tuple[str, ...], said: int
) -> None:
    shown = Forecast(
        source="panel",
        precision=8.0,
        utilities=utilities,
        probabilities=(None, None, None),
        normalisation="",
        heard=heard,
        absence="too few",
    )
    lines = plain_lines(fold(opening(2)), ev.ForecastShown(round=1, forecast=shown))
    assert lines == ("Probabilities: none yet (too few)",) * said


@pytest.mark.parametrize("source", SOURCES)
def test_what_is_said_to_her_is_told_of_her(source: str) -> None:
    told = third_person.rests_on(f"It rests on {SOURCES[source]}.")
    assert told == f"It rests on {third_person.source_of(source)}." and "your" not in told
    assert third_person.rests_on("Without Ash it would be your car.") == "Without Ash it would be your car."
    assert third_person.recommended("Nothing can be recommended: you have rated 1 of your options.") == (
        "Nothing can be recommended: the participant has rated 1 of your options."
    )
    assert third_person.recommended("Recommended: you and me.") == "Recommended: you and me."
    assert third_person.source_of("") == ""
