"""The port: what is asked of a language model and what comes back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from typing import Literal, Protocol

from chatarena.arena.agent import PromptPart, Sampling


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call.

    `schema` is a JSON Schema as text: the reply must be one JSON document that satisfies it. `top_logprobs` asks for
    that many alternatives, with log probabilities, of the reply's first token. `repetition` tells apart calls that
    are otherwise the same. `seed` reaches providers that accept one. `shared_parts` is how many of the leading parts
    this call has in common with the other calls of its round; it is a hint for prefix reuse and not part of the
    fingerprint. `lane` names the speaker so that a local model can keep one cache slot per agent; likewise a hint.
    """

    model: str
    parts: tuple[PromptPart, ...]
    sampling: Sampling
    schema: str = ""
    top_logprobs: int = 0
    seed: int | None = None
    repetition: int = 0
    shared_parts: int = 0
    lane: str = ""

    def fingerprint(self) -> str:
        """sha256 of everything that may change the reply, as canonical JSON."""
        body = asdict(self)
        del body["shared_parts"], body["lane"]
        text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """Text that has just arrived; an empty one is a sign of life from a model that is still thinking.

    `stage` says of an empty one what the call is at: queued while the provider has no place for it, called from then.
    """

    text: str
    stage: Literal["", "queued", "called"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """A finished reply and what is known of how it was made; None is unknown, never zero.

    `finish_reason` is the provider's ("stop", "length", "content_filter", ...). `top_logprobs` holds, for the first
    generated token, (token, natural log probability) pairs, best first. `cost` is in US dollars.
    """

    text: str
    finish_reason: str
    requested_model: str
    served_model: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: float | None = None
    first_token_seconds: float | None = None
    total_seconds: float | None = None
    attempts: int = 1
    from_cache: bool = False
    fallback: bool = False
    top_logprobs: tuple[tuple[str, float], ...] = ()


class LanguageModel(Protocol):
    """Anything that answers requests: LiteLLM, the embedded model, a script, a recording.

    `stream` yields fragments and last of all exactly one completion whose text is the fragments joined. It raises a
    `ModelError` where the call failed. Closing the iterator (or cancelling the task) stops the generation.
    """

    def stream(self, request: Request) -> AsyncIterator[Fragment | Completion]: ...
