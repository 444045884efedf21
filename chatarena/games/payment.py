"""Leaders who are paid for being talked to, and users who look at some leaders only: other games, other guarantees.

    leader i gets  E[U_i of the outcome] + fee_i [i is talked to]

A fee above zero makes leaders compete harder: with fees alone every equilibrium is worth V* whatever they want. A fee
below zero, a cost of serving, makes them stand back, and the hull no longer protects:

    loss <= 2 eps + sum_i w_i max(0, -fee_i)

A leader who does not care about outcomes it has no part in stands back where serving is worth less than nothing to it.
What is then lost has no bound in eps: the hull does not notice a constant in U_i, such a leader does.

Source: derived here (docs/theory/selection.md). What the paper says of leaders not talked to is not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from chatarena.games.selection import SelectionGames
from chatarena.hull.kinds import FloatArray


def with_fees(games: SelectionGames, fees: ArrayLike) -> SelectionGames:
    """The games in which each leader also gets its fee when it is talked to.

    Args:
        games: the games.
        fees: one number for all, or one for each leader, in units of their utilities; below zero where serving costs.

    Raises:
        ValueError: another number of fees, or one that is not finite.
    """
    paid = _fees(games, fees)
    own = np.arange(games.leaders)
    payoffs = np.array(games.payoffs)
    payoffs[:, own, own] += paid[:, None]
    return replace(games, payoffs=payoffs)


def fees_alone(games: SelectionGames, fees: ArrayLike) -> SelectionGames:
    """The games in which a leader gets its fee when it is talked to, and cares for nothing else.

    Raises:
        ValueError: as `with_fees`.
    """
    return with_fees(replace(games, payoffs=np.zeros_like(games.payoffs)), fees)


def caring_when_selected(games: SelectionGames, fees: ArrayLike = 0.0) -> SelectionGames:
    """The games in which a leader gets utility and fee of the outcomes it brings about itself, and nothing of others.

    Raises:
        ValueError: as `with_fees`.
    """
    own = np.eye(games.leaders)[None, :, :, None]
    return with_fees(replace(games, payoffs=games.payoffs * own), fees)


def fee_loss(eps: float, weights: Sequence[float], fees: Sequence[float]) -> float:
    """2 eps + sum_i w_i max(0, -fee_i): what is lost at most where every leader cares and is paid besides.

    Args:
        eps: the distance from the hull that the weights attain.
        weights: theirs, each >= 0.
        fees: what each gets when talked to.

    Raises:
        ValueError: another number of fees than weights, or a weight below zero.
    """
    if len(weights) != len(fees) or any(not w >= 0 for w in weights):
        raise ValueError(f"one fee for each weight >= 0 is needed, not {list(fees)!r} for {list(weights)!r}")
    return 2.0 * eps + sum(w * max(0.0, -fee) for w, fee in zip(weights, fees, strict=True))


def among(games: SelectionGames, members: Sequence[int]) -> SelectionGames:
    """The games between some of the leaders, where everybody knows that she compares only these.

    What the others would get does not matter to anybody's choice of a rule, so T3 holds with the distance from the hull
    of these.

    Raises:
        ValueError: no leader, or one that there is not.
    """
    which = list(dict.fromkeys(members))
    if not which or not set(which) <= set(range(games.leaders)):
        raise ValueError(f"some of the leaders 0 to {games.leaders - 1} are needed, not {list(members)!r}")
    return replace(
        games,
        values=games.values[:, which],
        payoffs=games.payoffs[:, which][:, :, which],
        shown=games.shown[:, which],
    )


def every_few(leaders: int, compared: int) -> tuple[tuple[int, ...], ...]:
    """All sets of `compared` leaders: which she compares is drawn once all have committed (`pure_equilibria`).

    Raises:
        ValueError: more than there are, or none.
    """
    if not 1 <= compared <= leaders:
        raise ValueError(f"1 to {leaders} leaders can be compared, not {compared!r}")
    return tuple(combinations(range(leaders), compared))


def _fees(games: SelectionGames, fees: ArrayLike) -> FloatArray:
    paid = np.asarray(fees, dtype=np.float64)
    if paid.shape not in ((), (1,), (games.leaders,)) or not np.isfinite(paid).all():
        raise ValueError(f"one finite fee or {games.leaders} are needed, not {fees!r}")
    return np.broadcast_to(paid, (games.leaders,))
