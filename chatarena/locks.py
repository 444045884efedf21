"""What only one process may do at a time. Law: a lock leaves nothing behind and ends with the process that holds it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def alone(place: Path, busy: Callable[[], None]) -> Iterator[None]:
    """Hold a file or a folder that is there for oneself, until the end of the block.

    It keeps out who asks in the same way, in this process or another, and nobody else. Where the file system knows no
    locks, nobody is kept out.

    Args:
        place: what is held; it is not written to.
        busy: called where somebody else holds it. Once it returns, that one's end is waited for; it may raise instead.

    Raises:
        OSError: it cannot be opened.
    """
    descriptor = os.open(place, os.O_RDONLY)
    try:
        _hold(descriptor, busy)
        yield
    finally:
        # Closing lets go of it.
        os.close(descriptor)


def _hold(descriptor: int, busy: Callable[[], None]) -> None:
    try:
        import fcntl
    except ImportError:  # not on this system
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        busy()
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError:  # not on this file system
        return
