"""The walk of chatarena.games.branch compiled by numba: the same steps and the same rules for what counts.

Loaded only by chatarena.games.compiled, because it imports numba.

Source: as chatarena.games.branch.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from chatarena.games.branch import (
    CROSSING,
    EASY,
    FIRST_STEP,
    LIKELIER,
    MOST_CHANGE,
    MOST_CORRECTION,
    MOST_CORRECTIONS,
    MOST_PRECISION,
    MOST_STEPS,
    ROUNDING,
    SMALLEST_STEP,
)
from chatarena.games.logit_kernel import (
    CROSSINGS,
    EVALUATIONS,
    ORIENTATION,
    REGRET,
    STEP,
    Room,
    State,
    Table,
    factor,
    local,
    logs_of,
    regret_of,
    room_for,
    solve,
    state_for,
    table_of,
)
from chatarena.hull.kinds import FloatArray, IntArray

RUNNING, PRECISION_REACHED, REGRET_REACHED, STOPPED = range(4)


@njit(cache=True, nogil=True)
def _counts(room: Room, state: State, length: float, rounding: float) -> bool:
    """Whether a point with a residual that is rounding counts."""
    moved, changed = 0.0, 0.0
    for c in range(len(room.z)):
        moved += (room.z[c] - state.point[c] - length * state.tangent[c]) ** 2
    for q in range(len(room.p)):
        changed = max(changed, abs(room.p[q] - room.last[q]))
    return bool(np.sqrt(moved) <= MOST_CORRECTION * length + rounding and changed <= MOST_CHANGE)


@njit(cache=True, nogil=True)
def _correct(table: Table, room: Room, state: State, length: float, border: FloatArray) -> int:
    """Newton across the border from the predicted point to `room.z`; how often, -1 where the point does not count."""
    for c in range(len(room.z)):
        room.z[c] = state.point[c] + length * state.tangent[c]
    before = np.inf
    for corrections in range(MOST_CORRECTIONS):
        residual, rounding = local(table, room, state, room.z), ROUNDING * (1.0 + abs(room.z[-1]))
        if residual <= rounding:
            return corrections if _counts(room, state, length, rounding) else -1
        # Not `residual > limit`: a residual that is NaN goes no further.
        if not residual <= max(0.5 * before, 1e4 * rounding) or factor(room, border) == 0.0:
            return -1
        for row in range(len(room.value)):
            room.side[row] = -room.value[row]
        room.side[-1] = 0.0
        solve(room)
        for c in range(len(room.z)):
            room.z[c] += room.side[c]
        before = residual
    return -1


@njit(cache=True, nogil=True)
def _direct(room: Room, state: State, length: float) -> bool:
    """Take the tangent at the corrected point, not back where it came from; False where the orientation has changed."""
    sign = factor(room, state.tangent)
    if sign == 0.0:
        return True
    if sign != state.numbers[ORIENTATION]:
        if length > CROSSING:
            return False
        state.numbers[CROSSINGS] += 1.0
        state.numbers[ORIENTATION] = sign
    room.side[:] = 0.0
    room.side[-1] = 1.0
    solve(room)
    state.tangent[:] = room.side / np.sqrt((room.side**2).sum())
    return True


@njit(cache=True, nogil=True)
def _swap(table: Table, state: State, i: int, best: int) -> None:
    """Let a strategy of player i change places with the first."""
    start, place = table.starts[i], table.places[i]
    for coordinates in (state.point, state.tangent):
        level = coordinates[start + best - 1]
        for a in range(1, table.sizes[i]):
            coordinates[start + a - 1] -= level
        coordinates[start + best - 1] = -level
    state.order[place], state.order[place + best] = state.order[place + best], state.order[place]
    for s in range(table.profiles.shape[0]):
        if table.profiles[s, i] == 0:
            table.profiles[s, i] = best
        elif table.profiles[s, i] == best:
            table.profiles[s, i] = 0


@njit(cache=True, nogil=True)
def _refer(table: Table, room: Room, state: State) -> None:
    """Take log odds against likely strategies."""
    changed = False
    for i in range(len(table.sizes)):
        best, level = 0, LIKELIER
        for a in range(1, table.sizes[i]):
            if state.point[table.starts[i] + a - 1] > level:
                best, level = a, state.point[table.starts[i] + a - 1]
        if best > 0:
            _swap(table, state, i, best)
            changed = True
    if changed:
        state.tangent[:] /= np.sqrt((state.tangent**2).sum())
        local(table, room, state, state.point)
        sign = factor(room, state.tangent)
        if sign != 0.0:
            state.numbers[ORIENTATION] = sign


@njit(cache=True, nogil=True)
def _advance(table: Table, room: Room, state: State, wanted: float, at_it: FloatArray) -> bool:
    """One step, or to the wanted precision where that lies within it; whether it counts."""
    length = state.numbers[STEP]
    to_it = state.tangent[-1] > 0.0 and state.point[-1] + length * state.tangent[-1] >= wanted
    if to_it:
        length = (wanted - state.point[-1]) / state.tangent[-1]
    corrections = _correct(table, room, state, length, at_it if to_it else state.tangent)
    if corrections < 0 or (not to_it and room.z[-1] > wanted) or not _direct(room, state, length):
        state.numbers[STEP] = 0.5 * length
        return False
    state.point[:] = room.z
    if to_it:
        state.point[-1] = wanted
    elif corrections <= EASY:
        state.numbers[STEP] = 2.0 * length
    _refer(table, room, state)
    room.last[:] = room.p
    state.numbers[REGRET] = regret_of(table, room)
    return True


@njit(cache=True, nogil=True)
def _begin(table: Table, room: Room, state: State) -> None:
    """At precision 0, where everybody mixes evenly and the derivative is the identity."""
    state.point[:] = 0.0
    state.numbers[:] = 0.0
    state.numbers[STEP], state.numbers[ORIENTATION] = FIRST_STEP, 1.0
    for i in range(len(table.sizes)):
        for a in range(table.sizes[i]):
            state.order[table.places[i] + a] = a
    local(table, room, state, state.point)
    room.last[:] = room.p
    state.numbers[REGRET] = regret_of(table, room)
    for row in range(len(room.value)):
        state.tangent[row] = -room.system[row, -1]
    state.tangent[-1] = 1.0
    state.tangent[:] /= np.sqrt((state.tangent**2).sum())


@njit(cache=True, nogil=True)
def _status(state: State, passed: int, wanted: int, regret: float, steps: int) -> int:
    if passed == wanted and regret < 0.0:
        return PRECISION_REACHED
    if passed == wanted and state.numbers[REGRET] <= regret:
        return REGRET_REACHED
    if steps >= MOST_STEPS or state.numbers[STEP] < SMALLEST_STEP or state.point[-1] > MOST_PRECISION:
        return STOPPED
    return RUNNING


@njit(cache=True, nogil=True)
def one_game(
    payoffs: FloatArray, profiles: IntArray, sizes: IntArray, wanted: FloatArray, regret: float
) -> tuple[FloatArray, FloatArray, IntArray, int, int, int]:
    """Precisions and path of one game, where it passed what was wanted, status, crossings and evaluations.

    Args:
        payoffs: (n, P), the largest span 1.
        profiles: strategies of every profile, (P, n).
        sizes: how many each player has, (n,).
        wanted: precisions, rising, > 0, (T,).
        regret: to follow on to; below 0 to end at the last precision.
    """
    table = table_of(payoffs, profiles, sizes)
    room, state = room_for(table), state_for(table)
    _begin(table, room, state)
    # The last column is the precision.
    path = np.zeros((64, len(room.p) + 1))
    at_it, at = np.zeros(len(room.z)), np.zeros(len(wanted), dtype=np.int64)
    at_it[-1] = 1.0
    logs_of(table, state, path[0, :-1])
    steps, passed, status = 0, 0, RUNNING
    while status == RUNNING:
        status = _status(state, passed, len(wanted), regret, steps)
        goal = wanted[passed] if passed < len(wanted) else np.inf
        if status == RUNNING and _advance(table, room, state, goal, at_it):
            steps += 1
            if steps == len(path):
                path = np.concatenate((path, np.empty_like(path)))
            path[steps, -1] = state.point[-1]
            logs_of(table, state, path[steps, :-1])
            if path[steps, -1] == goal:
                at[passed] = steps
                passed += 1
    crossings, evaluations = int(state.numbers[CROSSINGS]), int(state.numbers[EVALUATIONS])
    return path[: steps + 1, -1].copy(), path[: steps + 1, :-1].copy(), at[:passed], status, crossings, evaluations


@njit(cache=True, nogil=True)
def every_game(
    payoffs: FloatArray, profiles: IntArray, sizes: IntArray, wanted: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Logarithms of all probabilities at the wanted precision of each game (G, K), what it reached, crossings.

    Args:
        payoffs: (G, n, P), the largest span of each game 1.
        profiles: (P, n).
        sizes: (n,).
        wanted: > 0, (G,).
    """
    first = table_of(payoffs[0], profiles, sizes)
    room, state = room_for(first), state_for(first)
    logs, reached, crossings = np.empty((len(payoffs), len(room.p))), np.zeros(len(payoffs)), np.zeros(len(payoffs))
    at_it = np.zeros(len(room.z))
    at_it[-1] = 1.0
    for g in range(len(payoffs)):
        first.profiles[:] = profiles
        table = Table(payoffs[g], first.profiles, sizes, first.places, first.starts)
        _begin(table, room, state)
        steps = 0
        while state.point[-1] != wanted[g] and _status(state, 0, 1, -1.0, steps) == RUNNING:
            _advance(table, room, state, wanted[g], at_it)
            steps += 1
        logs_of(table, state, logs[g])
        reached[g], crossings[g] = state.point[-1], state.numbers[CROSSINGS]
    return logs, reached, crossings
