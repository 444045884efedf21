"""The scene: a pure fold, so that live, replayed and resumed sessions look the same."""

from __future__ import annotations

import pytest

from chatarena.arena import events as ev
from chatarena.arena.moves import Ask
from chatarena.moderator.world import Draft
from chatarena.tui.blocks import blocks
from chatarena.tui.scene import Meter, Scene, look
from chatarena.tui.wording import brief_usage, floor_hint, forecast_heading, lane_state, next_precision, status, usage
from tests.support.sessions import DECISION, opening, ratings
from tests.support.worlds import Run

CALL = ev.Call(fingerprint="f", requested_model="m", served_model="m", finish_reason="stop")


def scene(*items: ev.Event | Draft, size: int = 2) -> Scene:
    """The scene after a session of this many agents opened and these things happened, one a second."""
    result = Scene()
    for second, item in enumerate([*opening(size), *items]):
        entry = item if isinstance(item, Draft) else ev.Entry(session="s", seq=second, at=0.0, elapsed=0.0, event=item)
        result = look(result, entry, float(second))
    return result


def draft(doing: str, text: str = "", agent: str = "Ash") -> Draft:
    return Draft(agent=agent, round=1, doing=doing, text=text)  # type: ignore[arg-type]


ROUND = ev.RoundOpened(round=1, order=("Ash", "Birch"))
TURN = ev.TurnTaken(agent="Ash", round=1, text="so it is")
CLAIM = ev.ClaimMade(agent="Ash", round=1, ratings=ratings(DECISION, [1, 2, 3]))
APPRAISAL = ev.AppraisalMade(agent="Ash", round=1, ratings=ratings(DECISION, [1, 2, 3]), method="verbal")


@pytest.mark.parametrize(
    ("items", "doing"),
    [
        ((), "idle"),
        ((ROUND,), "idle"),
        ((ROUND, draft("waiting")), "waiting"),
        ((ROUND, draft("waiting"), draft("speaking", "so")), "speaking"),
        ((ROUND, draft("speaking", "so"), TURN), "done"),
        ((ROUND, TURN, draft("claiming")), "rating"),
        ((ROUND, TURN, draft("claiming"), CLAIM), "rating"),
        ((ROUND, TURN, draft("claiming"), CLAIM, APPRAISAL), "done"),
        ((ROUND, ev.TurnTaken(agent="Ash", round=1, text="so", status="interrupted")), "interrupted"),
        ((ROUND, ev.TurnMissed(agent="Ash", round=1, cause="failed", reason="no")), "missed"),
        ((ROUND, draft("speaking", "so"), ev.SessionLeft()), "idle"),
    ],
    ids=lambda value: value if isinstance(value, str) else str(len(value)),
)
def test_what_a_lane_is_doing(items: tuple[ev.Event | Draft, ...], doing: str) -> None:
    assert scene(*items).lane("Ash").doing == doing


def test_a_lane_knows_since_when() -> None:
    before = scene(ROUND, draft("waiting"))
    later = look(before, draft("waiting"), 99.0)
    assert later is before, "nothing that shows has changed"
    since = before.lane("Ash").since
    assert lane_state(before.lane("Ash"), since + 75) == "… thinking 1:15 min"


async def test_live_and_replayed_look_the_same() -> None:
    run = Run()
    live = Scene()
    await run.play(opening(3), lambda *_: None)
    for item in run.shown:
        live = look(live, item, 0.0)
    replayed = Scene()
    for entry in run.recorded:
        replayed = look(replayed, entry, 0.0)
    assert live == replayed
    assert {lane.doing for lane in live.lanes} == {"done"}


def test_tokens_and_money_that_are_not_known_are_question_marks() -> None:
    known = Meter().plus([ev.Call(**{**_fields(CALL), "prompt_tokens": 1000, "completion_tokens": 24, "cost": 0.0123})])
    assert usage(known) == "1,024 tokens · $0.0123"
    assert brief_usage(known) == "1.0k · $0.0123"
    half = known.plus([CALL])
    assert usage(half) == "1,024+? tokens · $?"
    assert usage(Meter().plus([CALL])) == "? tokens · $?"
    assert usage(Meter()) == "0 tokens · $0"


def _fields(call: ev.Call) -> dict[str, object]:
    return {name: getattr(call, name) for name in ("fingerprint", "requested_model", "served_model", "finish_reason")}


def test_the_mark_is_where_the_chances_stood_when_the_round_opened() -> None:
    one, two = (ev.ForecastShown(round=1, forecast=_forecast(share)) for share in (0.25, 0.75))
    second = ev.RoundOpened(round=2, order=("Ash", "Birch"))
    shown = scene(ROUND, one, second, two)
    assert shown.marked == one.forecast
    assert shown.session.forecast == two.forecast


def _forecast(share: float) -> ev.Forecast:
    return ev.Forecast(
        source="panel",
        precision=8.0,
        utilities=(share, None, None),
        probabilities=(share, 1 - share, None),
        normalisation="",
    )


def test_nothing_an_agent_hides_becomes_a_block() -> None:
    for event in [*opening(2), APPRAISAL]:
        assert blocks(event, "Ash", DECISION) == ()


@pytest.mark.parametrize(
    ("event", "kinds"),
    [
        (TURN, ["speech"]),
        (ev.TurnTaken(agent="Ash", round=1, text="so", status="interrupted"), ["speech", "note"]),
        (ev.TurnTaken(agent="Ash", round=1, text="", status="interrupted"), ["note"]),
        (
            ev.TurnMissed(agent="Ash", round=1, cause="failed", reason="the line broke", partial="so"),
            ["speech", "note"],
        ),
        (ev.TurnMissed(agent="Birch", round=1, cause="failed", reason="the line broke"), []),
        (CLAIM, ["claims"]),
        (ev.ClaimMade(agent="Ash", round=1, ratings=ratings(DECISION, [None] * 3)), ["note"]),
        (ev.ParticipantSpoke(text="why?", round=1), ["person"]),
        (ev.ParticipantSpoke(text="why?", round=1, to="Birch"), []),
        (ev.RoundOpened(round=2, order=("Birch",)), []),
    ],
    ids=[
        "turn",
        "cut off",
        "cut off before a word",
        "failed",
        "another's",
        "claim",
        "no claim",
        "you",
        "to another",
        "not due",
    ],
)
def test_blocks_of_a_lane(event: ev.Event, kinds: list[str]) -> None:
    assert [block.kind for block in blocks(event, "Ash", DECISION)] == kinds


@pytest.mark.parametrize(
    ("items", "ask", "words"),
    [
        ((ROUND, draft("waiting"), draft("waiting", agent="Birch")), None, "Ash and Birch are thinking (5 s)"),
        (
            (ROUND, draft("speaking", "x"), draft("waiting", agent="Birch")),
            None,
            "Ash is speaking; Birch is thinking (4 s)",
        ),
        ((ROUND,), Ask(what="floor", phase="round", round=1), "Your turn: round 1 is over."),
        (
            (ROUND, ev.DebateStopped(by="budget", reason="too dear")),
            None,
            "The talk was ended by the budget: too dear.",
        ),
        ((ev.SessionClosed(status="complete"),), None, "The session is over."),
    ],
    ids=["thinking", "mixed", "floor", "budget", "over"],
)
def test_the_status_says_what_is_going_on(items: tuple[ev.Event | Draft, ...], ask: Ask | None, words: str) -> None:
    assert status(scene(*items), ask, 9.0) == words


def test_the_last_floor_offers_one_more_round() -> None:
    floor = Ask(what="floor", phase="round", round=1)
    first = scene(ROUND)
    last = scene(ROUND, ev.RoundOpened(round=2, order=("Ash", "Birch")))
    assert "next round" in floor_hint(first, floor) and "@Name" in floor_hint(first, floor)
    assert "recommendation" in floor_hint(last, floor) and "one more round" in floor_hint(last, floor)


def test_the_heading_says_whose_numbers_where_it_fits() -> None:
    forecast = _forecast(0.5)
    assert forecast_heading(forecast, 8, 80) == "Chance of each choice, from the agents' claims · precision 8 (-/+)"
    assert forecast_heading(forecast, 8, 50) == "Chance of each choice · precision 8 (-/+)"
    assert forecast_heading(None, 8, 20) == "Chance of each choice"


def test_precision_moves_in_steps_and_stops_at_the_ends() -> None:
    assert next_precision(8.0, 1) == 11.0
    assert next_precision(8.0, -1) == 6.0
    assert next_precision(9.5, -1) == 8.0
    assert next_precision(100.0, 1) == 100.0
    assert next_precision(0.0, -1) == 0.0
