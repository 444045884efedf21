"""`chatarena network run`: one network learns one table."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatarena.cli.network_input import Table, message_of, shape, spaces_of, table_of
from chatarena.cli.verbs import wants_json
from chatarena.errors import UsageError

if TYPE_CHECKING:
    import numpy as np

    from chatarena.networks.allocation import Allocation
    from chatarena.networks.logistic import Passing
    from chatarena.networks.network import Network
    from chatarena.networks.space import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Learned:
    """One run, whatever the learner: what excess is measured in, and what holds of it.

    `unit` is what the benchmark explains in sample, `away_unit` on rows kept out, None where it explains nothing.
    `excess` (N), `heldout` (N), `bounds` (N) and `apart`, what needs no network, are shares of these. Without bounds
    `unbound` says why.
    """

    method: str
    benchmark_name: str
    benchmark: float
    unit: float
    of_unit: str
    excess: FloatArray
    heldout: FloatArray | None
    away_unit: float | None
    apart: tuple[tuple[str, float], ...]
    bounds: FloatArray | None
    unbound: str = ""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Asked:
    """A table, a network, what each agent sees, and what is seen at each place of the network."""

    args: argparse.Namespace
    read: Table
    net: Network
    own: Allocation
    seen: Allocation
    noise: np.random.Generator


def run(args: argparse.Namespace) -> int:
    """One network on one table; returns the exit code."""
    from numpy.random import default_rng

    from chatarena.cli.output import emit_json, narrate
    from chatarena.networks.allocation import allocate, coverage
    from chatarena.report.networks.text import sentences

    rows, edges, draws, noise = default_rng(args.seed).spawn(4)
    net = shape(args, edges)
    read = table_of(args, rows)
    each = each_of(args, len(read.names))
    own = allocate(args.allocation, net.speakers, len(read.names), each, draws)
    seen = net.seen(own)
    asked = _Asked(args=args, read=read, net=net, own=own, seen=seen, noise=noise)
    try:
        got = _learn(asked)
    except ValueError as error:
        raise UsageError(str(error)) from error
    window = coverage(seen, net.longest_path(), len(read.names))
    for sentence in sentences(read.unused, read.read):
        narrate(sentence)
    if wants_json(args):
        emit_json(_plain(asked, got, window), warnings=got.remarks)
    else:
        _print(asked, got, window)
    return 0


def _print(asked: _Asked, got: _Learned, window: int | None) -> None:
    from chatarena.cli.output import emit_table, say_wrapped
    from chatarena.report.hull.text import figure
    from chatarena.report.networks.drawing import describe
    from chatarena.report.networks.text import depths, share

    net, read, known = asked.net, asked.read, len(asked.read.names)
    say_wrapped(describe(net))
    say_wrapped(
        f"{got.method}; {len(read.inside[1])} rows to learn from, {kept_out(read)} kept out; seed {asked.args.seed}."
    )
    features = "the only feature" if known == 1 else f"all {known} features"
    say_wrapped(f"{got.benchmark_name} on {features} is off by {figure(got.benchmark)} ({got.of_unit}).")
    say_wrapped("Excess over it, as a share of what it explains beyond a constant:")
    shown = depths(
        net,
        got.excess.tolist(),
        None if got.heldout is None else got.heldout.tolist(),
        None if got.bounds is None else got.bounds.tolist(),
    )
    emit_table(shown.header, shown.rows)
    apart = "; ".join(f"{name} {share(value)}" for name, value in got.apart)
    say_wrapped(f"Output agent: {share(float(got.excess[net.output]))}. Without a network: {apart}.")
    say_wrapped(_promised(asked, got, window))
    for remark in got.remarks:
        say_wrapped(remark, mark="! ")


def _promised(asked: _Asked, got: _Learned, window: int | None) -> str:
    from chatarena.report.networks.text import share_at_most

    if got.bounds is None:
        return got.unbound
    unseen = _unseen(asked)
    if unseen:
        return f"No bound: nobody whose words reach the output agent sees {', '.join(unseen)}."
    bound = float(got.bounds[asked.net.output])
    nothing = ", which says next to nothing here" if bound >= 0.9 else ""
    along = ""
    if window is not None:
        who = "every agent sees" if window == 1 else f"every {window} agents in a row see"
        along = f" Along a longest path {who} all features."
    return f"Bound derived here for the output agent: at most {share_at_most(bound)}{nothing}.{along}"


def _unseen(asked: _Asked) -> tuple[str, ...]:
    """Features that reach the output agent in nobody's words."""
    reach = {asked.net.output, *asked.net.ancestors(asked.net.output)}
    there = {column for agent in reach for column in asked.seen[agent]}
    return tuple(name for column, name in enumerate(asked.read.names) if column not in there)


# -- learning ----------------------------------------------------------------------------------------------------------


def _learn(asked: _Asked) -> _Learned:
    args = asked.args
    if args.learner != "linear" and (args.messages != "exact" or args.ridge):
        raise UsageError("--messages and --ridge are for the linear learner", remedy="Leave them out.")
    if args.messages != "exact" and args.ridge:
        raise UsageError("--ridge is for agents that hand on exact numbers", remedy="Leave out --ridge or --messages.")
    if args.learner != "logistic" and args.passing is not None:
        raise UsageError("--passing is for the logistic learner", remedy="Leave it out, or give --learner logistic.")
    if args.learner == "logistic":
        return _logistic(asked)
    return _linear(asked) if args.learner == "linear" else _general(asked)


def _linear(asked: _Asked) -> _Learned:
    from chatarena.hull.words import counted
    from chatarena.networks.baselines import alone
    from chatarena.networks.bounds import agent_bounds
    from chatarena.networks.bounds import unit as unit_of
    from chatarena.networks.linear import aggregate, held_out
    from chatarena.networks.messages import aggregate_messages
    from chatarena.networks.sweep import explained
    from chatarena.report.hull.text import figure

    args, read, net, seen = asked.args, asked.read, asked.net, asked.seen
    inside, outside = spaces_of(read)
    unit, away_unit = explained(inside, outside)
    got = aggregate(inside, net, seen, ridge=args.ridge)
    away = None if outside is None else held_out(got, outside).excess
    excess, bounds, remarks, unbound = got.excess, None, [], ""
    if args.ridge:
        unbound = "A penalty breaks the identities: errors may rise along an edge, and no bound holds."
    if args.messages != "exact":
        told = aggregate_messages(
            *read.inside, net, seen, message_of(args.messages), heldout=read.outside, rng=asked.noise
        )
        excess, floor = told.excess, told.heldout_benchmark_error
        away = None if told.heldout_errors is None or floor is None else told.heldout_errors - floor
        unbound = "No bound: the derived ones are for exact messages."
        if args.messages.startswith(("rounded", "side")):
            remarks.append(
                "Such messages are no linear functions of the features: agents may do better than the benchmark."
            )
    elif lost := sum(map(len, got.dropped)):
        many = counted(lost, "hand-off")
        remarks.append(f"{many} added nothing to what the hearer knew (rank tolerance {got.tolerance:g}).")
    if not unbound:
        bounds = agent_bounds(net, seen, inside.d, scale=unit_of(inside) / unit, start=1.0)
    apart = alone(inside, asked.own, ridge=args.ridge)
    return _Learned(
        method="Linear least squares"
        + (f" with a ridge of {args.ridge:g}" if args.ridge else "")
        + said_of(args.messages),
        benchmark_name="The best linear predictor",
        benchmark=got.benchmark_error,
        unit=unit,
        of_unit=f"mean squared error; it explains {figure(unit)}",
        excess=excess / unit,
        heldout=_share(away, away_unit),
        away_unit=away_unit,
        apart=(("best agent alone", apart.best_excess / unit), ("mean of all", apart.mean_excess / unit)),
        bounds=bounds,
        unbound=unbound,
        remarks=(*remarks, *_nothing_away(read, away_unit)),
    )


def _logistic(asked: _Asked) -> _Learned:
    import numpy as np

    from chatarena.networks.baselines import pools
    from chatarena.networks.bounds import agent_bounds
    from chatarena.networks.logistic import aggregate_logistic, log_loss
    from chatarena.networks.topologies import topology
    from chatarena.report.hull.text import figure

    read, net, seen = asked.read, asked.net, asked.seen
    passing: Passing = asked.args.passing or "logits"
    x, y = read.inside
    got = aggregate_logistic(x, y, net, seen, passing=passing, heldout=read.outside)
    apart = aggregate_logistic(x, y, topology("empty", net.speakers), asked.own)
    prior = float(y.mean())
    before = np.log(prior / (1.0 - prior))
    unit = log_loss(np.full(len(y), before), y) - got.benchmark_loss
    if unit <= 1e-12:
        raise UsageError("all features together explain nothing of the target", remedy="Choose another target.")
    away, away_unit = None, None
    if read.outside is not None and got.heldout_losses is not None and got.heldout_benchmark_loss is not None:
        away = got.heldout_losses - got.heldout_benchmark_loss
        there = log_loss(np.full(len(read.outside[1]), before), read.outside[1]) - got.heldout_benchmark_loss
        away_unit = there if there > 0.0 else None
    # With the constant given to everybody, features count without their means.
    scale = float(np.abs(got.benchmark_coefficients) @ x.std(axis=0)) ** 2
    pooled = pools(apart.logits, y, prior)
    return _Learned(
        method=f"Logistic agents that pass {passing}",
        benchmark_name="The best logistic predictor",
        benchmark=got.benchmark_loss,
        unit=unit,
        of_unit=f"log loss in nats; it explains {figure(unit)}",
        excess=got.excess / unit,
        heldout=_share(away, away_unit),
        away_unit=away_unit,
        apart=(
            ("best agent alone", float(apart.excess.min()) / unit),
            ("mean of log-odds", (pooled.mean - got.benchmark_loss) / unit),
            ("sum of log-odds", (pooled.sum - got.benchmark_loss) / unit),
            ("vote", (pooled.vote - got.benchmark_loss) / unit),
        ),
        bounds=agent_bounds(net, seen, x.shape[1], scale=scale / (2.0 * unit), start=1.0)
        if passing == "logits"
        else None,
        unbound="Probabilities instead of logits lose: no bound holds.",
        remarks=_nothing_away(read, away_unit),
    )


def _general(asked: _Asked) -> _Learned:
    import numpy as np

    from chatarena.networks.general import aggregate_general, boosting, trees
    from chatarena.networks.topologies import topology
    from chatarena.report.hull.text import figure

    args, read = asked.args, asked.read
    learner = trees(seed=args.seed) if args.learner == "trees" else boosting(seed=args.seed)
    got = aggregate_general(*read.inside, asked.net, asked.seen, learner, heldout=read.outside)
    apart = aggregate_general(*read.inside, topology("empty", asked.net.speakers), asked.own, learner)
    y = read.inside[1]
    unit = float(y.var()) - got.benchmark_error
    if unit <= 0.0:
        raise UsageError("all features together explain nothing of the target", remedy="Choose another target.")
    away, away_unit = None, None
    if read.outside is not None and got.heldout_errors is not None and got.heldout_benchmark_error is not None:
        away = got.heldout_errors - got.heldout_benchmark_error
        there = float(np.mean((read.outside[1] - y.mean()) ** 2)) - got.heldout_benchmark_error
        away_unit = there if there > 0.0 else None
    mean = float(np.mean((y - apart.predictions.mean(axis=1)) ** 2)) - got.benchmark_error
    return _Learned(
        method=f"{args.learner.capitalize()}, {got.method}",
        benchmark_name="One hypothesis of the class",
        benchmark=got.benchmark_error,
        unit=unit,
        of_unit=f"mean squared error; it explains {figure(unit)}",
        excess=(got.errors - got.benchmark_error) / unit,
        heldout=_share(away, away_unit),
        away_unit=away_unit,
        apart=(
            ("best agent alone", float(apart.errors.min() - got.benchmark_error) / unit),
            ("mean of all", mean / unit),
        ),
        bounds=None,
        unbound="No bound is derived for such classes.",
        remarks=(
            "One hypothesis on all features is a yardstick here, no bound: agents may do better.",
            *_nothing_away(read, away_unit),
        ),
    )


def said_of(messages: str) -> str:
    """What is handed on, in words; nothing where it is the number itself."""
    kind, _, number = messages.partition(":")
    return {
        "rounded": f", messages rounded to {number} decimals",
        "noisy": f", messages with noise of {number}",
        "side": ", messages that say above or below the mean",
    }.get(kind, "")


def _share(away: FloatArray | None, unit: float | None) -> FloatArray | None:
    return None if away is None or unit is None else away / unit


def _nothing_away(read: Table, unit: float | None) -> tuple[str, ...]:
    if read.outside is None or unit is not None:
        return ()
    return ("On the rows kept out all features together explain nothing: no share is shown for them.",)


def each_of(args: argparse.Namespace, features: int) -> int:
    """How many features an agent sees.

    Raises:
        UsageError: more than there are.
    """
    from chatarena.hull.words import counted

    if args.features_per_agent > features:
        raise UsageError(
            f"an agent cannot see {args.features_per_agent} of {counted(features, 'feature')}",
            remedy="Give a smaller --features-per-agent.",
        )
    return int(args.features_per_agent)


# -- what comes out ----------------------------------------------------------------------------------------------------


def kept_out(read: Table) -> int:
    """How many rows nobody learned from."""
    return 0 if read.outside is None else len(read.outside[1])


def table_in_words(read: Table) -> dict[str, object]:
    """What of the table was used, for a document."""
    return {
        "source": read.source,
        "target": read.target,
        "features": list(read.names),
        "rows": len(read.inside[1]),
        "rows_kept_out": kept_out(read),
        "not_used": dict(read.unused),
    }


def _plain(asked: _Asked, got: _Learned, window: int | None) -> dict[str, object]:
    net, names = asked.net, asked.read.names
    return {
        "table": table_in_words(asked.read),
        "method": got.method,
        "seed": asked.args.seed,
        "network": {
            "name": net.name,
            "parents": [list(h) for h in net.parents],
            "seats": list(net.seats),
            "output": net.output,
        },
        "depths": list(net.depths),
        "seen": [[names[column] for column in own] for own in asked.seen],
        "explained": got.unit,
        "explained_kept_out": got.away_unit,
        "benchmark": got.benchmark,
        "excess": got.excess.tolist(),
        "excess_kept_out": None if got.heldout is None else got.heldout.tolist(),
        "without_a_network": dict(got.apart),
        "best_alone": got.apart[0][1],
        "coverage": window,
        "bounds": None if got.bounds is None else got.bounds.tolist(),
        "bound": None if got.bounds is None else float(got.bounds[net.output]),
        "unseen": list(_unseen(asked)),
    }
