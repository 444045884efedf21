"""Debates of the New York University experiments: what becomes of every part of a file, and of the 505 real ones."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chatarena.arena import events as ev
from chatarena.choice.scoring import log_score
from chatarena.errors import SourceDamaged
from chatarena.exchange.foreign import NO_PLACE
from chatarena.exchange.importing import ImportedSession, read_source
from chatarena.exchange.importing import Source as FileSource
from chatarena.exchange.treebank import untokenised
from tests.exchange.importers.records import (
    BEGAN,
    MINUTE,
    account_of,
    feedback,
    folded,
    kinds,
    left,
    nyu,
    said,
    sessions_of,
    speech,
    write,
)
from tests.support.data import data_folder

START = BEGAN / 1000


def imported(
    folder: Path, document: dict[str, Any], metadata: dict[str, Any] | None = None
) -> tuple[ImportedSession, ...]:
    if metadata is not None:
        write(folder, "debates-metadata.jsonl", json.dumps(metadata) + "\n")
    return sessions_of(write(folder, "official/pail-0.json", document), "nyu_debates")


def metadata(**changes: Any) -> dict[str, Any]:
    """The row of the debate in `nyu()`."""
    judging = {
        "correctAnswerIndex": 0,
        "numContinues": 2,
        "finalJudgement": [0.9, 1 - 0.9],
        "judgeReward": -0.25200309344505,
    }
    result = {"timestamp": 1, "correctAnswerIndex": 0, "endedBy": {"JudgeDecided": {}}, "judgingInfo": judging}
    return {
        "name": "pail-0",
        "setting": {"isHuman": True, "isDebate": True},
        "question": "What did Pa say?",
        "roleAssignments": {"Debater A": "Ann", "Debater B": "Ben", "Judge": "Judy"},
        "creationTime": BEGAN,
        "status": {"Complete": {"result": result, "offlineJudgingResults": {}}},
        "includedInPaper": True,
        **changes,
    }


def test_the_live_judge_s_session_tells_the_debate_in_order(tmp_path: Path) -> None:
    live, *_ = imported(tmp_path, nyu())
    assert kinds(live) == [
        *("beliefs_given", "floor_passed"),
        *("round_opened", "turn_taken", "turn_taken"),
        *("beliefs_given", "participant_spoke", "floor_passed"),
        *("round_opened", "turn_taken", "turn_taken"),
        *("beliefs_given", "participant_spoke", "debate_stopped"),
        *("outcome_known", "belief_scored", "session_closed"),
    ]
    assert said(live) == [
        ("Debater B", "No quote."),
        ("Debater A", 'Look: “The ice wasn\'t thick, "Pa" said.”'),
        ("you", "Tell me more."),
        ("Debater A", "More."),
        ("Debater B", "“He shoveled.” indeed"),
        ("you", "I see."),
    ]
    seen = folded(live)
    assert [(given.phase, given.round) for given in seen.beliefs] == [("prior", 0), ("round", 1), ("final", 2)]
    assert [given.probabilities for given in seen.beliefs] == [
        (0.5, 0.5),
        (0.7, pytest.approx(0.3)),
        (0.9, pytest.approx(0.1)),
    ]
    assert [opened.order for opened in seen.rounds_opened] == [("Debater B", "Debater A"), ("Debater A", "Debater B")]
    assert seen.head.protocol.name == "round_robin"
    assert (seen.outcome, seen.closed and seen.closed.status) == ("a_right", "complete")


def test_times_are_the_debate_s_own(tmp_path: Path) -> None:
    live, *_ = imported(tmp_path, nyu())
    minutes = [round((entry.at - START) / 60) for entry in live.entries if isinstance(entry.event, ev.TurnTaken)]
    assert minutes == [2, 3, 5, 6]
    assert live.entries[0].at == START
    assert live.entries[-1].elapsed == pytest.approx(7 * 60)
    assert not any("came earlier" in remark for remark in account_of(live).remarks)


def test_the_agents_are_who_argued_and_for_what(tmp_path: Path) -> None:
    live, *_ = imported(tmp_path, nyu())
    first, second = (made.agent for made in folded(live).commitments)
    assert (first.label, first.name, first.favours, first.model, first.tags) == (
        *("Debater A", "Ann", "a", "human", ("honest",)),
    )
    assert (second.label, second.name, second.favours, second.tags) == ("Debater B", "Ben", "b", ("dishonest",))
    assert first.objective.endswith("That the ice was thin")
    assert live.tags == ("nyu", "human", "debate")


def test_who_judged_afterwards_has_a_session_of_her_own(tmp_path: Path) -> None:
    live, stepped, timed = imported(tmp_path, nyu())
    assert kinds(stepped) == [
        *("beliefs_given", "floor_passed", "round_opened", "turn_taken", "turn_taken"),
        *("beliefs_given", "participant_spoke", "debate_stopped", "outcome_known", "session_closed"),
    ]
    assert [given.phase for given in folded(stepped).beliefs] == ["prior", "final"]
    # She was shown the first round when she had given her first belief.
    assert {entry.at for entry in stepped.entries if isinstance(entry.event, ev.TurnTaken)} == {START + 61 * 60}
    assert [turn.round for turn in folded(timed).turns] == [1, 1, 2, 2]
    assert [given.phase for given in folded(timed).beliefs] == ["final"]
    assert timed.entries[0].at == START + 90 * 60
    keys = [account_of(session).key for session in (live, stepped, timed)]
    assert keys == ["pail-0", "pail-0/offline/Olga", "pail-0/offline/Tom"]
    assert any(live.id in remark for remark in account_of(timed).remarks)
    assert folded(stepped).score is None


def test_everything_else_is_listed(tmp_path: Path) -> None:
    sessions = imported(tmp_path, nyu(), metadata(latestUpdateTime=5))
    assert left(sessions[:1]) == {
        "setup.rules.fixedOpening": 1,
        "setup.rules.repeatingStructure": 1,
        "setup.sourceMaterial.QuALITYSourceMaterial.contents": 1,
        "setup.offlineJudges.*": 1,
        "rounds[].NegotiateEnd.votes.0": 1,
        "rounds[].NegotiateEnd.votes.1": 1,
        "feedback.*": 1,
        "scratchpads.*": 1,
        "debates-metadata.jsonl.status.Complete.result.timestamp": 1,
        "debates-metadata.jsonl.latestUpdateTime": 1,
    }
    story = next(item.why for item in account_of(sessions[0]).unmapped if "story" in item.why)
    assert "article 51461, 'A Pail of Air', 16 tokens, sha256 " in story
    assert left(sessions[1:]) == {}


def test_the_score_is_the_recorded_one_where_there_is_one(tmp_path: Path) -> None:
    recorded = folded(imported(tmp_path / "with", nyu(), metadata())[0]).score
    computed = folded(imported(tmp_path / "without", nyu())[0]).score
    assert recorded is not None and computed is not None
    assert (recorded.rounds, recorded.value) == (2, -0.25200309344505)
    assert computed.value == pytest.approx(recorded.value, abs=1e-12)
    assert computed.value == log_score(0.9, 2, penalty=0.05)
    row = metadata()
    row["status"]["Complete"]["result"]["judgingInfo"]["judgeReward"] = -7.0
    other = imported(tmp_path / "other", nyu(), row)[0]
    assert (folded(other).score or computed).value == -7.0
    assert other.id != imported(tmp_path / "with", nyu(), metadata())[0].id


def change(**changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda document: document["setup"].update(changes)


def without_judge(document: dict[str, Any]) -> None:
    del document["setup"]["roles"]["Judge"]
    document["rounds"] = [one for one in document["rounds"] if "JudgeFeedback" not in one]
    document["rounds"][2]["NegotiateEnd"]["votes"]["1"] = True


def consultancy(document: dict[str, Any]) -> None:
    document["setup"]["roles"] = {"Debater A": "GPT-4", "Judge": "Judy"}
    document["rounds"] = [
        {"JudgeFeedback": feedback(0.5, 1)},
        {"SequentialSpeeches": {"speeches": {"0": speech("GPT-4", 2, "Trust me.")}}},
    ]


def both_machines(document: dict[str, Any]) -> None:
    document["setup"]["roles"] = {"Debater A": "GPT-4", "Debater B": "GPT-4", "Judge": "Judy"}


def stand_in(document: dict[str, Any]) -> None:
    document["rounds"][3]["SequentialSpeeches"]["speeches"]["0"]["speaker"] = "Zoe"
    document["rounds"][2]["JudgeFeedback"]["feedback"]["speaker"] = "Yan"


def backwards(document: dict[str, Any]) -> None:
    document["rounds"][3]["SequentialSpeeches"]["speeches"]["0"]["timestamp"] = BEGAN + 2 * MINUTE


def ruled_out(document: dict[str, Any]) -> None:
    document["rounds"][5]["JudgeFeedback"]["distribution"] = [0.0, 1.0]


def quadratic(document: dict[str, Any]) -> None:
    rules = document["setup"]["rules"]
    rules["scoringFunction"] = {"QuadraticScoreWithLinearPenalty": {"baseCoefficient": 1.0, "perTurnPenalty": 0.1}}


def beyond_the_story(document: dict[str, Any]) -> None:
    document["rounds"][3]["SequentialSpeeches"]["speeches"]["1"]["content"][0]["Quote"]["span"] = [13, 99]


def no_rounds(document: dict[str, Any]) -> None:
    document["rounds"] = []


@pytest.mark.parametrize(
    ("alter", "status", "models", "scored", "remark"),
    [
        pytest.param(without_judge, "complete", ["human"] * 2, False, "The debaters agreed", id="no-live-judge"),
        pytest.param(consultancy, "partial", ["GPT-4"], False, "was still going on", id="consultancy-of-a-machine"),
        pytest.param(both_machines, "complete", ["GPT-4"] * 2, True, "", id="two-machines"),
        pytest.param(no_rounds, "partial", ["human"] * 2, False, "had not begun", id="no-rounds"),
        pytest.param(stand_in, "complete", ["human"] * 2, True, "Zoe for Debater A, 1 time.", id="stand-ins"),
        pytest.param(backwards, "complete", ["human"] * 2, True, "came earlier", id="clock-runs-backwards"),
        pytest.param(ruled_out, "complete", ["human"] * 2, False, "minus infinity", id="ruled-out-the-truth"),
        pytest.param(quadratic, "complete", ["human"] * 2, False, "", id="another-scoring-rule"),
        pytest.param(beyond_the_story, "complete", ["human"] * 2, True, "beyond the end", id="a-quote-too-long"),
    ],
)
def test_special_debates(
    tmp_path: Path, alter: Callable[[Any], None], status: str, models: list[str], scored: bool, remark: str
) -> None:
    document = nyu()
    alter(document)
    live = imported(tmp_path, document)[0]
    seen = folded(live)
    assert seen.closed is not None and seen.closed.status == status
    assert [made.agent.model for made in seen.commitments] == models
    assert len({made.agent.name for made in seen.commitments}) == len(models)
    assert (seen.score is not None) == scored
    assert seen.outcome == "a_right"
    assert seen.head.settings.participant == ("Judge" in document["setup"]["roles"])
    assert any(remark in text for text in account_of(live).remarks)


@pytest.mark.parametrize(
    ("alter", "message"),
    [
        pytest.param(
            change(correctAnswerIndex=2), "setup.correctAnswerIndex must be 0 or 1, not 2", id="no-such-answer"
        ),
        pytest.param(change(answers=["one"]), "setup.answers must hold 2 answers, not 1", id="one-answer"),
        pytest.param(change(question=None), "setup.question is missing", id="no-question"),
        pytest.param(change(creationTime="now"), "setup.creationTime must be a finite number", id="no-time"),
        pytest.param(
            lambda d: d["rounds"][0]["JudgeFeedback"].update(distribution=[0.5, 0.6]),
            "rounds[0].JudgeFeedback.distribution must be 2 probabilities that sum to 1",
            id="not-a-distribution",
        ),
        pytest.param(
            lambda d: d["rounds"][1]["SimultaneousSpeeches"]["speeches"]["0"].pop("timestamp"),
            "rounds[1].SimultaneousSpeeches.speeches.0.timestamp is missing",
            id="no-timestamp",
        ),
        pytest.param(
            lambda d: d["rounds"][1]["SimultaneousSpeeches"]["speeches"]["0"]["content"][1]["Quote"].update(span=[5]),
            "rounds[1].SimultaneousSpeeches.speeches.0.content[1].Quote.span must be the first token",
            id="half-a-quote",
        ),
    ],
)
def test_a_damaged_debate_is_refused_with_the_place(tmp_path: Path, alter: Callable[[Any], Any], message: str) -> None:
    document = nyu()
    alter(document)
    with pytest.raises(SourceDamaged) as caught:
        imported(tmp_path, document)
    assert caught.value.message.startswith(f"pail-0.json: {message}")


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        ("He did n't , she said .", "He didn't, she said."),
        ("`` Pa 's here , '' he said -- twice .", '"Pa\'s here," he said--twice.'),
        ("-LSB- Note : five $ 3.80 -RRB-", "[Note: five $3.80)"),
        ('" You " and " I "', '"You" and "I"'),
        ("the boys ' house", "the boys' house"),
        ("They 'll see ` it ' .", "They'll see 'it'."),
        ("", ""),
    ],
)
def test_tokens_become_text_again(tokens: str, text: str) -> None:
    assert untokenised(tokens.split()) == text


def test_line_ends_stay() -> None:
    assert untokenised(["a", ".", "\n", "\n", "B", "."]) == "a.\n\nB."


# -- the real ones -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real() -> list[tuple[ImportedSession, ...]]:
    folder = data_folder("nyu_debates") / "official"
    return [read_source(FileSource(path))[1] for path in sorted(folder.glob("*.json"))]


def test_the_real_debates_hold_what_is_known_of_them(real: list[tuple[ImportedSession, ...]]) -> None:
    counts = Counter[str]()
    for live, *_ in real:
        counts.update(dict(live.counts))
    assert counts["live beliefs"] == 1897
    assert (counts["sequential rounds"], counts["simultaneous rounds"]) == (1305, 304)
    assert (counts["offline judgment rounds"], counts["negotiate-end rounds"]) == (156, 67)
    rounds = [dict(live.counts)["rounds"] for live, *_ in real]
    assert (len(rounds), rounds.count(0), max(rounds)) == (505, 23, 51)


def test_the_sessions_of_the_real_debates_hold_the_same(real: list[tuple[ImportedSession, ...]]) -> None:
    given = [
        entry.event.probabilities
        for live, *_ in real
        for entry in live.entries
        if isinstance(entry.event, ev.BeliefsGiven)
    ]
    assert len(given) == 1897
    assert all(abs(sum(probabilities) - 1) < 1e-12 for probabilities in given)
    passes = sum(entry.event.kind == "round_opened" for live, *_ in real for entry in live.entries)
    assert passes == 1305 + 304
    assert len({session.id for sessions in real for session in sessions}) == 505 + 196


def test_the_recorded_reward_of_every_judged_debate_is_the_rule_s(real: list[tuple[ImportedSession, ...]]) -> None:
    checked = 0
    for live, *_ in real:
        seen = folded(live)
        if seen.score is None:
            continue
        rule = seen.score.rule
        believed = seen.beliefs[-1].probabilities[("a_right", "b_right").index(seen.outcome)]
        assert seen.score.rounds == sum(isinstance(entry.event, ev.FloorPassed) for entry in live.entries)
        expected = log_score(
            believed,
            seen.score.rounds,
            log_base=rule.log_base,
            coefficient=rule.coefficient,
            constant=rule.constant,
            penalty=rule.penalty,
        )
        assert abs(seen.score.value - expected) < 1e-12
        assert not any("was computed" in remark for remark in account_of(live).remarks)
        checked += 1
    assert checked == 408


def test_nothing_is_left_behind_of_the_real_debates_without_a_reason(real: list[tuple[ImportedSession, ...]]) -> None:
    told = [item for sessions in real for session in sessions for item in account_of(session).unmapped]
    assert not [item for item in told if item.why == NO_PLACE]
    bookkeeping = {item.where for item in told if item.why == "bookkeeping of the experiments"}
    assert {where.removeprefix("debates-metadata.jsonl.") for where in bookkeeping} == {
        *("offlineJudges", "latestUpdateTime", "currentSpeakers", "status.Complete.result.timestamp"),
    }
