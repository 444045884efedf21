"""The line of every key, and values that read back the same."""

from __future__ import annotations

import math
import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatarena.cli.toml import key_lines, toml_key, toml_value

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=8,
)


@given(VALUES)
def test_a_written_value_reads_back_the_same(value: Any) -> None:
    read = tomllib.loads(f"value = {toml_value(value)}")["value"]
    assert read == value
    assert type(read) is type(value)


@given(TEXT)
def test_a_written_key_reads_back_the_same(key: str) -> None:
    assert tomllib.loads(f"{toml_key(key)} = 1") == {key: 1}


def test_what_toml_has_no_value_for_is_refused() -> None:
    with pytest.raises(ValueError, match="object"):
        toml_value(object())
    assert toml_value({"a": None, "b": 1}) == "{ b = 1 }"
    assert math.isinf(tomllib.loads(f"x = {toml_value(math.inf)}")["x"])


DOCUMENT = '''\
# a comment
top = 1

[models]   # another
default = """
[not.a.table]
nor = "a key"
"""
api_base = { "openai/local" = "http://x", other = "y" }
list = [
  "one",
]
after.dots = 2
[models.prices."a b"]
input = 1
[[rows]]
x = 1
'''


def test_each_key_has_the_line_on_which_its_statement_begins() -> None:
    assert key_lines(DOCUMENT) == {
        ("top",): 2,
        ("models",): 4,
        ("models", "default"): 5,
        ("models", "api_base"): 9,
        ("models", "api_base", "openai/local"): 9,
        ("models", "api_base", "other"): 9,
        ("models", "list"): 10,
        ("models", "after"): 13,
        ("models", "after", "dots"): 13,
        ("models", "prices"): 14,
        ("models", "prices", "a b"): 14,
        ("models", "prices", "a b", "input"): 15,
        ("rows",): 16,
        ("rows", "x"): 17,
    }


@settings(max_examples=30)
@given(
    st.dictionaries(
        TEXT, st.dictionaries(TEXT, VALUES.filter(lambda v: not isinstance(v, dict)), min_size=1), max_size=4
    )
)
def test_every_key_of_any_document_has_a_line_that_names_it(tables: dict[str, dict[str, Any]]) -> None:
    lines: list[str] = []
    expected: dict[tuple[str, ...], int] = {}
    for name, entries in tables.items():
        lines.append(f"[{toml_key(name)}]")
        expected[name,] = len(lines)
        for key, value in entries.items():
            lines.append(f"{toml_key(key)} = {toml_value(value)}")
            expected[name, key] = len(lines)
    found = key_lines("\n".join(lines) + "\n")
    assert {where: line for where, line in found.items() if where in expected} == expected
