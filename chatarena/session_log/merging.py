"""Bringing together the logs of several machines. Law: the other log is only read."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from chatarena.errors import LogError, SessionConflict
from chatarena.session_log.opening import copy_of
from chatarena.session_log.store import SessionLog
from chatarena.session_log.taking import Incoming


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A session that is not the same in both logs: nothing of it was changed; `seq` is the first entry that differs."""

    session: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeReport:
    """What became of every session of the other log, by id."""

    added: tuple[str, ...]
    extended: tuple[str, ...]
    known: tuple[str, ...]
    conflicts: tuple[Conflict, ...]


def merge(log: SessionLog, other: Path) -> MergeReport:
    """Bring in all sessions of another log with their names and tags.

    Raises:
        LogError: the other file is this log itself, is no log, is from a newer version, or has an entry that cannot be
            understood; what had come in before that stays.
    """
    if other.exists() and other.samefile(log.path):
        raise LogError(f"{other} is this log itself", remedy="Name the log of another machine, or a backup.")
    with tempfile.TemporaryDirectory(prefix="chatarena-") as folder:
        copy = Path(folder) / "log.db"
        copy_of(other, copy)
        # Opening it brings a copy of an older version up to date.
        with SessionLog(copy, environ=log.environ) as theirs:
            sessions = sorted(listed.id for listed in theirs.sessions())
            outcomes = log.take_in_many(_incoming(theirs, session) for session in sessions)
    by_outcome: dict[str, list[str]] = {"added": [], "extended": [], "known": []}
    conflicts = []
    for session, outcome in zip(sessions, outcomes, strict=True):
        if isinstance(outcome, SessionConflict):
            conflicts.append(Conflict(session=session, seq=outcome.seq))
        else:
            by_outcome[outcome].append(session)
    return MergeReport(
        added=tuple(by_outcome["added"]),
        extended=tuple(by_outcome["extended"]),
        known=tuple(by_outcome["known"]),
        conflicts=tuple(conflicts),
    )


def _incoming(theirs: SessionLog, session: str) -> Incoming:
    notes = theirs.annotations(session)
    return Incoming(entries=theirs.entries(session), name=notes.name, tags=notes.tags)
