"""A recorded session as the widgets watch it: the counterpart of a live one, fed by the player."""

from __future__ import annotations

from collections import defaultdict

from chatarena.arena import events as ev
from chatarena.arena.session import Session
from chatarena.authoring.text import one_line
from chatarena.moderator.world import Draft
from chatarena.replay.player import Player
from chatarena.replay.timeline import Place
from chatarena.report.plain import plain_lines
from chatarena.tui.aftermath import Aftermath
from chatarena.tui.blocks import PARTICIPANT, Block
from chatarena.tui.participant import Desk
from chatarena.tui.reel import Reel
from chatarena.tui.scene import BUSY, Scene, look
from chatarena.tui.third_person import told_of
from chatarena.tui.wording import status

# Further on than this it is quicker to look up the place than to go there.
NEAR = 40


class Replayed:
    """What is seen of a session where the player stands. `follow` brings it there."""

    person = PARTICIPANT
    aftermath: Aftermath | None = None

    def __init__(self, reel: Reel, player: Player) -> None:
        self.reel, self.player = reel, player
        self.desk = Desk(self.clock)
        self.scene = Scene()
        self.entries: list[ev.Entry] = []
        self._pieces: defaultdict[str, list[str]] = defaultdict(list)
        self._shown = Place()
        # Who sits in the session is known before the first entry is shown: the lanes are laid out by it.
        self._head = reel.scene(1)
        self.restart()

    @property
    def session(self) -> Session:
        return self.scene.session

    @property
    def over(self) -> bool:
        return self.session.closed is not None

    def clock(self) -> float:
        """Playing time."""
        return self.player.place.seconds

    def drain(self, label: str) -> str:
        """The text of an agent that has come since the last call."""
        pieces = self._pieces.pop(label, None)
        return "".join(pieces) if pieces else ""

    def column(self) -> list[Block]:
        """All that was said so far, in the order of time."""
        return self.reel.column(self._shown.position)

    def follow(self) -> bool:
        """Go where the player is; True where it was not the way of time, so that all must be shown anew."""
        before, after = self._shown, self.player.place
        if after == before:
            return False
        on = after.seconds >= before.seconds and 0 <= after.position - before.position <= NEAR
        if not on or before.position == 0:
            self.restart()
            return True
        for seconds, item in self.reel.timeline.between(before, after):
            self._take(item, seconds)
        self._shown = after
        return False

    def restart(self) -> None:
        """Look up what there is where the player stands."""
        place = self.player.place
        self._shown = place
        self.scene = self.reel.scene(place.position) if place.position else self._head
        self.entries = list(self.reel.timeline.entries[: max(1, place.position)])
        self._pieces.clear()
        for draft in self.reel.timeline.standing(place):
            self._take(draft, place.seconds)

    def _take(self, item: ev.Entry | Draft, seconds: float) -> None:
        self.scene = look(self.scene, item, seconds)
        if isinstance(item, ev.Entry):
            self.entries.append(item)
            if isinstance(item.event, ev.TurnTaken | ev.TurnMissed):
                self._pieces.pop(item.event.agent, None)
        elif item.text:
            self._pieces[item.agent].append(item.text)

    # -- words -----------------------------------------------------------------------------------------------------

    def status(self) -> str:
        """What is going on: who is at work, else what comes next."""
        if self.over or self.scene.labels(*BUSY):
            return status(self.scene, None, self.clock())
        if self._shown.position >= len(self.reel.timeline.entries):
            return "Here the record ends."
        return awaited(self.reel.timeline.entries[self._shown.position].event, self.session.round)

    def told(self) -> str:
        """The latest of what the other widgets do not show, in one line; empty where there was none yet."""
        event = self.reel.told(self._shown.position)
        lines = plain_lines(self.session, event) if event is not None else ()
        first, *rest = [line for line in map(one_line, lines) if line] or [""]
        return " · ".join([told_of(first, self.person), *rest])


def awaited(event: ev.Event, round_: int) -> str:
    """What it is that comes next, while nobody is at work."""
    match event:
        case ev.TurnTaken() | ev.TurnMissed():
            return f"{one_line(event.agent)} is about to speak."
        case ev.RoundOpened():
            return f"Round {event.round} is about to begin."
        case _ if isinstance(event, _ON_THE_FLOOR):
            return (
                f"The participant has the floor after round {round_}." if round_ else "The participant has the floor."
            )
        case _:
            return _AWAITED.get(event.kind, "…")


_ON_THE_FLOOR = (
    ev.FloorPassed,
    ev.ParticipantSpoke,
    ev.RoundAdded,
    ev.RebuttalAsked,
    ev.PrecisionSet,
    ev.DebateStopped,
)
_AWAITED = {
    "ratings_given": "The participant rates the options.",
    "beliefs_given": "The participant says how likely each is.",
    "agent_selected": "The participant says whose advice she would take.",
    "choice_made": "The participant chooses.",
    "session_resumed": "Here the session was left; later it went on.",
}
