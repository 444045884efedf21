"""What the user and the leaders see, put together: joint weights of her signal, theirs and the state.

    W(x_A, x_B, y) = prior(y) P(x_A | y) P(x_B | y);    worth of a at (x_A, x_B) = sum_y W(x_A, x_B, y) u(a, y)

Law: every expected value of the game is a sum of such worths, so states need not be looked at again. Leaders with
signals of their own are seen here through one x_B that lists them all, the last leader's changing fastest.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np

from chatarena.games.game import Game
from chatarena.hull.kinds import FloatArray

# Signals of leaders' own are multiplied out up to so many combinations.
MOST_COMBINATIONS = 4096


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Observation:
    """`weights` (X_A, X_B, Y) sum to one; `user` (A, X_A, X_B) and `leaders` (k, A, X_A, X_B) are worths."""

    weights: FloatArray
    user: FloatArray
    leaders: FloatArray


def user_signal(game: Game) -> FloatArray:
    """Probabilities of her signal in each state, (X_A, Y); one signal that says nothing where she has none."""
    return np.ones((1, game.n_states)) if game.user_signal is None else game.user_signal


def leader_signals(game: Game) -> FloatArray:
    """Probabilities of what all leaders see together in each state, (X_B, Y); the state itself where they know it.

    Raises:
        ValueError: signals of their own with more than `MOST_COMBINATIONS` combinations.
    """
    if game.leader_signal is None:
        return np.eye(game.n_states)
    if not game.own_signals:
        return game.leader_signal
    k, each, _ = game.leader_signal.shape
    if each**k > MOST_COMBINATIONS:
        raise ValueError(
            f"{k} leaders with {each} signals each make {each**k} combinations: at most {MOST_COMBINATIONS}"
        )
    return reduce(_both, game.leader_signal)


def observe(game: Game, seen: FloatArray | None = None) -> Observation:
    """The joint weights and worths.

    Args:
        game: the game.
        seen: probabilities of what stands for x_B, (X_B, Y); None for what all leaders see together.
    """
    theirs = leader_signals(game) if seen is None else seen
    weights = game.prior * user_signal(game)[:, None, :] * theirs[None, :, :]
    return Observation(
        weights=weights,
        user=np.einsum("xby,ay->axb", weights, game.user),
        leaders=np.einsum("xby,iay->iaxb", weights, game.leaders),
    )


def _both(first: FloatArray, second: FloatArray) -> FloatArray:
    return np.asarray((first[:, None, :] * second[None, :, :]).reshape(-1, first.shape[-1]))
