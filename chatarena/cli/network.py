"""`chatarena network`: agents on a graph who see part of the evidence and their parents' predictions."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from chatarena.cli.network_debate import configure as configure_debate
from chatarena.cli.verbs import Verbs, wants_json
from chatarena.errors import UsageError

if TYPE_CHECKING:
    from chatarena.networks.network import Network

MESSAGES: Final = "exact, rounded:DECIMALS, noisy:STANDARD-DEVIATION or side"
ALLOCATIONS: Final = ("random", "cyclic", "covering")
SWEPT: Final = "chain,window,layered,star,complete"
DESIGNS: Final = ("adaptive", "oblivious", "greedy")


def configure(parser: argparse.ArgumentParser) -> None:
    """The command's words."""
    verbs = Verbs(parser)
    verbs.add("list", "list the networks, worst cases and shipped decisions there are by name", list_)
    _run(verbs)
    _sweep(verbs)
    draw = verbs.add("draw", "draw a network, as text and as SVG", draw_)
    _add_shape(draw)
    _add_svg(draw)
    instance = verbs.add("instance", "compute a worst case of the papers exactly", instance_)
    instance.add_argument("name", metavar="NAME", help="one of `chatarena network list`")
    instance.add_argument("--size", type=_count, metavar="N", help="features (pairs of spokes for the decoy)")
    instance.add_argument("--agents", type=_count, metavar="N", help="how many agents speak")
    instance.add_argument("--topology", metavar="T", help="another network than the instance's own, or a file")
    instance.add_argument("--width", type=_count, metavar="N", help="parents, layer or hubs of that network")
    design = verbs.add("design", "make a network on which agents are exact, or a greedy path", design_)
    design.add_argument("kind", choices=DESIGNS, help="for one distribution, for any, or one feature after the other")
    design.add_argument("--features", type=_count, metavar="D", help="how many features (without a table)")
    design.add_argument("--depth", type=_count, default=8, metavar="D", help="length of a greedy path (8)")
    _add_table(design, required=False)
    _add_svg(design)
    configure_debate(verbs.add("debate", "put hidden-profile decisions to agents on networks", debate_))


def _run(verbs: Verbs) -> None:
    run = verbs.add("run", "let agents learn a table on one network", run_)
    _add_table(run)
    _add_shape(run)
    _add_allocation(run)
    run.add_argument("--learner", choices=("linear", "logistic", "trees", "boosting"), default="linear")
    run.add_argument("--messages", type=_message, default="exact", metavar="M", help=f"what is handed on: {MESSAGES}")
    run.add_argument("--ridge", type=float, default=0.0, metavar="X", help="a penalty; it breaks the identities (0)")
    run.add_argument(
        "--passing", choices=("logits", "probabilities"), default="logits", help="logistic: what is passed"
    )


def _sweep(verbs: Verbs) -> None:
    sweep = verbs.add("sweep", "compare networks over many draws of who sees what", sweep_)
    _add_table(sweep)
    sweep.add_argument("--topologies", default=SWEPT, metavar="A,B", help=f"by name ({SWEPT})")
    sweep.add_argument("--agents", type=_count, default=32, metavar="N", help="how many (32)")
    sweep.add_argument("--width", type=_count, metavar="N", help="parents, layer or hubs, as the network has them")
    sweep.add_argument("--chance", type=float, default=0.3, metavar="P", help="of an edge of a random network (0.3)")
    sweep.add_argument("--allocations", type=_count, default=20, metavar="N", help="draws of who sees what (20)")
    _add_allocation(sweep)
    _add_svg(sweep)


def _add_table(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    parser.add_argument("--data", metavar="FILE", required=required, help="a table: CSV or TSV, plain or .gz, Parquet")
    parser.add_argument("--target", metavar="COLUMN", required=required, help="the column that agents predict")
    parser.add_argument("--features-of", metavar="A,B", help="these columns only, or patterns; else all numbers")
    parser.add_argument(
        "--hold-out", type=_share, default=0.3, metavar="P", help="share of rows kept out (0.3, 0: none)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="fixes every draw (0)")


def _add_shape(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--topology", default="chain", metavar="T", help="a network by name, or a YAML file (chain)")
    parser.add_argument("--agents", type=_count, default=32, metavar="N", help="how many (32)")
    parser.add_argument("--width", type=_count, metavar="N", help="parents, layer or hubs, as the network has them")
    parser.add_argument("--chance", type=float, default=0.3, metavar="P", help="of an edge of a random network (0.3)")
    if parser.get_default("seed") is None:
        parser.add_argument("--seed", type=int, default=0, metavar="N", help="fixes every draw (0)")


def _add_allocation(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--features-per-agent", type=_count, default=2, metavar="N", help="columns each sees (2)")
    parser.add_argument(
        "--allocation", choices=ALLOCATIONS, default="random", help="drawn, dealt in order, or dealt in a drawn order"
    )


def _add_svg(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--svg", type=Path, metavar="FILE", help="write the drawing to a file")
    parser.add_argument("--force", action="store_true", help="replace it where it is there already")


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError(f"{text}: at least 1")
    return count


def _share(text: str) -> float:
    share = float(text)
    if not 0.0 <= share < 1.0:
        raise argparse.ArgumentTypeError(f"{text}: at least 0 and less than 1")
    return share


def _message(text: str) -> str:
    kind, _, number = text.partition(":")
    if kind not in ("exact", "rounded", "noisy", "side") or (kind in ("rounded", "noisy")) != bool(number):
        raise argparse.ArgumentTypeError(f"{text}: one of {MESSAGES}")
    return text


# -- the verbs ---------------------------------------------------------------------------------------------------------


def list_(args: argparse.Namespace) -> int:
    """Names, with a word on each."""
    from chatarena.cli.output import emit_json, say, wrapped
    from chatarena.networks.instances import INSTANCES, instance
    from chatarena.networks.topologies import TOPOLOGIES

    made = [instance(name) for name in INSTANCES]
    if wants_json(args):
        emit_json(
            {
                "topologies": list(TOPOLOGIES),
                "instances": [{"name": m.name, "statement": m.statement, "source": m.source} for m in made],
            }
        )
        return 0
    say(f"Topologies: {', '.join(name.replace(' ', '-') for name in TOPOLOGIES)}.")
    for one in made:
        say("")
        say(f"Instance {one.name.replace(' ', '-')}")
        for line in wrapped(f"{one.statement} Source: {one.source}."):
            say(f"  {line}")
    return 0


def draw_(args: argparse.Namespace) -> int:
    """A network without anything learned."""
    from chatarena.cli.network_input import shape
    from chatarena.cli.output import emit_json

    _check_free(args)
    net = shape(args)
    _write_drawing(args, net)
    if wants_json(args):
        emit_json(_network(net))
    else:
        _print_network(net)
    return 0


def instance_(args: argparse.Namespace) -> int:
    """A worst case, computed."""
    from chatarena.cli.network_input import instance_of
    from chatarena.cli.output import emit_json, emit_table, say
    from chatarena.networks.bounds import path_bound, unit
    from chatarena.networks.linear import aggregate
    from chatarena.report.networks.text import depths

    made, net, seen, window = instance_of(args)
    got = aggregate(made.space, net, seen)
    scale = unit(made.space)
    bound = None if window is None else path_bound(net.depth, window, scale)
    if wants_json(args):
        emit_json(
            {
                "instance": made.name,
                "statement": made.statement,
                "source": made.source,
                "network": _network(net),
                "excess": got.excess.tolist(),
                "output_excess": got.output_excess,
                "coverage": window,
                "scale": scale,
                "bound": bound,
            }
        )
        return 0
    say(f"{made.name}: {made.statement}")
    say(f"Source: {made.source}.")
    shown = depths(net, got.excess.tolist(), made.space.error(0.0 * made.space.label))
    emit_table(shown.header, shown.rows)
    say(f"The output agent keeps an excess of {got.output_excess:.6g}; the unit of bounds is {scale:.6g}.")
    say(
        "No bound is derived for this network."
        if bound is None
        else f"Bound derived here for M = {window}: {bound:.6g}."
    )
    return 0


def design_(args: argparse.Namespace) -> int:
    """A network made for exactness, and its excess where there is a distribution."""
    from chatarena.cli.network_input import designed
    from chatarena.cli.output import emit_json, say

    _check_free(args)
    made, names, excess = designed(args)
    _write_drawing(args, made.network)
    if wants_json(args):
        emit_json(
            {
                "kind": args.kind,
                "source": made.source,
                "network": _network(made.network),
                "features": [list(seen) for seen in made.features],
                "excess": excess,
            }
        )
        return 0
    _print_network(made.network, tuple(tuple(names[column] for column in seen) for seen in made.features))
    say(f"Source: {made.source}.")
    if excess is not None:
        say(f"Excess of the output agent, as a share of what all features explain: {excess:.3g}.")
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
    from chatarena.cli.network_run import sweep

    _check_free(args)
    return sweep(args)


# -- what comes out ----------------------------------------------------------------------------------------------------


def _check_free(args: argparse.Namespace) -> None:
    if args.svg is not None and args.svg.exists() and not args.force:
        raise UsageError(f"{args.svg} exists already", remedy="Give another name, or replace it with --force.")


def _write_drawing(args: argparse.Namespace, net: Network) -> None:
    if args.svg is None:
        return
    from chatarena.report.networks.drawing import MOST_AGENTS, svg

    if len(net) > MOST_AGENTS:
        raise UsageError(f"a drawing of {len(net)} agents would show nothing", remedy=f"Draw at most {MOST_AGENTS}.")
    write_file(args.svg, svg(net, title=net.name))


def write_file(path: Path, text: str) -> None:
    """A file, or a word on why not."""
    from chatarena.cli.output import narrate

    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}", remedy="Check the folder.") from error
    narrate(f"written: {path}")


def _print_network(net: Network, seen: tuple[tuple[str, ...], ...] = ()) -> None:
    from chatarena.cli.output import say
    from chatarena.report.networks.drawing import describe, lines, picture

    say(describe(net))
    for line in picture(net):
        say(line)
    for line in lines(net, seen):
        say(line)


def _network(net: Network) -> dict[str, object]:
    return {
        "name": net.name,
        "parents": [list(heard) for heard in net.parents],
        "labels": list(net.labels),
        "output": net.output,
        "depths": list(net.depths),
        "edges": net.edges,
    }
