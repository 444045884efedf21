"""From rows of the log to entries."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import starmap

from chatarena.arena.events import Entry
from chatarena.errors import LogError
from chatarena.session_log import listing
from chatarena.session_log.codec import decode


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
