"""A whole scripted session in a real browser; who gets in; and what a closed tab leaves behind.

Pictures of every stage are written to the tests' temporary folder, whose path `pytest -s` shows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatarena.arena.session import Session, fold
from chatarena.session_log.store import SessionLog
from tests.e2e.chromium import PATIENCE, Served, Tab, browsing, chromium
from tests.support.terminal import logged, outlived

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
LONG_TOKEN = "a-token-nobody-guesses"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    chromium()
    return tmp_path / "home"


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    print(f"pictures: {tmp_path / 'pictures'}")
    return tmp_path / "pictures"


@pytest.fixture
def served(home: Path) -> Iterator[Served]:
    with Served(home) as server:
        yield server


async def sessions(home: Path) -> list[Session]:
    """The sessions in the log, the latest first."""

    def read(log: SessionLog) -> list[Session]:
        return [fold(entry.event for entry in log.entries(row.id)) for row in log.sessions()]

    with logged(home) as log:
        return await asyncio.to_thread(read, log)


async def to_the_first_question(tab: Tab) -> None:
    """From the start page to the first example, started."""
    await tab.until("New decision")
    await tab.press("e")
    await tab.until("Should I become team leader")
    await tab.press("Enter")
    await tab.until("Start (ctrl+s)")
    await tab.press("Control+s")
    await tab.until("Your turn: rate")


async def test_a_whole_session(home: Path, served: Served, pictures: Path) -> None:
    async with browsing(pictures) as tab:
        await tab.page.goto(served.address)
        await to_the_first_question(tab)
        await tab.picture("1-rating")
        await tab.press("7", "0", "ArrowDown", "3", "0", "ArrowDown", "8", "0", "Enter")
        await tab.until("round 1 is over")
        await tab.picture("2-after-a-round")

        # Pasted lines stay in the line: nothing is sent, and the round does not go on.
        await tab.page.evaluate("() => navigator.clipboard.writeText('決める前に\\n家族と話したい')")
        await tab.press("Control+v")
        await tab.until("決める前に 家族と話したい")
        await tab.picture("3-pasted")
        await tab.press("Enter")
        await tab.until("next round")
        await tab.press("F8")
        await tab.until("round 2 is over")

        await tab.press("Enter")
        await tab.until("once more")
        await tab.press("Enter")
        await tab.until("Which one do you choose")
        await tab.picture("4-recommendation")
        await tab.press("ArrowDown", "ArrowDown", "ArrowDown", "Enter")
        await tab.until("The masks come off")
        await tab.picture("5-reveal")

        await tab.page.set_viewport_size({"width": 720, "height": 560})
        await tab.until("The masks come off")
        await tab.picture("6-small")
        assert tab.errors == []
        assert {address.partition("/static/")[0].partition("/page/")[0].rstrip("/") for address in tab.asked} == {
            served.address.rstrip("/")
        }
    (session,) = await sessions(home)
    assert session.revealed and session.choice is not None
    assert [spoke.text for spoke in session.said] == ["決める前に 家族と話したい"]
    assert session.round == 2


async def test_what_is_copied_is_in_the_browsers_clipboard(served: Served, pictures: Path) -> None:
    async with browsing(pictures) as tab:
        await tab.page.goto(served.address)
        await to_the_first_question(tab)
        await tab.press("Enter")
        await tab.until("round 1 is over")
        await tab.page.mouse.click(200, 300)  # from the line to the first lane
        await tab.press("y")
        await tab.until("Copied what")
        copied = await tab.page.evaluate("() => navigator.clipboard.readText()")
        assert "trial" in copied or "bench" in copied


async def test_the_mouse_does_what_the_keys_do(served: Served, pictures: Path) -> None:
    async with browsing(pictures) as tab:
        await tab.page.goto(served.address)
        await tab.until("New decision")
        await tab.picture("start")
        box = await tab.page.locator(".xterm-screen").bounding_box()
        assert box is not None
        # The keys at the bottom are buttons, too.
        await tab.page.mouse.click(box["x"] + 190, box["y"] + box["height"] - 8)
        await tab.until("Sessions ·")


async def test_a_tab_that_is_closed_leaves_its_session_ready_to_be_resumed(
    home: Path, served: Served, pictures: Path
) -> None:
    async with browsing(pictures) as tab:
        await tab.page.goto(served.address)
        await to_the_first_question(tab)
        (process,) = served.tabs()
        await tab.page.close()
        assert not await asyncio.to_thread(outlived, process)
    with logged(home) as log:
        assert [row.status for row in log.sessions()] == ["left"]


async def test_each_tab_is_a_process_and_the_server_takes_all_with_it(served: Served, pictures: Path) -> None:
    async with browsing(pictures / "one") as one, browsing(pictures / "two") as two:
        for tab in (one, two):
            await tab.page.goto(served.address)
            await tab.until("New decision")
        processes = served.tabs()
        assert len(processes) == 2
        assert await asyncio.to_thread(served.end) == 0
        assert not [process for process in processes if outlived(process)]
        await one.page.get_by_text("This tab is closed").wait_for(timeout=1000 * PATIENCE)
        await one.picture("closed")


async def test_without_the_token_there_is_a_question_and_nothing_else(home: Path, pictures: Path) -> None:
    with Served(home, "--token", LONG_TOKEN) as server:
        async with browsing(pictures) as tab:
            await tab.page.goto(server.address)
            await tab.page.get_by_label("Token").fill("a wrong token")
            await tab.picture("question")
            await tab.press("Enter")
            await tab.page.get_by_text("That is not the token.").wait_for()
            assert server.tabs() == []
            await tab.page.get_by_label("Token").fill(LONG_TOKEN)
            await tab.press("Enter")
            await tab.until("New decision")
            assert LONG_TOKEN not in tab.page.url
            assert len(server.tabs()) == 1


async def test_a_token_that_was_made_is_in_the_address_and_goes_from_it(home: Path, pictures: Path) -> None:
    with Served(home, "--token") as server:
        assert "?token=" in server.address
        async with browsing(pictures) as tab:
            await tab.page.goto(server.address)
            await tab.until("New decision")
            assert "token" not in tab.page.url
            await tab.page.reload()
            await tab.until("New decision")
