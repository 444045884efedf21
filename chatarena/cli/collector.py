"""How Python's garbage collector is set while a screen is drawn: a long pause of it is felt as a key that hangs."""

from __future__ import annotations

import gc

# As Python sets them (700, 10, 10), eight lanes that stream 400 tokens a second each make the collector look through
# everything there is every two seconds, for 25 to 60 ms of CPU (a tenth more every time), and nearly all that it finds
# it would have found sooner. So it looks later, and at everything only once in a million new objects: the longest pause
# of 15 seconds fell to 4 ms, the collector's share of a core from 3.7 to 1.6 % (benchmarks/screen_lanes.py).
THRESHOLDS = (2_000, 10, 50)


def collect_seldom() -> None:
    """From now on look for garbage less often: nearly everything a screen lets go of is freed without it."""
    gc.set_threshold(*THRESHOLDS)


def keep_what_is_loaded() -> None:
    """What was loaded for the start stays to the end: leave it out of every later search for garbage."""
    gc.collect()
    gc.freeze()
