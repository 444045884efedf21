"""Bringing in whole sessions from elsewhere. Law: nothing that is here is changed; only what is missing is added."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from chatarena.errors import SessionConflict
from chatarena.session_log import notes
from chatarena.session_log.listing import EntryRow, entry_rows

if TYPE_CHECKING:
    from chatarena.arena.events import Entry
    from chatarena.session_log.recording import Prepared

Outcome = Literal["added", "extended", "known"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A whole session from elsewhere, with a person's name and tags for it."""

    entries: tuple[Entry, ...]
    name: str = ""
    tags: tuple[str, ...] = ()


def check_whole(entries: Sequence[Entry]) -> None:
    """Make sure that entries are those of one session from its beginning.

    Raises:
        ValueError: they are not; says why.
    """
    if not entries:
        raise ValueError("a session has at least one entry")
    if len({entry.session for entry in entries}) > 1:
        raise ValueError("the entries are of several sessions")
    if [entry.seq for entry in entries] != list(range(len(entries))):
        raise ValueError("the entries of a session are numbered 0, 1, 2, ... without gaps")


def take_in(connection: sqlite3.Connection, prepared: Sequence[Prepared], name: str, tags: Sequence[str]) -> Outcome:
    """Write what is missing of a session, within the transaction that is open.

    Raises:
        SessionConflict: what is here and what comes in differ where they overlap; nothing was changed.
    """
    from chatarena.session_log.recording import write

    session = prepared[0].entry.session
    here = entry_rows(connection, session, 0)
    for row, new in zip(here, prepared, strict=False):
        if not _same(row, new):
            raise SessionConflict(session, new.entry.seq)
    write(connection, prepared[len(here) :])
    notes.unite(connection, session, name, tags)
    if not here:
        return "added"
    return "extended" if len(prepared) > len(here) else "known"


def _same(row: EntryRow, new: Prepared) -> bool:
    """Whether a row holds this entry, in whichever version of the program it was written."""
    from chatarena.session_log.entries import read

    _, _, at, elapsed, _, body = row
    if (at, elapsed) != (new.entry.at, new.entry.elapsed):
        return False
    return body == new.body.encode() or read((row,)) == (new.entry,)
