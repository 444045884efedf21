"""What a debate without a screen tells of its progress."""

from __future__ import annotations

import pytest

from chatarena.arena.events import TurnTaken
from chatarena.cli.conduct import Printer
from chatarena.moderator.world import Draft
from tests.support.sessions import opening
from tests.support.worlds import Run


async def test_a_slow_model_is_seen_to_work_before_its_first_word(capsys: pytest.CaptureFixture[str]) -> None:
    """Where its aim is weighed before it speaks, that takes as long as a turn: it is told of, once."""
    run = Run()
    await run.play(opening(2))
    first = next(entry for entry in run.recorded if isinstance(entry.event, TurnTaken))
    printer = Printer("json")
    printer.known(entry for entry in run.recorded if entry.seq < first.seq)
    weighing = Draft(agent="Ash", round=1, doing="appraising")
    for item in (weighing, weighing, Draft(agent="Ash", round=1, doing="waiting")):
        printer.show(item)
    assert capsys.readouterr().err.splitlines() == [
        "  ... Ash is weighing its aim (round 1)",
        "  ... Ash is thinking (round 1)",
    ]
    printer.known(run.recorded)
    printer.show(Draft(agent="Ash", round=1, doing="appraising"))
    assert capsys.readouterr().err == "", "after its turn there is something to read"
