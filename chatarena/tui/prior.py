"""First ratings that were given while composing: the arena need not ask for them again."""

from __future__ import annotations

from chatarena.arena import events as ev
from chatarena.arena.moves import Ask
from chatarena.arena.session import Session
from chatarena.moderator.world import Participant
from chatarena.tui.answers import no_ratings, ratings_given
from chatarena.tui.ports import Plan, Run, Studio


class RatedBefore:
    """A participant whose first ratings are known; everything else is asked of her."""

    def __init__(self, participant: Participant, prior: tuple[float, ...]) -> None:
        self._participant, self._prior = participant, prior

    async def answer(self, ask: Ask, session: Session) -> tuple[ev.Event, ...]:
        if ask.what == "ratings" and ask.phase == "prior" and len(self._prior) == len(session.head.decision.options):
            _, *states = no_ratings(session)
            return (ratings_given(session, ask, (self._prior, *states)),)
        return await self._participant.answer(ask, session)


async def begin(studio: Studio, plan: Plan, participant: Participant) -> Run:
    """A run of this plan for this participant, who is asked for first ratings only where she gave none."""
    return await studio.start(plan, RatedBefore(participant, plan.prior) if plan.prior else participant)
