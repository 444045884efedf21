"""An event loop whose clock jumps to the next timer: hours of waiting take no time and come out exact.

Only for coroutines that wait for timers and for each other; one that waits for the outside world is a deadlock here
and is reported as one.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _JumpingSelector(selectors.DefaultSelector):
    loop: InstantLoop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready:
            return ready
        if timeout is None:
            raise RuntimeError("everything waits for something that no timer will bring")
        self.loop.now += max(timeout, 0.0)
        return ready


class InstantLoop(asyncio.SelectorEventLoop):
    """The loop; `now` is its clock in seconds."""

    def __init__(self) -> None:
        selector = _JumpingSelector()
        selector.loop = self
        self.now = 0.0
        super().__init__(selector)

    def time(self) -> float:
        return self.now


def instantly(work: Coroutine[Any, Any, T]) -> T:
    """Runs a coroutine to its end on such a loop."""
    with asyncio.Runner(loop_factory=InstantLoop) as runner:
        return runner.run(work)
