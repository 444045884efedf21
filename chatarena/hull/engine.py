"""Which implementation of the active set runs: numpy and LAPACK, or the compiled one of the extra `fast` (numba)."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Protocol

from chatarena.hull.kinds import FloatArray, IntArray


class Kernel(Protocol):
    """What chatarena.hull.kernel does; arguments are explained there."""

    def walk(
        self, q: FloatArray, b: FloatArray, total: bool, delta: float, support: IntArray, weights: FloatArray
    ) -> tuple[IntArray, FloatArray, int]:
        """One problem from a feasible start: support, weights, steps."""

    def walk_many(
        self, q: FloatArray, b: FloatArray, total: bool, delta: FloatArray, which: IntArray, start: FloatArray
    ) -> FloatArray:
        """Many problems, each by itself."""

    def walk_paths(
        self, q: FloatArray, b: FloatArray, total: bool, delta: float, orders: IntArray, sizes: IntArray
    ) -> FloatArray:
        """Nested subsets of the agents of one problem."""


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
            from chatarena.hull import kernel
        except (ImportError, RuntimeError) as error:
            # numba refuses a place it cannot write its cache to; the numpy path gives the same numbers.
            why = str(error)
        else:
            return kernel
    if required:
        raise ValueError(f"no compiled kernel ({why}): install the extra `fast`, or take engine='numpy'")
    return None
