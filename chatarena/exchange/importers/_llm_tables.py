"""The tables of a log of simonw/llm as records: one a thread, one a conversation.

NULL is nothing and left out; keys that only link rows are told by how records nest. Law: a row that is in no record is
counted in `rest`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from typing import Any, Final

from chatarena.arena.events import Unmapped
from chatarena.errors import SourceDamaged
from chatarena.exchange.foreign import NO_PLACE
from chatarena.exchange.importing import Source

MAGIC: Final = b"SQLite format 3\0"
# Offsets of the versions of writing and reading in the header of a database: 2 says write-ahead log, 1 says journal.
_WRITE_VERSION, _READ_VERSION = 18, 19
_THREADS: Final = frozenset(("threads", "turns", "messages", "parts"))
_CONVERSATIONS: Final = frozenset(("conversations", "responses"))
_JSON_COLUMNS: Final = frozenset(
    ("options_json", "prompt_json", "response_json", "token_details", "payload", "provider_metadata", "arguments")
)
_DERIVED: Final = ("_fts", "_fts_data", "_fts_idx", "_fts_docsize", "_fts_config", "_fts_content")
_BOOKKEEPING: Final = frozenset(("_llm_migrations", "turn_search", "sqlite_sequence", "sqlite_stat1"))

Row = dict[str, Any]


def is_log(names: frozenset[str]) -> bool:
    """Whether these are the tables of a log of llm."""
    return names >= _THREADS or names >= _CONVERSATIONS


class Tables:
    """A database in memory, exactly the bytes of the source."""

    def __init__(self, source: Source) -> None:
        """Open it.

        Raises:
            SourceDamaged: not a database, or part of it still stands in another file.
        """
        waiting = source.beside(f"{source.name}-wal")
        if waiting is not None and waiting.data:
            raise SourceDamaged(
                f"is in use: part of what was said is not in it yet but in {waiting.name}",
                remedy="Close every program that has it open, then import it again.",
            )
        self._connection = sqlite3.connect(":memory:")
        self._connection.text_factory = lambda data: data.decode("utf-8", "replace")
        data = bytearray(source.data)
        # A database in memory has no write-ahead log; the pages of a closed one read the same without.
        data[_WRITE_VERSION] = data[_READ_VERSION] = 1
        try:
            self._connection.deserialize(bytes(data))
            found = self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        except sqlite3.Error as error:
            self._connection.close()
            raise SourceDamaged(f"cannot be read as a database: {error}") from error
        self.names = frozenset(str(row[0]) for row in found)
        self._read: dict[str, set[int]] = {}

    def __enter__(self) -> Tables:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def _rows(self, table: str, where: str = "", *values: object) -> list[Row]:
        """Rows as what is in them, JSON read; none where there is no such table."""
        if table not in self.names:
            return []
        try:
            cursor = self._connection.execute(f'SELECT rowid, * FROM "{table}" {where}', values)
            found = cursor.fetchall()
        except sqlite3.Error as error:
            raise SourceDamaged(f"the table {table} cannot be read: {error}") from error
        columns = [str(column[0]) for column in cursor.description[1:]]
        self._read.setdefault(table, set()).update(row[0] for row in found)
        pairs = (zip(columns, row[1:], strict=True) for row in found)
        return [{key: _value(key, value) for key, value in row if value is not None} for row in pairs]

    # -- threads ---------------------------------------------------------------------------------------------------

    def threads(self) -> Iterator[Row]:
        """Each thread with its turns and the chain of messages behind its tip."""
        for thread in self._rows("threads", "ORDER BY id"):
            turns = self._rows("turns", "WHERE thread_id = ? ORDER BY datetime_utc, id", thread["id"])
            tip = thread.pop("tip_message_hash", turns[-1].get("tip_message_hash") if turns else None)
            for turn in turns:
                turn.pop("thread_id", None)
                self._beside(turn, "turn_id")
            yield {"thread": thread, "turns": turns, "messages": self._chain(tip)}

    def _chain(self, tip: object) -> list[Row]:
        chain: list[Row] = []
        seen: set[object] = set()
        while tip is not None and tip not in seen:
            seen.add(tip)
            found = self._rows("messages", "WHERE hash = ?", tip)
            if not found:
                raise SourceDamaged(f"the message {tip} is missing, which a later one follows")
            message = found[0]
            tip = message.pop("parent_hash", None)
            parts = self._rows("parts", "WHERE message_hash = ? ORDER BY position", message["hash"])
            message["parts"] = [self._part(part) for part in parts]
            chain.append(message)
        return chain[::-1]

    def _part(self, part: Row) -> Row:
        """A part with its text put together where it borrows from fragments, which are stored once."""
        for column in ("id", "message_hash", "position", "tool_name"):
            part.pop(column, None)
        payload = part.get("payload")
        if isinstance(payload, dict) and isinstance(payload.get("text_ref"), list):
            pieces = payload.pop("text_ref")
            part["text"] = "".join(self._piece(piece) for piece in pieces)
        if payload == {}:
            del part["payload"]
        return part

    def _piece(self, piece: Any) -> str:
        if isinstance(piece, dict) and "literal" in piece:
            return str(piece["literal"])
        found = self._rows("fragments", "WHERE id = ?", piece.get("fragment") if isinstance(piece, dict) else None)
        if not found:
            raise SourceDamaged(f"the fragment that a text borrows is missing: {piece!r:.60}")
        return str(found[0]["content"])

    def _beside(self, row: Row, column: str) -> None:
        """The schema by which an answer was asked for."""
        if "schema_id" in row:
            row["schema"] = self._rows("schemas", "WHERE id = ?", row["schema_id"])

    # -- conversations ---------------------------------------------------------------------------------------------

    def conversations(self) -> Iterator[Row]:
        """Each conversation with its responses, but for those that have become turns."""
        older = "WHERE id NOT IN (SELECT id FROM turns)" if "turns" in self.names else ""
        by_conversation: dict[object, list[Row]] = {}
        for response in self._rows("responses", f"{older} ORDER BY datetime_utc, id"):
            by_conversation.setdefault(response.pop("conversation_id", None), []).append(response)
        for name, responses in sorted(by_conversation.items(), key=lambda item: str(item[1][0]["id"])):
            conversation = next(iter(self._rows("conversations", "WHERE id = ?", name)), {})
            yield {**conversation, "responses": [self._response(response) for response in responses]}

    def _response(self, response: Row) -> Row:
        """A response with the fragments in front of its prompts, attachments, and the calls of tools."""
        name = response["id"]
        for column, table in (("prompt", "prompt_fragments"), ("system", "system_fragments")):
            links = self._rows(table, 'WHERE response_id = ? ORDER BY "order"', name)
            texts = [self._piece({"fragment": link["fragment_id"]}) for link in links]
            joined = "\n".join([*texts, *([response[column]] if column in response else [])])
            if joined:
                response[column] = joined
        for key, table in (("tool_calls", "tool_calls"), ("tool_results", "tool_results")):
            rows = self._rows(table, "WHERE response_id = ? ORDER BY id", name)
            if rows:
                response[key] = [
                    {k: v for k, v in row.items() if k not in ("id", "response_id", "tool_id")} for row in rows
                ]
        links = self._rows("prompt_attachments", 'WHERE response_id = ? ORDER BY "order"', name)
        attached = [self._rows("attachments", "WHERE id = ?", link["attachment_id"]) for link in links]
        if attached:
            response["attachments"] = [row for rows in attached for row in rows]
        self._beside(response, "response_id")
        return response

    # -- the rest --------------------------------------------------------------------------------------------------

    def rest(self) -> tuple[Unmapped, ...]:
        """What stands in tables that no conversation was read from."""
        found = []
        for name in sorted(self.names):
            try:
                rows = self._connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
            except sqlite3.Error as error:
                raise SourceDamaged(f"the table {name} cannot be read: {error}") from error
            if left := rows - len(self._read.get(name, ())):
                found.append(Unmapped(where=f"table {name}", count=left, why=_why_left(name, self.names)))
        return tuple(found)


def _why_left(table: str, names: frozenset[str]) -> str:
    if table in _BOOKKEEPING or table.endswith(_DERIVED):
        return "an index or bookkeeping of the database"
    if table == "responses" and "turns" in names:
        return "has become a turn, which was read instead"
    return NO_PLACE


def _value(column: str, value: Any) -> Any:
    """What a column holds; JSON as what it says, where it is JSON."""
    if column in _JSON_COLUMNS and isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
