"""Best-AI selection: leaders commit to rules, the user talks to the one whose rule serves her best, alone.

Leader i holds rule s_i. She compares what each is worth to her when she talks to that leader only, takes the highest,
and the outcome is that of the leader she took. What leader j gets is its own utility of that outcome, whether or not
it was the one. Many games of one shape are held at once, first axis the game; a single one is a batch of one.

Law: comparing is exact. Values that agree to `SAME` are made equal here, once, and ties are ties from then on.

Source: selecting the best single AI after an evaluation period is result 3 in the abstract of Collina, Goel, Roth, Ryu
and Shi, ICML 2026 (arXiv 2509.15090); the game as written here is derived, and how ties are broken is ours.
Theory: docs/theory/selection.md (T3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from chatarena.hull.kinds import BoolArray, FloatArray, IntArray

# lowest: the first of the equal leaders. deviator: whoever has just changed its rule. incumbent: never the one who has
# just changed it. uniform: one of the equal leaders by lot.
Ties: TypeAlias = Literal["lowest", "deviator", "incumbent", "uniform"]
TIES: tuple[Ties, ...] = ("lowest", "deviator", "incumbent", "uniform")

# Decimals to which values are compared, and the gain of utility below which nobody moves.
SAME = 12
GAIN = 1e-9
# What rounding may add to a loss before a guarantee counts as broken.
SLACK = 1e-7


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SelectionGames:
    """B games between k leaders with m rules each.

    `values[b, i, s]` is what talking to leader i under its rule s is worth to the user; `shown` what she takes it to
    be, which is the same unless she estimates it; `payoffs[b, i, j, s]` what leader i gets when she talks to leader j
    under rule s. `best[b]` is V*, the most any rule is worth to her, where all leaders have the same rules, else None.
    """

    values: FloatArray
    payoffs: FloatArray
    shown: FloatArray
    best: FloatArray | None

    @property
    def count(self) -> int:
        """B, the number of games."""
        return int(self.values.shape[0])

    @property
    def leaders(self) -> int:
        """k, the number of leaders."""
        return int(self.values.shape[1])

    @property
    def rules(self) -> int:
        """m, how many rules each leader has."""
        return int(self.values.shape[2])


def checked_ties(ties: Ties) -> Ties:
    """The tie rule.

    Raises:
        ValueError: it is none of `TIES`.
    """
    if ties not in TIES:
        raise ValueError(f"ties must be one of {', '.join(TIES)}, not {ties!r}")
    return ties


def selection_games(values: ArrayLike, payoffs: ArrayLike, *, shown: ArrayLike | None = None) -> SelectionGames:
    """Games in which every leader has rules of its own.

    Args:
        values: B x k x m, what each rule is worth to the user.
        payoffs: B x k x k x m, what leader i gets when the user talks to leader j under rule s.
        shown: B x k x m, what the user takes the values to be; None where she knows them.

    Raises:
        ValueError: shapes that do not match, or a number that is not finite.
    """
    worth = np.round(_finite(values, "values", 3), SAME)
    pay = _finite(payoffs, "payoffs", 4)
    seen = worth if shown is None else np.round(_finite(shown, "shown", 3), SAME)
    games, k, m = worth.shape
    if pay.shape != (games, k, k, m) or seen.shape != worth.shape or not worth.size:
        raise ValueError(
            f"values and shown must be games x leaders x rules and payoffs games x leaders x leaders x rules,"
            f" not {worth.shape}, {seen.shape} and {pay.shape}"
        )
    return SelectionGames(values=worth, payoffs=pay, shown=seen, best=None)


def common_rules(values: ArrayLike, payoffs: ArrayLike, *, shown: ArrayLike | None = None) -> SelectionGames:
    """Games in which all leaders have the same rules, so that any of them can copy the best one.

    Args:
        values: B x m, what each rule is worth to the user.
        payoffs: B x k x m, what leader i gets from the outcome of rule s.
        shown: B x m, what the user takes a rule to be worth whoever holds it, or B x k x m; None where she knows.

    Raises:
        ValueError: shapes that do not match, or a number that is not finite.
    """
    worth, pay = np.round(_finite(values, "values", 2), SAME), _finite(payoffs, "payoffs", 3)
    games, m = worth.shape
    if pay.shape[::2] != (games, m) or not pay.size:
        raise ValueError(
            f"values must be games x rules, payoffs games x leaders x rules, not {worth.shape}, {pay.shape}"
        )
    k = pay.shape[1]
    seen = worth if shown is None else np.round(_finite(shown, "shown", np.ndim(shown)), SAME)
    if seen.shape not in ((games, m), (games, k, m)):
        raise ValueError(f"shown must be {games} x {m} or {games} x {k} x {m}, not {seen.shape}")
    return SelectionGames(
        values=np.broadcast_to(worth[:, None], (games, k, m)),
        payoffs=np.broadcast_to(pay[:, :, None], (games, k, k, m)),
        shown=seen if seen.ndim == 3 else np.broadcast_to(seen[:, None], (games, k, m)),
        best=worth.max(axis=1),
    )


def part(games: SelectionGames, which: slice | IntArray | BoolArray) -> SelectionGames:
    """Some of the games."""
    return SelectionGames(
        values=games.values[which],
        payoffs=games.payoffs[which],
        shown=games.shown[which],
        best=None if games.best is None else games.best[which],
    )


def _finite(numbers: ArrayLike, what: str, axes: int) -> FloatArray:
    array = np.asarray(numbers, dtype=np.float64)
    if array.ndim != axes:
        raise ValueError(f"{what} must have {axes} axes, not {array.ndim}")
    if not np.isfinite(array).all():
        raise ValueError(f"{what} must be finite numbers")
    return array
