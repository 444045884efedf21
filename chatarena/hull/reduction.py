"""One pass over rows to the triangular factor R of [1, D, v]: all that an exact fit needs, in k x k numbers.

R'R are the moments, but what squaring would lose is not lost: a group of rows is squared, and R taken from Cholesky,
only where its columns are so far from dependent that nothing is; elsewhere reflections reduce it. D = X - y 1' and
v = y - level, as in chatarena.hull.moments. Rows come in blocks from anywhere; memory is one block.

Source: sequential TSQR, Demmel, Grigori, Hoemmen and Langou (2012), SIAM J. Sci. Comput. 34; LAPACK's dtpqrt for
[R; block]. Theory: docs/theory/hull.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chatarena.hull.kinds import FloatArray, IntArray, Kind, Offset
from chatarena.hull.moments import chunks, row_weights, state_means
from chatarena.hull.table import UtilityTable, positions, state_codes
from chatarena.hull.threads import one_thread

# Rows reduced at a time. Not a power of two: then all columns of a block would fall on the same lines of a core's
# cache, and a pass would take a quarter longer (measured from 100 to 200 agents).
ROWS = 1000
# Rows of a table that are judged together: is it safe to square them?
GROUP = 16_000
# It is where the inverse of what they square to, columns of norm one, has no larger trace: R'R is then right to eps
# times this, in every direction, and what is least over R to the square of that (docs/theory/hull.md).
SAFE = 1e6
# Sums of squares below this have lost digits to the end of the range of numbers; infinite ones all.
SMALL = float(np.sqrt(np.finfo(np.float64).tiny))
# Columns whose reflectors are applied together, by the width up to which; measured from 10 to 600 agents.
REFLECTORS = ((128, 8), (256, 16))
WIDE_REFLECTORS = 32
# A column that varies by a smaller share of its size than this is constant.
FLAT = 64.0 * float(np.finfo(np.float64).eps)


# Writes sqrt(weight) [1, D, v] of some rows into an array.
Fill: TypeAlias = Callable[[slice, FloatArray], None]


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
            root = _reduce(root, _filler(block, level), len(block.target))
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


def _filler(block: Block, level: float, means: FloatArray | None = None) -> Fill:
    """Rows of a block: [1, D, v], or [D, v] less `means`, a row for each row of the block."""

    def fill(part: slice, rows: FloatArray) -> None:
        y = np.asarray(block.target[part], dtype=np.float64)
        both = rows if means is not None else rows[:, 1:]
        np.subtract(block.utilities[part], y[:, None], out=both[:, :-1])
        np.subtract(y, level, out=both[:, -1])
        if means is None:
            rows[:, 0] = 1.0
        else:
            both -= means[part]
        if block.weights is not None:
            rows *= np.sqrt(np.asarray(block.weights[part], dtype=np.float64))[:, None]

    return fill


def _reduce(root: FloatArray, fill: Fill, count: int) -> FloatArray:
    """R of [R; rows], the rows as `fill` gives them."""
    width = len(root)
    squared = _squared(fill, count, width) if count > ROWS else None
    if squared is not None:
        return absorb(root, squared, triangular=True) if root.any() else squared
    for part in _parts(count):
        rows = np.empty((part.stop - part.start, width), order="F")
        fill(part, rows)
        root = absorb(root, rows)
    return root


def _squared(fill: Fill, count: int, width: int) -> FloatArray | None:
    """R of rows from their squares; None where too much might be lost, which the first rows mostly tell."""
    from scipy.linalg import blas

    room, gram = np.empty((ROWS, width)), np.zeros((width, width), order="F")
    judged = False
    for part in _parts(count):
        rows = room[: part.stop - part.start]
        fill(part, rows)
        gram = blas.dsyrk(1.0, rows.T, 1.0, gram, overwrite_c=1)
        if not judged and part.stop >= 2 * width:
            if _root_of(gram) is None:
                return None
            judged = True
    return _root_of(gram)


def _root_of(gram: FloatArray) -> FloatArray | None:
    """Upper R with R'R = gram (its upper half is read); None where columns are too near dependent."""
    from scipy.linalg import lapack

    own = gram.diagonal()
    if not (own.min() > SMALL and np.isfinite(own).all()):
        return None
    size = np.sqrt(own)
    root, info = lapack.dpotrf(gram / size / size[:, None], lower=0, clean=1)
    if info or not np.linalg.norm(lapack.dtrtri(root)[0]) ** 2 <= SAFE:
        return None
    scaled: FloatArray = root * size
    return scaled


def _parts(count: int) -> Iterator[slice]:
    for start in range(0, count, ROWS):
        yield slice(start, min(start + ROWS, count))


def absorb(root: FloatArray, rows: FloatArray, *, triangular: bool = False) -> FloatArray:
    """R of [R; rows], both in columns (order F), rows perhaps upper triangular; both are overwritten."""
    from scipy.linalg import lapack

    width = min(len(root), next((at for most, at in REFLECTORS if len(root) <= most), WIDE_REFLECTORS))
    zeros = len(root) if triangular else 0
    after: FloatArray = lapack.dtpqrt(zeros, width, root, rows, overwrite_a=1, overwrite_b=1)[0]
    return after


def _blocks(full: UtilityTable, index: IntArray | None, weights: FloatArray | None) -> Iterator[Block]:
    for part in chunks(index, full.n, GROUP):
        yield Block(
            utilities=full.utilities[part],
            target=full.target[part],
            weights=None if weights is None else weights[part],
        )


def _factor_within_states(full: UtilityTable, index: IntArray | None, weights: FloatArray | None) -> Factor:
    codes, _ = state_codes(full)
    own = np.ones(full.n) if weights is None else weights
    means = state_means(full, index, own, codes)
    inner = np.zeros((full.k + 1, full.k + 1), order="F")
    for part in chunks(index, full.n, GROUP):
        block = Block(utilities=full.utilities[part], target=full.target[part], weights=own[part])
        inner = _reduce(inner, _filler(block, full.level, means[codes[part]]), len(block.target))
    root = np.zeros((full.k + 2, full.k + 2))
    root[1:, 1:] = np.triu(inner)
    used = own if index is None else own[index]
    count, total = int(np.count_nonzero(used)), float(used.sum())
    return Factor(root=root, level=full.level, rows=count, total=total, per_state=True)
