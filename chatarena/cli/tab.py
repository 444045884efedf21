"""One tab of a browser: the arena, drawn on the pipe to the server that carries it to the page."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from chatarena.cli import INTERRUPTED
from chatarena.cli.chat import show
from chatarena.cli.collector import collect_seldom
from chatarena.cli.ending import run_endable
from chatarena.cli.home import find_paths, private_directory
from chatarena.cli.settings_loading import load_settings
from chatarena.cli.stage import open_stage
from chatarena.errors import ArenaError

if TYPE_CHECKING:
    from chatarena.language_model.port import LanguageModel


def main(argv: list[str] | None = None, scripted: LanguageModel | None = None) -> int:
    """Run one tab to its end; returns the exit code.

    Args:
        scripted: speaks for models of the name `scripted/...`.
    """
    parser = argparse.ArgumentParser(prog="chatarena.cli.tab")
    parser.add_argument("--model")
    parser.add_argument("--no-log", action="store_true")
    parser.add_argument("--far", action="store_true")
    args = parser.parse_args(argv)
    collect_seldom()
    paths = find_paths()
    settings = load_settings({"models.default": args.model}, paths=paths)

    async def run() -> int:
        async with open_stage(settings, paths, scripted=scripted, keep_log=not args.no_log) as stage:
            return await show(stage, settings, place="far" if args.far else "browser")

    keep_errors()
    try:
        return run_endable(run())
    except KeyboardInterrupt:
        return INTERRUPTED
    except ArenaError as error:
        print(f"chatarena: {error}", file=sys.stderr)
        return error.exit_code


def keep_errors() -> None:
    """What goes wrong is written to a file of the log folder: the pipe to the server is for pictures alone."""
    folder = private_directory(find_paths().log_dir)
    descriptor = os.open(folder / "tabs.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(descriptor, 2)
    os.close(descriptor)


if __name__ == "__main__":
    sys.exit(main())
