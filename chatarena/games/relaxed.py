"""What is lost where the user estimates values, or compares few leaders: worst pure equilibria of many games at once.

For each number of interactions, or of leaders compared, all pure equilibria over deterministic rules of every game are
looked at, and the loss in the worst of them is summed up.

Law: bounds hold game by game and are checked so; a violation is counted, never averaged away.

Source: bounds derived here (docs/theory/selection.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from chatarena.games.amounts import LEVEL, Amount, amount
from chatarena.games.equilibria import PureEquilibria, pure_equilibria
from chatarena.games.evaluation import Errors, drawn_errors_loss, fixed_errors_loss, largest_error, seen_after
from chatarena.games.payment import among, caring_when_selected, every_few, fees_alone, with_fees
from chatarena.games.rules import deterministic_games, felt, partitions
from chatarena.games.selection import SAME, SLACK, SelectionGames
from chatarena.hull.kinds import FloatArray

# Evaluation periods of which one is drawn, where errors are drawn after commitment.
PERIODS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class NoisePoint:
    """The worst equilibrium's loss after `n` interactions with each leader.

    `tau` is what Hoeffding's inequality allows the largest error that matters to be at `level`: of the rules that are
    held where errors are drawn, of all rules where leaders know them. `largest_error` is what it was over all rules, on
    average. `bound` is what may be lost at tau for the largest eps given, None where none was. `violations` counts the
    games that lost more than max(2 eps, 2 times their largest error): None where no eps was given or errors are drawn.
    """

    n: int
    errors: Errors
    loss: Amount
    tau: float
    largest_error: float
    bound: float | None
    violations: int | None
    seed: int
    level: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FewPoint:
    """The worst equilibrium's loss where `compared` leaders are compared.

    `by_lot`: which ones is drawn after commitment. `known`: everybody knows that it is the first ones.
    """

    compared: int
    by_lot: Amount
    known: Amount
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidPoint:
    """The worst equilibrium's loss where leaders are `paid` in some way for being talked to, besides caring or not."""

    paid: str
    loss: Amount
    fee: float
    seed: int


def noise_curve(
    prior: FloatArray,
    user: FloatArray,
    leaders: FloatArray,
    interactions: Sequence[int],
    *,
    seed: int,
    errors: Errors = "drawn",
    eps: FloatArray | None = None,
    weight_sum: float = 1.0,
    level: float = LEVEL,
) -> tuple[NoisePoint, ...]:
    """How the loss falls with the length of the evaluation period.

    Args:
        prior: games x states.
        user: games x options x states, in [0, 1].
        leaders: games x leaders x options x states.
        interactions: with each leader, one point each.
        seed: of the evaluation periods.
        errors: fixed (leaders know what she saw) or drawn (one of `PERIODS` periods, after they have committed).
        eps: games, the distance from the hull; None where it is not known.
        weight_sum: the largest sum of the weights that attain it, 1 in the simplex.
        level: of tau and the intervals.

    Raises:
        ValueError: tables that do not fit, an unknown kind of errors, or no interaction.
    """
    if errors not in ("fixed", "drawn"):
        raise ValueError(f"errors must be fixed or drawn, not {errors!r}")
    games = deterministic_games(prior, user, leaders)
    outcomes = prior, felt(prior, user, partitions(prior.shape[1], prior.shape[1]))
    ranges, known = weighted_ranges(leaders, weight_sum), games.rules if errors == "fixed" else 1
    points = []
    for n in interactions:
        rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, n])))
        seen = np.round(seen_after(games, outcomes, n, rng, times=1 if errors == "fixed" else PERIODS), SAME)
        largest = np.abs(seen - games.values).max(axis=(0, 2, 3))
        if errors == "fixed":
            found = pure_equilibria(replace(games, shown=seen[0]))
        else:
            found = pure_equilibria(games, seen=seen)
        points.append(
            NoisePoint(
                n=n,
                errors=errors,
                loss=amount(losses(games, found), seed=seed, level=level),
                tau=largest_error(n, games.leaders, rules=known, level=level),
                largest_error=float(largest.mean()),
                bound=None
                if eps is None
                else _bound(float(eps.max()), ranges, (n, games.leaders, known), errors, level),
                violations=None if eps is None or errors == "drawn" else _broken(games, found, eps, largest),
                seed=seed,
                level=level,
            )
        )
    return tuple(points)


def weighted_ranges(leaders: FloatArray, weight_sum: float) -> float:
    """What sum_i w_i B_i is at most in any of these games: the weights' sum times the largest range.

    Args:
        leaders: games x leaders x options x states.
        weight_sum: as in `noise_curve`.
    """
    return weight_sum * float(np.ptp(leaders, axis=(2, 3)).max())


def few_curve(
    prior: FloatArray, user: FloatArray, leaders: FloatArray, *, seed: int, level: float = LEVEL
) -> tuple[FewPoint, ...]:
    """How the loss falls with the number of leaders that are compared: one point for 1, 2, ... all of them.

    Args:
        prior: games x states.
        user: games x options x states.
        leaders: games x leaders x options x states.
        seed: of the intervals.
        level: of the intervals.

    Raises:
        ValueError: tables that do not fit, or too many profiles.
    """
    games = deterministic_games(prior, user, leaders)
    return tuple(
        FewPoint(
            compared=m,
            by_lot=amount(
                losses(games, pure_equilibria(games, compared=every_few(games.leaders, m))), seed=seed, level=level
            ),
            known=amount(losses(games, pure_equilibria(among(games, range(m)))), seed=seed, level=level),
            seed=seed,
        )
        for m in range(1, games.leaders + 1)
    )


def paid_losses(
    prior: FloatArray,
    user: FloatArray,
    leaders: FloatArray,
    *,
    fee: float,
    seed: int,
    level: float = LEVEL,
) -> tuple[PaidPoint, ...]:
    """The loss in the worst equilibrium under every way to pay leaders.

    Args:
        prior: games x states.
        user: games x options x states.
        leaders: games x leaders x options x states.
        fee: what is paid, and what serving costs, in units of their utilities, > 0.
        seed: of the intervals.
        level: of the intervals.

    Raises:
        ValueError: tables that do not fit, too many profiles, or a fee that is not positive.
    """
    if not fee > 0.0:
        raise ValueError(f"a fee is above zero, not {fee!r}: what it costs to serve is looked at beside it")
    games = deterministic_games(prior, user, leaders)
    ways = {
        "nothing": games,
        "a fee besides": with_fees(games, fee),
        "a cost besides": with_fees(games, -fee),
        "a fee alone": fees_alone(games, fee),
        "own outcomes only": caring_when_selected(games),
        "own outcomes only, at a cost": caring_when_selected(games, -fee),
    }
    return tuple(
        PaidPoint(paid=name, loss=amount(losses(way, pure_equilibria(way)), seed=seed, level=level), fee=fee, seed=seed)
        for name, way in ways.items()
    )


def losses(games: SelectionGames, found: PureEquilibria) -> list[float | None]:
    """V* minus the user's value in the worst equilibrium of each game; None where there is none.

    Raises:
        ValueError: leaders have different rules, so that no rule is open to all.
    """
    if games.best is None:
        raise ValueError("V* is known only where all leaders have the same rules")
    return [
        None if not count else float(best - worst)
        for count, best, worst in zip(found.count, games.best, found.worst, strict=True)
    ]


def _bound(eps: float, ranges: float, seen: tuple[int, int, int], errors: Errors, level: float) -> float:
    n, leaders, rules = seen
    tau = largest_error(n, leaders, rules=rules, level=level)
    if errors == "fixed":
        return fixed_errors_loss(eps, tau)
    return drawn_errors_loss(eps, tau, delta=1.0 - level, leader_ranges=ranges)


def _broken(games: SelectionGames, found: PureEquilibria, eps: FloatArray, largest: FloatArray) -> int:
    each = zip(losses(games, found), eps, largest, strict=True)
    return sum(
        loss is not None and loss > fixed_errors_loss(float(near), float(tau)) + SLACK for loss, near, tau in each
    )
