"""Which session is meant: an id, the beginning of one, `last`, the file of a bundle, or one that ships, by its name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chatarena.errors import SessionNotFound

if TYPE_CHECKING:
    from chatarena.arena.events import Entry
    from chatarena.cli.home import Paths

WHERE_HELP = "a session's id or its beginning, `last`, a bundle's file, or the name of one that ships"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedSession:
    """A session with the person's own name and tags for it; `file` is the bundle it came from, None for the log."""

    id: str
    entries: tuple[Entry, ...]
    name: str = ""
    tags: tuple[str, ...] = ()
    file: Path | None = None


def bundle_file(where: str) -> Path | None:
    """The bundle's file that is meant; None where a session in the log is."""
    if Path(where).suffix != "" or "/" in where or Path(where).is_file():
        return Path(where)
    from chatarena.cli.home import shipped_sessions

    return shipped_sessions().get(where)


def load(where: str, paths: Paths) -> LoadedSession:
    """The session that `where` means.

    Raises:
        BundleDamaged: a file that is no bundle, or not as it was written.
        SessionNotFound: no session in the log fits, or several do.
    """
    file = bundle_file(where)
    if file is not None:
        from chatarena.exchange.bundle import read_bundle

        read = read_bundle(file)
        return LoadedSession(id=read.session, entries=read.entries, name=read.name, tags=read.tags, file=file)
    if not paths.database.exists():
        raise SessionNotFound(
            f"there is no session yet in {paths.database}", remedy="`chatarena demo` makes one in seconds."
        )
    from chatarena.session_log.reading import read_session

    saved = read_session(paths.database, where)
    return LoadedSession(id=saved.id, entries=saved.entries, name=saved.name, tags=saved.tags)
