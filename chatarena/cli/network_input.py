"""What a network command is about: a shape by name or from a file, a table split in two, a worst case."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypedDict

from chatarena.cli.network_options import AGENTS, CHANCE, ROUNDS, refuse_idle
from chatarena.errors import UsageError

if TYPE_CHECKING:
    import numpy as np

    from chatarena.networks.allocation import Allocation
    from chatarena.networks.designs import Design
    from chatarena.networks.instances import Instance
    from chatarena.networks.messages import Message
    from chatarena.networks.network import Network
    from chatarena.networks.space import FloatArray, Space


# Hand-offs of one network that a command still makes, features of a design without a table, a greedy path's length.
MOST_EDGES: Final = 2_000_000
MOST_FEATURES: Final = 60
# Features and agents of a worst case; a complete one of more agents has more hand-offs than `MOST_EDGES`.
MOST_SIZE, MOST_AGENTS, COMPLETE = 300, 400_000, ("depth", "cyclic")
DEPTH: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """Rows to learn from and rows kept out (None without any), and what was left out with reasons."""

    source: str
    names: tuple[str, ...]
    target: str
    inside: tuple[FloatArray, FloatArray]
    outside: tuple[FloatArray, FloatArray] | None
    unused: tuple[tuple[str, str], ...]
    read: tuple[str, ...]


def table_of(args: argparse.Namespace, rng: np.random.Generator) -> Table:
    """The table of `--data`, its rows drawn into those to learn from and those kept out.

    Raises:
        UsageError: no such file or column, or too few rows.
        SourceDamaged: the file is no table.
    """
    from chatarena.exchange.scores import Columns, read_scores
    from chatarena.hull.words import counted

    named = tuple(word.strip() for word in (args.features_of or "").split(",") if word.strip())
    read = read_scores(Path(args.data), Columns(target=args.target, agents=named))
    made = read.table
    order = rng.permutation(made.n)
    kept_out = round(args.hold_out * made.n)
    if made.n - kept_out <= made.k + 1:
        raise UsageError(
            f"{counted(made.n - kept_out, 'row')} to learn {counted(made.k, 'feature')} from: any fit is exact",
            remedy="Give more rows, fewer features (--features-of), or keep fewer out (--hold-out).",
        )
    inside, outside = order[kept_out:], order[:kept_out]
    return Table(
        source=read.source,
        names=made.agents,
        target=args.target,
        inside=(made.utilities[inside], made.target[inside]),
        outside=(made.utilities[outside], made.target[outside]) if kept_out else None,
        unused=read.unused,
        read=tuple(f"{counted(missing.count, 'row')} left out: {missing.reason}" for missing in made.excluded),
    )


def shape(args: argparse.Namespace, rng: np.random.Generator | None = None) -> Network:
    """The network of `--topology`, by name or from a file.

    Raises:
        UsageError: no such network, no such file, a file that is no network, or options that do not go with it.
    """
    from numpy.random import default_rng

    from chatarena.authoring.places import suggest
    from chatarena.hull.words import counted
    from chatarena.networks.topologies import TOPOLOGIES, called, topology

    name = called(args.topology)
    if name is None and not is_file(args.topology):
        raise UsageError(
            f"no network is called {args.topology!r}",
            remedy=f"Give a YAML file, or a name: {suggest(args.topology, TOPOLOGIES)}",
        )
    refuse_idle(args, [name or args.topology])
    if name is None:
        net = network_of(args.topology)
        if args.agents not in (None, net.speakers):
            raise UsageError(
                f"{args.topology} has {counted(net.speakers, 'agent')}, not {args.agents}", remedy="Leave --agents out."
            )
        return net
    sizes = sizes_of(args)
    check_size([name], **sizes)
    return topology(name, **sizes, rng=rng or default_rng(args.seed))


class Sizes(TypedDict):
    """What a topology by name needs to be said."""

    agents: int
    width: int | None
    chance: float
    rounds: int


def sizes_of(args: argparse.Namespace) -> Sizes:
    """What was said of a network's size, and the usual where nothing was."""
    chance, rounds = getattr(args, "chance", None), getattr(args, "rounds", None)
    return {
        "agents": args.agents or AGENTS,
        "width": args.width,
        "chance": CHANCE if chance is None else chance,
        "rounds": rounds or ROUNDS,
    }


def check_size(names: Sequence[str], *, agents: int, width: int | None, chance: float, rounds: int) -> None:
    """Refuses what would fill the memory.

    Raises:
        UsageError: a network would have more hand-offs than `MOST_EDGES`.
    """
    every = agents * agents
    edges = {
        "complete": every / 2,
        "random": chance * every / 2,
        "window": agents * min(width or 2, agents),
        "layered": agents * min(width or round(agents**0.5), agents),
        "simultaneous": every * rounds,
        "round-robin": agents * rounds,
    }
    for name in names:
        if (many := edges.get(name, agents)) > MOST_EDGES:
            raise UsageError(
                f"{name} of {agents} agents has about {many:.2g} hand-offs, more than {MOST_EDGES:,}",
                remedy="Give fewer --agents.",
            )


def is_file(word: str) -> bool:
    """Whether a network is meant by its file."""
    return Path(word).suffix in (".yaml", ".yml", ".json")


def network_of(word: str) -> Network:
    """The network in a file."""
    from chatarena.authoring.network_form import read_network

    return read_network(Path(word))


def message_of(text: str) -> Message:
    """What `--messages` says, checked when it was read."""
    from chatarena.networks.messages import Message

    kind, _, number = text.partition(":")
    match kind:
        case "rounded":
            return Message(kind="rounded", decimals=int(number))
        case "noisy":
            return Message(kind="noisy", noise=float(number))
        case "side":
            return Message(kind="side")
        case _:
            return Message()


def instance_of(args: argparse.Namespace) -> tuple[Instance, Network, Allocation, int | None]:
    """A worst case with its network, or another one, and the coverage M along a longest path.

    Raises:
        UsageError: no such instance, or a network of another number of agents.
    """
    from chatarena.authoring.places import suggest
    from chatarena.hull.words import counted
    from chatarena.networks.allocation import coverage
    from chatarena.networks.instances import INSTANCES, instance
    from chatarena.networks.topologies import dashed

    name = dashed(args.name)
    if name not in INSTANCES:
        raise UsageError(f"no instance is called {args.name!r}", remedy=suggest(name, INSTANCES))
    most = 1_000 if name in COMPLETE else MOST_AGENTS
    if (args.size or 0) > MOST_SIZE or (args.agents or 0) > most:
        raise UsageError(
            f"this would take too long: at most {MOST_SIZE} --size and {most:,} --agents are computed",
            remedy="Take fewer; how the excess falls shows in smaller ones.",
        )
    try:
        made = instance(name, size=args.size, agents=args.agents)
    except ValueError as error:
        raise UsageError(str(error)) from error
    net, seen = made.network, made.features
    if args.topology is None:
        if args.width is not None:
            raise UsageError("--width says nothing about the instance's own network", remedy="Give --topology too.")
    else:
        args.agents, args.seed = (None if is_file(args.topology) else len(seen)), 0
        net = shape(args)
        if net.speakers != len(seen):
            raise UsageError(
                f"{args.topology} has {counted(net.speakers, 'agent')}, the instance {len(seen)}",
                remedy="Give --agents.",
            )
        seen = net.seen(seen)
    return made, net, seen, coverage(seen, net.longest_path(), made.space.d)


def spaces_of(read: Table) -> tuple[Space, Space | None]:
    """A table's two parts, each reduced in one pass."""
    from chatarena.networks.space import sample

    return sample(*read.inside, names=read.names), None if read.outside is None else sample(*read.outside)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Designed:
    """A design, the names of its features, and on a table: its rows, the excess and its bound, as shares."""

    design: Design
    names: tuple[str, ...]
    rows: int | None = None
    excess: float | None = None
    heldout: float | None = None
    bound: float | None = None


def designed(args: argparse.Namespace) -> Designed:
    """A design, and its excess in sample and on rows kept out where there is a table.

    Raises:
        UsageError: no table and no number of features, options of another kind, or nothing to do with the label.
    """
    from numpy.random import default_rng

    from chatarena.networks.bounds import greedy_bound, unit
    from chatarena.networks.designs import adaptive, greedy_path, oblivious
    from chatarena.networks.linear import aggregate, held_out
    from chatarena.networks.space import without_constant
    from chatarena.networks.sweep import explained

    _check_design(args)
    if args.data is None:
        return Designed(design=oblivious(args.features), names=tuple(f"x{at + 1}" for at in range(args.features)))
    read = table_of(args, default_rng(args.seed))
    space, outside = spaces_of(read)
    # The model of the designs has no constant: means are taken off instead.
    bare = without_constant(space)
    try:
        made = (
            adaptive(bare)
            if args.kind == "adaptive"
            else greedy_path(bare, args.depth or DEPTH, each=args.features_per_agent or 1)
            if args.kind == "greedy"
            else oblivious(space.d)
        )
        inside, away = explained(space, outside)
    except ValueError as error:
        raise UsageError(str(error)) from error
    got = aggregate(space, made.network, made.features)
    kept_out = None if outside is None or away is None else held_out(got, outside).excess[made.network.output] / away
    return Designed(
        design=made,
        names=read.names,
        rows=len(read.inside[1]),
        excess=got.output_excess / inside,
        heldout=None if kept_out is None else float(kept_out),
        bound=greedy_bound(made.network.depth, unit(space) / inside) if args.kind == "greedy" else None,
    )


def _check_design(args: argparse.Namespace) -> None:
    if args.kind != "greedy" and (args.depth is not None or args.features_per_agent is not None):
        raise UsageError(
            f"--depth and --features-per-agent say nothing about a design of the kind {args.kind}",
            remedy="Leave them out; they are for `greedy`.",
        )
    if (args.data is None) != (args.target is None):
        raise UsageError("--data and --target go together", remedy="Give both, or neither.")
    if args.data is None and (args.kind != "oblivious" or args.features is None):
        raise UsageError(
            f"a design of the kind {args.kind} needs "
            + ("a number of features" if args.kind == "oblivious" else "a distribution"),
            remedy="Give --features, or --data and --target."
            if args.kind == "oblivious"
            else "Give --data and --target.",
        )
    if args.data is not None and args.features is not None:
        raise UsageError("--features says how many features there are where no table does", remedy="Leave it out.")
    if (args.features or 0) > MOST_FEATURES:
        raise UsageError(
            f"a design for {args.features} features has nearly {4 * args.features**2:,} agents",
            remedy=f"Give at most {MOST_FEATURES} --features.",
        )
