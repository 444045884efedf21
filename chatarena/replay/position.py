"""Any state of a long session at once: what is folded from its entries, kept at every so many of them.

Law: `at(n)` is the fold of the first n items, whatever was asked for before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from chatarena.arena.events import Entry
from chatarena.arena.session import Session, fold

State = TypeVar("State")
Item = TypeVar("Item")
# Of 100,000 entries a place is 1 ms away and the end 30 ms at first; closer ones cost more to make than they save.
EVERY = 5000


class Keyframes(Generic[State, Item]):
    """The states of a fold. The kept ones are made when they are first needed, one from the other."""

    def __init__(
        self,
        items: Sequence[Item],
        start: State,
        onward: Callable[[State, Sequence[Item]], State],
        *,
        every: int = EVERY,
    ) -> None:
        """Fold `items` from `start` by `onward`.

        Args:
            onward: the state after more items; in one go or in several, it must come to the same.
            every: how many items lie between two states that are kept.
        """
        self._items, self._onward, self._every = items, onward, every
        self._kept = [start]

    def at(self, count: int) -> State:
        """The state after the first `count` items.

        Raises:
            ValueError: there are not so many.
        """
        if not 0 <= count <= len(self._items):
            raise ValueError(f"there are {len(self._items)} entries, so none can be the state after {count}")
        frame = count // self._every
        while len(self._kept) <= frame:
            start = (len(self._kept) - 1) * self._every
            self._kept.append(self._onward(self._kept[-1], self._items[start : start + self._every]))
        rest = self._items[frame * self._every : count]
        return self._onward(self._kept[frame], rest) if rest else self._kept[frame]


def sessions(entries: Sequence[Entry], *, every: int = EVERY) -> Keyframes[Session, Entry]:
    """The session after any number of its entries."""
    return Keyframes(entries, Session(), _onward, every=every)


def _onward(session: Session, entries: Sequence[Entry]) -> Session:
    return fold((entry.event for entry in entries), session)
