"""From entries to rows (secrets out, text made, place checked, what is derived brought up to date)."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from chatarena.arena.events import ChoiceMade, Entry, SessionOpened, TurnTaken
from chatarena.errors import LogError
from chatarena.secrecy import Secrets
from chatarena.session_log import columns, redaction
from chatarena.session_log.chain import FIRST, entry_body, link
from chatarena.session_log.codec import encode
from chatarena.session_log.entries import read
from chatarena.session_log.listing import EntryRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """An entry as it will be written, without the environment's secrets; its event's text; its link of the chain."""

    entry: Entry
    body: str
    link: str


def prepare(entries: Iterable[Entry], environ: Mapping[str, str]) -> tuple[Prepared, ...]:
    """The entries as they are to be written.

    Raises:
        ValueError: an event or a time that must not be recorded; says which.
        LogError: a text that no UTF-8 file can keep.
    """
    secrets = redaction.secrets_of(environ)
    return tuple(_prepared(entry, secrets) for entry in entries)


def write(connection: sqlite3.Connection, prepared: Iterable[Prepared]) -> None:
    """Write prepared entries within the transaction that is open.

    Raises:
        LogError: an entry's place is taken, or would leave a gap.
        ValueError: a session that does not begin with SessionOpened, or has another; a number beyond 64 bits.
    """
    places: dict[str, tuple[int, str]] = {}
    for new in prepared:
        session = new.entry.session
        seq, chain = places.get(session) or _place(connection, session)
        _check_place(new.entry, seq)
        # A chain that is not known from its beginning stays unknown.
        chain = link(chain, new.link) if chain else ""
        places[session] = seq + 1, chain
        try:
            _insert(connection, new, chain)
        except OverflowError as error:
            kind = new.entry.event.kind
            raise ValueError(f"{kind} holds a number beyond 64 bits, which no column can keep") from error


def _place(connection: sqlite3.Connection, session: str) -> tuple[int, str]:
    """The number of the session's next entry and the hash that it is linked to."""
    found = connection.execute(
        "SELECT (SELECT max(seq) + 1 FROM entries WHERE session = id), chain FROM sessions WHERE id = ?", (session,)
    ).fetchone()
    return (found[0] or 0, found[1]) if found else (0, FIRST)


def derived(rows: Iterable[EntryRow]) -> tuple[str, str, str]:
    """What a session's rows say of it: origin, parent, and the end of its chain, empty where one cannot be read."""
    lineage, chain = ("", ""), FIRST
    try:
        for entry in read(rows):
            lineage = columns.lineage_after(entry.event) or lineage
            chain = link(chain, entry_body(entry))
    except LogError:
        return *lineage, ""
    return *lineage, chain


def _prepared(entry: Entry, secrets: Secrets) -> Prepared:
    if not (math.isfinite(entry.at) and math.isfinite(entry.elapsed)):
        raise ValueError(f"times must be finite, not at={entry.at!r}, elapsed={entry.elapsed!r}")
    event = redaction.scrub_provider_text(entry.event, secrets)
    body = encode(event)
    if redaction.holds_secret(body, secrets):
        event = redaction.mask_event(event, secrets)
        body = encode(event)
    # Adding zero makes 1.0 of 1 and 0.0 of -0.0, as they are read back.
    written = Entry(session=entry.session, seq=entry.seq, at=entry.at + 0.0, elapsed=entry.elapsed + 0.0, event=event)
    return Prepared(entry=written, body=body, link=entry_body(written))


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


def _insert(connection: sqlite3.Connection, new: Prepared, chain: str) -> None:
    """Write one entry and bring what is derived from it up to date."""
    entry, event = new.entry, new.entry.event
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
        columns.entry_row(entry, new.body),
    )
    words = columns.words_of(event)
    if words is not None:
        connection.execute(
            "INSERT INTO words (session, seq, kind, speaker, round, text) VALUES (?, ?, ?, ?, ?, ?)",
            (entry.session, entry.seq, words.kind, words.speaker, words.round, words.text),
        )
    connection.execute(
        "UPDATE sessions SET updated_utc = ?, n_events = ?, n_turns = n_turns + ?, status = coalesce(?, status),"
        " chain = ? WHERE id = ?",
        (
            columns.utc_text(entry.at),
            entry.seq + 1,
            int(isinstance(event, TurnTaken)),
            columns.status_after(event),
            chain,
            entry.session,
        ),
    )
    lineage = columns.lineage_after(event)
    if lineage is not None:
        connection.execute("UPDATE sessions SET origin = ?, parent = ? WHERE id = ?", (*lineage, entry.session))
    if isinstance(event, ChoiceMade):
        connection.execute(
            "UPDATE sessions SET choice ="
            " coalesce((SELECT label FROM v_options WHERE session = ?1 AND option = ?2), ?2) WHERE id = ?1",
            (entry.session, event.option),
        )
