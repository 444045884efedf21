"""Columns share a line: it is filled to the last cell and never run over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena.tui import cells as terminal
from chatarena.tui.columns import GAP, Column, joined, natural, widths

COLUMNS = st.lists(
    st.builds(
        Column,
        title=st.text(max_size=8),
        least=st.integers(1, 12),
        most=st.integers(12, 30),
        grows=st.booleans(),
        drop=st.integers(0, 4),
    ),
    min_size=1,
    max_size=7,
)


@given(COLUMNS, st.data(), st.integers(1, 240))
def test_a_line_with_a_growing_column_is_filled_exactly(columns: list[Column], data: st.DataObject, cells: int) -> None:
    longest = data.draw(st.lists(st.integers(0, 60), min_size=len(columns), max_size=len(columns)))
    found = widths(columns, longest, cells)
    shown = [width for width in found if width]
    line = sum(shown) + GAP * (len(shown) - 1)
    grown = [width for width, column in zip(found, columns, strict=True) if column.grows and width]
    if any(width > 1 for width in grown):
        assert line == cells
    for width, column, most in zip(found, columns, longest, strict=True):
        if width and not column.grows:
            assert column.least <= width <= column.most and most


@given(COLUMNS, st.integers(40, 240))
def test_what_may_not_be_dropped_stays(columns: list[Column], cells: int) -> None:
    found = widths(columns, [10] * len(columns), cells)
    assert all(width for width, column in zip(found, columns, strict=True) if not column.drop)


@given(COLUMNS)
def test_more_room_never_takes_a_column_away(columns: list[Column]) -> None:
    longest = [10] * len(columns)
    counts = [sum(map(bool, widths(columns, longest, cells))) for cells in (20, 40, 80, 160, 320)]
    assert counts == sorted(counts)


SESSIONS = (
    Column(title="session", least=10, grows=True),
    Column(title="from", least=5, drop=2, joins=True),
    Column(title="tags", least=6, drop=1, joins=True),
    Column(title="cast", least=6, drop=3),
)


@pytest.mark.parametrize(
    ("title", "cells", "expected"),
    [
        ("Where to live", (40, 0, 0, 0), "Where to live · fork · #work"),
        ("Where to live", (40, 5, 0, 0), "Where to live · #work"),
        ("Where to live", (40, 5, 8, 0), "Where to live"),
        ("A question that is longer than the list", (30, 0, 0, 0), "A question tha… · fork · #work"),
        ("A question that is longer than the list", (12, 0, 0, 0), "A q… · fork · #work"),
        ("決断のための長い題名", (30, 0, 6, 9), "決断のための長い題名 · fork"),
    ],
)
def test_what_is_left_out_for_want_of_room_stands_whole_behind_what_grows(
    title: str, cells: tuple[int, ...], expected: str
) -> None:
    texts = joined(SESSIONS, (title, "fork", "#work", "three"), cells)
    assert texts == [expected, "fork", "#work", "three"]
    assert terminal.width(expected) <= cells[0] or cells[0] < 20


def test_a_wide_character_takes_two_cells_and_an_empty_column_none() -> None:
    columns = [Column(title="a"), Column(title="b"), Column(title="title longer than its cells")]
    assert natural(columns, [("決断", "", "x"), ("ab", "", "y")]) == (4, 0, 27)
