"""The embedded model: who gets which slot, how many threads, and (with real weights) the whole way through LiteLLM."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from chatarena.arena.agent import PromptPart, Sampling
from chatarena.cli.home import find_paths
from chatarena.errors import ArenaError, ModelNotInstalled, RequestRefused
from chatarena.language_model.embedded_runtime import choose_machine
from chatarena.language_model.embedded_slots import Slots
from chatarena.language_model.install import get
from chatarena.language_model.port import Completion, Request
from chatarena.language_model.process import ModelProcess
from chatarena.language_model.streams import complete, opened

MODEL = "embedded/smollm2-135m"
BRIEF = "You advise a person who must decide between tea and coffee. " * 20


def test_a_prefix_is_read_once_and_copied_by_all_others():
    slots = Slots(4)
    gate = threading.Barrier(4, timeout=10)
    duties: list[str] = []

    def call(lane: str) -> None:
        with slots.place(lane, "prefix") as place:
            if place.duty == "read":
                slots.was_saved("prefix")
            duties.append(place.duty)
            gate.wait()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(call, "ABCD"))
    assert sorted(duties) == ["copy", "copy", "copy", "read"]
    with slots.place("A", "prefix") as place:
        assert place.duty == "none"


def test_a_lane_gets_its_own_slot_again():
    slots = Slots(3)
    first = {}
    for lane in "ABC":
        with slots.place(lane, "") as place:
            first[lane] = place.slot
    assert len(set(first.values())) == 3
    for lane in "CAB":
        with slots.place(lane, "") as place:
            assert place.slot == first[lane]


def test_a_reader_that_fails_leaves_the_reading_to_the_next():
    slots = Slots(1)
    with pytest.raises(RuntimeError), slots.place("A", "prefix") as place:
        assert place.duty == "read"
        raise RuntimeError
    with slots.place("B", "prefix") as place:
        assert place.duty == "read"
        slots.was_saved("prefix")
    with slots.place("C", "other"):
        slots.was_saved("other")
    with slots.place("D", "prefix") as place:
        assert place.duty == "copy"


def test_a_slot_serves_one_call_at_a_time_in_the_order_of_asking():
    slots = Slots(1)
    served: list[int] = []
    busy = threading.Lock()

    def call(number: int) -> None:
        with slots.place(str(number), ""):
            assert busy.acquire(blocking=False), "two calls in one slot"
            served.append(number)
            busy.release()

    with slots.place("first", ""):
        threads = []
        for number in range(8):
            thread = threading.Thread(target=call, args=(number,))
            thread.start()
            threads.append(thread)
            while len(slots._queue) <= number:  # each has taken its ticket before the next one asks
                thread.join(0.001)
    for thread in threads:
        thread.join(10)
    assert served == list(range(8))


def test_old_prefixes_are_forgotten():
    slots = Slots(1)
    for number in range(10):
        with slots.place("A", f"prefix-{number}"):
            slots.was_saved(f"prefix-{number}")
    assert slots.forgotten() == ("prefix-0", "prefix-1")
    with slots.place("A", "prefix-0") as place:
        assert place.duty == "read"
        slots.was_saved("prefix-0")


def test_a_prefix_is_not_forgotten_while_a_call_relies_on_it():
    slots = Slots(2)
    with slots.place("reader", "kept") as place:
        assert place.duty == "read"
        slots.was_saved("kept")
        for number in range(10):
            with slots.place("other", f"prefix-{number}"):
                slots.was_saved(f"prefix-{number}")
        assert "kept" not in slots.forgotten()
    assert slots.forgotten() == ("kept",)
    with slots.place("A", ""), slots.place("B", ""):  # both slots were given back
        pass


def test_there_must_be_a_slot():
    with pytest.raises(ValueError, match="at least one slot"):
        Slots(0)


@pytest.mark.parametrize(
    ("cores", "busy", "ci", "threads", "expected"),
    [
        pytest.param(2, 0.1, False, None, (2, 2, False), id="idle-spins-on-all"),
        pytest.param(2, 1.2, False, None, (1, 2, True), id="busy-sleeps-and-leaves-room"),
        pytest.param(8, 0.0, True, None, (7, 8, True), id="ci-is-always-busy"),
        pytest.param(1, 3.0, False, None, (1, 1, True), id="one-core"),
        pytest.param(8, 0.0, False, 3, (3, 3, False), id="as-set"),
    ],
)
def test_threads_follow_the_load(cores, busy, ci, threads, expected):
    machine = choose_machine(cores, busy, ci=ci, threads=threads)
    assert (machine.threads, machine.batch_threads, machine.passive) == expected


@pytest.fixture(scope="module")
def weights() -> Path:
    """The folder with the small model's weights, fetched once for this machine."""
    directory = find_paths({}).models_dir
    try:
        return get("smollm2-135m", directory).parent
    except ArenaError as error:
        pytest.skip(f"the small model could not be fetched: {error.message}")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def small(weights: Path) -> AsyncIterator[ModelProcess]:
    process = ModelProcess({}, embedded={"models_dir": str(weights), "slots": 4, "context": 1024})
    await process.start()
    await process.warm(MODEL)
    yield process
    await process.aclose()


def ask(lane: str, text: str, **more: object) -> Request:
    parts = (PromptPart(role="system", text=BRIEF), PromptPart(role="user", text=text))
    sampling = Sampling(temperature=0.7, max_tokens=int(str(more.pop("max_tokens", 24))))
    return Request(model=MODEL, parts=parts, sampling=sampling, shared_parts=1, lane=lane, seed=1, **more)  # type: ignore[arg-type]


@pytest.mark.embedded
@pytest.mark.asyncio(loop_scope="module")
async def test_a_round_is_spoken_at_once(small):
    done = await asyncio.gather(*[complete(small, ask(lane, f"You are {lane}. Speak.")) for lane in "ABCD"])
    for completion in done:
        assert completion.text
        assert completion.finish_reason in ("stop", "length")
        assert completion.cost == 0.0
        assert completion.prompt_tokens is not None
        assert completion.prompt_tokens > 200
        assert completion.completion_tokens is not None
        assert 0 < completion.completion_tokens <= 24


@pytest.mark.embedded
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("attempt", range(3))
async def test_ratings_keep_to_their_schema(small, attempt):
    bounds = {"type": "integer", "minimum": 0, "maximum": 100}
    schema = json.dumps(
        {
            "type": "object",
            "properties": {"a": bounds, "b": bounds},
            "required": ["a", "b"],
            "additionalProperties": False,
        }
    )
    completion = await complete(small, ask("A", f"Rate a and b. Take {attempt}.", schema=schema, max_tokens=60))
    assert completion.finish_reason == "stop"
    ratings = json.loads(completion.text)
    assert set(ratings) == {"a", "b"}
    assert all(0 <= value <= 100 for value in ratings.values())


@pytest.mark.embedded
@pytest.mark.asyncio(loop_scope="module")
async def test_token_probabilities_come_best_first(small):
    completion = await complete(small, ask("A", "Is tea wet? Answer Yes or No.", top_logprobs=20, max_tokens=1))
    values = [value for _, value in completion.top_logprobs]
    assert len(values) == 20
    assert values == sorted(values, reverse=True)
    assert all(value <= 0 for value in values)
    assert {"yes", "no"} & {token.strip().casefold() for token, _ in completion.top_logprobs}


@pytest.mark.embedded
@pytest.mark.asyncio(loop_scope="module")
async def test_leaving_a_reply_frees_its_slot(small):
    for _ in range(6):  # more than there are slots
        async with opened(small, ask("A", "Count to a thousand.", max_tokens=700)) as stream:
            async for _piece in stream:
                break
    assert isinstance(await complete(small, ask("B", "Say hello.", max_tokens=4)), Completion)


@pytest.mark.embedded
@pytest.mark.asyncio(loop_scope="module")
async def test_a_prompt_beyond_the_context_is_refused_in_words(small):
    with pytest.raises(RequestRefused, match="context"):
        await complete(small, ask("A", "tea " * 3000))


@pytest.mark.embedded
@pytest.mark.asyncio(loop_scope="module")
async def test_weights_that_are_not_there_are_named_with_their_remedy(small):
    request = Request(
        model="embedded/qwen9", parts=(PromptPart(role="user", text="Hi"),), sampling=Sampling(max_tokens=4)
    )
    with pytest.raises(ModelNotInstalled, match="no embedded model 'qwen9'"):
        await complete(small, request)


@pytest.mark.embedded
@pytest.mark.asyncio(loop_scope="module")
async def test_two_models_in_one_round_take_turns(small, weights, tmp_path):
    twin = tmp_path / "twin.gguf"
    twin.symlink_to(weights / "smollm2-135m.gguf")
    requests = [
        replace(ask(lane, "Say hello.", max_tokens=6), model=model)
        for lane in "ABC"
        for model in (MODEL, f"embedded/{twin}")
    ]
    done = await asyncio.gather(*[complete(small, request) for request in requests])
    assert all(completion.text for completion in done)
