"""Orthogonal projection on the span of columns, with a rank that is decided in the open.

Columns are scaled to length one and taken in the order of what is left of them, until that is below the tolerance.
Machine precision would be the wrong tolerance: algebraically equal predictions differ by rounding, and a scaled
difference of rounding is a feature out of nothing (measured: up to 2 % of the error). So 1e-9 is the default.

Source: QR with column pivoting, Golub and Van Loan, Matrix Computations (4th ed.), section 5.4.2, each column
orthogonalised twice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chatarena.networks.space import FloatArray

TOLERANCE = 1e-9
# Vectors shorter than this share of the longest that could matter are zero: rounding of a zero, not a direction.
ZERO = 1e-11


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Projection:
    """What of a vector lies in the span of columns.

    `coefficients` reach `vector` from the columns: zero on those that were not needed, `kept` are the needed ones in
    the order in which they were taken. `margin` is the smallest share that was left of a kept column; a value near
    the tolerance means that the rank is a matter of opinion.
    """

    vector: FloatArray
    coefficients: FloatArray
    kept: NDArray[np.int64]
    margin: float


def project(columns: FloatArray, onto: FloatArray, *, tolerance: float = TOLERANCE, size: float = 1.0) -> Projection:
    """The orthogonal projection of a vector on the span of columns.

    Args:
        columns: (m x p), p may be 0.
        onto: the vector that is projected, (m,).
        tolerance: a column of which less than this share is left by those before it adds nothing.
        size: the length that counts as one; columns and results below `ZERO` of it are taken for zero.

    Raises:
        ValueError: a tolerance outside 0 to 1.
    """
    if not 0.0 < tolerance < 1.0:
        raise ValueError(f"a rank tolerance lies between 0 and 1, not {tolerance}")
    basis, triangle, kept, margin = _orthonormal(columns, tolerance, size)
    along = basis.T @ onto
    vector = basis @ along
    coefficients = np.zeros(columns.shape[1])
    if len(kept):
        from scipy.linalg import solve_triangular

        coefficients[kept] = solve_triangular(triangle, along)
    if float(np.linalg.norm(vector)) <= ZERO * size:
        vector, coefficients = np.zeros(len(onto)), np.zeros(columns.shape[1])
    return Projection(vector=vector, coefficients=coefficients, kept=kept, margin=margin)


def _orthonormal(
    columns: FloatArray, tolerance: float, size: float
) -> tuple[FloatArray, FloatArray, NDArray[np.int64], float]:
    """Q, R of the columns that were taken, which they are, and the smallest share left of one."""
    m, p = columns.shape
    lengths = np.linalg.norm(columns, axis=0)
    open_ = lengths > ZERO * size
    scaled = np.divide(columns, lengths, out=np.zeros_like(columns), where=open_)
    left = scaled.copy()
    share = np.where(open_, 1.0, 0.0)
    basis, triangle = np.empty((m, min(m, p))), np.zeros((min(m, p), min(m, p)))
    kept: list[int] = []
    margin = 1.0
    while len(kept) < min(m, p):
        best = int(np.argmax(share))
        if share[best] <= tolerance:
            break
        rank = len(kept)
        direction = left[:, best] - basis[:, :rank] @ (basis[:, :rank].T @ left[:, best])
        direction /= np.linalg.norm(direction)
        basis[:, rank] = direction
        margin = min(margin, float(share[best]))
        kept.append(best)
        triangle[: rank + 1, rank] = basis[:, : rank + 1].T @ columns[:, best]
        left -= np.outer(direction, direction @ left)
        share = np.where(share > 0.0, np.linalg.norm(left, axis=0), 0.0)
        share[kept] = 0.0
    rank = len(kept)
    return basis[:, :rank], triangle[:rank, :rank], np.array(kept, dtype=np.int64), margin
