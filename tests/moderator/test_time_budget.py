"""A budget in seconds: models' time alone is counted, once however many speak, from the facts in the log."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from chatarena.arena import events as ev
from chatarena.arena.protocol import Protocol
from chatarena.arena.session import Session, fold
from chatarena.arena.settings import Settings
from chatarena.language_model.port import Request
from chatarena.language_model.scripted import Reply, ScriptedModel
from chatarena.moderator.moderator import Moderator
from tests.support.instant_loop import instantly
from tests.support.sessions import opening
from tests.support.worlds import Run, ScriptedParticipant, answer

TURN = "one two three four five six seven eight nine ten."  # ten words, a second each
RATING = 2.0


class Slow(ScriptedParticipant):
    """Takes an hour over every question."""

    async def answer(self, ask: Any, session: Session) -> tuple[ev.Event, ...]:
        await asyncio.sleep(3600)
        return await super().answer(ask, session)


def says(request: Request) -> Reply:
    if request.schema:
        made = answer(request)
        return replace(made, delay=RATING / len(made.text.split()))
    return Reply(text=TURN, delay=1.0)


def held(entries: Sequence[ev.Entry] = ()) -> Run:
    """A run whose clock is that of its loop."""
    run = Run(ScriptedModel(says), Slow(), entries=entries)
    began = asyncio.get_running_loop().time()
    run.world = replace(run.world, elapsed=lambda: asyncio.get_running_loop().time() - began)
    run.moderator = Moderator("s1", run.world, entries)
    return run


def begin(budget: float | None, agents: int = 3, rounds: int = 4, name: Any = "simultaneous") -> tuple[ev.Event, ...]:
    settings = Settings(appraise=(), time_budget=budget)
    return opening(agents, protocol=Protocol(name=name, rounds=rounds), settings=settings)


def whole(events: tuple[ev.Event, ...]) -> Run:
    async def main() -> Run:
        run = held()
        await run.play(events)
        return run

    return instantly(main())


def worked(run: Run) -> float:
    return sum(event.seconds for event in run.events(ev.ModelsWorked) if isinstance(event, ev.ModelsWorked))


def test_without_one_nothing_is_counted_and_with_a_large_one_nothing_changes() -> None:
    plain, timed = whole(begin(None)), whole(begin(1e6))
    assert not plain.events(ev.ModelsWorked)
    assert [e.event for e in timed.recorded[4:] if not isinstance(e.event, ev.ModelsWorked)] == [
        e.event for e in plain.recorded[4:]
    ]


@pytest.mark.parametrize(
    ("name", "agents", "seconds"),
    [
        pytest.param("simultaneous", 3, 4 * (10 + RATING), id="side by side, counted once"),
        pytest.param("round_robin", 3, 3 * 4 * (10 + RATING), id="one after the other"),
    ],
)
def test_what_is_counted_is_the_time_of_models_and_not_of_the_person(name: str, agents: int, seconds: float) -> None:
    run = whole(begin(1e6, agents, name=name))
    assert worked(run) == pytest.approx(seconds) == pytest.approx(run.moderator.session.worked)
    assert run.recorded[-1].elapsed > 3600, "an hour for every question went by"


@pytest.mark.parametrize(
    ("budget", "complete", "cut", "words"),
    [
        pytest.param(5.5, 0, 3, 5, id="within the first round"),
        pytest.param(12.0, 3, 0, 10, id="at the end of a round"),
        pytest.param(15.25, 3, 3, 3, id="within the second"),
    ],
)
def test_it_ends_the_talk_in_time_and_what_was_said_is_kept(budget: float, complete: int, cut: int, words: int) -> None:
    run = whole(begin(budget))
    session = run.moderator.session
    assert session.stopped is not None and session.stopped.by == "budget"
    assert session.stopped.reason == f"{budget:g} s of models at work are used up (time budget)"
    by_status = {status: [t for t in session.turns if t.status == status] for status in ("complete", "interrupted")}
    assert (len(by_status["complete"]), len(by_status["interrupted"])) == (complete, cut)
    assert all(len(turn.text.split()) == words for turn in session.turns[-3:])
    assert worked(run) == pytest.approx(budget, abs=0.01)
    assert session.choice is not None and session.closed is not None, "the end is that of every debate"


def test_turns_taken_are_rated_even_when_time_is_up() -> None:
    run = whole(begin(11.0))  # between the turns and their claims
    session = run.moderator.session
    assert session.stopped is not None and {turn.status for turn in session.turns} == {"complete"}
    assert {claim.agent for claim in session.claims} == {turn.agent for turn in session.turns}
    assert all(rating.value is not None for claim in session.claims for rating in claim.ratings)


def test_a_session_that_was_left_goes_on_from_what_was_spent() -> None:
    """Left in the middle of a turn, or killed after any fact: what was counted stays counted."""

    async def left() -> Run:
        run, heard = held(), 0

        def fifteen(_: Moderator, item: object) -> bool:
            nonlocal heard
            heard += getattr(item, "doing", "") == "speaking"
            return heard < 15

        await run.play(begin(30.0), react=fifteen)
        return run

    run = instantly(left())
    spent = worked(run)
    assert spent == pytest.approx(5.0), "three agents, fifteen words"
    entries = tuple(run.recorded)
    for kept in range(5, len(entries) + 1):
        before = fold(entry.event for entry in entries[:kept])
        after = instantly(_gone_on(entries[:kept]))
        session = after.moderator.session
        assert session.stopped is not None and session.worked == pytest.approx(30.0, abs=0.01)
        assert before.worked + sum(e.seconds for e in after.events(ev.ModelsWorked)[_laps(entries[:kept]) :]) == (
            pytest.approx(session.worked)
        )


def _laps(entries: Sequence[ev.Entry]) -> int:
    return sum(isinstance(entry.event, ev.ModelsWorked) for entry in entries)


async def _gone_on(entries: Sequence[ev.Entry]) -> Run:
    run = held(entries)
    await run.play((ev.SessionResumed(version="0", retry_missed=True),))
    return run


def test_a_budget_that_is_used_up_calls_nobody_again() -> None:
    known = (*begin(5.0), ev.ModelsWorked(seconds=2.5), ev.ModelsWorked(seconds=2.5))
    entries = [ev.Entry(session="s1", seq=at, at=0.0, elapsed=0.0, event=event) for at, event in enumerate(known)]
    run = instantly(_gone_on(entries))
    assert isinstance(run.models, ScriptedModel) and not run.models.requests
    assert run.moderator.session.stopped is not None and run.moderator.session.closed is not None
