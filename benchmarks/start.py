"""Cold start: what the commands and the first paint of the arena cost over a bare interpreter, and over bare Textual.

    python benchmarks/start.py [--runs 15] [--paints 5]

Each round runs the bare interpreter and every command once, in turn, so that whatever else the machine does falls on
all of them alike; figures are medians over rounds of the difference to the bare run of the same round. The paint is
timed in a pseudo-terminal of 80x24, from the start of the process to the bytes that draw its last row, and beside it
that of a program which shows one line and a footer and is otherwise nothing but Textual: what is below that is not ours
to save. Its CPU time is that of all threads until then (of Linux; other systems do not tell). Bytecode is written to a
folder of the run's own, whatever the environment says: people start what is compiled.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import importlib.util
import os
import pty
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Mapping
from pathlib import Path

from chatarena.cli.home import Paths, find_paths

AIM_COMMAND, AIM_PAINT = 100.0, 400.0  # ms over bare Python
ROWS, COLUMNS = 24, 80
SESSIONS = 100
LONGEST, LONGEST_PAINT, LONGEST_LEAVE = 50.0, 15.0, 5.0  # seconds
QUIT = b"\x11"  # ctrl+q
ALTERNATE_SCREEN, LAST_ROW = b"\x1b[?1049h", b"\x1b[%d;" % ROWS

BARE = (sys.executable, "-c", "pass")
CHATARENA = (sys.executable, "-m", "chatarena")
COMMANDS = {
    "--help": (*CHATARENA, "--help"),
    "--version": (*CHATARENA, "--version"),
    "paths": (*CHATARENA, "paths"),
    "config show": (*CHATARENA, "config", "show"),
    f"sessions list ({SESSIONS})": (*CHATARENA, "sessions", "list"),
    **{f"{noun} --help": (*CHATARENA, noun, "--help") for noun in ("debate", "replay", "hull", "game", "network")},
    "models list": (*CHATARENA, "models", "list"),
}
# Textual and nothing else.
TEXTUAL = """
from textual.app import App
from textual.widgets import Footer, Static

class Bare(App):
    BINDINGS = [("ctrl+q", "quit", "Quit")]

    def compose(self):
        yield Static("Nothing but Textual")
        yield Footer()

Bare().run()
"""
PAINTS = {"bare Textual": (sys.executable, "-c", TEXTUAL), "chatarena": CHATARENA}
Sample = tuple[float, float]  # wall and CPU, ms
Paint = tuple[float, float | None]


def run_once(command: tuple[str, ...], environ: Mapping[str, str]) -> Sample:
    """Wall and CPU milliseconds of one run.

    Raises:
        RuntimeError: it failed.
    """
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    return 1e3 * wall, 1e3 * (usage.ru_utime + usage.ru_stime)


def paint_once(command: tuple[str, ...], environ: Mapping[str, str]) -> tuple[float, float | None]:
    """Wall and CPU milliseconds from the start of a program to the first frame that reaches the last row.

    Raises:
        RuntimeError: there was none in time; says how far it came.
    """
    began = time.perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        os.execve(command[0], list(command), dict(environ))
    try:
        if not read_until(terminal, began + LONGEST_PAINT):
            raise RuntimeError(f"no frame within {LONGEST_PAINT:g} s")
        return 1e3 * (time.perf_counter() - began), cpu_of(pid)
    finally:
        leave(pid, terminal)
        os.close(terminal)


def cpu_of(pid: int) -> float | None:
    """CPU milliseconds of all threads of a process so far; None where the system does not tell."""
    threads = list(Path(f"/proc/{pid}/task").glob("*/schedstat"))
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e6 if threads else None


def leave(pid: int, terminal: int) -> None:
    """Quits the program as a person would, so that its model process is gone before the next round; else kills it."""
    with contextlib.suppress(OSError):
        os.write(terminal, QUIT)
    deadline = time.perf_counter() + LONGEST_LEAVE
    while time.perf_counter() < deadline:
        if os.waitpid(pid, os.WNOHANG)[0]:
            return
        if select.select([terminal], [], [], 0.02)[0]:
            with contextlib.suppress(OSError):
                os.read(terminal, 1 << 16)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def read_until(terminal: int, deadline: float) -> bool:
    """Reads until the last row of the alternate screen is drawn (True) or the time is over (False)."""
    seen = b""
    while (left := deadline - time.perf_counter()) > 0:
        if not select.select([terminal], [], [], left)[0]:
            break
        try:
            seen += os.read(terminal, 1 << 16)
        except OSError as error:
            raise RuntimeError(f"the arena ended: {seen[-300:]!r}") from error
        if LAST_ROW in seen.partition(ALTERNATE_SCREEN)[2]:
            return True
    return False


def fill_log(paths: Paths) -> None:
    """Puts sessions into the log: one that opens and is left, many times over."""
    from chatarena.arena.events import Entry, SessionLeft
    from chatarena.arena.protocol import Protocol
    from chatarena.arena.settings import Settings
    from chatarena.authoring.decisions import load_example
    from chatarena.cli.stage import opening_events, plan_session
    from chatarena.session_log.store import SessionLog

    decision = load_example("job-offer").decision
    plan = plan_session(decision, "diverse", Protocol(), Settings(), model="scripted/x", seed=7, paths=paths)
    events = (*opening_events(plan, paths), SessionLeft(reason="a benchmark"))
    with SessionLog(paths.database) as log:
        for number in range(SESSIONS):
            log.append(
                tuple(
                    Entry(session=f"{number:026d}", seq=seq, at=1e9 + number, elapsed=float(seq), event=event)
                    for seq, event in enumerate(events)
                )
            )


def interleaved(runs: int, environ: Mapping[str, str], deadline: float) -> list[dict[str, Sample]]:
    """One sample of everything per round, as many rounds as there is time for."""
    for command in COMMANDS.values():
        run_once(command, environ)  # writes bytecode, warms the disk cache
    rounds: list[dict[str, Sample]] = []
    while len(rounds) < runs and time.perf_counter() < deadline:
        rounds.append({name: run_once(command, environ) for name, command in {"bare": BARE, **COMMANDS}.items()})
    return rounds


def paired_paints(paints: int, environ: Mapping[str, str], deadline: float) -> list[dict[str, Paint]]:
    """A bare run and all paints of each round."""
    for command in PAINTS.values():
        paint_once(command, environ)
    found: list[dict[str, Paint]] = []
    while len(found) < paints and time.perf_counter() < deadline:
        painted = {name: paint_once(command, environ) for name, command in PAINTS.items()}
        found.append({"bare": run_once(BARE, environ), **painted})
    return found


def report_paints(rounds: list[dict[str, Paint]]) -> None:
    for name in PAINTS:
        over = [one[name][0] - one["bare"][0] for one in rounds]
        ratio = statistics.median(one[name][0] / one["bare"][0] for one in rounds)
        used = [cpu - bare for one in rounds if (cpu := one[name][1]) is not None and (bare := one["bare"][1])]
        cpu = statistics.median(used) if used else None
        print(f"{line(f'paint: {name}', over, cpu, ratio, AIM_PAINT)} (aim <= {AIM_PAINT:g}, {len(rounds)} rounds)")
    ours, theirs = ([one[name] for one in rounds] for name in ("chatarena", "bare Textual"))
    wall = statistics.median(us[0] / them[0] for us, them in zip(ours, theirs, strict=True))
    cpus = [us[1] / them[1] for us, them in zip(ours, theirs, strict=True) if us[1] and them[1]]
    told = f", {statistics.median(cpus):.2f} x its CPU" if cpus else ""
    print(f"the arena's first paint takes {wall:.2f} x the wall time of bare Textual's{told}")


def report(rounds: list[dict[str, Sample]]) -> None:
    print(f"{'over bare Python':<22} {'wall +ms':>9} {'CPU +ms':>8} {'wall ratio':>11} {'quartiles':>13}", end="")
    print(f"  aim <= {AIM_COMMAND:g} ms")
    for name in COMMANDS:
        over = [one[name][0] - one["bare"][0] for one in rounds]
        cpu = statistics.median(one[name][1] - one["bare"][1] for one in rounds)
        ratio = statistics.median(one[name][0] / one["bare"][0] for one in rounds)
        print(line(name, over, cpu, ratio, AIM_COMMAND))
    bare = statistics.median(one["bare"][0] for one in rounds)
    print(f"bare interpreter {bare:.0f} ms; {len(rounds)} rounds, interleaved")


def line(name: str, over: list[float], cpu: float | None, ratio: float, aim: float) -> str:
    low, _, high = statistics.quantiles(over, n=4) if len(over) > 1 else (over[0],) * 3
    middle = statistics.median(over)
    shown = "" if cpu is None else f"{cpu:.0f}"
    verdict = "met" if middle <= aim else "MISSED"
    return f"{name:<22} {middle:>9.0f} {shown:>8} {ratio:>10.1f}x {f'{low:.0f}..{high:.0f}':>13}  {verdict}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--paints", type=int, default=5)
    args = parser.parse_args()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        environ = {**os.environ, "CHATARENA_HOME": folder, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        environ["PYTHONPYCACHEPREFIX"] = str(Path(folder) / "bytecode")
        for name in ("LINES", "COLUMNS", "PYTHONDONTWRITEBYTECODE"):
            environ.pop(name, None)
        fill_log(find_paths(environ))
        report(interleaved(args.runs, environ, began + 0.6 * LONGEST))
        if importlib.util.find_spec("chatarena.tui.app") is None:
            print("first paint: there is no terminal UI yet")
            return
        report_paints(paired_paints(args.paints, environ, began + LONGEST))


if __name__ == "__main__":
    main()
