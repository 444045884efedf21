"""A decision with states on the screen: numbers by state and beliefs are logged, shown again, and move the bars."""

from __future__ import annotations

import pytest

from chatarena.arena import events as ev
from chatarena.arena.session import fold
from chatarena.language_model.scripted import Reply
from chatarena.tui.app import ArenaApp
from chatarena.tui.screens.arena import ArenaScreen
from chatarena.tui.state_lines import state_lines
from chatarena.tui.widgets.bars import percent
from chatarena.tui.widgets.ratings import Ratings
from tests.support.sessions import WEATHER, opening
from tests.tui.support import Backstage, asked, going_on, press, rows, seen, settle, speaker, start_example

SIZES = pytest.mark.parametrize("size", [(80, 24), (140, 40)], ids=["80x24", "140x40"])


def bars(app: ArenaApp) -> str:
    """The line of the bars that tells of the picnic."""
    return next(line for line in rows(app) if line.lstrip().startswith("Picnic ") and "%" in line)


def last_forecast(backstage: Backstage) -> ev.Forecast:
    shown = backstage.events(ev.ForecastShown)[-1]
    assert isinstance(shown, ev.ForecastShown)
    return shown.forecast


def given(backstage: Backstage) -> list[tuple[str, dict[tuple[str, str], float | None]]]:
    """What was recorded of ratings: the phase, and the numbers by option and state."""
    made = [event for event in backstage.events(ev.RatingsGiven) if isinstance(event, ev.RatingsGiven)]
    for event in made:
        assert all(bool(rating.absence) == (rating.value is None) for rating in event.ratings)
    return [(event.phase, {(rating.option, rating.state): rating.value for rating in event.ratings}) for event in made]


@SIZES
async def test_ratings_by_state_are_given_shown_again_and_move_the_bars(size: tuple[int, int]) -> None:
    backstage = Backstage()
    app = backstage.app()
    async with app.run_test(size=size) as pilot:
        await start_example(pilot, app, example=2)
        assert "▸overall" in seen(app) and "if It is sunny 70 %" in seen(app)
        await settle(pilot, lambda: "tab By state" in seen(app))
        await press(pilot, "6", "0", "down", "5", "0", "tab", "up", "9", "0", "tab", "1", "0", "tab")
        await settle(pilot, lambda: "≈66" in seen(app))  # 0.7 x 90 + 0.3 x 10
        await press(pilot, "enter")
        await settle(pilot, lambda: asked(app, "beliefs"))
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "floor"))
        before, told = last_forecast(backstage), bars(app)
        assert percent(before.probabilities[0]) in told

        await press(pilot, "ctrl+r", "tab")
        await settle(pilot, lambda: "▸if It is sunny" in seen(app) and "  90" in seen(app))
        await press(pilot, "2", "0", "enter")
        await settle(pilot, lambda: len(backstage.events(ev.RatingsGiven)) == 2)
        await settle(pilot, lambda: last_forecast(backstage) != before)
        after = last_forecast(backstage)
        assert after.source == "own" and after.utilities == pytest.approx((0.7 * 0.2 + 0.3 * 0.1, 0.5))
        assert bars(app) != told and percent(after.probabilities[0]) in bars(app)
    first = {("picnic", ""): 60.0, ("museum", ""): 50.0, ("picnic", "sun"): 90.0, ("picnic", "rain"): 10.0}
    open_ones = {("museum", "sun"): None, ("museum", "rain"): None}
    assert given(backstage) == [
        ("prior", {**first, **open_ones}),
        ("round", {**first, **open_ones, ("picnic", "sun"): 20.0}),
    ]


@SIZES
async def test_beliefs_can_be_given_at_any_time_and_move_the_bars(size: tuple[int, int]) -> None:
    backstage = Backstage()
    app = backstage.app()
    async with app.run_test(size=size) as pilot:
        await start_example(pilot, app, example=2)
        await press(pilot, "tab", "9", "0", "down", "5", "0", "tab", "5", "0", "up", "1", "0", "enter")
        await settle(pilot, lambda: asked(app, "beliefs"))
        await press(pilot, "enter")
        await settle(pilot, lambda: asked(app, "floor"))
        before, told = last_forecast(backstage), bars(app)
        await press(pilot, "ctrl+l")
        await settle(pilot, lambda: "How likely is each now?" in seen(app) and "It is sunny" in seen(app))
        assert (size[0] >= 100) == ("Chance of each choice" in seen(app)), "where there is room the bars stay in sight"
        await press(pilot, "5")
        await settle(pilot, lambda: "In parts of 35." in seen(app))
        await press(pilot, "escape")
        assert bars(app) == told and len(backstage.events(ev.BeliefsGiven)) == 1, "Esc gives nothing"
        await press(pilot, "ctrl+l", "2", "0", "down", "6", "0", "enter")
        await settle(pilot, lambda: last_forecast(backstage) != before)
        assert bars(app) != told and percent(last_forecast(backstage).probabilities[0]) in bars(app)
        await press(pilot, "ctrl+r")
        await settle(pilot, lambda: "if It is sunny 25 %" in seen(app) and "≈30" in seen(app))
    beliefs = [(made.phase, made.probabilities) for made in backstage.events(ev.BeliefsGiven)]  # type: ignore[attr-defined]
    assert beliefs == [("prior", (0.7, 0.3)), ("round", (0.25, 0.75))]


async def test_shares_that_cannot_be_read_keep_the_question_open() -> None:
    backstage = Backstage()
    app = backstage.app()
    async with app.run_test() as pilot:
        await start_example(pilot, app, example=2)
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "beliefs"))
        await press(pilot, "0", "down", "0", "enter")
        await settle(pilot, lambda: "At least one must be more than 0" in seen(app) and asked(app, "beliefs"))
        await press(pilot, "backspace", "enter")
        await settle(pilot, lambda: "Give every one a number" in seen(app) and asked(app, "beliefs"))
        await press(pilot, "1", "enter")
        await settle(pilot, lambda: asked(app, "floor"))
    (nothing,) = given(backstage)
    assert nothing[0] == "prior" and set(nothing[1].values()) == {None} and len(nothing[1]) == 6


async def test_escape_closes_the_numbers_and_cuts_nobody_off() -> None:
    backstage = Backstage(models=speaker(Ash=Reply(text="on and on", hang=True)))
    app = backstage.app(going_on())
    async with app.run_test(size=(140, 40)) as pilot:
        await start_example(pilot, app, example=2)
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "beliefs"))
        await press(pilot, "escape")
        await settle(pilot, lambda: app.live is not None and bool(app.live.scene.labels("speaking")))
        for key in ("ctrl+r", "ctrl+l"):
            await press(pilot, key)
            await settle(pilot, lambda: "Esc: back" in seen(app) and "Cut all off" not in seen(app))
            await press(pilot, "escape")
            await settle(pilot, lambda: "Esc: back" not in seen(app) and "Cut all off" in seen(app))
        assert app.live is not None and app.live.scene.labels("speaking") == ("Ash",)
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "floor"))
    assert len(backstage.events(ev.RatingsGiven)) == 1


async def test_a_floor_that_opens_meanwhile_takes_no_keys_from_the_numbers() -> None:
    backstage = Backstage(models=speaker(Ash=Reply(text="on and on", hang=True)))
    app = backstage.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await start_example(pilot, app, example=2)
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "beliefs"))
        await press(pilot, "escape")
        await settle(pilot, lambda: app.live is not None and app.live.scene.labels("waiting", "rating") == ())
        await press(pilot, "ctrl+r", "tab", "7")
        assert app.live is not None
        app.live.moderator.interrupt()
        await settle(pilot, lambda: asked(app, "floor"))
        arena = app.screen
        assert isinstance(arena, ArenaScreen) and app.focused is arena.query_one(Ratings)
        await press(pilot, "3", "enter")
        await settle(pilot, lambda: len(backstage.events(ev.RatingsGiven)) == 2)
        assert "Enter: next round" in seen(app)
    assert given(backstage)[1][1]["picnic", "sun"] == 73.0


async def test_numbers_by_state_are_there_again_after_a_resume() -> None:
    backstage = Backstage(decision=WEATHER)
    app = backstage.app()
    async with app.run_test(size=(140, 40)) as pilot:
        await start_example(pilot, app)
        await press(pilot, "tab", "9", "0", "tab", "1", "0", "enter")
        await settle(pilot, lambda: asked(app, "beliefs"))
        await press(pilot, "ctrl+q", "enter")
        await settle(pilot, lambda: app._exit)
    again = backstage.app()
    async with again.run_test(size=(140, 40)) as pilot:
        await settle(pilot, lambda: "the one before" in seen(again))
        await press(pilot, "right", "enter")
        await settle(pilot, lambda: asked(again, "beliefs"))
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(again, "floor"))
        assert "≈66" in seen(again)
        await press(pilot, "ctrl+r", "tab", "tab")
        assert "▸if It rains 30 %" in seen(again) and "  10" in seen(again)
        await press(pilot, "f1", "end")
        await settle(pilot, lambda: "By state" in seen(again) and "Other states as overall" in seen(again))


async def test_a_window_made_smaller_while_rating_still_shows_everything() -> None:
    app = Backstage().app()
    async with app.run_test(size=(140, 40)) as pilot:
        await start_example(pilot, app, example=2)
        await press(pilot, "tab", "9", "0")
        await pilot.resize_terminal(80, 24)
        await settle(pilot, lambda: "▸if It is sunny" in seen(app) and "2 Birch" in rows(app)[2])
        assert rows(app)[3].startswith(" ▸1 Ash"), "one line for all agents, then the first of them"
        assert "1 of 2 states rated" in seen(app) and "Chance of each choice" not in seen(app)
        await press(pilot, "enter")
        await settle(pilot, lambda: asked(app, "beliefs"))
        assert "How likely is each?" in seen(app)
        await pilot.resize_terminal(140, 40)
        await settle(pilot, lambda: "Chance of each choice" in seen(app))
        assert "How likely is each?" in seen(app)


def test_the_verdict_says_what_is_held_likely_and_what_each_option_is_worth_in_each_state() -> None:
    head = opening(2, decision=WEATHER)
    rated = tuple(
        ev.Rating(option=option, value=value, state=state)
        for option, state, value in (
            ("picnic", "", 50.0),
            ("picnic", "sun", 90.0),
            ("picnic", "rain", 10.0),
            ("museum", "", 60.0),
            ("museum", "rain", 80.0),
        )
    )
    given = ev.RatingsGiven(phase="prior", round=0, ratings=rated)
    assert state_lines(fold((*head, given))) == [
        "As the decision says: It is sunny 70%, It rains 30%.",
        "Picnic: if It is sunny 90, if It rains 10; 66 counts.",
        "Museum: if It is sunny –, if It rains 80; 60 counts.",
    ]
    held = ev.BeliefsGiven(phase="prior", round=0, probabilities=(0.5, 0.5))
    told = state_lines(fold((*head, given, held)), "the participant")
    assert told[0] == "The participant holds: It is sunny 50%, It rains 50%."
    assert told[1].endswith("50 counts.")
    assert state_lines(fold(opening(2))) == []
