"""The terminal as something that may go away under a running program. Law: that ends the session and breaks nothing."""

from __future__ import annotations

from contextlib import suppress
from typing import IO, Any

from textual.drivers.linux_driver import LinuxDriver

from chatarena.tui.messages import HungUp


class TerminalDriver(LinuxDriver):
    """Draws on a terminal and reads its keys; where it has gone, says so and draws on nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._file: Any = Lasting(self._file) if self._file is not None else None

    def run_input_thread(self) -> None:
        try:
            super().run_input_thread()
        except OSError:
            self.send_message(HungUp())


class Lasting:
    """A terminal's output that goes on taking text after the terminal has gone.

    Where the thread that writes died of the first error, the program would wait for it forever at its next picture.
    """

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> int:
        with suppress(OSError):
            return self._file.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._file.flush()

    def fileno(self) -> int:
        return self._file.fileno()
