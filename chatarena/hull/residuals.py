"""What is left of the target after a fit: one pass over rows, however they come."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from chatarena.hull.kinds import FloatArray, IntArray
from chatarena.hull.moments import chunks
from chatarena.hull.table import UtilityTable, state_codes

# Rows at a time: few enough to stay near the processor.
ROWS = 500
SUM_ROUNDING = 8.0 * float(np.finfo(np.float64).eps)
# Utilities, target, and what each row counts; any float type.
Rows: TypeAlias = tuple[NDArray[np.floating], NDArray[np.floating], NDArray[np.floating] | None]
# Who carries weight, how much, and by how much the weights exceed a sum of one.
Carried: TypeAlias = tuple[IntArray, FloatArray, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extreme:
    """The instance where the fit lies farthest below or above the target; `residual` is fit minus target."""

    row: int
    instance: str
    residual: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """Size of what is left: mean square, its root, and the largest, which is another claim.

    `gap_sup` counts every row alike, whatever its weight in the mean.
    """

    mse: float
    rmse: float
    gap_sup: float
    lowest: Extreme
    highest: Extreme
    n: int


def residual_vector(
    full: UtilityTable, weights: FloatArray, offsets: FloatArray, codes: IntArray | None, rows: IntArray | None
) -> FloatArray:
    """sum_i w_i U_i + c - u for every row asked for.

    Args:
        full: the table.
        weights: k numbers.
        offsets: none, one, or one per state.
        codes: the state of each row of the table where there is an offset per state.
        rows: positions, or None for all rows.
    """
    carried = _carried(weights)
    parts = [
        _left(full.utilities[part], full.target[part], carried, _constant(offsets, codes, part))
        for part in chunks(rows, full.n, ROWS)
    ]
    return np.concatenate(parts)


def half_range(full: UtilityTable, *, per_state: bool = False) -> float:
    """The least largest error of a constant alone: half the target's range, or half the widest range in a state.

    Args:
        full: the table.
        per_state: whether every state has a constant of its own.

    Raises:
        ValueError: constants per state without states.
    """
    if not per_state:
        return float(np.ptp(full.target)) / 2.0
    codes, states = state_codes(full)
    return max(float(np.ptp(full.target[codes == state])) for state in range(len(states))) / 2.0


def errors_of_table(
    full: UtilityTable, weights: FloatArray, offsets: FloatArray, codes: IntArray | None, rows: IntArray | None
) -> Errors:
    """Errors of a fit on the rows of a table; arguments as in `residual_vector`."""
    left = residual_vector(full, weights, offsets, codes, rows)
    counts = full.weights if rows is None or full.weights is None else full.weights[rows]
    low, high = int(np.argmin(left)), int(np.argmax(left))
    names = [int(at if rows is None else rows[at]) for at in (low, high)]
    mse = float(np.average(left**2, weights=counts))
    return Errors(
        mse=mse,
        rmse=math.sqrt(mse),
        gap_sup=float(np.abs(left).max()),
        lowest=Extreme(row=names[0], instance=full.label(names[0]), residual=float(left[low])),
        highest=Extreme(row=names[1], instance=full.label(names[1]), residual=float(left[high])),
        n=len(left),
    )


def errors_of_rows(rows: Iterable[Rows], weights: FloatArray, constant: float) -> Errors:
    """Errors of a fit on rows that come in parts (utilities, target, what each row counts), one part in memory.

    Raises:
        ValueError: there are no rows.
    """
    square, total, seen = 0.0, 0.0, 0
    low, high = (math.inf, 0), (-math.inf, 0)
    carried = _carried(weights)
    for x, y, counts in _in_parts(rows):
        left = _left(x, y, carried, constant)
        square += float(left @ left if counts is None else counts @ left**2)
        total += len(left) if counts is None else float(counts.sum())
        low = min(low, (float(left.min()), seen + int(left.argmin())))
        high = max(high, (float(left.max()), seen + int(left.argmax())), key=lambda pair: pair[0])
        seen += len(left)
    if not seen:
        raise ValueError("the rows came once and not a second time: pass something that gives them again")
    mse = square / total
    return Errors(
        mse=mse,
        rmse=math.sqrt(mse),
        gap_sup=max(abs(low[0]), abs(high[0])),
        lowest=Extreme(row=low[1], instance=f"instance {low[1] + 1}", residual=low[0]),
        highest=Extreme(row=high[1], instance=f"instance {high[1] + 1}", residual=high[0]),
        n=seen,
    )


def _in_parts(
    rows: Iterable[Rows],
) -> Iterator[Rows]:
    for x, y, counts in rows:
        for start in range(0, len(y), ROWS):
            part = slice(start, start + ROWS)
            own = None if counts is None else np.asarray(counts[part], dtype=np.float64)
            yield x[part], np.asarray(y[part], dtype=np.float64), own


def _carried(weights: FloatArray) -> Carried:
    carriers = np.flatnonzero(weights)
    excess = float(weights.sum()) - 1.0
    if abs(excess) <= SUM_ROUNDING * float(np.abs(weights).sum()):
        # They sum to one as nearly as they can be written, and rounding times a level of y is not theirs.
        excess = 0.0
    return carriers, weights[carriers], excess


def _left(
    x: NDArray[np.floating], y: NDArray[np.floating], carried: Carried, constant: FloatArray | float
) -> FloatArray:
    carriers, weights, excess = carried
    # Differences first: for weights that sum to one the common level never enters a product.
    left: FloatArray = (x[:, carriers] - y[:, None]) @ weights
    return left + (excess * y + constant)


def _constant(offsets: FloatArray, codes: IntArray | None, part: IntArray | slice) -> FloatArray | float:
    if not len(offsets):
        return 0.0
    return float(offsets[0]) if codes is None else offsets[codes[part]]
