"""Commands that work for long and are told to end: a plain line of what is kept, exit code 130, nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from chatarena.cli.ending import endable, interruption, undisturbed
from chatarena.cli.home import Paths
from chatarena.cli.parser import parse
from tests.cli.conftest import Chatarena
from tests.support.loopback_server import LoopbackServer
from tests.support.provider import Provider
from tests.support.terminal import children, outlived

CHATARENA = "from chatarena.cli import main; sys.exit(main(sys.argv[1:]))"
# Told to end by itself once it has used so many seconds of a processor: it is at work by then on any machine.
ENDS = (
    "import os, signal, sys; signal.signal(signal.SIGPROF, lambda *_: os.kill(os.getpid(), signal.SIGTERM));"
    " signal.setitimer(signal.ITIMER_PROF, {}); "
)
NOTHING = "chatarena: interrupted; nothing of it is kept"
FILES = f"{NOTHING} but files named above as written"
TABLE = ("table.csv", "--target", "y")


@pytest.fixture
def table(home: Paths) -> Path:
    rng = np.random.default_rng(1)
    x = rng.standard_normal((400, 6))
    rows = np.column_stack([x, x.sum(axis=1) + rng.standard_normal(400)])
    path = Path("table.csv")
    path.write_text("\n".join(["a,b,c,d,e,f,y", *(",".join(f"{value:.6f}" for value in row) for row in rows)]))
    return path


def ended(*words: str, after: float = 1.2) -> tuple[int, list[str], set[str]]:
    """The exit code, what was said, and which files are new."""
    there = {path.name for path in Path().iterdir()}
    done = subprocess.run(
        [sys.executable, "-c", ENDS.format(after) + CHATARENA, *words],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stderr and done.stdout == ""
    return done.returncode, done.stderr.splitlines(), {path.name for path in Path().iterdir()} - there


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(("game", "bound", "--games", "10000000"), NOTHING, id="bound"),
        pytest.param(("game", "sweep", "--games", "20000", "--svg", "x.svg"), FILES, id="game sweep"),
        pytest.param(("game", "evaluation", "--games", "20000"), NOTHING, id="evaluation"),
        pytest.param(("game", "simulate", "--games", "100000"), NOTHING, id="simulate"),
        pytest.param(
            ("network", "sweep", "--data", *TABLE, "--allocations", "100000", "--svg", "x.svg"),
            FILES,
            id="network sweep",
        ),
        pytest.param(
            ("network", "run", "--data", *TABLE, "--learner", "trees", "--agents", "500"), NOTHING, id="network run"
        ),
        pytest.param(
            ("hull", "--table", *TABLE, "--bootstrap", "1000000", "--null", "0"), NOTHING, id="hull, resamples"
        ),
        pytest.param(("hull", "--table", *TABLE, "--bootstrap", "0", "--null", "1000000"), NOTHING, id="hull, null"),
        pytest.param(
            ("hull", "--table", *TABLE, "--bootstrap", "1000000", "--curve", "--html", "x.html"), FILES, id="hull, page"
        ),
    ],
)
def test_a_computation_ends_when_it_is_told_to(table: Path, words: tuple[str, ...], told: str) -> None:
    code, said, new = ended(*words)
    assert (code, said[-1], new) == (130, told, set())


def test_a_series_ends_and_what_was_played_is_kept(home: Paths) -> None:
    words = ("game", "simulate", "--games", "100000", "--out", "series.jsonl")
    code, said, new = ended(*words)
    assert (code, new) == (130, {"series.jsonl"})
    assert said[-1] == (
        "chatarena: interrupted; series.jsonl has the games played so far; the same command goes on from there"
    )


# -- what talks to a model ---------------------------------------------------------------------------------------------


@pytest.fixture
def silent(home: Paths) -> Iterator[LoopbackServer]:
    """A provider that takes every request and never answers."""
    with Provider() as server:
        home.config_file.parent.mkdir(parents=True, exist_ok=True)
        home.config_file.write_text(
            '[models]\ndefault = "openai/slow_first"\n'
            f'api_base = {{ openai = "{server.base_url}" }}\n[retry]\nattempts = 1\n'
        )
        yield server


SAID = "chatarena: interrupted; what was said so far is in the log"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(("network", "debate", "flat", "--mode", "native"), SAID, id="network debate"),
        pytest.param(("rerun", "job-offer", "--fresh", "--model", "openai/slow_first"), SAID, id="rerun"),
        pytest.param(("models", "test"), "chatarena: interrupted", id="models test"),
    ],
)
def test_a_talk_ends_when_it_is_told_to(silent: LoopbackServer, words: tuple[str, ...], told: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", f"import sys; {CHATARENA}", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "OPENAI_API_KEY": "x"},
    ) as running:
        assert silent.until(lambda server: bool(server.requests), 60.0)
        (model_process,) = children(running.pid)
        running.send_signal(signal.SIGTERM)
        said = running.communicate(timeout=60)[1]
    assert (running.returncode, said.splitlines()[-1]) == (130, told)
    assert "Traceback" not in said
    assert not outlived(model_process)


# -- what goes on where it was ended -----------------------------------------------------------------------------------


def test_an_import_ends_and_what_was_brought_in_is_whole(chatarena: Chatarena) -> None:
    count = 2000
    Path("chats").mkdir()
    for number in range(count):
        talk = [{"role": "user", "content": "Tea?"}, {"role": "assistant", "content": f"No, {number}"}]
        Path("chats", f"{number}.jsonl").write_text(json.dumps({"messages": talk}) + "\n")
    code, said, _ = ended("import", "chats", "--format", "chat_jsonl")
    assert (code, said[-1]) == (
        130,
        "chatarena: interrupted; what was brought in so far is in the log; the same command goes on from there",
    )
    known = [row["id"] for row in chatarena("sessions", "list", "--limit", "1000000", "--json").data]
    assert len(known) < count
    assert all(chatarena("verify", session).code == 0 for session in known[:1])


# -- what is said ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("debate d.yaml --no-log", "; nothing of it is kept"),
        ("resume", "; what was said so far is in the log"),
        ("fork last --at r1", "; what was said so far is in the log"),
        ("demo", "; what was said so far is in the log"),
        ("network debate --no-log", "; nothing of it is kept"),
        ("network design adaptive --svg x.svg", "; nothing of it is kept but files named above as written"),
        ("game simulate --out not-begun.jsonl", "; nothing of it is kept"),
        ("game", "; nothing of it is kept"),
        ("import chats --dry-run", "; nothing of it is kept"),
        ("export --out -", "; nothing of it is kept"),
        ("models get m", "; what was fetched so far is kept; the same command goes on from there"),
        ("models get m --from file:m.gguf", "; nothing of it is kept"),
        ("sessions list", ""),
    ],
)
def test_a_line_says_what_is_kept(words: str, kept: str) -> None:
    assert interruption(parse(words.split())) == f"interrupted{kept}"


# -- an end that comes in another's clothes ----------------------------------------------------------------------------


def test_compiled_code_that_is_called_off_is_called_off() -> None:
    with pytest.raises(KeyboardInterrupt), endable():
        raise SystemError("returned a result with an exception set") from KeyboardInterrupt()


def test_an_error_of_its_own_stays_one() -> None:
    with pytest.raises(SystemError), endable():
        raise SystemError("of its own") from ValueError()


def test_errors_that_stand_before_one_another_are_errors() -> None:
    first, second = ValueError(), ValueError()
    first.__context__, second.__context__ = second, first
    with pytest.raises(ValueError), endable():
        raise first from second


def test_within_an_end_that_is_told_of_nothing_ends() -> None:
    with endable(), pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGTERM)
    with undisturbed():
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
