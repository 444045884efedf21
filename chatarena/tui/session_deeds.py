"""What can be done with a session of the log, one method a deed. Every change goes through the archive and is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from textual.screen import Screen
from textual.worker import Worker, get_current_worker

from chatarena.arena.events import Entry
from chatarena.arena.session import fold
from chatarena.authoring.text import one_line
from chatarena.errors import ArenaError
from chatarena.tui.archive import SessionRow
from chatarena.tui.comparing import Side
from chatarena.tui.messages import Failed, ReplayWanted, RunWanted
from chatarena.tui.ports import Studio
from chatarena.tui.screens.asking import AskScreen, DeleteScreen
from chatarena.tui.screens.compare import CompareScreen
from chatarena.tui.screens.exporting import ExportScreen
from chatarena.tui.screens.forking import ForkingScreen, ForkScreen, ForkWish
from chatarena.tui.screens.hull import HullScreen

MOST_NOTE = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Something that can be done with some sessions: what its key is called, and what it does."""

    words: str
    about: str
    allowed: Callable[[SessionRow], bool] = lambda _: True


DEEDS: dict[str, Deed] = {
    "play": Deed(words="Play", about="once more, from its beginning"),
    "fork": Deed(words="Fork", about="another way, without somebody", allowed=lambda row: row.forkable),
    "compare": Deed(words="Compare", about="mark it, then another one"),
    "rename": Deed(words="Name", about="a name of your own"),
    "tag": Deed(words="Tags", about="words to find it by"),
    "export": Deed(words="Export", about="bundle, page or Markdown"),
    # Before the end an analysis would tell on the agents.
    "hull": Deed(words="Hull", about="hull analysis", allowed=lambda row: not row.resumable),
    "delete": Deed(words="Delete", about="for good, after asking"),
}


def too_long(text: str) -> str:
    """What is wrong with a name or a tag."""
    line = one_line(text)
    return f"at most {MOST_NOTE} characters, not {len(line)}" if len(line) > MOST_NOTE else ""


def tags_in(text: str) -> tuple[str, ...]:
    """The tags somebody typed: words, with or without #, set apart by blanks or commas."""
    return tuple(dict.fromkeys(word.lstrip("#") for word in text.replace(",", " ").split() if word.strip("#")))


class Deeds:
    """Does things with sessions for the screen that lists them; `reload` has it read its list again."""

    def __init__(self, screen: Screen[None], studio: Studio, reload: Callable[[], None]) -> None:
        self._screen, self._studio, self._reload = screen, studio, reload

    def do(self, what: str, row: SessionRow) -> None:
        """Do this with a session."""
        if what == "play":
            self._screen.post_message(ReplayWanted(row.id))
        else:
            deeds = {
                "fork": self._fork,
                "rename": self._rename,
                "tag": self._tag,
                "export": self._export,
                "hull": self._hull,
                "delete": self._delete,
            }
            self._work(deeds[what](row))

    def open(self, row: SessionRow) -> None:
        """Go on with a session where that can be done, else play it."""
        if row.resumable:
            self._screen.post_message(RunWanted(partial(self._studio.resume, row.id)))
        else:
            self.do("play", row)

    def _work(self, deed: Coroutine[object, object, None]) -> Worker[None]:
        return self._screen.run_worker(deed, group="deed", exclusive=True, exit_on_error=False)

    def _tell(self, text: str) -> None:
        self._screen.notify(text, markup=False)

    # -- notes ----------------------------------------------------------------------------------------------------

    async def _rename(self, row: SessionRow) -> None:
        ask = AskScreen(
            "A name of your own",
            one_line(row.question),
            value=row.name,
            placeholder="empty: the decision's own title",
            problem=too_long,
        )
        name = await self._screen.app.push_screen_wait(ask)
        if name is not None and name != row.name:
            await self._studio.archive.rename(row.id, name)
            self._reload()

    async def _tag(self, row: SessionRow) -> None:
        ask = AskScreen(
            "Tags",
            f"{one_line(row.title)}\nWords with blanks between them; / finds them as #word.",
            value=" ".join(row.tags),
            placeholder="work family 2026",
            problem=lambda text: next(filter(None, map(too_long, tags_in(text))), ""),
        )
        text = await self._screen.app.push_screen_wait(ask)
        if text is None:
            return
        # A tag with a blank in it, made elsewhere, stays as long as all of its words are still there.
        wanted = set(tags_in(text))
        kept = {tag for tag in row.tags if set(tags_in(tag)) <= wanted}
        parts = {word for tag in kept for word in tags_in(tag) if tag not in wanted}
        add, drop = tuple(sorted(wanted - kept - parts)), tuple(sorted(set(row.tags) - kept))
        if add or drop:
            await self._studio.archive.tag(row.id, add, drop)
            self._tell(f"Tagged: {' '.join(f'#{one_line(tag)}' for tag in sorted(kept | set(add))) or 'no tag left'}")
            self._reload()

    # -- out and away ---------------------------------------------------------------------------------------------

    async def _export(self, row: SessionRow) -> None:
        wish = await self._screen.app.push_screen_wait(ExportScreen(row.title, str(Path.cwd())))
        if wish is not None:
            self._tell(f"Written: {await self._studio.archive.export(row.id, *wish)}")

    async def _delete(self, row: SessionRow) -> None:
        forks = await self._studio.archive.forks(row.id)
        with_forks = await self._screen.app.push_screen_wait(DeleteScreen(row.title, row.id, forks))
        if with_forks is None:
            self._tell("Nothing was deleted.")
            return
        try:
            removal = await self._studio.archive.remove(row.id, with_forks)
        finally:
            self._reload()
        count = len(removal.sessions)
        what = "Deleted for good" if count == 1 else f"{count} sessions deleted for good"
        self._tell(f"{what}{f'; {removal.note}' if removal.note else ''}.")

    # -- looking closer -------------------------------------------------------------------------------------------

    async def _hull(self, row: SessionRow) -> None:
        entries = await self._studio.replay(row.id)
        session = await asyncio.to_thread(fold, (entry.event for entry in entries))
        await self._screen.app.push_screen(HullScreen(session, name=row.id))

    def compare(self, one: SessionRow, other: SessionRow) -> None:
        """Set two sessions side by side."""
        self._work(self._compare(one, other))

    async def _compare(self, one: SessionRow, other: SessionRow) -> None:
        sides = [Side(title=row.title, entries=await self._studio.replay(row.id)) for row in (one, other)]
        await self._screen.app.push_screen(CompareScreen(*sides))

    # -- another way ----------------------------------------------------------------------------------------------

    async def _fork(self, row: SessionRow) -> None:
        entries = await self._studio.replay(row.id)
        wish = await self._screen.app.push_screen_wait(ForkScreen(row.title, entries))
        if wish is None:
            return
        if wish.take_part:
            archive = self._studio.archive
            self._screen.post_message(RunWanted(partial(archive.fork, row.id, wish.at, wish.change)))
        else:
            # On the app: a worker of a screen dies with it, and a fork must be closed before it goes.
            work = run_fork(self._screen, self._studio, row, entries, wish, self._reload)
            self._screen.app.run_worker(work, group="session", exit_on_error=False)


async def run_fork(
    screen: Screen[None],
    studio: Studio,
    row: SessionRow,
    entries: tuple[Entry, ...],
    wish: ForkWish,
    reload: Callable[[], None],
) -> None:
    """Run a fork to its end while its progress is shown, then set it beside its parent."""
    app = screen.app
    try:
        run = await studio.archive.fork(row.id, wish.at, wish.change, None)
    except ArenaError as error:
        app.post_message(Failed(error))
        return
    session = fold(entry.event for entry in entries)
    still = len(session.labels) - len(wish.change.without)
    shared = fold(entry.event for entry in run.entries)
    progress = ForkingScreen(run.entries, still * (session.rounds - max(0, shared.round - 1)))
    worker, made, ended = get_current_worker(), list(run.entries), False

    def closed(_: None) -> None:
        if not ended:
            worker.cancel()
            screen.notify("The fork was ended; what was said by then is in the list.", markup=False)

    await app.push_screen(progress, closed)
    try:
        async with aclosing(run.moderator.run(run.opening)) as stream:
            async for item in stream:
                progress.take(item)
                if isinstance(item, Entry):
                    made.append(item)
    finally:
        ended = True
        if progress.is_current:
            progress.dismiss()
        reload()
    words = f"Fork: {wish.change.words() or 'another draw'}"
    await app.push_screen(CompareScreen(Side(title=row.title, entries=entries), Side(title=words, entries=tuple(made))))
