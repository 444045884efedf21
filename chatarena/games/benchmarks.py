"""What competition is measured against: no information, all of it, one aligned leader, and each leader as a monopoly.

    V_prior = E max_a E[u | x_A]     OPT = E max_a E[u | x_A, x_B]     V_al = the most that one leader can be worth

Law: a monopoly commits to what is best for itself. Where several commitments are, what the user gets is a range, not a
number that the solver happened to find.

Source: Bayes-optimal utility and one perfectly aligned AI are compared with in Collina et al., ICML 2026 (abstract; the
symbols are ours); Kamenica and Gentzkow (2011) for a monopoly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chatarena.games.frontier import obeyed_laws
from chatarena.games.game import Game
from chatarena.games.market import Offer, market
from chatarena.games.observation import Observation, observe
from chatarena.games.reading import Reader, respond
from chatarena.games.rules import partitions, told_value
from chatarena.hull.kinds import FloatArray

# How far below its best a monopoly's own utility may lie for a commitment to count as best; utilities lie in [0, 1].
BEST = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Monopoly:
    """What one leader alone would get, and the least and the most that its best commitments leave the user."""

    leader: int
    value: float
    user_lowest: float
    user_highest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmarks:
    """`aligned` is what the best commitment of each leader, chosen for the user, is worth to her; one number a leader.

    All of them are `optimum` where leaders see one signal. `monopolies` are in the leaders' order.
    """

    prior: float
    optimum: float
    aligned: tuple[float, ...]
    monopolies: tuple[Monopoly, ...]


def benchmarks(game: Game) -> Benchmarks:
    """All of them, with as many messages as anyone may need.

    Raises:
        ValueError: her signals and actions make too many plans.
        ArenaError: a linear program was not solved.
    """
    offers = market(game).offers
    seen = observe(game)
    return Benchmarks(
        prior=prior_value(seen),
        optimum=optimum(seen),
        aligned=tuple(float(offer.prior @ offer.user.max(axis=0)) for offer in offers),
        monopolies=tuple(monopoly(offer, i) for i, offer in enumerate(offers)),
    )


def prior_value(seen: Observation) -> float:
    """What the user gets when nobody says anything: V_prior."""
    return float(seen.user.sum(axis=2).max(axis=0).sum())


def optimum(seen: Observation) -> float:
    """What she would get if she saw all signals: OPT."""
    return float(seen.user.max(axis=0).sum())


def quantal_values(seen: Observation, precision: float) -> tuple[float, float]:
    """What a user with logit response gets when nobody says anything, and when she sees all signals.

    Args:
        seen: the game.
        precision: of her response, per unit of utility on [0, 1].
    """
    reader, chances = Reader(precision=precision), seen.weights.sum(axis=2)

    def value(worth: FloatArray, chance: FloatArray) -> float:
        there = chance > 0.0
        reached = worth[:, there].T
        return float((respond(reached / chance[there, None], reader) * reached).sum())

    return value(seen.user.sum(axis=2), chances.sum(axis=1)), value(seen.user, chances)


def aligned_value(seen: Observation, messages: int) -> float:
    """What one leader is worth who shares her utility and has so many messages: the best partition of its signals.

    Raises:
        ValueError: more signals than partitions are enumerated for, and too few messages to tell them all.
    """
    signals = seen.user.shape[2]
    if messages >= signals:
        return optimum(seen)
    return max(float(told_value(seen.user, cells)) for cells in partitions(signals, messages))


def monopoly(offer: Offer, leader: int) -> Monopoly:
    """The best commitment of one leader to itself, and what its best commitments leave the user.

    Args:
        offer: what it can bring about.
        leader: its place.

    Raises:
        ArenaError: a linear program was not solved.
    """
    program = obeyed_laws(offer)
    own, user = offer.leaders[leader].ravel(), offer.user.ravel()
    program.set_costs(own)
    best = float(own @ program.solve().values)
    program.add_rows(np.arange(len(own))[None], own[None], best - BEST, np.inf)
    ends = []
    for sign in (-1.0, 1.0):
        program.set_costs(sign * user)
        ends.append(float(user @ program.solve().values))
    return Monopoly(leader=leader, value=best, user_lowest=min(ends), user_highest=max(ends))
