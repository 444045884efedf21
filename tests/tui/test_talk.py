"""Ways to follow and to steer the talk: one column or lanes, a rebuttal, cutting off one or all."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from rich.cells import cell_len

from chatarena.arena import events as ev
from chatarena.arena.protocol import Protocol
from chatarena.language_model.scripted import Reply
from chatarena.tui.form import form_of, read
from chatarena.tui.messages import RunWanted
from chatarena.tui.screens.arena import ArenaScreen
from tests.support.sessions import LABELS
from tests.tui.support import Backstage, asked, going_on, press, seen, settle, speaker, start_example

SIZES = pytest.mark.parametrize("size", [(80, 24), (160, 48)], ids=["80x24", "160x48"])


@SIZES
async def test_all_in_one_column_and_back(size: tuple[int, int]) -> None:
    said = {label: Reply(text=f"{label} begins and goes on", hang=True, after=2) for label in ("Ash", "Birch")}
    backstage = Backstage(models=speaker(**said))
    app = backstage.app(going_on())
    async with app.run_test(size=size) as pilot:
        await start_example(pilot, app)
        await press(pilot, "escape")
        await settle(pilot, lambda: app.live is not None and len(app.live.scene.labels("speaking")) == 2)
        await settle(pilot, lambda: app.live is not None and "Cedar" in app.live.scene.labels("done"))
        await press(pilot, "m")
        await settle(pilot, lambda: "Ash begins" in seen(app) and "Birch begins" in seen(app))
        merged = seen(app)
        lines = [line.strip() for line in merged.splitlines()]
        assert "Cedar says they are worth" in lines
        assert lines.index("Ash") < lines.index("Birch"), "two speak at once, each below its name"
        assert "Ash begins" in merged and "Birch begins" in merged
        assert sum("── Round 1 ─" in line for line in lines) == 1
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "floor"))
        assert seen(app).count("cut off here") == 2
        await press(pilot, "escape", "m")
        assert "1 Ash" in seen(app) and "Cedar says they are worth" not in seen(app)


@SIZES
async def test_a_rebuttal_is_asked_at_the_floor_and_only_the_one_asked_speaks(size: tuple[int, int]) -> None:
    backstage = Backstage()
    app = backstage.app(going_on())
    async with app.run_test(size=size) as pilot:
        await start_example(pilot, app)
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "floor"))
        await press(pilot, "escape", "2", "b")
        await settle(pilot, lambda: "Who is to answer? ‹ Birch ›" in seen(app))
        await press(pilot, "right", "down", "enter")
        await settle(pilot, lambda: asked(app, "floor") and app.live is not None and app.live.session.round == 2)
        assert "round 2 of 3" in seen(app)
        assert "Cedar, please answer what Ash said." in seen(app)
    (one,) = backstage.events(ev.RebuttalAsked)
    assert one == ev.RebuttalAsked(agent="Cedar", of="Ash", round=1, text="Cedar, please answer what Ash said.")
    orders = [event.order for event in backstage.events(ev.RoundOpened)]  # type: ignore[attr-defined]
    assert orders[1] == ("Cedar",)


async def test_a_rebuttal_and_one_column_are_there_while_she_types() -> None:
    app = Backstage().app(going_on())
    async with app.run_test(size=(100, 40)) as pilot:
        await start_example(pilot, app)
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "floor"))
        await press(pilot, "w", "e", "f7")
        await settle(pilot, lambda: "Cedar says they are worth" in seen(app))
        await press(pilot, "f6")
        await settle(pilot, lambda: "Who is to answer? ‹ Ash ›" in seen(app))


async def test_a_rebuttal_asked_while_they_talk_comes_after_the_round() -> None:
    backstage = Backstage(models=speaker(Ash=Reply(text="on and on", hang=True)))
    app = backstage.app(going_on())
    async with app.run_test(size=(140, 45)) as pilot:
        await start_example(pilot, app)
        await press(pilot, "escape")
        await settle(pilot, lambda: app.live is not None and app.live.scene.labels("speaking") == ("Ash",))
        await press(pilot, "b", "escape")
        assert not backstage.events(ev.RebuttalAsked)
        await press(pilot, "b", "enter")
        await settle(pilot, lambda: bool(backstage.events(ev.RebuttalAsked)))
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "floor"))
        assert app.live is not None and app.live.session.round == 1 and app.live.session.rounds == 3


async def test_escape_cuts_off_the_one_that_was_chosen_and_then_all() -> None:
    said = {label: Reply(text=f"{label} goes on", hang=True) for label in ("Ash", "Birch", "Cedar")}
    backstage = Backstage(models=speaker(**said))
    app = backstage.app(going_on())
    async with app.run_test(size=(140, 45)) as pilot:
        await start_example(pilot, app)
        await press(pilot, "escape")
        await settle(pilot, lambda: app.live is not None and len(app.live.scene.labels("speaking")) == 3)
        await press(pilot, "2")
        await settle(pilot, lambda: "Cut this one off" in seen(app))
        await press(pilot, "escape")
        await settle(pilot, lambda: len(backstage.events(ev.TurnTaken)) == 1)
        await settle(pilot, lambda: "Cut all off" in seen(app))
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "floor"))
    turns = [(turn.agent, turn.status) for turn in backstage.events(ev.TurnTaken)]  # type: ignore[attr-defined]
    assert turns[0] == ("Birch", "interrupted") and len(turns) == 3


async def test_one_whose_turn_is_still_to_come_can_be_skipped() -> None:
    backstage = Backstage(models=speaker(**{label: Reply(text="I talk", hang=True) for label in LABELS[:3]}))
    app = backstage.app(going_on())
    plan, _ = read(form_of(app.studio.examples()[0], cast="three", model="scripted/words"))
    plan = replace(plan, protocol=Protocol(name="round_robin", rounds=1))
    async with app.run_test(size=(140, 45)) as pilot:
        app.post_message(RunWanted(partial(app.studio.start, plan)))
        await settle(pilot, lambda: asked(app, "ratings"))
        await press(pilot, "escape")
        await settle(pilot, lambda: app.live is not None and len(app.live.scene.labels("speaking")) == 1)
        assert app.live is not None
        order = app.live.session.rounds_opened[-1].order
        await press(pilot, str(app.live.session.labels.index(order[2]) + 1), "s")
        await settle(pilot, lambda: bool(backstage.events(ev.TurnMissed)))
        assert app.live.scene.labels("speaking") == (order[0],), "who speaks is not disturbed"
    (missed,) = backstage.events(ev.TurnMissed)
    assert (missed.agent, missed.cause) == (order[2], "skipped")  # type: ignore[attr-defined]


async def test_a_new_precision_is_seen_before_it_is_logged() -> None:
    backstage = Backstage()
    app = backstage.app(going_on())
    async with app.run_test(size=(140, 45)) as pilot:
        await start_example(pilot, app)
        await press(pilot, "8", "0", "down", "4", "0", "enter")
        await settle(pilot, lambda: asked(app, "floor"))
        await press(pilot, "escape")

        def chance() -> str:
            return next(line for line in seen(app).splitlines() if line.strip().startswith("Lisbon") and " %" in line)

        before = chance()
        await press(pilot, "minus")
        await settle(pilot, lambda: chance() != before and "precision 6" in seen(app))
        assert not backstage.events(ev.PrecisionSet), "the keys have not come to rest"
        screen = app.screen
        assert isinstance(screen, ArenaScreen)
        screen.settle_precision()
        await settle(pilot, lambda: bool(backstage.events(ev.PrecisionSet)))
        assert backstage.events(ev.PrecisionSet) == [ev.PrecisionSet(precision=6.0)]


NASTY = (
    "[/] [/red] [@click=app.quit]quit[/] \x1b[31mred\x1b[0m שלום \u202etxt\u2069 日本語 👩‍👩‍👧 zero\u200bwidth $x",
    "x" * 100_000,
    "𝕏" * 3_000 + " " + "字" * 3_000,
)


@pytest.mark.parametrize("text", NASTY, ids=["soup", "100 kB in one line", "wide"])
async def test_the_nastiest_text_goes_through_column_rebuttal_and_verdict(text: str) -> None:
    backstage = Backstage(models=speaker(Ash=Reply(text=text), Birch=Reply(text=f"# {text}\n\n* {text}")))
    app = backstage.app(going_on())
    async with app.run_test(size=(80, 24)) as pilot:
        await start_example(pilot, app)
        await press(pilot, "8", "0", "down", "4", "0", "enter")
        await settle(pilot, lambda: asked(app, "floor"))
        await press(pilot, "escape", "m", "home", "pagedown", "up", "end")
        assert "\x1b" not in seen(app) and "\u202e" not in seen(app)
        assert all(cell_len(line) == 80 for line in seen(app).splitlines()), "no line runs over"
        await press(pilot, "b")
        await settle(pilot, lambda: "Who is to answer?" in seen(app))
        await press(pilot, "escape", "ctrl+g")
        await settle(pilot, lambda: asked(app, "ratings"))
        await press(pilot, "enter")
        await settle(pilot, lambda: asked(app, "choice"))
        await press(pilot, "down", "enter")
        await settle(pilot, lambda: "masks come off" in seen(app))
        await press(pilot, "end")
        assert app.is_running
