"""What there is to choose from: examples, casts, models. Read from files once, off the screen's loop.

Law: all screens hold the same library, so what one of them adds is there for every other.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatarena.tui.ports import CastChoice, Example, ModelChoice, Studio
    from chatarena.tui.seats import AgentChoice


@dataclass(slots=True, kw_only=True)
class Library:
    """Everything the compose screen offers. `casts` are those there are now: one can be saved meanwhile."""

    examples: tuple[Example, ...]
    casts: tuple[CastChoice, ...]
    models: tuple[ModelChoice, ...]
    agents: tuple[AgentChoice, ...] = ()


async def load_library(studio: Studio) -> Library:
    """Read the library in a thread: it takes files and a parser that are slow the first time."""

    def read() -> Library:
        return Library(examples=studio.examples(), casts=studio.casts(), models=studio.models(), agents=studio.agents())

    return await asyncio.to_thread(read)


async def read_casts(library: Library, studio: Studio) -> None:
    """Bring the casts up to date."""
    library.casts = await asyncio.to_thread(studio.casts)
