"""What a series of played games shows: losses with intervals, how many runs end where, whether a guarantee ever failed.

Law: runs of one game hang together, so a share of games counts a game once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from chatarena.games.amounts import LEVEL, Amount, Share, amount, share
from chatarena.games.bidding import Start
from chatarena.games.selection import SLACK
from chatarena.games.simulation import MOST_ENUMERATED, GameResult, RunResult
from chatarena.hull.words import counted

# A loss of this much, in the unit of the utilities, is one that a user would notice; smaller ones count as none.
NOTICED = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsTally:
    """Runs over all rules from one start under one tie rule.

    `rested`, `cycled` and `moving` are numbers of runs. `reached` counts games in which every run came within 2 eps of
    V* (plus the weighted gains left, where it did not rest), `lost` those in which some run lost more than `noticed`.
    """

    start: Start
    ties: Literal["deviator", "incumbent"]
    runs: int
    rested: int
    cycled: int
    moving: int
    reached: Share
    lost: Share
    loss: Amount
    largest_gain: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """A series of one family. `violations` must be 0: equilibria or runs that lost more than T3 allows."""

    family: str
    seed: int
    games: int
    leaders: int
    states: int
    actions: int
    violations: int
    first_violation: str | None
    eps: Amount
    eps_simplex: Amount
    guarantee: Amount
    prior_loss: Amount
    best_monopoly_loss: Amount
    settling_loss: Amount
    settling_lost: Share
    deterministic_worst_loss: Amount
    deterministic_mean_loss: Amount
    deterministic_final_loss: Amount
    deterministic_rested: Amount
    runs: tuple[RunsTally, ...]
    noticed: float
    level: float
    missing: tuple[str, ...]


def tally(results: Sequence[GameResult], *, family: str, noticed: float = NOTICED, level: float = LEVEL) -> Tally:
    """Sum a series up.

    Args:
        results: games of one shape and seed.
        family: what they were drawn from.
        noticed: the loss above which a game counts as lost.
        level: of all intervals.

    Raises:
        ValueError: no games, or games of different shapes or seeds.
    """
    shapes = {(each.seed, each.leaders, each.states, each.actions) for each in results}
    if len(shapes) != 1:
        raise ValueError(f"games of one seed and shape are summed up, not {sorted(shapes)!r}")
    seed, leaders, states, actions = next(iter(shapes))
    by = _Summing(seed, level)
    broken = [text for each in results for text in each.violations]
    pure = [each.deterministic for each in results]
    settling = [each.settling_loss for each in results]
    return Tally(
        family=family,
        seed=seed,
        games=len(results),
        leaders=leaders,
        states=states,
        actions=actions,
        violations=len(broken),
        first_violation=broken[0] if broken else None,
        eps=by.amount([each.eps for each in results]),
        eps_simplex=by.amount([each.eps_simplex for each in results]),
        guarantee=by.amount([each.guarantee for each in results]),
        prior_loss=by.amount([each.best_value - each.prior_value for each in results]),
        best_monopoly_loss=by.amount([each.best_value - max(each.monopoly_values) for each in results]),
        settling_loss=by.amount(settling),
        settling_lost=by.share([loss > noticed for loss in settling if loss is not None]),
        deterministic_worst_loss=by.amount([None if each is None else each.worst_loss for each in pure]),
        deterministic_mean_loss=by.amount([None if each is None else each.mean_loss for each in pure]),
        deterministic_final_loss=by.amount([None if each is None else each.largest_final_loss for each in pure]),
        deterministic_rested=by.amount([None if each is None else each.rested for each in pure]),
        runs=_runs(results, by, noticed),
        noticed=noticed,
        level=level,
        missing=_missing(results),
    )


def _missing(results: Sequence[GameResult]) -> tuple[str, ...]:
    """Each reason once, with how many games it holds for."""
    reasons = [why for each in results for why in (each.settling_missing, each.deterministic_missing) if why]
    reasons += ["no pure equilibrium of deterministic rules"] * sum(
        each.deterministic is not None and each.deterministic.equilibria == 0 for each in results
    )
    reasons += [f"the mean equilibrium of deterministic rules, with more than {MOST_ENUMERATED} profiles"] * sum(
        each.deterministic is not None and each.deterministic.equilibria is None for each in results
    )
    return tuple(f"{counted(reasons.count(why), 'game')}: {why}" for why in dict.fromkeys(reasons))


def _runs(results: Sequence[GameResult], by: _Summing, noticed: float) -> tuple[RunsTally, ...]:
    kinds = dict.fromkeys((run.start, run.ties) for each in results for run in each.runs)
    return tuple(
        _of_kind([[run for run in each.runs if (run.start, run.ties) == kind] for each in results], by, noticed)
        for kind in kinds
    )


def _of_kind(games: list[list[RunResult]], by: _Summing, noticed: float) -> RunsTally:
    games = [runs for runs in games if runs]
    every = [run for runs in games for run in runs]
    return RunsTally(
        start=every[0].start,
        ties=every[0].ties,
        runs=len(every),
        rested=sum(run.ends == "rest" for run in every),
        cycled=sum(run.ends == "cycle" for run in every),
        moving=sum(run.ends == "moving" for run in every),
        reached=by.share([all(run.loss <= run.bound + SLACK for run in runs) for runs in games]),
        lost=by.share([any(run.lowest_loss > noticed for run in runs) for runs in games]),
        loss=by.amount([max(run.lowest_loss for run in runs) for runs in games]),
        largest_gain=max(run.largest_gain for run in every),
    )


class _Summing:
    """Means and shares of one series."""

    def __init__(self, seed: int, level: float) -> None:
        self.seed, self.level = seed, level

    def amount(self, values: Sequence[float | None]) -> Amount:
        return amount(values, seed=self.seed, level=self.level)

    def share(self, happened: Sequence[bool]) -> Share:
        return share(happened, level=self.level)
