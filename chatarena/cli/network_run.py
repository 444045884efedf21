"""`chatarena network run` and `sweep`: learn, compare, print."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from chatarena.cli.network_input import Table, shape, table_of
from chatarena.cli.verbs import wants_json
from chatarena.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from chatarena.networks.allocation import Allocation
    from chatarena.networks.messages import Message
    from chatarena.networks.network import Network
    from chatarena.networks.space import FloatArray, Space
    from chatarena.networks.sweep import Sweep
    from chatarena.networks.topologies import TopologyName


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Learned:
    """One run, whatever the learner: what excess is measured in, and what holds of it."""

    method: str
    unit: float
    of_unit: str
    excess: FloatArray
    benchmark: float
    heldout: FloatArray | None
    best_alone: float
    bound: float | None
    remarks: tuple[str, ...]


def run(args: argparse.Namespace) -> int:
    """One network on one table; returns the exit code."""
    from numpy.random import default_rng

    from chatarena.cli.output import emit_json, emit_table, narrate, say
    from chatarena.networks.allocation import allocate, coverage
    from chatarena.report.networks.drawing import describe
    from chatarena.report.networks.text import depths, sentences, share

    rows, edges, draws, noise = default_rng(args.seed).spawn(4)
    read = table_of(args, rows)
    net = shape(args, edges)
    each = _each(args, len(read.names))
    seen = allocate(args.allocation, len(net), len(read.names), each, draws)
    window = coverage(seen, net.longest_path(), len(read.names))
    got = _learn(args, read, net, seen, window, noise)
    for sentence in sentences(read.unused, read.read):
        narrate(sentence)
    if wants_json(args):
        emit_json(_plain(args, read, net, seen, got, window), warnings=got.remarks)
        return 0
    say(describe(net))
    say(f"{got.method}; {len(read.inside[1])} rows to learn from, {_kept_out(read)} kept out; seed {args.seed}.")
    say(f"The best predictor on all {len(read.names)} features is off by {got.benchmark:.6g} ({got.of_unit}).")
    say("Excess over it, as a share of what it explains:")
    shown = depths(net, got.excess.tolist(), got.unit, None if got.heldout is None else got.heldout.tolist())
    emit_table(shown.header, shown.rows)
    say(f"Output agent: {share(float(got.excess[net.output]) / got.unit)}. Best agent alone: {share(got.best_alone)}.")
    say(
        "The longest path does not see all features, so no bound holds."
        if window is None
        else f"Every {window} agents in a row on a longest path see all features."
    )
    if got.bound is not None:
        nothing = ", which says nothing here" if got.bound >= 1.0 else ""
        say(f"Bound derived here for the output agent: {share(got.bound)}{nothing}.")
    for remark in got.remarks:
        say(remark, mark="! ", tone="warn")
    return 0


def sweep(args: argparse.Namespace) -> int:
    """Several networks on one table; returns the exit code."""
    from numpy.random import default_rng

    from chatarena.cli.network import write_file
    from chatarena.cli.output import emit_json, emit_table, narrate, say
    from chatarena.networks.sweep import sweep as compare
    from chatarena.report.html.standalone import svg_file
    from chatarena.report.networks.figure import excess_by_depth
    from chatarena.report.networks.text import sentences, swept

    rows, draws = default_rng(args.seed).spawn(2)
    read = table_of(args, rows)
    inside, outside = _spaces(read)
    try:
        got = compare(
            inside,
            named_topologies(args.topologies),
            agents=args.agents,
            each=_each(args, len(read.names)),
            allocations=args.allocations,
            allocation=args.allocation,
            width=args.width,
            chance=args.chance,
            heldout=outside,
            rng=draws,
        )
    except ValueError as error:
        raise UsageError(str(error)) from error
    if args.svg is not None:
        write_file(args.svg, svg_file(excess_by_depth(got)))
    for sentence in sentences(read.unused, read.read):
        narrate(sentence)
    if wants_json(args):
        emit_json({"table": _table(read), "seed": args.seed, **_sweep(got)})
        return 0
    say(f"{args.agents} agents, each sees {got.each} of {len(read.names)} features ({got.allocation});")
    say(f"{got.allocations} draws of who sees what, {_kept_out(read)} rows kept out, seed {args.seed}.")
    say("Excess over the best predictor on all features, as a share of what it explains (mean over draws):")
    shown = swept(got)
    emit_table(shown.header, shown.rows)
    if outside is not None and got.heldout_explained is None:
        say(
            "On the rows kept out all features together explain nothing: no share is shown for them.",
            mark="! ",
            tone="warn",
        )
    return 0


# -- learning ----------------------------------------------------------------------------------------------------------


def _learn(
    args: argparse.Namespace, read: Table, net: Network, seen: Allocation, window: int | None, rng: np.random.Generator
) -> _Learned:
    try:
        if args.learner == "logistic":
            return _logistic(args, read, net, seen, window)
        if args.learner != "linear":
            return _general(args, read, net, seen)
        return _linear(args, read, net, seen, window, rng)
    except ValueError as error:
        raise UsageError(str(error)) from error


def _linear(
    args: argparse.Namespace, read: Table, net: Network, seen: Allocation, window: int | None, rng: np.random.Generator
) -> _Learned:
    from chatarena.networks.baselines import alone
    from chatarena.networks.bounds import path_bound
    from chatarena.networks.bounds import unit as unit_of
    from chatarena.networks.linear import aggregate, held_out
    from chatarena.networks.messages import aggregate_messages

    inside, outside = _spaces(read)
    got = aggregate(inside, net, seen, ridge=args.ridge)
    unit = float(read.inside[1].var()) - got.benchmark_error
    if unit <= 0.0:
        raise UsageError("all features together explain nothing of the target", remedy="Choose another target.")
    away = None if outside is None else held_out(got, outside).excess
    bound = None if window is None else path_bound(net.depth, window, unit_of(inside) / unit)
    excess, remarks = got.excess, []
    if args.ridge:
        remarks.append("A penalty breaks the identities: errors may rise along an edge, and no bound holds.")
        bound = None
    if args.messages != "exact":
        told = aggregate_messages(*read.inside, net, seen, _message(args.messages), heldout=read.outside, rng=rng)
        excess = told.excess
        floor = told.heldout_benchmark_error
        away = None if told.heldout_errors is None or floor is None else told.heldout_errors - floor
        remarks.append(f"Messages are {args.messages.replace(':', ' to ', 1)}: the bounds are for exact ones.")
        bound = None
    if lost := sum(map(len, got.dropped)):
        remarks.append(f"{lost} hand-offs added nothing to what their hearers knew (rank tolerance {got.tolerance:g}).")
    return _Learned(
        method="Linear least squares" + (f" with a ridge of {args.ridge:g}" if args.ridge else ""),
        unit=unit,
        of_unit=f"mean squared error; it explains {unit:.6g}",
        excess=excess,
        benchmark=got.benchmark_error,
        heldout=away,
        best_alone=alone(inside, got.features).best_excess / unit,
        bound=bound,
        remarks=tuple(remarks),
    )


def _logistic(args: argparse.Namespace, read: Table, net: Network, seen: Allocation, window: int | None) -> _Learned:
    import numpy as np

    from chatarena.networks.bounds import logistic_bound
    from chatarena.networks.logistic import aggregate_logistic
    from chatarena.networks.topologies import topology

    if args.messages != "exact" or args.ridge:
        raise UsageError("messages and ridge are for the linear learner", remedy="Leave them out.")
    x, y = read.inside
    got = aggregate_logistic(x, y, net, seen, passing=args.passing, heldout=read.outside)
    apart = aggregate_logistic(x, y, topology("empty", len(net)), seen)
    prior = float(y.mean())
    entropy = -prior * np.log(prior) - (1.0 - prior) * np.log(1.0 - prior)
    unit = float(entropy) - got.benchmark_loss
    away = None
    if got.heldout_losses is not None and got.heldout_benchmark_loss is not None:
        away = got.heldout_losses - got.heldout_benchmark_loss
    # With the constant given to everybody, features count without their means.
    scale = float(np.abs(got.benchmark_coefficients) @ x.std(axis=0)) ** 2
    bound = None if window is None or args.passing != "logits" else logistic_bound(net.depth, window, scale)
    return _Learned(
        method=f"Logistic agents that pass {args.passing}",
        unit=unit,
        of_unit=f"log loss in nats; it explains {unit:.6g}",
        excess=got.excess,
        benchmark=got.benchmark_loss,
        heldout=away,
        best_alone=float(apart.excess.min()) / unit,
        bound=None if bound is None else bound / unit,
        remarks=() if args.passing == "logits" else ("Probabilities instead of logits lose: no bound holds.",),
    )


def _general(args: argparse.Namespace, read: Table, net: Network, seen: Allocation) -> _Learned:
    from chatarena.networks.general import aggregate_general, boosting, trees
    from chatarena.networks.topologies import topology

    if args.messages != "exact" or args.ridge:
        raise UsageError("messages and ridge are for the linear learner", remedy="Leave them out.")
    learner = trees(seed=args.seed) if args.learner == "trees" else boosting(seed=args.seed)
    got = aggregate_general(*read.inside, net, seen, learner, heldout=read.outside)
    apart = aggregate_general(*read.inside, topology("empty", len(net)), seen, learner)
    unit = float(read.inside[1].var()) - got.benchmark_error
    if unit <= 0.0:
        raise UsageError("all features together explain nothing of the target", remedy="Choose another target.")
    away = None
    if got.heldout_errors is not None and got.heldout_benchmark_error is not None:
        away = got.heldout_errors - got.heldout_benchmark_error
    return _Learned(
        method=f"{args.learner.capitalize()}, {got.method}",
        unit=unit,
        of_unit=f"mean squared error of one hypothesis on all features; it explains {unit:.6g}",
        excess=got.errors - got.benchmark_error,
        benchmark=got.benchmark_error,
        heldout=away,
        best_alone=float(apart.errors.min() - got.benchmark_error) / unit,
        bound=None,
        remarks=("One hypothesis on all features is a yardstick here, no bound: agents may do better.",),
    )


def _spaces(read: Table) -> tuple[Space, Space | None]:
    from chatarena.networks.space import sample

    return sample(*read.inside), None if read.outside is None else sample(*read.outside)


def _each(args: argparse.Namespace, features: int) -> int:
    if args.features_per_agent > features:
        raise UsageError(
            f"an agent cannot see {args.features_per_agent} of {features} features",
            remedy="Give a smaller --features-per-agent.",
        )
    return int(args.features_per_agent)


def _message(text: str) -> Message:
    from chatarena.networks.messages import Message

    kind, _, number = text.partition(":")
    match kind:
        case "rounded":
            return Message(kind="rounded", decimals=int(number))
        case "noisy":
            return Message(kind="noisy", noise=float(number))
        case _:
            return Message(kind="side")


def named_topologies(text: str) -> Sequence[TopologyName]:
    """Networks by their names with commas between them.

    Raises:
        UsageError: there is none of such a name.
    """
    from chatarena.authoring.places import suggest
    from chatarena.networks.topologies import TOPOLOGIES

    spoken = {name.replace(" ", "-"): name for name in TOPOLOGIES}
    found = []
    for word in (word.strip().replace(" ", "-") for word in text.split(",")):
        if word not in spoken:
            raise UsageError(f"no network is called {word!r}", remedy=suggest(word, spoken))
        found.append(spoken[word])
    return cast("Sequence[TopologyName]", found)


# -- what comes out ----------------------------------------------------------------------------------------------------


def _kept_out(read: Table) -> int:
    return 0 if read.outside is None else len(read.outside[1])


def _table(read: Table) -> dict[str, object]:
    return {
        "source": read.source,
        "target": read.target,
        "features": list(read.names),
        "rows": len(read.inside[1]),
        "rows_kept_out": _kept_out(read),
        "not_used": dict(read.unused),
    }


def _plain(
    args: argparse.Namespace, read: Table, net: Network, seen: Allocation, got: _Learned, window: int | None
) -> dict[str, object]:
    return {
        "table": _table(read),
        "method": got.method,
        "seed": args.seed,
        "network": {"name": net.name, "parents": [list(h) for h in net.parents], "output": net.output},
        "depths": list(net.depths),
        "seen": [[read.names[column] for column in own] for own in seen],
        "explained": got.unit,
        "benchmark": got.benchmark,
        "excess": (got.excess / got.unit).tolist(),
        "excess_kept_out": None if got.heldout is None else (got.heldout / got.unit).tolist(),
        "best_alone": got.best_alone,
        "coverage": window,
        "bound": got.bound,
    }


def _sweep(got: Sweep) -> dict[str, object]:
    from dataclasses import asdict

    return {
        "allocation": got.allocation,
        "features_per_agent": got.each,
        "allocations": got.allocations,
        "explained": got.explained,
        "explained_kept_out": got.heldout_explained,
        "curves": [asdict(curve) for curve in got.curves],
    }
