"""A long table of what the participant did, in order: words, floors, ratings, precision, the choice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from chatarena.arena import events as ev
from chatarena.exchange.tables.columns import PLACE, At, Table, Told, column, number, present

# The facts that only a participant brings about, or a person at the program on her behalf.
ACTS: Final = (
    "participant_spoke",
    "floor_passed",
    "round_added",
    "rebuttal_asked",
    "ratings_given",
    "beliefs_given",
    "precision_set",
    "agent_selected",
    "choice_made",
    "revealed",
    "round_stopped",
    "debate_stopped",
    "session_left",
    "session_resumed",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActAt(At):
    """An act in its place; None and empty are what it has not."""

    round: int | None
    seconds: float | None
    agent: str = ""
    option: str = ""
    text: str = ""
    value: float | None = None


def _acts(session: Told) -> Iterator[ActAt]:
    round_ = 0
    for entry in session.entries:
        if isinstance(entry.event, ev.RoundOpened):
            round_ = entry.event.round
        if entry.event.kind in ACTS and not _by_budget(entry.event):
            yield _act(session, entry, round_)


def _by_budget(event: ev.Event) -> bool:
    return isinstance(event, ev.DebateStopped) and event.by == "budget"


def _act(session: Told, entry: ev.Entry, round_: int) -> ActAt:
    event = entry.event
    round_ = getattr(event, "round", round_)
    seconds: float | None = getattr(event, "seconds", None)
    match event:
        case ev.ParticipantSpoke():
            return ActAt(told=session, entry=entry, round=round_, seconds=None, agent=event.to, text=event.text)
        case ev.RebuttalAsked():
            return ActAt(told=session, entry=entry, round=round_, seconds=None, agent=event.agent, text=event.text)
        case ev.PrecisionSet():
            return ActAt(told=session, entry=entry, round=round_, seconds=None, value=event.precision)
        case ev.AgentSelected():
            return ActAt(told=session, entry=entry, round=round_, seconds=seconds, agent=event.agent)
        case ev.ChoiceMade():
            return ActAt(
                told=session, entry=entry, round=round_, seconds=seconds, option=event.option, value=event.confidence
            )
        case ev.DebateStopped() | ev.SessionLeft():
            return ActAt(told=session, entry=entry, round=round_, seconds=None, text=event.reason)
        case _:
            return ActAt(told=session, entry=entry, round=round_, seconds=seconds)


TABLE: Final[Table[ActAt]] = Table(
    name="acts",
    items=_acts,
    columns=(
        *PLACE,
        column("act", "text", f"what was done: {', '.join(ACTS)}", lambda at: at.entry.event.kind),
        column("round", "integer", "the latest round that had opened, 0 before the first", lambda at: at.round),
        column(
            "agent",
            "text",
            "label of the agent spoken to, asked for a rebuttal, or selected",
            lambda at: present(at.agent),
            missing="all agents, or none",
        ),
        column("option", "text", "id of the option chosen", lambda at: present(at.option), missing="not a choice"),
        column(
            "text",
            "words",
            "the participant's words; for a stop or a leave its reason",
            lambda at: present(at.text),
            missing="no words",
        ),
        column(
            "value",
            "number",
            "precision_set: the precision; choice_made: the confidence from 0 to 100",
            lambda at: number(at.value),
            unit="by act",
            missing="the act has none, or it was not said",
        ),
        column(
            "seconds",
            "number",
            "reaction time: from the question to the answer",
            lambda at: number(at.seconds),
            unit="seconds",
            missing="not measured",
        ),
    ),
)
