"""The player: what its keys do, what a clock does, and what never happens whatever is pressed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena.arena import events as ev
from chatarena.arena.session import fold
from chatarena.moderator.world import Draft
from chatarena.replay import player as pl
from chatarena.replay.player import Playback, Player, advanced, play
from chatarena.replay.position import sessions
from chatarena.replay.timeline import Place, Timeline, lay_out
from tests.replay.records import opened, record, records, turn

ROUND = ev.RoundOpened(round=1, order=("Ash", "Birch"))
# Entries at 0, 10, 20 (Ash's turn), 20 (Birch's, at the very same time), 25 and 40 seconds; markers at 1, 2, 3 and 4.
ENTRIES = record(
    (0, opened()),
    (10, ROUND),
    (20, turn("Ash", text="so it is", first=2, total=8)),
    (20, turn("Birch", text="not at all", first=1, total=4)),
    (25, ev.RoundOpened(round=2, order=("Birch",))),
    (40, ev.SessionClosed(status="complete")),
)
TIMELINE = lay_out(ENTRIES, None)


def at(seconds: float, position: int, *, playing: bool = True, **more: object) -> Playback:
    return Playback(place=Place(seconds=seconds, position=position), playing=playing, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "now", "after"),
    [
        pytest.param(at(0, 0), 0.0, at(0, 1), id="what comes at once"),
        pytest.param(at(0, 1), 4.0, at(4, 1, clock=4.0), id="playing"),
        pytest.param(at(0, 1, playing=False), 4.0, at(0, 1, playing=False, clock=4.0), id="paused"),
        pytest.param(at(0, 1, speed=2.5), 4.0, at(10, 2, speed=2.5, clock=4.0), id="faster"),
        pytest.param(at(9, 1, clock=5.0), 3.0, at(9, 1, clock=5.0), id="a clock that went back"),
        pytest.param(at(9, 1), 500.0, at(40, 6, playing=False, clock=500.0), id="to the end"),
        pytest.param(
            at(0, 1, speed=float("inf")), 0.0, at(40, 6, playing=False, speed=float("inf")), id="as fast as can be"
        ),
        pytest.param(
            at(0, 1, pause_on_markers=True),
            30.0,
            at(10, 2, playing=False, pause_on_markers=True, clock=30.0),
            id="stops on a marker",
        ),
        pytest.param(
            at(10, 2, pause_on_markers=True),
            30.0,
            at(20, 3, playing=False, pause_on_markers=True, clock=30.0),
            id="and on the first of two at the same time",
        ),
        pytest.param(
            at(20, 3, pause_on_markers=True), 0.0, at(20, 4, playing=False, pause_on_markers=True), id="then the other"
        ),
    ],
)
def test_what_a_clock_does(before: Playback, now: float, after: Playback) -> None:
    assert advanced(TIMELINE, before, now) == after


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        pytest.param(at(5, 1), pl.toggled, at(5, 1, playing=False), id="pause"),
        pytest.param(at(5, 1, playing=False), pl.toggled, at(5, 1), id="play"),
        pytest.param(at(40, 6, playing=False), pl.toggled, at(0, 1), id="again from the beginning"),
        pytest.param(at(5, 1), pl.stepped(1), at(10, 2, playing=False), id="step"),
        pytest.param(at(20, 3, playing=False), pl.stepped(1), at(20, 4, playing=False), id="step within a moment"),
        pytest.param(at(22, 4), pl.stepped(-1), at(20, 3, playing=False), id="step back"),
        pytest.param(at(0, 1), pl.stepped(-1), at(0, 0, playing=False), id="back before the first"),
        pytest.param(at(0, 0), pl.stepped(-1), at(0, 0, playing=False), id="and no further"),
        pytest.param(at(40, 6), pl.stepped(1), at(40, 6, playing=False), id="nor beyond the last"),
        pytest.param(at(5, 1), pl.sought(20), at(20, 4), id="seek"),
        pytest.param(at(5, 1), pl.sought(19.999), at(19.999, 2), id="seek just before"),
        pytest.param(at(5, 1), pl.sought(-3), at(0, 1), id="seek before the beginning"),
        pytest.param(at(5, 1), pl.sought(99), at(40, 6), id="seek beyond the end"),
        pytest.param(at(12, 2), pl.moved(-5), at(7, 1), id="five seconds back"),
        pytest.param(at(5, 1), pl.sought_share(0.5), at(20, 4), id="half of it"),
        pytest.param(at(12, 2), pl.moved_share(0.1), at(16, 2), id="a tenth on"),
        pytest.param(at(5, 1), pl.to_next_marker, at(10, 2), id="next marker"),
        pytest.param(at(20, 3), pl.to_next_marker, at(20, 4), id="next marker at the same time"),
        pytest.param(at(30, 5), pl.to_next_marker, at(30, 5), id="no marker any more"),
        pytest.param(at(15, 2), pl.to_previous_marker, at(10, 2), id="back to the marker that was passed"),
        pytest.param(at(10.5, 2), pl.to_previous_marker, at(0, 1), id="back from just after the first marker"),
        pytest.param(at(20, 4), pl.to_previous_marker, at(20, 3), id="back to the marker at the same time"),
        pytest.param(at(25, 5), pl.to_previous_marker, at(20, 4), id="back from a marker"),
        pytest.param(at(3, 1), pl.to_previous_marker, at(0, 1), id="no marker before"),
        pytest.param(at(5, 1), pl.faster(1), at(5, 1, speed=1.5), id="faster"),
        pytest.param(at(5, 1, speed=0.3), pl.faster(-1), at(5, 1, speed=0.25), id="slower"),
        pytest.param(at(5, 1, speed=0.25), pl.faster(-1), at(5, 1, speed=0.25), id="slowest"),
        pytest.param(at(5, 1, speed=32.0), pl.faster(1), at(5, 1, speed=32.0), id="fastest"),
    ],
)
def test_what_keys_do(before: Playback, change: pl.Change, after: Playback) -> None:
    assert change(TIMELINE, before) == after


CHANGES = st.one_of(
    st.sampled_from((pl.toggled, pl.to_next_marker, pl.to_previous_marker)),
    st.integers(-3, 3).map(pl.stepped),
    st.floats(-50, 500).map(pl.sought),
    st.floats(-20, 20).map(pl.moved),
    st.floats(0, 1).map(pl.sought_share),
    st.floats(-1, 1).map(pl.moved_share),
    st.sampled_from((-1, 1)).map(pl.faster),
)
# A change, or so many seconds of the clock; the clock may go back.
DOINGS = st.lists(st.one_of(CHANGES, st.floats(-1, 30)), max_size=12)


def follow(timeline: Timeline, start: Playback, doings: Sequence[pl.Change | float]) -> list[tuple[Playback, Playback]]:
    """Before and after of everything that was done."""
    found, now = [(start, start)], 0.0
    for doing in doings:
        before = found[-1][1]
        now += doing if isinstance(doing, float) else 0.0
        after = advanced(timeline, before, now) if isinstance(doing, float) else doing(timeline, before)
        found.append((before, after))
    return found


@given(records(), DOINGS, st.booleans())
def test_whatever_is_done_the_place_is_a_place(
    entries: tuple[ev.Entry, ...], doings: list[pl.Change | float], pausing: bool
) -> None:
    timeline = lay_out(entries)
    for _, after in follow(timeline, Playback(playing=True, pause_on_markers=pausing), doings):
        place = after.place
        assert 0.0 <= place.seconds <= timeline.total
        assert all(seconds <= place.seconds for seconds in timeline.seconds[: place.position])
        assert all(seconds >= place.seconds for seconds in timeline.seconds[place.position :])


@given(records(), st.lists(st.floats(-1, 30), max_size=12), st.booleans(), st.sampled_from(pl.SPEEDS))
def test_the_place_never_moves_back_while_it_plays(
    entries: tuple[ev.Entry, ...], waits: list[float], pausing: bool, speed: float
) -> None:
    timeline = lay_out(entries)
    start = Playback(playing=True, speed=speed, pause_on_markers=pausing)
    for before, after in follow(timeline, start, waits):
        assert after.place.seconds >= before.place.seconds
        assert after.place.position >= before.place.position
        assert after.clock >= before.clock
        assert after.playing or not before.playing or pausing or after.place == timeline.end


@given(records(), st.floats(-10, 1000))
def test_after_a_seek_all_that_came_by_then_has_been_shown(entries: tuple[ev.Entry, ...], seconds: float) -> None:
    timeline = lay_out(entries)
    place = pl.sought(seconds)(timeline, Playback()).place
    come = [entry.event for entry, at_ in zip(entries, timeline.seconds, strict=True) if at_ <= place.seconds]
    assert place.seconds == min(max(seconds, 0.0), timeline.total)
    assert sessions(entries).at(place.position) == fold(come)


@given(records(), st.lists(st.floats(0, 100), min_size=1, max_size=6))
def test_pausing_on_markers_stops_at_each_of_them_and_nowhere_else(
    entries: tuple[ev.Entry, ...], waits: list[float]
) -> None:
    timeline = lay_out(entries)
    playback, stops, turns = Playback(playing=True, pause_on_markers=True), [], 0
    while playback.place != timeline.end and turns < 500:
        turns += 1
        playback = advanced(timeline, playback, playback.clock + waits[turns % len(waits)] + 0.5)
        if not playback.playing and playback.place != timeline.end:
            stops.append(playback.place)
            playback = pl.toggled(timeline, playback)
    wanted = [timeline.after(mark) for mark in timeline.marks]
    assert stops == wanted[: len(stops)]
    if playback.place == timeline.end:
        assert len(stops) >= len([place for place in wanted if place != timeline.end])


class Clock:
    """A clock that moves only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sleeps = 0

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.sleeps += 1


async def test_the_stream_comes_in_time() -> None:
    clock = Clock()
    player = Player(TIMELINE, lambda: clock.now, Playback(playing=True, speed=2.0))
    came = [
        (round(clock.now * 2, 2), item.event.kind)
        async for item in play(player, clock.sleep)
        if isinstance(item, ev.Entry)
    ]
    assert came == [
        (0, "session_opened"),
        (10, "round_opened"),
        (20, "turn_taken"),
        (20, "turn_taken"),
        (25, "round_opened"),
        (40, "session_closed"),
    ]
    assert player.ended
    assert player.rest() == 0.0
    assert clock.sleeps < 60, "it sleeps through silences"


async def test_words_come_while_they_are_spoken() -> None:
    clock = Clock()
    player = Player(TIMELINE, lambda: clock.now, Playback(playing=True))
    words: dict[str, list[tuple[float, str]]] = {"Ash": [], "Birch": []}
    async for item in play(player, clock.sleep):
        if isinstance(item, Draft) and item.text:
            words[item.agent].append((clock.now, item.text))
    assert [text for _, text in words["Ash"]] == ["so ", "it "]
    assert all(14 < when < 20 for when, _ in words["Ash"])
    assert [text for _, text in words["Birch"]] == ["not ", "at "]


async def test_the_stream_ends_at_a_marker_and_goes_on_from_there() -> None:
    clock = Clock()
    player = Player(TIMELINE, lambda: clock.now, Playback(pause_on_markers=True))
    stretches = []
    for _ in range(5):
        player.do(pl.toggled)
        stretches.append([i.event.kind async for i in play(player, clock.sleep) if isinstance(i, ev.Entry)])
    assert player.ended
    assert stretches == [
        ["session_opened", "round_opened"],
        ["turn_taken"],
        ["turn_taken"],
        ["round_opened"],
        ["session_closed"],
    ]


def test_a_player_that_was_sought_goes_on_from_there() -> None:
    clock = Clock()
    player = Player(TIMELINE, lambda: clock.now, Playback(playing=True))
    clock.now = 3.0
    player.do(pl.moved(5))
    assert player.place == Place(seconds=8.0, position=1)
    clock.now = 5.0
    assert [item.event.kind for _, item in player.tick() if isinstance(item, ev.Entry)] == ["round_opened"]
    assert replace(player.playback, clock=0.0) == at(10, 2)
