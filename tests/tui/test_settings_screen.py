"""Settings on the screen: who says what, changed in place, refused beside the line, keys never shown."""

from __future__ import annotations

import tomllib

import pytest
from textual.pilot import Pilot

from chatarena.cli.home import Paths
from chatarena.language_model.scripted import Reply
from chatarena.tui.screens.home import HomeScreen
from chatarena.tui.screens.picking import PickScreen
from chatarena.tui.screens.settings import SettingsScreen
from chatarena.tui.widgets.table import Table
from tests.cli.conftest import write_config
from tests.tui.house import House, house
from tests.tui.support import press, seen, settle

SECRET = "sk-THIS-IS-NOBODYS-KEY"


async def to_setting(pilot: Pilot[None], inside: House, key: str) -> None:
    """From the start page to a row of the settings."""
    app = inside.app
    await settle(pilot, lambda: isinstance(app.screen, HomeScreen))
    await press(pilot, "g")
    await settle(pilot, lambda: isinstance(app.screen, SettingsScreen) and "models.default" in seen(app))
    app.screen.query_one("#settings", Table).go_to(key)
    await settle(pilot, lambda: app.screen.query_one("#settings", Table).current == key)


@pytest.mark.parametrize("size", [(80, 24), (160, 48)], ids=["80x24", "160x48"])
async def test_a_number_is_changed_in_place_and_comments_stay(home: Paths, size: tuple[int, int]) -> None:
    file = write_config(home, "# mine\n[session]\nrounds = 2  # few\n")
    async with house(home) as inside, inside.app.run_test(size=size) as pilot:
        await to_setting(pilot, inside, "session.rounds")
        assert "your file, line 3" in seen(inside.app)
        await press(pilot, "enter", "backspace", *"999")
        await settle(pilot, lambda: "must be at most 50, not 999" in " ".join(seen(inside.app).split()))
        await press(pilot, "enter")
        assert file.read_text() == "# mine\n[session]\nrounds = 2  # few\n", "what is wrong is not written"
        await press(pilot, *["backspace"] * 3, "4", "enter")
        await settle(pilot, lambda: "rounds = 4" in file.read_text())
        assert file.read_text() == "# mine\n[session]\nrounds = 4  # few\n"
        await settle(pilot, lambda: not inside.app.screen.query_one("#value").display)
        await press(pilot, "u")
        await settle(pilot, lambda: file.read_text() == "# mine\n[session]\n")


async def test_a_switch_a_choice_and_the_theme_count_at_once_where_they_can(home: Paths) -> None:
    async with house(home) as inside:
        app = inside.app
        async with app.run_test(size=(100, 40)) as pilot:
            await to_setting(pilot, inside, "ui.reduced_motion")
            await press(pilot, "enter")
            await settle(pilot, lambda: app.animation_level == "none")
            app.screen.query_one("#settings", Table).go_to("cache.policy")
            await press(pilot, "enter")
            await settle(pilot, lambda: isinstance(app.screen, PickScreen) and "only" in seen(app))
            await press(pilot, "down", "enter")
            await settle(pilot, lambda: isinstance(app.screen, SettingsScreen) and home.config_file.exists())
            await settle(pilot, lambda: "policy = " in home.config_file.read_text())
            await press(pilot, "t")
            await settle(pilot, lambda: isinstance(app.screen, PickScreen) and "textual-light" in seen(app))
            app.screen.query_one("#picks", Table).go_to("nord")
            await press(pilot, "enter")
            await settle(pilot, lambda: app.theme == "nord")
    said = tomllib.loads(home.config_file.read_text())
    assert said["ui"] == {"reduced_motion": True, "theme": "nord"} and said["cache"] == {"policy": "on"}


async def test_a_stronger_source_is_named(home: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATARENA_SESSION__ROUNDS", "5")
    async with house(home) as inside, inside.app.run_test(size=(120, 40), notifications=True) as pilot:
        await to_setting(pilot, inside, "session.rounds")
        await press(pilot, "enter", "backspace", "3", "enter")
        await settle(pilot, lambda: "is stronger" in seen(inside.app))
        assert "the variable CHATARENA_SESSION__ROUNDS" in seen(inside.app)


async def test_a_model_is_chosen_with_its_health_and_speaks_from_then_on(
    home: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    async with house(home) as inside, inside.app.run_test(size=(120, 40)) as pilot:
        app = inside.app
        await settle(pilot, lambda: "are not on this machine" in seen(app))
        assert "Fetch them with: chatarena models get qwen2.5-1.5b" in seen(app)
        await press(pilot, "m")
        await settle(pilot, lambda: isinstance(app.screen, PickScreen) and "OPENAI_API_KEY is set" in seen(app))
        await press(pilot, "down", "enter")
        await settle(pilot, lambda: isinstance(app.screen, HomeScreen) and "✓ OPENAI_API_KEY is set" in seen(app))
        assert app.studio.default_model.startswith("openai/")
        await to_setting(pilot, inside, "key:OPENAI_API_KEY")
        shown = seen(app)
        assert "OPENAI_API_KEY" in shown and "set" in shown and SECRET not in shown
    assert tomllib.loads(home.config_file.read_text())["models"]["default"].startswith("openai/")
    assert SECRET not in home.config_file.read_text()


async def test_a_key_pasted_into_a_setting_is_refused_and_not_repeated(home: Paths) -> None:
    async with house(home) as inside, inside.app.run_test(size=(120, 40)) as pilot:
        await to_setting(pilot, inside, "models.fallback")
        await press(pilot, "enter", *"sk-proj-0123456789abcdefghijklmnopqrstuvwxyz", "enter")
        await settle(pilot, lambda: "keys are never stored" in " ".join(seen(inside.app).split()))
        assert not home.config_file.exists()


async def test_a_model_is_tried_with_one_tiny_question(home: Paths) -> None:
    write_config(home, '[models]\ndefault = "scripted/words"\n')
    said = Reply(text="It may look better by daylight.", prompt_tokens=20, completion_tokens=8)
    async with house(home, lambda _: said) as inside, inside.app.run_test(size=(80, 24)) as pilot:
        app = inside.app
        await settle(pilot, lambda: "✓ a script: needs nothing" in seen(app))
        await press(pilot, "m")
        await settle(pilot, lambda: isinstance(app.screen, PickScreen) and "needs nothing" in seen(app))
        await press(pilot, "t")
        await settle(pilot, lambda: "It answers: first token after" in seen(app))
        assert "8 tokens" in seen(app)
