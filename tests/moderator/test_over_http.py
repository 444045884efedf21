"""The whole engine over LiteLLM's real HTTP path, with a provider that misbehaves: nobody else pays for it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest
import pytest_asyncio

from chatarena.arena import events as ev
from chatarena.arena.protocol import Protocol
from chatarena.arena.settings import Settings
from chatarena.language_model.process import ModelProcess
from chatarena.language_model.resilience import Resilient, RetryPolicy
from chatarena.language_model.watchdog import Timeouts, Watched
from chatarena.language_model.wire import Endpoint
from chatarena.moderator.world import Draft
from tests.support.loopback_server import NAMED
from tests.support.provider import Provider
from tests.support.sessions import cast, opening
from tests.support.worlds import Run

KEY_VARIABLE, KEY = "CHATARENA_LOOPBACK_KEY", "correct-horse-battery-staple"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with Provider() as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def process(provider: Provider) -> AsyncIterator[ModelProcess]:
    endpoint = Endpoint(api_base=provider.base_url, api_key_env=KEY_VARIABLE)
    made = ModelProcess({"openai/": endpoint}, environ={"PATH": os.defpath, KEY_VARIABLE: KEY})
    await made.start()
    yield made
    await made.aclose()


def stack(process: ModelProcess, **limits: float) -> Resilient:
    """The stack as the program builds it, with patience for tests."""
    timeouts = Timeouts(**{"first_token": 30.0, "stall": 30.0, "total": 60.0, **limits})
    policy = RetryPolicy(base=0.0, longest_wait=0.0)
    return Resilient(Watched(process, lambda _: timeouts), jitter=lambda: 0.0, policy=policy)


def panel(bad: str, size: int = 3) -> tuple[ev.Event, ...]:
    """A cast in which Birch speaks through a misbehaving model."""
    agents = tuple(
        replace(agent, model=f"openai/{bad}" if agent.label == "Birch" else "openai/reply") for agent in cast(size)
    )
    return opening(agents=agents, protocol=Protocol(rounds=1), settings=Settings(appraise=("verbal",)))


@pytest.mark.asyncio(loop_scope="session")
async def test_a_whole_debate_over_http(process, provider):
    provider.reset()
    run = Run(stack(process))
    session = await run.play(panel("reply"))
    assert session.closed == ev.SessionClosed(status="complete")
    assert {turn.text for turn in session.turns} == {"Well, the second option costs less than it seems to."}
    assert all([r.value for r in claim.ratings] == [10, 30, 50] for claim in session.claims)
    call = session.turns[0].call
    assert call is not None
    assert (call.prompt_tokens, call.completion_tokens, call.cost) == (20, 10, None)
    assert call.served_model == "served-reply"
    assert KEY not in repr(run.recorded)


FAULTS = [
    pytest.param("empty", {}, "EmptyReply", "", id="empty"),
    pytest.param("unauthorized", {}, "AuthenticationFailed", "", id="401"),
    pytest.param("rate_limited", {}, "RateLimited", "", id="429"),
    pytest.param("server_error", {}, "ProviderUnavailable", "", id="500"),
    pytest.param("context", {}, "RequestRefused", "", id="context"),
    pytest.param("disconnect", {}, "ProviderUnavailable", "Well, the second ", id="disconnect-mid-chunk"),
    pytest.param("slow_first", {"first_token": 0.5}, "ReplyTimedOut", "", id="no-first-token"),
    pytest.param("stall", {"stall": 0.5}, "ReplyTimedOut", "Well, the second ", id="stall"),
    pytest.param("endless", {"total": 0.7}, "ReplyTimedOut", None, id="never-ending"),
]


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(("bad", "limits", "error", "partial"), FAULTS)
async def test_one_faulty_agent_is_one_missed_turn(process, provider, bad, limits, error, partial):
    provider.reset()
    run = Run(stack(process, **limits))
    session = await run.play(panel(bad))
    (miss,) = session.missed
    assert (miss.agent, miss.error) == ("Birch", error)
    if partial is None:
        assert len(miss.partial) > 50
    else:
        assert miss.partial == partial
    assert KEY not in repr(run.recorded)
    assert {turn.agent for turn in session.turns} == {"Ash", "Cedar"}
    assert session.closed == ev.SessionClosed(status="partial")
    assert session.card is not None
    assert session.card.heard == 2
    assert await asyncio.to_thread(provider.until, lambda server: server.open == 0), "a connection was left open"


@pytest.mark.asyncio(loop_scope="session")
async def test_a_refusal_without_words_is_missed_and_garbage_is_an_absence(process, provider):
    provider.reset()
    session = await Run(stack(process)).play(panel("refusal"))
    (miss,) = session.missed
    assert (miss.agent, miss.error) == ("Birch", "EmptyReply")
    session = await Run(stack(process)).play(panel("garbage"))
    claim = session.claim("Birch", 1)
    assert claim is not None
    assert all(rating.value is None and rating.absence for rating in claim.ratings)
    assert claim.raw == '{"a": banana ]][/]'


@pytest.mark.asyncio(loop_scope="session")
async def test_an_interrupt_closes_the_connection_and_keeps_the_words(process, provider):
    provider.reset()

    def react(moderator, item):
        if isinstance(item, Draft) and item.agent == "Birch" and item.doing == "speaking":
            moderator.interrupt("Birch")

    session = await Run(stack(process)).play(panel("endless"), react)
    turn = session.turn("Birch", 1)
    assert turn is not None
    assert turn.status == "interrupted"
    assert turn.text
    assert await asyncio.to_thread(provider.until, lambda server: server.open == 0), "a connection was left open"


@pytest.mark.asyncio(loop_scope="session")
async def test_a_round_of_eight_is_eight_requests_at_once(process, provider):
    provider.reset()
    provider.enqueue(*[replace(NAMED["reply"], barrier=8)] * 8)
    session = await Run(stack(process)).play(panel("reply", size=8))
    assert len(session.turns) == 8
    assert provider.most_open >= 8
