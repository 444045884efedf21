"""A fork shares its parent's prefix, asks only what must differ, and says what the change did."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatarena.arena import events as ev
from chatarena.arena.forecasting import forecast
from chatarena.arena.session import fold
from chatarena.errors import UsageError
from chatarena.language_model.scripted import ScriptedModel
from chatarena.moderator.moderator import Moderator
from chatarena.replay.compare import compare, counterfactual, ends_of_rounds
from chatarena.replay.fork import Change, first_round, forked
from chatarena.replay.memory import Memory
from chatarena.replay.rederive import rederive
from chatarena.session_log.chain import chain_hash
from tests.replay.support import PROTOCOLS, recorded, varied
from tests.support.worlds import Run


async def fork(entries: tuple[ev.Entry, ...], at: int, change: Change) -> tuple[list[ev.Entry], ScriptedModel, Memory]:
    """Run a fork to its end without a participant."""
    shared, event = forked(entries, at, change, "fork")
    model, memory = ScriptedModel(varied), Memory(entries)
    run = Run(model, entries=shared)
    run.moderator = Moderator("fork", replace(run.world, recall=memory.recall, participant=None), shared)
    await run.play((event,))
    return run.recorded, model, memory


@pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS)
async def test_nothing_changed_asks_nothing_and_says_the_same(protocol) -> None:
    entries = await recorded(protocol)
    at = first_round(entries)
    after, _, memory = await fork(entries, at, Change())
    assert chain_hash(after[:at]) == chain_hash(entries[:at])
    texts = {(e.event.agent, e.event.round): e.event.text for e in entries if isinstance(e.event, ev.TurnTaken)}
    again = {(e.event.agent, e.event.round): e.event.text for e in after if isinstance(e.event, ev.TurnTaken)}
    # Her words between the rounds are not part of the fork, so what was said to them is asked again.
    first = {key: text for key, text in texts.items() if key[1] == 1}
    assert {key: again[key] for key in first} == first
    assert memory.recalled > 0
    assert again.keys() == texts.keys()
    assert {check.verdict for check in rederive(after)} == {"same"}


async def test_at_the_last_round_only_what_follows_is_asked() -> None:
    entries = await recorded()
    second = [e.seq for e in entries if isinstance(e.event, ev.RoundOpened)][1]
    _, model, memory = await fork(entries, second, Change())
    assert not model.requests, "every prompt of the second round is as it was"
    assert memory.recalled == 12  # turn, claim and two appraisals of three agents


async def test_without_an_agent_it_is_silent_and_does_not_count() -> None:
    entries = await recorded()
    after, model, memory = await fork(entries, first_round(entries), Change(without=("Birch",)))
    spoken = [e.event for e in after if isinstance(e.event, ev.TurnTaken)]
    assert {turn.agent for turn in spoken} == {"Ash", "Cedar"}
    assert all("Birch said" not in part.text for request in model.requests for part in request.parts)
    session = fold(e.event for e in after)
    assert session.card is not None
    assert (session.card.seats, session.card.status) == (2, "complete")
    assert session.closed is not None
    assert memory.recalled == 8, "round one of the two others is known: turn, claim, two appraisals each"


async def test_without_an_agent_from_the_middle_its_words_were_heard() -> None:
    entries = await recorded()
    second = [e.seq for e in entries if isinstance(e.event, ev.RoundOpened)][1]
    after, model, _ = await fork(entries, second, Change(without=("Birch",)))
    assert not model.requests
    assert {e.event.agent for e in after if isinstance(e.event, ev.TurnTaken) and e.event.round == 2} == {
        "Ash",
        "Cedar",
    }
    assert fold(e.event for e in after).latest_claims().keys() == {"Ash", "Birch", "Cedar"}
    assert "Birch" not in forecast(fold(e.event for e in after)).heard


async def test_the_order_is_reversed() -> None:
    entries = await recorded(PROTOCOLS["round robin"])
    after, _, _ = await fork(entries, first_round(entries), Change(order="reversed"))
    orders = [[e.event.order for e in some if isinstance(e.event, ev.RoundOpened)] for some in (entries, after)]
    assert [order[::-1] for order in orders[0]] == orders[1]


async def test_a_fork_of_a_fork_keeps_its_changes_and_reversing_twice_is_the_first_order() -> None:
    entries = await recorded()
    once, _, _ = await fork(entries, first_round(entries), Change(without=("Birch",), order="reversed"))
    at = next(e.seq for e in once if isinstance(e.event, ev.SessionForked)) + 1
    _, event = forked(once, at, Change(precision=2.0, order="reversed"), "twice")
    assert (event.without, event.order, event.precision) == (("Birch",), "drawn", 2.0)


CHANGES = {
    "precision": Change(precision=2.0),
    "an agent's numbers": Change(unheeded=("Birch",)),
    "weights": Change(weights=(ev.AgentWeight(agent="Ash", weight=0.0),)),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_numbers_used_otherwise_need_no_model_and_agree_with_the_fork(change: Change) -> None:
    entries = await recorded()
    offline = counterfactual(entries, change)
    after, model, _ = await fork(entries, [e.seq for e in entries if isinstance(e.event, ev.RoundOpened)][1], change)
    assert not model.requests
    live = compare(entries, after)
    last = {shift.source: shift.after for shift in offline.shifts if shift.round == 2}
    assert {shift.source: shift.after for shift in live.shifts if shift.round == 2}["panel"] == last["panel"]


async def test_a_lower_precision_spreads_the_chances() -> None:
    entries = await recorded()
    comparison = counterfactual(entries, Change(precision=0.0))
    assert comparison.shifts
    for shift in comparison.shifts:
        known = [p for p in shift.after if p is not None]
        assert known == pytest.approx([1 / len(known)] * len(known))
        assert shift.distance is not None


async def test_the_panel_without_an_agent_is_the_panel_of_the_others() -> None:
    entries = await recorded()
    without = counterfactual(entries, Change(unheeded=("Ash",)))
    weighted = counterfactual(entries, Change(weights=(ev.AgentWeight(agent="Ash", weight=0.0),)))
    for one, other in zip(without.shifts, weighted.shifts, strict=True):
        if one.source == "panel":
            assert one.after == pytest.approx(other.after)


async def test_rounds_end_where_the_next_begins() -> None:
    entries = await recorded()
    assert [session.round for session in ends_of_rounds(entries)] == [1, 2]


REFUSED = {
    "before the opening": (1, Change(), "is no place to fork"),
    "after the talk": (10_000, Change(), "is no place to fork"),
    "an unknown agent": (None, Change(without=("Nobody",)), "there is no agent 'Nobody'"),
    "nobody left": (None, Change(without=("Ash", "Birch", "Cedar")), "nobody would be left"),
    "a precision beyond the scale": (None, Change(precision=1e9), "precision must be"),
    "a negative weight": (None, Change(weights=(ev.AgentWeight(agent="Ash", weight=-1),)), "must be 0 or more"),
}


@pytest.mark.parametrize(("at", "change", "words"), REFUSED.values(), ids=REFUSED)
async def test_what_cannot_be_forked_is_refused(at: int | None, change: Change, words: str) -> None:
    entries = await recorded()
    with pytest.raises(UsageError, match=words):
        forked(entries, first_round(entries) if at is None else at, change, "fork")
