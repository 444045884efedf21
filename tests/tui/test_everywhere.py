"""What holds on every screen: any size, legible colours, and no colour at all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.color import Color
from textual.geometry import Size
from textual.pilot import Pilot
from textual.strip import Strip

from chatarena.cli.home import Paths
from chatarena.tui import themes
from chatarena.tui.surroundings import Surroundings
from chatarena.tui.widgets.key_line import KeyLine
from tests.tui.everywhere import PLACES, Go, Visit, with_a_script
from tests.tui.house import house
from tests.tui.support import quiet, seen, settle

SIZES = ((80, 24), (240, 70), (100, 30), (160, 48), (80, 24))
LEAST_CONTRAST = 4.5
# Lines, tracks, bars and blocks are shapes: WCAG asks 3 to 1 of those that tell something, and nothing of the others.
SHAPES = frozenset("─━│┄╸╺●╭╮╰╯┌┐└┘├┤┬┴┼▏▎▍▌▋▊▉█▁▂▃▄▅▆▇▔▕▀▐░▒▓▸▶▼◂◇←→↑↓·•▪■□◆╱╲┃╌…")


@asynccontextmanager
async def visiting(home: Paths, go: Go, size: tuple[int, int]) -> AsyncIterator[tuple[Pilot[None], Visit]]:
    async with house(with_a_script(home)) as there:
        session = await there.demo()
        async with there.app.run_test(size=size) as pilot:
            visit = Visit(house=there, session=session)
            await go(pilot, visit)
            yield pilot, visit


def painted(visit: Visit) -> list[list[Segment]]:
    """What is on the screen, line by line; below a modal screen nothing counts, for that is dimmed on purpose."""
    app = visit.house.app
    lines = [list(Strip.join(line)) for line in app.screen._compositor.render_full_update().strips]
    if not app.screen.is_modal:
        return lines
    region = app.screen.children[0].region
    strips = [Strip(line) for line in lines[region.y : region.bottom]]
    return [list(strip.crop(region.x + 1, region.right - 1)) for strip in strips]


# -- all of it, on each screen -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("go", PLACES.values(), ids=PLACES)
async def test_any_size_will_do_every_letter_is_legible_and_no_colour_is_needed(home: Paths, go: Go) -> None:
    async with visiting(home, go, SIZES[0]) as (pilot, visit):
        await in_every_size(pilot, visit)
        await legible(pilot, visit)
        await without_colour(pilot, visit)


async def in_every_size(pilot: Pilot[None], visit: Visit) -> None:
    """From 80 by 24 to 240 by 70 and back; who was typing or choosing still is, where she can see it."""
    app = visit.house.app
    screen, focused = app.screen, app.screen.focused
    for width, height in SIZES[1:]:
        app.post_message(events.Resize(Size(width, height), Size(width, height)))
        await settle(pilot, lambda size=(width, height): app.size == size == app.screen._compositor.size)
        assert app.screen is screen
        lines = [Strip.join(line) for line in screen._compositor.render_full_update().strips]
        assert len(lines) == height
        assert {line.cell_length for line in lines} == {width}
        assert any(line.text.strip() for line in lines)
        if focused is not None:
            assert screen.focused is focused
            assert screen.find_widget(focused).visible_region.area > 0
        if screen.query(KeyLine):
            await settle(pilot, lambda: "f1 Help" in seen(app))  # it stands last: no key is cut off


async def legible(pilot: Pilot[None], visit: Visit) -> None:
    """In dark and in light."""
    app = visit.house.app
    app.post_message(events.Resize(Size(120, 40), Size(120, 40)))
    await settle(pilot, lambda: app.size == (120, 40) == app.screen._compositor.size)
    found: list[str] = []
    for theme in (themes.DARK.name, themes.LIGHT.name):
        app.theme = theme
        await quiet(pilot)
        await quiet(pilot)
        found += sorted({f"{theme}: {one}" for one in too_faint(visit)})
    assert not found, "\n".join(found)


async def without_colour(pilot: Pilot[None], visit: Visit) -> None:
    """Nothing that is sent has a colour."""
    app = visit.house.app
    app.theme = themes.PLAIN.name
    await quiet(pilot)
    await quiet(pilot)
    for line in app.screen._compositor.render_full_update().strips:
        for text, style, _ in Strip.join(line):
            assert style is None or (style.color is None and style.bgcolor is None), (text, style)


# -- colour ------------------------------------------------------------------------------------------------------------


def contrast(ink: Color, ground: Color) -> float:
    """The contrast ratio of WCAG 2.1, written from its definition."""
    light, dark = sorted((_luminance(ink), _luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: Color) -> float:
    def channel(value: int) -> float:
        share = value / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = map(channel, color.rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def colours(style: Style) -> tuple[Color, Color]:
    """Ink and ground as they are drawn."""
    ink, ground = style.color or RichColor.parse("default"), style.bgcolor or RichColor.parse("default")
    assert not ink.is_default and not ground.is_default, "our own themes leave no colour to the terminal"
    drawn = Color.from_rich_color(ink), Color.from_rich_color(ground)
    return (drawn[1], drawn[0]) if style.reverse else drawn


def too_faint(visit: Visit) -> Iterator[str]:
    for line in painted(visit):
        for text, style, _ in line:
            letters = "".join(sign for sign in text if sign.strip() and sign not in SHAPES)
            if letters and style is not None:
                ratio = contrast(*colours(style))
                if ratio < LEAST_CONTRAST:
                    yield f"{letters[:40]!r} has {ratio:.1f}: {style}"


@pytest.mark.parametrize(
    ("environ", "theme"),
    [
        ({"TERM": "xterm-256color"}, "dark"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "dark"),
        ({"TERM": "xterm-256color", "COLORFGBG": "0;15"}, "light"),
        ({"TERM": "xterm-256color", "COLORFGBG": "15;default;0"}, "dark"),
        ({"TERM": "linux"}, "ansi"),
        ({"TERM": "screen"}, "ansi"),
        ({"TERM": "dumb", "TEXTUAL_DRIVER": "web"}, "dark"),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, "plain"),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, "dark"),
        ({}, "dark"),
    ],
    ids=str,
)
def test_the_terminal_says_what_it_can_show(environ: dict[str, str], theme: str) -> None:
    assert themes.chosen("", environ) == theme


def test_a_theme_that_is_named_is_taken_and_one_that_there_is_not_is_refused() -> None:
    assert themes.chosen("nord", {"TERM": "linux"}) == "nord"
    assert themes.chosen("nord", {"NO_COLOR": "1"}) == "plain"
    with pytest.raises(Exception, match="there is no theme 'norf'"):
        themes.chosen("norf", {})


@pytest.mark.parametrize(
    ("style", "bare"),
    [
        (Style(color="white", bgcolor="black"), Style()),
        (Style(color="black", bgcolor="white"), Style(reverse=True)),
        (Style(color="white", bgcolor="black", reverse=True), Style(reverse=True)),
        (Style(color="black", bgcolor="white", bold=True), Style(bold=True, reverse=True)),
        (Style(color="#808080", bgcolor="black"), Style(dim=True)),
        (Style(color="#808080", bgcolor="white"), Style(reverse=True)),
        (Style(underline=True), Style(underline=True)),
    ],
    ids=str,
)
def test_what_stood_out_by_colour_stands_out_in_reverse(style: Style, bare: Style) -> None:
    assert themes.colourless(style) == bare


def test_surroundings_that_nobody_described_have_colour() -> None:
    assert not Surroundings().colourless
