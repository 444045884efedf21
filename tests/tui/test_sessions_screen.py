"""All sessions on the screen: found, looked at, named, tagged, set side by side, forked, exported, deleted."""

from __future__ import annotations

import asyncio
import gc
import warnings
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from chatarena.arena import events as ev
from chatarena.cli.home import Paths
from chatarena.exchange.bundle import read_bundle
from chatarena.language_model.port import Request
from chatarena.language_model.scripted import Reply
from chatarena.tui.app import ArenaApp
from chatarena.tui.archive import SessionRow
from chatarena.tui.screens.arena import ArenaScreen
from chatarena.tui.screens.asking import AskScreen, DeleteScreen
from chatarena.tui.screens.compare import CompareScreen
from chatarena.tui.screens.exporting import ExportScreen
from chatarena.tui.screens.forking import ForkScreen
from chatarena.tui.screens.home import HomeScreen
from chatarena.tui.screens.hull import HullScreen
from chatarena.tui.screens.replay import ReplayScreen
from chatarena.tui.screens.sessions import SessionsScreen
from chatarena.tui.shelving import cast_of, fits
from tests.support.worlds import answer
from tests.tui.house import House, house
from tests.tui.support import press, rows, seen, settle

LONG_NAME = "My [/] name, which is longer than there is room for beside it"
QUESTION = "Should I become team leader"
NASTY = "[/] [bold]x \x1b[31mred\x1b]52;c;aGk=\x07 \u202eabc 決断 🏳️‍🌈"


async def to_sessions(pilot: Pilot[None], inside: House, holds: str = QUESTION) -> SessionsScreen:
    """From the start page to the list, once it is filled."""
    app = inside.app
    await settle(pilot, lambda: isinstance(app.screen, HomeScreen))
    await press(pilot, "s")
    await settle(pilot, lambda: isinstance(app.screen, SessionsScreen) and holds in seen(app))
    assert isinstance(app.screen, SessionsScreen)
    return app.screen


@pytest.mark.parametrize("size", [(80, 24), (160, 48)], ids=["80x24", "160x48"])
async def test_typing_finds_what_was_said_and_shows_where(home: Paths, size: tuple[int, int]) -> None:
    async with house(home) as inside:
        session = await inside.demo()
        inside.copies(session, 3)
        assert inside.stage.log is not None
        inside.stage.log.rename("COPY000001", "the one with the aunt")
        async with inside.app.run_test(size=size) as pilot:
            screen = await to_sessions(pilot, inside)
            assert "4 sessions" in seen(inside.app)
            await press(pilot, "slash", *"grandparent")
            await settle(pilot, lambda: "Cypress, round 2" in seen(inside.app))
            assert "4 sessions" in rows(inside.app)[0], "all four hold the word"
            await press(pilot, *" aunt")
            await settle(pilot, lambda: "No session is like that." in seen(inside.app))
            await press(pilot, *["backspace"] * len("grandparent aunt"), *"aunt")
            await settle(pilot, lambda: "1 of 4 sessions" in seen(inside.app))
            assert "the one with the aunt" in seen(inside.app)
            await press(pilot, "escape")
            await settle(pilot, lambda: "1 of 4" not in seen(inside.app))
            assert screen.table.has_focus


async def test_a_wide_screen_shows_the_session_in_hand(home: Paths) -> None:
    async with house(home) as inside:
        await inside.demo()
        async with inside.app.run_test(size=(160, 48)) as pilot:
            await to_sessions(pilot, inside)
            await settle(pilot, lambda: "Round 1" in seen(inside.app))
            shown = seen(inside.app)
            assert "Chosen: Ask for a trial of six months" in shown and "Recommended:" in shown
            assert "Nine winters at the same bench" in " ".join(shown.split())


async def test_a_name_and_tags_are_given_and_found(home: Paths) -> None:
    async with house(home) as inside:
        session = await inside.demo()
        log = inside.stage.log
        assert log is not None
        async with inside.app.run_test(size=(80, 24)) as pilot:
            await to_sessions(pilot, inside)
            await press(pilot, "r")
            await settle(pilot, lambda: isinstance(inside.app.screen, AskScreen))
            await press(pilot, *("n" * 81), "enter")
            await settle(pilot, lambda: "at most 80 characters, not 81" in seen(inside.app))
            await press(pilot, *["backspace"] * 81, *LONG_NAME, "enter")
            await settle(pilot, lambda: LONG_NAME[:20] in seen(inside.app))
            await press(pilot, "t")
            await settle(pilot, lambda: isinstance(inside.app.screen, AskScreen))
            await press(pilot, *"work #late", "enter")
            await settle(pilot, lambda: log.annotations(session).tags == ("late", "work"))
            await settle(pilot, lambda: "… · #late #work " in seen(inside.app))
            await press(pilot, "slash", *"#late")
            await settle(pilot, lambda: "1 session" in seen(inside.app) and "#late" in rows(inside.app)[3])
            await press(pilot, "enter", "t")
            await settle(pilot, lambda: isinstance(inside.app.screen, AskScreen))
            await press(pilot, *["backspace"] * len("late work"), *"work", "enter")
            await settle(pilot, lambda: log.annotations(session).tags == ("work",))
        assert log.annotations(session).name == LONG_NAME


class Late:
    """A log whose list comes when it is let go."""

    def __init__(self, inside: House) -> None:
        studio = inside.app.studio
        self.gate, self._read = asyncio.Event(), studio.archive.sessions
        late = replace(studio, archive=replace(studio.archive, sessions=self.sessions))
        self.app = ArenaApp(late)

    async def sessions(self, most: int | None) -> tuple[SessionRow, ...]:
        if most is None:
            await self.gate.wait()
        return await self._read(most)


@pytest.mark.parametrize(
    ("keys", "then", "screen"),
    [
        (("r",), "then: Name", AskScreen),
        (("t",), "then: Tags", AskScreen),
        (("x",), "then: Export", ExportScreen),
        (("f",), "then: Fork", ForkScreen),
        (("h",), "then: Hull", HullScreen),
        (("delete",), "then: Delete", DeleteScreen),
        (("p",), "then: Play", ReplayScreen),
        (("enter",), "then: Open", ReplayScreen),
        (("r", "q", "d"), "then: Name", AskScreen),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else "",
)
async def test_a_key_pressed_before_the_list_is_read_waits_for_it(
    home: Paths, keys: tuple[str, ...], then: str, screen: type[Screen[object]]
) -> None:
    async with house(home) as inside:
        await inside.demo()
        late = Late(inside)
        async with late.app.run_test(size=(100, 30)) as pilot:
            await settle(pilot, lambda: isinstance(late.app.screen, HomeScreen))
            await press(pilot, "s")
            await settle(pilot, lambda: isinstance(late.app.screen, SessionsScreen) and "Reading" in seen(late.app))
            await press(pilot, *keys)
            await settle(pilot, lambda: then in seen(late.app))
            late.gate.set()
            await settle(pilot, lambda: isinstance(late.app.screen, screen))


async def test_the_way_to_a_session_waits_as_well_and_what_cannot_be_done_is_said(home: Paths) -> None:
    async with house(home) as inside:
        inside.copies(await inside.demo(), 2)
        late = Late(inside)
        async with late.app.run_test(size=(100, 30)) as pilot:
            await settle(pilot, lambda: isinstance(late.app.screen, HomeScreen))
            await press(pilot, "s")
            await settle(pilot, lambda: isinstance(late.app.screen, SessionsScreen))
            await press(pilot, "end", "c")
            late.gate.set()
            screen = late.app.screen
            assert isinstance(screen, SessionsScreen)
            await settle(pilot, lambda: "marked" in seen(late.app))
            assert screen.table.lines[-1].id == screen.marked
    async with house(home) as inside:
        left = await inside.demo(until=ev.TurnTaken)
        inside.stage.log.rename(left, "left") if inside.stage.log is not None else None
        late = Late(inside)
        async with late.app.run_test(size=(100, 30)) as pilot:
            await settle(pilot, lambda: isinstance(late.app.screen, HomeScreen))
            await press(pilot, "s")
            await settle(pilot, lambda: isinstance(late.app.screen, SessionsScreen))
            await press(pilot, "h")
            late.gate.set()
            await settle(pilot, lambda: "Hull: not with this session." in late.app.told)


async def test_escape_unmarks_before_it_leaves(home: Paths) -> None:
    async with house(home) as inside:
        await inside.demo()
        async with inside.app.run_test(size=(100, 30)) as pilot:
            screen = await to_sessions(pilot, inside)
            await press(pilot, "c")
            await settle(pilot, lambda: "Esc unmarks" in seen(inside.app))
            await press(pilot, "escape")
            await settle(pilot, lambda: "marked" not in seen(inside.app))
            assert inside.app.screen is screen and screen.marked == ""
            await press(pilot, "escape")
            await settle(pilot, lambda: isinstance(inside.app.screen, HomeScreen))


async def test_two_are_set_side_by_side(home: Paths) -> None:
    async with house(home) as inside:
        inside.copies(await inside.demo(), 1)
        async with inside.app.run_test(size=(120, 40)) as pilot:
            await to_sessions(pilot, inside)
            await press(pilot, "c")
            await settle(pilot, lambda: "marked: c compares" in seen(inside.app))
            await press(pilot, "down", "c")
            await settle(
                pilot, lambda: isinstance(inside.app.screen, CompareScreen) and "0 % apart" in seen(inside.app)
            )
            shown = seen(inside.app)
            assert "What came of it" in shown and shown.count("Chosen: Ask for a trial of six months") == 2
            await press(pilot, "end")
            await settle(pilot, lambda: "the same words" in seen(inside.app))
            await press(pilot, "escape")
            await settle(
                pilot, lambda: isinstance(inside.app.screen, SessionsScreen) and "marked" not in seen(inside.app)
            )


async def test_a_fork_without_one_of_them_runs_and_is_set_beside_its_parent(home: Paths) -> None:
    async with house(home) as inside:
        parent = await inside.demo()
        log = inside.stage.log
        assert log is not None
        before = log.chain(parent)
        async with inside.app.run_test(size=(120, 40)) as pilot:
            await to_sessions(pilot, inside)
            await press(pilot, "f")
            await settle(pilot, lambda: isinstance(inside.app.screen, ForkScreen))
            await press(pilot, *["space", "tab"] * 4, "ctrl+s")
            await settle(pilot, lambda: "somebody must go on speaking" in seen(inside.app))
            await press(pilot, *["shift+tab", "space"] * 3, "ctrl+s")
            await settle(
                pilot, lambda: isinstance(inside.app.screen, CompareScreen) and "What came" in seen(inside.app)
            )
            assert "Fork: without Alder" in seen(inside.app)
            await press(pilot, "escape")
            await settle(pilot, lambda: "2 sessions" in seen(inside.app))
        (fork,) = log.forks(parent)
        assert log.chain(parent) == before, "the parent stays as it is"
        turns = [entry.event for entry in log.entries(fork) if isinstance(entry.event, ev.TurnTaken)]
        assert {turn.agent for turn in turns} == {"Beech", "Cypress", "Aspen"}


async def test_the_arrows_move_between_those_who_may_be_left_out_of_a_fork(home: Paths) -> None:
    async with house(home) as inside:
        await inside.demo()
        async with inside.app.run_test(size=(120, 40)) as pilot:
            await to_sessions(pilot, inside)
            await press(pilot, "f")
            await settle(pilot, lambda: isinstance(inside.app.screen, ForkScreen))
            await press(pilot, "down", "down", "space", "up", "space")
            shown = seen(inside.app)
    assert [label for label in ("Alder", "Beech", "Cypress", "Aspen") if f"[x] {label}" in shown] == [
        "Beech",
        "Cypress",
    ]


async def test_a_list_that_is_never_read_again_leaves_no_warning_behind(home: Paths) -> None:
    """Where the program ends as the list is to be read again, nothing is written over the terminal."""
    async with house(home) as inside:
        await inside.demo()
        async with inside.app.run_test(size=(80, 24)) as pilot:
            screen = await to_sessions(pilot, inside)
            with warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("always")
                screen.reload()
                inside.app.workers.cancel_node(screen)
                await press(pilot, "up")
                gc.collect()
    assert [str(warning.message) for warning in told] == []


async def test_a_fork_that_takes_too_long_is_ended_and_kept(home: Paths) -> None:
    slow = False

    def reply(request: Request) -> Reply:
        return Reply(text="half a word", after=1, hang=True) if slow and not request.schema else answer(request)

    async with house(home, reply) as inside:
        parent = await inside.demo(model="scripted/words")
        slow = True
        log = inside.stage.log
        assert log is not None
        async with inside.app.run_test(size=(80, 24)) as pilot:
            await to_sessions(pilot, inside)
            await press(pilot, "f")
            await settle(pilot, lambda: isinstance(inside.app.screen, ForkScreen))
            await press(pilot, "space", "ctrl+s")
            await settle(pilot, lambda: "is speaking" in seen(inside.app))
            await press(pilot, "escape")
            await settle(pilot, lambda: "1 to go on with" in seen(inside.app))
            (fork,) = log.forks(parent)
            # What was being said is kept, and the leave is logged.
            await settle(pilot, lambda: log.entries(fork)[-1].event.kind == "session_left")


async def test_deleting_takes_the_word_and_names_the_forks(home: Paths) -> None:
    async with house(home) as inside:
        session = await inside.demo()
        log = inside.stage.log
        assert log is not None
        async with inside.app.run_test(size=(80, 24)) as pilot:
            await to_sessions(pilot, inside)
            await press(pilot, "d")
            await settle(pilot, lambda: isinstance(inside.app.screen, DeleteScreen))
            await press(pilot, *"yes", "enter")
            await settle(pilot, lambda: "type the word delete" in seen(inside.app))
            await press(pilot, "escape")
            await settle(pilot, lambda: isinstance(inside.app.screen, SessionsScreen))
            assert [row.id for row in log.sessions()] == [session]

            await press(pilot, "f")
            await settle(pilot, lambda: isinstance(inside.app.screen, ForkScreen))
            await press(pilot, "ctrl+s")
            await settle(pilot, lambda: isinstance(inside.app.screen, CompareScreen))
            await press(pilot, "escape")
            await settle(pilot, lambda: "2 sessions" in seen(inside.app))
            (fork,) = log.forks(session)
            await press(pilot, "end", "d")
            await settle(pilot, lambda: isinstance(inside.app.screen, DeleteScreen))
            assert "One fork holds a copy" in seen(inside.app) and fork in seen(inside.app)
            await press(pilot, *"delete", "enter")
            await settle(pilot, lambda: "1 session" in seen(inside.app))
        assert [row.id for row in log.sessions()] == [fork], "the fork was not asked for"


async def test_a_bundle_is_written_and_can_be_read_again(home: Paths, tmp_path: Path) -> None:
    async with house(home) as inside:
        session = await inside.demo()
        async with inside.app.run_test(size=(80, 24)) as pilot:
            await to_sessions(pilot, inside)
            await press(pilot, "x")
            await settle(pilot, lambda: isinstance(inside.app.screen, ExportScreen))
            await press(pilot, "enter")
            await settle(pilot, lambda: bool(list(Path.cwd().glob("*.jsonl"))))
            await settle(pilot, lambda: isinstance(inside.app.screen, SessionsScreen))
    (file,) = Path.cwd().glob("*.jsonl")
    assert read_bundle(file).session == session


async def test_enter_goes_on_with_what_was_left_and_plays_what_is_over(home: Paths) -> None:
    async with house(home) as inside:
        await inside.demo()
        await inside.demo(until=ev.FloorPassed)
        async with inside.app.run_test(size=(120, 40)) as pilot:
            await to_sessions(pilot, inside)
            assert "1 to go on with" in seen(inside.app) and "Hull" not in rows(inside.app)[-1]
            await press(pilot, "down", "enter")
            await settle(pilot, lambda: isinstance(inside.app.screen, ReplayScreen))
            await press(pilot, "escape")
            await settle(pilot, lambda: isinstance(inside.app.screen, SessionsScreen))
            await press(pilot, "h")
            await settle(pilot, lambda: isinstance(inside.app.screen, HullScreen))
            await press(pilot, "escape", "u")
            await settle(pilot, lambda: "1 of 2 sessions" in seen(inside.app))
            await press(pilot, "enter")
            await settle(pilot, lambda: isinstance(inside.app.screen, ArenaScreen))


async def test_a_long_list_is_walked_from_end_to_end(home: Paths) -> None:
    async with house(home) as inside:
        inside.copies(await inside.demo(), 300)
        async with inside.app.run_test(size=(80, 24)) as pilot:
            screen = await to_sessions(pilot, inside, holds="copy 299")
            assert "301 sessions" in seen(inside.app) and "copy 250" not in seen(inside.app)
            await press(pilot, "end")
            assert screen.table.current == screen.table.lines[-1].id
            await press(pilot, "pageup", "pagedown", "home", "pagedown", "up")
            assert screen.table.lines[0].id != screen.table.current
            await pilot.click("#sessions", offset=(10, 1))
            assert screen.table.current in {line.id for line in screen.table.lines}


async def test_what_a_person_or_a_model_wrote_is_shown_and_never_obeyed(home: Paths) -> None:
    async with house(home) as inside:
        session = await inside.demo()
        log = inside.stage.log
        assert log is not None
        log.rename(session, NASTY[:80])
        log.tag(session, add=["[red]tag", "\x1b[2Jx"])
        for size in ((80, 24), (160, 48)):
            app = inside.app if size[0] == 80 else type(inside.app)(inside.app.studio)
            async with app.run_test(size=size) as pilot:
                await settle(pilot, lambda app=app: "[bold]x red" in seen(app))
                await press(pilot, "s")
                await settle(pilot, lambda app=app: isinstance(app.screen, SessionsScreen) and "[bold]x" in seen(app))
                if size[0] > 80:  # the session is told of beside the list, with its name whole
                    await settle(pilot, lambda app=app: "決断" in seen(app))
                shown = seen(app)
                assert "\x1b" not in shown and "\u202e" not in shown
                for key in ("r", "t", "x", "d", "f"):
                    await press(pilot, key)
                    await settle(pilot, lambda app=app: not isinstance(app.screen, SessionsScreen))
                    assert "\x1b" not in seen(app)
                    await press(pilot, "escape")
                    await settle(pilot, lambda app=app: isinstance(app.screen, SessionsScreen))


@pytest.mark.parametrize(
    ("cast", "resumable", "shown"),
    [
        pytest.param("diverse", True, "diverse", id="a named cast"),
        pytest.param("cost-minimiser,family-first", True, "2 agents", id="on the spot, before the end"),
        pytest.param("cost-minimiser,family-first", False, "cost-minimiser,family-first", id="on the spot, over"),
    ],
)
def test_the_names_of_agents_are_not_told_before_the_end(cast: str, resumable: bool, shown: str) -> None:
    row = SessionRow(id="s", title="t", cast=cast, agents=("Ash", "Birch"), resumable=resumable)
    assert cast_of(row) == shown
    assert fits(row, ["cost-minimiser"]) is (shown == cast and "," in cast)
