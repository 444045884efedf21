"""`chatarena resume`: finish a session that was left, asking only for what is missing."""

from __future__ import annotations

import argparse

from chatarena.cli.ending import run_endable, said
from chatarena.cli.home import find_paths
from chatarena.cli.output import narrate
from chatarena.cli.stage import open_stage


def configure(parser: argparse.ArgumentParser) -> None:
    """The command's words."""
    parser.add_argument("session", nargs="?", default="last", help="its id, the beginning of it, or `last` (default)")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--plain", dest="form", action="store_const", const="plain", help="text, line by line (default)")
    form.add_argument(
        "--jsonl", dest="form", action="store_const", const="jsonl", help="one entry a line, as it happens"
    )
    form.add_argument("--json", dest="form", action="store_const", const="json", help="one document at the end")
    parser.add_argument("--keep-missed", action="store_true", help="do not ask again for the last round's missed turns")
    parser.set_defaults(run=run, kept=said, form="plain")


def run(args: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    from chatarena.cli.conduct import conduct
    from chatarena.cli.demo import recast
    from chatarena.cli.line import LineParticipant
    from chatarena.cli.settings_loading import load_settings
    from chatarena.session_log.store import SessionLog

    paths = find_paths()
    settings = load_settings(paths=paths)

    with SessionLog(paths.database, read_only=True) as log:
        known = log.entries(log.resolve(args.session))
    line = LineParticipant()
    scripted, participant = recast(known, paths) or (None, line)

    async def main() -> int:
        async with open_stage(settings, paths, scripted=scripted) as stage:
            moderator, opening, earlier = await stage.resume(
                known[0].session, participant, retry_missed=not args.keep_missed
            )
            line.submit = moderator.submit
            narrate(f"session {moderator.session_id}: {len(earlier)} entries are there already")
            return await conduct(moderator, opening, args.form, earlier=earlier)

    return run_endable(main())
