"""Which rules an equilibrium of best-AI selection can end in, for any number of leaders, without looking at profiles.

Two leaders or more have the same rules, and ties never go to whoever moves. Then some pure equilibrium ends with the
user talking under rule r exactly if no leader prefers a rule that is worth more to her:

    U_i(r) >= U_i(s)    for every leader i and every rule s with V(s) > V(r)

If: let all hold r; whoever offers less leaves her with somebody who holds r. Only if: the others offer at most V(r), so
every such s would have been talked to. The worst equilibrium is the least V(r) of these rules; the best is V*.

Source: derived here; the same over all rules there are is chatarena.games.settling.
"""

from __future__ import annotations

import numpy as np

from chatarena.games.selection import GAIN, SelectionGames
from chatarena.hull.kinds import BoolArray, FloatArray


def ending_rules(games: SelectionGames, *, eta: float = 0.0) -> BoolArray:
    """Which rules some (eta-approximate) pure equilibrium ends in: games x rules.

    Args:
        games: games of two leaders or more with the same rules, who show what they are worth.
        eta: gain up to which a leader does not move.

    Raises:
        ValueError: a single leader, rules of their own, values that are estimated, or a negative eta.
    """
    if games.best is None or games.leaders < 2 or not np.array_equal(games.shown, games.values):
        raise ValueError("two leaders or more with the same rules are needed, and values as they are")
    if not eta >= 0.0:
        raise ValueError(f"eta must be >= 0, not {eta!r}")
    value = games.values[:, 0]
    order = np.argsort(value, axis=1, kind="stable")
    ranked = np.take_along_axis(value, order, axis=1)
    payoff = np.take_along_axis(games.payoffs[:, :, 0], order[:, None], axis=2)
    above = _most_above(ranked, payoff)
    ends = (payoff >= above - GAIN - eta).all(axis=1)
    found = np.zeros_like(ends)
    np.put_along_axis(found, order, ends, axis=1)
    return found


def _most_above(ranked: FloatArray, payoff: FloatArray) -> FloatArray:
    """The most each leader gets from a rule that is worth strictly more: games x leaders x rules, by rising value."""
    count, k, m = payoff.shape
    from_here = np.maximum.accumulate(payoff[:, :, ::-1], axis=2)[:, :, ::-1]
    from_here = np.concatenate([from_here, np.full((count, k, 1), -np.inf)], axis=2)
    # The first rule after those of equal value.
    last = np.concatenate([ranked[:, 1:] != ranked[:, :-1], np.ones((count, 1), dtype=np.bool_)], axis=1)
    place = np.where(last, np.arange(1, m + 1), m)
    after = np.minimum.accumulate(place[:, ::-1], axis=1)[:, ::-1]
    return np.take_along_axis(from_here, np.broadcast_to(after[:, None], payoff.shape), axis=2)
