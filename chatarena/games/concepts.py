"""What "in equilibrium" may mean, and the user's value in it: one function for each way of reading a game.

    talk            every leader talks to her at once; all pure equilibria of deterministic rules        (result 1)
    cells           likewise, states split into equal parts of which leaders may tell what they like     (result 1)
    all or nothing  leaders with signals of their own, each telling its whole signal or nothing          (result 1)
    selection       she talks to the leader that is best for her; deterministic rules, ties to the first (result 3)
    settling        the same selection with every rule there is, mixed ones too; by linear programs      (result 3)

Law: what cannot be computed is refused with the reason; pure equilibria only, every one of them.

Source: the results are stated in the abstract of Collina et al., ICML 2026; these finite games, and what of them is
looked at, are ours (docs/theory/competition.md). Splitting states: Gentzkow and Kamenica (2017).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product
from typing import Literal, TypeAlias

import numpy as np

from chatarena.games.benchmarks import aligned_value, optimum
from chatarena.games.bidding import bidders
from chatarena.games.competing_senders import MOST_CELLS, rich_competition
from chatarena.games.conversation import Protocol, aligned, signals_of, silent
from chatarena.games.equilibria import MOST_PROFILES, pure_equilibria
from chatarena.games.game import Game
from chatarena.games.market import Market, market
from chatarena.games.observation import observe
from chatarena.games.reading import Reader
from chatarena.games.result_one import talk_equilibria
from chatarena.games.rules import MOST_STATES, deterministic_games, partitions
from chatarena.games.selection import GAIN, SelectionGames
from chatarena.games.settling import settling_values
from chatarena.games.talks import talks_of
from chatarena.games.tree import outcome

Concept: TypeAlias = Literal["talk", "cells", "all or nothing", "selection", "settling"]
# Parts that a state is split into: two let a leader blur a state by halves, three by thirds.
PARTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Equilibria:
    """The user's value over equilibria: how many, the worst, the mean and the best of them.

    `count` is None where there are infinitely many. `best_rule` is what the best rule in play is worth to her: OPT with
    messages enough. `intervals` are all values where they are known to be so, over every rule. `parts` is how many
    parts states were split into, where they were.
    """

    concept: Concept
    count: int | None
    worst: float
    mean: float | None
    best: float
    best_rule: float
    intervals: tuple[tuple[float, float], ...] = ()
    parts: int | None = None

    @property
    def loss(self) -> float:
        """What the worst equilibrium costs her."""
        return max(0.0, self.best_rule - self.worst)


def talk(game: Game, *, messages: int | None = None, precision: float | None = None) -> Equilibria:
    """All leaders talk to her with deterministic rules.

    Args:
        game: leaders see one signal.
        messages: M; None for as many as there are signals.
        precision: of a user with logit response, per unit of utility on [0, 1]; None for best responses.

    Raises:
        ValueError: leaders with signals of their own, too many rules, or no equilibrium.
    """
    games = talks_of(game, messages=messages, precision=precision)
    found = talk_equilibria(games)
    if not found.count[0]:
        raise ValueError(f"none of {found.profiles} profiles of deterministic rules is an equilibrium")
    return Equilibria(
        concept="talk",
        count=int(found.count[0]),
        worst=float(found.worst[0]),
        mean=float(found.mean[0]),
        best=float(found.best[0]),
        best_rule=float(games.user[0, games.aligned[0]]) if messages else float(games.optimum[0]),
    )


def cells(game: Game) -> Equilibria:
    """All leaders talk to her, and each may tell any partition of equal parts of the states: chance that they share.

    Raises:
        ValueError: a single leader, signals of the user's or of leaders' own, or too many states.
    """
    offers = market(game)
    if game.n_leaders < 2:
        raise ValueError("one leader is a monopoly")
    if not offers.common or game.user_signal is not None:
        raise ValueError("known where all leaders see the same and the user nothing")
    offer = offers.offers[0]
    parts = min(PARTS, MOST_CELLS // len(offer.prior))
    if parts < 2:
        raise ValueError(f"{len(offer.prior)} states in two parts each are more than {MOST_CELLS} cells")
    found = rich_competition(offer.prior, offer.leaders, offer.user, cut=parts)
    return Equilibria(
        concept="cells",
        count=found.stable,
        worst=found.worst.receiver,
        mean=None,
        best=found.best.receiver,
        best_rule=optimum(observe(game)),
        parts=parts,
    )


def all_or_nothing(game: Game, *, precision: float | None = None) -> Equilibria:
    """Each leader tells its whole signal or nothing, through the tree of the talk.

    Args:
        game: leaders may see signals of their own.
        precision: of a user with logit response, per unit of utility on [0, 1]; None for best responses.

    Raises:
        ValueError: the tree is too large, or no profile is an equilibrium.
    """
    protocol = Protocol(messages=signals_of(game))
    rules = (silent(game, protocol), aligned(game, protocol))
    reader = Reader(precision=math.inf if precision is None else precision)
    came = {
        told: outcome(game, protocol, [rules[each] for each in told], reader)
        for told in product((0, 1), repeat=game.n_leaders)
    }
    stays = [
        one.user
        for told, one in came.items()
        if all(
            came[*told[:i], 1 - told[i], *told[i + 1 :]].leaders[i] <= one.leaders[i] + GAIN
            for i in range(game.n_leaders)
        )
    ]
    if not stays:
        raise ValueError(f"none of {len(came)} profiles is an equilibrium")
    return Equilibria(
        concept="all or nothing",
        count=len(stays),
        worst=min(stays),
        mean=float(np.mean(stays)),
        best=max(stays),
        best_rule=optimum(observe(game)),
    )


def selection(game: Game, *, messages: int | None = None) -> Equilibria:
    """She talks to the leader who is best for her, best responses, deterministic rules.

    Args:
        game: leaders see one signal.
        messages: M; None for as many as there are signals.

    Raises:
        ValueError: leaders with signals of their own, too many rules, or no equilibrium.
    """
    games = selection_of(market(game), messages)
    size = games.rules**game.n_leaders
    if size > MOST_PROFILES:
        raise ValueError(f"{size} profiles of deterministic rules are more than {MOST_PROFILES}: take fewer messages")
    found = pure_equilibria(games)
    if not found.count[0]:
        raise ValueError(f"none of {found.profiles} profiles of deterministic rules is an equilibrium")
    seen = observe(game)
    return Equilibria(
        concept="selection",
        count=int(found.count[0]),
        worst=float(found.worst[0]),
        mean=float(found.mean[0]),
        best=float(found.best[0]),
        best_rule=aligned_value(seen, messages or seen.user.shape[2]),
    )


def selection_of(offers: Market, messages: int | None = None, *, most: int | None = None) -> SelectionGames:
    """Selection between these leaders with deterministic rules, as a batch of one.

    Args:
        offers: what leaders can bring about; all of them the same.
        messages: M; None for as many as there are signals.
        most: how many rules at most; None for as many as `MOST_STATES` signals have.

    Raises:
        ValueError: leaders with signals of their own, or too many signals or rules.
    """
    if not offers.common:
        raise ValueError("leaders see signals of their own: their deterministic rules differ")
    offer = offers.offers[0]
    if len(offer.prior) > MOST_STATES:
        raise ValueError(f"deterministic rules are enumerated for {MOST_STATES} states at most")
    rules = len(partitions(len(offer.prior), messages or len(offer.prior)))
    if most is not None and rules > most:
        raise ValueError(f"{rules} deterministic rules are more than the {most} that are looked at")
    return deterministic_games(offer.prior[None], offer.user[None], offer.leaders[None], messages=messages)


def settling(game: Game) -> Equilibria:
    """She talks to the leader who is best for her, and every rule may be chosen.

    Raises:
        ValueError: a single leader, or leaders with signals of their own.
        ArenaError: a linear program was not solved.
    """
    if game.n_leaders < 2:
        raise ValueError("one leader is a monopoly")
    who = bidders(game)
    found = settling_values(who)
    return Equilibria(
        concept="settling",
        count=None,
        worst=found.worst,
        mean=None,
        best=found.best,
        best_rule=who.best,
        intervals=found.intervals,
    )
