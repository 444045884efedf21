"""What the benchmarks of hull analysis share: a made-up cast, CPU time, and what a user would otherwise write."""

from __future__ import annotations

import importlib.util
import time
import warnings
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from chatarena.hull.table import UtilityTable, table

Array = NDArray[np.float64]

# Solvers of quadratic programs, by the name that qpsolvers knows them by; all but clarabel are in the group `bench`.
QP_SOLVERS = ("daqp", "quadprog", "piqp", "clarabel")


def agents(n: int, k: int, *, apart: float = 0.0, spread: int = 12, own: float = 0.3, seed: int = 0) -> UtilityTable:
    """Agents of ten families on eight factors around a common level; the target mixes `spread` of them, plus noise.

    With `apart` all of a family are copies that differ by no more than that.
    """
    rng = np.random.default_rng(seed)
    family = rng.integers(0, 10, k)
    loads = (rng.standard_normal((8, 10)) / np.sqrt(8))[:, family]
    if not apart:
        loads = loads + 0.35 * rng.standard_normal((8, k)) / np.sqrt(8)
    x = 3.0 + rng.standard_normal((n, 8)) @ loads + (apart or own) * rng.standard_normal((n, k))
    chosen = rng.choice(k, min(k, spread), replace=False)
    return table(x, x[:, chosen] @ rng.dirichlet(np.ones(len(chosen))) + 0.2 * rng.standard_normal(n))


def cpu(work: Callable[[], object]) -> float:
    """Process CPU seconds."""
    began = time.process_time()
    work()
    return time.process_time() - began


def installed(names: tuple[str, ...] = (*QP_SOLVERS, "sklearn")) -> tuple[list[str], list[str]]:
    """Which libraries to compare with are here, and which are not. QP solvers are reached through qpsolvers."""
    bridge = importlib.util.find_spec("qpsolvers") is not None
    here = [name for name in names if importlib.util.find_spec(name) and (bridge or name not in QP_SOLVERS)]
    return here, [name for name in names if name not in here]


def say_absent() -> None:
    """The last line of every comparison."""
    absent = installed()[1]
    print(f"not installed and not compared: {', '.join(absent) or 'none'}" + " (group bench)" * bool(absent))


def by_qp(solver: str, q: Array) -> Array:
    """least w'Qw over the simplex."""
    import qpsolvers

    k = len(q)
    # It warns that dense matrices are made sparse where a solver wants that.
    warnings.simplefilter("ignore")
    found = qpsolvers.solve_qp(2.0 * q, np.zeros(k), A=np.ones((1, k)), b=np.ones(1), lb=np.zeros(k), solver=solver)
    assert found is not None, f"{solver} found nothing"
    weights: Array = np.maximum(found, 0.0)
    return weights / weights.sum()


def by_nnls(x: Array, y: Array, *, total: bool = True) -> Array:
    """Non-negative least squares by scipy; a heavy row makes weights sum to one."""
    from scipy.optimize import nnls

    if total:
        heavy = 1e4 * float(np.abs(x).max())
        x, y = np.vstack([x, np.full((1, x.shape[1]), heavy)]), np.append(y, heavy)
    found: Array = nnls(x, y, maxiter=100_000)[0]
    return found / found.sum() if total else found


def by_cvxpy(x: Array, y: Array, *, total: bool = True) -> Array:
    """The least squares problem as it is written down in cvxpy."""
    import cvxpy as cp

    weights = cp.Variable(x.shape[1], nonneg=True)
    limits = [cp.sum(weights) == 1] if total else []
    cp.Problem(cp.Minimize(cp.sum_squares(x @ weights - y)), limits).solve(solver="CLARABEL")
    found: Array = np.maximum(weights.value, 0.0)
    return found / found.sum() if total else found


def by_sklearn(x: Array, y: Array) -> Array:
    """The cone by scikit-learn."""
    from sklearn.linear_model import LinearRegression

    found: Array = LinearRegression(fit_intercept=False, positive=True).fit(x, y).coef_
    return found
