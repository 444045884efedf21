"""The making of an imported session: opening, the account of where it comes from, the agents, then what happened.

Laws: entries stand in the order of the source; the clock never runs backwards; what the source gives no time for stands
at the time of the entry before it, and wherever that changed a time a remark says so.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from chatarena.arena import events as ev
from chatarena.arena.agent import Agent, Commitment, RulePart, Sampling
from chatarena.arena.decision import MAX_QUESTION, Decision
from chatarena.arena.opening import fingerprint
from chatarena.arena.protocol import Protocol, ProtocolName
from chatarena.arena.settings import Settings
from chatarena.errors import SourceDamaged
from chatarena.exchange.importing import ImportedSession, Source, session_id

# What a human speaker, or a model nothing is known of, was sampled with: nothing here is a claim about it.
UNKNOWN_SAMPLING: Final = Sampling(temperature=None, max_tokens=0)
# The years 1 to 9999, which every calendar and database column can hold.
_EARLIEST, _LATEST = -62_135_596_800.0, 253_402_300_799.0
_HEADLINE = 200


class Account:
    """A session in the making. Seat agents, add what happened in order, then `end` it."""

    def __init__(
        self,
        source: Source,
        *,
        format: str,
        key: str,
        decision: Decision,
        at: float | None,
        reading: int = 1,
        protocol: ProtocolName = "round_robin",
        participant: bool = True,
    ) -> None:
        """Begin a session.

        Args:
            key: which record of the source this is.
            at: when it began, UTC seconds; None where the source does not say.
            reading: number of the way in which the importer reads its format; a new way gives new sessions.
            participant: whether there is somebody who listens and may speak.
        """
        self._source, self._format, self._key, self._reading = source, format, key, reading
        self._decision, self._protocol, self._participant = decision, protocol, participant
        self._agents: dict[str, tuple[Agent, tuple[RulePart, ...]]] = {}
        self._events: list[tuple[float, ev.Event]] = []
        self._orders: list[list[str]] = []
        self._spoke: set[str] = set()
        self._remarks: list[str] = []
        self._moved = 0
        self._timed = at is not None
        self._start = self._now = 0.0 if at is None else checked_time(at)

    # -- who -------------------------------------------------------------------------------------------------------

    def seat(
        self,
        label: str,
        *,
        name: str = "",
        model: str,
        objective: str = "",
        favours: str = "",
        tags: Iterable[str] = (),
        prompt: str = "",
        sampling: Sampling = UNKNOWN_SAMPLING,
    ) -> str:
        """Seat an agent, once for every label, and return the label.

        Args:
            name: made unique by its label where two agents share it.
            prompt: the system prompt, where the source holds it.
        """
        if label not in self._agents:
            taken = {agent.name for agent, _ in self._agents.values()}
            called = name or label
            agent = Agent(
                name=f"{called} ({label})" if called in taken else called,
                label=label,
                objective=objective,
                model=model,
                favours=favours,
                tags=tuple(tags),
                sampling=sampling,
            )
            self._agents[label] = agent, (RulePart(purpose="brief", text=prompt),) if prompt else ()
        return label

    # -- what ------------------------------------------------------------------------------------------------------

    @property
    def round(self) -> int:
        """The latest round; 0 before the first."""
        return len(self._orders)

    @property
    def began(self) -> bool:
        """Whether anything has happened yet."""
        return bool(self._events)

    @property
    def now(self) -> float:
        """The time of the latest entry."""
        return self._now

    def open_round(self, order: Iterable[str] = ()) -> int:
        """Open the next round and return its number.

        Args:
            order: who was to speak; whoever speaks without having been named joins at the end.
        """
        self._orders.append(list(order))
        self._spoke = set()
        self.add(ev.RoundOpened(round=len(self._orders), order=()))
        return len(self._orders)

    def turn(self, label: str, text: str, at: float | None = None, *, call: ev.Call | None = None) -> None:
        """An agent spoke: in the current round, or in a new one where it has spoken in that already."""
        if not self._orders or label in self._spoke:
            self.open_round()
        self._spoke.add(label)
        if label not in self._orders[-1]:
            self._orders[-1].append(label)
        self.add(ev.TurnTaken(agent=label, round=self.round, text=text, call=call), at)

    def miss(self, label: str, reason: str, at: float | None = None) -> None:
        """An agent was to speak in the current round and there is nothing of it in the source."""
        if not self._orders or label in self._spoke:
            self.open_round()
        self._spoke.add(label)
        if label not in self._orders[-1]:
            self._orders[-1].append(label)
        self.add(ev.TurnMissed(agent=label, round=self.round, cause="failed", reason=reason), at)

    def say(self, text: str, at: float | None = None) -> None:
        """The participant said something; who speaks next does so in a new round."""
        self.add(ev.ParticipantSpoke(text=text, round=self.round), at)
        self._spoke = set(self._agents)

    def add(self, event: ev.Event, at: float | None = None) -> None:
        """Something happened.

        Args:
            at: when, UTC seconds; None where the source does not say.
        """
        if at is not None:
            at = checked_time(at)
            if not self._timed:
                # What came before the first time that the source gives stands at that time.
                self._start = self._now = at
                self._events = [(at, earlier) for _, earlier in self._events]
                self._timed = True
            self._moved += at < self._now
            self._now = max(self._now, at)
        self._events.append((self._now, event))

    def remark(self, text: str) -> None:
        """Say how something was read that could be read in several ways; once."""
        if text and text not in self._remarks:
            self._remarks.append(text)

    def asks(self, text: str) -> bool:
        """Whether a text is the decision's question, word for word."""
        return text in (self._decision.question, self._decision.context)

    # -- the end ---------------------------------------------------------------------------------------------------

    def end(
        self,
        status: str = "complete",
        *,
        at: float | None = None,
        record: object,
        unmapped: Iterable[ev.Unmapped] = (),
        name: str = "",
        tags: Iterable[str] = (),
        counts: Mapping[str, int] | None = None,
    ) -> ImportedSession:
        """Close the session and number its entries.

        Args:
            status: complete, or partial where the source breaks off.
            at: when it ended, where the source says that.
            record: what the session was read from, as JSON: another record is another session.
        """
        self.add(ev.SessionClosed(status="complete" if status == "complete" else "partial"), at)
        self._closing_remarks()
        session = session_id(self._start, self._format, self._reading, self._key, record)
        timed = [(self._start, event) for event in self._opening(tuple(unmapped))]
        timed += [(at, self._settled(event)) for at, event in self._events]
        entries = tuple(
            ev.Entry(session=session, seq=seq, at=at, elapsed=at - self._start, event=event)
            for seq, (at, event) in enumerate(timed)
        )
        return ImportedSession(
            id=session, entries=entries, name=name, tags=tuple(tags), counts=tuple((counts or {}).items())
        )

    def _closing_remarks(self) -> None:
        if not self._timed:
            self.remark("The source gives no times: every entry stands at the beginning of 1970.")
        if self._moved:
            entries = "1 entry" if self._moved == 1 else f"{self._moved} entries"
            self.remark(
                f"The order is the source's own. By its clock {entries} came earlier than what stands before; each"
                " stands at the time of the entry before it."
            )
        if self._source.mended:
            self.remark(f"The file held {self._source.mended} halves of characters, which were replaced by \ufffd.")

    def _opening(self, unmapped: tuple[ev.Unmapped, ...]) -> tuple[ev.Event, ...]:
        seats = [
            Commitment(agent=agent, rule=rule, fingerprint=fingerprint(agent, rule))
            for agent, rule in self._agents.values()
        ]
        opened = ev.SessionOpened(
            version=f"{self._format} {self._reading}",
            decision=self._decision,
            faces=tuple(
                ev.Face(label=made.agent.label, model=made.agent.model, fingerprint=made.fingerprint) for made in seats
            ),
            protocol=Protocol(name=self._protocol, rounds=max(1, self.round), shuffle=False),
            settings=Settings(appraise=(), participant=self._participant),
            seed=0,
        )
        imported = ev.SessionImported(
            format=self._format,
            source=self._source.name,
            key=self._key,
            sha256=self._source.sha256,
            remarks=tuple(self._remarks),
            unmapped=unmapped,
        )
        return (opened, imported, *(ev.AgentCommitted(commitment=made) for made in seats))

    def _settled(self, event: ev.Event) -> ev.Event:
        """A round's opening names all who spoke in it, which is known at the end only."""
        if not isinstance(event, ev.RoundOpened):
            return event
        return replace(event, order=tuple(self._orders[event.round - 1]))


def checked_time(at: float) -> float:
    """A time that the log can hold.

    Raises:
        SourceDamaged: it is before the year 1 or after the year 9999.
    """
    if not _EARLIEST <= at <= _LATEST:
        raise SourceDamaged(f"holds the time {at!r}, which is not in seconds since 1970 in any year up to 9999")
    return at


def moment(text: str) -> float | None:
    """UTC seconds of an ISO-8601 date or time, in UTC where it names no zone; None where it is neither."""
    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    at = (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
    return at if _EARLIEST <= at <= _LATEST else None


def asked(text: str) -> tuple[str, str]:
    """What somebody asked, as a question and its context: a long text is the context, its beginning the question."""
    if len(text) <= MAX_QUESTION:
        return text, ""
    line = " ".join(text[: 4 * _HEADLINE].split())[:_HEADLINE].rstrip()
    return f"{line}…", text


def plain_decision(text: str, *, missing: str = "(The source holds no question.)") -> Decision:
    """A decision without options: a plain talk about something."""
    question, context = asked(text if text.strip() else missing)
    return Decision(question=question, options=(), context=context)


def called(name: str, arguments: Any) -> str:
    """A call of a tool as it stands within a turn."""
    return f"[calls {name} {json.dumps(arguments, ensure_ascii=False)}]"


def numbered(name: str, taken: Container[str]) -> str:
    """The name, with a number behind it where it is taken."""
    found, number = name, 2
    while found in taken:
        found, number = f"{name} ({number})", number + 1
    return found
