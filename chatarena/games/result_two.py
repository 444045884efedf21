"""Result 2, a user with logit response who learns approximately: the bound T2 against every profile of drawn games.

T2. Assume |sum_i w_i U_i + c - u| <= epsilon, and that whoever switches to the aligned rule, what she then believes an
action to be worth is within delta of what it is given all signals. Then in every equilibrium

    E[u] >= OPT - log|A| / lambda - 2 epsilon - (sum_i w_i) B tanh(lambda delta / 2)

and at a profile where leader i could still gain g_i by switching to it, by sum_i w_i g_i less.

Law: a profile below its bound is a violation, and is counted; tightness is loss over bound where the bound says
something (is below the whole scale, 1).

Source: near-optimal utility for a quantal user, Collina et al., ICML 2026, abstract (result 2); T2, its constants and
its proof are derived here (docs/theory/loss-bound.md). They are not the paper's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chatarena.games.rules import partitions
from chatarena.games.selection import GAIN
from chatarena.games.talks import TalkGames, blocks, gains, profiles, talk_games
from chatarena.hull.kinds import FloatArray, IntArray

# What rounding may add to a loss.
SLACK = 1e-9
PRECISIONS = (0.5, 300.0)
# Largest error of learning, and largest residual, that instances are drawn with.
LARGEST_ERROR, LARGEST_RESIDUAL = 0.2, 0.1
# Shapes in turn: leaders, signals of theirs, actions, her signals, messages.
SHAPES = ((2, 2, 2, 1, 2), (2, 3, 3, 1, 3), (3, 3, 2, 1, 3), (2, 3, 3, 2, 2), (2, 4, 3, 1, 4), (1, 3, 4, 2, 3))
QUANTILES = (0.5, 0.9, 0.99, 1.0)
# Games held at once.
BLOCK = 2_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class QuantalInstances:
    """Drawn games with what T2 needs: `precision` and `epsilon` (B,), `weights` and `ranges` of leaders (B, k)."""

    games: TalkGames
    actions: int
    precision: FloatArray
    epsilon: FloatArray
    weights: FloatArray
    ranges: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Tightness:
    """Loss as a share of the bound, over all equilibria where the bound is below 1: quantiles, by `QUANTILES`.

    Empty where the bound is below 1 at none.
    """

    equilibria: int
    telling: int
    quantiles: tuple[float, ...]
    at_largest: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundCheck:
    """What a series showed. `violations` and `profile_violations` must be 0.

    `least_slack` is the smallest bound minus loss over equilibria, None where there are none; `without` counts games
    that have no pure one.
    """

    games: int
    seed: int
    equilibria: int
    without: int
    profiles: int
    violations: int
    profile_violations: int
    least_slack: float | None
    tightness: Tightness


def quantal_bound(
    actions: int, precision: FloatArray, epsilon: FloatArray, weighted_range: FloatArray, delta: FloatArray
) -> FloatArray:
    """T2's loss, number by number: log|A|/lambda + 2 epsilon + (sum_i w_i B_i) tanh(lambda delta / 2).

    The same as chatarena.choice.bound.quantal_loss_bound, for arrays; a range of its own for each leader is no larger
    than one range for all.
    """
    return np.asarray(np.log(actions) / precision + 2.0 * epsilon + weighted_range * np.tanh(precision * delta / 2.0))


def quantal_instances(count: int, rng: np.random.Generator, *, shape: int = 0) -> QuantalInstances:
    """Games whose user lies near the cone of the leaders, by known weights.

    Args:
        count: B.
        rng: draws them.
        shape: which of `SHAPES`.

    Raises:
        ValueError: no game, or no such shape.
    """
    if count < 1 or not 0 <= shape < len(SHAPES):
        raise ValueError(f"at least one game, of a shape from 0 to {len(SHAPES) - 1}: not {count} of {shape}")
    k, signals, actions, hers, messages = SHAPES[shape]
    leaders, user, weights, epsilon = _near_the_cone(count, k, actions, signals, rng)
    prior = rng.dirichlet(np.ones(signals), count)
    own = rng.dirichlet(np.ones(hers), (count, signals)).transpose(0, 2, 1)
    mass = own * prior[:, None]
    precision = np.exp(rng.uniform(math.log(PRECISIONS[0]), math.log(PRECISIONS[1]), count))
    largest = LARGEST_ERROR * rng.uniform(size=count) ** 2 * (rng.uniform(size=count) < 0.8)
    told = len(partitions(signals, signals))
    errors = rng.uniform(-1.0, 1.0, (count, told, actions, hers, signals)) * largest[:, None, None, None, None]
    games = talk_games(
        user[:, :, None] * mass[:, None],
        leaders[:, :, :, None] * mass[:, None, None],
        mass,
        messages,
        precision=precision,
        errors=errors,
    )
    ranges = leaders.max(axis=(2, 3)) - leaders.min(axis=(2, 3))
    return QuantalInstances(
        games=games, actions=actions, precision=precision, epsilon=epsilon, weights=weights, ranges=ranges
    )


def check_bound(count: int, *, seed: int, tell: Callable[[int], None] | None = None) -> BoundCheck:
    """Draw games and hold every profile of each against its bound.

    Args:
        count: how many games.
        seed: of the series; blocks of games depend on (seed, number of the block) alone.
        tell: is told how many games are done, after every block.

    Raises:
        ValueError: no game.
    """
    if count < 1:
        raise ValueError(f"at least one game is needed, not {count!r}")
    parts = []
    for start in range(0, count, BLOCK):
        number = start // BLOCK
        rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, number])))
        parts.append(_checked(quantal_instances(min(BLOCK, count - start), rng, shape=number % len(SHAPES))))
        if tell is not None:
            tell(min(start + BLOCK, count))
    return _summed(parts, count, seed)


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """Of one block: losses and bounds of all equilibria, with lambda, delta and epsilon; and counts."""

    rows: FloatArray
    without: int
    profiles: int
    broken: int


def _checked(made: QuantalInstances) -> _Part:
    games = made.games
    grid, heard = profiles(games)
    after = _after_switch(games, grid)
    weighted = (made.weights * made.ranges).sum(axis=1)
    rows, without, broken = [], 0, 0
    for block in blocks(games, len(heard)):
        places = np.arange(games.count)[block]
        # delta: the worst of the switches, (b, N).
        at = after[games.aligned[block]]
        delta = np.max([games.distance[places[:, None], at[:, i]] for i in range(games.n_leaders)], axis=0)
        bound = quantal_bound(
            made.actions, made.precision[block, None], made.epsilon[block, None], weighted[block, None], delta
        )
        loss = games.optimum[block, None] - games.user[block][:, heard]
        switch = np.zeros_like(loss)
        for i in range(games.n_leaders):
            gain = games.leaders[places[:, None], i, at[:, i]] - games.leaders[block, i][:, heard]
            switch += made.weights[block, i, None] * np.maximum(gain, 0.0)
        broken += int((loss > bound + switch + SLACK).sum())
        rests = gains(games, block, heard).max(axis=2) <= GAIN
        without += int((~rests.any(axis=1)).sum())
        which, where = np.nonzero(rests)
        sharp, eps = made.precision[places[which]], made.epsilon[places[which]]
        rows.append(np.column_stack([loss[rests], bound[rests], sharp, delta[which, where], eps]))
    return _Part(np.concatenate(rows), without, games.count * len(heard), broken)


def _after_switch(games: TalkGames, grid: IntArray) -> IntArray:
    """What is heard when leader i of a profile tells partition p instead: (P, k, N)."""
    found = np.empty((len(games.cells), games.n_leaders, len(grid)), dtype=np.int64)
    for i in range(games.n_leaders):
        others = np.zeros(len(grid), dtype=np.int64)
        for j in range(games.n_leaders):
            if j != i:
                others = games.join[others, games.rules[grid[:, j]]]
        found[:, i] = games.join[:, others]
    return found


def _summed(parts: list[_Part], count: int, seed: int) -> BoundCheck:
    rows = np.concatenate([part.rows for part in parts])
    loss, bound = rows[:, 0], rows[:, 1]
    telling = bound < 1.0
    share = np.where(telling, np.maximum(loss, 0.0) / bound, -1.0)
    top = rows[int(share.argmax())] if telling.any() else None
    names = ("loss", "bound", "precision", "delta", "epsilon")
    return BoundCheck(
        games=count,
        seed=seed,
        equilibria=len(rows),
        without=sum(part.without for part in parts),
        profiles=sum(part.profiles for part in parts),
        violations=int((loss > bound + SLACK).sum()),
        profile_violations=sum(part.broken for part in parts),
        least_slack=float((bound - loss).min()) if len(rows) else None,
        tightness=Tightness(
            equilibria=len(rows),
            telling=int(telling.sum()),
            quantiles=() if top is None else tuple(map(float, np.quantile(share[telling], QUANTILES))),
            at_largest={} if top is None else dict(zip(names, map(float, top), strict=True)),
        ),
    )


def _near_the_cone(
    count: int, k: int, actions: int, signals: int, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Leaders in [0, 1], a user near their cone in [0, 1], the weights, and the largest error of these weights."""
    leaders = rng.uniform(size=(count, k, actions, signals))
    sharper = rng.uniform(size=count) < 0.5
    leaders = np.where(sharper[:, None, None, None], np.round(leaders), leaders)
    # Some hardly care: then the residual decides, and the bound's term 2 epsilon is nearly reached.
    caring = np.where(rng.uniform(size=count) < 0.25, 10.0 ** rng.uniform(-3.0, 0.0, count), 1.0)
    leaders = 0.5 + caring[:, None, None, None] * (leaders - 0.5)
    weights = rng.dirichlet(np.ones(k), count)
    mixed = np.einsum("bi,biay->bay", weights, leaders)
    size = LARGEST_RESIDUAL * rng.uniform(size=count) * (rng.uniform(size=count) < 0.7)
    mixed += rng.choice((-1.0, 1.0), mixed.shape) * size[:, None, None] * rng.uniform(size=mixed.shape) ** 0.2
    low, high = mixed.min(axis=(1, 2)), mixed.max(axis=(1, 2))
    # Her utilities lie in [0, 1]; in half of the games they fill it, which makes weights that do not sum to one.
    fills = (rng.uniform(size=count) < 0.5) & (caring == 1.0) & (high > low)
    width = np.where(fills, high - low, np.maximum(1.0, high - low))
    user = (mixed - low[:, None, None]) / width[:, None, None]
    weights = weights / width[:, None]
    left = np.einsum("bi,biay->bay", weights, leaders) - user
    # The best constant halves the range of what is left.
    return leaders, user, weights, (left.max(axis=(1, 2)) - left.min(axis=(1, 2))) / 2.0
