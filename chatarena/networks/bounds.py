"""What is promised beforehand: bounds on the excess at a depth, and the scale they are in.

Source: O(M / sqrt(D)) is Theorem of Kearns, Roth, Ryu (SODA 2026), and O(M^2 / D) of Bateni et al., arXiv 2609.05318;
the constants here are derived here (docs/theory/aggregation.md), not theirs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from chatarena.networks.projection import TOLERANCE
from chatarena.networks.space import Space


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """(A* M_X)^2, the unit of all bounds: squared units of the label.

    `moment` M_X is the largest root mean square of a feature, `weight` A* the smallest sum of absolute coefficients
    that makes the benchmark.
    """

    moment: float
    weight: float

    @property
    def unit(self) -> float:
        """(A* M_X)^2."""
        return (self.moment * self.weight) ** 2


def scale(space: Space) -> Scale:
    """The scale of a distribution: a linear program finds the smallest A* among coefficients of the benchmark.

    A constant given to every agent counts as a feature everybody sees, so what is scaled is what remains without it.
    """
    from scipy.optimize import linprog

    features, label = _centred(space)
    lengths = np.linalg.norm(features, axis=0) / math.sqrt(space.mass)
    if not lengths.size or not lengths.max() > 0.0:
        return Scale(moment=0.0, weight=0.0)
    left, values, _ = np.linalg.svd(features / math.sqrt(space.mass), full_matrices=False)
    basis = left[:, values > TOLERANCE * values[0]]
    # In coordinates of the span the benchmark is reached exactly, by some coefficients or others.
    reach, goal = basis.T @ features, basis.T @ label
    d = space.d
    solved = linprog(np.ones(2 * d), A_eq=np.column_stack([reach, -reach]), b_eq=goal, bounds=(0.0, None))
    if not solved.success:
        raise ArithmeticError(f"the smallest sum of coefficients could not be found: {solved.message}")
    return Scale(moment=float(lengths.max()), weight=float(solved.fun))


def path_bound(depth: int, window: int, unit: float = 1.0) -> float | None:
    """The smaller of the two derived bounds on the excess after `depth` agents of a path with M-coverage.

    unit * sqrt((M - 1) / floor(D / M)) and 2 unit (M - 1) / (floor(D / M) + 2); None before the first whole window.

    Args:
        depth: D, agents on the path.
        window: M, so that every M consecutive agents see all features.
        unit: (A* M_X)^2.

    Raises:
        ValueError: a depth or window below 1.
    """
    if depth < 1 or window < 1:
        raise ValueError(f"depth and window are at least 1, not {depth} and {window}")
    blocks = depth // window
    if blocks == 0:
        return None
    return unit * min(math.sqrt((window - 1) / blocks), 2.0 * (window - 1) / (blocks + 2))


def logistic_bound(depth: int, window: int, unit: float) -> float | None:
    """B^2 (M - 1) / (floor(D / M) + 2) on the excess log loss in nats, `unit` being B^2 = (sum|w*| max rms x)^2.

    Raises:
        ValueError: a depth or window below 1.
    """
    if depth < 1 or window < 1:
        raise ValueError(f"depth and window are at least 1, not {depth} and {window}")
    blocks = depth // window
    return unit * (window - 1) / (blocks + 2) if blocks else None


def greedy_bound(depth: int, unit: float = 1.0) -> float:
    """unit / (D + 1) on the excess of a greedy path.

    Source: arXiv 2609.35537, Theorem C.5.

    Raises:
        ValueError: a depth below 1.
    """
    if depth < 1:
        raise ValueError(f"a depth is at least 1, not {depth}")
    return unit / (depth + 1)


def _centred(space: Space) -> tuple[np.ndarray, np.ndarray]:
    """Features and label without their means, where a constant is given."""
    if space.constant is None:
        return space.features, space.label
    direction = space.constant / np.linalg.norm(space.constant)
    return (
        space.features - np.outer(direction, direction @ space.features),
        space.label - direction * (direction @ space.label),
    )
