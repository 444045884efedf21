"""What is the same everywhere: the palette, copying, faults, the log panel, themes that stay, reduced motion."""

from __future__ import annotations

import base64
import re
import stat
from pathlib import Path

import pytest
from textual.command import CommandPalette
from textual.widgets import Input

from chatarena.tui import clipboard, faults
from chatarena.tui.app import ArenaApp
from chatarena.tui.bindings import keymap
from chatarena.tui.screens.compose import ComposeScreen
from chatarena.tui.screens.dialogs import FaultScreen
from chatarena.tui.screens.help import HelpScreen
from chatarena.tui.screens.home import HomeScreen
from chatarena.tui.screens.log import LogScreen
from chatarena.tui.surroundings import Surroundings
from tests.tui.support import Backstage, asked, compose_example, press, seen, settle, start_example


def clipboard_of(written: list[str]) -> str:
    """What the terminal was asked to copy last."""
    found = re.findall(r"\x1b\]52;c;([^\x07]*)\x07", "".join(written))
    return base64.b64decode(found[-1]).decode()


def watch(app: ArenaApp) -> list[str]:
    """Everything that is sent to the terminal from now on."""
    written: list[str] = []
    driver = app._driver
    assert driver is not None
    send = driver.write

    def write(data: str) -> None:
        written.append(data)
        send(data)

    driver.write = write  # type: ignore[method-assign]
    return written


# -- the palette and help ----------------------------------------------------------------------------------------------


async def test_the_palette_offers_what_the_screen_can_do_now_and_does_it() -> None:
    app = Backstage().app()
    async with app.run_test(size=(100, 50)) as pilot:
        await start_example(pilot, app)
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "floor"))
        await press(pilot, "ctrl+p")
        await settle(pilot, lambda: isinstance(app.screen, CommandPalette))
        await press(pilot, *"next round")
        await settle(pilot, lambda: "Next round" in seen(app) and "^n" in seen(app))
        assert app.live is not None
        before = app.live.session.round
        await press(pilot, "enter")
        await settle(pilot, lambda: app.live is not None and app.live.session.round > before)


async def test_the_palette_names_every_shown_key_of_a_screen_and_every_place() -> None:
    app = Backstage().app()
    async with app.run_test() as pilot:
        await settle(pilot, lambda: isinstance(app.screen, HomeScreen))
        titles = {command.title for command in app.get_system_commands(app.screen)}
        shown = {
            active.binding.description
            for active in app.screen.active_bindings.values()
            if active.binding.show and active.binding.id and active.node is not app
        }
        assert {title.casefold() for title in shown} <= {title.casefold() for title in titles}
        assert {"Home", "New decision", "Sessions", "Settings", "Theme", "Help", "Log", "Quit"} <= titles
        assert len(titles) == len({title.casefold() for title in titles})


async def test_help_can_be_asked_for_on_top_of_anything_but_itself() -> None:
    app = Backstage().app()
    async with app.run_test() as pilot:
        await settle(pilot, lambda: isinstance(app.screen, HomeScreen))
        await press(pilot, "f9", "f1")
        await settle(pilot, lambda: isinstance(app.screen, HelpScreen))
        await press(pilot, "f1")
        await settle(pilot, lambda: isinstance(app.screen, LogScreen))
        await press(pilot, "f9")
        await settle(pilot, lambda: isinstance(app.screen, HomeScreen))


# -- copying -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["ctrl+c", "y"])
async def test_the_speech_that_is_read_is_copied(tmp_path: Path, key: str) -> None:
    around = Surroundings(copies=tmp_path / "state" / "copied.txt", environ={"TERM": "xterm-256color"})
    app = ArenaApp(Backstage().studio(), around)
    async with app.run_test() as pilot:
        await start_example(pilot, app)
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "floor"))
        await press(pilot, "escape")
        written = watch(app)
        await press(pilot, key)
        await settle(pilot, lambda: any("Copied what" in told for told in app.told))
        copied = clipboard_of(written)
        assert copied and copied == (tmp_path / "state" / "copied.txt").read_text(encoding="utf-8")
        assert stat.S_IMODE((tmp_path / "state" / "copied.txt").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("text", "environ", "doubt"),
    [
        ("x", {"TERM": "xterm-256color"}, ""),
        ("x", {"TERM": "linux"}, "no clipboard"),
        ("x", {"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, "no clipboard"),
        ("x", {"TERM": "xterm-256color", "VTE_VERSION": "7600"}, "no clipboard"),
        ("x", {"TERM": "tmux-256color", "TMUX": "/tmp/x,1,0"}, "tmux"),
        ("x" * 100_000, {"TERM": "xterm-256color"}, "long"),
    ],
    ids=["xterm", "console", "apple", "vte", "tmux", "long"],
)
def test_where_the_clipboard_may_not_take_it_that_is_said(text: str, environ: dict[str, str], doubt: str) -> None:
    said = clipboard.doubtful(text, environ)
    assert doubt in said and bool(said) is bool(doubt)


async def test_where_the_clipboard_is_doubtful_the_file_is_named(tmp_path: Path) -> None:
    app = ArenaApp(Backstage().studio(), Surroundings(copies=tmp_path / "copied.txt", environ={"TERM": "linux"}))
    async with app.run_test(size=(160, 40)) as pilot:
        await settle(pilot, lambda: isinstance(app.screen, HomeScreen))
        app.copy_screen()
        await settle(pilot, lambda: "copied.txt" in " ".join(app.told))
        assert "ChatArena" in (tmp_path / "copied.txt").read_text(encoding="utf-8")


def test_what_cannot_be_kept_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert not clipboard.keep("x", tmp_path / "file" / "below.txt")


async def test_where_nothing_is_to_be_copied_leaving_is_explained() -> None:
    app = ArenaApp(Backstage().studio(), Surroundings(keys=keymap({"app.quit": "f10"})))
    async with app.run_test() as pilot:
        await settle(pilot, lambda: isinstance(app.screen, HomeScreen))
        await press(pilot, "ctrl+c")
        assert app.told[-1].startswith("f10 quits")


# -- faults and the log ------------------------------------------------------------------------------------------------


async def test_what_fails_in_the_background_is_shown_written_down_and_survived(tmp_path: Path) -> None:
    app = ArenaApp(Backstage().studio(), Surroundings(logs=tmp_path / "logs"))

    async def break_down() -> None:
        try:
            raise OSError("the disk is full, key sk-1234567890abcdef")
        except OSError as cause:
            raise RuntimeError("nothing was saved") from cause

    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot, lambda: isinstance(app.screen, HomeScreen))
        app.run_worker(break_down(), group="breaking", exit_on_error=False)
        await settle(pilot, lambda: isinstance(app.screen, FaultScreen))
        shown = " ".join(seen(app).replace("┃", " ").split())
        assert "nothing was saved" in shown and "It came from: OSError: the disk is full" in shown
        assert "faults.log" in shown
        written = (tmp_path / "logs" / "faults.log").read_text(encoding="utf-8")
        assert "break_down" in written and "sk-1234567890abcdef" not in written
        await press(pilot, "enter")
        await settle(pilot, lambda: isinstance(app.screen, HomeScreen))
        await press(pilot, "f9")
        await settle(pilot, lambda: isinstance(app.screen, LogScreen))
        shown = seen(app)
        assert "✕ RuntimeError: nothing was saved" in shown and "faults.log" in shown


async def test_what_was_said_in_passing_stays_in_the_log_panel() -> None:
    app = Backstage().app()
    async with app.run_test() as pilot:
        await settle(pilot, lambda: isinstance(app.screen, HomeScreen))
        app.notify("first [b]said[/b]")
        app.notify("then said", severity="warning")
        await press(pilot, "f9")
        await settle(pilot, lambda: isinstance(app.screen, LogScreen))
        shown = seen(app)
        assert shown.index("first [b]said[/b]") < shown.index("then said")


def test_a_cause_that_is_told_already_is_not_told_again() -> None:
    inner = ValueError("no numbers")
    outer = RuntimeError("it failed: no numbers")
    outer.__cause__ = inner
    assert faults.causes(outer) == ()
    loop = RuntimeError("a")
    loop.__cause__ = outer
    outer.__cause__ = loop
    assert faults.causes(loop) == ("RuntimeError: it failed: no numbers",)


# -- looks -------------------------------------------------------------------------------------------------------------


async def test_a_theme_that_is_chosen_in_the_palette_is_remembered() -> None:
    kept: list[str] = []

    async def remember(theme: str) -> None:
        kept.append(theme)

    app = ArenaApp(Backstage().studio(), Surroundings(theme="dark", remember=remember))
    async with app.run_test(size=(100, 60)) as pilot:
        await settle(pilot, lambda: isinstance(app.screen, HomeScreen))
        assert kept == []
        await press(pilot, "ctrl+p")
        await settle(pilot, lambda: isinstance(app.screen, CommandPalette))
        await press(pilot, *"theme")
        await settle(pilot, lambda: "the terminal's own colours" in seen(app))
        await press(pilot, "enter")
        await settle(pilot, lambda: "dark text on a light ground" in seen(app))
        await press(pilot, *"light ground")
        await settle(pilot, lambda: "dark text on a light ground" in seen(app) and "nord" not in seen(app))
        await press(pilot, "enter")
        await settle(pilot, lambda: app.theme == "light" and kept == ["light"])


async def test_with_reduced_motion_nothing_is_animated_and_no_cursor_blinks() -> None:
    app = ArenaApp(Backstage().studio(), Surroundings(reduced_motion=True))
    async with app.run_test() as pilot:
        assert app.animation_level == "none"
        await start_example(pilot, app)
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "floor"))
        line = app.screen.focused
        assert isinstance(line, Input) and not line.cursor_blink


# -- pasting -----------------------------------------------------------------------------------------------------------


async def test_pasted_lines_send_nothing_and_start_nothing() -> None:
    from textual import events

    backstage = Backstage()
    app = backstage.app()
    async with app.run_test(size=(100, 60)) as pilot:
        await compose_example(pilot, app)
        screen = app.screen
        for widget in [widget for widget in screen.query("Input, TextArea") if widget.focusable and widget.display]:
            widget.focus()
            await settle(pilot, lambda wanted=widget: screen.focused is wanted)
            app.post_message(events.Paste("one\r\ntwo\n\x1b[31mthree\n"))
            await settle(pilot, lambda: True)
            assert app.screen is screen and isinstance(screen, ComposeScreen)
            assert "\x1b" not in str(getattr(widget, "value", getattr(widget, "text", "")))
        assert backstage.plans == []
