"""Fewer agents for the same combination: Caratheodory's theorem as a computation."""

from __future__ import annotations

import numpy as np

from chatarena.hull.kinds import FloatArray

# A direction of weights along which the combination moves by less than this share does not move it.
STILL = 1e-12


def caratheodory(a: FloatArray, weights: FloatArray, *, total: bool) -> FloatArray:
    """Weights of at most rank + 1 agents (rank where their sum is free) with the same product a w.

    While the carriers are dependent there is a direction of weights that leaves the product (and the sum, where
    `total`) alone; along it one carrier reaches zero before any changes sign.

    Args:
        a: p x k; only differences beyond rounding count as independent.
        weights: k; those of one sign keep it.
        total: whether the sum is to stay.

    Source: C. Caratheodory (1911); the reduction is the proof of the theorem, e.g. Schrijver (1986), section 7.7.
    """
    found = weights.copy()
    size = float(np.abs(a).max()) or 1.0
    while True:
        carriers = np.flatnonzero(found)
        system = a[:, carriers] / size
        if total:
            system = np.vstack([system, np.ones(len(carriers))])
        still = _still(system)
        if still is None:
            return found
        own = found[carriers]
        # Towards zero for at least one: as far as the first that gets there.
        with np.errstate(divide="ignore"):
            steps = np.where(own * still < 0.0, -own / still, np.inf)
        if not np.isfinite(steps).any():
            still, steps = -still, np.where(own * still > 0.0, own / np.where(still == 0.0, 1.0, still), np.inf)
        out = int(np.argmin(steps))
        moved = own + steps[out] * still
        moved[out] = 0.0
        found[carriers] = np.where(np.sign(moved) == np.sign(own), moved, 0.0)


def _still(system: FloatArray) -> FloatArray | None:
    """A direction that the system maps to zero, or None where its columns are independent."""
    if not system.shape[1]:
        return None
    _, values, rows = np.linalg.svd(system, full_matrices=True)
    rank = int((values > STILL * max(1.0, float(values[0]))).sum())
    return None if rank == system.shape[1] else np.asarray(rows[-1], dtype=np.float64)
