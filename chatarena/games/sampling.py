"""What comes of a profile of conversation rules, from talks drawn at random: values with intervals.

Law: what is averaged is not what happened in a talk but what was to be expected after it given all she had heard;
that has the same mean and spreads less.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from chatarena.games.conversation import Profile, Protocol, ReplyRule
from chatarena.games.game import Game
from chatarena.games.observation import user_signal
from chatarena.games.reading import BEST, Reader, respond
from chatarena.hull.intervals import Interval
from chatarena.hull.kinds import FloatArray, IntArray

# The normal distribution's two-sided 95 % limit.
Z = 1.959963984540054
# Fewer talks than this make no interval.
FEWEST = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """Means of expected utilities over `n` talks, each with its interval (normal, 95 %)."""

    user: float
    user_interval: Interval
    leaders: tuple[float, ...]
    leader_intervals: tuple[Interval, ...]
    n: int
    method: Literal["sampled"] = "sampled"


def sampled(
    game: Game,
    protocol: Protocol,
    profile: Profile,
    rng: np.random.Generator,
    reader: Reader = BEST,
    *,
    replies: ReplyRule | None = None,
    n: int = 10_000,
) -> Sampled:
    """Values of the talk, estimated.

    Args:
        game: the game.
        protocol: the form of the conversation.
        profile: one rule for each leader.
        rng: draws states, signals, messages, replies and the reader's errors.
        reader: how she responds at the end.
        replies: how she replies; needed where she can reply (best replies are known to the whole tree only).
        n: how many talks.

    Raises:
        ValueError: another number of rules than leaders, no rule for replies, or fewer than `FEWEST` talks.
    """
    if len(profile) != game.n_leaders:
        raise ValueError(f"{game.n_leaders} leaders need a rule each, not {len(profile)}")
    if replies is None and protocol.replies > 1 and protocol.rounds > 1:
        raise ValueError("talks are drawn with a rule for her replies: best replies are known to the whole tree only")
    if n < FEWEST:
        raise ValueError(f"at least {FEWEST} talks make an interval, not {n}")
    posterior, heard = _drawn(game, protocol, profile, replies, rng, n)
    believed = posterior @ game.user.T
    if reader.error > 0.0:
        _, places = np.unique(heard, axis=0, return_inverse=True)
        errors = rng.uniform(-reader.error, reader.error, (int(places.max()) + 1, game.n_actions))
        believed = believed + errors[places.ravel()]
    response = respond(believed, reader)
    hers = np.einsum("na,ay,ny->n", response, game.user, posterior)
    theirs = np.einsum("na,iay,ny->in", response, game.leaders, posterior)
    intervals = [_interval(values) for values in (hers, *theirs)]
    return Sampled(
        user=float(hers.mean()),
        user_interval=intervals[0],
        leaders=tuple(map(float, theirs.mean(axis=1))),
        leader_intervals=tuple(intervals[1:]),
        n=n,
    )


def _interval(values: FloatArray) -> Interval:
    half = Z * float(values.std(ddof=1)) / float(np.sqrt(len(values)))
    return Interval(
        low=float(values.mean()) - half,
        high=float(values.mean()) + half,
        level=0.95,
        method="mean of independent talks, normal",
    )


def _drawn(
    game: Game, protocol: Protocol, profile: Profile, replies: ReplyRule | None, rng: np.random.Generator, n: int
) -> tuple[FloatArray, IntArray]:
    """Her posterior after each talk, (n, Y), and what she heard, (n, 1 + k): her signal and every conversation."""
    states = rng.choice(game.n_states, size=n, p=game.prior)
    hers = _rows(user_signal(game).T[states], rng)
    seen = _leaders_see(game, states, rng)
    histories = np.zeros((game.n_leaders, n), dtype=np.int64)
    likelihoods = [np.ones((n, len(rule.tables[0]))) for rule in profile]
    for r in range(protocol.rounds):
        for i, rule in enumerate(profile):
            here = rule.tables[r][:, histories[i]]
            said = _rows(here[seen[i], np.arange(n)], rng)
            likelihoods[i] *= here[:, np.arange(n), said].T
            histories[i] = histories[i] * protocol.messages + said
            if r < protocol.rounds - 1:
                asked = np.zeros(n, dtype=np.int64)
                if replies is not None:
                    asked = _rows(replies.tables[r][hers, histories[i]], rng)
                histories[i] = histories[i] * protocol.replies + asked
    weights = game.prior * user_signal(game)[hers] * _of_state(game, likelihoods)
    return weights / weights.sum(axis=1, keepdims=True), np.column_stack([hers, histories.T])


def _leaders_see(game: Game, states: IntArray, rng: np.random.Generator) -> list[IntArray]:
    if game.leader_signal is None:
        return [states] * game.n_leaders
    if game.own_signals:
        return [_rows(table.T[states], rng) for table in game.leader_signal]
    return [_rows(game.leader_signal.T[states], rng)] * game.n_leaders


def _of_state(game: Game, likelihoods: list[FloatArray]) -> FloatArray:
    """Chance of what was said in each state, (n, Y)."""
    if game.own_signals and game.leader_signal is not None:
        parts = [own @ table for own, table in zip(likelihoods, game.leader_signal, strict=True)]
        return np.asarray(np.prod(parts, axis=0))
    together = np.prod(likelihoods, axis=0)
    return np.asarray(together if game.leader_signal is None else together @ game.leader_signal)


def _rows(chances: FloatArray, rng: np.random.Generator) -> IntArray:
    """One draw from each row."""
    edges = chances.cumsum(axis=1)
    return np.asarray((rng.random(len(chances))[:, None] * edges[:, -1:] >= edges).sum(axis=1))
