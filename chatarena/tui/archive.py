"""What the screens need of the log: lists, searching, notes, forks, exports, deleting. Nothing is opened here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn

from chatarena.errors import SessionNotFound

if TYPE_CHECKING:
    from chatarena.arena.events import Entry
    from chatarena.moderator.world import Participant
    from chatarena.replay.fork import Change
    from chatarena.tui.ports import Run

ExportForm = Literal["bundle", "html", "markdown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """A session of the log as lists show it; `title` is her own name for it, else the decision's title.

    `when` is the time it was last written to, by her own clock. `status` is open, left, complete or partial; `choice`
    the label of what was chosen; `origin` empty for a session of this program. All of it is text for people.
    """

    id: str
    title: str
    question: str = ""
    name: str = ""
    when: str = ""
    status: str = ""
    choice: str = ""
    cast: str = ""
    agents: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    protocol: str = ""
    origin: str = ""
    parent: str = ""
    tags: tuple[str, ...] = ()
    turns: int = 0
    entries: int = 0
    resumable: bool = False

    @property
    def forkable(self) -> bool:
        """Whether it could go another way: not where it was held by another program, whose rules are not known."""
        return self.origin in ("", "fork", "rerun")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Where in a session the words of a search stand: the newest place, the words in it, how many places there are."""

    session: str
    where: str
    snippet: str
    spans: tuple[tuple[int, int], ...] = ()
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """What deleting did: the ids that went, what was said of kept replies."""

    sessions: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """The log behind awaitables, which touch the disk off the loop; all errors a person can meet are `ArenaError`.

    `sessions` lists the latest first, at most so many. `search` finds every session with these words in it.
    `beginning` is at most so many entries from the start. `rename` takes a name away where it is empty. `tag` adds and
    takes away. `forks` are the ids of those that hold copies of a session's entries. `remove` deletes for good, with
    its forks or without. `export` writes a file into a folder and returns its path. `fork` seats a fork of a session
    from an entry on: with a participant she is asked, without nobody is.
    """

    sessions: Callable[[int | None], Awaitable[tuple[SessionRow, ...]]]
    search: Callable[[str], Awaitable[tuple[Found, ...]]]
    beginning: Callable[[str, int], Awaitable[tuple[Entry, ...]]]
    rename: Callable[[str, str], Awaitable[None]]
    tag: Callable[[str, tuple[str, ...], tuple[str, ...]], Awaitable[None]]
    forks: Callable[[str], Awaitable[tuple[str, ...]]]
    remove: Callable[[str, bool], Awaitable[Removal]]
    export: Callable[[str, ExportForm, Path], Awaitable[str]]
    fork: Callable[[str, int, Change, Participant | None], Awaitable[Run]]


async def _none(*_: object) -> tuple[()]:
    return ()


async def _refuse(*_: object) -> NoReturn:
    raise SessionNotFound("sessions are not logged here", remedy="start without --no-log to keep them")


NOT_LOGGED = Archive(
    sessions=_none,
    search=_none,
    beginning=_refuse,
    rename=_refuse,
    tag=_refuse,
    forks=_none,
    remove=_refuse,
    export=_refuse,
    fork=_refuse,
)
"""The archive of a program that keeps no log."""
