"""Files that a person composes from and saves to, as the screens need them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatarena.errors import UsageError

if TYPE_CHECKING:
    from chatarena.tui.ports import Example, Plan
    from chatarena.tui.seats import SeatChoice


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """`suggest` names a file for a plan, `taken` says whether there is one of that name. `save` and `save_cast` return
    the path of what they wrote; they write over a file that is there.
    """

    suggest: Callable[[Plan], str]
    taken: Callable[[str], bool]
    save: Callable[[Plan, str], Awaitable[str]]
    load: Callable[[str], Awaitable[Example]]
    cast_taken: Callable[[str], bool]
    save_cast: Callable[[str, tuple[SeatChoice, ...]], Awaitable[str]]


async def _nowhere(*_: object) -> str:
    raise UsageError("there is nowhere to save to")


async def _nothing(_: str) -> Example:
    raise UsageError("there are no files here")


NO_FILES = Files(
    suggest=lambda _: "decision.yaml",
    taken=lambda _: False,
    save=_nowhere,
    load=_nothing,
    cast_taken=lambda _: False,
    save_cast=_nowhere,
)
