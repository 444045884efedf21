"""What a belief is worth to a sender whose receiver responds by the logit rule, and how much more no belief can be.

    V(p) = sum_a q_a(p) E_p[sender(a, y)],    q(p) the logit response to E_p[receiver(a, y)] at precision lambda

Along a direction e, with d_a and g_a the changes of lambda times the receiver's and of the sender's expected utilities,

    V'' = 2 Cov_q(g, d) + E_q[(v - mean v)(d - mean d)^2],  so  |V''| <= s (2 R(g) R(d) + R(v) R(d)^2)

where R is the range over actions and s = 1/4, or any bound of the chance that the commonest action is not taken.
Law: `largest_excess` proves what it says, up to rounding: the curvature bounds V between the corners of every cell.

Source: derived here.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from chatarena.hull.kinds import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SoftmaxValue:
    """V for given utilities (A, Y) and precision."""

    sender: FloatArray
    receiver: FloatArray
    precision: float

    def at(self, beliefs: FloatArray) -> FloatArray:
        """V of each belief (..., Y): (...,)."""
        return np.asarray((self.response(beliefs) * (beliefs @ self.sender.T)).sum(axis=-1))

    def response(self, beliefs: FloatArray) -> FloatArray:
        """Choice probabilities under each belief (..., Y): (..., A)."""
        logits = self.precision * (beliefs @ self.receiver.T)
        raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=-1, keepdims=True))

    def gradient(self, beliefs: FloatArray) -> FloatArray:
        """Derivatives of V in every coordinate, extended beyond the simplex as the formula stands: (..., Y)."""
        q, worth = self.response(beliefs), beliefs @ self.sender.T
        mean = (q * worth).sum(axis=-1, keepdims=True)
        return np.asarray(q @ self.sender + self.precision * (q * (worth - mean)) @ self.receiver)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Excess:
    """How far V exceeds a plane: at most `bound` anywhere; `above` (M, Y) are beliefs where it exceeds the tolerance.

    `proved` is whether every cell was closed below the tolerance; where it is not, `bound` still holds.
    """

    bound: float
    above: FloatArray
    proved: bool
    cells: int


def largest_excess(value: SoftmaxValue, prices: FloatArray, tolerance: float, *, most_cells: int) -> Excess:
    """Bound V(p) - prices p over all beliefs by halving cells until curvature leaves no room.

    Args:
        value: V.
        prices: the plane, (Y,).
        tolerance: what does not matter, > 0.
        most_cells: in all; beyond it the bound reached so far is returned.
    """
    states = len(prices)
    cells = np.eye(states)[None]
    heights = value.at(cells) - cells @ prices
    closed, count = -np.inf, 1
    while True:
        most, edge = _curvature(value, cells)
        bounds = heights.max(axis=1) + 0.5 * ((states - 1) / states) ** 2 * most
        above = cells[heights > tolerance]
        open_ = bounds > tolerance
        closed = max(closed, float(bounds[~open_].max(initial=-np.inf)))
        if len(above) or not open_.any() or count + 2 * int(open_.sum()) > most_cells:
            still = float(bounds[open_].max(initial=-np.inf))
            return Excess(bound=max(closed, still), above=above, proved=not open_.any(), cells=count)
        cells, heights = _halved(value, prices, cells[open_], heights[open_], edge[open_])
        count += len(cells)


def _curvature(value: SoftmaxValue, cells: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The bound of |V''| along any edge of each cell (C, Y, Y), and along which edge it is worst."""
    worth, logits = cells @ value.sender.T, value.precision * (cells @ value.receiver.T)
    pairs = np.array(list(combinations(range(cells.shape[1]), 2)), dtype=np.int64).reshape(-1, 2)
    if not len(pairs):
        return np.zeros(len(cells)), np.zeros(len(cells), dtype=np.int64)
    # The lead of the commonest action over another is least at a corner of the cell.
    common = logits.mean(axis=1).argmax(axis=1)
    lead = (np.take_along_axis(logits, common[:, None, None], axis=2) - logits).min(axis=1)
    np.put_along_axis(lead, common[:, None], np.inf, axis=1)
    share = np.minimum(0.25, np.exp(-np.maximum(lead, 0.0)).sum(axis=1))
    of_value = np.ptp(worth, axis=2).max(axis=1)
    steps = np.ptp(logits[:, pairs[:, 0]] - logits[:, pairs[:, 1]], axis=2)
    gains = np.ptp(worth[:, pairs[:, 0]] - worth[:, pairs[:, 1]], axis=2)
    edge = (2.0 * gains * steps + of_value[:, None] * steps**2).argmax(axis=1)
    # The bound of a cell takes the largest of each range over its edges.
    steepest = steps.max(axis=1)
    return np.asarray(share * (2.0 * gains.max(axis=1) * steepest + of_value * steepest**2)), edge


def _halved(
    value: SoftmaxValue, prices: FloatArray, cells: FloatArray, heights: FloatArray, edge: FloatArray
) -> tuple[FloatArray, FloatArray]:
    pairs = np.array(list(combinations(range(cells.shape[1]), 2)), dtype=np.int64)[edge]
    every = np.arange(len(cells))
    middle = 0.5 * (cells[every, pairs[:, 0]] + cells[every, pairs[:, 1]])
    height = value.at(middle) - middle @ prices
    parts, tops = [], []
    for side in range(2):
        part, top = cells.copy(), heights.copy()
        part[every, pairs[:, side]], top[every, pairs[:, side]] = middle, height
        parts.append(part)
        tops.append(top)
    return np.concatenate(parts), np.concatenate(tops)
