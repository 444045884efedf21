"""The sweeps of chatarena.games.dynamics compiled by numba: one game after the other, nothing allocated within one.

Loaded only through chatarena.games.compiled, because it imports numba. Moves, ties and ends are the numpy path's.
One function holds all loops (docs/decisions/0004): handing arrays to another costs more than what would be done there.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from chatarena.hull.kinds import FloatArray, IntArray

# As in chatarena.games.selection.TIES, and the ends of chatarena.games.dynamics.
LOWEST, DEVIATOR, INCUMBENT, UNIFORM = 0, 1, 2, 3
REST, CYCLE = 1, 2


@njit(cache=True, nogil=True)
def _wins(own: float, top: float, level_wins: bool) -> bool:
    """Whether a rule that shows `own` is the one she talks to, against the best of the others."""
    return own > top or (level_wins and own == top)


@njit(cache=True, nogil=True)
def _gets(own: float, top: float, mine: float, lost: float, level_wins: bool, lots: int) -> float:
    """What a rule brings its leader; `lots` > 0 equal others draw lots with it."""
    if lots > 0 and own == top:
        return (mine + lots * lost) / (lots + 1)
    return mine if own > top or (level_wins and own == top) else lost


@njit(cache=True, nogil=True)
def _respond(  # noqa: C901 - loops in one place run four times as fast
    shown: FloatArray,
    payoffs: FloatArray,
    rules: IntArray,
    orders: IntArray,
    ties: int,
    sweeps: int,
    gain: float,
    ended: IntArray,
) -> None:
    """Play every game to its end: how it ended, sweeps made, period, who is talked to; `rules` holds the end."""
    games, k, m = shown.shape
    now, saved = np.empty(k), np.empty(k, dtype=np.int64)
    by_move = ties in (DEVIATOR, INCUMBENT)
    for b in range(games):
        selected = 0
        for j in range(k):
            now[j], saved[j] = shown[b, j, rules[b, j]], rules[b, j]
            selected = j if now[j] > now[selected] else selected
        saved_selected, saved_at, next_save = selected, 0, 1
        for sweep in range(1, sweeps + 1):
            moved = False
            for place in range(k):
                i = orders[b, sweep - 1, place] if len(orders) else place
                heir, top, lots, lost = 0, -np.inf, 0, 0.0
                for j in range(k):
                    if j != i and now[j] > top:
                        heir, top = j, now[j]
                if by_move and selected != i and now[selected] == top:
                    heir = selected
                if ties == UNIFORM:
                    for j in range(k):
                        if j != i and now[j] == top:
                            lots, lost = lots + 1, lost + payoffs[b, i, j, rules[b, j]]
                    lost /= max(lots, 1)
                else:
                    lost = payoffs[b, i, heir, rules[b, heir]]
                level_wins = ties == DEVIATOR or (ties == LOWEST and i < heir)
                most = gain + (
                    payoffs[b, i, selected, rules[b, selected]]
                    if by_move
                    else _gets(now[i], top, payoffs[b, i, i, rules[b, i]], lost, level_wins, lots)
                )
                best = -1
                for t in range(m):
                    gets = _gets(shown[b, i, t], top, payoffs[b, i, i, t], lost, level_wins, lots)
                    if gets > most:
                        best, most = t, gets
                if best >= 0:
                    moved = True
                    rules[b, i], now[i] = best, shown[b, i, best]
                    selected = i if _wins(now[i], top, level_wins) else heir
            if not by_move:
                selected = 0
                for j in range(1, k):
                    selected = j if now[j] > now[selected] else selected
            ended[b, 1], ended[b, 3] = sweep, selected
            if not moved:
                ended[b, 0] = REST
                break
            again = not len(orders) and selected == saved_selected
            for j in range(k):
                again = again and rules[b, j] == saved[j]
            if again:
                ended[b, 0], ended[b, 2] = CYCLE, sweep - saved_at
                break
            if sweep == next_save:
                for j in range(k):
                    saved[j] = rules[b, j]
                saved_selected, saved_at, next_save = selected, sweep, 2 * next_save


def respond(
    shown: FloatArray, payoffs: FloatArray, start: IntArray, ties: int, sweeps: int, orders: IntArray, gain: float
) -> tuple[IntArray, IntArray, IntArray, IntArray, IntArray]:
    """Best responses in every game; arguments and result as those of the numpy path.

    Args:
        shown: B x k x m.
        payoffs: B x k x k x m.
        start: B x k, left as it is.
        ties: place in `TIES`.
        sweeps: how many at most.
        orders: B x sweeps x k, or of length 0 for the order of the leaders.
        gain: below which nobody moves.
    """
    rules, ended = start.copy(), np.zeros((len(start), 4), dtype=np.int64)
    _respond(shown, payoffs, rules, orders, ties, sweeps, gain, ended)
    ends, made, period, selected = np.ascontiguousarray(ended.T)
    return ends, made, period, rules, selected
