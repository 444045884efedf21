"""A rebuttal: who was asked speaks next and alone, has heard what was asked, and the rounds of the protocol remain."""

from __future__ import annotations

import pytest

from chatarena.arena import events as ev
from chatarena.arena import moves as mv
from chatarena.arena.session import Session, evolve, fold
from chatarena.arena.transcript import heard
from tests.arena.test_moves import finish, until
from tests.support.sessions import opening

FLOOR = mv.Ask(what="floor", phase="round", round=1)


def asked(agent: str, round_: int = 1, of: str = "") -> ev.RebuttalAsked:
    return ev.RebuttalAsked(agent=agent, round=round_, of=of, text=f"{agent}, please answer.")


def after(*events: ev.Event, floor: int = 1) -> Session:
    session = until(opening(3), lambda move: move == mv.Ask(what="floor", phase="round", round=floor))
    return finish(fold(events, session))


@pytest.mark.parametrize(
    ("events", "orders"),
    [
        ((asked("Birch"),), [3, ("Birch",), 3]),
        ((asked("Cedar"), asked("Ash", of="Cedar")), [3, ("Cedar", "Ash"), 3]),
        ((asked("Birch"), asked("Birch", of="Ash")), [3, ("Birch",), 3]),
        ((), [3, 3]),
    ],
    ids=["one", "two in the order of asking", "twice is once", "nobody"],
)
def test_those_asked_speak_next_and_the_planned_rounds_remain(events, orders):
    done = after(*events)
    assert done.closed is not None
    opened = [one.order for one in done.rounds_opened]
    told = [order if len(order) < 3 else 3 for order in opened]
    assert told == orders
    assert done.rounds == len(orders)


def test_after_the_last_round_a_rebuttal_is_one_more():
    done = after(asked("Ash", 2), floor=2)
    assert [one.order for one in done.rounds_opened][2:] == [("Ash",)]
    assert done.card is not None and done.card.status == "complete", "who was not asked has missed nothing"


def test_everybody_hears_what_was_asked_and_only_from_then_on():
    done = after(asked("Birch", of="Ash"))
    words = "Birch, please answer."
    assert not any(item.text == words for item in heard(done, "Birch", 1))
    for label, round_ in (("Birch", 2), ("Ash", 3), ("Cedar", 3)):
        assert [item.speaker for item in heard(done, label, round_) if item.text == words] == ["The person"]


def test_a_fold_in_pieces_is_the_fold_at_once():
    session = until(opening(3), lambda move: move == FLOOR)
    events = (asked("Birch"), ev.FloorPassed(round=1), asked("Ash"))
    assert fold(events, session) == evolve(evolve(evolve(session, events[0]), events[1]), events[2])
