"""Seats, networks, estimates and the decision in a form: the pure parts of composing, as tables and laws."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena.arena.decision import problems
from chatarena.arena.protocol import Hearing, topological_levels
from chatarena.arena.protocol import Protocol as Rules
from chatarena.authoring.decisions import Terms
from chatarena.tui import outlook
from chatarena.tui.form import Form, drawn_protocol, form_of, loaded, read
from chatarena.tui.form_decision import states_note
from chatarena.tui.hearing import SHAPES, Shape, circle, faults, kept, shaped, toggled
from chatarena.tui.outlook import Outlook
from chatarena.tui.ports import Example, FieldProblem
from chatarena.tui.screens.compose_parts import network_note
from chatarena.tui.seats import (
    AgentChoice,
    SeatChoice,
    added,
    labels_of,
    moved,
    removed,
    same_people,
    with_model,
)
from tests.support.sessions import DECISION, WEATHER

AGENTS = {"a": AgentChoice(name="a", label="Ash"), "b": AgentChoice(name="b", label="Birch")}
SEATS = (SeatChoice(agent="a"), SeatChoice(agent="b"), SeatChoice(agent="a"))
LABELS = ("Ash", "Birch", "Cedar", "Elder")
tables = st.lists(st.sampled_from(["a", "b"]), max_size=8).map(lambda names: tuple(SeatChoice(agent=n) for n in names))


def test_the_second_seat_of_an_agent_speaks_under_a_name_of_its_own() -> None:
    labels = labels_of(SEATS, AGENTS)
    assert labels[:2] == ("Ash", "Birch") and len(set(labels)) == 3


@given(tables, st.integers(-2, 9), st.sampled_from([-1, 1]))
def test_a_seat_moved_there_and_back_is_where_it_was(seats: tuple[SeatChoice, ...], place: int, step: int) -> None:
    there = moved(seats, place, step)
    assert sorted(seat.agent for seat in there) == sorted(seat.agent for seat in seats)
    if there != seats:
        assert moved(there, place + step, -step) == seats


@given(tables, st.integers(0, 8))
def test_models_do_not_make_other_people(seats: tuple[SeatChoice, ...], place: int) -> None:
    assert same_people(with_model(seats, place, "some/model"), seats)
    assert removed(added(seats, "b"), len(seats)) == seats


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_names_only_those_at_the_table_and_only_a_ring_and_everybody_go_round(shape: Shape) -> None:
    network = shaped(shape, LABELS)
    assert circle(network, LABELS) == (shape in ("ring", "everybody"))
    assert bool(faults(network, LABELS)) == (shape == "nobody")


edges = st.sets(st.tuples(st.sampled_from(LABELS), st.sampled_from(LABELS)))


@given(edges)
def test_toggling_every_edge_once_builds_the_network_and_twice_takes_it_down(wanted: set[tuple[str, str]]) -> None:
    pairs = {(listener, speaker) for listener, speaker in wanted if listener != speaker}
    network: tuple[Hearing, ...] = ()
    for listener, speaker in sorted(pairs):
        network = toggled(network, LABELS, listener, speaker)
    assert {(item.agent, name) for item in network for name in item.parents} == pairs
    assert circle(network, LABELS) == (not topological_levels(Rules(name="network", hearing=network), LABELS))
    for listener, speaker in sorted(pairs):
        network = toggled(network, LABELS, listener, speaker)
    assert network == ()


def test_whoever_left_the_table_is_neither_heard_nor_hears() -> None:
    assert kept(shaped("chain", LABELS), ("Ash", "Cedar", "Elder")) == (Hearing(agent="Elder", parents=("Cedar",)),)


# -- the decision in a form --------------------------------------------------------------------------------------------


def form(**changes: object) -> Form:
    base = Form(question="Which?", options=(("A", "", ""), ("B", "", "")), cast="three", model="m")
    return Form(**{**{name: getattr(base, name) for name in Form.__dataclass_fields__}, **changes})  # type: ignore[arg-type]


def said(found: tuple[FieldProblem, ...]) -> list[tuple[str, str]]:
    return [(problem.field, problem.text) for problem in found]


@pytest.mark.parametrize(
    ("rows", "field", "says"),
    [
        pytest.param((("sun", "70"), ("rain", "20")), "states", "come to 90 in 100: 10 are missing", id="too little"),
        pytest.param((("sun", "70"), ("rain", "70")), "states", "40 are too many", id="too much"),
        pytest.param((("sun", "100"),), "states", "add another", id="alone"),
        pytest.param((("sun", ""), ("rain", "20")), "states", "how likely is 'sun'", id="no chance"),
        pytest.param((("", "30"), ("rain", "70")), "states", "has no name", id="no name"),
        pytest.param((("sun", "lots"), ("rain", "70")), "states", "'lots' is not 0 to 100", id="no number"),
        pytest.param((("sun", "nan"), ("rain", "70")), "states", "'nan' is not 0 to 100", id="not a number"),
    ],
)
def test_what_is_wrong_with_the_states_is_told_once(rows: tuple[tuple[str, str], ...], field: str, says: str) -> None:
    plan, found = read(form(states=rows))
    assert [name for name, _ in said(found)] == [field] and says in found[0].text
    assert plan.decision.states == (), "and left out meanwhile, so that nobody else complains"


@pytest.mark.parametrize(
    ("rows", "shares"),
    [
        pytest.param((("sun", "70"), ("rain", "30%")), (0.7, 0.3), id="per cent"),
        pytest.param((("a", "33.3"), ("b", "33.3"), ("c", "33.3")), (1 / 3, 1 / 3, 1 / 3), id="thirds"),
        pytest.param((("sun", "100"), ("rain", "0"), ("", "")), (1.0, 0.0), id="impossible"),
    ],
)
def test_chances_are_made_to_sum_to_one(rows: tuple[tuple[str, str], ...], shares: tuple[float, ...]) -> None:
    plan, found = read(form(states=rows))
    assert found == () and problems(plan.decision) == ()
    assert tuple(state.probability for state in plan.decision.states) == pytest.approx(shares)


def test_states_that_were_not_touched_stay_exactly_as_they_were() -> None:
    plan, _ = read(form_of(Example(title="", decision=WEATHER), cast="three", model="m"))
    assert plan.decision == WEATHER


@pytest.mark.parametrize(
    ("rows", "note"),
    [
        ((), "Optional."),
        ((("sun", "60"), ("rain", "")), "So far 60 of 100; 40 to give."),
        ((("sun", "60"), ("rain", "40")), "Together 100."),
        ((("a", "33.3"), ("b", "66.6")), "taken in proportion"),
        ((("sun", "60"), ("rain", "60")), "20 are too many"),
    ],
)
def test_the_sum_is_told_while_it_is_typed(rows: tuple[tuple[str, str], ...], note: str) -> None:
    assert note in states_note(rows)


@pytest.mark.parametrize(
    ("worths", "prior", "says"),
    [
        (("", ""), (), ""),
        (("70", "0"), (70.0, 0.0), ""),
        (("70", ""), (), "rate every option or none: B has no number yet"),
        (("70", "101"), (), "'101' is not a rating"),
        (("x", "3"), (), "'x' is not a rating"),
    ],
)
def test_first_ratings_are_all_or_none(worths: tuple[str, str], prior: tuple[float, ...], says: str) -> None:
    rows = tuple((label, "", worth) for label, worth in zip("AB", worths, strict=True))
    plan, found = read(form(options=rows))
    assert plan.prior == prior
    assert bool(found) == bool(says) and all(says in problem.text for problem in found)


@pytest.mark.parametrize(
    ("rows", "cards", "says"),
    [
        ((("told", "ash"),), [("Ash", "told")], ""),
        ((("told", ""),), [("", "told")], ""),
        ((("told", "Nobody"),), [], "nobody here is called 'Nobody'"),
        ((("", "Ash"),), [], "what is Ash told?"),
    ],
)
def test_evidence_goes_to_those_at_the_table(
    rows: tuple[tuple[str, str], ...], cards: list[tuple[str, str]], says: str
) -> None:
    plan, found = read(form(evidence=rows), LABELS)
    assert [(card.agent, card.text) for card in plan.decision.evidence] == cards
    assert bool(found) == bool(says) and all(says in problem.text for problem in found)


def test_a_network_nobody_laid_out_is_a_chain_and_one_in_which_nobody_hears_is_a_problem() -> None:
    plan, found = read(form(protocol="network"), LABELS)
    assert found == () and plan.protocol.hearing == shaped("chain", LABELS)
    _, found = read(form(protocol="network", hearing=()), LABELS)
    assert said(found) == [("network", "a network protocol must say who hears whom")]


@pytest.mark.parametrize(("rounds", "drawn"), [("3", 3), ("", 2), ("x", 2), ("0", 1), ("9999", 2), ("999", 50)])
def test_the_picture_is_drawn_from_whatever_can_be_read(rounds: str, drawn: int) -> None:
    assert drawn_protocol(form(rounds=rounds), LABELS).rounds == drawn


def test_an_example_that_is_opened_replaces_the_decision_and_keeps_the_limits() -> None:
    now = form(budget="2", seats=SEATS, states=(("x", "1"),), evidence=(("e", ""),))
    after = loaded(now, Example(title="", decision=DECISION, cast="other", protocol="rebuttal", rounds=3))
    assert (after.question, after.budget, after.protocol, after.rounds) == (DECISION.question, "2", "rebuttal", "3")
    assert (after.cast, after.seats, after.states, after.evidence) == ("other", (), (), None)


def test_what_a_file_says_of_the_session_is_put_into_the_form_and_the_rest_stays() -> None:
    hearing = (Hearing(agent=LABELS[1], parents=(LABELS[0],)),)
    terms = Terms(model="m/2", precision=4.5, appraise="both", budget=0.25, time_budget=90, claims=False)
    example = Example(
        title="",
        decision=DECISION,
        seats=SEATS,
        protocol="network",
        hearing=hearing,
        output=(LABELS[0], "gone"),
        ratings=(60.0, 0.1, 0.0),
        terms=terms,
    )
    after = loaded(form(budget="2", seed="7", source="own"), example)
    assert [row[2] for row in after.options] == ["60", "0.1", "0"]
    assert (after.cast, after.seats, after.hearing) == ("", SEATS, hearing)
    assert (after.model, after.precision, after.appraise, after.budget) == ("m/2", "4.5", "both", "0.25")
    assert read(after, LABELS)[0].protocol.output == (LABELS[0],), "whoever has no seat is at no end"
    assert f"those of {LABELS[0]}, gone." in network_note(after, circling=False)
    assert read(replace(after, protocol="rebuttal"), LABELS)[0].protocol.output == ()
    assert (after.time_budget, after.claims, after.seed, after.source) == ("90", "none", "7", "own")
    assert not read(after, LABELS)[0].protocol.claims and read(form(), LABELS)[0].protocol.claims


# -- the estimate ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        pytest.param({"dollars": None}, "price unknown", id="unknown is not 0"),
        pytest.param({"dollars": None, "free": True}, "free", id="on this machine"),
        pytest.param({"dollars": 0.0}, "free", id="nothing is charged"),
        pytest.param({"dollars": 1.239}, "at most $1.24", id="dollars"),
        pytest.param({"dollars": 0.0123}, "at most $0.0123", id="cents"),
        pytest.param({"dollars": 0.0000001}, "at most $0.0001", id="never rounded to nothing"),
        pytest.param({"seconds": None}, "minutes unknown", id="no pace"),
        pytest.param({"seconds": 12.0}, "about 10 s", id="seconds"),
        pytest.param({"seconds": 200.0}, "about 3 min", id="minutes"),
    ],
)
def test_the_estimate_in_words(changes: dict[str, object], says: str) -> None:
    made = Outlook(**{"calls": 9, "tokens": 12_000, "dollars": 0.5, "seconds": 60.0, **changes})  # type: ignore[arg-type]
    assert says in outlook.brief(made)
    lines = outlook.variants(made)
    assert [len(line) for line in lines] == sorted((len(line) for line in lines), reverse=True)
    assert outlook.fitting(made, len(lines[-1]), len) == lines[-1]
