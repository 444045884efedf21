"""`chatarena sessions`, the verbs that change something or keep house: rm, tag, rename, merge, backup, vacuum."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from chatarena.cli.home import Paths, find_paths
from chatarena.cli.verbs import Verbs, wants_json
from chatarena.errors import LogNotWritable, UsageError

if TYPE_CHECKING:
    from chatarena.session_log.replies import Replies
    from chatarena.session_log.store import SessionLog

ID_HELP = "a session's id, the beginning of one, or `last`"


def configure(verbs: Verbs) -> None:
    """Adds the verbs."""
    rm_parser = verbs.add("rm", "delete a session for good", rm)
    rm_parser.add_argument("id", metavar="ID", help=ID_HELP)
    rm_parser.add_argument("--yes", action="store_true", help="do not ask")
    rm_parser.add_argument(
        "--with-forks", action="store_true", help="delete its forks, too, which hold copies of its beginning"
    )
    tag_parser = verbs.add("tag", "tag a session, or show its tags", tag)
    tag_parser.add_argument("id", metavar="ID", help=ID_HELP)
    tag_parser.add_argument("tags", nargs="*", metavar="TAG", help="tags to add")
    tag_parser.add_argument("--remove", nargs="+", default=[], metavar="TAG", help="take these tags away")
    rename_parser = verbs.add("rename", "give a session a name of your own", rename)
    rename_parser.add_argument("id", metavar="ID", help=ID_HELP)
    rename_parser.add_argument("name", nargs="+", metavar="NAME", help="the name; '' takes it away")
    merge_parser = verbs.add("merge", "bring in all sessions of another machine's log", merge)
    merge_parser.add_argument("file", type=Path, metavar="FILE", help="the other log; it is only read")
    backup_parser = verbs.add("backup", "copy the whole log to a file, while it may be in use", backup)
    backup_parser.add_argument("file", type=Path, metavar="FILE", help="a file that is not there yet")
    verbs.add("vacuum", "rewrite the file without the space of what was deleted", vacuum)
    verbs.add("datasette", "print metadata for Datasette: what the tables are, and questions to ask", datasette)


def opened_log(*, read_only: bool = True) -> SessionLog:
    """The person's log; where there is none yet, the error that says so."""
    from chatarena.session_log.store import SessionLog

    path = find_paths().database
    return SessionLog(path, read_only=read_only or not path.exists())


# -- deleting ----------------------------------------------------------------------------------------------------------


def rm(args: argparse.Namespace) -> int:
    """Deletes a session, and its kept replies, after asking; without a terminal only with `--yes`."""
    from chatarena.cli.output import emit_json, narrate, say

    with opened_log(read_only=False) as log:
        session = log.resolve(args.id)
        title = next(listed.title for listed in log.sessions() if listed.id == session)
        forks = log.forks(session)
        if forks:
            fate = "They go with it." if args.with_forks else "They stay; --with-forks deletes them, too."
            narrate(f"{len(forks)} forks hold copies of its beginning: {', '.join(forks)}. {fate}")
        if not (args.yes or _confirmed(f"Delete {session} ({title}) for good?")):
            narrate("Nothing was deleted.")
            return 1
        going = (session, *forks) if args.with_forks else (session,)
        forgotten, shared = remove(log, going, find_paths())
    if wants_json(args):
        left = [] if args.with_forks else list(forks)
        counts = {"replies_deleted": forgotten, "replies_shared": shared}
        emit_json({"deleted": list(going), "forks_left": left, **counts})
        return 0
    for deleted in going:
        say(deleted)
    narrate(f"deleted, and {forgotten} kept replies with it" if forgotten else "deleted")
    if shared:
        narrate(f"Kept replies to {shared} of its calls stay: other sessions here made the same calls.")
    return 0


def remove(log: SessionLog, sessions: Sequence[str], paths: Paths) -> tuple[int, int]:
    """Deletes sessions for good, and the kept replies that only they used.

    Returns:
        How many kept replies went with them, and how many of their calls' replies stay because others use them.
    """
    replies = log.replies(sessions)
    # Replies first: once the session is gone, nothing says any more which replies were its own.
    forgotten = _forget(replies, paths)
    log.delete(*sessions)
    return forgotten, len(replies.shared)


def _forget(replies: Replies, paths: Paths) -> int:
    """Deletes the kept replies that only these sessions used; returns how many."""
    if not paths.cache_dir.exists():
        return 0
    from chatarena.cli.settings_loading import load_settings
    from chatarena.language_model.cache import ResponseCache

    addresses = set(load_settings(paths=paths).models.api_base.values())
    try:
        return ResponseCache(paths.cache_dir).forget(
            replies.requests, shared=replies.others, addresses=addresses, texts=replies.texts
        )
    except OSError as error:
        raise LogNotWritable(
            f"kept replies cannot be deleted: {error}",
            remedy=f"The session is still there. Make {paths.cache_dir} writable and try again.",
        ) from error


def _confirmed(question: str) -> bool:
    from chatarena.cli.output import narrate

    if not sys.stdin.isatty():
        raise UsageError("deleting cannot be undone and there is no terminal to ask at", remedy="add --yes")
    narrate(f"{question} [y/N]")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


# -- a person's own notes ----------------------------------------------------------------------------------------------


def tag(args: argparse.Namespace) -> int:
    """Adds tags, takes others away, and prints those that the session has then."""
    changes = bool(args.tags or args.remove)
    with opened_log(read_only=not changes) as log:
        session = log.resolve(args.id)
        if changes:
            try:
                log.tag(session, add=args.tags, remove=args.remove)
            except ValueError as error:
                raise UsageError(str(error)) from error
        _show_notes(args, log, session)
    return 0


def rename(args: argparse.Namespace) -> int:
    """Gives a session a name and prints it."""
    with opened_log(read_only=False) as log:
        session = log.resolve(args.id)
        try:
            log.rename(session, " ".join(args.name))
        except ValueError as error:
            raise UsageError(str(error)) from error
        _show_notes(args, log, session)
    return 0


def _show_notes(args: argparse.Namespace, log: SessionLog, session: str) -> None:
    from chatarena.cli.output import emit_json, say

    notes = log.annotations(session)
    if wants_json(args):
        emit_json({"session": session, "name": notes.name, "tags": list(notes.tags)})
    elif args.run is rename:
        say(notes.name)
    else:
        for one in notes.tags:
            say(one)


# -- the whole file ----------------------------------------------------------------------------------------------------


def merge(args: argparse.Namespace) -> int:
    """Brings in another log and prints what became of each of its sessions; exit code 1 where some differ."""
    from chatarena.cli.output import emit_json, emit_table, narrate
    from chatarena.session_log.merging import merge as bring_in
    from chatarena.session_log.store import SessionLog

    with SessionLog(find_paths().database) as log:
        report = bring_in(log, args.file)
    if wants_json(args):
        emit_json(asdict(report), status="failed" if report.conflicts else "ok")
    else:
        rows = [
            *((session, outcome, None) for outcome in ("added", "extended") for session in getattr(report, outcome)),
            *((conflict.session, "differs", f"from entry {conflict.seq} on") for conflict in report.conflicts),
        ]
        if rows:
            emit_table(("session", "outcome", "where"), rows)
        narrate(
            f"{len(report.added)} added, {len(report.extended)} extended, {len(report.known)} known,"
            f" {len(report.conflicts)} that differ and were left alone"
        )
    return 1 if report.conflicts else 0


def backup(args: argparse.Namespace) -> int:
    """Copies the log and prints where to."""
    from chatarena.cli.output import bytes_in_words, emit_json, narrate, say

    with opened_log() as log:
        log.backup(args.file)
    size = args.file.stat().st_size
    if wants_json(args):
        emit_json({"file": str(args.file.absolute()), "bytes": size})
    else:
        say(str(args.file))
        narrate(f"{bytes_in_words(size)}; it opens like any log, and `chatarena sessions merge` brings it back")
    return 0


def vacuum(args: argparse.Namespace) -> int:
    """Compacts the log and prints its size before and after."""
    from chatarena.cli.output import bytes_in_words, emit_json, say

    path = find_paths().database
    with opened_log(read_only=False) as log:
        before = path.stat().st_size
        log.compact()
        after = path.stat().st_size
    if wants_json(args):
        emit_json({"file": str(path), "bytes_before": before, "bytes_after": after})
    else:
        say(f"{bytes_in_words(before)} before, {bytes_in_words(after)} after")
    return 0


def datasette(args: argparse.Namespace) -> int:
    """Prints the metadata; the queries in it are for a database of the log's name."""
    import json

    from chatarena.cli.output import emit_json
    from chatarena.session_log.queries import metadata

    made = metadata(find_paths().database.stem)
    if wants_json(args):
        emit_json(made)
    else:
        print(json.dumps(made, indent=2))
    return 0
