"""`chatarena import`: other people's debates, and sessions from elsewhere, into the log."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from chatarena.cli.ending import NOTHING
from chatarena.cli.verbs import add_json, wants_json
from chatarena.errors import ArenaError, SessionConflict, SourceUnknown, UsageError

if TYPE_CHECKING:
    from chatarena.cli.import_report import Report
    from chatarena.exchange.importing import ImportedSession, Source
    from chatarena.session_log.store import SessionLog

BUNDLE = "bundle"
# Sessions written in one go: a transaction for each would take most of the time.
_AT_ONCE = 100


def configure(parser: argparse.ArgumentParser) -> None:
    """The command's words."""
    parser.epilog = (
        "Formats: nyu_debates, llm_council, inspect_ai, simonw_llm, otree, chat_jsonl, markdown, those of installed"
        " packages, and bundles of this program. What has no place in a session is listed in it and here."
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a file, or a folder with all that is in it")
    parser.add_argument("--format", metavar="NAME", help="read every file as this; otherwise each is recognised")
    parser.add_argument("--dry-run", action="store_true", help="read and report, and write nothing")
    add_json(parser)
    parser.set_defaults(run=run, kept=_brought)


def run(args: argparse.Namespace) -> int:
    """Imports everything and reports; exit code 1 where a file failed, and the others are in the log all the same."""
    from chatarena.cli.import_report import Report

    files = _files(args.paths)
    report = Report(dry_run=args.dry_run)
    with _door(dry_run=args.dry_run) as door, _progress(files) as tell:
        waiting: list[tuple[Path, ImportedSession]] = []
        seen: set[str] = set()
        for path, named in files:
            waiting += _read(path, args.format, report, named=named)
            tell(path)
            if len(waiting) >= _AT_ONCE:
                _take_in(door, waiting, report, seen)
                waiting = []
        _take_in(door, waiting, report, seen)
    if wants_json(args):
        report.emit_json()
    else:
        report.print()
    return 1 if report.failures else 0


def _brought(args: argparse.Namespace) -> str:
    """What is kept of an import that was called off."""
    return NOTHING if args.dry_run else "what was brought in so far is in the log; the same command goes on from there"


# -- files -------------------------------------------------------------------------------------------------------------


def _files(names: list[str]) -> list[tuple[Path, bool]]:
    """Every file that is meant, once, and whether it was named itself; hidden ones only where they are named.

    Raises:
        UsageError: there is no such file or folder.
    """
    found: dict[Path, bool] = {}
    for name in names:
        path = Path(name)
        if path.is_dir():
            for file in sorted(path.rglob("*")):
                hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
                if file.is_file() and not hidden:
                    found.setdefault(file, False)
        elif path.exists():
            found[path] = True
        else:
            raise UsageError(f"there is no file or folder {name}", remedy="Check the name.")
    return list(found.items())


@contextmanager
def _progress(files: list[tuple[Path, bool]]) -> Iterator[Callable[[Path], None]]:
    """A function that is told which file was read."""
    if len(files) == 1:
        yield lambda _: None
        return
    from chatarena.cli.progress import shown_progress

    sizes = {path: path.stat().st_size for path, _ in files}
    done, total = 0, sum(sizes.values())
    with shown_progress(f"Reading {len(files)} files") as show:

        def tell(path: Path) -> None:
            nonlocal done
            done += sizes[path]
            show("read", done, total)

        yield tell


def _read(path: Path, format: str | None, report: Report, *, named: bool) -> list[tuple[Path, ImportedSession]]:
    """The sessions in a file; a file that fails is reported and holds none."""
    from chatarena.exchange.importing import Source, read_source

    source = Source(path)
    try:
        bundle = _bundle(source, path) if format in (None, BUNDLE) else None
        if bundle is None and format == BUNDLE:
            raise SourceUnknown(f"{source.name}: it is not a bundle")
        used, sessions = (BUNDLE, (bundle,)) if bundle is not None else read_source(source, format)
    except SourceUnknown as error:
        if named:
            report.failed(path, error)
        else:
            report.unknown(path, error)
        return []
    except UsageError:
        raise
    except ArenaError as error:
        report.failed(path, error)
        return []
    report.read(path, used, sessions)
    return [(path, session) for session in sessions]


def _bundle(source: Source, path: Path) -> ImportedSession | None:
    """The session in a bundle, as it is; None where the file is none."""
    from chatarena.exchange.bundle import MAGIC, parse_bundle
    from chatarena.exchange.importing import ImportedSession

    if not source.starts_with(MAGIC):
        return None
    read = parse_bundle(source.data, str(path))
    return ImportedSession(id=read.session, entries=read.entries, name=read.name, tags=read.tags)


# -- the log -----------------------------------------------------------------------------------------------------------


@contextmanager
def _door(*, dry_run: bool) -> Iterator[SessionLog | None]:
    """The log; only to be read in a dry run, and None where there is none yet."""
    from chatarena.cli.home import find_paths
    from chatarena.session_log.store import SessionLog

    database = find_paths().database
    if dry_run and not database.exists():
        yield None
        return
    with SessionLog(database, read_only=dry_run) as log:
        yield log


def _take_in(
    log: SessionLog | None, sessions: list[tuple[Path, ImportedSession]], report: Report, seen: set[str]
) -> None:
    """Write sessions that are not there yet.

    The id of one that was read from another program's record follows from the record: where it is there, so is the
    session, even if the file has another name by now. A bundle is compared entry by entry.

    Args:
        seen: ids that were brought in already; those of these sessions are added.
    """
    from chatarena.session_log.taking import Incoming

    new = []
    for path, session in sessions:
        here = session.id in seen or (log is not None and log.head(session.id) > 0)
        seen.add(session.id)
        if here and (report.dry_run or report.format_of(path) != BUNDLE):
            report.taken(path, session.id, "known")
        elif log is None or report.dry_run:
            report.taken(path, session.id, "added")
        else:
            new.append((path, session))
    if log is None or not new:
        return
    incoming = [Incoming(entries=session.entries, name=session.name, tags=session.tags) for _, session in new]
    for (path, session), outcome in zip(new, log.take_in_many(incoming), strict=True):
        if isinstance(outcome, SessionConflict):
            report.failed(path, outcome)
        else:
            report.taken(path, session.id, outcome)
