"""Reading one session without anything that writing takes: what a replay or a listing of its words costs to start."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import starmap
from pathlib import Path

from chatarena.arena.events import Entry
from chatarena.errors import LogError
from chatarena.session_log import listing, notes
from chatarena.session_log.codec import decode
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


def read(rows: Iterable[listing.EntryRow]) -> tuple[Entry, ...]:
    """The entries that rows stand for.

    Raises:
        LogError: an entry cannot be understood; says which.
    """
    with _collector_paused():
        return tuple(starmap(_entry, rows))


def _entry(session: str, seq: int, at: float, elapsed: float, kind: str, body: bytes) -> Entry:
    try:
        event = decode(body, kind=kind)
    except LogError as error:
        raise LogError(f"session {session}, entry {seq}: {error.message}", remedy=error.remedy) from error
    return Entry(session=session, seq=seq, at=at, elapsed=elapsed, event=event)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Decoding a long log makes a million objects and no garbage; the collector would cost more than the decoding."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
