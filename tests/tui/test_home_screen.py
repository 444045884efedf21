"""The start page: read at one glance, and every way to go is one key, two arrows or a click away."""

from __future__ import annotations

import pytest
from textual.widgets import Static

from chatarena.arena import events as ev
from chatarena.cli.home import Paths
from chatarena.tui.screens.arena import ArenaScreen
from chatarena.tui.screens.compose import ComposeScreen
from chatarena.tui.screens.home import HomeScreen
from chatarena.tui.screens.picking import PickScreen
from chatarena.tui.screens.replay import ReplayScreen
from chatarena.tui.screens.sessions import SessionsScreen
from chatarena.tui.screens.settings import SettingsScreen
from tests.tui.house import house
from tests.tui.support import press, rows, seen, settle


@pytest.mark.parametrize("size", [(80, 24), (160, 48)], ids=["80x24", "160x48"])
async def test_one_glance_says_what_happens_who_speaks_and_where_to_go(home: Paths, size: tuple[int, int]) -> None:
    async with house(home) as inside:
        await inside.demo()
        async with inside.app.run_test(size=size) as pilot:
            app = inside.app
            await settle(pilot, lambda: "7 recorded ones" in seen(app) and "complete" in seen(app))
            shown = seen(app)
            for words in (
                "You pose a decision.",
                "the masks come off",
                "Model: embedded/qwen2.5-1.5b",
                "✕ the weights of qwen2.5-1.5b are not on this machine (1.1 GB to fetch)",
                "New decision",
                "11 decisions to begin with",
                "Sessions",
                "Settings",
                "Recent sessions",
                "Should I become team",
            ):
                assert words in " ".join(shown.split()), words
            assert "f1 Help" in rows(app)[-1]


@pytest.mark.parametrize(
    ("key", "screen"),
    [
        *(("n", ComposeScreen), ("1", ComposeScreen), ("e", PickScreen), ("2", PickScreen), ("p", PickScreen)),
        *(("s", SessionsScreen), ("4", SessionsScreen), ("g", SettingsScreen), ("m", PickScreen)),
    ],
)
async def test_every_way_has_its_key(home: Paths, key: str, screen: type) -> None:
    async with house(home) as inside, inside.app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, lambda: isinstance(inside.app.screen, HomeScreen))
        await press(pilot, key)
        await settle(pilot, lambda: isinstance(inside.app.screen, screen))


async def test_arrows_lead_through_the_menu_to_the_sessions_and_back(home: Paths) -> None:
    async with house(home) as inside:
        await inside.demo()
        async with inside.app.run_test(size=(80, 24)) as pilot:
            app = inside.app
            await settle(pilot, lambda: "complete" in seen(app))

            def pointed() -> list[str]:
                return [row.split("▸")[1].split()[0] for row in rows(app) if "▸" in row]

            await press(pilot, "down")
            assert pointed() == ["e"], "one pointer, where the focus is"
            await press(pilot, *["down"] * 5)
            await settle(pilot, lambda: "r Replay" in rows(app)[-1])
            assert all(key in rows(app)[-1] for key in ("a Analyse", "^q Quit", "f1 Help")), "not one is cut off"
            assert app.screen.query_one("#recent").has_focus
            assert len(pointed()) == 1
            assert pointed() != ["q"], "the menu keeps its place, unmarked"
            await press(pilot, "up")
            await settle(pilot, lambda: "r Replay" not in rows(app)[-1])
            assert app.screen.query_one("#menu").has_focus
            assert pointed() == ["q"]
            await pilot.click("#menu", offset=(8, 3))
            await settle(pilot, lambda: isinstance(app.screen, SessionsScreen))


async def test_what_was_left_stands_first_and_is_gone_on_with(home: Paths) -> None:
    async with house(home) as inside:
        await inside.demo(until=ev.FloorPassed)
        await inside.demo()
        async with inside.app.run_test(size=(80, 24)) as pilot:
            app = inside.app
            await settle(pilot, lambda: "1 to go on with" in seen(app))
            await press(pilot, "right", "enter")
            await settle(pilot, lambda: isinstance(app.screen, ArenaScreen))


async def test_an_example_is_taken_to_the_compose_screen(home: Paths) -> None:
    async with house(home) as inside, inside.app.run_test(size=(120, 40)) as pilot:
        app = inside.app
        await settle(pilot, lambda: "11 decisions" in seen(app))
        await press(pilot, "e")
        await settle(pilot, lambda: "Work and study" in seen(app) and "At home" in seen(app))
        assert "Argued by Alder" in " ".join(seen(app).split()), "the one in hand is described"
        await press(pilot, "enter")
        await settle(pilot, lambda: isinstance(app.screen, ComposeScreen))
        assert "Should I become team leader" in seen(app)


async def test_a_debate_that_ships_is_played(home: Paths) -> None:
    async with house(home) as inside, inside.app.run_test(size=(120, 40)) as pilot:
        app = inside.app
        await settle(pilot, lambda: "7 recorded ones" in seen(app))
        await press(pilot, "p")
        await settle(pilot, lambda: isinstance(app.screen, PickScreen) and "heating-failure" in seen(app))
        await press(pilot, "enter")
        await settle(pilot, lambda: isinstance(app.screen, ReplayScreen))
        assert inside.stage.log is not None and inside.stage.log.sessions() == (), "playing logs nothing"


async def test_the_model_is_looked_at_again_when_weights_have_come(home: Paths) -> None:
    from chatarena.language_model.install import WEIGHTS

    async with house(home) as inside, inside.app.run_test(size=(80, 24)) as pilot:
        app = inside.app
        await settle(pilot, lambda: "are not on this machine" in seen(app))
        weights = home.models_dir / "qwen2.5-1.5b.gguf"
        weights.parent.mkdir(parents=True)
        with weights.open("wb") as file:
            file.write(b"GGUF")
            file.truncate(WEIGHTS["qwen2.5-1.5b"].size)  # a hole: it takes no room
        await press(pilot, "s", "escape")
        await settle(pilot, lambda: "✓ weights are here, 1.1 GB" in seen(app))
        assert isinstance(app.screen.query_one("#model"), Static)
