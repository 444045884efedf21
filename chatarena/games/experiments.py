"""Experiments about the state: what is believed after them, both together, and which tells more than which.

An experiment is a table P(signal | state) of shape (S, Y) whose columns sum to one. Of two experiments the first tells
at least as much as the second when the second is the first, garbled: second = G first with a stochastic G.

Source: Blackwell (1953), Equivalent Comparisons of Experiments, Annals of Mathematical Statistics 24.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from chatarena.games.linear_program import LinearProgram
from chatarena.games.sender_receiver import checked_array
from chatarena.hull.kinds import FloatArray

SUM_TOLERANCE = 1e-6
# Probabilities that a garbling misses by no more are met.
TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Whether the first experiment tells at least as much as the second.

    `garbling` (signals of the second x signals of the first) is the best there is, and `distance` by how much it misses
    a probability of the second at most.
    """

    at_least_as_informative: bool
    distance: float
    garbling: tuple[tuple[float, ...], ...]


def experiment(table: ArrayLike, states: int) -> FloatArray:
    """The checked table P(signal | state).

    Raises:
        ValueError: another number of states, a negative probability, or a column that does not sum to one.
    """
    chances = checked_array(table, "an experiment", 2)
    if chances.shape[1] != states:
        raise ValueError(f"an experiment speaks of {chances.shape[1]} states, the game has {states}")
    if (chances < 0.0).any():
        raise ValueError(f"a probability cannot be negative: {float(chances.min())!r}")
    sums = chances.sum(axis=0)
    worst = int(np.abs(sums - 1.0).argmax())
    if abs(sums[worst] - 1.0) > SUM_TOLERANCE:
        raise ValueError(f"signals in state {worst} have probabilities that sum to {float(sums[worst])!r}, not to 1")
    return np.asarray(chances / sums)


def both(tables: Sequence[FloatArray]) -> FloatArray:
    """All experiments seen, independent given the state: one signal for every combination."""
    joint = tables[0]
    for table in tables[1:]:
        joint = (joint[:, None] * table[None]).reshape(-1, joint.shape[1])
    return joint


def posteriors(prior: FloatArray, table: FloatArray) -> tuple[FloatArray, FloatArray]:
    """How often each signal comes and what is then believed: (M,), (M, Y); signals that never come are left out."""
    joint = table * prior
    chances = joint.sum(axis=1)
    seen = chances > 0.0
    return chances[seen], joint[seen] / chances[seen, None]


def compare(first: ArrayLike, second: ArrayLike) -> Comparison:
    """Whether the second experiment is a garbling of the first, by the least distance over all garblings.

    Args:
        first: (S, Y).
        second: (T, Y).

    Raises:
        ValueError: tables that are no experiments over the same states.
        ArenaError: the linear program was not solved.
    """
    states = np.shape(second)[-1] if np.ndim(second) else 0
    one, other = experiment(first, states), experiment(second, states)
    s, t = len(one), len(other)
    # Variables: G (t x s), then the distance.
    program = LinearProgram(np.append(np.zeros(t * s), -1.0))
    places = np.arange(t * s).reshape(t, s)
    program.add_rows(places.T.copy(), np.ones((s, t)), 1.0, 1.0)
    columns = np.hstack([np.repeat(places, states, axis=0), np.full((t * states, 1), t * s)])
    told = np.tile(one.T, (t, 1))
    away = np.ones((t * states, 1))
    program.add_rows(columns, np.hstack([told, -away]), -np.inf, other.ravel())
    program.add_rows(columns, np.hstack([told, away]), other.ravel(), np.inf)
    garbling = np.maximum(program.solve().values[:-1].reshape(t, s), 0.0)
    garbling /= garbling.sum(axis=0)
    distance = float(np.abs(garbling @ one - other).max())
    return Comparison(
        at_least_as_informative=distance <= TOLERANCE,
        distance=distance,
        garbling=tuple(tuple(map(float, row)) for row in garbling),
    )
