"""Several senders, one receiver who sees everything that is said.

Two finite games are solved exactly.

`sender_equilibria`: every sender picks one of a few experiments, independent given the state; all pure equilibria.

`rich_competition`: every state is cut into cells of equal chance, and a sender may reveal any partition of all cells;
together they reveal the common refinement. Whatever the others reveal, a sender can bring about everything finer and
nothing coarser. So with two senders or more a partition is what some pure equilibrium reveals exactly where no sender
gains by splitting one of its blocks: values add up over blocks. Sets of cells are gone through, not partitions.

`gains_from_more` asks the same of beliefs, without cells: how much each sender gains there by revealing more.

Law: the receiver takes the first of her best actions (up to `sender_receiver.TIE`), whoever would like another.

Source: Gentzkow and Kamenica (2017), Competition in Persuasion, Review of Economic Studies 84 (an equilibrium with rich
signals reveals at least as much as collusion); the finite games and their solution are derived here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import ArrayLike

from chatarena.games.experiments import both, experiment, posteriors
from chatarena.games.persuasion import concavified
from chatarena.games.sender_receiver import best_actions, checked_array, checked_beliefs, sender_receiver, span
from chatarena.hull.kinds import FloatArray, IntArray

# Of a sender's range of utilities: a smaller gain moves nobody.
TOLERANCE = 1e-9
MOST_PROFILES = 200_000
# Sets of cells are 2^cells, their splittings 3^cells.
MOST_CELLS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderEquilibrium:
    """Which experiment each sender shows (numbers in its list), what everybody gets, whether nothing stays hidden."""

    profile: tuple[int, ...]
    senders: tuple[float, ...]
    receiver: float
    reveals_all: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderEquilibria:
    """All pure equilibria of the game with the experiments given, and `collusive`, best for the senders' sum."""

    equilibria: tuple[SenderEquilibrium, ...]
    collusive: SenderEquilibrium
    profiles: int
    method: str = "all profiles gone through"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revealed:
    """A partition of the cells: the states in each block, one number for every cell; and what everybody gets."""

    blocks: tuple[tuple[int, ...], ...]
    senders: tuple[float, ...]
    receiver: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RichCompetition:
    """What pure equilibria reveal where any partition may be revealed.

    `worst` and `best` are the stable partitions the receiver likes least and most (the latter reveals all), `stable`
    how many there are of `partitions`. `alone[i]` is what sender i would reveal without competition, `collusive` what
    all would together; of several equally good the receiver's worst.
    """

    worst: Revealed
    best: Revealed
    stable: int
    partitions: int
    alone: tuple[Revealed, ...]
    collusive: Revealed
    cells: int
    method: str = "sets of cells that no sender splits, joined by dynamic programming"


def sender_equilibria(
    prior: ArrayLike, senders: ArrayLike, receiver: ArrayLike, experiments: Sequence[Sequence[ArrayLike]]
) -> SenderEquilibria:
    """All pure equilibria among senders who each show one of their experiments.

    Args:
        prior: (Y,).
        senders: utilities of each, (n, A, Y).
        receiver: (A, Y).
        experiments: for each sender its list of tables P(signal | state), each (S, Y).

    Raises:
        ValueError: tables that do not fit together, a sender without experiments, or more than `MOST_PROFILES`.
    """
    chances, his, hers = _checked(prior, senders, receiver)
    if len(experiments) != len(his) or not all(len(own) for own in experiments):
        raise ValueError(f"{len(his)} senders need a list of experiments each, not {[len(own) for own in experiments]}")
    choices = [[experiment(table, len(chances)) for table in own] for own in experiments]
    sizes = tuple(len(own) for own in choices)
    if np.prod(sizes, dtype=np.float64) > MOST_PROFILES:
        raise ValueError(f"{sizes} experiments make more than {MOST_PROFILES} profiles: leave some out")
    table = np.empty((*sizes, len(his) + 1))
    hidden = np.empty(sizes, dtype=np.bool_)
    for profile in product(*map(range, sizes)):
        often, beliefs = posteriors(chances, both([own[c] for own, c in zip(choices, profile, strict=True)]))
        table[profile] = often @ _worth(beliefs, his, hers)
        hidden[profile] = bool(((beliefs > TOLERANCE).sum(axis=1) > 1).any())
    rests = np.ones(sizes, dtype=np.bool_)
    for i in range(len(his)):
        rests &= table[..., i] >= table[..., i].max(axis=i, keepdims=True) - TOLERANCE * span(his[i])

    def described(profile: Sequence[int]) -> SenderEquilibrium:
        values, at = table[tuple(profile)], tuple(int(c) for c in profile)
        return SenderEquilibrium(
            profile=at,
            senders=tuple(map(float, values[:-1])),
            receiver=float(values[-1]),
            reveals_all=not hidden[at],
        )

    together = np.unravel_index(int(table[..., :-1].sum(axis=-1).argmax()), sizes)
    return SenderEquilibria(
        equilibria=tuple(described([int(c) for c in profile]) for profile in np.argwhere(rests)),
        collusive=described([int(c) for c in together]),
        profiles=int(np.prod(sizes)),
    )


def rich_competition(prior: ArrayLike, senders: ArrayLike, receiver: ArrayLike, *, cut: int = 2) -> RichCompetition:
    """What senders who may reveal any partition of the cells reveal in pure equilibrium.

    Args:
        prior: (Y,).
        senders: utilities of each of two or more, (n, A, Y).
        receiver: (A, Y).
        cut: into how many cells of equal chance each state is cut; more allow finer lies.

    Raises:
        ValueError: tables that do not fit together, fewer than two senders, no cut, or more than `MOST_CELLS` cells.
    """
    chances, his, hers = _checked(prior, senders, receiver)
    if len(his) < 2:
        raise ValueError(
            f"competition needs 2 senders or more, not {len(his)}: one alone is chatarena.games.persuasion"
        )
    states = np.flatnonzero(chances > 0.0)
    if cut < 1 or cut * len(states) > MOST_CELLS:
        raise ValueError(f"cut {cut!r} makes {cut * len(states)} cells, wanted 1 to {MOST_CELLS}")
    cells = np.repeat(states, cut)
    sets = _Sets(cells, chances, cut, his, hers)
    stable = sets.unsplit()
    everything = np.ones_like(stable)
    total = sets.values[:, :-1].sum(axis=1)
    return RichCompetition(
        worst=sets.joined(-sets.values[:, -1], stable),
        best=sets.joined(sets.values[:, -1], stable),
        stable=sets.count(stable),
        partitions=sets.count(everything),
        alone=tuple(sets.joined(sets.values[:, i], everything) for i in range(len(his))),
        collusive=sets.joined(total, everything),
        cells=len(cells),
    )


def gains_from_more(beliefs: ArrayLike, senders: ArrayLike, receiver: ArrayLike) -> tuple[tuple[float, ...], ...]:
    """How much each sender gains at each belief by the best further revelation: cav v_i(p) - v_i(p).

    Where all are 0 on all beliefs of a splitting and there are two senders or more with rich signals, the splitting is
    what an equilibrium reveals. Where actions tie for the receiver, the gain stated is one with ties in that sender's
    favour, so it may be too large, never too small.

    Args:
        beliefs: (M, Y).
        senders: (n, A, Y).
        receiver: (A, Y).

    Returns:
        M rows of n gains.

    Raises:
        ValueError: tables that do not fit together.
        ArenaError: a linear program was not solved.
    """
    tables = checked_array(senders, "sender utilities", 3)
    rows = checked_beliefs(beliefs, tables.shape[2])
    _, his, hers = _checked(rows[0], tables, receiver)
    own = _worth(rows, his, hers)[:, :-1]
    closures = [[closure for _, closure in concavified(table, hers, rows)] for table in his]
    return tuple(tuple(max(0.0, float(closures[i][m] - own[m, i])) for i in range(len(his))) for m in range(len(rows)))


def _checked(prior: ArrayLike, senders: ArrayLike, receiver: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
    tables = checked_array(senders, "sender utilities", 3)
    games = [sender_receiver(prior, table, receiver) for table in tables]
    return games[0].prior, tables, games[0].receiver


def _worth(beliefs: FloatArray, senders: FloatArray, receiver: FloatArray) -> FloatArray:
    """What each belief (M, Y) is worth to every sender and, last, to the receiver: (M, n + 1)."""
    actions = best_actions(receiver, beliefs).argmax(axis=1)
    every = np.concatenate([senders, receiver[None]])
    return np.asarray(np.einsum("my,nmy->mn", beliefs, every[:, actions]))


class _Sets:
    """All sets of cells, numbered by their bits; `values` (2^N, n + 1) are chance times worth of each as a block."""

    def __init__(self, cells: IntArray, prior: FloatArray, cut: int, senders: FloatArray, receiver: FloatArray) -> None:
        self.cells, self.n = cells, len(cells)
        inside = (np.arange(2**self.n)[:, None] >> np.arange(self.n)) & 1
        joint = np.zeros((2**self.n, len(prior)))
        np.add.at(joint.T, cells, (inside * (prior[cells] / cut)).T)
        chances = joint.sum(axis=1)
        self.values = np.zeros((2**self.n, len(senders) + 1))
        self.values[1:] = chances[1:, None] * _worth(joint[1:] / chances[1:, None], senders, receiver)
        self.units = np.array([span(table) for table in senders])

    def _parts(self, whole: int) -> IntArray:
        """Subsets of a set that hold its lowest cell."""
        lowest = whole & -whole
        rest, found = whole ^ lowest, [lowest]
        part = rest
        while part:
            found.append(lowest | part)
            part = (part - 1) & rest
        return np.array(found, dtype=np.int64)

    def unsplit(self) -> np.typing.NDArray[np.bool_]:
        """Which sets no sender gains by splitting in any way."""
        best = self.values[:, :-1].copy()
        for whole in range(1, len(best)):
            parts = self._parts(whole)
            best[whole] = (self.values[parts, :-1] + best[whole ^ parts]).max(axis=0)
        return np.asarray((best - self.values[:, :-1] <= TOLERANCE * self.units).all(axis=1))

    def joined(self, goal: FloatArray, allowed: np.typing.NDArray[np.bool_]) -> Revealed:
        """The partition into allowed sets with the largest sum of the goal, of several the receiver's worst."""
        # The receiver's worth decides among what differs by rounding only.
        slack = TOLERANCE * (1.0 + np.abs(goal).max())
        best, hers, first = np.zeros(len(goal)), np.zeros(len(goal)), np.zeros(len(goal), dtype=np.int64)
        for whole in range(1, len(goal)):
            parts = self._parts(whole)
            parts = parts[allowed[parts]]
            sums = goal[parts] + best[whole ^ parts]
            receiver = self.values[parts, -1] + hers[whole ^ parts]
            top = np.flatnonzero(sums >= sums.max() - slack)
            chosen = top[receiver[top].argmin()]
            best[whole], hers[whole], first[whole] = sums[chosen], receiver[chosen], parts[chosen]
        blocks, left = [], len(goal) - 1
        while left:
            blocks.append(int(first[left]))
            left ^= int(first[left])
        values = self.values[blocks].sum(axis=0)
        return Revealed(
            blocks=tuple(tuple(int(self.cells[c]) for c in range(self.n) if block >> c & 1) for block in blocks),
            senders=tuple(map(float, values[:-1])),
            receiver=float(values[-1]),
        )

    def count(self, allowed: np.typing.NDArray[np.bool_]) -> int:
        """How many partitions into allowed sets there are."""
        ways = [1] + [0] * (len(allowed) - 1)
        for whole in range(1, len(allowed)):
            ways[whole] = sum(ways[whole ^ int(part)] for part in self._parts(whole) if allowed[part])
        return ways[-1]
