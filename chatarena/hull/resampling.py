"""Fits to many reweightings of the same rows: each from its own moments, or all together by Newton steps.

Both solve min over w (and c) of sum_r u_r (sum_i w_i U_ri + c - y_r)^2 / sum_r u_r for every row of counts u. The
Newton way never forms a resample's own matrix: the gradients of all resamples come from two matrix products over the
rows, and each step takes the matrix of the whole sample in place of the resample's, which is right up to about
sqrt(k/n). So the error shrinks by about that factor a step; it is measured, and where it does not shrink nothing is
returned.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chatarena.hull.kinds import BoolArray, FloatArray, IntArray, Kind, Offset
from chatarena.hull.many import minimise_many
from chatarena.hull.moments import Moments, chunks, fold_moments, moments, quadratic, row_weights
from chatarena.hull.quadratic import affine_point
from chatarena.hull.table import UtilityTable, state_codes

AnyFloat: TypeAlias = NDArray[np.floating[Any]]
# Rows of a design, with their places.
Blocks: TypeAlias = Iterable[tuple[slice, AnyFloat]]

# Rows in one product (a thousand resamples of so many stay near the processor), and resamples whose own matrices are
# held at a time.
ROWS, MATRICES = 512, 100
# Newton steps go on until the worst weight of all is off by this share of its standard error, at most so many. Errors
# of that size in single resamples do not show in percentiles over hundreds.
ENOUGH, STEPS = 0.1, 8
# Moments of groups are kept and mixed, and rows in the precision of products kept, where they are at most so many
# numbers.
KEPT = 20_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Refits:
    """Of every resample: weights (B x k), mean squared error, largest error, and mean squared error on rows left out.

    `left_out` is NaN where a resample holds every row. `steps` counts Newton steps, 0 where fits are exact;
    `unsettled` estimates how far weights still are from the exact ones, in their standard errors.
    """

    weights: FloatArray
    mse: FloatArray
    gap_sup: FloatArray
    left_out: FloatArray
    steps: int
    unsettled: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Design:
    """Rows as a fit sees them: what is left is A w + c - t; `unit` is whose count a row takes, `own` its weight;
    `alike` says that every row has a count of its own and weighs one.

    With `root`, A = Q root with orthogonal columns in Q, and products over the rows are formed of Q in single
    precision: what distinguishes near copies of an agent is then in `root`, and is not rounded.
    """

    full: UtilityTable
    kind: Kind
    offset: Offset
    own: FloatArray
    unit: IntArray
    codes: IntArray
    alike: bool
    root: FloatArray | None = None
    inverse: FloatArray | None = None

    def rows(self, part: IntArray | slice) -> tuple[FloatArray, FloatArray]:
        """A and t of some rows."""
        x, y = self.full.utilities[part], self.full.target[part]
        if self.kind != "cone":
            return x - y[:, None], np.zeros(len(y))
        level = 0.0 if self.offset == "none" else self.full.level
        return x - level, y - level

    def block(self, part: slice) -> AnyFloat:
        """[A or Q, t, 1] of some rows, in the precision of products: what is left is its product with `seen`."""
        a, t = self.rows(part)
        rows = np.empty((len(t), self.full.k + 2), dtype=self.precision)
        rows[:, :-2] = a if self.inverse is None else a @ self.inverse
        rows[:, -2], rows[:, -1] = t, 1.0
        return rows

    def blocks(self) -> Blocks:
        """All rows, block by block."""
        for part in chunks(None, self.full.n, ROWS):
            if isinstance(part, slice):
                yield part, self.block(part)

    @property
    def precision(self) -> type[np.floating[Any]]:
        """Of products over the rows."""
        return np.float64 if self.inverse is None else np.float32

    def times(self, counts: NDArray[Any], part: slice) -> AnyFloat:
        """How often each resample holds each of some rows, times what the row counts: B x rows."""
        if self.alike:
            return counts[:, part].astype(self.precision)
        found: AnyFloat = counts[:, self.unit[part]] * self.own[part].astype(self.precision)
        return found

    def seen(self, weights: FloatArray, constants: FloatArray) -> AnyFloat:
        """Weights and constants as they multiply what `block` gives."""
        own = weights if self.root is None else weights @ self.root.T
        both = np.column_stack([own, np.full(len(own), -1.0), constants])
        return both.astype(self.precision)

    def unseen(self, products: FloatArray) -> FloatArray:
        """Products with Q as products with A."""
        return products if self.root is None else products @ self.root


def draw_counts(units: int, resamples: int, rng: np.random.Generator) -> NDArray[np.unsignedinteger[Any]]:
    """How often each unit is drawn when as many as there are are drawn with replacement: resamples x units."""
    # With many units no count comes near 255: the chance of 20 is below 1e-18.
    counts = np.empty((resamples, units), dtype=np.uint8 if units > 1000 else np.uint16)
    for one in range(resamples):
        counts[one] = np.bincount(rng.integers(0, units, units), minlength=units)
    return counts


def exact_refits(
    full: UtilityTable, kind: Kind, offset: Offset, counts: NDArray[Any], unit: IntArray, start: FloatArray
) -> Refits:
    """Every resample from its own weighted moments.

    Args:
        full: the table; its weights multiply the counts.
        kind: simplex, cone or affine.
        offset: none, free or per state.
        counts: B x units, how often each unit was drawn.
        unit: the unit of every row.
        start: weights of the whole sample.
    """
    design = _design(full, kind, offset, unit)
    groups = _group_moments(full, offset, unit, counts.shape[1])
    parts = []
    for begin in range(0, len(counts), MATRICES):
        some = counts[begin : begin + MATRICES]
        own = [_resampled(full, groups, count, unit, offset) for count in some]
        goals = [quadratic(one, kind, offset) for one in own]
        q, b = np.array([goal.q for goal in goals]), np.array([goal.b for goal in goals])
        weights = _solve(q, b, kind, np.arange(len(some)), start)
        parts.append((weights, *_left(design, design.blocks(), weights, some)))
    weights, mse, gap, out = (np.concatenate(found) for found in zip(*parts, strict=True))
    return Refits(weights=weights, mse=mse, gap_sup=gap, left_out=out, steps=0, unsettled=0.0)


def newton_refits(
    full: UtilityTable, kind: Kind, offset: Offset, counts: NDArray[Any], unit: IntArray, start: FloatArray
) -> Refits | None:
    """All resamples together, by Newton steps from the whole sample's weights; None where steps do not shrink.

    Args:
        full, kind, counts, unit, start: as in `exact_refits`.
        offset: none or free.
    """
    design = _design(full, kind, offset, unit)
    hessian, mean, target = _whole(design)
    design = _whitened(design, hessian + np.outer(mean, mean))
    kept = list(design.blocks()) if full.n * full.k <= KEPT else None
    mass = _mass(design, counts)[:, None]
    weights = np.broadcast_to(start, (len(counts), full.k))
    constants = np.full(len(counts), 0.0 if offset == "none" else target - float(mean @ start))
    size = left = np.inf
    for step in range(1, STEPS + 1):
        slopes = _slopes(design, kept or design.blocks(), weights, constants, counts, same=step == 1) / mass
        slope, pull = design.unseen(slopes[:, :-2]), slopes[:, -1] if offset == "free" else np.zeros(len(counts))
        terms = weights @ hessian - (slope - pull[:, None] * mean)
        after = _solve(hessian[None], terms, kind, np.zeros(len(counts), dtype=np.int64), weights)
        if offset == "free":
            constants = constants - pull - (after - weights) @ mean
        size, before = _size(after, weights), size
        weights, rate = after, size / before if size > 0 else 0.0
        left = size * rate / (1.0 - rate) if rate < 1.0 else np.inf
        if step > 1 and (left <= ENOUGH or rate > 0.5):
            break
    if not left <= ENOUGH:
        return None
    mse, gap, out = _left(design, kept or design.blocks(), weights, counts)
    return Refits(weights=weights, mse=mse, gap_sup=gap, left_out=out, steps=step, unsettled=left)


def _design(full: UtilityTable, kind: Kind, offset: Offset, unit: IntArray) -> _Design:
    own = row_weights(full, None)
    codes = state_codes(full)[0] if offset == "per state" else np.zeros(full.n, dtype=np.int64)
    return _Design(
        full=full,
        kind=kind,
        offset=offset,
        own=np.ones(full.n) if own is None else own,
        unit=unit,
        codes=codes,
        alike=own is None and np.array_equal(unit, np.arange(full.n)),
    )


def _solve(q: FloatArray, b: FloatArray, kind: Kind, which: IntArray, start: FloatArray) -> FloatArray:
    if kind == "affine":
        return np.array([affine_point(q[one], side) for one, side in zip(which, b, strict=True)])
    return minimise_many(q, b, total=kind == "simplex", which=which, start=start)


def _group_moments(full: UtilityTable, offset: Offset, unit: IntArray, units: int) -> tuple[Moments, ...] | None:
    """Moments of every group, where rows come in groups and these are few enough to be kept."""
    if units == full.n or units * (full.k + 1) ** 2 > KEPT:
        return None
    return fold_moments(full, unit, units, per_state=offset == "per state")


def _resampled(
    full: UtilityTable, groups: tuple[Moments, ...] | None, count: NDArray[Any], unit: IntArray, offset: Offset
) -> Moments:
    if groups is None:
        return moments(full, weights=count[unit], per_state=offset == "per state")
    drawn = [(float(times), group) for times, group in zip(count, groups, strict=True) if times]
    return replace(
        groups[0],
        second=sum((times * group.second for times, group in drawn), np.zeros_like(groups[0].second)),
        sums=sum((times * group.sums for times, group in drawn), np.zeros_like(groups[0].sums)),
        mass=sum((times * group.mass for times, group in drawn), np.zeros_like(groups[0].mass)),
        rows=sum(group.rows for _, group in drawn),
    )


def _whole(design: _Design) -> tuple[FloatArray, FloatArray, float]:
    """Second moments of A (about the mean where the offset is free), and the means of A and t."""
    k, total = design.full.k, float(design.own.sum())
    second, sums, target = np.zeros((k, k)), np.zeros(k), 0.0
    for part in chunks(None, design.full.n, ROWS):
        a, t = design.rows(part)
        weighted = a * design.own[part, None]
        second += weighted.T @ a
        sums += weighted.sum(axis=0)
        target += float(design.own[part] @ t)
    if design.offset == "none":
        return second / total, np.zeros(k), 0.0
    mean = sums / total
    return second / total - np.outer(mean, mean), mean, target / total


def _whitened(design: _Design, second: FloatArray) -> _Design:
    """The design with its root, where the agents are independent; as it is where they are not."""
    try:
        root: FloatArray = np.asarray(np.linalg.cholesky(second).T, dtype=np.float64)
    except np.linalg.LinAlgError:
        return design
    return replace(design, root=root, inverse=np.asarray(np.linalg.inv(root), dtype=np.float64))


def _slopes(
    design: _Design, blocks: Blocks, weights: FloatArray, constants: FloatArray, counts: NDArray[Any], *, same: bool
) -> FloatArray:
    """Half the gradients of all resamples' squared errors in the weights, in t, and in the constant: B x (k + 2)."""
    slopes, seen = np.zeros((len(counts), design.full.k + 2)), design.seen(weights, constants)
    for part, rows in blocks:
        times = design.times(counts, part)
        if same:
            # At the first step all resamples have the same weights, and so the same residuals.
            slopes += times @ (rows * (rows @ seen[0])[:, None])
        else:
            times *= seen @ rows.T
            slopes += times @ rows
    return slopes


def _mass(design: _Design, counts: NDArray[Any]) -> FloatArray:
    """What the rows of every resample count together."""
    if design.alike:
        return np.asarray(counts.sum(axis=1), dtype=np.float64)
    by_unit, mass = np.bincount(design.unit, weights=design.own, minlength=counts.shape[1]), np.zeros(len(counts))
    for begin in range(0, len(by_unit), ROWS):
        part = slice(begin, begin + ROWS)
        mass += counts[:, part] @ by_unit[part]
    return mass


def _size(after: FloatArray, before: FloatArray) -> float:
    """The largest change of a weight, in its standard error over resamples (at least a hundredth of the largest)."""
    spread = after.std(axis=0)
    floor = max(float(spread.max()) / 100.0, np.finfo(float).tiny)
    return float((np.abs(after - before) / np.maximum(spread, floor)).max())


def _left(
    design: _Design, blocks: Blocks, weights: FloatArray, counts: NDArray[Any]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean squared and largest error on the rows drawn, and mean squared error on those left out, of every resample."""
    states = int(design.codes.max()) + 1
    # Mass, sum and sum of squares of what is left, drawn and left out; and its ends on the rows drawn.
    inside, outside = np.zeros((2, 3, len(counts), states))
    high, low = np.full((2, len(counts), states), -np.inf)
    seen = design.seen(weights, np.zeros(len(counts)))
    for part, rows in blocks:
        left, times = seen @ rows.T, design.times(counts, part)
        own = design.own[part].astype(design.precision)
        for state, mine in _by_state(design.codes[part], states):
            some, drawn = left[:, mine], times[:, mine]
            absent = (drawn == 0).astype(design.precision)
            square = some * some
            for sums, mass in ((inside, drawn), (outside, absent if design.alike else absent * own[mine])):
                sums[0, :, state] += mass.sum(axis=1)
                sums[1, :, state] += np.vecdot(mass, some)
                sums[2, :, state] += np.vecdot(mass, square)
            # A row that was left out must not be the largest; choosing by a mask would take ten times as long.
            absent *= np.finfo(design.precision).max / 2.0
            np.maximum(high[:, state], np.subtract(some, absent, out=square).max(axis=1), out=high[:, state])
            np.maximum(low[:, state], -np.add(some, absent, out=square).min(axis=1), out=low[:, state])
    constant, elsewhere = _constants(design.offset, inside, outside)
    gap = np.maximum(high + constant, low - constant).max(axis=1)
    with np.errstate(invalid="ignore"):
        return _mean_square(inside, constant), gap, _mean_square(outside, elsewhere)


def _constants(offset: Offset, inside: FloatArray, outside: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The offset on the rows drawn, kept on the others; per state it is set anew there."""
    zero = np.zeros(inside.shape[1:])
    if offset == "none":
        return zero, zero
    best = [-np.divide(sums[1], sums[0], out=zero.copy(), where=sums[0] > 0) for sums in (inside, outside)]
    return best[0], best[0] if offset == "free" else best[1]


def _mean_square(sums: FloatArray, constant: FloatArray) -> FloatArray:
    total = (sums[2] + 2.0 * constant * sums[1] + constant**2 * sums[0]).sum(axis=1)
    found: FloatArray = np.maximum(total, 0.0) / sums[0].sum(axis=1)
    return found


def _by_state(codes: IntArray, states: int) -> list[tuple[int, BoolArray | slice]]:
    """The states among some rows, and which of the rows each has."""
    if states == 1:
        return [(0, slice(None))]
    return [(int(state), codes == state) for state in np.unique(codes)]
