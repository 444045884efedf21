"""A model that says what it is told to: for the demo, bots and tests. No network, no clock of its own."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from chatarena.errors import ModelError, NotRecorded
from chatarena.language_model.port import Completion, Fragment, Request
from chatarena.language_model.providers import SCRIPTED

_WORDS = re.compile(r"\S+\s*|\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One scripted reply.

    The text comes word by word, `delay` seconds before each. After `after` words (all by default) `error` is raised,
    or with `hang` nothing more is said until the caller gives up.
    """

    text: str = ""
    delay: float = 0.0
    finish_reason: str = "stop"
    top_logprobs: tuple[tuple[str, float], ...] = ()
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    error: ModelError | None = None
    hang: bool = False
    after: int | None = None


class ScriptedModel:
    """Answers from queues, then from a function.

    A reply is taken from the queue of the request's lane, else from the common queue, else from `answer`. What was
    asked is kept in `requests`, in order.
    """

    def __init__(
        self,
        answer: Callable[[Request], Reply | str] | None = None,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._answer, self._sleep = answer, sleep
        self._queues: defaultdict[str, deque[Reply]] = defaultdict(deque)
        self.requests: list[Request] = []

    def enqueue(self, *replies: Reply | str, lane: str = "") -> None:
        """Adds replies to the queue of a lane, or to the common one."""
        self._queues[lane].extend(_reply(reply) for reply in replies)

    async def stream(self, request: Request) -> AsyncIterator[Fragment | Completion]:
        """See the port.

        Raises:
            NotRecorded: the script has come to its end.
            ModelError: the script says so.
        """
        self.requests.append(request)
        reply = self._next(request)
        words = _WORDS.findall(reply.text)
        said = words if reply.after is None else words[: reply.after]
        for word in said:
            await self._sleep(reply.delay)
            yield Fragment(text=word)
        if reply.error is not None:
            reply.error.partial = "".join(said)
            raise reply.error
        if reply.hang:
            await asyncio.get_running_loop().create_future()
        yield Completion(
            text="".join(said),
            finish_reason=reply.finish_reason,
            requested_model=request.model,
            served_model=f"{SCRIPTED}/{request.model.removeprefix(f'{SCRIPTED}/')}",
            prompt_tokens=reply.prompt_tokens,
            completion_tokens=reply.completion_tokens,
            cost=0.0,
            top_logprobs=reply.top_logprobs[: request.top_logprobs],
        )

    def _next(self, request: Request) -> Reply:
        for lane in dict.fromkeys((request.lane, "")):
            if self._queues[lane]:
                return self._queues[lane].popleft()
        if self._answer is None:
            raise NotRecorded(
                f"the script has no reply left for {request.lane or request.model!r}",
                remedy="Add one with enqueue, or give the scripted model a function that answers.",
            )
        return _reply(self._answer(request))


def conforming_json(schema: str, integer: Callable[[str, int, int], int] | None = None) -> str:
    """A JSON document that satisfies a schema of objects, arrays, strings, enums, booleans and numbers.

    Args:
        schema: JSON Schema as text.
        integer: chooses a number from its path and its bounds; by default spread evenly by the path's hash.

    Raises:
        ValueError: the schema uses a type that is not supported.
    """
    return json.dumps(_value(json.loads(schema), "", integer if integer is not None else _spread))


def _value(schema: dict[str, Any], path: str, integer: Callable[[str, int, int], int]) -> object:
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            properties = schema.get("properties", {})
            return {name: _value(part, f"{path}/{name}".strip("/"), integer) for name, part in properties.items()}
        case "array":
            count = max(1, int(schema.get("minItems", 1)))
            return [_value(schema["items"], f"{path}/{position}", integer) for position in range(count)]
        case "integer" | "number":
            return integer(path, int(schema.get("minimum", 0)), int(schema.get("maximum", 100)))
        case "string":
            return "as scripted".ljust(int(schema.get("minLength", 0)), ".")[: int(schema.get("maxLength", 200))]
        case "boolean":
            return True
        case other:
            raise ValueError(f"no scripted value for type {other!r} at {path or 'the top'}")


def _spread(path: str, lowest: int, highest: int) -> int:
    digest = hashlib.sha256(path.encode()).digest()
    return lowest + int.from_bytes(digest[:4]) % (highest - lowest + 1)


def _reply(reply: Reply | str) -> Reply:
    return Reply(text=reply) if isinstance(reply, str) else reply
