"""Whose numbers the probabilities use, what is missing stays missing, and the card says so."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatarena.arena import events as ev
from chatarena.arena.forecasting import forecast, own_utilities
from chatarena.arena.recommending import recommend
from chatarena.arena.session import evolve, fold
from chatarena.arena.settings import Settings
from chatarena.report.plain import plain_lines
from chatarena.report.words import heading, qualifications, recommendation
from tests.support.sessions import DECISION, WEATHER, opening, play, ratings


def session_with(*events, size=2, decision=DECISION, options=None):
    start = (*opening(size, decision=decision, settings=options), ev.RoundOpened(round=1, order=("Ash", "Birch")))
    return fold((*start, *events))


def claim(label, *values, round_=1):
    return ev.ClaimMade(agent=label, round=round_, ratings=ratings(DECISION, values))


def turn(label, round_=1, status="complete"):
    return ev.TurnTaken(agent=label, round=round_, text="So it is.", status=status)


def rated(*values, phase="round", decision=DECISION):
    return ev.RatingsGiven(phase=phase, round=1, ratings=ratings(decision, values))


SOURCES = [
    pytest.param((), "panel", True, id="nothing-known"),
    pytest.param((claim("Ash", 90, 10, 20),), "panel", False, id="claims-only"),
    pytest.param((rated(50, 60, 70, phase="prior"),), "own", False, id="prior-only"),
    pytest.param((rated(50, 60, 70, phase="prior"), claim("Ash", 90, 10, 20)), "blend", False, id="prior-and-claims"),
    pytest.param(
        (rated(50, 60, 70, phase="prior"), claim("Ash", 90, 10, 20), rated(10, 20, 90)), "own", False, id="heard"
    ),
    pytest.param((claim("Ash", 90, 10, 20), rated(None, None, 90)), "blend", False, id="one-rating-is-not-enough"),
]


@pytest.mark.parametrize(("events", "source", "absent"), SOURCES)
def test_the_source_follows_what_is_known(events, source, absent):
    shown = forecast(session_with(*events))
    assert shown.source == source
    assert bool(shown.absence) == absent
    if absent:
        assert shown.probabilities == (None, None, None)


def test_probabilities_are_the_logit_response_of_the_ratings():
    shown = forecast(session_with(rated(30, 60, 90), options=Settings(precision=5.0)))
    weights = [math.exp(5.0 * value) for value in (0.3, 0.6, 0.9)]
    assert shown.probabilities == pytest.approx([weight / sum(weights) for weight in weights])
    assert shown.best == ("stay",)
    assert shown.precision == 5.0


def test_an_option_without_a_number_has_no_probability_and_the_others_sum_to_one():
    shown = forecast(session_with(rated(30, None, 90)))
    assert shown.probabilities[1] is None
    assert sum(value for value in shown.probabilities if value is not None) == pytest.approx(1)
    card = recommend(
        session_with(turn("Ash"), turn("Birch"), claim("Ash", 1, 2, 3), claim("Birch", 1, 2, 3), rated(30, None, 90))
    )
    assert card.unrated == ("oslo",)
    assert heading(card) == "Partial: all 2 agents were heard, 1 of the options have no number"
    assert card.status == "partial"


@given(st.lists(st.floats(0, 100), min_size=3, max_size=3), st.floats(0, 100))
@settings(max_examples=50, deadline=None)
def test_probabilities_are_a_distribution_that_orders_like_the_ratings(values, precision):
    session = evolve(session_with(rated(*values)), ev.PrecisionSet(precision=precision))
    shown = forecast(session)
    known = [value for value in shown.probabilities if value is not None]
    assert sum(known) == pytest.approx(1)
    best = max(range(3), key=lambda index: values[index])
    assert known[best] == pytest.approx(max(known))


def test_the_latest_claim_of_each_agent_counts():
    session = session_with(claim("Ash", 0, 0, 0), claim("Ash", 100, 0, 0, round_=2), claim("Birch", 50, 0, 0))
    assert forecast(session, "panel").utilities == pytest.approx((0.75, 0, 0))
    assert forecast(session, "panel", without="Ash").utilities == pytest.approx((0.5, 0, 0))


def test_after_a_selection_only_the_selected_agent_counts():
    session = session_with(claim("Ash", 100, 0, 0), claim("Birch", 0, 0, 100), ev.AgentSelected(agent="Birch"))
    assert forecast(session, "panel").best == ("stay",)


def state_rating(option, state, value):
    return ev.Rating(option=option, value=value, state=state, absence="" if value is not None else "left out")


def test_ratings_per_state_are_averaged_under_the_latest_belief():
    given_ = ev.RatingsGiven(
        phase="prior",
        round=0,
        ratings=(
            state_rating("picnic", "sun", 100.0),
            state_rating("picnic", "rain", 0.0),
            state_rating("museum", "sun", 40.0),
            state_rating("museum", "rain", 60.0),
        ),
    )
    session = session_with(given_, decision=WEATHER)
    assert own_utilities(session) == pytest.approx((0.7, 0.46))
    believed = evolve(session, ev.BeliefsGiven(phase="round", round=1, probabilities=(0.1, 0.9)))
    assert own_utilities(believed) == pytest.approx((0.1, 0.58))


def test_a_missing_state_counts_only_if_it_is_possible():
    given_ = ev.RatingsGiven(
        phase="prior",
        round=0,
        ratings=(state_rating("picnic", "sun", 100.0), state_rating("picnic", "rain", None)),
    )
    session = session_with(given_, decision=WEATHER)
    assert own_utilities(session)[0] is None
    sure = evolve(session, ev.BeliefsGiven(phase="round", round=1, probabilities=(1.0, 0.0)))
    assert own_utilities(sure)[0] == 1.0


def whole(*claims):
    return session_with(turn("Ash"), turn("Birch"), *claims)


def test_the_card_says_whose_absence_would_change_it():
    card = recommend(whole(claim("Ash", 100, 0, 0), claim("Birch", 20, 60, 0)))
    assert card.recommended == ("lisbon",)
    assert card.status == "complete"
    assert {flip.agent: (flip.recommended, flip.flipped) for flip in card.flips} == {
        "Ash": (("oslo",), True),
        "Birch": (("lisbon",), False),
    }
    assert card.runner_up == "oslo"
    assert card.lead == pytest.approx(30)
    text = " ".join(qualifications(card, DECISION))
    assert "Without Ash it would be Oslo." in text
    assert "30 rating points above Oslo" in text


def test_a_tie_is_called_a_tie():
    card = recommend(whole(claim("Ash", 80, 80, 0), claim("Birch", 70, 70, 0)))
    assert card.recommended == ("lisbon", "oslo")
    assert recommendation(card, DECISION) == "It is a tie between Lisbon and Oslo."


def test_nothing_known_is_no_recommendation():
    card = recommend(session_with())
    assert (card.status, card.recommended, card.probability) == ("none", (), None)
    assert heading(card) == "No recommendation"
    assert "Nothing can be recommended" in recommendation(card, DECISION)
    assert {miss.reason for miss in card.missed} == {"did not speak"}


def test_a_partial_hearing_stands_in_the_heading():
    card = recommend(session_with(turn("Ash"), claim("Ash", 10, 20, 90)))
    assert heading(card) == "Partial: 1 of 2 agents were heard to the end"
    assert "Not fully heard: Birch (did not speak)." in qualifications(card, DECISION)


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        pytest.param((turn("Birch", status="interrupted"),), "was interrupted", id="interrupted"),
        pytest.param((turn("Birch"),), "made no claim that could be read", id="no-claim"),
        pytest.param(
            (ev.TurnMissed(agent="Birch", round=1, cause="failed", reason="HTTP 500"),),
            "missed 1 of 1 turns (failed: HTTP 500)",
            id="failed",
        ),
    ],
)
def test_every_hole_has_its_reason(events, reason):
    card = recommend(session_with(turn("Ash"), claim("Ash", 1, 2, 3), *events))
    assert [(miss.agent, miss.reason) for miss in card.missed] == [("Birch", reason)]


def test_the_bound_names_what_is_not_known():
    bound = recommend(whole(claim("Ash", 1, 2, 3), claim("Birch", 1, 2, 3))).bound
    assert bound.total is None
    assert bound.logit_term == pytest.approx(math.log(3) / 8.0)
    assert len(bound.missing) == 2


def test_hidden_objectives_stay_out_of_the_plain_account_until_the_reveal():
    session = fold(())
    lines = []
    for _, _, event in play(opening(3)):
        session = evolve(session, event)
        if isinstance(event, ev.Revealed):
            break
        lines += plain_lines(session, event)
    assert lines
    assert not [line for line in lines if "SECRET" in line or "agent-" in line]
    after = "\n".join(plain_lines(session, ev.Revealed()))
    assert all(f"SECRET-{label}-objective" in after for label in session.labels)
