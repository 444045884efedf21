"""The best commitment of one sender against one receiver, by a linear program over recommendations.

    max sum_{a, y} x(a, y) sender(a, y)   such that   sum_a x(a, y) = prior(y),  x >= 0,  every recommendation obeyed

A recommendation of an action is enough: whatever is said may be replaced by the action that answers it. Of the
A (A - 1) obedience rows only those are written down that some proposal violates.

Law: value, bound and obedience are recomputed from the tables (chatarena.games.obedience); the solver only proposes.

Source: Kamenica and Gentzkow (2011), proposition 1; generating rows lazily is derived here. docs/theory/persuasion.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from chatarena.games.linear_program import LinearProgram, Vertex
from chatarena.games.obedience import disobedience, dual_bound, gains
from chatarena.games.sender_receiver import SenderReceiver, sender_receiver, sender_values, span
from chatarena.hull.kinds import FloatArray, IntArray

# A recommendation may be disobeyed for this share of the receiver's range; the difference of value and bound may be
# this share of the sender's.
TOLERANCE = 1e-9
# A row enters when its violation exceeds this, in the same unit; what HiGHS leaves lies below.
ENTER = 3e-10

Status: TypeAlias = Literal["optimal", "not certified"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """One thing the sender says: the action, how often, and what the receiver then believes."""

    action: int
    probability: float
    posterior: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Multiplier:
    """What obedience costs the sender where `action` is recommended and `instead` beckons."""

    action: int
    instead: int
    price: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Persuasion:
    """The best commitment: `value` is attained, nothing exceeds `upper`, and `gap` is their difference.

    `signals[a][y]` is the probability of recommending a in state y (in a state of prior 0: what the receiver would do
    if she knew it). `disobedience` is the most the receiver would gain by another answer, before anything is said.
    `multipliers`, `floor_multiplier` and `prices` prove `upper`: chatarena.games.obedience.dual_bound.
    `rows` obedience rows of `rows_in_all` were written down, in `rounds` solutions.
    """

    value: float
    upper: float
    gap: float
    receiver_value: float
    disobedience: float
    floor: float | None
    status: Status
    method: str = "linear program over recommendations, obedience rows as violated, HiGHS dual simplex"
    signals: tuple[tuple[float, ...], ...]
    recommendations: tuple[Recommendation, ...]
    multipliers: tuple[Multiplier, ...]
    floor_multiplier: float
    prices: tuple[float, ...]
    rows: int
    rows_in_all: int
    rounds: int


def persuade(prior: ArrayLike, sender: ArrayLike, receiver: ArrayLike, *, floor: float | None = None) -> Persuasion:
    """The most a sender gets who commits to what he says in every state.

    Args:
        prior: probabilities of the states, (Y,).
        sender: his utilities, (A, Y).
        receiver: hers, (A, Y).
        floor: what she must get at least, in her utility; None for no such demand.

    Raises:
        ValueError: tables that do not fit together, or a floor that even full information does not reach.
        ArenaError: the linear program was not solved.
    """
    game = sender_receiver(prior, sender, receiver)
    most = float(game.prior @ game.receiver.max(axis=0))
    if floor is not None and not floor <= most + TOLERANCE * span(game.receiver):
        raise ValueError(f"floor {floor!r} is out of reach: full information gives the receiver {most!r}")
    return _solved(game, None if floor is None else min(float(floor), most))


class _Rows:
    """The program in units of both ranges, and which obedience rows it has."""

    def __init__(self, game: SenderReceiver, floor: float | None) -> None:
        actions, states = game.actions, game.states
        self.game, self.floor = game, floor
        self.sender_unit, self.receiver_unit = span(game.sender), span(game.receiver)
        # Constants of a state are taken off: they change nothing here and cost digits.
        self.receiver = (game.receiver - game.receiver[0]) / self.receiver_unit
        self.program = LinearProgram(((game.sender - game.sender.max(axis=0)) / self.sender_unit).ravel())
        columns = np.arange(actions * states).reshape(actions, states)
        self.program.add_rows(columns.T.copy(), np.ones((states, actions)), game.prior, game.prior)
        if floor is not None:
            side = (floor - float(game.prior @ game.receiver[0])) / self.receiver_unit
            self.program.add_rows(columns.reshape(1, -1), self.receiver.reshape(1, -1), side, np.inf)
        self.pairs: IntArray = np.zeros((0, 2), dtype=np.int64)
        self.held = np.zeros((actions, actions), dtype=np.bool_)
        self._columns = columns

    def enter(self, joint: FloatArray) -> int:
        """Write down the worst violation of every recommendation; how many there are."""
        # One that is there already is violated by rounding only.
        gain = np.where(self.held, 0.0, gains(joint, self.receiver))
        instead = gain.argmax(axis=1)
        actions = np.flatnonzero(gain[np.arange(len(gain)), instead] > ENTER)
        instead = instead[actions]
        if len(actions):
            differences = self.receiver[actions] - self.receiver[instead]
            self.program.add_rows(self._columns[actions], differences, 0.0, np.inf)
            self.held[actions, instead] = True
            self.pairs = np.vstack([self.pairs, np.stack([actions, instead], axis=1)])
        return len(actions)

    def multipliers(self, vertex: Vertex) -> tuple[FloatArray, float]:
        """Of obedience (A, A) and of the floor, in the units of the game."""
        exchange = self.sender_unit / self.receiver_unit
        first = self.game.states + (self.floor is not None)
        table = np.zeros((self.game.actions, self.game.actions))
        # Rows that hold a value up have a dual <= 0 in a maximum.
        np.add.at(table, (self.pairs[:, 0], self.pairs[:, 1]), np.maximum(-vertex.duals[first:], 0.0) * exchange)
        floor = 0.0 if self.floor is None else max(0.0, -float(vertex.duals[self.game.states])) * exchange
        return table, floor


def _solved(game: SenderReceiver, floor: float | None) -> Persuasion:
    rows, rounds = _Rows(game, floor), 0
    while True:
        rounds += 1
        vertex = rows.program.solve()
        joint = _repaired(vertex.values.reshape(game.sender.shape), game.prior)
        if not rows.enter(joint):
            return _described(rows, vertex, joint, rounds)


def _repaired(joint: FloatArray, prior: FloatArray) -> FloatArray:
    """Probabilities that are none and sums that are not the prior's are set right to the last digit."""
    joint = np.maximum(joint, 0.0)
    total = joint.sum(axis=0)
    return np.asarray(joint * np.where(total > 0.0, prior / np.where(total > 0.0, total, 1.0), 0.0))


def _described(rows: _Rows, vertex: Vertex, joint: FloatArray, rounds: int) -> Persuasion:
    game = rows.game
    table, at_floor = rows.multipliers(vertex)
    upper, prices = dual_bound(game, table, floor=rows.floor or 0.0, floor_multiplier=at_floor)
    value = float((joint * game.sender).sum())
    against = disobedience(joint, game.receiver)
    hers = float((joint * game.receiver).sum())
    short = 0.0 if rows.floor is None else max(0.0, rows.floor - hers)
    proved = upper - value <= TOLERANCE * rows.sender_unit
    obeyed = max(against, short) <= TOLERANCE * rows.receiver_unit
    return Persuasion(
        value=value,
        upper=max(upper, value),
        gap=max(0.0, upper - value),
        receiver_value=hers,
        disobedience=against,
        floor=rows.floor,
        status="optimal" if proved and obeyed else "not certified",
        signals=_signals(game, joint),
        recommendations=recommendations(joint),
        multipliers=tuple(
            Multiplier(action=int(a), instead=int(b), price=float(table[a, b])) for a, b in np.argwhere(table > 0.0)
        ),
        floor_multiplier=at_floor,
        prices=tuple(map(float, prices)),
        rows=len(rows.pairs),
        rows_in_all=game.actions * (game.actions - 1),
        rounds=rounds,
    )


def recommendations(joint: FloatArray) -> tuple[Recommendation, ...]:
    """What is said with positive probability, in the order of actions; the posteriors average to the prior."""
    chances = joint.sum(axis=1)
    return tuple(
        Recommendation(action=int(a), probability=float(chances[a]), posterior=tuple(map(float, joint[a] / chances[a])))
        for a in np.flatnonzero(chances > 0.0)
    )


def _signals(game: SenderReceiver, joint: FloatArray) -> tuple[tuple[float, ...], ...]:
    known = game.receiver.argmax(axis=0)[None] == np.arange(game.actions)[:, None]
    chances = np.where(game.prior > 0.0, joint / np.where(game.prior > 0.0, game.prior, 1.0), known)
    return tuple(tuple(map(float, row)) for row in chances)


def concavified(sender: ArrayLike, receiver: ArrayLike, beliefs: ArrayLike) -> tuple[tuple[float, float], ...]:
    """(v(p), cav v(p)) at every belief: what it is worth as it stands, and with the best that can still be said.

    Args:
        sender: (A, Y).
        receiver: (A, Y).
        beliefs: (M, Y).

    Raises:
        ValueError: as `persuade`.

    Source: Kamenica and Gentzkow (2011), corollary 1: the value of persuasion is the concave closure of v.
    """
    rows = np.atleast_2d(np.asarray(beliefs, dtype=np.float64))
    found = []
    for row in rows:
        game = sender_receiver(row, sender, receiver)
        found.append((float(sender_values(game, game.prior[None])[0]), _solved(game, None).value))
    return tuple(found)
