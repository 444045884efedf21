"""A terminal of a program's own: it draws on it, is typed to, and can lose it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from time import monotonic

from chatarena.session_log.store import SessionLog

ROOT = Path(__file__).parents[2]
PATIENCE = 30.0  # seconds until a test that waits for something gives up
COLUMNS, LINES = 120, 40
ESCAPE, ENTER, DOWN, CTRL_S = "\x1b", "\r", "\x1b[B", "\x13"
_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_][^\x1b]*\x1b\\|.)", re.DOTALL)
# The program becomes the leader of the terminal's session: closing the terminal then hangs it up, as a shell would.
_LEAD = "import fcntl, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
CHATARENA = "from chatarena.cli import main; sys.exit(main(sys.argv[1:]))"


class Terminal:
    """Runs Python code on a pseudo-terminal; a context manager that kills what is left."""

    def __init__(self, code: str, *words: str, environ: Mapping[str, str]) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-c", _LEAD + code, *words],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, "TERM": "xterm-256color", **environ},
            cwd=ROOT,
            start_new_session=True,
        )
        os.close(slave)
        self._shown = ""

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        self.process.kill()
        self.process.wait()

    def press(self, *keys: str) -> None:
        for key in keys:
            os.write(self._master, key.encode())

    def until(self, words: str) -> None:
        """Read until these words have been drawn since the last call, blanks aside."""
        deadline = monotonic() + PATIENCE
        wanted = "".join(words.split())
        while wanted not in "".join(_SEQUENCE.sub("", self._shown).split()):
            assert self._read(deadline), f"{words!r} never came; there was: {_SEQUENCE.sub('', self._shown)[-2000:]}"
        self._shown = ""

    def _read(self, deadline: float) -> bool:
        """More of what is drawn; False where there will be nothing more."""
        if not select.select([self._master], [], [], max(0.0, deadline - monotonic()))[0]:
            return False
        data = b""
        with suppress(OSError):  # nobody holds the other end any more
            data = os.read(self._master, 1 << 16)
        self._shown += data.decode(errors="replace")
        return bool(data)

    def close(self) -> None:
        """Close the window."""
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    def end(self, how: str) -> int:
        """Close the window or send a signal, wait for the program's end, and give its exit code."""
        if how == "window":
            self.close()
        else:
            self.process.send_signal(signal.Signals[how])
            deadline = monotonic() + PATIENCE
            while self._read(deadline):
                pass
        return self.process.wait(PATIENCE)


def logged(home: Path) -> SessionLog:
    """The log of this home, to be read."""
    return SessionLog(home / "data" / "chatarena.db", read_only=True)


def children(pid: int) -> list[int]:
    """The processes that this one has started and not yet seen end."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def outlived(pid: int) -> bool:
    """Whether this process is still there when its time to end is over."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return False
    try:
        return not select.select([handle], [], [], PATIENCE)[0]
    finally:
        os.close(handle)
