"""The keys at the bottom of a screen: always those that work, and made anew only when they are others."""

from __future__ import annotations

from typing import ClassVar

import pytest
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Input
from textual.widgets._footer import FooterKey

from chatarena.tui.widgets.key_line import KeyLine


class Room(Screen[None]):
    """A screen with one key that comes and goes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "bell", "Always", id="room.always"),
        Binding("f3", "open", "Now and then"),
        Binding("f4", "bell", "Never shown", show=False),
    ]
    state: bool | None = True

    def compose(self) -> ComposeResult:
        yield Input(id="one")
        yield Input(id="two")
        yield KeyLine()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self.state if action == "open" else True

    def action_open(self) -> None:
        pass


class House(App[None]):
    def get_default_screen(self) -> Screen[None]:
        return Room()


def keys(app: App[None]) -> list[FooterKey]:
    return list(app.screen.query(FooterKey))


def shown(app: App[None]) -> list[tuple[str, bool]]:
    return [(key.description, not key.has_class("-disabled")) for key in keys(app) if key.key in ("f2", "f3", "f4")]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (True, [("Always", True), ("Now and then", True)]),
        (False, [("Always", True)]),
        (None, [("Always", True), ("Now and then", False)]),
    ],
    ids=["works", "is not there", "does nothing now"],
)
async def test_the_keys_are_those_that_work(state: bool | None, expected: list[tuple[str, bool]]) -> None:
    app = House()
    async with app.run_test() as pilot:
        for before in (True, False, None):  # whatever was shown before
            for now in (before, state):
                app.screen.state = now  # type: ignore[attr-defined]
                app.screen.refresh_bindings()
                await pilot.pause()
            assert shown(app) == expected


async def test_keys_that_stay_the_same_are_not_made_anew() -> None:
    app = House()
    async with app.run_test() as pilot:
        await pilot.pause()
        before = keys(app)
        assert before
        app.screen.refresh_bindings()
        await pilot.press("tab")
        await pilot.pause()
        assert app.screen.focused is app.screen.query_one("#two")
        assert all(one is other for one, other in zip(before, keys(app), strict=True))


async def test_other_keys_of_the_person_are_shown() -> None:
    app = House()
    async with app.run_test() as pilot:
        app.set_keymap({"room.always": "f8"})
        await pilot.pause()
        assert ("f8", "Always") in [(key.key, key.description) for key in keys(app)]
