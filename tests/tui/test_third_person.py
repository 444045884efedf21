"""Whoever looks at somebody else's session is not told that it is theirs; nobody's own words change."""

from __future__ import annotations

import pytest

from chatarena.report.words import SOURCES
from chatarena.tui.blocks import PARTICIPANT, YOU
from chatarena.tui.third_person import of_bound, rests_on, told_of


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("Your ratings (round): Keep your car 50", "The participant's ratings (round): Keep your car 50"),
        ("You chose: You and me", "The participant chose: You and me"),
        ("You would take the advice of Ash.", "The participant would take the advice of Ash."),
        ("Precision is now 4.", "Precision is now 4."),
    ],
)
def test_only_the_beginning_of_a_line_is_ours(line: str, told: str) -> None:
    assert told_of(line, PARTICIPANT) == told
    assert told_of(line, YOU) == line


@pytest.mark.parametrize("source", SOURCES)
def test_what_a_recommendation_rests_on(source: str) -> None:
    line = f"It rests on {SOURCES[source]}."
    assert rests_on(line, YOU) == line
    told = rests_on(line, PARTICIPANT)
    assert "your" not in told and told.startswith("It rests on ")
    assert rests_on("Without Ash it would be Keep your car.", PARTICIPANT) == "Without Ash it would be Keep your car."


def test_the_bound() -> None:
    lines = ["How much you might lose", "  agents that do not surround you, 2 epsilon", "young"]
    told = ["How much the participant might lose", "  agents that do not surround the participant, 2 epsilon", "young"]
    assert of_bound(lines, PARTICIPANT) == told
    assert of_bound(lines, YOU) == lines


def test_the_bound_speaks_to_whom_it_is_about() -> None:
    """In one's own session nobody is `the participant`, and `she` would be somebody else."""
    lines = [
        "epsilon, the distance of the participant's utility from the agents' weighted utilities, is not known",
        "delta, how far what she learns stays from full information, is not known",
    ]
    assert of_bound(lines, YOU) == [
        "epsilon, the distance of your utility from the agents' weighted utilities, is not known",
        "delta, how far what you learn stays from full information, is not known",
    ]
    assert of_bound(lines, "the participant") == lines
