"""Claim: a learning curve of 30,000 fits takes seconds, a small share of what solving each subset by itself takes.

    python benchmarks/hull_curve.py [--n 10000] [--k 200] [--repeats 100] [--rounds 3]

50 sizes x repeats x (all rows + 5 folds) fits to random subsets of agents, by process CPU seconds with one BLAS thread.
What others take is measured on a few subsets of the same run, interpolated over sizes and multiplied out; every one is
checked to reach the same optimum. Aims are for a compiled kernel; in numpy alone they are divided by 8.
"""

from __future__ import annotations

import argparse
import os

# Before numpy: threads that wait for each other on a busy machine would be measured instead of the work.
os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"

import statistics
import warnings
from collections.abc import Callable

import numpy as np
from _hull import QP_SOLVERS, agents, by_cvxpy, by_nnls, by_qp, cpu, installed, say_absent

from chatarena.hull.curve import learning_curve
from chatarena.hull.moments import moments, quadratic
from chatarena.hull.quadratic import minimise
from chatarena.hull.splits import k_fold
from chatarena.hull.table import UtilityTable

FOLDS, STAGES, SAMPLED = 5, 50, 6
IN_NUMPY = 8.0
# Contender: the ratio aimed at with a compiled kernel; None where none is.
AIMS = {"quadratic solver": 50.0, "nnls": 2000.0}

Weights = Callable[[np.ndarray], np.ndarray]


def others(full: UtilityTable, rows: np.ndarray) -> dict[str, Weights]:
    """What a user would otherwise write: weights of a subset of agents on the fitted rows."""
    x, y = full.utilities[rows], full.target[rows]
    of = moments(full, rows=rows)
    shared = quadratic(of, "simplex", "none").q

    def one_by_one(subset: np.ndarray) -> np.ndarray:
        return minimise(of, "simplex", "none", agents=subset, engine="numpy")[subset]

    found: dict[str, Weights] = {"one by one, cold, same moments": one_by_one}
    for name in installed(QP_SOLVERS)[0]:
        found[f"{name} on shared moments"] = lambda subset, name=name: by_qp(name, shared[np.ix_(subset, subset)])
    found["scipy nnls + weighted row on rows"] = lambda subset: by_nnls(x[:, subset], y)
    found["cvxpy CLARABEL on rows"] = lambda subset: by_cvxpy(x[:, subset], y)
    return found


def multiplied(
    full: UtilityTable, rows: np.ndarray, solve: Weights, order: np.ndarray, sizes: list[int], fits: int
) -> tuple[float, float]:
    """CPU seconds of all fits, from a few sizes; and the largest relative excess over the best error there."""
    some = [sizes[place] for place in np.linspace(0, len(sizes) - 1, SAMPLED).round().astype(int)]
    took, excess = [], 0.0
    of = moments(full, rows=rows)
    for size in some:
        subset = order[:size]
        kept: list[np.ndarray] = []
        took.append(cpu(lambda subset=subset, kept=kept: kept.append(solve(subset))))
        best = minimise(of, "simplex", "none", agents=subset)[subset]
        x, y = full.utilities[np.ix_(rows, subset)], full.target[rows]
        ours, theirs = (float(((x @ weights - y) ** 2).mean()) for weights in (best, kept[0]))
        excess = max(excess, theirs / ours - 1.0)
    return float(np.interp(sizes, some, took).mean()) * fits, excess


def judged(name: str, ratio: float) -> str:
    kind = "nnls" if "nnls" in name else "quadratic solver" if "on shared moments" in name else ""
    if not kind:
        return ""
    aim = AIMS[kind]
    verdict = "met" if ratio >= aim else f"MISSED; {aim / IN_NUMPY:.3g} x in numpy alone: "
    if ratio < aim:
        verdict += "met" if ratio >= aim / IN_NUMPY else "MISSED"
    return f"  aim {aim:.0f} x: {verdict}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=10_000)
    parser.add_argument("--k", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    full = agents(args.n, args.k)
    splits = k_fold(args.n, FOLDS, np.random.default_rng(1))
    sizes = sorted({round(size) for size in np.linspace(1, args.k, STAGES).tolist()})
    fits = len(sizes) * args.repeats * (1 + FOLDS)
    order, rows = np.random.default_rng(2).permutation(args.k), splits.splits[0].train

    def curve() -> None:
        learning_curve(full, splits, np.random.default_rng(2), sizes=sizes, repeats=args.repeats, methods=("simplex",))

    product = np.random.default_rng(0).standard_normal((1000, 1000))
    learning_curve(full, splits, np.random.default_rng(2), sizes=(1, 2), repeats=2)
    contenders = others(full, rows)
    own, gemm, found = [], [], {name: [] for name in contenders}
    for _ in range(args.rounds):
        own.append(cpu(curve))
        gemm.append(cpu(lambda: product @ product))
        for name, solve in contenders.items():
            if "cvxpy" in name and found[name]:
                continue
            found[name].append(multiplied(full, rows, solve, order, sizes, fits))
    took, yardstick = statistics.median(own), statistics.median(gemm)
    print(f"{fits} simplex fits, n={args.n}, k={args.k}: {took:.2f} s CPU, {1e6 * took / fits:.0f} us a fit")
    print(f"yardstick: a 1000 x 1000 product takes {1e3 * yardstick:.0f} ms; the curve {took / yardstick:.0f} of them")
    for name, times in found.items():
        total, excess = statistics.median(one[0] for one in times), max(one[1] for one in times)
        print(
            f"  {name:34s} {total:10.1f} s (extrapolated from {SAMPLED} subsets x {len(times)})"
            f" {total / took:9.1f} x  excess error {excess:.0e}{judged(name, total / took)}"
        )
        assert excess < 1e-5, f"{name} is off by {excess:.0e}"
    say_absent()


if __name__ == "__main__":
    main()
