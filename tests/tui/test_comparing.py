"""Two sessions side by side: chances are set against each other only where both had the same options."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatarena.arena import events as ev
from chatarena.arena.decision import Decision, Option
from chatarena.arena.session import fold
from chatarena.tui.cells import width
from chatarena.tui.comparing import APART, Across, Chance, Side, compared, laid_out, same_decision
from tests.support.sessions import DECISION, opening, play

OTHERS = Decision(
    question="Where to?",
    options=tuple(Option(id=option.id, label=f"not {option.label}") for option in DECISION.options),
)


def side(decision: Decision) -> Side:
    played = enumerate(play(opening(decision=decision)))
    entries = (ev.Entry(session="s", seq=at, at=0.0, elapsed=float(at), event=event) for at, (_, _, event) in played)
    return Side(title="one", entries=tuple(entries))


@pytest.mark.parametrize(
    ("other", "same"),
    [
        pytest.param(DECISION, True, id="the same decision"),
        pytest.param(replace(DECISION, question="Asked otherwise?"), True, id="the same options"),
        pytest.param(OTHERS, False, id="other options in the same places"),
    ],
)
def test_each_side_is_shown_with_the_options_it_had(other: Decision, same: bool) -> None:
    left, right = side(DECISION), side(other)
    assert same_decision(*(fold(entry.event for entry in one.entries) for one in (left, right))) is same
    shown = {item.right[0] for item in compared(left, right) if isinstance(item, Chance)} - {""}
    assert shown == {option.label for option in other.options}
    told = [item.text for item in compared(left, right) if isinstance(item, Across)]
    assert (APART in told) is same is any("0 % apart" in text for text in told), "what is apart is said where it is"


@pytest.mark.parametrize(("cells", "told"), [(80, "Ask for a trial of six…"), (160, "Ask for a trial of six months")])
def test_an_option_is_named_whole_where_there_is_room(cells: int, told: str) -> None:
    label = "Ask for a trial of six months"
    lines = laid_out([Chance(left=(label, 0.25), right=(label, None))], cells)
    ((line, _),) = lines
    assert line.count(f"{told} ") == 2 and width(line) <= cells
