"""What the benchmarks of games share: CPU time in turn, aims said as met or not."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from typing import Any


def in_turn(runs: dict[str, Callable[[], Any]], rounds: int) -> tuple[dict[str, float], dict[str, Any]]:
    """Median CPU seconds of each, taken in turn, and what each returned."""
    taken: dict[str, list[float]] = {name: [] for name in runs}
    found: dict[str, Any] = {}
    for _ in range(rounds):
        for name, run in runs.items():
            gc.collect()
            began = time.process_time()
            found[name] = run()
            taken[name].append(time.process_time() - began)
    return {name: statistics.median(each) for name, each in taken.items()}, found


def aim(what: str, ratio: float, wanted: float) -> None:
    """A missed aim is printed as missed."""
    print(f"    {what}: {ratio:.1f} x, aim {wanted:g} x: {'met' if ratio >= wanted else 'MISSED'}")
