"""How a session opens: checks, the agents' commitments, and the events that must be in the log before anything else."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import get_args

from chatarena.arena import decision as decisions
from chatarena.arena import protocol as protocols
from chatarena.arena.agent import Agent, Commitment, Purpose, RulePart
from chatarena.arena.decision import Decision
from chatarena.arena.events import AgentCommitted, Event, Face, PanelWeights, SessionOpened, TrackRecord
from chatarena.arena.protocol import Hearing, Protocol
from chatarena.arena.settings import MAX_PRECISION, MIN_PRECISION, Price, Settings

RULE_PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
LETTERS = "ABCDEFGHIJKL"
_FENCES = str.maketrans("⟦⟧", "[]")


def open_session(
    decision: Decision,
    agents: tuple[Agent, ...],
    protocol: Protocol,
    settings: Settings,
    templates: Mapping[Purpose, str],
    *,
    version: str,
    seed: int,
    prices: tuple[Price, ...] = (),
    cast: str = "",
    records: tuple[TrackRecord, ...] = (),
    panel: PanelWeights | None = None,
) -> tuple[Event, ...]:
    """The events that open a session: the header, then every agent's commitment.

    Args:
        agents: the seated cast; names and labels are unique, models are set.
        protocol: its `hearing` names agents by name; in the log they stand by label.
        templates: the text of each rule purpose, with `{placeholders}` filled here and `⟦places⟧` left open.
        records: what is known of agents from earlier sessions, by label.
        panel: what is known of all of them together.

    Raises:
        ValueError: something about the decision, cast, protocol or settings is wrong; the text says all of it.
    """
    names = tuple(agent.name for agent in agents)
    wrong = [
        *decisions.problems(decision),
        *protocols.problems(protocol, names),
        *_cast_problems(decision, agents),
        *_settings_problems(settings),
        *_source_problems(protocol, settings),
    ]
    if wrong:
        raise ValueError("; ".join(wrong))
    public = replace(decision, evidence=())
    commitments = tuple(commit(agent, agents, public, protocol, templates) for agent in agents)
    faces = tuple(
        Face(label=made.agent.label, model=made.agent.model, fingerprint=made.fingerprint) for made in commitments
    )
    label_of = {agent.name: agent.label for agent in agents}
    hearing = tuple(
        Hearing(agent=label_of[item.agent], parents=tuple(label_of[name] for name in item.parents))
        for item in protocol.hearing
    )
    head = SessionOpened(
        version=version,
        decision=public,
        faces=faces,
        protocol=replace(protocol, hearing=hearing, output=tuple(label_of[name] for name in protocol.output)),
        settings=settings,
        seed=seed,
        prices=prices,
        cast=cast,
        records=records,
        panel=panel,
    )
    return (head, *(AgentCommitted(commitment=made) for made in commitments))


def commit(
    agent: Agent,
    agents: tuple[Agent, ...],
    decision: Decision,
    protocol: Protocol,
    templates: Mapping[Purpose, str],
) -> Commitment:
    """Fix an agent's conversation rule: its prompts, rendered but for what will be said, and their fingerprint."""
    values = _values(agent, agents, decision, protocol)
    rule = tuple(RulePart(purpose=purpose, text=render(templates[purpose], values)) for purpose in RULE_PURPOSES)
    return Commitment(agent=agent, rule=rule, fingerprint=fingerprint(agent, rule))


def fingerprint(agent: Agent, rule: tuple[RulePart, ...]) -> str:
    """sha256 over the canonical JSON of an agent and its rule."""
    body = {"agent": asdict(agent), "rule": [asdict(part) for part in rule]}
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def render(template: str, values: Mapping[str, str]) -> str:
    """Fill `{placeholders}` once: braces and open places inside a value stay plain text.

    A line that is one placeholder and nothing else vanishes where its value is empty.

    Raises:
        ValueError: the template has a placeholder without a value.
    """

    def fill(found: re.Match[str]) -> str:
        name = found.group(1)
        if name not in values:
            raise ValueError(f"unknown placeholder {{{name}}}; there are {', '.join(sorted(values))}")
        return values[name].translate(_FENCES)

    lines = template.splitlines()
    kept = "\n".join(line for line in lines if not (_is_alone(line) and not values.get(line.strip()[1:-1], "?")))
    return _PLACEHOLDER.sub(fill, kept).strip()


def _is_alone(line: str) -> bool:
    return _PLACEHOLDER.fullmatch(line.strip()) is not None


def _values(agent: Agent, agents: tuple[Agent, ...], decision: Decision, protocol: Protocol) -> dict[str, str]:
    others = ", ".join(other.label for other in agents if other.name != agent.name)
    evidence = "\n".join(f"- {card}" for card in agent.evidence)
    return {
        "question": decision.question,
        "context": decision.context or "(nothing more is known)",
        "options": "\n".join(
            _option_line(letter, option) for letter, option in zip(LETTERS, decision.options, strict=False)
        ),
        "option_ids": ", ".join(decision.option_ids),
        "option_keys": "\n".join(f"{option.id}: {option.label}" for option in decision.options),
        "states": _states(decision),
        "label": agent.label,
        "name": agent.name,
        "others": others or "nobody else",
        "objective": agent.objective,
        "goal": agent.goal or agent.objective,
        "persona": agent.persona,
        "evidence": f"Only you have been told this:\n{evidence}" if evidence else "",
        "rounds": str(protocol.rounds),
    }


def _option_line(letter: str, option: decisions.Option) -> str:
    detail = f" ({option.detail})" if option.detail else ""
    return f"{letter}) {option.label}{detail}"


def _states(decision: Decision) -> str:
    if not decision.states:
        return ""
    lines = [f"- {state.label} (thought {state.probability:.0%} likely)" for state in decision.states]
    return "\n".join(["What is uncertain:", *lines])


def _cast_problems(decision: Decision, agents: tuple[Agent, ...]) -> list[str]:
    found = []
    for what, values in (("name", [a.name for a in agents]), ("label", [a.label.casefold() for a in agents])):
        repeated = sorted({value for value in values if values.count(value) > 1})
        found += [f"two agents share the {what} {value!r}" for value in repeated]
    for agent in agents:
        if not agent.label.strip():
            found.append(f"agent {agent.name!r} has no label")
        if not agent.model:
            found.append(f"agent {agent.name!r} has no model")
        if agent.favours and agent.favours not in decision.option_ids:
            found.append(f"agent {agent.name!r} is paid for {agent.favours!r}, which is not an option")
    return found


def _source_problems(protocol: Protocol, settings: Settings) -> list[str]:
    if protocol.claims or settings.source not in ("panel", "blend"):
        return []
    return [f"no claims are asked for, so the source {settings.source!r} would have none: use auto or own"]


def _settings_problems(settings: Settings) -> list[str]:
    found = []
    if not MIN_PRECISION <= settings.precision <= MAX_PRECISION:
        found.append(f"precision must be {MIN_PRECISION:g} to {MAX_PRECISION:g}, not {settings.precision:g}")
    if settings.budget is not None and not 0 < settings.budget < float("inf"):
        found.append(f"the budget must be more than 0 dollars, not {settings.budget:g}")
    if settings.token_budget is not None and settings.token_budget <= 0:
        found.append(f"the token budget must be more than 0, not {settings.token_budget}")
    if settings.time_budget is not None and not 0 < settings.time_budget < float("inf"):
        found.append(f"the time budget must be more than 0 seconds, not {settings.time_budget:g}")
    return found
