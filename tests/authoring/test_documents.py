"""YAML as people mean it: words stay words, lines are known, and no file can do harm."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from chatarena.authoring.documents import MAX_NODES, Plain, Value, read_yaml, write_yaml
from chatarena.errors import AuthoringError

PRINTABLE = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn")) | st.sampled_from("\n\t"), max_size=40)
TREES = st.recursive(
    PRINTABLE, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(PRINTABLE, inner, max_size=4), max_leaves=12
)


def bomb(levels: int) -> str:
    lines = ["l0: &l0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        pytest.param("", 1, "the file is empty", id="empty"),
        pytest.param("# only a comment\n", 1, "the file is empty", id="comment"),
        pytest.param("just words", 1, "not a mapping", id="words"),
        pytest.param("- a\n- b\n", 1, "not a mapping", id="list"),
        pytest.param("a: 1\n---\nb: 2\n", 2, "more than one YAML document", id="two documents"),
        pytest.param("a: 1\nb: 2\na: 3\n", 3, "'a' stands twice, first in line 1", id="duplicate key"),
        pytest.param("a:\n  b: 1\n  b: 2\n", 3, "'b' stands twice", id="duplicate inner key"),
        pytest.param("a: b: c\n", 1, "put a text that contains ': ' into quotes", id="colon in text"),
        pytest.param("a:\n\t- b\n", 2, "indent with spaces", id="tab"),
        pytest.param("a: 'b\nc: d\n", 3, "close the quotes", id="open quotes"),
        pytest.param("a: [b, c\n", 2, "close the bracket", id="open bracket"),
        pytest.param("a: - b\n", 1, "start the list on the line below", id="list on the key's line"),
        pytest.param("a: @home\n", 1, "put the text into quotes", id="reserved sign"),
        pytest.param("a: *bold* words\n", 1, "put a text that starts with * or & into quotes", id="Markdown emphasis"),
        pytest.param("a: *nobody\n", 1, "no anchor &nobody", id="unknown alias"),
        pytest.param("a: &a [*a]\n", 1, "no anchor &a above it", id="an alias of itself"),
        pytest.param("a: !!python/object/apply:os.system [x]\n", 1, "is not allowed", id="python object"),
        pytest.param("a: !!int 3\n", 1, "is not allowed", id="explicit number"),
        pytest.param("a: !secret x\n", 1, "is not allowed", id="own type"),
        pytest.param("? [a, b]\n: c\n", 1, "a key must be one word", id="list as key"),
        pytest.param('a: "\\q"\n', 1, "write \\\\ for a backslash", id="unknown escape"),
        pytest.param('a: "\\U00FFFFFF"\n', None, "an escape stands for no character", id="no such character"),
        pytest.param("a: 1\nb: x\x1b[31m\n", 2, "control character U+001B", id="raw escape"),
        pytest.param("a: x\ud800\n", 1, "control character U+D800", id="lone surrogate"),
        pytest.param("a: " + "[" * 50 + "]" * 50, 1, "nested more than 10 levels", id="nesting"),
        pytest.param("a: " + "[" * 100_000, 1, "nested more than 10 levels", id="deep nesting"),
        pytest.param(bomb(9), 4, f"more than {MAX_NODES} values", id="alias bomb"),
        pytest.param("a: [" + "x, " * 20_000 + "]", 1, f"more than {MAX_NODES} values", id="many values"),
        pytest.param("a: " + "x" * 1_000_001, None, "larger than 1 MB", id="large"),
    ],
)
def test_refused(text: str, line: int | None, says: str) -> None:
    with pytest.raises(AuthoringError) as caught:
        read_yaml(text, file="d.yaml")
    assert says in str(caught.value)
    assert caught.value.line == line
    assert str(caught.value).startswith(f"d.yaml:{line}: " if line else "d.yaml: ")
    assert caught.value.remedy


def test_plain_scalars_stay_as_written() -> None:
    written = ["no", "yes", "on", "Off", "1900", "1_000", "012", "12:30", "0x1F", "1e3", ".5", "2026-11-22", "=", "<<"]
    document = read_yaml("words: [" + ", ".join(written) + "]")
    words = document.value["words"]
    assert words == written
    assert isinstance(words, list)
    assert all(isinstance(word, Plain) for word in words)


def test_quotes_are_told_from_plain_and_nothing_is_nothing() -> None:
    value = read_yaml("a: '1'\nb: 1\nc:\nd: ~\ne: null\nf: 'null'\ng: \"\"\nh: !!str 3\n").value
    assert {key for key, item in value.items() if isinstance(item, Plain)} == {"b"}
    assert {key for key, item in value.items() if item is None} == {"c", "d", "e"}
    assert (value["f"], value["g"], value["h"]) == ("null", "", "3")


def test_an_alias_repeats_its_anchor() -> None:
    document = read_yaml("a: &memo [x, y]\nb: *memo\n")
    assert document.value["b"] == ["x", "y"]
    assert document.line(("b", 1)) == 2


def test_lines_are_those_of_the_file() -> None:
    document = read_yaml(
        "a: 1\nb:\n  - x\n  -\n    c: 1\n    d: >-\n      long\n      text\ne: {f: 1}\n", first_line=11
    )
    lines = {(): 11, ("a",): 11, ("b",): 12, ("b", 0): 13, ("b", 1, "d"): 16, ("e", "f"): 19, ("b", 7, "z"): 12}
    assert {where: document.line(where) for where in lines} == lines


@given(st.text() | st.text(st.sampled_from("ab:-[]{}&*!|>'\"%@`#,? \n\t1\\")))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        document = read_yaml(text)
    except AuthoringError as error:
        assert error.remedy
    else:
        assert isinstance(document.value, dict)


@given(st.dictionaries(PRINTABLE, TREES, max_size=4))
def test_reads_what_the_library_writes(tree: dict[str, Value]) -> None:
    assert read_yaml(yaml.safe_dump(tree, allow_unicode=True)).value == tree


@given(st.dictionaries(PRINTABLE, TREES, max_size=4))
def test_reads_back_what_it_writes(tree: dict[str, Value]) -> None:
    assert read_yaml(write_yaml(tree)).value == tree
