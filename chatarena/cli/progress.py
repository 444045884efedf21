"""How far a long task has come: a bar on a terminal, a line now and then elsewhere; always on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from chatarena.cli.output import bytes_in_words, narrate

Progress = Callable[[str, int, int], None]
# Without a terminal one line for each tenth: enough to see that it moves, little enough for a log.
_STEPS = 10


@contextmanager
def shown_progress(title: str) -> Iterator[Progress]:
    """A function that is told the stage, the bytes done and the bytes in all, and shows them."""
    if not sys.stderr.isatty():
        narrate(f"{title} ...")
        yield _lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=Console(stderr=True)) as bars:
        narrate(title)
        task = bars.add_task("starting", total=None)

        def tell(stage: str, done: int, total: int) -> None:
            bars.update(task, description=stage, completed=done, total=total)

        yield tell


def _lines() -> Progress:
    told: set[tuple[str, int]] = set()

    def tell(stage: str, done: int, total: int) -> None:
        step = _STEPS * done // total if total else 0
        if (stage, step) not in told:
            told.add((stage, step))
            narrate(f"{stage}: {bytes_in_words(done)} of {bytes_in_words(total)}")

    return tell
