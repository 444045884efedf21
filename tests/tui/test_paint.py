"""Painting: a model's text is shown and never obeyed; Markdown may change how it looks, not what is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.strip import Strip

from chatarena.authoring.text import clean
from chatarena.tui.blocks import Block, Row
from chatarena.tui.paint import paint

MARKS = ["> ", "- ", "1. ", "    ", "\n", "\n\n", "abc ", "**", "*", "`", "```py\n", "[a](b)", "[/]", "![x](y)", "<b>"]
SOUP = st.lists(
    st.sampled_from(
        [*MARKS, "|", "---", "# ", "~~", "\\", "日本", "&amp;", "&#x202e;", "é", "👩", "_", "[link=x]y[/link]"]
    ),
    max_size=40,
).map("".join)


def speech(text: str, cells: int = 40) -> list[Strip]:
    return paint(Block(kind="speech", text=text), cells)


def said(strips: list[Strip]) -> str:
    return "\n".join(strip.text.rstrip() for strip in strips).strip()


@given(SOUP, st.sampled_from([1, 7, 24, 36, 80]))
def test_no_letter_is_lost_and_nothing_acts(text: str, cells: int) -> None:
    strips = speech(text, cells)
    shown = "".join(strip.text for strip in strips)
    assert sum(map(str.isalnum, shown)) >= sum(map(str.isalnum, text))
    assert clean(shown) == shown
    for strip in strips:
        for segment in strip:
            assert not segment.control
            assert (
                segment.style is None or (segment.style.link, segment.style.color, segment.style.bgcolor) == (None,) * 3
            )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see [/] and [red]hot[/red]", "see [/] and [red]hot[/red]"),
        ("[link=http://x]go[/link]", "[link=http://x]go[/link]"),
        ("a <b>bold</b> <script>x</script>", "a <b>bold</b> <script>x</script>"),
        ("[here](http://evil.example)", "here (http://evil.example)"),
        ("&#27;[31m &lt;", "&#27;[31m &lt;"),
        ("**bold** and *slanted* and `code`", "bold and slanted and code"),
        ("# Title", "Title"),
        ("- one\n- two", "• one\n • two"),
        ("![alt](http://pixel.example/x.png)", "![alt](http://pixel.example/x.png)"),
        ("שלום [/] עולם", "שלום [/] עולם"),
        ("日本語 [/]", "日本語 [/]"),
    ],
    ids=["brackets", "link markup", "html", "link", "entity", "emphasis", "title", "list", "image", "rtl", "cjk"],
)
def test_speech(text: str, shown: str) -> None:
    assert said(speech(text)) == shown


def test_emphasis_is_weight_and_slant_only() -> None:
    (segments,) = [list(strip) for strip in speech("**bold** *slanted* plain") if strip.text.strip()]
    styles = {segment.text.strip(): segment.style for segment in segments}
    assert styles["bold"] is not None and styles["bold"].bold
    assert styles["slanted"] is not None and styles["slanted"].italic


def test_a_deeply_nested_quote_keeps_its_words() -> None:
    assert "the words" in " ".join(said(speech("> " * 60 + "the words", 24)).split())


def test_claims_are_bars_with_numbers_and_a_missing_one_is_a_dash() -> None:
    rows = (Row(label="Lisbon", value=72.4), Row(label="Oslo, which is far away", value=None))
    heading, first, second, empty = [strip.text for strip in paint(Block(kind="claims", text="worth", rows=rows), 30)]
    assert heading == "worth" and not empty
    assert first.startswith("Lisbon") and first.endswith(" 72") and "━" in first
    assert second.startswith("Oslo") and second.endswith("  –") and "━" not in second
    assert len(first) == len(second) <= 30


def test_many_claims_stand_in_columns_where_they_fit() -> None:
    rows = tuple(Row(label=f"option {number}", value=float(number)) for number in range(12))
    block = Block(kind="claims", text="worth", rows=rows)
    assert len(paint(block, 40)) == 1 + 12 + 1
    wide = paint(block, 78)
    assert len(wide) == 1 + 6 + 1 and all(strip.cell_length <= 78 for strip in wide)
    assert all(f"option {number} " in "".join(strip.text for strip in wide) for number in range(12))


@pytest.mark.parametrize("kind", ["round", "person", "note", "speech", "claims"])
@pytest.mark.parametrize("cells", [1, 3, 10])
def test_a_narrow_lane_is_no_error(kind: str, cells: int) -> None:
    block = Block(kind=kind, text="some words [/]", rows=(Row(label="x", value=3.0),))  # type: ignore[arg-type]
    assert paint(block, cells)
