"""Leaders who all talk to the user at once with deterministic rules: every profile of rules, many games together.

A rule that says one message after each signal tells in which cell of a partition the signal lies. Who hears all leaders
knows the cell of the common refinement, so what comes of a profile is what comes of one partition, and all profiles of
k leaders are looked up in a table of outcomes that has one row a partition.

    outcome(p_1, ..., p_k) = outcome(p_1 v ... v p_k)

Law: all leaders see one signal. Nothing is sampled; what is too large to be looked at whole is refused.

Source: derived here; docs/theory/competition.md, results 1 and 2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from chatarena.games.game import Game
from chatarena.games.observation import observe
from chatarena.games.reading import SAME
from chatarena.games.rules import partitions, told_value
from chatarena.hull.kinds import BoolArray, FloatArray, IntArray

# Profiles of one game, and numbers held at once, eight bytes each.
MOST_PROFILES = 500_000
# Partitions of seven signals are 877, of eight 4,140: their refinements would be 17 million.
MOST_SIGNALS = 7
AT_ONCE = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TalkGames:
    """B games. `user` (B, P) and `leaders` (B, k, P) are values of each partition, which `cells` (P, S) tells.

    `rules` are the partitions that a leader's messages can tell, `join` (P, P) the common refinement. `distance` (B, P)
    is how far what she believes an action to be worth is at most from what it is given the signals. `full` is the
    place of the partition that tells everything; `aligned` (B,) of a rule that is worth most to the user by itself.
    """

    cells: IntArray
    join: IntArray
    rules: IntArray
    user: FloatArray
    leaders: FloatArray
    distance: FloatArray
    aligned: IntArray
    optimum: FloatArray

    @property
    def count(self) -> int:
        """B."""
        return int(self.user.shape[0])

    @property
    def n_leaders(self) -> int:
        """k."""
        return int(self.leaders.shape[1])

    @property
    def silent(self) -> int:
        """The place of the partition that tells nothing."""
        return 0


def talks_of(game: Game, *, messages: int | None = None, precision: float | None = None) -> TalkGames:
    """One game as a batch of one; arguments as `talk_games`.

    Raises:
        ValueError: leaders who see signals of their own, or as `talk_games`.
    """
    if game.own_signals:
        raise ValueError("leaders with signals of their own have no common partition: follow their rules by the tree")
    seen = observe(game)
    sharp = None if precision is None else np.array([precision])
    return talk_games(seen.user[None], seen.leaders[None], seen.weights.sum(axis=2)[None], messages, precision=sharp)


def talk_games(
    user: FloatArray,
    leaders: FloatArray,
    mass: FloatArray,
    messages: int | None = None,
    *,
    precision: FloatArray | None = None,
    errors: FloatArray | None = None,
) -> TalkGames:
    """Outcomes of every partition in every game.

    Args:
        user: worths of actions with her signals and theirs (chatarena.games.observation), (B, A, X, S).
        leaders: likewise, (B, k, A, X, S).
        mass: chances of the signals, (B, X, S).
        messages: M; None for as many as there are signals.
        precision: lambda of each game, (B,); None for best responses, the first of equals.
        errors: by how much what she believes is off, (B, P, A, X, S): by partition and cell; None for not at all.

    Raises:
        ValueError: more than `MOST_SIGNALS` signals of the leaders, or no message.
    """
    signals = user.shape[-1]
    if signals > MOST_SIGNALS:
        raise ValueError(f"all rules are looked at for at most {MOST_SIGNALS} signals of the leaders, not {signals}")
    cells = partitions(signals, signals)
    rules = np.flatnonzero(cells.max(axis=1) < (messages or signals))
    if not len(rules):
        raise ValueError(f"at least one message is needed, not {messages!r}")
    values, theirs, distance = _outcomes(user, leaders, mass, cells, precision, errors)
    alone = np.stack([told_value(user, row) for row in cells[rules]], axis=1)
    return TalkGames(
        cells=cells,
        join=_joins(signals),
        rules=rules,
        user=values,
        leaders=theirs,
        distance=distance,
        aligned=rules[np.argmax(alone >= alone.max(axis=1, keepdims=True) - SAME, axis=1)],
        optimum=user.max(axis=1).sum(axis=(1, 2)),
    )


def profiles(games: TalkGames) -> tuple[IntArray, IntArray]:
    """Every profile: the rules (N, k), as places in `rules`, and the partition that comes of it (N,).

    Raises:
        ValueError: more than `MOST_PROFILES`.
    """
    m, k = len(games.rules), games.n_leaders
    if m**k > MOST_PROFILES:
        raise ValueError(
            f"{k} leaders with {m} rules make {m**k} profiles, more than {MOST_PROFILES}: take fewer of either"
        )
    grid = np.indices((m,) * k).reshape(k, -1).T
    heard = games.rules[grid[:, 0]]
    for i in range(1, k):
        heard = games.join[heard, games.rules[grid[:, i]]]
    return grid, heard


def blocks(games: TalkGames, size: int) -> Iterator[slice]:
    """Games that are looked at together, so that memory stays within bounds."""
    step = max(1, AT_ONCE // (size * (games.n_leaders + 2)))
    for start in range(0, games.count, step):
        yield slice(start, start + step)


def gains(games: TalkGames, block: slice, heard: IntArray) -> FloatArray:
    """What each leader could gain alone at each profile: (b, N, k)."""
    m, k = len(games.rules), games.n_leaders
    found = []
    for i in range(k):
        payoff = games.leaders[block, i][:, heard].reshape(-1, *(m,) * k)
        found.append((payoff.max(axis=i + 1, keepdims=True) - payoff).reshape(len(payoff), -1))
    return np.stack(found, axis=2)


@cache
def _joins(signals: int) -> IntArray:
    """The place of the common refinement of every two partitions."""
    cells = partitions(signals, signals)
    place = {tuple(row): p for p, row in enumerate(cells.tolist())}
    found = np.empty((len(cells), len(cells)), dtype=np.int64)
    for p, first in enumerate(cells.tolist()):
        for q, second in enumerate(cells.tolist()):
            seen: dict[tuple[int, int], int] = {}
            both = tuple(seen.setdefault(pair, len(seen)) for pair in zip(first, second, strict=True))
            found[p, q] = place[both]
    return found


def _outcomes(
    user: FloatArray,
    leaders: FloatArray,
    mass: FloatArray,
    cells: IntArray,
    precision: FloatArray | None,
    errors: FloatArray | None,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    values, theirs, distance = [], [], []
    known = user / np.where(mass > 0.0, mass, 1.0)[:, None]
    for p, row in enumerate(cells):
        inside = (row[:, None] == np.arange(int(row.max()) + 1)).astype(np.float64)
        chance = mass @ inside
        believed = user @ inside / np.where(chance > 0.0, chance, 1.0)[:, None]
        if errors is not None:
            believed = believed + errors[:, p, :, :, : inside.shape[1]]
        taken = _taken(believed, precision)
        # Of what she does in a cell, everything else follows signal by signal.
        each = taken[..., row]
        values.append((each * user).sum(axis=(1, 2, 3)))
        theirs.append((each[:, None] * leaders).sum(axis=(2, 3, 4)))
        off = np.abs(believed[..., row] - known) * (mass > 0.0)[:, None]
        distance.append(off.max(axis=(1, 2, 3)))
    return np.stack(values, axis=1), np.stack(theirs, axis=2), np.stack(distance, axis=1)


def _taken(believed: FloatArray, precision: FloatArray | None) -> FloatArray:
    """Chances of actions (axis 1)."""
    top = believed.max(axis=1, keepdims=True)
    if precision is None:
        best: BoolArray = believed >= top - SAME
        return np.asarray(best & (np.cumsum(best, axis=1) == 1), dtype=np.float64)
    odds = np.exp(precision[:, None, None, None] * (believed - top))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))
