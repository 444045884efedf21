"""A game solved: alignment, benchmarks, and the user's value in equilibrium.

    talk        every leader talks to her at once; all pure equilibria of deterministic rules       (result 1)
    selection   she talks to the leader that is best for her; the same, with ties to the first      (result 3)
    settling    the same selection with every rule there is, mixed ones too; by linear programs     (result 3)

Law: what could not be computed is None and says why. A guarantee is stated only where its assumptions hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from chatarena.games.alignment import Alignments, alignments
from chatarena.games.benchmarks import Benchmarks, aligned_value, benchmarks
from chatarena.games.bidding import bidders
from chatarena.games.equilibria import MOST_PROFILES, pure_equilibria
from chatarena.games.game import Game
from chatarena.games.market import market
from chatarena.games.observation import observe
from chatarena.games.result_one import talk_equilibria
from chatarena.games.rules import MOST_STATES, deterministic_games, partitions
from chatarena.games.settling import settling_values
from chatarena.games.talks import talks_of

SLACK = 1e-7


@dataclass(frozen=True, slots=True, kw_only=True)
class Equilibria:
    """The user's value over equilibria: how many, the worst, the mean and the best of them.

    `best_rule` is what the best rule in play is worth to her: OPT with messages enough. `loss` is that minus the worst.
    `intervals` are all values where they are known to be so, over every rule.
    """

    concept: Literal["talk", "selection", "settling"]
    count: int | None
    worst: float
    mean: float | None
    best: float
    best_rule: float
    intervals: tuple[tuple[float, float], ...] = ()

    @property
    def loss(self) -> float:
        """What the worst equilibrium costs her."""
        return max(0.0, self.best_rule - self.worst)


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """Everything that `solve` found; `missing` has the reason for each concept that has no number.

    `guarantee` is 2 epsilon, of the best variant: no equilibrium loses more. None where leaders see signals of their
    own, since then no rule is open to all. `violations` must be empty.
    """

    game: Game
    messages: int | None
    precision: float | None
    alignments: Alignments
    benchmarks: Benchmarks
    talk: Equilibria | None
    selection: Equilibria | None
    settling: Equilibria | None
    missing: tuple[tuple[str, str], ...]
    guarantee: float | None
    violations: tuple[str, ...]

    @property
    def every(self) -> tuple[Equilibria, ...]:
        """What was found, in order."""
        return tuple(each for each in (self.talk, self.selection, self.settling) if each is not None)


def solve(game: Game, *, messages: int | None = None, precision: float | None = None) -> Solution:
    """Solve a game in every way that its size allows.

    Args:
        game: the game.
        messages: M, of deterministic rules; None for as many as leaders have signals.
        precision: lambda of a user with logit response, where all leaders talk; None for best responses. Selection is
            always with best responses.

    Raises:
        ValueError: no message, or a precision that is not positive.
        ArenaError: a linear program was not solved.
    """
    if messages is not None and messages < 1:
        raise ValueError(f"at least one message is needed, not {messages!r}")
    if precision is not None and not 0.0 < precision < np.inf:
        raise ValueError(f"a precision is above 0 and finite, or left out for best responses, not {precision!r}")
    missing: list[tuple[str, str]] = []
    found: dict[str, Equilibria | None] = {}
    for concept, attempt in (("talk", _talk), ("selection", _selection), ("settling", _settling)):
        try:
            found[concept] = attempt(game, messages, precision)
        except ValueError as reason:
            found[concept] = None
            missing.append((concept, str(reason)))
    aligned = alignments(game)
    guarantee = None if game.own_signals else 2.0 * aligned.best.epsilon
    return Solution(
        game=game,
        messages=messages,
        precision=precision,
        alignments=aligned,
        benchmarks=benchmarks(game),
        talk=found["talk"],
        selection=found["selection"],
        settling=found["settling"],
        missing=tuple(missing),
        guarantee=guarantee,
        violations=_violations(found, guarantee, messages, precision, game),
    )


def _talk(game: Game, messages: int | None, precision: float | None) -> Equilibria:
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


def _selection(game: Game, messages: int | None, precision: float | None) -> Equilibria:
    market_of = market(game)
    if not market_of.common:
        raise ValueError("leaders see signals of their own, so their rules differ")
    offer = market_of.offers[0]
    if len(offer.prior) > MOST_STATES:
        raise ValueError(
            f"deterministic rules are enumerated for {MOST_STATES} signals at most, not {len(offer.prior)}"
        )
    if len(partitions(len(offer.prior), messages or len(offer.prior))) ** game.n_leaders > MOST_PROFILES:
        raise ValueError(f"more than {MOST_PROFILES} profiles of deterministic rules: take fewer messages")
    games = deterministic_games(offer.prior[None], offer.user[None], offer.leaders[None], messages=messages)
    found = pure_equilibria(games)
    if not found.count[0]:
        raise ValueError(f"none of {found.profiles} profiles of deterministic rules is an equilibrium")
    best = observe(game)
    return Equilibria(
        concept="selection",
        count=int(found.count[0]),
        worst=float(found.worst[0]),
        mean=float(found.mean[0]),
        best=float(found.best[0]),
        best_rule=aligned_value(best, messages or best.user.shape[2]),
    )


def _settling(game: Game, messages: int | None, precision: float | None) -> Equilibria:
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


def _violations(
    found: dict[str, Equilibria | None],
    guarantee: float | None,
    messages: int | None,
    precision: float | None,
    game: Game,
) -> tuple[str, ...]:
    """Where an equilibrium loses more than 2 epsilon. Nothing is promised to a quantal user, nor with too few messages
    where all talk."""
    if guarantee is None:
        return ()
    signals = game.n_states if game.leader_signal is None else len(game.leader_signal)
    covered = {"selection", "settling"}
    if precision is None and (messages is None or messages >= signals):
        covered.add("talk")
    return tuple(
        f"{concept}: the worst equilibrium loses {each.loss:.6g}, more than {guarantee:.6g}"
        for concept, each in found.items()
        if each is not None and concept in covered and each.loss > guarantee + SLACK
    )
