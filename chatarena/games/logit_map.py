"""The equation whose solutions are logit equilibria, in log odds; its derivatives.

With y(i, a) = log p(i, a) - log p(i, 0) for every strategy a but the first, (y, lambda) is an equilibrium where

    F(i, a) = y(i, a) - lambda (u(i, a) - u(i, 0)) = 0,      p from y by the softmax, u the expected payoffs under p

Law: probabilities are read from log odds after subtracting the largest, so none is ever NaN, however small.

Source: McKelvey and Palfrey (1995), Games and Economic Behavior 10, section 2; log odds as coordinates as in Turocy
(2005), Games and Economic Behavior 51, section 3, up to the choice of reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chatarena.games.normal_form import NormalForm, against_each
from chatarena.hull.kinds import FloatArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Local:
    """The map at one point of each game: `value` F (G, k), `jacobian` dF/dy (G, k, k), `slope` dF/dlambda (G, k)."""

    value: FloatArray
    jacobian: FloatArray
    slope: FloatArray
    mixtures: tuple[FloatArray, ...]
    worth: tuple[FloatArray, ...]


def log_mixtures(odds: FloatArray, sizes: Sequence[int]) -> tuple[FloatArray, ...]:
    """Logarithms of the probabilities, (G, m_i) each, from log odds (G, k)."""
    found, start = [], 0
    for size in sizes:
        own = np.zeros((len(odds), size))
        own[:, 1:] = odds[:, start : start + size - 1]
        own -= own.max(axis=1, keepdims=True)
        found.append(own - np.log(np.exp(own).sum(axis=1, keepdims=True)))
        start += size - 1
    return tuple(found)


def starts_of(sizes: Sequence[int]) -> IntArray:
    """Where each player's log odds begin, and how many there are in all."""
    return np.concatenate([[0], np.cumsum([size - 1 for size in sizes])]).astype(np.int64)


def local(form: NormalForm, odds: FloatArray, precision: FloatArray) -> Local:
    """The map and its derivatives.

    Args:
        form: G games.
        odds: (G, k).
        precision: (G,), in one over the unit of payoffs.
    """
    sizes = form.sizes
    mixtures = tuple(np.exp(each) for each in log_mixtures(odds, sizes))
    starts = starts_of(sizes)
    k = int(starts[-1])
    slope, jacobian = np.empty((form.games, k)), np.zeros((form.games, k, k))
    jacobian[:, np.arange(k), np.arange(k)] = 1.0
    worth = []
    for i in range(len(sizes)):
        rows = slice(starts[i], starts[i + 1])
        for j, table in against_each(form, mixtures, i).items():
            p = mixtures[j] if j != i else np.ones((form.games, 1))
            u = np.einsum("gab,gb->ga", table, p)
            lead = u[:, 1:] - u[:, :1]
            if j != i:
                # dp_b / dy_c = p_b ([b = c] - p_c)
                steeper = table[:, 1:, 1:] - table[:, :1, 1:] - lead[:, :, None]
                jacobian[:, rows, starts[j] : starts[j + 1]] = -precision[:, None, None] * steeper * p[:, None, 1:]
        worth.append(u)
        slope[:, rows] = -lead
    return Local(
        value=odds + precision[:, None] * slope,
        jacobian=jacobian,
        slope=slope,
        mixtures=mixtures,
        worth=tuple(worth),
    )
