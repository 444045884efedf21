"""Ways to follow and to steer the talk: one column or lanes, a rebuttal, cutting off one or all."""

from __future__ import annotations

import pytest

from chatarena.arena import events as ev
from chatarena.language_model.scripted import Reply
from tests.tui.support import Backstage, asked, press, seen, settle, speaker, start_example

SIZES = pytest.mark.parametrize("size", [(80, 24), (160, 48)], ids=["80x24", "160x48"])


@SIZES
async def test_all_in_one_column_and_back(size: tuple[int, int]) -> None:
    said = {label: Reply(text=f"{label} begins and goes on", hang=True, after=2) for label in ("Ash", "Birch")}
    backstage = Backstage(models=speaker(**said))
    app = backstage.app()
    async with app.run_test(size=size) as pilot:
        await start_example(pilot, app)
        await press(pilot, "escape")
        await settle(pilot, lambda: app.live is not None and len(app.live.scene.labels("speaking")) == 2)
        await settle(pilot, lambda: app.live is not None and "Cedar" in app.live.scene.labels("done"))
        await press(pilot, "m")
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
    app = backstage.app()
    async with app.run_test(size=size) as pilot:
        await start_example(pilot, app)
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "floor"))
        await press(pilot, "escape", "2", "b")
        assert "Who is to answer? ‹ Birch ›" in seen(app)
        await press(pilot, "right", "down", "enter")
        await settle(pilot, lambda: asked(app, "floor") and app.live is not None and app.live.session.round == 2)
        assert "round 2 of 3" in seen(app)
        assert "Cedar, please answer what Ash said." in seen(app)
    (one,) = backstage.events(ev.RebuttalAsked)
    assert one == ev.RebuttalAsked(agent="Cedar", of="Ash", round=1, text="Cedar, please answer what Ash said.")
    orders = [event.order for event in backstage.events(ev.RoundOpened)]  # type: ignore[attr-defined]
    assert orders[1] == ("Cedar",)


async def test_a_rebuttal_asked_while_they_talk_comes_after_the_round() -> None:
    backstage = Backstage(models=speaker(Ash=Reply(text="on and on", hang=True)))
    app = backstage.app()
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
