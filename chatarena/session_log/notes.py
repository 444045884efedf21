"""What a person notes about a session: a name and tags. They are hers to change, and no part of the record."""

from __future__ import annotations

import sqlite3
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

MAX_LENGTH: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotations:
    """The person's own name of a session, empty where it has none, and its tags in order."""

    name: str
    tags: tuple[str, ...]


def note(text: str) -> str:
    """A name or a tag as it is kept: on one line, in Unicode form C.

    Raises:
        ValueError: longer than 80 characters.
    """
    line = unicodedata.normalize("NFC", " ".join(text.replace("\0", " ").split()))
    if len(line) > MAX_LENGTH:
        raise ValueError(f"a name or a tag has at most {MAX_LENGTH} characters, not {len(line)}: {line[:20]}...")
    return line


def read(connection: sqlite3.Connection, session: str) -> Annotations:
    """The name and the tags of a session that is in the log."""
    name = connection.execute("SELECT name FROM sessions WHERE id = ?", (session,)).fetchone()[0]
    rows = connection.execute("SELECT tag FROM tags WHERE session = ? ORDER BY tag", (session,))
    return Annotations(name=name, tags=tuple(row[0] for row in rows))


def rename(connection: sqlite3.Connection, session: str, name: str) -> None:
    """Give a session a name; an empty one takes the name away."""
    connection.execute("UPDATE sessions SET name = ? WHERE id = ?", (note(name), session))


def tag(connection: sqlite3.Connection, session: str, add: Iterable[str], remove: Iterable[str]) -> None:
    """Add tags to a session and take others from it.

    Raises:
        ValueError: a tag without a letter.
    """
    adding, removing = ([(session, note(text)) for text in texts] for texts in (add, remove))
    if any(not text for _, text in (*adding, *removing)):
        raise ValueError("a tag needs at least one letter")
    connection.executemany("DELETE FROM tags WHERE session = ? AND tag = ?", removing)
    connection.executemany("INSERT OR IGNORE INTO tags (session, tag) VALUES (?, ?)", adding)


def unite(connection: sqlite3.Connection, session: str, name: str, tags: Iterable[str]) -> None:
    """Bring in annotations from elsewhere: all tags, and the name where the session has none here."""
    tag(connection, session, tags, ())
    if name and not read(connection, session).name:
        rename(connection, session, name)
