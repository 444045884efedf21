"""Second chances: retries with jitter, a limit on calls at once per provider, and a fallback model that says so.

Law: no text is ever shown twice. A call is repeated only while nothing of its reply has been shown; after that its
failure is the caller's, with the partial text.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace

from chatarena.errors import ModelError, RateLimited, ReplyTimedOut
from chatarena.language_model.port import Completion, Fragment, LanguageModel, Request
from chatarena.language_model.providers import EMBEDDED, provider_of
from chatarena.language_model.streams import Piece, opened

# The embedded runtime has four slots; a local server works through its queue one or two at a time, and a request
# that waits there would only run into its timeout.
DEFAULT_LIMIT = 32
DEFAULT_LIMITS: Mapping[str, int] = {EMBEDDED: 4, "ollama": 2, "ollama_chat": 2, "lm_studio": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often and how soon a failed call is repeated; times in seconds.

    The n-th wait is uniform on [0, min(cap, base 2^n)] ("full jitter", Brooker, AWS Architecture Blog 2015), on top
    of Retry-After where the provider gave one. A Retry-After beyond `longest_wait` ends the attempts: nobody watches
    a silent screen that long. A reply that timed out is repeated once at most, because every try costs that time.
    """

    max_attempts: int = 3
    timeout_attempts: int = 2
    base: float = 0.5
    cap: float = 20.0
    longest_wait: float = 60.0

    def wait(self, attempt: int, error: ModelError, jitter: Callable[[], float]) -> float | None:
        """Seconds before the next attempt after this one (counted from 1) failed; None for no further attempt."""
        most = self.timeout_attempts if isinstance(error, ReplyTimedOut) else self.max_attempts
        asked = error.retry_after or 0.0
        if not error.retryable or attempt >= min(most, self.max_attempts) or asked > self.longest_wait:
            return None
        return asked + jitter() * min(self.cap, self.base * 2.0**attempt)


@dataclass(slots=True)
class _Progress:
    """How often a request was tried, and whether any of its reply has been shown."""

    attempts: int = 0
    shown: bool = False


class Resilient:
    """The same model with second chances.

    Args:
        model: what is called.
        jitter: draws from [0, 1), for example `numpy.random.Generator.random`.
        policy: how failed calls are repeated.
        limits: calls at once by provider; others get `default_limit`.
        fallbacks: which model answers instead when one has failed for good, by name.
        sleep: waits that many seconds.
        clock: monotonic seconds, to hold a whole provider back after its Retry-After.
    """

    def __init__(
        self,
        model: LanguageModel,
        *,
        jitter: Callable[[], float],
        policy: RetryPolicy | None = None,
        limits: Mapping[str, int] = DEFAULT_LIMITS,
        default_limit: int = DEFAULT_LIMIT,
        fallbacks: Mapping[str, str] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._model, self._jitter, self._sleep, self._clock = model, jitter, sleep, clock
        self._policy = policy if policy is not None else RetryPolicy()
        self._limits, self._default_limit = dict(limits), default_limit
        self._fallbacks = dict(fallbacks or {})
        self._gates: dict[str, asyncio.Semaphore] = {}
        self._not_before: dict[str, float] = {}

    async def stream(self, request: Request) -> AsyncIterator[Fragment | Completion]:
        """See the port; the completion says how many attempts it took and whether a fallback answered.

        Raises:
            ModelError: of the last attempt; of the requested model where its fallback failed too.
        """
        progress = _Progress()
        failures: list[ModelError] = []
        for model in self._candidates(request.model):
            try:
                async with aclosing(self._persist(replace(request, model=model), progress)) as pieces:
                    async for piece in pieces:
                        yield piece if model == request.model else _as_fallback(piece, request.model, model)
                return
            except ModelError as error:
                if progress.shown:
                    raise
                failures.append(error)
        raise failures[0] from failures[-1]

    def _candidates(self, model: str) -> tuple[str, ...]:
        return (model, self._fallbacks[model]) if model in self._fallbacks else (model,)

    async def _persist(self, request: Request, progress: _Progress) -> AsyncGenerator[Piece, None]:
        """Tries until it works, until something has been shown, or until the policy gives up."""
        for number in itertools.count(1):
            progress.attempts += 1
            try:
                async with aclosing(self._attempt(request, progress)) as pieces:
                    async for piece in pieces:
                        yield piece
                return
            except ModelError as error:
                wait = None if progress.shown else self._policy.wait(number, error, self._jitter)
                if wait is None:
                    raise
                self._hold_back(request.model, error)
            await self._sleep(wait)

    async def _attempt(self, request: Request, progress: _Progress) -> AsyncGenerator[Piece, None]:
        waits = self._must_wait(request.model)
        if waits:
            yield Fragment(text="", stage="queued")
        async with self._place(request.model), opened(self._model, request) as stream:
            if waits:
                yield Fragment(text="", stage="called")
            async for piece in stream:
                if isinstance(piece, Completion):
                    piece = replace(piece, attempts=progress.attempts)
                elif piece.text:
                    progress.shown = True
                yield piece

    def _must_wait(self, model: str) -> bool:
        """Whether the provider has no place now, or may not be called yet."""
        provider = provider_of(model)
        gate = self._gates.get(provider)
        return (gate is not None and gate.locked()) or self._not_before.get(provider, 0.0) > self._now()

    @asynccontextmanager
    async def _place(self, model: str) -> AsyncIterator[None]:
        """One of the provider's places, once it may be called again."""
        provider = provider_of(model)
        if provider not in self._gates:
            self._gates[provider] = asyncio.Semaphore(self._limits.get(provider, self._default_limit))
        async with self._gates[provider]:
            if (wait := self._not_before.get(provider, 0.0) - self._now()) > 0:
                # Those who waited must not all come back in the same instant.
                await self._sleep(wait + self._jitter() * self._policy.base)
            yield

    def _hold_back(self, model: str, error: ModelError) -> None:
        """After "too many requests" nobody calls the provider before the time it named."""
        if isinstance(error, RateLimited) and error.retry_after:
            provider = provider_of(model)
            self._not_before[provider] = max(self._not_before.get(provider, 0.0), self._now() + error.retry_after)

    def _now(self) -> float:
        return asyncio.get_running_loop().time() if self._clock is None else self._clock()


def _as_fallback(piece: Piece, requested: str, model: str) -> Piece:
    if isinstance(piece, Fragment):
        return piece
    return replace(piece, requested_model=requested, served_model=piece.served_model or model, fallback=True)
