"""How a command is ended from outside, and what it then says of what is kept.

Laws: SIGTERM, and the SIGHUP of a terminal that was closed, call a command off as Ctrl-C does, so that what was being
said is kept and the leave is logged; repeated signals do not disturb that; a signal that is ignored, as under `nohup`,
stays ignored. A command that was called off says so in one line: what is kept of it, or that nothing is.
"""

from __future__ import annotations

import errno
import os
import signal
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from argparse import Namespace
    from types import FrameType

_T = TypeVar("_T")
_ENDS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
_STANDARD = (0, 1, 2)
NOTHING: Final = "nothing of it is kept"


# -- to be ended -------------------------------------------------------------------------------------------------------


def run_endable(main: Coroutine[Any, Any, _T]) -> _T:
    """Run a program to its end; returns what it returns.

    Raises:
        KeyboardInterrupt: it was called off.
    """
    import asyncio

    with endable() as terminals:
        heard = [number for number in _ENDS if signal.getsignal(number) is _call_off]
        try:
            return asyncio.run(_endable(main, terminals, heard))
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None
        finally:
            # The loop takes its own handlers away when it closes.
            for number in heard:
                signal.signal(number, _call_off)


async def _endable(main: Coroutine[Any, Any, _T], terminals: list[int], heard: list[signal.Signals]) -> _T:
    import asyncio

    work = asyncio.current_task()
    assert work is not None

    def end() -> None:
        let_go(terminals)
        if not work.cancelling():
            work.cancel()

    loop = asyncio.get_running_loop()
    for number in heard:
        loop.add_signal_handler(number, end)
    return await main


@contextmanager
def endable() -> Iterator[list[int]]:
    """Within it SIGTERM and SIGHUP are what Ctrl-C is; hands out the standard descriptors that are a terminal.

    Raises:
        KeyboardInterrupt: the work was called off, or its terminal has gone.
    """
    terminals = [descriptor for descriptor in _STANDARD if os.isatty(descriptor)]
    # Handlers can be set by the main thread alone; work beside it is ended by whoever began it.
    mine = threading.current_thread() is threading.main_thread()
    taken = [number for number in _ENDS if mine and signal.getsignal(number) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, _call_off)
    try:
        yield terminals
    except OSError as error:
        # A window that is just being closed fails every write a little before it ceases to be a terminal.
        if error.errno != errno.EIO or not terminals:
            raise
        send_to_nowhere(terminals)
        raise KeyboardInterrupt from None
    except Exception as error:
        # Compiled code that is called off fails with an error of its own.
        if not _came_of_a_call_off(error):
            raise
        raise KeyboardInterrupt from None
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)
        let_go(terminals)


def _came_of_a_call_off(error: BaseException) -> bool:
    seen: list[BaseException] = []
    before: BaseException | None = error
    # Errors that were passed from one task to another may stand before one another.
    while before is not None and before not in seen:
        if isinstance(before, KeyboardInterrupt):
            return True
        seen.append(before)
        before = before.__cause__ or (None if before.__suppress_context__ else before.__context__)
    return False


@contextmanager
def undisturbed() -> Iterator[None]:
    """Within it a further SIGTERM or SIGHUP changes nothing: the end is being told of."""
    mine = threading.current_thread() is threading.main_thread()
    taken = [number for number in _ENDS if mine and signal.getsignal(number) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, signal.SIG_IGN)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def _call_off(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


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


# -- what is kept ------------------------------------------------------------------------------------------------------


def interruption(args: Namespace | None) -> str:
    """The line for a command that was called off; a command sets `kept`, a function of its words, where it can tell."""
    kept = getattr(args, "kept", None)
    return "interrupted" if kept is None else f"interrupted; {kept(args)}"


def said(args: Namespace) -> str:
    """What is kept of a session."""
    return NOTHING if getattr(args, "no_log", False) else "what was said so far is in the log"


def files(args: Namespace) -> str:
    """What is kept of a computation: what it wrote before it was done."""
    asked = any(getattr(args, name, None) is not None for name in ("html", "svg", "png"))
    return f"{NOTHING} but files named above as written" if asked else NOTHING
