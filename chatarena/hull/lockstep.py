"""The active set of `quadratic` for a batch of small problems, all advanced together by array operations.

One after the other such fits cost mostly the calls between numbers; here one operation serves the whole batch, and
every problem goes on from its last optimum with more agents as soon as it is there. Law: the answers are those of
`quadratic.active_set`; whatever does not settle here is handed to it.

The inverse of every supported face is kept up to date by rank-one changes. What that loses to rounding is made good by
always solving for the step from the present weights, against a fresh gradient.
"""

from __future__ import annotations

import numpy as np

from chatarena.hull.face import DEPENDENT, EPS, NOISE, TINY
from chatarena.hull.kinds import BoolArray, FloatArray, IntArray
from chatarena.hull.quadratic import active_set

# With more matrices than this, gradients are formed from the supported rows instead of one product a matrix.
FEW_MATRICES = 16
# How many times its rounding noise the gradient on a support may be off before one more step is made against it.
SLACK = 64.0
# And how many times after that step it may be off at most; beyond, the problem is solved alone.
WRONG = 1e5
# From this condition of a face on its inverse is refined where it decides, and made afresh when the face changes.
WORN = 1e4
# And from this one on the problem is solved alone.
WORN_OUT = 1e11


class Batch:
    """The problems of one batch on their way; rows leave when they have passed the last stage."""

    def __init__(
        self, q: FloatArray, b: FloatArray, which: IntArray, rank: IntArray, sizes: IntArray, total: bool
    ) -> None:
        problems = len(b)
        self.q, self.total, self.sizes, self.given = q, total, sizes, (b, which, rank)
        diagonal = np.maximum(np.einsum("fii->fi", q), 0.0)
        stiff = stiffness(diagonal) if total else np.zeros(len(q))
        self.ids, self.b, self.which, self.rank = np.arange(problems), b, which, rank
        self.own, self.delta = np.sqrt(diagonal)[which], stiff[which]
        self.most = self.own.max(axis=1)
        self.stage = np.zeros(problems, dtype=np.intp)
        self.weights = np.zeros(b.shape)
        self.banned = rank >= sizes[0]
        # Blocked: not at the best point of the face, because somebody had to be let out first.
        self.blocked, self.refined = np.zeros((2, problems), dtype=np.bool_)
        self.taken = np.zeros((problems, 8), dtype=np.bool_)
        self.support = np.zeros((problems, 8), dtype=np.intp)
        self.inverse: FloatArray = np.zeros((problems, 8, 8))
        self.scratch: FloatArray = np.empty((0, 0, 0))
        # How much larger than a column's own size the inverse has made it: about the condition of the face.
        self.growth = np.ones(problems)
        # The place whose row and column are still to be taken out of the inverse, or -1.
        self.leaving = np.full(problems, -1)
        if total:
            first = np.where(self.banned, np.inf, self.own**2 - 2.0 * b).argmin(axis=1)
            self.weights[self.ids, first] = 1.0
            self._enter(np.ones(problems, dtype=np.bool_), first)

    def warm(self, start: FloatArray) -> None:
        """Begin at these weights instead: k for all problems, or a row for each."""
        weights = np.maximum(np.broadcast_to(start, self.b.shape), 0.0)
        if self.total:
            weights = np.where(weights.sum(axis=1, keepdims=True) > 0, weights, self.weights)
            weights = weights / weights.sum(axis=1, keepdims=True)
        carries = weights > 0
        width = max(1, int(carries.sum(axis=1).max()))
        self.support = np.argsort(~carries, axis=1, kind="stable")[:, :width]
        self.taken = np.take_along_axis(carries, self.support, axis=1)
        self.inverse = np.zeros((*self.support.shape, width))
        self.weights = np.where(carries, weights, 0.0)
        self.blocked[:] = True
        self._renew(self.ids)

    # Where nothing is left to fit a division has no answer; what is no number then is solved alone below.
    @np.errstate(invalid="ignore", divide="ignore")
    def run(self) -> FloatArray:
        """The best weights at every stage, S x P x k."""
        last = len(self.sizes)
        found = np.full((last, *self.b.shape), np.nan)
        for _ in range(50 * last + 3 * self.b.shape[1]):
            done = ~self._advance() & (self.stage < last)
            found[self.stage[done], self.ids[done]] = self.weights[done]
            self.stage[done] += 1
            rest = self.stage == last
            if rest.all():
                break
            self._open(np.flatnonzero(done & ~rest))
            if 8 * np.count_nonzero(rest) >= len(rest):
                self._keep(~rest)
        for one in np.flatnonzero(~np.isfinite(found).all(axis=(0, 2))):
            self._alone(int(one), found[:, one])
        return found

    def _open(self, rows: IntArray) -> None:
        """Let these problems at all agents of their stage."""
        self.banned[rows] = self.rank[rows] >= self.sizes[self.stage[rows], None]
        self.refined[rows] = False

    def _keep(self, rows: BoolArray) -> None:
        for name in (
            "ids",
            "b",
            "which",
            "rank",
            "own",
            "most",
            "delta",
            "stage",
            "weights",
            "banned",
            "blocked",
            "refined",
        ):
            setattr(self, name, getattr(self, name)[rows])
        for name in ("taken", "support", "inverse", "leaving", "growth"):
            setattr(self, name, getattr(self, name)[rows])

    def _advance(self) -> BoolArray:
        """One agent in, or one out, for every problem that is not at its optimum; which those were."""
        each, gradient = np.arange(len(self.ids)), self._gradient()
        level = (self.weights * gradient).sum(axis=1) if self.total else np.zeros(len(each))
        size = (self.weights * self.own).sum(axis=1)
        promise, inside = level[:, None] - gradient, self.weights > 0
        off = np.abs(promise).max(axis=1, where=inside, initial=0.0)
        noise = NOISE * EPS * (self.most * (size + self.most) + np.abs(level))
        loose = (off > SLACK * noise) & ~self.refined
        # One more step did not make it exact: the inverse is worth nothing any more.
        self.weights[(off > WRONG * noise) & self.refined] = np.nan
        promise[inside | self.banned] = -np.inf
        best = promise.argmax(axis=1)
        rounding = self.own[each, best] * size + np.abs(self.b[each, best]) + np.abs(level)
        gains = (promise[each, best] > NOISE * EPS * rounding) & ~self.blocked
        going: BoolArray = gains | loose | self.blocked
        moves = loose | self.blocked | self._enter(gains, best)
        self.refined = ~gains & ~self.blocked
        self._settle(moves, gradient)
        return going

    def _gradient(self) -> FloatArray:
        """Q w - b of all problems."""
        if len(self.q) > FEW_MATRICES:
            carried = self.weights[np.arange(len(self.ids))[:, None], self.support] * self.taken
            rows = self.q[self.which[:, None], self.support]
            product: FloatArray = np.matmul(carried[:, None, :], rows)[:, 0]
            return product - self.b
        product = np.empty(self.b.shape)
        for one in np.unique(self.which):
            mine = self.which == one
            product[mine] = self.weights[mine] @ self.q[one]
        return product - self.b

    def _enter(self, gains: BoolArray, agents: IntArray) -> BoolArray:
        """Border the inverses by one agent each, where it does not lie in the face of the others; who got in.

        Whoever left in the step before is taken out in the same pass.
        """
        self._widen(gains)
        column = self.q[self.which[:, None], agents[:, None], self.support] + self.delta[:, None]
        column *= self.taken & gains[:, None]
        border = np.matmul(self.inverse, column[:, :, None])[:, :, 0]
        self._refine(border, column, np.flatnonzero(gains & (self.growth > WORN)))
        own = self.q[self.which, agents, agents] + self.delta
        pivot = own - (column * border).sum(axis=1)
        fits: BoolArray = gains & (pivot > DEPENDENT * own)
        new, refused = np.flatnonzero(fits), np.flatnonzero(gains & ~fits)
        self.banned[refused, agents[refused]] = True
        border[~fits], pivot[~fits] = 0.0, 1.0
        place = self.taken[new].argmin(axis=1)
        border[new, place] = -1.0
        gone = np.flatnonzero(self.leaving >= 0)
        out = self.leaving[gone]
        border[gone] = self.inverse[gone, out]
        pivot[gone] = -border[gone, out]
        # Fresh memory for every product would cost more than the product.
        if self.scratch.shape != self.inverse.shape:
            self.scratch = np.empty(self.inverse.shape)
        self.inverse += np.einsum("pi,pj->pij", border, border / pivot[:, None], out=self.scratch)
        self.inverse[gone, out] = 0.0
        self.inverse[gone, :, out] = 0.0
        self.leaving[gone] = -1
        self.support[new, place], self.taken[new, place] = agents[new], True
        self.growth[new] = np.maximum(self.growth[new], own[new] / pivot[new])
        changed = np.concatenate([gone, new])
        self._renew(changed[self.growth[changed] > WORN])
        return fits

    def _faces(self, rows: IntArray) -> FloatArray:
        """The matrices of supported faces, with the identity where no place is taken."""
        support, taken = self.support[rows], self.taken[rows]
        faces = self.q[self.which[rows, None, None], support[:, :, None], support[:, None, :]]
        faces = (faces + self.delta[rows, None, None]) * (taken[:, :, None] & taken[:, None, :])
        faces[:, np.arange(taken.shape[1]), np.arange(taken.shape[1])] += ~taken
        return faces

    def _refine(self, border: FloatArray, column: FloatArray, rows: IntArray) -> None:
        """Solve once more for what the inverses of ill-conditioned faces have left over."""
        if len(rows):
            over = column[rows] - np.matmul(self._faces(rows), border[rows, :, None])[:, :, 0]
            border[rows] += np.matmul(self.inverse[rows], over[:, :, None])[:, :, 0]

    def _renew(self, rows: IntArray) -> None:
        """Invert these faces afresh: letting near copies of agents in or out costs an inverse most of its digits."""
        if not len(rows):
            return
        faces, places = self._faces(rows), np.arange(self.taken.shape[1])
        try:
            inverse = np.linalg.inv(faces)
        except np.linalg.LinAlgError:
            inverse = np.full(faces.shape, np.inf)
        # Of a definite matrix's inverse the diagonal is positive.
        # A singular face has 0 times infinity here, which is not a number and below counts as lost.
        with np.errstate(invalid="ignore"):
            products = faces[:, places, places] * inverse[:, places, places]
        growth = np.where(inverse[:, places, places] > 0, products, np.inf).max(axis=1)
        inverse[:, places, places] -= ~self.taken[rows]
        self.inverse[rows], self.growth[rows] = inverse, growth
        lost = rows[~(growth < WORN_OUT)]
        self.weights[lost], self.inverse[lost], self.blocked[lost] = np.nan, np.eye(len(places)), False

    def _settle(self, moves: BoolArray, gradient: FloatArray) -> None:
        """Go towards the best point of each face, as far as nobody's weight falls below 0; then let that one out."""
        each = np.arange(len(self.ids))
        weights = self.weights[each[:, None], self.support] * self.taken
        slope = gradient[each[:, None], self.support] * self.taken
        step = self._step(slope) * moves[:, None]
        goal = weights + step
        falls = (goal <= 0) & self.taken
        room = np.divide(weights, np.maximum(weights - goal, TINY), out=np.full(goal.shape, np.inf), where=falls)
        out = room.argmin(axis=1)
        share = np.minimum(room[each, out], 1.0)
        goal = np.maximum(weights + share[:, None] * step, 0.0) * self.taken
        stuck: BoolArray = np.asarray(falls.any(axis=1))
        goal[stuck, out[stuck]] = 0.0
        if self.total:
            goal /= goal.sum(axis=1, keepdims=True)
        rows, places = np.nonzero(self.taken)
        self.weights[rows, self.support[rows, places]] = goal[rows, places]
        self.blocked = stuck
        self._let_out(np.flatnonzero(stuck), out[stuck], share[stuck])

    def _step(self, slope: FloatArray) -> FloatArray:
        """From the present weights to the best point of each face."""
        solved = np.matmul(self.inverse, np.stack((-slope, self.taken), axis=2))
        step: FloatArray = solved[:, :, 0]
        if self.total:
            # All gradients on the face are to become the one number that keeps the sum.
            step = step - (step.sum(axis=1) / solved[:, :, 1].sum(axis=1))[:, None] * solved[:, :, 1]
        return step

    def _let_out(self, rows: IntArray, out: IntArray, share: FloatArray) -> None:
        self.taken[rows, out], self.leaving[rows] = False, out
        # Whoever is out again at once gained nothing but rounding; any other exit makes room for a new judgement.
        idle = share == 0
        freed = rows[~idle]
        self.banned[freed] = self.rank[freed] >= self.sizes[np.minimum(self.stage[freed], len(self.sizes) - 1), None]
        self.banned[rows[idle], self.support[rows[idle], out[idle]]] = True

    def _widen(self, gains: BoolArray) -> None:
        """Room for one agent more in these problems."""
        had = self.taken.shape[1]
        if not (self.taken.all(axis=1) & gains).any():
            return
        more = max(4, had // 4)
        self.taken = np.pad(self.taken, ((0, 0), (0, more)))
        self.support = np.pad(self.support, ((0, 0), (0, more)))
        self.inverse = np.pad(self.inverse, ((0, 0), (0, more), (0, more)))

    def _alone(self, one: int, found: FloatArray) -> None:
        b, which, rank = (array[one] for array in self.given)
        warm = np.zeros(len(b))
        for stage, size in enumerate(self.sizes):
            chosen = np.flatnonzero(rank < size)
            q = np.ascontiguousarray(self.q[which][np.ix_(chosen, chosen)])
            found[stage] = 0.0
            found[stage, chosen] = active_set(q, b[chosen], total=self.total, warm=warm[chosen]).weights
            warm = found[stage]


def stiffness(diagonal: FloatArray) -> FloatArray:
    """What is added to every entry of a matrix, so that faces are definite; weights that sum to one do not feel it.

    Args:
        diagonal: F x k, of the matrices.
    """
    middle, most = np.median(diagonal, axis=1), diagonal.max(axis=1)
    return np.where(middle > 0, middle, np.where(most > 0, most, 1.0))
