"""Cells: nothing is lost, nothing runs over, and text in pieces is text at once."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from chatarena.authoring.text import clean
from chatarena.tui.cells import Cleaner, Tail, bar, crop, fit, spread, width, wrap

PROSE = st.text(
    st.one_of(
        st.sampled_from("ab \n\t.日本語テキスト،שלוםéß👩‍\ufe0f❤[/]"),
        st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cf")),
    ),
    max_size=120,
)
HOSTILE = st.lists(
    st.sampled_from(
        [
            "a",
            "b c",
            "\n",
            "\r",
            "\r\n",
            "\x1b",
            "[",
            "31m",
            "]0;t",
            "\x07",
            "\\",
            "\x9b",
            "2J",
            "(B",
            "\u202e",
            "語",
            "m",
        ]
    ),
    max_size=25,
)


@given(PROSE, st.integers(1, 40), st.lists(st.integers(0, 120), max_size=6))
def test_text_in_pieces_wraps_as_at_once(text: str, cells: int, cuts: list[int]) -> None:
    tail = Tail(cells)
    places = sorted({min(cut, len(text)) for cut in cuts} | {0, len(text)})
    for start, end in itertools.pairwise(places):
        tail.feed(text[start:end])
    assert tail.lines == wrap(text, cells)


@given(PROSE, st.integers(2, 40))
def test_wrapping_loses_nothing_and_runs_over_nowhere(text: str, cells: int) -> None:
    lines = wrap(text, cells)
    assert "".join(" ".join(lines).split()) == "".join(text.split())
    assert all(cell_len(line) <= cells + line.count("\ufe0f") for line in lines)


@pytest.mark.parametrize(
    ("text", "cells", "lines"),
    [
        ("one two three", 7, ["one two", "three"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("a\n\nb", 9, ["a", "", "b"]),
        ("日本語のテキスト", 6, ["日本語", "のテキ", "スト"]),
        ("日本 ab", 5, ["日本", "ab"]),
        ("語", 1, ["語"]),
        ("", 5, [""]),
    ],
    ids=["words", "long word", "paragraphs", "wide", "wide and narrow", "no room at all", "nothing"],
)
def test_wrap(text: str, cells: int, lines: list[str]) -> None:
    assert wrap(text, cells) == lines


@given(HOSTILE)
def test_streamed_text_is_cleaned_as_if_it_had_come_at_once(pieces: list[str]) -> None:
    cleaner = Cleaner()
    # A letter and a line break at the end complete whatever sequence was still open.
    fed = "".join(cleaner.feed(piece) for piece in [*pieces, "z", "\n", "z"])
    assert fed == clean("".join(pieces) + "z\nz")


def test_an_escape_sequence_cut_in_two_never_shows() -> None:
    cleaner = Cleaner()
    assert "".join(map(cleaner.feed, ["red \x1b", "[3", "1mhot\x1b]0;ti", "tle\x07 end"])) == "red hot end"


@given(st.text(max_size=40), st.integers(0, 30))
def test_fit_is_exact_and_crop_never_over(text: str, cells: int) -> None:
    text = clean(text).replace("\n", " ").replace("\t", " ")
    assert width(crop(text, cells)) <= cells
    if cells:
        assert width(fit(text, cells)) == cells


@given(st.one_of(st.none(), st.floats(-1, 2)), st.integers(0, 60), st.one_of(st.none(), st.floats(0, 1)), st.booleans())
def test_a_bar_is_as_long_as_asked(share: float | None, cells: int, mark: float | None, knob: bool) -> None:
    assert len(bar(share, cells, mark=mark, knob=knob)) == cells


def test_bars_say_without_colour_what_they_show() -> None:
    assert bar(0.5, 10) == "━━━━━┄┄┄┄┄"
    assert bar(0.55, 10) == "━━━━━╸┄┄┄┄"
    assert bar(None, 4) == "┄┄┄┄"
    assert bar(0.0, 4) == "┄┄┄┄"
    assert bar(0.5, 5, mark=0.0) == "│━╸┄┄"
    assert bar(0.0, 4, knob=True) == "●┄┄┄"


def test_spread_gives_the_left_side_its_room_first() -> None:
    assert spread("left", ("long right", "r"), 18) == "left    long right"
    assert spread("left", ("long right", "r"), 12) == "left       r"
    assert spread("left", ("long right",), 6) == "left  "
