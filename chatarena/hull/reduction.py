"""One pass over rows to the triangular factor R of [1, D, v]: all that an exact fit needs, in k x k numbers.

R'R are the moments without anything having been squared, so weights stay right at conditions where moments fail.
D = X - y 1' and v = y - level, as in chatarena.hull.moments. Rows come in blocks from anywhere; memory is one block.

Source: sequential TSQR, Demmel, Grigori, Hoemmen and Langou (2012), SIAM J. Sci. Comput. 34; LAPACK's dtpqrt for
[R; block]. Theory: docs/theory/hull.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chatarena.hull.kinds import FloatArray, IntArray, Kind, Offset
from chatarena.hull.moments import chunks, differences, row_weights, state_means
from chatarena.hull.table import UtilityTable, positions, state_codes
from chatarena.hull.threads import one_thread

# Rows reduced at a time. Not a power of two: then all columns of a block would fall on the same lines of a core's
# cache, and a pass would take a quarter longer (measured from 100 to 200 agents).
ROWS = 1000
# Columns whose reflectors are applied together, by the width up to which; measured from 10 to 600 agents.
REFLECTORS = ((128, 8), (256, 16))
WIDE_REFLECTORS = 32
# A column that varies by a smaller share of its size than this is constant.
FLAT = 64.0 * float(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """Some rows: utilities (m x k), target (m), and what each row counts (m), None for one each; any float type."""

    utilities: NDArray[np.floating]
    target: NDArray[np.floating]
    weights: NDArray[np.floating] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Factor:
    """Upper triangular R, (k+2) x (k+2), of the rows sqrt(weight) [1, D, v].

    Where `per_state`, every state's mean was taken off first and the column of ones is zero. `total` is the weight
    of all rows.
    """

    root: FloatArray
    level: float
    rows: int
    total: float
    per_state: bool = False

    @property
    def k(self) -> int:
        """Number of agents."""
        return len(self.root) - 2


def factor(
    full: UtilityTable, *, rows: ArrayLike | None = None, weights: ArrayLike | None = None, per_state: bool = False
) -> Factor:
    """R of a table, or of some of its rows.

    Args:
        full: the table; its own weights always count.
        rows: positions or booleans; None for all rows.
        weights: one factor >= 0 for each row of the whole table; it multiplies the table's weights.
        per_state: take every state's mean off first, for an offset per state.

    Raises:
        ValueError: rows outside the table, weights of another length or negative, no weight at all, or no states.
    """
    index = positions(rows, full.n)
    counts = row_weights(full, weights)
    if per_state:
        with one_thread():
            return _factor_within_states(full, index, counts)
    return factor_of(_blocks(full, index, counts), level=full.level)


def factor_of(blocks: Iterable[Block], *, level: float | None = None) -> Factor:
    """R of rows that come in blocks: from a file, a generator, a memory-mapped array; each is seen once.

    Args:
        blocks: the rows, any number at a time, always of the same agents.
        level: taken off the target; the mean of the first block's where None.

    Raises:
        ValueError: no rows, blocks of different width, a number that is missing or infinite, or no weight at all.
    """
    root: FloatArray | None = None
    count, total = 0, 0.0
    for block in blocks:
        if level is None:
            level = float(np.mean(block.target, dtype=np.float64))
        k = block.utilities.shape[1]
        if root is None:
            root = np.zeros((k + 2, k + 2), order="F")
        if len(root) != k + 2 or len(block.target) != len(block.utilities):
            raise ValueError(f"a block of {block.utilities.shape} does not go with {len(root) - 2} agents before it")
        with one_thread():
            root = _reduce(root, block, level)
        count += len(block.target) if block.weights is None else int(np.count_nonzero(block.weights))
        total += len(block.target) if block.weights is None else float(np.sum(block.weights, dtype=np.float64))
    if root is None or level is None or not total > 0:
        raise ValueError("no row has any weight")
    if not np.isfinite(root).all():
        raise ValueError("a number is missing or infinite: leave such rows out, or let table() do so and count them")
    return Factor(root=np.triu(root), level=level, rows=count, total=total)


def columns(of: Factor, kind: Kind, offset: Offset) -> tuple[FloatArray, FloatArray]:
    """A and r, so that |A w - r|^2 / total is the mean squared error of weights w, the offset at its best.

    Weights that sum to one have r = 0, because there y is inside A.

    Raises:
        ValueError: an offset per state of an R without states' means taken off, or the other way round.
    """
    if of.per_state != (offset == "per state"):
        raise ValueError("R with every state's mean taken off goes with an offset per state, and with no other")
    top = 0 if offset == "none" else 1
    d, v = of.root[top:, 1:-1], of.root[top:, -1]
    if kind != "cone":
        return d, np.zeros(len(d))
    y = v + of.level * of.root[top:, 0] if offset == "none" else v
    x = d + y[:, None]
    # An agent that rates all alike leaves rounding here, which weights without a bound would blow up to a direction.
    size = np.linalg.norm(of.root[:, 1:-1], axis=0) + np.linalg.norm(of.root[:, -1]) + np.linalg.norm(y)
    x[:, np.linalg.norm(x, axis=0) <= FLAT * size] = 0.0
    return x, y


def rounding(of: Factor) -> float:
    """What may be left by rounding of a column that is zero once the offset is taken off."""
    return FLAT * float(np.linalg.norm(of.root[:, 1:], axis=0).max())


def offset_of(of: Factor, weights: FloatArray) -> float:
    """The free offset that goes best with these weights."""
    excess = float(weights.sum()) - 1.0
    means = of.root[0, 1:] / of.root[0, 0]
    return -float(means @ np.append(weights, excess)) - excess * of.level


def _reduce(root: FloatArray, block: Block, level: float) -> FloatArray:
    for start in range(0, len(block.target), ROWS):
        part = slice(start, start + ROWS)
        y = np.asarray(block.target[part], dtype=np.float64)
        rows = np.empty((len(y), len(root)), order="F")
        rows[:, 0] = 1.0
        np.subtract(block.utilities[part], y[:, None], out=rows[:, 1:-1])
        np.subtract(y, level, out=rows[:, -1])
        if block.weights is not None:
            rows *= np.sqrt(np.asarray(block.weights[part], dtype=np.float64))[:, None]
        root = absorb(root, rows)
    return root


def absorb(root: FloatArray, rows: FloatArray) -> FloatArray:
    """R of [R; rows], both in columns (order F); both are overwritten."""
    from scipy.linalg import lapack

    width = min(len(root), next((at for most, at in REFLECTORS if len(root) <= most), WIDE_REFLECTORS))
    after: FloatArray = lapack.dtpqrt(0, width, root, rows, overwrite_a=1, overwrite_b=1)[0]
    return after


def _blocks(full: UtilityTable, index: IntArray | None, weights: FloatArray | None) -> Iterator[Block]:
    for part in chunks(index, full.n, ROWS):
        yield Block(
            utilities=full.utilities[part],
            target=full.target[part],
            weights=None if weights is None else weights[part],
        )


def _factor_within_states(full: UtilityTable, index: IntArray | None, weights: FloatArray | None) -> Factor:
    codes, _ = state_codes(full)
    own = np.ones(full.n) if weights is None else weights
    means = state_means(full, index, own, codes)
    root, level = np.zeros((full.k + 2, full.k + 2), order="F"), full.level
    count, total = 0, 0.0
    for part in chunks(index, full.n, ROWS):
        rows = np.zeros((len(full.target[part]), full.k + 2), order="F")
        rows[:, 1:] = differences(full, part, level) - means[codes[part]]
        rows *= np.sqrt(own[part])[:, None]
        root = absorb(root, rows)
        count += int(np.count_nonzero(own[part]))
        total += float(own[part].sum())
    return Factor(root=np.triu(root), level=level, rows=count, total=total, per_state=True)
