"""How a session opens: what is refused, what is committed to, and what the public part of it gives away."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena.arena import decision as decisions
from chatarena.arena.agent import Sampling
from chatarena.arena.decision import Decision, EvidenceCard, Option, State
from chatarena.arena.opening import fingerprint, render
from chatarena.arena.protocol import Hearing, Protocol
from chatarena.arena.protocol import problems as protocol_problems
from chatarena.arena.session import fold
from chatarena.arena.settings import Settings
from tests.support.sessions import DECISION, cast, chain, opening


def options(*labels: str) -> tuple[Option, ...]:
    return tuple(Option(id=str(index), label=label) for index, label in enumerate(labels))


BAD_DECISIONS = [
    pytest.param(replace(DECISION, question="  "), "question is empty", id="empty-question"),
    pytest.param(replace(DECISION, question="x" * 1001), "1001 characters", id="long-question"),
    pytest.param(replace(DECISION, options=options("one")), "at least 2 options", id="one-option"),
    pytest.param(replace(DECISION, options=options(*map(str, range(13)))), "12 options at most", id="13-options"),
    pytest.param(replace(DECISION, options=options("Tea", " tea ")), "repeats the label", id="same-label"),
    pytest.param(replace(DECISION, options=options("Tea", "")), "has no label", id="empty-label"),
    pytest.param(replace(DECISION, options=options("Tea", "x" * 10_000)), "10000 characters", id="long-label"),
    pytest.param(
        replace(DECISION, options=(Option(id="a", label="A"), Option(id="a", label="B"))), "repeats the id", id="id"
    ),
    pytest.param(
        replace(DECISION, states=(State(id="s", label="S", probability=1.0),)), "2 to 12 states", id="one-state"
    ),
    pytest.param(
        replace(
            DECISION, states=(State(id="s", label="S", probability=0.5), State(id="t", label="T", probability=0.4))
        ),
        "sum to 0.9",
        id="priors",
    ),
]


@pytest.mark.parametrize(("decision", "words"), BAD_DECISIONS)
def test_a_bad_decision_is_refused_in_words(decision, words):
    assert any(words in problem for problem in decisions.problems(decision))
    with pytest.raises(ValueError, match=re.escape(words)):
        opening(2, decision=decision)


@pytest.mark.parametrize(
    ("protocol", "words"),
    [
        pytest.param(Protocol(rounds=0), "rounds must be", id="no-round"),
        pytest.param(Protocol(name="network"), "who hears whom", id="empty-network"),
        pytest.param(Protocol(hearing=chain(2)), "only a network", id="needless-network"),
        pytest.param(
            Protocol(name="network", hearing=(Hearing(agent="ghost", parents=()),)), "'ghost'", id="unknown-agent"
        ),
        pytest.param(
            Protocol(name="network", hearing=(Hearing(agent="agent-ash", parents=("agent-ash",)),)),
            "cannot hear itself",
            id="self",
        ),
    ],
)
def test_a_bad_protocol_is_refused_in_words(protocol, words):
    names = tuple(agent.name for agent in cast(2))
    assert any(words in problem for problem in protocol_problems(protocol, names))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"label": "Birch"}, "share the label", id="label"),
        pytest.param({"name": "agent-birch"}, "share the name", id="name"),
        pytest.param({"model": ""}, "has no model", id="model"),
        pytest.param({"favours": "paris"}, "not an option", id="favours"),
        pytest.param({"label": " "}, "has no label", id="no-label"),
    ],
)
def test_a_bad_cast_is_refused_in_words(changes, words):
    first, second = cast(2)
    with pytest.raises(ValueError, match=words):
        opening(agents=(replace(first, **changes), second))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        pytest.param(Settings(precision=-1), "precision", id="precision"),
        pytest.param(Settings(budget=0), "budget", id="budget"),
        pytest.param(Settings(budget=float("inf")), "budget", id="endless-budget"),
        pytest.param(Settings(token_budget=0), "token budget", id="tokens"),
        pytest.param(Settings(time_budget=0.0), "time budget", id="seconds"),
    ],
)
def test_bad_settings_are_refused_in_words(settings, words):
    with pytest.raises(ValueError, match=words):
        opening(2, settings=settings)


def test_the_header_gives_nobody_away():
    secret = replace(DECISION, evidence=(EvidenceCard(agent="agent-ash", text="SECRET-card"),))
    head, *_ = opening(3, decision=secret)
    assert "SECRET" not in repr(head)
    assert "agent-ash" not in repr(head)


def test_a_commitment_is_the_whole_prompt_and_any_change_changes_its_fingerprint():
    session = fold(opening(2))
    made = session.commitment("Ash")
    assert made.fingerprint == session.head.faces[0].fingerprint == fingerprint(made.agent, made.rule)
    assert "SECRET-Ash-objective" in made.part("appraisal")
    assert DECISION.question in made.part("decision")
    first, second = cast(2)
    others = [
        replace(first, objective="You want something else."),
        replace(first, persona="other"),
        replace(first, model="scripted/other"),
        replace(first, sampling=Sampling(temperature=0.1)),
        replace(first, evidence=("other",)),
    ]
    prints = {fold(opening(agents=(agent, second))).head.faces[0].fingerprint for agent in others}
    assert len(prints) == len(others)
    assert made.fingerprint not in prints


def test_the_same_opening_commits_to_the_same():
    assert opening(3) == opening(3)


def test_an_unknown_placeholder_is_an_error():
    with pytest.raises(ValueError, match=r"unknown placeholder \{nobody\}"):
        render("Hello {nobody}", {"label": "Ash"})


@given(st.text())
def test_values_are_never_read_as_templates(text):
    shown = render("<{a}>{b}", {"a": text, "b": "B"})
    assert shown == f"<{text.translate(str.maketrans('⟦⟧', '[]'))}>B".strip()


def test_unknown_names_are_value_errors():
    session = fold(opening(2))
    with pytest.raises(ValueError, match="no option 'paris'"):
        session.head.decision.option("paris")
    with pytest.raises(ValueError, match="no agent 'Zelkova'"):
        session.commitment("Zelkova")
    with pytest.raises(ValueError, match="has not been opened"):
        _ = fold(()).head


def test_a_decision_of_only_the_needed_parts_is_fine():
    plain = Decision(question="Tea?", options=options("yes", "no"))
    assert decisions.problems(plain) == ()


def test_a_line_whose_only_placeholder_is_empty_vanishes():
    assert render("first\n{a}\n{b}\nlast", {"a": "", "b": "B"}) == "first\nB\nlast"
    assert render("first\n{a}\nlast {a}.", {"a": ""}) == "first\nlast ."
