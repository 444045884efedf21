"""One tiny generation, to see that a model answers, how fast, and for how much."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chatarena.cli.home import Paths

if TYPE_CHECKING:
    from chatarena.cli.settings import Settings
    from chatarena.language_model.open import Models
    from chatarena.language_model.port import Completion, Request

PROMPT = "Name one good reason to sleep on a decision. Answer in at most ten words."
# Room for a model that thinks before it answers; the answer itself is a dozen tokens.
MAX_TOKENS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What the generation showed; `ready_seconds` is what libraries, and weights where they are local, took to load."""

    completion: Completion
    ready_seconds: float

    @property
    def tokens_per_second(self) -> float | None:
        """Tokens a second after the first one; None where the provider did not count, or there was only one."""
        done = self.completion
        if done.completion_tokens is None or done.first_token_seconds is None or done.total_seconds is None:
            return None
        spoken = done.total_seconds - done.first_token_seconds
        return (done.completion_tokens - 1) / spoken if done.completion_tokens > 1 and spoken > 0 else None


def in_words(done: Probe) -> str:
    """Timing, tokens and cost on one line; what the provider did not tell is said to be unknown."""
    reply, rate = done.completion, done.tokens_per_second
    first = "unknown" if reply.first_token_seconds is None else f"{reply.first_token_seconds:.2f} s"
    count = "tokens unknown" if reply.completion_tokens is None else f"{reply.completion_tokens} tokens"
    speed = "" if rate is None else f" at {rate:.0f} a second"
    cost = "price unknown" if reply.cost is None else f"${reply.cost:.6f}" if reply.cost else "free of charge"
    return f"first token after {first}, {count}{speed}, {cost}"


async def start_only(settings: Settings, paths: Paths) -> float:
    """Starts the model process, waits until its libraries are loaded, and ends it; returns the seconds.

    Raises:
        ModelError: it did not start.
    """
    async with _models(settings, paths) as models:
        began = time.perf_counter()
        await models.warm("")
        return time.perf_counter() - began


async def probe(settings: Settings, paths: Paths, model: str) -> Probe:
    """Starts the models, asks this one the smallest of questions, and ends them.

    Nothing is taken from the cache or tried twice, and no other model stands in.

    Raises:
        ModelError: it did not answer.
    """
    from chatarena.language_model.streams import complete

    async with _models(settings, paths) as models:
        began = time.perf_counter()
        await models.warm(model)
        ready = time.perf_counter() - began
        return Probe(completion=await complete(models, tiny_request(model)), ready_seconds=ready)


@asynccontextmanager
async def _models(settings: Settings, paths: Paths) -> AsyncIterator[Models]:
    from chatarena.cli.stage import model_settings
    from chatarena.language_model.open import open_models
    from chatarena.language_model.resilience import RetryPolicy

    plain = replace(model_settings(settings, paths), cache="off", fallbacks={}, retry=RetryPolicy(max_attempts=1))
    models = open_models(plain, jitter=lambda: 0.0)
    try:
        yield models
    finally:
        await models.aclose()


def tiny_request(model: str) -> Request:
    """The smallest of questions to this model."""
    from chatarena.arena.agent import PromptPart, Sampling
    from chatarena.language_model.port import Request

    return Request(
        model=model,
        parts=(PromptPart(role="user", text=PROMPT),),
        sampling=Sampling(temperature=0.0, max_tokens=MAX_TOKENS),
    )
