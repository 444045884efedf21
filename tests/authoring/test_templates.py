"""Templates: everything left open is known, and nobody's words reach a placeholder."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena.authoring.templates import fill_placeholders, load_template, parse_template, placeholders
from chatarena.errors import AuthoringError


@pytest.mark.parametrize(
    ("text", "line", "says", "remedy"),
    [
        pytest.param("one\n{qestion} {objective}", 2, "unknown placeholder 'qestion'", "mean 'question'", id="typo"),
        pytest.param("{ question } {objective}", 1, "unknown placeholder ' question '", "'question'", id="blanks"),
        pytest.param("{Question} {objective}", 1, "unknown placeholder 'Question'", "'question'", id="capital"),
        pytest.param("{question}", None, "the placeholder {objective} is missing", "write {objective}", id="missing"),
        pytest.param("{objective} ⟦herd⟧", 1, "unknown place 'herd'", "'heard'", id="place"),
        pytest.param("{objective} ⟦⟧", 1, "unknown place ''", "heard", id="empty place"),
        pytest.param("---\nabout: x\n---\n\n{objective}\n{x}", 6, "unknown placeholder 'x'", "there are", id="line"),
        pytest.param("---\nabout: x\n{objective}", 1, "the front matter is not closed", "---", id="open front matter"),
    ],
)
def test_refused(text: str, line: int | None, says: str, remedy: str) -> None:
    with pytest.raises(AuthoringError) as caught:
        parse_template(
            text, name="turn", required=["objective"], optional=["question"], places=["heard"], file="turn.md"
        )
    assert caught.value.message.startswith(f"turn.md:{line}: " if line else "turn.md: ")
    assert says in caught.value.message and remedy in caught.value.remedy


def test_an_empty_template_is_refused() -> None:
    with pytest.raises(AuthoringError, match="the template is empty"):
        parse_template("---\na: b\n---\n\n", name="turn")


def test_what_a_template_leaves_open() -> None:
    text = '---\nabout: turns\n---\nYou want {objective}. ⟦heard⟧ {"a": 1} {} {objective} {question} ⟦heard⟧\n'
    template = parse_template(text, name="turn", required=["question"], optional=["objective", "x"], places=["heard"])
    assert template.placeholders == ("objective", "question")
    assert template.places == ("heard",)
    assert template.text.startswith("You want") and template.text.endswith("⟦heard⟧")


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), st.text(), min_size=1, max_size=4), st.data())
def test_filling_is_one_pass(values: dict[str, str], data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from(sorted(values)), max_size=6))
    hostile = {name: value + "{" + names[0] + "}" if names else value for name, value in values.items()}
    text = "|".join(f"{{{name}}}" for name in names)
    assert fill_placeholders(text, hostile) == "|".join(hostile[name] for name in names)
    assert [name for name, _ in placeholders(text)] == names


def test_a_placeholder_without_a_value_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match=r"no value for the placeholder \{b\}; there are a"):
        fill_placeholders("{a} {b}", {"a": "x"})


def test_own_templates_replace_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "protocol").mkdir()
    (tmp_path / "protocol" / "turn.md").write_text("Say {x}.")
    template = load_template("turn", required=["x"], directories=[tmp_path])
    assert (template.text, template.file) == ("Say {x}.", str(tmp_path / "protocol" / "turn.md"))
    with pytest.raises(AuthoringError, match="no template called 'trun'\n  did you mean 'turn'"):
        load_template("trun", directories=[tmp_path])
