"""Logit equilibria of many games at once, all walking up in precision together; numpy.

Each game predicts along dy/dlambda and corrects at its own precision, with steps of its own length. Law: what counts is
what counts in chatarena.games.branch, and here det dF/dy must stay positive, as it is from precision 0 to the first
turn. A game whose branch turns back before the precision wanted can therefore not be done here; it is left over.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chatarena.games.branch import (
    EASY,
    FIRST_STEP,
    MOST_CHANGE,
    MOST_CORRECTION,
    MOST_CORRECTIONS,
    ROUNDING,
)
from chatarena.games.logit_map import local, log_mixtures, starts_of
from chatarena.games.normal_form import NormalForm
from chatarena.hull.kinds import BoolArray, FloatArray, IntArray

# A game that needs shorter steps is left over.
SHORTEST = 1e-3
# Beyond it (span of payoffs times precision) log odds against a fixed strategy lose digits.
STEEPEST = 1e3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Tried:
    """Where Newton's method ended in each game, and what it found there."""

    odds: FloatArray
    tangent: FloatArray
    counts: BoolArray
    easy: BoolArray


def in_lockstep(form: NormalForm, wanted: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Log odds at the wanted precision of each game (G, k), and which games got there.

    Args:
        form: G games, the largest span of each 1.
        wanted: > 0, (G,).
    """
    games, k = form.games, int(starts_of(form.sizes)[-1])
    odds, at, step = np.zeros((games, k)), np.zeros(games), np.full(games, FIRST_STEP)
    tangent = -local(form, odds, at).slope
    active: IntArray = np.flatnonzero(wanted <= STEEPEST)
    while len(active):
        goal = np.minimum(at[active] + step[active], wanted[active])
        tried = _tried(form.take(active), odds[active], tangent[active], at[active], goal)
        went = active[tried.counts]
        odds[went], tangent[went], at[went] = tried.odds[tried.counts], tried.tangent[tried.counts], goal[tried.counts]
        step[active[tried.counts & tried.easy]] *= 2.0
        step[active[~tried.counts]] *= 0.5
        active = active[(at[active] < wanted[active]) & (step[active] >= SHORTEST)]
    return odds, at == wanted


def _tried(form: NormalForm, odds: FloatArray, tangent: FloatArray, at: FloatArray, goal: FloatArray) -> _Tried:
    """Predict and correct at the goal."""
    length = (goal - at) * np.sqrt(1.0 + (tangent**2).sum(axis=1))
    start = odds + (goal - at)[:, None] * tangent
    z, ahead = start.copy(), tangent.copy()
    corrections, before = np.full(len(z), -1), np.full(len(z), np.inf)
    upright = np.zeros(len(z), dtype=np.bool_)
    open_ = np.arange(len(z))
    for count in range(MOST_CORRECTIONS):
        here = local(form.take(open_), z[open_], goal[open_])
        residual, rounding = np.abs(here.value).max(axis=1, initial=0.0), ROUNDING * (1.0 + goal[open_])
        done = residual <= rounding
        corrections[open_[done]] = count
        ahead[open_[done]] = -_solved(here.jacobian[done], here.slope[done])
        upright[open_[done]] = np.linalg.slogdet(here.jacobian[done])[0] > 0.0
        # Not `residual > limit`: a residual that is NaN goes no further.
        on = ~done & (residual <= np.maximum(0.5 * before[open_], 1e4 * rounding))
        z[open_[on]] -= _solved(here.jacobian[on], here.value[on])
        before[open_] = residual
        open_ = open_[on]
        if not len(open_):
            break
    near = np.sqrt(((z - start) ** 2).sum(axis=1)) <= MOST_CORRECTION * length + ROUNDING * (1.0 + goal)
    counts = (corrections >= 0) & upright & near
    counts[counts] &= _largest_change(form.take(np.flatnonzero(counts)), odds[counts], z[counts]) <= MOST_CHANGE
    return _Tried(odds=z, tangent=ahead, counts=counts, easy=corrections <= EASY)


def _largest_change(form: NormalForm, one: FloatArray, other: FloatArray) -> FloatArray:
    """Of any probability: (G,)."""
    pairs = zip(log_mixtures(one, form.sizes), log_mixtures(other, form.sizes), strict=True)
    return np.asarray(np.max([np.abs(np.exp(a) - np.exp(b)).max(axis=1) for a, b in pairs], axis=0))


def _solved(systems: FloatArray, sides: FloatArray) -> FloatArray:
    """Many small systems; NaN where one is singular to the last digit."""
    try:
        return np.asarray(np.linalg.solve(systems, sides[..., None])[..., 0])
    except np.linalg.LinAlgError:
        found = np.full(sides.shape, np.nan)
        regular = np.flatnonzero(np.linalg.slogdet(systems)[0] != 0.0)
        found[regular] = np.linalg.solve(systems[regular], sides[regular][..., None])[..., 0]
        return found
