"""`chatarena network`: agents on a graph who see part of the evidence and their parents' predictions."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final

from chatarena.cli.ending import files
from chatarena.cli.network_debate import configure as configure_debate
from chatarena.cli.network_options import (
    add_allocation,
    add_messages,
    add_pictures,
    add_shape,
    add_size,
    add_table,
    count,
    penalty,
)
from chatarena.cli.verbs import Verbs, wants_json

if TYPE_CHECKING:
    from chatarena.networks.network import Network

SWEPT: Final = "chain,window,layered,star,complete"
DESIGNS: Final = ("adaptive", "oblivious", "greedy")


def configure(parser: argparse.ArgumentParser) -> None:
    """The command's words."""
    parser.set_defaults(kept=files)
    verbs = Verbs(parser)
    verbs.add("list", "list the networks, worst cases and shipped decisions there are by name", list_)
    _run(verbs)
    _sweep(verbs)
    _instance(verbs)
    _design(verbs)
    draw = verbs.add("draw", "draw a network, as text and as a file", draw_)
    add_shape(draw)
    add_pictures(draw)
    configure_debate(verbs.add("debate", "put hidden-profile decisions to agents on networks", debate_))


def _run(verbs: Verbs) -> None:
    run = verbs.add("run", "let agents learn a table on one network", run_)
    add_table(run)
    add_shape(run)
    add_allocation(run)
    run.add_argument(
        "--learner",
        choices=("linear", "logistic", "trees", "boosting"),
        default="linear",
        help="least squares, labels 0 and 1 without a penalty, or greedy steps of another class (linear)",
    )
    add_messages(run)
    run.add_argument("--ridge", type=penalty, default=0.0, metavar="X", help="a penalty; it breaks the identities (0)")
    run.add_argument(
        "--passing", choices=("logits", "probabilities"), help="what logistic agents hand on (logits; the other loses)"
    )


def _sweep(verbs: Verbs) -> None:
    sweep = verbs.add("sweep", "compare networks over many draws of who sees what", sweep_)
    add_table(sweep)
    sweep.add_argument(
        "--topologies", default=SWEPT, metavar="A,B", help=f"by name, greedy-path, or YAML files ({SWEPT})"
    )
    add_size(sweep)
    sweep.add_argument("--allocations", type=count, default=20, metavar="N", help="draws of who sees what (20)")
    add_allocation(sweep)
    add_messages(sweep)
    add_pictures(sweep)


def _instance(verbs: Verbs) -> None:
    instance = verbs.add("instance", "compute a worst case of the papers exactly", instance_)
    instance.add_argument("name", metavar="NAME", help="one of `chatarena network list`")
    instance.add_argument("--size", type=count, metavar="N", help="features (pairs of spokes for the decoy)")
    instance.add_argument("--agents", type=count, metavar="N", help="how many agents speak")
    instance.add_argument("--topology", metavar="T", help="another network than the instance's own, or a file")
    instance.add_argument("--width", type=count, metavar="N", help="parents, layer or hubs of that network")


def _design(verbs: Verbs) -> None:
    design = verbs.add("design", "make a network on which agents are exact, or a greedy path", design_)
    design.add_argument(
        "kind",
        choices=DESIGNS,
        help="exact for the table's distribution, exact for any, or a chain that takes one feature after the other",
    )
    design.add_argument("--features", type=count, metavar="D", help="how many features (oblivious, without a table)")
    design.add_argument("--depth", type=count, metavar="D", help="length of a greedy path (8)")
    design.add_argument("--features-per-agent", type=count, metavar="N", help="columns each sees on a greedy path (1)")
    add_table(design, required=False)
    add_pictures(design)


# -- the verbs ---------------------------------------------------------------------------------------------------------


def list_(args: argparse.Namespace) -> int:
    """Names, with a word on each."""
    from chatarena.authoring.profiles import load_profiles
    from chatarena.cli.home import find_paths
    from chatarena.cli.output import emit_json, say, say_wrapped
    from chatarena.networks.instances import INSTANCES, instance
    from chatarena.networks.topologies import TOPOLOGIES

    profiles = load_profiles((find_paths().own_prompts,))
    made = [instance(name) for name in INSTANCES]
    if wants_json(args):
        emit_json(
            {
                "topologies": list(TOPOLOGIES),
                "instances": [{"name": m.name, "statement": m.statement, "source": m.source} for m in made],
                "profiles": [{"name": profile.name, "question": profile.question} for profile in profiles],
            }
        )
        return 0
    say_wrapped(f"Topologies: {', '.join(TOPOLOGIES)}.")
    for one in made:
        say("")
        say(f"Instance {one.name}")
        say_wrapped(f"{one.statement} Source: {one.source}.", indent="  ")
    say("")
    say("Hidden profiles (`chatarena network debate`)")
    for profile in profiles:
        say_wrapped(f"{profile.name}: {profile.question}", indent="  ")
    return 0


def draw_(args: argparse.Namespace) -> int:
    """A network without anything learned."""
    from chatarena.cli.network_files import check_files, draw_network
    from chatarena.cli.network_input import shape
    from chatarena.cli.output import emit_json

    check_files(args)
    net = shape(args)
    draw_network(args, net)
    if wants_json(args):
        emit_json(_network(net))
    else:
        _print_network(net)
    return 0


def instance_(args: argparse.Namespace) -> int:
    """A worst case, computed."""
    from chatarena.cli.network_input import instance_of
    from chatarena.cli.output import emit_json, emit_table, say_wrapped
    from chatarena.networks.bounds import agent_bounds, unit
    from chatarena.networks.linear import aggregate
    from chatarena.report.hull.text import figure
    from chatarena.report.networks.drawing import describe
    from chatarena.report.networks.text import depths, share

    made, net, seen, window = instance_of(args)
    got = aggregate(made.space, net, seen)
    scale, whole = unit(made.space), made.space.error(0.0 * made.space.label)
    bounds = agent_bounds(net, seen, made.space.d, scale=scale, start=whole - got.benchmark_error)
    bound = float(bounds[net.output])
    if wants_json(args):
        emit_json(
            {
                "instance": made.name,
                "statement": made.statement,
                "source": made.source,
                "network": _network(net),
                "excess": got.excess.tolist(),
                "output_excess": got.output_excess,
                "mean_square": whole,
                "coverage": window,
                "scale": scale,
                "bound": bound,
            }
        )
        return 0
    say_wrapped(f"{made.name}: {made.statement}")
    say_wrapped(f"Source: {made.source}.")
    say_wrapped(describe(net))
    say_wrapped("Excess over the best predictor on all features, as a share of the label's mean square:")
    shown = depths(net, (got.excess / whole).tolist(), bounds=(bounds / whole).tolist())
    emit_table(shown.header, shown.rows)
    kept, most = got.output_excess / whole, bound / whole
    left = f"{figure(got.output_excess)} ({share(kept)})" if share(kept) != "0" else "nothing"
    say_wrapped(f"The output agent keeps {left} of the label's mean square, {figure(whole)}.")
    say_wrapped(
        f"Bound derived here for it: {share(most)}; it grows with (A* M_X)^2, {figure(scale)} here."
        if bound < whole - got.benchmark_error
        else "No bound is derived for it: not all features are seen by those whose words reach it."
    )
    return 0


def design_(args: argparse.Namespace) -> int:
    """A network made for exactness, and its excess where there is a distribution."""
    from chatarena.cli.network_files import check_files, draw_network
    from chatarena.cli.network_input import designed
    from chatarena.cli.output import emit_json, say_wrapped
    from chatarena.report.networks.text import share

    check_files(args)
    got = designed(args)
    made = got.design
    draw_network(args, made.network)
    if wants_json(args):
        emit_json(
            {
                "kind": args.kind,
                "source": made.source,
                "network": _network(made.network),
                "features": [list(seen) for seen in made.features],
                "names": list(got.names),
                "rows": got.rows,
                "excess": got.excess,
                "excess_kept_out": got.heldout,
                "bound": got.bound,
            }
        )
        return 0
    _print_network(made.network, tuple(tuple(got.names[column] for column in seen) for seen in made.features))
    say_wrapped(f"Source: {made.source}; means are taken off first.")
    if got.excess is not None:
        away = "" if got.heldout is None else f"; on rows kept out {share(got.heldout)}"
        say_wrapped(
            f"Excess of the output agent on the {got.rows} rows it was made for, as a share of what all features "
            f"explain: {share(got.excess)}{away}."
        )
    if got.bound is not None:
        nothing = ", which says nothing here" if got.bound >= 1.0 else ""
        say_wrapped(f"Its bound, U / (depth + 1): {share(got.bound)}{nothing}.")
    return 0


def run_(args: argparse.Namespace) -> int:
    """One network on one table."""
    from chatarena.cli.network_run import run

    return run(args)


def debate_(args: argparse.Namespace) -> int:
    """Agents that talk, on several networks."""
    from chatarena.cli.network_debate import run

    return run(args)


def sweep_(args: argparse.Namespace) -> int:
    """Several networks on one table."""
    from chatarena.cli.network_sweep import sweep

    return sweep(args)


# -- what comes out ----------------------------------------------------------------------------------------------------


def _print_network(net: Network, seen: tuple[tuple[str, ...], ...] = ()) -> None:
    import sys

    from chatarena.cli.output import say, say_wrapped, terminal_width
    from chatarena.report.networks.drawing import WIDTH, describe, lines, picture

    screen = terminal_width(sys.stdout)
    say_wrapped(describe(net))
    for line in picture(net, width=WIDTH if screen is None else min(screen, WIDTH)):
        say(line)
    for line in lines(net, seen, width=screen):
        say(line)


def _network(net: Network) -> dict[str, object]:
    return {
        "name": net.name,
        "parents": [list(heard) for heard in net.parents],
        "labels": list(net.labels),
        "seats": list(net.seats),
        "output": net.output,
        "depths": list(net.depths),
        "edges": net.edges,
    }
