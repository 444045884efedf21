"""Best weights from moments, by an active set on k x k numbers: the fast path for learning curves and resampling.

min w'Qw - 2 b'w over w >= 0 (cone), over w >= 0 with sum one (simplex), or over sum one alone (affine). Wolfe's
min-norm-point and Lawson-Hanson's non-negative least squares are one algorithm here: let in the agent whose gradient
promises most, go to the best point of the supported face, let out whoever would get a negative weight.

Source: P. Wolfe (1976), Math. Programming 11; C. Lawson and R. Hanson, Solving Least Squares Problems (1974), ch. 23.
Theory: docs/theory/hull.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np

from chatarena.hull.engine import Kernel, compiled
from chatarena.hull.kinds import BoolArray, Engine, FloatArray, IntArray, Kind, Offset, checked_kind, checked_offset
from chatarena.hull.moments import Moments, quadratic

FacePoint: TypeAlias = Callable[[IntArray], FloatArray]

# How far above its rounding noise a gradient must stand for its agent to be let in.
NOISE = 16.0
# A new agent whose part outside the supported face is a smaller share than this counts as lying in it.
DEPENDENT = 1e-14
# Stricter for weights of any sign, which nothing keeps small: below this the shortest weights are asked for.
AFFINE_DEPENDENT = 1e-12
# From so many agents on the compiled kernel pays for being loaded, where it is installed.
COMPILED_FROM = 256


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Solution:
    """Weights (k), the agents that carry them, and how many agents were let in or out on the way."""

    weights: FloatArray
    support: IntArray
    steps: int


def minimise(
    of: Moments,
    kind: Kind,
    offset: Offset = "none",
    *,
    agents: Sequence[int] | IntArray | None = None,
    warm: FloatArray | None = None,
    engine: Engine = "auto",
) -> FloatArray:
    """The weights of least mean squared error, from moments.

    Args:
        of: moments of the rows that count.
        kind: simplex, cone or affine.
        offset: none, free or per state.
        agents: positions of the agents that may carry weight; None for all.
        warm: k weights to start from, for instance those of one agent fewer; makes it faster, not different.
        engine: which implementation; they agree to rounding.

    Returns:
        k weights, exactly 0 for whoever carries none.

    Raises:
        ValueError: an unknown kind or offset, no agents, or moments without the sums that the offset needs.
    """
    checked_kind(kind)
    chosen = np.arange(of.k) if agents is None else np.asarray(agents, dtype=np.int64)
    if not len(chosen):
        raise ValueError("at least one agent is needed")
    part = of if agents is None else of.take(chosen)
    goal = quadratic(part, kind, checked_offset(offset))
    weights = np.zeros(of.k)
    if kind == "affine":
        weights[chosen] = affine_point(goal.q, goal.b)
        return weights
    start = None if warm is None else warm[chosen]
    weights[chosen] = active_set(goal.q, goal.b, total=kind == "simplex", warm=start, engine=engine).weights
    return weights


def active_set(
    q: FloatArray, b: FloatArray, *, total: bool, warm: FloatArray | None = None, engine: Engine = "auto"
) -> Solution:
    """min w'Qw - 2 b'w over w >= 0, with sum one where `total`.

    Args:
        q: k x k, symmetric, positive semidefinite.
        b: k.
        total: whether the weights sum to one.
        warm: k weights to start from; negative ones are taken as 0.
        engine: which implementation.

    Raises:
        ValueError: shapes that do not match, or `engine="compiled"` where numba is not installed.
    """
    k = len(b)
    if q.shape != (k, k) or not k:
        raise ValueError(f"q must be k x k and b k, not {q.shape} and {b.shape}")
    # In the cone every agent has its own scale, and Lawson-Hanson then treats all alike.
    scale = np.ones(k) if total else _inverse_norms(q)
    scaled = q if total else np.ascontiguousarray(q * scale[:, None] * scale[None, :])
    target = b * scale
    start = _support_of(q, warm, total)
    weights = np.zeros(k) if warm is None else np.maximum(warm, 0.0)
    values = weights[start] / np.where(scale[start] > 0, scale[start], 1.0)
    kernel = _kernel(engine, k)
    if kernel is not None:
        support, values, steps = kernel(scaled, target, total, start, values)
    else:
        support, values, steps = _walk(scaled, target, total, start, values)
    full = np.zeros(k)
    full[support] = values * scale[support]
    return Solution(weights=full, support=np.sort(support), steps=steps)


def affine_point(q: FloatArray, b: FloatArray) -> FloatArray:
    """min w'Qw - 2 b'w over sum w = 1, of any sign; the shortest such w where it is not unique.

    Args:
        q: k x k, symmetric, positive semidefinite.
        b: k.
    """
    from scipy.linalg import lapack

    # Against the first agent: w_1 = 1 - sum of the others.
    slope = b[1:] - b[0] - (q[1:, 0] - q[0, 0])
    face = q[1:, 1:] - q[1:, :1] - q[:1, 1:] + q[0, 0]
    factor, info = lapack.dpotrf(face, lower=1)
    if not info and (np.diag(factor) ** 2 > AFFINE_DEPENDENT * np.diag(face)).all():
        others = lapack.dpotrs(factor, slope, lower=1)[0]
        return np.append(1.0 - others.sum(), others)
    return _shortest_affine_point(q, b)


def _shortest_affine_point(q: FloatArray, b: FloatArray) -> FloatArray:
    k = len(b)
    # An orthonormal basis of what leaves the sum alone: the shortest step from equal weights is the answer.
    mean = np.full(k, 1.0 / k)
    basis = np.linalg.qr(np.column_stack([np.ones(k), np.eye(k)[:, : k - 1]]))[0][:, 1:]
    if not basis.shape[1]:
        return mean
    values, vectors = np.linalg.eigh(basis.T @ q @ basis)
    kept = values > k * float(np.finfo(float).eps) * float(np.abs(q).max())
    slope = vectors[:, kept].T @ (basis.T @ (b - q @ mean))
    point: FloatArray = mean + basis @ (vectors[:, kept] @ (slope / values[kept]))
    return point


def _walk(
    q: FloatArray, b: FloatArray, total: bool, support: IntArray, weights: FloatArray
) -> tuple[IntArray, FloatArray, int]:
    """The active set in numpy and LAPACK: a fresh Cholesky factor of the supported face at every step."""
    if total:
        weights = _to_one(weights)
    delta = _stiffness(q, support) if total else 0.0
    face_point = partial(_face_point, q, b, total, delta)
    support, weights = settle(face_point, total, *_independent(q, delta, support, weights))
    best, steps = _objective(q, b, support, weights), 1
    banned = np.zeros(len(b), dtype=np.bool_)
    while (entering := _entering(q, b, total, support, weights, banned)) >= 0:
        steps += 1
        wider = np.append(support, entering)
        if not _leaves_face(q, delta, wider):
            banned[entering] = True
            continue
        after = settle(face_point, total, wider, np.append(weights, 0.0))
        value = _objective(q, b, *after)
        if not value < best:
            # Rounding: nothing is gained any more by this agent.
            banned[entering] = True
            continue
        if len(after[0]) < len(wider):
            banned[:] = False
        (support, weights), best = after, value
    return support, weights, steps


def _to_one(weights: FloatArray) -> FloatArray:
    total = weights.sum()
    return weights / total if total > 0 else np.full(len(weights), 1.0 / max(1, len(weights)))


def _stiffness(q: FloatArray, support: IntArray) -> float:
    """What is added to every entry: a constant where the sum is one, and it makes the face's matrix definite."""
    own = float(np.diag(q)[support].min())
    return own if own > 0 else max(float(np.diag(q).max()), 1.0)


def _entering(
    q: FloatArray, b: FloatArray, total: bool, support: IntArray, weights: FloatArray, banned: BoolArray
) -> int:
    """The agent outside the support that promises most, or -1 where all that is left is rounding."""
    gradient = weights @ q[support] - b
    level = float(weights @ gradient[support]) if total else 0.0
    own = np.sqrt(np.maximum(np.diag(q), 0.0))
    noise = NOISE * np.finfo(float).eps * (own * float(weights @ own[support]) + np.abs(b) + abs(level))
    promise = np.where(banned | (level - gradient <= noise), 0.0, level - gradient)
    promise[support] = 0.0
    best = int(np.argmax(promise))
    return best if promise[best] > 0 else -1


def settle(face_point: FacePoint, total: bool, support: IntArray, weights: FloatArray) -> tuple[IntArray, FloatArray]:
    """The best point of a face, after letting out whoever stands in the way.

    Args:
        face_point: the best weights of a support, signs aside.
        total: whether the weights sum to one.
        support: agents that may carry weight.
        weights: feasible weights of theirs to walk from.
    """
    while len(support):
        goal = face_point(support)
        negative = goal <= 0
        if not negative.any():
            return support, goal
        gap = np.maximum(weights - goal, np.finfo(float).tiny)
        ratio = np.where(negative, weights / gap, np.inf)
        out = int(np.argmin(ratio))
        weights = np.maximum(weights + min(1.0, float(ratio[out])) * (goal - weights), 0.0)
        support, weights = np.delete(support, out), np.delete(weights, out)
        if total:
            weights = _to_one(weights)
    return support, weights


def _face_point(q: FloatArray, b: FloatArray, total: bool, delta: float, support: IntArray) -> FloatArray:
    """Where the mean squared error is least over the face, signs aside."""
    from scipy.linalg import lapack

    face = q[np.ix_(support, support)] + delta
    factor, info = lapack.dpotrf(face, lower=1)
    sides = np.column_stack([np.ones(len(support)), b[support]])
    solved = np.linalg.lstsq(face, sides, rcond=None)[0] if info else lapack.dpotrs(factor, sides, lower=1)[0]
    multiplier = (1.0 - solved[:, 1].sum()) / solved[:, 0].sum() if total else 0.0
    point: FloatArray = solved[:, 1] + multiplier * solved[:, 0]
    return point


def _leaves_face(q: FloatArray, delta: float, support: IntArray) -> bool:
    """Whether the last agent of the support lies outside the face of the others."""
    from scipy.linalg import lapack

    face = q[np.ix_(support, support)] + delta
    factor, info = lapack.dpotrf(face, lower=1)
    return not info and bool(factor[-1, -1] ** 2 > DEPENDENT * face[-1, -1])


def _independent(q: FloatArray, delta: float, support: IntArray, weights: FloatArray) -> tuple[IntArray, FloatArray]:
    """A warm start without agents that lie in the face of those before them."""
    from scipy.linalg import lapack

    if len(support) < 2:
        return support, weights
    face = q[np.ix_(support, support)] + delta
    factor, info = lapack.dpotrf(face, lower=1)
    if not info and (np.diag(factor) ** 2 > DEPENDENT * np.diag(face)).all():
        return support, weights
    kept = support[:1]
    for agent in support[1:]:
        wider = np.append(kept, agent)
        kept = wider if _leaves_face(q, delta, wider) else kept
    inside = np.isin(support, kept)
    return support[inside], weights[inside]


def _objective(q: FloatArray, b: FloatArray, support: IntArray, weights: FloatArray) -> float:
    return float(weights @ q[np.ix_(support, support)] @ weights - 2.0 * b[support] @ weights)


def _kernel(engine: Engine, k: int) -> Kernel | None:
    if engine == "numpy" or (engine == "auto" and k < COMPILED_FROM):
        return None
    return compiled(required=engine == "compiled")


def _inverse_norms(q: FloatArray) -> FloatArray:
    norms = np.sqrt(np.maximum(np.diag(q), 0.0))
    inverse: FloatArray = np.divide(1.0, norms, out=np.zeros_like(norms), where=norms > 0)
    return inverse


def _support_of(q: FloatArray, warm: FloatArray | None, total: bool) -> IntArray:
    start = np.zeros(0, dtype=np.int64) if warm is None else np.flatnonzero(warm > 0).astype(np.int64)
    return np.array([int(np.argmin(np.diag(q)))]) if total and not len(start) else start
