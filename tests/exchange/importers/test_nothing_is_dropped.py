"""Nothing of a foreign record is dropped silently: a field that nobody knows, wherever it stands, is listed."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.exchange.importers import records
from tests.exchange.importers.records import account_of, covers, sessions_of, write

# Objects whose keys are names that people gave: a new key there is a new person, not a new field. What a tool is called
# with is taken as it is.
NAMES = ("judgments", "label_to_model", "attachments", "arguments")
RECORDS: list[tuple[str, Callable[[], Any]]] = [
    ("nyu_debates", records.nyu),
    ("llm_council", records.council),
    ("inspect_ai", lambda: records.inspect_log(1, 2)),
    ("chat_jsonl", lambda: [records.sharegpt(), records.sharegpt()]),
    ("chat_jsonl", lambda: [records.role_messages()]),
    ("chat_jsonl", lambda: [records.mt_question()]),
    ("chat_jsonl", lambda: [records.mt_answer()]),
]
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("pq", max_size=2), inner, max_size=3),
    max_leaves=6,
)


def objects(value: Any, place: str = "", key: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object in a document whose keys are words of the format, and where it stands."""
    if isinstance(value, dict):
        if key not in NAMES:
            yield place, value
        for name, inner in value.items():
            yield from objects(inner, f"{place}.{name}" if place else name, name)
    elif isinstance(value, list):
        for inner in value:
            yield from objects(inner, f"{place}[]")


@pytest.mark.parametrize(
    ("format", "make"), RECORDS, ids=["nyu", "council", "inspect", "sharegpt", "messages", "question", "answer"]
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(data=st.data())
def test_an_unknown_field_anywhere_is_listed(
    tmp_path: Path, format: str, make: Callable[[], Any], data: st.DataObject
) -> None:
    document = copy.deepcopy(make())
    places = sorted(objects(document), key=lambda item: item[0])
    chosen = data.draw(st.lists(st.integers(0, len(places) - 1), min_size=1, max_size=4, unique=True))
    added = []
    for number, index in enumerate(chosen):
        place, target = places[index]
        target[f"zz{number}"] = data.draw(JUNK)
        added.append((place + "." if place else "") + f"zz{number}")
    sessions = sessions_of(write(tmp_path, "record.json", document), format)
    found = [item for session in sessions for item in account_of(session).unmapped]
    # A list of conversations has no name for the list itself.
    unnamed = [place.removeprefix("[].").removeprefix("[]") for place in added]
    for place in unnamed:
        assert any(covers(item.where, place) for item in found), (place, [item.where for item in found])


@pytest.mark.parametrize(("format", "make"), RECORDS[:4], ids=["nyu", "council", "inspect", "sharegpt"])
def test_a_key_that_stands_twice_is_listed(tmp_path: Path, format: str, make: Callable[[], Any]) -> None:
    value = make()
    text = json.dumps(value)
    first = next(iter(value[0] if isinstance(value, list) else value))
    doubled = text.replace(f'"{first}":', f'"{first}": "an earlier value", "{first}":', 1)
    sessions = sessions_of(write(tmp_path, "record.json", doubled), format)
    assert any(covers(f"{first} (stands twice)", item.where) for s in sessions for item in account_of(s).unmapped)


def test_a_row_of_a_database_that_no_talk_was_read_from_is_counted(tmp_path: Path) -> None:
    source = records.database(tmp_path, "logs.db", old=True, new=True)
    found = records.left(sessions_of(source, "simonw_llm"))
    assert found["table messages"] == 1  # a branch that no thread ends in
    assert found["table conversations"] == 1  # one without a word in it
    assert found["table parts"] == 1
    assert found["table _llm_migrations"] == 1
