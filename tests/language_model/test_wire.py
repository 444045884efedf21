"""What crosses the pipe comes out as it went in."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena import errors
from chatarena.arena.agent import PromptPart, Sampling
from chatarena.language_model import wire
from chatarena.language_model.coalescer import Coalescer, whole_characters
from chatarena.language_model.port import Request
from chatarena.language_model.wire import Endpoint
from tests.support.instant_loop import instantly

samplings = st.builds(
    Sampling,
    temperature=st.none() | st.floats(0, 2),
    top_p=st.none() | st.floats(0, 1),
    max_tokens=st.integers(1, 4096),
    repeat_penalty=st.none() | st.floats(0.5, 2),
    stop=st.lists(st.text(max_size=4), max_size=3).map(tuple),
)
parts = st.builds(PromptPart, role=st.sampled_from(["system", "user", "assistant"]), text=st.text(max_size=40))
requests = st.builds(
    Request,
    model=st.text(max_size=20),
    parts=st.lists(parts, max_size=3).map(tuple),
    sampling=samplings,
    schema=st.text(max_size=20),
    top_logprobs=st.integers(0, 20),
    seed=st.none() | st.integers(0, 2**31),
    repetition=st.integers(0, 9),
    shared_parts=st.integers(0, 3),
    lane=st.text(max_size=8),
)


@given(requests)
def test_a_request_survives_the_pipe(request: Request) -> None:
    line = wire.dump({"request": wire.request_to_wire(request)})
    assert line.count(b"\n") == 1 and line.endswith(b"\n")
    back = wire.request_from_wire(wire.load(line)["request"])
    assert back == request and back.fingerprint() == request.fingerprint()


KINDS = [
    errors.ModelError,
    errors.AuthenticationFailed,
    errors.RateLimited,
    errors.ProviderUnavailable,
    errors.RequestRefused,
    errors.EmptyReply,
    errors.ModelProcessDied,
    errors.ModelNotInstalled,
    errors.NotRecorded,
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_error_keeps_its_class_and_what_it_says(kind: type[errors.ModelError]) -> None:
    error = kind("what", remedy="do this", retry_after=2.5)
    back = wire.error_from_wire(wire.load(wire.dump(wire.error_to_wire(error))), partial="so far")
    assert type(back) is kind
    assert (back.message, back.remedy, back.retry_after, back.partial) == ("what", "do this", 2.5, "so far")
    assert back.retryable == kind.retryable


def test_a_line_that_is_no_object_is_refused() -> None:
    for line in (b"[1]\n", b"Give Feedback\n"):
        with pytest.raises(ValueError):
            wire.load(line)


ENDPOINTS = {
    "openai/": Endpoint(api_base="http://all"),
    "openai/mine": Endpoint(api_base="http://mine", api_key_env="MINE"),
    "gpt-4o": Endpoint(api_key_env="OTHER"),
}


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("openai/gpt-4o", "openai/"),
        ("openai/mine", "openai/mine"),
        ("openai/mine/large", "openai/mine"),
        ("openai/minesweeper", "openai/"),
        ("gpt-4o", "gpt-4o"),
        ("gpt-4o-mini", None),
        ("anthropic/x", None),
    ],
)
def test_the_longest_beginning_of_a_models_name_decides_its_endpoint(model: str, expected: str | None) -> None:
    assert wire.endpoint_for(ENDPOINTS, model) == (ENDPOINTS[expected] if expected else None)


@pytest.mark.parametrize(
    ("model", "keys", "address"),
    [
        pytest.param("openai/gpt-4o", (), "http://all", id="own address, no key"),
        pytest.param("openai/mine", ("MINE",), "http://mine", id="own address and key"),
        pytest.param("mistral/x", ("MISTRAL_API_KEY",), "", id="hosted"),
        pytest.param("somebody/x", ("SOMEBODY_API_KEY",), "", id="unknown provider"),
        pytest.param("ollama_chat/x", (), "http://127.0.0.1:11434", id="local default"),
        pytest.param("lm_studio/x", (), "http://10.0.0.2/v1", id="local by variable"),
        pytest.param("embedded/x", (), "", id="embedded"),
    ],
)
def test_where_a_model_is_and_what_opens_it(model: str, keys: tuple[str, ...], address: str) -> None:
    assert wire.keys_for(ENDPOINTS, model) == keys
    assert wire.address_for(ENDPOINTS, model, {"LM_STUDIO_API_BASE": "http://10.0.0.2/v1"}) == address


surrogates = st.text(st.characters(categories=["Cs", "Ll"]) | st.sampled_from("\ud83d\ude00é"), max_size=6)


@given(st.lists(surrogates | st.text(max_size=5), max_size=12), st.sampled_from([0.0, 0.03, 1000.0]))
def test_crumbs_are_joined_without_loss(crumbs: list[str], interval: float) -> None:
    async def main() -> list[str]:
        out: list[str] = []
        joined = Coalescer(out.append, interval=interval)
        for crumb in crumbs:
            joined.add(crumb)
            await asyncio.sleep(0.01)
        joined.flush()
        return out

    out = instantly(main())
    assert "".join(out) == whole_characters("".join(crumbs))
    "".join(out).encode()


def test_the_first_crumb_goes_at_once_and_the_rest_at_most_once_an_interval() -> None:
    async def main() -> list[tuple[float, str]]:
        loop = asyncio.get_running_loop()
        out: list[tuple[float, str]] = []
        joined = Coalescer(lambda text: out.append((round(loop.time(), 6), text)), interval=0.03)
        await asyncio.sleep(1)
        for number in range(10):
            joined.add(str(number))
            await asyncio.sleep(0.008)
        joined.flush()
        return out

    assert instantly(main()) == [(1.0, "0"), (1.03, "123"), (1.06, "4567"), (1.08, "89")]


def test_signs_of_life_are_rare_and_hold_up_no_text() -> None:
    async def main() -> list[tuple[float, str]]:
        loop = asyncio.get_running_loop()
        out: list[tuple[float, str]] = []
        joined = Coalescer(lambda text: out.append((round(loop.time(), 6), text)))
        for _ in range(20):
            joined.pulse()
            await asyncio.sleep(0.125)
        joined.add("text")
        joined.pulse()
        return out

    assert instantly(main()) == [(0.0, ""), (1.0, ""), (2.0, ""), (2.5, "text")]


def test_a_pair_split_between_crumbs_is_one_character_again() -> None:
    async def main() -> list[str]:
        out: list[str] = []
        joined = Coalescer(out.append, interval=0.0)
        for crumb in ("a\ud83d", "\ude00b", "\ud83d"):
            joined.add(crumb)
        joined.flush()
        return out

    assert instantly(main()) == ["a", "😀b", "\ufffd"]
