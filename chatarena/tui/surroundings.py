"""Where the program runs and how it is to look and behave there; found out and chosen outside the screens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Place = Literal["terminal", "browser", "far"]
"""On a terminal, in a browser on this machine, or in one on another machine."""


async def _forget(_: str) -> None:
    """Remembers nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """An empty theme is chosen by what the terminal can show. `keys` are keys by the id of a binding, as
    `bindings.keymap` makes them go together.

    `logs` is the folder of the log files, and `copies` the file that keeps what was copied last; without one the
    clipboard must do. `environ` is what the terminal says of itself. `remember` keeps a theme that was chosen on the
    screen for the next time.
    """

    place: Place = "terminal"
    theme: str = ""
    reduced_motion: bool = False
    keys: Mapping[str, str] = field(default_factory=dict)
    logs: Path | None = None
    copies: Path | None = None
    remember: Callable[[str], Awaitable[None]] = _forget
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def colourless(self) -> bool:
        """Whether the person wants no colour: https://no-color.org says that an empty value does not count."""
        return bool(self.environ.get("NO_COLOR"))
