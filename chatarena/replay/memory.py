"""What a recorded session knows already: how a call ended whose requests would be the very same."""

from __future__ import annotations

from collections.abc import Iterable

from chatarena.arena.events import AppraisalMade, ClaimMade, Entry, TurnTaken
from chatarena.arena.moves import CallMove
from chatarena.arena.session import Session
from chatarena.replay.requests import Outcome, agrees, as_recalled, derived, move_of


class Memory:
    """The outcomes of a recorded session by the fingerprints of their requests; `recall` fits `World.recall`."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._known: dict[tuple[type, str], list[Outcome]] = {}
        self.recalled = 0
        for entry in entries:
            event, move = entry.event, move_of(entry.event)
            if isinstance(event, TurnTaken | ClaimMade | AppraisalMade) and move is not None:
                self._known.setdefault((type(move), move.agent), []).append(event)

    def recall(self, session: Session, move: CallMove) -> Outcome | None:
        """How this call ended before, None where it was never made in just this way."""
        candidates = self._known.get((type(move), move.agent), ())
        wanted = derived(session, move) if candidates else ()
        for event in candidates:
            if agrees(wanted, event):
                self.recalled += 1
                return as_recalled(event, move)
        return None
