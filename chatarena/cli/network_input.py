"""What a network command is about: a shape by name or from a file, a table split in two, a worst case."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chatarena.errors import UsageError

if TYPE_CHECKING:
    import numpy as np

    from chatarena.networks.allocation import Allocation
    from chatarena.networks.designs import Design
    from chatarena.networks.instances import Instance
    from chatarena.networks.network import Network
    from chatarena.networks.space import FloatArray


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

    named = tuple(word.strip() for word in (args.features_of or "").split(",") if word.strip())
    read = read_scores(Path(args.data), Columns(target=args.target, agents=named))
    made = read.table
    order = rng.permutation(made.n)
    kept_out = round(args.hold_out * made.n)
    if made.n - kept_out <= made.k + 1:
        raise UsageError(
            f"{made.n - kept_out} rows to learn {made.k} features from: any fit is exact",
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
        read=tuple(f"{missing.count} rows left out: {missing.reason}" for missing in made.excluded),
    )


def shape(args: argparse.Namespace, rng: np.random.Generator | None = None) -> Network:
    """The network of `--topology`, by name or from a file.

    Raises:
        UsageError: no such network, no such file, or a file that is no network.
    """
    from numpy.random import default_rng

    from chatarena.authoring.network_form import read_network
    from chatarena.authoring.places import suggest
    from chatarena.networks.topologies import TOPOLOGIES, topology

    name = _spoken(args.topology, TOPOLOGIES)
    if name in TOPOLOGIES:
        return topology(
            name,
            args.agents,
            width=args.width,
            chance=getattr(args, "chance", 0.3),
            rng=rng or default_rng(args.seed),
        )
    if (path := Path(args.topology)).suffix in (".yaml", ".yml", ".json"):
        return read_network(path)
    raise UsageError(
        f"no network is called {args.topology!r}", remedy=f"Give a YAML file, or a name: {suggest(name, TOPOLOGIES)}"
    )


def instance_of(args: argparse.Namespace) -> tuple[Instance, Network, Allocation, int | None]:
    """A worst case with its network, or another one, and the coverage M along a longest path.

    Raises:
        UsageError: no such instance, or a network of another number of agents.
    """
    from chatarena.authoring.places import suggest
    from chatarena.networks.allocation import coverage
    from chatarena.networks.instances import INSTANCES, instance

    name = _spoken(args.name, INSTANCES)
    if name not in INSTANCES:
        raise UsageError(f"no instance is called {args.name!r}", remedy=suggest(name, INSTANCES))
    try:
        made = instance(name, size=args.size, agents=args.agents)
    except ValueError as error:
        raise UsageError(str(error)) from error
    net, seen = made.network, made.features
    if args.topology is not None:
        args.agents, args.seed = len(seen), 0
        net = shape(args)
        if len(net) != len(seen):
            raise UsageError(
                f"{args.topology} has {len(net)} agents, the instance {len(seen)}", remedy="Give --agents."
            )
    return made, net, seen, coverage(seen, net.longest_path(), made.space.d)


def designed(args: argparse.Namespace) -> tuple[Design, tuple[str, ...], float | None]:
    """A design, the names of its features, and its excess as a share where there is a table.

    Raises:
        UsageError: no table and no number of features, or nothing to do with the label.
    """
    from numpy.random import default_rng

    from chatarena.networks.designs import adaptive, greedy_path, oblivious
    from chatarena.networks.linear import aggregate
    from chatarena.networks.space import sample

    if args.data is None or args.target is None:
        if args.kind != "oblivious" or args.features is None or args.data is not None:
            raise UsageError(
                f"a design of the kind {args.kind} needs a distribution",
                remedy="Give --data and --target; `oblivious` also does with --features alone.",
            )
        return oblivious(args.features), tuple(f"x{column + 1}" for column in range(args.features)), None
    read = table_of(args, default_rng(args.seed))
    x, y = read.inside
    # The model of the designs has no constant: means are taken off instead.
    space = sample(x - x.mean(axis=0), y - y.mean(), intercept=False, names=read.names)
    try:
        made = (
            adaptive(space)
            if args.kind == "adaptive"
            else greedy_path(space, args.depth)
            if args.kind == "greedy"
            else oblivious(space.d)
        )
    except ValueError as error:
        raise UsageError(str(error)) from error
    got = aggregate(space, made.network, made.features)
    explained = space.error(0.0 * space.label) - got.benchmark_error
    return made, read.names, got.output_excess / explained if explained > 0.0 else None


def _spoken(word: str, known: Sequence[str]) -> str:
    """The known name that is meant where spaces were written as dashes or underscores."""
    plain = word.replace("_", "-").replace(" ", "-")
    return next((name for name in known if name.replace(" ", "-") == plain), word)
