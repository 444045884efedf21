"""What the embedded runtime is given, and how odd answers are read; neither needs LiteLLM."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from chatarena.arena.agent import Sampling
from chatarena.language_model.litellm_call import Caller, Listener, first_token_logprobs, read_stream, response_format
from tests.language_model.asking import ask
from tests.support.instant_loop import instantly

SCHEMA = '{"type": "object", "properties": {}}'


def arguments(**more: Any) -> dict[str, Any]:
    request = ask("embedded/qwen2.5-1.5b", lane="anna", shared_parts=1, **more)
    caller = Caller(litellm=None, endpoints={}, environ={})
    return caller.arguments(request, caller.formats(request)[0])


def test_the_embedded_runtime_gets_its_hints() -> None:
    given = arguments(sampling=Sampling(repeat_penalty=1.1, stop=("\n",)), seed=3)
    assert (given["chatarena_lane"], given["chatarena_shared_parts"]) == ("anna", 1)
    assert (given["repeat_penalty"], given["stop"], given["seed"]) == (1.1, ["\n"], 3)
    assert "chatarena_schema" not in given and "api_key" not in given and "api_base" not in given


def test_the_embedded_runtime_gets_the_schema_itself_and_no_second_copy() -> None:
    given = arguments(schema=SCHEMA, top_logprobs=50)
    assert given["chatarena_schema"] == SCHEMA and "response_format" not in given
    assert SCHEMA not in str(given["messages"])
    assert (given["logprobs"], given["top_logprobs"]) == (True, 20)


@pytest.mark.parametrize(
    ("schema", "strict"),
    [('{"additionalProperties": false}', True), ('{"additionalProperties": true}', False), ("{}", False)],
)
def test_only_a_closed_schema_is_strict(schema: str, strict: bool) -> None:
    wanted = response_format(ask("openai/x", schema=schema), "json_schema")["response_format"]
    assert wanted["json_schema"]["strict"] is strict


class Stream:
    """A stream like LiteLLM's, of which the provider never said how it ended."""

    def __init__(self, told: str | None) -> None:
        self.received_finish_reason, self.chunks, self.closed = told, (), False

    async def __aiter__(self) -> AsyncIterator[Any]:
        for text, finish in (("all ", None), ("of it", "stop")):
            delta = SimpleNamespace(content=text, reasoning_content=None)
            yield SimpleNamespace(choices=[SimpleNamespace(delta=delta, finish_reason=finish)])
        yield SimpleNamespace(choices=[])

    async def aclose(self) -> None:
        self.closed = True


@pytest.mark.parametrize(("told", "finish"), [("stop", "stop"), (None, "unknown")])
def test_an_end_the_provider_did_not_announce_is_not_called_a_stop(told: str | None, finish: str) -> None:
    said: list[str] = []
    stream = Stream(told)
    outcome, length = instantly(read_stream(stream, Listener(text=said.append, thinking=lambda: None)))
    assert (outcome.finish_reason, "".join(said), length) == (finish, "all of it", 9)
    assert stream.closed and outcome.prompt_tokens is None


def test_a_stream_is_closed_when_its_reader_is_cancelled() -> None:
    class Endless(Stream):
        async def __aiter__(self) -> AsyncIterator[Any]:
            await asyncio.sleep(10)
            yield

    async def main() -> bool:
        stream = Endless(None)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await read_stream(stream, Listener(text=lambda _: None, thinking=lambda: None))
        return stream.closed

    assert instantly(main())


def token(text: str, logprob: float) -> SimpleNamespace:
    return SimpleNamespace(token=text, logprob=logprob)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(None, (), id="none came"),
        pytest.param([], (), id="no token"),
        pytest.param([SimpleNamespace(top_logprobs=None)], (), id="no alternatives"),
        pytest.param(
            [SimpleNamespace(top_logprobs=[token("b", -2.0), token("a", -0.1), token("c", float("-inf"))])],
            (("a", -0.1), ("b", -2.0)),
            id="best first, finite only",
        ),
    ],
)
def test_the_first_tokens_alternatives(content: Any, expected: tuple[tuple[str, float], ...]) -> None:
    choice = SimpleNamespace(logprobs=SimpleNamespace(content=content))
    assert first_token_logprobs(choice) == expected
    assert first_token_logprobs(SimpleNamespace()) == ()
