"""Everything a session derived is found again from its facts; what was altered is named."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from chatarena.arena import events as ev
from chatarena.replay.rederive import compare, rederive
from tests.replay.support import PROTOCOLS, failing, recorded


@pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS)
async def test_a_session_is_found_again_to_the_last_bit(protocol) -> None:
    entries = await recorded(protocol)
    checks = list(rederive(entries))
    assert {check.verdict for check in checks} == {"same"}
    counted = Counter(check.what for check in checks)
    kinds = Counter(entry.event.kind for entry in entries)
    assert counted["prompt"] == kinds["turn_taken"] + kinds["claim_made"] + kinds["appraisal_made"] > 0
    assert counted["forecast"] == kinds["forecast_shown"] > 0
    assert counted["commitment"] == 3
    assert counted["card"] == 1


async def test_a_missed_turn_does_not_disturb() -> None:
    checks = list(rederive(await recorded(models=failing("Birch"))))
    assert {check.verdict for check in checks} == {"same"}


def altered(entries: tuple[ev.Entry, ...], kind: str, **changes: object) -> tuple[int, list[ev.Entry]]:
    """The entries with one event of a kind altered, and its number."""
    seq = next(entry.seq for entry in entries if entry.event.kind == kind)
    return seq, [
        replace(e, event=replace(e.event, **changes)) if e.seq == seq else e  # type: ignore[arg-type]
        for e in entries
    ]


async def test_an_altered_speech_changes_the_prompts_after_it() -> None:
    entries = await recorded()
    seq, others = altered(entries, "turn_taken", text="Something else was said.")
    differing = [check for check in rederive(others) if check.verdict == "differs"]
    assert differing and all(check.seq > seq for check in differing)
    assert {check.what for check in differing} == {"prompt"}


async def test_an_altered_rating_changes_what_was_shown() -> None:
    entries = await recorded()
    given = next(e.event for e in entries if isinstance(e.event, ev.RatingsGiven) and e.event.phase == "round")
    changed = replace(given, ratings=tuple(replace(r, value=1.0) for r in given.ratings))
    others = [replace(e, event=changed) if e.event == given else e for e in entries]
    assert "forecast" in {check.what for check in rederive(others) if check.verdict == "differs"}


async def test_an_altered_objective_breaks_its_commitment() -> None:
    entries = await recorded()
    made = next(e.event for e in entries if isinstance(e.event, ev.AgentCommitted)).commitment
    nicer = replace(made, agent=replace(made.agent, objective="You want the best for her."))
    seq, others = altered(entries, "agent_committed", commitment=nicer)
    assert [(c.seq, c.what) for c in rederive(others) if c.verdict == "differs"] == [(seq, "commitment")]


async def test_another_speaking_order_is_noticed() -> None:
    entries = await recorded()
    order = next(e.event for e in entries if isinstance(e.event, ev.RoundOpened)).order
    seq, others = altered(entries, "round_opened", order=order[::-1])
    assert (seq, "order") in [(c.seq, c.what) for c in rederive(others) if c.verdict == "differs"]


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        pytest.param((0.1, None), (0.1, None), "same", id="equal"),
        pytest.param((0.1, 0.9), (0.1 + 1e-16, 0.9 - 2e-16), "rounding", id="last digit"),
        pytest.param((0.1, 0.9), (0.1 + 1e-9, 0.9), "differs", id="more than rounding"),
        pytest.param((0.1, None), (0.1, 0.9), "differs", id="a number that was missing"),
        pytest.param(("a",), ("a", "b"), "differs", id="another length"),
    ],
)
def test_comparing(one: object, other: object, verdict: str) -> None:
    assert compare(3, "forecast", one, other).verdict == verdict
