"""What the other programs themselves write is read: llm, Inspect and oTree, older versions too.

`make oracles` installs each in an environment of its own beside the one that runs these tests.
"""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from chatarena.arena import events as ev
from chatarena.errors import SourceUnknown
from chatarena.exchange.importing import ImportedSession, Source, read_source
from tests.exchange.importers import oracle_programs as programs
from tests.exchange.importers.records import account_of, folded, left, said, sessions_of

pytestmark = pytest.mark.oracle

DEFLATED, ZSTANDARD = 8, 93


def run(folder: Path, name: str, *words: str, program: str = "python", stdin: str = "", cwd: Path | None = None) -> str:
    """What a program prints that only knows this folder, no key and no way to the network."""
    found = Path(sys.prefix) / "oracles" / name / "bin" / program
    if not found.exists():
        pytest.skip(f"{name} is not installed: make oracles")
    home = folder / "home"
    home.mkdir(exist_ok=True)
    nowhere = "http://127.0.0.1:9"
    done = subprocess.run(
        [found, *words],
        input=stdin,
        cwd=cwd or folder,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home),
            "XDG_CACHE_HOME": str(home),
            "XDG_DATA_HOME": str(home),
            "LLM_USER_PATH": str(home / "llm"),
            "HTTP_PROXY": nowhere,
            "HTTPS_PROXY": nowhere,
            "NO_PROXY": "testserver",
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def counted(sessions: tuple[ImportedSession, ...], what: str) -> list[int]:
    return [dict(session.counts)[what] for session in sessions]


# -- llm ---------------------------------------------------------------------------------------------------------------


def llm(folder: Path, version: str, *words: str, stdin: str = "") -> None:
    (folder / "echo.py").write_text(programs.ECHO, encoding="utf-8")
    run(folder, version, "echo.py", *words, stdin=stdin)


def talk(folder: Path, version: str) -> Source:
    """The database of three talks: one that was continued, a chat, and a prompt with a file."""
    llm(folder, version, "Hello", "-m", "echo", "-s", "Be short")
    llm(folder, version, "-c", "Again")
    llm(folder, version, "chat", "-m", "echo", stdin="One\nTwo\nexit\n")
    (folder / "long.txt").write_text("a long text", encoding="utf-8")
    llm(folder, version, "Sum it up", "-m", "echo", "-f", "long.txt")
    return Source(folder / "home" / "llm" / "logs.db")


TOLD = [
    [("echo", "You say: Hello"), ("you", "Again"), ("echo", "You say: Again")],
    [("echo", "You say: One"), ("you", "Two"), ("echo", "You say: Two")],
    [("echo", "You say: a long text\nSum it up")],
]


@pytest.mark.parametrize(
    ("version", "counts"),
    [
        pytest.param("llm-older", {"responses": [2, 2, 1]}, id="conversations"),
        pytest.param("llm", {"turns": [2, 2, 1]}, id="threads"),
    ],
)
def test_a_database_of_llm(tmp_path: Path, version: str, counts: dict[str, list[int]]) -> None:
    sessions = sessions_of(talk(tmp_path, version), "simonw_llm")
    assert {what: counted(sessions, what) for what in counts} == counts
    assert [[(who, text.replace("\n\n", "\n")) for who, text in said(session)] for session in sessions] == TOLD
    assert [folded(session).head.decision.question for session in sessions[:2]] == ["Hello", "One"]
    assert folded(sessions[0]).commitment("echo").part("brief") == "Be short"
    calls = [turn.call for session in sessions for turn in folded(session).turns]
    assert [(call.prompt_tokens, call.completion_tokens) for call in calls if call] == [(3, 5)] * 5
    assert all(session.entries[0].at > 1.7e9 for session in sessions)


def test_a_database_of_llm_that_a_newer_version_went_on_with(tmp_path: Path) -> None:
    before = sessions_of(talk(tmp_path, "llm-older"), "simonw_llm")
    llm(tmp_path, "llm", "New", "-m", "echo")
    llm(tmp_path, "llm", "-c", "Go on")
    sessions = sessions_of(Source(tmp_path / "home" / "llm" / "logs.db"), "simonw_llm")
    new = [session for session in sessions if session.id not in {one.id for one in before}]
    assert [said(session) for session in new] == [
        [("echo", "You say: New"), ("you", "Go on"), ("echo", "You say: Go on")]
    ]
    assert {one.id for one in before} <= {session.id for session in sessions}


# -- Inspect -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "form", "packed"),
    [
        pytest.param("inspect", "json", None, id="json"),
        pytest.param("inspect", "eval", ZSTANDARD, id="zstandard"),
        pytest.param("inspect-older", "json", None, id="older-json"),
        pytest.param("inspect-older", "eval", DEFLATED, id="older-deflated"),
    ],
)
def test_a_log_of_inspect(tmp_path: Path, version: str, form: str, packed: int | None) -> None:
    (tmp_path / "going.py").write_text(programs.GOING, encoding="utf-8")
    run(tmp_path, version, "going.py", form)
    (path,) = (tmp_path / "logs").glob(f"*.{form}")
    if packed is not None:
        with zipfile.ZipFile(path) as log:
            assert {info.compress_type for info in log.infolist()} == {packed}
    sessions = sessions_of(Source(path), "inspect_ai")
    keys = sorted("/".join(account_of(session).key.split("/")[1:]) for session in sessions)
    assert keys == ["car/epoch 1", "car/epoch 2", "train/epoch 1", "train/epoch 2"]
    for session in sessions:
        seen, car = folded(session), "/car/" in account_of(session).key
        asked = "How?" if car else "Shall we go?"
        assert seen.head.decision.question == asked
        assert [option.label for option in seen.head.decision.options] == (["by train", "by car"] if car else [])
        assert said(session) == [("mockllm/model", f"Yes to {asked}")]
        assert seen.commitment("mockllm/model").part("brief") == "Be brief."
        (call,) = (turn.call for turn in seen.turns)
        assert call is not None and (call.prompt_tokens, call.completion_tokens) == (7, 3)
        assert seen.closed is not None and seen.closed.status == "complete"


# -- oTree -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that oTree exports of a session that its bots played."""
    folder = tmp_path_factory.mktemp("otree")
    run(folder, "otree", "startproject", "--noinput", "project", program="otree")
    project, downloads = folder / "project", folder / "downloads"
    downloads.mkdir()
    with (project / "settings.py").open("a", encoding="utf-8") as settings:
        settings.write(programs.SETTINGS)
    for name, text in programs.APPS.items():
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text(text, encoding="utf-8")
    run(folder, "otree", "test", "jury", "4", "--export=../downloads", program="otree", cwd=project)
    return downloads


def test_the_exports_of_otree(exports: Path) -> None:
    read: dict[str, tuple[ImportedSession, ...]] = {}
    for path in sorted(exports.iterdir()):
        if path.name != "about_you.csv":
            read[path.name.split("-")[0].removesuffix(".csv") + ("-bom" if "wide-" in path.name else "")] = sessions_of(
                Source(path), "otree"
            )
    assert {name: len(sessions) for name, sessions in read.items()} == {
        "ChatMessages": 0,  # every message is told in the sessions of those who could read it
        "PageTimes": 0,
        "all_apps_wide": 8,
        "all_apps_wide-bom": 8,
        "jury_room": 8,
    }
    assert len({session.id for sessions in read.values() for session in sessions}) == 8
    with pytest.raises(SourceUnknown, match=r"about_you\.csv: no debate"):
        read_source(Source(exports / "about_you.csv"))


def test_a_participant_of_otree(exports: Path) -> None:
    sessions = sessions_of(Source(exports / "all_apps_wide.csv"), "otree")
    assert counted(sessions, "messages") == [2] * 8
    last = sessions[-1]  # the fourth in the second round, who was with the first
    line = '{} in round 2:\n"train", naïve'
    assert account_of(last).key.endswith("/jury_room/round 2")
    assert said(last) == [
        ("Participant 1", line.format(1)),
        ("you", line.format(4)),
        ("you", "It rains, so =SUM(A1)"),
    ]
    seen = folded(last)
    assert seen.choice == ev.ChoiceMade(option="car", confidence=70)
    assert [(given.phase, [(r.option, r.value, r.absence) for r in given.ratings]) for given in seen.ratings] == [
        ("prior", [("train", 50, ""), ("car", 44, "")]),
        ("final", [("train", 80, ""), ("car", None, "left out")]),
    ]
    assert [given.probabilities for given in seen.beliefs] == [(0.25, 0.75)]
    assert left(sessions)["about_you.1.player.age"] == 4
    assert left(sessions)["player.mood"] == left(sessions)["group.agreed"] == 8
    assert "The participant is a bot." in account_of(last).remarks
    moments = [entry.at for entry in last.entries]
    assert moments == sorted(moments) and moments[0] > 1.7e9
