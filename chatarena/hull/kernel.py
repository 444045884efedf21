"""The active set of chatarena.hull.quadratic compiled by numba: one Cholesky factor, extended and reduced in place.

Loaded only by chatarena.hull.engine, because it imports numba. The steps are those of the numpy path; what is let in
and out is decided by the same rules.

Source: Cholesky with a column added or removed, Golub and Van Loan, Matrix Computations (4th ed.), section 6.5.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from chatarena.hull.face import DEPENDENT, EPS, NOISE, TINY
from chatarena.hull.kinds import BoolArray, FloatArray, IntArray


@njit(cache=True, nogil=True)
def _row(q: FloatArray, delta: float, support: IntArray, size: int, agent: int, row: FloatArray) -> None:
    """What the face's matrix would get as its last row."""
    for a in range(size):
        row[a] = q[agent, support[a]] + delta
    row[size] = q[agent, agent] + delta


@njit(cache=True, nogil=True)
def _extend(factor: FloatArray, solved: FloatArray, size: int, row: FloatArray, side: float) -> bool:
    """Add a row to the factor; False where it depends on the others, and then the factor is as before.

    `solved` holds what the factor solves for a side of ones and for b; `side` is the new agent's b.
    """
    new = factor[size]
    for i in range(size):
        own, left = factor[i], row[i]
        for j in range(i):
            left -= own[j] * new[j]
        new[i] = left / own[i]
    pivot, one, other = row[size], 1.0, side
    for j in range(size):
        pivot -= new[j] * new[j]
        one -= new[j] * solved[0, j]
        other -= new[j] * solved[1, j]
    if pivot <= DEPENDENT * row[size]:
        return False
    root = np.sqrt(pivot)
    new[size], solved[0, size], solved[1, size] = root, one / root, other / root
    return True


@njit(cache=True, nogil=True)
def _reduce(factor: FloatArray, solved: FloatArray, size: int, out: int) -> None:
    """Take one row out of the factor, by rotations, which what it has solved for follows."""
    for i in range(out, size - 1):
        for j in range(i + 2):
            factor[i, j] = factor[i + 1, j]
    for i in range(out, size - 1):
        a, b = factor[i, i], factor[i, i + 1]
        length = np.hypot(a, b)
        c, s = a / length, b / length
        factor[i, i], factor[i, i + 1] = length, 0.0
        for m in range(i + 1, size - 1):
            x, y = factor[m, i], factor[m, i + 1]
            factor[m, i] = c * x + s * y
            factor[m, i + 1] = c * y - s * x
        for side in range(2):
            x, y = solved[side, i], solved[side, i + 1]
            solved[side, i] = c * x + s * y
            solved[side, i + 1] = c * y - s * x


@njit(cache=True, nogil=True)
def _to_one(weights: FloatArray, size: int) -> None:
    total = 0.0
    for a in range(size):
        total += weights[a]
    for a in range(size):
        weights[a] = weights[a] / total if total > 0.0 else 1.0 / size


@njit(cache=True, nogil=True)
def _begin(
    q: FloatArray,
    b: FloatArray,
    delta: float,
    support: IntArray,
    size: int,
    weights: FloatArray,
    factor: FloatArray,
    solved: FloatArray,
) -> int:
    """Factor of a given support; agents that depend on those before them leave it."""
    row = np.empty(len(q) + 1)
    kept = 0
    for a in range(size):
        _row(q, delta, support, kept, support[a], row)
        if _extend(factor, solved, kept, row, b[support[a]]):
            support[kept], weights[kept] = support[a], weights[a]
            kept += 1
    return kept


@njit(cache=True, nogil=True)
def _back(factor: FloatArray, solved: FloatArray, size: int, ones: FloatArray, goal: FloatArray) -> None:
    """From what the factor has solved for to the solutions, for a side of ones and for b."""
    ones[:], goal[:] = solved[0, :size], solved[1, :size]
    for i in range(size - 1, -1, -1):
        own = factor[i]
        one, other = ones[i] / own[i], goal[i] / own[i]
        ones[i], goal[i] = one, other
        for j in range(i):
            ones[j] -= own[j] * one
            goal[j] -= own[j] * other


@njit(cache=True, nogil=True)
def _goal(total: bool, size: int, factor: FloatArray, solved: FloatArray, ones: FloatArray, goal: FloatArray) -> bool:
    """The best weights of the support, signs aside; whether all are positive."""
    _back(factor, solved, size, ones[:size], goal[:size])
    if total:
        have, per = 0.0, 0.0
        for a in range(size):
            have += goal[a]
            per += ones[a]
        for a in range(size):
            goal[a] += (1.0 - have) / per * ones[a]
    return bool((goal[:size] > 0.0).all())


@njit(cache=True, nogil=True)
def _stopping(goal: FloatArray, weights: FloatArray, size: int) -> tuple[int, float]:
    """Whose weight reaches zero first on the way to the goal, and how far along."""
    out, least = 0, np.inf
    for a in range(size):
        if goal[a] <= 0.0:
            ratio = weights[a] / max(weights[a] - goal[a], TINY)
            if ratio < least:
                out, least = a, ratio
    return out, min(1.0, least)


@njit(cache=True, nogil=True)
def _settle(
    total: bool, support: IntArray, size: int, weights: FloatArray, factor: FloatArray, solved: FloatArray
) -> int:
    """To the best point of the face, letting out whoever stands in the way; returns how many are left."""
    goal, ones = np.empty(size), np.empty(size)
    while size > 0 and not _goal(total, size, factor, solved, ones, goal):
        out, share = _stopping(goal, weights, size)
        for a in range(size):
            weights[a] = max(weights[a] + share * (goal[a] - weights[a]), 0.0)
        _reduce(factor, solved, size, out)
        size -= 1
        for a in range(out, size):
            support[a], weights[a] = support[a + 1], weights[a + 1]
        if total:
            _to_one(weights, size)
    for a in range(size):
        weights[a] = goal[a]
    return size


@njit(cache=True, nogil=True)
def _gradient(
    q: FloatArray, b: FloatArray, agents: int, support: IntArray, size: int, weights: FloatArray, gradient: FloatArray
) -> float:
    """Half the gradient of the objective, and the objective."""
    for i in range(agents):
        gradient[i] = -b[i]
    for a in range(size):
        own, weight = q[support[a]], weights[a]
        for i in range(agents):
            gradient[i] += weight * own[i]
    value = 0.0
    for a in range(size):
        value += weights[a] * (gradient[support[a]] - b[support[a]])
    return value


@njit(cache=True, nogil=True)
def _bar(banned: BoolArray, support: IntArray, size: int, barred: BoolArray) -> None:
    """Whoever is banned, or in the support already, cannot enter."""
    barred[:] = banned
    for a in range(size):
        barred[support[a]] = True


@njit(cache=True, nogil=True)
def _entering(
    own: FloatArray,
    b: FloatArray,
    agents: int,
    total: bool,
    support: IntArray,
    size: int,
    weights: FloatArray,
    gradient: FloatArray,
    barred: BoolArray,
) -> int:
    """The agent outside the support that promises most, or -1 where all that is left is rounding."""
    level, reach = 0.0, 0.0
    for a in range(size):
        reach += weights[a] * own[support[a]]
        if total:
            level += weights[a] * gradient[support[a]]
    best, most = -1, 0.0
    for i in range(agents):
        promise = level - gradient[i]
        noise = NOISE * EPS * (own[i] * reach + abs(b[i]) + abs(level))
        if promise > max(most, noise) and not barred[i]:
            best, most = i, promise
    return best


@njit(cache=True, nogil=True)
def _walk(
    q: FloatArray,
    b: FloatArray,
    agents: int,
    total: bool,
    delta: float,
    support: IntArray,
    weights: FloatArray,
    size: int,
    factor: FloatArray,
    solved: FloatArray,
) -> tuple[int, int]:
    """From the best point of a supported face to the optimum over the first `agents`; everybody in `size` is one.

    `support` and `weights` have room for one more than there are agents, and hold the answer; `factor` is the face's.
    """
    gradient, row = np.empty(agents), np.empty(len(b) + 1)
    before, held, kept = support.copy(), weights.copy(), size
    own = np.empty(agents)
    for i in range(agents):
        own[i] = np.sqrt(max(q[i, i], 0.0))
    banned, barred = np.zeros(agents, dtype=np.bool_), np.zeros(agents, dtype=np.bool_)
    best, entering, steps = np.inf, -1, 1
    while True:
        value = _gradient(q, b, agents, support, size, weights, gradient)
        if value < best:
            if size <= kept and entering >= 0:
                banned[:] = False
            best, kept = value, size
            before[:size], held[:size] = support[:size], weights[:size]
        else:
            # Rounding: nothing is gained any more by the last one let in.
            banned[entering] = True
            support[:kept], weights[:kept] = before[:kept], held[:kept]
            size = _begin(q, b, delta, support, kept, weights, factor, solved)
            _gradient(q, b, agents, support, size, weights, gradient)
        _bar(banned, support, size, barred)
        entering = _entering(own, b, agents, total, support, size, weights, gradient, barred)
        while entering >= 0:
            _row(q, delta, support, size, entering, row)
            if _extend(factor, solved, size, row, b[entering]):
                break
            banned[entering], barred[entering] = True, True
            entering = _entering(own, b, agents, total, support, size, weights, gradient, barred)
        if entering < 0:
            return size, steps
        steps += 1
        support[size], weights[size] = entering, 0.0
        size = _settle(total, support, size + 1, weights, factor, solved)


@njit(cache=True, nogil=True)
def _alone(
    q: FloatArray,
    b: FloatArray,
    total: bool,
    delta: float,
    support: IntArray,
    weights: FloatArray,
    size: int,
    factor: FloatArray,
    solved: FloatArray,
) -> tuple[int, int]:
    """One problem from a feasible start; `factor` and `solved` are room."""
    size = _begin(q, b, delta, support, size, weights, factor, solved)
    size = _settle(total, support, size, weights, factor, solved)
    size, steps = _walk(q, b, len(b), total, delta, support, weights, size, factor, solved)
    return size, steps


@njit(cache=True, nogil=True)
def _many(
    q: FloatArray, b: FloatArray, total: bool, delta: FloatArray, which: IntArray, start: FloatArray, found: FloatArray
) -> None:
    k = b.shape[1]
    support, weights = np.zeros(k + 1, dtype=np.int64), np.zeros(k + 1)
    factor, solved = np.zeros((k + 1, k + 1)), np.zeros((2, k + 1))
    for one in range(len(b)):
        size = 0
        for i in range(k):
            if start[one, i] > 0.0:
                support[size], weights[size] = i, start[one, i]
                size += 1
        size, _ = _alone(q[which[one]], b[one], total, delta[which[one]], support, weights, size, factor, solved)
        for a in range(size):
            found[one, support[a]] = weights[a]


@njit(cache=True, nogil=True)
def _best_alone(q: FloatArray, b: FloatArray, agents: int) -> int:
    first = 0
    for i in range(agents):
        if q[i, i] - 2.0 * b[i] < q[first, first] - 2.0 * b[first]:
            first = i
    return first


@njit(cache=True, nogil=True)
def _paths(
    q: FloatArray, b: FloatArray, total: bool, delta: float, orders: IntArray, sizes: IntArray, found: FloatArray
) -> None:
    k = len(b)
    own, side = np.empty((k, k)), np.empty(k)
    factor, solved = np.zeros((k + 1, k + 1)), np.zeros((2, k + 1))
    support, weights = np.zeros(k + 1, dtype=np.int64), np.zeros(k + 1)
    for path in range(len(orders)):
        order = orders[path]
        for i in range(k):
            side[i] = b[order[i]]
            for j in range(k):
                own[i, j] = q[order[i], order[j]]
        size = 0
        if total:
            support[0], weights[0] = _best_alone(own, side, sizes[0]), 1.0
            size = _begin(own, side, delta, support, 1, weights, factor, solved)
            size = _settle(total, support, size, weights, factor, solved)
        for stage in range(len(sizes)):
            size, _ = _walk(own, side, sizes[stage], total, delta, support, weights, size, factor, solved)
            for a in range(size):
                found[stage, path, order[support[a]]] = weights[a]


def walk(
    q: FloatArray, b: FloatArray, total: bool, delta: float, support: IntArray, weights: FloatArray
) -> tuple[IntArray, FloatArray, int]:
    """The active set from a feasible start; arguments and result as those of the numpy path.

    Args:
        q: k x k.
        b: k.
        total: whether the weights sum to one.
        delta: what is added to every entry of q where they do, 0.0 otherwise.
        support: who carries weight at the start.
        weights: theirs.
    """
    room = np.zeros(len(b) + 1, dtype=np.int64)
    values = np.zeros(len(b) + 1)
    room[: len(support)], values[: len(support)] = support, weights
    factor, solved = np.zeros((len(b) + 1, len(b) + 1)), np.zeros((2, len(b) + 1))
    own = np.ascontiguousarray(q)
    size, steps = _alone(own, b, total, delta, room, values, len(support), factor, solved)
    return room[:size].copy(), values[:size].copy(), int(steps)


def walk_many(
    q: FloatArray, b: FloatArray, total: bool, delta: FloatArray, which: IntArray, start: FloatArray
) -> FloatArray:
    """The active set for P problems one after the other; P x k weights.

    Args:
        q: F x k x k.
        b: P x k.
        total: whether weights sum to one.
        delta: F, as in `walk`.
        which: the number of its matrix for each problem.
        start: P x k feasible weights.
    """
    found = np.zeros(b.shape)
    _many(np.ascontiguousarray(q), np.ascontiguousarray(b), total, delta, which, np.ascontiguousarray(start), found)
    return found


def walk_paths(
    q: FloatArray, b: FloatArray, total: bool, delta: float, orders: IntArray, sizes: IntArray
) -> FloatArray:
    """The active set for the first agents of every order, each size from the one before; S x P x k weights.

    Args:
        q: k x k.
        b: k.
        total: whether weights sum to one.
        delta: as in `walk`.
        orders: P x k permutations of the agents.
        sizes: S, ascending.
    """
    found = np.zeros((len(sizes), *orders.shape))
    _paths(np.ascontiguousarray(q), np.ascontiguousarray(b), total, delta, orders, sizes, found)
    return found
