"""One drawn game after another: how far from the hull, where competition can settle, where it does, and what is lost.

Everything about game i of a seed depends on (seed, i) alone, so games can be played anywhere, in any order, and again.

Law: losses are V* minus the user's value, in the unit the utilities were drawn in. A guarantee that fails is a
violation and is counted; what could not be computed is None, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from chatarena.games.alignment import Alignment, alignment
from chatarena.games.bidding import MARGIN, STARTS, SWEEPS, Bidders, Run, Start, bidders, compete
from chatarena.games.concepts import selection_of
from chatarena.games.dynamics import REST, best_responses
from chatarena.games.equilibria import pure_equilibria
from chatarena.games.game import Game
from chatarena.games.outcomes import ending_rules
from chatarena.games.selection import SLACK, SelectionGames, Ties, part
from chatarena.games.settling import settling_values
from chatarena.hull.kinds import IntArray

# From so many profiles of deterministic rules at most best responses are followed.
MOST_STARTS = 1_000
# So many profiles are looked at one by one; with more, worst and best are had from the rules they end in.
MOST_ENUMERATED = 5_000
MOST_RULES = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is done with every game.

    `ties` and `margin` are those of runs over all rules (chatarena.games.bidding), each from every one of `starts` in
    each order, `drawn` times where something is drawn. Deterministic rules have `messages` (None: as many as states)
    and their own tie rule.
    """

    starts: tuple[Start, ...] = STARTS
    ties: tuple[Literal["deviator", "incumbent"], ...] = ("deviator", "incumbent")
    orders: tuple[Literal["sequential", "random"], ...] = ("sequential", "random")
    margin: float = MARGIN
    finer: int = 0
    drawn: int = 1
    sweeps: int = SWEEPS
    messages: int | None = None
    deterministic_ties: Ties = "lowest"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """One run over all rules: losses at the end, at the lowest turn and on average of a cycle, and its bound.

    `bound` is 2 eps where it rests, and 2 eps + sum_i w_i gain_i elsewhere: what T3 allows to be lost.
    """

    start: Start
    ties: Literal["deviator", "incumbent"]
    order: Literal["sequential", "random"]
    ends: Literal["rest", "cycle", "moving"]
    sweeps: int
    loss: float
    lowest_loss: float
    largest_gain: float
    bound: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DeterministicResult:
    """The same game restricted to deterministic rules: all pure equilibria, and best responses from every profile.

    `best_value` is V* over these rules. `equilibria` and `mean_loss` are None where there are more profiles than
    `MOST_ENUMERATED`, all losses where there is no pure equilibrium. `rested` is the share of `runs` that came to rest,
    `largest_final_loss` the worst of where they ended (the lowest point of a cycle).
    """

    best_value: float
    equilibria: int | None
    worst_loss: float | None
    mean_loss: float | None
    best_loss: float | None
    runs: int
    rested: float
    largest_final_loss: float
    mean_final_loss: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GameResult:
    """One game. `eps` is the smallest epsilon of all variants, `guarantee` 2 eps; `violations` says what broke it.

    `settling_loss` is V* minus the user's value in the worst pure equilibrium over all rules.
    """

    seed: int
    index: int
    leaders: int
    states: int
    actions: int
    scale: tuple[float, float]
    eps_simplex: float
    eps_cone: float
    eps: float
    guarantee: float
    best_value: float
    prior_value: float
    monopoly_values: tuple[float, ...]
    settling_loss: float | None
    settling_missing: str | None
    deterministic: DeterministicResult | None
    deterministic_missing: str | None
    runs: tuple[RunResult, ...]
    violations: tuple[str, ...]


def play_games(
    make: Callable[[np.random.Generator], Game],
    count: int,
    *,
    seed: int,
    first: int = 0,
    settings: Settings | None = None,
) -> Iterator[GameResult]:
    """Draw and play games one after the other.

    Args:
        make: draws a game.
        count: how many, >= 1.
        seed: of the whole series.
        first: where to begin in the series, for what is continued or shared out.
        settings: what is done with each; None for all of it.

    Raises:
        ValueError: no game is asked for.
    """
    if count < 1 or first < 0:
        raise ValueError(f"at least one game from a place >= 0 on is needed, not {count!r} from {first!r}")
    for index in range(first, first + count):
        yield play_game(make, seed=seed, index=index, settings=settings)


def play_game(
    make: Callable[[np.random.Generator], Game], *, seed: int, index: int = 0, settings: Settings | None = None
) -> GameResult:
    """Draw and play one game.

    Args:
        make: draws the game.
        seed: of the series.
        index: its place in the series.
        settings: what is done.

    Raises:
        ValueError: the game is too large to be solved exactly.
        ArenaError: a linear program was not solved.
    """
    what = settings or Settings()
    # One stream for the game and one for its runs, so that other runs do not make another game.
    drawing, running = (
        np.random.Generator(np.random.PCG64(each)) for each in np.random.SeedSequence([seed, index]).spawn(2)
    )
    return _played(make(drawing), what, running, seed, index)


def _played(full: Game, what: Settings, rng: np.random.Generator, seed: int, index: int) -> GameResult:
    unit = full.scale[1] - full.scale[0]
    simplex, cone = alignment(full, "simplex", "free"), alignment(full, "cone", "free")
    nearest = min((simplex, cone, alignment(full, "cone", "per state")), key=lambda each: each.epsilon)
    who = bidders(full)
    guarantee = 2.0 * nearest.epsilon * unit
    settled, unsettled = _settled(who, unit)
    deterministic, undetermined = _deterministic(who, what, full.scale)
    runs = tuple(_run(who, each, nearest, unit) for each in _runs(who, what, rng))
    return GameResult(
        seed=seed,
        index=index,
        leaders=full.n_leaders,
        states=full.n_states,
        actions=full.n_actions,
        scale=full.scale,
        eps_simplex=simplex.epsilon * unit,
        eps_cone=cone.epsilon * unit,
        eps=nearest.epsilon * unit,
        guarantee=guarantee,
        best_value=who.best * unit + full.scale[0],
        prior_value=who.nothing * unit + full.scale[0],
        monopoly_values=tuple(float(value) * unit + full.scale[0] for value in who.monopoly),
        settling_loss=settled,
        settling_missing=unsettled,
        deterministic=deterministic,
        deterministic_missing=undetermined,
        runs=runs,
        violations=_violations(settled, deterministic, runs, guarantee, common=who.offers.common),
    )


def _settled(who: Bidders, unit: float) -> tuple[float | None, str | None]:
    if len(who.frontiers) < 2:
        return (who.best - float(who.monopoly[0])) * unit, None
    if not who.offers.common:
        return None, "leaders see signals of their own: where competition can settle over all rules is not known"
    return max(0.0, who.best - settling_values(who).worst) * unit, None


def _runs(who: Bidders, what: Settings, rng: np.random.Generator) -> Iterator[Run]:
    for start in what.starts:
        for ties in what.ties:
            for order in what.orders:
                for _ in range(what.drawn if start == "drawn" or order == "random" else 1):
                    yield compete(
                        who,
                        start,
                        ties=ties,
                        margin=what.margin,
                        finer=what.finer,
                        sweeps=what.sweeps,
                        rng=rng,
                        random_order=order == "random",
                    )


def _run(who: Bidders, run: Run, nearest: Alignment, unit: float) -> RunResult:
    extra = 0.0 if run.ends == "rest" else float(np.dot(nearest.weights, run.gains))
    return RunResult(
        start=run.start,
        ties=run.ties,
        order=run.order,
        ends=run.ends,
        sweeps=run.sweeps,
        loss=(who.best - run.value) * unit,
        lowest_loss=(who.best - run.lowest) * unit,
        largest_gain=float(run.gains.max()) * unit,
        bound=(2.0 * nearest.epsilon + extra) * unit,
    )


def _deterministic(
    who: Bidders, what: Settings, scale: tuple[float, float]
) -> tuple[DeterministicResult | None, str | None]:
    try:
        games = selection_of(who.offers, what.messages, most=MOST_RULES)
    except ValueError as reason:
        return None, str(reason)
    return _enumerated(games, what, scale), None


def _enumerated(games: SelectionGames, what: Settings, scale: tuple[float, float]) -> DeterministicResult:
    assert games.best is not None
    best, unit = float(games.best[0]), scale[1] - scale[0]
    count, worst, mean, top = _equilibria(games, what)
    starts = _every_start(games)
    ended = best_responses(
        part(games, np.zeros(len(starts), dtype=np.int64)), starts, ties=what.deterministic_ties, engine="numpy"
    )
    return DeterministicResult(
        best_value=best * unit + scale[0],
        equilibria=count,
        worst_loss=None if worst is None else (best - worst) * unit,
        mean_loss=None if mean is None else (best - mean) * unit,
        best_loss=None if top is None else (best - top) * unit,
        runs=len(starts),
        rested=float((ended.ends == REST).mean()),
        largest_final_loss=(best - float(ended.lowest.min())) * unit,
        mean_final_loss=(best - float(ended.mean.mean())) * unit,
    )


def _equilibria(games: SelectionGames, what: Settings) -> tuple[int | None, float | None, float | None, float | None]:
    """How many pure equilibria, and the worst, mean and best value in them; None for what is not known or not there."""
    if games.leaders == 1 or games.rules**games.leaders <= MOST_ENUMERATED:
        found = pure_equilibria(games, ties=what.deterministic_ties)
        if not found.count[0]:
            return 0, None, None, None
        return int(found.count[0]), float(found.worst[0]), float(found.mean[0]), float(found.best[0])
    ends = games.values[0, 0][ending_rules(games)[0]]
    return None, float(ends.min()), None, float(ends.max())


def _every_start(games: SelectionGames) -> IntArray:
    """All profiles, or as many of them, evenly apart."""
    size = int(games.rules) ** int(games.leaders)
    if size >= 2**53:
        # More than whole numbers on a line can tell apart: everyone alike, and everyone but the first.
        alike = np.repeat(np.arange(games.rules)[:, None], games.leaders, axis=1)
        return np.concatenate([alike, np.column_stack([alike[::-1, :1], alike[:, 1:]])])
    places = np.unique(np.linspace(0, size - 1, min(size, MOST_STARTS)).astype(np.int64))
    return np.stack(np.unravel_index(places, (games.rules,) * games.leaders), axis=1).astype(np.int64)


def _violations(
    settled: float | None,
    deterministic: DeterministicResult | None,
    runs: tuple[RunResult, ...],
    guarantee: float,
    *,
    common: bool,
) -> tuple[str, ...]:
    if not common:
        # Nobody can copy another's best rule, and T3 says nothing.
        return ()
    found = []
    if settled is not None and settled > guarantee + SLACK:
        found.append(f"an equilibrium over all rules loses {settled:.6g}, more than {guarantee:.6g}")
    if deterministic is not None and (deterministic.worst_loss or 0.0) > guarantee + SLACK:
        found.append(f"an equilibrium of deterministic rules loses {deterministic.worst_loss:.6g}")
    found += [
        f"a run ({run.start}, ties to {run.ties}, {run.order}) loses {run.loss:.6g}, more than {run.bound:.6g}"
        for run in runs
        if run.loss > run.bound + SLACK
    ]
    return tuple(found)
