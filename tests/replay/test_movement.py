"""What moved the participant: each step is the difference of two facts, and nothing between them is lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatarena.arena import events as ev
from chatarena.arena.forecast import Forecast
from chatarena.replay.movement import Moved, movements

IDS = ("a", "b")


def entry(seq: int, event: ev.Event) -> ev.Entry:
    return ev.Entry(session="s", seq=seq, at=float(seq), elapsed=float(seq), event=event)


def shown(*shares: float | None) -> ev.ForecastShown:
    made = Forecast(source="panel", precision=8.0, utilities=shares, probabilities=shares, normalisation="")
    return ev.ForecastShown(round=1, forecast=made)


def rated(*values: float | None) -> ev.RatingsGiven:
    given_ = tuple(ev.Rating(option=option, value=value) for option, value in zip(IDS, values, strict=True))
    return ev.RatingsGiven(phase="round", round=1, ratings=given_)


def told(*events: ev.Event) -> list[Moved]:
    return list(movements([entry(seq, event) for seq, event in enumerate(events)], IDS))


def spoke(agent: str) -> ev.TurnTaken:
    return ev.TurnTaken(agent=agent, round=1, text="so")


def claims(agent: str) -> ev.ClaimMade:
    return ev.ClaimMade(agent=agent, round=1, ratings=())


def test_a_step_names_whose_claims_and_whose_turns_came_before_it() -> None:
    first, second, third, fourth = told(
        rated(50, None),
        spoke("Ash"),
        claims("Ash"),
        shown(0.5, 0.5),
        spoke("Birch"),
        rated(60, 20),
        claims("Birch"),
        ev.PrecisionSet(precision=2),
        shown(0.75, 0.25),
    )
    assert (first.measure, first.agents, first.before, first.after) == ("rating", (), (None, None), (50, None))
    assert (second.measure, second.agents, second.causes) == ("chance", ("Ash",), ("ratings", "claims"))
    assert (third.agents, third.before, third.changes) == (("Ash", "Birch"), (50, None), (10, None))
    assert (fourth.agents, fourth.causes) == (("Birch",), ("ratings", "claims", "precision"))
    assert (fourth.changes, fourth.size) == ((0.25, -0.25), 25.0)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=12))
@settings(max_examples=60, deadline=None)
def test_the_changes_add_up_to_the_whole_way(steps: list[tuple[float, bool]]) -> None:
    events = [shown(share, 1 - share) if chance else rated(share * 100, 100 - share * 100) for share, chance in steps]
    for measure in ("chance", "rating"):
        found = [step for step in told(*events) if step.measure == measure]
        if found:
            way = sum(step.changes[0] or 0.0 for step in found[1:])
            assert found[0].after[0] + way == pytest.approx(found[-1].after[0], abs=1e-6)  # type: ignore[operator]


def test_what_is_left_out_stays_and_one_by_state_is_not_an_overall_one() -> None:
    by_state = ev.RatingsGiven(phase="round", round=1, ratings=(ev.Rating(option="a", value=9, state="rain"),))
    assert [step.after for step in told(rated(50, 40), rated(None, 41), by_state)] == [(50, 40), (50, 41), (50, 41)]
