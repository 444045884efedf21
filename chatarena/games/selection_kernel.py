"""The sweeps of chatarena.games.dynamics compiled by numba: one game after the other, nothing allocated within one.

Loaded only through chatarena.games.compiled, because it imports numba. Moves, ties and ends are those of the
numpy path.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from chatarena.hull.kinds import FloatArray, IntArray

# As in chatarena.games.selection.TIES, and the ends of chatarena.games.dynamics.
LOWEST, DEVIATOR, INCUMBENT, UNIFORM = 0, 1, 2, 3
REST, CYCLE = 1, 2


@njit(cache=True, nogil=True, inline="always")
def _first_best(now: FloatArray) -> int:
    best = 0
    for j in range(1, len(now)):
        if now[j] > now[best]:
            best = j
    return best


@njit(cache=True, nogil=True, inline="always")
def _best_other(now: FloatArray, i: int) -> int:
    best = -1
    for j in range(len(now)):
        if j != i and (best < 0 or now[j] > now[best]):
            best = j
    return best


@njit(cache=True, nogil=True)
def _lost_by_lot(payoffs: FloatArray, now: FloatArray, rules: IntArray, i: int, top: float) -> tuple[float, int]:
    """The mean of what i gets over the equal others, and how many they are."""
    total, count = 0.0, 0
    for j in range(len(now)):
        if j != i and now[j] == top:
            total += payoffs[j, rules[j]]
            count += 1
    return total / max(count, 1), count


@njit(cache=True, nogil=True, inline="always")
def _without(
    mine: FloatArray, rules: IntArray, now: FloatArray, selected: int, i: int, ties: int
) -> tuple[int, float, float, int]:
    """Who is talked to where i is not, what that one shows, what i gets, and how many draw lots (0: nobody does)."""
    heir = _best_other(now, i)
    if heir < 0:
        return heir, -np.inf, 0.0, 0
    top = now[heir]
    if ties in (DEVIATOR, INCUMBENT) and selected != i and now[selected] == top:
        heir = selected
    if ties == UNIFORM:
        lost, count = _lost_by_lot(mine, now, rules, i, top)
        return heir, top, lost, count
    return heir, top, mine[heir, rules[heir]], 0


@njit(cache=True, nogil=True, inline="always")
def _gets(own: float, top: float, mine: float, lost: float, count: int, level_wins: bool) -> tuple[float, bool]:
    """What a rule brings that shows `own` against the best of the others; count > 0 where equals draw lots."""
    if own > top or (level_wins and own == top):
        return mine, True
    if count > 0 and own == top:
        return (mine + count * lost) / (count + 1), False
    return lost, False


@njit(cache=True, nogil=True)
def _turn(
    shown: FloatArray,
    payoffs: FloatArray,
    rules: IntArray,
    now: FloatArray,
    selected: int,
    i: int,
    ties: int,
    gain: float,
) -> tuple[bool, int]:
    """Leader i takes its best rule; whether it moved, and who is talked to where ties depend on that."""
    own, mine = shown[i], payoffs[i]
    heir, top, lost, count = _without(mine, rules, now, selected, i, ties)
    level_wins = ties == DEVIATOR or (ties == LOWEST and i < heir)
    best, most, now_gets, best_wins = -1, -np.inf, 0.0, False
    for t in range(len(own)):
        gets, wins = _gets(own[t], top, mine[i, t], lost, count, level_wins)
        if gets > most:
            best, most, best_wins = t, gets, wins
        if t == rules[i]:
            now_gets = gets
    if ties in (DEVIATOR, INCUMBENT):
        now_gets = mine[selected, rules[selected]]
    if not most > now_gets + gain:
        return False, selected
    rules[i], now[i] = best, own[best]
    return True, i if best_wins else heir


@njit(cache=True, nogil=True)
def _game(
    shown: FloatArray,
    payoffs: FloatArray,
    rules: IntArray,
    now: FloatArray,
    saved: IntArray,
    orders: IntArray,
    ties: int,
    sweeps: int,
    gain: float,
) -> tuple[int, int, int, int]:
    """How it ended, sweeps made, period, who is talked to; `rules` holds the end."""
    k = len(rules)
    saved[:] = rules
    for j in range(k):
        now[j] = shown[j, rules[j]]
    selected = _first_best(now)
    drawn = len(orders) > 0
    saved_selected, saved_at, next_save = selected, 0, 1
    for sweep in range(1, sweeps + 1):
        moved = False
        for place in range(k):
            i = orders[sweep - 1, place] if drawn else place
            did, selected = _turn(shown, payoffs, rules, now, selected, i, ties, gain)
            moved = moved or did
        if ties in (LOWEST, UNIFORM):
            selected = _first_best(now)
        if not moved:
            return REST, sweep, 0, selected
        if not drawn and selected == saved_selected and (rules == saved).all():
            return CYCLE, sweep, sweep - saved_at, selected
        if sweep == next_save:
            saved[:] = rules
            saved_selected, saved_at = selected, sweep
            next_save *= 2
    return 0, sweeps, 0, selected


@njit(cache=True, nogil=True)
def _respond(
    shown: FloatArray,
    payoffs: FloatArray,
    rules: IntArray,
    orders: IntArray,
    ties: int,
    sweeps: int,
    gain: float,
    ended: IntArray,
) -> None:
    k = rules.shape[1]
    now, saved = np.empty(k), np.empty(k, dtype=np.int64)
    for b in range(len(rules)):
        own_orders = orders[b] if len(orders) else np.empty((0, 0), dtype=np.int64)
        ended[0, b], ended[1, b], ended[2, b], ended[3, b] = _game(
            shown[b], payoffs[b], rules[b], now, saved, own_orders, ties, sweeps, gain
        )


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
    rules, ended = start.copy(), np.zeros((4, len(start)), dtype=np.int64)
    _respond(shown, payoffs, rules, orders, ties, sweeps, gain, ended)
    return ended[0], ended[1], ended[2], rules, ended[3]
