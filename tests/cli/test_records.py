"""What agents claimed in earlier sessions weighs their claims in the next one, and the log says with which numbers."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from chatarena.arena import events as ev
from chatarena.arena.events import AgentCommitted
from chatarena.arena.forecasting import forecast
from chatarena.arena.recommending import recommend
from chatarena.arena.session import Session, evolve
from chatarena.choice.blend import PRIOR_SD, blend, estimate_calibration
from chatarena.cli.home import find_paths
from chatarena.cli.stage import Stage
from chatarena.language_model.open import ModelSettings, open_models
from chatarena.report.words import qualifications
from chatarena.session_log.store import SessionLog
from tests.cli.test_debate import configure, home, provider, run
from tests.support.provider import Provider
from tests.support.sessions import DECISION, opening, play

__all__ = ["home", "provider"]

CAST = ("--cast", "opposed-pair", "--rounds", "1")
# The loopback provider claims 10 for tea and 30 for coffee, whoever is asked.
CLAIMS = (0.1, 0.3)


def held(folder: Path, *words: str, finals: tuple[str, str] = ("20", "80")) -> str:
    """A session with a person who takes part; returns what was printed."""
    answers = "\n".join(["60", "40", "", *finals, "2", "75"]) + "\n"
    done = run(folder, "debate", "decision.yaml", *CAST, "--interactive", *words, stdin=answers)
    assert done.returncode == 0, done.stderr
    return done.stdout


def last(folder: Path) -> tuple[ev.Entry, ...]:
    with SessionLog(folder / "data" / "chatarena.db") as log:
        return log.entries(log.resolve("last"))


def header(folder: Path) -> ev.SessionOpened:
    event = last(folder)[0].event
    assert isinstance(event, ev.SessionOpened)
    return event


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Path:
    """The log after one session."""
    folder = tmp_path_factory.mktemp("first")
    configure(folder, provider)
    held(folder)
    assert header(folder).records == ()
    return folder / "data" / "chatarena.db"


@pytest.fixture
def met(home: Path, first: Path) -> Path:
    """A home in which the agents have been met once."""
    (home / "data").mkdir(mode=0o700)
    shutil.copy(first, home / "data")
    return home


ONCE = (CLAIMS, (0.2, 0.8))


def test_the_blend_rests_on_earlier_sessions_and_the_log_says_how(met: Path) -> None:
    held(met, finals=("30", "70"))
    once, twice = estimate_calibration([ONCE]), estimate_calibration([ONCE, (CLAIMS, (0.3, 0.7))])
    assert {(record.sessions, record.bias) for record in header(met).records} == {(1, once.bias)}
    printed = held(met, "--source", "blend")
    labels = [face.label for face in header(met).faces]
    assert header(met).records == tuple(
        ev.TrackRecord(agent=label, bias=twice.bias, noise_sd=twice.noise_sd, sessions=2) for label in labels
    )
    assert once.bias != twice.bias, "or this could not tell one session from two"
    shown = [entry.event for entry in last(met) if isinstance(entry.event, ev.ForecastShown)]
    expected = blend((0.2, 0.8), PRIOR_SD, [CLAIMS] * 2, [twice] * 2).means
    assert shown[-1].forecast.source == "blend"
    assert shown[-1].forecast.utilities == pytest.approx(expected)
    assert f"learned from earlier sessions with {labels[0]} (2) and {labels[1]} (2)." in printed


def test_what_was_shown_is_found_again_from_the_log_alone(met: Path) -> None:
    held(met, "--source", "blend")
    entries = last(met)
    assert header(met).records
    with SessionLog(met / "data" / "chatarena.db") as log:
        log.delete(*(listed.id for listed in log.sessions() if listed.id != entries[0].session))
    session = Session()
    checked = 0
    for entry in entries:
        if isinstance(entry.event, ev.ForecastShown):
            assert forecast(session) == entry.event.forecast
            checked += 1
        session = evolve(session, entry.event)
    assert checked > 1
    again = run(met, "rederive", "last")
    assert again.returncode == 0, again.stdout + again.stderr


def test_sessions_that_are_not_logged_read_no_others(met: Path) -> None:
    printed = held(met, "--no-log", "--source", "blend")
    assert "None of the agents is known from an earlier session" in printed


async def test_a_scripted_cast_is_weighed_by_nobodys_past(met: Path) -> None:
    """So that a demo is the same on every machine; its agents bear the names of real ones."""
    with SessionLog(met / "data" / "chatarena.db") as log:
        agents = tuple(entry.event.commitment.agent for entry in last(met) if isinstance(entry.event, AgentCommitted))
        stage = Stage(models=open_models(ModelSettings(), jitter=lambda: 0.0), log=log, writer=None, paths=find_paths())
        assert [record.sessions for record in await stage.records(agents)] == [1, 1]
        scripted = (replace(agents[0], model="scripted/demo"), agents[1])
        assert await stage.records(scripted) == ()
        assert await replace(stage, log=None).records(agents) == ()
        stranger = replace(agents[0], name="stranger", label="Elm")
        assert [record.agent for record in await stage.records((stranger, agents[1]))] == [agents[1].label]


# -- the words ---------------------------------------------------------------------------------------------------------


def record(label: str, sessions: int) -> ev.TrackRecord:
    return ev.TrackRecord(agent=label, bias=0.1, noise_sd=0.5, sessions=sessions)


STRANGERS = "None of the agents is known from an earlier session, so their claims count little."
LINES = {
    "own ratings": ("own", (record("Ash", 3),), None),
    "the panel": ("panel", (record("Ash", 3),), None),
    "strangers": ("blend", (), STRANGERS),
    "one is known": (
        "blend",
        (record("Ash", 3),),
        "How much a claim counts was learned from earlier sessions with Ash (3)."
        " Nothing is known of the others, so their claims count little.",
    ),
    "all are known": (
        "blend",
        (record("Ash", 3), record("Birch", 1)),
        "How much a claim counts was learned from earlier sessions with Ash (3) and Birch (1).",
    ),
}


@pytest.mark.parametrize(("source", "records", "line"), LINES.values(), ids=LINES)
def test_the_card_says_how_many_earlier_sessions_it_rests_on(
    source: str, records: tuple[ev.TrackRecord, ...], line: str | None
) -> None:
    *_, (session, _, _) = play(opening(2))
    card = replace(recommend(session), source=source)
    found = [text for text in qualifications(card, DECISION, records) if "earlier session" in text]
    assert found == ([line] if line else [])
