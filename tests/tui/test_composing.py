"""Composing a session on the screen: who argues, who hears whom, what is uncertain, and what stays hidden."""

from __future__ import annotations

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input, Select, Static

from chatarena.arena import events as ev
from chatarena.arena.decision import Decision, EvidenceCard, Option
from chatarena.arena.protocol import Hearing
from chatarena.tui.app import ArenaApp
from chatarena.tui.screens.arena import ArenaScreen
from chatarena.tui.screens.cast import CastScreen
from chatarena.tui.screens.compose import ComposeScreen
from chatarena.tui.screens.home import HomeScreen
from chatarena.tui.screens.note import SureScreen
from chatarena.tui.seats import SeatChoice
from chatarena.tui.widgets.hearing_grid import HearingGrid
from chatarena.tui.widgets.rows import Rows
from tests.tui.support import Backstage, asked, compose_example, press, quiet, seen, settle

NASTY = "[/] [bold]x[/bold] \x1b[31mred\x1b]0;t\x07 \u202eabc 会議 👩\u200d🚀 [@click=app.quit]"
SECRET = Decision(
    question="Which?",
    options=(Option(id="a", label="A"), Option(id="b", label="B")),
    evidence=(EvidenceCard(agent="agent-birch", text="SECRET-card"),),
)


async def composing(pilot: Pilot[None], app: ArenaApp) -> ComposeScreen:
    await compose_example(pilot, app)
    assert isinstance(app.screen, ComposeScreen)
    return app.screen


async def back(pilot: Pilot[None], app: ArenaApp, screen: ComposeScreen) -> None:
    await settle(pilot, lambda: app.screen is screen)


async def start(pilot: Pilot[None], app: ArenaApp) -> None:
    await press(pilot, "ctrl+s")
    await settle(pilot, lambda: isinstance(app.screen, ArenaScreen))


async def test_the_faces_are_public_and_a_table_is_laid_by_hand() -> None:
    backstage = Backstage()
    app = backstage.app()
    async with app.run_test(size=(100, 40)) as pilot:
        screen = await composing(pilot, app)
        await press(pilot, "f5")
        await settle(pilot, lambda: isinstance(app.screen, CastScreen) and "speaks like Birch" in seen(app))
        assert "SECRET" not in seen(app) and backstage.unmasked == 0
        await press(pilot, "down", "enter", "enter")  # the first agent, twice
        await settle(pilot, lambda: "At the table: 5 (picked by hand)" in seen(app))
        await press(pilot, "tab", "home", "f8", "alt+down")
        await settle(pilot, lambda: "At the table: 4" in seen(app))
        await press(pilot, "m", "down", "enter")
        await settle(pilot, lambda: isinstance(app.screen, CastScreen) and "scripted/words" in seen(app))
        await press(pilot, "ctrl+s")
        await back(pilot, app, screen)
        assert "picked by hand: 4 agents" in seen(app)
        seats = screen.form.seats
        assert [seat.agent for seat in seats] == ["agent-cedar", "agent-birch", "agent-ash", "agent-ash"]
        assert [seat.model for seat in seats] == ["", "scripted/words", "", ""]
        await start(pilot, app)
    (plan,) = backstage.plans
    assert (plan.cast, plan.seats, plan.unblinded) == ("", seats, False)


async def test_leaving_the_faces_changes_nothing_and_a_cast_taken_is_that_cast() -> None:
    app = Backstage().app()
    async with app.run_test(size=(100, 40)) as pilot:
        screen = await composing(pilot, app)
        await press(pilot, "f5", "down", "enter", "escape")
        await back(pilot, app, screen)
        assert (screen.form.cast, screen.form.seats) == ("three", ())
        await press(pilot, "f5", "down", "enter", "ctrl+s")
        await back(pilot, app, screen)
        assert screen.form.cast == "" and len(screen.form.seats) == 4
        screen.query_one("#cast", Select).value = "three"
        await settle(pilot, lambda: screen.form.seats == ())
        assert screen.form.cast == "three"


async def test_a_table_is_saved_as_a_cast_of_ones_own() -> None:
    backstage = Backstage()
    app = backstage.app()
    async with app.run_test(size=(100, 40), notifications=True) as pilot:
        await composing(pilot, app)
        await press(pilot, "f5", "down", "enter", "f2", *"No Name", "enter")
        await settle(pilot, lambda: "a name such as my-cast" in seen(app))
        await press(pilot, *["backspace"] * 7, *"three", "enter")
        await settle(pilot, lambda: isinstance(app.screen, SureScreen))
        await press(pilot, "escape", "f2", *"my-own", "enter")
        await settle(pilot, lambda: "Saved as casts/my-own.yaml" in seen(app) and "the cast my-own" in seen(app))
        assert "4 agents, yours" in seen(app)
        # It is there at once: here, on the form, and for whoever composes next.
        await press(pilot, "ctrl+s")
        await settle(pilot, lambda: isinstance(app.screen, ComposeScreen) and "my-own (yours)" in seen(app))
        assert isinstance(app.screen, ComposeScreen) and app.screen.form.cast == "my-own"
        app.action_home()
        await settle(pilot, lambda: isinstance(app.screen, HomeScreen))
        await compose_example(pilot, app)
        await press(pilot, "f5")
        await settle(pilot, lambda: isinstance(app.screen, CastScreen) and "my-own" in seen(app))
    assert list(backstage.casts) == ["my-own"] and len(backstage.casts["my-own"]) == 4


@pytest.mark.parametrize("place", ["faces", "form"])
async def test_a_researcher_is_asked_before_aims_and_evidence_are_shown_and_the_session_says_so(place: str) -> None:
    backstage = Backstage(decision=SECRET)
    app = backstage.app()
    async with app.run_test(size=(160, 48)) as pilot:
        screen = await composing(pilot, app)
        screen.query_one("#more").collapsed = False  # type: ignore[attr-defined]
        await settle(pilot, lambda: "One card" in seen(app))
        assert "SECRET" not in seen(app)
        await press(pilot, *(["f5"] if place == "faces" else []), "f6")
        await settle(pilot, lambda: isinstance(app.screen, SureScreen))
        await press(pilot, "escape")
        await settle(pilot, lambda: backstage.unmasked == 0 and "Not blind" not in seen(app))
        await press(pilot, "f6")
        await settle(pilot, lambda: "It cannot" in seen(app))
        await press(pilot, "enter")
        await settle(pilot, lambda: "Not blind" in seen(app) and "SECRET-Ash-objective" in seen(app))
        if place == "faces":
            await press(pilot, "escape")
            await back(pilot, app, screen)
        await settle(pilot, lambda: screen.query_one("#evidence", Rows).values[0] == ("SECRET-card", "Birch"))
        assert "Not blind" in seen(app), "what was seen stays seen"
        assert screen.form.unblinded
        await start(pilot, app)
    (plan,) = backstage.plans
    assert plan.unblinded and plan.decision.evidence == (EvidenceCard(agent="Birch", text="SECRET-card"),)


async def test_who_hears_whom_is_laid_out_by_keys_and_by_mouse_and_drawn_at_once() -> None:
    backstage = Backstage()
    app = backstage.app()
    async with app.run_test(size=(160, 48)) as pilot:
        screen = await composing(pilot, app)
        assert not screen.query_one("#field-network").display
        screen.query_one("#protocol", Select).value = "network"
        await settle(pilot, lambda: screen.query_one("#field-network").display)
        grid = screen.query_one(HearingGrid)
        grid.focus()
        await settle(pilot, lambda: "Birch ├" in seen(app) or "Birch ╰──▸●" in seen(app))
        await press(pilot, "r")
        await settle(pilot, lambda: "A circle" in seen(app) and "● ◂ Cedar" in seen(app))
        await press(pilot, "n", "ctrl+s")
        await settle(pilot, lambda: "✕ a network protocol must say who hears whom" in seen(app))
        assert app.focused is grid and not backstage.plans
        await press(pilot, "down", "space")  # the third hears the first
        await settle(pilot, lambda: "✕" not in seen(app))
        assert grid.hearing == (Hearing(agent="Cedar", parents=("Ash",)),)
        names, cells, _ = grid._layout(grid.size.width)
        await pilot.click(grid, offset=(names + 1 + cells + 1, 3))
        await settle(pilot, lambda: grid.hearing == (Hearing(agent="Cedar", parents=("Ash", "Birch")),))
        await start(pilot, app)
    assert backstage.plans[0].protocol.hearing == (Hearing(agent="Cedar", parents=("Ash", "Birch")),)


async def test_first_ratings_given_while_composing_are_not_asked_for_again() -> None:
    backstage = Backstage()
    app = backstage.app()
    async with app.run_test(size=(100, 40)) as pilot:
        screen = await composing(pilot, app)
        for row, worth in zip(screen.query_one("#options", Rows).rows, ("70", "20", "50"), strict=False):
            row.cells["worth"].value = worth
        await start(pilot, app)
        await settle(pilot, lambda: asked(app, "floor"))
    (given,) = [event for event in backstage.events(ev.RatingsGiven) if isinstance(event, ev.RatingsGiven)]
    assert given.phase == "prior" and [rating.value for rating in given.ratings] == [70.0, 20.0, 50.0]


async def test_what_is_uncertain_is_typed_and_its_sum_checked_in_place() -> None:
    backstage = Backstage()
    app = backstage.app()
    async with app.run_test(size=(100, 60)) as pilot:
        screen = await composing(pilot, app)
        screen.query_one("#more").collapsed = False  # type: ignore[attr-defined]
        screen.query_one("#states", Rows).rows[0].first.focus()
        await press(pilot, *"sun", "tab", *"70", "enter", *"rain", "tab", *"20")
        await settle(pilot, lambda: "Together 90 of 100: 10 are missing." in seen(app))
        assert "✕" not in seen(app), "a sum is told at once, a problem only once the field was left"
        await press(pilot, "ctrl+s")
        await settle(pilot, lambda: "✕ the chances come to 90 in 100: 10 are missing" in seen(app))
        assert screen.query_one("#field-states").has_focus_within and not backstage.plans
        screen.query_one("#states", Rows).rows[1].cells["chance"].value = "30"
        await start(pilot, app)
    states = backstage.plans[0].decision.states
    assert [(state.label, state.probability) for state in states] == [("sun", 0.7), ("rain", 0.3)]


async def test_the_estimate_says_how_it_was_made() -> None:
    app = Backstage().app()
    async with app.run_test(size=(80, 24)) as pilot:
        await composing(pilot, app)
        await settle(pilot, lambda: "At most 2,000 tokens · price unknown · about 2 min" in seen(app))
        await press(pilot, "f4")
        await settle(pilot, lambda: "9 calls" in seen(app) and "no price is known of" in " ".join(seen(app).split()))
        await press(pilot, "escape")
        await settle(pilot, lambda: isinstance(app.screen, ComposeScreen))


async def test_faces_and_picture_stand_beside_the_form_where_there_is_room_and_below_the_talk_where_there_is_not() -> (
    None
):
    app = Backstage().app()
    async with app.run_test(size=(80, 40)) as pilot:
        screen = await composing(pilot, app)
        side, inline = screen.query_one("#side"), screen.query_one(".inline")
        assert not side.region and inline.region
        await pilot.resize_terminal(160, 48)
        await settle(pilot, lambda: bool(side.region))
        assert not inline.region and "speaks like Birch" in seen(app)
        await pilot.resize_terminal(80, 24)
        await settle(pilot, lambda: not side.region)


async def test_nothing_that_is_typed_or_written_is_ever_taken_for_markup() -> None:
    backstage = Backstage()
    backstage.decision = Decision(
        question=NASTY, context=NASTY, options=(Option(id="a", label=NASTY, detail=NASTY), Option(id="b", label="B"))
    )
    app = backstage.app()
    async with app.run_test(size=(160, 48)) as pilot:
        screen = await composing(pilot, app)
        for field in (screen.query_one("#options", Rows).rows[1].first, screen.query_one("#rounds")):
            field.focus()
            app.post_message(events.Paste(NASTY))
            await quiet(pilot)
        await press(pilot, "ctrl+s")
        await settle(pilot, lambda: "to put right" in seen(app))
        assert "\x1b" not in seen(app) and "[/]" in seen(app)
        screen.query_one("#rounds", Input).value = "2"  # what cannot be read is not saved
        await press(pilot, "f2", "escape", "f3", "escape", "f4", "escape")
        await settle(pilot, lambda: app.screen is screen)


async def test_a_form_left_and_taken_up_again_has_its_table_network_and_states() -> None:
    app = Backstage().app()
    async with app.run_test(size=(100, 40)) as pilot:
        screen = await composing(pilot, app)
        screen.query_one("#protocol", Select).value = "network"
        await settle(pilot, lambda: screen.query_one("#field-network").display)
        screen.query_one(HearingGrid).focus()
        await press(pilot, "s", "f5", "down", "enter", "ctrl+s")
        await back(pilot, app, screen)
        screen.query_one("#states", Rows).rows[0].fill(("sun", "70"))
        await settle(pilot, lambda: screen.form.states[:1] == (("sun", "70"),))
        kept = screen.form
        await press(pilot, "escape")
        await press(pilot, "n")
        await settle(pilot, lambda: isinstance(app.screen, ComposeScreen))
        assert isinstance(app.screen, ComposeScreen)
        again = app.screen.form
        assert (again.seats, again.hearing, again.protocol) == (kept.seats, kept.hearing, "network")
        assert again.states[:1] == (("sun", "70"),)
        assert SeatChoice(agent="agent-ash") in again.seats
        assert "picked by hand" in str(app.screen.query_one("#field-cast .note", Static).content) or "picked" in seen(
            app
        )


@pytest.mark.parametrize(("field", "typed"), [("rounds", "many"), ("budget", "little"), ("seed", "x")])
async def test_a_number_that_cannot_be_read_is_not_left_out_of_a_file(field: str, typed: str) -> None:
    backstage = Backstage()
    app = backstage.app()
    async with app.run_test(size=(100, 40)) as pilot:
        screen = await composing(pilot, app)
        screen.query_one(f"#{field}", Input).value = typed
        await press(pilot, "f2")
        await settle(pilot, lambda: screen.query_one(f"#field-{field}").has_focus_within)
        assert app.screen is screen and not backstage.saved


async def test_a_decision_whose_states_cannot_be_read_is_not_saved_without_them() -> None:
    backstage = Backstage()
    app = backstage.app()
    async with app.run_test(size=(100, 40)) as pilot:
        screen = await composing(pilot, app)
        screen.query_one("#states", Rows).rows[0].fill(("sun", "70"))
        await press(pilot, "f2")
        await settle(pilot, lambda: "✕ one thing that may turn out is no uncertainty" in seen(app))
        assert app.screen is screen and screen.query_one("#field-states").has_focus_within and not backstage.saved


async def test_an_example_is_opened_from_the_list_by_keys() -> None:
    app = Backstage().app()
    async with app.run_test(size=(80, 24)) as pilot:
        await composing(pilot, app)
        await press(pilot, "f3")
        await settle(pilot, lambda: "▸ Where to live" in seen(app))
        await press(pilot, "tab", "down", "enter")
        await settle(pilot, lambda: isinstance(app.screen, ComposeScreen) and "Picnic or museum?" in seen(app))
