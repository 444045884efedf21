"""What is told of a session line by line says whom it is said to."""

from __future__ import annotations

import pytest

from chatarena.arena import events as ev
from chatarena.arena.session import fold
from chatarena.report.plain import plain_lines
from chatarena.report.words import unmask
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
