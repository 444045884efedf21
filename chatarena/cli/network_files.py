"""Drawings of networks and of sweeps as files."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from chatarena.cli.verbs import check_free
from chatarena.cli.whole_file import write
from chatarena.errors import UsageError

if TYPE_CHECKING:
    from chatarena.networks.network import Network
    from chatarena.networks.sweep import Sweep

HEADING: Final = "Excess over the best predictor on all features, as a share of what it explains"


def check_files(args: argparse.Namespace) -> None:
    """Says before anything is computed what would stop a drawing from being written.

    Raises:
        UsageError: a file is there already, both drawings go to the same file, or the library for pictures is missing.
    """
    for path in (args.svg, args.png):
        check_free(path, args.force)
    if args.png is not None:
        if args.png == args.svg:
            raise UsageError("--svg and --png name the same file", remedy="Give them different names.")
        from chatarena.report.pictures import require

        require("--svg")


def draw_network(args: argparse.Namespace, net: Network) -> None:
    """The network to `--svg` and `--png`, where they are given.

    Raises:
        UsageError: more agents than a drawing can show, or a file that cannot be written.
    """
    if args.svg is None and args.png is None:
        return
    from chatarena.report.networks.drawing import MOST_AGENTS, svg

    if len(net) > MOST_AGENTS:
        raise UsageError(f"a drawing of {len(net)} places would show nothing", remedy=f"Draw at most {MOST_AGENTS}.")
    if args.svg is not None:
        write(args.svg, svg(net, title=net.name))
    if args.png is not None:
        from chatarena.report.networks.png import network_picture

        _write_picture(args.png, *network_picture(net))


def draw_sweep(args: argparse.Namespace, got: Sweep) -> None:
    """The curves to `--svg` and `--png`, where they are given.

    Raises:
        UsageError: a file that cannot be written.
    """
    if args.svg is not None:
        from chatarena.report.html.standalone import svg_file
        from chatarena.report.networks.figure import excess_by_depth

        write(args.svg, svg_file(excess_by_depth(got), heading=HEADING))
    if args.png is not None:
        from chatarena.report.networks.png import sweep_picture

        _write_picture(args.png, *sweep_picture(got))


def _write_picture(path: Path, content: bytes, whole: bool) -> None:
    from chatarena.cli.output import narrate

    write(path, content)
    if not whole:
        narrate("Some characters of the picture have no font on this machine; --svg leaves them to who opens it.")
