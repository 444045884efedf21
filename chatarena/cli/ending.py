"""How a program that holds a session, or works for long, is ended from outside.

Laws: SIGTERM, and the SIGHUP of a terminal that was closed, call the session off as Ctrl-C does, so that what was being
said is kept and the leave is logged; repeated signals do not disturb that; a signal that is ignored, as under `nohup`,
stays ignored.
"""

from __future__ import annotations

import errno
import os
import signal
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_ENDS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
_STANDARD = (0, 1, 2)


def run_endable(main: Coroutine[Any, Any, int]) -> int:
    """Run a program to its end; returns its exit code.

    Raises:
        KeyboardInterrupt: it was called off.
    """
    import asyncio

    terminals = [descriptor for descriptor in _STANDARD if os.isatty(descriptor)]
    try:
        return asyncio.run(_endable(main, terminals))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    except OSError as error:
        # A window that is just being closed fails every write a little before it ceases to be a terminal.
        if error.errno != errno.EIO or not terminals:
            raise
        send_to_nowhere(terminals)
        raise KeyboardInterrupt from None
    finally:
        let_go(terminals)


async def _endable(main: Coroutine[Any, Any, int], terminals: list[int]) -> int:
    import asyncio

    work = asyncio.current_task()
    assert work is not None

    def end() -> None:
        let_go(terminals)
        if not work.cancelling():
            work.cancel()

    loop = asyncio.get_running_loop()
    for number in _ENDS:
        # The loop takes its handlers away again when it closes.
        if signal.getsignal(number) is signal.SIG_DFL:
            loop.add_signal_handler(number, end)
    return await main


@contextmanager
def endable() -> Iterator[None]:
    """Within it SIGTERM and SIGHUP are what Ctrl-C is, for work that needs no loop; an ignored one stays ignored.

    Raises:
        KeyboardInterrupt: the work was called off.
    """

    def end(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    # Handlers can be set by the main thread alone; work beside it is ended by whoever began it.
    mine = threading.current_thread() is threading.main_thread()
    taken = [number for number in _ENDS if mine and signal.getsignal(number) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def let_go(terminals: list[int]) -> None:
    """Of these descriptors of terminals, send to nowhere those whose terminal has gone: every write would fail."""
    gone = [descriptor for descriptor in terminals if not os.isatty(descriptor)]
    if gone:
        send_to_nowhere(gone)


def send_to_nowhere(descriptors: list[int]) -> None:
    """Whatever is written to these descriptors from now on vanishes."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in descriptors:
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
