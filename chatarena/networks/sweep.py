"""Many networks on one table: excess by topology and by depth over drawn allocations, with intervals.

The table is read once, and once more for the rows kept out; what remains does not depend on their number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chatarena.networks.allocation import AllocationName, allocate, coverage
from chatarena.networks.baselines import alone
from chatarena.networks.bounds import path_bound, unit
from chatarena.networks.linear import Engine, aggregate, benchmark, held_out
from chatarena.networks.space import FloatArray, Space
from chatarena.networks.topologies import TopologyName, topology

# Intervals of means over allocations: resampled this often, and this share of the resamples inside.
RESAMPLES, LEVEL = 2000, 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A mean over allocations with a bootstrap interval; `low` and `high` are None for a single allocation."""

    mean: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One topology over several allocations; every excess is a share of what the benchmark explains.

    `depths` and, for each, the mean excess of the agents of that depth (best agent of the depth where several), in
    sample and held out. `output`, `output_heldout`: the output agent. `best_alone`, `mean_alone`: the same agents
    hearing nobody. `windows` are the coverages M along a longest path, None where it does not see all features;
    `bound` the derived bound at the output agent's depth, averaged over allocations that have one, None without any.
    """

    topology: TopologyName
    agents: int
    edges: float
    depths: tuple[int, ...]
    excess: tuple[Interval, ...]
    heldout: tuple[Interval, ...] | None
    output: Interval
    output_heldout: Interval | None
    best_alone: Interval
    mean_alone: Interval
    windows: tuple[int | None, ...]
    bound: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """Curves of several topologies on the same allocations, and how they were made.

    `explained` is the variance that the benchmark explains in sample, in squared units of the label: the unit of every
    excess. `heldout_explained` is that on the rows kept out; None without any, or where it explains nothing there.
    """

    curves: tuple[Curve, ...]
    allocation: AllocationName
    each: int
    allocations: int
    explained: float
    heldout_explained: float | None


def sweep(
    space: Space,
    topologies: Sequence[TopologyName],
    *,
    agents: int,
    each: int,
    allocations: int = 20,
    allocation: AllocationName = "random",
    width: int | None = None,
    chance: float = 0.3,
    heldout: Space | None = None,
    rng: np.random.Generator,
    engine: Engine = "auto",
) -> Sweep:
    """Excess against depth for several topologies; each allocation is used by all of them.

    Args:
        space: what agents learn from.
        topologies: names of `chatarena.networks.topologies`.
        agents: how many.
        each: features an agent sees.
        allocations: how many draws of who sees what.
        allocation: how they are drawn.
        width: as `topology`.
        chance: as `topology`.
        heldout: rows nobody learns from.
        rng: draws allocations, then networks, then resamples, each from a stream of its own.
        engine: as `aggregate`.

    Raises:
        ValueError: no topology, no allocation, or a table in which all features together explain nothing.
    """
    if not topologies or allocations < 1:
        raise ValueError("a sweep needs at least one topology and one allocation")
    explained, outside = _explained(space, heldout)
    streams, edges = rng.spawn(allocations), rng.spawn(len(topologies))
    drawn = [allocate(allocation, agents, space.d, each, stream) for stream in streams]
    without = [alone(space, seen) for seen in drawn]
    scale, best = unit(space) / explained, benchmark(space)
    curves = []
    for name, own in zip(topologies, edges, strict=True):
        found = []
        for seen, draw in zip(drawn, own.spawn(allocations), strict=True):
            net = topology(name, agents, width=width, chance=chance, rng=draw)
            learned = aggregate(space, net, seen, engine=engine, against=best)
            away = None if heldout is None or outside is None else held_out(learned, heldout).excess / outside
            window = coverage(seen, net.longest_path(), space.d)
            bound = None if window is None else path_bound(net.depth, window, scale)
            found.append(_Run(net.depths, net.output, net.edges, learned.excess / explained, away, window, bound))
        curves.append(
            _curve(
                name,
                agents,
                found,
                best=[each_alone.best_excess / explained for each_alone in without],
                mean=[each_alone.mean_excess / explained for each_alone in without],
                rng=own,
            )
        )
    return Sweep(
        curves=tuple(curves),
        allocation=allocation,
        each=each,
        allocations=allocations,
        explained=explained,
        heldout_explained=outside,
    )


@dataclass(frozen=True, slots=True)
class _Run:
    depths: tuple[int, ...]
    output: int
    edges: int
    excess: FloatArray
    heldout: FloatArray | None
    window: int | None
    bound: float | None


def _explained(space: Space, heldout: Space | None) -> tuple[float, float | None]:
    """What the benchmark explains beyond a constant, in sample and outside."""
    net = topology("empty", 1)
    everything = aggregate(space, net, [tuple(range(space.d))])
    nothing = aggregate(space, net, [()])
    explained = float(nothing.errors[0] - everything.errors[0])
    if explained <= 1e-12 * max(float(nothing.errors[0]), 1e-300):
        raise ValueError("all features together explain nothing of the label: there is no excess to speak of")
    if heldout is None:
        return explained, None
    away = float(held_out(nothing, heldout).errors[0] - held_out(everything, heldout).errors[0])
    return explained, away if away > 0.0 else None


def _curve(
    name: TopologyName, agents: int, runs: list[_Run], *, best: list[float], mean: list[float], rng: np.random.Generator
) -> Curve:
    depths = tuple(range(1, max(max(run.depths) for run in runs) + 1))
    bounds = [run.bound for run in runs if run.bound is not None]
    inside = [interval(_at(runs, depth, [run.excess for run in runs]), rng) for depth in depths]
    away = [run.heldout for run in runs]
    outside = [values for values in away if values is not None]
    return Curve(
        topology=name,
        agents=agents,
        edges=float(np.mean([run.edges for run in runs])),
        depths=depths,
        excess=tuple(inside),
        heldout=tuple(interval(_at(runs, depth, outside), rng) for depth in depths) if outside else None,
        output=interval([float(run.excess[run.output]) for run in runs], rng),
        output_heldout=interval([float(v[run.output]) for v, run in zip(outside, runs, strict=True)], rng)
        if outside
        else None,
        best_alone=interval(best, rng),
        mean_alone=interval(mean, rng),
        windows=tuple(run.window for run in runs),
        bound=float(np.mean(bounds)) if bounds else None,
    )


def _at(runs: list[_Run], depth: int, values: list[FloatArray]) -> list[float]:
    """For each run that has agents of this depth the excess of that of them which is best in sample."""
    found = []
    for run, own in zip(runs, values, strict=True):
        there = [agent for agent, its in enumerate(run.depths) if its == depth]
        if there:
            found.append(float(own[min(there, key=lambda agent: float(run.excess[agent]))]))
    return found


def interval(values: Sequence[float], rng: np.random.Generator) -> Interval:
    """The mean of values and a percentile-bootstrap interval of it.

    Raises:
        ValueError: no value.
    """
    if not len(values):
        raise ValueError("an interval needs at least one value")
    numbers = np.asarray(values, dtype=np.float64)
    mean = float(numbers.mean())
    if len(numbers) < 2:
        return Interval(mean=mean, low=None, high=None)
    means = numbers[rng.integers(0, len(numbers), (RESAMPLES, len(numbers)))].mean(axis=1)
    low, high = np.quantile(means, [(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0])
    return Interval(mean=mean, low=float(low), high=float(high))
