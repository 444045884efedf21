"""Weights of every method for the first agents of an order, and their errors elsewhere, all from moments.

The first m agents of a permutation are a random subset of size m, and the subset of size m + 1 holds it: so one
Cholesky factor, or one walk of the active set, serves all sizes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chatarena.hull.heldout import Method
from chatarena.hull.kinds import FloatArray, IntArray, Kind, Offset
from chatarena.hull.many import minimise_paths
from chatarena.hull.moments import Moments, Quadratic, quadratic
from chatarena.hull.quadratic import affine_point

# A pivot of the Cholesky factor below this share of its column: the agent depends on those before it.
DEPENDENT = 1e-12


def nested_weights(
    train: Moments, method: Method, offset: Offset, orders: IntArray, sizes: Sequence[int]
) -> FloatArray:
    """Weights fitted on some rows, for the first agents of every order: S x P x k.

    Args:
        train: moments of the fitted rows.
        method: which weights.
        offset: none, free or per state.
        orders: P x k permutations of the agents.
        sizes: ascending.
    """
    match method:
        case "simplex" | "cone":
            goal = quadratic(train, method, offset)
            total = method == "simplex"
            found: FloatArray = minimise_paths(goal.q[None], goal.b[None], total=total, orders=orders, sizes=sizes)[0]
            return found
        case "affine" | "least squares":
            return _without_signs(train, "affine" if method == "affine" else "cone", offset, orders, sizes)
        case "best single":
            return _best_singles(quadratic(train, "cone", offset), orders, sizes)
        case "mean":
            rank = np.argsort(orders, axis=1)
            return np.array([np.where(rank < size, 1.0 / size, 0.0) for size in sizes])
        case "constant":
            return np.zeros((len(sizes), *orders.shape))


def errors_elsewhere(train: Moments, test: Moments, weights: FloatArray, offset: Offset) -> FloatArray:
    """Mean squared error on the tested rows of weights fitted on others.

    A free offset is the best one on the fitted rows, kept; offsets per state are the best ones on the tested rows.

    Args:
        train: moments of the fitted rows.
        test: moments of the tested rows.
        weights: ... x k.
        offset: none, free or per state.
    """
    if offset == "per state":
        goal = quadratic(test, "cone", offset)
        left: FloatArray = ((weights @ goal.q) * weights).sum(axis=-1) - 2.0 * weights @ goal.b + goal.c
        return np.maximum(left, 0.0)
    excess = weights.sum(axis=-1) - 1.0
    # X w - y = D w + (sum w - 1) y; the level of y is a constant like the offset.
    extended = np.concatenate([weights, excess[..., None]], axis=-1)
    constant = excess * test.level if offset == "none" else -(extended @ _sums(train)) / train.total
    square = ((extended @ test.second) * extended).sum(axis=-1)
    mean: FloatArray = square / test.total + 2.0 * constant * (extended @ _sums(test)) / test.total + constant**2
    return np.maximum(mean, 0.0)


def _sums(of: Moments) -> FloatArray:
    total: FloatArray = of.sums.sum(axis=0)
    return total


def _best_singles(goal: Quadratic, orders: IntArray, sizes: Sequence[int]) -> FloatArray:
    errors = (np.diag(goal.q) - 2.0 * goal.b)[orders]
    found = np.zeros((len(sizes), *orders.shape))
    for stage, size in enumerate(sizes):
        best = errors[:, :size].argmin(axis=1)
        found[stage, np.arange(len(orders)), orders[np.arange(len(orders)), best]] = 1.0
    return found


def _without_signs(train: Moments, kind: Kind, offset: Offset, orders: IntArray, sizes: Sequence[int]) -> FloatArray:
    """Least squares, or with the sum kept at one: from one Cholesky factor for each order, as far as it goes."""
    goal = quadratic(train, kind, offset)
    side = np.ones(train.k) if kind == "affine" else goal.b
    found = np.zeros((len(sizes), *orders.shape))
    for place, order in enumerate(orders):
        for stage, weights in enumerate(_prefixes(goal.q[np.ix_(order, order)], side[order], sizes)):
            inside = order[: sizes[stage]]
            if weights is None:
                weights = _shortest(goal, inside, kind)
            elif kind == "affine":
                weights = weights / weights.sum()
            found[stage, place, inside] = weights
    return found


def _prefixes(q: FloatArray, side: FloatArray, sizes: Sequence[int]) -> list[FloatArray | None]:
    """The solution of the leading block of every size; None from where a block is singular."""
    from scipy.linalg import lapack

    factor, info = lapack.dpotrf(q, lower=1, clean=1)
    good = info - 1 if info > 0 else len(q)
    weak = np.flatnonzero(np.diag(factor)[:good] ** 2 <= DEPENDENT * np.diag(q)[:good])
    good = int(weak[0]) if len(weak) else good
    if not good:
        return [None] * len(sizes)
    solved = lapack.dtrtrs(factor[:good, :good], side[:good], lower=1)[0]
    return [
        lapack.dtrtrs(factor[:size, :size], solved[:size], lower=1, trans=1)[0] if size <= good else None
        for size in sizes
    ]


def _shortest(goal: Quadratic, inside: IntArray, kind: Kind) -> FloatArray:
    q, b = goal.q[np.ix_(inside, inside)], goal.b[inside]
    if kind == "affine":
        return affine_point(q, b)
    values, vectors = np.linalg.eigh(q)
    kept = values > DEPENDENT * max(float(values[-1]), np.finfo(float).tiny)
    weights: FloatArray = vectors[:, kept] @ ((vectors[:, kept].T @ b) / values[kept])
    return weights
