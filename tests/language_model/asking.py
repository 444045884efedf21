"""Requests for the tests of this room."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from chatarena.arena.agent import PromptPart, Sampling
from chatarena.language_model.port import Completion, Fragment, LanguageModel, Request


def ask(model: str, text: str = "Which option?", **more: Any) -> Request:
    parts = (PromptPart(role="system", text="You argue."), PromptPart(role="user", text=text))
    return Request(**{"model": model, "parts": parts, "sampling": Sampling(), **more})


async def read(model: LanguageModel, request: Request) -> tuple[list[str], Completion]:
    """Every fragment and the completion; checks the port's law on the way."""
    return await read_stream(model.stream(request))


async def read_stream(stream: AsyncIterator[Fragment | Completion]) -> tuple[list[str], Completion]:
    fragments: list[str] = []
    completion: Completion | None = None
    async for piece in stream:
        assert completion is None, "something came after the completion"
        if isinstance(piece, Fragment):
            fragments.append(piece.text)
        else:
            completion = piece
    assert completion is not None, "the stream ended without a completion"
    assert "".join(fragments) == completion.text
    return fragments, completion
