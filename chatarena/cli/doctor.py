"""`chatarena doctor`: what works on this machine, one line a check, and what to do about the rest."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from chatarena.cli.home import find_paths
from chatarena.cli.verbs import add_json, wants_json

if TYPE_CHECKING:
    from chatarena.cli.checks import Check


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "Exit code 1 where something fails; a warning is only worth knowing. Keys are told by their variables' names."
    )
    parser.add_argument("--quick", action="store_true", help="start no model process and generate nothing")
    parser.add_argument("--model", metavar="NAME", help="try this model instead of the default one")
    add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Prints each check as it is done; exit code 1 where one failed."""
    from chatarena.cli.output import emit_json, tell

    done: list[Check] = []
    for check in _checks(args.model, quick=args.quick):
        done.append(check)
        if not wants_json(args):
            tell(f"{check.name}: {check.found}", mark=f"{check.status:<6}", tone=check.status)
            if check.remedy:
                tell(check.remedy, mark=" " * 6)
    failed = any(check.status == "fail" for check in done)
    if wants_json(args):
        emit_json([asdict(check) for check in done], status="failed" if failed else "ok")
    return 1 if failed else 0


def _checks(model: str | None, *, quick: bool) -> Iterator[Check]:
    """The checks, cheapest first; those on models use the defaults where the settings are faulty."""
    from chatarena.cli import checks, model_checks
    from chatarena.cli.settings import Settings
    from chatarena.cli.settings_loading import load_settings
    from chatarena.errors import SettingsError

    paths = find_paths()
    yield checks.python()
    yield checks.packages()
    yield checks.terminal(sys.stdout, os.environ)
    settings = Settings()
    try:
        settings = load_settings({"models.default": model}, paths=paths)
        yield checks.ok("settings", f"model {settings.models.default}, cast {settings.session.cast}")
    except SettingsError as error:
        yield checks.failed("settings", error)
    yield checks.prompts(paths)
    yield checks.database(paths)
    yield checks.disk(paths, model_checks.weights_to_come(settings, paths))
    weights = model_checks.weights(settings, paths)
    yield weights
    yield from model_checks.keys(settings, os.environ)
    yield model_checks.local_servers(os.environ)
    if quick:
        yield checks.skipped("generation", "--quick was given")
    elif weights.status == "fail":
        yield model_checks.model_process(settings, paths)
        yield checks.skipped("generation", "the weights are missing")
    else:
        yield from model_checks.generation(settings, paths)
