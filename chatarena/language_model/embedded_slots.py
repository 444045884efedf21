"""Which of the runtime's slots a call gets, and whether the prefix it shares with others must still be read.

Laws: calls get slots in the order in which they asked; a slot serves one call at a time; a prefix is read by one call
and copied for all others.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

# What a call must do about its prefix before it starts: nothing, copy it from disk, or read it and leave a copy.
Duty = Literal["none", "copy", "read"]
MAX_SAVED = 8


@dataclass(slots=True)
class _Slot:
    number: int
    busy: bool = False
    lane: str = ""
    prefix: str = ""
    used: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """A slot for one call, and what to do about the prefix first."""

    slot: int
    duty: Duty


@dataclass(slots=True)
class _Prefix:
    """A shared prefix: being read by somebody, or saved; `users` calls rely on it and keep it from being forgotten."""

    saved: threading.Event = field(default_factory=threading.Event)
    failed: bool = False
    users: int = 0


class Slots:
    """Hands out slots to threads."""

    def __init__(self, count: int) -> None:
        if count < 1:
            raise ValueError(f"there must be at least one slot, not {count}")
        self._slots = [_Slot(number) for number in range(count)]
        self._queue: deque[object] = deque()
        self._changed = threading.Condition()
        self._prefixes: dict[str, _Prefix] = {}
        self._clock = 0

    @contextmanager
    def place(self, lane: str, prefix: str) -> Iterator[Place]:
        """A slot for a call of this lane, held until the end.

        Args:
            lane: whose earlier call may have left its words in a slot.
            prefix: fingerprint of what the call shares with others; empty for nothing.
        """
        slot = self._take(lane, prefix)
        try:
            with self._relied_on(slot, prefix) as duty:
                yield Place(slot=slot.number, duty=duty)
            slot.lane = lane
            slot.prefix = prefix
        finally:
            self._give_back(slot)

    def was_saved(self, prefix: str) -> None:
        """The call whose duty was to read the prefix has left its copy; those who wait may take it."""
        self._prefixes[prefix].saved.set()

    def forgotten(self) -> tuple[str, ...]:
        """Prefixes whose copies are too old to keep; they are forgotten by this call."""
        with self._changed:
            saved = [prefix for prefix, entry in self._prefixes.items() if entry.saved.is_set()]
            old = [prefix for prefix in saved[:-MAX_SAVED] if not self._prefixes[prefix].users]
            for prefix in old:
                del self._prefixes[prefix]
            return tuple(old)

    def _take(self, lane: str, prefix: str) -> _Slot:
        ticket = object()
        with self._changed:
            self._queue.append(ticket)
            self._changed.wait_for(lambda: self._queue[0] is ticket and any(not slot.busy for slot in self._slots))
            self._queue.popleft()
            free = [slot for slot in self._slots if not slot.busy]
            # A slot with the lane's own words saves most; then one that has read the prefix; then the longest idle.
            best = max(free, key=lambda slot: (slot.lane == lane, slot.prefix == prefix, -slot.used))
            best.busy = True
            self._clock += 1
            best.used = self._clock
            self._changed.notify_all()
            return best

    @contextmanager
    def _relied_on(self, slot: _Slot, prefix: str) -> Iterator[Duty]:
        """What the call must do about its prefix, which is kept until the call ends."""
        if not prefix or slot.prefix == prefix:
            yield "none"
            return
        with self._changed:
            reads = prefix not in self._prefixes
            entry = self._prefixes.setdefault(prefix, _Prefix())
            entry.users += 1
        try:
            if not reads:
                entry.saved.wait()
            yield "read" if reads else "none" if entry.failed else "copy"
        finally:
            with self._changed:
                entry.users -= 1
                if not entry.saved.is_set():  # its reader left no copy: those who wait read for themselves
                    entry.failed = True
                    entry.saved.set()
                    del self._prefixes[prefix]

    def _give_back(self, slot: _Slot) -> None:
        with self._changed:
            slot.busy = False
            self._changed.notify_all()
