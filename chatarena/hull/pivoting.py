"""A good guess where the active set ends: whole blocks of agents let in and out at once, for as long as that goes well.

Law: a guess and no more. The active set starts from it and decides; it is usually at its end then.

Source: block principal pivoting, J. Portugal, J. Judice and L. Vicente (1994), Mathematics of Computation 63; here at
most so many agents are let in at once, so that faces stay small among many agents.
"""

from __future__ import annotations

import numpy as np

from chatarena.hull.kinds import FloatArray, IntArray

# Agents let in at once, and rounds until it is given up (measured from 100 to 1000 agents: 6 to 15 are needed).
BLOCK, ROUNDS = 32, 30
# Of faces nearer to dependent than this nothing is guessed.
CLEAR = 1e-9
# Gradients below this share of the largest square are no promise.
FAINT = 1e-12


def guess(
    q: FloatArray, b: FloatArray, total: bool, delta: float, start: IntArray
) -> tuple[IntArray, FloatArray] | None:
    """Who probably carries weight where w'Qw - 2 b'w is least, and how much; None where no way there was found.

    Args:
        q: k x k.
        b: k.
        total: whether the weights sum to one.
        delta: what is added to every entry of q where they do, 0.0 otherwise.
        start: who carries weight at first.
    """
    inside = np.zeros(len(b), dtype=np.bool_)
    inside[start] = True
    sides, faint = np.column_stack([np.ones(len(b)), b]), FAINT * float(q.diagonal().max())
    for _ in range(ROUNDS):
        support = np.flatnonzero(inside)
        weights = _best(q[support][:, support] + delta, sides[support], total)
        if weights is None:
            return None
        gradient = weights @ q[support] - b
        level = float(weights @ gradient[support]) if total else 0.0
        promise = level - gradient
        promise[support] = 0.0
        entering, out = np.flatnonzero(promise > faint), weights <= 0.0
        if not len(entering) and not out.any():
            return support, weights
        if len(entering) > BLOCK:
            entering = entering[np.argpartition(-promise[entering], BLOCK - 1)[:BLOCK]]
        inside[support[out]], inside[entering] = False, True
    return None


def _best(face: FloatArray, sides: FloatArray, total: bool) -> FloatArray | None:
    """The best weights of a face, signs aside; None where it is near dependent."""
    from scipy.linalg import lapack

    if not len(face):
        return np.zeros(0)
    factor, info = lapack.dpotrf(face, lower=1)
    if info or (factor.diagonal() ** 2 <= CLEAR * face.diagonal()).any():
        return None
    solved = lapack.dpotrs(factor, sides, lower=1)[0]
    if not total:
        free: FloatArray = solved[:, 1]
        return free
    have = solved.sum(axis=0)
    weights: FloatArray = solved[:, 1] + (1.0 - have[1]) / have[0] * solved[:, 0]
    return weights
