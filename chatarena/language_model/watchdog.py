"""Ends a reply that does not begin, stops in the middle, or never ends, whatever the provider's library does.

Law: only time spent waiting for the model counts; a slow reader is not the model's fault.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Literal

from chatarena.errors import ReplyTimedOut
from chatarena.language_model.port import Completion, Fragment, LanguageModel, Request
from chatarena.language_model.providers import EMBEDDED, provider_of, runs_here
from chatarena.language_model.streams import Piece, opened

Phase = Literal["first_token", "stall", "total"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds of waiting for the first sign of life, between two, and for the whole reply."""

    first_token: float = 60.0
    stall: float = 30.0
    total: float = 300.0

    def __post_init__(self) -> None:
        for name in ("first_token", "stall", "total"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise ValueError(f"{name} must be a positive number of seconds, not {value!r}")


def default_timeouts(model: str) -> Timeouts:
    """Timeouts that fit where the model runs.

    The embedded model reads a 600-token prompt in about 9 s on two idle cores and a round's prompts share them, so
    on a loaded machine minutes may pass before the first token. Local servers load their weights on the first call.
    """
    if provider_of(model) == EMBEDDED:
        return Timeouts(first_token=300.0, stall=90.0, total=900.0)
    if runs_here(model):
        return Timeouts(first_token=180.0, stall=60.0, total=600.0)
    return Timeouts()


class Watched:
    """The same model under watch."""

    def __init__(self, model: LanguageModel, timeouts_for: Callable[[str], Timeouts] = default_timeouts) -> None:
        self._model, self._timeouts_for = model, timeouts_for

    async def stream(self, request: Request) -> AsyncIterator[Fragment | Completion]:
        """See the port.

        Raises:
            ReplyTimedOut: with the phase and the text that had arrived.
            ModelError: as the model under watch.
        """
        limits = self._timeouts_for(request.model)
        clock = asyncio.get_running_loop().time
        waited, pieces = 0.0, list[str]()
        phase: Phase = "first_token"
        async with opened(self._model, request) as stream:
            while True:
                allowed = limits.first_token if phase == "first_token" else limits.stall
                began = clock()
                try:
                    piece = await _within(stream, min(allowed, limits.total - waited))
                except TimeoutError:
                    over = waited + (clock() - began) >= limits.total
                    raise _timed_out(request.model, "total" if over else phase, limits, "".join(pieces)) from None
                waited += clock() - began
                if piece is None:
                    return
                if isinstance(piece, Fragment):
                    pieces.append(piece.text)
                phase = "stall"
                yield piece


async def _within(stream: AsyncIterator[Piece], seconds: float) -> Piece | None:
    """The stream's next piece, None at its end.

    Raises:
        TimeoutError: the time is over.
    """
    async with asyncio.timeout(max(seconds, 0.0)):
        return await anext(stream, None)


def _timed_out(model: str, phase: Phase, limits: Timeouts, partial: str) -> ReplyTimedOut:
    said = {
        "first_token": f"{model} said nothing for {limits.first_token:g} s",
        "stall": f"{model} fell silent for {limits.stall:g} s in mid-reply",
        "total": f"{model} was still talking after {limits.total:g} s",
    }[phase]
    return ReplyTimedOut(
        said,
        phase=phase,
        remedy="Try again, choose a faster model, or raise its timeouts in the settings.",
        partial=partial,
    )
