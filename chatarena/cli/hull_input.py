"""What a hull analysis is about: sessions, by name, all or by tag, or a table of scores; with all that was left out."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chatarena.cli.reference import load
from chatarena.errors import SessionNotFound, UsageError

if TYPE_CHECKING:
    from chatarena.arena.utilities import Held, LeftOut
    from chatarena.cli.home import Paths
    from chatarena.report.hull.subject import Subject

# What goes with a table of scores and what with sessions, by the names of the options.
_OF_TABLES = ("target", "group", "state", "label", "scale")
_OF_SESSIONS = ("tag", "numbers", "method", "phase")
# So many sessions that were left out are named, so that they can be named on the command line; more only counted.
_FEW = 6
_TABLES = (".csv", ".tsv", ".gz", ".parquet")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    """Sessions to read, and those that were not taken with the reasons."""

    held: tuple[Held, ...]
    left_out: tuple[LeftOut, ...]


def subject_of(args: argparse.Namespace, paths: Paths) -> Subject:
    """What the command line means.

    Raises:
        UsageError: options that do not go together, or nothing that could be analysed.
        SessionNotFound: no session fits.
        SourceDamaged: the table cannot be read.
    """
    _check(args)
    return _table(args) if args.table else _sessions(args, paths)


def _check(args: argparse.Namespace) -> None:
    if args.table:
        if args.where or args.all or any(getattr(args, name) is not None for name in _OF_SESSIONS):
            raise UsageError("--table goes without sessions and their options", remedy="Analyse one or the other.")
        if not args.target:
            raise UsageError("--table needs --target", remedy="Name the column that agents are to reproduce.")
    else:
        for name in _OF_TABLES:
            if getattr(args, name) is not None:
                raise UsageError(f"--{name} goes with --table")
    if args.where and (args.all or args.tag is not None):
        raise UsageError("--all and --tag choose the sessions by themselves", remedy="Leave out the ids.")
    if args.method is not None and args.numbers not in (None, "appraisals"):
        raise UsageError(
            "--method says how appraisals were made", remedy=f"Leave it out with --numbers {args.numbers}."
        )


def _agents(args: argparse.Namespace) -> tuple[str, ...]:
    words = [word.strip() for text in args.agents or () for word in text.split(",")]
    return tuple(word for word in words if word)


def _table(args: argparse.Namespace) -> Subject:
    from numpy.random import PCG64, Generator

    from chatarena.exchange.scores import Columns, read_scores
    from chatarena.report.hull.subject import subject_of_scores

    columns = Columns(
        target=args.target,
        agents=_agents(args),
        group=args.group or "",
        state=args.state or "",
        label=args.label or "",
        scale=args.scale,
    )
    scores = read_scores(Path(args.table), columns, rng=Generator(PCG64(args.seed)))
    return subject_of_scores(scores, columns)


def _sessions(args: argparse.Namespace, paths: Paths) -> Subject:
    from chatarena.arena.utilities import Reading, utilities
    from chatarena.report.hull.subject import subject_of_sessions

    chosen = _in_log(args.tag, paths) if args.all or args.tag is not None else _named(args.where or ["last"], paths)
    reading = Reading(
        numbers=args.numbers, method=args.method or "best", phase=args.phase or "latest", agents=_agents(args)
    )
    try:
        found = utilities(chosen.held, reading)
        return subject_of_sessions(found, chosen.held, chosen.left_out)
    except ValueError as error:
        raise UsageError(f"nothing to analyse: {error}", remedy=_remedy(args)) from error


def _remedy(args: argparse.Namespace) -> str:
    if args.agents:
        return "Name agents as these sessions do, by name or label; `chatarena sessions show` lists them."
    if args.all or args.tag is not None:
        return "`chatarena sessions list` shows what there is; a session counts once it was appraised and rated."
    return "A session counts once agents were appraised (or made claims: --numbers claims) and somebody rated options."


def _named(wheres: list[str], paths: Paths) -> _Chosen:
    from chatarena.arena.session import fold
    from chatarena.arena.utilities import Held

    held: dict[str, Held] = {}
    for where in wheres:
        if Path(where).suffix in _TABLES:
            raise UsageError(f"{where} is a table, not a session", remedy=f"Write `--table {where} --target COLUMN`.")
        session = load(where, paths)
        held[session.id] = Held(id=session.id, session=fold(entry.event for entry in session.entries))
    return _Chosen(held=tuple(held.values()), left_out=())


def _in_log(tag: str | None, paths: Paths) -> _Chosen:
    """All sessions that stand for themselves: copies of others, and what a script said, are no evidence."""
    from chatarena.arena.session import fold
    from chatarena.arena.utilities import Held, LeftOut
    from chatarena.session_log.store import SessionLog

    held, left_out = [], []
    if paths.database.exists():
        with SessionLog(paths.database, read_only=True) as log:
            for listed in reversed(log.sessions(tag=tag)):
                if listed.origin in ("fork", "rerun"):
                    reason = f"a {listed.origin} of {listed.parent}"
                    left_out.append(LeftOut(what="session", name=listed.id, reason=reason))
                elif any(model.startswith("scripted/") for model in listed.models):
                    left_out.append(LeftOut(what="session", name=listed.id, reason="its agents follow a script"))
                else:
                    entries = log.entries(listed.id)
                    held.append(Held(id=listed.id, session=fold(entry.event for entry in entries)))
    if not held:
        which = "" if tag is None else f" with the tag {tag!r}"
        if not left_out:
            shows = "`chatarena sessions list` shows the sessions and their tags."
            raise SessionNotFound(f"there is no session{which} in {paths.database}", remedy=shows)
        few = len(left_out) <= _FEW
        names = " ".join(one.name for one in left_out) if few else "ID ID ..."
        raise SessionNotFound(
            f"no session{which} is evidence by itself; left out: {', '.join(_why(left_out))}",
            remedy=f"Name them to analyse them whatever they are: chatarena hull {names}",
        )
    return _Chosen(held=tuple(held), left_out=tuple(left_out))


def _why(left_out: list[LeftOut]) -> Iterator[str]:
    for reason, count in Counter(one.reason for one in left_out).items():
        yield f"{count} ({reason})"
