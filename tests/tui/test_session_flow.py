"""A whole session on the screen, by keys alone: compose, two rounds, ratings, recommendation, choice, reveal."""

from __future__ import annotations

import pytest

from chatarena.arena import events as ev
from chatarena.errors import ProviderUnavailable
from chatarena.language_model.scripted import Reply
from chatarena.tui.scene import BUSY
from chatarena.tui.screens.arena import ArenaScreen
from chatarena.tui.screens.verdict import VerdictScreen
from tests.tui.support import (
    Backstage,
    asked,
    compose_example,
    going_on,
    press,
    seen,
    settle,
    speaker,
    start_example,
)

SIZES = [(80, 24), (140, 45)]
ids = {"ids": ["80x24", "140x45"]}


@pytest.mark.parametrize("size", SIZES, **ids)
async def test_from_the_first_screen_to_the_reveal(size: tuple[int, int]) -> None:
    backstage = Backstage()
    app = backstage.app()
    async with app.run_test(size=size) as pilot:
        await settle(pilot, lambda: "New decision" in seen(app) and "Ollama on this machine" in seen(app))
        first = seen(app)
        assert "Every second argument is made up." in first and "scripted/words" in first

        await compose_example(pilot, app)
        assert "Which city should I move to?" in seen(app) and "Ash, Birch, Cedar" in seen(app)
        await press(pilot, "ctrl+s")
        await settle(pilot, lambda: isinstance(app.screen, ArenaScreen) and asked(app, "ratings"))
        assert "before round 1 of 2" in seen(app)
        assert "What is each worth to you now" in seen(app)
        await press(pilot, "8", "0", "down", "4", "0", "enter")
        await settle(pilot, lambda: asked(app, "floor"))
        floor = seen(app)
        assert "Your turn: round 1 is over." in floor and "round 1 of 2" in floor
        assert "says that it is so. It really is." in floor
        assert "says they are worth" in floor
        assert "Chance of each choice" in floor and "%" in floor

        await press(pilot, "ctrl+r", "down", "down", "right", "enter")
        await settle(pilot, lambda: len(backstage.events(ev.RatingsGiven)) == 2)
        await press(pilot, *"@birch and the rent?", "enter")
        await settle(pilot, lambda: bool(backstage.events(ev.ParticipantSpoke)))
        await press(pilot, "enter")
        await settle(pilot, lambda: asked(app, "floor") and app.live is not None and app.live.session.round == 2)
        assert "one more round" in seen(app)
        await press(pilot, "enter")
        await settle(pilot, lambda: asked(app, "ratings"))
        await press(pilot, "enter")
        await settle(pilot, lambda: isinstance(app.screen, VerdictScreen) and asked(app, "choice"))
        verdict = seen(app)
        assert "All 3 agents were heard" in verdict and "Recommended: Lisbon" in verdict
        assert "It rests on your own latest ratings." in verdict

        await press(pilot, "enter")
        assert not backstage.events(ev.ChoiceMade), "nothing is chosen before an option was picked"
        await press(pilot, "down", "right", "enter")
        await settle(pilot, lambda: "masks come off" in seen(app))
        reveal = seen(app)
        assert "You chose: Lisbon, 50 of 100 sure." in reveal
        assert "SECRET-Ash-objective" in reveal and "thought for itself" in reveal
        await app.workers.wait_for_complete()

    (spoke,) = backstage.events(ev.ParticipantSpoke)
    assert spoke == ev.ParticipantSpoke(text="and the rent?", round=1, to="Birch")
    phases = [(made.phase, made.round) for made in backstage.events(ev.RatingsGiven)]  # type: ignore[attr-defined]
    assert phases == [("prior", 0), ("round", 1), ("final", 2)]
    values = [rating.value for rating in backstage.events(ev.RatingsGiven)[1].ratings]  # type: ignore[attr-defined]
    assert values == [80.0, 40.0, 50.0]
    assert backstage.events(ev.SessionClosed) == [ev.SessionClosed(status="complete")]


@pytest.mark.parametrize("size", SIZES, **ids)
async def test_once_nobody_hears_her_any_more_it_says_what_can_be_done_instead(size: tuple[int, int]) -> None:
    backstage = Backstage()
    app = backstage.app()
    async with app.run_test(size=size) as pilot:
        await start_example(pilot, app)
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "floor"))
        assert "Say something…" in seen(app)
        await press(pilot, "ctrl+g")
        await settle(pilot, lambda: asked(app, "ratings") and "This is asked once more" in seen(app))
        assert "Say something…" not in seen(app)
        await press(pilot, "enter")
        await settle(pilot, lambda: isinstance(app.screen, VerdictScreen) and asked(app, "choice"))
        await press(pilot, "escape")
        await settle(pilot, lambda: "v: the recommendation, and your choice" in seen(app))
        assert "Say something…" not in seen(app)
        await press(pilot, *"words", "slash", *"more", "enter", "v")
        await settle(pilot, lambda: isinstance(app.screen, VerdictScreen))
        await press(pilot, "down", "enter")
        await settle(pilot, lambda: "masks come off" in seen(app))
        await press(pilot, "escape")
        await settle(pilot, lambda: "v: the recommendation, who was after what" in seen(app))
        assert "Say something…" not in seen(app) and "The session is over." in seen(app)
        assert isinstance(app.screen, ArenaScreen) and app.screen.focused is app.screen.stage.reading
        await press(pilot, "v")
        await settle(pilot, lambda: isinstance(app.screen, VerdictScreen))
    assert not backstage.events(ev.ParticipantSpoke)


async def test_what_agents_hide_is_nowhere_before_the_reveal() -> None:
    backstage = Backstage()
    app = backstage.app()
    hidden = ("SECRET", "agent-ash", "fingerprint", "thought for itself")

    def leaks() -> list[str]:
        text = seen(app)
        return [word for word in hidden if word in text]

    async with app.run_test(size=(140, 45)) as pilot:
        await start_example(pilot, app)
        found = leaks()
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "floor"))
        found += leaks()
        for key in ("1", "2", "3"):
            await press(pilot, "escape", key, "home")
            found += leaks()
        await press(pilot, "f1")
        found += leaks()
        await press(pilot, "escape", "ctrl+g")
        await settle(pilot, lambda: asked(app, "ratings"))
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "choice"))
        await press(pilot, "b")
        found += leaks()
        assert found == []
        await press(pilot, "down", "enter")
        await settle(pilot, lambda: "SECRET-Ash-objective" in seen(app))


async def test_escape_cuts_everybody_off_and_keeps_what_was_said() -> None:
    hang = Reply(text="I had begun to say and more", after=5, hang=True)
    backstage = Backstage(models=speaker(Ash=hang, Birch=hang, Cedar=Reply(hang=True)))
    app = backstage.app(going_on())
    async with app.run_test(size=(140, 45)) as pilot:
        await start_example(pilot, app)
        await press(pilot, "escape")
        await settle(pilot, lambda: app.live is not None and len(app.live.scene.labels("speaking")) == 2)
        await settle(pilot, lambda: "I had begun to say" in seen(app))
        assert "Ash and Birch are speaking; Cedar is thinking" in seen(app)
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "floor"))
        after = seen(app)
        assert "I had begun to say" in after and after.count("cut off here") == 2
        assert "cut off before the first word" in " ".join(after.split())
    turns = backstage.events(ev.TurnTaken)
    statuses = {turn.agent: turn.status for turn in turns}  # type: ignore[attr-defined]
    assert statuses == dict.fromkeys(("Ash", "Birch", "Cedar"), "interrupted")
    assert {turn.text for turn in turns} == {"I had begun to say", ""}  # type: ignore[attr-defined]


@pytest.mark.parametrize("opened", ["f1", "f9", "ctrl+q", "b", "ctrl+r"])
async def test_an_escape_once_too_often_for_what_it_closed_cuts_nobody_off(opened: str) -> None:
    backstage = Backstage(models=speaker(Ash=Reply(text="on and on", hang=True)))
    now = [0.0]
    app = backstage.app(lambda: now[0])
    async with app.run_test(size=(80, 24)) as pilot:
        await start_example(pilot, app)
        await press(pilot, "escape")
        await settle(pilot, lambda: app.live is not None and app.live.scene.labels("speaking") == ("Ash",))
        now[0] = 10.0
        await press(pilot, opened, "escape")
        await settle(pilot, lambda: isinstance(app.screen, ArenaScreen))
        now[0] = 10.4
        await press(pilot, "escape")
        await settle(pilot, lambda: "Nobody is cut off" in seen(app) and "Once more does it." in seen(app))
        assert app.live is not None and app.live.scene.labels("speaking") == ("Ash",)
        now[0] = 10.6
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "floor"))
    (turn,) = (one for one in backstage.events(ev.TurnTaken) if one.agent == "Ash")  # type: ignore[attr-defined]
    assert turn.status == "interrupted"  # type: ignore[attr-defined]


async def test_one_agent_can_be_cut_off_or_skipped_while_the_others_go_on() -> None:
    hang = Reply(text="on and on", hang=True)
    backstage = Backstage(models=speaker(Ash=hang, Birch=hang))
    app = backstage.app()
    async with app.run_test(size=(140, 45)) as pilot:
        await start_example(pilot, app)
        await press(pilot, "escape")
        await settle(pilot, lambda: app.live is not None and len(app.live.scene.labels("speaking")) == 2)
        await press(pilot, "1", "x")
        await settle(pilot, lambda: bool(backstage.events(ev.TurnTaken)))
        await settle(pilot, lambda: app.live is not None and app.live.scene.labels(*BUSY) == ("Birch",))
        await press(pilot, "2", "s")
        await settle(pilot, lambda: "s once more skips Birch and drops its words" in seen(app))
        assert not backstage.events(ev.TurnMissed)
        await press(pilot, "s", "s", "s")
        await settle(pilot, lambda: asked(app, "floor"))
        assert seen(app).count("✕ skipped") == 1
    statuses = {turn.agent: turn.status for turn in backstage.events(ev.TurnTaken)}  # type: ignore[attr-defined]
    assert statuses == {"Ash": "interrupted", "Cedar": "complete"}
    (missed,) = backstage.events(ev.TurnMissed)
    assert (missed.agent, missed.cause) == ("Birch", "skipped")  # type: ignore[attr-defined]


async def test_ending_the_talk_while_somebody_speaks_takes_the_key_twice() -> None:
    backstage = Backstage(models=speaker(Ash=Reply(text="on and on", hang=True)))
    app = backstage.app()
    async with app.run_test() as pilot:
        await start_example(pilot, app)
        await press(pilot, "escape")
        await settle(pilot, lambda: app.live is not None and bool(app.live.scene.labels("speaking")))
        await settle(pilot, lambda: app.live is not None and app.live.scene.labels("waiting", "rating") == ())
        await press(pilot, "ctrl+g")
        await settle(pilot, lambda: "once more" in seen(app))
        assert not backstage.events(ev.DebateStopped)
        await press(pilot, "ctrl+g")
        await settle(pilot, lambda: asked(app, "ratings"))
    assert [stop.by for stop in backstage.events(ev.DebateStopped)] == ["participant"]  # type: ignore[attr-defined]


async def test_one_more_round_can_be_had_at_the_end() -> None:
    backstage = Backstage()
    app = backstage.app()
    async with app.run_test() as pilot:
        await start_example(pilot, app)
        await press(pilot, "escape")
        for round_ in (1, 2):
            await settle(pilot, lambda r=round_: asked(app, "floor") and app.live.session.round == r)  # type: ignore[misc, union-attr]
            await press(pilot, "ctrl+n")
        await settle(pilot, lambda: asked(app, "floor") and app.live is not None and app.live.session.round == 3)
        assert "round 3 of 3" in seen(app)
    assert len(backstage.events(ev.RoundAdded)) == 1


async def test_a_failed_agent_is_shown_with_its_cause_and_the_others_count() -> None:
    broken = Reply(text="I was say", error=ProviderUnavailable("the provider closed the connection"))
    backstage = Backstage(models=speaker(Birch=broken))
    app = backstage.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await start_example(pilot, app)
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "floor"))
        await press(pilot, "escape", "2")
        shown = " ".join(seen(app).split())
        assert "✕ not heard: the provider closed the connection" in shown and "I was say" in shown
        await press(pilot, "ctrl+g")
        await settle(pilot, lambda: asked(app, "ratings"))
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "choice"))
        assert "Partial: 2 of 3 agents were heard" in seen(app)


async def test_the_precision_is_logged_once_when_the_keys_come_to_rest() -> None:
    backstage = Backstage()
    app = backstage.app()
    async with app.run_test() as pilot:
        await start_example(pilot, app)
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "floor"))
        await press(pilot, "escape", "plus", "plus", "minus", "plus")
        await settle(pilot, lambda: "precision 16" in seen(app))  # the screen answers at once
        assert not backstage.events(ev.PrecisionSet)
        arena = app.screen
        assert isinstance(arena, ArenaScreen)
        arena.settle_precision()
        await settle(pilot, lambda: bool(backstage.events(ev.PrecisionSet)))
        await settle(pilot, lambda: app.live is not None and app.live.session.forecast is not None)
    assert backstage.events(ev.PrecisionSet) == [ev.PrecisionSet(precision=16.0)]
    assert backstage.events(ev.ForecastShown)[-1].forecast.precision == 16.0  # type: ignore[attr-defined]


async def test_beliefs_are_asked_where_there_are_states() -> None:
    backstage = Backstage()
    app = backstage.app()
    async with app.run_test() as pilot:
        await start_example(pilot, app, example=2)
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "beliefs"))
        assert "It is sunny" in seen(app) and "70" in seen(app)
        await press(pilot, "4", "0", "down", "4", "0", "enter")
        await settle(pilot, lambda: asked(app, "floor"))
        await press(pilot, "ctrl+g")
        await settle(pilot, lambda: asked(app, "ratings"))
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "beliefs"))
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "choice"))
    given = [made.probabilities for made in backstage.events(ev.BeliefsGiven)]  # type: ignore[attr-defined]
    assert given == [(0.5, 0.5), ()]


async def test_one_on_one_speaks_to_who_comes_next_and_asks_whose_advice() -> None:
    backstage = Backstage(seats=2)
    app = backstage.app()
    async with app.run_test() as pilot:
        await compose_example(pilot, app)
        app.screen.query_one("#protocol").value = "one_on_one"  # type: ignore[attr-defined]
        app.screen.query_one("#rounds").value = "1"  # type: ignore[attr-defined]
        await press(pilot, "ctrl+s")
        await settle(pilot, lambda: isinstance(app.screen, ArenaScreen) and asked(app, "ratings"))
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "floor"))
        assert app.live is not None
        first = app.live.session.rounds_opened[0].order[0]
        await press(pilot, *"hello", "enter", "ctrl+n")
        await settle(pilot, lambda: asked(app, "floor") and app.live is not None and app.live.session.round == 2)
        second = app.live.session.rounds_opened[1].order[0]
        assert {first, second} == {"Ash", "Birch"}
        await press(pilot, "enter")
        await settle(pilot, lambda: asked(app, "ratings"))
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "selection"))
        assert "whose advice would you take" in seen(app)
        await press(pilot, "down", "enter")
        await settle(pilot, lambda: asked(app, "choice"))
    (spoke,) = backstage.events(ev.ParticipantSpoke)
    assert spoke.to == second  # type: ignore[attr-defined]
    (chosen,) = backstage.events(ev.AgentSelected)
    assert chosen.agent == "Birch"  # type: ignore[attr-defined]
