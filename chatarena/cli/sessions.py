"""`chatarena sessions`: what was argued before, to be looked at. Listing reads no events and loads nothing heavy."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from chatarena.cli import library
from chatarena.cli.home import find_paths
from chatarena.cli.library import opened_log
from chatarena.cli.verbs import Verbs, wants_json

if TYPE_CHECKING:
    from chatarena.session_log.listing import Listed
    from chatarena.session_log.search import Hit

LIMIT = 20
STATUSES = ("open", "left", "complete", "partial")
# What `--origin` calls the sessions of this program; the log leaves it blank.
HERE = "here"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "Sessions lie in the file that `chatarena paths database` prints; `chatarena resume` goes on with one."
    )
    verbs = Verbs(parser)
    wanted: dict[str, None] = dict.fromkeys(("status", "tag", "origin", "since"))
    list_parser = verbs.add("list", "the sessions, the latest first", list_, limit=LIMIT, **wanted)
    _add_limit(list_parser)
    list_parser.add_argument("--status", choices=STATUSES, help="only these: open and left ones can be resumed")
    list_parser.add_argument("--tag", metavar="TAG", help="only those with this tag")
    list_parser.add_argument(
        "--origin", metavar="ORIGIN", help=f"only these: {HERE}, fork, rerun, or the format of imported ones"
    )
    list_parser.add_argument(
        "--since", type=utc_since, metavar="WHEN", help="only those written to since: a date, a time, or 12h, 7d, 4w"
    )
    show_parser = verbs.add("show", "what was said, as the participant saw it; with --json all that was recorded", show)
    show_parser.add_argument(
        "id", nargs="?", default="last", metavar="ID", help=f"{library.ID_HELP} (the default), or a bundle's file"
    )
    search_parser = verbs.add("search", "find words in decisions, arguments, your remarks, names and tags", search)
    search_parser.add_argument(
        "text", nargs="+", metavar="TEXT", help="words, all of which must occur; '\"two words\"' is a phrase"
    )
    _add_limit(search_parser)
    library.configure(verbs)


def _add_limit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--limit", type=positive_number, default=LIMIT, metavar="N", help=f"at most N (default {LIMIT})"
    )


def list_(args: argparse.Namespace) -> int:
    """Prints one row a session; none where there is no log yet."""
    from chatarena.cli.output import emit_json, emit_table, narrate

    found = _listed(args)
    if wants_json(args):
        emit_json([asdict(session) for session in found])
        return 0
    if not found:
        narrate(
            "No session is like that."
            if any((args.status, args.tag, args.origin, args.since))
            else f"No sessions here yet, in {find_paths().database}. `chatarena demo` makes one in seconds."
        )
        return 0
    columns: dict[str, list[object]] = {
        "id": [one.id for one in found],
        "updated": [local_time(one.updated_utc) for one in found],
        "status": [one.status for one in found],
        "turns": [one.turns for one in found],
        **_notes(found),
        **_shown("origin", [one.origin or None for one in found]),
        "decision": [one.title for one in found],
        "choice": [one.choice or None for one in found],
    }
    emit_table(tuple(columns), list(zip(*columns.values(), strict=True)), keep=("updated",))
    if len(found) == args.limit:
        narrate(f"The latest {args.limit}; --limit shows more.")
    return 0


def _notes(found: Sequence[Listed | Hit]) -> dict[str, list[object]]:
    """The columns of the person's own names and tags."""
    tags: list[object] = [" ".join(f"#{tag}" for tag in one.tags) or None for one in found]
    return {**_shown("name", [one.name or None for one in found]), **_shown("tags", tags)}


def _shown(column: str, cells: list[object]) -> dict[str, list[object]]:
    """The column, or none where it would be empty from top to bottom."""
    return {column: cells} if any(cells) else {}


def _listed(args: argparse.Namespace) -> tuple[Listed, ...]:
    # Not through the store: the codec of events costs more to load than the list to read.
    from contextlib import closing

    from chatarena.session_log.faults import explained
    from chatarena.session_log.listing import Wanted, listed
    from chatarena.session_log.opening import connect

    path = find_paths().database
    if not path.exists():
        return ()
    origin = "" if args.origin == HERE else args.origin
    wanted = Wanted(status=args.status, tag=args.tag, origin=origin, since=args.since)
    with explained(path), closing(connect(path, read_only=True)) as connection:
        return listed(connection, args.limit, wanted)


def show(args: argparse.Namespace) -> int:
    """Prints a session as lines, or as its header and entries."""
    from chatarena.arena.session import Session, evolve
    from chatarena.cli.output import emit_json, tell
    from chatarena.cli.reference import load
    from chatarena.report.plain import plain_lines

    found = load(args.id, find_paths())
    if wants_json(args):
        import json

        from chatarena.session_log.codec import encode

        emit_json(
            {
                "session": found.id,
                "name": found.name,
                "tags": list(found.tags),
                "entries": [
                    {"seq": e.seq, "at": e.at, "elapsed": e.elapsed, "event": json.loads(encode(e.event))}
                    for e in found.entries
                ],
            }
        )
        return 0
    session = Session()
    for entry in found.entries:
        session = evolve(session, entry.event)
        for line in plain_lines(session, entry.event):
            tell(line)
    return 0


def search(args: argparse.Namespace) -> int:
    """Prints where the words occur, the latest first; exit code 0 also where they do not."""
    from chatarena.cli.output import emit_json, emit_table, narrate

    query = " ".join(args.text)
    hits: tuple[Hit, ...] = ()
    if find_paths().database.exists():
        with opened_log() as log:
            hits = log.search(query, args.limit)
    if wants_json(args):
        emit_json([asdict(hit) for hit in hits])
    elif hits:
        columns: dict[str, list[object]] = {
            "session": [hit.session for hit in hits],
            "when": [local_time(hit.at_utc) for hit in hits],
            **_notes(hits),
            "who": [speaker(hit) for hit in hits],
            "words": [hit.snippet for hit in hits],
        }
        emit_table(tuple(columns), list(zip(*columns.values(), strict=True)), keep=("when",))
    else:
        narrate(f"Nothing found for {query!r}.")
    return 0


def speaker(hit: Hit) -> str:
    """Who says what was found, and in which round."""
    match hit.kind:
        case "decision":
            return "the decision"
        case "participant":
            return f"you, round {hit.round}"
        case "turn":
            return f"{hit.speaker}, round {hit.round}"
        case "note":
            return "its name"


def local_time(utc: str) -> str:
    """A UTC time of the log as the person's own clock shows it, to the minute."""
    from datetime import datetime

    return datetime.fromisoformat(utc).astimezone().strftime("%Y-%m-%d %H:%M")


def utc_since(text: str) -> str:
    """A moment on the command line as UTC text: a date or time of the person's own clock, or how long ago."""
    from datetime import UTC, datetime, timedelta

    units = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
    try:
        if text[-1:] in units:
            moment = datetime.now(UTC) - float(text[:-1]) * units[text[-1]]
        else:
            moment = datetime.fromisoformat(text).astimezone(UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (ValueError, OverflowError) as error:
        raise argparse.ArgumentTypeError(f"neither a date such as 2026-11-30 nor 12h, 7d, 4w: {text!r}") from error


def positive_number(text: str) -> int:
    """A number of rows on the command line."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {number}")
    return number
