"""What the app tells its screens, and what screens want of the app."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from chatarena.arena.events import Entry
    from chatarena.moderator.world import Participant
    from chatarena.tui.form import Form
    from chatarena.tui.ports import Example, Run


class Shown(Message):
    """An entry was recorded and is ready to be seen."""

    def __init__(self, entry: Entry) -> None:
        super().__init__()
        self.entry = entry


class Asked(Message):
    """A question to the participant was opened, or the open one was closed."""


class ComposeWanted(Message):
    """Somebody wants to compose a decision: her unsent draft, an empty one, or one from an example."""

    def __init__(self, example: Example | None = None) -> None:
        super().__init__()
        self.example = example


class RunWanted(Message):
    """A session is to be run: a new one from a plan, or one that was left."""

    def __init__(self, open_run: Callable[[Participant], Awaitable[Run]]) -> None:
        super().__init__()
        self.open_run = open_run


class ReplayWanted(Message):
    """A recorded session is to be played."""

    def __init__(self, session: str) -> None:
        super().__init__()
        self.session = session


class DraftKept(Message):
    """The compose screen was left with this on it."""

    def __init__(self, form: Form) -> None:
        super().__init__()
        self.form = form


class Failed(Message):
    """Something a screen did in the background failed."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error


class ThemeChosen(Message):
    """This theme is to be used from now on, and the next time."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


class HungUp(Message):
    """The terminal has gone, or the program is to end: nobody is there to be asked anything."""
