"""The scripted and the recorded model: real implementations of the port without any model behind."""

from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena.errors import NotRecorded, RateLimited
from chatarena.language_model.port import Completion
from chatarena.language_model.recorded import RecordedModel
from chatarena.language_model.scripted import Reply, ScriptedModel, conforming_json
from tests.language_model.asking import ask, read
from tests.support.instant_loop import instantly


@given(st.text())
def test_fragments_are_words_and_join_to_the_text(text: str) -> None:
    fragments, completion = instantly(read(ScriptedModel(lambda _: text), ask("scripted/a")))
    assert completion.text == text and all(fragments)
    assert len(fragments) <= len(text.split()) + 1


def test_a_lanes_queue_comes_before_the_common_one_and_that_before_the_function() -> None:
    script = ScriptedModel(lambda request: f"made up for {request.lane}")
    script.enqueue("common")
    script.enqueue("for anna", lane="anna")
    said = [instantly(read(script, ask("scripted/a", lane=lane)))[1].text for lane in ("anna", "anna", "anna", "bo")]
    assert said == ["for anna", "common", "made up for anna", "made up for bo"]
    assert [request.lane for request in script.requests] == ["anna", "anna", "anna", "bo"]


def test_a_script_that_has_ended_says_so() -> None:
    async def main() -> None:
        with pytest.raises(NotRecorded, match="anna"):
            await read(ScriptedModel(), ask("scripted/a", lane="anna"))

    instantly(main())


def test_delays_are_waited_for_each_word() -> None:
    async def main() -> float:
        await read(ScriptedModel(lambda _: Reply(text="four words of text", delay=0.5)), ask("scripted/a"))
        return asyncio.get_running_loop().time()

    assert instantly(main()) == 2.0


def test_an_error_comes_after_the_words_before_it() -> None:
    async def main() -> None:
        script = ScriptedModel(lambda _: Reply(text="one two three", error=RateLimited("slow"), after=2))
        with pytest.raises(RateLimited) as caught:
            await read(script, ask("scripted/a"))
        assert caught.value.partial == "one two "

    instantly(main())


def test_what_a_reply_says_of_itself_is_in_the_completion() -> None:
    reply = Reply(
        text="7", finish_reason="length", top_logprobs=(("7", -0.1), ("8", -2.0)), prompt_tokens=5, completion_tokens=1
    )
    _, completion = instantly(read(ScriptedModel(lambda _: reply), ask("scripted/a", top_logprobs=1)))
    assert completion == Completion(
        text="7",
        finish_reason="length",
        requested_model="scripted/a",
        served_model="scripted/a",
        prompt_tokens=5,
        completion_tokens=1,
        cost=0.0,
        top_logprobs=(("7", -0.1),),
    )


@st.composite
def ratings(draw: st.DrawFn) -> dict[str, object]:
    low = draw(st.integers(-50, 50))
    names = draw(st.lists(st.text(min_size=1, max_size=6), min_size=1, max_size=5, unique=True))
    number = {"type": "integer", "minimum": low, "maximum": low + draw(st.integers(0, 100))}
    return {
        "type": "object",
        "properties": {
            **{name: number for name in names},
            "why": {"type": "string", "minLength": draw(st.integers(0, 20))},
            "pick": {"enum": names},
            "list": {"type": "array", "items": number, "minItems": draw(st.integers(0, 3))},
            "sure": {"type": "boolean"},
        },
    }


@given(ratings())
def test_made_up_json_satisfies_its_schema(schema: dict[str, object]) -> None:
    made = json.loads(conforming_json(json.dumps(schema)))
    properties = schema["properties"]
    assert isinstance(properties, dict) and set(made) == set(properties)
    for name, part in properties.items():
        if part.get("type") == "integer":
            assert part["minimum"] <= made[name] <= part["maximum"]
    assert len(made["why"]) >= properties["why"]["minLength"] and made["pick"] in properties["pick"]["enum"]
    assert len(made["list"]) >= properties["list"]["minItems"] and made["sure"] in (True, False)


def test_made_up_numbers_can_be_chosen() -> None:
    schema = (
        '{"type": "object", "properties": {"ratings": {"type": "object", "properties": {"b": {"type": "integer"}}}}}'
    )
    assert json.loads(conforming_json(schema, lambda path, low, high: {"ratings/b": 42}[path])) == {
        "ratings": {"b": 42}
    }
    with pytest.raises(ValueError, match="'null'"):
        conforming_json('{"type": "null"}')


def test_a_recording_repeats_what_was_said_and_spends_nothing() -> None:
    request = ask("openai/a")
    original = Completion(
        text="as it was", finish_reason="stop", requested_model="openai/a", cost=0.5, total_seconds=3.0, attempts=2
    )
    fragments, completion = instantly(read(RecordedModel({request.fingerprint(): original}), request))
    assert fragments == ["as it was"] and completion.text == original.text
    assert completion.from_cache and (completion.cost, completion.total_seconds, completion.attempts) == (0.0, None, 2)


def test_a_recording_without_the_reply_says_what_differs() -> None:
    async def main() -> None:
        with pytest.raises(NotRecorded, match="openai/a") as caught:
            await read(RecordedModel({}), ask("openai/a"))
        assert "sampling differs" in caught.value.remedy

    instantly(main())
