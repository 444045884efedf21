"""What leaders can sell: the outcomes that each can bring about alone, as joint laws of plan and signal.

A plan says what the user does after each signal of her own; where she has none it is an action. Whatever a leader may
say, in one round or in many, the outcome is a law over plans given the leader's signal under which she wants to follow
the plan recommended; and every such law can be had by recommending. So a leader commits to an obeyed law.

Law: laws are exact images of the tables; a signal of probability zero is left out, and nothing else is.

Source: the revelation argument of Kamenica and Gentzkow (2011), proposition 1; with signals of the receiver, Bergemann
and Morris (2016), Theoretical Economics 11. Where she reports her signals to the leader more laws can be had: a leader
here commits to what it says before it hears anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from chatarena.games.game import Game
from chatarena.games.observation import leader_signals, user_signal
from chatarena.hull.kinds import FloatArray, IntArray

# Plans are actions to the power of her signals.
MOST_PLANS = 256
# Utilities lie in [0, 1]; plans this close in a state are equally good there.
TIE = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Offer:
    """What one leader can bring about.

    `prior` (S,) of its signals, utilities of plans `user` (P, S) and `leaders` (k, P, S); `plans` (P, X_A) is the
    action after each of her signals.
    """

    prior: FloatArray
    user: FloatArray
    leaders: FloatArray
    plans: IntArray

    def worth(self, law: FloatArray) -> float:
        """What a law (P, S) of plans given signals is worth to the user."""
        return float((self.prior * law * self.user).sum())

    def payoffs(self, law: FloatArray) -> FloatArray:
        """What it is worth to each leader, (k,)."""
        return np.asarray((self.leaders * (self.prior * law)).sum(axis=(1, 2)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Market:
    """The offers of all leaders.

    `common` says whether all leaders see the same, so that each can bring about what any other can.
    """

    offers: tuple[Offer, ...]
    common: bool


def market(full: Game) -> Market:
    """The offers of the leaders of a game.

    Args:
        full: the game.

    Raises:
        ValueError: her signals and actions make more than `MOST_PLANS` plans.
    """
    own = user_signal(full)
    count = full.n_actions ** len(own)
    if count > MOST_PLANS:
        raise ValueError(
            f"{full.n_actions} actions after {len(own)} signals make {count} plans, more than {MOST_PLANS}:"
            " merge signals or actions"
        )
    plans = np.array(list(product(range(full.n_actions), repeat=len(own))), dtype=np.int64)
    if not full.own_signals:
        return Market(offers=(_offer(full, own, leader_signals(full), plans),) * full.n_leaders, common=True)
    assert full.leader_signal is not None
    return Market(offers=tuple(_offer(full, own, seen, plans) for seen in full.leader_signal), common=False)


def nothing(offer: Offer) -> FloatArray:
    """The law under which nothing is said: the best plan under the prior, the first of equal ones."""
    law = np.zeros_like(offer.user)
    law[int(np.argmax(offer.user @ offer.prior))] = 1.0
    return law


def everything(offer: Offer, favoured: int | None = None) -> FloatArray:
    """The law under which the signal is said; of equally good plans the one that a leader prefers, or the first."""
    best = offer.user >= offer.user.max(axis=0) - TIE
    liked = np.zeros_like(offer.user) if favoured is None else offer.leaders[favoured]
    law = np.zeros_like(offer.user)
    law[np.where(best, liked, -np.inf).argmax(axis=0), np.arange(len(offer.prior))] = 1.0
    return law


def _offer(full: Game, own: FloatArray, seen: FloatArray, plans: IntArray) -> Offer:
    """Tables over plans and the signals `seen` (S, Y) that have a chance."""
    joint = full.prior * seen
    chance = joint.sum(axis=1)
    there = chance > 0.0
    given = joint[there] / chance[there, None]
    # weight[s, x, y]: chances of her signal and the state, given the leader's signal.
    weight = given[:, None, :] * own[None, :, :]
    per_signal = np.einsum("sxy,iay->ixas", weight, np.concatenate([full.user[None], full.leaders]))
    tables = np.sum([per_signal[:, x, plans[:, x]] for x in range(len(own))], axis=0)
    return Offer(prior=chance[there], user=tables[0], leaders=tables[1:], plans=plans)
