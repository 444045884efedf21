"""Persuasion over two states in closed form, thousands of games at once.

The receiver's best action changes only where the upper envelope of her expected utilities has a corner. Between two
corners the sender's value is a maximum of straight lines, so its concave closure is spanned by its values at the
corners and at both ends:

    cav v(p) = max over corners l <= p <= r of the chord from (l, v(l)) to (r, v(r)), read at p

Law: ties go to the sender; utilities within `sender_receiver.TIE` of the receiver's range are ties.

Source: Kamenica and Gentzkow (2011), corollary 1, for two states; the walk along the envelope is derived here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from chatarena.games.compiled import kernel
from chatarena.games.sender_receiver import TIE, checked_array
from chatarena.hull.kinds import Engine, FloatArray, IntArray

# So many numbers of one intermediate table are held at once.
AT_ONCE = 2_000_000

# Corners (G, A + 1) in rising order, padded with 1; the sender's value and the action there.
Corners: TypeAlias = tuple[FloatArray, FloatArray, IntArray]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TwoStateValues:
    """The best commitment in each game, arrays over games.

    `posteriors`, `weights` and `actions` (G, 2) say what is induced: the probability of the second state after each of
    two messages, how often each is sent, and how it is answered; one of the weights may be 0.
    """

    value: FloatArray
    posteriors: FloatArray
    weights: FloatArray
    actions: IntArray
    method: str
    engine: Literal["numpy", "compiled"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ValueCurve:
    """What every belief is worth to the sender as it stands, and with the best that can still be said.

    `beliefs` is the probability of the second state, rising, every corner included; `corners` are the beliefs between
    which the closure is straight.
    """

    beliefs: FloatArray
    values: FloatArray
    closure: FloatArray
    corners: FloatArray


def persuade_two_states(
    prior: ArrayLike, sender: ArrayLike, receiver: ArrayLike, *, engine: Engine = "auto"
) -> TwoStateValues:
    """The most a sender gets in each of many games over two states.

    Args:
        prior: probability of the second state, (G,).
        sender: his utilities, (G, A, 2).
        receiver: hers, (G, A, 2).
        engine: auto, numpy or compiled; the results agree to rounding.

    Raises:
        ValueError: shapes that do not match, a number that is not finite, or a prior outside [0, 1].
    """
    mu, his, hers = _checked(prior, sender, receiver)
    compiled = kernel("two_states_kernel", engine)
    if compiled is not None:
        value, posteriors, weights, actions = compiled.every_game(mu, his, hers, TIE)
    else:
        size = max(1, AT_ONCE // (his.shape[1] + 1) ** 2)
        parts = [
            _chords(mu[i : i + size], *_corners(his[i : i + size], hers[i : i + size])) for i in range(0, len(mu), size)
        ]
        value, posteriors, weights, actions = (np.concatenate(each) for each in zip(*parts, strict=True))
    return TwoStateValues(
        value=value,
        posteriors=posteriors,
        weights=weights,
        actions=actions,
        method="corners of the receiver's envelope, best chord over the prior",
        engine="numpy" if compiled is None else "compiled",
    )


def value_curve(sender: ArrayLike, receiver: ArrayLike, *, points: int = 201) -> ValueCurve:
    """The sender's value of a belief over two states and its concave closure, to be drawn.

    Args:
        sender: (A, 2).
        receiver: (A, 2).
        points: equally spaced beliefs, besides the corners.

    Raises:
        ValueError: as `persuade_two_states`, or fewer than two points.
    """
    if points < 2:
        raise ValueError(f"a curve needs at least 2 points, not {points!r}")
    _, his, hers = _checked([0.5], np.asarray(sender)[None], np.asarray(receiver)[None])
    at, worth, _ = _corners(his, hers)
    corners, first = np.unique(at[0], return_index=True)
    beliefs = np.union1d(np.linspace(0.0, 1.0, points), corners)
    _, values, _ = _worth(beliefs[None], his, hers)
    many = len(beliefs)
    at_all, worth_all, actions = _corners(np.repeat(his, many, axis=0), np.repeat(hers, many, axis=0))
    closure = _chords(beliefs, at_all, worth_all, actions)[0]
    straight = [
        i
        for i in range(len(corners))
        if worth[0, first[i]] >= np.interp(corners[i], beliefs, closure) - 1e-12 * max(1.0, np.abs(worth).max())
    ]
    return ValueCurve(beliefs=beliefs, values=values[0], closure=closure, corners=corners[straight])


def _checked(prior: ArrayLike, sender: ArrayLike, receiver: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
    mu = checked_array(prior, "prior", 1)
    his, hers = checked_array(sender, "sender utilities", 3), checked_array(receiver, "receiver utilities", 3)
    for name, table in (("sender", his), ("receiver", hers)):
        if table.shape != (len(mu), his.shape[1], 2):
            raise ValueError(
                f"{name} utilities are {table.shape}, wanted {(len(mu), his.shape[1], 2)}: games x actions x 2 states"
            )
    outside = mu[(mu < 0.0) | (mu > 1.0)]
    if len(outside):
        raise ValueError(f"a prior probability lies between 0 and 1, not at {float(outside[0])!r}")
    return mu, his, np.ascontiguousarray(hers - hers[:, :1])


def _corners(sender: FloatArray, receiver: FloatArray) -> Corners:
    """Walk along the envelope from belief 0 to belief 1, in all games at once."""
    games, actions, _ = receiver.shape
    every = np.arange(games)
    base, slope = receiver[..., 0], receiver[..., 1] - receiver[..., 0]
    # Of several that are best in the first state, the steepest takes over at once.
    now = np.where(base == base.max(axis=1, keepdims=True), slope, -np.inf).argmax(axis=1)
    at = np.zeros((games, actions + 1))
    at[:, 1:] = 1.0
    for step in range(1, actions):
        steeper = slope - slope[every, now][:, None]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            meets = np.where(steeper > 0.0, (base[every, now][:, None] - base) / steeper, np.inf)
        nearest = meets.min(axis=1)
        goes = nearest < 1.0
        if not goes.any():
            break
        at[:, step] = np.where(goes, np.maximum(nearest, at[:, step - 1]), 1.0)
        following = np.where(meets == nearest[:, None], slope, -np.inf).argmax(axis=1)
        now = np.where(goes, following, now)
    return _worth(at, sender, receiver)


def _worth(at: FloatArray, sender: FloatArray, receiver: FloatArray) -> Corners:
    """The sender's value and action at beliefs (G, P)."""
    p = at[:, :, None]
    hers = (1.0 - p) * receiver[:, None, :, 0] + p * receiver[:, None, :, 1]
    reach = (receiver.max(axis=1) - receiver.min(axis=1)).max(axis=1)[:, None, None]
    his = (1.0 - p) * sender[:, None, :, 0] + p * sender[:, None, :, 1]
    open_to_him = np.where(hers >= hers.max(axis=2, keepdims=True) - TIE * reach, his, -np.inf)
    actions = open_to_him.argmax(axis=2)
    return at, np.take_along_axis(open_to_him, actions[..., None], axis=2)[..., 0], actions


def _chords(
    mu: FloatArray, at: FloatArray, worth: FloatArray, actions: IntArray
) -> tuple[FloatArray, FloatArray, FloatArray, IntArray]:
    """The best pair of corners around the prior: value, posteriors, weights and actions."""
    games, points = at.shape
    left, right = at[:, :, None], at[:, None, :]
    apart = right - left
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(apart > 0.0, (mu[:, None, None] - left) / apart, 0.0)
    height = (1.0 - share) * worth[:, :, None] + share * worth[:, None, :]
    around = (left <= mu[:, None, None]) & (right >= mu[:, None, None])
    best = np.where(around, height, -np.inf).reshape(games, -1).argmax(axis=1)
    every, pair = np.arange(games), np.stack([best // points, best % points], axis=1)
    rightward = share.reshape(games, -1)[every, best]
    return (
        height.reshape(games, -1)[every, best],
        np.take_along_axis(at, pair, axis=1),
        np.stack([1.0 - rightward, rightward], axis=1),
        np.take_along_axis(actions, pair, axis=1),
    )
