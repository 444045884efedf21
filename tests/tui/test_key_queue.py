"""A key that comes in a burst acts on what the keys before it left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ClassVar

import pytest
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Paste
from textual.widgets import Input, TextArea

from chatarena.cli.home import Paths
from chatarena.tui import key_queue
from chatarena.tui.app import ArenaApp
from chatarena.tui.columns import Column
from chatarena.tui.frame import Frame
from chatarena.tui.screens.asking import AskScreen
from chatarena.tui.screens.compose import ComposeScreen
from chatarena.tui.screens.forking import ForkScreen
from chatarena.tui.screens.home import HomeScreen
from chatarena.tui.screens.log import LogScreen
from chatarena.tui.screens.picking import Pick, PickScreen
from chatarena.tui.screens.replay import ReplayScreen
from chatarena.tui.screens.sessions import SessionsScreen
from chatarena.tui.screens.settings import SettingsScreen
from tests.tui.house import house
from tests.tui.support import burst, seen, settle


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is, keys wait until a page has come."""
    monkeypatch.setattr(key_queue, "PATIENCE", 60.0)


def _question(app: ArenaApp) -> str:
    found = app.screen.query("#question").results(TextArea) if isinstance(app.screen, ComposeScreen) else ()
    return next((area.text for area in found), "")


def _query(app: ArenaApp) -> str:
    found = app.screen.query("#query").results(Input) if isinstance(app.screen, SessionsScreen) else ()
    return next((line.value for line in found), "")


def _last_is_marked(app: ArenaApp) -> bool:
    screen = app.screen
    return isinstance(screen, SessionsScreen) and bool(screen.marked) and screen.table.lines[-1].id == screen.marked


BURSTS: dict[str, tuple[tuple[str, ...], Callable[[ArenaApp], bool]]] = {
    "the list of sessions, and mark": (("s", "c"), lambda app: "● marked" in seen(app)),
    "the last of them, and mark": (("s", "end", "c"), _last_is_marked),
    "two set side by side": (("s", "c", "down", "c"), lambda app: type(app.screen).__name__ == "CompareScreen"),
    "the list, and fork": (("s", "f"), lambda app: isinstance(app.screen, ForkScreen)),
    "the list, and search": (("s", "slash", *"team"), lambda app: _query(app) == "team"),
    "there and back and elsewhere": (("s", "escape", "g"), lambda app: isinstance(app.screen, SettingsScreen)),
    "a new decision, and its question": (("n", *"Should I"), lambda app: _question(app) == "Should I"),
    "the same by the menu": (("enter", *"s n e"), lambda app: _question(app) == "s n e"),
    "an example": (("e", "enter"), lambda app: _question(app).startswith("Should I become")),
    "the second example": (
        ("e", "down", "enter"),
        lambda app: bool(_question(app)) and not _question(app).startswith("Should I become"),
    ),
    "a debate, held at once": (
        ("p", "enter", "space"),
        lambda app: isinstance(app.screen, ReplayScreen) and not app.screen.player.playback.playing,
    ),
}


@pytest.mark.parametrize("what", BURSTS)
async def test_every_key_of_a_burst_goes_to_the_page_it_was_meant_for(home: Paths, what: str) -> None:
    keys, there = BURSTS[what]
    async with house(home) as inside:
        inside.copies(await inside.demo(), 2)
        async with inside.app.run_test(size=(100, 30)) as pilot:
            await settle(pilot, lambda: isinstance(inside.app.screen, HomeScreen) and "7 recorded" in seen(inside.app))
            burst(pilot, *keys)
            await settle(pilot, lambda: there(inside.app))


@pytest.mark.parametrize(
    ("keys", "answer"), [(("down", "enter"), "two"), (("escape",), None)], ids=["a pick waits", "to leave does not"]
)
async def test_a_pick_waits_for_the_list_it_is_made_from(keys: tuple[str, ...], answer: str | None) -> None:
    gate, picked = asyncio.Event(), []

    async def load() -> list[Pick]:
        await gate.wait()
        return [Pick(id=name, cells=(name,), group="", about=Content(name)) for name in ("one", "two", "three")]

    class Numbers(Frame):
        BINDINGS: ClassVar[list[BindingType]] = [Binding("o", "open", id="numbers.open")]

        def action_open(self) -> None:
            self.push_screen(PickScreen("Numbers", (Column(title="", least=8),), load, help=""), picked.append)

    app = Numbers()
    async with app.run_test(size=(80, 24)) as pilot:
        burst(pilot, "o", *keys)
        if answer:
            app.call_later(gate.set)
        await settle(pilot, lambda: picked == [answer])


async def test_keys_and_pastes_keep_their_order_also_where_one_ends_a_dialog() -> None:
    answers: list[str | None] = []
    app = Frame()
    async with app.run_test(size=(80, 24)) as pilot:
        for title in ("First", "Second"):
            app.push_screen(AskScreen(title, "", value=""), answers.append)
        burst(pilot, *"ab")
        pilot.app.post_message(Paste("cd"))
        burst(pilot, "e", "enter", *"second", "enter")
        await settle(pilot, lambda: answers == ["abcde", "second"])


async def test_nobody_waits_for_a_page_that_does_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_queue, "PATIENCE", 0.05)
    never = asyncio.Event()

    class Stuck(Frame):
        BINDINGS: ClassVar[list[BindingType]] = [Binding("o", "open", id="stuck.open")]

        def action_open(self) -> None:
            self.run_worker(never.wait(), group="replay")  # type: ignore[arg-type]

    app = Stuck()
    async with app.run_test(size=(80, 24)) as pilot:
        burst(pilot, "o", "f9")
        await settle(pilot, lambda: isinstance(app.screen, LogScreen))
