"""A window that is closed and a program that is told to end: what was being said is kept, and the session goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatarena.arena import events as ev
from chatarena.moderator.moderator import LEFT
from tests.cli.scripted_arena import WORDS
from tests.support.provider import Provider
from tests.support.terminal import CHATARENA, CTRL_S, ENTER, ESCAPE, Terminal, children, logged, outlived

DECISION = "question: Tea or coffee?\noptions: [Tea, Coffee]\n"
ARENA = "from tests.cli.scripted_arena import main; sys.exit(main())"
DEAF = "import signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN); "
ENDS = ["window", "SIGHUP", "SIGTERM"]


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as server:
        yield server


@pytest.fixture
def home(tmp_path: Path, provider: Provider) -> Path:
    config = tmp_path / "config"
    config.mkdir()
    (config / "config.toml").write_text(
        f'[models]\ndefault = "openai/reply"\napi_base = {{ openai = "{provider.base_url}" }}\n[retry]\nattempts = 1\n'
    )
    (tmp_path / "decision.yaml").write_text(DECISION)
    return tmp_path


def environment(home: Path) -> dict[str, str]:
    return {"CHATARENA_HOME": str(home), "OPENAI_API_KEY": "x", "OLLAMA_API_BASE": "http://127.0.0.1:9"}


def left(home: Path) -> tuple[str, list[ev.Event]]:
    """The session and its events, once it is clear that it was left properly."""
    with logged(home) as log:
        session = log.resolve("last")
        events = [entry.event for entry in log.entries(session)]
    assert isinstance(events[-1], ev.SessionLeft) and events[-1].reason == LEFT
    return session, events


def interrupted(events: list[ev.Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, ev.TurnTaken) and event.status == "interrupted"]


def resume(home: Path, session: str, stdin: str = "") -> str:
    """Finish the session without a screen; how the log then says it stands."""
    done = subprocess.run(
        [sys.executable, "-m", "chatarena", "resume", session, "--json"],
        capture_output=True,
        input=stdin.encode(),
        env={**os.environ, **environment(home)},
        timeout=120,
    )
    assert done.returncode == 0, done.stderr.decode()
    with logged(home) as log:
        return next(row.status for row in log.sessions() if row.id == session)


def begin_to_talk(terminal: Terminal) -> None:
    """From the start page into the first round of the first example."""
    terminal.until("New decision")
    terminal.press("e")
    terminal.until("Should I become team leader")
    terminal.press(ENTER)
    terminal.until("Start (ctrl+s)")
    terminal.press(CTRL_S)
    terminal.until("What is each worth to you now")
    terminal.press(ESCAPE)


@pytest.mark.parametrize("end", ENDS)
def test_the_arena_is_left_in_the_middle_of_a_turn(tmp_path: Path, end: str) -> None:
    with Terminal(ARENA, environ=environment(tmp_path)) as terminal:
        begin_to_talk(terminal)
        terminal.until("You know the bench, and the")
        assert terminal.end(end) == 130
    session, events = left(tmp_path)
    said = interrupted(events)
    assert len(said) == 4 and all(len(text.split()) == WORDS for text in said)
    assert resume(tmp_path, session) in ("complete", "partial")


def test_the_arena_ends_without_its_window_where_no_signal_tells_it(tmp_path: Path) -> None:
    with Terminal(DEAF + ARENA, environ=environment(tmp_path)) as terminal:
        begin_to_talk(terminal)
        terminal.until("You know the bench, and the")
        assert terminal.end("window") == 130
    _, events = left(tmp_path)
    assert len(interrupted(events)) == 4


@pytest.mark.parametrize("end", ENDS)
def test_the_arena_ends_on_its_start_page(tmp_path: Path, end: str) -> None:
    with Terminal(ARENA, environ=environment(tmp_path)) as terminal:
        terminal.until("New decision")
        assert terminal.end(end) == 130
    with logged(tmp_path) as log:
        assert log.sessions() == ()


def test_closing_the_window_leaves_no_model_process_behind(home: Path, provider: Provider) -> None:
    provider.enqueue(*["stall"] * 4)
    with Terminal(CHATARENA, environ=environment(home)) as terminal:
        begin_to_talk(terminal)
        terminal.until("Well, the second")
        (model_process,) = children(terminal.process.pid)
        assert terminal.end("window") == 130
        assert not outlived(model_process)
    session, events = left(home)
    assert set(interrupted(events)) == {"Well, the second"}
    resumed = resume(home, session, stdin="\n" * 20 + "1\n\n")
    assert resumed == "complete", "whom the leave cut off speaks again"


# -- without a screen --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["SIGHUP", "SIGTERM", "SIGINT"])
def test_a_debate_is_left_in_the_middle_of_a_turn(home: Path, provider: Provider, end: str) -> None:
    provider.enqueue("stall")
    words = ["debate", str(home / "decision.yaml"), "--cast", "opposed-pair", "--rounds", "1", "--jsonl"]
    debate = subprocess.Popen(
        [sys.executable, "-m", "chatarena", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment(home)},
    )
    assert debate.stdout is not None
    shown, awaited = [], {"turn_taken", "claim_made", "appraisal_made"}
    while awaited:  # the other agent has spoken, claimed and appraised: by then this one has long fallen silent
        shown.append(json.loads(debate.stdout.readline()))
        awaited.discard(shown[-1]["event"]["kind"])
    (model_process,) = children(debate.pid)
    debate.send_signal(signal.Signals[end])
    rest, told = debate.communicate(timeout=60)
    shown += [json.loads(line) for line in rest.splitlines()]
    assert (debate.returncode, "Traceback" in told) == (130, False), told
    assert "what was said so far is in the log" in told
    assert not outlived(model_process)
    session, events = left(home)
    assert interrupted(events) == ["Well, the second"]
    assert [entry["seq"] for entry in shown] == list(range(len(shown))) and len(shown) <= len(events) - 2
    assert resume(home, session) == "complete", "whom the leave cut off speaks again"


@pytest.mark.parametrize("deaf", ["", "no signal"], ids=["hung up", "no signal"])
def test_a_question_that_lost_its_terminal_is_not_declined(home: Path, deaf: str) -> None:
    words = ("debate", str(home / "decision.yaml"), "--cast", "opposed-pair", "--rounds", "1", "--interactive")
    with Terminal((DEAF if deaf else "") + CHATARENA, *words, environ=environment(home)) as terminal:
        terminal.until("Tea: ")
        assert terminal.end("window") == 130
    _, events = left(home)
    assert not any(isinstance(event, ev.RatingsGiven) for event in events)


def test_a_hangup_that_is_ignored_stays_ignored(tmp_path: Path) -> None:
    demo = subprocess.Popen(
        [sys.executable, "-c", DEAF + CHATARENA, "demo", "--jsonl", "--seconds-per-word", "0.001"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environment(tmp_path)},
    )
    assert demo.stdout is not None
    first = demo.stdout.readline()
    demo.send_signal(signal.SIGHUP)
    rest, _ = demo.communicate(timeout=60)
    assert demo.returncode == 0
    assert json.loads(first)["seq"] == 0
    assert json.loads(rest.splitlines()[-1])["event"]["kind"] == "session_closed"
