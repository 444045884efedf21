"""Tables as agents get them when they need the rows themselves, checked once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Room:
    """Rows about which agents speak in turn, with what each has said and what others hear of it.

    `table` (n x d), `label` (n), `constant` (n x 1; n x 0 where agents are not given it), `said` and `heard` (n x N),
    a column an agent, filled once it has spoken.
    """

    table: FloatArray
    label: FloatArray
    constant: FloatArray
    said: FloatArray
    heard: FloatArray

    def inputs(self, columns: Iterable[int], parents: Iterable[int] = ()) -> FloatArray:
        """What an agent goes by: the constant, the columns it sees, the words of its parents."""
        return np.column_stack([self.constant, self.table[:, list(columns)], self.heard[:, list(parents)]])

    def everything(self) -> FloatArray:
        """What the benchmark goes by: the constant and all columns."""
        return self.inputs(range(self.table.shape[1]))


def rooms(
    features: ArrayLike, label: ArrayLike, heldout: tuple[ArrayLike, ArrayLike] | None, *, agents: int, intercept: bool
) -> tuple[Room, Room | None]:
    """The rows that agents learn from, and those that nobody learns from, None where there are none.

    Raises:
        ValueError: as `checked_table`, or rows kept out with another number of features.
    """
    inside = checked_table(features, label)
    outside = kept_out(heldout, inside[0].shape[1])
    return _room(*inside, agents, intercept), None if outside is None else _room(*outside, agents, intercept)


def _room(table: FloatArray, label: FloatArray, agents: int, intercept: bool) -> Room:
    n = len(label)
    return Room(
        table=table,
        label=label,
        constant=np.ones((n, int(intercept))),
        said=np.empty((n, agents)),
        heard=np.empty((n, agents)),
    )
