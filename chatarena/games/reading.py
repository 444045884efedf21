"""What the user does with what she has heard: best response, logit response, and either with beliefs that are off.

She believes an action to be worth  ubar(a) = E[u(a, y) | x_A, everything said]  and takes

    an action of the largest ubar(a), or a with chance exp(lambda ubar(a)) / sum_b exp(lambda ubar(b))

Law: the response is a function of these numbers alone; precision has the unit 1/utility, utilities lie in [0, 1].

Source: McKelvey and Palfrey (1995) for the logit response; Collina et al., ICML 2026, for a user who is not strategic.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from chatarena.hull.kinds import FloatArray

# Which of equally good actions a best response takes: the first, the last, or each with the same chance.
Tie: TypeAlias = Literal["first", "last", "uniform"]
TIES: tuple[Tie, ...] = ("first", "last", "uniform")
# Worths this close are equal: what rounding leaves of two sums of the same numbers.
SAME = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """How the user responds.

    `precision` is lambda, infinite for a best response; `tie` says which of equals that one takes. `error` is delta:
    what she believes an action to be worth is off by at most this much, by numbers that are drawn once and are then a
    fixed function of what she hears (chatarena.games.tree).
    """

    precision: float = math.inf
    tie: Tie = "first"
    error: float = 0.0

    def __post_init__(self) -> None:
        if not self.precision >= 0 or not 0 <= self.error < math.inf or self.tie not in TIES:
            raise ValueError(f"precision >= 0, error >= 0 and a tie of {TIES} are needed, not {self}")


BEST = Reader()


def respond(worth: FloatArray, reader: Reader = BEST) -> FloatArray:
    """Chances of each action, last axis, from what she believes each is worth.

    Args:
        worth: (..., A), in units of utility.
        reader: how she responds; its `error` is not added here.
    """
    top = worth.max(axis=-1, keepdims=True)
    if math.isfinite(reader.precision):
        odds = np.exp(reader.precision * (worth - top))
        return np.asarray(odds / odds.sum(axis=-1, keepdims=True))
    best = worth >= top - SAME
    if reader.tie == "uniform":
        return np.asarray(best / best.sum(axis=-1, keepdims=True))
    n = worth.shape[-1]
    chosen = best.argmax(axis=-1) if reader.tie == "first" else n - 1 - best[..., ::-1].argmax(axis=-1)
    return np.asarray(np.eye(n)[chosen])
