"""Reading one session without anything that writing takes: what a replay or a listing of its words costs to start."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from chatarena.arena.events import Entry
from chatarena.session_log import listing, notes
from chatarena.session_log.entries import read
from chatarena.session_log.faults import explained
from chatarena.session_log.opening import connect


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedSession:
    """A session in the log, with the person's own name and tags for it."""

    id: str
    entries: tuple[Entry, ...]
    name: str
    tags: tuple[str, ...]


def read_session(path: Path, which: str) -> SavedSession:
    """The session that `which` means in the log at `path`: "last", an id, or the beginning of one.

    Raises:
        SessionNotFound: none fits, or several do.
        LogError: no session log, or an entry cannot be understood.
    """
    with explained(path), closing(connect(path, read_only=True)) as connection:
        session = listing.resolve(connection, which, path)
        noted = notes.read(connection, session)
        rows = listing.entry_rows(connection, session, 0)
    return SavedSession(id=session, entries=read(rows), name=noted.name, tags=noted.tags)
