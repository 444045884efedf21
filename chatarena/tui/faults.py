"""What went wrong, in words, and the whole of it in a file. Law: nothing shaped like a key is written there."""

from __future__ import annotations

import os
import traceback
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Literal

from chatarena.errors import ArenaError
from chatarena.secrecy import mask_keys

FILE = "faults.log"
LONGEST = 400
# A fault that is the same has come the same way, as far as its last calls tell.
CALLS = 8
MOST_TIMES, APART_SECONDS, AGAIN_SECONDS = 3, 1.0, 10.0
FLOOD, FLOOD_SECONDS = 2_000, 2.0

Way = Literal["panel", "passing", "count", "flood"]
"""How one more fault is told of: in a panel, in passing, as a number, or not at all: so many leave no time to draw."""


def explain(error: BaseException) -> tuple[str, str, str]:
    """Title, message and remedy of an error; never a traceback."""
    if isinstance(error, ArenaError):
        return "This did not work", error.message, error.remedy
    return "Something went wrong inside ChatArena", _named(error), "This is a fault of the program; please report it."


def causes(error: BaseException) -> tuple[str, ...]:
    """What it came from, the nearest first; an error that stands in the words of the one after it is not told twice."""
    found: list[str] = []
    seen, shown = {id(error)}, explain(error)[1]
    cause = error.__cause__
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        said = _named(cause)
        if str(cause) and str(cause) not in shown:
            found.append(said)
            shown += said
        cause = cause.__cause__
    return tuple(found)


def _named(error: BaseException) -> str:
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return said if len(said) <= LONGEST else f"{said[:LONGEST]} …"


def written(error: BaseException, folder: Path | None) -> Path | None:
    """Append the whole of an error to the log folder's file; None where there is no folder to write in."""
    if folder is None:
        return None
    text = mask_keys("".join(traceback.format_exception(error)))
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder / FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as opened:
            opened.write(f"{text}\n")
        return folder / FILE
    return None


@dataclass(slots=True)
class _Met:
    times: int = 0
    shown: int = 0
    last: float = -inf
    told: float = -inf


class Ledger:
    """Which faults came up, and how often; says how one more is told of. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._met: dict[tuple[object, ...], _Met] = {}
        self._recent: deque[float] = deque(maxlen=FLOOD)

    def take(self, error: BaseException, now: float) -> Way:
        """Enter a fault.

        The same one opens a panel a few times at most, and never twice at once; then it is told of in passing, rarely.
        """
        self._recent.append(now)
        met = self._met.setdefault(_trace(error), _Met())
        apart, met.last = now - met.last >= APART_SECONDS, now
        met.times += 1
        if len(self._recent) == FLOOD and now - self._recent[0] < FLOOD_SECONDS:
            return "flood"
        if apart and met.shown < MOST_TIMES:
            met.shown += 1
            return "panel"
        if now - met.told < AGAIN_SECONDS:
            return "count"
        met.told = now
        return "passing"

    def times(self, error: BaseException) -> int:
        """How often this fault came up."""
        met = self._met.get(_trace(error))
        return met.times if met is not None else 0


def _trace(error: BaseException) -> tuple[object, ...]:
    calls = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    return (type(error), *calls[-CALLS:])
