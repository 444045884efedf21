"""Finds better models that are one step away: a local server on loopback, a provider's key in the environment.

Nothing leaves this machine; of a key only the variable's name is ever looked at or told.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from chatarena.language_model.providers import KEY_VARIABLES, LOCAL_SERVERS

Kind = Literal["ollama", "lm_studio", "key"]
# A server on loopback answers within a few milliseconds; nobody should wait for one that is not there.
_TIMEOUT = 0.2
_LARGEST_ANSWER = 1 << 20
_MOST_MODELS = 20
_LONGEST_NAME = 120
# A capable, moderately priced model to name first, as listed by LiteLLM 1.110 and, where there is one, a model that
# does not think first: a turn's few hundred tokens would go into its thoughts. Any other of the provider's works too.
_FIRST_CHOICE: Mapping[str, str] = {
    "anthropic": "anthropic/claude-haiku-4-5",
    "deepseek": "deepseek/deepseek-v4-flash",
    "gemini": "gemini/gemini-flash-latest",
    "groq": "groq/openai/gpt-oss-120b",
    "mistral": "mistral/mistral-large-latest",
    "openai": "openai/gpt-5.4-mini",
    "openrouter": "openrouter/openai/gpt-5.4-mini",
    "xai": "xai/grok-4.20-non-reasoning",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A model that could be used right now: its name for `--model`, and what was found, in words."""

    model: str
    kind: Kind
    found: str


def detect(environ: Mapping[str, str], *, timeout: float = _TIMEOUT) -> tuple[Suggestion, ...]:
    """Everything found, local servers first. Blocks for at most about two timeouts."""
    return (
        *_ollama(_address("ollama_chat", environ), timeout),
        *_lm_studio(_address("lm_studio", environ), timeout),
        *keys_present(environ),
    )


def keys_present(environ: Mapping[str, str]) -> tuple[Suggestion, ...]:
    """One suggestion for each provider whose key variable is set."""
    found = []
    for provider, model in _FIRST_CHOICE.items():
        variable = next((name for name in KEY_VARIABLES[provider] if environ.get(name)), None)
        if variable is not None:
            found.append(Suggestion(model=model, kind="key", found=f"{variable} is set"))
    return tuple(found)


def _ollama(address: str, timeout: float) -> tuple[Suggestion, ...]:
    names = _names(_fetch(address, "/api/tags", timeout), "models", "name")
    return tuple(
        Suggestion(model=f"ollama_chat/{name}", kind="ollama", found=f"Ollama at {address} has {name}")
        for name in names
        if "embed" not in name
    )


def _lm_studio(address: str, timeout: float) -> tuple[Suggestion, ...]:
    names = _names(_fetch(address, "/models", timeout), "data", "id")
    return tuple(
        Suggestion(model=f"lm_studio/{name}", kind="lm_studio", found=f"LM Studio at {address} has {name}")
        for name in names
        if "embed" not in name
    )


def _address(provider: str, environ: Mapping[str, str]) -> str:
    default, variable = LOCAL_SERVERS[provider]
    return environ.get(variable) or default


def _fetch(address: str, path: str, timeout: float) -> object:
    """The JSON at this address; None where nothing that speaks HTTP and JSON answers in time on loopback."""
    parts = urlsplit(address)
    if parts.scheme != "http" or parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        return None
    connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=timeout)
    try:
        connection.request("GET", parts.path.rstrip("/") + path)
        answer = connection.getresponse()
        return json.loads(answer.read(_LARGEST_ANSWER)) if answer.status == 200 else None
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()


def _names(answer: object, listing: str, key: str) -> tuple[str, ...]:
    """Model names from a server's answer, as far as they look like names: they will be shown."""
    rows: Iterable[Any] = answer.get(listing, ()) if isinstance(answer, dict) else ()
    names = [row.get(key) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    fit = [name for name in names if isinstance(name, str) and name.isprintable() and 0 < len(name) <= _LONGEST_NAME]
    return tuple(fit[:_MOST_MODELS])
