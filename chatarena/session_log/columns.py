"""What the tables say beside the events themselves: every denormalised scalar is read off an event here, once."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from chatarena.arena import events as ev
from chatarena.arena.audience import audience
from chatarena.arena.decision import Decision
from chatarena.session_log.listing import Status

MAX_TITLE = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Something a person may look for: who said it and when; `kind` is decision, turn or participant."""

    kind: Literal["decision", "turn", "participant"]
    speaker: str
    round: int
    text: str


def utc_text(at: float) -> str:
    """UTC seconds as ISO-8601 text of fixed width, so that text order is time order.

    Raises:
        ValueError: not a time between the years 1 and 9999.
    """
    try:
        moment = datetime.fromtimestamp(at, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise ValueError(f"not a time in seconds since 1970: {at!r}") from error
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def agent_of(event: ev.Event) -> str | None:
    """The label of the agent an event is about, where it is about one."""
    if isinstance(event, ev.AgentCommitted):
        return event.commitment.agent.label
    label: str | None = getattr(event, "agent", None)
    return label


def entry_row(entry: ev.Entry, body: str) -> tuple[object, ...]:
    """A row of `entries`; `body` is the text of the entry's event."""
    event = entry.event
    return (
        entry.session,
        entry.seq,
        utc_text(entry.at),
        entry.at,
        entry.elapsed,
        event.kind,
        audience(event),
        agent_of(event),
        getattr(event, "round", None),
        body,
    )


def session_row(session: str, at: float, opened: ev.SessionOpened) -> tuple[object, ...]:
    """A row of `sessions` up to and including `participant`."""
    when = utc_text(at)
    models = sorted({face.model for face in opened.faces})
    return (
        session,
        title_of(opened.decision),
        opened.decision.question,
        "open",
        when,
        when,
        opened.version,
        opened.seed,
        opened.protocol.name,
        opened.cast,
        json.dumps([face.label for face in opened.faces], ensure_ascii=False),
        json.dumps(models, ensure_ascii=False),
        int(opened.settings.participant),
    )


def title_of(decision: Decision) -> str:
    """The question on one line of at most 80 characters."""
    line = " ".join(decision.question.split())
    return line if len(line) <= MAX_TITLE else line[: MAX_TITLE - 1].rstrip() + "…"


def status_after(event: ev.Event) -> Status | None:
    """The session's status after this event, where the event changes it."""
    match event:
        case ev.SessionOpened() | ev.SessionResumed() | ev.SessionForked():
            return "open"
        case ev.SessionLeft():
            return "left"
        case ev.SessionClosed():
            return event.status
        case _:
            return None


def lineage_after(event: ev.Event) -> tuple[str, str] | None:
    """Where the session comes from (fork, rerun, or the importer's format) and its parent, where the event says so."""
    match event:
        case ev.SessionForked():
            return "fork", event.parent
        case ev.SessionRerun():
            return "rerun", event.parent
        case ev.SessionImported():
            return event.format, ""
        case _:
            return None


def words_of(event: ev.Event) -> Words | None:
    """What can be searched for in an event: the decision, a turn, the participant's words.

    Texts are brought to Unicode form C, so that a letter typed with a combining accent finds the composed one; what was
    said stands unchanged in the entry.
    """
    match event:
        case ev.SessionOpened():
            return Words(kind="decision", speaker="", round=0, text=_composed(_decision_text(event.decision)))
        case ev.TurnTaken():
            return Words(kind="turn", speaker=event.agent, round=event.round, text=_composed(event.text))
        case ev.ParticipantSpoke() | ev.RebuttalAsked():
            return Words(kind="participant", speaker="", round=event.round, text=_composed(event.text))
        case _:
            return None


def _decision_text(decision: Decision) -> str:
    options = [text for option in decision.options for text in (option.label, option.detail) if text]
    return "\n".join([decision.question, *([decision.context] if decision.context else []), *options])


def _composed(text: str) -> str:
    # SQLite's LIKE stops reading at a zero byte.
    return unicodedata.normalize("NFC", text.replace("\0", " "))
