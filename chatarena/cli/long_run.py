"""Long runs: many tasks of one kind, here or on other processors and machines, kept as they come and continued later.

Law: a result depends on its task alone, never on who worked it out or when; what is in the file is not done again.

The file has a line that says what the run is, then a line a result: JSON Lines. A last line that was cut off in the
middle is dropped and its task done again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from chatarena.errors import UsageError
from chatarena.locks import alone

FORMAT = 1
# Tasks handed over together: few enough that an interruption loses little.
MOST_TOGETHER = 20

Result = Mapping[str, Any]
Work = Callable[[int], Result]
Tell = Callable[[int, int], None]


def run_all(
    work: Work, count: int, *, spec: Mapping[str, object], file: Path | None, pool: Executor | None, tell: Tell
) -> list[Result]:
    """The results of tasks 0 to count - 1, in their order.

    Args:
        work: one task, made into plain data; a function that another process can import, or a partial of one.
        count: how many tasks.
        spec: what the run is; a file of another run is refused.
        file: where results are kept; None for nowhere.
        pool: who works; None for this process. Any executor of `concurrent.futures`' form.
        tell: is told how many are done, and of how many.

    Raises:
        UsageError: the file is of another run, is no such file, or another process is writing to it.
    """
    if file is None:
        return _run_all(work, count, {}, None, pool, tell)
    with _ours(file):
        return _run_all(work, count, _opened(file, spec), file, pool, tell)


def _run_all(
    work: Work, count: int, kept: Mapping[int, Result], file: Path | None, pool: Executor | None, tell: Tell
) -> list[Result]:
    todo = [index for index in range(count) if index not in kept]
    tell(count - len(todo), count)
    found = {index: result for index, result in kept.items() if index < count}
    for index, result in _worked(work, todo, pool):
        line = json.dumps({"index": index, "result": result}, allow_nan=False)
        # As it will be read again: a result is the same whether it is new or was kept.
        found[index] = json.loads(line)["result"]
        if file is not None:
            _append(file, line)
        tell(len(found), count)
    return [found[index] for index in range(count)]


@contextmanager
def workers(jobs: int, dask: str | None) -> Iterator[Executor | None]:
    """Who works: nobody else for one job, processes for more, or a Dask cluster at an address.

    Raises:
        UsageError: a cluster is asked for, and the extra `scale` is not installed or nobody answers there.
    """
    if dask is not None:
        with _cluster(dask) as pool:
            yield pool
        return
    if jobs == 1:
        yield None
        return
    import multiprocessing

    pool = ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn"), initializer=_serve)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _serve() -> None:
    """In a process that works for another: Ctrl-C is the other's to hear, and without it there is nothing to do."""
    import multiprocessing
    import os
    import signal
    import threading

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def _cluster(address: str) -> Iterator[Executor]:
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError(
            "a run on other machines needs Dask, which is not installed",
            remedy='Install the extra `scale`: pip install "stackelberg-chatarena[scale]".',
        ) from error
    try:
        client = Client(address)
    except (OSError, TimeoutError, ValueError) as error:
        raise UsageError(
            f"no Dask scheduler answers at {address}: {error}", remedy="Start one with `dask scheduler`."
        ) from error
    try:
        yield client.get_executor()
    finally:
        client.close()


# -- work --------------------------------------------------------------------------------------------------------------


def _worked(work: Work, todo: Sequence[int], pool: Executor | None) -> Iterator[tuple[int, Result]]:
    """Each task with its result, as they come."""
    if pool is None:
        yield from ((index, work(index)) for index in todo)
        return
    size = max(1, min(MOST_TOGETHER, len(todo) // 16))
    parts = [todo[start : start + size] for start in range(0, len(todo), size)]
    running: set[Future[list[tuple[int, Result]]]] = {pool.submit(together, work, part) for part in parts}
    while running:
        done, running = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            yield from future.result()


def together(work: Work, indices: Sequence[int]) -> list[tuple[int, Result]]:
    """Several tasks at once, each with its number."""
    return [(index, work(index)) for index in indices]


# -- the file ----------------------------------------------------------------------------------------------------------


@contextmanager
def _ours(file: Path) -> Iterator[None]:
    """Nobody else writes to the file meanwhile: a line of theirs in the making would look like one that was cut off."""

    def refuse() -> None:
        raise UsageError(
            f"another process is writing to {file}", remedy="Wait for its end, or give another name with --out."
        )

    with ExitStack() as held:
        try:
            file.touch()
            held.enter_context(alone(file, refuse))
        except OSError as error:
            raise UsageError(f"{file} cannot be used: {error}", remedy="Give another name.") from error
        yield


def _opened(file: Path, spec: Mapping[str, object]) -> dict[int, Result]:
    """What is there already; a new file is begun."""
    head = json.dumps({"format": FORMAT, "run": spec}, sort_keys=True)
    try:
        if not file.exists() or not file.stat().st_size:
            file.write_text(head + "\n", encoding="utf-8")
            return {}
        raw = file.read_bytes()
        text = raw.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be used: {error}", remedy="Give another name.") from error
    lines = text.split("\n")
    if lines[0] != head:
        raise UsageError(
            f"{file} holds another run",
            remedy=f"Give another name, or the same words as then. It begins: {lines[0][:300]}",
        )
    kept: dict[int, Result] = {}
    for number, line in enumerate(lines[1:-1], start=2):
        try:
            made = json.loads(line)
            kept[int(made["index"])] = made["result"]
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(f"{file}:{number} is no result of a run", remedy="Give another name.") from error
    if lines[-1]:
        # Cut off while it was written: only that goes, and nothing before it is written anew.
        os.truncate(file, raw.rfind(b"\n") + 1)
    return kept


def _append(file: Path, line: str) -> None:
    with file.open("a", encoding="utf-8") as out:
        out.write(line + "\n")


# -- how far it is -----------------------------------------------------------------------------------------------------


@contextmanager
def shown_count(title: str) -> Iterator[Tell]:
    """A function that is told how many are done, and of how many: a bar on a terminal, else a line a tenth."""
    import sys

    if not sys.stderr.isatty():
        yield _lines(title)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:
        task = bars.add_task(title, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


def _lines(title: str) -> Tell:
    from chatarena.cli.output import narrate

    told: set[int] = set()

    def tell(done: int, total: int) -> None:
        step = 10 * done // total if total else 0
        if step not in told:
            told.add(step)
            narrate(f"{title}: {done} of {total}")

    return tell
