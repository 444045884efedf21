"""What earlier sessions teach weighs the panel of the next one: never its own numbers, and all of it is logged."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chatarena.arena import events as ev
from chatarena.arena.learned_weights import learn
from chatarena.arena.session import fold
from chatarena.cli.earlier import panel_of, relatives
from chatarena.replay.rederive import rederive
from chatarena.session_log.store import SessionLog
from tests.cli.test_debate import configure, home, provider, run
from tests.session_log.samples import NOON, entries
from tests.support.provider import Provider
from tests.support.sessions import DECISION, opening, ratings

__all__ = ["home", "provider"]

DEBATE = ("debate", "decision.yaml", "--cast", "opposed-pair", "--rounds", "1", "--seed", "7")
WEIGHTS = (0.9, 0.1)
Taught = Callable[[int], Path]


def database(folder: Path) -> SessionLog:
    return SessionLog(folder / "data" / "chatarena.db", environ={})


def lesson(number: int, agents, weights=WEIGHTS, *, model: str = "openai/reply") -> tuple[ev.Event, ...]:
    """A finished session in which her ratings follow the agents' claims by these weights."""
    rng = np.random.default_rng(number)
    claims = rng.uniform(10, 90, (3, len(agents)))
    finals = claims @ np.asarray(weights) + rng.uniform(-5, 5)
    seated = tuple(replace(agent, favours="", model=model) for agent in agents)
    return (
        *opening(len(agents), agents=seated),
        ev.RoundOpened(round=1, order=tuple(agent.label for agent in agents)),
        *(
            ev.ClaimMade(agent=agent.label, round=1, ratings=ratings(DECISION, claims[:, place].tolist()))
            for place, agent in enumerate(agents)
        ),
        ev.RatingsGiven(phase="final", round=1, ratings=ratings(DECISION, finals.tolist())),
        ev.SessionClosed(status="complete"),
    )


@pytest.fixture(scope="module")
def met(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Path:
    """The log after one real session."""
    folder = tmp_path_factory.mktemp("met")
    configure(folder, provider)
    done = run(folder, *DEBATE, "--json")
    assert done.returncode == 0, done.stderr
    return folder / "data" / "chatarena.db"


@pytest.fixture
def taught(home: Path, met: Path) -> Taught:
    """Makes a home whose log has that session, and this many lessons in which the same agents sat."""

    def teach(sessions: int) -> Path:
        (home / "data").mkdir(mode=0o700)
        shutil.copy(met, home / "data")
        with database(home) as log:
            session = fold(entry.event for entry in log.entries(log.resolve("last")))
            agents = [made.agent for made in session.commitments]
            for number in range(sessions):
                log.append(entries(f"L{number}", lesson(number, agents), at=NOON + 100 * number))
        return home

    return teach


def newest(folder: Path) -> tuple[ev.Entry, ...]:
    with database(folder) as log:
        return log.entries(log.resolve("last"))


def test_weights_and_gap_of_earlier_sessions_stand_in_the_header_and_on_the_card(taught: Taught) -> None:
    home = taught(8)
    done = run(home, *DEBATE)
    assert done.returncode == 0, done.stderr
    written = newest(home)
    session = fold(entry.event for entry in written)
    panel = session.head.panel
    assert panel is not None
    assert (panel.sessions, panel.instances) == (8, 24), "the one without final ratings teaches nothing"
    labels = {made.agent.label for made in session.commitments}
    assert {item.agent for item in panel.weights} == labels
    assert sorted(item.weight for item in panel.weights) == pytest.approx(sorted(WEIGHTS))
    assert session.card is not None
    assert session.card.weighed == "by earlier sessions"
    assert "each counting as much as 8 earlier sessions with them suggest" in done.stdout
    assert "not the theorem's epsilon for this decision" in done.stdout


def test_it_is_rederived_when_the_earlier_sessions_are_gone(taught: Taught) -> None:
    home = taught(8)
    run(home, *DEBATE)
    with database(home) as log:
        log.delete(*(f"L{number}" for number in range(8)))
    checks = list(rederive(newest(home)))
    assert {check.verdict for check in checks if check.what in ("forecast", "card")} == {"same"}


def test_too_few_sessions_are_told_and_weigh_nothing(taught: Taught) -> None:
    home = taught(2)
    done = run(home, *DEBATE)
    panel = fold(entry.event for entry in newest(home)).head.panel
    assert panel is not None and panel.weights == ()
    assert "weights are learned from 5 on" in panel.reason
    assert "each counting the same (2 earlier sessions with them" in done.stdout


def test_without_a_log_nothing_is_learned(taught: Taught) -> None:
    home = taught(8)
    done = run(home, *DEBATE, "--no-log", "--json")
    assert json.loads(done.stdout)["data"]["card"]["weighed"] == "equally"


# -- forks -------------------------------------------------------------------------------------------------------------


def test_a_fork_can_take_the_weights_that_other_sessions_teach(taught: Taught) -> None:
    home = taught(8)
    done = run(home, "fork", "L3", "--weights", "hull", "--json")
    assert done.returncode == 0, done.stderr
    change = json.loads(done.stdout)["data"]["change"]
    with database(home) as log:
        session = fold(entry.event for entry in log.entries("L3"))
        seats = {made.agent.name: made.agent.label for made in session.commitments}
        others = learn([one for one in log.earlier_sessions(tuple(seats)) if one.session != "L3"], seats)
    assert others is not None and others.sessions == 7
    assert change["weights"] == [{"agent": item.agent, "weight": item.weight} for item in others.weights]
    assert "21 options of 7 other sessions" in done.stderr


REFUSED = [
    pytest.param(0, "last", "no other session", id="none"),
    pytest.param(3, "L0", "2 earlier sessions with all of these agents", id="too-few-others"),
]


@pytest.mark.parametrize(("sessions", "where", "words"), REFUSED)
def test_a_fork_says_why_there_are_no_weights(taught: Taught, sessions: int, where: str, words: str) -> None:
    home = taught(sessions)
    done = run(home, "fork", where, "--weights", "hull")
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert "--weights Alder=2,Beech=0" in done.stderr


def test_relatives_are_all_that_share_numbers(tmp_path: Path) -> None:
    def fork(parent: str) -> ev.SessionForked:
        return ev.SessionForked(parent=parent, at=3, prefix="d" * 64, version="0")

    start = opening(2)
    again = ev.SessionRerun(parent="A", prefix="d" * 64, version="0")
    with SessionLog(tmp_path / "log.db", environ={}) as log:
        for session, more in {"A": (), "B": (fork("A"),), "C": (fork("B"),), "D": (again,), "E": ()}.items():
            log.append(entries(session, (*start, *more)))
        for member in "ABCD":
            assert relatives(log, log.entries(member)) == set("ABCD")
        assert relatives(log, log.entries("E")) == {"E"}
        elsewhere = entries("X", (*start, fork("B")))
        assert relatives(log, elsewhere) == {*"ABCD", "X"}, "a bundle's session knows where it comes from"


def test_a_scripted_cast_is_taught_nothing(tmp_path: Path) -> None:
    agents = [made.agent for made in fold(opening(2)).commitments]
    with SessionLog(tmp_path / "log.db", environ={}) as log:
        for number in range(8):
            log.append(entries(f"L{number}", lesson(number, agents)))
        assert panel_of(log, agents) is None
        real = [replace(agent, model="openai/reply") for agent in agents]
        panel = panel_of(log, real)
        assert panel is not None and panel.weights
        fewer = panel_of(log, real, without=frozenset({"L0", "L1"}))
        assert fewer is not None and fewer.sessions == 6
