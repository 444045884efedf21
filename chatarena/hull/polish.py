"""The last digits of a fit: the active set once more, on R itself instead of its square.

Started from the weights that moments give it usually has nothing to do but solve one small least squares problem; where
moments could not tell near copies of an agent apart it exchanges agents until none outside promises more than rounding.
"""

from __future__ import annotations

import numpy as np

from chatarena.hull.face import step_towards
from chatarena.hull.kinds import BoolArray, FloatArray, IntArray

EPS = float(np.finfo(float).eps)
NOISE = 4.0
# A column whose part outside the others' span is a smaller share than this is taken as inside it.
DEPENDENT = 1e-14


def polish(a: FloatArray, r: FloatArray, weights: FloatArray, *, total: bool) -> FloatArray:
    """min |A w - r| over w >= 0, with sum one where `total`, from weights near the answer.

    Args:
        a: p x k.
        r: p.
        weights: k, feasible.
        total: whether the weights sum to one.
    """
    support = np.flatnonzero(weights > 0)
    support, values = _settle(a, r, total, support, weights[support])
    residual = _residual(a, r, support, values)
    banned = np.zeros(len(weights), dtype=np.bool_)
    while (entering := _entering(a, residual, total, support, values, banned)) >= 0:
        after = _settle(a, r, total, np.append(support, entering), np.append(values, 0.0))
        left = _residual(a, r, *after)
        if entering not in after[0] or not left @ left < residual @ residual:
            banned[entering] = True
            continue
        (support, values), residual = after, left
        banned[:] = False
    full = np.zeros(len(weights))
    full[support] = values
    return full


def affine_fit(a: FloatArray, *, noise: float = 0.0) -> FloatArray:
    """min |A w| over sum w = 1, of any sign; the shortest such w where it is not unique.

    Args:
        a: p x k.
        noise: what rounding may have left in a column; differences of agents that are no larger are none.
    """
    k = a.shape[1]
    mean = np.full(k, 1.0 / k)
    if k == 1:
        return mean
    others = a[:, 1:] - a[:, :1]
    if np.linalg.norm(others, axis=0).min() > noise:
        scale, solved = _least_squares(others, -a[:, 0])
        if solved is not None:
            found = solved * scale
            return np.append(1.0 - found.sum(), found)
    basis, values, left = still_directions(a, noise=noise)
    point: FloatArray = mean - basis @ (left.T @ (a @ mean) / values)
    return point


def still_directions(a: FloatArray, *, noise: float = 0.0) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Directions of weights that keep the sum and change A w, orthonormal; by how much, and where to.

    Args:
        a: p x k.
        noise: changes no larger are rounding.
    """
    k = a.shape[1]
    # An orthonormal basis of what leaves the sum alone.
    keep = np.linalg.qr(np.column_stack([np.ones(k), np.eye(k)[:, : k - 1]]))[0][:, 1:]
    left, values, rows = np.linalg.svd(a @ keep, full_matrices=False)
    size = float(np.linalg.norm(a, axis=0).max())
    kept = values > max(noise, max(a.shape) * EPS * size)
    return keep @ rows[kept].T, values[kept], left[:, kept]


def least_squares(a: FloatArray, r: FloatArray) -> FloatArray:
    """min |A w - r|, the shortest such w where it is not unique.

    Args:
        a: p x k.
        r: p.
    """
    scale, solved = _least_squares(a, r)
    if solved is not None:
        return solved * scale
    return np.asarray(np.linalg.lstsq(a, r, rcond=None)[0], dtype=np.float64)


def _least_squares(a: FloatArray, r: FloatArray) -> tuple[FloatArray, FloatArray | None]:
    """Columns' inverse norms and the solution for columns of norm one; None where they are dependent."""
    from scipy.linalg import solve_triangular

    norms = np.asarray(np.linalg.norm(a, axis=0), dtype=np.float64)
    scale: FloatArray = np.divide(1.0, norms, out=np.zeros_like(norms), where=norms > 0)
    s = a.shape[1]
    if len(a) < s or not (norms > 0).all():
        return scale, None
    root: FloatArray = np.asarray(np.linalg.qr(np.column_stack([a * scale, r]), mode="r"))
    own = np.abs(np.diag(root[:s, :s]))
    if s and own.min() <= DEPENDENT:
        return scale, None
    solved: FloatArray = solve_triangular(root[:s, :s], root[:s, s]) if s else np.zeros(0)
    return scale, solved


def _settle(
    a: FloatArray, r: FloatArray, total: bool, support: IntArray, values: FloatArray
) -> tuple[IntArray, FloatArray]:
    """To the best point of a face, after letting out whoever stands in the way."""
    while len(support):
        goal = _face_point(a, r, total, support)
        if (goal > 0.0).all():
            return support, goal
        support, values = step_towards(goal, total, support, values)
    return support, values


def _face_point(a: FloatArray, r: FloatArray, total: bool, support: IntArray) -> FloatArray:
    face = a[:, support]
    if not total:
        return least_squares(face, r)
    # Against the agent nearest to the target: the differences are what the weights are read from.
    anchor = int(np.argmin(np.linalg.norm(face - r[:, None], axis=0)))
    others = np.delete(face, anchor, axis=1) - face[:, [anchor]]
    found = least_squares(others, r - face[:, anchor])
    return np.insert(found, anchor, 1.0 - found.sum())


def _residual(a: FloatArray, r: FloatArray, support: IntArray, values: FloatArray) -> FloatArray:
    left: FloatArray = a[:, support] @ values - r
    return left


def _entering(
    a: FloatArray, residual: FloatArray, total: bool, support: IntArray, values: FloatArray, banned: BoolArray
) -> int:
    """The agent outside that promises most for its distance from the face, or -1 where all that is left is rounding.

    Near copies of a supported agent are what moments cannot judge, so distances are from the face's span, not from the
    present point: there a copy is as far as what distinguishes it.
    """
    anchor = a[:, support[:1]].copy() if total else np.zeros((len(a), 1))
    away = a - anchor
    size = float(np.linalg.norm(a[:, support], axis=0) @ values)
    basis = np.linalg.qr(away[:, support[1:] if total else support])[0]
    reach = np.linalg.norm(away, axis=0)
    away -= basis @ (basis.T @ away)
    distance, left = np.linalg.norm(away, axis=0), float(np.linalg.norm(residual))
    promise = -(residual @ away)
    noise = NOISE * EPS * (reach * left + size * distance)
    worth = np.divide(promise, distance, out=np.zeros_like(promise), where=(distance > 0) & (promise > noise))
    worth[support] = 0.0
    worth[banned] = 0.0
    best = int(np.argmax(worth))
    return best if worth[best] > 0 else -1
