"""Claim: one exact fit costs little more than reading the table once. Prints ratios measured in one run.

Best weights in the simplex and the cone against the same problem put to other programs: cvxpy and scipy's NNLS on the
full matrix, scikit-learn and a QP library where they are installed. All on one thread, in turn, medians of process CPU
seconds; the same optimum is asserted. Aims (performance notes, "Hull"): at least 600 x cvxpy on the full matrix, and on
the exact path at least 5 x NNLS.

    python benchmarks/hull_fit.py [--rounds 3] [--long] [--cvxpy] [--big 10]

`--long` adds 100,000 x 200, where NNLS takes seconds; with `--cvxpy` cvxpy runs there too, once: two minutes, 4 GB.
`--big 10` streams 10,000,000 x 100 from a memory-mapped file of 4 GB, and from Parquet where pyarrow is installed.
"""

from __future__ import annotations

import argparse
import gc
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
from _hull import QP_SOLVERS, Array, agents, by_cvxpy, by_nnls, by_qp, by_sklearn, installed, say_absent
from numpy.typing import NDArray

from chatarena.exchange.parquet_sheet import blocks_of
from chatarena.hull.engine import available
from chatarena.hull.fit import fit, fit_rows
from chatarena.hull.moments import moments
from chatarena.hull.nested import errors_elsewhere
from chatarena.hull.quadratic import active_set, minimise
from chatarena.hull.reduction import Block, factor
from chatarena.hull.table import UtilityTable
from chatarena.hull.threads import one_thread

GEMM = 1_200
# Interior point methods stop earlier than the others.
LOOSE = ("cvxpy", "clarabel", "piqp")
WIDTH, STEP = 100, 100_000


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


def differences(full: UtilityTable) -> Array:
    """Second moments of D = X - y 1'."""
    d = full.utilities - full.target[:, None]
    found: Array = d.T @ d / full.n
    return found


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
            "scipy nnls on the full matrix": lambda total=total: by_nnls(full.utilities, full.target, total=total),
        }
        if with_cvxpy:
            runs["cvxpy CLARABEL on the full matrix"] = lambda total=total: by_cvxpy(
                full.utilities, full.target, total=total
            )
        for name in installed(QP_SOLVERS)[0] if total else ():
            runs[f"{name} on D'D"] = lambda name=name: by_qp(name, differences(full))
        if not total and installed(("sklearn",))[0]:
            runs["scikit-learn, positive"] = lambda: by_sklearn(full.utilities, full.target)
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
        assert -1e-12 < off < (1e-5 if any(loose in name for loose in LOOSE) else 1e-9), f"{name} is off by {off:.1e}"
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
        q, b = differences(agents(4_000, k, spread=spread)), np.zeros(k)
        runs: dict[str, Callable[[], object]] = {"numpy": lambda q=q, b=b: active_set(q, b, total=True)}
        if available():
            runs["compiled"] = lambda q=q, b=b: active_set(q, b, total=True, engine="compiled")
        for name in installed(QP_SOLVERS)[0] if k <= 300 else ():
            runs[name] = lambda name=name, q=q: by_qp(name, q)
        times = in_turn(runs, max(5, rounds))
        carriers = len(active_set(q, b, total=True).support)
        shown = "  ".join(f"{name} {took * 1e3:.2f} ms" for name, took in times.items())
        print(f"  k = {k:4d}, {carriers:3d} carry weight: {shown}")
    if not available():
        print("  numba is not installed: the compiled active set was not measured")


def big(rows: int, parquet: bool) -> None:
    """Millions of rows from a file, block by block: mapped into memory, or as `chatarena hull` reads Parquet."""
    names = tuple(f"agent {i + 1}" for i in range(WIDTH))
    with tempfile.TemporaryDirectory(prefix="hull-fit-") as folder:
        path = Path(folder) / ("rows.parquet" if parquet else "rows.f32")
        (write_parquet if parquet else write_mapped)(path, rows, names)
        blocks = partial(blocks_of, path, names, "person", None) if parquet else partial(mapped, path, rows)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began, used = time.perf_counter(), time.process_time()
        found = fit_rows(blocks, names, "simplex")
        wall, spent = time.perf_counter() - began, time.process_time() - used
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        size = path.stat().st_size
        speed = 2.0 * GEMM**3 / in_turn({"yardstick": gemm()}, 3)["yardstick"]
    floor = rows * WIDTH**2 / speed
    form = "Parquet" if parquet else "memory-mapped"
    print(f"\n{rows:,} x {WIDTH} streamed from {size / 1e9:.1f} GB, {form}, two passes:")
    print(f"  {wall:.1f} s, {spent:.1f} s of CPU, {spent / floor:.1f} x GEMM")
    print(f"  mse {found.mse:.9f} on {found.n:,} rows, {len(found.carriers)} agents with weight")
    print(f"  largest memory held: {after / 1e3:.0f} MB, of which {(after - before) / 1e3:.0f} MB came with the fit")
    print(f"    bounded memory: {'met' if after - before < 1e6 else 'MISSED'} (1 GB at most, whatever the file)")


def parts(rows: int) -> Iterator[NDArray[np.float32]]:
    """The same made-up rows for every form: utilities, and the target last."""
    rng = np.random.default_rng(0)
    loads = rng.standard_normal((8, WIDTH)).astype(np.float32) / 3
    mix = rng.dirichlet(np.ones(12)).astype(np.float32)
    for _ in range(rows // STEP):
        part = 3 + rng.standard_normal((STEP, 8), dtype=np.float32) @ loads
        part += 0.3 * rng.standard_normal((STEP, WIDTH), dtype=np.float32)
        y = part[:, :12] @ mix + 0.2 * rng.standard_normal(STEP, dtype=np.float32)
        yield np.column_stack([part, y]).astype(np.float32)


def write_mapped(path: Path, rows: int, names: tuple[str, ...]) -> None:
    with path.open("wb") as file:
        for part in parts(rows):
            part.tofile(file)


def write_parquet(path: Path, rows: int, names: tuple[str, ...]) -> None:
    import pyarrow as arrow
    import pyarrow.parquet

    schema = arrow.schema([(name, arrow.float32()) for name in (*names, "person")])
    with arrow.parquet.ParquetWriter(path, schema, compression="none", use_dictionary=False) as file:
        for part in parts(rows):
            file.write_table(arrow.table(list(part.T.copy()), schema=schema))


def mapped(path: Path, rows: int) -> Iterator[Block]:
    for start in range(0, rows, STEP):
        # Mapped anew for each block, so that pages already read do not count as held.
        part = np.memmap(path, np.float32, "r", start * (WIDTH + 1) * 4, (STEP, WIDTH + 1))
        yield Block(utilities=part[:, :-1], target=part[:, -1])


def passes(rounds: int) -> None:
    """What one pass over 100,000 x 100 costs, exact and squared."""
    full = agents(100_000, 100)
    runs: dict[str, Callable[[], object]] = {
        "yardstick": gemm(),
        "factor (exact)": lambda: factor(full),
        "moments": lambda: moments(full),
    }
    times = in_turn(runs, rounds)
    floor = full.n * full.k**2 / (2.0 * GEMM**3 / times["yardstick"])
    print("\nOne pass over 100,000 x 100")
    for name in ("factor (exact)", "moments"):
        print(f"  {name:36s} {times[name] * 1e3:10.1f} ms {times[name] / floor:8.1f} x GEMM")
    held = moments(full)
    quick = float(errors_elsewhere(held, held, minimise(held, "simplex"), "none"))
    assert abs(quick / fit(full, "simplex").mse - 1.0) < 1e-9


def main() -> None:
    """Run what was asked for and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--cvxpy", action="store_true")
    parser.add_argument("--big", type=int, metavar="MILLIONS", default=0)
    chosen = parser.parse_args()
    with one_thread():
        if chosen.big:
            # First, so that the memory of what others need is not counted.
            for parquet in (False, *((True,) if installed(("pyarrow",))[0] else ())):
                big(1_000_000 * chosen.big, parquet)
        single(10_000, 100, chosen.rounds, with_cvxpy=True)
        single(10_000, 100, chosen.rounds, apart=1e-3, with_cvxpy=False)
        if chosen.long:
            single(100_000, 200, chosen.rounds, with_cvxpy=chosen.cvxpy)
        passes(chosen.rounds)
        engines(chosen.rounds)
    say_absent()


if __name__ == "__main__":
    main()
