"""`chatarena paths`: where everything is kept, for people and for scripts."""

from __future__ import annotations

import argparse
from pathlib import Path

from chatarena.cli.home import HOME_VARIABLE, MODELS_VARIABLE, Paths, find_paths
from chatarena.cli.verbs import add_json, wants_json
from chatarena.errors import UsageError

NAMES = ("config", "project", "database", "logs", "replies", "models", "prompts", "own-prompts", "agents")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        f"{HOME_VARIABLE} puts all of it below one folder; {MODELS_VARIABLE} moves the weights alone."
        ' One name prints that path and nothing else: datasette "$(chatarena paths database)".'
    )
    parser.add_argument("name", nargs="?", choices=NAMES, metavar="NAME", help=f"only this one: {', '.join(NAMES)}")
    add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Prints one path, or all with whether they exist."""
    from chatarena.cli.output import emit_json, emit_table, say

    places = named(find_paths())
    if wants_json(args):
        chosen = {args.name: places[args.name]} if args.name else places
        emit_json({name: None if path is None else str(path) for name, path in chosen.items()})
    elif args.name:
        path = places[args.name]
        if path is None:
            raise UsageError("there is no chatarena.toml in this directory", remedy="chatarena config init --project")
        say(str(path))
    else:
        rows = [(name, path, path is not None and path.exists()) for name, path in places.items()]
        emit_table(("name", "path", "exists"), rows, whole=True)
    return 0


def named(paths: Paths) -> dict[str, Path | None]:
    """The paths by the names that people use for them."""
    places = (
        *(paths.config_file, paths.project_config, paths.database, paths.log_dir, paths.cache_dir, paths.models_dir),
        *(paths.prompts, paths.own_prompts, paths.agents_dir),
    )
    return dict(zip(NAMES, places, strict=True))
