"""Which implementation of the active set runs: numpy and LAPACK, or the compiled one of the extra `fast` (numba)."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import TypeAlias

from chatarena.hull.kinds import FloatArray, IntArray

# q, b, whether the weights sum to one, stiffness, support and weights to start from -> support, weights, steps
Kernel: TypeAlias = Callable[
    [FloatArray, FloatArray, bool, float, IntArray, FloatArray], tuple[IntArray, FloatArray, int]
]


def available() -> bool:
    """Whether the compiled kernel can be loaded; nothing is loaded to find out."""
    return find_spec("numba") is not None


def compiled(*, required: bool = False) -> Kernel | None:
    """The compiled active set, or None where numba is not installed or finds nowhere to keep what it compiles.

    Raises:
        ValueError: it is required and cannot be had.
    """
    why = "numba is not installed"
    if available():
        try:
            from chatarena.hull.kernel import walk
        except (ImportError, RuntimeError) as error:
            # numba refuses a place it cannot write its cache to; the numpy path gives the same numbers.
            why = str(error)
        else:
            return walk
    if required:
        raise ValueError(f"no compiled kernel ({why}): install the extra `fast`, or take engine='numpy'")
    return None
