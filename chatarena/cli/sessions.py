"""`chatarena sessions`: what was argued before. Listing reads no events and loads nothing heavy."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from chatarena.cli.home import find_paths
from chatarena.cli.verbs import Verbs, wants_json
from chatarena.errors import UsageError

if TYPE_CHECKING:
    from chatarena.session_log.listing import Listed
    from chatarena.session_log.search import Hit
    from chatarena.session_log.store import SessionLog

LIMIT = 20
STATUSES = ("open", "left", "complete", "partial")
_ID_HELP = "a session's id, the beginning of one, or `last`"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "Sessions lie in the file that `chatarena paths database` prints; `chatarena resume` goes on with one."
    )
    verbs = Verbs(parser)
    list_parser = verbs.add("list", "the sessions, the latest first", list_, limit=LIMIT, status=None)
    list_parser.add_argument(
        "--limit", type=positive_number, default=LIMIT, metavar="N", help=f"at most N (default {LIMIT})"
    )
    list_parser.add_argument("--status", choices=STATUSES, help="only these: open and left ones can be resumed")
    show_parser = verbs.add("show", "what was said, as the participant saw it; with --json all that was recorded", show)
    show_parser.add_argument("id", nargs="?", default="last", metavar="ID", help=f"{_ID_HELP} (the default)")
    search_parser = verbs.add("search", "find words in decisions, arguments and your own remarks", search)
    search_parser.add_argument(
        "text", nargs="+", metavar="TEXT", help="words, all of which must occur; '\"two words\"' is a phrase"
    )
    search_parser.add_argument(
        "--limit", type=positive_number, default=LIMIT, metavar="N", help=f"at most N (default {LIMIT})"
    )
    rm_parser = verbs.add("rm", "delete a session for good", rm)
    rm_parser.add_argument("id", metavar="ID", help=_ID_HELP)
    rm_parser.add_argument("--yes", action="store_true", help="do not ask")


def list_(args: argparse.Namespace) -> int:
    """Prints one row a session; none where there is no log yet."""
    from chatarena.cli.output import emit_json, emit_table, narrate

    found = _listed(args.limit, args.status)
    if wants_json(args):
        emit_json([asdict(session) for session in found])
        return 0
    if not found:
        narrate("No sessions here yet. `chatarena demo` makes one in seconds.")
        return 0
    rows = [(s.id, local_time(s.updated_utc), s.status, s.turns, s.title, s.choice or None) for s in found]
    emit_table(("id", "updated", "status", "turns", "decision", "choice"), rows)
    if len(found) == args.limit:
        narrate(f"The latest {args.limit}; --limit shows more.")
    return 0


def _listed(limit: int, status: str | None) -> tuple[Listed, ...]:
    # Not through the store: the codec of events costs more to load than the list to read.
    from contextlib import closing

    from chatarena.session_log.faults import explained
    from chatarena.session_log.listing import Wanted, listed
    from chatarena.session_log.opening import connect

    path = find_paths().database
    if not path.exists():
        return ()
    with explained(path), closing(connect(path, read_only=True)) as connection:
        return listed(connection, limit, Wanted(status=status))  # type: ignore[arg-type]  # argparse has checked it


def show(args: argparse.Namespace) -> int:
    """Prints a session as lines, or as its header and entries."""
    from chatarena.arena.session import Session, evolve
    from chatarena.cli.output import emit_json, say
    from chatarena.report.plain import plain_lines

    with _log() as log:
        entries = log.entries(log.resolve(args.id))
    if wants_json(args):
        import json

        from chatarena.session_log.codec import encode

        emit_json(
            {
                "session": entries[0].session,
                "entries": [
                    {"seq": e.seq, "at": e.at, "elapsed": e.elapsed, "event": json.loads(encode(e.event))}
                    for e in entries
                ],
            }
        )
        return 0
    session = Session()
    for entry in entries:
        session = evolve(session, entry.event)
        for line in plain_lines(session, entry.event):
            say(line)
    return 0


def search(args: argparse.Namespace) -> int:
    """Prints where the words occur, the latest first; exit code 0 also where they do not."""
    from chatarena.cli.output import emit_json, emit_table, narrate

    query = " ".join(args.text)
    hits: tuple[Hit, ...] = ()
    if find_paths().database.exists():
        with _log() as log:
            hits = log.search(query, args.limit)
    if wants_json(args):
        emit_json([asdict(hit) for hit in hits])
    elif hits:
        rows = [(hit.session, local_time(hit.at_utc), _speaker(hit), hit.snippet) for hit in hits]
        emit_table(("session", "when", "who", "words"), rows)
    else:
        narrate(f"Nothing found for {query!r}.")
    return 0


def _speaker(hit: Hit) -> str:
    match hit.kind:
        case "decision":
            return "the decision"
        case "participant":
            return f"you, round {hit.round}"
        case "turn":
            return f"{hit.speaker}, round {hit.round}"
        case "note":
            return "its name"


def rm(args: argparse.Namespace) -> int:
    """Deletes a session after asking; without a terminal only with `--yes`."""
    from chatarena.cli.output import emit_json, narrate, say

    with _log(read_only=False) as log:
        session = log.resolve(args.id)
        title = next(listed.title for listed in log.sessions() if listed.id == session)
        if not (args.yes or _confirmed(f"Delete {session} ({title}) for good?")):
            narrate("Nothing was deleted.")
            return 1
        log.delete(session)
    if wants_json(args):
        emit_json({"deleted": session})
    else:
        say(session)
        narrate("deleted")
    return 0


def _confirmed(question: str) -> bool:
    from chatarena.cli.output import narrate

    if not sys.stdin.isatty():
        raise UsageError("deleting cannot be undone and there is no terminal to ask at", remedy="add --yes")
    narrate(f"{question} [y/N]")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _log(*, read_only: bool = True) -> SessionLog:
    from chatarena.session_log.store import SessionLog

    return SessionLog(find_paths().database, read_only=read_only or not find_paths().database.exists())


def local_time(utc: str) -> str:
    """A UTC time of the log as the person's own clock shows it, to the minute."""
    from datetime import datetime

    return datetime.fromisoformat(utc).astimezone().strftime("%Y-%m-%d %H:%M")


def positive_number(text: str) -> int:
    """A number of rows on the command line."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {number}")
    return number
