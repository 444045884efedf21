"""Which implementation walks a network: numpy and LAPACK, or the compiled one of the extra `fast` (numba)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from chatarena.hull.kinds import FloatArray, IntArray

# columns (q x m), whether the first is a constant, label (m), own features and parents as (starts, indices),
# tolerance, smallest length -> predictions (N x m), weights (N x q), what was kept of all inputs, margins (N)
Walk: TypeAlias = Callable[
    [FloatArray, bool, FloatArray, IntArray, IntArray, IntArray, IntArray, float, float],
    tuple[FloatArray, FloatArray, NDArray[np.bool_], FloatArray],
]


def compiled(*, required: bool = False) -> Walk | None:
    """The compiled walk, or None where numba is not installed or finds nowhere to keep what it compiles.

    Raises:
        ValueError: it is required and cannot be had.
    """
    why = "numba is not installed"
    if find_spec("numba") is not None:
        try:
            from chatarena.networks.kernel import walk
        except (ImportError, RuntimeError) as error:
            # numba refuses a place it cannot write its cache to; the numpy path gives the same numbers.
            why = str(error)
        else:
            found: Walk = walk
            return found
    if required:
        raise ValueError(f"no compiled kernel ({why}): install the extra `fast`, or take engine='numpy'")
    return None


def packed(lists: Sequence[Sequence[int]]) -> tuple[IntArray, IntArray]:
    """Lists of indices as one array, and where each begins; one more start than lists."""
    starts = np.concatenate([[0], np.cumsum([len(each) for each in lists])]).astype(np.int64)
    return starts, np.array([index for each in lists for index in each], dtype=np.int64)
