"""One session as the screens hold it: what there is to see, the text not yet painted, and who runs it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Protocol

from chatarena.arena.events import Entry, TurnMissed, TurnTaken
from chatarena.arena.session import Session
from chatarena.moderator.moderator import Moderator
from chatarena.moderator.world import Draft
from chatarena.tui.aftermath import Aftermath
from chatarena.tui.blocks import YOU, Block, told_in_order
from chatarena.tui.participant import Desk
from chatarena.tui.ports import Run
from chatarena.tui.scene import Scene, look
from chatarena.tui.wording import status


class Watched(Protocol):
    """What widgets read of a session on the screen, whether it is running or played once more.

    `clock` is in seconds and goes on while the session does. `drain` is the text of an agent that has come since the
    last call. `column` is what stands in the one column of all. `status` says what is going on now, in one line.
    `desk` is where questions to the participant arrive.
    `person` is what the participant is called: you, where she sits in front of the screen. `aftermath` is what can be
    done with it once it is over.
    """

    @property
    def person(self) -> str: ...

    @property
    def aftermath(self) -> Aftermath | None: ...

    @property
    def scene(self) -> Scene: ...

    @property
    def session(self) -> Session: ...

    @property
    def entries(self) -> Sequence[Entry]: ...

    @property
    def over(self) -> bool: ...

    @property
    def desk(self) -> Desk: ...

    @property
    def clock(self) -> Callable[[], float]: ...

    def drain(self, label: str) -> str: ...

    def column(self) -> Sequence[Block]: ...

    def status(self) -> str: ...


class Live:
    """A session on the screen. Items of the stream go in by `take`; screens read `scene`, `entries` and `pieces`."""

    person = YOU

    def __init__(self, run: Run, desk: Desk, clock: Callable[[], float]) -> None:
        self.moderator: Moderator = run.moderator
        self.aftermath = run.aftermath
        self.desk = desk
        self.clock = clock
        self.scene = Scene()
        self.entries: list[Entry] = []
        self.pieces: defaultdict[str, list[str]] = defaultdict(list)
        for entry in run.entries:
            self.take(entry)

    @property
    def session(self) -> Session:
        return self.scene.session

    @property
    def over(self) -> bool:
        """Whether the session came to its end."""
        return self.session.closed is not None

    def take(self, item: Entry | Draft) -> None:
        """One more item of the stream."""
        self.scene = look(self.scene, item, self.clock())
        if isinstance(item, Entry):
            self.entries.append(item)
            if isinstance(item.event, TurnTaken | TurnMissed):
                self.pieces.pop(item.event.agent, None)  # the entry holds all that was said
        elif item.text:
            self.pieces[item.agent].append(item.text)

    def drain(self, label: str) -> str:
        """The text of an agent that has come since the last call."""
        pieces = self.pieces.pop(label, None)
        return "".join(pieces) if pieces else ""

    def column(self) -> list[Block]:
        """All that was said, in the order of time."""
        decision = self.session.head.decision
        return [block for entry in self.entries for block in told_in_order(entry.event, decision, person=self.person)]

    def status(self) -> str:
        """What is going on now."""
        return status(self.scene, self.desk.ask, self.clock())
