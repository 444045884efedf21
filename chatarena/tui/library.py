"""What there is to choose from: examples, casts, models. Read from files once, off the screen's loop."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatarena.tui.ports import CastChoice, Example, ModelChoice, Studio
    from chatarena.tui.seats import AgentChoice


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """Everything the compose screen offers."""

    examples: tuple[Example, ...]
    casts: tuple[CastChoice, ...]
    models: tuple[ModelChoice, ...]
    agents: tuple[AgentChoice, ...] = ()


async def load_library(studio: Studio) -> Library:
    """Read the library in a thread: it takes files and a parser that are slow the first time."""

    def read() -> Library:
        return Library(examples=studio.examples(), casts=studio.casts(), models=studio.models(), agents=studio.agents())

    return await asyncio.to_thread(read)
