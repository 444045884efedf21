"""Nouns with verbs: `chatarena sessions show`, `--json` anywhere after the noun, and a verb for the bare noun."""

from __future__ import annotations

import argparse
from collections.abc import Callable

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
