"""The room put together."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatarena.errors import NotRecorded, ReplyTimedOut
from chatarena.language_model.open import ModelSettings, open_models
from chatarena.language_model.process import ModelProcess
from chatarena.language_model.resilience import RetryPolicy
from chatarena.language_model.scripted import ScriptedModel
from chatarena.language_model.watchdog import Timeouts
from tests.language_model.asking import ask, read
from tests.language_model.conftest import eventually
from tests.support.loopback_server import WORDS, LoopbackServer

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_scripted_names_need_no_process() -> None:
    script = ScriptedModel(lambda request: f"I am {request.model}")
    models = open_models(ModelSettings(), jitter=lambda: 0.0, scripted=script)
    await models.warm("scripted/demo")
    _, completion = await read(models, ask("scripted/demo"))
    assert completion.text == "I am scripted/demo" and completion.cost == 0.0
    assert (await models.prices(["scripted/demo"]))["scripted/demo"].cost(1, 1) == 0.0
    assert await models.facts(["scripted/demo"]) == {}
    assert models._process.pid is None
    await models.aclose()


async def test_a_script_without_replies_says_what_it_lacks() -> None:
    with pytest.raises(NotRecorded):
        await read(open_models(ModelSettings(), jitter=lambda: 0.0), ask("scripted/demo"))


async def test_retries_stand_outside_the_watchdog_and_inside_the_cache(
    model: ModelProcess, server: LoopbackServer, tmp_path: Path
) -> None:
    settings = ModelSettings(
        cache_directory=tmp_path,
        cache="on",
        retry=RetryPolicy(base=0.0),
        timeouts=lambda _: Timeouts(first_token=1.0),
    )
    models = open_models(settings, jitter=lambda: 0.0, process=model)
    await models.warm("openai/reply")  # the time that the libraries take to load is not the model's silence
    server.enqueue("slow_first", "reply")
    _, completion = await read(models, ask("openai/reply"))
    assert (completion.attempts, completion.text) == (2, "".join(WORDS))
    await eventually(server, lambda s: s.abandoned == 1)
    server.reset()
    _, again = await read(models, ask("openai/reply"))
    assert again.from_cache and not server.requests
    server.enqueue("slow_first", "slow_first", "reply")
    with pytest.raises(ReplyTimedOut):
        await read(models, ask("openai/reply", repetition=1))
    assert models.cache is not None and models.cache.stats().entries == 1
    server.reset()


async def test_a_fallback_is_asked_when_a_model_fails_for_good(model: ModelProcess, server: LoopbackServer) -> None:
    settings = ModelSettings(fallbacks={"openai/unauthorized": "openai/reply"})
    _, completion = await read(open_models(settings, jitter=lambda: 0.0, process=model), ask("openai/unauthorized"))
    assert completion.fallback and completion.served_model == "served-reply"
    assert completion.requested_model == "openai/unauthorized"


async def test_a_cache_policy_needs_a_place() -> None:
    with pytest.raises(ValueError, match="cache_directory"):
        open_models(ModelSettings(cache="on"), jitter=lambda: 0.0)
