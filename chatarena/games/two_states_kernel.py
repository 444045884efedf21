"""The walk of chatarena.games.two_states compiled by numba, one game after another.

Loaded only by chatarena.games.compiled, because it imports numba. Steps and ties are those of the numpy path.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from chatarena.hull.kinds import FloatArray, IntArray


@njit(cache=True, nogil=True)
def _first(receiver: FloatArray) -> int:
    """Best in the first state, the steepest of several."""
    best = 0
    for a in range(1, len(receiver)):
        gain = receiver[a, 0] - receiver[best, 0]
        if gain > 0.0 or (gain == 0.0 and receiver[a, 1] > receiver[best, 1]):
            best = a
    return best


@njit(cache=True, nogil=True)
def _next(receiver: FloatArray, now: int) -> tuple[int, float]:
    """Who takes over, and at which belief; 2.0 where nobody does."""
    base, slope = receiver[now, 0], receiver[now, 1] - receiver[now, 0]
    best, nearest, steepest = now, 2.0, slope
    for a in range(len(receiver)):
        own = receiver[a, 1] - receiver[a, 0]
        if own > slope:
            meets = (base - receiver[a, 0]) / (own - slope)
            if meets < nearest or (meets == nearest and own > steepest):
                best, nearest, steepest = a, meets, own
    return best, nearest


@njit(cache=True, nogil=True)
def _worth(p: float, sender: FloatArray, receiver: FloatArray, within: float) -> tuple[float, int]:
    """The sender's value and action at a belief."""
    top = -np.inf
    for a in range(len(receiver)):
        top = max(top, (1.0 - p) * receiver[a, 0] + p * receiver[a, 1])
    value, action = -np.inf, 0
    for a in range(len(receiver)):
        if (1.0 - p) * receiver[a, 0] + p * receiver[a, 1] >= top - within:
            his = (1.0 - p) * sender[a, 0] + p * sender[a, 1]
            if his > value:
                value, action = his, a
    return value, action


@njit(cache=True, nogil=True)
def _corners(
    sender: FloatArray, receiver: FloatArray, tie: float, at: FloatArray, worth: FloatArray, actions: IntArray
) -> int:
    """Fill in the corners; returns how many."""
    reach = 0.0
    for y in range(2):
        reach = max(reach, receiver[:, y].max() - receiver[:, y].min())
    now, count, p = _first(receiver), 0, 0.0
    while p < 1.0 and count < len(receiver):
        at[count] = p
        worth[count], actions[count] = _worth(p, sender, receiver, tie * reach)
        count += 1
        following, meets = _next(receiver, now)
        if meets >= 1.0:
            break
        now, p = following, max(p, meets)
    at[count] = 1.0
    worth[count], actions[count] = _worth(1.0, sender, receiver, tie * reach)
    return count + 1


@njit(cache=True, nogil=True)
def every_game(
    mu: FloatArray, sender: FloatArray, receiver: FloatArray, tie: float
) -> tuple[FloatArray, FloatArray, FloatArray, IntArray]:
    """Value (G,), posteriors, weights and actions (G, 2); arguments as those of the numpy path."""
    games, count = len(mu), receiver.shape[1]
    value, posteriors, weights = np.empty(games), np.empty((games, 2)), np.empty((games, 2))
    actions = np.empty((games, 2), dtype=np.int64)
    at, worth, taken = np.empty(count + 1), np.empty(count + 1), np.empty(count + 1, dtype=np.int64)
    for g in range(games):
        corners, best = _corners(sender[g], receiver[g], tie, at, worth, taken), -np.inf
        for i in range(corners):
            if at[i] > mu[g]:
                break
            for j in range(corners):
                if at[j] < mu[g]:
                    continue
                share = (mu[g] - at[i]) / (at[j] - at[i]) if at[j] > at[i] else 0.0
                height = (1.0 - share) * worth[i] + share * worth[j]
                if height > best:
                    best = height
                    posteriors[g, 0], posteriors[g, 1] = at[i], at[j]
                    weights[g, 0], weights[g, 1] = 1.0 - share, share
                    actions[g, 0], actions[g, 1] = taken[i], taken[j]
        value[g] = best
    return value, posteriors, weights, actions
