"""The terminal as something that may go away under a running program. Law: that ends the session and breaks nothing."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import IO, Any

from textual.driver import Driver
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


def tab_driver() -> type[Driver]:
    """The driver of a browser's tab; made when it is wanted, for the arena in a terminal has no use for it."""
    from textual.drivers.web_driver import WebDriver

    class TabDriver(WebDriver):
        """Draws on the pipe to the server; where the server has gone, says so and draws on nothing."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._write: Any = self._write_if_read

        def _write_if_read(self, data: bytes) -> None:
            # A pipe takes a large picture in pieces.
            with suppress(OSError):
                while data:
                    data = data[os.write(self.fileno, data) :]

        def run_input_thread(self) -> None:
            super().run_input_thread()
            if not self.exit_event.is_set():
                self.send_message(HungUp())

        def on_meta(self, packet_type: str, payload: dict[str, object]) -> None:
            if packet_type == "quit":
                self.send_message(HungUp())
            else:
                super().on_meta(packet_type, payload)

    return TabDriver


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
