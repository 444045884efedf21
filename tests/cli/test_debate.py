"""`chatarena debate` as a script sees it: data on stdout, narration on stderr, exit codes that mean something."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatarena.session_log.store import SessionLog
from tests.support.provider import Provider

DECISION = """
question: Tea or coffee?
options: [Tea, Coffee]
"""
PROGRAM = (sys.executable, "-m", "chatarena")
KEY_VARIABLE, KEY = "CHATARENA_LOOPBACK_KEY", "correct-horse-battery-staple"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with Provider() as server:
        yield server


def configure(folder: Path, provider: Provider) -> None:
    """A person's own configuration: `openai/...` models are reached on loopback, tried once."""
    config = folder / "config"
    config.mkdir(parents=True)
    (config / "config.toml").write_text(
        f"""
[models]
default = "openai/reply"
api_base = {{ "openai" = "{provider.base_url}" }}
api_key_env = {{ "openai" = "{KEY_VARIABLE}" }}

[retry]
attempts = 1
"""
    )
    (folder / "decision.yaml").write_text(DECISION)


@pytest.fixture
def home(tmp_path: Path, provider: Provider) -> Path:
    configure(tmp_path, provider)
    return tmp_path


def run(home: Path, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "chatarena", *words],
        capture_output=True,
        text=True,
        input=stdin,
        env={**os.environ, "CHATARENA_HOME": str(home), KEY_VARIABLE: KEY},
        cwd=home,
        timeout=120,
    )


def test_one_json_document_on_stdout_and_the_story_on_stderr(home):
    done = run(home, "debate", "decision.yaml", "--cast", "opposed-pair", "--rounds", "1", "--seed", "7", "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["status"] == "ok"
    data = document["data"]
    assert len(data["turns"]) == len(data["claims"]) == 2
    assert data["card"]["recommended"] == ["b"]
    assert data["seed"] == 7
    assert "calls, at most" in done.stderr
    assert "the price of openai/reply is unknown" in done.stderr
    assert "is thinking" in done.stderr
    with SessionLog(home / "data" / "chatarena.db", read_only=True) as log:
        assert log.resolve("last") == data["session"]
    for place in (done.stdout, done.stderr, *[p.read_text(errors="replace") for p in home.rglob("*") if p.is_file()]):
        assert KEY not in place


def test_jsonl_is_the_log_as_it_happens(home):
    done = run(home, "debate", "decision.yaml", "--cast", "opposed-pair", "--rounds", "1", "--jsonl")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["seq"] for line in lines] == list(range(len(lines)))
    assert lines[0]["event"]["kind"] == "session_opened"
    assert lines[-1]["event"] == {"kind": "session_closed", "status": "complete"}


def test_a_person_without_a_screen_takes_part_line_by_line(home):
    answers = "\n".join(["60", "40", "@Nobody hello", "rate", "10", "90", "Why tea?", "", "20", "80", "2", "75"]) + "\n"
    words = ("--cast", "opposed-pair", "--rounds", "1", "--interactive")
    done = run(home, "debate", "decision.yaml", *words, stdin=answers)
    assert done.returncode == 0, done.stderr
    assert "You said: Why tea?" in done.stdout
    assert "Your ratings (round): Tea 10, Coffee 90" in done.stdout
    assert "You chose: Coffee (75 of 100 sure)" in done.stdout
    assert "The masks come off" in done.stdout
    assert "there is no @Nobody" in done.stderr


def test_an_input_that_ends_leaves_the_session_to_be_resumed(home):
    done = run(
        home, "debate", "decision.yaml", "--cast", "opposed-pair", "--rounds", "1", "--interactive", stdin="50\n"
    )
    assert done.returncode == 130
    again = run(home, "resume", stdin="1\n\n")
    assert again.returncode == 0, again.stderr
    assert "You chose: Tea" in again.stdout


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("question: [", "decision.yaml:", id="malformed"),
        pytest.param("question: Tea?\noptions: [Tea]\n", "at least 2", id="one-option"),
        pytest.param("question: ''\noptions: [a, b]\n", "question", id="empty-question"),
        pytest.param("question: Tea?\noptions: [a, a]\n", "repeats the label", id="same-options"),
        pytest.param("question: Tea?\noptionz: [a, b]\n", "options", id="unknown-key"),
        pytest.param(f"question: Tea?\noptions: [a, {'x' * 10_000}]\n", "200", id="long-option"),
    ],
)
def test_a_bad_decision_is_exit_2_before_any_model(home, provider, text, words):
    provider.reset()
    (home / "decision.yaml").write_text(text)
    done = run(home, "debate", "decision.yaml")
    assert done.returncode == 2
    assert done.stdout == ""
    assert words in done.stderr
    assert not provider.requests


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param(("--cast", "divers"), "diverse", id="cast"),
        pytest.param(("--rounds", "0"), "rounds must be", id="rounds"),
        pytest.param(("--precision", "-2"), "precision", id="precision"),
        pytest.param(("--budget", "0"), "budget", id="budget"),
        pytest.param(("--time-budget", "0"), "session.time_budget must be more than 0", id="seconds"),
        pytest.param(("--no-claims", "--source", "panel"), "no claims are asked for", id="claims"),
        pytest.param(("--budget", "1"), "price of openai/reply is unknown", id="unknown-price"),
        pytest.param(("--network", "ring"), "--protocol network", id="network"),
        pytest.param(("--protocol", "network", "--network", "nowhere.yaml"), "nowhere.yaml", id="network-file"),
    ],
)
def test_a_bad_call_is_exit_2(home, options, words):
    done = run(home, "debate", "decision.yaml", *options)
    assert done.returncode == 2, done.stderr
    assert words in done.stderr


def test_a_dry_run_calls_nobody(home, provider):
    provider.reset()
    done = run(home, "debate", "decision.yaml", "--cast", "diverse", "--dry-run")
    assert done.returncode == 0
    assert "4 agents" in done.stderr
    assert not [request for request in provider.requests if request.path.endswith("completions")]


def test_a_file_says_who_hears_whom_and_what_is_known_beforehand(home):
    (home / "decision.yaml").write_text(
        f"{DECISION}agents: [health, privacy, growth]\nprotocol: network\nnetwork: {{growth: [health, privacy]}}\n"
        "output: [health, growth]\n"
        "rounds: 1\nseed: 5\nbudget: 0.5\ntoken_budget: 90000\nratings: {Tea: 60, b: 40}\n"
    )
    refused = run(home, "debate", "decision.yaml")
    assert refused.returncode == 2 and "price of openai/reply is unknown" in refused.stderr, "the file's limit counts"
    text = (home / "decision.yaml").read_text()
    (home / "decision.yaml").write_text(text.replace("budget: 0.5\n", ""))
    done = run(home, "debate", "decision.yaml", "--jsonl")
    assert done.returncode == 0, done.stderr
    assert "the file's first ratings say nothing here" in done.stderr
    head = json.loads(done.stdout.splitlines()[0])["event"]
    labels = [face["label"] for face in head["faces"]]
    assert head["protocol"]["hearing"] == [{"agent": labels[2], "parents": labels[:2]}]
    assert (head["protocol"]["output"], head["seed"], head["settings"]["token_budget"]) == (
        [labels[0], labels[2]],
        5,
        90000,
    )
    taking_part = run(home, "debate", "decision.yaml", "--jsonl", "--interactive", stdin="")
    given = [json.loads(line)["event"] for line in taking_part.stdout.splitlines() if '"ratings_given"' in line]
    assert [rating["value"] for rating in given[0]["ratings"]] == [60, 40] and given[0]["phase"] == "prior"


@pytest.mark.parametrize(
    ("lines", "options", "words"),
    [
        pytest.param("cast: diverse\nnetwork: {helth: [privacy]}\n", (), "'helth', who has no seat", id="seat"),
        pytest.param(
            "agents: [health, privacy]\nnetwork: {health: [privacy]}\n",
            *(("--cast", "opposed-pair"), "who has no seat"),
            id="another cast",
        ),
        pytest.param("cast: diverse\nnetwork: star\noutput: helth\n", (), "output names 'helth'", id="end"),
        pytest.param("agents: [healt]\n", (), "did you mean 'health'?", id="agent"),
    ],
)
def test_a_network_of_somebody_else_is_exit_2(home, lines, options, words):
    (home / "decision.yaml").write_text(f"{DECISION}protocol: network\n{lines}")
    done = run(home, "debate", "decision.yaml", "--dry-run", *options)
    assert done.returncode == 2 and words in done.stderr


@pytest.mark.parametrize(
    ("line", "options", "claims"),
    [
        pytest.param("", (), True, id="by itself"),
        pytest.param("", ("--no-claims",), False, id="asked"),
        pytest.param("claims: false", (), False, id="in the file"),
        pytest.param("claims: false", ("--claims",), True, id="asked against the file"),
    ],
)
def test_claims_are_asked_for_or_not(home, line, options, claims):
    (home / "decision.yaml").write_text(f"{DECISION}{line}\n")
    words = ("--cast", "opposed-pair", "--rounds", "1", "--appraise", "none", "--json")
    done = run(home, "debate", "decision.yaml", *words, *options)
    assert done.returncode == 0, done.stderr
    assert bool(json.loads(done.stdout)["data"]["claims"]) is claims
    assert ("no numbers to make chances from" in done.stderr) is not claims


def test_a_provider_that_is_down_is_exit_3_and_the_session_can_be_resumed(home):
    done = run(
        home, "debate", "decision.yaml", "--cast", "opposed-pair", "--rounds", "1", "--model", "openai/server_error"
    )
    assert done.returncode == 3
    assert "go on with: chatarena resume" in done.stderr


def test_a_refused_partial_result_is_exit_4(home):
    own = home / "config" / "prompts" / "agents"
    own.mkdir(parents=True)
    (own / "broken.md").write_text(
        "---\nname: broken\nlabel: Zelkova\ntags: [paid]\nobjective: You want tea.\nmodel: openai/server_error\n---\n"
        "You speak plainly.\n"
    )
    words = ("--cast", "status-quo,broken", "--rounds", "1")
    marked = run(home, "debate", "decision.yaml", *words)
    assert marked.returncode == 0, marked.stderr
    assert "Partial: 1 of 2 agents were heard" in marked.stdout
    assert "Not fully heard: Zelkova" in marked.stdout
    refused = run(home, "debate", "decision.yaml", *words, "--on-partial", "refuse")
    assert refused.returncode == 4
    assert "not everybody was heard: Zelkova" in refused.stderr


def test_no_log_leaves_nothing(home):
    done = run(home, "debate", "decision.yaml", "--cast", "monopoly", "--rounds", "1", "--no-log")
    assert done.returncode == 0, done.stderr
    assert not (home / "data").exists()


def test_the_cache_repeats_a_debate_without_a_single_call(home, provider):
    words = ("--cast", "opposed-pair", "--rounds", "1", "--seed", "3", "--json")
    first = run(home, "debate", "decision.yaml", *words, "--cache", "on")
    assert first.returncode == 0, first.stderr
    provider.reset()
    second = run(home, "debate", "decision.yaml", *words, "--cache", "only")
    assert second.returncode == 0, second.stderr
    assert not provider.requests
    texts = [[turn["text"] for turn in json.loads(done.stdout)["data"]["turns"]] for done in (first, second)]
    assert sorted(texts[0]) == sorted(texts[1])


def test_the_demo_needs_nothing_at_all(tmp_path):
    done = run(tmp_path, "demo", "--seconds-per-word", "0")
    assert done.returncode == 0, done.stderr
    for words in ("Recommended: Ask for a trial", "The masks come off", "All 4 agents were heard"):
        assert words in done.stdout


@pytest.mark.parametrize(
    ("model", "said", "remedy"),
    [
        pytest.param("openai/gpt-4o", "OPENAI_API_KEY is not set", "export OPENAI_API_KEY", id="no key"),
        pytest.param(
            "embedded/qwen2.5-1.5b",
            "the weights of qwen2.5-1.5b are not on this machine",
            "chatarena models get",
            id="no weights",
        ),
    ],
)
def test_who_cannot_speak_is_not_let_begin(tmp_path: Path, model: str, said: str, remedy: str) -> None:
    """Nothing is logged of a session in which nobody could have said a word; an estimate needs nobody who speaks."""
    (tmp_path / "decision.yaml").write_text(DECISION)
    words = ("debate", str(tmp_path / "decision.yaml"), "--cast", "opposed-pair", "--rounds", "1", "--model", model)
    bare = {name: value for name, value in os.environ.items() if name != "OPENAI_API_KEY"}
    environ = {**bare, "CHATARENA_HOME": str(tmp_path), "CHATARENA_MODELS_DIR": str(tmp_path / "none")}
    done = subprocess.run([*PROGRAM, *words], capture_output=True, text=True, env=environ)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr and remedy in done.stderr and "chatarena demo" in done.stderr
    assert not (tmp_path / "data" / "chatarena.db").exists()
    limits = ("--dry-run", "--token-budget", "100", "--time-budget", "1")
    dry = subprocess.run([*PROGRAM, *words, *limits], capture_output=True, text=True, env=environ)
    assert dry.returncode == 0 and said in dry.stderr and "2 agents, 1 round (simultaneous)" in dry.stderr
    assert "More than the token budget of 100, which may be spent before the round is over." in dry.stderr
    assert ("Longer than the time budget of 1 s" in dry.stderr) == model.startswith("embedded/"), "where it is known"
