"""How a model is: what it needs is looked at and nothing is called; and one tiny question, where that is asked for."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from chatarena.cli.home import Paths
from chatarena.cli.settings import lookup
from chatarena.errors import ArenaError, UsageError
from chatarena.tui.ports import Health

if TYPE_CHECKING:
    from chatarena.cli.settings import Settings
    from chatarena.language_model.open import Models

_TIMEOUT = 0.3
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


async def look(model: str, settings: Settings, paths: Paths, environ: Mapping[str, str] = os.environ) -> Health:
    """What the model needs and whether that is here: weights, a key by its variable's name, a server that listens."""
    return await asyncio.to_thread(_look, model, settings, paths, environ)


def _look(model: str, settings: Settings, paths: Paths, environ: Mapping[str, str]) -> Health:
    from chatarena.language_model.providers import EMBEDDED, LOCAL_SERVERS, SCRIPTED, provider_of

    provider = provider_of(model)
    if provider == EMBEDDED:
        return _weights(model, paths)
    if provider == SCRIPTED:
        return Health(ready=True, found="a script: needs nothing")
    address = lookup(settings.models.api_base, model) or ""
    if provider in LOCAL_SERVERS and not address:
        default, variable = LOCAL_SERVERS[provider]
        address = environ.get(variable) or default
    if address and urlsplit(address).hostname in _LOOPBACK:
        return _server(address)
    return _key(model, provider, address, settings, environ)


def _weights(model: str, paths: Paths) -> Health:
    from chatarena.cli.output import bytes_in_words
    from chatarena.language_model.install import PREFIX, WEIGHTS, locate

    name = model.removeprefix(PREFIX)
    try:
        size = locate(model, paths.models_dir).stat().st_size
    except ArenaError as error:
        size_there = f" ({bytes_in_words(WEIGHTS[name].size)} to fetch)" if name in WEIGHTS else ""
        return Health(ready=False, found=f"{error.message}{size_there}", remedy=error.remedy)
    except OSError as error:
        return Health(ready=False, found=f"its weights cannot be read: {error.strerror or error}")
    return Health(ready=True, found=f"weights are here, {bytes_in_words(size)}")


def _server(address: str) -> Health:
    """Whether anything listens at an address on this machine."""
    parts = urlsplit(address)
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        socket.create_connection((parts.hostname or "", port), timeout=_TIMEOUT).close()
    except (OSError, ValueError):
        return Health(ready=False, found=f"nothing listens at {address}", remedy="start the server there")
    return Health(ready=True, found=f"a server listens at {address}")


def _key(model: str, provider: str, address: str, settings: Settings, environ: Mapping[str, str]) -> Health:
    from chatarena.language_model.providers import key_variables

    named = lookup(settings.models.api_key_env, model)
    variables = (named,) if named else key_variables(provider)
    where = f" at {address}" if address else ""
    there = next((name for name in variables if environ.get(name)), None)
    if there is not None:
        return Health(ready=True, found=f"{there} is set{where}")
    if not variables:
        return Health(ready=None, found=f"nothing is known of what it needs{where}")
    # A server of one's own may want no key at all: then nobody can tell before it is asked.
    ready = None if address else False
    return Health(ready=ready, found=f"{variables[0]} is not set{where}", remedy=f"export {variables[0]} in your shell")


def lacking(
    models: Iterable[str], settings: Settings, paths: Paths, environ: Mapping[str, str] = os.environ
) -> UsageError | None:
    """What the first of these models lacks without which it cannot say a word: its weights, or its key.

    A server that does not listen yet may do so by the time it is asked, and a fallback may speak instead.
    """
    from chatarena.language_model.providers import LOCAL_SERVERS, provider_of

    for model in dict.fromkeys(models):
        serves = provider_of(model) in LOCAL_SERVERS or lookup(settings.models.api_base, model) is not None
        if serves or settings.models.fallback:
            continue
        health = _look(model, settings, paths, environ)
        if health.ready is False:
            remedy = f"{health.remedy}; or try it without any model: chatarena demo"
            return UsageError(f"{model} cannot speak: {health.found}", remedy=remedy)
    return None


async def try_out(models: Models, model: str) -> str:
    """Ask the model one tiny question and say how it went.

    Raises:
        ModelError: it did not answer.
    """
    import time

    from chatarena.cli.probe import Probe, in_words, tiny_request
    from chatarena.language_model.streams import complete

    began = time.perf_counter()
    await models.warm(model)
    ready = time.perf_counter() - began
    return in_words(Probe(completion=await complete(models, tiny_request(model)), ready_seconds=ready))
