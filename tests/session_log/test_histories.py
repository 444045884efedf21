"""Earlier sessions of agents: which count, and what is read off them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatarena.arena import events as ev
from chatarena.arena.agent import Agent, Commitment
from chatarena.arena.session import fold
from chatarena.session_log.store import SessionLog
from tests.session_log.samples import DECISION, NOON, elsewhere, entries, opened
from tests.support.sessions import opening, play

CLOSED = ev.SessionClosed(status="complete")


def committed(name: str, label: str) -> ev.AgentCommitted:
    agent = Agent(name=name, label=label, objective="Sell.", model="openai/gpt-x")
    return ev.AgentCommitted(commitment=Commitment(agent=agent, rule=(), fingerprint="a" * 64))


def numbers(move: float | None, stay: float | None, state: str = "") -> tuple[ev.Rating, ...]:
    return tuple(
        ev.Rating(option=option, value=value, absence="" if value is not None else "left out", state=state)
        for option, value in (("move", move), ("stay", stay))
    )


def claimed(label: str, move: float | None, stay: float | None, round_: int = 1) -> ev.ClaimMade:
    return ev.ClaimMade(agent=label, round=round_, ratings=numbers(move, stay))


def rated(phase: ev.Phase, move: float | None, stay: float | None, state: str = "") -> ev.RatingsGiven:
    return ev.RatingsGiven(phase=phase, round=1, ratings=numbers(move, stay, state))


HEAD = (opened(), committed("seller", "Ash"), committed("keeper", "樺"))
PRIOR = rated("prior", 11, 12)
FINAL = rated("final", 70, 30)
WHOLE = (*HEAD, PRIOR, claimed("Ash", 90, 20), claimed("樺", 10, 80), FINAL, CLOSED)
OWN = ((0.9, 0.2), (0.7, 0.3))

COUNTS = {
    "a whole session": (WHOLE, (OWN,)),
    "a partial one": ((*WHOLE[:-1], ev.SessionClosed(status="partial")), (OWN,)),
    "the last claim": ((*WHOLE[:5], claimed("Ash", 60, None, 2), *WHOLE[5:]), (((0.6, None), (0.7, 0.3)),)),
    "the last claim with a number": ((*WHOLE[:5], claimed("Ash", None, None, 2), *WHOLE[5:]), (OWN,)),
    "what she finally left out was rated in between": (
        (*WHOLE[:5], rated("round", 1, 40), rated("final", 70, None), CLOSED),
        (((0.9, 0.2), (0.7, 0.4)),),
    ),
    "what she rated only before the talk": (
        (*WHOLE[:5], rated("final", 70, None), CLOSED),
        (((0.9, 0.2), (0.7, None)),),
    ),
    "ratings by state are not overall ones": (
        (*WHOLE[:5], rated("final", 1, 2, "sun"), rated("final", 70, 30), CLOSED),
        (OWN,),
    ),
}
DOES_NOT = {
    "one that goes on": WHOLE[:-1],
    "one that was left": (*WHOLE[:-1], ev.SessionLeft()),
    "no final ratings": (*WHOLE[:6], rated("round", 70, 30), CLOSED),
    "final ratings by state alone": (*WHOLE[:6], rated("final", 1, 2, "sun"), CLOSED),
    "all declined": (*WHOLE[:6], rated("final", None, None), CLOSED),
    "no claim": (*WHOLE[:4], *WHOLE[5:]),
    "no number in any claim": (*WHOLE[:4], claimed("Ash", None, None), *WHOLE[5:]),
    "another agent": tuple(event for event in WHOLE if getattr(event, "agent", "") != "Ash" and event is not WHOLE[1]),
    "an import": (HEAD[0], elsewhere()[0], *WHOLE[1:]),
    "a rerun": (*WHOLE[:3], elsewhere()[1], *WHOLE[3:]),
    "a fork": (*WHOLE[:5], elsewhere()[2], *WHOLE[5:]),
    "a scripted model among others": (
        replace(opened(), faces=(*opened().faces, ev.Face(label="x", model="scripted/demo", fingerprint=""))),
        *WHOLE[1:],
    ),
}


@pytest.mark.parametrize(("events", "found"), COUNTS.values(), ids=COUNTS)
def test_what_counts(log: SessionLog, events: tuple[ev.Event, ...], found: tuple[object, ...]) -> None:
    log.append(entries("S1", events))
    assert log.claim_history(["seller"]) == {"seller": found}


@pytest.mark.parametrize("events", DOES_NOT.values(), ids=DOES_NOT)
def test_what_does_not(log: SessionLog, events: tuple[ev.Event, ...]) -> None:
    log.append(entries("S1", events))
    assert log.claim_history(["seller"]) == {"seller": ()}


def test_every_agent_has_its_own_sessions_the_oldest_first(log: SessionLog) -> None:
    swapped = (HEAD[0], committed("keeper", "Ash"), committed("seller", "樺"), *WHOLE[3:])
    log.append(entries("B", swapped, at=NOON + 500))
    log.append(entries("A", WHOLE))
    log.append(entries("C", (*HEAD[:2], *WHOLE[3:]), at=NOON + 1000))
    assert log.claim_history(["keeper", "seller", "stranger"]) == {
        "seller": (OWN, ((0.1, 0.8), (0.7, 0.3)), OWN),
        "keeper": (((0.1, 0.8), (0.7, 0.3)), OWN),
        "stranger": (),
    }
    assert log.claim_history([]) == {}


def test_it_agrees_with_the_fold_over_a_whole_session(log: SessionLog) -> None:
    """An independent way to the same numbers: the session as the arena sees it."""
    events = [event for _, _, event in play(opening(3, agents=None))]
    header = events[0]
    assert isinstance(header, ev.SessionOpened)
    real = replace(header, faces=tuple(replace(face, model="openai/x") for face in header.faces))
    log.append(entries("S1", (real, *events[1:])))
    session = fold(events)
    ids = session.head.decision.option_ids
    finals = {r.option: r.value for given in session.ratings if given.phase != "prior" for r in given.ratings}
    for commitment in session.commitments:
        claim = session.latest_claims()[commitment.agent.label]
        claims = {rating.option: rating.value for rating in claim.ratings}
        expected = tuple(
            tuple(None if values[option] is None else values[option] / 100 for option in ids)  # type: ignore[operator]
            for values in (claims, finals)
        )
        assert log.claim_history([commitment.agent.name]) == {commitment.agent.name: (expected,)}


def test_options_are_in_the_order_of_their_decision(log: SessionLog) -> None:
    turned = replace(opened(), decision=replace(DECISION, options=DECISION.options[::-1]))
    log.append(entries("S1", (turned, *WHOLE[1:])))
    assert log.claim_history(["seller"]) == {"seller": (((0.2, 0.9), (0.3, 0.7)),)}


# -- several agents at once --------------------------------------------------------------------------------------------


def test_sessions_count_for_several_agents_where_all_of_them_made_claims(log: SessionLog) -> None:
    log.append(entries("A", WHOLE))
    log.append(entries("B", (*HEAD, PRIOR, claimed("Ash", 50, 60), FINAL, CLOSED), at=NOON + 500))
    log.append(entries("C", WHOLE, at=NOON + 1000))
    both = log.earlier_sessions(["seller", "keeper"])
    assert [one.session for one in both] == ["A", "C"]
    assert both[0].claims == {"seller": (0.9, 0.2), "keeper": (0.1, 0.8)}
    assert both[0].finals == (0.7, 0.3)
    assert [one.session for one in log.earlier_sessions(["seller"])] == ["A", "B", "C"]
    assert [one.session for one in log.earlier_sessions(["seller"], without={"B"})] == ["A", "C"]
    assert log.earlier_sessions(["seller", "stranger"]) == ()


@pytest.mark.parametrize("events", DOES_NOT.values(), ids=DOES_NOT)
def test_what_does_not_count_for_one_does_not_for_several(log: SessionLog, events: tuple[ev.Event, ...]) -> None:
    log.append(entries("S1", events))
    assert log.earlier_sessions(["seller"]) == ()
