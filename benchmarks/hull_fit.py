"""Claim: one exact fit costs little more than reading the table once. Prints ratios measured in one run.

Best weights in the simplex and the cone against the same problem put to other programs: cvxpy and scipy's NNLS on the
full matrix, scikit-learn and a QP library where they are installed. All on one thread, in turn, medians of process CPU
seconds; the same optimum is asserted. Aims (performance notes, "Hull"): at least 600 x cvxpy on the full matrix, and on
the exact path at least 5 x NNLS.

    python -m benchmarks.hull_fit [--rounds 3] [--long] [--cvxpy] [--big]

`--long` adds 100,000 x 200, where NNLS takes seconds; with `--cvxpy` cvxpy runs there too, once: two minutes, 4 GB.
`--big` streams 10,000,000 x 100 from a memory-mapped file of 4 GB.
"""

from __future__ import annotations

import argparse
import gc
import importlib.util
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chatarena.hull.engine import available
from chatarena.hull.fit import fit, fit_rows
from chatarena.hull.moments import mean_squared_error, moments
from chatarena.hull.quadratic import active_set, minimise
from chatarena.hull.reduction import Block, factor
from chatarena.hull.table import UtilityTable, table
from chatarena.hull.threads import one_thread

Array = NDArray[np.float64]
GEMM = 1_200
BIG, WIDTH, STEP = 10_000_000, 100, 100_000


def agents(n: int, k: int, *, apart: float = 0.0, spread: int = 12, seed: int = 0) -> UtilityTable:
    """Agents of ten families on eight factors around a common level; the target mixes `spread` of them, plus noise."""
    rng = np.random.default_rng(seed)
    family = rng.integers(0, 10, k)
    loads = (rng.standard_normal((8, 10)) / np.sqrt(8))[:, family]
    if not apart:
        loads = loads + 0.35 * rng.standard_normal((8, k)) / np.sqrt(8)
    x = 3.0 + rng.standard_normal((n, 8)) @ loads + (apart or 0.3) * rng.standard_normal((n, k))
    chosen = rng.choice(k, min(k, spread), replace=False)
    return table(x, x[:, chosen] @ rng.dirichlet(np.ones(len(chosen))) + 0.2 * rng.standard_normal(n))


def in_turn(contenders: dict[str, Callable[[], object]], rounds: int, *, once: bool = False) -> dict[str, float]:
    """Median CPU seconds of each, run in turn so that a busy minute hits all alike; one run before does not count.

    cvxpy is never run before, and where `once` only one time in all.
    """
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(rounds + 1):
        for name, run in contenders.items():
            if "cvxpy" in name and (turn == 0 or (once and turn > 1)):
                continue
            gc.collect()
            began = time.process_time()
            run()
            if turn:
                taken[name].append(time.process_time() - began)
    return {name: statistics.median(times) for name, times in taken.items()}


def gemm() -> Callable[[], object]:
    a = np.random.default_rng(0).standard_normal((GEMM, GEMM))
    return lambda: a @ a


def by_cvxpy(full: UtilityTable, total: bool) -> Array:
    import cvxpy as cp

    weights = cp.Variable(full.k, nonneg=True)
    limits = [cp.sum(weights) == 1] if total else []
    cp.Problem(cp.Minimize(cp.sum_squares(full.utilities @ weights - full.target)), limits).solve(solver="CLARABEL")
    found: Array = np.maximum(weights.value, 0.0)
    return found / found.sum() if total else found


def by_nnls(full: UtilityTable, total: bool) -> Array:
    from scipy.optimize import nnls

    x, y = full.utilities, full.target
    if total:
        heavy = 1e4 * float(np.abs(x).max())
        x, y = np.vstack([x, np.full((1, full.k), heavy)]), np.append(y, heavy)
    found: Array = nnls(x, y, maxiter=100_000)[0]
    return found / found.sum() if total else found


def by_sklearn(full: UtilityTable) -> Array:
    from sklearn.linear_model import LinearRegression

    found: Array = LinearRegression(fit_intercept=False, positive=True).fit(full.utilities, full.target).coef_
    return found


def by_quadprog(full: UtilityTable) -> Array:
    import quadprog

    d = full.utilities - full.target[:, None]
    k = full.k
    limits = np.column_stack([np.ones(k), np.eye(k)])
    found: Array = quadprog.solve_qp(d.T @ d / full.n, np.zeros(k), limits, np.append(1.0, np.zeros(k)), 1)[0]
    return np.maximum(found, 0.0)


def mse(full: UtilityTable, weights: Array) -> float:
    return float(((full.utilities @ weights - full.target) ** 2).mean())


def single(n: int, k: int, rounds: int, *, apart: float = 0.0, with_cvxpy: bool) -> None:
    """One fit, simplex and cone."""
    full = agents(n, k, apart=apart)
    for kind in ("simplex", "cone"):
        total = kind == "simplex"
        solved: dict[str, Array] = {}

        def keep(name: str, run: Callable[[], Array], solved: dict[str, Array] = solved) -> Callable[[], object]:
            def kept() -> None:
                solved[name] = run()

            return kept

        runs: dict[str, Callable[[], Array]] = {
            "fit (exact path, described)": lambda kind=kind: np.array(fit(full, kind).weights),
            "moments + minimise (fast path)": lambda kind=kind: minimise(moments(full), kind),
            "scipy nnls on the full matrix": lambda total=total: by_nnls(full, total),
        }
        if with_cvxpy:
            runs["cvxpy CLARABEL on the full matrix"] = lambda total=total: by_cvxpy(full, total)
        if total and importlib.util.find_spec("quadprog"):
            runs["quadprog on D'D"] = lambda: by_quadprog(full)
        if not total and importlib.util.find_spec("sklearn"):
            runs["scikit-learn, positive"] = lambda: by_sklearn(full)
        contenders = {name: keep(name, run) for name, run in runs.items()}
        times = in_turn({"yardstick": gemm(), **contenders}, rounds, once=n > 10_000)
        report(f"{n:,} x {k}, {kind}" + (f", copies {apart:g} apart" if apart else ""), full, times, solved)


def report(title: str, full: UtilityTable, times: dict[str, float], solved: dict[str, Array]) -> None:
    speed = 2.0 * GEMM**3 / times["yardstick"]
    floor = full.n * full.k**2 / speed
    exact, fast = times["fit (exact path, described)"], times["moments + minimise (fast path)"]
    best = mse(full, solved["fit (exact path, described)"])
    print(f"\n{title} (n k^2 operations at GEMM speed: {floor * 1e3:.1f} ms)")
    for name, weights in solved.items():
        took = times[name]
        off = mse(full, weights) / best - 1.0
        assert -1e-12 < off < (1e-5 if "cvxpy" in name else 1e-9), f"{name} is off by {off:.1e}"
        print(
            f"  {name:36s} {took * 1e3:10.1f} ms {took / floor:8.1f} x GEMM {took / exact:8.1f} x exact"
            f" {took / fast:8.1f} x fast   mse off by {off:+.0e}"
        )
    aim("exact path against nnls", times["scipy nnls on the full matrix"] / exact, 5)
    if (slow := times.get("cvxpy CLARABEL on the full matrix")) is not None:
        aim("exact path against cvxpy", slow / exact, 600)
        aim("fast path against cvxpy", slow / fast, 600)


def aim(what: str, ratio: float, wanted: float) -> None:
    """A missed aim is printed as missed."""
    print(f"    {what}: {ratio:.1f} x, aim {wanted:g} x: {'met' if ratio >= wanted else 'MISSED'}")


def engines(rounds: int) -> None:
    """The k x k problem alone, cold, both implementations."""
    print("\nThe active set alone, simplex, cold")
    for k, spread in ((100, 12), (300, 12), (1000, 12), (300, 300)):
        d = (full := agents(4_000, k, spread=spread)).utilities - full.target[:, None]
        q, b = d.T @ d / full.n, np.zeros(k)
        runs: dict[str, Callable[[], object]] = {"numpy": lambda q=q, b=b: active_set(q, b, total=True)}
        if available():
            runs["compiled"] = lambda q=q, b=b: active_set(q, b, total=True, engine="compiled")
        if importlib.util.find_spec("quadprog") and k <= 300:
            runs["quadprog"] = lambda full=full: by_quadprog(full)
        times = in_turn(runs, max(5, rounds))
        carriers = len(active_set(q, b, total=True).support)
        shown = "  ".join(f"{name} {took * 1e3:.2f} ms" for name, took in times.items())
        print(f"  k = {k:4d}, {carriers:3d} carry weight: {shown}")
    if not available():
        print("  numba is not installed: the compiled active set was not measured")


def big() -> None:
    """Ten million rows from a file, block by block."""
    with tempfile.TemporaryDirectory(prefix="hull-fit-") as folder:
        path = Path(folder) / "rows.f32"
        rng = np.random.default_rng(0)
        loads = rng.standard_normal((8, WIDTH)).astype(np.float32) / 3
        mix = rng.dirichlet(np.ones(12)).astype(np.float32)
        with path.open("wb") as file:
            for _ in range(BIG // STEP):
                part = 3 + rng.standard_normal((STEP, 8), dtype=np.float32) @ loads
                part += 0.3 * rng.standard_normal((STEP, WIDTH), dtype=np.float32)
                y = part[:, :12] @ mix + 0.2 * rng.standard_normal(STEP, dtype=np.float32)
                np.column_stack([part, y]).astype(np.float32).tofile(file)

        def blocks() -> Iterator[Block]:
            for start in range(0, BIG, STEP):
                # Mapped anew for each block, so that pages already read do not count as held.
                rows = np.memmap(path, np.float32, "r", start * (WIDTH + 1) * 4, (STEP, WIDTH + 1))
                yield Block(utilities=rows[:, :-1], target=rows[:, -1])

        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began, used = time.perf_counter(), time.process_time()
        names = tuple(f"agent {i + 1}" for i in range(WIDTH))
        found = fit_rows(blocks, names, "simplex")
        wall, cpu = time.perf_counter() - began, time.process_time() - used
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        size = path.stat().st_size / 1e9
        speed = 2.0 * GEMM**3 / in_turn({"yardstick": gemm()}, 3)["yardstick"]
    floor = BIG * WIDTH**2 / speed
    print(f"\n{BIG:,} x {WIDTH} streamed from a file of {size:.1f} GB, two passes: {wall:.1f} s, {cpu:.1f} s of CPU")
    print(
        f"  {cpu / floor:.1f} x GEMM; mse {found.mse:.6f} on {found.n:,} rows, {len(found.carriers)} agents with weight"
    )
    print(f"  largest memory held: {after / 1e3:.0f} MB, of which {(after - before) / 1e3:.0f} MB came with the fit")
    print(f"    bounded memory: {'met' if after - before < 1e6 else 'MISSED'} (less than a quarter of the file)")


def passes(rounds: int) -> None:
    """What one pass over 100,000 x 100 costs, exact and squared."""
    full = agents(100_000, 100)
    runs: dict[str, Callable[[], object]] = {
        "yardstick": gemm(),
        "factor (TSQR)": lambda: factor(full),
        "moments": lambda: moments(full),
    }
    times = in_turn(runs, rounds)
    floor = full.n * full.k**2 / (2.0 * GEMM**3 / times["yardstick"])
    print("\nOne pass over 100,000 x 100")
    for name in ("factor (TSQR)", "moments"):
        print(f"  {name:36s} {times[name] * 1e3:10.1f} ms {times[name] / floor:8.1f} x GEMM")
    held = moments(full)
    quick = mean_squared_error(held, minimise(held, "simplex"), np.zeros(0))
    assert abs(quick / fit(full, "simplex").mse - 1.0) < 1e-9


def main() -> None:
    """Run what was asked for and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--cvxpy", action="store_true")
    parser.add_argument("--big", action="store_true")
    chosen = parser.parse_args()
    with one_thread():
        if chosen.big:
            # First, so that the memory of what others need is not counted.
            big()
        single(10_000, 100, chosen.rounds, with_cvxpy=True)
        single(10_000, 100, chosen.rounds, apart=1e-3, with_cvxpy=False)
        if chosen.long:
            single(100_000, 200, chosen.rounds, with_cvxpy=chosen.cvxpy)
        passes(chosen.rounds)
        engines(chosen.rounds)


if __name__ == "__main__":
    main()
