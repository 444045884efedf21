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
    """A shared prefix: being read by somebody, or saved."""

    saved: threading.Event = field(default_factory=threading.Event)
    failed: bool = False


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
        duty: Duty = "none"
        try:
            duty = self._duty(slot, prefix)
            yield Place(slot=slot.number, duty=duty)
            slot.lane = lane
            slot.prefix = prefix
        finally:
            if duty == "read":
                self._settle(prefix, saved=slot.prefix == prefix and self._prefixes[prefix].saved.is_set())
            self._give_back(slot)

    def was_saved(self, prefix: str) -> None:
        """The call whose duty was to read the prefix has left its copy; those who wait may take it."""
        self._prefixes[prefix].saved.set()

    def forgotten(self) -> tuple[str, ...]:
        """Prefixes whose copies are too old to keep; they are forgotten by this call."""
        with self._changed:
            old = [prefix for prefix, entry in self._prefixes.items() if entry.saved.is_set()][:-MAX_SAVED]
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

    def _duty(self, slot: _Slot, prefix: str) -> Duty:
        if not prefix or slot.prefix == prefix:
            return "none"
        with self._changed:
            entry = self._prefixes.get(prefix)
            if entry is None:
                self._prefixes[prefix] = _Prefix()
                return "read"
        entry.saved.wait()
        return "none" if entry.failed else "copy"

    def _settle(self, prefix: str, *, saved: bool) -> None:
        """After a duty to read: where no copy was left, those who wait read for themselves."""
        with self._changed:
            entry = self._prefixes[prefix]
            if not saved and not entry.saved.is_set():
                entry.failed = True
                entry.saved.set()
                del self._prefixes[prefix]

    def _give_back(self, slot: _Slot) -> None:
        with self._changed:
            slot.busy = False
            self._changed.notify_all()
