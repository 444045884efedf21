"""Agents as they are met: ratings that share a level and a few factors, near copies of one another, rounded, too many.

And the same problems put differently: non-negative least squares and linear programs on the full matrix.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chatarena.hull.table import UtilityTable, table

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a table is made; `apart` is how far copies of one agent lie from each other, 0 for agents of their own."""

    n: int = 60
    k: int = 12
    apart: float = 0.0
    noise: float = 0.2
    level: float = 0.5
    twins: int = 0
    constants: int = 0
    rounded: bool = False
    states: int = 0


RECIPES = {
    "plain": Recipe(),
    "few instances": Recipe(n=6, k=15),
    "as many as instances": Recipe(n=20, k=20),
    "one agent": Recipe(k=1),
    "two agents": Recipe(k=2),
    "exactly inside": Recipe(noise=0.0),
    "common level": Recipe(level=1e3),
    "copies": Recipe(n=150, k=100, apart=1e-2),
    "near copies": Recipe(n=150, k=100, apart=1e-4),
    "nearer copies": Recipe(n=150, k=100, apart=1e-6),
    "nearest copies": Recipe(n=150, k=100, apart=1e-8),
    "near copies at a level": Recipe(n=150, k=100, apart=1e-6, level=1e3),
    "near copies, almost inside": Recipe(n=150, k=60, apart=1e-6, noise=1e-7),
    "twins": Recipe(twins=5),
    "constant agents": Recipe(constants=3),
    "ratings from 1 to 5": Recipe(rounded=True, level=3.0),
}


def made(recipe: Recipe, seed: int = 0) -> UtilityTable:
    """The table of a recipe."""
    rng = np.random.default_rng(seed)
    n, k = recipe.n, recipe.k
    factors = rng.standard_normal((n, 4))
    base = rng.standard_normal((4, 6))[:, rng.integers(0, 6, k)] / 2.0
    own = base if recipe.apart else base + 0.2 * rng.standard_normal((4, k))
    x = recipe.level + factors @ own + (recipe.apart or 0.3) * rng.standard_normal((n, k))
    weights = np.zeros(k)
    chosen = rng.choice(k, min(k, 5), replace=False)
    weights[chosen] = rng.dirichlet(np.ones(len(chosen)))
    y = x @ weights + recipe.noise * rng.standard_normal(n)
    if recipe.twins:
        x[:, -recipe.twins :] = x[:, : recipe.twins]
    if recipe.constants:
        x[:, : recipe.constants] = recipe.level + np.arange(recipe.constants)
    if recipe.rounded:
        x, y = np.round(x), np.round(y)
    states = np.arange(n) % max(1, recipe.states or n // 4)
    return table(x, y, states=states)


def modulo_offset(full: UtilityTable, offset: str) -> tuple[Array, Array]:
    """Utilities and target with what an offset can take taken off, straight from the definition."""
    x, y = full.utilities.copy(), full.target.copy()
    groups = {"none": [], "free": [np.ones(full.n, dtype=bool)]}.get(
        offset, [full.states == state for state in np.unique(full.states)] if full.states is not None else []
    )
    for rows in groups:
        # Before the mean, which rounds: somebody who rates all alike must leave zeros, not noise.
        x[rows] -= x[rows][0]
        x[rows] -= x[rows].mean(axis=0)
        y[rows] -= y[rows].mean()
    return x, y


def by_nnls(full: UtilityTable, kind: str, offset: str) -> Array:
    """Weights by Lawson-Hanson on all rows.

    In the simplex the problem is min |D w| over sum w = 1; min |D w|^2 + (sum w - 1)^2 over w >= 0 has a multiple of
    the same answer, because for every direction the best length decides it alone.
    """
    from scipy.optimize import nnls

    x, y = modulo_offset(full, offset)
    if kind == "cone":
        return nnls(x, y, maxiter=10_000)[0]
    d = x - y[:, None]
    size = np.abs(d).max() or 1.0
    found = nnls(np.vstack([d, np.full((1, x.shape[1]), size)]), np.append(np.zeros(len(y)), size), maxiter=10_000)[0]
    return found / found.sum()


def mean_square(full: UtilityTable, weights: Array, offset: str) -> float:
    """Mean squared error of weights with their best offset, in extended precision."""
    x, y = modulo_offset(full, offset)
    d = (x - y[:, None]).astype(np.longdouble)
    left = d @ weights.astype(np.longdouble) + (weights.astype(np.longdouble).sum() - 1) * y.astype(np.longdouble)
    return float(left @ left / len(y))


def optimality_gap(full: UtilityTable, weights: Array, offset: str) -> float:
    """How far a point of the simplex can be above the least mean squared error, at most (Frank-Wolfe's bound)."""
    x, y = modulo_offset(full, offset)
    d = (x - y[:, None]).astype(np.longdouble)
    left = d @ weights.astype(np.longdouble)
    slope = d.T @ left
    return float(2 * (weights @ slope - slope.min()) / len(y))


def whole_program(full: UtilityTable, kind: str, offset: str) -> float:
    """The least largest error by one linear program with all rows and an explicit offset."""
    from scipy.optimize import linprog

    x, y = full.utilities, full.target
    n, k = x.shape
    columns, bounds = [x], [(None, None) if kind == "affine" else (0, None)] * k
    if offset == "free":
        columns.append(np.ones((n, 1)))
    if offset == "per state":
        columns.append((full.states[:, None] == np.unique(full.states)).astype(float))
    a = np.hstack(columns)
    bounds += [(None, None)] * (a.shape[1] - k) + [(0, None)]
    ones = np.ones((n, 1))
    sums = None if kind == "cone" else np.append(np.ones(k), np.zeros(a.shape[1] - k + 1))[None]
    found = linprog(
        np.append(np.zeros(a.shape[1]), 1.0),
        A_ub=np.vstack([np.hstack([a, -ones]), np.hstack([-a, -ones])]),
        b_ub=np.concatenate([y, -y]),
        A_eq=sums,
        b_eq=None if sums is None else [1.0],
        bounds=bounds,
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    assert found.status == 0
    return float(found.fun)
