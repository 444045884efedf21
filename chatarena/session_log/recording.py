"""From entries to rows (secrets out, text made, place checked, what is derived brought up to date) and back."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable, Mapping
from itertools import starmap

from chatarena.arena.events import ChoiceMade, Entry, Event, SessionOpened, TurnTaken
from chatarena.errors import LogError
from chatarena.secrecy import Secrets
from chatarena.session_log import columns, redaction
from chatarena.session_log.codec import decode, encode
from chatarena.session_log.listing import EntryRow, head

Prepared = tuple[Entry, Event, str]


def prepare(entries: Iterable[Entry], environ: Mapping[str, str]) -> tuple[Prepared, ...]:
    """Each entry with what is to be written of its event: the event without the environment's secrets, and its text.

    Raises:
        ValueError: an event or a time that must not be recorded; says which.
        LogError: a text that no UTF-8 file can keep.
    """
    secrets = redaction.secrets_of(environ)
    return tuple((entry, *_prepared(entry, secrets)) for entry in entries)


def write(connection: sqlite3.Connection, prepared: Iterable[Prepared]) -> None:
    """Write prepared entries within the transaction that is open.

    Raises:
        LogError: an entry's place is taken, or would leave a gap.
        ValueError: a session that does not begin with SessionOpened, or has another; a number beyond 64 bits.
    """
    heads: dict[str, int] = {}
    for entry, event, body in prepared:
        seq = heads[entry.session] if entry.session in heads else head(connection, entry.session)
        _check_place(entry, seq)
        heads[entry.session] = seq + 1
        try:
            _insert(connection, entry, event, body)
        except OverflowError as error:
            raise ValueError(f"{event.kind} holds a number beyond 64 bits, which no column can keep") from error


def read(rows: Iterable[EntryRow]) -> tuple[Entry, ...]:
    """The entries that rows stand for.

    Raises:
        LogError: an entry cannot be understood; says which.
    """
    return tuple(starmap(_entry, rows))


def _entry(session: str, seq: int, at: float, elapsed: float, kind: str, body: bytes) -> Entry:
    try:
        event = decode(body, kind=kind)
    except LogError as error:
        raise LogError(f"session {session}, entry {seq}: {error.message}", remedy=error.remedy) from error
    return Entry(session=session, seq=seq, at=at, elapsed=elapsed, event=event)


def _prepared(entry: Entry, secrets: Secrets) -> tuple[Event, str]:
    if not (math.isfinite(entry.at) and math.isfinite(entry.elapsed)):
        raise ValueError(f"times must be finite, not at={entry.at!r}, elapsed={entry.elapsed!r}")
    event = redaction.scrub_provider_text(entry.event, secrets)
    body = encode(event)
    if redaction.holds_secret(body, secrets):
        event = redaction.mask_event(event, secrets)
        body = encode(event)
    return event, body


def _check_place(entry: Entry, head: int) -> None:
    if entry.seq < head:
        raise LogError(
            f"session {entry.session} already has an entry number {entry.seq}",
            remedy="The session may be running in another window: close it there, then resume it.",
        )
    if entry.seq > head:
        raise LogError(f"session {entry.session} ends before entry {head}: number {entry.seq} would leave a gap")
    if (entry.seq == 0) != isinstance(entry.event, SessionOpened):
        raise ValueError(f"a session begins with session_opened and has no other; entry {entry.seq} is {entry.event!r}")


def _insert(connection: sqlite3.Connection, entry: Entry, event: Event, body: str) -> None:
    """Write one entry and bring what is derived from it up to date."""
    if isinstance(event, SessionOpened):
        row = columns.session_row(entry.session, entry.at, event)
        connection.execute(
            "INSERT INTO sessions (id, title, question, status, created_utc, updated_utc, version, seed, protocol,"
            " cast_name, agents, models, participant) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )
    connection.execute(
        "INSERT INTO entries (session, seq, at_utc, at, elapsed, kind, audience, agent, round, body)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        columns.entry_row(entry, event, body),
    )
    words = columns.words_of(event)
    if words is not None:
        connection.execute(
            "INSERT INTO words (session, seq, kind, speaker, round, text) VALUES (?, ?, ?, ?, ?, ?)",
            (entry.session, entry.seq, words.kind, words.speaker, words.round, words.text),
        )
    connection.execute(
        "UPDATE sessions SET updated_utc = ?, n_events = ?, n_turns = n_turns + ?, status = coalesce(?, status)"
        " WHERE id = ?",
        (
            columns.utc_text(entry.at),
            entry.seq + 1,
            int(isinstance(event, TurnTaken)),
            columns.status_after(event),
            entry.session,
        ),
    )
    if isinstance(event, ChoiceMade):
        connection.execute(
            "UPDATE sessions SET choice ="
            " coalesce((SELECT label FROM v_options WHERE session = ?1 AND option = ?2), ?2) WHERE id = ?1",
            (entry.session, event.option),
        )
