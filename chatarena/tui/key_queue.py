"""Hands out keys one after the other.

Law: a key acts on what the keys before it left behind, however fast they come. Where one opens a page, the next one
waits for that page; nobody waits longer than `PATIENCE` for one that does not come.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from textual.app import App
from textual.events import Event, Key, Paste
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, TextArea
from textual.worker import Worker

PATIENCE = 1.0  # seconds
LOOK_AGAIN = 0.02  # seconds; a worker may go on after its page has come
# A key goes to what has the focus and from there up to the app; its action goes down again; what that tells goes up.
PASSES = 3
# Workers that open a page. One that begins a session is none of them: it asks, and no key before that was an answer.
OPENING = frozenset({"analysis", "compose", "deed", "leave", "replay"})
# Workers that read what a page is about. To leave it nothing needs to be read.
FILLING = frozenset({"picks", "sessions"})
LEAVING = "escape"


async def caught_up(pump: MessagePump | None) -> None:
    """Wait until a part of the screen has handled everything that was handed to it before, or has gone."""
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    if pump is None or not pump.call_later(lambda: None if done.done() else done.set_result(None)):
        return
    task = pump._task
    await (done if task is None else asyncio.wait((done, task), return_when=asyncio.FIRST_COMPLETED))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Now:
    """Which pages there are, the last on top, what would get a key, and what is at work."""

    here: Widget
    pages: tuple[Screen[Any], ...]
    workers: frozenset[Worker[Any]]

    @property
    def page(self) -> Screen[Any]:
        return self.pages[-1]


class KeyQueue:
    """The keys and pastes of an app that wait for those before them."""

    def __init__(self, app: App[None], hand_out: Callable[[Event], Awaitable[None]]) -> None:
        self._app, self._hand_out = app, hand_out
        self._waiting: deque[Key | Paste] = deque()
        self._task: asyncio.Task[None] | None = None
        self._page: Screen[Any] | None = None
        """The page that is known to be there and to have its focus."""

    @property
    def busy(self) -> bool:
        """Whether a key is still at work, or waits."""
        return self._task is not None

    async def take(self, event: Key | Paste) -> None:
        """Hand this out as soon as all before it are done; called by the app's own loop, as is what hands it out."""
        self._waiting.append(event)
        if not self.busy:
            await self._next()

    async def _next(self) -> None:
        self._task = None
        if not self._waiting:
            return
        begun, event = self._as_it_is(), None
        try:
            if begun is None or begun.page is self._page:
                event = self._waiting.popleft()
                await self._hand_out(event)
        finally:
            self._task = asyncio.create_task(self._follow(event, begun))

    def _as_it_is(self) -> _Now | None:
        app = self._app
        if not app.screen_stack:
            return None
        return _Now(here=app.focused or app.screen, pages=tuple(app.screen_stack), workers=frozenset(app.workers))

    async def _follow(self, event: Key | Paste | None, begun: _Now | None) -> None:
        """Wait until all that a key set off is done, or without one until the page is there; then go on."""
        try:
            async with asyncio.timeout(PATIENCE):
                if begun is not None:
                    await caught_up(begun.here)
                    # What a text has taken changes that text alone.
                    if event is None or not isinstance(begun.here, Input | TextArea) or not event._no_default_action:
                        await self._settle(begun)
        except TimeoutError:
            pass
        finally:
            now = self._as_it_is()
            self._page = now.page if now is not None else None
            if not self._app.call_later(self._next):
                self._task = None  # the app has ended

    async def _settle(self, begun: _Now) -> None:
        left = PASSES
        while left and (now := self._as_it_is()) is not None:
            for node in now.here.ancestors_with_self:
                await caught_up(node)
            after = self._as_it_is()
            awaited = self._awaited(begun, after) if after is not None else []
            if awaited:
                await asyncio.wait(awaited, timeout=LOOK_AGAIN)
            left = left - 1 if not awaited and after is not None and after.page is now.page else PASSES

    def _awaited(self, begun: _Now, after: _Now) -> list[asyncio.Task[None]]:
        """What is at work since then to bring a page that has not come, or to fill the one that has."""
        leaving = bool(self._waiting) and isinstance(key := self._waiting[0], Key) and key.key == LEAVING
        groups = frozenset() if leaving else FILLING
        groups |= OPENING if after.page in begun.pages else frozenset()
        workers = (worker for worker in after.workers - begun.workers if worker.group in groups)
        return [worker._task for worker in workers if worker._task is not None and not worker.is_finished]
