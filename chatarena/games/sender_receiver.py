"""One who knows the state and commits to what he will say, one who acts: their tables, and what beliefs are worth.

    v(p) = max { E_p[sender(a, y)] : a is best for the receiver under p }        (ties go to the sender)

Law: nothing depends on constants added to the receiver's utilities state by state.

Source: Kamenica and Gentzkow (2011), Bayesian Persuasion, American Economic Review 101, section I.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chatarena.choice.beliefs import validate_belief
from chatarena.hull.kinds import BoolArray, FloatArray

# Differences below this share of the receiver's range of utilities are ties.
TIE = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SenderReceiver:
    """`prior` (Y,), utilities `sender` and `receiver` (A, Y). Made by `sender_receiver`, which checks them."""

    prior: FloatArray
    sender: FloatArray
    receiver: FloatArray

    @property
    def actions(self) -> int:
        """How many the receiver has."""
        return int(self.sender.shape[0])

    @property
    def states(self) -> int:
        """How many there are."""
        return int(self.sender.shape[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderBenchmarks:
    """What the sender gets when nothing is said, when all is said, and when the receiver does as he is told."""

    no_information: float
    full_information: float
    full_alignment: float


def sender_receiver(prior: ArrayLike, sender: ArrayLike, receiver: ArrayLike) -> SenderReceiver:
    """The checked game.

    Args:
        prior: probabilities of the states, (Y,).
        sender: the sender's utilities, (A, Y).
        receiver: the receiver's, (A, Y).

    Raises:
        ValueError: a table that is not actions x states, a shape that does not match, a number that is not finite, or
            a prior that is no distribution.
    """
    chances = np.array(validate_belief(checked_array(prior, "prior", 1).tolist()))
    tables = [
        checked_array(each, name, 2) for each, name in ((sender, "sender utilities"), (receiver, "receiver utilities"))
    ]
    for table, name in zip(tables, ("sender", "receiver"), strict=True):
        if table.shape != (tables[0].shape[0], len(chances)):
            raise ValueError(
                f"{name} utilities are {table.shape}, wanted {(tables[0].shape[0], len(chances))}: actions x states"
            )
    return SenderReceiver(prior=chances, sender=tables[0], receiver=tables[1])


def checked_array(values: ArrayLike, name: str, dimensions: int) -> FloatArray:
    """An own array of finite numbers.

    Raises:
        ValueError: other dimensions, no entry, or a number that is NaN or infinite.
    """
    array: NDArray[Any] = np.array(values, dtype=np.float64)
    if array.ndim != dimensions or array.size == 0:
        raise ValueError(f"{name} must be an array of {dimensions} dimension(s), not of shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds {array[~np.isfinite(array)][0]!r}: every number must be finite")
    return array


def checked_beliefs(beliefs: ArrayLike, states: int) -> FloatArray:
    """Beliefs (M, Y), each divided by its sum.

    Raises:
        ValueError: another number of states, or a row that is no distribution.
    """
    rows = checked_array(beliefs, "beliefs", 2)
    if rows.shape[1] != states:
        raise ValueError(f"beliefs are over {rows.shape[1]} states, the game has {states}")
    return np.array([validate_belief(row) for row in rows.tolist()])


def span(table: FloatArray) -> float:
    """Largest difference between two actions in one state; 1 where there is none."""
    largest = float((table.max(axis=0) - table.min(axis=0)).max())
    return largest if largest > 0.0 else 1.0


def best_actions(receiver: FloatArray, beliefs: FloatArray) -> BoolArray:
    """Which actions are best for the receiver, up to `TIE`, under each belief: (M, A)."""
    # Relative to one action, so that large common constants cost no digits.
    worth = beliefs @ (receiver - receiver[0]).T
    return np.asarray(worth >= worth.max(axis=1, keepdims=True) - TIE * span(receiver))


def sender_values(game: SenderReceiver, beliefs: FloatArray) -> FloatArray:
    """v(p), what each belief (M, Y) is worth to the sender, (M,)."""
    worth = np.where(best_actions(game.receiver, beliefs), beliefs @ game.sender.T, -np.inf)
    return np.asarray(worth.max(axis=1))


def sender_benchmarks(game: SenderReceiver) -> SenderBenchmarks:
    """The three values that any commitment is compared with; the best lies between the larger of the first two and
    the third."""
    return SenderBenchmarks(
        no_information=float(sender_values(game, game.prior[None])[0]),
        full_information=float(game.prior @ sender_values(game, np.eye(game.states))),
        full_alignment=float(game.prior @ game.sender.max(axis=0)),
    )
