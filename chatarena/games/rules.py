"""Deterministic conversation rules: which states a leader tells apart, and what the user then does.

A rule that sends one message in each state tells her in which cell of a partition the state lies; which message names
which cell does not matter to anybody. So all M^Y rules come down to the partitions of Y states into at most M cells.
"""

from __future__ import annotations

from functools import cache
from math import perm

import numpy as np
from numpy.typing import ArrayLike

from chatarena.games.selection import SAME, SelectionGames, common_rules
from chatarena.hull.kinds import FloatArray, IntArray

# Partitions of more states are more than anyone enumerates: 10 states have 115,975.
MOST_STATES = 10


@cache
def _grown(states: int, messages: int) -> tuple[tuple[int, ...], ...]:
    """Restricted growth strings: state y lies in cell c only where cells below c have been met."""
    strings: list[tuple[int, ...]] = [(0,)]
    for _ in range(states - 1):
        strings = [(*cells, c) for cells in strings for c in range(min(max(cells) + 2, messages))]
    return tuple(strings)


def partitions(states: int, messages: int) -> IntArray:
    """Every partition of the states into at most `messages` cells: P x states, the cell of each state.

    The first one has one cell (no information), the last one tells apart as much as messages allow.

    Raises:
        ValueError: no state, no message, or more than `MOST_STATES` states.
    """
    if not 1 <= states <= MOST_STATES or messages < 1:
        raise ValueError(
            f"deterministic rules are enumerated for 1 to {MOST_STATES} states and at least 1 message,"
            f" not {states} and {messages}"
        )
    return np.array(_grown(states, messages), dtype=np.int64)


def multiplicities(cells: IntArray, messages: int) -> IntArray:
    """How many of the M^Y rules make each partition.

    Args:
        cells: P x states, as from `partitions`.
        messages: M.
    """
    return np.array([perm(messages, int(row.max()) + 1) for row in cells], dtype=np.int64)


def decisions(prior: FloatArray, user: FloatArray, cells: IntArray) -> IntArray:
    """What the user does in each state under each partition: games x P x states.

    She takes the option of highest expected utility given the cell, the first of equal ones.

    Args:
        prior: games x states, probabilities.
        user: games x options x states.
        cells: P x states.
    """
    inside = (cells[:, :, None] == np.arange(cells.max() + 1)).astype(np.float64)
    weighed = prior[:, None] * user
    worth = np.einsum("bay,pyc->bpca", weighed, inside)
    chosen = np.argmax(worth >= worth.max(axis=3, keepdims=True) - 10.0**-SAME, axis=3)
    return np.take_along_axis(chosen, np.broadcast_to(cells, (len(prior), *cells.shape)), axis=2)


def outcome_values(prior: FloatArray, utility: FloatArray, choice: IntArray) -> FloatArray:
    """Expected utility of each outcome; equal choices give the same number to the last bit.

    Args:
        prior: games x states.
        utility: games x leaders x options x states.
        choice: games x P x states, the option taken.

    Returns:
        games x leaders x P.
    """
    at = np.take_along_axis(utility, choice[:, None], axis=2)
    return np.asarray((prior[:, None, None] * at).sum(axis=3))


def told_value(worth: FloatArray, cells: IntArray) -> FloatArray:
    """What the user gets who is told the cell of a partition in which the signal lies, and takes her best action.

    Args:
        worth: of actions with her signals and the leaders' (chatarena.games.observation), (..., A, X, S).
        cells: of one partition, (S,).
    """
    inside = (cells[:, None] == np.arange(int(cells.max()) + 1)).astype(np.float64)
    return np.asarray((worth @ inside).max(axis=-3).sum(axis=(-2, -1)))


def felt(prior: FloatArray, user: FloatArray, cells: IntArray) -> FloatArray:
    """What she gets in each state under each partition: games x P x states, arguments as in `decisions`."""
    return np.take_along_axis(user, decisions(prior, user, cells), axis=1)


def deterministic_games(
    prior: ArrayLike, user: ArrayLike, leaders: ArrayLike, *, messages: int | None = None
) -> SelectionGames:
    """Best-AI selection between leaders who may each commit to any deterministic rule.

    Args:
        prior: games x states, probabilities.
        user: games x options x states, her utilities.
        leaders: games x leaders x options x states, theirs.
        messages: how many messages there are; None for as many as states.

    Returns:
        The games; rule p is partition p of `partitions(states, messages)`, and `best` is V* over these rules.

    Raises:
        ValueError: shapes that do not match, or too many states.
    """
    p, u, w = (np.asarray(each, dtype=np.float64) for each in (prior, user, leaders))
    if p.ndim != 2 or u.ndim != 3 or w.ndim != 4 or not len(p) == len(u) == len(w):
        raise ValueError(f"a prior, user and leaders for every game are needed, not {p.shape}, {u.shape}, {w.shape}")
    if not u.shape[2] == w.shape[3] == p.shape[1] or u.shape[1] != w.shape[2]:
        raise ValueError(f"states and options must agree, not {p.shape}, {u.shape} and {w.shape}")
    states = p.shape[1]
    choice = decisions(p, u, partitions(states, messages or states))
    return common_rules(outcome_values(p, u[:, None], choice)[:, 0], outcome_values(p, w, choice))
