"""A leader's best responses, all at once: the most it gets for every value that it must leave to the user.

    f_i(t) = max { E[U_i] : an obeyed law, worth at least t to the user }

f_i is concave and piecewise linear in t, so its corners say everything: a best response to being outbid at t is a point
of this frontier, mixed from two neighbouring corners. Each corner is one linear program; after that none is needed.

Law: corners are recomputed from the tables (value, payoffs, and how far they are from being obeyed).

Source: derived here; each corner is a vertex of the program of Kamenica and Gentzkow (2011), with a price on her value.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chatarena.games.linear_program import LinearProgram
from chatarena.games.market import Offer, everything
from chatarena.games.obedience import disobedience
from chatarena.hull.kinds import FloatArray

# A corner must lie this far above the line between its neighbours; utilities lie in [0, 1].
APART = 1e-9
# Corners of one frontier; there are finitely many, and few.
MOST_CORNERS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rule:
    """What a leader commits to: a law (P, S), its value to the user, and what each leader gets from it (k,)."""

    value: float
    payoffs: FloatArray
    law: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frontier:
    """Corners of f_i in order of value: `values` (n,) up to V*, `payoffs` (n, k), `laws` (n, P, S).

    The first corner is what a leader does who has no competitor. `disobedience` is the most the user would gain, before
    anything is said, by not following one of them.
    """

    leader: int
    values: FloatArray
    payoffs: FloatArray
    laws: FloatArray
    disobedience: float
    programs: int

    @property
    def most(self) -> float:
        """The largest value that this leader can offer."""
        return float(self.values[-1])

    def response(self, level: float) -> Rule | None:
        """The best rule that is worth at least `level` to the user; None where there is none."""
        if level > self.most + APART:
            return None
        # Rounding must not keep V* from matching V*.
        level = min(level, self.most)
        after = int(np.searchsorted(self.values, level))
        if after == 0:
            return Rule(value=float(self.values[0]), payoffs=self.payoffs[0], law=self.laws[0])
        low, high = self.values[after - 1], self.values[after]
        share = (level - low) / (high - low)
        return Rule(
            value=float(level),
            payoffs=(1.0 - share) * self.payoffs[after - 1] + share * self.payoffs[after],
            law=(1.0 - share) * self.laws[after - 1] + share * self.laws[after],
        )

    def attains(self, level: float) -> float:
        """f_i(level), what this leader gets by its best rule; minus infinity where there is none."""
        found = self.response(level)
        return -np.inf if found is None else float(found.payoffs[self.leader])


def frontier(offer: Offer, leader: int) -> Frontier:
    """All best responses of one leader.

    Args:
        offer: what it can bring about.
        leader: its place among the leaders.

    Raises:
        ArenaError: a linear program was not solved.
    """
    own, user = offer.leaders[leader], offer.user
    program = obeyed_laws(offer)
    solved = 0

    def best(slope: float) -> FloatArray:
        """The law that maximises own utility plus slope times the user's."""
        nonlocal solved
        solved += 1
        program.set_costs((own + slope * user).ravel())
        joint = np.maximum(program.solve().values.reshape(user.shape), 0.0)
        return np.asarray(joint / np.maximum(joint.sum(axis=0), np.finfo(np.float64).tiny))

    def corner(law: FloatArray) -> tuple[float, float, FloatArray]:
        return offer.worth(law), float(offer.payoffs(law)[leader]), law

    last = corner(everything(offer, leader))
    first = corner(best(0.0))
    corners = [first, last] if first[0] < last[0] - APART else [last]
    open_between = list(range(len(corners) - 1))
    while open_between and len(corners) < MOST_CORNERS:
        at = open_between.pop()
        (v, u, _), (w, x, _) = corners[at], corners[at + 1]
        slope = (u - x) / (w - v)
        new = corner(best(slope))
        above = new[1] + slope * new[0] - (u + slope * v)
        if above > APART * (1.0 + abs(slope)) and v + APART < new[0] < w - APART:
            corners.insert(at + 1, new)
            open_between = [k if k < at else k + 1 for k in open_between] + [at, at + 1]
    return _collected(offer, leader, corners, solved)


def obeyed_laws(offer: Offer) -> LinearProgram:
    """Joint laws x(plan, signal) of which every recommendation is followed."""
    plans, signals = offer.user.shape
    program = LinearProgram(np.zeros(plans * signals))
    columns = np.arange(plans * signals).reshape(plans, signals)
    program.add_rows(columns.T.copy(), np.ones((signals, plans)), offer.prior, offer.prior)
    # Her signals do not depend on what is said, so it is enough that no plan is better answered after one signal alone.
    differ = (offer.plans[:, None] != offer.plans).sum(axis=2)
    plan, instead = np.nonzero(differ == 1)
    if len(plan):
        program.add_rows(columns[plan], offer.user[plan] - offer.user[instead], 0.0, np.inf)
    return program


def _collected(offer: Offer, leader: int, corners: list[tuple[float, float, FloatArray]], solved: int) -> Frontier:
    laws = np.array([law for _, _, law in corners])
    return Frontier(
        leader=leader,
        values=np.array([value for value, _, _ in corners]),
        payoffs=np.array([offer.payoffs(law) for law in laws]),
        laws=laws,
        disobedience=max(disobedience(law * offer.prior, offer.user) for law in laws),
        programs=solved,
    )
