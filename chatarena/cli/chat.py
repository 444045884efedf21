"""`chatarena chat`: the arena in this terminal."""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING

from chatarena.cli.home import find_paths
from chatarena.errors import UsageError

if TYPE_CHECKING:
    from chatarena.cli.stage import Stage

FIRST_PAINT_SECONDS = 0.5


def configure(parser: argparse.ArgumentParser) -> None:
    """The command's words."""
    parser.add_argument("--model", metavar="NAME", help="embedded/..., or any name LiteLLM knows")
    parser.add_argument("--no-log", action="store_true", help="keep nothing of these sessions")
    parser.set_defaults(run=run)


async def _start_soon(stage: Stage) -> None:
    """Start the model process once the first screen is drawn: its imports would compete with the drawing."""
    await asyncio.sleep(FIRST_PAINT_SECONDS)
    await stage.models.start()


def run(args: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    from chatarena.cli.settings import load_settings

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "the arena needs a terminal to draw in",
            remedy="without one, use: chatarena debate DECISION --plain (add --interactive to take part)",
        )
    paths = find_paths()
    settings = load_settings({"models.default": args.model}, paths=paths)

    async def main() -> int:
        from chatarena.cli.stage import open_stage
        from chatarena.cli.studio import open_studio
        from chatarena.tui.app import ArenaApp

        async with open_stage(settings, paths, keep_log=not args.no_log) as stage:
            app = ArenaApp(open_studio(stage, settings))
            starting = asyncio.create_task(_start_soon(stage))
            await app.run_async()
            starting.cancel()
            return app.return_code or 0

    return asyncio.run(main())
