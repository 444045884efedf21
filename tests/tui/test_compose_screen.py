"""The compose screen and the start page: typing, options by keys, pasting, checks beside the field, saving."""

from __future__ import annotations

from textual import events
from textual.pilot import Pilot
from textual.widgets import Collapsible, Input, Select

from chatarena.arena.decision import Option
from chatarena.errors import ModelNotInstalled
from chatarena.tui.app import ArenaApp
from chatarena.tui.screens.arena import ArenaScreen
from chatarena.tui.screens.compose import ComposeScreen
from chatarena.tui.screens.help import HelpScreen
from chatarena.tui.screens.home import HomeScreen
from chatarena.tui.widgets.rows import Rows
from tests.tui.support import Backstage, compose_example, press, quiet, rows, seen, settle


async def blank(pilot: Pilot[None], app: ArenaApp) -> ComposeScreen:
    """An empty compose screen."""
    await settle(pilot, lambda: isinstance(app.screen, HomeScreen))
    await press(pilot, "n")
    await settle(pilot, lambda: isinstance(app.screen, ComposeScreen))
    assert isinstance(app.screen, ComposeScreen)
    return app.screen


async def paste(pilot: Pilot[None], text: str) -> None:
    pilot.app.post_message(events.Paste(text))
    await quiet(pilot)


async def check(pilot: Pilot[None], screen: ComposeScreen) -> None:
    """Check now instead of after the keys have rested; a check that was due anyway may take its place."""
    screen.check_now()
    await settle(pilot, lambda: all(worker.is_finished for worker in screen.workers if worker.group == "check"))


def below(app: ArenaApp, name: str, lines: int = 3) -> str:
    """The lines from a field on."""
    shown = rows(app)
    at = next(place for place, row in enumerate(shown) if name in row)
    return "".join(shown[at : at + lines])


async def test_a_decision_is_typed_by_keys_alone() -> None:
    backstage = Backstage()
    app = backstage.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await blank(pilot, app)
        await press(pilot, *"Tea or coffee?", "tab", *"It is late.", "tab")
        await press(pilot, *"Tea", "enter", *"Coffee", "tab", *"black", "shift+tab", "enter", *"Water")
        await settle(
            pilot, lambda: " 3 " in seen(app) and "Water" in seen(app)
        )  # a row for the next option is always there
        await press(pilot, "alt+up", "alt+up")
        await press(pilot, "ctrl+s")
        await settle(pilot, lambda: isinstance(app.screen, ArenaScreen))
    (plan,) = backstage.plans
    assert plan.decision.question == "Tea or coffee?" and plan.decision.context == "It is late."
    assert plan.decision.options == (
        Option(id="a", label="Water"),
        Option(id="b", label="Tea"),
        Option(id="c", label="Coffee", detail="black"),
    )
    assert (plan.cast, plan.model, plan.protocol.rounds) == ("three", "scripted/words", 2)


async def test_rows_come_by_typing_go_by_f8_and_by_backspace_and_two_always_stay() -> None:
    app = Backstage().app()
    async with app.run_test() as pilot:
        screen = await blank(pilot, app)
        options = screen.query_one("#options", Rows)

        def labels() -> list[str]:
            return [row[0] for row in options.values]

        options.rows[0].query_one(".label").focus()
        await press(pilot, *"ab", "enter", "c")
        await settle(pilot, lambda: len(options.rows) == 3)
        await press(pilot, "enter", "d")
        await settle(pilot, lambda: labels() == ["ab", "c", "d", ""])
        await press(pilot, "enter", "backspace")
        await settle(pilot, lambda: options.rows[2].has_focus_within)
        assert labels() == ["ab", "c", "d", ""], "a spare row is always there"
        await press(pilot, "up", "f8")
        await settle(pilot, lambda: labels() == ["ab", "d", ""])
        await press(pilot, "f8")
        await settle(pilot, lambda: labels() == ["d", ""])
        await press(pilot, "backspace", "backspace")
        assert labels() == ["", ""]


async def test_a_pasted_list_becomes_options_and_nothing_is_started() -> None:
    backstage = Backstage()
    app = backstage.app()
    async with app.run_test() as pilot:
        screen = await blank(pilot, app)
        options = screen.query_one("#options", Rows)
        options.rows[0].query_one(".label").focus()
        await paste(pilot, "- Tea\n- Coffee\r\n* \x1b[31mWater\x1b[0m\n")
        await settle(pilot, lambda: len(options.rows) == 4)
        assert [row[0] for row in options.values] == ["Tea", "Coffee", "Water", ""]
        await paste(pilot, "\n".join(f"more {number}" for number in range(20)))
        await settle(pilot, lambda: len(options.rows) == 12)
        assert isinstance(app.screen, ComposeScreen) and not backstage.plans


async def test_pasting_several_lines_elsewhere_is_text_and_is_cleaned() -> None:
    backstage = Backstage()
    app = backstage.app()
    async with app.run_test() as pilot:
        screen = await blank(pilot, app)
        await paste(pilot, "One\x1b]0;title\x07 question\n[/] of two lines?\n")
        assert "[/] of two lines?" in seen(app)
        screen.query_one("#budget").focus()
        await paste(pilot, "0.\n5")
        assert screen.form.question == "One question\n[/] of two lines?\n"
        assert screen.form.budget == "0. 5" and not backstage.plans


async def test_problems_stand_beside_their_field_and_only_where_she_has_been() -> None:
    backstage = Backstage()
    app = backstage.app()
    async with app.run_test(size=(80, 40)) as pilot:
        screen = await blank(pilot, app)
        await check(pilot, screen)
        assert "✕" not in seen(app), "an untouched form is not scolded"
        assert "Fill in the question" in seen(app)
        screen.query_one("#rounds").focus()
        await press(pilot, "x")
        await check(pilot, screen)
        assert "not a whole number" not in seen(app), "nor is a field that is being filled"
        await press(pilot, "tab")
        await check(pilot, screen)
        assert "'x' is not a whole number" in below(app, "Rounds")
        await press(pilot, "shift+tab", "end", "y")
        await check(pilot, screen)
        assert "'xy' is not a whole number" in below(app, "Rounds"), "once told, it is told as one types"
        await press(pilot, "ctrl+s")
        await settle(pilot, lambda: "to put right" in seen(app))
        assert "✕ the question is empty" in below(app, "Question")
        assert not backstage.plans
        assert app.focused is not None and app.focused.id == "question", "the cursor goes to the first of them"


async def test_the_estimate_follows_the_form_and_says_which_limit_it_passes() -> None:
    app = Backstage().app()
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await blank(pilot, app)
        await press(pilot, *"q?", "tab", "tab", "a", "enter", "b")
        screen.query_one("#rounds").focus()
        await press(pilot, "backspace", "5")
        await check(pilot, screen)
        assert "At most 5,000 tokens · price unknown" in seen(app)
        assert "token budget of" not in seen(app)
        screen.query_one("#token_budget", Input).value = "2000"
        await check(pilot, screen)
        lines = [row.strip() for row in rows(app) if row.strip()]
        assert lines[-3] == "! More than the token budget of 2,000, which may be spent after about 2 of 5 rounds."
        assert lines[-2].startswith("At most 5,000 tokens")
        await press(pilot, "f4")
        await settle(pilot, lambda: "What this session will take at most" in seen(app))
        assert "More than the token budget of 2,000" in seen(app)


async def test_the_model_gets_ready_meanwhile_and_says_so() -> None:
    backstage = Backstage()
    app = backstage.app()
    async with app.run_test(size=(80, 40)) as pilot:
        screen = await blank(pilot, app)
        await settle(pilot, lambda: "the model is ready" in seen(app))
        assert "Every second argument is made up." in seen(app)
        backstage.warm_error = ModelNotInstalled("the weights are not here", remedy="chatarena models get x")
        screen.query_one("#model", Select).value = "far/model"
        await settle(pilot, lambda: "the weights are not here chatarena models get x" in seen(app))
        assert "not ready" in seen(app)
    assert backstage.warmed == ["scripted/words", "far/model"]


async def test_what_was_typed_is_still_there_after_going_back() -> None:
    app = Backstage().app()
    async with app.run_test() as pilot:
        await blank(pilot, app)
        await press(pilot, *"Half a thought", "escape")
        await settle(pilot, lambda: isinstance(app.screen, HomeScreen))
        await press(pilot, "n")
        await settle(pilot, lambda: "Half a thought" in seen(app))


async def test_claims_are_switched_off_and_seconds_are_a_limit_like_the_others() -> None:
    backstage = Backstage()
    app = backstage.app()
    async with app.run_test(size=(100, 60)) as pilot:
        await compose_example(pilot, app)
        screen = app.screen
        screen.query_one("#more", Collapsible).collapsed = False
        screen.query_one("#claims", Select).value = "none"
        screen.query_one("#time_budget", Input).value = "90"
        await settle(pilot, lambda: "none: agents only argue" in seen(app))
        await press(pilot, "ctrl+s")
        await settle(pilot, lambda: bool(backstage.plans))
    (plan,) = backstage.plans
    assert not plan.protocol.claims and plan.settings.time_budget == 90.0


async def test_saving_writes_the_decision_as_it_stands() -> None:
    backstage = Backstage()
    app = backstage.app()
    async with app.run_test(notifications=True) as pilot:
        await compose_example(pilot, app)
        await press(pilot, "f2", "enter")
        await settle(pilot, lambda: "Saved as which-city.yaml" in seen(app))
    assert [decision.question for decision in backstage.saved] == ["Which city should I move to?"]


async def test_help_names_the_keys_of_the_screen_it_was_called_from() -> None:
    app = Backstage().app()
    async with app.run_test(size=(80, 40)) as pilot:
        await settle(pilot, lambda: isinstance(app.screen, HomeScreen))
        await press(pilot, "f1")
        await settle(pilot, lambda: isinstance(app.screen, HelpScreen) and "New decision" in seen(app))
        await press(pilot, "escape")
        await blank(pilot, app)
        await press(pilot, "f1")
        await settle(pilot, lambda: isinstance(app.screen, HelpScreen) and "Help · Esc closes" in seen(app))
        shown = " ".join(seen(app).replace("│", " ").split())
        assert "f2 Save" in shown and "^s Start" in shown and "hidden until you have chosen" in shown
        assert "F6, for researchers" in shown and "“unblinded”" in shown
        await press(pilot, "escape")
        await settle(pilot, lambda: isinstance(app.screen, ComposeScreen))


async def test_every_key_has_an_id_of_its_own_so_that_it_can_be_moved() -> None:
    app = Backstage().app()
    async with app.run_test() as pilot:
        app.set_keymap({"compose.start": "f5"})
        await compose_example(pilot, app)
        await press(pilot, "f5")
        await settle(pilot, lambda: isinstance(app.screen, ArenaScreen))


async def test_a_file_that_is_there_is_written_over_only_when_asked_for() -> None:
    backstage = Backstage()
    app = backstage.app()
    async with app.run_test(notifications=True) as pilot:
        await compose_example(pilot, app)
        await press(pilot, "f2", "enter")
        await settle(pilot, lambda: len(backstage.saved) == 1)
        await press(pilot, "f2", "enter")
        await settle(pilot, lambda: "Write over it?" in seen(app))
        await press(pilot, "escape")
        await settle(pilot, lambda: isinstance(app.screen, ComposeScreen))
        assert len(backstage.saved) == 1
        await press(pilot, "f2", "enter")
        await settle(pilot, lambda: "Write over it?" in seen(app))
        await press(pilot, "enter")
        await settle(pilot, lambda: len(backstage.saved) == 2)


async def test_a_file_is_opened_into_the_form_and_a_wrong_path_is_told_in_place() -> None:
    backstage = Backstage()
    app = backstage.app()
    async with app.run_test(size=(80, 40)) as pilot:
        await compose_example(pilot, app)
        await press(pilot, "f2", "enter")
        await settle(pilot, lambda: bool(backstage.saved))
        await press(pilot, "escape")
        await blank(pilot, app)
        await press(pilot, *"Half a thought", "f3", *"nowhere.yaml", "enter")
        await settle(pilot, lambda: "there is no such file" in seen(app))
        await press(pilot, *["backspace"] * 12, *"which-city.yaml", "enter")
        await settle(pilot, lambda: "Replace what you typed?" in seen(app))
        await press(pilot, "enter")
        await settle(pilot, lambda: isinstance(app.screen, ComposeScreen) and "Lisbon" in seen(app))
        assert isinstance(app.screen, ComposeScreen)
        form = app.screen.form
        assert (form.question, form.rounds, form.cast) == ("Which city should I move to?", "4", "three")
        assert [row[0] for row in form.options if row[0]] == ["Lisbon", "Oslo", "Stay where I am"]


async def test_keys_that_come_faster_than_the_screen_is_drawn_go_where_those_before_them_led() -> None:
    """A burst, nothing awaited between the keys: what a paste without brackets, or a very fast typist, sends."""
    app = Backstage().app()
    async with app.run_test() as pilot:
        screen = await blank(pilot, app)
        burst = [
            *"Q?",
            "tab",
            *"Facts",
            "tab",
            *"Tea",
            "enter",
            *"Coffee",
            "tab",
            *"black",
            "enter",
            *"Water",
            "up",
            "x",
        ]
        for key in burst:
            pilot.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await settle(pilot, lambda: len(screen.query_one("#options", Rows).rows) == 4)
        assert (screen.form.question, screen.form.context) == ("Q?", "Facts")
        assert [row[:2] for row in screen.form.options] == [("Tea", ""), ("Coffeex", "black"), ("Water", ""), ("", "")]


async def test_enter_in_the_empty_last_row_goes_on_to_the_next_field() -> None:
    app = Backstage().app()
    async with app.run_test() as pilot:
        screen = await blank(pilot, app)
        screen.query_one("#options", Rows).rows[0].first.focus()
        await press(pilot, "a", "enter", "b", "enter", "enter")
        await settle(pilot, lambda: app.focused is screen.query_one("#cast"))


async def test_rows_are_moved_and_removed_with_the_mouse_as_with_the_keys() -> None:
    app = Backstage().app()
    async with app.run_test(size=(80, 40)) as pilot:
        await compose_example(pilot, app)
        screen = app.screen
        assert isinstance(screen, ComposeScreen)
        options = screen.query_one("#options", Rows)

        def labels() -> list[str]:
            return [row[0] for row in options.values if row[0]]

        await pilot.click(options.rows[1].query_one(".handle"), offset=(0, 0))
        await settle(pilot, lambda: labels() == ["Oslo", "Lisbon", "Stay where I am"])
        await pilot.click(options.rows[0].query_one(".handle"), offset=(2, 0))
        await settle(pilot, lambda: labels() == ["Lisbon", "Oslo", "Stay where I am"])
        await pilot.click(options.rows[1].query_one(".handle"), offset=(4, 0))
        await settle(pilot, lambda: labels() == ["Lisbon", "Stay where I am"])
