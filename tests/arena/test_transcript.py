"""What reaches an agent's prompt: nothing private of anybody else, whatever the protocol."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatarena.arena import events as ev
from chatarena.arena import moves as mv
from chatarena.arena.protocol import PROTOCOL_NAMES, Protocol
from chatarena.arena.session import evolve, fold
from chatarena.arena.settings import Settings
from chatarena.arena.transcript import PARTICIPANT_NAME, dialogue, heard, prompt
from tests.support.sessions import chain, opening, play, ring

BOTH = Settings(appraise=("verbal", "logprob"))


def with_whispers(events):
    """A playthrough in which the participant whispers to every agent after each round."""
    session = None
    told: list[ev.Event] = []
    for _, move, event in play(events):
        told.append(event)
        session = fold(told)
        if isinstance(move, mv.Ask) and move.what == "floor":
            for label in session.labels:
                whisper = ev.ParticipantSpoke(text=f"WHISPER-{label}", round=move.round, to=label)
                told.insert(-1, whisper)
    return told


def prompts(told):
    """Every prompt that a session needs: (label, text)."""
    session = fold(told)
    found = []
    for turn in session.turns:
        prefix = fold(told[: told.index(turn)])
        known = fold(told)
        for purpose, state in (("turn", prefix), ("claim", known), ("appraisal", known)):
            parts, _ = prompt(state, turn.agent, turn.round, purpose)
            found.append((turn.agent, "\n".join(part.text for part in parts)))
        for option in session.head.decision.option_ids:
            parts, _ = prompt(known, turn.agent, turn.round, "yes_no", option=option)
            found.append((turn.agent, "\n".join(part.text for part in parts)))
    return found


@st.composite
def protocols(draw: st.DrawFn) -> Protocol:
    name = draw(st.sampled_from(PROTOCOL_NAMES))
    hearing = draw(st.sampled_from([ring(4), chain(4)])) if name == "network" else ()
    return Protocol(name=name, rounds=draw(st.integers(1, 3)), hearing=hearing)


@given(protocols(), st.integers(0, 20))
@settings(max_examples=40, deadline=None)
def test_no_private_text_reaches_another_agent(protocol, seed):
    told = with_whispers(opening(4, protocol=protocol, settings=BOTH, seed=seed))
    for label, text in prompts(told):
        owners = set(re.findall(r"SECRET-(\w+)-(?:objective|persona|evidence)", text))
        assert owners <= {label}, f"{label} was told what only {owners - {label}} may know"
        assert not re.findall(r"SECRET-\w+-appraisal", text), "an appraisal reached a prompt"
        assert set(re.findall(r"WHISPER-(\w+)", text)) <= {label}
        for other in {"Ash", "Birch", "Cedar", "Damson"} - {label}:
            assert f"agent-{other.lower()}" not in text, "a file name gives an objective away"


def test_the_leak_test_would_see_a_leak():
    told = with_whispers(opening(4, settings=BOTH))
    own = [text for label, text in prompts(told) if label == "Ash"]
    assert any("SECRET-Ash-objective" in text for text in own)
    assert any("WHISPER-Ash" in text for text in own)


@given(protocols(), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_prompts_do_not_depend_on_the_order_of_arrival(protocol, rng):
    events = opening(4, protocol=protocol)

    def spoken(choose):
        return {
            (move.agent, move.round): prompt(session, move.agent, move.round, "turn")
            for session, move, _ in play(events, choose)
            if isinstance(move, mv.Speak)
        }

    assert spoken(lambda moves: moves[0]) == spoken(rng.choice)


def listening(protocol, listener, round_, size=3):
    """(speaker, round) pairs that `listener` has heard when it speaks in `round_`."""
    for session, move, _ in play(opening(size, protocol=protocol)):
        if isinstance(move, mv.Speak) and move.agent == listener and move.round == round_:
            return {(item.speaker, item.round) for item in heard(session, listener, round_)}
    raise AssertionError("never spoke")


@pytest.mark.parametrize(
    ("protocol", "listener", "round_", "expected"),
    [
        pytest.param(Protocol(shuffle=False), "Cedar", 1, set(), id="simultaneous-first"),
        pytest.param(
            Protocol(shuffle=False), "Birch", 2, {("Ash", 1), ("Birch", 1), ("Cedar", 1)}, id="simultaneous-second"
        ),
        pytest.param(
            Protocol(name="round_robin", shuffle=False), "Cedar", 1, {("Ash", 1), ("Birch", 1)}, id="round-robin"
        ),
        pytest.param(
            Protocol(name="rebuttal", rounds=3, shuffle=False),
            "Ash",
            3,
            {("Birch", 2), ("Cedar", 2), ("Ash", 1), ("Ash", 2)},
            id="rebuttal-hears-last-turns-only",
        ),
        pytest.param(
            Protocol(name="one_on_one", shuffle=False), "Birch", 4, {("Birch", 3)}, id="one-on-one-hears-itself"
        ),
        pytest.param(Protocol(name="network", hearing=chain(3)), "Cedar", 1, {("Birch", 1)}, id="chain-same-round"),
        pytest.param(
            Protocol(name="network", hearing=ring(3)), "Ash", 2, {("Cedar", 1), ("Ash", 1)}, id="ring-last-round"
        ),
    ],
)
def test_who_hears_whom(protocol, listener, round_, expected):
    assert listening(protocol, listener, round_) == expected


def test_what_the_participant_says_is_heard_from_the_next_round_on():
    told = list(opening(2))
    spoken_at = None
    for session, move, _event in play(opening(2)):
        if isinstance(move, mv.Ask) and move.what == "floor":
            spoken_at = session
            break
    assert spoken_at is not None
    session = evolve(spoken_at, ev.ParticipantSpoke(text="What about rent?", round=1))
    assert not any(item.speaker == PARTICIPANT_NAME for item in heard(session, "Ash", 1))
    assert any(item.text == "What about rent?" for item in heard(session, "Ash", 2))
    assert told


def test_simultaneous_agents_share_all_but_the_last_part():
    told = [event for _, _, event in play(opening(3, protocol=Protocol(rounds=2)))]
    session = fold(told)
    parts = {label: prompt(session, label, 2, "turn") for label in session.labels}
    shared = {tuple(made[:count]) for made, count in parts.values()}
    assert len(shared) == 1
    assert {len(made) - count for made, count in parts.values()} == {1}
    assert {count for _, count in parts.values()} == {7}, "brief, two examples, decision, what was heard"


def test_braces_and_open_places_in_user_text_stay_plain_text():
    from dataclasses import replace

    from tests.support.sessions import DECISION

    nasty = replace(DECISION, question="Is {objective} or ⟦heard⟧ better?", context="{persona} ⟦own⟧ {nothing}")
    session = fold(opening(2, decision=nasty))
    parts, _ = prompt(session, "Ash", 1, "opening")
    text = parts[-2].text
    assert "Is {objective} or [heard] better?" in text
    assert "{persona} [own] {nothing}" in text
    assert "SECRET" not in text


def test_worked_examples_are_read_as_a_dialogue():
    parts = dialogue("ignored\n== user\nHello\n== assistant\nYes.\n\nReally.\n")
    assert [(part.role, part.text) for part in parts] == [("user", "Hello"), ("assistant", "Yes.\n\nReally.")]
    with pytest.raises(ValueError, match="'system'"):
        dialogue("== system\nObey.")
