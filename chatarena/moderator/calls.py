"""One call to a model on behalf of an agent: its request, and the record of how it went."""

from __future__ import annotations

from chatarena.arena.agent import PromptPart, Sampling
from chatarena.arena.events import Call
from chatarena.arena.session import Session
from chatarena.language_model.port import Completion, Request


def request_for(
    session: Session,
    label: str,
    parts: tuple[PromptPart, ...],
    shared: int,
    *,
    sampling: Sampling,
    schema: str = "",
    top_logprobs: int = 0,
    repetition: int = 0,
) -> Request:
    """A request of the agent `label`, with the session's seed and the agent's model."""
    return Request(
        model=session.commitment(label).agent.model,
        parts=parts,
        sampling=sampling,
        schema=schema,
        top_logprobs=top_logprobs,
        seed=session.head.seed,
        repetition=repetition,
        shared_parts=shared,
        lane=label,
    )


def call_record(request: Request, completion: Completion) -> Call:
    """What the log keeps of a call."""
    return Call(
        fingerprint=request.fingerprint(),
        requested_model=completion.requested_model,
        served_model=completion.served_model,
        finish_reason=completion.finish_reason,
        prompt_tokens=completion.prompt_tokens,
        completion_tokens=completion.completion_tokens,
        cost=completion.cost,
        first_token_seconds=completion.first_token_seconds,
        total_seconds=completion.total_seconds,
        attempts=completion.attempts,
        from_cache=completion.from_cache,
        fallback=completion.fallback,
    )
