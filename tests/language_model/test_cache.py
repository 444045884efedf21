"""Replies kept on disk."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatarena.errors import NotRecorded, ProviderUnavailable
from chatarena.language_model.cache import Cached, CachePolicy, ResponseCache, cache_key
from chatarena.language_model.port import Completion
from chatarena.language_model.resilience import Resilient
from chatarena.language_model.scripted import Reply, ScriptedModel
from chatarena.language_model.streams import opened
from tests.language_model.asking import ask, read
from tests.support.instant_loop import instantly

REQUEST = ask("openai/a")
KEPT = Completion(text="kept", finish_reason="stop", requested_model="openai/a", cost=0.25, prompt_tokens=3)


def counting() -> ScriptedModel:
    """Answers with the number of the call."""
    numbers = itertools.count(1)
    return ScriptedModel(lambda _: f"reply number {next(numbers)}")


@pytest.fixture
def cache(tmp_path: Path) -> ResponseCache:
    return ResponseCache(tmp_path / "cache")


def test_the_second_time_nothing_is_called(cache: ResponseCache) -> None:
    script = counting()
    cached = Cached(script, cache)
    _, first = instantly(read(cached, REQUEST))
    fragments, second = instantly(read(cached, REQUEST))
    assert len(script.requests) == 1
    assert second.text == first.text and fragments == [first.text]
    assert second.from_cache and not first.from_cache
    assert (second.cost, second.first_token_seconds, second.total_seconds) == (0.0, None, None)
    assert (cache.stats().entries, cache.stats().hits, cache.stats().misses) == (1, 1, 1)


@pytest.mark.parametrize(("policy", "calls"), [pytest.param("off", 2, id="off"), pytest.param("on", 1, id="on")])
def test_policies(cache: ResponseCache, policy: CachePolicy, calls: int) -> None:
    script = counting()
    for _ in range(2):
        instantly(read(Cached(script, cache, policy=policy), REQUEST))
    assert len(script.requests) == calls
    assert cache.stats().entries == calls % 2


def test_only_never_calls(cache: ResponseCache) -> None:
    script = counting()

    async def miss() -> None:
        with pytest.raises(NotRecorded, match="openai/a"):
            await read(Cached(script, cache, policy="only"), REQUEST)

    instantly(miss())
    assert not script.requests
    instantly(read(Cached(script, cache), REQUEST))
    _, again = instantly(read(Cached(script, cache, policy="only"), REQUEST))
    assert again.from_cache and len(script.requests) == 1
    with pytest.raises(ValueError, match="sometimes"):
        Cached(script, cache, policy="sometimes")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "same"),
    [
        pytest.param({"repetition": 1}, False, id="repetition"),
        pytest.param({"model": "openai/b"}, False, id="model"),
        pytest.param({"seed": 1}, False, id="seed"),
        pytest.param({"schema": "{}"}, False, id="schema"),
        pytest.param({"top_logprobs": 3}, False, id="logprobs"),
        pytest.param({"sampling": replace(REQUEST.sampling, temperature=0.1)}, False, id="temperature"),
        pytest.param({"lane": "x", "shared_parts": 1}, True, id="hints do not matter"),
    ],
)
def test_the_key_holds_everything_that_may_change_the_reply(
    cache: ResponseCache, change: dict[str, object], same: bool
) -> None:
    cached = Cached(counting(), cache)
    assert (cached.key(REQUEST) == cached.key(replace(REQUEST, **change))) is same  # type: ignore[arg-type]


def test_the_address_is_part_of_the_key(cache: ResponseCache) -> None:
    here, there = Cached(counting(), cache), Cached(counting(), cache, address=lambda _: "http://x/v1")
    assert here.key(REQUEST) != there.key(REQUEST)


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply(text="half of it", error=ProviderUnavailable("cut"), after=1), id="error"),
        pytest.param(Reply(text="blocked", finish_reason="content_filter"), id="content filter"),
        pytest.param(Reply(text="cut off", finish_reason="unknown"), id="end unknown"),
        pytest.param(Reply(text="  \n"), id="blank"),
    ],
)
def test_what_is_no_good_reply_is_not_kept(cache: ResponseCache, reply: Reply) -> None:
    script = ScriptedModel()
    script.enqueue(reply)

    async def call() -> None:
        try:
            await read(Cached(script, cache), REQUEST)
        except ProviderUnavailable:
            return

    instantly(call())
    assert cache.stats().entries == 0 and len(script.requests) == 1


def test_a_reply_cut_at_its_length_and_bare_token_probabilities_are_kept(cache: ResponseCache) -> None:
    assert cache.put("aa" * 32, replace(KEPT, finish_reason="length"))
    assert cache.put("bb" * 32, replace(KEPT, text="", top_logprobs=(("Yes", -0.5),)))


def test_a_fallbacks_reply_is_not_kept_as_the_requested_models(cache: ResponseCache) -> None:
    script = ScriptedModel(
        lambda request: Reply(error=ProviderUnavailable("x")) if request.model == "openai/a" else "other"
    )
    cached = Cached(Resilient(script, jitter=lambda: 0.0, fallbacks={"openai/a": "openai/b"}), cache)
    assert instantly(read(cached, REQUEST))[1].fallback
    assert cache.stats().entries == 0


def test_a_reply_that_was_left_early_is_not_kept(cache: ResponseCache) -> None:
    async def leave() -> None:
        async with opened(Cached(ScriptedModel(lambda _: "one two three"), cache), REQUEST) as stream:
            await anext(stream)

    instantly(leave())
    assert cache.stats().entries == 0


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(b"", id="empty file"),
        pytest.param(b'{"format": 1, "completion": {"te', id="cut off"),
        pytest.param(b"[]", id="not an object"),
        pytest.param(b'{"format": 99, "completion": {}}', id="another format"),
        pytest.param(b'{"format": 1, "completion": {"text": "x"}}', id="fields missing"),
        pytest.param(b"\xff\xfe\x00", id="not text"),
    ],
)
def test_a_damaged_entry_is_a_miss_and_is_replaced(cache: ResponseCache, tmp_path: Path, damage: bytes) -> None:
    script = counting()
    cached = Cached(script, cache)
    instantly(read(cached, REQUEST))
    [entry] = tmp_path.rglob("*.json")
    entry.write_bytes(damage)
    _, completion = instantly(read(cached, REQUEST))
    assert len(script.requests) == 2 and not completion.from_cache
    assert instantly(read(cached, REQUEST))[1].from_cache


def test_a_disk_that_refuses_costs_no_reply(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the directory should be")
    cache = ResponseCache(tmp_path / "cache")
    _, completion = instantly(read(Cached(counting(), cache), REQUEST))
    assert completion.text == "reply number 1"
    assert cache.stats().write_failures == 1


def test_files_and_directories_are_private_and_nothing_else_is_left(cache: ResponseCache, tmp_path: Path) -> None:
    instantly(read(Cached(counting(), cache), REQUEST))
    found = [path for path in tmp_path.rglob("*")]
    assert {oct(path.stat().st_mode & 0o777) for path in found if path.is_dir()} == {"0o700"}
    assert {oct(path.stat().st_mode & 0o777) for path in found if path.is_file()} == {"0o600"}
    assert [path.suffix for path in found if path.is_file()] == [".json"]


def test_no_prompt_is_written(cache: ResponseCache, tmp_path: Path) -> None:
    instantly(read(Cached(counting(), cache), ask("openai/a", "a private question")))
    [entry] = tmp_path.rglob("*.json")
    assert "private question" not in entry.read_text()
    assert json.loads(entry.read_bytes())["completion"]["text"] == "reply number 1"


def test_clear_and_stats(cache: ResponseCache) -> None:
    for number in range(3):
        cache.put(f"{number:02d}" * 32, replace(KEPT, cost=0.25))
    assert cache.get("00" * 32) is not None and cache.get("ff" * 32) is None
    stats = cache.stats()
    assert (stats.entries, stats.hits, stats.misses, stats.saved) == (3, 1, 1, 0.25) and stats.bytes > 300
    assert cache.clear() == 3 and cache.stats().entries == 0 and cache.clear() == 0


# -- forgetting --------------------------------------------------------------------------------------------------------

MINE, THEIRS, UNKNOWN = "a" * 64, "b" * 64, "c" * 64
LONG = "The harbour freezes over in the winter, as your sister says."
HERE = "http://127.0.0.1:8080/v1"


def kept(cache: ResponseCache, request: str, address: str, text: str, *, old: bool) -> None:
    """A reply as this version keeps it, or as the first one did."""
    key = cache_key(request, address)
    assert cache.put(key, replace(KEPT, text=text), request="" if old else request)
    if old:
        path = cache._path(key)
        entry = json.loads(path.read_bytes())
        del entry["request"]
        path.write_text(json.dumps(entry))


FORGOTTEN = {
    "by its request": (MINE, "http://elsewhere/v1", "x", False, True),
    "another request": (UNKNOWN, "", "x", False, False),
    "another request at a known address": (UNKNOWN, HERE, "x", False, False),
    "needed elsewhere": (THEIRS, "", LONG, False, False),
    "old, at the provider's own address": (MINE, "", "x", True, True),
    "old, at a known address": (MINE, HERE, "x", True, True),
    "old, at a forgotten address, by what it says": (
        MINE,
        "http://elsewhere/v1",
        f"Fir: {LONG} And so on.",
        True,
        True,
    ),
    "old, at a forgotten address, saying something else": (MINE, "http://elsewhere/v1", "x", True, False),
    "old, needed elsewhere": (THEIRS, HERE, LONG, True, False),
    "a turn that was stopped in its last moment": (UNKNOWN, "", LONG, False, True),
    "a short reply": (UNKNOWN, "", "No!", False, True),
    "a short reply within a longer one": (UNKNOWN, "", "No, not this time.", False, False),
    "white space apart": (UNKNOWN, "", LONG.replace(" ", "\n  "), False, True),
}


@pytest.mark.parametrize(("request_", "address", "text", "old", "gone"), FORGOTTEN.values(), ids=FORGOTTEN)
def test_forgetting(cache: ResponseCache, request_: str, address: str, text: str, old: bool, gone: bool) -> None:
    kept(cache, request_, address, text, old=old)
    forgotten = cache.forget({MINE}, shared={THEIRS}, addresses={HERE}, texts=(LONG, "No", "  "))
    assert (forgotten, cache.stats().entries) == ((1, 0) if gone else (0, 1))


def test_a_request_that_both_made_stays(cache: ResponseCache) -> None:
    kept(cache, MINE, "", LONG, old=False)
    assert cache.forget({MINE}, shared={MINE}, texts=(LONG,)) == 0
    assert cache.forget({MINE}) == 1


def test_forgetting_leaves_no_damaged_and_no_unfinished_file(cache: ResponseCache, tmp_path: Path) -> None:
    kept(cache, UNKNOWN, "", "x", old=False)
    [path] = tmp_path.rglob("*.json")
    path.with_name("ff.json").write_bytes(b'{"completion": {"text": "half')
    path.with_name(".new-1").write_bytes(b'{"completion": {"te')
    assert cache.forget(()) == 1
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == [path]


def test_what_a_model_said_is_found_by_the_fingerprint_of_its_call(cache: ResponseCache, tmp_path: Path) -> None:
    cached = Cached(counting(), cache, address=lambda _: "http://a-place-that-nobody-remembers")
    instantly(read(cached, REQUEST))
    instantly(read(cached, replace(REQUEST, repetition=1)))
    assert cache.forget({REQUEST.fingerprint()}) == 1
    [path] = tmp_path.rglob("*.json")
    assert "reply number 2" in path.read_text()


def test_an_empty_cache_forgets_nothing(tmp_path: Path) -> None:
    assert ResponseCache(tmp_path / "none").forget({MINE}) == 0


def test_savings_of_unknown_price_are_unknown(cache: ResponseCache) -> None:
    cache.put("aa" * 32, replace(KEPT, cost=None))
    cache.get("aa" * 32)
    assert cache.stats().saved is None


pairs = st.lists(st.tuples(st.text(max_size=8), st.floats(-50, 0)), max_size=4).map(tuple)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    text=st.text(min_size=1).filter(str.strip),
    logprobs=pairs,
    cost=st.none() | st.floats(0, 10),
    tokens=st.none() | st.integers(0, 10**6),
)
def test_what_is_kept_comes_back_as_it_was(
    cache: ResponseCache, text: str, logprobs: tuple[tuple[str, float], ...], cost: float | None, tokens: int | None
) -> None:
    completion = replace(KEPT, text=text, top_logprobs=logprobs, cost=cost, completion_tokens=tokens)
    assert cache.put("cc" * 32, completion)
    assert cache.get("cc" * 32) == completion
