"""`chatarena verify`: whether a session, in the log or in a bundle, is what was written, and if not, what happened."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chatarena.cli.home import find_paths
from chatarena.cli.reference import WHERE_HELP, bundle_file
from chatarena.cli.verbs import add_json, wants_json
from chatarena.errors import BundleDamaged, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatarena.arena.events import Entry
    from chatarena.cli.home import Paths
    from chatarena.session_log.store import SessionLog

FAILED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was found of one session: `problems` in words, none where it is whole; `seal` is a bundle's."""

    where: str
    session: str
    entries: int
    chain: str
    seal: str
    problems: tuple[str, ...]


def configure(parser: argparse.ArgumentParser) -> None:
    """The command's words."""
    parser.add_argument("where", nargs="*", default=["last"], metavar="ID|FILE", help=f"{WHERE_HELP} (default `last`)")
    parser.add_argument(
        "--seal", metavar="HASH", help="the seal that a bundle had when it was made, kept apart from it"
    )
    add_json(parser)
    parser.epilog = (
        "A bundle's hashes show that nothing in it was altered, dropped or moved. They cannot show that nobody wrote"
        " the whole file anew: for that, keep its seal elsewhere and give it with --seal."
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the command; exit code 1 where something is not as it was written."""
    from chatarena.cli.output import emit_json, narrate, say, tell

    paths = find_paths()
    verdicts = [_verify(where, paths, args.seal or "") for named in args.where for where in _bundles(named)]
    good = not any(verdict.problems for verdict in verdicts)
    if wants_json(args):
        from dataclasses import asdict

        emit_json([asdict(verdict) for verdict in verdicts], status="ok" if good else "failed")
        return 0 if good else FAILED
    for verdict in verdicts:
        if verdict.problems:
            say(f" {verdict.where}", mark="fail", tone="fail")
            for problem in verdict.problems:
                tell(f"  {problem}")
        else:
            say(f"    {verdict.session}: {verdict.entries} entries, whole", mark="ok", tone="ok")
            narrate(f"      seal {verdict.seal}" if verdict.seal else f"      chain {verdict.chain}")
    return 0 if good else FAILED


def _bundles(where: str) -> tuple[str, ...]:
    """What is meant: of a folder every bundle in it.

    Raises:
        UsageError: there is none in it.
    """
    if not Path(where).is_dir():
        return (where,)
    found = tuple(str(path) for path in sorted(Path(where).glob("*.jsonl")))
    if not found:
        raise UsageError(f"there is no bundle (.jsonl) in the folder {where}", remedy="chatarena export makes them")
    return found


def _verify(where: str, paths: Paths, seal: str) -> Verdict:
    file = bundle_file(where)
    return _bundle(file, seal) if file is not None else _logged(where, paths)


def _bundle(path: Path, seal: str) -> Verdict:
    from chatarena.exchange.bundle import check_bundle, parse_bundle
    from chatarena.session_log.chain import chain_hash

    try:
        data = path.read_bytes()
    except OSError as error:
        raise BundleDamaged(f"{path}: {error.strerror or error}", remedy="Check the name of the file.") from error
    found = check_bundle(data)
    if found:
        return Verdict(
            where=str(path), session="", entries=0, chain="", seal="", problems=tuple(str(finding) for finding in found)
        )
    read = parse_bundle(data, str(path))
    problems = list(_derived(read.entries))
    if seal and seal != read.seal:
        problems.append(f"the seal is {read.seal}, not the one that was given")
    return Verdict(
        where=str(path),
        session=read.session,
        entries=len(read.entries),
        chain=chain_hash(read.entries),
        seal=read.seal,
        problems=tuple(problems),
    )


def _logged(where: str, paths: Paths) -> Verdict:
    from chatarena.session_log.chain import chain_hash
    from chatarena.session_log.store import SessionLog

    with SessionLog(paths.database, read_only=True) as log:
        session = log.resolve(where)
        entries = log.entries(session)
        kept = log.chain(session)
        chain = chain_hash(entries)
        problems = list(_derived(entries))
        if kept != chain:
            problems.insert(0, "an entry was altered behind the program's back: the log keeps another hash of them")
        problems += _fork_problems(log, entries)
    return Verdict(where=session, session=session, entries=len(entries), chain=chain, seal="", problems=tuple(problems))


def _derived(entries: Sequence[Entry]) -> list[str]:
    from chatarena.replay.rederive import rederive

    return [f"entry {check.seq}: {check.detail}" for check in rederive(entries) if check.verdict == "differs"]


def _fork_problems(log: SessionLog, entries: Sequence[Entry]) -> list[str]:
    """Whether a fork still shares its prefix with its parent, where the parent is in the log."""
    from chatarena.arena.events import SessionForked
    from chatarena.errors import SessionNotFound
    from chatarena.session_log.chain import chain_hash

    found = []
    for entry in entries:
        if not isinstance(entry.event, SessionForked):
            continue
        if chain_hash(entries[: entry.seq]) != entry.event.prefix:
            found.append(f"entry {entry.seq}: what stands before the fork is not what the fork was made from")
        try:
            parent = log.entries(entry.event.parent)[: entry.event.at]
        except SessionNotFound:
            continue
        if chain_hash(parent) != entry.event.prefix:
            found.append(f"entry {entry.seq}: the parent {entry.event.parent} has other entries there now")
    return found
