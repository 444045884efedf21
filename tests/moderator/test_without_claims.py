"""A protocol without claims: nobody is asked for one, nobody hears one, and all that follows copes with none."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from chatarena.arena import events as ev
from chatarena.arena.agent_utility import seat_numbers
from chatarena.arena.forecasting import forecast
from chatarena.arena.moves import Claim, next_moves
from chatarena.arena.protocol import PROTOCOL_NAMES, Protocol
from chatarena.arena.session import Session, fold
from chatarena.arena.settings import Settings
from chatarena.language_model.scripted import ScriptedModel
from chatarena.moderator.spending import estimate_session
from chatarena.replay.compare import compare
from chatarena.replay.movement import movements
from chatarena.replay.rederive import rederive
from chatarena.report.chapters import report
from chatarena.report.html.page import html
from chatarena.report.markdown import markdown
from chatarena.report.plain import plain_lines
from chatarena.report.words import NOT_ASKED, unmask
from chatarena.session_log.codec import decode, encode
from chatarena.tui.masks import mask_content
from chatarena.tui.scene import Scene, look
from tests.support.sessions import DECISION, chain, opening
from tests.support.worlds import Run, ScriptedParticipant


def begin(name: Any = "simultaneous", *, claims: bool = False, **settings: Any) -> tuple[ev.Event, ...]:
    hearing = chain(3) if name == "network" else ()
    protocol = Protocol(name=name, rounds=2, hearing=hearing, claims=claims)
    return opening(3, protocol=protocol, settings=Settings(**settings))


def declining(ask: Any, session: Session) -> tuple[ev.Event, ...]:
    if ask.what != "ratings":
        return ()
    none = tuple(ev.Rating(option=option, value=None, absence="declined") for option in DECISION.option_ids)
    return (ev.RatingsGiven(phase=ask.phase, round=ask.round, ratings=none),)


@pytest.mark.parametrize("appraise", [(), ("verbal",), ("logprob",)], ids=["none", "verbal", "logprob"])
@pytest.mark.parametrize("name", PROTOCOL_NAMES)
async def test_nobody_is_asked_for_one_and_the_session_is_whole(name: str, appraise: tuple[str, ...]) -> None:
    run = Run()
    session = await run.play(begin(name, appraise=appraise))
    assert not session.claims and session.closed is not None and session.closed.status == "complete"
    assert session.card is not None and session.card.status == "complete" and not session.card.missed
    assert isinstance(run.models, ScriptedModel)
    asked = [part.text for request in run.models.requests for part in request.parts]
    assert asked and not any("in public, that each option" in text or "rates in public" in text for text in asked)
    assert all(check.verdict in ("same", "not checked") for check in rederive(run.recorded))
    turns, methods = len(session.turns), len(appraise)
    assert len(run.models.requests) == turns * (1 + (3 if appraise == ("logprob",) else methods))


async def test_with_claims_it_is_another_talk() -> None:
    session = await Run().play(begin(claims=True))
    assert len(session.claims) == len(session.turns) == 6


def test_no_prefix_of_such_a_session_calls_for_a_claim() -> None:
    async def held() -> Run:
        run = Run()
        await run.play(begin("network"))
        return run

    facts = [entry.event for entry in asyncio.run(held()).recorded]
    for kept in range(len(facts) + 1):
        assert not any(isinstance(move, Claim) for move in next_moves(fold(facts[:kept])))


async def test_chances_are_those_of_ones_own_ratings_and_missing_without_any() -> None:
    rated = await Run().play(begin())
    assert rated.forecast is not None and rated.forecast.source == "own"
    assert None not in rated.forecast.probabilities
    silent = await Run(participant=ScriptedParticipant(declining)).play(begin())
    shown = forecast(silent)
    assert (shown.source, set(shown.probabilities)) == ("own", {None}) and "you have rated 0" in shown.absence
    assert silent.card is not None and silent.card.absence and silent.closed is not None
    assert set(forecast(silent, "panel").probabilities) == {None}


async def test_reports_and_analyses_say_that_there_are_none() -> None:
    run = Run()
    session = await run.play(begin())
    told = report(run.recorded)
    plain = "\n".join(plain_lines(session, ev.Revealed()))
    masks = "\n".join(mask_content(mask, DECISION).plain for mask in unmask(session))
    for page in ("".join(html(told)), "".join(markdown(told)), plain, masks):
        assert "Ash" in page and "What they claim" not in page and ">Claims<" not in page
        assert page.count(NOT_ASKED) == 3
        assert not any(word in page for word in ("said:", "| said", "\u00a0said<", "said in public", "are missing"))
    given = seat_numbers(session, "Ash", "claims", "verbal")
    assert not given.values and given.missing(("a", "")) == "was asked for no claims"
    moved = tuple(movements(run.recorded, DECISION.option_ids))
    assert moved and not any(step.agents and step.measure == "chance" for step in moved)
    compared = compare(run.recorded, run.recorded)
    assert {shift.source for shift in compared.shifts} == {"own"}
    assert all(shift.distance == 0 for shift in compared.shifts)


async def test_a_lane_is_done_when_its_agent_has_argued_and_been_appraised() -> None:
    run = Run()
    scene = Scene()
    await run.play(begin(appraise=("verbal",)))
    for item in run.shown:
        before, scene = scene, look(scene, item, 0.0)
        if isinstance(item, ev.Entry) and isinstance(item.event, ev.AppraisalMade):
            assert before.lane(item.event.agent).doing == "weighing" and scene.lane(item.event.agent).doing == "done"


def test_the_estimate_counts_none() -> None:
    with_them, without = (estimate_session(begin(claims=claims, appraise=())) for claims in (True, False))
    assert (with_them.calls, without.calls) == (12, 6) and without.tokens < with_them.tokens


@pytest.mark.parametrize("source", ["panel", "blend"])
def test_chances_cannot_be_asked_of_claims_that_there_are_not(source: str) -> None:
    with pytest.raises(ValueError, match=f"no claims are asked for, so the source '{source}'"):
        begin(source=source)


def test_old_sessions_asked_for_claims() -> None:
    """Logs of before hold neither key; they fold as they did."""
    head = begin(claims=True)[0]
    written = json.loads(encode(head))
    written["protocol"].pop("claims", None)
    written["settings"].pop("time_budget", None)
    assert decode(json.dumps(written)) == head and isinstance(head, ev.SessionOpened) and head.protocol.claims
