"""What can be done with a session once it is over. Law: the screens are handed it and reach for nothing themselves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chatarena.tui.archive import ExportForm

if TYPE_CHECKING:
    from chatarena.report.hull.study import Question
    from chatarena.report.hull.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """Of one session in the log.

    `export` writes it into a folder and returns the path. `cast` analyses what this cast is to the participant, over
    all her finished sessions with it: the view, or why there is none; it takes seconds, so it is called in a thread.
    """

    export: Callable[[ExportForm, Path], Awaitable[str]]
    cast: Callable[[Question], View | str]
