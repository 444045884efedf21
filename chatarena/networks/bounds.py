"""What is promised beforehand: bounds on the excess at a depth, and the scale they are in.

Source: O(M / sqrt(D)) is Theorem of Kearns, Roth, Ryu (SODA 2026), and O(M^2 / D) of Bateni et al., arXiv 2609.05318;
the constants here are derived here (docs/theory/aggregation.md), not theirs.
"""

from __future__ import annotations

import math

import numpy as np

from chatarena.networks.projection import TOLERANCE
from chatarena.networks.space import Space


def unit(space: Space) -> float:
    """(sum_l |w_l| rms(x_l))^2 for the coefficients of the benchmark that make it least: the unit of all bounds.

    At most (A* M_X)^2 of the papers, with A* the sum of absolute coefficients and M_X the largest root mean square:
    predictions do not change when features are scaled, so each feature may be scaled to one first. A constant that is
    given to every agent is taken off. In squared units of the label; a linear program finds it.
    """
    from scipy.optimize import linprog

    features, label = _centred(space)
    lengths = np.linalg.norm(features, axis=0)
    features = features[:, lengths > 0.0] / lengths[lengths > 0.0]
    if not features.size:
        return 0.0
    left, values, _ = np.linalg.svd(features, full_matrices=False)
    basis = left[:, values > TOLERANCE * values[0]]
    # In coordinates of the span the benchmark is reached exactly, by some coefficients or others.
    reach, goal = basis.T @ features, basis.T @ label
    d, size = features.shape[1], float(np.linalg.norm(goal))
    if not size:
        return 0.0
    solved = linprog(np.ones(2 * d), A_eq=np.column_stack([reach, -reach]), b_eq=goal / size, bounds=(0.0, None))
    if not solved.success:
        raise ArithmeticError(f"the smallest sum of coefficients could not be found: {solved.message}")
    return float(solved.fun * size) ** 2 / space.mass


def path_bound(depth: int, window: int, scale: float = 1.0) -> float | None:
    """The smaller of the two derived bounds on the excess after `depth` agents of a path with M-coverage.

    scale * sqrt((M - 1) / floor(D / M)) and 2 scale (M - 1) / (floor(D / M) + 2); None before the first whole window.

    Args:
        depth: D, agents on the path.
        window: M, so that every M consecutive agents see all features.
        scale: `unit`, or (A* M_X)^2.

    Raises:
        ValueError: a depth or window below 1.
    """
    if depth < 1 or window < 1:
        raise ValueError(f"depth and window are at least 1, not {depth} and {window}")
    blocks = depth // window
    if blocks == 0:
        return None
    return scale * min(math.sqrt((window - 1) / blocks), 2.0 * (window - 1) / (blocks + 2))


def logistic_bound(depth: int, window: int, scale: float) -> float | None:
    """B^2 (M - 1) / (floor(D / M) + 2) on the excess log loss in nats, `scale` being B^2 = (sum_l |w*_l| rms(x_l))^2.

    Raises:
        ValueError: a depth or window below 1.
    """
    if depth < 1 or window < 1:
        raise ValueError(f"depth and window are at least 1, not {depth} and {window}")
    blocks = depth // window
    return scale * (window - 1) / (blocks + 2) if blocks else None


def greedy_bound(depth: int, scale: float = 1.0) -> float:
    """scale / (D + 1) on the excess of a greedy path.

    Source: arXiv 2609.35537, Theorem C.5.

    Raises:
        ValueError: a depth below 1.
    """
    if depth < 1:
        raise ValueError(f"a depth is at least 1, not {depth}")
    return scale / (depth + 1)


def _centred(space: Space) -> tuple[np.ndarray, np.ndarray]:
    """Features and label without their means, where a constant is given."""
    if space.constant is None:
        return space.features, space.label
    direction = space.constant / np.linalg.norm(space.constant)
    return (
        space.features - np.outer(direction, direction @ space.features),
        space.label - direction * (direction @ space.label),
    )
