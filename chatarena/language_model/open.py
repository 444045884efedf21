"""Puts the room together: process, watchdog, second chances, cache; `scripted/...` names go to the script."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from chatarena.arena.settings import Price
from chatarena.language_model.cache import Cached, CachePolicy, ResponseCache
from chatarena.language_model.port import Completion, Fragment, LanguageModel, Request
from chatarena.language_model.process import ModelProcess
from chatarena.language_model.providers import SCRIPTED, provider_of
from chatarena.language_model.resilience import DEFAULT_LIMIT, DEFAULT_LIMITS, Resilient, RetryPolicy
from chatarena.language_model.scripted import ScriptedModel
from chatarena.language_model.streams import opened
from chatarena.language_model.watchdog import Timeouts, Watched, default_timeouts
from chatarena.language_model.wire import Endpoint, ModelFacts, endpoint_for


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """All that can be set about models.

    Mappings are by model name, except `limits`, which is by provider; `timeouts` gives them for a model's name.
    """

    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    embedded: Mapping[str, object] = field(default_factory=dict)
    timeouts: Callable[[str], Timeouts] = default_timeouts
    limits: Mapping[str, int] = field(default_factory=dict)
    default_limit: int = DEFAULT_LIMIT
    fallbacks: Mapping[str, str] = field(default_factory=dict)
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    cache_directory: Path | None = None
    cache: CachePolicy = "off"
    log_file: Path | None = None


class Models:
    """Every model by its name. The model process starts with the first call that needs it, or with `start`."""

    def __init__(
        self, process: ModelProcess, others: LanguageModel, scripted: LanguageModel, cache: ResponseCache | None
    ) -> None:
        self._process, self._others, self._scripted = process, others, scripted
        self.cache = cache

    async def stream(self, request: Request) -> AsyncIterator[Fragment | Completion]:
        """See the port."""
        model = self._scripted if provider_of(request.model) == SCRIPTED else self._others
        async with opened(model, request) as stream:
            async for piece in stream:
                yield piece

    async def start(self) -> None:
        """Starts the model process and returns at once, while it imports its libraries."""
        await self._process.start()

    async def warm(self, model: str) -> None:
        """Waits until this model can answer without loading anything first."""
        if provider_of(model) != SCRIPTED:
            await self._process.warm(model)

    async def prices(self, models: Sequence[str]) -> dict[str, Price]:
        """A price row for each model, known or not. Name fallback models too: they may be dearer."""
        scripted = [model for model in models if provider_of(model) == SCRIPTED]
        rows = {
            model: Price(model=model, input_per_token=0.0, output_per_token=0.0, source="a script")
            for model in scripted
        }
        others = [model for model in models if model not in rows]
        return {**rows, **await self._process.prices(others)} if others else rows

    async def facts(self, models: Sequence[str]) -> dict[str, ModelFacts]:
        """What is known of each model that is not scripted."""
        others = [model for model in models if provider_of(model) != SCRIPTED]
        return await self._process.facts(others) if others else {}

    async def aclose(self) -> None:
        """Ends the model process."""
        await self._process.aclose()


def open_models(
    settings: ModelSettings,
    *,
    jitter: Callable[[], float],
    scripted: LanguageModel | None = None,
    process: ModelProcess | None = None,
) -> Models:
    """The stack, from the inside out: process, watchdog, second chances, cache.

    The watchdog stands inside the retries, so that each attempt has its own time and neither waiting for a place at
    the provider nor a Retry-After counts as the model's silence.

    Args:
        settings: what the person set.
        jitter: draws from [0, 1), for the waits between retries.
        scripted: answers for `scripted/...`; by default a script without replies.
        process: a model process that exists already; by default a new one with the addresses of `settings`.

    Raises:
        ValueError: a cache policy without a directory.
    """
    if process is None:
        process = ModelProcess(settings.endpoints, embedded=settings.embedded, log_file=settings.log_file)
    watched = Watched(process, settings.timeouts)
    stack: LanguageModel = Resilient(
        watched,
        jitter=jitter,
        policy=settings.retry,
        limits={**DEFAULT_LIMITS, **settings.limits},
        default_limit=settings.default_limit,
        fallbacks=settings.fallbacks,
    )
    cache = None if settings.cache_directory is None else ResponseCache(settings.cache_directory)
    if cache is not None:
        stack = Cached(stack, cache, policy=settings.cache, address=lambda model: _address(settings.endpoints, model))
    elif settings.cache != "off":
        raise ValueError(f"cache={settings.cache!r} needs a cache_directory")
    return Models(process, stack, scripted if scripted is not None else ScriptedModel(), cache)


def _address(endpoints: Mapping[str, Endpoint], model: str) -> str:
    endpoint = endpoint_for(endpoints, model)
    return "" if endpoint is None else endpoint.api_base
