"""Joins text that arrives in crumbs: the first crumb goes on at once, the rest at most once in each interval."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

# A pipe write costs the reader about as much as a frame of a stream; 30 ms is below what an eye can tell apart and
# a third of the screen's own frame time.
INTERVAL = 0.03
PULSE = 1.0


class Coalescer:
    """Collects text and hands it on through `emit`; `flush` hands on all that is left.

    A UTF-16 surrogate whose other half has not come yet is held back; one that stays alone becomes U+FFFD, for it
    could be neither written nor stored.
    """

    def __init__(self, emit: Callable[[str], None], *, interval: float = INTERVAL) -> None:
        self._emit, self._interval = emit, interval
        self._loop = asyncio.get_running_loop()
        self._waiting: list[str] = []
        self._last = self._pulsed = -math.inf
        self._timer: asyncio.TimerHandle | None = None

    def add(self, text: str) -> None:
        """Takes text in."""
        self._waiting.append(text)
        due = self._last + self._interval
        # A burst may keep the loop from its timers, so the time is looked at here as well.
        if self._loop.time() >= due:
            self._write()
        elif self._timer is None:
            self._timer = self._loop.call_at(due, self._write)

    def pulse(self) -> None:
        """Hands on an empty text, a sign of life, unless something was handed on within the last second."""
        now = self._loop.time()
        if now - max(self._last, self._pulsed) >= PULSE:
            self._pulsed = now
            self._emit("")

    def flush(self) -> None:
        """Hands on everything, even half a character."""
        if self._waiting:
            self._write(last=True)
        self.cancel()

    def cancel(self) -> None:
        """Forgets what is waiting."""
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _write(self, last: bool = False) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        text = "".join(self._waiting)
        self._waiting.clear()
        if text and not last and "\ud800" <= text[-1] <= "\udbff":
            self._waiting.append(text[-1])
            text = text[:-1]
            if not text:
                return
        self._last = self._loop.time()
        self._emit(whole_characters(text))


def whole_characters(text: str) -> str:
    """The text with surrogate pairs joined and lone surrogates replaced by U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
