"""Sessions in an SQLite file: append, take in, read, list, search, annotate, delete, merge, back up.

Laws: what `append` was given is on the disk, all of it or none, when it returns; entries of a session are numbered
0, 1, 2, ... and never change; deleting a session leaves none of its bytes in the file.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from chatarena.errors import LogNotWritable, SessionConflict
from chatarena.secrecy import mask_values
from chatarena.session_log import listing, notes, search, taking, upkeep
from chatarena.session_log.faults import explained
from chatarena.session_log.opening import connect

# Listing and searching need neither the events nor msgspec, and importing those takes longer than they do.
if TYPE_CHECKING:
    from chatarena.arena.events import Entry
    from chatarena.arena.learned_weights import Earlier
    from chatarena.choice.checks import Row
    from chatarena.session_log.replies import Replies

# Sessions brought in by one transaction: each transaction waits for the disk.
_AT_ONCE: Final = 100


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

    def take_in(self, entries: Sequence[Entry], *, name: str = "", tags: Sequence[str] = ()) -> taking.Outcome:
        """Bring in a whole session from elsewhere: "added", "extended" where only its beginning was here, or "known".

        Doing it again changes nothing. Tags are added to those that are here; `name` counts where it has none here.

        Raises:
            SessionConflict: another session is here under the same id; nothing was changed.
            LogError: as `append`.
            ValueError: as `append`; or not the entries of one session from its beginning.
        """
        (outcome,) = self.take_in_many((taking.Incoming(entries=tuple(entries), name=name, tags=tuple(tags)),))
        if isinstance(outcome, SessionConflict):
            raise outcome
        return outcome

    def take_in_many(self, sessions: Iterable[taking.Incoming]) -> tuple[taking.Outcome | SessionConflict, ...]:
        """As `take_in` for many sessions, in few transactions; a conflict stands in the place of its session's outcome.

        Raises:
            LogError: as `append`; what earlier transactions brought in stays.
            ValueError: as `take_in`; likewise.
        """
        waiting, outcomes = iter(sessions), []
        while batch := tuple(islice(waiting, _AT_ONCE)):
            outcomes += self._take_in(batch)
        return tuple(outcomes)

    def _take_in(self, sessions: tuple[taking.Incoming, ...]) -> list[taking.Outcome | SessionConflict]:
        from chatarena.session_log import recording

        for session in sessions:
            taking.check_whole(session.entries)
        prepared = [recording.prepare(session.entries, self.environ) for session in sessions]
        outcomes: list[taking.Outcome | SessionConflict] = []
        with self._transaction() as connection:
            for session, entries in zip(sessions, prepared, strict=True):
                name, tags = self._noted(session.name), [self._noted(tag) for tag in session.tags]
                try:
                    outcomes.append(taking.take_in(connection, entries, name, tags))
                except SessionConflict as conflict:
                    outcomes.append(conflict)
        return outcomes

    def _noted(self, text: str) -> str:
        from chatarena.session_log.redaction import secrets_of

        return mask_values(text, secrets_of(self.environ))

    def rename(self, session: str, name: str) -> None:
        """Give a session a name of the person's own, at most 80 characters; an empty one takes it away.

        Raises:
            SessionNotFound: no such session.
            ValueError: the name is too long.
            LogNotWritable: as `append`.
        """
        with self._transaction() as connection:
            self._check_known(connection, session)
            notes.rename(connection, session, self._noted(name))

    def tag(self, session: str, *, add: Iterable[str] = (), remove: Iterable[str] = ()) -> None:
        """Add tags to a session and take others from it; taking one away that it has not is nothing.

        Raises:
            SessionNotFound: no such session.
            ValueError: a tag is empty or longer than 80 characters.
            LogNotWritable: as `append`.
        """
        with self._transaction() as connection:
            self._check_known(connection, session)
            notes.tag(connection, session, [self._noted(text) for text in add], [self._noted(text) for text in remove])

    def _check_known(self, connection: sqlite3.Connection, session: str) -> None:
        if not listing.head(connection, session):
            raise listing.not_found(session, self.path)

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

    def entries(self, session: str, *, start: int = 0, most: int | None = None) -> tuple[Entry, ...]:
        """The entries of a session in order, from the one numbered `start`, at most `most` of them.

        Raises:
            SessionNotFound: no such session.
            LogError: an entry cannot be understood; says which.
        """
        from chatarena.session_log.entries import read

        with self._using() as connection:
            rows = listing.entry_rows(connection, session, start, most)
            if not rows and not listing.head(connection, session):
                raise listing.not_found(session, self.path)
        return read(rows)

    def sessions(
        self,
        limit: int | None = None,
        *,
        status: listing.Status | None = None,
        tag: str | None = None,
        origin: str | None = None,
        since: str | None = None,
    ) -> tuple[listing.Listed, ...]:
        """The sessions, the one last written to first; of those only the wanted ones, see `listing.Wanted`."""
        wanted = listing.Wanted(status=status, tag=tag, origin=origin, since=since)
        with self._using() as connection:
            return listing.listed(connection, limit, wanted)

    def annotations(self, session: str) -> notes.Annotations:
        """The person's own name and tags of a session.

        Raises:
            SessionNotFound: no such session.
        """
        with self._using() as connection:
            self._check_known(connection, session)
            return notes.read(connection, session)

    def chain(self, session: str) -> str:
        """The hash after a session's last entry (`chain.chain_hash`) as it was when that was written.

        It is empty where it is not known: for sessions of an older schema with entries that could not be read.

        Raises:
            SessionNotFound: no such session.
        """
        with self._using() as connection:
            self._check_known(connection, session)
            found: tuple[str] = connection.execute("SELECT chain FROM sessions WHERE id = ?", (session,)).fetchone()
            return found[0]

    def forks(self, session: str) -> tuple[str, ...]:
        """The ids of all forks of a session, and of theirs: each begins with copies of its parent's entries."""
        with self._using() as connection:
            return listing.forks(connection, session)

    def resolve(self, which: str) -> str:
        """The id of the session that `which` means: "last" (written to last), an id, or the beginning of one id.

        Raises:
            SessionNotFound: none fits, or several do; says so.
        """
        with self._using() as connection:
            return listing.resolve(connection, which, self.path)

    def search_sessions(self, query: str) -> tuple[search.Places, ...]:
        """Every session with all words and "quoted phrases" of the query in one place, found as `search` finds them."""
        with self._using() as connection:
            return search.find_sessions(connection, query)

    def search(self, query: str, limit: int = 50) -> tuple[search.Hit, ...]:
        """Where all words and "quoted phrases" of the query occur: names and tags, decisions, turns, her own words.

        Names and tags come first, then the newest; nothing for a blank query.
        """
        with self._using() as connection:
            return search.find(connection, query, limit)

    def claim_history(self, names: Sequence[str]) -> Mapping[str, tuple[tuple[Row, Row], ...]]:
        """How agents of these names fared in earlier sessions: see `histories.claim_history`."""
        from chatarena.session_log.histories import claim_history

        with self._using() as connection:
            return claim_history(connection, names)

    def earlier_sessions(self, names: Sequence[str], *, without: Container[str] = ()) -> tuple[Earlier, ...]:
        """Earlier sessions in which all agents of these names made claims: see `histories.earlier_sessions`."""
        from chatarena.session_log.histories import earlier_sessions

        with self._using() as connection:
            return earlier_sessions(connection, names, without)

    def replies(self, sessions: Sequence[str]) -> Replies:
        """What the models replied in these sessions, for those who keep replies elsewhere."""
        from chatarena.session_log.replies import replies_of

        with self._using() as connection:
            return replies_of(connection, sessions)

    # -- keeping house ---------------------------------------------------------------------------------------------

    def delete(self, *sessions: str) -> None:
        """Delete sessions for good: rows, words in the search index, names, tags, and their bytes in the files.

        Forks of them stay, with their copies of entries.

        Raises:
            SessionNotFound: no such session; none was deleted.
            LogNotWritable: the log cannot be written; or the sessions are deleted but their bytes are still in the file
                because another program is reading (then call `compact` later).
        """
        with self._transaction() as connection:
            for session in sessions:
                self._check_known(connection, session)
                upkeep.erase(connection, session)
        try:
            self.compact()
        except LogNotWritable as error:
            raise LogNotWritable(
                f"{', '.join(sessions)}: deleted, but traces are still in the file: {error.message}",
                remedy="Close every other program that has the log open, then run: chatarena sessions vacuum",
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
