"""`chatarena network sweep`: several networks learn one table, over many draws of who sees what."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final, cast

from chatarena.cli.network_input import check_size, is_file, message_of, network_of, sizes_of, spaces_of, table_of
from chatarena.cli.network_options import AGENTS, refuse_idle
from chatarena.cli.network_run import each_of, kept_out, said_of, table_in_words
from chatarena.cli.verbs import wants_json
from chatarena.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatarena.networks.sweep import Sweep, Swept
    from chatarena.networks.topologies import TopologyName


def sweep(args: argparse.Namespace) -> int:
    """Several networks on one table; returns the exit code."""
    from numpy.random import default_rng

    from chatarena.cli.network_files import check_files, draw_sweep
    from chatarena.cli.output import emit_json, narrate
    from chatarena.networks.sweep import Rows
    from chatarena.networks.sweep import sweep as compare
    from chatarena.report.networks.text import sentences

    check_files(args)
    networks = _networks(args)
    rows, draws = default_rng(args.seed).spawn(2)
    read = table_of(args, rows)
    inside, outside = spaces_of(read)
    lossy = None
    if args.messages != "exact":
        lossy = Rows(inside=read.inside, outside=read.outside, message=message_of(args.messages))
    try:
        got = compare(
            inside,
            networks,
            **sizes_of(args),
            each=each_of(args, len(read.names)),
            allocations=args.allocations,
            allocation=args.allocation,
            heldout=outside,
            rows=lossy,
            rng=draws,
        )
    except ValueError as error:
        raise UsageError(str(error)) from error
    draw_sweep(args, got)
    for sentence in sentences(read.unused, read.read):
        narrate(sentence)
    if wants_json(args):
        emit_json({"table": table_in_words(read), "seed": args.seed, "messages": args.messages, **_plain(got)})
        return 0
    _print(args, got, len(read.names), kept_out(read))
    return 0


RESAMPLED: Final = (
    "Resampled: the middle 95 % of means over draws drawn anew from these. Over few draws, or where few of them leave"
    " anything, that is too narrow an interval for the mean of all draws."
)


def _print(args: argparse.Namespace, got: Sweep, features: int, away: int) -> None:
    from chatarena.cli.output import emit_table, say_wrapped
    from chatarena.hull.words import counted
    from chatarena.report.networks.text import swept

    how = said_of(args.messages)
    agents = got.curves[0].agents
    who = "1 agent, who sees" if agents == 1 else f"{agents} agents, each sees"
    say_wrapped(f"{who} {got.each} of {counted(features, 'feature')} ({got.allocation}){how};")
    draws, rows = counted(got.allocations, "draw"), counted(away, "row")
    say_wrapped(f"{draws} of who sees what, {rows} kept out, seed {args.seed}.")
    say_wrapped(
        "Excess over the best predictor on all features, as a share of what it explains (mean over draws; by depth the"
        " best agent of each depth):"
    )
    shown = swept(got)
    emit_table(shown.header, shown.rows)
    say_wrapped(RESAMPLED)
    if single := [curve.topology for curve in got.curves if curve.runs == 1 < got.allocations]:
        say_wrapped(f"Nothing is drawn for {', '.join(single)}: one run, no interval.")
    if away and got.heldout_explained is None:
        say_wrapped(
            "On the rows kept out all features together explain nothing: no share is shown for them.", mark="! "
        )


def named_topologies(text: str) -> Sequence[TopologyName]:
    """Networks by their names with commas between them.

    Raises:
        UsageError: there is none of such a name, or one twice.
    """
    from chatarena.networks.topologies import TOPOLOGIES

    return cast("Sequence[TopologyName]", _named(text, TOPOLOGIES))


def _named(text: str, known: Sequence[str]) -> list[str]:
    """Names and files, as they are called."""
    from chatarena.authoring.places import suggest
    from chatarena.networks.topologies import dashed

    found: list[str] = []
    for word in (word.strip() for word in text.split(",") if word.strip()):
        plain = dashed(word)
        if plain not in known and not is_file(word):
            raise UsageError(f"no network is called {word!r}", remedy=suggest(plain, known))
        found.append(plain if plain in known else word)
    if not found or len(set(found)) < len(found):
        raise UsageError(
            f"networks are named once each, with commas between them, not {text!r}",
            remedy=f"There are {', '.join(known)}.",
        )
    return found


def _networks(args: argparse.Namespace) -> list[Swept]:
    """What is swept; where files are among it and nothing else was said, as many agents as they have."""
    from chatarena.hull.words import counted
    from chatarena.networks.sweep import GREEDY
    from chatarena.networks.topologies import TOPOLOGIES

    known = (*TOPOLOGIES, GREEDY)
    words = _named(args.topologies, known)
    names = [word for word in words if word in known]
    refuse_idle(args, names or words)
    files = {word: network_of(word) for word in words if word not in known}
    sizes = {word: net.speakers for word, net in files.items()}
    if args.agents is None:
        args.agents = next(iter(sizes.values()), AGENTS)
    if wrong := next((word for word, agents in sizes.items() if agents != args.agents), None):
        raise UsageError(
            f"{wrong} has {counted(sizes[wrong], 'agent')}, this sweep {args.agents}: no way to compare what they see",
            remedy="Compare networks of one size.",
        )
    check_size(names, **sizes_of(args))
    return [files.get(word, cast("TopologyName", word)) for word in words]


def _plain(got: Sweep) -> dict[str, object]:
    from dataclasses import asdict

    return {
        "allocation": got.allocation,
        "features_per_agent": got.each,
        "allocations": got.allocations,
        "explained": got.explained,
        "explained_kept_out": got.heldout_explained,
        "curves": [asdict(curve) for curve in got.curves],
    }
