"""Best weights from moments, by an active set on k x k numbers: the fast path for learning curves and resampling.

min w'Qw - 2 b'w over w >= 0 (cone), over w >= 0 with sum one (simplex), or over sum one alone (affine). Wolfe's
min-norm-point and Lawson-Hanson's non-negative least squares are one algorithm here: let in the agent whose gradient
promises most, go to the best point of the supported face, let out whoever would get a negative weight.

Source: P. Wolfe (1976), Math. Programming 11; C. Lawson and R. Hanson, Solving Least Squares Problems (1974), ch. 23.
Theory: docs/theory/hull.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chatarena.hull.engine import Kernel, compiled
from chatarena.hull.face import DEPENDENT as DEPENDENT
from chatarena.hull.face import EPS, to_one, walk
from chatarena.hull.face import NOISE as NOISE
from chatarena.hull.kinds import Engine, FloatArray, IntArray, Kind, Offset, checked_kind, checked_offset
from chatarena.hull.moments import Moments, quadratic
from chatarena.hull.pivoting import guess
from chatarena.hull.threads import one_thread

# Stricter for weights of any sign, which nothing keeps small: below this the shortest weights are asked for.
AFFINE_DEPENDENT = 1e-12
# What is left of numbers of order one after they were squared, added up and subtracted.
ROUNDING = 64.0 * EPS


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
    engine: Engine = "numpy",
) -> FloatArray:
    """The weights of least mean squared error, from moments.

    Args:
        of: moments of the rows that count.
        kind: simplex, cone or affine.
        offset: none, free or per state.
        agents: positions of the agents that may carry weight; None for all.
        warm: k weights to start from, for instance those of one agent fewer; makes it faster, not different.
        engine: which implementation; they agree to rounding. Compiled pays from some hundred fits on.

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
    start = None if warm is None else warm[chosen]
    with one_thread():
        if kind == "affine":
            weights[chosen] = affine_point(goal.q, goal.b)
        else:
            weights[chosen] = active_set(goal.q, goal.b, total=kind == "simplex", warm=start, engine=engine).weights
    return weights


def active_set(
    q: FloatArray, b: FloatArray, *, total: bool, warm: FloatArray | None = None, engine: Engine = "numpy"
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
    scale = np.ones(k) if total else inverse_norms(q)
    scaled = q if total else np.ascontiguousarray(q * scale[:, None] * scale[None, :])
    target = b * scale
    start = _support_of(q, warm, total)
    weights = np.zeros(k) if warm is None else np.maximum(warm, 0.0)
    values = weights[start] / np.where(scale[start] > 0, scale[start], 1.0)
    values = to_one(values) if total else values
    kernel = _kernel(engine)
    run = walk if kernel is None else kernel.walk
    delta = _stiffness(scaled, start) if total else 0.0
    if kernel is None and warm is None:
        start, values = guess(scaled, target, total, delta, start) or (start, values)
    support, values, steps = run(scaled, target, total, delta, start, values)
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

    if len(b) == 1:
        return np.ones(1)
    # Against the first agent: w_1 = 1 - sum of the others.
    slope = b[1:] - b[0] - (q[1:, 0] - q[0, 0])
    face = q[1:, 1:] - q[1:, :1] - q[:1, 1:] + q[0, 0]
    factor, info = lapack.dpotrf(face, lower=1)
    least = np.maximum(AFFINE_DEPENDENT * np.diag(face), ROUNDING * float(np.abs(q).max()))
    if not info and (np.diag(factor) ** 2 > least).all():
        others = lapack.dpotrs(factor, slope, lower=1)[0]
        return np.append(1.0 - others.sum(), others)
    return _shortest_affine_point(q, b)


def _shortest_affine_point(q: FloatArray, b: FloatArray) -> FloatArray:
    k = len(b)
    # An orthonormal basis of what leaves the sum alone: the shortest step from equal weights is the answer.
    mean = np.full(k, 1.0 / k)
    basis = np.linalg.qr(np.column_stack([np.ones(k), np.eye(k)[:, : k - 1]]))[0][:, 1:]
    values, vectors = np.linalg.eigh(basis.T @ q @ basis)
    kept = values > ROUNDING * float(np.abs(q).max())
    slope = vectors[:, kept].T @ (basis.T @ (b - q @ mean))
    point: FloatArray = mean + basis @ (vectors[:, kept] @ (slope / values[kept]))
    return point


def _stiffness(q: FloatArray, support: IntArray) -> float:
    """What is added to every entry: a constant where the sum is one, and it makes the face's matrix definite."""
    own = float(np.diag(q)[support].min())
    return own if own > 0 else max(float(np.diag(q).max()), 1.0)


def _kernel(engine: Engine) -> Kernel | None:
    return None if engine == "numpy" else compiled(required=engine == "compiled")


def inverse_norms(q: FloatArray) -> FloatArray:
    """What scales every agent to norm one, 0 for whoever has none.

    Args:
        q: k x k.
    """
    norms = np.sqrt(np.maximum(np.diag(q), 0.0))
    inverse: FloatArray = np.divide(1.0, norms, out=np.zeros_like(norms), where=norms > 0)
    return inverse


def _support_of(q: FloatArray, warm: FloatArray | None, total: bool) -> IntArray:
    start = np.zeros(0, dtype=np.int64) if warm is None else np.flatnonzero(warm > 0).astype(np.int64)
    return np.array([int(np.argmin(np.diag(q)))]) if total and not len(start) else start
