"""From the screen to events, and from typed text to a plan: what was not given is absent, what is no number is said."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena.arena import events as ev
from chatarena.arena.decision import Decision, EvidenceCard, Option, problems
from chatarena.arena.forecasting import latest_belief, own_utilities
from chatarena.arena.moves import Ask
from chatarena.arena.session import fold
from chatarena.tui.answers import (
    NOT_GIVEN,
    Table,
    beliefs_given,
    latest_beliefs,
    latest_ratings,
    no_ratings,
    ratings_given,
    standing,
)
from chatarena.tui.form import Form, decision_of, form_of, read
from chatarena.tui.participant import Desk
from chatarena.tui.ports import Example
from chatarena.tui.widgets.floor import addressed
from tests.support.sessions import DECISION, WEATHER, opening

PRIOR = Ask(what="ratings", phase="prior", round=0)
BELIEFS = Ask(what="beliefs", phase="final", round=2)


def test_a_rating_that_was_not_given_is_absent_with_its_reason() -> None:
    session = fold(opening(2))
    given = ratings_given(session, PRIOR, ((70.0, None, 0.0),), 3.5)
    assert (given.phase, given.round, given.seconds) == ("prior", 0, 3.5)
    assert [(rating.option, rating.value, rating.absence) for rating in given.ratings] == [
        ("lisbon", 70.0, ""),
        ("oslo", None, NOT_GIVEN),
        ("stay", 0.0, ""),
    ]


def test_ratings_by_state_are_recorded_beside_the_overall_ones() -> None:
    session = fold(opening(2, decision=WEATHER))
    given = ratings_given(session, None, ((60.0, None), (90.0, None), (None, 5.0)))
    assert [(rating.option, rating.state, rating.value, rating.absence) for rating in given.ratings] == [
        ("picnic", "", 60.0, ""),
        ("museum", "", None, NOT_GIVEN),
        ("picnic", "sun", 90.0, ""),
        ("museum", "sun", None, NOT_GIVEN),
        ("picnic", "rain", None, NOT_GIVEN),
        ("museum", "rain", 5.0, ""),
    ]
    nothing = ratings_given(session, PRIOR, no_ratings(session))
    assert len(nothing.ratings) == 6 and all(rating.absence == NOT_GIVEN for rating in nothing.ratings)


def test_the_latest_number_of_each_option_and_state_counts() -> None:
    session = fold(opening(2))
    first = ratings_given(session, PRIOR, ((70.0, 20.0, None),))
    second = ratings_given(session, None, ((None, 30.0, None),))
    assert latest_ratings(fold([*opening(2), first, second])) == ((70.0, 30.0, None),)
    weather = opening(2, decision=WEATHER)
    first = ratings_given(fold(weather), PRIOR, ((1.0, None), (2.0, 3.0), (None, None)))
    second = ratings_given(fold(weather), None, ((None, 4.0), (5.0, None), (None, None)))
    assert latest_ratings(fold([*weather, first, second])) == ((1.0, 4.0), (5.0, 3.0), (None, None))


NUMBER = st.one_of(st.none(), st.floats(0, 100))
BELIEF = st.one_of(st.none(), st.sampled_from([(1.0, 0.0), (0.0, 1.0)]), st.floats(0, 1).map(lambda p: (p, 1 - p)))


@given(st.tuples(*[st.tuples(NUMBER, NUMBER)] * 3), BELIEF)
def test_what_is_said_to_count_is_what_the_forecast_uses(table: Table, belief: tuple[float, float] | None) -> None:
    events: list[ev.Event] = [*opening(2, decision=WEATHER)]
    if belief is not None:
        events.append(ev.BeliefsGiven(phase="prior", round=0, probabilities=belief))
    session = fold([*events, ratings_given(fold(events), PRIOR, table)])
    used = own_utilities(session)
    for index, utility in enumerate(used):
        counts = standing([page[index] for page in table], latest_belief(session)).counts
        assert counts == (None if utility is None else pytest.approx(100 * utility))


def test_beliefs_are_shares_that_sum_to_one() -> None:
    session = fold(opening(2, decision=WEATHER))
    assert beliefs_given(session, BELIEFS, (30.0, 10.0)).probabilities == (0.75, 0.25)
    assert beliefs_given(session, BELIEFS, ()).probabilities == ()
    assert beliefs_given(session, None, (1.0, 3.0)) == ev.BeliefsGiven(
        phase="round", round=0, probabilities=(0.25, 0.75)
    )


@pytest.mark.parametrize("shares", [(30.0, None), (0.0, 0.0)], ids=["one missing", "all zero"])
def test_beliefs_that_cannot_be_read_are_refused(shares: tuple[float | None, ...]) -> None:
    with pytest.raises(ValueError, match=r"number|more than 0"):
        beliefs_given(fold(opening(2, decision=WEATHER)), BELIEFS, shares)


def test_beliefs_begin_at_the_prior() -> None:
    assert latest_beliefs(fold(opening(2, decision=WEATHER))) == (70, 30)


@pytest.mark.parametrize(
    ("text", "to", "words"),
    [
        ("why?", "", "why?"),
        ("@Ash why?", "Ash", "why?"),
        ("@ash, why?", "Ash", "why?"),
        ("@Ash tree why?", "Ash tree", "why?"),
        ("a@b.c is an address", "", "a@b.c is an address"),
    ],
    ids=["all", "one", "any case", "longest name", "no name"],
)
def test_whom_words_are_for(text: str, to: str, words: str) -> None:
    assert addressed(text, ("Ash", "Ash tree", "Birch")) == (to, words)


@pytest.mark.parametrize("text", ["@Nobody why?", "@Ash", "@Ashen why?"], ids=["unknown", "no words", "part of a name"])
def test_words_for_nobody_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"called|Say something"):
        addressed(text, ("Ash", "Birch"))


async def test_the_desk_hands_in_only_what_was_asked() -> None:
    desk = Desk(lambda: 0.0)
    asked = asyncio.create_task(desk.answer(PRIOR, fold(opening(1))))
    await asyncio.sleep(0)
    assert desk.ask == PRIOR
    assert not desk.settle("choice", ev.ChoiceMade(option="lisbon"))
    given = ratings_given(fold(opening(1)), PRIOR, no_ratings(fold(opening(1))))
    assert desk.settle("ratings", given)
    assert await asked == (given,)
    assert desk.ask is None
    assert not desk.settle("ratings", given), "nothing is asked any more"


async def test_a_question_called_off_leaves_nothing_behind() -> None:
    changes: list[Ask | None] = []
    desk = Desk(lambda: 0.0)
    desk.changed = lambda: changes.append(desk.ask)
    asked = asyncio.create_task(desk.answer(PRIOR, fold(opening(1))))
    await asyncio.sleep(0)
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)
    assert changes == [PRIOR, None]
    assert not desk.settle("ratings", ev.BeliefsGiven(phase="prior", round=0, probabilities=()))
    again = asyncio.create_task(desk.answer(BELIEFS, fold(opening(1))))
    await asyncio.sleep(0)
    assert desk.ask == BELIEFS and not again.done()
    again.cancel()


def test_the_desk_times_the_answer() -> None:
    now = [10.0]
    desk = Desk(lambda: now[0])
    assert desk.seconds() is None

    async def ask() -> float | None:
        asked = asyncio.create_task(desk.answer(PRIOR, fold(opening(1))))
        await asyncio.sleep(0)
        now[0] = 12.5
        seconds = desk.seconds()
        asked.cancel()
        return seconds

    assert asyncio.run(ask()) == 2.5


# -- the form ------------------------------------------------------------------------------------------------------


def test_an_example_fills_the_form_and_comes_back_whole() -> None:
    evidence = (EvidenceCard(agent="agent-ash", text="only for Ash"),)
    decision = Decision(**{**_parts(WEATHER), "evidence": evidence})
    form = form_of(Example(title="x", decision=decision, cast="two"), cast="other", model="m")
    plan, found = read(form)
    assert found == ()
    assert plan.decision == decision
    assert (plan.cast, plan.model, plan.protocol.rounds) == ("two", "m", 2)
    assert plan.settings.appraise == (), "left to the studio, which knows the model"


def _parts(decision: Decision) -> dict[str, object]:
    return {name: getattr(decision, name) for name in ("question", "options", "context", "states")}


def test_an_option_keeps_its_id_when_it_moves_and_a_new_one_gets_a_free_one() -> None:
    form = form_of(Example(title="x", decision=DECISION), cast="c", model="m")
    changed = Form(**{**_form(form), "options": (("Rome", ""), form.options[2], ("", ""), form.options[0])})
    decision = decision_of(changed)
    assert [(option.id, option.label) for option in decision.options] == [
        ("a", "Rome"),
        ("stay", "Stay where I am"),
        ("lisbon", "Lisbon"),
    ]


def _form(form: Form) -> dict[str, object]:
    return {name: getattr(form, name) for name in form.__slots__}


def test_a_repeated_label_is_the_only_thing_wrong() -> None:
    twice = Form(question="q?", options=(("a", ""), ("a", ""), ("b", "")))
    assert problems(decision_of(twice)) == ("option 2 repeats the label 'a'",)


@pytest.mark.parametrize(
    ("field", "text"),
    [("rounds", "two"), ("rounds", "1.5"), ("budget", "cheap"), ("budget", "nan"), ("budget", "inf"), ("seed", "x")],
)
def test_what_is_no_number_is_said_beside_its_field(field: str, text: str) -> None:
    _, found = read(Form(**{field: text}))
    assert [problem.field for problem in found] == [field]
    assert text in found[0].text


def test_numbers_are_read_as_people_write_them() -> None:
    plan, found = read(Form(rounds=" 3 ", budget="$0.50", token_budget="20,000", time_budget="90 s", seed="7"))
    assert found == ()
    assert (plan.protocol.rounds, plan.settings.budget, plan.settings.token_budget) == (3, 0.5, 20_000)
    assert (plan.settings.time_budget, plan.seed) == (90.0, 7)
    assert read(Form(precision="4"))[0].settings.precision == 4.0


def test_typed_text_is_cleaned_before_it_goes_anywhere() -> None:
    form = Form(
        question="What\x1b[31m now\n?", context="a\x07b\u202e", options=(("\x1b]0;t\x07x", "y\x9b2Jz"), ("b", ""))
    )
    decision = decision_of(form)
    assert decision == Decision(
        question="What now ?", context="ab", options=(Option(id="a", label="x", detail="yz"), Option(id="b", label="b"))
    )
