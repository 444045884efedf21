"""The lane's pane: streaming, finishing, scrolling and resizing, and nothing in a text that acts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.strip import Strip

from chatarena.tui.blocks import Block
from chatarena.tui.widgets.pane import SpeechPane
from chatarena.tui.widgets.stage import arrange, roster_lines
from tests.tui.support import press, quiet, rows, seen
from tests.tui.test_scene import ROUND, draft, scene

SOUP = (
    "[/] [/red] [link=file:///etc]x[/link] [@click=app.quit]quit[/] \x1b[31mred\x1b[0m "
    "\x1b]8;;http://x\x07link\x1b]8;;\x07 "
    "שלום עולם \u202etxt\u2069 日本語テキスト 👩‍👩‍👧 {markup} $primary :smile: [bold red on blue]y"
)


class Alone(App[None]):
    """One pane and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.pane = SpeechPane()

    def compose(self) -> ComposeResult:
        yield self.pane


def speech(text: str) -> Block:
    return Block(kind="speech", text=text)


def text_rows(app: Alone) -> list[str]:
    return [row.strip() for row in rows(app)]


async def test_text_appears_as_it_comes_and_is_rendered_once_at_the_end() -> None:
    app = Alone()
    async with app.run_test(size=(40, 8)) as pilot:
        assert "Nothing said yet." in seen(app)
        app.pane.say("This is **not")
        app.pane.say(" yet** over")
        await quiet(pilot)
        assert text_rows(app)[0] == "This is **not yet** over"
        app.pane.add(speech("This is **not yet** over."))
        await quiet(pilot)
        assert text_rows(app)[0] == "This is not yet over."


async def test_the_view_follows_the_end_until_the_reader_scrolls_and_then_stays() -> None:
    app = Alone()
    async with app.run_test(size=(30, 6)) as pilot:
        app.pane.focus()
        app.pane.add(speech("\n\n".join(f"line {number}" for number in range(20))))
        await quiet(pilot)
        assert "line 19" in seen(app)
        await press(pilot, "pageup", "pageup")
        held = text_rows(app)[:5]
        assert "line 19" not in seen(app) and "more lines · End" in text_rows(app)[5]
        app.pane.say("something new " * 20)
        await quiet(pilot)
        assert text_rows(app)[:5] == held, "what she reads does not move away"
        app.pane.add(speech("something new"))
        await quiet(pilot)
        assert text_rows(app)[:5] == held
        await press(pilot, "end")
        assert "something new" in seen(app)
        await press(pilot, "home")
        assert text_rows(app)[0] == "line 0"
        await press(pilot, "up", "down")
        assert text_rows(app)[:2] == ["", "line 1"]


async def test_a_pane_that_was_hidden_shows_everything_when_it_comes_back() -> None:
    app = Alone()
    async with app.run_test(size=(30, 6)) as pilot:
        app.pane.say("before ")
        await quiet(pilot)
        app.pane.display = False
        await quiet(pilot)
        app.pane.say("meanwhile ")
        app.pane.add(speech("before meanwhile"))
        app.pane.say("after")
        await quiet(pilot)
        app.pane.display = True
        await quiet(pilot)
        await quiet(pilot)
        assert "before meanwhile" in seen(app) and "after" in seen(app)


async def _shown(pilot: Pilot[None], app: Alone, text: str) -> str:
    for piece in range(0, len(text), 3):
        app.pane.say(text[piece : piece + 3])
    await quiet(pilot)
    streamed = seen(app)
    app.pane.add(speech(text))
    await quiet(pilot)
    return streamed + seen(app)


async def test_bracket_soup_and_escapes_neither_crash_nor_style() -> None:
    app = Alone()
    async with app.run_test(size=(60, 16)) as pilot:
        shown = await _shown(pilot, app, SOUP)
        assert "[/] [/red] [link=file:///etc]x[/link]" in shown and "[@click=app.quit]quit[/]" in shown
        assert "\x1b" not in shown and "\u202e" not in shown
        assert "שלום" in shown and "日本語テキスト" in shown and "red link" in " ".join(shown.split())
        for line in app.screen._compositor.render_full_update().strips:
            for segment in Strip.join(line):
                assert segment.style is None or not (segment.style.link or segment.style.meta.get("@click"))
        assert app.is_running


@settings(max_examples=15, deadline=None)
@given(st.text(max_size=80))
def test_any_text_at_all_can_be_shown(text: str) -> None:
    import asyncio

    async def show() -> None:
        app = Alone()
        async with app.run_test(size=(20, 5)) as pilot:
            await _shown(pilot, app, text)

    asyncio.run(show())


async def test_a_theme_change_repaints_what_was_painted() -> None:
    app = Alone()
    async with app.run_test(size=(30, 4)) as pilot:
        app.pane.add(speech("words"))
        await quiet(pilot)
        before = app.pane.render_line(0)
        app.theme = "textual-light"
        await quiet(pilot)
        after = app.pane.render_line(0)
        assert before.text == after.text
        assert [segment.style for segment in before] != [segment.style for segment in after]


@pytest.mark.parametrize(
    ("size", "lanes", "grid"),
    [
        ((80, 14), 4, (0, 0)),
        ((80, 14), 2, (2, 1)),
        ((80, 14), 1, (1, 1)),
        ((140, 34), 4, (4, 1)),
        ((140, 34), 5, (3, 2)),
        ((160, 40), 8, (4, 2)),
        ((120, 30), 8, (3, 3)),
        ((80, 40), 8, (2, 4)),
        ((30, 5), 3, (0, 0)),
    ],
    ids=lambda value: str(value).replace(" ", ""),
)
def test_lanes_stand_side_by_side_where_there_is_room(size: tuple[int, int], lanes: int, grid: tuple[int, int]) -> None:
    assert arrange(*size, lanes) == grid


def test_the_roster_names_every_agent_in_whatever_room_there_is() -> None:
    state = scene(ROUND, draft("speaking", "x"), size=8)
    for cells in (40, 60, 78, 140, 200):
        lines = roster_lines(state, 2, 9.0, cells)
        whole = "".join(lines)
        assert all(len(line) <= cells for line in lines) and len(lines) <= 2
        assert all(f"{number} " in whole for number in range(1, 9))
        assert "▸3" in whole and "»" in whole
    assert "to come" in "".join(roster_lines(scene(ROUND, size=2), 0, 9.0, 60))
