"""Claim: a bootstrap of 1,000 fits costs a small share of making each resample's matrix and solving it.

    python benchmarks/hull_bootstrap.py [--n 10000] [--k 100] [--resamples 1000] [--rounds 3] [--products]

`--products` leaves out nnls and cvxpy, which take minutes and gigabytes at 100,000 x 200.
By process CPU seconds with one BLAS thread. What others take is measured on a few resamples of the same run and
multiplied out, and each is checked to reach the same optimum. The aim is for a compiled kernel; in numpy alone it is
divided by 8.
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
from _hull import Array, agents, by_cvxpy, by_nnls, cpu

from chatarena.hull.bootstrap import bootstrap
from chatarena.hull.fit import fit
from chatarena.hull.quadratic import active_set
from chatarena.hull.resampling import draw_counts, exact_refits, newton_refits
from chatarena.hull.table import UtilityTable

AIM, IN_NUMPY = 30.0, 8.0
# How many resamples each contender is measured on.
SAMPLED = {"weighted SYRK + active set": 20, "repeated rows + scipy nnls": 5, "repeated rows + cvxpy CLARABEL": 1}

Counts = np.ndarray
Weights = Callable[[Counts], np.ndarray]


def others(full: UtilityTable) -> dict[str, Weights]:
    """What a user would otherwise write: the simplex weights of one resample."""
    x, y = full.utilities, full.target

    def product(count: Counts) -> np.ndarray:
        drawn = np.flatnonzero(count)
        d = (x[drawn] - y[drawn, None]) * np.sqrt(count[drawn])[:, None]
        return active_set(d.T @ d / count.sum(), np.zeros(full.k), total=True).weights

    def drawn(solve: Callable[[Array, Array], Array]) -> Weights:
        def of(count: Counts) -> np.ndarray:
            rows = np.repeat(np.arange(full.n), count)
            return solve(x[rows], y[rows])

        return of

    return dict(zip(SAMPLED, (product, drawn(by_nnls), drawn(by_cvxpy)), strict=True))


def excess(full: UtilityTable, count: Counts, theirs: np.ndarray, ours: np.ndarray) -> float:
    """How much larger their error on the resample is than the least, relative to it."""
    errors = [float(count @ (full.utilities @ weights - full.target) ** 2) for weights in (theirs, ours)]
    return errors[0] / errors[1] - 1.0


def accuracy(full: UtilityTable, counts: Counts) -> None:
    """Newton against exact refits of the same resamples."""
    start = np.array(fit(full, "simplex").weights)
    newton = newton_refits(full, "simplex", "none", counts, np.arange(full.n), start)
    if newton is None:
        print("newton steps do not settle here: the exact way is taken")
        return
    few = 10
    exact = exact_refits(full, "simplex", "none", counts[:few], np.arange(full.n), start)
    spread = newton.weights.std(axis=0)
    off = np.abs(newton.weights[:few] - exact.weights) / np.maximum(spread, spread.max() / 100)
    print(
        f"{newton.steps} newton steps; of {few} resamples refitted exactly, weights are off by {off.max():.0e} of their"
        f" standard error, mean squared errors by {np.abs(newton.mse[:few] / exact.mse - 1).max():.0e}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=10_000)
    parser.add_argument("--k", type=int, default=100)
    parser.add_argument("--resamples", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--products", action="store_true")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    full, rng = agents(args.n, args.k), np.random.default_rng
    counts = draw_counts(args.n, args.resamples, rng(1))
    contenders = dict(list(others(full).items())[: 1 if args.products else None])
    product = rng(0).standard_normal((1000, 1000))
    # The compiled kernel is loaded where enough is asked for.
    bootstrap(agents(3_000, 100), "simplex", rng(0), resamples=1000)
    accuracy(full, counts)
    own, gemm = [], []
    times: dict[str, list[float]] = {name: [] for name in contenders}
    worst = dict.fromkeys(contenders, 0.0)
    for turn in range(args.rounds):
        own.append(cpu(lambda: bootstrap(full, "simplex", rng(1), resamples=args.resamples)))
        gemm.append(cpu(lambda: product @ product))
        for name, solve in contenders.items():
            if turn and SAMPLED[name] == 1:
                continue
            some = counts[: SAMPLED[name]]
            kept: list[np.ndarray] = []
            took = cpu(lambda some=some, solve=solve, kept=kept: kept.extend(solve(count) for count in some))
            times[name].append(took / len(some) * args.resamples)
            worst[name] = max(worst[name], excess(full, some[0], kept[0], contenders[next(iter(SAMPLED))](some[0])))
    took = statistics.median(own)
    print(f"{args.resamples} resamples, n={args.n}, k={args.k}: {took:.2f} s CPU, all that the result holds included")
    yardstick = statistics.median(gemm)
    print(f"yardstick: a 1000 x 1000 product takes {1e3 * yardstick:.0f} ms; this is {took / yardstick:.0f} of them")
    for name, found in times.items():
        assert worst[name] < 1e-6, f"{name} is off by {worst[name]:.0e}"
        total = statistics.median(found)
        said = ""
        if name == next(iter(SAMPLED)):
            met = ["met" if total / took >= aim else "MISSED" for aim in (AIM, AIM / IN_NUMPY)]
            said = f"  aim {AIM:.0f} x: {met[0]}; {AIM / IN_NUMPY:.3g} x in numpy alone: {met[1]}"
        print(
            f"  {name:32s} {total:9.1f} s (extrapolated from {SAMPLED[name]} x {len(found)}) {total / took:8.1f} x"
            f"  excess error {worst[name]:.0e}{said}"
        )


if __name__ == "__main__":
    main()
