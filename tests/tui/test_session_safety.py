"""Leaving and coming back, faults, size and colour: nothing is lost, everything is said."""

from __future__ import annotations

import asyncio

import pytest

from chatarena.arena import events as ev
from chatarena.arena.decision import Decision, Option
from chatarena.arena.settings import Settings
from chatarena.errors import LogNotWritable, UsageError
from chatarena.language_model.scripted import Reply, ScriptedModel
from chatarena.tui.app import ArenaApp
from chatarena.tui.messages import HungUp
from chatarena.tui.screens.arena import ArenaScreen
from chatarena.tui.screens.compose import ComposeScreen
from chatarena.tui.screens.dialogs import FaultScreen, LeaveScreen
from chatarena.tui.screens.home import HomeScreen
from chatarena.tui.screens.verdict import VerdictScreen
from chatarena.tui.surroundings import Surroundings
from chatarena.tui.widgets.floor import Floor
from tests.support.sessions import opening
from tests.support.worlds import Run, answer
from tests.tui.support import (
    Backstage,
    asked,
    compose_example,
    going_on,
    press,
    rows,
    saying,
    seen,
    settle,
    speaker,
    start_example,
)

# -- leaving and coming back --------------------------------------------------------------------------------------


async def test_quitting_in_the_middle_asks_first_and_leaves_the_session_resumable() -> None:
    backstage = Backstage(models=speaker(Ash=Reply(text="half a", hang=True)))
    app = backstage.app()
    async with app.run_test(size=(140, 45)) as pilot:
        await start_example(pilot, app)
        await press(pilot, "escape")
        await settle(pilot, lambda: app.live is not None and "half a" in seen(app))
        await press(pilot, "ctrl+q")
        await settle(pilot, lambda: isinstance(app.screen, LeaveScreen) and "resume it" in seen(app))
        await press(pilot, "escape")
        await settle(pilot, lambda: isinstance(app.screen, ArenaScreen))
        await press(pilot, "ctrl+q", "ctrl+q")
        await settle(pilot, lambda: not app.is_running or app._exit)
    kinds = [entry.event.kind for entry in backstage.recorded]
    assert kinds[-2:] == ["turn_taken", "session_left"], (
        "what was being said is kept, and the leave is logged before the exit"
    )

    backstage.models = ScriptedModel(answer)
    again = backstage.app()
    async with again.run_test(size=(140, 45)) as pilot:
        await settle(pilot, lambda: "the one before" in seen(again))
        await press(pilot, "right", "enter")
        await settle(pilot, lambda: asked(again, "floor"))
        assert "half a" in seen(again) and "says that it is so" in seen(again)


class SlowLog(Backstage):
    """A log that takes its time over the leave of a session."""

    async def _record(self, entries: tuple[ev.Entry, ...]) -> None:
        if isinstance(entries[-1].event, ev.SessionLeft):
            for _ in range(1000):
                await asyncio.sleep(0)
        await super()._record(entries)


@pytest.mark.parametrize("end", ["hung up", "broken off"])
async def test_what_is_being_said_is_logged_however_the_app_ends(end: str) -> None:
    backstage = SlowLog(models=speaker(Ash=Reply(text="half a", hang=True)))
    app = backstage.app()
    async with app.run_test(size=(140, 45)) as pilot:
        await start_example(pilot, app)
        await press(pilot, "escape")
        await settle(pilot, lambda: app.live is not None and "half a" in seen(app))
        if end == "hung up":
            app.post_message(HungUp())
            await settle(pilot, lambda: app._exit)
            assert isinstance(backstage.recorded[-1].event, ev.SessionLeft), "before the end, not after it"
        else:
            app.exit()
    await app.settled()
    *_, turn, left = [entry.event for entry in backstage.recorded]
    assert isinstance(turn, ev.TurnTaken) and (turn.text, turn.status) == ("half a", "interrupted")
    assert isinstance(left, ev.SessionLeft)


async def test_leaving_a_finished_session_asks_nothing() -> None:
    backstage = Backstage()
    app = backstage.app()
    async with app.run_test() as pilot:
        await start_example(pilot, app)
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "floor"))
        await press(pilot, "ctrl+g")
        await settle(pilot, lambda: asked(app, "ratings"))
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "choice"))
        await press(pilot, "n")
        assert isinstance(app.screen, VerdictScreen), "no way to a new decision before this one is made"
        await press(pilot, "down", "enter")
        await settle(pilot, lambda: app.live is not None and app.live.over)
        await press(pilot, "escape")
        await settle(pilot, lambda: isinstance(app.screen, ArenaScreen) and "The session is over." in seen(app))
        await press(pilot, "v")
        await settle(pilot, lambda: isinstance(app.screen, VerdictScreen) and "masks come off" in seen(app))
        await press(pilot, "n")
        await settle(pilot, lambda: isinstance(app.screen, ComposeScreen))
        assert app.live is None and not app.running
        await press(pilot, "escape")
        await settle(pilot, lambda: isinstance(app.screen, HomeScreen))
        await press(pilot, "ctrl+q")
        await settle(pilot, lambda: app._exit)


# -- faults -------------------------------------------------------------------------------------------------------


async def test_a_session_that_cannot_start_says_why_and_keeps_the_form() -> None:
    backstage = Backstage(start_error=UsageError("there is no such model", remedy="choose another one"))
    app = backstage.app()
    async with app.run_test() as pilot:
        await compose_example(pilot, app)
        await press(pilot, "ctrl+s")
        await settle(pilot, lambda: isinstance(app.screen, FaultScreen))
        shown = seen(app)
        assert "there is no such model" in shown and "choose another one" in shown and "Traceback" not in shown
        await press(pilot, "enter")
        await settle(
            pilot, lambda: isinstance(app.screen, ComposeScreen) and "Which city should I move to?" in seen(app)
        )


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (LogNotWritable("the disk is full", remedy="free some space"), ("the disk is full", "free some space")),
        (ZeroDivisionError("[/] division"), ("inside ChatArena", "[/] division", "report it")),
    ],
    ids=["a person's", "the program's"],
)
async def test_a_session_that_breaks_says_why_and_what_is_safe(error: Exception, words: tuple[str, ...]) -> None:
    backstage = Backstage(log_error=error, log_error_at=6)
    app = backstage.app()
    async with app.run_test() as pilot:
        await start_example(pilot, app)
        await press(pilot, "escape")
        await settle(pilot, lambda: isinstance(app.screen, FaultScreen))
        shown = " ".join(seen(app).replace("│", " ").split())
        assert all(word in shown for word in words)
        assert "can be resumed" in shown and "Traceback" not in shown
        await press(pilot, "enter")
        await settle(pilot, lambda: isinstance(app.screen, HomeScreen))


# -- size and colour ----------------------------------------------------------------------------------------------


async def test_resizing_in_the_middle_of_a_turn_loses_nothing() -> None:
    long = "One sentence that is long enough to be wrapped. " * 6
    backstage = Backstage(models=speaker(Ash=Reply(text=long + "the end", hang=True)))
    app = backstage.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await start_example(pilot, app)
        await press(pilot, "escape")
        await settle(pilot, lambda: "the end" in seen(app))
        narrow = rows(app)
        assert "1 Ash" in narrow[2] and "2 Birch" in narrow[2], "one lane at a time, all agents named above it"
        await pilot.resize_terminal(160, 50)
        await settle(pilot, lambda: "2 Birch" in rows(app)[2] and "says that it is so" in seen(app))
        assert "the end" in seen(app)
        await pilot.resize_terminal(80, 24)
        await settle(pilot, lambda: "says that it is so" not in seen(app))
        assert "the end" in seen(app)
        await press(pilot, "2")
        await settle(pilot, lambda: "says that it is so" in seen(app))


@pytest.mark.parametrize("theme", ["textual-light", "ansi-light"])
async def test_every_theme_shows_the_arena(theme: str) -> None:
    app = Backstage().app()
    async with app.run_test() as pilot:
        app.theme = theme
        await start_example(pilot, app)
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "floor"))
        assert "says that it is so" in seen(app)


async def test_without_colour_every_state_is_still_said() -> None:
    app = ArenaApp(Backstage().studio(), Surroundings(environ={"NO_COLOR": "1"}))
    async with app.run_test() as pilot:
        assert app.no_color
        await start_example(pilot, app)
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "floor"))
        shown = seen(app)
        assert "▸1 Ash" in shown and "✓ spoke" in shown and "━" in shown


async def test_the_sign_of_life_moves_while_a_model_thinks() -> None:
    now = [0.0]
    backstage = Backstage(models=speaker(Ash=Reply(hang=True)))
    app = backstage.app(lambda: now[0])
    async with app.run_test() as pilot:
        await start_example(pilot, app)
        await press(pilot, "escape")
        await settle(pilot, lambda: app.live is not None and app.live.scene.labels("waiting", "rating") == ("Ash",))
        looks = set()
        for second in (1.0, 2.0, 61.0):
            now[0] = second
            arena = app.screen
            assert isinstance(arena, ArenaScreen)
            arena.tick()
            await pilot.pause()
            looks.add(rows(app)[1])
        assert len(looks) == 3
        assert "1:01 min" in seen(app)


async def test_typing_while_agents_speak_is_heard_in_the_next_round() -> None:
    backstage = Backstage(models=speaker(Ash=Reply(text="on and on", hang=True)))
    app = backstage.app(going_on())
    async with app.run_test() as pilot:
        await start_example(pilot, app)
        await press(pilot, "escape")
        await settle(pilot, lambda: app.live is not None and app.live.scene.labels("waiting", "rating") == ())
        await press(pilot, "slash", *"wait", "enter")
        await settle(pilot, lambda: bool(backstage.events(ev.ParticipantSpoke)))
        assert "› you: wait" in seen(app)
        await press(pilot, *"@nobody hm", "enter")
        await settle(pilot, lambda: "Nobody here is called" in seen(app))
        assert app.screen.query_one(Floor).line.value == "@nobody hm", "what she typed is not lost"
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "floor"))
    assert len(backstage.events(ev.ParticipantSpoke)) == 1


async def test_a_line_that_was_begun_is_gone_on_with_after_the_ratings() -> None:
    app = Backstage().app()
    async with app.run_test(size=(100, 30)) as pilot:
        await start_example(pilot, app)
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "floor"))
        await press(pilot, *"and the re", "ctrl+r", "right", "enter")
        await settle(pilot, lambda: app.focused is app.screen.query_one(Floor).line)
        await press(pilot, *"nt?")
        assert app.screen.query_one(Floor).line.value == "and the rent?"


async def test_whoever_begins_to_write_while_reading_writes_and_sets_nothing_off() -> None:
    backstage = Backstage(models=speaker(Ash=Reply(text="on and on", hang=True)))
    app = backstage.app(going_on())
    async with app.run_test() as pilot:
        await start_example(pilot, app)
        await press(pilot, "escape")
        await settle(pilot, lambda: app.live is not None and app.live.scene.labels("waiting", "rating") == ())
        await press(pilot, *"@Ash so yes, is it 1 by sea?")
        line = app.screen.query_one(Floor).line
        assert (app.focused, line.value) == (line, "@Ash so yes, is it 1 by sea?")
        await press(pilot, "ctrl+r", "enter")
        await settle(pilot, lambda: app.focused is line)  # back from the ratings to where she was
        await press(pilot, "enter")
        await settle(pilot, lambda: bool(backstage.events(ev.ParticipantSpoke)))
        assert app.live is not None and app.live.scene.labels("speaking") == ("Ash",), "nobody was skipped or cut off"
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "floor"))


async def test_a_question_that_opened_behind_the_help_is_put_when_it_closes() -> None:
    backstage = Backstage(models=speaker(Ash=Reply(text="on and on", hang=True)))
    app = backstage.app()
    async with app.run_test() as pilot:
        await start_example(pilot, app)
        await press(pilot, "escape")
        await settle(pilot, lambda: app.live is not None and app.live.scene.labels("waiting", "rating") == ())
        await press(pilot, "f1")
        assert app.live is not None
        app.live.moderator.interrupt()
        await settle(pilot, lambda: asked(app, "floor"))
        await press(pilot, "escape")
        await settle(
            pilot, lambda: isinstance(app.screen, ArenaScreen) and app.focused is app.screen.query_one(Floor).line
        )


async def test_hostile_words_in_the_decision_reach_the_reveal_as_plain_text() -> None:
    soup = "[/] [red]hot[/red] [link=x]y"
    decision = Decision(
        question=f"{soup}?",
        context=soup,
        options=(
            Option(id="a", label=f"{soup} \x1b[31mA\x1b[0m", detail=soup),
            Option(id="b", label="שלום \u202eB"),
            Option(id="c", label="日本語のとても長い選択肢のラベルです"),
        ),
    )
    backstage = Backstage(decision=decision, models=ScriptedModel(saying(soup)))
    app = backstage.app()
    async with app.run_test(size=(100, 40)) as pilot:
        await start_example(pilot, app)
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "floor"))
        assert seen(app).count("[/] [red]hot[/red]") >= 3
        await press(pilot, *soup, "enter")
        await settle(pilot, lambda: f"› you: {soup}" in seen(app))
        await press(pilot, "ctrl+g")
        await settle(pilot, lambda: asked(app, "ratings"))
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "choice"))
        await press(pilot, "down", "enter")
        await settle(pilot, lambda: "masks come off" in seen(app))
        assert f"You chose: {soup} A." in seen(app)
        assert "\x1b" not in seen(app) and "\u202e" not in seen(app)


async def test_where_nobody_takes_part_nothing_is_there_to_be_chosen() -> None:
    """A debate without a screen that was left goes on in the arena, and still asks nobody."""
    backstage = Backstage(models=ScriptedModel(answer))
    unattended = opening(2, settings=Settings(participant=False))
    run = Run(speaker(Ash=Reply(text="half a", hang=True)))
    await run.play(unattended, lambda _, item: False if getattr(item, "text", "") else None)
    backstage.recorded = list(run.recorded)
    app = backstage.app()
    async with app.run_test(size=(140, 45)) as pilot:
        await settle(pilot, lambda: "the one before" in seen(app))
        await press(pilot, "right", "enter")
        await settle(pilot, lambda: isinstance(app.screen, VerdictScreen) and "masks come off" in seen(app))
        shown = seen(app)
        assert "Nobody took part in this session" in shown and "Which one do you choose" not in shown
        await press(pilot, "end")
        await settle(pilot, lambda: "How the panel's numbers moved: chances over all steps" in seen(app))
        assert "moved you" not in seen(app)
