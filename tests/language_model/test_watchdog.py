"""Timeouts, on a clock that jumps."""

from __future__ import annotations

import asyncio
from dataclasses import astuple

import pytest

from chatarena.errors import ProviderUnavailable, ReplyTimedOut
from chatarena.language_model.port import Completion
from chatarena.language_model.scripted import Reply, ScriptedModel
from chatarena.language_model.watchdog import Timeouts, Watched, default_timeouts
from tests.language_model.asking import ask, read
from tests.support.instant_loop import instantly

LIMITS = Timeouts(first_token=60, stall=30, total=300)
WORDS = " ".join(f"word{number}" for number in range(20))


def watched(reply: Reply | str) -> Watched:
    script = ScriptedModel()
    script.enqueue(reply)
    return Watched(script, lambda _: LIMITS)


@pytest.mark.parametrize(
    ("reply", "phase", "after", "words"),
    [
        pytest.param(Reply(hang=True), "first_token", 60, 0, id="nothing at all"),
        pytest.param(Reply(text=WORDS, delay=61), "first_token", 60, 0, id="first token too late"),
        pytest.param(Reply(text=WORDS, delay=20, after=3, hang=True), "stall", 90, 3, id="silence in mid-reply"),
        pytest.param(Reply(text=WORDS, delay=29), "total", 300, 10, id="steady but too long in all"),
    ],
)
def test_each_phase_has_its_limit(reply: Reply, phase: str, after: float, words: int) -> None:
    async def main() -> float:
        with pytest.raises(ReplyTimedOut) as caught:
            await read(watched(reply), ask("scripted/a"))
        assert caught.value.phase == phase and caught.value.retryable
        assert caught.value.partial.split() == WORDS.split()[:words]
        return asyncio.get_running_loop().time()

    assert instantly(main()) == pytest.approx(after)


@pytest.mark.parametrize("delay", [0.0, 14.9])
def test_a_reply_in_time_passes_unchanged(delay: float) -> None:
    _, completion = instantly(read(watched(Reply(text=WORDS, delay=delay)), ask("scripted/a")))
    assert completion.text == WORDS


def test_a_slow_reader_is_not_the_models_fault() -> None:
    async def main() -> int:
        pieces = 0
        async for _ in watched(Reply(text=WORDS, delay=1)).stream(ask("scripted/a")):
            await asyncio.sleep(1000)
            pieces += 1
        return pieces

    assert instantly(main()) == 21


def test_other_failures_pass_through() -> None:
    async def main() -> None:
        with pytest.raises(ProviderUnavailable) as caught:
            await read(watched(Reply(text=WORDS, error=ProviderUnavailable("gone"), after=2)), ask("scripted/a"))
        assert caught.value.partial == "word0 word1 "

    instantly(main())


def test_a_callers_own_timeout_is_not_taken_for_the_models() -> None:
    async def main() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5):
                await read(watched(Reply(hang=True)), ask("scripted/a"))

    instantly(main())


def test_the_completion_is_the_last_piece() -> None:
    async def main() -> bool:
        return [isinstance(piece, Completion) async for piece in watched("one two").stream(ask("scripted/a"))] == [
            False,
            False,
            True,
        ]

    assert instantly(main())


@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan"), float("inf")])
@pytest.mark.parametrize("name", ["first_token", "stall", "total"])
def test_a_timeout_must_be_a_time(name: str, bad: float) -> None:
    with pytest.raises(ValueError, match=name):
        Timeouts(**{name: bad})


def test_models_on_this_machine_get_more_time_and_the_embedded_one_most() -> None:
    hosted, local, embedded = (
        astuple(default_timeouts(model)) for model in ("openai/gpt-4o", "ollama_chat/llama3", "embedded/qwen2.5-1.5b")
    )
    assert all(a < b < c for a, b, c in zip(hosted, local, embedded, strict=True))
