"""Whatever is not read of a document stands among what was left behind, once, and nothing that was read does."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena.arena.events import Unmapped
from chatarena.errors import SourceDamaged
from chatarena.exchange.foreign import NO_PLACE, SAMPLE, Foreign, merged, parse

KEYS = st.text(alphabet="abcdef", min_size=1, max_size=3)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=25,
)


def walk(node: Foreign, value: Any, pattern: str, draw: Any, unread: Counter[str]) -> None:
    """Read some of a document, noting by itself what it passes over."""
    if isinstance(value, dict):
        node.skip_empty()
        for key, inner in value.items():
            step(node.get(key), inner, f"{pattern}.{key}" if pattern else key, draw, unread)
    elif isinstance(value, list):
        for child, inner in zip(node.each(), value, strict=True):
            step(child, inner, f"{pattern}[]", draw, unread)
    else:
        node.take()


def step(node: Foreign | None, value: Any, pattern: str, draw: Any, unread: Counter[str]) -> None:
    if node is None:
        assert value is None
    elif draw(st.booleans()):
        walk(node, value, pattern, draw, unread)
    else:
        unread[pattern] += 1


@given(st.dictionaries(KEYS, VALUES, max_size=5), st.data())
def test_what_is_passed_over_is_exactly_what_is_left_behind(value: dict[str, Any], data: st.DataObject) -> None:
    document, unread = Foreign(value), Counter[str]()
    document.skip_empty()
    for key, inner in value.items():
        step(document.get(key), inner, key, data.draw, unread)
    assert Counter({item.where: item.count for item in document.left_behind()}) == unread
    assert document.left_behind() == ()


@given(VALUES)
def test_a_document_nobody_reads_is_left_behind_as_one(value: Any) -> None:
    (left,) = Foreign(value).left_behind()
    assert (left.where, left.count, left.why) == ("the document", 1, NO_PLACE)
    assert len(left.sample) <= SAMPLE


def test_things_are_told_by_kind_with_a_reason_and_a_sample() -> None:
    document = Foreign({"rounds": [{"x": 1, "y": "a"}, {"x": 2}], "people": {"Ann": {"z": 3}, "Ben": {"z": 4}}})
    for each in document.need("rounds").each():
        each.said("y")
    for _, person in document.need("people").named():
        person.need("z").set_aside("nobody's business")
    assert document.left_behind() == (
        Unmapped(where="rounds[].x", count=2, why=NO_PLACE, sample="1"),
        Unmapped(where="people.*.z", count=2, why="nobody's business", sample="3"),
    )


def test_the_nearest_reason_is_given() -> None:
    document = Foreign({"a": {"b": {"c": 1}, "d": 2}, "e": 3, "f": {"g": 4}})
    document.explain("the whole")
    document.need("a").explain("a part")
    document.need("a").need("b").get("x")
    document.need("f").set_aside("aside")
    assert {item.where: item.why for item in document.left_behind()} == {
        "a.b.c": "a part",
        "a.d": "a part",
        "e": "the whole",
        "f": "aside",
    }


def test_a_part_is_told_once_by_itself_and_not_again_by_the_whole() -> None:
    document = Foreign({"a": {"b": 1}, "c": 2})
    document.need("a").get("nothing")
    assert [item.where for item in document.need("a").left_behind()] == ["a.b"]
    assert [item.where for item in document.left_behind()] == ["c"]


@pytest.mark.parametrize(
    ("read", "message"),
    [
        pytest.param(lambda d: d.need("no"), "no is missing", id="missing"),
        pytest.param(lambda d: d.need("null"), "null is missing", id="null"),
        pytest.param(lambda d: d.need("list").each()[1].text(), "list[1] must be text, not the number 7", id="number"),
        pytest.param(lambda d: d.need("list").need("x"), "list must be an object, not a list", id="list"),
        pytest.param(lambda d: d.need("flag").number(), "flag must be a finite number, not true or false", id="flag"),
        pytest.param(lambda d: d.need("huge").number(), "huge must be a finite number", id="huge"),
        pytest.param(lambda d: d.need("huge").whole(), "huge must be a whole number", id="huge-whole"),
        pytest.param(lambda d: d.need("nan").number(), "nan must be a finite number", id="nan"),
        pytest.param(lambda d: d.need("half").whole(), "half must be a whole number", id="half"),
        pytest.param(lambda d: d.need("half").flag(), "half must be true or false", id="not-a-flag"),
        pytest.param(lambda d: d.each(), "the document must be a list, not an object", id="root"),
    ],
)
def test_a_wrong_kind_is_named_with_its_place(read: Any, message: str) -> None:
    document = Foreign(
        {"null": None, "list": ["a", 7], "flag": True, "huge": 10**400, "nan": float("nan"), "half": 0.5}
    )
    with pytest.raises(SourceDamaged) as caught:
        read(document)
    assert caught.value.message.startswith(message)


def test_what_agrees_counts_as_read_and_what_does_not_is_left() -> None:
    document = Foreign({"same": [1], "other": 2})
    assert document.agrees("same", [1])
    assert not document.agrees("other", 3)
    assert document.agrees("absent", 3)
    assert [item.where for item in document.left_behind()] == ["other"]


def test_empty_values_may_be_passed_over_and_full_ones_may_not() -> None:
    document = Foreign({"a": None, "b": {}, "c": [], "d": "", "e": 0, "f": False, "g": [0]})
    document.skip_empty(*"abcdefgh")
    assert [item.where for item in document.left_behind()] == ["e", "f", "g"]


@pytest.mark.parametrize(
    ("text", "value", "mended"),
    [
        pytest.param('{"a": 1, "a": 2}', {"a": 2, "a (stands twice)": 1}, 0, id="a-key-twice"),
        pytest.param(
            '{"a": 1, "a": 2, "a": 3}', {"a": 3, "a (stands twice)": 1, "a (stands twice)*": 2}, 0, id="thrice"
        ),
        pytest.param(r'["\ud83d\ude00"]', ["😀"], 0, id="a-whole-character"),
        pytest.param(r'[{"\ud83d": "x\ude00y"}]', [{"\ufffd": "x\ufffdy"}], 2, id="halves-of-characters"),
        pytest.param("\ufeff[1]", [1], 0, id="byte-order-mark"),
    ],
)
def test_parsing_loses_nothing(text: str, value: object, mended: int) -> None:
    assert parse(text.encode()) == (value, mended)


@pytest.mark.parametrize("data", [b"{", b"\xff", b"[" * 100_000], ids=["not-json", "not-utf8", "too-deep"])
def test_what_is_no_json_is_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError):
        parse(data)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 9), st.sampled_from("xy")), max_size=8))
def test_merging_keeps_every_count(items: list[tuple[str, int, str]]) -> None:
    lists = [[Unmapped(where=where, count=count, why=why)] for where, count, why in items]
    expected = Counter[tuple[str, str]]()
    for where, count, why in items:
        expected[where, why] += count
    assert {(item.where, item.why): item.count for item in merged(*lists)} == expected


def test_a_sample_of_something_huge_is_short() -> None:
    document = Foreign({"words": ["word" * 50] * 100_000, "map": {str(n): n for n in range(100_000)}, "bytes": b"abc"})
    samples = {item.where: item.sample for item in (document.get("none"), *document.left_behind()) if item}
    assert set(map(len, samples.values())) <= set(range(1, SAMPLE + 1))
    assert samples["bytes"] == "3 bytes"
    assert json.loads(samples["map"][: samples["map"].rindex(",")] + "}")["0"] == 0
