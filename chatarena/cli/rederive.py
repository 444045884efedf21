"""`chatarena rederive`: recompute from a session's facts everything it showed, and compare to the last bit."""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING

from chatarena.cli.home import find_paths
from chatarena.cli.reference import WHERE_HELP, load
from chatarena.cli.verbs import add_json, wants_json

if TYPE_CHECKING:
    from chatarena.replay.rederive import Check

FAILED = 1
SUBJECTS = {
    "commitment": "commitments",
    "order": "speaking orders",
    "prompt": "prompts",
    "forecast": "forecasts shown",
    "card": "recommendation cards",
    "score": "scores",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """The command's words."""
    parser.add_argument("where", nargs="*", default=["last"], metavar="ID|FILE", help=f"{WHERE_HELP} (default `last`)")
    add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the command; exit code 1 where something differs."""
    from chatarena.cli.output import emit_json
    from chatarena.replay.rederive import rederive

    paths, found, good = find_paths(), [], True
    for where in args.where:
        session = load(where, paths)
        checks = list(rederive(session.entries))
        good = good and all(check.verdict != "differs" for check in checks)
        if wants_json(args):
            found.append({"session": session.id, "checks": [asdict(check) for check in checks]})
        else:
            print_checks(session.id, checks)
    if wants_json(args):
        emit_json(found, status="ok" if good else "failed")
    return 0 if good else FAILED


def print_checks(session: str, checks: list[Check]) -> None:
    """One line for each kind of derived fact, then every difference."""
    from chatarena.cli.output import emit_table, narrate, say

    say(session)
    counted: Counter[tuple[str, str]] = Counter((check.what, check.verdict) for check in checks)
    rows = [
        (
            words,
            sum(counted[what, verdict] for verdict in ("same", "rounding", "differs")),
            counted[what, "same"],
            counted[what, "rounding"],
            counted[what, "differs"],
            counted[what, "not checked"],
        )
        for what, words in SUBJECTS.items()
        if any(counted[what, verdict] for verdict in ("same", "rounding", "differs", "not checked"))
    ]
    emit_table(("derived", "checked", "same", "but for rounding", "different", "not checked"), rows)
    for check in checks:
        if check.verdict in ("differs", "rounding"):
            narrate(f"  entry {check.seq}: {check.detail}")
