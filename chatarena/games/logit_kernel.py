"""The map of chatarena.games.logit_map and the bordered systems of chatarena.games.branch compiled by numba.

Loaded only by chatarena.games.branch_kernel. Every profile of strategies is gone through once for expected payoffs and
their derivatives; products of the probabilities before and after a player are shared.

Source: as chatarena.games.logit_map; elimination with partial pivoting, Golub and Van Loan, section 3.4.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from chatarena.hull.kinds import FloatArray, IntArray

# Places of the numbers that a walk carries along.
STEP, ORIENTATION, CROSSINGS, EVALUATIONS, REGRET = range(5)


class Table(NamedTuple):
    """A game: payoffs (n, P), strategies of every profile (P, n), where each player's numbers begin."""

    payoffs: FloatArray
    profiles: IntArray
    sizes: IntArray
    places: IntArray
    starts: IntArray


class Room(NamedTuple):
    """What is written to: probabilities, worth of strategies, derivatives, and the bordered system."""

    p: FloatArray
    last: FloatArray
    worth: FloatArray
    pairs: FloatArray
    value: FloatArray
    system: FloatArray
    factor: FloatArray
    pivots: IntArray
    side: FloatArray
    z: FloatArray
    before: FloatArray


class State(NamedTuple):
    """Where the walk is."""

    point: FloatArray
    tangent: FloatArray
    order: IntArray
    numbers: FloatArray


@njit(cache=True, nogil=True)
def table_of(payoffs: FloatArray, profiles: IntArray, sizes: IntArray) -> Table:
    players = len(sizes)
    places, starts = np.zeros(players + 1, dtype=np.int64), np.zeros(players + 1, dtype=np.int64)
    for i in range(players):
        places[i + 1] = places[i] + sizes[i]
        starts[i + 1] = starts[i] + sizes[i] - 1
    return Table(payoffs, profiles.copy(), sizes, places, starts)


@njit(cache=True, nogil=True)
def room_for(table: Table) -> Room:
    total, k = table.places[-1], table.starts[-1]
    return Room(
        np.empty(total),
        np.empty(total),
        np.empty(total),
        np.empty((total, total)),
        np.empty(k),
        np.empty((k + 1, k + 1)),
        np.empty((k + 1, k + 1)),
        np.empty(k + 1, dtype=np.int64),
        np.empty(k + 1),
        np.empty(k + 1),
        np.empty(len(table.sizes) + 1),
    )


@njit(cache=True, nogil=True)
def _probabilities(table: Table, point: FloatArray, p: FloatArray) -> None:
    for i in range(len(table.sizes)):
        place, start, top, total = table.places[i], table.starts[i], 0.0, 0.0
        for a in range(1, table.sizes[i]):
            top = max(top, point[start + a - 1])
        for a in range(table.sizes[i]):
            p[place + a] = np.exp((point[start + a - 1] if a > 0 else 0.0) - top)
            total += p[place + a]
        for a in range(table.sizes[i]):
            p[place + a] /= total


@njit(cache=True, nogil=True)
def logs_of(table: Table, state: State, into: FloatArray) -> None:
    """Logarithms of all probabilities, strategies in their own order."""
    for i in range(len(table.sizes)):
        place, start, top, total = table.places[i], table.starts[i], 0.0, 0.0
        for a in range(1, table.sizes[i]):
            top = max(top, state.point[start + a - 1])
        for a in range(table.sizes[i]):
            total += np.exp((state.point[start + a - 1] if a > 0 else 0.0) - top)
        for a in range(table.sizes[i]):
            own = state.point[start + a - 1] if a > 0 else 0.0
            into[place + state.order[place + a]] = own - top - np.log(total)


@njit(cache=True, nogil=True)
def _one_profile(table: Table, room: Room, s: int) -> None:
    """What one profile adds to worth and derivatives."""
    players, p = len(table.sizes), room.p
    room.before[0] = 1.0
    for i in range(players):
        room.before[i + 1] = room.before[i] * p[table.places[i] + table.profiles[s, i]]
    after = 1.0
    for i in range(players - 1, -1, -1):
        mine = table.places[i] + table.profiles[s, i]
        room.worth[mine] += table.payoffs[i, s] * room.before[i] * after
        between = after
        for j in range(i - 1, -1, -1):
            other = table.places[j] + table.profiles[s, j]
            rest = room.before[j] * between
            room.pairs[mine, other] += table.payoffs[i, s] * rest
            room.pairs[other, mine] += table.payoffs[j, s] * rest
            between *= p[other]
        after *= p[mine]


@njit(cache=True, nogil=True)
def _two_players(table: Table, room: Room) -> None:
    """The same for two, whose derivatives are their payoffs."""
    for s in range(table.profiles.shape[0]):
        row, column = table.profiles[s, 0], table.places[1] + table.profiles[s, 1]
        room.pairs[row, column], room.pairs[column, row] = table.payoffs[0, s], table.payoffs[1, s]
        room.worth[row] += table.payoffs[0, s] * room.p[column]
        room.worth[column] += table.payoffs[1, s] * room.p[row]


@njit(cache=True, nogil=True)
def _rows_of(table: Table, room: Room, i: int, z: FloatArray) -> None:
    """Player i's rows of value and system."""
    precision, k, first = z[-1], len(z) - 1, table.places[i]
    for a in range(1, table.sizes[i]):
        row, mine = table.starts[i] + a - 1, first + a
        lead = room.worth[mine] - room.worth[first]
        room.value[row] = z[row] - precision * lead
        for j in range(len(table.sizes)):
            for b in range(1, table.sizes[j]):
                column, other = table.starts[j] + b - 1, table.places[j] + b
                if j == i:
                    room.system[row, column] = 1.0 if row == column else 0.0
                else:
                    steeper = room.pairs[mine, other] - room.pairs[first, other] - lead
                    room.system[row, column] = -precision * steeper * room.p[other]
        room.system[row, k] = -lead


@njit(cache=True, nogil=True)
def local(table: Table, room: Room, state: State, z: FloatArray) -> float:
    """Value and system at a point; returns the largest residual."""
    state.numbers[EVALUATIONS] += 1.0
    _probabilities(table, z, room.p)
    room.worth[:] = 0.0
    if len(table.sizes) == 2:
        _two_players(table, room)
    else:
        room.pairs[:] = 0.0
        for s in range(table.profiles.shape[0]):
            _one_profile(table, room, s)
    for i in range(len(table.sizes)):
        _rows_of(table, room, i, z)
    largest = 0.0
    for row in range(len(room.value)):
        largest = max(largest, abs(room.value[row]))
    return largest


@njit(cache=True, nogil=True)
def _pivot(a: FloatArray, c: int) -> int:
    best = c
    for r in range(c + 1, len(a)):
        if abs(a[r, c]) > abs(a[best, c]):
            best = r
    return best


@njit(cache=True, nogil=True)
def factor(room: Room, border: FloatArray) -> float:
    """Factor the system bordered by a row; the sign of its determinant, 0.0 where it is singular to the last digit."""
    n, a, sign = len(border), room.factor, 1.0
    a[:] = room.system
    a[n - 1] = border
    for c in range(n):
        best = _pivot(a, c)
        room.pivots[c] = best
        if a[best, c] == 0.0:
            return 0.0
        if best != c:
            sign = -sign
            for m in range(n):
                a[c, m], a[best, m] = a[best, m], a[c, m]
        if a[c, c] < 0.0:
            sign = -sign
        for r in range(c + 1, n):
            a[r, c] /= a[c, c]
            for m in range(c + 1, n):
                a[r, m] -= a[r, c] * a[c, m]
    return sign


@njit(cache=True, nogil=True)
def solve(room: Room) -> None:
    """Solve the factored system for `side`, in place."""
    a, x, n = room.factor, room.side, len(room.side)
    for c in range(n):
        best = room.pivots[c]
        x[c], x[best] = x[best], x[c]
    for r in range(n):
        for c in range(r):
            x[r] -= a[r, c] * x[c]
    for r in range(n - 1, -1, -1):
        for c in range(r + 1, n):
            x[r] -= a[r, c] * x[c]
        x[r] /= a[r, r]


@njit(cache=True, nogil=True)
def regret_of(table: Table, room: Room) -> float:
    largest = 0.0
    for i in range(len(table.sizes)):
        best, mean = -np.inf, 0.0
        for q in range(table.places[i], table.places[i + 1]):
            best = max(best, room.worth[q])
            mean += room.p[q] * room.worth[q]
        largest = max(largest, best - mean)
    return largest


@njit(cache=True, nogil=True)
def state_for(table: Table) -> State:
    k = table.starts[-1]
    return State(np.zeros(k + 1), np.zeros(k + 1), np.zeros(table.places[-1], dtype=np.int64), np.zeros(5))
