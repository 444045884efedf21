"""One call through LiteLLM: what is passed, how the answer is read. Used in the model process only.

Law: a number the provider did not report is None, although LiteLLM would make one up.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chatarena.errors import RequestRefused
from chatarena.language_model.port import Request
from chatarena.language_model.pricing import first_format, price_row, supports_logprobs
from chatarena.language_model.provider_errors import empty_reply, missing_key, no_provider, refuses_format
from chatarena.language_model.providers import EMBEDDED, key_variables, provider_of
from chatarena.language_model.wire import Endpoint, Json, address_for, endpoint_for

FORMATS = ("json_schema", "json_object", "none")
# LiteLLM's own timeout only guards against a leak: the program's watchdogs end a call long before.
_LITELLM_TIMEOUT = 3600.0
# A reply longer than this is a model talking in circles (about 250,000 tokens); it is cut like any other.
LONGEST_REPLY = 1_000_000
# Chunks that have already arrived are read without a pause, and meanwhile no other call and no cancellation would be
# heard; at LiteLLM's 0.4 ms a chunk this bounds the wait to about 3 ms.
_BREATH = 8
# OpenAI's limit, which the others share.
_MOST_LOGPROBS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What is known of a finished reply besides its text."""

    finish_reason: str
    served_model: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: float | None = None
    top_logprobs: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Where text goes as it arrives; `thinking` is told of thoughts, which are not shown."""

    text: Callable[[str], None]
    thinking: Callable[[], None]


@dataclass(slots=True, kw_only=True)
class Caller:
    """Makes calls through an imported LiteLLM and remembers which reply formats a model turned down."""

    litellm: Any
    endpoints: Mapping[str, Endpoint]
    environ: Mapping[str, str]
    refused_formats: dict[str, set[str]] = field(default_factory=dict)

    async def call(self, request: Request, listener: Listener) -> Outcome:
        """Sends the request and tells the listener what arrives.

        Raises:
            ModelError: there is no key, no token probabilities where they were asked for, or no text.
            Exception: whatever LiteLLM raises.
        """
        for form in self.formats(request):
            try:
                return await self._attempt(request, form, listener)
            except Exception as error:
                if form == "none" or not refuses_format(error):
                    raise
                self.refused_formats.setdefault(request.model, set()).add(form)
        raise AssertionError("the form 'none' either returns or raises")

    def formats(self, request: Request) -> tuple[str, ...]:
        """The forms of reply to try in turn, strictest first."""
        if not request.schema:
            return ("none",)
        possible = FORMATS[FORMATS.index(first_format(self.litellm, request.model)) :]
        return tuple(form for form in possible if form not in self.refused_formats.get(request.model, set()))

    async def _attempt(self, request: Request, form: str, listener: Listener) -> Outcome:
        arguments = self.arguments(request, form)
        if request.top_logprobs:
            outcome, length = read_whole(await self.litellm.acompletion(**arguments), listener)
        else:
            stream = await self.litellm.acompletion(**arguments, stream=True, stream_options={"include_usage": True})
            outcome, length = await read_stream(stream, listener)
        if not length and not outcome.top_logprobs:
            raise empty_reply(request.model, outcome.finish_reason)
        row = price_row(self.litellm, request.model, self.endpoints)
        return Outcome(
            finish_reason=outcome.finish_reason,
            served_model=outcome.served_model or request.model,
            prompt_tokens=outcome.prompt_tokens,
            completion_tokens=outcome.completion_tokens,
            cost=row.cost(outcome.prompt_tokens, outcome.completion_tokens),
            top_logprobs=outcome.top_logprobs,
        )

    def arguments(self, request: Request, form: str) -> Json:
        """What LiteLLM is given.

        Parameters a provider does not know (a seed, a repeat penalty) are dropped, since they only steer; what the
        caller must be able to rely on (schema, token probabilities) is settled here before anything can drop it.

        Raises:
            AuthenticationFailed: the key is not in the environment.
            RequestRefused: the model cannot tell token probabilities.
        """
        sampling = request.sampling
        arguments: Json = {
            "model": request.model,
            "messages": messages(request, form),
            "max_tokens": sampling.max_tokens,
            "num_retries": 0,
            "max_retries": 0,
            "timeout": _LITELLM_TIMEOUT,
            "drop_params": True,
            **self.address(request.model),
        }
        optional = {"temperature": sampling.temperature, "top_p": sampling.top_p, "seed": request.seed}
        arguments |= {name: value for name, value in optional.items() if value is not None}
        if sampling.stop:
            arguments["stop"] = list(sampling.stop)
        # Only llama.cpp and Ollama know it; an unknown field makes stricter servers refuse the call.
        if sampling.repeat_penalty is not None and provider_of(request.model) in (EMBEDDED, "ollama", "ollama_chat"):
            arguments["repeat_penalty"] = sampling.repeat_penalty
        if request.top_logprobs:
            arguments |= self._logprobs(request)
        if provider_of(request.model) == EMBEDDED:
            return arguments | embedded_hints(request)
        return arguments | response_format(request, form)

    def _logprobs(self, request: Request) -> Json:
        if not supports_logprobs(self.litellm, request.model):
            raise RequestRefused(
                f"{request.model} does not tell token probabilities",
                remedy="Use the verbal method of appraisal with this model.",
            )
        return {"logprobs": True, "top_logprobs": min(request.top_logprobs, _MOST_LOGPROBS)}

    def address(self, model: str) -> Json:
        """Base address and key.

        A provider's key goes to that provider only: another address gets the key its settings name, or none.

        Raises:
            AuthenticationFailed: the key is not in the environment.
            RequestRefused: the name does not say which provider serves it.
        """
        endpoint = endpoint_for(self.endpoints, model)
        base = address_for(self.endpoints, model, self.environ)
        where = {"api_base": base} if base else {}
        if endpoint is not None and (endpoint.api_base or endpoint.api_key_env):
            return {**where, "api_key": self._key(model, endpoint.api_key_env)}
        provider = provider_of(model)
        if not provider:
            raise no_provider(model)
        if provider in _KEYED and not any(self.environ.get(name) for name in key_variables(provider)):
            raise missing_key(model, key_variables(provider))
        return where

    def _key(self, model: str, variable: str) -> str:
        if variable and not self.environ.get(variable):
            raise missing_key(model, (variable,))
        return self.environ[variable] if variable else "none"


# Providers whose one key is known to come from these variables; elsewhere LiteLLM knows better (files, roles).
_KEYED = frozenset({"anthropic", "deepseek", "gemini", "groq", "mistral", "openai", "openrouter", "xai"})


def messages(request: Request, form: str) -> list[dict[str, str]]:
    """The parts as chat messages; a schema the provider cannot enforce is asked for in words at the end."""
    listed = [{"role": part.role, "content": part.text} for part in request.parts]
    if request.schema and form != "json_schema" and listed:
        wish = "Answer with one JSON document that satisfies this JSON Schema, and nothing else:"
        listed[-1]["content"] += f"\n\n{wish}\n{request.schema}"
    return listed


def response_format(request: Request, form: str) -> Json:
    if not request.schema or form == "none":
        return {}
    if form == "json_object":
        return {"response_format": {"type": "json_object"}}
    schema = json.loads(request.schema)
    # Strict mode is only open to schemas that forbid further properties (OpenAI, "Structured outputs").
    strict = schema.get("additionalProperties") is False
    return {
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "reply", "schema": schema, "strict": strict},
        }
    }


def embedded_hints(request: Request) -> Json:
    """What only the embedded runtime can use; LiteLLM hands unknown parameters on to a custom provider."""
    hints: Json = {"chatarena_lane": request.lane, "chatarena_shared_parts": request.shared_parts}
    return {**hints, "chatarena_schema": request.schema} if request.schema else hints


async def read_stream(stream: Any, listener: Listener) -> tuple[Outcome, int]:
    """Reads a streamed reply to its end; returns what is known of it and the length of its text.

    Raises:
        RequestRefused: the model declined in so many words.
    """
    length, chunks, finish, cut = 0, 0, "", False
    try:
        async for chunk in stream:
            chunks += 1
            if chunks % _BREATH == 0:
                await asyncio.sleep(0)
            text, thought, finished = _delta(chunk)
            finish = finished or finish
            if text:
                length += len(text)
                listener.text(text)
            elif thought:
                listener.thinking()
            if cut := length > LONGEST_REPLY:
                break
    finally:
        await _close(stream)
    # LiteLLM reports "stop" for a stream that just ends; what the provider said is kept on the stream itself.
    told = getattr(stream, "received_finish_reason", finish) or getattr(stream, "intermittent_finish_reason", None)
    usage = next((u for c in getattr(stream, "chunks", ()) if (u := getattr(c, "usage", None)) is not None), None)
    outcome = Outcome(
        finish_reason="length" if cut else (finish or str(told)) if told else "unknown",
        served_model=str(getattr(stream, "_provider_response_model", None) or ""),
        prompt_tokens=_count(usage, "prompt_tokens"),
        completion_tokens=_count(usage, "completion_tokens"),
    )
    return outcome, length


def read_whole(reply: Any, listener: Listener) -> tuple[Outcome, int]:
    """Reads a reply that came in one piece, with its token probabilities."""
    choice = reply.choices[0]
    text = str(choice.message.content or "")
    if text:
        listener.text(text)
    told = getattr(choice.message, "provider_specific_fields", None) or {}
    if not text and told.get("refusal"):
        raise empty_reply(str(reply.model), "stop", refusal=str(told["refusal"]))
    usage = getattr(reply, "usage", None)
    # LiteLLM writes zeros where no usage came; no prompt has zero tokens.
    known = bool(_count(usage, "prompt_tokens"))
    outcome = Outcome(
        finish_reason=str(choice.finish_reason or "unknown"),
        served_model=str(reply.model or ""),
        prompt_tokens=_count(usage, "prompt_tokens") if known else None,
        completion_tokens=_count(usage, "completion_tokens") if known else None,
        top_logprobs=first_token_logprobs(choice),
    )
    return outcome, len(text)


def first_token_logprobs(choice: Any) -> tuple[tuple[str, float], ...]:
    """(token, log probability) of the first generated token's alternatives, best first; empty where none came."""
    content = getattr(getattr(choice, "logprobs", None), "content", None)
    if not content:
        return ()
    pairs = [(str(top.token), float(top.logprob)) for top in content[0].top_logprobs or ()]
    finite = [pair for pair in pairs if math.isfinite(pair[1])]
    return tuple(sorted(finite, key=lambda pair: -pair[1]))


def _delta(chunk: Any) -> tuple[str, bool, str]:
    """Text, whether the model is thinking, and how it finished; the chunk that only opens the reply has none."""
    if not chunk.choices:
        return "", False, ""
    choice = chunk.choices[0]
    thought = bool(getattr(choice.delta, "reasoning_content", None))
    return str(choice.delta.content or ""), thought, str(choice.finish_reason or "")


def _count(usage: Any, name: str) -> int | None:
    value = getattr(usage, name, None)
    return int(value) if isinstance(value, int) else None


async def _close(stream: Any) -> None:
    """Ends the HTTP response, so that the provider stops writing."""
    if (close := getattr(stream, "aclose", None)) is not None:
        await close()
