"""What ships: agents that differ and keep their masks on, casts that cover the cases, decisions of every kind."""

from __future__ import annotations

import random
import unicodedata
from itertools import combinations

import pytest

from chatarena.arena import decision as decisions
from chatarena.arena import protocol as protocols
from chatarena.arena.protocol import Protocol
from chatarena.authoring.agents import load_agents
from chatarena.authoring.casts import load_casts
from chatarena.authoring.decisions import decision_to_yaml, load_example, parse_decision
from chatarena.authoring.lint import check_agent, check_set, objective_overlap
from chatarena.authoring.places import prompt_files
from chatarena.authoring.seats import SPARE_LABELS, seat_cast
from chatarena.authoring.tags import KINDS, TAGS
from chatarena.authoring.text import clean

AGENTS = load_agents()
CASTS = load_casts()
EXAMPLES = {name: load_example(name) for name in prompt_files("decisions")}


def test_there_are_enough_of_each() -> None:
    assert len(AGENTS) >= 18
    assert len(EXAMPLES) >= 8
    assert {"diverse", "diverse-large", "opposed-pair", "shared-bias", "monopoly", "market", "aligned-control"} <= set(
        CASTS
    )


@pytest.mark.parametrize("name", AGENTS)
def test_no_agent_gives_itself_away(name: str) -> None:
    assert check_agent(AGENTS[name]) == ()
    agent = AGENTS[name].agent
    assert 60 <= len(agent.persona.split()) <= 120
    assert len(agent.objective.split()) <= 32
    assert agent.goal
    assert set(agent.tags) & set(KINDS)


def test_agents_can_be_told_apart_and_want_different_things() -> None:
    assert check_set(AGENTS) == ()
    for one, other in combinations(AGENTS.values(), 2):
        assert objective_overlap(one.agent.objective, other.agent.objective) <= 0.26


def test_personas_are_not_variations_of_one_text() -> None:
    def phrases(text: str) -> set[tuple[str, ...]]:
        words = text.casefold().split()
        return set(zip(*(words[start:] for start in range(6)), strict=False))

    for one, other in combinations(AGENTS.values(), 2):
        assert not phrases(one.agent.persona) & phrases(other.agent.persona)


def test_exactly_the_control_is_aligned_and_some_sell() -> None:
    assert [name for name, written in AGENTS.items() if written.agent.aligned] == ["aligned"]
    assert [name for name, written in AGENTS.items() if "aligned" in written.agent.tags] == ["aligned"]
    sellers = {name for name, written in AGENTS.items() if written.assigned}
    assert sellers and sellers == {name for name, written in AGENTS.items() if "paid" in written.agent.tags}


def test_spare_labels_are_nobodys() -> None:
    labels = {written.agent.label for written in AGENTS.values()}
    assert not labels & set(SPARE_LABELS)
    assert len(set(SPARE_LABELS)) == len(SPARE_LABELS) >= 40


def test_every_tag_is_documented_and_every_kind_occurs() -> None:
    used = {tag for written in AGENTS.values() for tag in written.agent.tags}
    assert used <= set(TAGS)
    assert set(KINDS) <= used


@pytest.mark.parametrize("name", CASTS)
def test_every_cast_can_face_every_example_without_evidence(name: str) -> None:
    for example in EXAMPLES.values():
        if any(card.agent for card in example.decision.evidence):
            continue
        seated = seat_cast(CASTS[name], example.decision, AGENTS, random.Random(7).choice)
        assert protocols.problems(Protocol(), tuple(agent.name for agent in seated)) == ()
        assert all(agent.favours in ("", *example.decision.option_ids) for agent in seated)
        assert not any("{favoured}" in agent.objective + agent.persona for agent in seated)


@pytest.mark.parametrize(
    ("name", "size"),
    [("diverse", 4), ("diverse-large", 8), ("opposed-pair", 2), ("monopoly", 1), ("aligned-control", 1)],
)
def test_sizes_of_casts(name: str, size: int) -> None:
    assert len(CASTS[name].seats) == size


def test_a_market_pays_for_different_options() -> None:
    seated = seat_cast(CASTS["market"], EXAMPLES["heating"].decision, AGENTS, random.Random(7).choice)
    assert len(seated) >= 3
    assert len({agent.favours for agent in seated}) == len(seated)
    assert len({agent.objective for agent in seated}) == len(seated)


def test_descriptions_of_casts_hide_whom_they_hold() -> None:
    for cast in CASTS.values():
        hidden = {seat.agent for seat in cast.seats} - {"seller", "aligned"}
        assert not [name for name in hidden if name in cast.description]


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_suits_its_own_suggestions(name: str) -> None:
    example = EXAMPLES[name]
    assert decisions.problems(example.decision) == ()
    seated = seat_cast(CASTS[example.cast], example.decision, AGENTS, random.Random(7).choice)
    assert example.protocol is not None and example.rounds is not None
    protocol = Protocol(name=example.protocol, rounds=example.rounds)
    assert protocols.problems(protocol, tuple(agent.name for agent in seated)) == ()
    texts = (example.decision.question, example.decision.context, *(card.text for card in example.decision.evidence))
    assert all(clean(text) == text for text in texts)
    # A shared brief of this size leaves room for the talk in the small embedded model's 2,048 tokens.
    assert len(example.decision.context) < 800


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_written_and_read_again(name: str) -> None:
    example = EXAMPLES[name]
    text = decision_to_yaml(example)
    read = parse_decision(text, file=example.file)
    assert read == example


def test_examples_cover_the_kinds_of_decision() -> None:
    every = [example.decision for example in EXAMPLES.values()]
    letters = {
        name: {unicodedata.name(character).split()[0] for character in example.decision.question if character.isalpha()}
        for name, example in EXAMPLES.items()
    }
    assert {2, 3, 4, 5} <= {len(decision.options) for decision in every}
    assert any(decision.states for decision in every)
    assert any(card.agent for decision in every for card in decision.evidence)
    assert any(not card.agent for decision in every for card in decision.evidence)
    assert any({"CJK", "HIRAGANA"} & found for found in letters.values())
    assert any({"ARABIC", "HEBREW"} & found for found in letters.values())
    assert {example.cast for example in EXAMPLES.values()} >= {
        "diverse",
        "market",
        "opposed-pair",
        "shared-bias",
        "policy",
    }
