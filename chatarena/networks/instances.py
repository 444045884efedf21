"""Distributions on which aggregation is hard, known exactly: lower bounds of the papers, and what fails when.

Every instance is a population: its excess is algebra, not an estimate. On finite samples least squares defeats most of
them (docs/theory/aggregation.md, "Pitfalls"); the decoy is the one that survives sampling and rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from chatarena.networks.allocation import Allocation
from chatarena.networks.network import Network, network
from chatarena.networks.space import Space, population
from chatarena.networks.topologies import topology

InstanceName = Literal["depth", "cyclic", "circle", "three-features", "decoy", "hub"]
INSTANCES: tuple[InstanceName, ...] = get_args(InstanceName)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Instance:
    """A distribution, a network and who sees what; `statement` is what is known about it and `source` from where."""

    name: InstanceName
    space: Space
    network: Network
    features: Allocation
    statement: str
    source: str


def instance(name: InstanceName, *, size: int | None = None, agents: int | None = None) -> Instance:
    """An instance by name.

    Args:
        name: one of `INSTANCES`.
        size: number of features (pairs of spokes for the decoy); a usual number for each where None.
        agents: how many agents speak; a usual number where None.

    Raises:
        ValueError: another name, or a size or number of agents below what the instance needs.
    """
    if name not in INSTANCES:
        raise ValueError(f"an instance is one of {', '.join(INSTANCES)}, not {name!r}")
    return _BUILDERS[name](size, agents)


def telescope(d: int) -> Space:
    """x_i = Z_(i-1) - Z_i for i < d, x_d = Z_(d-1), Y = Z_0 = sum of all; Z independent, of variance one.

    Only x_1 has anything to do with Y; x_(i+1) helps once x_1 to x_i are known. The sum of the benchmark's
    coefficients is d and features have length sqrt(2), so divide by 2 d^2 before comparing with normalised rates.

    Source: Kearns, Roth, Ryu (SODA 2026), Theorem 5.9, as restated (normalised) in arXiv 2609.35537, equation 9.

    Raises:
        ValueError: fewer than one feature.
    """
    if d < 1:
        raise ValueError(f"at least one feature is needed, not {d}")
    features = np.eye(d) - np.eye(d, k=1)
    return population(features, np.eye(d)[0], names=tuple(f"x{i + 1}" for i in range(d)))


def circle(window: int, radius: float) -> Space:
    """x_i = Z + radius (cos t_i U + sin t_i V), t_i around a circle; Y = radius U.

    The features differ by little, and what they differ by is all that matters. Derived here as a generalisation of
    arXiv 2609.35537, equation 5.

    Raises:
        ValueError: fewer than three features, or a radius that is not positive.
    """
    if window < 3 or not radius > 0.0:
        raise ValueError(f"a circle has at least three features and a positive radius, not {window} and {radius}")
    angles = 2.0 * np.pi * np.arange(window) / window
    features = np.column_stack([np.ones(window), radius * np.cos(angles), radius * np.sin(angles)])
    return population(features, np.array([0.0, radius, 0.0]))


def three_features(depth: int) -> Space:
    """x_1 = Z + r U, x_2 = Z + r V, x_3 = Z - r (U + V), Y = r U, with r^2 = 1 / (40 depth).

    Every network in which each agent has one parent keeps an excess of at least 1 / (320 depth) up to this depth.

    Source: arXiv 2609.35537, equation 5 and Theorem C.4.

    Raises:
        ValueError: a depth below 1.
    """
    if depth < 1:
        raise ValueError(f"a depth is at least 1, not {depth}")
    r = math.sqrt(1.0 / (40.0 * depth))
    return population([[1.0, r, 0.0], [1.0, 0.0, r], [1.0, -r, -r]], [0.0, r, 0.0])


def decoy(pairs: int) -> Space:
    """For each pair of agents: A sees a and w + 3 N, B sees b and 3 N; the label is a + b + w, summed over pairs.

    The difference of the second features carries w, but each agent's one number is pinned by its own strong feature.
    Derived here; unlike the others it survives sampling and rounding.

    Raises:
        ValueError: no pair.
    """
    if pairs < 1:
        raise ValueError(f"at least one pair is needed, not {pairs}")
    features, label = np.zeros((4 * pairs, 4 * pairs)), np.zeros(4 * pairs)
    for first in range(0, 4 * pairs, 4):
        a, b, w, n = range(first, first + 4)
        features[first, a] = features[first + 1, w] = features[first + 2, b] = 1.0
        features[first + 1, n] = features[first + 3, n] = 3.0
        label[[a, b, w]] = 1.0
    return population(features, label)


def _depth(size: int | None, agents: int | None) -> Instance:
    d = size or 8
    count = agents or d
    return Instance(
        name="depth",
        space=telescope(d),
        network=topology("complete", count),
        features=tuple((agent % d,) for agent in range(count)),
        statement="Excess at least 1/(D+1) for every network of depth D < d with one feature for each agent; "
        "where everybody hears everybody before and they read in order, exactly 1/(D+1), and 0 at D = d.",
        source="Kearns, Roth, Ryu (SODA 2026), Theorem 5.9, as restated in arXiv 2609.35537",
    )


def _cyclic(size: int | None, agents: int | None) -> Instance:
    d = size or 16
    count = agents or 8 * d
    return Instance(
        name="cyclic",
        space=telescope(d),
        network=topology("chain", count),
        features=tuple(((d - 1 - agent) % d,) for agent in range(count)),
        statement="Read from the last feature to the first, again and again, a pass unlocks one feature: after p < d "
        "passes the excess falls about as p^(-1/2) along a chain, and is 1/(p+1) where everybody hears everybody.",
        source="the family of Kearns, Roth, Ryu (SODA 2026); the order and the numbers are measured here",
    )


def _circle(size: int | None, agents: int | None) -> Instance:
    window = size or 8
    count = agents or 4 * window * window
    return Instance(
        name="circle",
        space=circle(window, math.sqrt(min(1.0, window * window / (10.0 * count)))),
        network=topology("chain", count),
        features=tuple((agent % window,) for agent in range(count)),
        statement="An excess in the order of M^2 / D along a chain that reads M features in turn.",
        source="derived here; the rate is that of Bateni et al., arXiv 2609.05318, abstract",
    )


def _three(size: int | None, agents: int | None) -> Instance:
    if size not in (None, 3):
        raise ValueError(f"this instance has three features, not {size}")
    count = agents or 9
    return Instance(
        name="three-features",
        space=three_features(count),
        network=topology("chain", count),
        features=tuple((agent % 3,) for agent in range(count)),
        statement="With one parent for each agent the excess is at least 1/(320 D), whatever the order.",
        source="Bateni et al., arXiv 2609.35537, equation 5 and Theorem C.4",
    )


def _decoy(size: int | None, agents: int | None) -> Instance:
    pairs = size or 1
    spokes = [(4 * pair, 4 * pair + 1) for pair in range(pairs)] + [
        (4 * pair + 2, 4 * pair + 3) for pair in range(pairs)
    ]
    count = agents or len(spokes) + 1
    if count <= len(spokes):
        raise ValueError(f"{pairs} pairs of spokes and a hub are {len(spokes) + 1} agents at least, not {count}")
    seen = [spokes[agent % len(spokes)] for agent in range(count - 1)]
    return Instance(
        name="decoy",
        space=decoy(pairs),
        network=topology("star", count),
        features=(*seen, ()),
        statement="A hub that hears all spokes keeps an excess of 0.9 for each pair, however many spokes repeat what "
        "others see; the same agents in a chain come down to nothing, and reach it where everybody hears everybody.",
        source="derived and measured here",
    )


def _hub(size: int | None, agents: int | None) -> Instance:
    d = size or 10
    if d < 2:
        raise ValueError("a hub that hears one spoke with the only feature knows all: at least two features are needed")
    if agents not in (None, d + 1):
        raise ValueError(f"the hub hears one spoke for each of {d} features: {d + 1} agents, not {agents}")
    return Instance(
        name="hub",
        space=telescope(d),
        network=network("star", [[] for _ in range(d)] + [list(range(d))]),
        features=(*((feature,) for feature in range(d)), ()),
        statement="Spokes that see all features between them leave the hub an excess of 1/2, and of 1/3 where it sees "
        "the best single feature itself: the star has depth two.",
        source="the family of Kearns, Roth, Ryu (SODA 2026), Theorem 5.9; the hub's numbers are measured here",
    )


_BUILDERS: dict[InstanceName, Callable[[int | None, int | None], Instance]] = {
    "depth": _depth,
    "cyclic": _cyclic,
    "circle": _circle,
    "three-features": _three,
    "decoy": _decoy,
    "hub": _hub,
}
