"""Nouns with verbs: `chatarena sessions show`, `--json` anywhere after the noun, and a verb for the bare noun."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from chatarena.errors import UsageError

Run = Callable[[argparse.Namespace], int]


class Verbs:
    """The verbs of one noun; the first one added is what the bare noun does."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self._parser = parser
        self._commands = parser.add_subparsers(title="commands", metavar="VERB")
        self._first = True
        add_json(parser)

    def add(self, name: str, help_: str, run: Run, **defaults: object) -> argparse.ArgumentParser:
        """Adds a verb; `defaults` are the options the bare noun runs it with."""
        verb = self._commands.add_parser(name, help=help_, description=help_)
        verb.set_defaults(run=run)
        add_json(verb)
        if self._first:
            self._parser.set_defaults(run=run, **defaults)
            self._first = False
        return verb


def add_json(parser: argparse.ArgumentParser) -> None:
    """The option `--json`. Absent it leaves no trace, so that a verb does not undo what stood before it."""
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON document")


def wants_json(args: argparse.Namespace) -> bool:
    return bool(getattr(args, "json", False))


def add_seed(parser: argparse.ArgumentParser) -> None:
    """The option `--seed` of whatever draws; 0 where it is not given."""
    parser.add_argument("--seed", type=_seed, default=0, metavar="N", help="fixes every draw (0)")


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text}: a whole number, at least 0")
    return int(text)


def check_free(path: Path | None, force: bool) -> None:
    """Says before anything is computed what would stop a file from being written; None is no file.

    Raises:
        UsageError: it is there already and is not to be replaced, it is a folder, or its folder is not there.
    """
    if path is None:
        return
    if path.is_dir():
        raise UsageError(f"{path} is a folder", remedy="Name a file.")
    if path.exists() and not force:
        raise UsageError(f"{path} exists already", remedy="Give another name, or replace it with --force.")
    if not path.parent.is_dir():
        raise UsageError(f"{path}: there is no folder {path.parent}", remedy="Check the folder.")
