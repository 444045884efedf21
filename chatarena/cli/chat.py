"""`chatarena chat`: the arena in this terminal."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from typing import TYPE_CHECKING

from chatarena.cli import INTERRUPTED
from chatarena.cli.collector import collect_seldom, keep_what_is_loaded
from chatarena.cli.ending import run_endable
from chatarena.cli.home import find_paths
from chatarena.errors import UsageError

if TYPE_CHECKING:
    from chatarena.cli.settings import Settings
    from chatarena.cli.stage import Stage
    from chatarena.tui.surroundings import Place

FIRST_PAINT_SECONDS = 0.5
LOOK_SECONDS = 1.0
LEAVE_SECONDS = 10.0


def configure(parser: argparse.ArgumentParser) -> None:
    """The command's words."""
    parser.add_argument("--model", metavar="NAME", help="embedded/..., or any name LiteLLM knows")
    parser.add_argument("--no-log", action="store_true", help="keep nothing of these sessions")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    from chatarena.cli.settings_loading import load_settings

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "the arena needs a terminal to draw in",
            remedy="without one, use: chatarena debate DECISION --plain (add --interactive to take part)",
        )
    if os.environ.get("TERM") == "dumb":
        raise UsageError(
            "this terminal (TERM=dumb) cannot be drawn on",
            remedy="use: chatarena debate DECISION --plain --interactive, or set TERM to what the terminal is",
        )
    collect_seldom()
    paths = find_paths()
    settings = load_settings({"models.default": args.model}, paths=paths)

    async def main() -> int:
        from chatarena.cli.stage import open_stage

        async with open_stage(settings, paths, keep_log=not args.no_log) as stage:
            return await show(stage, settings)

    return run_endable(main())


async def show(stage: Stage, settings: Settings, *, place: Place = "terminal") -> int:
    """Run the arena on this stage; returns the exit code.

    Called off from outside, or without its terminal, it leaves the session as its own keys would, asking nothing.
    """
    from chatarena.cli.studio import open_studio
    from chatarena.cli.surround import surround
    from chatarena.tui.app import ArenaApp
    from chatarena.tui.messages import HungUp

    app = ArenaApp(open_studio(stage, settings), surround(settings, stage.paths, place))
    starting, gone = asyncio.create_task(_start_soon(stage)), asyncio.create_task(_gone(place))
    running = asyncio.create_task(app.run_async())
    try:
        await asyncio.wait({running, gone}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        starting.cancel()
        if not running.done():
            app.post_message(HungUp())
            await asyncio.wait({running}, timeout=LEAVE_SECONDS)
            running.cancel()
        await app.settled()
    if gone.done():
        return INTERRUPTED
    gone.cancel()
    await running
    return app.return_code or 0


async def _start_soon(stage: Stage) -> None:
    """Start the model process once the first screen is drawn: its imports would compete with the drawing."""
    await asyncio.sleep(FIRST_PAINT_SECONDS)
    keep_what_is_loaded()
    await stage.models.start()


async def _gone(place: Place) -> None:
    """Wait until the terminal has gone, of which not every program is told by a signal. A browser tells its driver."""
    while place != "terminal" or os.isatty(sys.stdin.fileno()):
        await asyncio.sleep(LOOK_SECONDS)
