"""One agent's turn: the stream while it arrives, and the fact that is left of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from chatarena.arena.audience import PUBLIC, only
from chatarena.arena.events import TurnMissed, TurnTaken
from chatarena.arena.moves import Speak
from chatarena.arena.session import Session
from chatarena.arena.transcript import heard, prompt, turn_purpose
from chatarena.authoring.text import clean
from chatarena.errors import ModelError
from chatarena.language_model.port import Completion, Fragment, LanguageModel, Request
from chatarena.language_model.streams import opened
from chatarena.moderator.calls import call_record, request_for
from chatarena.moderator.world import Doing, Draft

_SENTENCE_END = re.compile(r"[.!?…。！？؟]['\"”’»)\]]*(?=\s|$)|[。！？]")
# A cut that would throw away more than this share of the text is worse than a ragged end.
KEEP_SHARE = 0.5


async def speak(
    models: LanguageModel, session: Session, move: Speak, show: Callable[[Draft], None]
) -> TurnTaken | TurnMissed:
    """Let an agent argue; the text is shown as it comes.

    Cancelling keeps what has been said as an interrupted turn. A failed call after some text keeps that text with
    the failure.
    """
    request = turn_request(session, move)
    said: list[str] = []
    completion: Completion | None = None
    show(Draft(agent=move.agent, round=move.round, doing="waiting"))
    try:
        async with opened(models, request) as stream:
            async for item in stream:
                if isinstance(item, Fragment) and item.stage:
                    doing: Doing = "queued" if item.stage == "queued" else "waiting"
                    show(Draft(agent=move.agent, round=move.round, doing=doing))
                elif isinstance(item, Fragment):
                    said.append(item.text)
                    show(Draft(agent=move.agent, round=move.round, doing="speaking", text=item.text))
                else:
                    completion = item
    except asyncio.CancelledError:
        return interrupted(session, move, "".join(said))
    except ModelError as error:
        return _missed(move, error, "".join(said))
    if completion is None or not clean(completion.text).strip():
        return TurnMissed(
            agent=move.agent,
            round=move.round,
            cause="failed",
            reason="the model returned no text",
            error="EmptyReply",
            retryable=True,
        )
    return _taken(session, move, request, completion)


def turn_request(session: Session, move: Speak) -> Request:
    """The request for a turn."""
    purpose = turn_purpose(heard(session, move.agent, move.round), move.agent)
    parts, shared = prompt(session, move.agent, move.round, purpose)
    sampling = session.commitment(move.agent).agent.sampling
    return request_for(session, move.agent, parts, shared, sampling=sampling)


def _taken(session: Session, move: Speak, request: Request, completion: Completion) -> TurnTaken:
    text, trimmed = own_words(clean(completion.text), session.labels), False
    if completion.finish_reason == "length":
        text, trimmed = trim_end(text)
    return TurnTaken(
        agent=move.agent,
        round=move.round,
        text=text,
        audience=_audience(session, move.agent),
        trimmed=trimmed,
        call=call_record(request, completion),
    )


def interrupted(session: Session, move: Speak, text: str) -> TurnTaken:
    """The fact of a turn that was cut off, with what had been said."""
    return TurnTaken(
        agent=move.agent,
        round=move.round,
        text=clean(text).strip(),
        status="interrupted",
        audience=_audience(session, move.agent),
    )


def _missed(move: Speak, error: ModelError, partial: str) -> TurnMissed:
    return TurnMissed(
        agent=move.agent,
        round=move.round,
        cause="failed",
        reason=error.message,
        error=type(error).__name__,
        partial=clean(partial or error.partial),
        retryable=error.retryable,
    )


def _audience(session: Session, label: str) -> str:
    return only(label) if session.head.protocol.name == "one_on_one" else PUBLIC


def own_words(text: str, labels: tuple[str, ...]) -> str:
    """A text without what some models copy from the way they were told of others: name, quotes, public ratings."""
    names = "|".join(re.escape(label) for label in labels)
    text = re.sub(rf"^[-\s]*\**(?:{names})\**(?: \(round \d+\))?(?: said)?:\**\s*", "", text)
    text = text.partition("(and rates in public:")[0].strip()
    # Quotes around the whole, or one left over at its end, are not the speaker's; quotes within are.
    if text.count('"') == 1 or (text.startswith('"') and text.endswith('"') and text.count('"') == 2):
        text = text.strip('"').strip()
    return text


def trim_end(text: str) -> tuple[str, bool]:
    """A text that ran into its length limit, cut back to its last whole sentence; and whether it was cut."""
    ends = [found.end() for found in _SENTENCE_END.finditer(text)]
    if not ends or ends[-1] < KEEP_SHARE * len(text) or ends[-1] == len(text):
        return text, False
    return text[: ends[-1]], True
