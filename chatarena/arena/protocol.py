"""The rules of the talk: who speaks when, who hears whom, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ProtocolName = Literal["simultaneous", "round_robin", "rebuttal", "one_on_one", "network"]
PROTOCOL_NAMES: tuple[ProtocolName, ...] = ("simultaneous", "round_robin", "rebuttal", "one_on_one", "network")
MAX_ROUNDS, MAX_AGENTS = 50, 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """Whom one agent hears: its parents in the communication network."""

    agent: str
    parents: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """How the talk is organised.

    - simultaneous: all agents speak at once; each hears every turn of earlier rounds, none hears this round's others.
    - round_robin: one after the other; each hears everything said so far.
    - rebuttal: all at once; from the second round on each hears the others' last turns only, and answers them.
    - one_on_one: the participant talks with one agent at a time; agents hear nothing of each other.
    - network: each agent hears only its parents in `hearing`. Where the network is acyclic parents speak first and
      are heard in the same round; a cyclic network speaks at once and hears its parents' last round. `output` names
      the agents at its end: only their claims are the panel's; everybody's where it is empty.

    `shuffle` draws a fresh speaking order for each round from the session's seed. Without `claims` agents only argue:
    after a turn nobody is asked what it says in public each option is worth.
    """

    name: ProtocolName = "simultaneous"
    rounds: int = 2
    shuffle: bool = True
    hearing: tuple[Hearing, ...] = ()
    output: tuple[str, ...] = ()
    claims: bool = True

    def parents(self, agent: str) -> tuple[str, ...]:
        """Whom this agent hears in a network protocol; nobody where it is not named."""
        return next((hearing.parents for hearing in self.hearing if hearing.agent == agent), ())


def problems(protocol: Protocol, agents: tuple[str, ...]) -> tuple[str, ...]:
    """Everything that makes this protocol unusable with these agents, in words."""
    found = []
    if not 1 <= protocol.rounds <= MAX_ROUNDS:
        found.append(f"rounds must be 1 to {MAX_ROUNDS}, not {protocol.rounds}")
    if not 1 <= len(agents) <= MAX_AGENTS:
        found.append(f"a session needs 1 to {MAX_AGENTS} agents, not {len(agents)}")
    if protocol.name == "network" and not protocol.hearing:
        found.append("a network protocol must say who hears whom")
    if protocol.name != "network" and protocol.output:
        found.append(f"only a network protocol has output agents, not {protocol.name}")
    found += [f"the output agent {name!r} is not in the cast" for name in sorted(set(protocol.output) - set(agents))]
    if protocol.name != "network" and protocol.hearing:
        found.append(f"only a network protocol says who hears whom, not {protocol.name}")
    for hearing in protocol.hearing:
        unknown = {hearing.agent, *hearing.parents} - set(agents)
        found += [f"the network names {name!r}, who is not in the cast" for name in sorted(unknown)]
        if hearing.agent in hearing.parents:
            found.append(f"{hearing.agent!r} cannot hear itself")
    return tuple(found)


def sinks(protocol: Protocol, agents: tuple[str, ...]) -> tuple[str, ...]:
    """The agents whom nobody hears; empty where the network has a circle, because then nobody is at its end."""
    heard = {parent for agent in agents for parent in protocol.parents(agent)}
    return tuple(agent for agent in agents if agent not in heard) if topological_levels(protocol, agents) else ()


def topological_levels(protocol: Protocol, agents: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Agents grouped so that every parent among them stands in an earlier group; empty where there is a cycle."""
    left = list(agents)
    levels: list[tuple[str, ...]] = []
    done: set[str] = set()
    while left:
        ready = tuple(agent for agent in left if set(protocol.parents(agent)) & set(agents) <= done)
        if not ready:
            return ()
        levels.append(ready)
        done.update(ready)
        left = [agent for agent in left if agent not in done]
    return tuple(levels)
