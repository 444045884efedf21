"""Best responses in turn, on finite rules: where a market of leaders comes to rest, and whether it does.

In a sweep every leader, in order or in an order drawn anew, takes the rule that pays it most against the others as they
are, the first of equally good ones, where that gains more than rounding. A sweep in which nobody moves is rest: a pure
equilibrium of the game, under the same ties. Where the order is fixed, a situation met again proves a cycle.

Law: who does not come to rest is counted and shown, never taken for an equilibrium.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from chatarena.games.compiled import kernel
from chatarena.games.selection import GAIN, TIES, SelectionGames, Ties, checked_ties, part
from chatarena.hull.kinds import BoolArray, Engine, FloatArray, IntArray

# sequential: leader 0, 1, ... in every sweep. random: every game and sweep has an order of its own.
Order: TypeAlias = Literal["sequential", "random"]

MOVING, REST, CYCLE = 0, 1, 2
SWEEPS = 50


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dynamics:
    """Where each game ended.

    `rules` B x k and `selected` B (the first of the best where ties go by lot); `ends` is `REST`, `CYCLE` or `MOVING`,
    the last where the sweeps ran out; `sweeps` how many were made, `period` the cycle's, in sweeps, 0 elsewhere.
    `values` is what the user gets at the end; `lowest` and `mean` over the turns of the cycle, at rest the same as
    `values`.
    """

    rules: IntArray
    selected: IntArray
    ends: IntArray
    sweeps: IntArray
    period: IntArray
    values: FloatArray
    lowest: FloatArray
    mean: FloatArray
    ties: Ties
    order: Order
    engine: Literal["numpy", "compiled"]


@dataclass(slots=True, eq=False)
class _Batch:
    """Games that still move: shown values, payoffs, rules, what these show, who is talked to."""

    shown: FloatArray
    payoffs: FloatArray
    rules: IntArray
    now: FloatArray
    selected: IntArray
    rows: IntArray

    def keep(self, which: BoolArray) -> None:
        """Only some of them from now on."""
        if which.all():
            return
        # Rows taken by number are copied whole, which picking by a mask does not do.
        places = np.flatnonzero(which)
        self.shown, self.payoffs = self.shown.take(places, axis=0), self.payoffs.take(places, axis=0)
        self.rules, self.now = self.rules.take(places, axis=0), self.now.take(places, axis=0)
        self.selected = self.selected[places]
        self.rows = np.arange(len(self.rules))


def best_responses(
    games: SelectionGames,
    start: IntArray | None = None,
    *,
    ties: Ties = "lowest",
    sweeps: int = SWEEPS,
    random_order: np.random.Generator | None = None,
    engine: Engine = "auto",
) -> Dynamics:
    """Follow best responses in every game until nobody moves, a cycle is closed, or the sweeps run out.

    Args:
        games: the games.
        start: B x k, the rules they begin with; None for rule 0 of everyone.
        ties: how the user chooses among equally good leaders; at the start it is the first of them.
        sweeps: how many at most, >= 1.
        random_order: draws the order of each sweep; None for leader 0, 1, ... always.
        engine: compiled loops (extra `fast`), numpy, or whichever there is; the same profiles either way.

    Raises:
        ValueError: unknown ties or engine, no sweep, or a start that is none.
    """
    if sweeps < 1:
        raise ValueError(f"at least one sweep is needed, not {sweeps!r}")
    checked_ties(ties)
    compiled = kernel("selection_kernel", engine)
    rules = _started(games, start)
    orders = None
    if random_order is not None:
        shape = (games.count, sweeps, games.leaders)
        orders = random_order.permuted(np.broadcast_to(np.arange(games.leaders), shape), axis=2)
    if compiled is None:
        ends, made, period, rules, selected = _by_numpy(_batch(games, rules), ties, sweeps, orders)
    else:
        none = np.zeros((0, 0, 0), dtype=np.int64)
        arrays = np.ascontiguousarray(games.shown), np.ascontiguousarray(games.payoffs)
        ends, made, period, rules, selected = compiled.respond(
            *arrays, rules, TIES.index(ties), sweeps, none if orders is None else orders, GAIN
        )
    values = _value(games, np.arange(games.count), rules, selected, ties)
    lowest, mean = values.copy(), values.copy()
    around = np.flatnonzero(ends == CYCLE)
    if len(around):
        lowest[around], mean[around] = _around(games, around, rules, selected, period, ties)
    return Dynamics(
        rules=rules,
        selected=selected,
        ends=ends,
        sweeps=made,
        period=period,
        values=values,
        lowest=lowest,
        mean=mean,
        ties=ties,
        order="sequential" if orders is None else "random",
        engine="numpy" if compiled is None else "compiled",
    )


def _started(games: SelectionGames, start: IntArray | None) -> IntArray:
    if start is None:
        return np.zeros((games.count, games.leaders), dtype=np.int64)
    rules = np.array(start, dtype=np.int64)
    if rules.shape != (games.count, games.leaders) or not ((rules >= 0) & (rules < games.rules)).all():
        raise ValueError(
            f"a start is {games.count} x {games.leaders} rules from 0 to {games.rules - 1}, not {rules.shape}"
        )
    return rules


def _batch(games: SelectionGames, rules: IntArray, selected: IntArray | None = None) -> _Batch:
    now = np.take_along_axis(games.shown, rules[:, :, None], axis=2)[:, :, 0]
    return _Batch(
        shown=np.ascontiguousarray(games.shown),
        payoffs=np.ascontiguousarray(games.payoffs),
        rules=rules.copy(),
        now=now,
        selected=now.argmax(axis=1) if selected is None else selected.copy(),
        rows=np.arange(len(rules)),
    )


def _by_numpy(
    batch: _Batch, ties: Ties, sweeps: int, orders: IntArray | None
) -> tuple[IntArray, IntArray, IntArray, IntArray, IntArray]:
    """How each ended, sweeps made, period, rules and who is talked to."""
    count, k = batch.rules.shape
    ends, made, period = (np.zeros(count, dtype=np.int64) for _ in range(3))
    rules, selected = batch.rules.copy(), batch.selected.copy()
    active = np.arange(count)
    saved, saved_selected, saved_at, next_save = batch.rules.copy(), batch.selected.copy(), 0, 1
    for sweep in range(1, sweeps + 1):
        moved = np.zeros(len(active), dtype=np.bool_)
        for place in range(k):
            moved |= _turn(batch, place if orders is None else orders[active, sweep - 1, place], ties)
        _choose(batch, ties)
        rules[active], selected[active], made[active] = batch.rules, batch.selected, sweep
        ends[active[~moved]] = REST
        going = moved
        if orders is None:
            # Brent: compare with a situation that is renewed at every power of two.
            again = moved & (batch.rules == saved).all(axis=1) & (batch.selected == saved_selected)
            ends[active[again]], period[active[again]] = CYCLE, sweep - saved_at
            going = moved & ~again
        active = active[going]
        if not len(active):
            break
        batch.keep(going)
        saved, saved_selected = saved[going], saved_selected[going]
        if sweep == next_save:
            saved, saved_selected, saved_at = batch.rules.copy(), batch.selected.copy(), sweep
            next_save *= 2
    return ends, made, period, rules, selected


def _turn(at: _Batch, i: int | IntArray, ties: Ties) -> BoolArray:
    """Leader i, one in all games or one in each, takes its best rule; in which games it moved."""
    rows = at.rows
    # One leader in all games is a slice, which costs less than picking.
    every: slice | IntArray = slice(None) if isinstance(i, int) else rows
    own, won = at.shown[every, i], at.payoffs[every, i, i]
    others = at.now.copy()
    others[every, i] = -np.inf
    heir = others.argmax(axis=1)
    top = others[rows, heir]
    if ties in ("deviator", "incumbent"):
        stays = (at.selected != i) & (others[rows, at.selected] == top)
        heir = np.where(stays, at.selected, heir)
    gets, wins = _gets(at, i, ties, (own, won, others, top, heir))
    if ties in ("deviator", "incumbent"):
        current = at.payoffs[rows, i, at.selected, at.rules[rows, at.selected]]
    else:
        current = gets[rows, at.rules[every, i]]
    best = gets.argmax(axis=1)
    moved = np.asarray(gets[rows, best] > current + GAIN)
    at.rules[every, i] = np.where(moved, best, at.rules[every, i])
    at.now[every, i] = np.where(moved, own[rows, best], at.now[every, i])
    if ties in ("deviator", "incumbent"):
        at.selected = np.where(moved, np.where(wins[rows, best], i, heir), at.selected)
    return moved


def _choose(at: _Batch, ties: Ties) -> None:
    """Who is talked to, where that does not depend on who moved."""
    if ties in ("lowest", "uniform"):
        at.selected = at.now.argmax(axis=1)


def _gets(
    at: _Batch,
    i: int | IntArray,
    ties: Ties,
    known: tuple[FloatArray, FloatArray, FloatArray, FloatArray, IntArray],
) -> tuple[FloatArray, BoolArray]:
    """What leader i gets by each of its rules, and whether it is then the one talked to."""
    own, won, others, top, heir = known
    if ties == "uniform":
        return _by_lot(at, i, own, won, others, top)
    lost = at.payoffs[at.rows, i, heir, at.rules[at.rows, heir]]
    # What a rule must show at least: as much as the best of the others, or the next number above.
    level_wins = np.broadcast_to(ties == "deviator", top.shape) if ties != "lowest" else i < heir
    wins = own >= np.where(level_wins, top, np.nextafter(top, np.inf))[:, None]
    return np.where(wins, won, lost[:, None]), wins


def _by_lot(
    at: _Batch, i: int | IntArray, own: FloatArray, won: FloatArray, others: FloatArray, top: FloatArray
) -> tuple[FloatArray, BoolArray]:
    """As `_gets`, equal leaders drawing lots."""
    equal = others == top[:, None]
    each = at.payoffs[at.rows[:, None], np.asarray(i).reshape(-1, 1), np.arange(others.shape[1]), at.rules]
    count = equal.sum(axis=1)
    lost = np.where(equal, each, 0.0).sum(axis=1) / count
    shared = (won + (count * lost)[:, None]) / (count + 1)[:, None]
    above = own > top[:, None]
    return np.where(above, won, np.where(own == top[:, None], shared, lost[:, None])), above


def _value(games: SelectionGames, which: IntArray, rules: IntArray, selected: IntArray, ties: Ties) -> FloatArray:
    """What the user gets at these rules in these games."""
    if ties != "uniform":
        return np.asarray(games.values[which, selected, rules[np.arange(len(which)), selected]])
    at = (which[:, None], np.arange(games.leaders), rules)
    worth, shown = games.values[at], games.shown[at]
    best = shown == shown.max(axis=1, keepdims=True)
    return np.asarray((worth * best).sum(axis=1) / best.sum(axis=1))


def _around(
    games: SelectionGames, which: IntArray, rules: IntArray, selected: IntArray, period: IntArray, ties: Ties
) -> tuple[FloatArray, FloatArray]:
    """Lowest and mean value over the turns of each cycle, gone round once more."""
    batch = _batch(part(games, which), rules[which], selected[which])
    length = period[which]
    lowest, total = np.full(len(which), np.inf), np.zeros(len(which))
    for sweep in range(int(length.max())):
        inside = sweep < length
        for i in range(games.leaders):
            _turn(batch, i, ties)
            _choose(batch, ties)
            value = _value(games, which, batch.rules, batch.selected, ties)
            lowest = np.where(inside, np.minimum(lowest, value), lowest)
            total += np.where(inside, value, 0.0)
    return lowest, total / (length * games.leaders)
