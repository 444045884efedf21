"""A table as the linear program of the largest error sees it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chatarena.hull.kinds import FloatArray, IntArray, Kind, Offset
from chatarena.hull.polish import affine_fit, still_directions
from chatarena.hull.reduction import columns, factor, rounding
from chatarena.hull.residuals import residual_vector
from chatarena.hull.table import UtilityTable, state_codes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Problem:
    """A table as a linear program sees it: differences where weights sum to one, a common shift off where c is free.

    `codes` is the state of each row and `states` their labels where there is an offset per state; `order` and `starts`
    sort rows by state. `scale` is half the range of the target, at least 1: tolerances are shares of it.

    Weights that sum to one and may have any sign are base + directions z, where the directions change residuals
    orthogonally: near copies of an agent, whose weights may be huge, then trouble no solver. `directions` is k x r; in
    the other kinds every agent is its own column.
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
    base: FloatArray
    directions: FloatArray | None

    @property
    def width(self) -> int:
        """How many columns the program may have."""
        return self.full.k if self.directions is None else self.directions.shape[1]

    def of_agents(self, rows: IntArray, agents: IntArray | None = None) -> FloatArray:
        """What weights multiply: rows x agents; the product is the residual, up to an offset and, in the cone, y."""
        part = self.full.utilities[rows] if agents is None else self.full.utilities[rows][:, agents]
        if self.kind != "cone":
            return part - self.full.target[rows][:, None]
        return part - (self.shift if agents is None else self.shift[agents])

    def coefficients(self, rows: IntArray, columns: IntArray) -> FloatArray:
        """What the program's columns multiply."""
        if self.directions is None:
            return self.of_agents(rows, columns)
        return self.of_agents(rows) @ self.directions[:, columns]

    def right(self, rows: IntArray) -> FloatArray:
        """What the product is compared with."""
        if self.kind == "cone":
            return self.full.target[rows] - self.level
        return np.zeros(len(rows)) if self.directions is None else -(self.of_agents(rows) @ self.base)

    def weights(self, columns: IntArray, values: FloatArray) -> FloatArray:
        """The feasible weights that values of the program's columns stand for."""
        if self.directions is not None:
            return self.base + self.directions[:, columns] @ values
        weights = np.zeros(self.full.k)
        weights[columns] = np.maximum(values, 0.0)
        return weights if self.kind == "cone" else weights / weights.sum()

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
        """Residuals of weights with their best offsets, fast; the last digits are those of `exact`."""
        if self.directions is not None:
            # Weights may be huge here, and a common level times them would drown what is left.
            return self.exact(weights)[0]
        left: FloatArray = self.full.utilities @ weights - self.full.target
        return self._moved(left, self.offsets(left))

    def exact(self, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Residuals of weights with their best offsets, to the last digit, and the offsets."""
        left = residual_vector(self.full, weights, np.zeros(0), None, None)
        offsets = self.offsets(left)
        return self._moved(left, offsets), offsets

    def _moved(self, left: FloatArray, offsets: FloatArray) -> FloatArray:
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
    base, directions = _orthogonal(full, offset) if kind == "affine" else (np.zeros(full.k), None)
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
        base=base,
        directions=directions,
    )


def _orthogonal(full: UtilityTable, offset: Offset) -> tuple[FloatArray, FloatArray]:
    """The weights of least mean square, and the directions from there that change anything, one unit of it each."""
    reduced = factor(full, per_state=offset == "per state")
    a, _ = columns(reduced, "simplex", offset)
    noise = rounding(reduced)
    directions, values, _ = still_directions(a, noise=noise)
    return affine_fit(a, noise=noise), directions / values * float(np.sqrt(reduced.total))
