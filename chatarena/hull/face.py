"""The active set in numpy and LAPACK: a supported face, its Cholesky factor, and the walk from face to face."""

from __future__ import annotations

import numpy as np

from chatarena.hull.kinds import BoolArray, FloatArray, IntArray

# How far above its rounding noise a gradient must stand for its agent to be let in.
NOISE = 16.0
# A new agent whose part outside the supported face is a smaller share than this counts as lying in it.
DEPENDENT = 1e-14

EPS = float(np.finfo(np.float64).eps)
TINY = float(np.finfo(np.float64).tiny)


class Face:
    """Agents that may carry weight, their weights, and the factor L L' of their part of q + delta.

    Args:
        q: k x k, symmetric, positive semidefinite.
        b: k.
        total: whether weights sum to one.
        delta: what is added to every entry of q; constant where the weights sum to one.
        support: the agents; who depends on those before them is left out.
        weights: theirs.
    """

    def __init__(
        self, q: FloatArray, b: FloatArray, total: bool, delta: float, support: IntArray, weights: FloatArray
    ) -> None:
        self.q, self.total, self.delta = q, total, delta
        self.sides = np.column_stack([np.ones(len(b)), b])
        self.support, self.weights = support[:0], weights[:0]
        self._factor = np.zeros((0, 0), order="F")
        self._solved = np.zeros((0, 2))
        if not self._refactor(support, weights):
            for agent, weight in zip(support, weights, strict=True):
                self.extend(int(agent), float(weight))
        if total:
            self.weights = to_one(self.weights)

    def extend(self, agent: int, weight: float = 0.0) -> bool:
        """Let an agent in; False, and nothing done, where it lies in the face of the others."""
        from scipy.linalg import lapack

        size = len(self.support)
        corner = self.q[agent, agent] + self.delta
        row = self.q[agent].take(self.support) + self.delta
        new = lapack.dtrtrs(self._factor, row, lower=1)[0] if size else row
        pivot = corner - new @ new
        if pivot <= DEPENDENT * corner:
            return False
        root = np.sqrt(pivot)
        wider = np.zeros((size + 1, size + 1), order="F")
        wider[:size, :size] = self._factor
        wider[size, :size], wider[size, size] = new, root
        self._factor = wider
        self._solved = np.vstack([self._solved, (self.sides[agent] - new @ self._solved) / root])
        self.support, self.weights = np.append(self.support, agent), np.append(self.weights, weight)
        return True

    def settle(self) -> None:
        """To the best point of the face, letting out whoever stands in the way."""
        while len(self.support):
            goal = self._goal()
            if goal.min() > 0.0:
                self.weights = goal
                return
            support, weights = step_towards(goal, self.total, self.support, self.weights)
            if not self._refactor(support, weights):
                # Cannot be but for rounding: a part of independent agents is independent.
                self.support, self.weights = support[:0], weights[:0]
                self._factor, self._solved = self._factor[:0, :0], self._solved[:0]
                for agent, weight in zip(support, weights, strict=True):
                    self.extend(int(agent), float(weight))

    def _goal(self) -> FloatArray:
        from scipy.linalg import lapack

        best = lapack.dtrtrs(self._factor, self._solved, lower=1, trans=1)[0]
        if not self.total:
            free: FloatArray = best[:, 1]
            return free
        have = best.sum(axis=0)
        goal: FloatArray = best[:, 1] + (1.0 - have[1]) / have[0] * best[:, 0]
        return goal

    def _refactor(self, support: IntArray, weights: FloatArray) -> bool:
        from scipy.linalg import lapack

        if not len(support):
            self.support, self.weights = support, weights
            self._factor, self._solved = np.zeros((0, 0), order="F"), np.zeros((0, 2))
            return True
        face = self.q[support][:, support] + self.delta
        factor, info = lapack.dpotrf(face, lower=1, clean=1)
        if info or (factor.diagonal() ** 2 <= DEPENDENT * face.diagonal()).any():
            return False
        self._factor, self.support, self.weights = factor, support, weights
        self._solved = lapack.dtrtrs(factor, self.sides[support], lower=1)[0]
        return True


def walk(
    q: FloatArray, b: FloatArray, total: bool, delta: float, support: IntArray, weights: FloatArray
) -> tuple[IntArray, FloatArray, int]:
    """min w'Qw - 2 b'w from a feasible start: who carries weight at the end, the weights, and how many steps it took.

    Args:
        q: k x k.
        b: k.
        total: whether the weights sum to one.
        delta: what is added to every entry of q where they do, 0.0 otherwise.
        support: who carries weight at the start.
        weights: theirs.
    """
    face = Face(q, b, total, delta, support, weights)
    face.settle()
    own, size_b = np.sqrt(np.maximum(q.diagonal(), 0.0)), np.abs(b)
    banned = np.zeros(len(b), dtype=np.bool_)
    best, kept, last, steps = np.inf, (face.support, face.weights), -1, 1
    while True:
        gradient = face.weights @ q[face.support] - b
        value = float(face.weights @ (gradient - b)[face.support])
        if value < best:
            if len(face.support) <= len(kept[0]) and last >= 0:
                banned[:] = False
            best, kept = value, (face.support, face.weights)
        else:
            # Rounding: nothing is gained any more by the last one let in.
            banned[last] = True
            face = Face(q, b, total, delta, *kept)
            gradient = face.weights @ q[face.support] - b
        last = _let_in(face, gradient, own, size_b, banned)
        if last < 0:
            return face.support, face.weights, steps
        steps += 1
        face.settle()


def step_towards(goal: FloatArray, total: bool, support: IntArray, weights: FloatArray) -> tuple[IntArray, FloatArray]:
    """As far from weights towards a goal as none gets negative; without the agent that stopped the step."""
    ratio = np.full(len(goal), np.inf)
    negative = goal <= 0.0
    ratio[negative] = weights[negative] / np.maximum(weights[negative] - goal[negative], TINY)
    out = int(ratio.argmin())
    moved = np.maximum(weights + min(1.0, float(ratio[out])) * (goal - weights), 0.0)
    support, moved = np.delete(support, out), np.delete(moved, out)
    return support, to_one(moved) if total else moved


def to_one(weights: FloatArray) -> FloatArray:
    """Weights over their sum; equal ones where all are zero."""
    total = weights.sum()
    return weights / total if total > 0 else np.full(len(weights), 1.0 / max(1, len(weights)))


def _let_in(face: Face, gradient: FloatArray, own: FloatArray, size_b: FloatArray, banned: BoolArray) -> int:
    """Extend the face by the agent that promises most; -1 where all that is left is rounding."""
    weights, support = face.weights, face.support
    level = float(weights @ gradient[support]) if face.total else 0.0
    promise = level - gradient
    noise = NOISE * EPS * (own * float(weights @ own[support]) + size_b + abs(level))
    promise[support] = 0.0
    promise[banned | (promise <= noise)] = 0.0
    while True:
        best = int(promise.argmax())
        if promise[best] <= 0.0:
            return -1
        if face.extend(best):
            return best
        promise[best] = 0.0
        banned[best] = True
