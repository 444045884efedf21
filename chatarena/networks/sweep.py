"""Many networks on one table: excess by topology and by depth over drawn allocations, with intervals.

The table is read once, and once more for the rows kept out; what remains does not depend on their number, unless
messages lose something: then agents learn from the rows again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal, TypeAlias

import numpy as np

from chatarena.networks.allocation import Allocation, AllocationName, allocate, coverage
from chatarena.networks.baselines import Alone, alone
from chatarena.networks.bounds import agent_bounds, greedy_bound, unit
from chatarena.networks.designs import greedy_path
from chatarena.networks.linear import Engine, aggregate, benchmark, held_out
from chatarena.networks.messages import Message, aggregate_messages
from chatarena.networks.network import Network
from chatarena.networks.projection import Projection
from chatarena.networks.space import FloatArray, Space, without_constant
from chatarena.networks.topologies import DRAWN, TopologyName, topology

# Intervals of means over allocations: resampled this often, and this share of the resamples inside.
RESAMPLES, LEVEL = 2000, 0.95
GREEDY: Final = "greedy-path"
# What can be swept: a topology by name, a greedy path (who sees what is chosen, not drawn), or a network of one's own.
Swept: TypeAlias = TopologyName | Literal["greedy-path"] | Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A mean over allocations with a bootstrap interval; `low` and `high` are None where nothing was drawn twice."""

    mean: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One topology over several allocations; every excess is a share of what the benchmark explains.

    `depths` and, for each, in how many of the `runs` an agent stands there (`counts`) and the mean excess over those
    runs, of the agent that is best in sample where several stand there; in sample and held out. `output`,
    `output_heldout`: the output agent. `best_alone`, `mean_alone`: the same agents hearing nobody. `windows` are the
    coverages M along a longest path, None where it does not see all features; `bound` the derived bound on the output
    agent, at most 1, a mean over the runs, None where messages lose something.
    """

    topology: str
    agents: int
    edges: float
    runs: int
    depths: tuple[int, ...]
    counts: tuple[int, ...]
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
    message: Message
    explained: float
    heldout_explained: float | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """The rows themselves, which messages that lose something need: to learn from, kept out, and what is handed on."""

    inside: tuple[FloatArray, FloatArray]
    outside: tuple[FloatArray, FloatArray] | None
    message: Message


def sweep(
    space: Space,
    networks: Sequence[Swept],
    *,
    agents: int,
    each: int,
    allocations: int = 20,
    allocation: AllocationName = "random",
    width: int | None = None,
    chance: float = 0.3,
    rounds: int = 3,
    heldout: Space | None = None,
    rows: Rows | None = None,
    rng: np.random.Generator,
    engine: Engine = "auto",
) -> Sweep:
    """Excess against depth for several topologies; each allocation is used by all of them.

    Args:
        space: what agents learn from.
        networks: names of `chatarena.networks.topologies`, `GREEDY`, or networks of so many agents.
        agents: how many.
        each: features an agent sees.
        allocations: how many draws of who sees what; a single one where nothing is drawn.
        allocation: how they are drawn.
        width: as `topology`.
        chance: as `topology`.
        rounds: as `topology`.
        heldout: rows nobody learns from.
        rows: the same rows themselves, where messages lose something.
        rng: draws allocations, then networks and noise, then resamples, each from a stream of its own.
        engine: as `aggregate`.

    Raises:
        ValueError: no topology, no allocation, a network of another number of agents, or a table in which all features
            together explain nothing.
    """
    _check(networks, agents, allocations)
    streams, edges = rng.spawn(allocations), rng.spawn(len(networks))
    drawn = [allocate(allocation, agents, space.d, each, stream) for stream in streams]
    table = _table(space, heldout, rows, engine)
    # Dealt in the order of the columns it is always the same.
    without = [alone(space, seen) for seen in (drawn[:1] if allocation == "cyclic" else drawn)]
    shape = partial(topology, agents=agents, width=width, chance=chance, rounds=rounds)
    curves = []
    for name, own in zip(networks, edges, strict=True):
        draws = list(zip(drawn, own.spawn(allocations), strict=True))[: None if _differs(name, allocation, rows) else 1]
        runs = [_run(table, *_placed(table, name, seen, each, partial(shape, rng=draw)), draw) for seen, draw in draws]
        curves.append(_curve(name if isinstance(name, str) else name.name, agents, runs, without, table, own))
    return Sweep(
        curves=tuple(curves),
        allocation=allocation,
        each=each,
        allocations=allocations,
        message=rows.message if rows else Message(),
        explained=table.explained,
        heldout_explained=table.outside,
    )


def _check(networks: Sequence[Swept], agents: int, allocations: int) -> None:
    if not networks or allocations < 1:
        raise ValueError("a sweep needs at least one topology and one allocation")
    wrong = next((own for own in networks if isinstance(own, Network) and own.speakers != agents), None)
    if wrong is not None:
        raise ValueError(f"{wrong.name!r} has {wrong.speakers} agents, the sweep {agents}")


def _differs(name: Swept, allocation: AllocationName, rows: Rows | None) -> bool:
    """Whether another draw is another run: other edges, other eyes or other noise."""
    eyes = allocation != "cyclic" and name != GREEDY
    return name in DRAWN or eyes or (rows is not None and rows.message.kind == "noisy")


@dataclass(frozen=True, slots=True)
class _Table:
    space: Space
    heldout: Space | None
    rows: Rows | None
    engine: Engine
    best: Projection
    scale: float
    explained: float
    outside: float | None


@dataclass(frozen=True, slots=True)
class _Run:
    depths: tuple[int, ...]
    output: int
    edges: int
    excess: FloatArray
    heldout: FloatArray | None
    window: int | None
    bound: float | None


def explained(space: Space, heldout: Space | None = None) -> tuple[float, float | None]:
    """What the benchmark explains beyond a constant, in sample and on rows kept out; None where nothing there.

    Raises:
        ValueError: all features together explain nothing of the label.
    """
    net = topology("empty", 1)
    everything = aggregate(space, net, [tuple(range(space.d))])
    nothing = aggregate(space, net, [()])
    inside = float(nothing.errors[0] - everything.errors[0])
    if inside <= 1e-12 * max(float(nothing.errors[0]), 1e-300):
        raise ValueError(
            "all features together explain nothing of the label that rounding leaves of it: there is no excess to speak"
            " of (numbers that differ by little at a high level lose their difference: take the level off)"
        )
    if heldout is None:
        return inside, None
    away = float(held_out(nothing, heldout).errors[0] - held_out(everything, heldout).errors[0])
    return inside, away if away > 0.0 else None


def _table(space: Space, heldout: Space | None, rows: Rows | None, engine: Engine) -> _Table:
    inside, outside = explained(space, heldout)
    return _Table(space, heldout, rows, engine, benchmark(space), unit(space) / inside, inside, outside)


def _placed(
    table: _Table, name: Swept, seen: Allocation, each: int, shape: Callable[[TopologyName], Network]
) -> tuple[Network, Allocation]:
    """A network and what is seen at each of its places."""
    if name == GREEDY:
        made = greedy_path(without_constant(table.space), len(seen), each=each)
        return made.network, made.features
    net = name if isinstance(name, Network) else shape(name)
    return net, net.seen(seen)


def _run(table: _Table, net: Network, seen: Allocation, rng: np.random.Generator) -> _Run:
    window, away = coverage(seen, net.longest_path(), table.space.d), None
    if table.rows is not None:
        told = aggregate_messages(
            *table.rows.inside, net, seen, table.rows.message, heldout=table.rows.outside, rng=rng
        )
        if told.heldout_errors is not None and told.heldout_benchmark_error is not None and table.outside is not None:
            away = (told.heldout_errors - told.heldout_benchmark_error) / table.outside
        return _Run(net.depths, net.output, net.edges, told.excess / table.explained, away, window, None)
    learned = aggregate(table.space, net, seen, engine=table.engine, against=table.best)
    if table.heldout is not None and table.outside is not None:
        away = held_out(learned, table.heldout).excess / table.outside
    bound = float(agent_bounds(net, seen, table.space.d, scale=table.scale, start=1.0)[net.output])
    if net.name == GREEDY:
        bound = min(bound, greedy_bound(net.depth, table.scale))
    return _Run(net.depths, net.output, net.edges, learned.excess / table.explained, away, window, bound)


def _curve(
    name: str, agents: int, runs: list[_Run], without: list[Alone], table: _Table, rng: np.random.Generator
) -> Curve:
    depths = tuple(range(1, max(max(run.depths) for run in runs) + 1))
    bounds = [run.bound for run in runs if run.bound is not None]
    inside = [interval(_at(runs, depth, [run.excess for run in runs]), rng) for depth in depths]
    outside = [run.heldout for run in runs if run.heldout is not None]
    return Curve(
        topology=name,
        agents=agents,
        edges=float(np.mean([run.edges for run in runs])),
        runs=len(runs),
        depths=depths,
        counts=tuple(sum(depth <= max(run.depths) for run in runs) for depth in depths),
        excess=tuple(inside),
        heldout=tuple(interval(_at(runs, depth, outside), rng) for depth in depths) if outside else None,
        output=interval([float(run.excess[run.output]) for run in runs], rng),
        output_heldout=interval([float(v[run.output]) for v, run in zip(outside, runs, strict=True)], rng)
        if outside
        else None,
        best_alone=interval([each.best_excess / table.explained for each in without], rng),
        mean_alone=interval([each.mean_excess / table.explained for each in without], rng),
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
