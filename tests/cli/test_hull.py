"""`chatarena hull`: from sessions and tables to an answer, the same on stdout, in JSON and on a page."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chatarena.arena import events as ev
from chatarena.cli.home import Paths
from chatarena.report.hull.text import WHY
from chatarena.session_log.store import SessionLog
from tests.cli.conftest import Chatarena
from tests.session_log.samples import NOON, entries
from tests.support.data import data_folder
from tests.support.sessions import DECISION, cast, opening, ratings

QUICK = ("--bootstrap", "40", "--null", "40")
WEIGHTS = np.array([0.6, 0.4])


def held(number: int, *, model: str = "openai/x", appraised: bool = True, size: int = 2) -> tuple[ev.Event, ...]:
    """A finished session in which she values options as her two agents do together, up to a constant."""
    rng = np.random.default_rng(number)
    wanted = rng.uniform(10, 90, (3, size))
    finals = wanted[:, :2] @ WEIGHTS + rng.uniform(-3, 3)
    agents = tuple(replace(agent, model=model) for agent in cast(size))
    numbers = [ratings(DECISION, wanted[:, place].tolist()) for place in range(size)]
    labels = [agent.label for agent in agents]
    said = [ev.ClaimMade(agent=who, round=1, ratings=given) for who, given in zip(labels, numbers, strict=True)]
    thought = [
        ev.AppraisalMade(agent=who, round=1, ratings=given, method="verbal")
        for who, given in zip(labels, numbers, strict=True)
    ]
    return (
        *opening(size, agents=agents),
        ev.RoundOpened(round=1, order=tuple(labels)),
        *said,
        *(thought if appraised else ()),
        ev.RatingsGiven(phase="final", round=1, ratings=ratings(DECISION, finals.tolist())),
        ev.SessionClosed(status="complete"),
    )


@pytest.fixture
def log(home: Paths) -> SessionLog:
    """A log with twelve sessions of the same two agents."""
    log = SessionLog(home.database, environ={})
    for number in range(12):
        log.append(entries(f"S{number:02}", held(number), at=NOON + 100 * number))
    return log


@pytest.fixture
def scores(home: Paths) -> Path:
    """A table in which the person is three tenths of one agent and seven of the other."""
    rng = np.random.default_rng(3)
    path = Path("scores.csv")
    lines = ["item,human,ash,birch,note"]
    for row in range(30):
        ash, birch = rng.uniform(0, 1, 2)
        lines.append(f"item {row},{0.3 * ash + 0.7 * birch:.6f},{ash:.6f},{birch:.6f},same")
    path.write_text("\n".join(lines) + "\n")
    return path


def of_table(*more: str) -> tuple[str, ...]:
    return ("hull", "--table", "scores.csv", "--target", "human", *QUICK, *more)


# -- tables ------------------------------------------------------------------------------------------------------------


def test_a_table_is_answered_with_its_setting(scores: Path, chatarena: Chatarena) -> None:
    done = chatarena(*of_table())
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Inside: ")
    for words in ("Combination: simplex", "Offset: one constant", "root mean square error, up to 0.05", "5-fold"):
        assert words in done.out
    assert "Column left out, words, not numbers: note." in done.out
    assert "Column left out, it names the rows: item." in done.out


def test_json_holds_the_same_numbers_unrounded(scores: Path, chatarena: Chatarena) -> None:
    data = chatarena(*of_table("--json")).data
    analysis = data["analysis"]
    assert analysis["verdict"]["answer"] == "inside"
    weights = dict(zip(analysis["agents"], analysis["fitted"]["weights"], strict=True))
    assert weights == pytest.approx({"ash": 0.3, "birch": 0.7}, abs=1e-5)
    assert set(data["least_largest_errors"]) == {"simplex", "cone", "affine"}
    assert data["subject"]["origin"][0] == ["Table", "scores.csv"]
    assert data["question"]["seed"] == 0
    assert {one["name"] for one in data["without"]} == {"ash", "birch"}


def test_the_same_seed_prints_the_same(scores: Path, chatarena: Chatarena) -> None:
    one, two, other = (chatarena(*of_table("--seed", seed, "--json")).out for seed in ("4", "4", "5"))
    assert one == two != other


def test_holes_are_counted(scores: Path, chatarena: Chatarena) -> None:
    lines = scores.read_text().splitlines()
    item, human, _, birch, note = lines[3].split(",")
    lines[3] = ",".join((item, human, "NA", birch, note))
    scores.write_text("\n".join(lines) + "\n")
    done = chatarena(*of_table())
    assert "1 of 30 instances lacks a number and is left out" in done.out


USAGE = [
    pytest.param(("--table", "scores.csv"), "needs --target", id="no-target"),
    pytest.param(("--table", "scores.csv", "--target", "humna"), "did you mean 'human'", id="misspelt-target"),
    pytest.param(("--table", "none.csv", "--target", "human"), "No such file", id="no-file"),
    pytest.param(("--table", "scores.csv", "--target", "human", "last"), "without sessions", id="table-and-session"),
    pytest.param(("--table", "scores.csv", "--target", "human", "--tag", "x"), "without sessions", id="table-and-tag"),
    pytest.param(("--target", "human"), "--target goes with --table", id="target-without-table"),
    pytest.param(("--group", "q"), "--group goes with --table", id="group-without-table"),
    pytest.param(("--all", "S01"), "choose the sessions by themselves", id="all-and-ids"),
    pytest.param(("--numbers", "claims", "--method", "verbal"), "how appraisals were made", id="method-of-claims"),
    pytest.param(
        ("--table", "scores.csv", "--target", "human", "--offset", "per-state"), "several states", id="no-states"
    ),
    pytest.param(("--table", "scores.csv", "--target", "human", "--scale", "5,1"), "less than", id="scale-upside-down"),
    pytest.param(
        ("--table", "scores.csv", "--target", "human", "--bootstrap", "1"), "from 2 to 1000000", id="one-resample"
    ),
    pytest.param(("--table", "scores.csv", "--target", "human", "--tolerance", "0"), "more than 0", id="no-tolerance"),
    pytest.param(("--kind", "ellipse"), "invalid choice", id="unknown-kind"),
    pytest.param(("nothing-like-this",), "no session", id="unknown-session"),
    pytest.param(("--tag", "none"), "no session with the tag 'none'", id="unknown-tag"),
    pytest.param(("S01", "--agents", "nobody"), "no agent 'nobody'", id="unknown-agent"),
]


@pytest.mark.parametrize(("words", "error"), USAGE)
def test_what_cannot_be_asked_says_why(
    scores: Path, log: SessionLog, chatarena: Chatarena, words: tuple[str, ...], error: str
) -> None:
    done = chatarena("hull", *words)
    assert (done.code, done.out) == (2, "")
    assert error in done.err


def test_a_damaged_table_says_line_and_column(scores: Path, chatarena: Chatarena) -> None:
    scores.write_text(scores.read_text() + "item 30,0.5,0.5,x,same\n")
    done = chatarena(*of_table())
    assert (done.code, done.out) == (1, "")
    assert "line 32, column 'birch': 'x' is no number" in done.err


def test_names_cannot_act_on_the_terminal(scores: Path, chatarena: Chatarena) -> None:
    scores.write_text(scores.read_text().replace("birch", "bi\x1b[31mrch", 1))
    done = chatarena(*of_table())
    assert done.code == 0
    assert "\x1b" not in done.out
    assert "rch" in done.out


def test_real_ratings_of_dilemmas(home: Paths, chatarena: Chatarena) -> None:
    path = data_folder("offtherails") / "offtherails.csv"
    words = ("--target", "human_permissibility", "--agents", "perm|*", "--scale", "1,5", *QUICK)
    data = chatarena("hull", "--table", str(path), *words, "--offset", "none", "--json").data
    assert (data["analysis"]["n"], data["analysis"]["k"]) == (80, 10)
    assert data["analysis"]["fitted"]["mse"] == pytest.approx(0.0059285, abs=1e-6)
    assert data["analysis"]["verdict"]["answer"] == "not inside"


# -- sessions ----------------------------------------------------------------------------------------------------------


def test_many_sessions_are_one_table(log: SessionLog, chatarena: Chatarena) -> None:
    done = chatarena("hull", "--all", "--offset", "per-state", *QUICK, "--json")
    assert done.code == 0, done.err
    analysis = done.data["analysis"]
    assert (analysis["n"], analysis["k"], analysis["units"]) == (36, 2, 12)
    assert analysis["agents"] == ["agent-ash", "agent-birch"]
    assert analysis["fitted"]["weights"] == pytest.approx([0.6, 0.4])
    assert analysis["verdict"]["answer"] == "inside"


def test_one_session_speaks_by_label_and_is_alarmed(log: SessionLog, chatarena: Chatarena) -> None:
    done = chatarena("hull", "S03", *QUICK)
    assert done.code == 0
    first, second, *_ = done.out.split("\n\n")
    assert first.startswith(("Not inside", "It cannot be told"))
    assert second.startswith(tuple(WHY.values())) and "\n! " in second
    assert "Ash" in done.out and "agent-ash" not in done.out
    assert not any(line.startswith("Inside:") for line in done.out.splitlines())


def test_tags_and_ids_choose_sessions(log: SessionLog, chatarena: Chatarena) -> None:
    for number in (1, 2, 3):
        log.tag(f"S{number:02}", add=["pilot"])
    by_tag = chatarena("hull", "--tag", "pilot", *QUICK, "--json").data["analysis"]
    by_id = chatarena("hull", "S03", "S01", "S02", "S01", *QUICK, "--json").data["analysis"]
    assert by_tag["n"] == by_id["n"] == 9
    assert by_tag["fitted"]["mse"] == pytest.approx(by_id["fitted"]["mse"])


def test_where_all_sessions_with_a_tag_are_left_out_they_are_counted_by_reason(
    log: SessionLog, chatarena: Chatarena
) -> None:
    for name in ("script", "second"):
        log.append(entries(name, held(50, model="scripted/demo")))
        log.tag(name, add=["study"])
    done = chatarena("hull", "--tag", "study", *QUICK)
    assert done.code == 2
    assert "no session with the tag 'study' is evidence by itself; left out: 2 (its agents follow a script)" in done.err
    assert "chatarena hull second script" in done.err or "chatarena hull script second" in done.err
    unknown = chatarena("hull", "--tag", "nosuch", *QUICK)
    assert unknown.code == 2 and "there is no session with the tag 'nosuch'" in unknown.err
    assert "chatarena sessions list" in unknown.err and "hull last" not in unknown.err


def test_copies_and_scripts_are_no_evidence(log: SessionLog, chatarena: Chatarena) -> None:
    fork = ev.SessionForked(parent="S01", at=3, prefix="d" * 64, version="0")
    log.append(entries("fork", (*held(1), fork)))
    log.append(entries("script", held(50, model="scripted/demo")))
    done = chatarena("hull", "--all", *QUICK)
    assert "Instances: 36 in 12 groups" in done.out
    assert "Session left out, a fork of S01: fork." in done.out
    assert "Session left out, its agents follow a script: script." in done.out
    assert chatarena("hull", "script", *QUICK).code == 0, "but named it is analysed"
    together = chatarena("hull", "S01", "fork", *QUICK, "--json").data["analysis"]
    assert (together["n"], together["units"]) == (6, 6), "one group: its instances are all there is to divide"


def test_sessions_that_cannot_be_used_are_named(log: SessionLog, chatarena: Chatarena) -> None:
    log.append(entries("mute", held(51, appraised=False)))
    log.append(entries("three", held(52, size=3)))
    done = chatarena("hull", "--all", *QUICK)
    assert "Session left out, no verbal appraisals: mute." in done.out
    assert "Agent left out, sat in 1 of 13 sessions: agent-cedar." in done.out
    claims = chatarena("hull", "--all", "--numbers", "claims", *QUICK)
    assert "Instances: 42 in 14 groups" in claims.out
    assert "what they said, not what they want" in " ".join(claims.out.split())


def test_nothing_to_analyse_says_what_is_missing(home: Paths, chatarena: Chatarena) -> None:
    with SessionLog(home.database, environ={}) as log:
        log.append(entries("mute", held(51, appraised=False)[:4]))
    done = chatarena("hull", "mute")
    assert (done.code, done.out) == (2, "")
    assert "mute: the participant rated no option" in done.err


@pytest.mark.parametrize("name", ["job-offer", "island-ferry"])
def test_sessions_that_ship_are_analysed_by_name(home: Paths, chatarena: Chatarena, name: str) -> None:
    data = chatarena("hull", name, *QUICK, "--json").data
    assert data["analysis"]["n"] >= 3
    assert data["analysis"]["verdict"]["answer"] != "inside", "one short session never shows that"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(of_table("--seed", "-1"), "at least 0", id="negative seed"),
        pytest.param(of_table("--agents", "ash,human"), "'human' is the target", id="the target as an agent"),
        pytest.param(of_table("--html", "nowhere/page.html"), "no folder nowhere", id="no folder"),
        pytest.param(of_table("--html", "."), ". is a folder", id="a folder"),
        pytest.param(("hull", "scores.csv"), "--table scores.csv", id="a table as a session"),
    ],
)
def test_what_cannot_be_done_says_why_before_anything_is_computed(
    scores: Path, chatarena: Chatarena, words: tuple[str, ...], said: str
) -> None:
    done = chatarena(*words)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


# -- files -------------------------------------------------------------------------------------------------------------


def test_the_page_is_written_once(scores: Path, chatarena: Chatarena) -> None:
    done = chatarena(*of_table("--html", "report.html"))
    assert (done.code, done.err) == (0, "written: report.html\n")
    page = Path("report.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>") and "More agents, smaller error?" in page
    again = chatarena(*of_table("--html", "report.html"))
    assert (again.code, again.out) == (2, "")
    assert "--force" in again.err
    assert chatarena(*of_table("--html", "report.html", "--force")).code == 0
    assert Path("report.html").read_text(encoding="utf-8") == page
    assert chatarena(*of_table("--html", "nowhere/report.html")).code == 2


HERE = importlib.util.find_spec("matplotlib") is not None


@pytest.mark.skipif(HERE, reason="matplotlib is installed")
def test_a_picture_without_the_library_says_what_to_install(scores: Path, chatarena: Chatarena) -> None:
    done = chatarena(*of_table("--png", "figures.png"))
    assert (done.code, done.out) == (2, "")
    assert "stackelberg-chatarena[figures]" in done.err
    assert not Path("figures.png").exists()


@pytest.mark.skipif(not HERE, reason="matplotlib is not installed: pip install stackelberg-chatarena[figures]")
def test_a_picture_is_drawn(scores: Path, chatarena: Chatarena) -> None:
    assert chatarena(*of_table("--png", "figures.png")).code == 0
    assert Path("figures.png").read_bytes().startswith(b"\x89PNG\r\n")
    assert chatarena("hull", "commute-ja", *QUICK, "--png", "other.png").code == 0


def test_json_beside_files_is_still_one_document(scores: Path, chatarena: Chatarena) -> None:
    done = chatarena(*of_table("--html", "report.html", "--json"))
    assert json.loads(done.out)["status"] == "ok"
