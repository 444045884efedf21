"""A communication network: who receives whose prediction, agents standing in an order in which parents come first.

Source: Kearns, Roth, Ryu (SODA 2026), the model as restated in Bateni et al., arXiv 2609.35537, sections 1-2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A directed acyclic graph of agents as parent lists in topological order.

    `parents[i]` are the agents whose predictions agent i receives, all of them < i. `output` is the agent whose
    prediction is used. `labels` name the agents where somebody named them. `seats` say, where agents speak more than
    once, which of them speaks at each place: the same agent sees the same every time. Without any each speaks once.
    """

    name: str
    parents: tuple[tuple[int, ...], ...]
    output: int
    labels: tuple[str, ...] = ()
    seats: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.parents)

    @property
    def depths(self) -> tuple[int, ...]:
        """Number of agents on a longest path that ends at each agent; 1 where nobody is heard."""
        found: list[int] = []
        for heard in self.parents:
            found.append(1 + max((found[parent] for parent in heard), default=0))
        return tuple(found)

    @property
    def depth(self) -> int:
        """Depth of the output agent."""
        return self.depths[self.output]

    @property
    def speakers(self) -> int:
        """How many agents there are, however often each speaks."""
        return 1 + max(self.seats) if self.seats else len(self)

    @property
    def edges(self) -> int:
        """Number of hand-offs."""
        return sum(map(len, self.parents))

    @property
    def widest(self) -> int:
        """The largest number of parents any agent has."""
        return max(map(len, self.parents))

    @property
    def density(self) -> float:
        """Edges as a share of all that a graph of this size can have without a cycle; 0 for one agent."""
        possible = len(self) * (len(self) - 1) // 2
        return self.edges / possible if possible else 0.0

    def label(self, agent: int) -> str:
        """What to call an agent: its own name, or its number counted from 1, with a point and the round in a talk."""
        if self.labels or not self.seats:
            return self.labels[agent] if self.labels else str(agent + 1)
        return f"{self.seats[agent] + 1}.{self.seats[: agent + 1].count(self.seats[agent])}"

    def seen(self, by_speaker: Sequence[Sequence[int]]) -> tuple[tuple[int, ...], ...]:
        """What is seen at each place of the network, from what each agent sees.

        Raises:
            ValueError: for another number of agents.
        """
        if len(by_speaker) != self.speakers:
            raise ValueError(f"{self.speakers} agents need as many sets of features, not {len(by_speaker)}")
        return tuple(tuple(by_speaker[seat]) for seat in self.seats or range(len(self)))

    def ancestors(self, agent: int) -> frozenset[int]:
        """Everybody whose words can reach this agent."""
        seen: set[int] = set()
        todo = list(self.parents[agent])
        while todo:
            parent = todo.pop()
            if parent not in seen:
                seen.add(parent)
                todo.extend(self.parents[parent])
        return frozenset(seen)

    def longest_path(self) -> tuple[int, ...]:
        """A longest path to the output agent, from its beginning; the parent of the lowest number where several do."""
        depths, path = self.depths, [self.output]
        while heard := self.parents[path[-1]]:
            path.append(max(heard, key=lambda parent: (depths[parent], -parent)))
        return tuple(reversed(path))


def network(
    name: str,
    parents: Sequence[Sequence[int]],
    *,
    output: int | None = None,
    labels: Sequence[str] = (),
    seats: Sequence[int] = (),
) -> Network:
    """A checked network.

    Args:
        name: what it is called.
        parents: for each agent the agents it hears, all of them before it.
        output: the agent whose prediction counts; the last one where None.
        labels: one name for each agent, or none at all.
        seats: who speaks at each place, 0 to n - 1, where agents speak more than once.

    Raises:
        ValueError: no agent, a parent that does not come before, one named twice, labels of another number, or seats
            of another number or with gaps.
    """
    if not parents:
        raise ValueError("a network needs at least one agent")
    heard = tuple(tuple(map(int, own)) for own in parents)
    for agent, own in enumerate(heard):
        wrong = [parent for parent in own if not 0 <= parent < agent]
        if wrong:
            raise ValueError(f"agent {agent} hears {wrong[0]}, which does not come before it")
        if len(set(own)) != len(own):
            raise ValueError(f"agent {agent} hears the same agent twice: {own}")
    last = len(heard) - 1 if output is None else output
    if not 0 <= last < len(heard):
        raise ValueError(f"the output agent must be one of 0 to {len(heard) - 1}, not {last}")
    if labels and (len(labels) != len(heard) or len(set(labels)) != len(labels)):
        raise ValueError(f"{len(heard)} agents need as many different labels, not {list(labels)}")
    if seats and (len(seats) != len(heard) or set(seats) != set(range(max(seats) + 1))):
        raise ValueError(f"seats say for each of {len(heard)} places which agent speaks there, not {list(seats)}")
    return Network(name=name, parents=heard, output=last, labels=tuple(labels), seats=tuple(seats))


def named_network(name: str, hearing: Mapping[str, Sequence[str]], *, output: str | None = None) -> Network:
    """A network of named agents written in any order, put into a topological order that keeps theirs where it can.

    Raises:
        ValueError: somebody hears an agent that is not there, or agents hear each other in a circle (which is named;
            `unrolled` makes rounds of it).
    """
    unknown = {parent for heard in hearing.values() for parent in heard} - set(hearing)
    if unknown:
        raise ValueError(f"{sorted(unknown)[0]!r} is heard but is no agent of this network")
    order: list[str] = []
    left = list(hearing)
    while left:
        ready = next((agent for agent in left if set(hearing[agent]) <= set(order)), None)
        if ready is None:
            raise ValueError(f"{' -> '.join(_circle(hearing, left))} hear each other in a circle: give it rounds")
        order.append(ready)
        left.remove(ready)
    place = {agent: index for index, agent in enumerate(order)}
    if output is not None and output not in place:
        raise ValueError(f"the output agent {output!r} is no agent of this network")
    return network(
        name,
        [sorted(place[parent] for parent in hearing[agent]) for agent in order],
        output=None if output is None else place[output],
        labels=order,
    )


def unrolled(name: str, hearing: Sequence[Sequence[int]], rounds: int, *, remember: bool = True) -> Network:
    """Rounds of a debate as one acyclic network: in each round everybody hears the last round of those it hears.

    Agent i in round r is node `r * n + i`. Networks with circles become acyclic this way.

    Args:
        name: what it is called.
        hearing: for each of n agents whom it hears; circles are allowed.
        rounds: how often everybody speaks.
        remember: whether each also hears itself of the round before.

    Raises:
        ValueError: no rounds, or an agent heard that does not exist.
    """
    n = len(hearing)
    if rounds < 1 or n < 1:
        raise ValueError(f"at least one agent and one round are needed, not {n} and {rounds}")
    wrong = [parent for heard in hearing for parent in heard if not 0 <= parent < n]
    if wrong:
        raise ValueError(f"agent {wrong[0]} is heard, but there are agents 0 to {n - 1} only")
    own = [sorted({*heard, agent} if remember else {*heard} - {agent}) for agent, heard in enumerate(hearing)]
    first: list[list[int]] = [[] for _ in range(n)]
    later = [[(turn - 1) * n + parent for parent in own[agent]] for turn in range(1, rounds) for agent in range(n)]
    return network(name, first + later, seats=list(range(n)) * rounds if rounds > 1 else ())


def _circle(hearing: Mapping[str, Sequence[str]], left: Sequence[str]) -> list[str]:
    """One circle among agents that all wait for each other."""
    path = [left[0]]
    while True:
        after = next(parent for parent in hearing[path[-1]] if parent in left)
        if after in path:
            return [*path[path.index(after) :], after]
        path.append(after)
