"""Second moments of D = X - y 1' and y: all that a fit in mean square needs, additive over rows.

Moments of folds add up to those of the whole, and the whole minus a fold is what the fold is tested against; a
resample is moments with other weights. Taking y off first keeps a common level of all ratings from drowning what
distinguishes them: for weights that sum to one the residual is D w, whatever the level.

Squaring costs half the digits: mean squared errors are safe up to a condition of about 1e7 (`GRAM_CONDITION`),
weights a little beyond. What must be exact goes through chatarena.hull.reduction. Theory: docs/theory/hull.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from chatarena.hull.kinds import FloatArray, IntArray, Kind, Offset
from chatarena.hull.table import UtilityTable, positions, state_codes
from chatarena.hull.threads import one_thread

# Condition of D up to which mean squared errors from moments are right to about ten digits (docs/theory/hull.md).
GRAM_CONDITION = 1e7
# Rows at a time: a part of 100 columns stays in a core's cache.
CHUNK = 1024
# A square that is a smaller share of what it was made from than this is rounding.
FLAT = 64.0 * float(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moments:
    """Weighted sums over rows of products of [D, v], where D = X - y 1' and v = y - level.

    `second` is (k+1) x (k+1). `sums` (states x (k+1)) and `mass` (states) hold the weighted sums and the weight of
    each state; where `per_state` is False all rows stand as one state. `rows` counts rows of positive weight.
    """

    second: FloatArray
    sums: FloatArray
    mass: FloatArray
    level: float
    rows: int
    per_state: bool = False

    @property
    def k(self) -> int:
        """Number of agents."""
        return len(self.second) - 1

    @property
    def total(self) -> float:
        """Weight of all rows together."""
        return float(self.mass.sum())

    def __add__(self, other: Moments) -> Moments:
        self._same(other)
        return replace(
            self,
            second=self.second + other.second,
            sums=self.sums + other.sums,
            mass=self.mass + other.mass,
            rows=self.rows + other.rows,
        )

    def __sub__(self, other: Moments) -> Moments:
        self._same(other)
        return replace(
            self,
            second=self.second - other.second,
            sums=self.sums - other.sums,
            mass=self.mass - other.mass,
            rows=self.rows - other.rows,
        )

    def take(self, agents: ArrayLike) -> Moments:
        """Moments of some agents, by position, in that order."""
        chosen = np.append(np.asarray(agents, dtype=np.int64), self.k)
        return replace(self, second=self.second[np.ix_(chosen, chosen)], sums=self.sums[:, chosen])

    def _same(self, other: Moments) -> None:
        same = (self.level, self.per_state) == (other.level, other.per_state)
        if not same or self.sums.shape != other.sums.shape:
            raise ValueError("only moments of rows of one table can be added or subtracted")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Quadratic:
    """The mean squared error as a function of weights: w'Qw - 2 b'w + c, the offset at its best.

    Whoever minimises over weights that sum to one gets b = 0 and c = 0, because there y is inside Q.
    """

    q: FloatArray
    b: FloatArray
    c: float


def moments(
    full: UtilityTable, *, rows: ArrayLike | None = None, weights: ArrayLike | None = None, per_state: bool = False
) -> Moments:
    """Moments of a table, or of some of its rows.

    Args:
        full: the table; its own weights always count.
        rows: positions or booleans; None for all rows.
        weights: one factor >= 0 for each row of the whole table, for resampling; it multiplies the table's weights.
        per_state: also keep the sums of every state, which an offset per state needs.

    Raises:
        ValueError: rows outside the table, weights of another length or negative, or no weight at all.
    """
    index = positions(rows, full.n)
    factor = row_weights(full, weights)
    return _accumulate(full, index, factor, _codes(full, per_state))


def fold_moments(full: UtilityTable, folds: ArrayLike, count: int, *, per_state: bool = False) -> tuple[Moments, ...]:
    """Moments of every fold in one pass: fold f is tested by the f-th, trained on the sum of the others.

    Args:
        full: the table.
        folds: the fold of each row, 0 to count - 1.
        count: number of folds.
        per_state: as in `moments`.

    Raises:
        ValueError: another number of rows, or a fold that is empty or does not exist.
    """
    labels = np.asarray(folds)
    if labels.shape != (full.n,) or labels.dtype.kind not in "iu":
        raise ValueError(f"folds must be {full.n} integers")
    if not np.array_equal(np.unique(labels), np.arange(count)):
        raise ValueError(f"every fold from 0 to {count - 1} needs a row, and no other fold may be named")
    factor = row_weights(full, None)
    codes = _codes(full, per_state)
    return tuple(_accumulate(full, np.flatnonzero(labels == f), factor, codes) for f in range(count))


def quadratic(of: Moments, kind: Kind, offset: Offset) -> Quadratic:
    """The mean squared error as a quadratic in the weights, the offset minimised out.

    Args:
        of: moments; with sums per state where the offset is per state.
        kind: cone, or weights that sum to one.
        offset: none, free or per state.
    """
    centred = _centred(of, offset)
    k, mass = of.k, of.total
    second = centred[:k, :k] / mass
    if kind != "cone":
        return Quadratic(q=second, b=np.zeros(k), c=0.0)
    cross, own = centred[:k, k] / mass, float(centred[k, k]) / mass
    if offset == "none":
        sums = of.sums.sum(axis=0) / mass
        cross = cross + of.level * sums[:k]
        own = own + 2.0 * of.level * float(sums[k]) + of.level**2
    q, b = second + cross[:, None] + cross[None, :] + own, cross + own
    # An agent that rates all alike leaves rounding here, which weights without a bound would blow up to a direction.
    size = (np.diag(of.second)[:k] + float(of.second[k, k])) / mass + own
    flat = np.diag(q) <= FLAT * size
    q[flat], q[:, flat], b[flat] = 0.0, 0.0, 0.0
    return Quadratic(q=q, b=b, c=own)


def _accumulate(
    full: UtilityTable, rows: IntArray | None, factor: FloatArray | None, codes: IntArray | None
) -> Moments:
    k, states = full.k, 1 if codes is None else int(codes.max()) + 1
    second, sums, mass = np.zeros((k + 1, k + 1)), np.zeros((states, k + 1)), np.zeros(states)
    level, counted = full.level, 0
    with one_thread():
        room, ones = np.empty((CHUNK, k + 1)), np.ones(CHUNK)
        for chunk in chunks(rows, full.n, CHUNK):
            block = differences(full, chunk, level, room)
            weight = ones[: len(block)] if factor is None else factor[chunk]
            counted += int(np.count_nonzero(weight))
            _add_by_state(sums, mass, block, weight, None if codes is None else codes[chunk])
            if factor is not None:
                block *= np.sqrt(weight)[:, None]
            second += block.T @ block
    if not mass.sum() > 0:
        raise ValueError("no row has any weight")
    return Moments(second=second, sums=sums, mass=mass, level=level, rows=counted, per_state=codes is not None)


def _add_by_state(
    sums: FloatArray, mass: FloatArray, block: FloatArray, weight: FloatArray, codes: IntArray | None
) -> None:
    if codes is None:
        sums[0] += weight @ block
        mass[0] += weight.sum()
        return
    order = np.argsort(codes, kind="stable")
    present, starts = np.unique(codes[order], return_index=True)
    sums[present] += np.add.reduceat(block[order] * weight[order, None], starts, axis=0)
    mass += np.bincount(codes, weights=weight, minlength=len(mass))


def chunks(rows: IntArray | None, n: int, size: int) -> Iterator[IntArray | slice]:
    """Consecutive parts of some rows, or of all n, as what an array can be indexed with."""
    for start in range(0, n if rows is None else len(rows), size):
        part = slice(start, start + size)
        yield part if rows is None else rows[part]


def centred(columns: FloatArray, weights: FloatArray, codes: IntArray) -> FloatArray:
    """Columns without their weighted mean, or without that of each state.

    Args:
        columns: n x m.
        weights: n, what rows count; every state has some.
        codes: n, the state of each row; all 0 for one mean.
    """
    mass = np.bincount(codes, weights=weights)
    sums = np.zeros((len(mass), columns.shape[1]))
    np.add.at(sums, codes, columns * weights[:, None])
    without: FloatArray = columns - (sums / mass[:, None])[codes]
    return without


def state_means(full: UtilityTable, rows: IntArray | None, factor: FloatArray, codes: IntArray) -> FloatArray:
    """Weighted mean of [D, v] in every state, states x (k+1); 0 where a state has no weight.

    Args:
        full: the table.
        rows: positions, or None for all rows.
        factor: n weights.
        codes: the state of each row of the whole table.

    Raises:
        ValueError: no row has any weight.
    """
    states = int(codes.max()) + 1
    sums, mass = np.zeros((states, full.k + 1)), np.zeros(states)
    level = full.level
    for part in chunks(rows, full.n, CHUNK):
        _add_by_state(sums, mass, differences(full, part, level), factor[part], codes[part])
    if not mass.sum() > 0:
        raise ValueError("no row has any weight")
    means: FloatArray = sums / np.where(mass > 0, mass, 1.0)[:, None]
    return means


def differences(full: UtilityTable, part: IntArray | slice, level: float, room: FloatArray | None = None) -> FloatArray:
    """[D, v] of some rows: utilities minus target, and target minus level; written into `room` where it is given."""
    y = full.target[part]
    block = np.empty((len(y), full.k + 1)) if room is None else room[: len(y)]
    np.subtract(full.utilities[part], y[:, None], out=block[:, :-1])
    np.subtract(y, level, out=block[:, -1])
    return block


def row_weights(full: UtilityTable, weights: ArrayLike | None) -> FloatArray | None:
    """What each row counts: the table's weights times these, or None where all count the same.

    Raises:
        ValueError: another number of weights, or one that is negative or not finite.
    """
    if weights is None:
        return full.weights
    extra = np.asarray(weights, dtype=np.float64)
    if extra.shape != (full.n,) or not np.isfinite(extra).all() or (extra < 0).any():
        raise ValueError(f"weights must be {full.n} finite numbers, none of them negative")
    return extra if full.weights is None else extra * full.weights


def _codes(full: UtilityTable, per_state: bool) -> IntArray | None:
    return state_codes(full)[0] if per_state else None


def _centred(of: Moments, offset: Offset) -> FloatArray:
    """Second moments about zero, about the mean, or about each state's mean."""
    if offset == "none":
        return of.second
    if offset == "free":
        sums = of.sums.sum(axis=0)
        return of.second - np.outer(sums, sums) / of.total
    _needs_states(of)
    heard = of.mass > 0
    scaled = of.sums[heard] / np.sqrt(of.mass[heard])[:, None]
    return of.second - scaled.T @ scaled


def _extended(weights: FloatArray) -> FloatArray:
    """Coefficients on [D, v]: X w - y = D w + (sum w - 1) y."""
    return np.append(weights, _excess(weights))


def _excess(weights: FloatArray) -> float:
    return float(weights.sum()) - 1.0


def _needs_states(of: Moments) -> None:
    if not of.per_state:
        raise ValueError("an offset per state needs moments with sums per state: pass per_state=True")
