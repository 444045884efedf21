"""Sessions in an SQLite file: append, read, list, search, delete, back up.

Laws: what `append` was given is on the disk, all of it or none, when it returns; entries of a session are numbered
0, 1, 2, ... and never change; deleting a session leaves none of its bytes in the file.
"""

from __future__ import annotations

import gc
import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from chatarena.errors import LogNotWritable
from chatarena.session_log import listing, search, upkeep
from chatarena.session_log.faults import explained
from chatarena.session_log.opening import connect

# Listing and searching need neither the events nor msgspec, and importing those takes longer than they do.
if TYPE_CHECKING:
    from chatarena.arena.events import Entry


class SessionLog:
    """The log in one file. Any thread may use it; one call runs at a time.

    Reading while a `LogWriter` writes costs neither of them anything: the writer has a connection of its own.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, read_only: bool = False, environ: Mapping[str, str] = os.environ
    ) -> None:
        """Open the log, creating file and folders, and migrating an older schema, unless it is only to be read.

        Args:
            environ: where secrets are looked for that must not be written.

        Raises:
            LogNotWritable: no permission, no space, or locked by another program.
            LogTooNew: written by a newer version of the program.
            LogError: not a session log; or `read_only` and there is none.
        """
        self.path = Path(path)
        self.environ = environ
        self._lock = threading.RLock()
        self._connection = connect(self.path, read_only=read_only)

    def __enter__(self) -> SessionLog:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; the last one to close it also tidies away the -wal and -shm files."""
        with self._using() as connection:
            connection.close()

    # -- writing ---------------------------------------------------------------------------------------------------

    def append(self, entries: tuple[Entry, ...]) -> None:
        """Make entries durable, all of them or none, in one transaction; they may be of several sessions.

        Error texts and raw replies are scrubbed, and values of secret variables are masked everywhere, before
        anything is written.

        Raises:
            LogNotWritable: read-only, disk full, or locked by another program.
            LogError: an entry's place is taken, or would leave a gap; or a text that no UTF-8 file can keep.
            ValueError: an event that must not be recorded (a number that is not finite, a wrong type), or a session
                that does not begin with SessionOpened.
        """
        from chatarena.session_log import recording

        if not entries:
            return
        prepared = recording.prepare(entries, self.environ)
        with self._transaction() as connection:
            recording.write(connection, prepared)

    @contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        with self._lock, explained(self.path):
            yield self._connection

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._using() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                # Some errors (disk full, for one) have rolled back already.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    # -- reading ---------------------------------------------------------------------------------------------------

    def head(self, session: str) -> int:
        """The number that the session's next entry must have; 0 where the log has no such session."""
        with self._using() as connection:
            return listing.head(connection, session)

    def entries(self, session: str, *, start: int = 0) -> tuple[Entry, ...]:
        """The entries of a session in order, from the one numbered `start`.

        Raises:
            SessionNotFound: no such session.
            LogError: an entry cannot be understood; says which.
        """
        from chatarena.session_log.recording import read

        with self._using() as connection:
            rows = listing.entry_rows(connection, session, start)
            if not rows and not listing.head(connection, session):
                raise listing.not_found(session, self.path)
        with _collector_paused():
            return read(rows)

    def sessions(self, limit: int | None = None, *, status: listing.Status | None = None) -> tuple[listing.Listed, ...]:
        """The sessions, the one last written to first."""
        with self._using() as connection:
            return listing.listed(connection, limit, status)

    def resolve(self, which: str) -> str:
        """The id of the session that `which` means: "last" (written to last), an id, or the beginning of one id.

        Raises:
            SessionNotFound: none fits, or several do; says so.
        """
        with self._using() as connection:
            return listing.resolve(connection, which, self.path)

    def search(self, query: str, limit: int = 50) -> tuple[search.Hit, ...]:
        """Where all words and "quoted phrases" of the query occur in decisions, turns and the participant's words.

        Newest first; nothing for a blank query.
        """
        with self._using() as connection:
            return search.find(connection, query, limit)

    # -- keeping house ---------------------------------------------------------------------------------------------

    def delete(self, session: str) -> None:
        """Delete a session for good: its rows, its words in the search index, and their bytes in the files.

        Raises:
            SessionNotFound: no such session.
            LogNotWritable: the log cannot be written; or the session is deleted but its bytes are still in the file
                because another program is reading (then call `compact` later).
        """
        with self._transaction() as connection:
            if not listing.head(connection, session):
                raise listing.not_found(session, self.path)
            upkeep.erase(connection, session)
        try:
            self.compact()
        except LogNotWritable as error:
            raise LogNotWritable(
                f"the session {session} was deleted, but traces of it are still in the file: {error.message}",
                remedy="Close every other program that has the log open, then compact the log.",
            ) from error

    def compact(self) -> None:
        """Rewrite the file without the space, and the bytes, of what was deleted.

        Raises:
            LogNotWritable: another program is using the log, or there is no space for the rewriting.
        """
        with self._using() as connection:
            upkeep.compact(connection, self.path)

    def backup(self, destination: str | os.PathLike[str]) -> None:
        """Write a consistent copy, readable by its owner alone, while the log may be in use.

        Raises:
            LogNotWritable: the destination exists, or cannot be written.
        """
        target = Path(destination)
        with self._lock, explained(target):
            upkeep.back_up(self._connection, target)


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
