"""All pure equilibria of best-AI selection, by looking at every profile of rules of every game.

A profile is an eta-approximate equilibrium when no leader gains more than eta by another rule of its own. Where ties
go to the lowest index or by lot, a profile says who is talked to. Where they depend on who moved last, the leader
talked to is part of the situation, and every leader among the best is tried as that one.

Law: nothing is sampled. What is too large to be looked at whole is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from chatarena.games.selection import GAIN, SelectionGames, Ties, checked_ties, part
from chatarena.hull.kinds import BoolArray, FloatArray, IntArray

# Profiles of one game, and numbers held at once, in units of eight bytes.
MOST_PROFILES = 2_000_000
AT_ONCE = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PureEquilibria:
    """What the user gets in the pure equilibria of each game.

    `worst`, `mean` and `best` are NaN in a game that has none (`count` 0); the mean is over situations, each once.
    Values are what she gets, not what she takes them to be. `eta` is the gain that was allowed.
    """

    count: IntArray
    worst: FloatArray
    mean: FloatArray
    best: FloatArray
    eta: float
    ties: Ties
    profiles: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Situations:
    """Every profile of one game, and who is talked to where that is not settled by the profile.

    `rules` is N x k; `selected` N, -1 where it is settled by lot; `gains` N x k, what each leader could gain alone;
    `values` N, what the user gets.
    """

    rules: IntArray
    selected: IntArray
    gains: FloatArray
    values: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class _Profiles:
    """Numbers at every profile: `shown` N x games x profiles x k, `worth` without N, `payoff` likewise x k x k."""

    shown: FloatArray
    worth: FloatArray
    payoff: FloatArray


def pure_equilibria(
    games: SelectionGames,
    *,
    eta: float = 0.0,
    ties: Ties = "lowest",
    compared: Sequence[Sequence[int]] | None = None,
    seen: FloatArray | None = None,
) -> PureEquilibria:
    """The user's value in all pure equilibria of each game.

    Args:
        games: the games.
        eta: gain up to which a leader does not move, in units of its utility; 0 for equilibria (rounding aside).
        ties: how the user chooses among equally good leaders.
        compared: sets of leaders of which one is drawn with equal chances once all have committed: the user compares
            only these. None where she compares all.
        seen: N x B x k x m, values as she may come to see them, one of the N drawn with equal chances once all have
            committed; None for what the games show, which everybody knows beforehand.

    Raises:
        ValueError: unknown ties, a negative eta, more than `MOST_PROFILES` profiles, sets or views that are none.
    """
    if not eta >= 0.0:
        raise ValueError(f"eta must be >= 0, not {eta!r}")
    size = _size(games, checked_ties(ties), compared)
    views = _views(games, seen, ties)
    count = np.zeros(games.count, dtype=np.int64)
    worst, mean, best = (np.full(games.count, np.nan) for _ in range(3))
    for block in _blocks(games, size, len(views)):
        gains, values, possible = _situations(part(games, block), views[:, block], ties, compared)
        rests = possible & (gains.max(axis=2) <= GAIN + eta)
        count[block], worst[block], mean[block], best[block] = over_equilibria(rests, values)
    return PureEquilibria(count=count, worst=worst, mean=mean, best=best, eta=eta, ties=ties, profiles=size)


def over_equilibria(rests: BoolArray, values: FloatArray) -> tuple[IntArray, FloatArray, FloatArray, FloatArray]:
    """How many equilibria each game has, and the worst, mean and best value in them; NaN where there is none.

    Args:
        rests: which profiles are equilibria, games x profiles.
        values: what the user gets, likewise.
    """
    count = rests.sum(axis=1)
    some = count > 0
    return (
        count,
        np.where(some, np.where(rests, values, np.inf).min(axis=1), np.nan),
        np.where(some, np.where(rests, values, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan),
        np.where(some, np.where(rests, values, -np.inf).max(axis=1), np.nan),
    )


def situations(
    games: SelectionGames,
    which: int = 0,
    *,
    ties: Ties = "lowest",
    compared: Sequence[Sequence[int]] | None = None,
    seen: FloatArray | None = None,
) -> Situations:
    """Every profile of one game with what each leader could gain there.

    Args:
        games: the games.
        which: the game's place among them.
        ties: how the user chooses among equally good leaders.
        compared: as in `pure_equilibria`.
        seen: as in `pure_equilibria`.

    Raises:
        ValueError: as `pure_equilibria`.
    """
    _size(games, checked_ties(ties), compared)
    one = slice(which, which + 1)
    gains, values, possible = _situations(part(games, one), _views(games, seen, ties)[:, one], ties, compared)
    rules = _grid(games.leaders, games.rules)
    selected = np.full(len(rules), -1)
    if ties in ("deviator", "incumbent"):
        selected = np.tile(np.arange(games.leaders), len(rules))
        rules = np.repeat(rules, games.leaders, axis=0)
    elif ties == "lowest" and compared is None and seen is None:
        selected = games.shown[which][np.arange(games.leaders), rules].argmax(axis=1)
    keep = possible[0]
    return Situations(rules=rules[keep], selected=selected[keep], gains=gains[0][keep], values=values[0][keep])


def _views(games: SelectionGames, seen: FloatArray | None, ties: Ties) -> FloatArray:
    """What she may see: N x games x leaders x rules."""
    if seen is None:
        return games.shown[None]
    views = np.asarray(seen, dtype=np.float64)
    if views.ndim != 4 or not len(views) or views.shape[1:] != games.shown.shape or not np.isfinite(views).all():
        raise ValueError(f"views must be N x {games.shown.shape} finite numbers, not {views.shape}")
    if ties in ("deviator", "incumbent"):
        raise ValueError(f"where values are estimated, ties must be lowest or uniform, not {ties!r}")
    return views


def _size(games: SelectionGames, ties: Ties, compared: Sequence[Sequence[int]] | None) -> int:
    size = int(games.rules**games.leaders)
    if size > MOST_PROFILES:
        raise ValueError(
            f"{games.leaders} leaders with {games.rules} rules make {size} profiles, more than {MOST_PROFILES}:"
            " take fewer rules or leaders, or follow best responses instead"
        )
    if compared is not None:
        if ties in ("deviator", "incumbent"):
            raise ValueError(f"where only some leaders are compared, ties must be lowest or uniform, not {ties!r}")
        if not compared or any(not each or not set(each) <= set(range(games.leaders)) for each in compared):
            raise ValueError(f"sets of leaders 0 to {games.leaders - 1} are needed, none empty, not {compared!r}")
    return size


def _blocks(games: SelectionGames, size: int, views: int) -> Iterator[slice]:
    step = max(1, AT_ONCE // (size * games.leaders * (games.leaders + views)))
    for start in range(0, games.count, step):
        yield slice(start, start + step)


def _grid(leaders: int, rules: int) -> IntArray:
    return np.asarray(np.indices((rules,) * leaders).reshape(leaders, -1).T)


def _situations(
    games: SelectionGames, views: FloatArray, ties: Ties, compared: Sequence[Sequence[int]] | None
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Gains (games x situations x leaders), values and which situations there are (games x situations)."""
    rules = _grid(games.leaders, games.rules)
    each = np.arange(games.leaders)
    at = _Profiles(views[:, :, each, rules], games.values[:, each, rules], _payoffs_at(games, rules))
    if ties in ("deviator", "incumbent"):
        return _by_last_move(games, at, ties)
    sets = [tuple(range(games.leaders))] if compared is None else [tuple(each) for each in compared]
    payoff, values = np.zeros((*at.worth.shape,)), np.zeros(at.worth.shape[:2])
    for shown in at.shown:
        for members in sets:
            pay, value = _settled(at, shown, members, ties)
            payoff += pay / (len(sets) * len(views))
            values += value / (len(sets) * len(views))
    shape = (games.count, *(games.rules,) * games.leaders)
    gains = np.empty_like(payoff)
    for i in range(games.leaders):
        own = payoff[:, :, i].reshape(shape)
        gains[:, :, i] = (own.max(axis=i + 1, keepdims=True) - own).reshape(games.count, -1)
    return gains, values, np.ones(values.shape, dtype=np.bool_)


def _payoffs_at(games: SelectionGames, rules: IntArray) -> FloatArray:
    """What i gets when j is talked to: games x profiles x i x j."""
    each = np.arange(games.leaders)
    return np.moveaxis(games.payoffs[:, :, each, rules], 1, 2)


def _settled(at: _Profiles, seen: FloatArray, members: tuple[int, ...], ties: Ties) -> tuple[FloatArray, FloatArray]:
    """Payoffs (games x profiles x leaders) and values where the user compares `members` only."""
    among = list(members)
    shown = seen[:, :, among]
    chance = (shown == shown.max(axis=2, keepdims=True)).astype(np.float64)
    if ties == "lowest":
        chance = (np.cumsum(chance, axis=2) == 1.0) * chance
    chance /= chance.sum(axis=2, keepdims=True)
    payoff = np.einsum("bnij,bnj->bni", at.payoff[:, :, :, among], chance)
    return payoff, np.asarray((at.worth[:, :, among] * chance).sum(axis=2))


def _by_last_move(games: SelectionGames, at: _Profiles, ties: Ties) -> tuple[FloatArray, FloatArray, BoolArray]:
    """As `_situations`, one situation for each profile and each leader that could be the one talked to."""
    k, count = games.leaders, games.count
    shape = (count, *(games.rules,) * k)
    shown = at.shown[0]
    gains = np.zeros((*shown.shape, k))
    for i in range(k):
        other, lost = _without(shown, at.payoff[:, :, i], i)
        wins = shown[:, :, i] >= other if ties == "deviator" else shown[:, :, i] > other
        won = np.where(wins, at.payoff[:, :, i, i], -np.inf).reshape(shape).max(axis=i + 1, keepdims=True)
        left = np.where(wins, -np.inf, lost).reshape(shape).max(axis=i + 1, keepdims=True)
        for c in range(k):
            # Somebody who loses leaves the one talked to where he is, unless it was himself.
            reach = np.maximum(won, left) if c == i else won
            now = at.payoff[:, :, i, c].reshape(shape)
            gains[:, :, c, i] = np.maximum(reach - now, 0.0).reshape(count, -1)
    possible = shown == shown.max(axis=2, keepdims=True)
    flat = (count, -1)
    return gains.reshape(count, -1, k), at.worth.reshape(flat), possible.reshape(flat)


def _without(shown: FloatArray, payoff: FloatArray, i: int) -> tuple[FloatArray, FloatArray]:
    """Without leader i: the best shown value, and what i gets when the first of the best is talked to."""
    if shown.shape[2] == 1:
        nobody = np.full(shown.shape[:2], -np.inf)
        return nobody, nobody
    others = shown.copy()
    others[:, :, i] = -np.inf
    best = others.argmax(axis=2)[:, :, None]
    return (
        np.take_along_axis(others, best, axis=2)[:, :, 0],
        np.take_along_axis(payoff, best, axis=2)[:, :, 0],
    )
