"""The rules of a session: who is asked what, in which order, and what is asked after a cut."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatarena.arena import events as ev
from chatarena.arena import moves as mv
from chatarena.arena.protocol import PROTOCOL_NAMES, Protocol
from chatarena.arena.session import Session, evolve, fold
from chatarena.arena.settings import Settings
from tests.support.sessions import WEATHER, chain, opening, outcome, play, ring


@st.composite
def openings(draw: st.DrawFn) -> tuple[ev.Event, ...]:
    size = draw(st.integers(1, 5))
    name = draw(st.sampled_from(PROTOCOL_NAMES if size > 1 else PROTOCOL_NAMES[:4]))
    hearing = draw(st.sampled_from([ring(size), chain(size)])) if name == "network" else ()
    protocol = Protocol(name=name, rounds=draw(st.integers(1, 3)), shuffle=draw(st.booleans()), hearing=hearing)
    options = Settings(
        participant=draw(st.booleans()),
        appraise=draw(st.sampled_from([(), ("verbal",), ("logprob",), ("verbal", "logprob")])),
    )
    return opening(size, protocol=protocol, settings=options, seed=draw(st.integers(0, 99)))


@given(openings(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_every_agent_speaks_once_a_round_and_the_session_closes(events, rng):
    played = [event for _, _, event in play(events, rng.choice)]
    session = fold(played)
    head = session.head
    assert session.closed == ev.SessionClosed(status="complete")
    rounds_each = head.protocol.rounds
    assert Counter(turn.agent for turn in session.turns) == dict.fromkeys(session.labels, rounds_each)
    assert len({(turn.agent, turn.round) for turn in session.turns}) == len(session.turns)
    assert len(session.claims) == len(session.turns)
    assert len(session.appraisals) == len(session.turns) * len(head.settings.appraise)
    assert (session.choice is not None) == head.settings.participant


@given(openings(), st.data())
@settings(max_examples=60, deadline=None)
def test_a_log_cut_anywhere_goes_on_with_what_is_missing(events, data):
    whole = [event for _, _, event in play(events)]
    cut = data.draw(st.integers(len(events), len(whole)))
    resumed = [*whole[:cut], ev.SessionResumed(version="0.0.0")]
    again = [event for _, _, event in play(resumed)]
    told = [event for event in again if not isinstance(event, ev.SessionResumed)]
    assert Counter(map(repr, told)) == Counter(map(repr, whole))


@given(openings(), st.integers(0, 200))
@settings(max_examples=40, deadline=None)
def test_fold_of_a_whole_is_fold_of_its_parts(events, cut):
    whole = [event for _, _, event in play(events)]
    session = fold(whole[:cut])
    for event in whole[cut:]:
        session = evolve(session, event)
    assert session == fold(whole)


@given(openings())
@settings(max_examples=40, deadline=None)
def test_only_calls_come_several_at_once(events):
    for session, _, _ in play(events):
        moves = mv.next_moves(session)
        assert len(moves) <= 1 or all(isinstance(move, mv.CallMove) for move in moves)


def concurrent_speakers(events, round_=1):
    """The groups of agents that may speak at the same time in a round."""
    groups = []
    for session, _, _ in play(events):
        speaking = {move.agent for move in mv.next_moves(session) if isinstance(move, mv.Speak)}
        if session.round == round_ and speaking and (not groups or not speaking <= groups[-1]):
            groups.append(speaking)
    return groups


@pytest.mark.parametrize(
    ("protocol", "groups"),
    [
        pytest.param(Protocol(shuffle=False), [{"Ash", "Birch", "Cedar"}], id="simultaneous"),
        pytest.param(Protocol(name="rebuttal", shuffle=False), [{"Ash", "Birch", "Cedar"}], id="rebuttal"),
        pytest.param(Protocol(name="round_robin", shuffle=False), [{"Ash"}, {"Birch"}, {"Cedar"}], id="round-robin"),
        pytest.param(Protocol(name="one_on_one", shuffle=False), [{"Ash"}], id="one-on-one"),
        pytest.param(Protocol(name="network", hearing=chain(3)), [{"Ash"}, {"Birch"}, {"Cedar"}], id="chain-in-order"),
        pytest.param(Protocol(name="network", hearing=ring(3)), [{"Ash", "Birch", "Cedar"}], id="cycle-at-once"),
    ],
)
def test_who_may_speak_at_the_same_time(protocol, groups):
    assert concurrent_speakers(opening(3, protocol=protocol)) == groups


def test_speaking_order_is_a_permutation_fixed_by_the_seed():
    def orders(seed):
        session = fold(opening(6, seed=seed))
        return [mv.speaking_order(session, round_) for round_ in (1, 2, 3)]

    assert orders(7) == orders(7)
    assert len({order for seed in range(20) for order in orders(seed)}) > 30
    assert all(sorted(order) == sorted(orders(7)[0]) for order in orders(7))
    # The draw is part of the record: it must never change between versions.
    assert orders(7)[0] == ("Birch", "Ash", "Fir", "Cedar", "Elder", "Damson")


def test_first_speakers_are_evenly_drawn():
    firsts = Counter(mv.speaking_order(fold(opening(4, seed=seed)), 1)[0] for seed in range(2000))
    assert all(400 < count < 600 for count in firsts.values())


def test_one_on_one_visits_every_agent_in_turn():
    events = opening(3, protocol=Protocol(name="one_on_one", rounds=2))
    speakers = [event.agent for _, _, event in play(events) if isinstance(event, ev.TurnTaken)]
    assert speakers[0] == speakers[1] != speakers[2] == speakers[3] != speakers[4] == speakers[5]


def test_states_are_asked_about_before_and_after():
    asked = [move for _, move, _ in play(opening(2, decision=WEATHER)) if isinstance(move, mv.Ask)]
    assert [(ask.what, ask.phase) for ask in asked] == [
        ("ratings", "prior"),
        ("beliefs", "prior"),
        ("floor", "round"),
        ("floor", "round"),
        ("ratings", "final"),
        ("beliefs", "final"),
        ("choice", "final"),
    ]


def until(events, stop):
    """The session just before the first move that `stop` accepts."""
    for session, move, _ in play(events):
        if move is not None and stop(move):
            return session
    raise AssertionError("the move never came")


def finish(session: Session) -> Session:
    while moves := mv.next_moves(session):
        session = evolve(session, outcome(session, moves[0]))
    return session


def test_a_stop_by_the_participant_asks_for_nothing_more_of_the_agents():
    session = until(opening(3), lambda move: isinstance(move, mv.Claim))
    session = evolve(session, ev.DebateStopped(by="participant"))
    rest = mv.next_moves(session)
    assert not any(isinstance(move, mv.CallMove) for move in rest)
    done = finish(session)
    assert done.closed == ev.SessionClosed(status="partial")
    assert done.card is not None
    assert done.card.status in ("partial", "none")


def test_a_stop_for_the_budget_still_asks_for_the_ratings_of_turns_taken():
    session = until(opening(3), lambda move: isinstance(move, mv.Claim))
    spoke = {turn.agent for turn in session.turns}
    session = evolve(session, ev.DebateStopped(by="budget"))
    calls = [move for move in mv.next_moves(session) if isinstance(move, mv.CallMove)]
    assert calls
    assert {move.agent for move in calls} == spoke
    assert not any(isinstance(move, mv.Speak) for move in calls)


def test_a_stopped_round_goes_to_the_floor_and_the_next_round_is_whole():
    session = until(opening(3), lambda move: isinstance(move, mv.Claim))
    session = evolve(session, ev.RoundStopped(round=1))
    moves = mv.next_moves(session)
    if isinstance(moves[0], mv.ShowForecast):
        session = evolve(session, outcome(session, moves[0]))
        moves = mv.next_moves(session)
    assert moves == (mv.Ask(what="floor", phase="round", round=1),)
    done = finish(session)
    assert {turn.agent for turn in done.turns if turn.round == 2} == set(done.labels)


def test_one_more_round_can_be_asked_for():
    session = until(opening(2), lambda move: move == mv.Ask(what="floor", phase="round", round=2))
    done = finish(evolve(session, ev.RoundAdded()))
    assert done.round == 3
    assert len(done.turns) == 6


def missed(label, round_=1):
    return ev.TurnMissed(agent=label, round=round_, cause="failed", reason="HTTP 500", error="ProviderUnavailable")


def test_a_missed_turn_is_not_asked_for_again_until_a_resume_wants_it():
    session = until(opening(3), lambda move: isinstance(move, mv.Speak))
    session = evolve(session, missed("Birch"))
    speaking = {move.agent for move in mv.next_moves(session) if isinstance(move, mv.Speak)}
    assert speaking == {"Ash", "Cedar"}
    again = evolve(session, ev.SessionResumed(version="0.0.0", retry_missed=True))
    assert {move.agent for move in mv.next_moves(again) if isinstance(move, mv.Speak)} == {"Ash", "Birch", "Cedar"}


def test_with_nobody_to_ask_a_round_in_which_all_failed_leaves_the_session_open():
    session = until(opening(2, settings=Settings(participant=False)), lambda move: isinstance(move, mv.Speak))
    for label in session.labels:
        session = evolve(session, missed(label))
    assert mv.next_moves(session) == ()
    assert session.closed is None
    again = evolve(session, ev.SessionResumed(version="0.0.0", retry_missed=True))
    assert finish(again).closed == ev.SessionClosed(status="complete")


def test_with_a_participant_a_round_in_which_all_failed_is_hers_to_judge():
    session = until(opening(2), lambda move: isinstance(move, mv.Speak))
    for label in session.labels:
        session = evolve(session, missed(label))
    assert mv.next_moves(session) == (mv.Ask(what="floor", phase="round", round=1),)
