"""Which keys do something when: a question, a talk, open sliders and a decision with states each change that."""

from __future__ import annotations

import pytest

from chatarena.arena import events as ev
from chatarena.arena.decision import Decision
from chatarena.arena.moves import Ask
from chatarena.moderator.world import Draft
from chatarena.tui.keys import allowed
from chatarena.tui.scene import Scene, look
from tests.support.sessions import DECISION, WEATHER, opening

ROUND = ev.RoundOpened(round=1, order=("Ash",))
SPEAKING = Draft(agent="Ash", round=1, doing="speaking", text="so")
RATINGS, BELIEFS = (Ask(what=what, phase="prior", round=0) for what in ("ratings", "beliefs"))  # type: ignore[arg-type]
FLOOR = Ask(what="floor", phase="round", round=1)
SELECTION = Ask(what="selection", phase="final", round=1)


def scene(*items: ev.Event | Draft, decision: Decision = WEATHER) -> Scene:
    result = Scene()
    for seq, item in enumerate([*opening(1, decision=decision), *items]):
        entry = item if isinstance(item, Draft) else ev.Entry(session="s", seq=seq, at=0.0, elapsed=0.0, event=item)
        result = look(result, entry, 0.0)
    return result


@pytest.mark.parametrize(
    ("action", "now", "ask", "answering", "may"),
    [
        ("believe", scene(), RATINGS, True, False),
        ("believe", scene(), BELIEFS, False, True),
        ("believe", scene(ROUND, SPEAKING), None, False, True),
        ("believe", scene(ROUND), FLOOR, False, True),
        ("believe", scene(ROUND, decision=DECISION), FLOOR, False, False),
        ("believe", scene(), None, False, False),
        ("rate", scene(ROUND), FLOOR, True, True),
        ("rate", scene(ROUND), SELECTION, False, False),
        ("interrupt", scene(ROUND, SPEAKING), None, False, True),
        ("interrupt", scene(ROUND, SPEAKING), None, True, False),
        ("step_back", scene(ROUND, SPEAKING), None, True, True),
        ("step_back", scene(ROUND, SPEAKING), None, False, False),
        ("next_round", scene(ROUND), FLOOR, False, True),
        ("next_round", scene(ROUND), FLOOR, True, False),
        ("decide", scene(ROUND), FLOOR, True, False),
        ("decide", scene(), None, False, False),
        ("skip", scene(ROUND, SPEAKING), None, True, True),
        ("copy", scene(), None, False, True),
    ],
)
def test_what_a_key_may_do(action: str, now: Scene, ask: Ask | None, answering: bool, may: bool) -> None:
    assert allowed(action, now, ask, answering=answering) is may
