"""Options that the verbs of `chatarena network` share, and what may be written behind them."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from chatarena.cli.verbs import add_seed
from chatarena.errors import UsageError

MESSAGES: Final = "exact, rounded:DECIMALS, noisy:STANDARD-DEVIATION or side"
ALLOCATIONS: Final = ("random", "cyclic", "covering")
AGENTS, CHANCE, ROUNDS, MOST_DECIMALS = 32, 0.3, 3, 15
# Which option says something about which networks; None where it says something about all that have a name.
SAYS: Final[dict[str, tuple[str, ...]]] = {
    "width": ("window", "two-level-star", "tree", "layered", "sparse-layered"),
    "chance": ("random",),
    "rounds": ("round-robin", "simultaneous"),
}


def add_table(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """A table and its split."""
    parser.add_argument("--data", metavar="FILE", required=required, help="a table: CSV or TSV, plain or .gz, Parquet")
    parser.add_argument("--target", metavar="COLUMN", required=required, help="the column that agents predict")
    parser.add_argument("--features-of", metavar="A,B", help="these columns only, or patterns; else all numbers")
    parser.add_argument(
        "--hold-out", type=part, default=0.3, metavar="P", help="share of rows that nobody learns from (0.3, 0: none)"
    )
    add_seed(parser)


def add_size(parser: argparse.ArgumentParser) -> None:
    """How large a network is, and what else it needs to be said of it; None where nothing was said."""
    parser.add_argument("--agents", type=count, metavar="N", help=f"how many ({AGENTS}, or as many as a file has)")
    parser.add_argument(
        "--width",
        type=count,
        metavar="N",
        help="parents in a window (2) or a sparse layered network (2), children in a tree (2), agents of a layer or "
        "hubs of a two-level star (the root of all)",
    )
    parser.add_argument("--chance", type=probability, metavar="P", help=f"of an edge of a random network ({CHANCE})")
    parser.add_argument(
        "--rounds", type=count, metavar="N", help=f"of a round robin or of simultaneous rounds ({ROUNDS})"
    )


def add_shape(parser: argparse.ArgumentParser) -> None:
    """One network by name or from a file."""
    parser.add_argument("--topology", default="chain", metavar="T", help="a network by name, or a YAML file (chain)")
    add_size(parser)
    if parser.get_default("seed") is None:
        add_seed(parser)


def add_allocation(parser: argparse.ArgumentParser) -> None:
    """Who sees what."""
    parser.add_argument("--features-per-agent", type=count, default=2, metavar="N", help="columns each sees (2)")
    parser.add_argument(
        "--allocation",
        choices=ALLOCATIONS,
        default="random",
        help="drawn for each agent, dealt in the columns' order, or dealt in a drawn order (random)",
    )


def add_messages(parser: argparse.ArgumentParser) -> None:
    """What is handed on."""
    parser.add_argument("--messages", type=message, default="exact", metavar="M", help=f"what is handed on: {MESSAGES}")


def add_pictures(parser: argparse.ArgumentParser) -> None:
    """Files to draw to."""
    parser.add_argument("--svg", type=Path, metavar="FILE", help="write the drawing to a file")
    parser.add_argument("--png", type=Path, metavar="FILE", help="as a picture of dots (needs the extra `figures`)")
    parser.add_argument("--force", action="store_true", help="replace files that are there already")


def count(text: str) -> int:
    """A whole number, at least 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text}: at least 1")
    return number


def part(text: str) -> float:
    """A share that leaves something."""
    share = float(text)
    if not 0.0 <= share < 1.0:
        raise argparse.ArgumentTypeError(f"{text}: at least 0 and less than 1")
    return share


def probability(text: str) -> float:
    """A number from 0 to 1."""
    chance = float(text)
    if not 0.0 <= chance <= 1.0:
        raise argparse.ArgumentTypeError(f"{text}: from 0 to 1")
    return chance


def penalty(text: str) -> float:
    """A number that is not negative."""
    number = float(text)
    if not (number >= 0.0 and math.isfinite(number)):
        raise argparse.ArgumentTypeError(f"{text}: 0 or more")
    return number


def message(text: str) -> str:
    """A kind of message, with its number where it has one."""
    kind, colon, number = text.partition(":")
    fits = {
        "exact": not colon,
        "side": not colon,
        "rounded": number.isascii() and number.isdigit() and int(number) <= MOST_DECIMALS,
        "noisy": _at_least_nothing(number),
    }.get(kind, False)
    if not fits:
        raise argparse.ArgumentTypeError(
            f"{text}: one of {MESSAGES}; decimals are 0 to {MOST_DECIMALS}, a standard deviation is not negative"
        )
    return text


def refuse_idle(args: argparse.Namespace, names: Sequence[str]) -> None:
    """Options that say nothing about any of the networks meant are refused, so that nobody waits for their effect.

    Raises:
        UsageError: there is such an option.
    """
    for option, of in SAYS.items():
        if getattr(args, option, None) is not None and not set(of) & set(names):
            raise UsageError(
                f"--{option} says nothing about {', '.join(names)}",
                remedy=f"Leave it out; it is for {', '.join(of)}.",
            )


def _at_least_nothing(text: str) -> bool:
    try:
        number = float(text)
    except ValueError:
        return False
    return number >= 0.0 and math.isfinite(number)
