"""A model that only repeats what was recorded: zero calls, zero cost."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

from chatarena.errors import NotRecorded
from chatarena.language_model.port import Completion, Fragment, Request


def as_replayed(completion: Completion) -> Completion:
    """A completion as it comes out of a recording: marked so, with nothing spent and no time measured now.

    Text, token counts, models and log probabilities are those of the original; what it cost stays in the recording.
    """
    return replace(completion, from_cache=True, cost=0.0, first_token_seconds=None, total_seconds=None)


class RecordedModel:
    """Answers from recorded completions, found by the fingerprint of the request."""

    def __init__(self, replies: Mapping[str, Completion]) -> None:
        self._replies = dict(replies)

    async def stream(self, request: Request) -> AsyncIterator[Fragment | Completion]:
        """See the port.

        Raises:
            NotRecorded: the recording holds no reply to this request.
        """
        completion = self._replies.get(request.fingerprint())
        if completion is None:
            raise NotRecorded(
                f"the recording holds no reply of {request.model} to this prompt (repetition {request.repetition})",
                remedy="The prompt, the model or its sampling differs from the recorded session's."
                " Run it with a live model, or replay the session as it was.",
            )
        if completion.text:
            yield Fragment(text=completion.text)
        yield as_replayed(completion)
