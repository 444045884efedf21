"""From a cast to agents: unique faces, sellers who know their option, evidence in the right hands."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena.arena.agent import Agent
from chatarena.arena.decision import Decision, EvidenceCard, Option
from chatarena.arena.protocol import MAX_AGENTS
from chatarena.authoring.agents import AgentFile
from chatarena.authoring.casts import Cast, Seat, load_cast, parse_cast
from chatarena.authoring.seats import SPARE_LABELS, seat_cast
from chatarena.errors import AuthoringError

DECISION = Decision(
    question="Which?",
    options=(Option(id="x", label="Tea {favoured}"), Option(id="y", label="Coffee"), Option(id="z", label="Milk")),
)
AGENTS = {
    "calm": AgentFile(agent=Agent(name="calm", label="Oak", objective="You like calm.")),
    "loud": AgentFile(agent=Agent(name="loud", label="oak", objective="You like noise.")),
    "seller": AgentFile(
        agent=Agent(name="seller", label="Elm", objective="You sell {favoured}.", persona="Try {favoured}!"),
        assigned=True,
    ),
    "seller-2": AgentFile(agent=Agent(name="seller-2", label="Fir", objective="You like numbers.")),
}


def never(ids: Sequence[str]) -> str:
    raise AssertionError(f"asked to draw from {ids}")


def cast(*seats: str | tuple[str, int | str]) -> Cast:
    made = [Seat(agent=seat) if isinstance(seat, str) else Seat(agent=seat[0], favours=seat[1]) for seat in seats]
    return Cast(name="test", description="", seats=tuple(made))


def with_evidence(*cards: tuple[str, str]) -> Decision:
    return Decision(
        question=DECISION.question,
        options=DECISION.options,
        evidence=tuple(EvidenceCard(agent=agent, text=text) for agent, text in cards),
    )


@pytest.mark.parametrize(
    ("favours", "option"),
    [(1, "x"), (3, "z"), (4, "x"), (12, "z"), ("y", "y")],
    ids=["first", "last", "counts round", "counts round twice", "by id"],
)
def test_a_seller_knows_its_option(favours: int | str, option: str) -> None:
    (seller,) = seat_cast(cast(("seller", favours)), DECISION, AGENTS, never)
    label = DECISION.option(option).label
    assert (seller.favours, seller.objective, seller.persona) == (option, f"You sell {label}.", f"Try {label}!")


def test_open_seats_are_drawn_in_order_and_only_they() -> None:
    asked: list[tuple[str, ...]] = []
    answers = iter(["z", "x"])

    def choose(ids: Sequence[str]) -> str:
        asked.append(tuple(ids))
        return next(answers)

    seated = seat_cast(cast("seller", ("seller", 2), "calm", "seller"), DECISION, AGENTS, choose)
    assert [agent.favours for agent in seated] == ["z", "y", "", "x"]
    assert asked == [("x", "y", "z")] * 2


def test_a_draw_that_is_no_option_is_refused() -> None:
    with pytest.raises(ValueError, match="'q', which is none of the option ids x, y, z"):
        seat_cast(cast("seller"), DECISION, AGENTS, lambda ids: "q")


def test_repeated_agents_get_names_and_labels_of_their_own() -> None:
    seated = seat_cast(cast(("seller", 1), ("seller", 2), "seller-2", "calm", "loud", "calm"), DECISION, AGENTS, never)
    # "seller-2" is an agent of this cast, so the second seller is the third of that name.
    assert [agent.name for agent in seated] == ["seller", "seller-3", "seller-2", "calm", "loud", "calm-2"]
    assert [agent.label for agent in seated] == ["Elm", SPARE_LABELS[0], "Fir", "Oak", SPARE_LABELS[1], SPARE_LABELS[2]]


def test_a_spare_label_is_never_somebodys_own() -> None:
    first = AgentFile(agent=Agent(name="first", label=SPARE_LABELS[0].upper(), objective="You like to be first."))
    seated = seat_cast(cast("calm", "calm", "first"), DECISION, {**AGENTS, "first": first}, never)
    assert [agent.label for agent in seated] == ["Oak", SPARE_LABELS[1], SPARE_LABELS[0].upper()]


@given(st.lists(st.sampled_from(sorted(AGENTS)), min_size=1, max_size=MAX_AGENTS), st.integers(0, 9))
def test_names_and_labels_are_unique(names: list[str], seed: int) -> None:
    seated = seat_cast(cast(*names), DECISION, AGENTS, random.Random(seed).choice)
    assert len({agent.name for agent in seated}) == len({agent.label.casefold() for agent in seated}) == len(names)
    assert [agent.label for agent in seated] == [
        agent.label for agent in seat_cast(cast(*names), DECISION, AGENTS, random.Random(seed + 1).choice)
    ]
    assert all("{favoured}" not in agent.objective.replace("Tea {favoured}", "") for agent in seated)


@given(st.lists(st.sampled_from(["", "calm", "seller-2"]), max_size=12))
def test_every_card_has_exactly_one_holder(owners: list[str]) -> None:
    decision = with_evidence(*((owner, f"card {number}") for number, owner in enumerate(owners)))
    seated = seat_cast(cast("calm", "loud", "seller-2"), decision, AGENTS, never)
    held = {agent.name: agent.evidence for agent in seated}
    assert sorted(card for cards in held.values() for card in cards) == sorted(card.text for card in decision.evidence)
    for owner in ("calm", "seller-2"):
        own = [card.text for card in decision.evidence if card.agent == owner]
        assert [card for card in held[owner] if card in own] == own
    dealt = [card.text for card in decision.evidence if not card.agent]
    assert [card for card in held["loud"] if card in dealt] == dealt[1::3]


@pytest.mark.parametrize(
    ("made", "decision", "says", "remedy"),
    [
        pytest.param(cast("clam"), DECISION, "names the agent 'clam'", "did you mean 'calm'?", id="agent"),
        pytest.param(cast(("calm", 1)), DECISION, "pays 'calm' for an option", "favours: assigned", id="not a seller"),
        pytest.param(cast(("seller", "q")), DECISION, "the option 'q'", "there are: x, y, z", id="option"),
        pytest.param(cast("calm"), with_evidence(("clam", "c")), "evidence to 'clam'", "mean 'calm'?", id="owner"),
        pytest.param(
            cast("calm"), with_evidence(("loud", "c")), "not in the cast 'test'", "calm", id="owner elsewhere"
        ),
    ],
)
def test_refused(made: Cast, decision: Decision, says: str, remedy: str) -> None:
    with pytest.raises(AuthoringError) as caught:
        seat_cast(made, decision, AGENTS, never)
    assert says in caught.value.message and remedy in caught.value.remedy


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        pytest.param("name: x\ndescription: d\nagents: []\n", 3, "has 0 entries", id="nobody"),
        pytest.param("name: x\nagents: [calm]\n", 1, "'description' is missing", id="no description"),
        pytest.param("name: x\ndescription: d\nagents: calm\n", 3, "must be a list, not 'calm'", id="no list"),
        pytest.param("name: x\ndescription: d\nagents:\n- {agent: calm, favour: 1}\n", 4, "'favour'", id="typo"),
        pytest.param("name: x\ndescription: d\nagents:\n- {agent: calm, favours: 0}\n", 4, "not '0'", id="position 0"),
        pytest.param("name: x\ndescription: d\nagents:\n- {agent: calm, favours: 13}\n", 4, "not '13'", id="13"),
        pytest.param("name: x\ndescription: d\nagents:\n- {agent: calm, favours: [1]}\n", 4, "or id, not", id="list"),
        pytest.param(f"name: x\ndescription: d\nagents: [{'calm, ' * 101}]\n", 3, "100 at most", id="crowd"),
    ],
)
def test_faulty_casts(text: str, line: int, says: str) -> None:
    with pytest.raises(AuthoringError) as caught:
        parse_cast(text, file="x.yaml")
    assert caught.value.message.startswith(f"x.yaml:{line}: ") and says in caught.value.message


def test_a_cast_is_read_whole() -> None:
    read = parse_cast(
        "name: x\ndescription: d\nagents:\n- calm\n- {agent: seller, favours: 2}\n- {agent: seller, favours: y}\n"
    )
    assert read == Cast(
        name="x",
        description="d",
        seats=(Seat(agent="calm"), Seat(agent="seller", favours=2), Seat(agent="seller", favours="y")),
    )


def test_own_casts_replace_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "casts").mkdir()
    (tmp_path / "casts" / "diverse.yml").write_text("name: diverse\ndescription: mine\nagents: [aligned]\n")
    (tmp_path / "casts" / "other.yaml").write_text("name: another\ndescription: mine\nagents: [aligned]\n")
    assert load_cast("diverse", [tmp_path]).description == "mine"
    with pytest.raises(AuthoringError, match=r"called 'another' and its file 'other\.yaml'"):
        load_cast("other", [tmp_path])
    with pytest.raises(AuthoringError, match="did you mean 'market'"):
        load_cast("markt")
