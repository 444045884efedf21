"""What crosses the pipe between the program and its model process: one JSON object a line, in both directions.

Law: `request_from_wire(request_to_wire(r)) == r`, and an error keeps its class, remedy and Retry-After.

To the child: start, call, cancel, warm, prices, facts, quit. From the child: ready, text, done, error, cancelled, rows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from chatarena import errors
from chatarena.arena.agent import PromptPart, Sampling
from chatarena.language_model.port import Request
from chatarena.language_model.providers import LOCAL_SERVERS, key_variables, provider_of

Json = dict[str, Any]

_ERRORS: Mapping[str, type[errors.ModelError]] = {
    kind.__name__: kind
    for kind in (
        errors.ModelError,
        errors.AuthenticationFailed,
        errors.RateLimited,
        errors.ProviderUnavailable,
        errors.RequestRefused,
        errors.EmptyReply,
        errors.ModelProcessDied,
        errors.ModelNotInstalled,
        errors.NotRecorded,
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a model is reached when not at its provider's own address.

    `api_key_env` names the environment variable with the key; without one no key is sent, whatever the environment
    holds. The prices are US dollars per million tokens; None is unknown.
    """

    api_base: str = ""
    api_key_env: str = ""
    input_price: float | None = None
    output_price: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """What LiteLLM knows of a model; `key_variables` are the environment variables that may hold its key."""

    model: str
    provider: str
    context_tokens: int | None
    supports_schema: bool
    supports_logprobs: bool
    key_variables: tuple[str, ...] = ()
    key_present: bool = True


def endpoint_for(endpoints: Mapping[str, Endpoint], model: str) -> Endpoint | None:
    """The endpoint whose key is this model's name or the longest beginning of it, a whole `provider/` or name."""
    fitting = [key for key in endpoints if model == key or model.startswith(key.rstrip("/") + "/")]
    return endpoints[max(fitting, key=len)] if fitting else None


def keys_for(endpoints: Mapping[str, Endpoint], model: str) -> tuple[str, ...]:
    """The variables that may hold the key this model is called with; none where it is called without one."""
    endpoint = endpoint_for(endpoints, model)
    if endpoint is not None and (endpoint.api_base or endpoint.api_key_env):
        return (endpoint.api_key_env,) if endpoint.api_key_env else ()
    return key_variables(provider_of(model))


def address_for(endpoints: Mapping[str, Endpoint], model: str, environ: Mapping[str, str]) -> str:
    """The base address this model is called at; empty where only its provider's own library knows."""
    endpoint = endpoint_for(endpoints, model)
    if endpoint is not None and endpoint.api_base:
        return endpoint.api_base
    address, variable = LOCAL_SERVERS.get(provider_of(model), ("", ""))
    return environ.get(variable) or address


def dump(message: Mapping[str, object]) -> bytes:
    """One line."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def load(line: bytes) -> Json:
    """One line back.

    Raises:
        ValueError: the line is not a JSON object.
    """
    message = json.loads(line)
    if not isinstance(message, dict):
        raise ValueError(f"not an object: {line[:80]!r}")
    return message


def request_to_wire(request: Request) -> Json:
    return asdict(request)


def request_from_wire(data: Json) -> Request:
    sampling = {**data["sampling"], "stop": tuple(data["sampling"]["stop"])}
    parts = tuple(PromptPart(**part) for part in data["parts"])
    return Request(**{**data, "parts": parts, "sampling": Sampling(**sampling)})


def error_to_wire(error: errors.ModelError) -> Json:
    kind = type(error).__name__
    return {
        "kind": kind if kind in _ERRORS else "ModelError",
        "message": error.message,
        "remedy": error.remedy,
        "retry_after": error.retry_after,
        "retryable": error.retryable,
    }


def error_from_wire(data: Json, *, partial: str = "") -> errors.ModelError:
    kind = _ERRORS.get(str(data.get("kind")), errors.ModelError)
    error = kind(
        str(data.get("message", "")),
        remedy=str(data.get("remedy", "")),
        retry_after=data.get("retry_after"),
        partial=partial,
    )
    error.retryable = bool(data.get("retryable", kind.retryable))
    return error
