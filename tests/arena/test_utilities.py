"""From sessions to a table of utilities: whose numbers, of when, which are missing and why; nothing disappears."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena.arena import events as ev
from chatarena.arena.decision import Decision, Option, State
from chatarena.arena.session import fold
from chatarena.arena.settings import Settings
from chatarena.arena.utilities import PARTICIPANT, Held, LeftOut, Reading, as_table, utilities
from chatarena.hull.table import TARGET
from tests.support.data import data_folder
from tests.support.sessions import DECISION, WEATHER, cast, opening, ratings

BOTH = Settings(appraise=("verbal", "logprob"))


def appraised(label, *values, method="verbal", decision=DECISION):
    return ev.AppraisalMade(agent=label, round=1, ratings=ratings(decision, values), method=method)


def claimed(label, *values, decision=DECISION):
    return ev.ClaimMade(agent=label, round=1, ratings=ratings(decision, values))


def rated(*values, phase="final", decision=DECISION):
    return ev.RatingsGiven(phase=phase, round=1, ratings=ratings(decision, values))


def held(id_, *events, size=2, decision=DECISION, settings=BOTH, agents=None):
    return Held(id=id_, session=fold((*opening(size, decision=decision, settings=settings, agents=agents), *events)))


def full(id_, shift=0.0, **more):
    """A session in which everybody gave every number."""
    events = (
        appraised("Ash", 90 - shift, 20, 50),
        appraised("Birch", 10, 80, 30 + shift),
        claimed("Ash", 99, 1, 2),
        claimed("Birch", 3, 97, 5),
        rated(60, 40, 50 + shift),
    )
    return held(id_, *events, **more)


# -- one session -------------------------------------------------------------------------------------------------------


def test_one_session_is_a_table_of_its_options_by_its_agents_labels():
    found = utilities([full("S1")])
    assert found.agents == ("Ash", "Birch")
    assert [instance.label for instance in found.instances] == ["Lisbon", "Oslo", "Stay where I am"]
    assert found.numbers == ((0.9, 0.1), (0.2, 0.8), (0.5, 0.3))
    assert found.target == (0.6, 0.4, 0.5)
    assert (found.holes, found.left_out, found.sessions) == ((), (), ("S1",))
    assert "private appraisals (verbal)" in found.read[0]
    assert "after the talk" in found.read[1]


def test_the_table_for_the_analysis_says_the_same():
    table = as_table(utilities([full("S1")]))
    assert table.utilities.tolist() == [[0.9, 0.1], [0.2, 0.8], [0.5, 0.3]]
    assert table.target.tolist() == [0.6, 0.4, 0.5]
    assert (table.groups, table.states) == (None, None)
    assert PARTICIPANT == TARGET


CHOICES = [
    pytest.param(Reading(numbers="claims"), (0.99, 0.03), "what they said, not what they want", id="claims"),
    pytest.param(Reading(method="verbal"), (0.9, 0.1), "(verbal)", id="verbal"),
    pytest.param(Reading(agents=("Birch",)), (0.1,), "(verbal)", id="by-label"),
    pytest.param(Reading(agents=("agent-birch", "Ash")), (0.1, 0.9), "(verbal)", id="by-name-in-that-order"),
]


@pytest.mark.parametrize(("reading", "first", "words"), CHOICES)
def test_which_numbers_are_read_can_be_chosen(reading, first, words):
    found = utilities([full("S1")], reading)
    assert found.numbers[0] == first
    assert words in found.read[0]


BEST = [
    pytest.param((("verbal", 2), ("logprob", 3)), ("verbal", "logprob"), "logprob", id="the-fuller-one"),
    pytest.param((("verbal", 3), ("logprob", 2)), ("logprob", "verbal"), "verbal", id="the-fuller-one-again"),
    pytest.param((("verbal", 3), ("logprob", 3)), ("logprob", "verbal"), "logprob", id="else-the-sessions-first"),
    pytest.param((("verbal", 3), ("logprob", 3)), ("verbal", "logprob"), "verbal", id="else-the-other-first"),
]


@pytest.mark.parametrize(("made", "order", "method"), BEST)
def test_the_best_method_is_the_one_that_gave_most_numbers(made, order, method):
    events = [
        appraised("Ash", *(50.0 if index < count else None for index in range(3)), method=name) for name, count in made
    ]
    found = utilities([held("S1", *events, rated(1, 2, 3), size=1, settings=Settings(appraise=order))])
    assert f"({method})" in found.read[0]


PHASES = [
    pytest.param("latest", (0.3, 0.5, 0.9), "after the talk", id="final-over-what-was-said-during-the-talk"),
    pytest.param("final", (0.3, 0.5, 0.9), "after the talk", id="final"),
    pytest.param("prior", (0.1, 0.2, None), "before the talk", id="prior"),
]


@pytest.mark.parametrize(("phase", "target", "words"), PHASES)
def test_the_participants_numbers_are_of_one_moment(phase, target, words):
    events = (rated(10, 20, None, phase="prior"), rated(40, 50, 60, phase="round"), rated(30, None, 90))
    found = utilities([held("S1", appraised("Ash", 1, 2, 3), *events, size=1)], Reading(phase=phase))
    assert found.target == target
    assert words in found.read[1]


def test_without_ratings_at_the_end_those_before_it_are_read_and_that_is_said():
    found = utilities([held("S1", appraised("Ash", 1, 2, 3), rated(10, 20, 30, phase="prior"), size=1)])
    assert found.target == (0.1, 0.2, 0.3)
    assert "before the talk" in found.read[1]
    with pytest.raises(ValueError, match="rated no option after the talk"):
        utilities(
            [held("S1", appraised("Ash", 1, 2, 3), rated(10, 20, 30, phase="prior"), size=1)], Reading(phase="final")
        )


def test_every_missing_number_stands_among_the_holes_with_its_reason():
    events = (
        ev.AppraisalMade(
            agent="Ash",
            round=1,
            method="verbal",
            ratings=(
                ev.Rating(option="lisbon", value=50),
                ev.Rating(option="oslo", value=None, absence="not a number"),
            ),
        ),
        rated(60, 40, None),
    )
    found = utilities([held("S1", *events)], Reading(agents=("Ash", "Birch")))
    assert found.numbers == ((0.5, None), (None, None), (None, None))
    assert {(hole.row, hole.who): hole.reason for hole in found.holes} == {
        (0, "Birch"): "made no verbal appraisal that could be read",
        (1, "Ash"): "not a number",
        (1, "Birch"): "made no verbal appraisal that could be read",
        (2, "Ash"): "gave no number for it",
        (2, "Birch"): "made no verbal appraisal that could be read",
        (2, PARTICIPANT): "left out",
    }


def test_an_agent_that_gave_nothing_is_left_out_by_name_and_not_with_all_its_rows():
    found = utilities([held("S1", appraised("Ash", 1, 2, 3), rated(1, 2, 3))])
    assert found.agents == ("Ash",)
    assert found.left_out == (LeftOut(what="agent", name="Birch", reason="gave no number"),)
    assert as_table(found).n == 3


def test_what_is_incomplete_is_counted_by_the_table_with_the_same_reasons():
    found = utilities([held("S1", appraised("Ash", 1, None, 3), rated(1, 2, None), size=1)])
    table = as_table(found)
    assert table.n == 1
    assert {(one.who, one.reason, one.rows) for one in table.excluded} == {
        ("Ash", "left out", (1,)),
        (TARGET, "left out", (2,)),
    }


# -- states ------------------------------------------------------------------------------------------------------------


def in_states(*values):
    """Ratings of picnic and museum, first if it is sunny, then if it rains."""
    cells = [("picnic", "sun"), ("museum", "sun"), ("picnic", "rain"), ("museum", "rain")]
    return tuple(ev.Rating(option=o, state=s, value=v) for (o, s), v in zip(cells, values, strict=True))


def test_ratings_by_state_become_means_under_the_belief_where_agents_rate_options_alone():
    own = ev.RatingsGiven(phase="final", round=1, ratings=in_states(100, 50, 0, 50))
    belief = ev.BeliefsGiven(phase="round", round=1, probabilities=(0.4, 0.6))
    events = (appraised("Ash", 10, 20, decision=WEATHER), belief, own)
    found = utilities([held("S1", *events, size=1, decision=WEATHER)])
    assert found.target == pytest.approx((0.4, 0.5))
    assert "means under her belief" in found.read[1]


def test_where_both_sides_rate_by_state_every_option_in_every_state_is_an_instance():
    own = ev.RatingsGiven(phase="final", round=1, ratings=in_states(100, 50, 0, 50))
    made = ev.AppraisalMade(agent="Ash", round=1, method="verbal", ratings=in_states(90, 10, 20, 30))
    found = utilities([held("S1", made, own, size=1, decision=WEATHER)])
    assert [(i.option, i.state) for i in found.instances] == [
        ("picnic", "sun"),
        ("picnic", "rain"),
        ("museum", "sun"),
        ("museum", "rain"),
    ]
    assert found.instances[1].label == "Picnic, if It rains"
    assert found.target == (1.0, 0.0, 0.5, 0.5)
    assert found.numbers == ((0.9,), (0.2,), (0.1,), (0.3,))
    assert sorted(set(as_table(found).states)) == ["S1 rain", "S1 sun"]


# -- many sessions -----------------------------------------------------------------------------------------------------


def relabelled(size, labels):
    return tuple(replace(agent, label=label) for agent, label in zip(cast(size), labels, strict=True))


def test_across_sessions_the_same_agent_is_the_same_name_whatever_its_label_is():
    second = held(
        "S2",
        appraised("Zinnia", 11, 22, 33),
        appraised("Yew", 44, 55, 66),
        rated(7, 8, 9),
        agents=relabelled(2, ("Zinnia", "Yew")),
    )
    found = utilities([full("S1"), second])
    assert found.agents == ("agent-ash", "agent-birch")
    assert found.numbers[3:] == ((0.11, 0.44), (0.22, 0.55), (0.33, 0.66))
    assert found.instances[3].label == "Lisbon (Which city should I move to?)"
    table = as_table(found)
    assert list(table.groups) == ["S1"] * 3 + ["S2"] * 3
    assert len(set(table.states)) == 2, "an offset per state is one for every session"


def test_agents_who_did_not_sit_everywhere_are_left_out_and_named():
    third = held("S3", *(appraised(label, 1, 2, 3) for label in ("Ash", "Birch", "Cedar")), rated(1, 2, 3), size=3)
    found = utilities([full("S1"), third])
    assert found.agents == ("agent-ash", "agent-birch")
    assert found.left_out == (LeftOut(what="agent", name="agent-cedar", reason="sat in 1 of 2 sessions"),)


def test_naming_an_agent_leaves_out_the_sessions_without_it():
    third = held("S3", *(appraised(label, 1, 2, 3) for label in ("Ash", "Birch", "Cedar")), rated(1, 2, 3), size=3)
    found = utilities([full("S1"), third], Reading(agents=("agent-cedar",)))
    assert found.sessions == ("S3",)
    assert LeftOut(what="session", name="S1", reason="agent-cedar did not sit in it") in found.left_out


UNUSABLE = [
    pytest.param(
        held("X", appraised("Ash", 1, 2, 3), settings=Settings(participant=False)), "nobody took part", id="unattended"
    ),
    pytest.param(held("X", appraised("Ash", 1, 2, 3)), "the participant rated no option", id="not-rated"),
    pytest.param(held("X", rated(1, 2, 3)), "no verbal appraisals", id="not-appraised"),
    pytest.param(
        held("X", rated(1, 2, 3), claimed("Ash", 1, 2, 3)), "no verbal appraisals", id="claims-are-no-appraisals"
    ),
]


@pytest.mark.parametrize(("session", "reason"), UNUSABLE)
def test_a_session_that_cannot_be_used_is_named_with_the_reason(session, reason):
    found = utilities([full("S1"), session])
    assert found.sessions == ("S1",)
    assert found.left_out == (LeftOut(what="session", name="X", reason=reason),)


def test_sessions_made_from_each_other_are_one_group():
    fork = ev.SessionForked(parent="S1", at=4, prefix="d" * 64, version="0")
    again = ev.SessionRerun(parent="S2", prefix="d" * 64, version="0")
    second, third = full("S2"), full("S3")
    second = Held(id="S2", session=fold((fork,), second.session))
    third = Held(id="S3", session=fold((again,), third.session))
    found = utilities([full("S1"), second, third, full("S4", 5.0)])
    assert [instance.group for instance in found.instances[::3]] == ["S1", "S1", "S1", "S4"]
    assert "3 of 4 sessions repeat a decision" in " ".join(found.read)


def test_an_agent_for_whom_several_models_spoke_is_named():
    other = tuple(replace(agent, model="local/m") for agent in cast(2))
    found = utilities([full("S1"), full("S2", agents=other)])
    assert "Several models spoke for agent-ash, agent-birch." in found.read


ERRORS = [
    pytest.param([], Reading(), "none was given", id="no-session"),
    pytest.param([full("S1"), full("S1")], Reading(), "given twice", id="twice"),
    pytest.param([full("S1")], Reading(agents=("Cedar",)), "no agent 'Cedar'.*Ash, Birch", id="unknown-agent"),
    pytest.param([held("S1", rated(1, 2, 3))], Reading(), "S1: no verbal appraisals", id="nothing-usable"),
    pytest.param(
        [
            held("S1", appraised("Ash", 1, 2, 3), rated(1, 2, 3), agents=cast(3)[:1]),
            held("S2", appraised("Birch", 1, 2, 3), rated(1, 2, 3), agents=cast(3)[1:2]),
        ],
        Reading(),
        r"no agent sat in all sessions.*agent-ash \(1\), agent-birch \(1\)",
        id="nobody-in-common",
    ),
]


@pytest.mark.parametrize(("sessions", "reading", "match"), ERRORS)
def test_what_cannot_be_a_table_says_why(sessions, reading, match):
    with pytest.raises(ValueError, match=match):
        utilities(sessions, reading)


number = st.none() | st.integers(0, 100).map(float)


@given(st.lists(st.tuples(number, number, number), min_size=3, max_size=9))
def test_every_number_of_a_session_is_in_the_table_or_among_the_holes(rows):
    """Three rows a session: two agents and the participant."""
    sessions = []
    for index in range(len(rows) // 3):
        one, two, own = rows[3 * index : 3 * index + 3]
        sessions.append(held(f"S{index}", appraised("Ash", *one), appraised("Birch", *two), rated(*own)))
    try:
        found = utilities(
            sessions, Reading(agents=("agent-ash", "agent-birch") if len(sessions) > 1 else ("Ash", "Birch"))
        )
    except ValueError:
        return
    holes = {(hole.row, hole.who) for hole in found.holes}
    for row, (numbers, own) in enumerate(zip(found.numbers, found.target, strict=True)):
        for who, value in (*zip(found.agents, numbers, strict=True), (PARTICIPANT, own)):
            assert (value is None) == ((row, who) in holes)
    left = {one.name for one in found.left_out}
    assert {held_.id for held_ in sessions} == {*found.sessions} | left
    assert len(found.instances) == 3 * len(found.sessions)


# -- debates from elsewhere --------------------------------------------------------------------------------------------

QUIZ = Decision(
    question="Who did it?",
    options=(Option(id="a", label="The cook"), Option(id="b", label="The heir")),
    states=(
        State(id="a_right", label="Answer A is right", probability=0.5),
        State(id="b_right", label="Answer B is right", probability=0.5),
    ),
)


def debate(id_, *beliefs, imported=True, decision=QUIZ):
    sides = tuple(replace(agent, favours=side) for agent, side in zip(cast(2), decision.option_ids, strict=True))
    origin = ev.SessionImported(format="nyu", source="one.json", key="1", sha256="c" * 64)
    believed = (
        ev.BeliefsGiven(phase=phase, round=1, probabilities=chances)
        for phase, chances in zip(("prior", "final"), beliefs, strict=False)
    )
    start = opening(2, decision=decision, agents=sides)
    return Held(id=id_, session=fold((*start, *((origin,) if imported else ()), *believed)))


def test_an_imported_debate_is_read_from_sides_and_the_judges_belief_and_says_so():
    found = utilities([debate("D1", (0.5, 0.5), (0.8, 0.2))])
    assert found.numbers == ((1.0, 0.0), (0.0, 1.0))
    assert found.target == (0.8, 0.2)
    assert "nobody rated anything" in found.read[0]
    assert "beliefs after the talk that an answer is the right one" in found.read[1]


NOT_BELIEFS = [
    pytest.param(debate("D1", (0.5, 0.5), imported=False), id="a-session-of-this-program"),
    pytest.param(debate("D1", (0.7, 0.3), decision=WEATHER), id="states-that-are-no-answers"),
    pytest.param(debate("D1", ()), id="declined"),
]


@pytest.mark.parametrize("session", NOT_BELIEFS)
def test_a_belief_is_no_utility_anywhere_else(session):
    with pytest.raises(ValueError, match="rated no option"):
        utilities([session])


def test_real_debates_give_one_row_per_answer():
    from chatarena.exchange.importing import Source, read_source

    folder = data_folder("nyu_debates")
    read = []
    for path in sorted(folder.rglob("*.json"))[:12]:
        _, sessions = read_source(Source(path))
        read += [
            Held(id=f"{path.stem}-{i}", session=fold(entry.event for entry in one.entries))
            for i, one in enumerate(sessions)
        ]
    usable = []
    for one in read:
        try:
            usable.append(utilities([one]))
        except ValueError:
            assert not any(made.probabilities for made in one.session.beliefs) or not one.session.commitments
    assert usable, "none of these debates was judged"
    for found in usable:
        assert {value for row in found.numbers for value in row} <= {0.0, 1.0}
        assert sum(found.target) == pytest.approx(1)
        assert np.isfinite(as_table(found).utilities).all()
