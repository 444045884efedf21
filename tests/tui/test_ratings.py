"""Ratings on the screen: pages by state, what counts, and numbers that come back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from chatarena.arena.decision import Decision, Option, State
from chatarena.tui.answers import Standing, Table
from chatarena.tui.widgets.ratings import Ratings, note, pages_line
from tests.support.sessions import DECISION, WEATHER
from tests.tui.support import press, rows, seen

OPEN: Table = ((None, None),) * 3
DOZEN = Decision(
    question="Which?",
    options=tuple(Option(id=f"o{index}", label=f"option {index}") for index in range(12)),
    states=tuple(State(id=f"s{index}", label=f"the wind turns {index}", probability=1 / 12) for index in range(12)),
)


class Panel(App[None]):
    """Nothing but the ratings; keeps what was handed in."""

    CSS = "Ratings { height: 1fr; }"

    def __init__(self, decision: Decision, table: Table, belief: tuple[float, ...]) -> None:
        super().__init__()
        self.ratings = Ratings(decision)
        self.given: list[Table] = []
        self._shown = table, belief

    def compose(self) -> ComposeResult:
        yield self.ratings

    def on_mount(self) -> None:
        table, belief = self._shown
        self.ratings.put("What is it worth?", table, belief, asking=True)
        self.ratings.focus()

    def on_ratings_given(self, message: Ratings.Given) -> None:
        self.given.append(message.table)


@pytest.mark.parametrize("keys", [("tab", "shift+tab"), ("]", "[")], ids=["tab", "brackets"])
async def test_each_state_has_a_page_of_its_own(keys: tuple[str, str]) -> None:
    on, back = keys
    app = Panel(WEATHER, OPEN, (0.7, 0.3))
    async with app.run_test(size=(80, 10)) as pilot:
        await press(pilot, "6", "0", on)
        assert "▸if It is sunny 70 %" in seen(app)
        await press(pilot, "9", "0", "down", "5", on)
        assert "▸if It rains 30 %" in seen(app)
        await press(pilot, "7", on)
        assert "▸overall" in seen(app) and " 60" in rows(app)[2]
        await press(pilot, back, "backspace", "home", "enter")
    assert app.given == [((60.0, None), (90.0, 5.0), (None, 0.0))]


async def test_without_states_there_is_one_page_and_tab_is_not_taken() -> None:
    app = Panel(DECISION, ((None,) * 3,), ())
    async with app.run_test(size=(80, 10)) as pilot:
        await press(pilot, "]", "7", "enter")
        assert "overall" not in seen(app) and "Tab" not in seen(app)
        assert "tab" not in {key for key, active in app.screen.active_bindings.items() if active.node is app.ratings}
    assert app.given == [((7.0, None, None),)]


async def test_a_row_whose_states_are_all_rated_is_computed_and_not_moved() -> None:
    app = Panel(WEATHER, ((20.0, 40.0), (90.0, None), (10.0, None)), (0.5, 0.5))
    async with app.run_test(size=(100, 10)) as pilot:
        assert "≈50" in rows(app)[2] and "All states rated: 50 counts" in seen(app)
        await press(pilot, "3", "right", "end")
        assert "≈50" in rows(app)[2]
        await press(pilot, "tab", "1", "0", "0", "shift+tab")
        assert "≈55" in rows(app)[2]
        await press(pilot, "down", "8", "1", "enter")
    assert app.given == [((20.0, 81.0), (100.0, None), (10.0, None))]


async def test_one_key_gives_the_other_states_the_overall_number() -> None:
    app = Panel(WEATHER, ((60.0, None), (None, None), (20.0, None)), (0.5, 0.5))
    async with app.run_test(size=(100, 10)) as pilot:
        assert "overall 60 counts until all are · o: the rest as overall" in seen(app)
        await press(pilot, "o")
        assert "≈40" in rows(app)[2]
        await press(pilot, "down", "o", "enter")
    assert app.given == [((60.0, None), (60.0, None), (20.0, None))]


async def test_what_was_given_before_comes_back_and_is_not_taken_back() -> None:
    app = Panel(WEATHER, ((60.0, None), (90.0, None), (None, None)), (0.5, 0.5))
    async with app.run_test(size=(80, 10)) as pilot:
        await press(pilot, "tab", "5", "down", "5", "backspace", "up", "backspace")
        assert " 90" in rows(app)[2] and " –" in rows(app)[3]
        await press(pilot, "enter")
    assert app.given == [((60.0, None), (90.0, None), (None, None))]


async def test_a_missing_number_begins_where_the_overall_one_stands() -> None:
    app = Panel(WEATHER, ((80.0, None), (None, None), (None, None)), (0.5, 0.5))
    async with app.run_test(size=(80, 10)) as pilot:
        await press(pilot, "tab", "right", "down", "right", "enter")
    assert app.given[0][1] == (80.0, 50.0)


async def test_twelve_options_in_twelve_states_on_a_small_screen() -> None:
    nothing: Table = ((None,) * 12,) * 13
    app = Panel(DOZEN, nothing, (1 / 12,) * 12)
    async with app.run_test(size=(80, 15)) as pilot:
        for index in range(12):
            await press(pilot, "]")
            assert f"▸if the wind turns {index} 8 %" in rows(app)[1], "the state that is rated is always seen"
            assert sum("option" in line for line in rows(app)) == 12
        assert rows(app)[1].startswith(" ‹")
        await press(pilot, "]", "5", "0", "tab", "3", "8", "o")
        assert "All states rated: 49 counts" in seen(app)
        await press(pilot, "enter")
    (table,) = app.given
    assert [page[0] for page in table] == [50.0, 38.0, *[50.0] * 11]


NAMES = st.lists(st.text("abc 語é", min_size=1, max_size=60), min_size=2, max_size=13)


@given(NAMES, st.integers(0, 12), st.integers(30, 160))
def test_the_current_page_is_always_in_the_line(names: list[str], current: int, cells: int) -> None:
    current %= len(names)
    line = pages_line(names, current, cells)
    assert line.cell_length <= cells
    assert line.plain.count("▸") == 1
    assert names[current][:6].rstrip() in line.plain.partition("▸")[2]


@given(
    st.builds(Standing, rated=st.integers(0, 12), needed=st.just(12), counts=st.one_of(st.none(), st.floats(0, 100))),
    st.one_of(st.none(), st.floats(0, 100)),
    st.integers(0, 3),
    st.integers(20, 160),
)
def test_the_note_fits_and_says_how_far_it_is(standing: Standing, overall: float | None, page: int, cells: int) -> None:
    said = note(standing, overall, page, cells)
    assert 0 < len(said) <= cells
    if standing.rated and not standing.computed and cells >= 60:
        assert said.startswith(f"{standing.rated} of 12")
