"""A table as the linear program of the largest error sees it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chatarena.hull.kinds import FloatArray, IntArray, Kind, Offset
from chatarena.hull.table import UtilityTable, state_codes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Problem:
    """A table as a linear program sees it: differences where weights sum to one, a common shift off where c is free.

    `codes` is the state of each row and `states` their labels where there is an offset per state; `order` and `starts`
    sort rows by state. `scale` is half the range of the target, at least 1: tolerances are shares of it.
    """

    full: UtilityTable
    kind: Kind
    offset: Offset
    codes: IntArray | None
    states: tuple[str, ...]
    order: IntArray | None
    starts: IntArray | None
    shift: FloatArray
    level: float
    scale: float

    def coefficients(self, rows: IntArray, agents: IntArray) -> FloatArray:
        """Rows of the matrix whose product with weights is the residual, up to `right` and an offset."""
        part = self.full.utilities[rows][:, agents]
        shift: FloatArray = self.shift[agents] if self.kind == "cone" else self.full.target[rows][:, None]
        return part - shift

    def right(self, rows: IntArray) -> FloatArray:
        """What the product is compared with."""
        return self.full.target[rows] - self.level if self.kind == "cone" else np.zeros(len(rows))

    def offsets(self, left: FloatArray) -> FloatArray:
        """The best offsets for residuals without any: half way between the extremes, taken off."""
        if self.codes is None:
            return np.zeros(0) if self.offset == "none" else np.array([-(left.max() + left.min()) / 2.0])
        assert self.order is not None and self.starts is not None
        ordered = left[self.order]
        high, low = np.maximum.reduceat(ordered, self.starts), np.minimum.reduceat(ordered, self.starts)
        middle: FloatArray = -(high + low) / 2.0
        return middle

    def deviations(self, weights: FloatArray) -> FloatArray:
        """Residuals of weights with their best offsets, fast; the last digits are `residual_vector`'s."""
        left: FloatArray = self.full.utilities @ weights - self.full.target
        offsets = self.offsets(left)
        if not len(offsets):
            return left
        return left + (offsets[self.codes] if self.codes is not None else offsets[0])

    def state_of(self, rows: IntArray) -> IntArray | None:
        """The number of the offset that belongs to each row."""
        if self.offset == "none":
            return None
        return np.zeros(len(rows), dtype=np.int64) if self.codes is None else self.codes[rows]


def problem_of(full: UtilityTable, kind: Kind, offset: Offset) -> Problem:
    """The problem of a table.

    Raises:
        ValueError: an offset per state without states.
    """
    codes: IntArray | None = None
    order: IntArray | None = None
    starts: IntArray | None = None
    states: tuple[str, ...] = ()
    if offset == "per state":
        codes, states = state_codes(full)
        order = np.argsort(codes, kind="stable")
        starts = np.flatnonzero(np.append(True, np.diff(codes[order]) != 0))
    shifted = kind == "cone" and offset != "none"
    return Problem(
        full=full,
        kind=kind,
        offset=offset,
        codes=codes,
        states=states,
        order=order,
        starts=starts,
        shift=full.utilities.mean(axis=0) if shifted else np.zeros(full.k),
        level=full.level if shifted else 0.0,
        scale=max(1.0, float(np.ptp(full.target)) / 2.0),
    )
