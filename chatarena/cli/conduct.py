"""Conducts a session without a terminal UI: entries out as plain text, as JSON lines, or as one document at the end."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from contextlib import aclosing
from typing import Any

from chatarena.arena.events import Entry, Event, SessionClosed, SessionLeft, TurnMissed, TurnTaken
from chatarena.arena.session import Session, evolve, fold
from chatarena.cli.output import emit_json, json_line, narrate, say, tell
from chatarena.errors import PartialRefused
from chatarena.moderator.moderator import Moderator
from chatarena.moderator.world import Draft

FAILED, RETRYABLE = 1, 3


class Printer:
    """Prints a session as it happens. Law: stdout carries the data, stderr the progress."""

    def __init__(self, form: str) -> None:
        self._form = form
        self._session = Session()
        self._waiting: set[str] = set()
        self._weighing: set[str] = set()

    def known(self, entries: Iterable[Entry]) -> None:
        """Entries of an earlier run: folded, not printed."""
        self._session = fold(entry.event for entry in entries)

    def show(self, item: Entry | Draft) -> None:
        if isinstance(item, Draft):
            self._progress(item)
            return
        self._session = evolve(self._session, item.event)
        if self._form == "jsonl":
            say(json_line(item))
        elif self._form == "plain":
            from chatarena.report.plain import plain_lines

            for line in plain_lines(self._session, item.event):
                tell(line)
            sys.stdout.flush()
        if isinstance(item.event, TurnTaken | TurnMissed):
            self._waiting.discard(item.event.agent)

    def _progress(self, draft: Draft) -> None:
        """One line when an agent is asked, so that a slow model never looks like a dead one."""
        if draft.doing == "waiting" and draft.agent not in self._waiting:
            self._waiting.add(draft.agent)
            narrate(f"  ... {draft.agent} is thinking (round {draft.round})")
        elif draft.doing == "appraising" and self._session.turn(draft.agent, draft.round) is None:
            weighed = f"{draft.agent} {draft.round}"
            if weighed not in self._weighing:
                self._weighing.add(weighed)
                narrate(f"  ... {draft.agent} is weighing its aim (round {draft.round})")


async def conduct(
    moderator: Moderator,
    opening: tuple[Event, ...],
    form: str,
    *,
    earlier: Sequence[Entry] = (),
    refuse_partial: bool = False,
) -> int:
    """Run a session and print it; returns the exit code.

    Args:
        form: plain, jsonl or json.

    Raises:
        PartialRefused: somebody was not heard and the caller refuses partial results.
    """
    printer = Printer(form)
    printer.known(earlier)
    last: Event | None = None
    async with aclosing(moderator.run(opening)) as stream:
        async for item in stream:
            printer.show(item)
            if isinstance(item, Entry):
                last = item.event
    session = moderator.session
    if form == "json":
        closed = isinstance(last, SessionClosed)
        emit_json(summary(moderator), status="ok" if closed else "failed", warnings=_warnings(session))
    if refuse_partial and session.card is not None and session.card.status != "complete":
        names = ", ".join(f"{miss.agent} ({miss.reason})" for miss in session.card.missed)
        raise PartialRefused(f"not everybody was heard: {names}", remedy=f"chatarena resume {moderator.session_id}")
    return _exit_code(session, last, moderator.session_id)


def _exit_code(session: Session, last: Event | None, session_id: str) -> int:
    if isinstance(last, SessionLeft):
        narrate(f"chatarena: {last.reason}")
        narrate(f"  go on with: chatarena resume {session_id}")
        return RETRYABLE if any(miss.retryable for miss in session.missed) else FAILED
    return 0


def _warnings(session: Session) -> list[str]:
    missed = session.card.missed if session.card else ()
    return [f"not fully heard: {miss.agent} ({miss.reason})" for miss in missed]


def summary(moderator: Moderator) -> dict[str, Any]:
    """A finished session as one document: what was decided, what everybody said, claimed and wanted."""
    from dataclasses import asdict

    from chatarena.report.words import unmask

    session = moderator.session
    tokens, dollars = session.spent()
    return {
        "session": moderator.session_id,
        "decision": asdict(session.head.decision),
        "protocol": asdict(session.head.protocol),
        "settings": asdict(session.head.settings),
        "seed": session.head.seed,
        "turns": [asdict(turn) for turn in session.turns],
        "missed": [asdict(miss) for miss in session.missed],
        "claims": [asdict(claim) for claim in session.claims],
        "appraisals": [asdict(made) for made in session.appraisals],
        "forecast": asdict(session.forecast) if session.forecast else None,
        "card": asdict(session.card) if session.card else None,
        "choice": asdict(session.choice) if session.choice else None,
        "agents": [asdict(agent) for agent in unmask(session)] if session.revealed else [],
        "tokens": tokens,
        "dollars": dollars,
    }
