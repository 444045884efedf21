"""Any state of a long session at once, and the fold in one go that this rests on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena.arena import events as ev
from chatarena.arena.session import Session, evolve, fold
from chatarena.replay.position import Keyframes, sessions
from tests.replay.records import in_time, records
from tests.session_log.samples import everything
from tests.session_log.strategies import events
from tests.support.sessions import opening, play


def one_by_one(events_: Sequence[ev.Event]) -> Session:
    return reduce(evolve, events_, Session())


@given(st.lists(events(), max_size=12), st.integers(0, 12))
def test_a_fold_in_one_go_is_the_fold_event_by_event(recorded: list[ev.Event], cut: int) -> None:
    assert fold(recorded) == one_by_one(recorded)
    assert fold(recorded[cut:], fold(recorded[:cut])) == one_by_one(recorded)


def test_so_it_is_for_every_kind_of_event_there_is() -> None:
    recorded = everything()
    for end in range(len(recorded) + 1):
        assert fold(recorded[:end]) == one_by_one(recorded[:end])


@given(records(), st.lists(st.integers(0, 15), max_size=6), st.integers(1, 5))
def test_the_state_anywhere_is_the_fold_of_what_came_before(
    entries: tuple[ev.Entry, ...], wanted: list[int], every: int
) -> None:
    frames = sessions(entries, every=every)
    for count in (min(count, len(entries)) for count in wanted):
        assert frames.at(count) == one_by_one([entry.event for entry in entries[:count]])


def test_states_are_kept_only_as_far_as_somebody_went() -> None:
    folded: list[int] = []

    def onward(state: int, items: Sequence[int]) -> int:
        folded.append(len(items))
        return state + sum(items)

    frames = Keyframes(range(100), 0, onward, every=10)
    assert folded == []
    assert frames.at(35) == sum(range(35))
    assert folded == [10, 10, 10, 5]
    folded.clear()
    assert [frames.at(count) for count in (7, 35, 20)] == [sum(range(count)) for count in (7, 35, 20)]
    assert folded == [7, 5], "nothing that is kept is folded again"


def test_there_is_no_state_beyond_the_ends() -> None:
    played = [event for *_, event in play(opening(2))]
    entries = in_time(played, [1.0] * len(played))
    frames = sessions(entries)
    assert frames.at(len(entries)).closed is not None
    for count in (-1, len(entries) + 1):
        with pytest.raises(ValueError, match=str(count)):
            frames.at(count)
