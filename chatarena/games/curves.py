"""How the user's loss goes with one thing: the size of the residual, the number of leaders, or her precision.

For every place of a curve games are drawn anew from their family, all of one seed, and all pure equilibria of
deterministic rules are looked at; losses are OPT (V*, where she selects) minus what she gets.

Law: the curve of the worst is the largest loss of any equilibrium of any game, that of the mean the mean over games of
each one's worst; neither is fitted or smoothed. Where a bound is drawn it is that of the same games.

Source: derived here; docs/theory/competition.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from chatarena.games.amounts import amount
from chatarena.games.equilibria import pure_equilibria
from chatarena.games.families import SIZE, FamilyName, Tables, tables
from chatarena.games.result_one import talk_equilibria
from chatarena.games.result_two import quantal_bound
from chatarena.games.rules import deterministic_games, partitions
from chatarena.games.talks import talk_games
from chatarena.hull.kinds import FloatArray

Over: TypeAlias = Literal["epsilon", "leaders", "precision"]
Concept: TypeAlias = Literal["talk", "selection"]

EPSILONS = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3)
LEADERS = (1, 2, 3, 4, 5)
PRECISIONS = (2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """At one place: mean over games of the worst equilibrium's loss with its interval, the largest, and a bound.

    `mean_equilibrium` is the mean over games of the mean equilibrium's loss. `bound` is 2 epsilon, or T2's; None where
    no epsilon is known. `games` is how many had a pure equilibrium; `violations` how many of them broke the bound.
    """

    at: float
    worst_mean: float
    low: float
    high: float
    largest: float
    mean_equilibrium: float
    bound: float | None
    games: int
    without: int
    violations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LossCurve:
    """A curve, with all that it was made with. Losses are in the unit of the user's utilities as drawn, [0, 1]."""

    over: Over
    concept: Concept
    family: FamilyName
    points: tuple[Point, ...]
    leaders: int
    states: int
    actions: int
    size: float
    delta: float
    count: int
    seed: int


def loss_curve(
    over: Over,
    family: FamilyName,
    *,
    seed: int,
    count: int = 500,
    concept: Concept = "talk",
    leaders: int = 2,
    states: int = 3,
    actions: int = 3,
    size: float = SIZE,
    delta: float = 0.0,
    places: Sequence[float] = (),
) -> LossCurve:
    """Draw games along one thing and look at all their pure equilibria.

    Args:
        over: epsilon (the residual of `epsilon-hull`), leaders, or precision (of a user with logit response).
        family: which games; epsilon goes with `epsilon-hull` alone.
        seed: of the games; the same at every place.
        count: games at each place.
        concept: all leaders talk, or she selects the best; precision goes with talk.
        leaders: k, where it is not what varies.
        states: Y.
        actions: A.
        size: the residual of `epsilon-hull`, where it is not what varies.
        delta: largest error of what she believes actions to be worth, drawn evenly; with precision alone.
        places: where to look; the usual ones where none are given.

    Raises:
        ValueError: things that do not go together, no game, or games that are too large.
    """
    _check(over, family, concept, count, delta)
    usual: dict[Over, Sequence[float]] = {"epsilon": EPSILONS, "leaders": LEADERS, "precision": PRECISIONS}
    points = []
    for place in places or usual[over]:
        k = int(place) if over == "leaders" else leaders
        left = float(place) if over == "epsilon" else size
        drawing, erring = (np.random.Generator(np.random.PCG64(s)) for s in np.random.SeedSequence(seed).spawn(2))
        made = tables(family, count, drawing, leaders=k, states=states, actions=actions, size=left)
        precision = float(place) if over == "precision" else None
        points.append(_point(float(place), made, concept, precision, delta, erring, seed))
    return LossCurve(
        over=over,
        concept=concept,
        family=family,
        points=tuple(points),
        leaders=leaders,
        states=states,
        actions=actions,
        size=size,
        delta=delta,
        count=count,
        seed=seed,
    )


def _check(over: str, family: str, concept: str, count: int, delta: float) -> None:
    if over not in ("epsilon", "leaders", "precision") or concept not in ("talk", "selection"):
        raise ValueError(f"over epsilon, leaders or precision, and talk or selection, not {over!r} and {concept!r}")
    if over == "epsilon" and family != "epsilon-hull":
        raise ValueError(f"a residual is what the family epsilon-hull has, not {family!r}")
    if concept == "selection" and over == "precision":
        raise ValueError("a user who selects responds best: precision goes with talk")
    if count < 2:
        raise ValueError(f"at least two games at each place, not {count!r}")
    if delta and over != "precision":
        raise ValueError("errors of learning go with a curve over precision")
    if not delta >= 0.0:
        raise ValueError(f"delta must be >= 0, not {delta!r}")


def _point(
    place: float,
    made: Tables,
    concept: Concept,
    precision: float | None,
    delta: float,
    rng: np.random.Generator,
    seed: int,
) -> Point:
    worst, mean, bound = _selected(made) if concept == "selection" else _talked(made, precision, delta, rng)
    there = ~np.isnan(worst)
    losses = worst[there]
    if not len(losses):
        raise ValueError("none of these games has a pure equilibrium")
    mean_loss = amount(losses.tolist(), seed=seed)
    assert mean_loss.mean is not None and mean_loss.interval is not None and mean_loss.largest is not None
    return Point(
        at=place,
        worst_mean=mean_loss.mean,
        low=mean_loss.interval.low,
        high=mean_loss.interval.high,
        largest=mean_loss.largest,
        mean_equilibrium=float(mean[there].mean()),
        bound=bound,
        games=int(there.sum()),
        without=int((~there).sum()),
        violations=0 if bound is None else int((losses > bound + 1e-9).sum()),
    )


def _selected(made: Tables) -> tuple[FloatArray, FloatArray, float | None]:
    games = deterministic_games(made.prior, made.user, made.leaders)
    assert games.best is not None
    found = pure_equilibria(games)
    return games.best - found.worst, games.best - found.mean, None if made.epsilon is None else 2.0 * made.epsilon


def _talked(
    made: Tables, precision: float | None, delta: float, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, float | None]:
    count, actions, states = made.user.shape
    errors = None
    if delta:
        told = len(partitions(states, states))
        errors = rng.uniform(-delta, delta, (count, told, actions, 1, states))
    games = talk_games(
        (made.prior[:, None] * made.user)[:, :, None],
        (made.prior[:, None, None] * made.leaders)[:, :, :, None],
        made.prior[:, None],
        precision=None if precision is None else np.full(count, precision),
        errors=errors,
    )
    found = talk_equilibria(games)
    return games.optimum - found.worst, games.optimum - found.mean, _bound(made, precision, delta)


def _bound(made: Tables, precision: float | None, delta: float) -> float | None:
    if made.epsilon is None:
        return None
    if precision is None:
        return 2.0 * made.epsilon
    # One line for all games: weights sum to one, and B is the largest range of any leader of any of them.
    ranges = made.leaders.max(axis=(2, 3)) - made.leaders.min(axis=(2, 3))
    weights = 1.0 if made.kind == "simplex" else 2.0
    terms = (np.array([each]) for each in (precision, made.epsilon, weights * float(ranges.max()), delta))
    return float(quantal_bound(made.user.shape[1], *terms)[0])
