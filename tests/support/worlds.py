"""A world for a moderator: scripted models, a scripted participant, a clock that counts, a list for a log."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence
from contextlib import aclosing

from chatarena.arena import events as ev
from chatarena.arena.moves import Ask
from chatarena.arena.session import Session
from chatarena.language_model.port import LanguageModel, Request
from chatarena.language_model.scripted import Reply, ScriptedModel
from chatarena.moderator.moderator import Moderator
from chatarena.moderator.world import Draft, Participant, World
from tests.support.sessions import ratings

YES_NO = (("Yes", -0.2), ("No", -1.7))


def answer(request: Request) -> Reply:
    """Prose for a turn, JSON for a rating, yes for a yes-no question."""
    if request.top_logprobs:
        return Reply(text="Yes", top_logprobs=YES_NO)
    if request.schema:
        keys = json.loads(request.schema)["required"]
        return Reply(text=json.dumps({key: 10 * index + 30 for index, key in enumerate(keys)}))
    return Reply(text=f"{request.lane} says that it is so. It really is.")


class ScriptedParticipant:
    """Settles every question at once; `does` may do more at the floor, or settle a question otherwise."""

    def __init__(self, does: Callable[[Ask, Session], tuple[ev.Event, ...]] | None = None) -> None:
        self._does = does
        self.asked: list[Ask] = []

    async def answer(self, ask: Ask, session: Session) -> tuple[ev.Event, ...]:
        self.asked.append(ask)
        given = self._does(ask, session) if self._does else ()
        if given:
            return given
        decision = session.head.decision
        match ask.what:
            case "ratings":
                values = [60.0 - 10 * index for index in range(len(decision.options))]
                return (ev.RatingsGiven(phase=ask.phase, round=ask.round, ratings=ratings(decision, values)),)
            case "beliefs":
                return (ev.BeliefsGiven(phase=ask.phase, round=ask.round, probabilities=()),)
            case "floor":
                return (ev.FloorPassed(round=ask.round),)
            case "selection":
                return (ev.AgentSelected(agent=session.labels[0]),)
            case "choice":
                return (ev.ChoiceMade(option=decision.option_ids[0]),)


class Run:
    """One run of a session with everything it showed and recorded."""

    def __init__(
        self,
        models: LanguageModel | None = None,
        participant: Participant | None = None,
        *,
        entries: Sequence[ev.Entry] = (),
        fail_at: int | None = None,
    ) -> None:
        self.models = models or ScriptedModel(answer)
        self.recorded: list[ev.Entry] = list(entries)
        self.shown: list[ev.Entry | Draft] = []
        self._fail_at = fail_at
        ticks = itertools.count()
        self.world = World(
            models=self.models,
            participant=participant or ScriptedParticipant(),
            now=lambda: 1_800_000_000.0 + next(ticks),
            elapsed=lambda: float(next(ticks)),
            record=self._record,
        )
        self.moderator = Moderator("s1", self.world, entries)

    async def _record(self, entries: tuple[ev.Entry, ...]) -> None:
        from chatarena.errors import LogNotWritable

        if self._fail_at is not None and len(self.recorded) >= self._fail_at:
            raise LogNotWritable("the disk is full", remedy="free some space")
        self.recorded.extend(entries)

    async def play(
        self,
        opening: tuple[ev.Event, ...] = (),
        react: Callable[[Moderator, ev.Entry | Draft], bool | None] = lambda *_: None,
    ) -> Session:
        """Run to the end, or until `react` returns False."""
        async with aclosing(self.moderator.run(opening)) as stream:
            async for item in stream:
                if isinstance(item, ev.Entry):
                    assert item in self.recorded, "shown before it was recorded"
                self.shown.append(item)
                if react(self.moderator, item) is False:
                    break
        return self.moderator.session

    def events(self, kind: type[ev.Event]) -> list[ev.Event]:
        return [entry.event for entry in self.recorded if isinstance(entry.event, kind)]
