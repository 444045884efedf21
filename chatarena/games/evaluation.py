"""What an evaluation period leaves to be lost: how well n interactions show what each leader is worth.

A user who tries each of k leaders n times takes the mean of what she got. With utilities in [0, 1] all k means lie
within tau of the truth with probability 1 - delta, tau = sqrt(log(2k/delta) / (2n)). Leaders who know her errors choose
their rules by them: then the means of all m rules that each may hold must be near, and k becomes k m.

    errors fixed for every rule, known to the leaders:   loss <= max(2 eps, 2 tau)
    errors drawn anew once all have committed:           loss <= max(2 eps + delta sum_i w_i B_i, 4 tau + delta)

B_i is the range of leader i's utilities, w the weights that attain eps.

Source: Hoeffding (1963), Journal of the American Statistical Association 58, theorem 2, for tau; both bounds are
derived here with proof (docs/theory/selection.md). The paper's abstract speaks of an evaluation period; its bound is
not known.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from chatarena.choice.checks import finite_row
from chatarena.games.selection import SelectionGames
from chatarena.hull.intervals import Interval
from chatarena.hull.kinds import FloatArray

# fixed: every rule's error is the same whenever it is looked at, and leaders know it. drawn: anew after commitment.
Errors: TypeAlias = Literal["fixed", "drawn"]

# How sure one is of all intervals at once, where nothing is said.
LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What one leader seems to be worth after `n` interactions; `interval` holds for all leaders at once."""

    leader: int
    mean: float
    n: int
    interval: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationPlan:
    """How many interactions with each leader are enough, and what is then lost at most.

    `n` each, `total` with all; `tau` is the largest error with probability `level`; `loss` is the bound that holds for
    leaders who know the errors (`errors` fixed; of `rules` each may hold) or do not (drawn), and `floor` what more
    interactions cannot improve.
    """

    n: int
    total: int
    tau: float
    loss: float
    floor: float
    errors: Errors
    eps: float
    leaders: int
    level: float
    rules: int = 1


def largest_error(n: int, leaders: int, *, rules: int = 1, level: float = LEVEL) -> float:
    """tau: all means of n interactions lie this near the truth with probability `level`.

    Args:
        n: interactions with each leader, >= 1.
        leaders: how many are compared, >= 1.
        rules: how many each may hold, where it knows the errors before it chooses; 1 where errors come afterwards.
        level: strictly between 0 and 1.

    Raises:
        ValueError: a number out of its range.
    """
    _check(leaders, level, rules)
    if n < 1:
        raise ValueError(f"at least one interaction with each leader is needed, not {n!r}")
    return math.sqrt(math.log(2 * leaders * rules / (1 - level)) / (2 * n))


def interactions_needed(tau: float, leaders: int, *, rules: int = 1, level: float = LEVEL) -> int:
    """The fewest interactions with each leader after which all means lie within tau with probability `level`.

    Raises:
        ValueError: a number out of its range.
    """
    _check(leaders, level, rules)
    if not tau > 0.0:
        raise ValueError(f"tau must be positive: no number of interactions makes it {tau!r}")
    return max(1, math.ceil(math.log(2 * leaders * rules / (1 - level)) / (2 * tau**2)))


def fixed_errors_loss(eps: float, tau: float) -> float:
    """max(2 eps, 2 tau): the most that is lost where each rule's error is fixed, at most tau, and known to leaders."""
    return max(2.0 * eps, 2.0 * tau)


def drawn_errors_loss(eps: float, tau: float, *, delta: float, leader_ranges: float = 1.0) -> float:
    """max(2 eps + delta sum_i w_i B_i, 4 tau + delta): the most that is lost where errors are drawn after commitment.

    Args:
        eps: the distance from the hull.
        tau: how large errors are at most, save with probability delta.
        delta: that probability.
        leader_ranges: sum_i w_i B_i, weights times ranges of the leaders' utilities; 1 for a point of the simplex.
    """
    return max(2.0 * eps + delta * leader_ranges, 4.0 * tau + delta)


def plan_evaluation(
    eps: float,
    leaders: int,
    *,
    level: float = LEVEL,
    errors: Errors = "drawn",
    leader_ranges: float = 1.0,
    rules: int | None = None,
) -> EvaluationPlan:
    """The fewest interactions after which errors up to tau cost no more than misalignment does, 2 eps.

    Args:
        eps: the distance from the hull, > 0; with 0 no finite number is enough.
        leaders: how many are compared.
        level: how sure.
        errors: fixed or drawn.
        leader_ranges: as in `drawn_errors_loss`.
        rules: for fixed errors, how many rules each leader may hold; it picks the one whose error flatters it.

    Raises:
        ValueError: a number out of its range, errors of another kind, or fixed ones without a number of rules.
    """
    if errors not in ("fixed", "drawn"):
        raise ValueError(f"errors must be fixed or drawn, not {errors!r}")
    if not eps > 0.0:
        raise ValueError(
            f"eps must be positive, not {eps!r}: an exact hull asks for errors of zero; name what is small"
        )
    delta = 1.0 - level
    fixed = errors == "fixed"
    if fixed and rules is None:
        raise ValueError("leaders who know the errors choose among their rules by them: say how many rules there are")
    known = rules if fixed and rules is not None else 1
    n = interactions_needed(eps if fixed else eps / 2.0, leaders, rules=known, level=level)
    tau = largest_error(n, leaders, rules=known, level=level)

    def loss(error: float) -> float:
        if fixed:
            return fixed_errors_loss(eps, error)
        return drawn_errors_loss(eps, error, delta=delta, leader_ranges=leader_ranges)

    return EvaluationPlan(
        n=n,
        total=n * leaders,
        tau=tau,
        loss=loss(tau),
        floor=loss(0.0),
        errors=errors,
        eps=eps,
        leaders=leaders,
        level=level,
        rules=known,
    )


def estimates(got: Sequence[Sequence[float]], *, level: float = LEVEL) -> tuple[Estimate, ...]:
    """What each leader seems to be worth, with intervals that hold for all of them at once.

    Args:
        got: for each leader the utilities of the interactions with it, in [0, 1]; their numbers may differ.
        level: strictly between 0 and 1.

    Raises:
        ValueError: a leader without interactions, a utility that is not in [0, 1], or an impossible level.
    """
    _check(len(got), level)
    found = []
    for i, values in enumerate(got):
        row = finite_row(values, f"leader {i}")
        outside = [value for value in row if not 0.0 <= value <= 1.0]
        if outside:
            raise ValueError(f"leader {i}: utilities lie in [0, 1], not {outside[0]!r}")
        mean, tau = math.fsum(row) / len(row), largest_error(len(row), len(got), level=level)
        ends = Interval(
            low=max(0.0, mean - tau), high=min(1.0, mean + tau), level=level, method="Hoeffding, all at once"
        )
        found.append(Estimate(leader=i, mean=mean, n=len(row), interval=ends))
    return tuple(found)


def seen_after(
    games: SelectionGames, outcomes: tuple[FloatArray, FloatArray], n: int, rng: np.random.Generator, *, times: int = 1
) -> FloatArray:
    """Means of n interactions with every leader under every rule: times x games x leaders x rules.

    Args:
        games: the games.
        outcomes: chances (games x states) and what she gets in each state under each rule (games x rules x states).
        n: interactions with each, >= 1.
        rng: draws the states.
        times: how many evaluation periods.

    Raises:
        ValueError: fewer than one interaction or period.
    """
    if n < 1 or times < 1:
        raise ValueError(f"at least one interaction and one period are needed, not {n!r} and {times!r}")
    chance, got = outcomes
    counts = rng.multinomial(n, chance[None, :, None, None, :], size=(times, *games.shown.shape))
    return np.asarray(np.einsum("tbiry,bry->tbir", counts, got) / n)


def _check(leaders: int, level: float, rules: int = 1) -> None:
    if leaders < 1 or rules < 1:
        raise ValueError(f"at least one leader and one rule are needed, not {leaders!r} and {rules!r}")
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must lie strictly between 0 and 1, not {level!r}")
