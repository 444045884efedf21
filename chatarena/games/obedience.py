"""Recommending actions: whether they are followed, and what no recommendation can exceed.

A joint law x(a, y) of recommendation and state is obeyed when no recommendation is better answered by another action:

    sum_y x(a, y) (receiver(a, y) - receiver(b, y)) >= 0                                for all a, b

Law: both sides are computed from the tables alone. For any multipliers m(a, b) >= 0 and n >= 0

    sum_y p(y) max_a { sender(a, y) + sum_b m(a, b) (receiver(a, y) - receiver(b, y)) + n receiver(a, y) } - n floor

bounds the value of every obeyed law that gives the receiver at least `floor` (linear programming duality).

Source: obedience, Bergemann and Morris (2016), Theoretical Economics 11; the bound is derived here.
"""

from __future__ import annotations

import numpy as np

from chatarena.games.sender_receiver import SenderReceiver
from chatarena.hull.kinds import FloatArray


def gains(joint: FloatArray, receiver: FloatArray) -> FloatArray:
    """What the receiver would gain, before anything is said, by answering recommendation a with b: (A, A)."""
    worth = joint @ receiver.T
    return np.asarray(worth - np.diag(worth)[:, None])


def disobedience(joint: FloatArray, receiver: FloatArray) -> float:
    """The largest of these gains, 0 where every recommendation is followed."""
    return max(0.0, float(gains(joint, receiver).max()))


def dual_bound(
    game: SenderReceiver, multipliers: FloatArray, *, floor: float = 0.0, floor_multiplier: float = 0.0
) -> tuple[float, FloatArray]:
    """The bound, and its price of every state: (Y,).

    Args:
        game: the tables.
        multipliers: m(a, b) >= 0, (A, A).
        floor: what the receiver must get at least.
        floor_multiplier: n >= 0.
    """
    slack = multipliers.sum(axis=1)[:, None] * game.receiver - multipliers @ game.receiver
    prices = (game.sender + slack + floor_multiplier * game.receiver).max(axis=0)
    return float(game.prior @ prices) - floor_multiplier * floor, np.asarray(prices)
