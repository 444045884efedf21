"""Networks made for exactness: what one scalar for each hand-off allows when the graph can be chosen.

Source: Bateni et al., *Optimal Networks for Agentic Information Aggregation*, arXiv 2609.35537: Theorem 5.2 (adaptive,
three parents), Theorem 5.1 (oblivious, three parents), equation 6 and Theorem C.5 (greedy path). One feature for each
agent (a greedy path may take more), no constant.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chatarena.hull.words import counted
from chatarena.networks.network import Network, network
from chatarena.networks.projection import TOLERANCE, project
from chatarena.networks.space import FloatArray, Space

# Below this share of the label's length two predictions are the same prediction.
SAME = 1e-7


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """A network and the feature each of its agents sees; `adaptive` ones were made for one distribution."""

    network: Network
    features: tuple[tuple[int, ...], ...]
    adaptive: bool
    source: str


class _Builder:
    """Agents added one after the other, each with its prediction on one distribution where there is one."""

    def __init__(self, space: Space | None) -> None:
        self.space = space
        self.parents: list[tuple[int, ...]] = []
        self.seen: list[tuple[int, ...]] = []
        self.predictions: list[FloatArray] = []

    def add(self, feature: int | tuple[int, ...], *parents: int) -> int:
        heard, own = tuple(dict.fromkeys(parents)), (feature,) if isinstance(feature, int) else feature
        self.parents.append(heard)
        self.seen.append(own)
        if self.space is not None:
            inputs = np.column_stack([self.space.features[:, own], *(self.predictions[p] for p in heard)])
            size = float(np.linalg.norm(self.space.label)) or 1.0
            self.predictions.append(project(inputs, self.space.label, tolerance=TOLERANCE, size=size).vector)
        return len(self.parents) - 1

    def design(self, name: str, output: int, *, adaptive: bool, source: str) -> Design:
        return Design(
            network=network(name, self.parents, output=output),
            features=tuple(self.seen),
            adaptive=adaptive,
            source=source,
        )


def adaptive(space: Space) -> Design:
    """A network of at most 1 + r (r - 1) / 2 agents and depth at most r that is exact on this distribution.

    r is the rank of the features; of features that depend on each other r are used. In each round the feature is taken
    that changes the prediction least but does change it; whoever holds another one hears the last two results and its
    own last one.

    Raises:
        ValueError: a space with a constant, or no feature that has to do with the label.
    """
    _check(space)
    build = _Builder(space)
    scale = float(np.linalg.norm(space.label))
    # Features that others make up for would only be more agents.
    basis = sorted(project(space.features, space.label, tolerance=TOLERANCE, size=scale or 1.0).kept.tolist())
    start = _smallest(
        {feature: _length(space, feature) for feature in basis},
        SAME * scale,
        "no feature has anything to do with the label",
    )
    before, now = None, build.add(start)
    waiting: dict[int, int] = {}
    left = [feature for feature in basis if feature != start]
    while left:
        parents = () if before is None else (before,)
        waiting = {
            feature: build.add(feature, *parents, now, *([waiting[feature]] if feature in waiting else []))
            for feature in left
        }
        moves = {
            feature: float(np.linalg.norm(build.predictions[agent] - build.predictions[now]))
            for feature, agent in waiting.items()
        }
        if max(moves.values()) <= SAME * scale:
            break
        chosen = _smallest(moves, SAME * scale, "")
        before, now = now, waiting.pop(chosen)
        left.remove(chosen)
    return build.design("adaptive", now, adaptive=True, source="arXiv 2609.35537, Theorem 5.2")


def oblivious(d: int) -> Design:
    """A network of at most 4 d^2 agents with at most three parents that is exact on every distribution of d features.

    Raises:
        ValueError: fewer than one feature.
    """
    if d < 1:
        raise ValueError(f"at least one feature is needed, not {d}")
    build = _Builder(None)
    results = [build.add(0)]
    for turn in range(d - 1):
        last = results[turn]
        merged = _merge(build, [build.add(feature, last) for feature in range(1, d)], last)
        results.append(merged if turn <= 1 else _span(build, results, merged, 0, turn))
    return build.design("oblivious", results[-1], adaptive=False, source="arXiv 2609.35537, Theorem 5.1")


def greedy_path(space: Space, depth: int, *, each: int = 1) -> Design:
    """A chain in which the next agent sees the features with the largest shares of what is still unexplained.

    Its excess is at most (A* M_X)^2 / (depth + 1): the paper's agents see one feature, and more can only bring more.

    Args:
        space: features and label, without a constant.
        depth: how many agents.
        each: how many features an agent sees.

    Raises:
        ValueError: a space with a constant, a depth below 1, or more features for an agent than there are.
    """
    _check(space)
    if depth < 1:
        raise ValueError(f"a depth is at least 1, not {depth}")
    if not 1 <= each <= space.d:
        raise ValueError(f"an agent cannot see {each} of {counted(space.d, 'feature')}")
    build = _Builder(space)
    lengths = np.linalg.norm(space.features, axis=0)
    prediction, last = np.zeros(len(space.label)), -1
    for _ in range(depth):
        gain = np.abs(space.features.T @ (space.label - prediction))
        shares = np.divide(gain, lengths, out=np.zeros_like(gain), where=lengths > 0.0)
        chosen = tuple(sorted(np.argsort(-shares, kind="stable")[:each].tolist()))
        last = build.add(chosen, *([last] if last >= 0 else []))
        prediction = build.predictions[last]
    return build.design("greedy-path", last, adaptive=True, source="arXiv 2609.35537, equation 6 and Theorem C.5")


def enough_pairs(of: Network, d: int) -> bool:
    """Whether a network passes the count that exactness needs: sum of C(parents + 1, 2) >= C(d, 2).

    A network that fails it is inexact on some distribution of d features.

    Source: arXiv 2609.35537, Theorem 7.1.
    """
    return sum(len(heard) * (len(heard) + 1) // 2 for heard in of.parents) >= d * (d - 1) // 2


def _check(space: Space) -> None:
    if space.constant is not None:
        raise ValueError("designs are for the model without a constant: make the space with intercept=False")


def _length(space: Space, feature: int) -> float:
    column = space.features[:, feature]
    length = float(np.linalg.norm(column))
    return abs(float(column @ space.label)) / length if length else 0.0


def _smallest(values: dict[int, float], least: float, why: str) -> int:
    """The key of the smallest value that is more than nothing."""
    there = {key: value for key, value in values.items() if value > least}
    if not there:
        raise ValueError(why)
    return min(there, key=lambda key: there[key])


def _merge(build: _Builder, layer: list[int], last: int) -> int:
    """A balanced tree of agents that see the first feature, over one layer."""
    if len(layer) == 1:
        layer = [layer[0], last]
    while len(layer) > 1:
        pairs = [build.add(0, layer[at], layer[at + 1], last) for at in range(0, len(layer) - 1, 2)]
        layer = pairs + layer[len(layer) - len(layer) % 2 :]
    return layer[0]


def _span(build: _Builder, results: list[int], merged: int, low: int, high: int) -> int:
    """The gadget that brings a merged result together with all results before it (between `low` and `high`)."""
    top = results[-1]
    if high == low + 1:
        if low == 0:
            return build.add(0, top, results[high], merged)
        if high == len(results) - 1:
            return build.add(0, top, results[low], merged)
        return build.add(0, results[high], top, build.add(0, results[low], results[high], merged))
    middle = (low + high) // 2
    left = _span(build, results, merged, low, middle)
    right = _span(build, results, merged, middle, high)
    return build.add(0, left, right, build.add(0, top, results[middle], merged))
