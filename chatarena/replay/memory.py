"""What a recorded session knows already: how a call ended whose requests would be the very same."""

from __future__ import annotations

from collections.abc import Iterable

from chatarena.arena.events import AppraisalMade, ClaimMade, Entry, TurnTaken
from chatarena.arena.moves import CallMove
from chatarena.arena.session import Session
from chatarena.replay.requests import Outcome, as_recalled, derived, move_of, recorded


class Memory:
    """The outcomes of a recorded session by the fingerprints of their requests; `recall` fits `World.recall`."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._known: dict[tuple[type, str, tuple[str, ...]], Outcome] = {}
        self.recalled = 0
        for entry in entries:
            event = entry.event
            if isinstance(event, TurnTaken | ClaimMade | AppraisalMade) and (move := move_of(event)) is not None:
                made = recorded(event)
                if made:
                    self._known.setdefault((type(move), move.agent, made), event)

    def recall(self, session: Session, move: CallMove) -> Outcome | None:
        """How this call ended before, None where it was never made in just this way."""
        event = self._known.get((type(move), move.agent, derived(session, move)))
        if event is None:
            return None
        self.recalled += 1
        return as_recalled(event, move)
