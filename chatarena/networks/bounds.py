"""What is promised beforehand: bounds on the excess by who hears whom and who sees what, and the scale they are in.

Sources: O(M / sqrt(D)) along an M-covered path of depth D is a theorem of Kearns, Roth, Ryu (SODA 2026), O(M^2 / D) one
of Bateni et al., arXiv 2609.05318; the constants, and bounds for any network, are derived here, not theirs
(docs/theory/aggregation.md).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from chatarena.networks.network import Network
from chatarena.networks.projection import TOLERANCE
from chatarena.networks.space import FloatArray, Space, without_constant


def unit(space: Space) -> float:
    """(sum_l |w_l| rms(x_l))^2 for the coefficients of the benchmark that make it least: the unit of all bounds.

    At most (A* M_X)^2 of the papers, with A* the sum of absolute coefficients and M_X the largest root mean square:
    predictions do not change when features are scaled, so each feature may be scaled to one first. A constant that is
    given to every agent is taken off. In squared units of the label; a linear program finds it.

    Raises:
        ArithmeticError: the linear program did not end.
    """
    from scipy.optimize import linprog

    bare = without_constant(space)
    features, label = bare.features, bare.label
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


def agent_bounds(
    network: Network, features: Sequence[Sequence[int]], d: int, *, scale: float, start: float
) -> FloatArray:
    """For every agent (N) what its excess is at most, in the unit of `start`; `start` where nothing better is known.

    An agent hears about feature l from some agent j that sees it, k hand-offs before; b_j is j's bound. Its own bound
    is the largest over features of e with e^2 = scale k (b_j - e), which is 0 for what it sees itself, and never more
    than a parent's. Along an M-covered path that is at most `path_bound`; other networks need no such path.

    Least squares: scale is `unit`, start the mean square of the benchmark without constants. Logistic agents that pass
    logits: scale is B^2 / 2, B = sum_l |w*_l| rms(x_l), start the excess of the best constant.

    Derived here. e = sum_l w_l <f_j - f, x_l>, since the residuals of f* and of f_j are orthogonal to x_l; and
    |f_j - f|^2 is at most k times what k hand-offs bring, e_j - e.

    Args:
        network: who hears whom.
        features: the columns each agent sees.
        d: how many features there are.
        scale: as above, in the unit of `start`.
        start: what an agent that knows nothing is off by, at most.

    Raises:
        ValueError: features for another number of agents, or a scale or start below zero.
    """
    if len(features) != len(network) or scale < 0.0 or start < 0.0:
        raise ValueError(f"{len(network)} agents, {len(features)} sets of features, scale {scale}, start {start}")
    bounds = np.full(len(network), start)
    # For every feature the best word of it that reached an agent: hand-offs since, and the bound of who saw it.
    since, before = np.full((len(network), d), np.inf), np.full((len(network), d), start)
    for agent, parents in enumerate(network.parents):
        heard, own = list(parents), list(features[agent])
        if heard:
            left = _left(scale * (since[heard] + 1.0), before[heard])
            from_whom, column = np.argmin(left, axis=0), np.arange(d)
            since[agent] = since[heard][from_whom, column] + 1.0
            before[agent] = before[heard][from_whom, column]
            missing = left[from_whom, column]
        else:
            missing = np.full(d, start)
        missing[own] = 0.0
        bounds[agent] = min(float(missing.max(initial=0.0)), *bounds[heard], start)
        since[agent, own], before[agent, own] = 0.0, bounds[agent]
    return bounds


def _left(factor: FloatArray, before: FloatArray) -> FloatArray:
    """The e >= 0 with e^2 = factor (before - e), without cancellation."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = 2.0 * before / (1.0 + np.sqrt(1.0 + 4.0 * before / factor))
    return np.where(factor > 0.0, found, 0.0)


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
