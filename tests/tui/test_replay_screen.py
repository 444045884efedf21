"""The player on the screen: what is seen while it plays, where its keys lead, what stays hidden until the reveal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot

from chatarena.arena import events as ev
from chatarena.arena.decision import Decision, State
from chatarena.errors import SessionNotFound
from chatarena.exchange.importers import nyu_debates
from chatarena.exchange.importing import Source
from chatarena.replay.player import Playback, Player
from chatarena.replay.timeline import Place, Timeline, lay_out
from chatarena.tui.live import Watched
from chatarena.tui.reel import Reel, scene_after
from chatarena.tui.replay_app import ReplayApp
from chatarena.tui.replaying import Replayed, awaited
from chatarena.tui.scene import Scene, look
from chatarena.tui.screens.arena import ArenaScreen
from chatarena.tui.screens.home import HomeScreen
from chatarena.tui.screens.replay import ReplayScreen
from chatarena.tui.widgets.transport import cell_at, clock_time, lay_track, state_words
from tests.replay.records import in_time, record, records, turn
from tests.session_log.samples import everything
from tests.support.data import data_folder
from tests.support.sessions import LABELS, cast, opening, play
from tests.support.worlds import Run
from tests.tui.support import Backstage, asked, press, quiet, rows, seen, settle, start_example

SIZES = pytest.mark.parametrize("size", [(80, 24), (140, 40)], ids=["80x24", "140x40"])


class Theatre:
    """The player with a session and a clock that the test moves."""

    def __init__(self, entries: Sequence[ev.Entry], *, playing: bool = True, start: float = 0.0) -> None:
        self.now = 0.0
        self.timeline: Timeline = lay_out(entries)
        place = self.timeline.place(start) if start else Place()
        self.player = Player(self.timeline, lambda: self.now, Playback(playing=playing, place=place))
        self.app = ReplayApp(self.player)

    @property
    def screen(self) -> ReplayScreen:
        screen = self.app.screen_stack[-1]
        assert isinstance(screen, ReplayScreen)
        return screen

    async def at(self, pilot: Pilot[None], seconds: float) -> str:
        """What is seen once the clock says this."""
        self.now = seconds
        await quiet(pilot)
        self.screen.tick()
        await quiet(pilot)
        return seen(self.app)

    async def go(self, pilot: Pilot[None], *keys: str) -> str:
        """What is seen after these keys."""
        await press(pilot, *keys)
        return seen(self.app)


async def whole(seats: int = 3) -> tuple[ev.Entry, ...]:
    """A session that a moderator held; its entries are one to a second."""
    run = Run()
    await run.play(opening(seats))
    return tuple(run.recorded)


ASH = "one two three four five six seven eight nine ten"
BRIEF = record(
    *((0.0, event) for event in opening(2)),
    (4.0, ev.RoundOpened(round=1, order=("Ash", "Birch"))),
    (15.0, turn("Ash", text=ASH, first=1, total=11)),
    (16.0, turn("Birch", text="I do not think so.", first=8, total=12)),
    (18.0, ev.ParticipantSpoke(text="And the rent?", round=1)),
    (19.0, ev.FloorPassed(round=1)),
    (20.0, ev.RoundOpened(round=2, order=("Birch", "Ash"))),
    (24.0, turn("Birch", 2, "It is low.", first=0, total=4)),
    (26.0, ev.SessionLeft(reason="the lid was closed")),
)


# -- playing -----------------------------------------------------------------------------------------------------------


@SIZES
async def test_lanes_stream_as_they_did_live(size: tuple[int, int]) -> None:
    theatre = Theatre(BRIEF)
    async with theatre.app.run_test(size=size) as pilot:
        assert "Round 1 is about to begin." in await theatre.at(pilot, 1.0)
        waiting = await theatre.at(pilot, 4.5)
        assert "Ash and Birch are thinking" in waiting or "2 agents are thinking" in waiting
        half = await theatre.at(pilot, 10.1)
        assert "one two three four five" in half and "six" not in half
        assert "Ash is speaking; Birch is thinking" in half
        assert "round 1 of 2" in half
        later = await theatre.at(pilot, 15.5)
        assert "nine ten" in later and "I do not" in later and "think so" not in later
        assert "The participant has the floor after round 1." in await theatre.at(pilot, 17.0)
        floor = await theatre.at(pilot, 18.5)
        assert "› the participant: And the rent?" in floor and "I do not think so." in floor
        end = await theatre.at(pilot, 999.0)
        assert "the end 0:26 / 0:26" in end and "Here the record ends." in end
        assert "the lid was closed" in end


@SIZES
async def test_the_end_looks_as_it_did_live(size: tuple[int, int]) -> None:
    """The scene is the same, however one came there; and the lanes hold the same pieces."""
    entries = await whole()
    theatre = Theatre(entries)
    async with theatre.app.run_test(size=size) as pilot:
        for tenth in range(1, 11):
            await theatre.at(pilot, theatre.timeline.total * tenth / 10)
        played, stage = theatre.screen.replayed.scene, theatre.screen.stage
        assert played.session == reduce(lambda scene, entry: look(scene, entry, 0.0), entries, Scene()).session
        texts = [lane.pane.text for lane in stage.lanes]
        shown = "".join(rows(theatre.app)[3 : stage.size.height])
        await press(pilot, "0")
        assert [lane.pane.text for lane in stage.lanes] != texts
        theatre.player.do(lambda timeline, playback: replace(playback, place=timeline.end))
        theatre.screen.tick()
        await quiet(pilot)
        assert [lane.pane.text for lane in stage.lanes] == texts
        assert "".join(rows(theatre.app)[3 : stage.size.height]) == shown


async def test_what_is_sought_is_shown_and_what_comes_later_is_forgotten() -> None:
    theatre = Theatre(BRIEF, playing=False)
    async with theatre.app.run_test(size=(140, 40)) as pilot:
        assert "It is low." in await theatre.go(pilot, "9", "9", "right_square_bracket")
        back = await theatre.go(pilot, "left_square_bracket")
        assert "It is low." not in back and "Round 2" in back
        start = await theatre.go(pilot, "0")
        assert "── Round 1" not in start and "one two" not in start
        half = await theatre.go(pilot, "4")
        assert "one two three four five" in half and "nine ten" not in half
        theatre.player.do(lambda _, playback: replace(playback, playing=True, clock=0.0))
        assert "nine ten" in await theatre.at(pilot, 5.0), "it goes on from there"
        assert seen(theatre.app).count("one two three") == 1


@pytest.mark.parametrize(
    ("start", "keys", "place"),
    [
        (6.0, ("right",), (11.0, 4)),
        (6.0, ("left",), (1.0, 3)),
        (6.0, ("shift+right",), (8.6, 4)),
        (6.0, ("shift+left",), (3.4, 3)),
        (6.0, ("5",), (13.0, 4)),
        (6.0, ("full_stop",), (15.0, 5)),
        (6.0, ("comma",), (0.0, 3)),
        (6.0, ("right_square_bracket",), (15.0, 5)),
        (6.0, ("left_square_bracket",), (4.0, 4)),
        (6.0, ("left_square_bracket", "left_square_bracket"), (0.0, 3)),
        (6.0, ("9", "right", "right"), (26.0, 11)),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) and isinstance(value[0], str) else None,
)
async def test_keys_lead_where_asciinemas_do(start: float, keys: tuple[str, ...], place: tuple[float, int]) -> None:
    theatre = Theatre(BRIEF, playing=False, start=start)
    async with theatre.app.run_test() as pilot:
        await theatre.go(pilot, *keys)
        assert (pytest.approx(theatre.player.place.seconds), theatre.player.place.position) == place


async def test_space_pauses_wherever_the_focus_is_and_speed_changes() -> None:
    theatre = Theatre(BRIEF)
    async with theatre.app.run_test() as pilot:
        assert "playing 0:06" in await theatre.at(pilot, 6.0)
        assert "paused  0:06 / 0:26 · 1×" in await theatre.go(pilot, "space")
        assert "paused  0:06" in await theatre.at(pilot, 60.0)
        assert "· 2×" in await theatre.go(pilot, "space", "greater_than_sign", "greater_than_sign")
        assert "playing 0:10" in await theatre.at(pilot, 62.0)
        assert "· 1.5×" in await theatre.go(pilot, "less_than_sign")
        assert "the end" in await theatre.at(pilot, 300.0)
        assert "playing 0:00" in await theatre.go(pilot, "space"), "from the beginning again"


async def test_a_click_on_the_track_seeks() -> None:
    theatre = Theatre(BRIEF, playing=False)
    async with theatre.app.run_test(size=(82, 24)) as pilot:
        await pilot.click("#transport", offset=(41, 2))
        await quiet(pilot)
        assert theatre.player.place.seconds == pytest.approx(13.0)


async def test_lanes_can_be_chosen_and_read_while_it_is_paused() -> None:
    theatre = Theatre(BRIEF, playing=False, start=25.0)
    async with theatre.app.run_test(size=(60, 20)) as pilot:
        assert "one two three" in seen(theatre.app) and "It is low." not in seen(theatre.app)
        assert "It is low." in await theatre.go(pilot, "tab")
        assert "I do not think so." in await theatre.go(pilot, "home")
        assert "one two three" in await theatre.go(pilot, "shift+tab", "y")


async def test_escape_and_q_leave() -> None:
    for key in ("escape", "q"):
        theatre = Theatre(BRIEF)
        async with theatre.app.run_test() as pilot:
            await press(pilot, key)
        assert theatre.app.return_code == 0
        assert not theatre.app.is_running


# -- what came of it ---------------------------------------------------------------------------------------------------


async def test_masks_are_hidden_until_the_reveal_and_shown_by_v_after_it() -> None:
    entries = await whole()
    theatre = Theatre(entries, playing=False)
    revealed = next(entry.seq for entry in entries if isinstance(entry.event, ev.Revealed))
    hidden = ("SECRET", "agent-ash", "thought for itself")
    async with theatre.app.run_test(size=(140, 40)) as pilot:
        for position in range(revealed + 1):
            theatre.player.do(lambda timeline, playback, p=position: replace(playback, place=_after(timeline, p)))  # type: ignore[misc]
            theatre.screen.tick()
            await quiet(pilot)
            text = seen(theatre.app)
            assert not [word for word in hidden if word in text], f"after {position} entries"
        before = await theatre.go(pilot, "v")
        assert "Recommended:" in before and "The participant chose: Lisbon" in before
        assert not [word for word in hidden if word in before]
        assert "SECRET" not in await theatre.go(pilot, "escape", "i")
        after = await theatre.go(pilot, "escape", "full_stop", "v")
        assert "SECRET-Ash-objective" in after and "thought for itself" in after
        assert isinstance(theatre.app.screen_stack[-2], ReplayScreen)
        await theatre.go(pilot, "n", "h", "enter", "escape")
        assert isinstance(theatre.app.screen, ReplayScreen), "nothing is chosen, composed or left from here"


def _after(timeline: Timeline, position: int) -> Place:
    return timeline.after(position - 1) if position else Place()


async def test_a_verdict_before_the_choice_offers_nothing_to_choose() -> None:
    entries = await whole()
    card = next(entry.seq for entry in entries if isinstance(entry.event, ev.RecommendationShown))
    theatre = Theatre(entries, playing=False)
    theatre.player.playback = replace(theatre.player.playback, place=theatre.timeline.after(card))
    async with theatre.app.run_test(size=(140, 40)) as pilot:
        text = await theatre.go(pilot, "v")
        assert "The participant has not chosen yet." in text
        assert "Which one do you choose?" not in text and "How sure" not in text


async def test_v_is_not_offered_while_nothing_has_come_of_it() -> None:
    theatre = Theatre(BRIEF, playing=False, start=10.0)
    async with theatre.app.run_test(size=(140, 40)) as pilot:
        assert "Verdict" not in seen(theatre.app)
        await theatre.go(pilot, "v")
        assert isinstance(theatre.app.screen, ReplayScreen)


# -- other people's debates --------------------------------------------------------------------------------------------

BOOK = Decision(
    question="Why does the captain turn back? [/bold]",
    options=(),
    states=(State(id="a", label="Answer A is right", probability=0.5), State(id="b", label="B", probability=0.5)),
)
LONG = "An argument that goes on and on. " * 60


def imported(rounds: int) -> tuple[ev.Entry, ...]:
    """A debate of two people over months, judged by beliefs, with neither options nor claims."""
    agents = tuple(replace(agent, label=f"Debater {side}") for agent, side in zip(cast(2), "AB", strict=True))
    opened, *committed = opening(2, agents=agents)
    assert isinstance(opened, ev.SessionOpened)
    opened = replace(opened, decision=BOOK, protocol=replace(opened.protocol, name="round_robin", rounds=rounds))
    origin = ev.SessionImported(
        format="debates", source="captain.json", key="1", sha256="0" * 64, remarks=("The judge is Ann.",)
    )
    events: list[ev.Event] = [opened, origin, *committed]
    gaps = [0.0] * len(events)
    for number in range(1, rounds + 1):
        belief = ev.BeliefsGiven(phase="round", round=number, probabilities=(number / rounds, 1 - number / rounds))
        turns = [ev.TurnTaken(agent=f"Debater {side}", round=number, text=f"{number}{side} {LONG}") for side in "AB"]
        events += [ev.RoundOpened(round=number, order=("Debater A", "Debater B")), *turns, belief]
        gaps += [60.0, 86_400.0, 3_600.0, 86_400.0 * 30]
    score = ev.BeliefScored(rule=ev.ScoringRule(), rounds=rounds, value=-0.5)
    events += [ev.OutcomeKnown(state="a"), score, ev.SessionClosed(status="complete")]
    return in_time(events, [*gaps, 0.0, 0.0, 0.0])


@SIZES
async def test_a_long_debate_without_options_shows_beliefs(size: tuple[int, int]) -> None:
    theatre = Theatre(imported(51), playing=False)
    assert theatre.timeline.recorded > 51 * 86_400 * 30
    assert theatre.timeline.total < 51 * 2 * (len(LONG) / 24 + 20), "months are cut to seconds"
    async with theatre.app.run_test(size=size) as pilot:
        middle = await theatre.go(pilot, "5")
        assert "round 26 of 51" in middle
        assert re.search("what the participant believes|beliefs", middle.lower()) and "Answer A is right" in middle
        assert "chance of each choice" not in middle.lower()
        assert "[/bold]" in middle
        assert re.search(r"│ every [25] rounds", middle)
        assert re.search(r"Answer A is right +[▁-█]+ +49 %", middle)
        about = await theatre.go(pilot, "i")
        assert "captain.json" in about and "The judge is Ann." in about
        await theatre.go(pilot, "escape", "space")
        end = await theatre.at(pilot, theatre.timeline.total)
        assert re.search(r"Answer A is right +[▁-█]+ +100 %", end)
        found = await theatre.go(pilot, "v")
        assert "It turned out: Answer A is right." in found and "-0.5000" in found
        assert "paid for" not in found


async def test_a_record_in_which_nobody_sits_is_shown_too() -> None:
    opened = imported(1)[0].event
    assert isinstance(opened, ev.SessionOpened)
    theatre = Theatre(in_time([replace(opened, faces=()), ev.SessionClosed(status="partial")], [0.0, 1.0]))
    async with theatre.app.run_test() as pilot:
        assert "Nobody spoke in this session." in await theatre.at(pilot, 0.5)
        assert "The session is over." in await theatre.at(pilot, 2.0)
        await theatre.go(pilot, "tab", "y", "0", "full_stop", "i", "escape")
        assert isinstance(theatre.app.screen, ReplayScreen)


@pytest.mark.parametrize("name", ["a-pail-of-air-0", "innocent-at-large-1", "castaways-of-eros-3"])
@SIZES
async def test_real_debates_play_to_their_end(name: str, size: tuple[int, int]) -> None:
    sessions = nyu_debates.read(Source(data_folder("nyu_debates") / "official" / f"{name}.json"))
    assert sessions
    session = sessions[0]
    theatre = Theatre(session.entries)
    turns = [entry.event for entry in session.entries if isinstance(entry.event, ev.TurnTaken)]
    async with theatre.app.run_test(size=size) as pilot:
        for tenth in range(1, 11):
            await theatre.at(pilot, theatre.timeline.total * tenth / 10)
        assert "the end" in seen(theatre.app)
        opened = session.entries[0].event
        assert isinstance(opened, ev.SessionOpened)
        lanes = theatre.screen.stage.lanes if opened.faces else []
        panes = {lane.label: lane.pane.text for lane in lanes}
        assert all(taken.text.strip() in panes[taken.agent] for taken in turns)


# -- from the start page -----------------------------------------------------------------------------------------------


async def test_a_session_that_is_over_opens_in_the_player_from_the_start_page() -> None:
    backstage = Backstage(recorded=list(await whole()))
    app = backstage.app()
    async with app.run_test() as pilot:
        await settle(pilot, lambda: "the one before" in seen(app))
        assert "r Replay" not in rows(app)[-1]
        await press(pilot, "right", "enter")
        await settle(pilot, lambda: isinstance(app.screen, ReplayScreen))
        assert "Which city should I move to?" in seen(app) and "playing 0:00" in seen(app)
        await press(pilot, "escape")
        await settle(pilot, lambda: isinstance(app.screen, HomeScreen))


async def test_one_that_was_left_can_be_gone_on_with_or_played() -> None:
    entries = await whole()
    cut = next(entry.seq for entry in entries if isinstance(entry.event, ev.FloorPassed))
    backstage = Backstage(recorded=list(entries[:cut]))
    app = backstage.app()
    async with app.run_test() as pilot:
        await settle(pilot, lambda: "the one before" in seen(app))
        await press(pilot, "right")
        await settle(pilot, lambda: "r Replay" in rows(app)[-1])
        await press(pilot, "r")
        await settle(pilot, lambda: isinstance(app.screen, ReplayScreen))
        await press(pilot, "q", "enter")
        await settle(pilot, lambda: isinstance(app.screen, ArenaScreen) and asked(app, "floor"))


async def test_a_session_that_cannot_be_read_is_a_fault_with_its_remedy() -> None:
    backstage = Backstage(recorded=list(await whole(2)))

    async def gone(_: str) -> tuple[ev.Entry, ...]:
        raise SessionNotFound("no session 's1'", remedy="List the sessions to see their ids.")

    backstage.replay = gone  # type: ignore[method-assign]
    app = backstage.app()
    async with app.run_test() as pilot:
        await settle(pilot, lambda: "the one before" in seen(app))
        await press(pilot, "right", "enter")
        await settle(pilot, lambda: "no session 's1'" in seen(app))
        assert "List the sessions" in seen(app)
        await press(pilot, "enter")
        await settle(pilot, lambda: isinstance(app.screen, HomeScreen))


async def test_the_one_that_was_just_held_can_be_played() -> None:
    """The same facts, live and replayed."""
    backstage = Backstage()
    app = backstage.app()
    async with app.run_test(size=(140, 40)) as pilot:
        await start_example(pilot, app)
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "floor"))
        assert app.live is not None
        live = app.live.scene
    reel = Reel(lay_out(backstage.recorded))
    shown = next(n for n in range(len(backstage.recorded) + 1) if reel.scene(n).session == live.session)
    assert [(lane.label, lane.doing, lane.meter) for lane in reel.scene(shown).lanes] == [
        (lane.label, lane.doing, lane.meter) for lane in live.lanes
    ]


# -- the pure parts ----------------------------------------------------------------------------------------------------


def one_by_one(items: Sequence[tuple[float, ev.Entry]]) -> Scene:
    return reduce(lambda scene, item: look(scene, item[1], item[0]), items, Scene())


@given(records(), st.integers(0, 15))
def test_the_scene_in_one_go_is_the_scene_entry_by_entry(entries: tuple[ev.Entry, ...], cut: int) -> None:
    items = [(float(entry.seq), entry) for entry in entries]
    assert scene_after(Scene(), items) == one_by_one(items)
    assert scene_after(scene_after(Scene(), items[:cut]), items[cut:]) == one_by_one(items)


@pytest.mark.parametrize(
    "events", [everything(), tuple(event for *_, event in play(opening(3)))], ids=["all", "played"]
)
def test_a_reel_holds_what_the_entries_make(events: tuple[ev.Event, ...]) -> None:
    entries = in_time(events, [1.0] * len(events))
    reel = Reel(lay_out(entries))
    items = list(zip(reel.timeline.seconds, entries, strict=True))
    for position in range(1, len(entries) + 1):
        assert reel.scene(position) == one_by_one(items[:position])
        player = Player(reel.timeline, lambda: 0.0, Playback(place=reel.timeline.after(position - 1)))
        watched: Watched = Replayed(reel, player)
        assert watched.session == reel.scene(position).session
        assert list(watched.entries) == list(entries[:position])


def test_the_track_has_a_level_a_cell_and_a_mark_a_round() -> None:
    events = tuple(event for *_, event in play(opening(2)))
    reel = Reel(lay_out(in_time(events, [1.0] * len(events))))
    track = lay_track(reel, 40)
    assert len(track.levels) == 1 and track.cells == 40
    (levels,) = track.levels
    assert levels[0] == " ", "nothing is known before the first forecast"
    assert levels.strip() and set(levels.strip()) <= set("▁▂▃▄▅▆▇█")
    named = lay_track(reel, 60, reel.courses)
    assert [one.label for one in reel.courses] == [option.label for option in reel.decision.options]
    assert all(len(row) == named.cells for row in named.levels)
    assert reel.courses[0].at(len(events)) == reel.session.forecast.probabilities[0]  # type: ignore[union-attr]
    assert track.stride == 1
    starts = [reel.timeline.seconds[entry] for entry in reel.rounds]
    assert track.marks == {cell_at(seconds, reel.timeline.total, 40) for seconds in starts}
    many = Reel(lay_out(imported(51)))
    assert [lay_track(many, cells).stride for cells in (200, 80, 20)] == [1, 2, 10]


def test_words_of_the_bar() -> None:
    assert [clock_time(seconds) for seconds in (0, 59.9, 60, 3599, 3600, 36_001)] == [
        "0:00",
        "0:59",
        "1:00",
        "59:59",
        "1:00:00",
        "10:00:01",
    ]
    reel = Reel(lay_out(BRIEF))
    half = Playback(place=reel.timeline.place(13.0), speed=0.25)
    assert state_words(reel, half) == ("paused  0:13 / 0:26 · 0.25× · silence ≤ 5 s", "paused  0:13 / 0:26 · 0.25×")
    assert state_words(reel, replace(half, playing=True))[1].startswith("playing 0:13")
    assert state_words(reel, replace(half, place=reel.timeline.end))[1].startswith("the end 0:26")
    assert state_words(Reel(lay_out(BRIEF, None)), half)[0] == "paused  0:13 / 0:26 · 0.25×"


@pytest.mark.parametrize(
    ("event", "round_", "words"),
    [
        (ev.RatingsGiven(phase="prior", round=0, ratings=()), 0, "The participant rates the options."),
        (ev.FloorPassed(round=2), 2, "The participant has the floor after round 2."),
        (ev.ParticipantSpoke(text="so?", round=0), 0, "The participant has the floor."),
        (turn("Ash", text="x"), 1, "Ash is about to speak."),
        (ev.ChoiceMade(option="a"), 2, "The participant chooses."),
        (ev.Revealed(), 2, "…"),
    ],
    ids=["ratings", "floor", "before the talk", "turn", "choice", "nothing to wait for"],
)
def test_what_is_awaited(event: ev.Event, round_: int, words: str) -> None:
    assert awaited(event, round_) == words


def test_labels_are_those_of_the_cast() -> None:
    reel = Reel(lay_out(BRIEF))
    assert reel.labels == LABELS[:2]
    assert [block.text for block in reel.contents(5)["Ash"]] == ["Round 1", ASH]
    assert [block.kind for block in reel.contents(len(BRIEF))["Birch"]] == [
        "round",
        "speech",
        "person",
        "round",
        "speech",
    ]


async def test_silences_can_be_cut_otherwise_and_the_place_stays() -> None:
    theatre = Theatre(BRIEF, playing=False)
    async with theatre.app.run_test(size=(140, 40)) as pilot:
        await theatre.go(pilot, "5")
        before, total = theatre.player.place.position, theatre.player.timeline.total
        await theatre.go(pilot, "z")
        await settle(pilot, lambda: theatre.player.timeline.total != total)
        assert theatre.player.place.position == before and theatre.player.timeline.total < total
        assert "silence ≤ 2 s" in seen(theatre.app)


async def test_another_precision_is_a_question_and_changes_nothing() -> None:
    entries = await whole()
    theatre = Theatre(entries, playing=False)
    async with theatre.app.run_test(size=(140, 40)) as pilot:
        await theatre.go(pilot, "9")
        plain = seen(theatre.app)
        asked_ = await theatre.go(pilot, "plus")
        assert "what if precision were 11 (it is 8)" in asked_ and "what if" not in plain
        assert theatre.screen.replayed.session.precision == 8.0
        assert "what if" not in await theatre.go(pilot, "minus")


@pytest.mark.parametrize("size", [(80, 24), (140, 40)], ids=["80x24", "140x40"])
async def test_every_option_has_its_course_and_help_is_a_question_mark_away(size: tuple[int, int]) -> None:
    theatre = Theatre(await whole(), playing=False)
    async with theatre.app.run_test(size=size) as pilot:
        shown = await theatre.go(pilot, "9")
        assert "chance of each choice" in shown
        for label in ("Lisbon", "Oslo", "Stay where I am"):
            assert re.search(rf"{label} +[▁-█ ]+ +\d+ %", shown)
        await theatre.go(pilot, "p")
        assert theatre.player.playback.pause_on_markers
        await theatre.go(pilot, "o")
        await settle(pilot, lambda: "Chance of each choice" in seen(theatre.app))
        assert not re.search(r"Oslo +[▁-█ ]+ +\d+ %", seen(theatre.app))
        assert "A session as it was" in await theatre.go(pilot, "question_mark")


async def test_the_place_stays_when_the_window_gets_another_size() -> None:
    theatre = Theatre(imported(51), playing=False)
    async with theatre.app.run_test(size=(240, 70)) as pilot:
        await theatre.go(pilot, "5", "tab", "pageup")
        pane = theatre.screen.stage.lane.pane
        top = rows(theatre.app)[3].split()[:4]
        position = theatre.player.place.position
        for size in ((80, 24), (160, 48), (240, 70)):
            await pilot.resize_terminal(*size)
            await quiet(pilot)
            assert theatre.player.place.position == position
            assert theatre.screen.stage.lane.pane is pane and not pane.follows
        assert rows(theatre.app)[3].split()[:4] == top
