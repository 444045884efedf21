"""How sure a number is: percentile intervals of draws, and standard errors of errors measured over splits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatarena.hull.splits import Splits


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """From `low` to `high`, in the unit of what is measured; `method` says of what it is made."""

    low: float
    high: float
    level: float
    method: str


def percentile_interval(draws: NDArray[Any], level: float, method: str) -> Interval:
    """The middle `level` of the draws: their (1 - level)/2 and (1 + level)/2 quantiles.

    Args:
        draws: finite numbers, at least one, in any order.
        level: strictly between 0 and 1.
        method: what was drawn, in words.

    Raises:
        ValueError: no draws, one that is not finite, or an impossible level.
    """
    low, high = (ends := percentiles(draws, level))[0], ends[1]
    return Interval(low=float(low), high=float(high), level=level, method=method)


def percentiles(draws: NDArray[Any], level: float) -> NDArray[np.float64]:
    """The two ends of the middle `level` along the first axis: shape (2, ...).

    Raises:
        ValueError: as `percentile_interval`.
    """
    if not 0 < level < 1:
        raise ValueError(f"level must lie strictly between 0 and 1, not {level!r}")
    if len(draws) == 0 or not np.isfinite(draws).all():
        raise ValueError("percentiles need draws, all of them finite")
    return np.asarray(np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0))


def standard_errors(values: Sequence[float], splits: Splits) -> tuple[float | None, float | None]:
    """Standard error of a mean over splits, twice: as if the splits were independent, and corrected for their overlap.

    With J splits and sample variance S^2 of the values the first is sqrt(S^2/J), the second
    sqrt((1/J + n_test/n_train) S^2). Training sets share rows, so the first one is too small.

    Returns:
        Both None where there is only one split.

    Raises:
        ValueError: another number of values than splits.

    Source: Nadeau and Bengio (2003), Inference for the generalization error, Machine Learning 52, for random splits;
        for k folds the same correction is a convention (Bengio and Grandvalet (2004), JMLR 5: no unbiased one exists).
    """
    if len(values) != len(splits.splits):
        raise ValueError(f"{len(values)} values for {len(splits.splits)} splits")
    count = len(values)
    if count < 2:
        return None, None
    variance = float(np.var(values, ddof=1))
    overlap = float(np.mean([len(split.test) / len(split.train) for split in splits.splits]))
    return math.sqrt(variance / count), math.sqrt((1 / count + overlap) * variance)
