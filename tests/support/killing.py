"""Kills a scripted debate with SIGKILL after some entries were shown, looks at the log, and resumes it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from chatarena.session_log.store import SessionLog

COMMAND = (sys.executable, "-m", "chatarena")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was shown before the kill, what the log held after it, and how the resumed session ended."""

    shown: tuple[int, ...]
    logged: int
    lost: tuple[int, ...]
    resumed_exit: int
    resumed_status: str
    resumed_turns: int


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "CHATARENA_HOME": str(home), "PYTHONUNBUFFERED": "1"}


def kill_and_resume(home: Path, after: int) -> Outcome:
    """Kill a demo right after its `after`-th entry was printed, then resume it.

    Args:
        after: how many entries are read before the kill; the demo has about 45.
    """
    process = subprocess.Popen(
        [*COMMAND, "demo", "--jsonl", "--seconds-per-word", "0.0005"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(home),
    )
    assert process.stdout is not None
    shown = []
    try:
        for line in process.stdout:
            shown.append(json.loads(line)["seq"])
            if len(shown) >= after:
                break
    finally:
        os.kill(process.pid, signal.SIGKILL)
    # What had been printed before the kill and not read yet was shown as well.
    shown += [json.loads(line)["seq"] for line in process.stdout if line.endswith(b"\n")]
    process.stdout.close()
    process.wait()
    with SessionLog(home / "data" / "chatarena.db") as log:
        session = log.resolve("last")
        logged = [entry.seq for entry in log.entries(session)]
        again = subprocess.run(
            [*COMMAND, "resume", session, "--json"], capture_output=True, env=environment(home), timeout=120
        )
        listed = next(row for row in log.sessions() if row.id == session)
    return Outcome(
        shown=tuple(shown),
        logged=len(logged),
        lost=tuple(sorted(set(shown) - set(logged))),
        resumed_exit=again.returncode,
        resumed_status=listed.status,
        resumed_turns=listed.turns,
    )
