"""Claim: after one pass over a table a network of agents costs milliseconds, whatever the number of rows.

Agents on a chain, in layers, on a random network and on a star, against fitting every agent on the rows: numpy's lstsq
and scikit-learn's LinearRegression (skipped, saying so, where it is not installed). Process CPU seconds, one BLAS
thread; the same errors are asserted. Aims (performance notes, "Networks"): at n = 100,000, d = 50 and 500 agents at
least 500 x lstsq, 100 x scikit-learn; another network after the pass at most 5 ms compiled, 50 ms in numpy, flat in n.

Beside them stand two yardsticks of the same run: the symmetric product Z'Z of the whole table Z = [1, X, y] held in
columns, which is the least that any pass over it can cost and squares the condition; and that of its flops at the speed
of a large matrix product. The ratio to lstsq is bounded by lstsq over the first, whatever the pass.

    python -m benchmarks.networks_walk [--rows 100000] [--agents 500] [--fitted 500]

`--fitted` agents are fitted on the rows and the time scaled up to all; all of them by default.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from chatarena.hull.threads import one_thread
from chatarena.networks.allocation import Allocation, allocate
from chatarena.networks.engine import compiled
from chatarena.networks.linear import Engine, aggregate, benchmark
from chatarena.networks.network import Network
from chatarena.networks.space import Space, sample
from chatarena.networks.topologies import topology

Array = NDArray[np.float64]
FEATURES, EACH, REPEATS, NETWORKS = 50, 3, 5, 1000
Fit = Callable[[Array, Array], Array]


def rows(n: int) -> tuple[Array, Array]:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((n, FEATURES)) @ (np.eye(FEATURES) + 0.1 * rng.standard_normal((FEATURES, FEATURES)))
    return x, 0.3 + x @ rng.standard_normal(FEATURES) / 7.0 + 0.5 * rng.standard_normal(n)


def shapes(agents: int) -> dict[str, Network]:
    rng = np.random.default_rng(1)
    return {
        "chain": topology("chain", agents),
        "layers of 5 parents": topology("sparse-layered", agents, width=5, rng=rng),
        "random": topology("random", agents, chance=5.0 / agents, rng=rng),
        "star": topology("star", agents),
    }


def cpu(run: Callable[[], object], repeats: int = REPEATS) -> float:
    run()
    taken = []
    for _ in range(repeats):
        began = time.process_time()
        run()
        taken.append(time.process_time() - began)
    return statistics.median(taken)


def on_the_rows(x: Array, y: Array, net: Network, seen: Allocation, fit: Fit, fitted: int) -> tuple[float, Array]:
    """CPU seconds for all agents, from the first `fitted` and the last, and the errors of those."""
    count = min(fitted, len(net))
    predictions, errors, began = np.empty((len(y), count), order="F"), np.empty(count), time.process_time()
    for agent in range(count):
        inputs = np.column_stack([np.ones(len(y)), x[:, seen[agent]], predictions[:, net.parents[agent]]])
        predictions[:, agent] = fit(inputs, y)
        errors[agent] = float(np.mean((y - predictions[:, agent]) ** 2))
    return (time.process_time() - began) * len(net) / count, errors


def lstsq(inputs: Array, y: Array) -> Array:
    return np.asarray(inputs @ np.linalg.lstsq(inputs, y, rcond=1e-9)[0])


def scikit(inputs: Array, y: Array) -> Array:
    from sklearn.linear_model import LinearRegression

    return np.asarray(LinearRegression().fit(inputs[:, 1:], y).predict(inputs[:, 1:]))


def walked(space: Space, net: Network, seen: Allocation, engine: Engine) -> float:
    best = benchmark(space)
    return cpu(lambda: aggregate(space, net, seen, engine=engine, against=best))


def yardsticks(x: Array, y: Array) -> tuple[float, float]:
    """CPU seconds of Z'Z, and of its flops at the speed of a matrix product of 1,000 columns."""
    from scipy.linalg import blas

    table = np.asfortranarray(np.column_stack([np.ones(len(y)), x, y]))
    square = np.random.default_rng(0).standard_normal((1000, 1000))
    speed = 2.0 * len(square) ** 3 / cpu(lambda: square @ square)
    return cpu(lambda: blas.dsyrk(1.0, table, trans=1)), len(y) * table.shape[1] ** 2 / speed


def flat(agents: int, seen: Allocation, sizes: tuple[int, ...]) -> None:
    for n in sizes:
        space, net = sample(*rows(n)), topology("chain", agents)
        print(f"  another chain after a pass over {n:>9,} rows: {walked(space, net, seen, 'auto') * 1e3:6.2f} ms")


def many(space: Space, agents: int) -> None:
    rng = np.random.default_rng(3)
    seen = allocate("random", agents, FEATURES, EACH, rng)
    best, began = benchmark(space), time.process_time()
    for _ in range(NETWORKS):
        aggregate(space, topology("random", agents, chance=5.0 / agents, rng=rng), seen, against=best)
    taken = time.process_time() - began
    each = taken / NETWORKS * 1e3
    print(f"  {NETWORKS} random networks of {agents} agents after one pass: {taken:.2f} s, {each:.2f} ms each")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument("--agents", type=int, default=500)
    options.add_argument("--fitted", type=int)
    asked = options.parse_args()
    fitted = asked.fitted or asked.agents
    x, y = rows(asked.rows)
    seen = allocate("random", asked.agents, FEATURES, EACH, np.random.default_rng(2))
    fits: dict[str, Fit] = {"numpy lstsq": lstsq}
    if importlib.util.find_spec("sklearn"):
        fits["scikit-learn"] = scikit
    else:
        print("scikit-learn is not installed: left out")
    engines: tuple[Engine, ...] = ("compiled", "numpy") if compiled() else ("numpy",)
    with one_thread():
        one_pass = cpu(lambda: sample(x, y))
        space = sample(x, y)
        print(f"n = {asked.rows:,}, d = {FEATURES}, {asked.agents} agents with {EACH} features")
        product, limit = yardsticks(x, y)
        print(
            f"the pass: {one_pass * 1e3:.1f} ms, {one_pass / product:.1f} x Z'Z ({product * 1e3:.1f} ms), "
            f"{one_pass / limit:.1f} x its flops at full speed ({limit * 1e3:.1f} ms)"
        )
        for name, net in shapes(asked.agents).items():
            walks = {engine: walked(space, net, seen, engine) for engine in engines}
            got = aggregate(space, net, seen)
            words = ", ".join(f"{engine} {taken * 1e3:.2f} ms" for engine, taken in walks.items())
            print(f"{name}: after the pass {words}")
            for other, fit in fits.items():
                taken, errors = on_the_rows(x, y, net, seen, fit, fitted)
                apart = float(np.max(np.abs(errors / got.errors[: len(errors)] - 1.0)))
                assert apart < 1e-10, apart
                ratios = ", ".join(f"{taken / (one_pass + walk):.0f} x {engine}" for engine, walk in walks.items())
                print(
                    f"  {other} on the rows {taken:.1f} s: {ratios} with the pass; errors apart {apart:.0e}; "
                    f"at most {taken / product:.0f} x with any pass"
                )
        flat(asked.agents, seen, (1_000, 10_000, 100_000))
        many(space, asked.agents)


if __name__ == "__main__":
    main()
