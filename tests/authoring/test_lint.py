"""The lint finds agents that give themselves away, and lets honest ones pass."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatarena.arena.agent import Agent
from chatarena.authoring.agents import AgentFile
from chatarena.authoring.lint import check_agent, check_set, objective_overlap

PERSONA = """You sound like a calm neighbour who has seen many plans come and go. You praise simple arrangements,
because they leave room to breathe. You remind the listener how quickly extras lose their shine, and you always end
by saying which way you would go."""
FINE = Agent(
    name="cost-minimiser",
    label="Alder",
    objective="You are rewarded for the smallest bill: whatever costs the least money scores highest.",
    persona=PERSONA,
    tags=("narrow", "money"),
)


def faults(**changes: str) -> str:
    return "; ".join(check_agent(AgentFile(agent=replace(FINE, **changes))))  # type: ignore[arg-type]


def test_an_honest_mask_passes() -> None:
    assert faults() == ""


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        pytest.param({"label": "Costly"}, "hints at what is private (cost...)", id="label says objective"),
        pytest.param({"label": "Minimiser"}, "hints at what is private", id="label says name"),
        pytest.param({"label": "Narrow"}, "hints at what is private", id="label says tag"),
        pytest.param({"objective": "The smallest bill wins."}, "does not address the agent", id="not second person"),
        pytest.param({"objective": "You win. " * 4}, "4 sentences; 3 at most", id="sentences"),
        pytest.param({"objective": "You want " + "cheap " * 50}, "52 words", id="long objective"),
        pytest.param({"goal": "spend little"}, "does not begin with 'to'", id="goal without to"),
        pytest.param({"goal": "to spend " + "very " * 13 + "little"}, "16 words; 14 at most", id="long goal"),
        pytest.param({"goal": "to spend nothing"}, "say what it wants", id="negative goal"),
        pytest.param({"persona": "You speak."}, "the persona has 2 words", id="short persona"),
        pytest.param({"persona": ""}, "the persona has 0 words", id="no persona"),
        pytest.param({"persona": PERSONA * 4}, "177 words", id="long persona"),
        pytest.param({"persona": PERSONA + "\n- first\n- second"}, "a list, heading or code", id="list"),
        pytest.param({"persona": PERSONA + " Use `print`."}, "a list, heading or code", id="code"),
        pytest.param({"persona": PERSONA + " You are rewarded for it."}, "gives itself away: 'rewarded'", id="admits"),
        pytest.param({"persona": PERSONA + " Hide your true goal."}, "gives itself away: 'your true goal'", id="goal"),
        pytest.param({"persona": PERSONA + " You are biased."}, "gives itself away: 'bias'", id="bias"),
        pytest.param(
            {"persona": PERSONA + " The smallest bill costs the least money."}, "names its objective", id="names"
        ),
    ],
)
def test_faults(changes: dict[str, str], says: str) -> None:
    assert says in faults(**changes)


def test_a_set_that_cannot_be_told_apart() -> None:
    twin = replace(
        FINE, name="twin", label="alder", objective="You are rewarded for the smallest bill and the least money."
    )
    found = check_set({agent.name: AgentFile(agent=agent) for agent in (FINE, twin)})
    assert len(found) == 2
    assert "share the label" in found[0] and "share 60% of their words" in found[1]


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ("You are rewarded for savings.", "Saving is rewarded.", 1.0),
        ("money nature", "money health", 1 / 3),
        ("money", "nature", 0.0),
        ("", "the", 0.0),
    ],
)
def test_overlap(one: str, other: str, overlap: float) -> None:
    assert objective_overlap(one, other) == pytest.approx(overlap)


@pytest.mark.parametrize(
    ("manner", "hints"),
    [("calm and dry; short sentences", False), ("asks what each costs", True), ("always narrow", True), ("", False)],
)
def test_a_manner_that_hints_at_what_is_private_is_told(manner: str, hints: bool) -> None:
    found = check_agent(AgentFile(agent=FINE, manner=manner))
    assert any("the manner" in fault and "hints at what is private" in fault for fault in found) == hints
