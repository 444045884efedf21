"""Handling of streams that wrap one another."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chatarena.language_model.port import Completion, Fragment, LanguageModel, Request

Piece = Fragment | Completion


@asynccontextmanager
async def opened(model: LanguageModel, request: Request) -> AsyncIterator[AsyncIterator[Piece]]:
    """The stream of this request, closed on leaving.

    Without it a generator that is left early lives on until it is collected, and its model talks on.
    """
    stream = model.stream(request)
    try:
        yield stream
    finally:
        if (close := getattr(stream, "aclose", None)) is not None:
            await close()


async def complete(model: LanguageModel, request: Request) -> Completion:
    """The whole reply at once.

    Raises:
        ModelError: the call failed.
        ValueError: the model broke the port's law and ended without a completion.
    """
    async with opened(model, request) as stream:
        async for piece in stream:
            if isinstance(piece, Completion):
                return piece
    raise ValueError(f"{request.model} ended its stream without a completion")
