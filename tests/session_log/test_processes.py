"""A killed process loses nothing it had been told was recorded; two processes write side by side."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from chatarena.arena.events import Entry, Event
from chatarena.session_log.store import SessionLog
from tests.session_log.samples import entries, opened, spoken

ROOT = Path(__file__).parents[2]
FOREVER = 1_000_000


def start(path: Path, count: int, *sessions: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.session_log.writing_child", str(path), str(count), *sessions]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("lines", [1, 2, 7, 30, 101, 350])
def test_kill_loses_nothing_acknowledged(tmp_path: Path, lines: int) -> None:
    path = tmp_path / "log.db"
    SessionLog(path).close()
    child = start(path, FOREVER, "A", "B", "C")
    assert child.stdout is not None
    acknowledged = [child.stdout.readline() for _ in range(lines)]
    child.kill()
    acknowledged += child.stdout.read().splitlines()
    child.wait()
    child.stdout.close()
    last = dict.fromkeys("ABC", -1)
    # The very last line may have been cut by the kill; a cut number is smaller than the true one.
    for line in acknowledged:
        name, _, number = line.strip().partition(" ")
        last[name] = max(last[name], int(number or -1))
    assert max(last.values()) >= 0
    with SessionLog(path) as log:
        assert log._connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        for session, seq in last.items():
            head = log.head(session)
            assert head > seq, "an acknowledged entry was lost"
            if head == 0:
                continue
            expected: tuple[Event, ...] = (
                opened(),
                *(spoken(f"turn {number} of {session}") for number in range(1, head)),
            )
            assert log.entries(session) == entries_as_written(session, expected)
            log.append(entries(session, (spoken("after the crash"),), start=head))


def entries_as_written(session: str, events: tuple[Event, ...]) -> tuple[Entry, ...]:
    """The child gives every entry the same times."""
    return tuple(entries(session, (event,), start=seq)[0] for seq, event in enumerate(events))


def test_two_processes_write_different_sessions_into_one_new_log(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    children = [start(path, 100, session) for session in ("A", "B", "C")]
    for child in children:
        output, _ = child.communicate()
        assert child.returncode == 0
        assert len(output.splitlines()) == 100
    with SessionLog(path) as log:
        assert {listed.id: (listed.events, listed.turns) for listed in log.sessions()} == dict.fromkeys(
            "ABC", (100, 99)
        )
        for session in "ABC":
            assert [entry.seq for entry in log.entries(session)] == list(range(100))


LOOKING = """
import sys
from chatarena.session_log.store import SessionLog
with SessionLog(sys.argv[1]) as log:
    log.sessions(), log.search("coast"), log.resolve("last")
    print(*sys.modules)
"""
READING = LOOKING.replace("    print", "    log.entries('S1')\n    print")
HEAVY = {"sqlite_utils", "numpy", "pydantic", "asyncio", "textual", "litellm"}


@pytest.mark.parametrize(
    ("program", "forbidden"),
    [(LOOKING, HEAVY | {"msgspec", "chatarena.arena.events"}), (READING, HEAVY)],
    ids=["looking", "reading"],
)
def test_looking_into_a_log_imports_nothing_heavy(tmp_path: Path, program: str, forbidden: set[str]) -> None:
    path = tmp_path / "log.db"
    with SessionLog(path) as log:
        log.append(entries("S1", (opened(),)))
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "chatarena.session_log.store" in loaded
    assert not loaded & forbidden
