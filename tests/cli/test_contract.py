"""What every command owes: help, documentation, exit codes, data alone on stdout, and a quick start."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from doctest import ELLIPSIS, OutputChecker
from pathlib import Path

import pytest

from chatarena.cli.home import Paths
from chatarena.cli.parser import NOUNS, Noun, parse
from tests.cli.conftest import Chatarena

DOCUMENT = Path(__file__).parents[2] / "docs" / "commands.md"
# What a session takes to be held or read; the help of a command that holds one does without.
HELD = ("asyncio", "msgspec", "pydantic", "yaml", "chatarena.arena.events")
HEAVY = ("litellm", "textual", "cvxpy", "numpy", "scipy", "sqlite_utils", "xllamacpp", "openai")
PRESENT = [noun for noun in NOUNS if importlib.util.find_spec(f"chatarena.cli.{noun.module}")]
EACH = pytest.mark.parametrize("noun", PRESENT, ids=lambda noun: noun.name)

# Runs the command line and tells on stderr which heavy packages it loaded and with which code it ended.
SPY = """
import json, sys
from chatarena.cli import main
try:
    code = main(sys.argv[2:])
except SystemExit as ended:
    code = ended.code or 0
print(json.dumps([code, [name for name in json.loads(sys.argv[1]) if name in sys.modules]]), file=sys.stderr)
"""


def parsers(noun: Noun) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """The noun's parser and those of its verbs, by the words that reach them."""
    parser = argparse.ArgumentParser(prog=noun.name)
    importlib.import_module(f"chatarena.cli.{noun.module}").configure(parser)
    yield noun.name, parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from ((f"{noun.name} {verb}", inner) for verb, inner in action.choices.items())


def spied(home: Paths, *words: str, heavy: tuple[str, ...] = HEAVY) -> tuple[int, list[str], str]:
    """Exit code, heavy packages loaded, and stdout of a run in a process of its own."""
    command = [sys.executable, "-c", SPY, json.dumps(heavy), *words]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=True)
    code, loaded = json.loads(done.stderr.splitlines()[-1])
    return code, loaded, done.stdout


# -- help and documentation --------------------------------------------------------------------------------------------


@EACH
def test_help_of_every_noun_and_verb_exits_0(chatarena: Chatarena, noun: Noun) -> None:
    for words, _ in parsers(noun):
        done = chatarena(*words.split(), "--help")
        assert (done.code, done.err) == (0, "")
        assert done.out.startswith(f"usage: chatarena {words}")


@EACH
def test_every_noun_verb_and_option_is_documented(noun: Noun) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    section = re.search(rf"^## {noun.name}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert section, f"docs/commands.md has no section {noun.name!r}"
    for words, parser in parsers(noun):
        assert f"chatarena {words}" in section[1]
        options = {option for action in parser._actions for option in action.option_strings if option[:2] == "--"}
        missing = {option for option in options - {"--help"} if f"`{option}" not in section[1]}
        assert not missing, f"options of `{words}` that docs/commands.md does not mention"


def test_the_document_has_no_section_for_what_is_not_there() -> None:
    sections = re.findall(r"^## ([a-z]+)$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    assert sections == [noun.name for noun in NOUNS]


def examples() -> list[tuple[str, str, int]]:
    """Command, output and line of every tested example: blocks of the kind `console`."""
    found = []
    text = DOCUMENT.read_text(encoding="utf-8")
    for block in re.finditer(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        for example in re.finditer(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", block[1], re.MULTILINE):
            found.append((example[1], example[2], text.count("\n", 0, block.start(1) + example.start()) + 1))
    return found


@pytest.mark.parametrize(("command", "expected", "line"), examples(), ids=[f"line{line}" for *_, line in examples()])
def test_every_example_prints_what_the_document_says(
    home: Paths, tmp_path: Path, command: str, expected: str, line: int
) -> None:
    """Each runs in a fresh home called `~` in the document, both streams together, as a terminal would show them."""
    environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        command, shell=True, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    got = done.stdout.replace(str(tmp_path / "home"), "~")
    checker = OutputChecker()
    assert checker.check_output(expected, got, ELLIPSIS), f"docs/commands.md:{line}\n{got}"


# -- exit codes and streams --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("shout",), id="unknown-command"),
        pytest.param(("--loud",), id="unknown-option"),
        pytest.param(("agents", "shout"), id="unknown-verb"),
        pytest.param(("agents", "list", "--loud"), id="unknown-option-of-a-verb"),
        pytest.param(("agents", "show"), id="missing-word"),
        pytest.param(("agents", "show", "nobody"), id="unknown-agent"),
        pytest.param(("paths", "nowhere"), id="unknown-path"),
        pytest.param(("sessions", "list", "--limit", "none"), id="not-a-number"),
        pytest.param(("config", "show", "more"), id="a-word-too-many"),
    ],
)
def test_usage_errors_exit_2_and_leave_stdout_empty(chatarena: Chatarena, words: tuple[str, ...]) -> None:
    done = chatarena(*words)
    assert (done.code, done.out) == (2, "")
    assert done.err


@pytest.mark.parametrize(
    "words",
    [
        ("paths",),
        ("config", "show"),
        ("config", "validate"),
        ("config", "schema"),
        ("agents",),
        ("agents", "check"),
        ("agents", "schema"),
        ("sessions",),
        ("sessions", "search", "x"),
        ("models",),
    ],
    ids=" ".join,
)
def test_json_is_one_envelope_and_stands_after_the_noun_or_the_verb(
    chatarena: Chatarena, words: tuple[str, ...]
) -> None:
    if words[0] not in {noun.name for noun in PRESENT}:
        pytest.skip(f"{words[0]} is not there yet")
    done = chatarena(*words, "--json")
    assert done.code == 0
    assert json.loads(done.out)["status"] == "ok"
    assert chatarena(words[0], "--json", *words[1:]).data == done.data


def test_a_reader_that_goes_away_is_no_error(home: Paths) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "chatarena", "agents", "--json"]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


# -- start -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [("--help",), ("--version",), ("paths",), ("config", "show"), ("sessions", "list"), ("agents", "list")],
    ids=" ".join,
)
def test_quick_commands_load_nothing_heavy(home: Paths, words: tuple[str, ...]) -> None:
    code, loaded, printed = spied(home, *words)
    assert (code, loaded) == (0, [])
    assert printed or words == ("sessions", "list")


@EACH
def test_the_help_of_a_command_loads_nothing_heavy(home: Paths, noun: Noun) -> None:
    held = () if noun.name in ("chat", "demo") else HELD
    assert spied(home, noun.name, "--help", heavy=HEAVY + held)[:2] == (0, [])


def test_a_session_list_with_sessions_in_it_loads_nothing_heavy(home: Paths) -> None:
    from chatarena.arena.events import Entry
    from chatarena.session_log.store import SessionLog
    from tests.support.sessions import opening

    with SessionLog(home.database) as log:
        log.append(tuple(Entry(session="one", seq=n, at=1.0, elapsed=0.0, event=e) for n, e in enumerate(opening(2))))
    code, loaded, printed = spied(home, "sessions", "list")
    assert (code, loaded) == (0, [])
    assert "one" in printed


@pytest.mark.parametrize(
    ("word", "said"),
    [
        pytest.param("debat", "there is no command 'debat'; did you mean 'debate'?", id="near"),
        pytest.param("decision.yaml", "there is no command 'decision.yaml'; `chatarena --help` lists them", id="far"),
    ],
)
def test_a_command_that_there_is_not_is_told_of(word: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse([word, "--json"])
    assert ended.value.code == 2 and said in capsys.readouterr().err


def test_a_decision_can_be_piped_in(home: Paths) -> None:
    """`-` stands for what comes in, as it does for `--out`."""
    done = subprocess.run(
        [sys.executable, "-m", "chatarena", "debate", "-", "--dry-run", "--cast", "opposed-pair"],
        input="question: Tea?\noptions: [Tea, Coffee]\n",
        capture_output=True,
        text=True,
        env=dict(os.environ),
    )
    assert done.returncode == 0 and "2 agents" in done.stderr
