"""Tables as agents get them when they need the rows themselves, checked once."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from chatarena.networks.space import FloatArray


def checked_table(features: ArrayLike, label: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Features (n x d) and label (n,) as arrays of floats.

    Raises:
        ValueError: shapes that do not go together, no row, or numbers that are not finite.
    """
    x, y = np.asarray(features, dtype=np.float64), np.asarray(label, dtype=np.float64)
    if x.ndim != 2 or y.shape != (len(x),) or not len(y):
        raise ValueError(f"features are (n, d) and the label (n,), not {x.shape} and {y.shape}")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("features and labels must be finite")
    return x, y


def kept_out(rows: tuple[ArrayLike, ArrayLike] | None, width: int) -> tuple[FloatArray, FloatArray] | None:
    """Rows nobody learns from, None where there are none.

    Raises:
        ValueError: as `checked_table`, or another number of features than `width`.
    """
    if rows is None:
        return None
    x, y = checked_table(*rows)
    if x.shape[1] != width:
        raise ValueError(f"rows kept out have {x.shape[1]} features, not {width}")
    return x, y
