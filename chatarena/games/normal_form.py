"""Games of several players who choose at once, many of one shape at a time: payoffs, expected payoffs, derivatives.

Payoffs of player i are an array (G, m_1, ..., m_n): game, then everybody's strategy. Mixtures are one array (G, m_i)
for each player. Law: nothing is divided by a probability, so probabilities of 0 are like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chatarena.hull.kinds import FloatArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NormalForm:
    """`payoffs[i]` is (G, m_1, ..., m_n). Made by `normal_form`, which checks it."""

    payoffs: tuple[FloatArray, ...]

    @property
    def games(self) -> int:
        """How many."""
        return int(self.payoffs[0].shape[0])

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many strategies each player has."""
        return tuple(self.payoffs[0].shape[1:])

    def take(self, games: IntArray) -> NormalForm:
        """Some of the games."""
        return NormalForm(payoffs=tuple(each[games] for each in self.payoffs))

    def spans(self) -> FloatArray:
        """Of each game the largest difference between two payoffs of one player, 1 where there is none: (G,)."""
        flat = np.stack([each.reshape(self.games, -1) for each in self.payoffs])
        largest = np.ptp(flat, axis=2).max(axis=0)
        return np.asarray(np.where(largest > 0.0, largest, 1.0))

    def scaled(self) -> tuple[NormalForm, FloatArray]:
        """The same with the largest of these differences 1, and what it was."""
        unit = self.spans()
        shape = (-1,) + (1,) * len(self.sizes)
        low = [each.reshape(self.games, -1).min(axis=1).reshape(shape) for each in self.payoffs]
        scaled = tuple((each - least) / unit.reshape(shape) for each, least in zip(self.payoffs, low, strict=True))
        return NormalForm(payoffs=scaled), unit


def normal_form(payoffs: Sequence[ArrayLike], *, many: bool = False) -> NormalForm:
    """The checked game.

    Args:
        payoffs: one array for each player, (m_1, ..., m_n); with `many`, (G, m_1, ..., m_n).
        many: whether there are many games.

    Raises:
        ValueError: arrays whose dimensions are not as many as there are players, of different shapes, without entries,
            or with a number that is not finite.
    """
    arrays: list[NDArray[Any]] = [np.array(each, dtype=np.float64) for each in payoffs]
    if not arrays:
        raise ValueError("a game needs the payoffs of at least one player, not ()")
    if not many:
        arrays = [each[None] for each in arrays]
    for i, each in enumerate(arrays):
        if each.ndim != len(arrays) + 1 or each.shape != arrays[0].shape or each.size == 0:
            given, wanted = each.shape[not many :], arrays[0].shape[not many :]
            raise ValueError(
                f"payoffs of player {i} have the shape {given}: {len(arrays)} players need {len(arrays)} axes"
                f"{' after that of the games' if many else ''}, the same for all (the first has {wanted})"
            )
        if not np.isfinite(each).all():
            raise ValueError(f"payoffs of player {i} hold {each[~np.isfinite(each)][0]!r}: every number must be finite")
    return NormalForm(payoffs=tuple(arrays))


def against_each(form: NormalForm, mixtures: Sequence[FloatArray], player: int) -> dict[int, FloatArray]:
    """What each own strategy is worth against each strategy of one other, all others mixing.

    Returns:
        For every other player j an array (G, m_i, m_j); for a player alone {i: (G, m_i, 1)}.
    """
    players = len(mixtures)
    if players == 1:
        return {player: form.payoffs[player][:, :, None]}
    return {j: _pair(form.payoffs[player], mixtures, player, j) for j in range(players) if j != player}


def _pair(table: FloatArray, mixtures: Sequence[FloatArray], player: int, other: int) -> FloatArray:
    # From the last axis on, so that the axes before keep their places.
    for axis in range(len(mixtures), 0, -1):
        if axis - 1 not in (player, other):
            table = np.einsum("g...l,gl->g...", np.moveaxis(table, axis, -1), mixtures[axis - 1])
    return np.asarray(table if player < other else np.swapaxes(table, 1, 2))


def expected_payoffs(form: NormalForm, mixtures: Sequence[FloatArray]) -> tuple[FloatArray, ...]:
    """What every strategy of each player is worth while the others mix: (G, m_i) each."""
    found = []
    for i in range(len(mixtures)):
        j, table = next(iter(against_each(form, mixtures, i).items()))
        weights = mixtures[j] if j != i else np.ones((form.games, 1))
        found.append(np.einsum("gab,gb->ga", table, weights))
    return tuple(found)


def regrets(worth: Sequence[FloatArray], mixtures: Sequence[FloatArray]) -> FloatArray:
    """The most any player would gain by another strategy: max_i (max_a u_a - sum_a p_a u_a), (G,)."""
    each = [u.max(axis=1) - (u * p).sum(axis=1) for u, p in zip(worth, mixtures, strict=True)]
    return np.asarray(np.maximum(np.max(each, axis=0), 0.0))
