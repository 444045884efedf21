"""`chatarena hull`: whether a person's utility lies in the hull of the agents', from sessions or from any table."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from chatarena.cli.ending import files
from chatarena.cli.home import find_paths
from chatarena.cli.hull_input import subject_of
from chatarena.cli.reference import WHERE_HELP
from chatarena.cli.verbs import add_json, add_seed, check_free, wants_json

if TYPE_CHECKING:
    from chatarena.report.hull.study import Findings, Question
    from chatarena.report.hull.text import Block, Grid
    from chatarena.report.hull.view import View

KINDS: Final = ("simplex", "cone", "affine")
OFFSETS: Final = {"none": "none", "free": "free", "per-state": "per state"}
NORMS: Final = {"rms": "mean square", "sup": "largest error"}
# Draws that end within minutes on a table of some hundred rows.
MOST_DRAWS: Final = 1_000_000
TONES: Final = {"alarm": ("! ", "warn"), "": ("", "")}


def configure(parser: argparse.ArgumentParser) -> None:
    """The command's words."""
    parser.add_argument(
        "where", nargs="*", metavar="SESSION", help=f"{WHERE_HELP}; several may be given (default `last`)"
    )
    _add_sessions(parser)
    _add_table(parser)
    _add_question(parser)
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the report as one page of HTML")
    parser.add_argument("--png", type=Path, metavar="FILE", help="draw the figures (needs the extra `figures`)")
    parser.add_argument("--force", action="store_true", help="replace these files where they are there already")
    parser.epilog = (
        "A mean error on some instances is not the epsilon of the theorems, and an analysis of one short session can"
        " hardly tell anything: the answer says so where that is the case."
    )
    add_json(parser)
    parser.set_defaults(run=run, kept=files)


def _add_sessions(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--all", action="store_true", help="every session in the log that stands for itself")
    parser.add_argument("--tag", metavar="T", help="those of them that bear this tag")
    parser.add_argument("--agents", action="append", metavar="A,B", help="these agents only; in a table, patterns too")
    parser.add_argument(
        "--numbers", choices=("appraisals", "claims", "sides"), help="agents' private appraisals, or what they claimed"
    )
    parser.add_argument("--method", choices=("verbal", "logprob"), help="how appraisals were made")
    parser.add_argument(
        "--phase", choices=("final", "prior"), help="the participant's ratings after or before the talk"
    )


def _add_table(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--table", metavar="FILE", help="a table of scores instead: CSV or TSV, plain or .gz, or Parquet"
    )
    parser.add_argument("--target", metavar="COLUMN", help="table: whose scores the agents are to reproduce")
    parser.add_argument("--group", metavar="COLUMN", help="table: what belongs together when rows are held out")
    parser.add_argument("--state", metavar="COLUMN", help="table: the state of the world that a row is in")
    parser.add_argument("--label", metavar="COLUMN", help="table: what a row is called")
    parser.add_argument("--scale", type=_scale, metavar="LOW,HIGH", help="table: the scores that become 0 and 1")


def _add_question(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kind", choices=KINDS, default="simplex", help="which combinations of agents are allowed")
    parser.add_argument("--offset", choices=tuple(OFFSETS), default="free", help="the constant that may be added")
    parser.add_argument("--norm", choices=tuple(NORMS), default="rms", help="which error decides: mean or largest")
    parser.add_argument(
        "--tolerance",
        type=_positive,
        metavar="X",
        help="the error that still passes (0.05, or that of the target's range)",
    )
    parser.add_argument("--curve", action="store_true", help="how the error falls with the number of agents")
    parser.add_argument("--bootstrap", type=_count, default=1000, metavar="N", help="resamples for intervals (0: none)")
    parser.add_argument(
        "--null", type=_count, default=200, metavar="N", help="draws of agents that know nothing (0: none)"
    )
    add_seed(parser)


def _scale(text: str) -> tuple[float, float]:
    low, high = (float(part) for part in text.split(","))
    if not low < high:
        raise argparse.ArgumentTypeError(f"{text}: the first must be less than the second")
    return low, high


def _count(text: str) -> int:
    count = int(text)
    if not (count == 0 or 2 <= count <= MOST_DRAWS):
        raise argparse.ArgumentTypeError(f"{text}: 0, or from 2 to {MOST_DRAWS}")
    return count


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text}: more than 0")
    return value


def run(args: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    from numpy.random import default_rng

    from chatarena import __version__
    from chatarena.report.hull.study import study
    from chatarena.report.hull.telling import telling

    for path in (args.html, args.png):
        check_free(path, args.force)
    if args.png is not None:
        from chatarena.report.pictures import require

        require("--html")
    findings = study(subject_of(args, find_paths()), _question(args), default_rng(args.seed))
    view = telling(findings, __version__)
    _write_files(args, view)
    if wants_json(args):
        _print_json(findings, view)
    else:
        print_blocks(view)
    return 0


def _question(args: argparse.Namespace) -> Question:
    from chatarena.report.hull.study import CURVE, Question

    drawn = args.curve or args.html is not None or args.png is not None
    return Question(
        kind=args.kind,
        norm=NORMS[args.norm],  # type: ignore[arg-type]
        offset=OFFSETS[args.offset],  # type: ignore[arg-type]
        tolerance=args.tolerance,
        curve=CURVE if drawn else 0,
        bootstrap=args.bootstrap,
        null=args.null,
        seed=args.seed,
    )


# -- what comes out ----------------------------------------------------------------------------------------------------


def _write_files(args: argparse.Namespace, view: View) -> None:
    """The files that were asked for."""
    from chatarena.cli.output import narrate
    from chatarena.cli.whole_file import write

    if args.html is not None:
        from chatarena.report.hull.page import html

        write(args.html, "".join(html(view)))
    if args.png is not None:
        from chatarena.report.hull.png import draw

        picture, whole = draw(view)
        write(args.png, picture)
        if not whole:
            narrate("no font here has all characters: some are boxes in the picture; a page has them all")


def _print_json(findings: Findings, view: View) -> None:
    from dataclasses import asdict

    from chatarena.cli.output import emit_json
    from chatarena.hull.analysis import plain

    warnings = [*view.alarms, *view.cautions]
    emit_json(
        {
            "question": asdict(findings.question),
            "subject": {
                "title": view.title,
                "read": list(view.read),
                "left_out": list(view.left_out),
                "origin": [list(pair) for pair in view.origin],
            },
            "analysis": plain(findings.analysis),
            "on_all_rows": None if findings.whole is None else plain(findings.whole),
            "least_largest_errors": dict(findings.gaps),
            "blind_spots": [asdict(group) for group in findings.bias.groups],
            "without": [asdict(one) for one in findings.without],
        },
        warnings=warnings,
    )


def print_blocks(view: View) -> None:
    """Sentences and tables on stdout."""
    from chatarena.cli.output import say
    from chatarena.report.hull.text import Sentences, blocks

    for number, block in enumerate(blocks(view)):
        if number and (block.heading or isinstance(block, Sentences)):
            say("")
        if block.heading:
            say(f"{block.heading}")
        _print_block(block)


def _print_block(block: Block) -> None:
    from chatarena.cli.output import say, wrapped
    from chatarena.report.hull.text import Sentences

    if isinstance(block, Sentences):
        mark, tone = TONES[block.tone]
        for line in block.lines:
            for place, part in enumerate(wrapped(line)):
                say(f"{part}" if mark else part, mark=(mark if not place else "  ") if mark else "", tone=tone)
    else:
        _print_grid(block)


def _print_grid(block: Grid) -> None:
    from chatarena.cli.output import emit_table, say, wrapped

    emit_table(block.header, block.rows)
    for line in wrapped(block.note) if block.note else ():
        say(line)
