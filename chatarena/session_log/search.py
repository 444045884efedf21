"""Searching: what the query means, and the piece of text around what was found.

A query is words (all of them must occur, anywhere, also inside longer words) and "quoted phrases". Upper and lower
case are the same. The index is by trigrams, so scripts written without spaces are found too; words of one or two
characters, common in Chinese and Japanese, are below a trigram and are looked up in the texts themselves. Names and
tags of sessions are few and change, so they are not in the index; a tag is found as #tag, too.
"""

from __future__ import annotations

import json
import re
import sqlite3
import unicodedata
from dataclasses import dataclass
from typing import Any, Final, Literal

TRIGRAM: Final = 3
_TERM = re.compile(r'"([^"]*)"?|(\S+)')
# Characters shown on each side of the first find.
_AROUND = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """A session in which something was found: its newest place, and in how many places in all."""

    hit: Hit
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Where something was found: `spans` are the finds within `snippet`, as (start, end) positions.

    `name` and `tags` are the person's own of the session. Of kind `note` is what was found in them; then `seq` is 0 and
    `at_utc` when the session was last written to.
    """

    session: str
    seq: int
    title: str
    name: str
    tags: tuple[str, ...]
    at_utc: str
    kind: Literal["decision", "turn", "participant", "note"]
    speaker: str
    round: int
    snippet: str
    spans: tuple[tuple[int, int], ...]


def terms(query: str) -> tuple[str, ...]:
    """The words and phrases of a query, in Unicode form C; none where it is blank."""
    text = unicodedata.normalize("NFC", query).replace("\0", " ")
    found = (" ".join((phrase or word).split()) for phrase, word in _TERM.findall(text))
    return tuple(dict.fromkeys(term for term in found if term))


def _condition(wanted: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """A condition on `words` (as w) that all terms occur, and its parameters."""
    indexed = [term for term in wanted if len(term) >= TRIGRAM]
    short = [term for term in wanted if len(term) < TRIGRAM]
    clauses, parameters = [], []
    if indexed:
        clauses.append("w.id IN (SELECT rowid FROM words_fts WHERE words_fts MATCH ?)")
        parameters.append(" AND ".join('"' + term.replace('"', '""') + '"' for term in indexed))
    for term in short:
        clauses.append(r"w.text LIKE ? ESCAPE '\'")
        parameters.append(f"%{like_literal(term)}%")
    return " AND ".join(clauses), tuple(parameters)


def like_literal(text: str) -> str:
    """The text with the wildcards of LIKE made plain, for ESCAPE '\\'."""
    return re.sub(r"([\\%_])", r"\\\1", text)


def snippet(text: str, wanted: tuple[str, ...]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The text around the first find on one line, and where the terms stand in it."""
    line = " ".join(text.split())
    pattern = re.compile("|".join(re.escape(term) for term in sorted(wanted, key=len, reverse=True)), re.IGNORECASE)
    first = pattern.search(line)
    start = max(0, first.start() - _AROUND) if first else 0
    end = min(len(line), (first.end() if first else 0) + _AROUND)
    piece = ("…" if start else "") + line[start:end].strip() + ("…" if end < len(line) else "")
    return piece, tuple(found.span() for found in pattern.finditer(piece))


def find(connection: sqlite3.Connection, query: str, limit: int) -> tuple[Hit, ...]:
    """Where all terms of the query occur, names and tags first, then the newest; nothing for a blank query."""
    wanted = terms(query)
    if not wanted:
        return ()
    noted = _in_notes(connection, wanted)[:limit]
    return (*noted, *_in_words(connection, wanted, limit - len(noted)))


def find_sessions(connection: sqlite3.Connection, query: str) -> tuple[Places, ...]:
    """Every session in which all terms of the query occur in one place, names and tags first, then the newest."""
    wanted = terms(query)
    if not wanted:
        return ()
    noted = {hit.session: hit for hit in _in_notes(connection, wanted)}
    condition, parameters = _condition(wanted)
    # Of the columns that are neither counted nor compared SQLite takes those of the row with the highest number
    # (sqlite.org/lang_select.html, bare columns beside max()).
    rows = connection.execute(
        f"SELECT w.session, max(w.seq), s.title, s.name, {_TAGS}, e.at_utc, w.kind, w.speaker, w.round, w.text,"
        " count(*) FROM words w JOIN sessions s ON s.id = w.session"
        " JOIN entries e ON e.session = w.session AND e.seq = w.seq"
        f" WHERE {condition} GROUP BY w.session ORDER BY s.updated_utc DESC, w.session DESC",
        parameters,
    )
    said = {str(row[0]): Places(hit=_hit(row[:-1], wanted), count=row[-1]) for row in rows}
    counts = {session: said[session].count + 1 if session in said else 1 for session in noted}
    return (
        *(Places(hit=hit, count=counts[session]) for session, hit in noted.items()),
        *(places for session, places in said.items() if session not in noted),
    )


_TAGS: Final = "(SELECT json_group_array(tag) FROM (SELECT tag FROM tags WHERE session = s.id ORDER BY tag))"


def _in_notes(connection: sqlite3.Connection, wanted: tuple[str, ...]) -> list[Hit]:
    rows = connection.execute(
        f"SELECT s.id, 0, s.title, s.name, {_TAGS}, s.updated_utc, 'note', '', 0, '' FROM sessions s"
        " WHERE s.name <> '' OR EXISTS (SELECT 1 FROM tags WHERE session = s.id)"
        " ORDER BY s.updated_utc DESC, s.id DESC"
    )
    hits = []
    for row in rows:
        text = " ".join(part for part in (row[3], *(f"#{tag}" for tag in json.loads(row[4]))) if part)
        if all(term.casefold() in text.casefold() for term in wanted):
            hits.append(_hit((*row[:-1], text), wanted))
    return hits


def _in_words(connection: sqlite3.Connection, wanted: tuple[str, ...], limit: int) -> list[Hit]:
    condition, parameters = _condition(wanted)
    rows = connection.execute(
        f"SELECT w.session, w.seq, s.title, s.name, {_TAGS}, e.at_utc, w.kind, w.speaker, w.round, w.text FROM words w"
        " JOIN sessions s ON s.id = w.session JOIN entries e ON e.session = w.session AND e.seq = w.seq"
        f" WHERE {condition} ORDER BY e.at DESC, w.session DESC, w.seq DESC LIMIT ?",
        (*parameters, limit),
    )
    return [_hit(row, wanted) for row in rows]


def _hit(row: tuple[Any, ...], wanted: tuple[str, ...]) -> Hit:
    session, seq, title, name, tags, at_utc, kind, speaker, round_, text = row
    piece, spans = snippet(text, wanted)
    return Hit(
        session=session,
        seq=seq,
        title=title,
        name=name,
        tags=tuple(json.loads(tags)),
        at_utc=at_utc,
        kind=kind,
        speaker=speaker,
        round=round_,
        snippet=piece,
        spans=spans,
    )
