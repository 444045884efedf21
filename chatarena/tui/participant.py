"""The participant at the screen: one open question at a time, answered by whatever screen shows it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from chatarena.arena.events import Event
from chatarena.arena.moves import Ask
from chatarena.arena.session import Session


class Desk:
    """Where the moderator's questions arrive and the screens' answers leave.

    `changed` is called whenever a question opens or closes. A question that is called off leaves nothing behind: an
    answer that comes too late is refused by `settle`, not kept for the next question.
    """

    def __init__(self, clock: Callable[[], float], changed: Callable[[], None] = lambda: None) -> None:
        self.ask: Ask | None = None
        self.changed = changed
        self._clock = clock
        self._asked_at = 0.0
        self._answer: asyncio.Future[tuple[Event, ...]] | None = None

    async def answer(self, ask: Ask, session: Session) -> tuple[Event, ...]:
        """Put the question to the participant and wait for what she does."""
        answer: asyncio.Future[tuple[Event, ...]] = asyncio.get_running_loop().create_future()
        self.ask, self._answer, self._asked_at = ask, answer, self._clock()
        self.changed()
        try:
            return await answer
        finally:
            if self._answer is answer:
                self.ask, self._answer = None, None
                self.changed()

    def settle(self, what: str, *events: Event) -> bool:
        """Answer the open question; False where another one, or none, is open by now."""
        if self.ask is None or self.ask.what != what or self._answer is None or self._answer.done():
            return False
        self._answer.set_result(events)
        return True

    def seconds(self) -> float | None:
        """How long the open question has been open."""
        return None if self.ask is None else max(0.0, self._clock() - self._asked_at)
