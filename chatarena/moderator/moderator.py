"""Run a session: perform what must happen next, make each fact durable, then show it.

Law: an entry is yielded only after it was recorded.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from chatarena.arena import moves as mv
from chatarena.arena.events import (
    AppraisalMade,
    ClaimMade,
    DebateStopped,
    Entry,
    Event,
    ForecastShown,
    ModelsWorked,
    RebuttalAsked,
    RecommendationShown,
    Revealed,
    RoundOpened,
    RoundStopped,
    SessionClosed,
    SessionLeft,
    TurnMissed,
    TurnTaken,
)
from chatarena.arena.forecasting import forecast
from chatarena.arena.moves import CallMove, Move, next_moves
from chatarena.arena.recommending import recommend
from chatarena.arena.session import Session, evolve, fold
from chatarena.errors import BudgetError, LogError
from chatarena.language_model.port import LanguageModel
from chatarena.moderator.elicitation import absent, appraise, claim
from chatarena.moderator.speaking import interrupted, speak
from chatarena.moderator.spending import Purse, Stopwatch, out_of_time
from chatarena.moderator.world import Draft, World

Task = asyncio.Task[Event]
LEFT = "the program was closed before the end"


class Moderator:
    """One run of one session.

    Iterate `run()`; the methods may be called from the same event loop meanwhile: they act at once and what they
    cause appears in the stream.
    """

    def __init__(self, session_id: str, world: World, entries: Sequence[Entry] = ()) -> None:
        self.session_id = session_id
        self.session: Session = fold(entry.event for entry in entries)
        self._world = world
        self._seq = entries[-1].seq + 1 if entries else 0
        self._shown: asyncio.Queue[Entry | Draft | None] = asyncio.Queue()
        self._running: dict[CallMove, Task] = {}
        self._acts: asyncio.Queue[Event] = asyncio.Queue()
        self._purse: Purse | None = None
        self._watch = Stopwatch(world.elapsed)

    async def run(self, opening: tuple[Event, ...] = ()) -> AsyncGenerator[Entry | Draft, None]:
        """Run the session to its end, yielding what happens.

        Args:
            opening: the first events: of a new session its header and commitments, of a resumed one SessionResumed.
        """
        work = asyncio.create_task(self._work(opening))
        work.add_done_callback(lambda _: self._shown.put_nowait(None))
        try:
            while (item := await self._shown.get()) is not None:
                yield item
            await work
        finally:
            await _to_its_end(self._leave(work))

    # -- what the participant may do at any time ---------------------------------------------------------------

    def submit(self, event: Event) -> None:
        """Record something the participant did of her own accord: ratings, precision, words."""
        self._acts.put_nowait(event)

    def interrupt(self, agent: str = "") -> int:
        """Cut off the agent (or everybody) now speaking; the text so far is kept. Returns how many were cut off."""
        cut = [task for move, task in self._running.items() if agent in ("", move.agent)]
        for task in cut:
            task.cancel()
        return len(cut)

    def skip(self, agent: str) -> None:
        """Cut off an agent and do not count what it said."""
        self.submit(
            TurnMissed(agent=agent, round=self.session.round, cause="skipped", reason="skipped by the participant")
        )
        self.interrupt(agent)

    def stop_round(self) -> None:
        """Cut off everybody and go on to the floor."""
        self.submit(RoundStopped(round=self.session.round))
        self.interrupt()

    def stop_debate(self, reason: str = "") -> None:
        """Cut off everybody and go on to the end: final ratings, recommendation, choice."""
        self.submit(DebateStopped(by="participant", reason=reason))
        self.interrupt()

    # -- the loop ------------------------------------------------------------------------------------------------

    async def _work(self, opening: tuple[Event, ...]) -> None:
        await self._commit(*opening)
        self._purse = Purse(self.session)
        while (moves := next_moves(self.session)) or self._running:
            calls = [move for move in moves if isinstance(move, CallMove)]
            if moves and isinstance(moves[0], mv.ShowForecast):
                await self._perform(moves[0])
            elif calls or self._running:
                await self._start(calls)
                await self._settle_some()
            else:
                await self._perform(moves[0])
            await self._drain_acts()
        if self.session.closed is None:
            await self._commit(SessionLeft(reason="nobody was heard in the last round; it can be asked for again"))

    async def _start(self, calls: list[CallMove]) -> None:
        assert self._purse is not None
        for move in calls:
            if move in self._running:
                continue
            known = self._world.recall(self.session, move)
            if known is not None:
                self._running[move] = asyncio.create_task(_remembered(known))
                continue
            if self._time_left() == 0:
                await self._time_is_up()
                return
            try:
                self._purse.reserve(self.session, move)
            except BudgetError as error:
                await self._commit(DebateStopped(by="budget", reason=error.message))
                return
            self._running[move] = asyncio.create_task(
                call(self._world.models, self.session, move, self._shown.put_nowait)
            )
            self._watch.start()

    def _time_left(self) -> float | None:
        """Seconds until the time budget is used up; None where there is none, or the talk has ended anyway."""
        budget = self.session.head.settings.time_budget
        if budget is None or self.session.stopped:
            return None
        return max(0.0, budget - self.session.worked - self._watch.running())

    def _lap(self) -> tuple[Event, ...]:
        """What the watch has counted, as a fact, where a time budget asks for it."""
        seconds = self._watch.read(busy=bool(self._running))
        return (ModelsWorked(seconds=seconds),) if seconds and self.session.head.settings.time_budget else ()

    async def _time_is_up(self) -> None:
        """End the talk; turns under way are cut off and keep what was said, ratings of turns taken are waited for."""
        await self._commit(*self._lap())
        await self._commit(DebateStopped(by="budget", reason=out_of_time(self.session)))
        for move, task in self._running.items():
            if self.session.turn(move.agent, move.round) is None:
                task.cancel()

    async def _settle_some(self) -> None:
        """Wait until a call ends, the participant acts or time is up, and record it."""
        if not self._running:
            return
        act, left = asyncio.create_task(self._acts.get()), self._time_left()
        try:
            done, _ = await asyncio.wait(
                {*self._running.values(), act}, return_when=asyncio.FIRST_COMPLETED, timeout=left
            )
        finally:
            if not act.done():
                act.cancel()
        if not done:
            await self._time_is_up()
        if act in done:
            await self._commit_act(act.result())
        for move, task in [pair for pair in self._running.items() if pair[1] in done]:
            del self._running[move]
            await self._settle(move, task)

    async def _settle(self, move: CallMove, task: Task) -> None:
        assert self._purse is not None
        event = self._called_off(move) if task.cancelled() else task.result()
        spoke = isinstance(event, TurnTaken) and event.status == "complete"
        self._purse.release(move, whole_part=isinstance(move, mv.Speak) and not spoke)
        await self._commit(*((event,) if self._wanted(move) else ()), *self._lap())

    def _called_off(self, move: CallMove) -> Event:
        """What is recorded of a call that was cancelled before it could say anything itself."""
        ratings = absent(self.session.head.decision, "interrupted")
        match move:
            case mv.Speak():
                return interrupted(self.session, move, "")
            case mv.Claim():
                turn = self.session.turn(move.agent, move.round)
                audience = turn.audience if turn else "public"
                return ClaimMade(agent=move.agent, round=move.round, ratings=ratings, audience=audience)
            case mv.Appraise():
                return AppraisalMade(agent=move.agent, round=move.round, ratings=ratings, method=move.method)

    def _wanted(self, move: CallMove) -> bool:
        """A turn that the participant skipped meanwhile is not recorded a second time."""
        if not isinstance(move, mv.Speak):
            return True
        return not any(miss.agent == move.agent and miss.round == move.round for miss in self.session.missed)

    async def _perform(self, move: Move) -> None:
        match move:
            case mv.OpenRound():
                await self._commit(RoundOpened(round=move.round, order=move.order))
            case mv.ShowForecast():
                await self._commit(ForecastShown(round=self.session.round, forecast=forecast(self.session)))
            case mv.Ask():
                await self._ask(move)
            case mv.Recommend():
                await self._commit(RecommendationShown(card=recommend(self.session)))
            case mv.Reveal():
                await self._commit(Revealed())
            case mv.Close():
                await self._commit(SessionClosed(status=move.status))
            case _:
                raise ValueError(f"not a move to be performed alone: {move!r}")

    async def _ask(self, ask: mv.Ask) -> None:
        """Put a question to the participant; what she does of her own accord meanwhile is recorded as it comes."""
        if self._world.participant is None:
            raise ValueError("the session asks for a participant and there is none")
        answering = asyncio.create_task(self._answer(ask))
        try:
            while not answering.done():
                act = asyncio.create_task(self._acts.get())
                await asyncio.wait({answering, act}, return_when=asyncio.FIRST_COMPLETED)
                if act.done():
                    await self._commit_act(act.result())
                    await self._refresh_forecast()
                else:
                    act.cancel()
                if self.session.stopped and ask.what == "floor":
                    return
        finally:
            if not answering.done():
                answering.cancel()
        await self._commit(*answering.result())
        if ask in next_moves(self.session):
            raise ValueError(f"the participant's answer does not settle the question {ask!r}")

    async def _answer(self, ask: mv.Ask) -> tuple[Event, ...]:
        assert self._world.participant is not None
        return await self._world.participant.answer(ask, self.session)

    async def _refresh_forecast(self) -> None:
        shown = forecast(self.session)
        if shown != self.session.forecast:
            await self._commit(ForecastShown(round=self.session.round, forecast=shown))

    async def _drain_acts(self) -> None:
        while not self._acts.empty():
            await self._commit_act(self._acts.get_nowait())

    async def _commit_act(self, event: Event) -> None:
        """Record an act, unless the session has moved past it. A rebuttal is due in the round after it is recorded."""
        if isinstance(event, RebuttalAsked):
            event = replace(event, round=self.session.round)
        over = isinstance(event, TurnMissed) and self._turn_over(event.agent, event.round)
        if self.session.closed is None and not over:
            await self._commit(event)

    def _turn_over(self, agent: str, round_: int) -> bool:
        """Whether an agent has taken or missed its turn: a second skip of it says nothing new."""
        missed = any(miss.agent == agent and miss.round == round_ for miss in self.session.missed)
        return missed or self.session.turn(agent, round_) is not None

    async def _commit(self, *events: Event) -> None:
        if not events:
            return
        at, elapsed = self._world.now(), self._world.elapsed()
        entries = tuple(
            Entry(session=self.session_id, seq=self._seq + index, at=at, elapsed=elapsed, event=event)
            for index, event in enumerate(events)
        )
        await self._world.record(entries)
        self._seq += len(entries)
        for entry in entries:
            self.session = evolve(self.session, entry.event)
            self._shown.put_nowait(entry)

    async def _leave(self, work: asyncio.Task[None]) -> None:
        """Called off from outside: keep what was being said, and say in the log that the session was left."""
        if not work.done():
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
        running = dict(self._running)
        self._running.clear()
        for task in running.values():
            task.cancel()
        results = await asyncio.gather(*running.values(), return_exceptions=True)
        if self.session.opened is None or self.session.closed is not None:
            return
        kept = [
            result
            for move, result in zip(running, results, strict=True)
            if isinstance(move, mv.Speak) and not isinstance(result, BaseException)
        ]
        cut = tuple(turn.agent for turn in kept if isinstance(turn, TurnTaken) and turn.status == "interrupted")
        # A log that cannot be written has already ended the run with its own, clearer error.
        with suppress(LogError):
            await self._commit(*kept, *self._lap(), SessionLeft(reason=LEFT, cut_off=cut))


def call(
    models: LanguageModel, session: Session, move: CallMove, show: Callable[[Draft], None]
) -> Coroutine[Any, Any, Event]:
    """Make one call; its outcome is the event to record, also where it failed."""
    match move:
        case mv.Speak():
            return speak(models, session, move, show)
        case mv.Claim():
            show(Draft(agent=move.agent, round=move.round, doing="claiming"))
            return claim(models, session, move.agent, move.round)
        case mv.Appraise():
            show(Draft(agent=move.agent, round=move.round, doing="appraising"))
            return appraise(models, session, move.agent, move.round, move.method)


async def _remembered(event: Event) -> Event:
    return event


async def _to_its_end(leaving: Coroutine[Any, Any, None]) -> None:
    """Let the leave come to its end however often it is called off: what is not logged then is lost."""
    task = asyncio.create_task(leaving)
    called_off = False
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            called_off = True
    task.result()
    if called_off:
        raise asyncio.CancelledError
