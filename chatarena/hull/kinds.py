"""The words for what is fitted: which combinations of agents are allowed, and which offset."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]

# simplex: weights >= 0 that sum to one; cone: weights >= 0; affine: weights that sum to one, of any sign.
Kind: TypeAlias = Literal["simplex", "cone", "affine"]
# none: no constant; free: one constant; per state: one constant for every state.
Offset: TypeAlias = Literal["none", "free", "per state"]
# auto: compiled where numba is installed (extra `fast`), numpy otherwise; the results agree to rounding.
Engine: TypeAlias = Literal["auto", "numpy", "compiled"]

KINDS: tuple[Kind, ...] = ("simplex", "cone", "affine")
OFFSETS: tuple[Offset, ...] = ("none", "free", "per state")


def checked_kind(kind: Kind) -> Kind:
    """The kind.

    Raises:
        ValueError: it is none of `KINDS`.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
    return kind


def checked_offset(offset: Offset) -> Offset:
    """The offset.

    Raises:
        ValueError: it is none of `OFFSETS`.
    """
    if offset not in OFFSETS:
        raise ValueError(f"offset must be one of {', '.join(OFFSETS)}, not {offset!r}")
    return offset
