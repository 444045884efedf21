"""Who argues: an agent, its private objective, and the commitment it makes before the session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How a model draws its text; None leaves the provider's own default."""

    temperature: float | None = 0.7
    top_p: float | None = None
    max_tokens: int = 220
    repeat_penalty: float | None = None
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A prompted model with a private objective that is not the participant's.

    `name` is unique within a session. `label` is the neutral public face. `goal` is the objective in one short
    positive clause ("to spend as little money as possible"), for small models. `objective`, `goal`, `persona` and
    `tags` stay hidden until the reveal. `favours` is the option id an agent is paid for, empty for all others.
    `aligned` marks the control whose objective is the participant's own good.
    """

    name: str
    label: str
    objective: str
    goal: str = ""
    persona: str = ""
    tags: tuple[str, ...] = ()
    model: str = ""
    sampling: Sampling = Sampling()
    favours: str = ""
    evidence: tuple[str, ...] = ()
    aligned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptPart:
    """One part of what a model is given: who says it, and the text."""

    role: Role
    text: str


Purpose = Literal[
    "brief",
    "examples",
    "decision",
    "heard",
    "opening",
    "turn",
    "leaning",
    "claim",
    "appraisal",
    "judging",
    "yes_no",
    "repair",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePart:
    """One piece of an agent's prompt, rendered but for the open places `⟦name⟧` that the conversation fills."""

    purpose: Purpose
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """An agent's conversation rule, fixed before the first turn.

    `rule` is the agent's rendered prompt with the places for what will have been said left open; `fingerprint` is
    the sha256 of agent and rule in canonical form. A rule maps the conversation so far to a distribution over
    messages, which is what the leaders of the Stackelberg game commit to (Collina et al., formal model).
    """

    agent: Agent
    rule: tuple[RulePart, ...]
    fingerprint: str

    def part(self, purpose: Purpose) -> str:
        """The text of the part with this purpose.

        Raises:
            ValueError: the rule has no such part.
        """
        for part in self.rule:
            if part.purpose == purpose:
                return part.text
        raise ValueError(f"the commitment of {self.agent.label!r} has no part {purpose!r}")
