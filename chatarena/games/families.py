"""Families of misalignment: games drawn at random of which it is known, from how they are made, what the hull does.

    exact hull        U_i = u + b_i with sum_i w_i b_i = 0          opposed biases cancel: epsilon is 0
    epsilon hull      the same, plus one residual within +- size    epsilon is at most size
    random            U_i independent of u                          nothing known: far from the hull as a rule
    shared bias       U_i = u + b + a tenth of noise                everybody wants the same other thing
    nearly opposed    U_i = 1 - u + a twentieth of noise            everybody wants the opposite
    sellers           U_i = (u + [a is what i sells]) / 2           cone gap 0 once every action has a seller

Law: epsilon is stated in the unit in which the user's utilities are drawn, 0 to 1. A game brings everybody to one scale
afterwards, by one map, and keeps it.

Source: derived here; how the published simulations drew utilities is not known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np

from chatarena.games.game import Game, game
from chatarena.hull.kinds import FloatArray

FamilyName: TypeAlias = Literal["exact-hull", "epsilon-hull", "random", "shared-bias", "nearly-opposed", "sellers"]
FAMILIES: tuple[FamilyName, ...] = get_args(FamilyName)

STATEMENTS: dict[FamilyName, str] = {
    "exact-hull": "opposed biases cancel: a weighted sum of the leaders is the user's utility, epsilon 0",
    "epsilon-hull": "opposed biases cancel but for a residual: epsilon is at most its size",
    "random": "leaders' utilities have nothing to do with the user's; epsilon is what it happens to be",
    "shared-bias": "all leaders share one bias, which no weights take away",
    "nearly-opposed": "all leaders want nearly the opposite of what the user wants",
    "sellers": "each leader sells one action; in the cone epsilon is 0 once every action is sold by somebody",
}
# The residual of `epsilon-hull` where none is given.
SIZE = 0.05
SHARED_NOISE, OPPOSED_NOISE = 0.1, 0.05


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tables:
    """B drawn games: `prior` (B, Y), `user` (B, A, Y) in [0, 1], `leaders` (B, k, A, Y) on any scale.

    `epsilon` is a bound on the least largest error that is known from how they were made, in the user's unit, with the
    kind of weights it is of; None where none is known.
    """

    family: FamilyName
    prior: FloatArray
    user: FloatArray
    leaders: FloatArray
    epsilon: float | None
    kind: Literal["simplex", "cone"]


def tables(
    family: FamilyName,
    count: int,
    rng: np.random.Generator,
    *,
    leaders: int = 2,
    states: int = 3,
    actions: int = 3,
    size: float = SIZE,
) -> Tables:
    """Draw the tables of many games.

    Args:
        family: one of `FAMILIES`.
        count: B, how many games.
        rng: draws them.
        leaders: k.
        states: Y; the prior is drawn evenly from all there are.
        actions: A; the user's utilities are uniform on [0, 1].
        size: largest residual of `epsilon-hull`.

    Raises:
        ValueError: an unknown family, a number below 1, or a negative size.
    """
    if family not in FAMILIES:
        raise ValueError(f"a family is one of {', '.join(FAMILIES)}, not {family!r}")
    if min(count, leaders, states, actions) < 1 or not size >= 0.0:
        raise ValueError(f"at least one of each and a size >= 0, not {(count, leaders, states, actions, size)}")
    prior = rng.dirichlet(np.ones(states), count)
    user = rng.uniform(size=(count, actions, states))
    theirs = _leaders(family, user, leaders, rng, size)
    kind: Literal["simplex", "cone"] = "cone" if family == "sellers" else "simplex"
    known = {"exact-hull": 0.0, "epsilon-hull": size, "sellers": 0.0 if leaders >= actions else None}.get(family)
    return Tables(family=family, prior=prior, user=user, leaders=theirs, epsilon=known, kind=kind)


def drawn_game(
    rng: np.random.Generator,
    family: FamilyName,
    *,
    leaders: int = 2,
    states: int = 3,
    actions: int = 3,
    size: float = SIZE,
) -> Game:
    """Draw one game, everybody's utilities brought to [0, 1] by one map.

    Raises:
        ValueError: as `tables`.
    """
    made = tables(family, 1, rng, leaders=leaders, states=states, actions=actions, size=size)
    user, theirs = made.user[0], made.leaders[0]
    scale = float(min(user.min(), theirs.min())), float(max(user.max(), theirs.max()))
    return game(made.prior[0], user, theirs, name=family, scale=scale, statement=STATEMENTS[family])


def _leaders(family: FamilyName, user: FloatArray, k: int, rng: np.random.Generator, size: float) -> FloatArray:
    count, actions, states = user.shape
    shape, base = (count, k, actions, states), user[:, None]
    match family:
        case "exact-hull" | "epsilon-hull":
            weights = rng.dirichlet(np.ones(k), count)
            bias = rng.standard_normal(shape)
            bias -= np.einsum("bi,biay->bay", weights, bias)[:, None]
            left = rng.uniform(-size, size, (count, 1, actions, states)) if family == "epsilon-hull" else 0.0
            return np.asarray(base + bias + left)
        case "random":
            return rng.uniform(size=shape)
        case "shared-bias":
            shared = rng.standard_normal((count, 1, actions, states))
            return np.asarray(base + shared + SHARED_NOISE * rng.standard_normal(shape))
        case "nearly-opposed":
            return np.asarray(1.0 - base + OPPOSED_NOISE * rng.standard_normal(shape))
        case "sellers":
            # What the first A leaders sell is all different, in an order of its own in every game.
            first = rng.permuted(np.broadcast_to(np.arange(actions), (count, actions)), axis=1)
            sold = first[:, np.arange(k) % actions]
            return np.asarray((base + (sold[:, :, None] == np.arange(actions))[..., None]) / 2.0)
