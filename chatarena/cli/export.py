"""`chatarena export`: sessions as files for other programs and other people."""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from chatarena.cli.ending import NOTHING
from chatarena.cli.home import find_paths
from chatarena.cli.reference import WHERE_HELP, load
from chatarena.cli.verbs import add_json, wants_json
from chatarena.errors import LogError, SessionNotFound, UsageError

if TYPE_CHECKING:
    from chatarena.cli.home import Paths
    from chatarena.cli.reference import LoadedSession
    from chatarena.exchange.codebook import Form
    from chatarena.exchange.counting import Counts

STDOUT: Final = "-"
# What a format's files end in, best first; the tables are folders, or one .zip of them.
SUFFIXES: Final = {
    "bundle": (".jsonl",),
    "csv": (".zip",),
    "markdown": (".md", ".markdown"),
    "html": (".html", ".htm"),
    "parquet": (),
}
TABLES: Final = ("csv", "parquet")
MAX_SLUG: Final = 40
_MAX_SLUG_BYTES: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A file or folder that was written; `session` is empty for tables of several, `seal` is a bundle's."""

    path: str
    session: str
    seal: str = ""


def configure(parser: argparse.ArgumentParser) -> None:
    """The command's words."""
    parser.add_argument(
        "where", nargs="*", metavar="WHERE", help=f"{WHERE_HELP}; several may be given (default `last`)"
    )
    parser.add_argument(
        "--format",
        choices=tuple(SUFFIXES),
        help="a bundle, tables as csv or parquet, a markdown transcript, or an html page (default: what --out ends in,"
        " else a bundle)",
    )
    parser.add_argument("--out", metavar="PATH", help="a file, a folder, or - for stdout; by default in this folder")
    parser.add_argument("--all", action="store_true", help="every session in the log")
    parser.add_argument("--tag", metavar="T", help="every session in the log that bears this tag")
    parser.add_argument("--force", action="store_true", help="replace what is there already")
    parser.add_argument(
        "--safe-for-spreadsheets", action="store_true", help="csv: put ' before texts that begin like a formula"
    )
    parser.add_argument(
        "--unmask", action="store_true", help="markdown, html: show objectives that were not revealed yet"
    )
    parser.epilog = (
        "A bundle and tables hold all that was recorded, private objectives and appraisals included. Tables are counted"
        " against the log on every export; what does not agree is not written."
    )
    add_json(parser)
    parser.set_defaults(run=run, kept=_finished)


def run(args: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    from chatarena.cli.output import emit_json

    form = _format(args)
    paths = find_paths()
    chosen = _chosen(args, paths)
    warnings: list[str] = []
    sessions = _watched(chosen.sessions, warnings)
    counts: Counts = {}
    if args.out == STDOUT:
        _print(form, next(sessions), args)
        written: list[Written] = []
    elif form in TABLES:
        written, counts = _tables(form, sessions, len(chosen.ids), paths, args)
    else:
        written = list(_singles(form, sessions, chosen.ids, args))
    if wants_json(args):
        rows = {name: count.rows for name, count in counts.items()}
        files = [asdict(one) for one in written]
        emit_json({"format": form, "sessions": len(chosen.ids), "files": files, "rows": rows}, warnings=warnings)
    else:
        _tell(written, len(chosen.ids), counts, warnings)
    return 0


def _finished(args: argparse.Namespace) -> str:
    """What is kept of an export that was called off."""
    return NOTHING if args.out == STDOUT else "files that are there are whole, the others are missing"


def _tell(written: Sequence[Written], sessions: int, counts: Counts, warnings: Sequence[str]) -> None:
    from chatarena.cli.output import narrate, say

    for one in written:
        say(one.path)
        if one.seal:
            narrate(f"  seal {one.seal}")
    if counts:
        turns = counts["turns"].rows
        narrate(f"  {_number(sessions, 'session')} with {_number(turns, 'turn')}, counted against the log")
    for warning in warnings:
        narrate(warning)


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


# -- what is exported --------------------------------------------------------------------------------------------------


def _format(args: argparse.Namespace) -> str:
    """The format that is meant.

    Raises:
        UsageError: options that do not go together.
    """
    by_ending = {suffix: form for form, suffixes in SUFFIXES.items() for suffix in suffixes}
    ending = Path(args.out).suffix.lower() if args.out else ""
    form: str = args.format or by_ending.get(ending, "bundle")
    if args.safe_for_spreadsheets and form != "csv":
        raise UsageError("--safe-for-spreadsheets goes with csv", remedy="add: --format csv")
    if args.unmask and form not in ("markdown", "html"):
        raise UsageError(
            f"--unmask goes with markdown and html; {form} holds everything anyway", remedy="leave out --unmask"
        )
    if args.out == STDOUT and (form in TABLES or wants_json(args)):
        what = "--json" if wants_json(args) else f"{form}, which is several files,"
        raise UsageError(f"{what} does not go with --out -", remedy="give the name of a file or folder with --out")
    return form


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The sessions that are meant, by ascending id, read one after the other."""

    ids: tuple[str, ...]
    sessions: Iterator[LoadedSession]


def _chosen(args: argparse.Namespace, paths: Paths) -> Chosen:
    """What is meant.

    Raises:
        UsageError: ids beside --all or --tag; more than one session for stdout; two records of one session differ.
        SessionNotFound: there is none.
    """
    if args.all or args.tag is not None:
        if args.where:
            raise UsageError("--all and --tag choose the sessions by themselves", remedy="leave out the ids")
        ids = _logged(args.tag, paths)
        chosen = Chosen(ids=tuple(ids), sessions=(load(session, paths) for session in ids))
    else:
        named = _named(args.where or ["last"], paths)
        chosen = Chosen(ids=tuple(session.id for session in named), sessions=iter(named))
    if args.out == STDOUT and len(chosen.ids) > 1:
        raise UsageError(f"one session goes to stdout, not {len(chosen.ids)}", remedy="give a folder with --out")
    return chosen


def _logged(tag: str | None, paths: Paths) -> list[str]:
    found: list[str] = []
    if paths.database.exists():
        from chatarena.session_log.store import SessionLog

        with SessionLog(paths.database, read_only=True) as log:
            found = sorted(one.id for one in log.sessions(tag=tag))
    if not found:
        which = "" if tag is None else f" with the tag {tag!r}"
        raise SessionNotFound(f"there is no session{which} in {paths.database}", remedy="See: chatarena sessions list")
    return found


def _named(wheres: Iterable[str], paths: Paths) -> list[LoadedSession]:
    from chatarena.session_log.chain import chain_hash

    found: dict[str, LoadedSession] = {}
    for where in wheres:
        session = load(where, paths)
        known = found.setdefault(session.id, session)
        if chain_hash(known.entries) != chain_hash(session.entries):
            raise UsageError(
                f"{where} is another record of the session {session.id}, which was named before",
                remedy="Export the two one by one, into different folders.",
            )
    return [found[session] for session in sorted(found)]


def _watched(sessions: Iterable[LoadedSession], warnings: list[str]) -> Iterator[LoadedSession]:
    """The sessions, with a warning for each in which a secret of this environment stands: it leaves the machine now."""
    from chatarena.session_log.codec import encode
    from chatarena.session_log.redaction import holds_secret, secrets_of

    secrets = secrets_of(os.environ)
    for session in sessions:
        if secrets:
            body = "\n".join(encode(entry.event) for entry in session.entries)
            names = [secret[0] for secret in secrets if holds_secret(body, (secret,))]
            if names:
                warnings.append(f"the session {session.id} holds the value of {', '.join(names)}: keep it to yourself")
        yield session


# -- where it goes -----------------------------------------------------------------------------------------------------


def slug(question: str) -> str:
    """The question as part of a file's name: letters and digits of any script, at most 40 of them."""
    name = "-".join(re.findall(r"[^\W_]+", question.casefold()))
    if len(name) > MAX_SLUG:
        name = name[:MAX_SLUG] if "-" not in name[:MAX_SLUG] else name[: name.rindex("-", 0, MAX_SLUG + 1)]
    while len(name.encode()) > _MAX_SLUG_BYTES:
        name = name[:-1]
    return name


def safe_id(session: str) -> str:
    """A session's id as part of a file's name: what other programs call their sessions may hold anything."""
    plain = re.sub(r"[^\w-]", "_", session.strip("-"), flags=re.ASCII)[:MAX_SLUG]
    return plain if plain == session else f"{plain}-{hashlib.sha256(session.encode()).hexdigest()[:8]}"


def default_name(session: LoadedSession) -> str:
    """What a session's file is called, without its ending."""
    from chatarena.arena.events import SessionOpened

    opened = session.entries[0].event
    words = slug(opened.decision.question) if isinstance(opened, SessionOpened) else ""
    return f"{safe_id(session.id)}-{words}" if words else safe_id(session.id)


def _tables(
    form: str, sessions: Iterator[LoadedSession], count: int, paths: Paths, args: argparse.Namespace
) -> tuple[list[Written], Counts]:
    from itertools import chain

    from chatarena.exchange.exporting import export_tables, source

    first = next(sessions)
    name = default_name(first) if count == 1 else f"{count}-sessions"
    target = Path(args.out) if args.out else Path(f"{name}-{form}")
    sources = (
        source(
            session.entries,
            name=session.name,
            tags=session.tags,
            origin=session.file.name if session.file else "",
            database=None if session.file else paths.database,
        )
        for session in chain((first,), sessions)
    )
    kind: Form = "csv" if form == "csv" else "parquet"
    counts = export_tables(sources, target, kind, safe=args.safe_for_spreadsheets, force=args.force)
    return [Written(path=str(target), session=first.id if count == 1 else "")], counts


def _singles(
    form: str, sessions: Iterator[LoadedSession], ids: Sequence[str], args: argparse.Namespace
) -> Iterator[Written]:
    """One file a session; in a folder where there are several, or where --out is one."""
    from chatarena.exchange.placing import place_file

    out = Path(args.out) if args.out else Path()
    into = not args.out or len(ids) > 1 or args.out.endswith(("/", os.sep)) or out.is_dir()
    if into:
        _prepare_folder(out, ids, SUFFIXES[form][0], force=args.force)
    for session in sessions:
        if into:
            yield write_session(form, session, out, unmask=args.unmask, force=args.force)
        else:
            seal = [""]
            place_file(out, _pieces(form, session, seal, unmask=args.unmask), force=args.force)
            yield Written(path=str(out), session=session.id, seal=seal[0])


def write_session(
    form: str, session: LoadedSession, folder: Path, *, unmask: bool = False, force: bool = False
) -> Written:
    """One session as one file in a folder, under its default name; not as tables, which are several files.

    Raises:
        UsageError: the folder cannot be used; or the file is there already and `force` is off.
        LogError: the record cannot be told.
    """
    from chatarena.exchange.placing import place_file

    target, seal = folder / f"{default_name(session)}{SUFFIXES[form][0]}", [""]
    place_file(target, _pieces(form, session, seal, unmask=unmask), force=force)
    return Written(path=str(target), session=session.id, seal=seal[0])


def _prepare_folder(folder: Path, ids: Sequence[str], suffix: str, *, force: bool) -> None:
    """The folder is there, and no file of these sessions is in it: better all of them are refused than the last one."""
    from chatarena.exchange.placing import explained, refuse_existing

    with explained(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        there = [path.name for path in folder.iterdir() if path.suffix == suffix]
    begins = tuple(f"{safe_id(session)}{end}" for session in ids for end in ("-", suffix))
    for name in sorted(there):
        if name.startswith(begins):
            refuse_existing(folder / name, force=force)


def _pieces(form: str, session: LoadedSession, seal: list[str], *, unmask: bool) -> Iterator[str]:
    """The text of a session's file; the seal of a bundle is left in `seal`."""
    if form == "bundle":
        from chatarena.exchange.bundle import write_bundle

        for line in write_bundle(session.entries, name=session.name, tags=session.tags):
            seal[0] = line
            yield f"{line}\n"
        import json

        seal[0] = json.loads(seal[0])["seal"]
        return
    from chatarena.report.chapters import report
    from chatarena.report.html.page import html
    from chatarena.report.markdown import markdown

    try:
        told = report(
            session.entries,
            name=session.name,
            tags=session.tags,
            origin=session.file.name if session.file else "",
            unmask_all=unmask,
        )
        yield from markdown(told) if form == "markdown" else html(told)
    except (ValueError, LookupError) as error:
        raise LogError(
            f"the session {session.id} cannot be told: {error}",
            remedy="Its record names something that is not in it. Export it as a bundle or as tables.",
        ) from error


def _print(form: str, session: LoadedSession, args: argparse.Namespace) -> None:
    """The file as bytes; to a terminal as text without anything that acts on it."""
    from chatarena.cli.output import narrate, say

    seal = [""]
    pieces = _pieces(form, session, seal, unmask=args.unmask)
    if sys.stdout.isatty():
        say("".join(pieces).removesuffix("\n"))
    else:
        sys.stdout.flush()
        for piece in pieces:
            sys.stdout.buffer.write(piece.encode())
        sys.stdout.flush()
    if seal[0]:
        narrate(f"  seal {seal[0]}")
