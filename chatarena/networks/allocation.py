"""Which agent sees which features, and how soon a path has seen all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias, get_args

import numpy as np

from chatarena.hull.words import counted

# Features each agent sees directly, by their column.
Allocation: TypeAlias = tuple[tuple[int, ...], ...]
AllocationName = Literal["random", "cyclic", "covering"]
ALLOCATIONS: tuple[AllocationName, ...] = get_args(AllocationName)


def allocate(
    name: AllocationName, agents: int, features: int, each: int, rng: np.random.Generator | None = None
) -> Allocation:
    """Features for each agent.

    Args:
        name: random: every agent draws its own; cyclic: dealt in the order of the columns, again and again;
            covering: the same in a drawn order. When dealt, ceil(d / each) agents in a row have seen all.
        agents: how many agents.
        features: how many features there are, d.
        each: how many an agent sees, at most d.
        rng: draws; cyclic needs none.

    Raises:
        ValueError: another name, numbers that cannot be, or no generator.
    """
    if name not in ALLOCATIONS:
        raise ValueError(f"an allocation is one of {', '.join(ALLOCATIONS)}, not {name!r}")
    if agents < 1 or not 1 <= each <= features:
        raise ValueError(f"{agents} agents cannot see {each} each of {counted(features, 'feature')}")
    if name == "cyclic":
        return _dealt(agents, list(range(features)), each)
    if rng is None:
        raise ValueError(f"a {name} allocation is drawn: give it a generator")
    if name == "covering":
        return _dealt(agents, rng.permutation(features).tolist(), each)
    return tuple(tuple(sorted(rng.choice(features, each, replace=False).tolist())) for _ in range(agents))


def coverage(allocation: Sequence[Sequence[int]], path: Sequence[int], features: int) -> int | None:
    """M: the fewest agents so that every M consecutive agents of the path see all features together.

    None where not even the whole path does.

    Source: "M-coverage", Kearns, Roth, Ryu (SODA 2026) as restated in arXiv 2609.35537, section 3.
    """
    last: dict[int, int] = {}
    worst = 0
    for place, agent in enumerate(path):
        for feature in allocation[agent]:
            # Between two sightings nobody saw it: a window must reach over the gap.
            worst = max(worst, place - last.get(feature, -1))
            last[feature] = place
    if len(last) < features:
        return None
    return max(worst, *(len(path) - place for place in last.values()))


def _dealt(agents: int, order: list[int], each: int) -> Allocation:
    return tuple(
        tuple(sorted(order[(agent * each + step) % len(order)] for step in range(each))) for agent in range(agents)
    )
