"""Whatever fails on a screen is shown and outlived; what cannot be outlived ends with words, not with a traceback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from chatarena.tui import faults
from chatarena.tui.app import SAFE, ArenaApp
from chatarena.tui.frame import MOST_PANELS, Frame
from chatarena.tui.screens.dialogs import FaultScreen
from chatarena.tui.screens.home import HomeScreen
from chatarena.tui.surroundings import Surroundings
from tests.tui.house import house
from tests.tui.support import Backstage, asked, press, quiet, seen, settle, start_example

pytestmark = pytest.mark.outlives


def breaks(*_: object) -> Any:
    raise RuntimeError("the wheel came off") from OSError("a screw was loose")


class Wheel(Widget):
    """Breaks where it is told to."""

    DEFAULT_CSS = "Wheel { height: auto; width: auto; }"
    at = ""

    def __init__(self, at: str) -> None:
        super().__init__()
        self.at = at

    def render(self) -> str:
        return breaks() if self.at == "render" else "a wheel"

    def render_line(self, y: int) -> Strip:
        return breaks() if self.at == "line" else super().render_line(y)

    def on_mount(self) -> None:
        if self.at == "mounted":
            breaks()

    def on_click(self) -> None:
        breaks()


class Workshop(Screen[None]):
    """Everything in it can break, and it has a line to type into."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("f2", "break_it", "Break")]

    def __init__(self, at: str = "") -> None:
        super().__init__()
        self.at = at

    def compose(self) -> ComposeResult:
        if self.at == "composed":
            breaks()
        yield Input(id="line")
        yield Button("Break", id="break")
        yield Wheel(self.at)
        yield Static("the end of the workshop")

    def on_mount(self) -> None:
        if self.at == "screen mounted":
            breaks()

    def action_break_it(self) -> None:
        breaks()

    @on(Button.Pressed)
    def broken(self) -> None:
        breaks()

    def on_key(self, event: events.Key) -> None:
        if event.key == "f6":
            breaks()


def told(app: Frame) -> str:
    return " ".join(seen(app).replace("┃", " ").split())


async def in_the_workshop(app: Frame, pilot: Any, at: str = "") -> None:
    await settle(pilot, lambda: isinstance(app.screen, HomeScreen))
    app.push_screen(Workshop(at))


def fail_by_binding(app: Frame) -> None:
    app.post_message(events.Key("f2", None))


def fail_by_key(app: Frame) -> None:
    app.post_message(events.Key("f6", None))


def fail_by_handler(app: Frame) -> None:
    app.screen.query_one(Button).press()


def fail_by_callback(app: Frame) -> None:
    app.screen.query_one(Wheel).call_next(breaks)


def fail_by_timer(app: Frame) -> None:
    app.screen.query_one(Wheel).set_timer(0.001, breaks)


def fail_in_the_app(app: Frame) -> None:
    app.call_later(breaks)


FAILURES = (fail_by_binding, fail_by_key, fail_by_handler, fail_by_callback, fail_by_timer, fail_in_the_app)


@pytest.mark.parametrize("fail", FAILURES, ids=lambda fail: fail.__name__)
async def test_what_fails_by_itself_or_by_a_key_is_told_and_everything_goes_on(
    tmp_path: Path, fail: Callable[[Frame], None]
) -> None:
    app = ArenaApp(Backstage().studio(), Surroundings(logs=tmp_path / "logs"))
    async with app.run_test(size=(120, 40)) as pilot:
        await in_the_workshop(app, pilot)
        await settle(pilot, lambda: isinstance(app.focused, Input))
        await press(pilot, *"half a")
        fail(app)
        await settle(pilot, lambda: isinstance(app.screen, FaultScreen))
        assert "the wheel came off" in told(app) and "It came from: OSError: a screw was loose" in told(app)
        assert "in breaks" in (tmp_path / "logs" / "faults.log").read_text(encoding="utf-8")
        await press(pilot, "enter")
        await settle(pilot, lambda: isinstance(app.screen, Workshop))
        # Whatever failed is alive: it takes keys, and presses, and fails once more if it must.
        await press(pilot, *" sentence")
        assert app.screen.query_one(Input).value == "half a sentence"
        times = app._ledger._met
        fail(app)
        await settle(pilot, lambda: sum(met.times for met in times.values()) == 2)
    assert app.return_code in (None, 0)


@pytest.mark.parametrize("at", ["render", "line", "mounted"])
async def test_a_part_that_cannot_be_drawn_or_made_leaves_the_rest_of_the_screen(at: str) -> None:
    app = Backstage().app()
    async with app.run_test(size=(120, 40)) as pilot:
        await in_the_workshop(app, pilot, at)
        await settle(pilot, lambda: isinstance(app.screen, FaultScreen))
        workshop = next(screen for screen in app.screen_stack if isinstance(screen, Workshop))

        async def read_panels() -> None:
            while isinstance(app.screen, FaultScreen):
                await press(pilot, "enter")

        # On a slow machine the second painting is a fault of its own, with a panel of its own; the fourth is not.
        for _ in range(20):
            workshop.query_one(Wheel).refresh(layout=True)
            await quiet(pilot)
            await read_panels()
        await settle(pilot, lambda: app.screen is workshop and "the end of the workshop" in seen(app))
        workshop.query_one(Input).focus()
        workshop.query_one(Input).insert_text_at_cursor("alive")
        await settle(pilot, lambda: "alive" in seen(app))
        assert sum(isinstance(screen, FaultScreen) for screen in app.screen_stack) <= MOST_PANELS


@pytest.mark.parametrize("at", ["composed", "screen mounted"])
async def test_from_a_screen_that_cannot_be_built_one_comes_back(at: str) -> None:
    app = Backstage().app()
    async with app.run_test(size=(120, 40)) as pilot:
        await in_the_workshop(app, pilot, at)
        await settle(pilot, lambda: isinstance(app.screen, FaultScreen))
        assert "could not be shown" in told(app)
        await press(pilot, "enter")
        await settle(pilot, lambda: isinstance(app.screen, HomeScreen))


async def test_many_faults_at_once_open_few_panels() -> None:
    app = Backstage().app()
    async with app.run_test(size=(120, 40)) as pilot:
        await in_the_workshop(app, pilot)
        await settle(pilot, lambda: isinstance(app.focused, Input))
        timer = app.screen.set_interval(0.005, breaks)
        await settle(pilot, lambda: sum(met.times for met in app._ledger._met.values()) > 40)
        timer.stop()
        assert 1 <= sum(isinstance(screen, FaultScreen) for screen in app.screen_stack) <= MOST_PANELS
        assert any("again and again" in line for line in app.told)
        assert len(app.told) < 10


async def test_a_running_session_is_said_to_be_safe_and_goes_on(home: Any) -> None:
    async with house(home) as opened, opened.app.run_test(size=(120, 40)) as pilot:
        app = opened.app
        await start_example(pilot, app)
        app.call_later(breaks)
        await settle(pilot, lambda: isinstance(app.screen, FaultScreen))
        assert SAFE in told(app)
        await press(pilot, "enter", "escape")
        await settle(pilot, lambda: asked(app, "floor"))


# -- what cannot be outlived -------------------------------------------------------------------------------------------


class BrokenStart(Frame):
    def on_mount(self) -> None:
        breaks()


class BrokenFirstScreen(Frame):
    def on_mount(self) -> None:
        self.push_screen(Workshop("composed"))


class BrokenPanel(Frame):
    """Its panel of faults cannot be drawn."""

    def show_fault(self, error: BaseException, safe: str = "", then: Callable[[], None] = lambda: None) -> None:
        panel = FaultScreen(error, safe)
        panel._message = 0  # type: ignore[assignment]
        self.push_screen(panel)

    def on_mount(self) -> None:
        self.call_later(breaks)


class Flooded(Frame):
    """Is not still for a long time."""

    def on_mount(self) -> None:
        for _ in range(2 * faults.FLOOD):
            self.call_later(breaks)
        self.set_timer(30.0, self.exit)


@pytest.mark.parametrize("kind", [BrokenStart, BrokenFirstScreen, BrokenPanel, Flooded])
async def test_where_nothing_can_be_shown_the_program_ends_with_words(
    tmp_path: Path, kind: type[Frame], capsys: pytest.CaptureFixture[str]
) -> None:
    app = kind(Surroundings(logs=tmp_path))
    await app.run_async(headless=True, size=(80, 24))
    assert app.return_code == 1
    error = " ".join(capsys.readouterr().err.split())
    assert "ChatArena had to stop" in error and "faults.log" in error.replace(" ", "")
    assert "Traceback" not in error
    assert "in breaks" in (tmp_path / "faults.log").read_text(encoding="utf-8") or kind is BrokenPanel


async def test_the_last_words_say_that_the_session_is_safe(home: Any, capsys: pytest.CaptureFixture[str]) -> None:
    async with house(home) as opened:
        app = opened.app
        with pytest.raises(RuntimeError, match="wheel"):
            async with app.run_test(size=(120, 40)) as pilot:
                await start_example(pilot, app)
                app._give_up(RuntimeError("the wheel came off"))
        await app.settled()
        assert SAFE in " ".join(capsys.readouterr().err.split())


# -- the ledger --------------------------------------------------------------------------------------------------------


def caught(which: Callable[[], object]) -> BaseException:
    try:
        which()
    except (RuntimeError, ZeroDivisionError) as error:
        return error
    raise AssertionError


@pytest.mark.parametrize(
    ("times", "ways"),
    [
        ((0, 5, 10, 15, 16), ("panel", "panel", "panel", "passing", "count")),
        ((0, 0.1, 0.2, 0.3), ("panel", "passing", "count", "count")),
        ((0, 0.5, 1.0, 1.5, 10.6), ("panel", "passing", "count", "count", "panel")),
        ((0, 5, 10, 20, 25, 30), ("panel", "panel", "panel", "passing", "count", "passing")),
    ],
    ids=["pressed", "quick", "ticking", "rare"],
)
def test_the_same_fault_opens_few_panels(times: tuple[float, ...], ways: tuple[faults.Way, ...]) -> None:
    ledger = faults.Ledger()
    assert tuple(ledger.take(caught(breaks), now) for now in times) == ways
    assert ledger.times(caught(breaks)) == len(times)


def test_another_fault_opens_a_panel_of_its_own_and_a_flood_is_one_whatever_it_is_made_of() -> None:
    ledger = faults.Ledger()
    assert ledger.take(caught(breaks), 0.0) == "panel"
    assert ledger.take(caught(lambda: 1 / 0), 0.0) == "panel"
    slow = faults.Ledger()
    assert "flood" not in {slow.take(caught(breaks), number * 0.002) for number in range(9_000)}
    assert "flood" in {ledger.take(caught(breaks), number * 0.0001) for number in range(3_000)}
