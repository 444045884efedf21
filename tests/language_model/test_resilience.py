"""Second chances, on a clock that jumps: what is repeated, when, and what is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena.errors import (
    AuthenticationFailed,
    EmptyReply,
    ModelError,
    ModelProcessDied,
    ProviderUnavailable,
    RateLimited,
    ReplyTimedOut,
    RequestRefused,
)
from chatarena.language_model.port import Completion, Fragment, Request
from chatarena.language_model.resilience import Resilient, RetryPolicy
from chatarena.language_model.scripted import Reply, ScriptedModel
from chatarena.language_model.streams import complete, opened
from tests.language_model.asking import ask, read
from tests.support.instant_loop import instantly


def failing(error: ModelError, **more: object) -> Reply:
    return Reply(error=error, **more)  # type: ignore[arg-type]


def timed(work: object) -> tuple[object, float]:
    async def main() -> tuple[object, float]:
        result = await work  # type: ignore[misc]
        return result, asyncio.get_running_loop().time()

    return instantly(main())


@pytest.mark.parametrize(
    ("error", "calls"),
    [
        pytest.param(ProviderUnavailable("down"), 3, id="unavailable"),
        pytest.param(RateLimited("slow"), 3, id="rate limited"),
        pytest.param(EmptyReply("nothing"), 3, id="empty"),
        pytest.param(ModelProcessDied("gone"), 3, id="process died"),
        pytest.param(ReplyTimedOut("silent", phase="first_token"), 2, id="timed out: once more at most"),
        pytest.param(RateLimited("come back tomorrow", retry_after=3600), 1, id="Retry-After too long"),
        pytest.param(AuthenticationFailed("key"), 1, id="wrong key"),
        pytest.param(RequestRefused("bad"), 1, id="refused"),
        pytest.param(ModelError("odd"), 1, id="unexpected"),
    ],
)
def test_only_what_may_help_is_repeated(error: ModelError, calls: int) -> None:
    script = ScriptedModel(lambda _: failing(error))

    async def main() -> None:
        with pytest.raises(type(error)) as caught:
            await complete(Resilient(script, jitter=lambda: 0.0), ask("openai/a"))
        assert caught.value is error

    instantly(main())
    assert len(script.requests) == calls


def test_a_second_chance_that_works_is_counted() -> None:
    script = ScriptedModel()
    script.enqueue(failing(ProviderUnavailable("down")), failing(EmptyReply("nothing")), "fine now")
    fragments, completion = instantly(read(Resilient(script, jitter=lambda: 0.0), ask("openai/a")))
    assert (completion.attempts, "".join(fragments)) == (3, "fine now")
    assert len({request.fingerprint() for request in script.requests}) == 1


def test_nothing_is_repeated_once_text_was_shown() -> None:
    script = ScriptedModel(lambda _: failing(ProviderUnavailable("cut"), text="some words here", after=2))

    async def main() -> list[str]:
        shown: list[str] = []
        resilient = Resilient(script, jitter=lambda: 0.0, fallbacks={"openai/a": "openai/b"})
        with pytest.raises(ProviderUnavailable) as caught:
            async for piece in resilient.stream(ask("openai/a")):
                assert isinstance(piece, Fragment)
                shown.append(piece.text)
        assert caught.value.partial == "".join(shown)
        return shown

    assert instantly(main()) == ["some ", "words "]
    assert len(script.requests) == 1


class Thinking:
    """Gives a sign of life, then fails twice, then answers."""

    calls = 0

    async def stream(self, request: Request) -> AsyncIterator[Fragment | Completion]:
        self.calls += 1
        yield Fragment(text="")
        if self.calls < 3:
            raise ProviderUnavailable("cut")
        yield Fragment(text="done")
        yield Completion(text="done", finish_reason="stop", requested_model=request.model)


def test_a_sign_of_life_is_not_text() -> None:
    assert instantly(complete(Resilient(Thinking(), jitter=lambda: 0.0), ask("openai/a"))).attempts == 3


@given(
    attempt=st.integers(1, 12),
    draw=st.floats(0, 1, exclude_max=True),
    asked=st.none() | st.floats(0, 60),
)
def test_the_wait_is_jittered_bounded_and_never_shorter_than_asked(
    attempt: int, draw: float, asked: float | None
) -> None:
    policy = RetryPolicy(max_attempts=20)
    wait = policy.wait(attempt, RateLimited("slow", retry_after=asked), lambda: draw)
    assert wait is not None
    assert (asked or 0) <= wait <= (asked or 0) + min(policy.cap, policy.base * 2**attempt)


def test_after_too_many_requests_the_whole_provider_is_left_alone() -> None:
    asked_at: list[tuple[str, float]] = []

    def answer(request: Request) -> Reply | str:
        now = asyncio.get_running_loop().time()
        asked_at.append((request.model, now))
        return failing(RateLimited("slow", retry_after=10)) if now < 10 else "ok"

    async def main() -> None:
        resilient = Resilient(ScriptedModel(answer), jitter=lambda: 0.5, policy=RetryPolicy(base=1.0), limits={"a": 1})
        calls = [complete(resilient, ask(model)) for model in ("a/1", "a/2", "a/3")]
        await asyncio.gather(*calls)

    instantly(main())
    assert [model for model, when in asked_at if when < 10] == ["a/1"], "the others heard of it and waited"
    assert sorted(model for model, when in asked_at if when >= 10) == ["a/1", "a/2", "a/3"]


@pytest.mark.parametrize(
    ("models", "seconds"),
    [
        pytest.param(["embedded/m"] * 8, 6.0, id="four slots serve eight in two turns"),
        pytest.param([f"openai/{n}" for n in range(8)], 3.0, id="a hosted provider serves eight at once"),
        pytest.param(["embedded/m"] * 4 + ["openai/m"] * 8, 3.0, id="providers do not wait for each other"),
    ],
)
def test_places_are_counted_by_provider(models: list[str], seconds: float) -> None:
    resilient = Resilient(ScriptedModel(lambda _: Reply(text="word", delay=3)), jitter=lambda: 0.0)

    async def main() -> None:
        await asyncio.gather(*(complete(resilient, ask(model)) for model in models))

    assert timed(main())[1] == seconds


def test_a_caller_who_leaves_gives_up_its_place_at_once() -> None:
    script = ScriptedModel(lambda request: Reply(text="a b", hang=True, after=1) if request.lane == "stuck" else "ok")

    async def main() -> str:
        resilient = Resilient(script, jitter=lambda: 0.0, limits={"openai": 1})
        async with opened(resilient, ask("openai/a", lane="stuck")) as stream:
            await anext(stream)
        return (await complete(resilient, ask("openai/a"))).text

    assert instantly(main()) == "ok"


def test_nobody_holds_a_place_while_waiting_to_try_again() -> None:
    script = ScriptedModel()
    script.enqueue(failing(ProviderUnavailable("down")), lane="unlucky")
    script.enqueue("at last", lane="unlucky")
    script.enqueue(Reply(text="quick", delay=1), lane="lucky")

    async def main() -> list[str]:
        resilient = Resilient(
            script, jitter=lambda: 0.99, policy=RetryPolicy(base=50.0, cap=100.0), limits={"openai": 1}
        )
        order: list[str] = []

        async def speak(lane: str) -> None:
            await complete(resilient, ask("openai/a", lane=lane))
            order.append(lane)

        await asyncio.gather(speak("unlucky"), speak("lucky"))
        return order

    assert instantly(main()) == ["lucky", "unlucky"]


def test_a_fallback_answers_and_is_recorded_as_one() -> None:
    script = ScriptedModel(
        lambda request: failing(AuthenticationFailed("key")) if request.model == "openai/a" else "from the other"
    )
    resilient = Resilient(script, jitter=lambda: 0.0, fallbacks={"openai/a": "ollama_chat/b"})
    _, completion = instantly(read(resilient, ask("openai/a")))
    assert completion.fallback and completion.attempts == 2
    assert completion.requested_model == "openai/a" and "b" in completion.served_model
    assert [request.model for request in script.requests] == ["openai/a", "ollama_chat/b"]


def test_where_the_fallback_fails_too_the_first_failure_counts() -> None:
    script = ScriptedModel(lambda request: failing(RequestRefused(f"no {request.model}")))

    async def main() -> None:
        resilient = Resilient(script, jitter=lambda: 0.0, fallbacks={"openai/a": "openai/b"})
        with pytest.raises(RequestRefused, match="no openai/a") as caught:
            await complete(resilient, ask("openai/a"))
        assert "openai/b" in str(caught.value.__cause__)

    instantly(main())


def test_without_a_fallback_the_completion_says_so() -> None:
    assert not instantly(
        complete(Resilient(ScriptedModel(lambda _: "x"), jitter=lambda: 0.0), ask("openai/a"))
    ).fallback
