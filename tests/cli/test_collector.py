"""While a screen is drawn garbage is looked for less often, and still found."""

from __future__ import annotations

import subprocess
import sys

LOOK = """
import gc, sys, weakref
from chatarena.cli.collector import collect_seldom, keep_what_is_loaded

class Thing: pass

def ring():
    one = Thing()
    one.itself = one
    return weakref.ref(one)

before, thresholds = ring(), gc.get_threshold()
collect_seldom()
keep_what_is_loaded()
assert before() is None, "garbage of the start was kept"
assert gc.get_freeze_count() > 1000
assert gc.isenabled() and all(new >= old for new, old in zip(gc.get_threshold(), thresholds))
later = ring()
kept = [[] for _ in range(3 * gc.get_threshold()[0] * gc.get_threshold()[1])]
assert later() is None, "garbage that came later is not found"
"""


def test_garbage_is_looked_for_less_often_and_still_found() -> None:
    # In a process of its own: what is set there holds for the whole of it.
    subprocess.run([sys.executable, "-c", LOOK], check=True)
