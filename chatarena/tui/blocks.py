"""What stands in an agent's lane, or in the one column of all: pieces of the talk, made from events.

Law: nothing an agent hides enters here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from chatarena.arena import events as ev
from chatarena.arena.audience import audience, participant_sees
from chatarena.arena.decision import Decision
from chatarena.authoring.text import clean, one_line

Kind = Literal["round", "speaker", "speech", "claims", "person", "note"]
YOU, PARTICIPANT = "you", "the participant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A labelled number of 0 to 100; None is missing."""

    label: str
    value: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One piece of a lane. `speech` is Markdown; everything else is plain text. `claims` carries rows.

    `who` says whose words a `person` block holds, and to whom where that is not plain from the place.
    """

    kind: Kind
    text: str = ""
    rows: tuple[Row, ...] = ()
    who: str = ""


def blocks(event: ev.Event, label: str, decision: Decision, *, person: str = YOU) -> tuple[Block, ...]:
    """What an event adds to the lane of the agent `label`.

    Args:
        person: what the participant is called.
    """
    if not participant_sees(audience(event), revealed=False):
        return ()
    match event:
        case ev.RoundOpened() if label in event.order:
            return (Block(kind="round", text=f"Round {event.round}"),)
        case ev.TurnTaken(agent=agent) if agent == label:
            return _turn(event)
        case ev.TurnMissed(agent=agent) if agent == label:
            return _missed(event)
        case ev.ClaimMade(agent=agent) if agent == label:
            return (_claims(event, decision),)
        case ev.ParticipantSpoke() if event.to in ("", label):
            return (Block(kind="person", text=one_line(event.text), who=person),)
        case ev.RebuttalAsked():
            return (Block(kind="person", text=one_line(event.text), who=person),)
        case _:
            return ()


def told_in_order(event: ev.Event, decision: Decision, *, person: str = YOU) -> tuple[Block, ...]:
    """What an event adds to the column in which all speak, one below the other as it happened."""
    if not participant_sees(audience(event), revealed=False):
        return ()
    match event:
        case ev.RoundOpened():
            return (Block(kind="round", text=f"Round {event.round}"),)
        case ev.TurnTaken() | ev.TurnMissed():
            return (Block(kind="speaker", text=event.agent), *blocks(event, event.agent, decision))
        case ev.ClaimMade():
            made = _claims(event, decision)
            return (replace(made, text=f"{event.agent} {made.text}"),)
        case ev.ParticipantSpoke():
            who = f"{person} to {event.to}" if event.to else person
            return (Block(kind="person", text=one_line(event.text), who=who),)
        case ev.RebuttalAsked():
            return blocks(event, event.agent, decision, person=person)
        case _:
            return ()


def _turn(event: ev.TurnTaken) -> tuple[Block, ...]:
    text = clean(event.text)
    speech = (Block(kind="speech", text=text),) if text.strip() else ()
    if event.status == "complete":
        return speech
    return (*speech, Block(kind="note", text="cut off here" if speech else "cut off before the first word"))


def _missed(event: ev.TurnMissed) -> tuple[Block, ...]:
    partial = clean(event.partial)
    speech = (Block(kind="speech", text=partial),) if partial.strip() else ()
    how = "skipped" if event.cause == "skipped" else f"not heard: {one_line(event.reason)}"
    return (*speech, Block(kind="note", text=how))


@lru_cache(maxsize=64)
def _named(label: str) -> str:
    """An option's label in one line; a long session asks ten thousand times for the same few."""
    return one_line(label)


def _claims(event: ev.ClaimMade, decision: Decision) -> Block:
    values = {rating.option: rating.value for rating in event.ratings}
    if all(value is None for value in values.values()):
        why = next((rating.absence for rating in event.ratings if rating.absence), "no number could be read")
        return Block(kind="note", text=f"claims nothing: {one_line(why)}")
    rows = tuple(Row(label=_named(option.label), value=values.get(option.id)) for option in decision.options)
    return Block(kind="claims", text="says they are worth", rows=rows)
