"""The whole way: parent, pipe, child, LiteLLM's HTTP client, a server on loopback that behaves or does not."""

from __future__ import annotations

import asyncio
import json

import pytest

from chatarena.arena.agent import Sampling
from chatarena.errors import (
    AuthenticationFailed,
    EmptyReply,
    ModelError,
    ProviderUnavailable,
    RateLimited,
    ReplyTimedOut,
    RequestRefused,
)
from chatarena.language_model.port import Fragment
from chatarena.language_model.process import ModelProcess
from chatarena.language_model.resilience import Resilient
from chatarena.language_model.streams import opened
from chatarena.language_model.watchdog import Timeouts, Watched
from tests.language_model.asking import ask, read
from tests.language_model.conftest import FOREIGN_KEY, KEY, KEY_VARIABLE, eventually
from tests.support.loopback_server import NAMED, WORDS, LoopbackServer, gated

pytestmark = pytest.mark.asyncio(loop_scope="session")
SAID = "".join(WORDS)
SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {"a": {"type": "integer", "minimum": 0, "maximum": 100}},
        "required": ["a"],
        "additionalProperties": False,
    }
)


async def still_works(model: ModelProcess) -> None:
    _, completion = await read(model, ask("openai/reply"))
    assert completion.text == SAID


async def test_a_streamed_reply_and_what_is_known_of_it(model: ModelProcess, server: LoopbackServer) -> None:
    fragments, completion = await read(model, ask("openai/reply"))
    assert completion.text == SAID and completion.finish_reason == "stop"
    assert fragments[0] == WORDS[0], "the first fragment goes on at once"
    assert (completion.requested_model, completion.served_model) == ("openai/reply", "served-reply")
    assert (completion.prompt_tokens, completion.completion_tokens) == (20, len(WORDS))
    assert completion.first_token_seconds is not None and completion.total_seconds is not None
    assert 0 <= completion.first_token_seconds <= completion.total_seconds
    body = server.requests[-1].body
    assert body["messages"] == [
        {"role": "system", "content": "You argue."},
        {"role": "user", "content": "Which option?"},
    ]
    assert (body["stream"], body["max_tokens"], body["temperature"]) == (True, 220, 0.7)
    assert "repeat_penalty" not in body and "response_format" not in body and "logprobs" not in body


FAULTS = [
    pytest.param("empty", EmptyReply, "returned no text", id="empty reply"),
    pytest.param("refusal", EmptyReply, "returned no text", id="refusal in its own field"),
    pytest.param("filtered", RequestRefused, "content filter", id="content filter"),
    pytest.param("not_json", EmptyReply, "returned no text", id="an HTML page instead of a reply"),
    pytest.param("unauthorized", AuthenticationFailed, KEY_VARIABLE, id="401 names the variable"),
    pytest.param("forbidden", AuthenticationFailed, KEY_VARIABLE, id="403"),
    pytest.param("rate_limited", RateLimited, "slow down", id="429"),
    pytest.param("quota", RequestRefused, "no credit", id="429 for want of money"),
    pytest.param("server_error", ProviderUnavailable, "had an error", id="500"),
    pytest.param("overloaded", ProviderUnavailable, "Overloaded", id="503"),
    pytest.param("bad_request", RequestRefused, "Unknown parameter", id="400"),
    pytest.param("context", RequestRefused, "larger context", id="context too long"),
    pytest.param("not_found", RequestRefused, "models list", id="404"),
    pytest.param("disconnect_at_once", ProviderUnavailable, "did not answer", id="disconnect before any text"),
    pytest.param("malformed", ProviderUnavailable, "did not answer", id="malformed event stream"),
    pytest.param("non_utf8", ProviderUnavailable, "did not answer", id="bytes that are not UTF-8"),
]


@pytest.mark.parametrize(("behaviour", "kind", "said"), FAULTS)
async def test_each_fault_is_one_clear_error_and_nothing_else(
    model: ModelProcess, server: LoopbackServer, behaviour: str, kind: type[ModelError], said: str
) -> None:
    with pytest.raises(ModelError) as caught:
        await read(model, ask(f"openai/{behaviour}"))
    assert type(caught.value) is kind
    assert said in str(caught.value) and caught.value.remedy
    assert "litellm." not in str(caught.value).lower() and "object at 0x" not in str(caught.value)
    assert caught.value.partial == ""
    assert len(server.requests) == 1, "LiteLLM must not retry on its own"
    await still_works(model)


@pytest.mark.parametrize(("behaviour", "seconds"), [("rate_limited", 7.0), ("overloaded", 1.5)])
async def test_retry_after_reaches_the_caller(
    model: ModelProcess, server: LoopbackServer, behaviour: str, seconds: float
) -> None:
    with pytest.raises(ModelError) as caught:
        await read(model, ask(f"openai/{behaviour}"))
    assert caught.value.retry_after == seconds and caught.value.retryable


async def test_a_connection_lost_in_mid_reply_keeps_what_was_said(model: ModelProcess, server: LoopbackServer) -> None:
    with pytest.raises(ProviderUnavailable) as caught:
        await read(model, ask("openai/disconnect"))
    assert caught.value.partial == "".join(WORDS[:3])
    await still_works(model)


@pytest.mark.parametrize(
    ("behaviour", "phase", "limits"),
    [
        pytest.param("slow_first", "first_token", Timeouts(first_token=0.2), id="no first token"),
        pytest.param("stall", "stall", Timeouts(stall=0.3), id="a stall"),
        pytest.param("endless", "total", Timeouts(total=1.5), id="a stream without end"),
    ],
)
async def test_the_watchdog_ends_what_does_not_end(
    model: ModelProcess, server: LoopbackServer, behaviour: str, phase: str, limits: Timeouts
) -> None:
    with pytest.raises(ReplyTimedOut) as caught:
        await read(Watched(model, lambda _: limits), ask(f"openai/{behaviour}"))
    assert caught.value.phase == phase
    assert caught.value.partial.startswith(WORDS[0].strip()) == (behaviour != "slow_first")
    await eventually(server, lambda s: s.abandoned == 1)
    await still_works(model)


async def test_a_flood_is_cut_at_the_longest_reply(model: ModelProcess, server: LoopbackServer) -> None:
    _, completion = await read(model, ask("openai/flood"))
    assert completion.finish_reason == "length"
    assert 1_000_000 < len(completion.text) < 1_010_000
    await eventually(server, lambda s: s.open == 0)
    await still_works(model)


async def test_closing_the_stream_stops_the_provider(model: ModelProcess, server: LoopbackServer) -> None:
    async with opened(model, ask("openai/endless")) as stream:
        assert isinstance(await anext(stream), Fragment)
    await eventually(server, lambda s: s.abandoned == 1)
    await still_works(model)


async def test_cancelling_the_task_stops_the_provider(model: ModelProcess, server: LoopbackServer) -> None:
    task = asyncio.create_task(read(model, ask("openai/slow_first")))
    await eventually(server, lambda s: s.open == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await eventually(server, lambda s: s.abandoned == 1)
    await still_works(model)


@pytest.mark.parametrize(
    ("behaviour", "length"), [pytest.param("long", 280_000, id="2000 chunks"), ("one_long_piece", 300_003)]
)
async def test_long_replies_arrive_whole_and_in_few_pieces(
    model: ModelProcess, server: LoopbackServer, behaviour: str, length: int
) -> None:
    fragments, completion = await read(model, ask(f"openai/{behaviour}"))
    assert completion.text == "".join(NAMED[behaviour].pieces) and len(completion.text) == length
    assert len(fragments) <= max(2, len(NAMED[behaviour].pieces) // 2)


async def test_a_round_runs_at_once(model: ModelProcess, server: LoopbackServer) -> None:
    server.enqueue(*[gated("reply", 8)] * 8)  # none is answered before all eight are there
    async with asyncio.timeout(30):
        replies = await asyncio.gather(*(read(model, ask(f"openai/agent-{n}")) for n in range(8)))
    assert server.most_open == 8
    assert [completion.text for _, completion in replies] == [SAID] * 8
    assert [completion.requested_model for _, completion in replies] == [f"openai/agent-{n}" for n in range(8)]


async def test_a_thinking_model_gives_signs_of_life(model: ModelProcess, server: LoopbackServer) -> None:
    fragments, completion = await read(model, ask("openai/thinking"))
    assert fragments[0] == "" and completion.text == SAID
    fragments, _ = await read(model, ask("openai/reply"))
    assert "" not in fragments, "the chunk that only opens a reply is no sign of life"


async def test_garbage_is_the_callers_to_judge(model: ModelProcess, server: LoopbackServer) -> None:
    _, completion = await read(model, ask("openai/garbage"))
    assert completion.text == '{"a": banana ]][/]'


async def test_usage_that_was_not_reported_is_unknown(model: ModelProcess, server: LoopbackServer) -> None:
    _, completion = await read(model, ask("openai/priced/no_usage"))
    assert (completion.prompt_tokens, completion.completion_tokens, completion.cost) == (None, None, None)


async def test_money_is_usage_times_the_price_in_the_settings(model: ModelProcess, server: LoopbackServer) -> None:
    _, completion = await read(model, ask("openai/priced/reply"))
    assert completion.cost == pytest.approx((20 * 2.0 + 10 * 8.0) / 1e6)
    _, completion = await read(model, ask("openai/reply"))
    assert completion.cost is None, "an address of its own has no known price"


async def test_token_probabilities_of_the_first_token(model: ModelProcess, server: LoopbackServer) -> None:
    fragments, completion = await read(model, ask("openai/logprobs", top_logprobs=2))
    assert completion.top_logprobs == (("Yes", -0.1), ("No", -2.5))
    assert fragments == ["Yes"]
    body = server.requests[-1].body
    assert (body["logprobs"], body["top_logprobs"]) == (True, 2) and not body.get("stream")


async def test_token_probabilities_that_do_not_come_are_absent(model: ModelProcess, server: LoopbackServer) -> None:
    _, completion = await read(model, ask("openai/reply", top_logprobs=5))
    assert completion.top_logprobs == () and completion.text == SAID


async def test_a_model_without_token_probabilities_is_not_even_called(
    model: ModelProcess, server: LoopbackServer
) -> None:
    with pytest.raises(RequestRefused, match="token probabilities"):
        await read(model, ask("ollama_chat/llama3", top_logprobs=5))


async def test_a_schema_is_enforced_where_the_server_can(model: ModelProcess, server: LoopbackServer) -> None:
    await read(model, ask("openai/numbers", schema=SCHEMA))
    wanted = server.requests[-1].body["response_format"]
    assert wanted["type"] == "json_schema"
    assert wanted["json_schema"]["schema"] == json.loads(SCHEMA) and wanted["json_schema"]["strict"] is True
    assert SCHEMA not in server.requests[-1].body["messages"][-1]["content"]


@pytest.mark.parametrize(
    ("behaviour", "tried"),
    [
        ("no_schema", ["json_schema", "json_object"]),
        ("no_format", ["json_schema", "json_object", None]),
    ],
)
async def test_a_schema_the_server_cannot_enforce_is_asked_for_in_words(
    model: ModelProcess, server: LoopbackServer, behaviour: str, tried: list[str | None]
) -> None:
    await read(model, ask(f"openai/{behaviour}", schema=SCHEMA))
    assert [request.body.get("response_format", {}).get("type") for request in server.requests] == tried
    assert SCHEMA in server.requests[-1].body["messages"][-1]["content"]
    server.reset()
    await read(model, ask(f"openai/{behaviour}", schema=SCHEMA))
    assert len(server.requests) == 1, "what a model turned down is remembered"


async def test_sampling_reaches_the_server(model: ModelProcess, server: LoopbackServer) -> None:
    sampling = Sampling(temperature=None, top_p=0.9, max_tokens=7, stop=("\n\n",), repeat_penalty=1.1)
    await read(model, ask("openai/reply", sampling=sampling, seed=11))
    body = server.requests[-1].body
    assert (body["top_p"], body["max_tokens"], body["stop"], body["seed"]) == (0.9, 7, ["\n\n"], 11)
    assert "temperature" not in body


async def test_the_key_is_sent_but_never_told(model: ModelProcess, server: LoopbackServer) -> None:
    with pytest.raises(AuthenticationFailed) as caught:
        await read(model, ask("openai/unauthorized"))  # this server repeats the key in its error, as some do
    assert server.requests[-1].headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in str(caught.value) and f"[{KEY_VARIABLE}]" in caught.value.message


async def test_a_providers_key_never_goes_to_another_address(model: ModelProcess, server: LoopbackServer) -> None:
    await read(model, ask("openai/bare/reply"))
    assert FOREIGN_KEY not in str(server.requests[-1])


async def test_a_bare_name_follows_its_providers_address(model: ModelProcess, server: LoopbackServer) -> None:
    with pytest.raises(RequestRefused):
        await read(model, ask("gpt-4o-mini"))  # OpenAI's, and OpenAI is the loopback server here
    assert [request.body["model"] for request in server.requests] == ["gpt-4o-mini"]


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        pytest.param("openai/keyless/reply", AuthenticationFailed, "CHATARENA_NO_SUCH_KEY", id="key not set"),
        pytest.param("anthropic/claude-haiku-4-5", AuthenticationFailed, "ANTHROPIC_API_KEY", id="provider's key"),
        pytest.param("just-a-name", RequestRefused, "provider/model", id="bare name"),
        pytest.param("nobody/knows-this", RequestRefused, "provider/model", id="unknown provider"),
        pytest.param(
            "lm_studio/x", ProviderUnavailable, "Is a server running at http://127.0.0.1:9/v1", id="nobody listens"
        ),
    ],
)
async def test_calls_that_cannot_work_say_what_to_do(
    model: ModelProcess, server: LoopbackServer, name: str, kind: type[ModelError], said: str
) -> None:
    with pytest.raises(ModelError) as caught:
        await read(model, ask(name))
    assert type(caught.value) is kind and said in str(caught.value)
    assert not server.requests


async def test_second_chances_over_the_real_path(model: ModelProcess, server: LoopbackServer) -> None:
    server.enqueue("server_error", "empty", "reply")
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    resilient = Resilient(Watched(model), jitter=lambda: 0.5, sleep=sleep)
    _, completion = await read(resilient, ask("openai/reply"))
    assert (completion.attempts, completion.text) == (3, SAID)
    assert waits == [0.5, 1.0]
