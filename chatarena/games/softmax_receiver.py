"""Persuading a receiver who responds by the logit rule: splitting the prior so that the mean of V is largest.

    cav V(p) = max sum_k w_k V(p_k)   such that   sum_k w_k p_k = prior,  w in the simplex

No message stands for an action here, so the search is over beliefs. Two states: the concave hull of a fine grid,
refined where it touches. More: a linear program over a pool of beliefs, which those enter that its prices undervalue.

Law: the value is attained by the beliefs returned. Finding no undervalued belief by ascent is a check and no proof;
the proof is `upper`, from chatarena.games.softmax_value, and where the cells run out it is wider than `tolerance`.

Source: concave closure, Kamenica and Gentzkow (2011); everything else is derived here. docs/theory/persuasion.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from chatarena.games.linear_program import LinearProgram
from chatarena.games.sender_receiver import SenderReceiver, sender_receiver, span
from chatarena.games.softmax_value import SoftmaxValue, largest_excess
from chatarena.hull.kinds import FloatArray

# Of the sender's range: how far below the best the value may be where it is proved, for two states and for more.
TWO_STATES, MORE_STATES = 1e-9, 1e-7
GRID = 512
# Points of the first lattice on three and more states, and of those how many are moved uphill at a time.
LATTICE, CLIMBERS, CLIMB = 1500, 32, 80
ROUNDS = 60
CELLS = 2_000_000

Method: TypeAlias = Literal["concave hull of a grid, refined", "linear program over a pool of beliefs"]
# Beliefs (M, Y), how often each (M,), prices of the states (Y,).
Split: TypeAlias = tuple[FloatArray, FloatArray, FloatArray]


@dataclass(frozen=True, slots=True, kw_only=True)
class InducedBelief:
    """One belief the sender induces: how often, and how the receiver then responds."""

    probability: float
    belief: tuple[float, ...]
    response: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftmaxPersuasion:
    """The best splitting found: `value` is attained; nothing exceeds `upper`, which `prices` prove (or full alignment).

    `priced_out` is by how much the best belief found by ascent exceeds its price: a check and no proof. `status` is
    "proved" where `gap` is within the tolerance. Prices of states that cannot occur are 0.
    """

    value: float
    upper: float
    gap: float
    priced_out: float
    no_information: float
    receiver_value: float
    precision: float
    status: Literal["proved", "not proved"]
    method: Method
    beliefs: tuple[InducedBelief, ...]
    prices: tuple[float, ...]
    tolerance: float
    cells: int
    rounds: int


def persuade_softmax(
    prior: ArrayLike, sender: ArrayLike, receiver: ArrayLike, precision: float, *, most_cells: int = CELLS
) -> SoftmaxPersuasion:
    """The most a sender gets from a receiver who responds by the logit rule.

    Args:
        prior: (Y,).
        sender: his utilities, (A, Y).
        receiver: hers, (A, Y).
        precision: lambda >= 0, finite, in one over her unit; a best response is `chatarena.games.persuasion`.
        most_cells: what the proof may cost; 0 for no proof beyond the first cell.

    Raises:
        ValueError: tables that do not fit together, or a precision that is negative, infinite or NaN.
        ArenaError: a linear program was not solved.
    """
    game = sender_receiver(prior, sender, receiver)
    if not (math.isfinite(precision) and precision >= 0.0):
        raise ValueError(f"precision must be finite and >= 0, not {precision!r}")
    kept = np.flatnonzero(game.prior > 0.0)
    inner = SenderReceiver(prior=game.prior[kept], sender=game.sender[:, kept], receiver=game.receiver[:, kept])
    value = SoftmaxValue(sender=inner.sender, receiver=inner.receiver - inner.receiver[0], precision=float(precision))
    return _searched(game, inner, value, most_cells)


def _searched(game: SenderReceiver, inner: SenderReceiver, value: SoftmaxValue, most_cells: int) -> SoftmaxPersuasion:
    two = inner.states == 2
    tolerance = (TWO_STATES if two else MORE_STATES) * span(game.sender)
    pool, rounds = _lattice(inner), 0
    while True:
        rounds += 1
        pool, split, priced_out = (_by_hull if two else _by_pool)(value, inner.prior, pool, tolerance)
        excess = largest_excess(value, split[2], 0.5 * tolerance, most_cells=most_cells)
        if not len(excess.above) or rounds == ROUNDS:
            break
        pool = np.vstack([pool, _climbed(value, split[2], excess.above)])
    beliefs, weights, prices = split
    attained = float(weights @ value.at(beliefs))
    aligned = float(inner.prior @ inner.sender.max(axis=0))
    upper = max(attained, min(aligned, float(inner.prior @ prices) + max(0.0, excess.bound)))
    response = value.response(beliefs)
    return SoftmaxPersuasion(
        value=attained,
        upper=upper,
        gap=upper - attained,
        priced_out=max(0.0, priced_out),
        no_information=float(value.at(inner.prior)),
        receiver_value=float(weights @ (response * (beliefs @ inner.receiver.T)).sum(axis=1)),
        precision=value.precision,
        status="proved" if upper - attained <= tolerance else "not proved",
        method="concave hull of a grid, refined" if two else "linear program over a pool of beliefs",
        beliefs=tuple(
            InducedBelief(probability=float(w), belief=_whole(game.prior, belief), response=tuple(map(float, chances)))
            for w, belief, chances in zip(weights, beliefs, response, strict=True)
        ),
        prices=_whole(game.prior, prices),
        tolerance=tolerance,
        cells=excess.cells,
        rounds=rounds,
    )


def _whole(prior: FloatArray, part: FloatArray) -> tuple[float, ...]:
    """Numbers of the states that can occur, 0 for the others."""
    row = np.zeros(len(prior))
    row[prior > 0.0] = part
    return tuple(map(float, row))


def _lattice(game: SenderReceiver) -> FloatArray:
    """Beliefs in equal steps, the prior and the corners among them."""
    states, steps = game.states, 1
    if states == 1:
        return np.ones((1, 1))
    if states == 2:
        p = np.union1d(np.linspace(0.0, 1.0, GRID + 1), game.prior[1:])
        return np.stack([1.0 - p, p], axis=1)
    while math.comb(steps + states, states - 1) <= LATTICE:
        steps += 1
    counts = np.array(list(_compositions(steps, states)), dtype=np.float64) / steps
    return np.vstack([counts, game.prior, np.eye(states)])


def _compositions(total: int, parts: int) -> list[tuple[int, ...]]:
    if parts == 1:
        return [(total,)]
    return [(first, *rest) for first in range(total + 1) for rest in _compositions(total - first, parts - 1)]


def _by_hull(
    value: SoftmaxValue, prior: FloatArray, pool: FloatArray, tolerance: float
) -> tuple[FloatArray, Split, float]:
    """Two states: the chord of the hull over the prior; finer grids around both of its ends."""
    mu, points, width = float(prior[1]), np.unique(pool[:, 1]), 1.0 / GRID
    while True:
        heights = value.at(np.stack([1.0 - points, points], axis=1))
        left, right = _chord(points, heights, mu)
        if width < 1e-9:
            break
        around = np.linspace(-width, width, 33)
        points = np.union1d(points, np.clip(np.concatenate([points[left] + around, points[right] + around]), 0.0, 1.0))
        width /= 8.0
    ends = points[[left, right]]
    own = float(value.at(prior))
    if left == right or own >= np.interp(mu, ends, heights[[left, right]]):
        slope = value.gradient(prior)
        prices = own + slope - float(prior @ slope)
        split = (prior[None], np.ones(1), prices)
    else:
        share = (mu - ends[0]) / (ends[1] - ends[0])
        steep = (heights[right] - heights[left]) / (ends[1] - ends[0])
        at_zero = float(heights[left] - steep * ends[0])
        split = (
            np.stack([1.0 - ends, ends], axis=1),
            np.array([1.0 - share, share]),
            np.array([at_zero, at_zero + steep]),
        )
    line = np.stack([1.0 - points, points], axis=1)
    return line, split, float((heights - line @ split[2]).max())


def _chord(points: FloatArray, heights: FloatArray, mu: float) -> tuple[int, int]:
    """The corners of the upper hull on both sides of `mu`, the same one twice where it is there."""
    hull: list[int] = []
    for i in range(len(points)):
        while len(hull) >= 2:
            a, b = hull[-2], hull[-1]
            rise, run = heights[[b, i]] - heights[a], points[[b, i]] - points[a]
            if rise[0] * run[1] > rise[1] * run[0]:
                break
            hull.pop()
        hull.append(i)
    right = next(h for h in range(len(hull)) if points[hull[h]] >= mu)
    return hull[right if points[hull[right]] == mu else right - 1], hull[right]


def _by_pool(
    value: SoftmaxValue, prior: FloatArray, pool: FloatArray, tolerance: float
) -> tuple[FloatArray, Split, float]:
    """Any number of states: columns enter as prices undervalue them."""
    worth = value.at(pool)
    program = LinearProgram(worth)
    every = np.tile(np.arange(len(pool)), (len(prior), 1))
    program.add_rows(every, pool.T, prior, prior)
    for _ in range(ROUNDS):
        vertex = program.solve()
        prices = vertex.duals
        best = np.argsort(pool @ prices - worth, kind="stable")[:CLIMBERS]
        climbed = _climbed(value, prices, pool[best])
        above = value.at(climbed) - climbed @ prices
        new = climbed[above > 0.1 * tolerance]
        if not len(new):
            break
        program.add_columns(value.at(new), new.T)
        pool, worth = np.vstack([pool, new]), np.append(worth, value.at(new))
    weights = np.maximum(vertex.values[: len(pool)], 0.0)
    used = np.flatnonzero(weights > 1e-12)
    return pool, _exact(pool[used], weights[used], prior, prices), float(above.max())


def _exact(beliefs: FloatArray, weights: FloatArray, prior: FloatArray, prices: FloatArray) -> Split:
    """Beliefs of a solution whose mean is the prior to rounding, made so to the last digit."""
    joint = beliefs * weights[:, None]
    joint *= prior / joint.sum(axis=0)
    weights = joint.sum(axis=1)
    return joint / weights[:, None], weights, prices


def _climbed(value: SoftmaxValue, prices: FloatArray, start: FloatArray) -> FloatArray:
    """Ascent of V(p) - prices p from every start, by multiplicative steps of adapted length."""
    best = start[np.argsort(prices @ start.T - value.at(start), kind="stable")[:CLIMBERS]]
    logs = np.log(np.maximum(best, 1e-15))
    p = _normal(logs)
    height, step = value.at(p) - p @ prices, np.full(len(p), 1.0)
    for _ in range(CLIMB):
        slope = value.gradient(p) - prices
        tried = logs + step[:, None] * (slope - (p * slope).sum(axis=1, keepdims=True))
        there = _normal(tried)
        reached = value.at(there) - there @ prices
        up = reached >= height
        logs[up], p[up], height[up] = tried[up], there[up], reached[up]
        step = np.where(up, 1.4 * step, 0.4 * step)
    return p


def _normal(logs: FloatArray) -> FloatArray:
    raised = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))
