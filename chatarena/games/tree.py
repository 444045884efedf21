"""What comes of a profile of conversation rules: the law of state and action, exactly, by the whole tree of the talk.

    W(x_A, talk, y) = prior(y) P(x_A | y) sum_x_B P(x_B | y) prod_i C_i(talk_i | x_B)

and she believes action a to be worth  ubar(a) = sum_y W u(a, y) / sum_y W.

Law: nothing is sampled, so values are exact to rounding. Trees that are larger than `MOST` are refused, and
chatarena.games.sampling takes them.

The user's replies follow a rule, or are the best ones: found backwards from the end, since replies change nothing but
what she hears later.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from chatarena.games.conversation import Profile, Protocol, ReplyRule
from chatarena.games.game import Game
from chatarena.games.observation import user_signal
from chatarena.games.reading import BEST, Reader, respond
from chatarena.hull.kinds import FloatArray

# Numbers in the tree's table (her signals x whole talks x states); 64 MB of them.
MOST = 8_000_000

# Her replies: a rule, or the best ones.
Replies: TypeAlias = "ReplyRule | Literal['best']"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """What comes of it: `law` (Y, A), and expected utilities of the user and of each leader.

    `talks` is how many whole talks with all leaders there can be.
    """

    law: FloatArray
    user: float
    leaders: tuple[float, ...]
    method: Literal["exact"] = "exact"
    talks: int = 0


def tree_size(game: Game, protocol: Protocol) -> int:
    """How many numbers the tree's table has."""
    return int(len(user_signal(game)) * game.n_states * protocol.talks**game.n_leaders)


def outcome(
    game: Game,
    protocol: Protocol,
    profile: Profile,
    reader: Reader = BEST,
    *,
    replies: Replies = "best",
    rng: np.random.Generator | None = None,
) -> Outcome:
    """The law of state and action when these rules meet this user.

    Args:
        game: the game.
        protocol: the form of the conversation.
        profile: one rule for each leader.
        reader: how she responds at the end.
        replies: how she replies between rounds; 'best' maximises her own expected utility, the first of equal ones.
        rng: draws the errors of a reader who has any.

    Raises:
        ValueError: another number of rules than leaders, a tree that is too large, or errors without a generator.
    """
    if len(profile) != game.n_leaders:
        raise ValueError(f"{game.n_leaders} leaders need a rule each, not {len(profile)}")
    size = tree_size(game, protocol)
    if size > MOST:
        raise ValueError(f"the tree of this talk has {size:,} numbers, more than {MOST:,}: sample it instead")
    joint = joint_weights(game, protocol, profile)
    response = responses(game, joint, reader, rng)
    worth = np.einsum("xty,ay,xta->xt", joint, game.user, response)
    reached = joint * _chances(protocol, game.n_leaders, worth, replies)[:, :, None]
    law = np.einsum("xty,xta->ya", reached, response)
    return described(game, law, protocol.talks**game.n_leaders)


def described(game: Game, law: FloatArray, talks: int) -> Outcome:
    """An outcome from its law."""
    return Outcome(
        law=law,
        user=float((law.T * game.user).sum()),
        leaders=tuple(float(value) for value in np.einsum("ya,iay->i", law, game.leaders)),
        talks=talks,
    )


def joint_weights(game: Game, protocol: Protocol, profile: Profile) -> FloatArray:
    """W: her signals x talks x states, as if she gave every reply; talks run over the rounds' messages and replies.

    In each round first come the leaders' messages (the last leader's changing fastest), then her replies to them.
    """
    each = np.stack([_talks(protocol, rule.tables) for rule in profile])
    if game.own_signals and game.leader_signal is not None:
        parts = [np.einsum("by,bt->yt", seen, own) for seen, own in zip(game.leader_signal, each, strict=True)]
        talks = parts[0]
        for part in parts[1:]:
            talks = (talks[:, :, None] * part[:, None, :]).reshape(game.n_states, -1)
    else:
        product = each[0]
        for own in each[1:]:
            product = (product[:, :, None] * own[:, None, :]).reshape(len(product), -1)
        seen = np.eye(game.n_states) if game.leader_signal is None else game.leader_signal
        talks = seen.T @ product
    ordered = _by_round(talks, protocol, game.n_leaders)
    return np.asarray(np.einsum("y,xy,yt->xty", game.prior, user_signal(game), ordered))


def responses(game: Game, joint: FloatArray, reader: Reader, rng: np.random.Generator | None) -> FloatArray:
    """Her chances of each action after each talk, (X_A, talks, A).

    Raises:
        ValueError: the reader errs and there is no generator.
    """
    mass = joint.sum(axis=2, keepdims=True)
    believed = joint @ game.user.T / np.where(mass > 0.0, mass, 1.0)
    if reader.error > 0.0:
        if rng is None:
            raise ValueError("a reader who errs needs a generator that draws the errors")
        believed = believed + rng.uniform(-reader.error, reader.error, believed.shape)
    return respond(believed, reader)


def _talks(protocol: Protocol, tables: tuple[FloatArray, ...]) -> FloatArray:
    """Chance of each whole conversation with one leader, (X_B, talks), whatever she replies."""
    chance = np.ones((len(tables[0]), 1))
    for r, table in enumerate(tables):
        chance = (chance[:, :, None] * table).reshape(len(table), -1)
        if r < protocol.rounds - 1:
            chance = np.repeat(chance, protocol.replies, axis=1)
    return chance


def _by_round(talks: FloatArray, protocol: Protocol, leaders: int) -> FloatArray:
    """From leader by leader to round by round."""
    one = [size for r in range(protocol.rounds) for size in (protocol.messages, protocol.replies)][:-1]
    order = [1 + leader * len(one) + place for place in range(len(one)) for leader in range(leaders)]
    return np.asarray(talks.reshape(len(talks), *(one * leaders)).transpose(0, *order).reshape(len(talks), -1))


def _chances(protocol: Protocol, leaders: int, worth: FloatArray, replies: Replies) -> FloatArray:
    """The chance that she gives the replies of each talk, (X_A, talks)."""
    if protocol.replies == 1 or protocol.rounds == 1:
        return np.ones_like(worth)
    if isinstance(replies, ReplyRule):
        return _ruled(protocol, leaders, worth, replies)
    spoken, answered = protocol.messages**leaders, protocol.replies**leaders
    shape = [len(worth), *([spoken, answered] * (protocol.rounds - 1)), spoken]
    value = worth.reshape(shape)
    chances = np.ones(shape)
    for _ in range(protocol.rounds - 1):
        # What is said after the reply of round r is summed over; then the best reply is kept.
        value = value.sum(axis=-1)
        best = value.argmax(axis=-1)
        kept = np.eye(answered)[best]
        chances = chances * kept.reshape(*kept.shape, *([1] * (len(shape) - kept.ndim)))
        value = value.max(axis=-1)
    return chances.reshape(worth.shape)


def _ruled(protocol: Protocol, leaders: int, worth: FloatArray, rule: ReplyRule) -> FloatArray:
    """Of replies by a rule, each private to its conversation."""
    each = np.ones((len(worth), 1))
    for table in rule.tables:
        each = np.repeat(each, protocol.messages, axis=1)
        each = (each[:, :, None] * table).reshape(len(worth), -1)
    each = np.repeat(each, protocol.messages, axis=1)
    product = each
    for _ in range(leaders - 1):
        product = (product[:, :, None] * each[:, None, :]).reshape(len(worth), -1)
    return _by_round(product, protocol, leaders)
