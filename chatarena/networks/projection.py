"""Orthogonal projection on the span of columns, with a rank that is decided in the open.

Columns are scaled to length one and taken in the order of what is left of them, until that is below the tolerance.
Machine precision would be the wrong tolerance: algebraically equal predictions differ by rounding, and a scaled
difference of rounding is a feature out of nothing (a test holds cases). So 1e-9 is the default.

Source: QR with column pivoting, Golub and Van Loan, Matrix Computations (4th ed.), section 5.4.2; LAPACK's dgeqp3.
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
    from scipy.linalg import lapack

    lengths = np.sqrt(np.einsum("ij,ij->j", columns, columns))
    there = np.flatnonzero(lengths > ZERO * size)
    coefficients = np.zeros(columns.shape[1])
    if not len(there):
        return Projection(vector=np.zeros(len(onto)), coefficients=coefficients, kept=there, margin=1.0)
    scaled = np.asfortranarray(columns[:, there] / lengths[there])
    factored, order, reflectors, _, _ = lapack.dgeqp3(scaled, overwrite_a=1)
    left = np.abs(np.diagonal(factored))
    # Pivots come in falling order, so what is kept is a beginning.
    rank = int(np.searchsorted(-left, -tolerance))
    kept = there[order[:rank] - 1]
    triangle = factored[:rank, :rank]
    basis, _, _ = lapack.dorgqr(factored[:, :rank].copy(order="F"), reflectors[:rank], overwrite_a=1)
    along = basis.T @ onto
    vector = basis @ along
    if float(np.sqrt(vector @ vector)) <= ZERO * size:
        vector = np.zeros(len(onto))
    else:
        coefficients[kept] = lapack.dtrtrs(triangle, along)[0] / lengths[kept]
    return Projection(vector=vector, coefficients=coefficients, kept=kept, margin=float(left[rank - 1]))
