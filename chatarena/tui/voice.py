"""One turn while it is being spoken: its text made safe, and wrapped as it comes."""

from __future__ import annotations

from collections.abc import Callable

from textual.strip import Strip

from chatarena.tui.cells import Cleaner, Tail


class Voice:
    """What one speaker has said of the turn that is on its way."""

    def __init__(self) -> None:
        self._cleaner = Cleaner()
        self._said: list[str] = []
        self._tail: Tail | None = None
        self._full: list[Strip] = []

    def say(self, text: str) -> bool:
        """More text; False where nothing of it can be shown yet."""
        cleaned = self._cleaner.feed(text)
        if not self._said:
            cleaned = cleaned.lstrip()
        if not cleaned:
            return False
        self._said.append(cleaned)
        if self._tail is not None:
            self._tail.feed(cleaned)
        return True

    @property
    def begun(self) -> bool:
        """Whether there is anything to show."""
        return bool(self._said)

    @property
    def text(self) -> str:
        """All of it so far."""
        if len(self._said) > 1:
            self._said = ["".join(self._said)]
        return self._said[0] if self._said else ""

    def rest(self) -> None:
        """Nobody looks, or the width has changed: wrap nothing until the lines are wanted again."""
        self._tail = None

    def lines(self, cells: int, finished: Callable[[str], Strip]) -> list[Strip]:
        """Its lines in `cells` cells; a line that is full is finished once and stays the same object."""
        if self._tail is None:
            self._tail, self._full = Tail(cells), []
            self._tail.feed(self.text)
        *full, last = self._tail.lines[len(self._full) :]
        self._full += map(finished, full)
        return [*self._full, finished(last)]
