"""A finite game between a user who decides and leaders who advise: beliefs, utilities, and what everybody observes.

    state y ~ prior;  the user sees x_A ~ P(x_A | y), the leaders x_B ~ P(x_B | y);  she takes action a, worth u(a, y)

Law: utilities lie in [0, 1]. Whoever has them on another scale names it, once and for everybody, so that differences
between users and leaders mean the same.

Signals are independent given the state. A joint law of other form becomes one by finer states: (y, x_A, x_B) for y.

Source: Collina, Goel, Roth, Ryu and Shi, ICML 2026 (arXiv 2509.15090), the model: u_A is `user`, U_i is `leaders[i]`.
That the leaders observe one signal together is read from there; signals of their own are an extension of ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from chatarena.hull.kinds import FloatArray

# Probabilities may miss a sum of one by this much; they are divided by their sum.
SUM_TOLERANCE = 1e-6
# A utility may leave [0, 1] by this much, which is rounding; it is put back.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Game:
    """One game; made by `game`, which checks it. Arrays cannot be written to.

    `prior` (Y,), `user` (A, Y) and `leaders` (k, A, Y) are complete. `user_signal` (X_A, Y) is the probability of each
    of her signals in each state, None where she observes nothing. `leader_signal` is (X_B, Y), one signal that all
    leaders see, or (k, X_B, Y), one of each leader's own; None where they observe the state itself. `scale` is what
    became 0 and 1. `statement` says what is known of the game, where something is.
    """

    name: str
    prior: FloatArray
    user: FloatArray
    leaders: FloatArray
    state_names: tuple[str, ...]
    action_names: tuple[str, ...]
    leader_names: tuple[str, ...]
    user_signal: FloatArray | None = None
    leader_signal: FloatArray | None = None
    scale: tuple[float, float] = (0.0, 1.0)
    statement: str = ""

    @property
    def n_states(self) -> int:
        """Y, the number of states."""
        return int(self.user.shape[1])

    @property
    def n_actions(self) -> int:
        """A, the number of actions."""
        return int(self.user.shape[0])

    @property
    def n_leaders(self) -> int:
        """k, the number of leaders."""
        return int(self.leaders.shape[0])

    @property
    def own_signals(self) -> bool:
        """Whether each leader sees a signal of its own."""
        return self.leader_signal is not None and self.leader_signal.ndim == 3


def game(
    prior: ArrayLike,
    user: ArrayLike,
    leaders: ArrayLike,
    *,
    name: str = "game",
    states: Sequence[str] = (),
    actions: Sequence[str] = (),
    agents: Sequence[str] = (),
    user_signal: ArrayLike | None = None,
    leader_signal: ArrayLike | None = None,
    scale: tuple[float, float] = (0.0, 1.0),
    statement: str = "",
) -> Game:
    """The checked game.

    Args:
        prior: probabilities of the states, (Y,), summing to one within `SUM_TOLERANCE`.
        user: her utilities, (A, Y), on `scale`.
        leaders: the leaders', (k, A, Y), on the same scale.
        name: what it is called.
        states: Y different names, or none; likewise `actions` (A) and `agents` (k).
        user_signal: probability of each of her signals in each state, (X_A, Y); columns sum to one.
        leader_signal: likewise (X_B, Y) for all leaders together, or (k, X_B, Y) for each; None: they know the state.
        scale: the values that become 0 and 1.
        statement: what is known of the game.

    Raises:
        ValueError: shapes that do not fit together, a number that is missing, infinite or off the scale,
            probabilities that are negative or do not sum to one, or names that are not different.
    """
    chances = _distributions(_array(prior, "prior", (1,))[:, None], "prior")[:, 0]
    own, theirs = _array(user, "user", (2,)), _array(leaders, "leaders", (3,))
    if own.shape[1] != len(chances):
        raise ValueError(f"user has {own.shape[1]} states (columns), the prior {len(chances)}")
    if theirs.shape[1:] != own.shape:
        raise ValueError(f"leaders must be k x {own.shape[0]} actions x {own.shape[1]} states, not {theirs.shape}")
    low, high = float(scale[0]), float(scale[1])
    if not low < high:
        raise ValueError(f"the scale must go from a lower to a higher number, not {scale!r}")
    k, n_actions, n_states = theirs.shape
    return Game(
        name=name,
        prior=_fixed(chances),
        user=_unit(own, low, high, "user"),
        leaders=_unit(theirs, low, high, "leaders"),
        state_names=_names(states, n_states, "state"),
        action_names=_names(actions, n_actions, "action"),
        leader_names=_names(agents, k, "leader"),
        user_signal=_signal(user_signal, "user_signal", n_states, None),
        leader_signal=_signal(leader_signal, "leader_signal", n_states, k),
        scale=(low, high),
        statement=statement,
    )


def _array(values: ArrayLike, what: str, axes: tuple[int, ...]) -> FloatArray:
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{what} must be a table of numbers, all its rows alike{_lengths(values)}") from error
    if array.ndim not in axes or not array.size:
        raise ValueError(f"{what} must have {' or '.join(map(str, axes))} axes and entries, not shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{what} holds {array[~np.isfinite(array)][0]!r}: every number must be there and finite")
    return array


def _lengths(values: object) -> str:
    """How many there are of each, at the first depth at which they differ."""
    level = [values]
    while level and all(isinstance(each, list | tuple) for each in level):
        lengths = [len(each) for each in level if isinstance(each, list | tuple)]
        if len(set(lengths)) > 1:
            return f", not {', '.join(map(str, lengths))}"
        level = [inner for each in level if isinstance(each, list | tuple) for inner in each]
    return ""


def _unit(table: FloatArray, low: float, high: float, what: str) -> FloatArray:
    values = (table - low) / (high - low)
    outside = (values < -ROUNDING) | (values > 1.0 + ROUNDING)
    if outside.any():
        raise ValueError(
            f"{what} holds {float(table[outside][0])!r}, which is off the scale from {low!r} to {high!r}:"
            " name the scale of the utilities"
        )
    return _fixed(np.clip(values, 0.0, 1.0))


def _distributions(table: FloatArray, what: str) -> FloatArray:
    """Each column divided by its sum."""
    if (table < 0.0).any():
        raise ValueError(f"{what} holds {float(table.min())!r}: a probability cannot be negative")
    total = table.sum(axis=-2, keepdims=True)
    wrong = np.abs(total - 1.0) > SUM_TOLERANCE
    if wrong.any():
        raise ValueError(f"the probabilities of {what} must sum to 1, not {float(total[wrong][0])!r}")
    return np.asarray(table / total)


def _signal(values: ArrayLike | None, what: str, states: int, leaders: int | None) -> FloatArray | None:
    if values is None:
        return None
    table = _array(values, what, (2,) if leaders is None else (2, 3))
    if table.shape[-1] != states or (table.ndim == 3 and table.shape[0] != leaders):
        own = "" if leaders is None else f", or {leaders} such tables"
        raise ValueError(f"{what} must be signals x {states} states{own}, not {table.shape}")
    return _fixed(_distributions(table, what))


def _names(names: Sequence[str], count: int, what: str) -> tuple[str, ...]:
    found = tuple(map(str, names)) or tuple(f"{what} {i + 1}" for i in range(count))
    if len(found) != count or len(set(found)) != count:
        raise ValueError(f"{count} different names of {what}s are needed, not {list(found)!r}")
    return found


def _fixed(values: FloatArray) -> FloatArray:
    array = np.ascontiguousarray(values)
    array.setflags(write=False)
    return array
