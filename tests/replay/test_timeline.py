"""The timeline: when everything is played, silences cut, words between the entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chatarena.arena import events as ev
from chatarena.arena.protocol import Protocol
from chatarena.moderator.world import Draft
from chatarena.replay.timeline import READING, Place, lay_out, reading_time, spoken
from tests.replay.records import NOON, entry, opened, record, records, turn
from tests.support.sessions import DECISION, opening, ratings
from tests.support.worlds import Run

ROUND = ev.RoundOpened(round=1, order=("Ash", "Birch"))
CLAIM = ev.ClaimMade(agent="Ash", round=1, ratings=ratings(DECISION, [1, 2, 3]))
LIMITS = st.one_of(st.none(), st.floats(0, 100))
TEN_WORDS = "one two three four five six seven eight nine ten"


@pytest.mark.parametrize(
    ("entries", "limit", "seconds"),
    [
        pytest.param(record((0, opened()), (2, ROUND), (3, CLAIM)), 5.0, (0, 2, 3), id="as it was"),
        pytest.param(record((0, opened()), (60, ROUND), (61, CLAIM)), 5.0, (0, 5, 6), id="a silence is cut"),
        pytest.param(record((0, opened()), (60, ROUND), (61, CLAIM)), None, (0, 60, 61), id="or kept"),
        pytest.param(record((0, opened()), (60, ROUND), (61, CLAIM)), 0.0, (0, 0, 0), id="or left out"),
        pytest.param(record((100, opened()), (101, ROUND)), 5.0, (0, 1), id="what came before the first is none"),
        pytest.param(
            record((0, opened()), (1, ROUND), (61, turn(text="x y", first=20, total=60))),
            5.0,
            (0, 1, 46),
            id="speech is no silence, waiting for it is",
        ),
        pytest.param(
            record(
                (0, opened()),
                (0, ROUND),
                (30, turn("Ash", text="a b", first=1, total=30)),
                (60, turn("Birch", text="a b", first=50, total=60)),
            ),
            5.0,
            (0, 0, 30, 45),
            id="the second is silent for twenty seconds after the first is done",
        ),
        pytest.param(
            (
                entry(0, opened(), 0.0),
                entry(1, ev.SessionLeft(), 4.0),
                entry(2, ev.SessionResumed(version="0"), 0.5, NOON + 86_400),
                entry(3, ROUND, 2.5, NOON + 86_402),
            ),
            5.0,
            (0, 4, 9, 11),
            id="resumed the next day",
        ),
        pytest.param(
            (
                entry(0, opened(), 0.0),
                entry(1, ev.SessionLeft(), 4.0),
                entry(2, ev.SessionResumed(version="0"), 9.0, NOON + 6),
            ),
            5.0,
            (0, 4, 6),
            id="the clock of a new run says nothing, even where it says more",
        ),
        pytest.param(
            (entry(0, opened(), 7.0), entry(1, ev.OutcomeKnown(state="x"), 0.0, NOON - 50)),
            5.0,
            (0, 0),
            id="a wall clock that was set back",
        ),
    ],
)
def test_playing_time(entries: tuple[ev.Entry, ...], limit: float | None, seconds: tuple[float, ...]) -> None:
    assert lay_out(entries, limit).seconds == pytest.approx(seconds)


def test_a_negative_limit_is_a_misuse() -> None:
    with pytest.raises(ValueError, match="-1"):
        lay_out(record((0, opened())), -1)


IMPORTED = ev.SessionImported(format="f", source="s", key="k", sha256="0")


@pytest.mark.parametrize(
    ("protocol", "imported", "gaps", "speaks", "ends"),
    [
        pytest.param("simultaneous", False, (100, 0), (98, 99), (100, 100), id="room enough"),
        pytest.param("simultaneous", False, (1, 0), (0, 0), (1, 1), id="squeezed into the room there is"),
        pytest.param("simultaneous", False, (0, 0), (0, 1), (2, 2), id="no room at all: some is made"),
        pytest.param("round_robin", False, (0, 0), (0, 2), (2, 3), id="no room, one after the other"),
        pytest.param("simultaneous", True, (1, 0), (0, 1), (2, 2), id="foreign times leave time to read"),
        pytest.param("round_robin", True, (1, 0.5), (0, 2), (2, 3), id="foreign times, one after the other"),
    ],
)
def test_a_turn_of_unknown_length_is_spoken_at_the_pace_of_reading(
    protocol: str, imported: bool, gaps: tuple[float, float], speaks: tuple[float, ...], ends: tuple[float, ...]
) -> None:
    two, one = "a " * int(READING), "b" * int(READING)
    first = opened(Protocol(name=protocol))  # type: ignore[arg-type]
    entries = record(
        (0, first),
        *(((0.0, IMPORTED),) if imported else ()),
        (0, ROUND),
        (gaps[0], ev.TurnTaken(agent="Ash", round=1, text=two)),
        (sum(gaps), turn("Birch", text=one)),
    )
    timeline = lay_out(entries, None)
    assert timeline.speaks[-2:] == pytest.approx(speaks)
    assert timeline.seconds[-2:] == pytest.approx(ends)


def test_a_reply_that_was_kept_leaves_time_to_read() -> None:
    kept = turn(text="b" * int(READING))
    kept = replace(kept, call=replace(kept.call, from_cache=True))
    timeline = lay_out(record((0, opened()), (0, ROUND), (0.01, kept), (0.02, replace(kept, agent="Birch"))))
    assert timeline.seconds[2:] == pytest.approx((1.0, 1.01)), "both at once, as in the round that was repeated"


def test_signs_that_are_words_are_read_more_slowly() -> None:
    assert reading_time("a" * 24) == 1.0
    assert reading_time("海" * 24) == 5.5
    assert reading_time("é" * 24) == 1.0


@pytest.mark.parametrize(
    ("seconds", "drafts"),
    [
        pytest.param(0.5, [], id="before the round"),
        pytest.param(1.5, [("waiting", "")], id="asked"),
        pytest.param(6.3, [("speaking", "one two three four five ")], id="half said"),
        pytest.param(10.9, [("speaking", TEN_WORDS[: TEN_WORDS.rindex(" ") + 1])], id="the last word is to come"),
        pytest.param(11.0, [], id="said, and nobody rates yet"),
        pytest.param(12.5, [("claiming", "")], id="claiming"),
        pytest.param(13.0, [], id="over"),
    ],
)
def test_what_is_on_its_way(seconds: float, drafts: list[tuple[str, str]]) -> None:
    call = turn(total=1.0).call
    claim = ev.ClaimMade(agent="Ash", round=1, ratings=CLAIM.ratings, calls=(call,))
    timeline = lay_out(
        record((0, opened()), (1, ROUND), (11, turn(text=TEN_WORDS, first=0.5, total=10)), (13, claim)), None
    )
    assert [(draft.doing, draft.text) for draft in timeline.standing(timeline.place(seconds))] == drafts


def test_what_comes_between_two_places_is_in_order() -> None:
    timeline = lay_out(
        record((0, opened()), (1, ROUND), (11, turn(text=TEN_WORDS, first=0.5, total=10)), (12, CLAIM)), None
    )
    found = timeline.between(Place(), timeline.place(6.0))
    assert [(at, item.doing if isinstance(item, Draft) else item.event.kind) for at, item in found] == [
        (0.0, "session_opened"),
        (1.0, "round_opened"),
        (1.0, "waiting"),
        (6.0, "speaking"),
    ]
    rest = [item for _, item in timeline.between(timeline.place(6.0), timeline.end)]
    assert rest == list(timeline.entries[2:]), "what is over is not told twice"


def test_markers_are_rounds_and_turns() -> None:
    missed = ev.TurnMissed(agent="Birch", round=1, cause="skipped", reason="asked to")
    timeline = lay_out(
        record((0, opened()), (1, ROUND), (2, turn(text="hm", first=0, total=1)), (3, missed), (4, CLAIM))
    )
    assert [(mark.label, mark.seconds, mark.entry) for mark in timeline.markers()] == [
        ("round 1", 1.0, 1),
        ("Ash, round 1", 2.0, 2),
        ("Birch, round 1", 3.0, 3),
    ]
    with pytest.raises(ValueError, match="claim_made"):
        timeline.marker(4)


@given(records(), LIMITS)
def test_time_never_runs_backwards_and_no_silence_is_longer_than_the_limit(
    entries: tuple[ev.Entry, ...], limit: float | None
) -> None:
    timeline = lay_out(entries, limit)
    assert timeline.seconds == tuple(sorted(timeline.seconds))
    assert timeline.total <= timeline.recorded + 1e-6 * max(1.0, timeline.recorded)
    for begin, speak, end in zip(timeline.begins, timeline.speaks, timeline.seconds, strict=True):
        assert 0.0 <= begin <= speak <= end
    if limit is None:
        assert timeline.total == pytest.approx(timeline.recorded)
        return
    heard = [(timeline.speaks[n], end) for n, end in enumerate(timeline.seconds) if timeline.speaks[n] < end]
    for before, after in pairwise(timeline.seconds):
        silent_until = min([after, *(begin for begin, end in heard if end >= after)])
        assert silent_until - before <= limit * (1 + 1e-9) + 1e-6


@given(records(), st.lists(st.floats(0, 1), max_size=8), LIMITS)
def test_pieces_of_a_turn_add_up_however_often_one_looks(
    entries: tuple[ev.Entry, ...], shares: list[float], limit: float | None
) -> None:
    timeline = lay_out(entries, limit)
    said: dict[str, str] = {}
    shown: list[ev.Entry] = []
    before = Place()
    for place in [timeline.place(share * timeline.total) for share in sorted(shares)] + [timeline.end]:
        times = []
        for at, item in timeline.between(before, place):
            times.append(at)
            if isinstance(item, ev.Entry):
                shown.append(item)
                text = spoken(item.event)
                if text:
                    assert text.startswith(said.pop(item.event.agent, ""))  # type: ignore[union-attr]
            else:
                said[item.agent] = said.get(item.agent, "") + item.text
        assert times == sorted(times)
        standing = {draft.agent: draft.text for draft in timeline.standing(place) if draft.text}
        assert standing == {agent: text for agent, text in said.items() if text}
        before = place
    assert shown == list(entries), "every entry once, in order"


@given(records(), st.floats(0, 1))
def test_nothing_comes_before_the_next_change_is_due(entries: tuple[ev.Entry, ...], share: float) -> None:
    timeline = lay_out(entries)
    place = timeline.place(share * timeline.total)
    due = timeline.next_change(place)
    if due is None:
        assert place.position == len(entries)
        return
    assert due >= place.seconds
    assume(due == place.seconds or due - place.seconds > 1e-6)
    just_before = timeline.place(place.seconds + 0.999 * (due - place.seconds))
    new = [item for _, item in timeline.between(place, just_before)]
    assert all(isinstance(item, Draft) and item.doing == "speaking" for item in new)
    if due > place.seconds:
        assert timeline.between(place, timeline.place(due))


async def test_a_real_session_streams_in_replay_as_it_did_live() -> None:
    run = Run()
    await run.play(opening(3))
    live, replayed = streamed(run.shown), defaultdict(str)
    timeline, place = lay_out(run.recorded), Place()
    while place != timeline.end:
        after = timeline.place(place.seconds + 0.01)
        for key, text in streamed([item for _, item in timeline.between(place, after)]).items():
            replayed[key] += text
        place = after
    assert len(live) == 6
    assert set(replayed) == set(live)
    assert all(text and live[key].startswith(text) for key, text in replayed.items())


def streamed(items: Sequence[ev.Entry | Draft]) -> dict[tuple[str, int], str]:
    """What each agent said in each round while it was said."""
    found: dict[tuple[str, int], str] = defaultdict(str)
    for item in items:
        if isinstance(item, Draft) and item.text:
            found[item.agent, item.round] += item.text
    return found
