"""What went wrong, in words, and the whole of it in a file. Law: nothing shaped like a key is written there."""

from __future__ import annotations

import os
import traceback
from contextlib import suppress
from pathlib import Path

from chatarena.errors import ArenaError
from chatarena.secrecy import mask_keys

FILE = "faults.log"
LONGEST = 400


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
