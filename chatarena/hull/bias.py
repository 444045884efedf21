"""The blind spot of a cast: what no combination of its agents can give the person, by option or group of instances.

An error that agents make independently is averaged away as more of them are heard; one that they share stays, however
many there are. Theory: docs/theory/hull.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chatarena.hull.fit import Fit, fit
from chatarena.hull.kinds import FloatArray, Kind, Offset
from chatarena.hull.moments import centred
from chatarena.hull.residuals import residual_vector
from chatarena.hull.table import UtilityTable, state_codes


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupBias:
    """One group of instances: mean of fit minus target there, and of each agent minus target.

    Agents' errors are taken with each agent's own best offset, where the offset is not none. `one_sided` is True where
    all of them err to the same side there: `least` is what the nearest is off by, 0.0 where they disagree.
    """

    label: str
    n: int
    residual: float
    cast: float
    lowest: float
    highest: float
    least: float
    one_sided: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedBias:
    """What is left after the best fit in mean square, in whole and by group, the largest residual first.

    `out_of_range` is the share of instances where the target lies below or above what every agent says, offsets
    taken off: there no weights in the simplex can meet it. `with_residual` is, for each agent, the correlation of its
    errors with the residual: positive throughout is a bias of the whole cast.
    """

    fit: Fit
    groups: tuple[GroupBias, ...]
    out_of_range: float
    with_residual: tuple[float | None, ...]


def shared_bias(
    full: UtilityTable, kind: Kind, *, offset: Offset = "none", by: Sequence[str] | None = None
) -> SharedBias:
    """Where the whole cast is off in the same way.

    Args:
        full: the table.
        kind: simplex, cone or affine.
        offset: none, free or per state.
        by: n labels (options, topics) of the groups; None takes every instance by itself.

    Raises:
        ValueError: another number of labels, an unknown kind or offset, or an offset per state without states.
    """
    labels = np.array([full.label(j) for j in range(full.n)] if by is None else list(by))
    if labels.shape != (full.n,):
        raise ValueError(f"{len(labels)} labels for {full.n} instances")
    best = fit(full, kind, offset=offset)
    codes = state_codes(full)[0] if offset == "per state" else None
    left = residual_vector(full, np.array(best.weights), np.array(best.offset_values), codes, None)
    errors = _own_errors(full, offset)
    weights = np.ones(full.n) if full.weights is None else full.weights
    names, places = np.unique(labels, return_inverse=True)
    groups = [_group(str(name), np.flatnonzero(places == g), left, errors, weights) for g, name in enumerate(names)]
    outside = (errors.min(axis=1) > 0) | (errors.max(axis=1) < 0)
    return SharedBias(
        fit=best,
        groups=tuple(sorted(groups, key=lambda group: -abs(group.residual))),
        out_of_range=float(np.average(outside, weights=weights)),
        with_residual=tuple(_correlation(errors[:, i], left, weights) for i in range(full.k)),
    )


def _own_errors(full: UtilityTable, offset: Offset) -> FloatArray:
    """Each agent minus the target, its best offset taken off."""
    errors = full.utilities - full.target[:, None]
    if offset == "none":
        return errors
    weights = np.ones(full.n) if full.weights is None else full.weights
    codes = state_codes(full)[0] if offset == "per state" else np.zeros(full.n, dtype=np.int64)
    return centred(errors, weights, codes)


def _group(label: str, rows: np.ndarray, left: FloatArray, errors: FloatArray, weights: FloatArray) -> GroupBias:
    own = weights[rows]
    means = np.average(errors[rows], axis=0, weights=own)
    low, high = float(means.min()), float(means.max())
    one_sided = low > 0 or high < 0
    return GroupBias(
        label=label,
        n=len(rows),
        residual=float(np.average(left[rows], weights=own)),
        cast=float(means.mean()),
        lowest=low,
        highest=high,
        least=(low if low > 0 else high) if one_sided else 0.0,
        one_sided=one_sided,
    )


def _correlation(first: FloatArray, second: FloatArray, weights: FloatArray) -> float | None:
    """None where one of them does not vary."""
    x, y = first - np.average(first, weights=weights), second - np.average(second, weights=weights)
    size = float(np.sqrt((weights @ x**2) * (weights @ y**2)))
    return float(weights @ (x * y)) / size if size > 0 else None
