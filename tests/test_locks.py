"""What only one process may do at a time: who comes second waits, or is told, and nothing of the first is lost."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from chatarena.cli.long_run import run_all
from chatarena.cli.settings_file import write_setting
from chatarena.errors import UsageError
from chatarena.locks import alone

HOLD = "import sys; from chatarena.locks import alone; from pathlib import Path\n"
HOLD += "with alone(Path(sys.argv[1]), lambda: None): print('held', flush=True); sys.stdin.read()"


def nobody_else() -> None:
    raise AssertionError("somebody else holds it")


class Taken(Exception):
    """Somebody else holds it."""


def taken() -> None:
    raise Taken


def asked_for(place: Path) -> bool:
    """Whether somebody waits for a lock on this."""
    waiting = [line for line in Path("/proc/locks").read_text().splitlines() if "->" in line]
    return any(f":{place.stat().st_ino} " in line for line in waiting)


def until(holds: Callable[[], bool], unless: Callable[[], bool]) -> None:
    while not holds():
        assert not unless(), "it will never come to this"
        time.sleep(0.005)


def test_it_keeps_out_whoever_asks_until_it_ends(tmp_path: Path) -> None:
    with alone(tmp_path, nobody_else):
        with pytest.raises(Taken), alone(tmp_path, taken):
            pass
        with alone(tmp_path.parent, nobody_else):
            pass
    with alone(tmp_path, nobody_else):
        pass
    assert not list(tmp_path.iterdir())


def test_who_waits_comes_in_when_it_ends(tmp_path: Path) -> None:
    order: list[str] = []

    def second() -> None:
        with alone(tmp_path, lambda: order.append("waits")):
            order.append("second")

    thread = threading.Thread(target=second)
    with alone(tmp_path, nobody_else):
        thread.start()
        until(lambda: asked_for(tmp_path), lambda: not thread.is_alive())
        order.append("first")
    thread.join()
    assert order == ["waits", "first", "second"]


def test_it_ends_with_the_process_that_holds_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Taken), alone(tmp_path, taken):
            pass
        holder.kill()
    with alone(tmp_path, nobody_else):
        pass


# -- who uses it -------------------------------------------------------------------------------------------------------


def test_of_two_who_change_the_settings_at_once_neither_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("# mine\n")
    thread = threading.Thread(target=write_setting, args=(path, "session", "rounds", 5))
    with alone(tmp_path, nobody_else):
        thread.start()
        until(lambda: asked_for(tmp_path), lambda: not thread.is_alive())
        path.write_text('# mine\n[models]\ndefault = "scripted/words"\n')
    thread.join()
    assert tomllib.loads(path.read_text()) == {"models": {"default": "scripted/words"}, "session": {"rounds": 5}}


def test_of_two_runs_into_one_file_the_second_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "series.jsonl"

    def silent(done: int, total: int) -> None:
        pass

    def work(index: int) -> dict[str, int]:
        with pytest.raises(UsageError, match="another process is writing"):
            run_all(lambda other: {"square": 0}, 3, spec={}, file=file, pool=None, tell=silent)
        return {"square": index * index}

    found = run_all(work, 3, spec={}, file=file, pool=None, tell=silent)
    assert found == [{"square": 0}, {"square": 1}, {"square": 4}]
    assert run_all(work, 3, spec={}, file=file, pool=None, tell=silent) == found
