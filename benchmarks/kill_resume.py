"""Claim: kill -9 at any instant of a debate loses no entry that had been shown, and every session can be finished."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.killing import kill_and_resume


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instants", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    draw = random.Random(args.seed)
    shown = lost = complete = 0
    for number in range(1, args.instants + 1):
        with tempfile.TemporaryDirectory() as home:
            outcome = kill_and_resume(Path(home), draw.randint(1, 40))
        shown += len(outcome.shown)
        lost += len(outcome.lost)
        complete += outcome.resumed_exit == 0 and outcome.resumed_status == "complete" and outcome.resumed_turns == 8
        print(
            f"{number:3d}  shown {len(outcome.shown):3d}  in the log {outcome.logged:3d}  lost {len(outcome.lost)}"
            f"  resumed: exit {outcome.resumed_exit}, {outcome.resumed_status}, {outcome.resumed_turns} turns"
        )
    print(f"{args.instants} kills: {shown} entries shown, {lost} lost, {complete} sessions finished after resume")
    return 0 if lost == 0 and complete == args.instants else 1


if __name__ == "__main__":
    sys.exit(main())
