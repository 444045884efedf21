"""Which session is meant: an id, the beginning of one, `last`, or the file of a bundle."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chatarena.errors import SessionNotFound

if TYPE_CHECKING:
    from chatarena.arena.events import Entry
    from chatarena.cli.home import Paths

WHERE_HELP = "a session's id, the beginning of one, `last`, or a bundle's file"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedSession:
    """A session with the person's own name and tags for it; `file` is the bundle it came from, None for the log."""

    id: str
    entries: tuple[Entry, ...]
    name: str = ""
    tags: tuple[str, ...] = ()
    file: Path | None = None


def is_file(where: str) -> bool:
    """Whether a file is meant: something with a folder or an ending, or a file that is there."""
    return Path(where).suffix != "" or "/" in where or Path(where).is_file()


def load(where: str, paths: Paths) -> LoadedSession:
    """The session that `where` means.

    Raises:
        BundleDamaged: a file that is no bundle, or not as it was written.
        SessionNotFound: no session in the log fits, or several do.
    """
    if is_file(where):
        from chatarena.exchange.bundle import read_bundle

        read = read_bundle(Path(where))
        return LoadedSession(id=read.session, entries=read.entries, name=read.name, tags=read.tags, file=Path(where))
    if not paths.database.exists():
        raise SessionNotFound(
            f"there is no session yet in {paths.database}", remedy="`chatarena demo` makes one in seconds."
        )
    from chatarena.session_log.store import SessionLog

    with SessionLog(paths.database, read_only=True) as log:
        found = log.resolve(where)
        return LoadedSession(id=found, entries=log.entries(found))
