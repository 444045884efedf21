"""The shell around the rules: what is shown was recorded, and nothing that happens loses anything."""

from __future__ import annotations

import pytest

from chatarena.arena import events as ev
from chatarena.arena.protocol import PROTOCOL_NAMES, Protocol
from chatarena.arena.session import fold
from chatarena.arena.settings import Price, Settings
from chatarena.errors import (
    AuthenticationFailed,
    BudgetError,
    LogNotWritable,
    ModelProcessDied,
    ProviderUnavailable,
    RateLimited,
    ReplyTimedOut,
)
from chatarena.language_model.scripted import Reply, ScriptedModel
from chatarena.moderator.moderator import LEFT
from chatarena.moderator.world import Draft
from tests.support.sessions import DECISION, cast, chain, opening
from tests.support.worlds import Run, ScriptedParticipant, answer


@pytest.mark.parametrize("name", PROTOCOL_NAMES)
async def test_a_session_runs_to_its_end_and_its_log_folds_to_it(name):
    run = Run()
    protocol = Protocol(name=name, hearing=chain(3) if name == "network" else ())
    session = await run.play(opening(3, protocol=protocol, settings=Settings(appraise=("verbal", "logprob"))))
    assert session.closed == ev.SessionClosed(status="complete")
    assert fold(entry.event for entry in run.recorded) == session
    assert [entry.seq for entry in run.recorded] == list(range(len(run.recorded)))
    assert len(session.turns) == 6
    assert len(session.appraisals) == 12
    assert session.choice is not None
    assert session.card is not None


async def test_a_round_runs_all_agents_at_once():
    """Every agent waits for all the others: only a concurrent round can end."""
    import asyncio

    waiting: list[str] = []
    all_here = asyncio.Event()

    class Barrier(ScriptedModel):
        async def stream(self, request):
            if not request.schema and not request.top_logprobs and len(waiting) < 4:
                waiting.append(request.lane)
                if len(waiting) == 4:
                    all_here.set()
                await all_here.wait()
            async for item in super().stream(request):
                yield item

    session = await Run(Barrier(answer)).play(opening(4, protocol=Protocol(rounds=1)))
    assert len(session.turns) == 4


async def test_the_words_of_a_turn_are_shown_while_they_come():
    run = Run()
    await run.play(opening(2, protocol=Protocol(rounds=1)))
    for label in ("Ash", "Birch"):
        drafts = [item for item in run.shown if isinstance(item, Draft) and item.agent == label]
        assert drafts[0].doing == "waiting"
        said = "".join(draft.text for draft in drafts if draft.doing == "speaking")
        turn = next(item.event for item in run.shown if isinstance(item, ev.Entry) and _is_turn(item, label))
        assert said.strip() == turn.text
        assert len([draft for draft in drafts if draft.doing == "speaking"]) > 3


def _begins(item, text):
    return isinstance(item, Draft) and item.text.startswith(text)


def _is_turn_entry(item, label):
    return isinstance(item, ev.Entry) and _is_turn(item, label)


def _is_turn(entry, label):
    return isinstance(entry.event, ev.TurnTaken) and entry.event.agent == label


FAULTS = [
    pytest.param(AuthenticationFailed("no key", remedy="set OPENAI_API_KEY"), id="401"),
    pytest.param(RateLimited("slow down", retry_after=3), id="429"),
    pytest.param(ProviderUnavailable("HTTP 500"), id="500"),
    pytest.param(ReplyTimedOut("no first word", phase="first_token"), id="timeout"),
    pytest.param(ModelProcessDied("gone"), id="died"),
]


@pytest.mark.parametrize("error", FAULTS)
async def test_one_failing_agent_is_a_missed_turn_and_a_partial_card(error):
    def fails(request):
        if request.lane == "Birch" and not request.schema:
            return Reply(text="I was about to say", error=error, after=3)
        return answer(request)

    session = await Run(ScriptedModel(fails)).play(opening(3, protocol=Protocol(rounds=1)))
    assert [(miss.agent, miss.error) for miss in session.missed] == [("Birch", type(error).__name__)]
    assert session.missed[0].partial == "I was about "
    assert session.closed == ev.SessionClosed(status="partial")
    assert session.card is not None
    assert (session.card.status, session.card.heard, session.card.seats) == ("partial", 2, 3)
    assert session.card.missed[0].agent == "Birch"


BAD_RATINGS = [
    pytest.param("", "holds no JSON", id="nothing"),
    pytest.param("I would rather not say.", "holds no JSON", id="refusal"),
    pytest.param('{"lisbon": 40, "oslo"', "holds no JSON", id="broken"),
    pytest.param('{"lisbon": "high", "oslo": null, "stay": true}', "no option has a number", id="not-numbers"),
    pytest.param('{"lisbon": 140, "oslo": -3, "stay": 1e999}', "no option has a number", id="out-of-range"),
    pytest.param('{"paris": 40}', "no option has a number", id="other-keys"),
]


@pytest.mark.parametrize(("text", "reason"), BAD_RATINGS)
async def test_unreadable_ratings_are_absent_with_reason_and_raw_text_after_one_repair(text, reason):
    asked = []

    def garbles(request):
        if request.schema:
            asked.append(request)
            return Reply(text=text)
        return answer(request)

    run = Run(ScriptedModel(garbles))
    session = await run.play(opening(1, protocol=Protocol(rounds=1), settings=Settings(appraise=())))
    (claim,) = session.claims
    assert all(rating.value is None and reason in rating.absence for rating in claim.ratings)
    assert claim.raw == text
    assert len(claim.calls) == len(asked) == 2
    assert asked[1].parts[-1].text.startswith("That could not be read")
    assert session.card is not None
    assert session.card.missed[0].reason == "made no claim that could be read"


GOOD_RATINGS = [
    pytest.param('{"lisbon": 40, "oslo": 60, "stay": 0}', [40, 60, 0], id="plain"),
    pytest.param('Sure! ```json\n{"Lisbon": 40, "OSLO": 60.5, "stay": 0}\n```', [40, 60.5, 0], id="within-prose"),
    pytest.param('{"ratings": {"lisbon": 40, "oslo": 60, "stay": 100}}', [40, 60, 100], id="nested"),
    pytest.param('{"Lisbon": 40, "Stay where I am": 7, "oslo": "x"}', [40, None, 7], id="by-label-one-missing"),
]


@pytest.mark.parametrize(("text", "values"), GOOD_RATINGS)
async def test_ratings_are_read(text, values):
    def rates(request):
        return Reply(text=text) if request.schema else answer(request)

    session = await Run(ScriptedModel(rates)).play(opening(1, protocol=Protocol(rounds=1)))
    assert [rating.value for rating in session.claims[0].ratings] == values


async def test_the_repair_is_believed():
    replies = iter(["nonsense", '{"lisbon": 1, "oslo": 2, "stay": 3}'])

    def mends(request):
        return Reply(text=next(replies)) if request.schema else answer(request)

    run = Run(ScriptedModel(mends))
    session = await run.play(opening(1, protocol=Protocol(rounds=1), settings=Settings(appraise=())))
    assert [rating.value for rating in session.claims[0].ratings] == [1, 2, 3]


async def test_an_empty_turn_is_missed():
    def empty(request):
        return Reply(text="  \n") if not request.schema else answer(request)

    session = await Run(ScriptedModel(empty)).play(opening(1, protocol=Protocol(rounds=1)))
    assert session.missed[0].error == "EmptyReply"


async def test_a_turn_cut_by_its_length_ends_with_a_whole_sentence():
    text = "First this is true and long enough. Second that holds as well. And third there is al"

    def runs_on(request):
        return Reply(text=text, finish_reason="length") if not request.schema else answer(request)

    session = await Run(ScriptedModel(runs_on)).play(opening(1, protocol=Protocol(rounds=1)))
    assert session.turns[0].text == "First this is true and long enough. Second that holds as well."
    assert session.turns[0].trimmed


def hanging(*lanes):
    def hangs(request):
        if request.lane in lanes and not request.schema:
            return Reply(text="Well, I think that the rest would follow", hang=True, after=4)
        return answer(request)

    return ScriptedModel(hangs)


async def test_an_interrupt_keeps_what_was_said_and_the_session_goes_on():
    def react(moderator, item):
        if isinstance(item, Draft) and item.agent == "Birch" and item.text.startswith("that"):
            assert moderator.interrupt("Birch") == 1

    run = Run(hanging("Birch"))
    session = await run.play(opening(3, protocol=Protocol(rounds=1)), react)
    turn = session.turn("Birch", 1)
    assert turn is not None
    assert (turn.status, turn.text) == ("interrupted", "Well, I think that")
    assert session.claim("Birch", 1) is None
    assert session.closed == ev.SessionClosed(status="partial")


async def test_an_interrupt_before_the_first_word_is_a_turn_without_words():
    def react(moderator, item):
        if isinstance(item, ev.Entry) and isinstance(item.event, ev.RoundOpened):
            return
        if isinstance(item, Draft) and item.doing == "waiting" and item.agent == "Birch":
            moderator.interrupt("Birch")
        return

    run = Run(hanging("Birch"))
    session = await run.play(opening(2, protocol=Protocol(rounds=1)), react)
    turn = session.turn("Birch", 1)
    assert turn is not None
    assert turn.status == "interrupted"


async def test_a_skipped_agent_is_missed_and_not_heard():
    def react(moderator, item):
        if isinstance(item, Draft) and item.agent == "Birch" and item.text.startswith("that"):
            moderator.skip("Birch")

    session = await Run(hanging("Birch")).play(opening(2, protocol=Protocol(rounds=1)), react)
    assert session.turn("Birch", 1) is None
    assert [miss.cause for miss in session.missed] == ["skipped"]


async def test_stopping_the_round_goes_to_the_floor_and_on():
    def react(moderator, item):
        if isinstance(item, Draft) and item.agent == "Birch" and item.text.startswith("that") and item.round == 1:
            moderator.stop_round()

    participant = ScriptedParticipant()

    def hangs_once(request):
        if request.lane == "Birch" and "round 1 of" in request.parts[-1].text and not request.schema:
            return Reply(text="Well, I think that the rest would follow", hang=True, after=4)
        return answer(request)

    session = await Run(ScriptedModel(hangs_once), participant).play(opening(2), react)
    assert [ask.what for ask in participant.asked].count("floor") == 2
    assert session.turn("Birch", 2) is not None


async def test_stopping_the_debate_goes_to_the_verdict():
    def react(moderator, item):
        if isinstance(item, Draft) and item.agent == "Birch" and item.text.startswith("that"):
            moderator.stop_debate("enough")

    session = await Run(hanging("Birch")).play(opening(2), react)
    assert session.round == 1
    assert session.stopped is not None
    assert session.stopped.by == "participant"
    assert session.choice is not None
    assert session.closed == ev.SessionClosed(status="partial")


async def test_the_participant_can_stop_at_the_floor():
    def does(ask, session):
        return (ev.DebateStopped(by="participant"),) if ask.what == "floor" else ()

    session = await Run(participant=ScriptedParticipant(does)).play(opening(2, protocol=Protocol(rounds=5)))
    assert session.round == 1
    assert session.choice is not None


async def test_words_of_the_participant_reach_the_next_round():
    def does(ask, session):
        if ask.what == "floor" and ask.round == 1:
            told = ev.ParticipantSpoke(text="What about rent?", round=1)
            whispered = ev.ParticipantSpoke(text="Between us?", round=1, to="Ash")
            return (told, whispered, ev.FloorPassed(round=1))
        return ()

    models = ScriptedModel(answer)
    await Run(models, ScriptedParticipant(does)).play(opening(2))
    second = {request.lane: request for request in models.requests if "round 2 of" in request.parts[-1].text}
    texts = {lane: "\n".join(part.text for part in request.parts) for lane, request in second.items()}
    assert all("What about rent?" in text for text in texts.values())
    assert "Between us?" in texts["Ash"]
    assert "Between us?" not in texts["Birch"]


async def test_an_answer_that_settles_nothing_is_an_error():
    def does(ask, session):
        return (ev.PrecisionSet(precision=3),) if ask.what == "floor" else ()

    with pytest.raises(ValueError, match="does not settle"):
        await Run(participant=ScriptedParticipant(does)).play(opening(1))


async def test_precision_set_in_mid_round_changes_the_shown_forecast():
    def react(moderator, item):
        if isinstance(item, ev.Entry) and isinstance(item.event, ev.ClaimMade) and moderator.session.precision != 2.0:
            moderator.submit(ev.PrecisionSet(precision=2.0))

    run = Run()
    session = await run.play(opening(2), react)
    assert session.forecast is not None
    assert session.forecast.precision == 2.0


async def test_leaving_keeps_the_partial_turn_and_says_so():
    def react(moderator, item):
        if isinstance(item, Draft) and item.agent == "Birch" and item.text.startswith("that"):
            return False
        return None

    run = Run(hanging("Birch"))
    await run.play(opening(2), react)
    assert isinstance(run.recorded[-1].event, ev.SessionLeft)
    kept = [entry.event for entry in run.recorded if _is_turn(entry, "Birch")]
    assert [(turn.status, turn.text) for turn in kept] == [("interrupted", "Well, I think that")]


async def test_a_turn_that_the_leave_cut_off_is_asked_for_again_and_one_she_cut_off_is_not():
    def react(moderator, item):
        if isinstance(item, Draft) and item.agent == "Birch" and item.text.startswith("that"):
            moderator.interrupt("Birch")
        return False if _is_turn_entry(item, "Birch") else None

    left = Run(hanging("Ash", "Birch"))
    await left.play(opening(2), react)
    assert left.recorded[-1].event == ev.SessionLeft(reason=LEFT, cut_off=("Ash",))
    again = Run(entries=left.recorded)
    session = await again.play((ev.SessionResumed(version="0.0.0", retry_missed=True),))
    assert fold(entry.event for entry in again.recorded) == session
    turns = [entry.event for entry in again.recorded if isinstance(entry.event, ev.TurnTaken)]
    first = [(turn.agent, turn.status) for turn in turns if turn.round == 1]
    assert sorted(first) == [("Ash", "complete"), ("Ash", "interrupted"), ("Birch", "interrupted")]


async def test_a_leave_is_all_there_will_be_of_a_turn_where_resuming_does_not_ask_again():
    left = Run(hanging("Ash", "Birch"))
    await left.play(opening(2), lambda _, item: False if _begins(item, "that") else None)
    again = Run(entries=left.recorded)
    session = await again.play((ev.SessionResumed(version="0.0.0", retry_missed=False),))
    assert {turn.status for turn in session.turns if turn.round == 1} == {"interrupted"}


@pytest.mark.parametrize("cut", range(3, 30, 2))
async def test_a_session_cut_anywhere_resumes_with_only_what_is_missing(cut):
    whole = Run()
    done = await whole.play(opening(2))
    models = ScriptedModel(answer)
    again = Run(models, entries=whole.recorded[:cut])
    known = again.moderator.session
    session = await again.play((ev.SessionResumed(version="0.0.0"),))
    assert session.closed == ev.SessionClosed(status="complete")
    assert len(session.turns) == len(done.turns)
    spoken = [request for request in models.requests if not request.schema and not request.top_logprobs]
    assert len(spoken) == len(done.turns) - len(known.turns)


async def test_a_log_that_cannot_be_written_ends_the_run_with_its_own_error():
    run = Run(fail_at=9)
    with pytest.raises(LogNotWritable, match="disk is full"):
        await run.play(opening(2))
    assert len(run.recorded) >= 9


def priced(budget=None, token_budget=None, known=True):
    price = Price(model="scripted/words", input_per_token=1e-5 if known else None, output_per_token=1e-5)
    settings = Settings(budget=budget, token_budget=token_budget, appraise=())
    from chatarena.arena.opening import open_session
    from tests.support.sessions import templates

    return open_session(
        DECISION, cast(2), Protocol(rounds=3), settings, templates(), version="0", seed=1, prices=(price,)
    )


async def test_an_unknown_price_and_a_budget_in_dollars_do_not_go_together():
    with pytest.raises(BudgetError, match="price of scripted/words is unknown"):
        await Run().play(priced(budget=1.0, known=False))


@pytest.mark.parametrize("caps", [{"budget": 0.06}, {"token_budget": 6000}], ids=["dollars", "tokens"])
async def test_a_budget_ends_the_debate_before_it_is_passed(caps):
    def costs(request):
        from dataclasses import replace

        return replace(answer(request), prompt_tokens=900, completion_tokens=100)

    class Billed(ScriptedModel):
        async def stream(self, request):
            from dataclasses import replace

            from chatarena.language_model.port import Completion

            async for item in super().stream(request):
                yield replace(item, cost=0.01) if isinstance(item, Completion) else item

    session = await Run(Billed(costs)).play(priced(**caps))
    tokens, dollars = session.spent()
    assert session.stopped is not None
    assert session.stopped.by == "budget"
    assert tokens <= caps.get("token_budget", tokens)
    assert dollars is not None
    assert dollars <= caps.get("budget", dollars)
    assert session.turns, "the budget was enough for a turn"
    assert {claim.agent for claim in session.claims} == {turn.agent for turn in session.turns}
    assert session.choice is not None


async def test_a_contrast_without_token_probabilities_is_absent():
    def mute(request):
        return Reply(text="Yes") if request.top_logprobs else answer(request)

    run = Run(ScriptedModel(mute))
    session = await run.play(opening(1, protocol=Protocol(rounds=1), settings=Settings(appraise=("logprob",))))
    (made,) = session.appraisals
    assert all(rating.value is None and "no token probabilities" in rating.absence for rating in made.ratings)


NASTY = [
    pytest.param("[/] [bold]so[/bold] [link=x]", "[/] [bold]so[/bold] [link=x]", id="brackets-stay-text"),
    pytest.param("a\x1b[2Jb\x1b]0;title\x07c\x9b31md", "abcd", id="escape-sequences"),
    pytest.param("right \u202eevil\u202c left", "right evil left", id="bidi-overrides"),
    pytest.param("日本語 and مرحبا and 👩‍🔬", "日本語 and مرحبا and 👩‍🔬", id="other-scripts"),
    pytest.param("half \ud83d pair", None, id="lone-surrogate"),
]


@pytest.mark.parametrize(("text", "kept"), NASTY)
async def test_model_text_cannot_act_on_a_terminal_or_break_the_log(text, kept, tmp_path):
    from chatarena.session_log.store import SessionLog

    def says(request):
        return answer(request) if request.schema else Reply(text=text)

    run = Run(ScriptedModel(says))
    session = await run.play(opening(1, protocol=Protocol(rounds=1)))
    if kept is not None:
        assert session.turns[0].text == kept
    with SessionLog(tmp_path / "log.db") as log:
        log.append(tuple(run.recorded))
        assert log.entries("s1") == tuple(run.recorded)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param("Ash: Do it.", "Do it.", id="name"),
        pytest.param("**Ash (round 2):** Do it.", "Do it.", id="bold-with-round"),
        pytest.param("Ash said: Do it.", "Do it.", id="said"),
        pytest.param("Ash trees: plant them.", "Ash trees: plant them.", id="other-words"),
        pytest.param("Do it. Ash: no.", "Do it. Ash: no.", id="only-in-front"),
        pytest.param('- Ash said: "Do it." (and rates in public: Tea 40)', "Do it.", id="told-like-the-others"),
        pytest.param('Do it now."', "Do it now.", id="one-quote-left-over"),
        pytest.param('He said "no" twice.', 'He said "no" twice.', id="quotes-within"),
    ],
)
def test_a_name_in_front_of_a_turn_is_not_part_of_it(text, kept):
    from chatarena.moderator.speaking import own_words

    assert own_words(text, ("Ash", "Birch")) == kept
