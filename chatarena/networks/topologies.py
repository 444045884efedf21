"""Networks by name: the shapes that are compared.

Sources: hub-and-spokes and paths, Kearns, Roth, Ryu (SODA 2026); the others are the usual ones of debates of models.
The exact three-parent designs stand in chatarena.networks.designs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np

from chatarena.networks.network import Network, network, unrolled

TopologyName = Literal[
    "empty",
    "chain",
    "window",
    "complete",
    "star",
    "two-level-star",
    "tree",
    "layered",
    "sparse-layered",
    "random",
    "round-robin",
    "simultaneous",
]
TOPOLOGIES: tuple[TopologyName, ...] = get_args(TopologyName)
# Talks in rounds, unrolled: agents speak more than once and see the same every time.
TALKS: tuple[TopologyName, ...] = ("round-robin", "simultaneous")
# Those whose hand-offs are drawn.
DRAWN: tuple[TopologyName, ...] = ("sparse-layered", "random")


def called(word: str) -> TopologyName | None:
    """The topology of this name, its spaces also written as dashes or underscores; None where there is none."""
    return next((name for name in TOPOLOGIES if name == dashed(word)), None)


def dashed(word: str) -> str:
    """A name as it is written: with dashes, also where somebody wrote spaces or underscores."""
    return word.strip().replace("_", "-").replace(" ", "-")


def topology(
    name: TopologyName,
    agents: int,
    *,
    width: int | None = None,
    chance: float = 0.3,
    rounds: int = 3,
    rng: np.random.Generator | None = None,
) -> Network:
    """A network of a named shape.

    Args:
        name: one of `TOPOLOGIES`.
        agents: how many agents, at least 1. In a round robin each hears whoever spoke last, and it goes round again and
            again: a chain whose agents return. In simultaneous rounds everybody hears all of the round before.
        width: parents of each agent of a window (2 by default), agents of a layer (the root of their number by
            default), hubs of a two-level star (likewise), children of a tree's agent (2), or parents drawn from the
            layer before in a sparse layered network (2).
        chance: the probability of each possible edge of a random network.
        rounds: how often everybody speaks in a round robin or in simultaneous rounds.
        rng: draws the edges of random and sparse layered networks, which need it.

    Raises:
        ValueError: a name that is none of these, no agent, a width or rounds below 1, a chance outside 0 to 1, or no
            generator.
    """
    _check(name, agents, width, chance, rounds)
    if name in DRAWN:
        if rng is None:
            raise ValueError(f"a {name} network is drawn: give it a generator")
        return network(name, _random(agents, chance, rng) if name == "random" else _sparse(agents, width or 2, rng))
    if name == "simultaneous":
        return unrolled(name, [range(agents)] * agents, rounds)
    if name == "round-robin":
        return network(name, _window(agents * rounds, 1), seats=list(range(agents)) * rounds if rounds > 1 else ())
    return network(name, _SHAPES[name](agents, width))


def _check(name: str, agents: int, width: int | None, chance: float, rounds: int) -> None:
    if name not in TOPOLOGIES:
        raise ValueError(f"a topology is one of {', '.join(TOPOLOGIES)}, not {name!r}")
    if agents < 1 or rounds < 1:
        raise ValueError(f"a network needs at least one agent and one round, not {agents} and {rounds}")
    if width is not None and width < 1:
        raise ValueError(f"a width is at least 1, not {width}")
    if not 0.0 <= chance <= 1.0:
        raise ValueError(f"the chance of an edge lies between 0 and 1, not {chance}")


def _empty(agents: int, _: int | None) -> list[list[int]]:
    return [[] for _ in range(agents)]


def _window(agents: int, width: int | None) -> list[list[int]]:
    return [list(range(max(0, agent - (width or 2)), agent)) for agent in range(agents)]


def _star(agents: int, _: int | None) -> list[list[int]]:
    return [[] for _ in range(agents - 1)] + [list(range(agents - 1))]


def _two_level_star(agents: int, width: int | None) -> list[list[int]]:
    """Spokes are dealt to hubs in turn; one more agent hears the hubs."""
    hubs = min(width or max(1, round(np.sqrt(agents - 1))), max(1, (agents - 1) // 2))
    spokes = agents - 1 - hubs
    if spokes < 1:
        return _star(agents, None)
    middle = [[spoke for spoke in range(spokes) if spoke % hubs == hub] for hub in range(hubs)]
    return [[] for _ in range(spokes)] + middle + [list(range(spokes, spokes + hubs))]


def _tree(agents: int, width: int | None) -> list[list[int]]:
    """An in-tree: counted from the output, agent j hears agents width*j + 1 to width*j + width."""
    children = width or 2
    last = agents - 1
    firsts = [children * (last - agent) + 1 for agent in range(agents)]
    return [sorted(last - child for child in range(first, min(first + children, agents))) for first in firsts]


def _layered(agents: int, width: int | None) -> list[list[int]]:
    """Full between layers; what does not fill a layer comes first, so that the last layer is whole."""
    layers = _layers(agents, width)
    return [list(layers[index - 1]) if index else [] for index, layer in enumerate(layers) for _ in layer]


def _sparse(agents: int, heard: int, rng: np.random.Generator) -> list[list[int]]:
    layers = _layers(agents, None)
    found: list[list[int]] = []
    for index, layer in enumerate(layers):
        before = layers[index - 1] if index else range(0)
        count = min(heard, len(before))
        found += [sorted(rng.choice(before, count, replace=False).tolist()) if count else [] for _ in layer]
    return found


def _random(agents: int, chance: float, rng: np.random.Generator) -> list[list[int]]:
    return [np.flatnonzero(rng.random(agent) < chance).tolist() for agent in range(agents)]


def _layers(agents: int, width: int | None) -> list[range]:
    size = min(width or max(1, round(np.sqrt(agents))), agents)
    first = agents % size
    starts = ([0] if first else []) + list(range(first, agents, size))
    return [range(start, end) for start, end in zip(starts, [*starts[1:], agents], strict=True)]


_SHAPES: dict[str, Callable[[int, int | None], list[list[int]]]] = {
    "empty": _empty,
    "chain": lambda agents, _: _window(agents, 1),
    "window": _window,
    "complete": lambda agents, _: _window(agents, agents),
    "star": _star,
    "two-level-star": _two_level_star,
    "tree": _tree,
    "layered": _layered,
}
