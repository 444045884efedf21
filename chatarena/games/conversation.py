"""How leaders talk: a rule that gives, for its signal and what was said in its own conversation, chances of a message.

    C_i(x_B, history) -> distribution over messages        in each of R rounds

Law: a conversation is private. What a leader says depends on its signal and on what it and the user said to each other.

In every round all leaders speak, then the user may reply to each, except after the last round. A history is numbered:
empty is 0, and after message m and reply q history h becomes (h M + m) Q + q.

Source: Collina et al., ICML 2026, conversation rules. Finite alphabets and the user's replies as tables are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from chatarena.games.game import Game
from chatarena.hull.kinds import FloatArray, IntArray

# Probabilities may miss a sum of one by this much.
SUM_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """R rounds, M messages for each leader, and Q replies for the user (1: she only listens)."""

    rounds: int = 1
    messages: int = 2
    replies: int = 1

    def __post_init__(self) -> None:
        if min(self.rounds, self.messages, self.replies) < 1:
            raise ValueError(f"rounds, messages and replies are at least 1 each, not {self}")

    def histories(self, after: int) -> int:
        """How many histories one conversation can have after so many rounds."""
        return int((self.messages * self.replies) ** after)

    @property
    def talks(self) -> int:
        """How many whole conversations there are with one leader: the last round has no reply."""
        return self.histories(self.rounds - 1) * self.messages


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ConversationRule:
    """`tables[r]` (X_B, histories after r rounds, M): chances of each message in round r + 1."""

    tables: tuple[FloatArray, ...]
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReplyRule:
    """How the user replies to each leader: `tables[r]` (X_A, histories after r rounds times M, Q), a round each but the
    last. What she says to one leader depends on her signal and her conversation with that leader."""

    tables: tuple[FloatArray, ...]


# One rule for each leader, in their order.
Profile: TypeAlias = Sequence[ConversationRule]


def conversation_rule(
    tables: Sequence[ArrayLike], protocol: Protocol, signals: int, *, name: str = ""
) -> ConversationRule:
    """The checked rule.

    Args:
        tables: one for each round, signals x histories x messages.
        protocol: the form of the conversation.
        signals: X_B, how many signals this leader may see.
        name: what it is called.

    Raises:
        ValueError: another number or shape of tables, or rows that are no distributions.
    """
    shapes = [(signals, protocol.histories(r), protocol.messages) for r in range(protocol.rounds)]
    return ConversationRule(tables=_checked(tables, shapes, "conversation rule"), name=name)


def reply_rule(tables: Sequence[ArrayLike], protocol: Protocol, signals: int) -> ReplyRule:
    """The user's replies, checked; `signals` is X_A.

    Raises:
        ValueError: as `conversation_rule`.
    """
    shapes = [
        (signals, protocol.histories(r) * protocol.messages, protocol.replies) for r in range(protocol.rounds - 1)
    ]
    return ReplyRule(tables=_checked(tables, shapes, "reply rule"))


def silent(game: Game, protocol: Protocol, *, name: str = "babbling") -> ConversationRule:
    """Always the first message: nothing is said."""
    return told(game, protocol, np.zeros(signals_of(game), dtype=np.int64), name=name)


def told(game: Game, protocol: Protocol, cells: IntArray, *, name: str = "") -> ConversationRule:
    """The rule that tells in which cell its signal lies, as digits over the rounds where one message is not enough.

    Args:
        game: the game.
        protocol: the form of the conversation.
        cells: the cell of each signal, (X_B,), below M^R.

    Raises:
        ValueError: a cell that M messages in R rounds cannot tell.
    """
    m, rounds = protocol.messages, protocol.rounds
    if len(cells) != signals_of(game) or cells.min() < 0 or cells.max() >= m**rounds:
        raise ValueError(
            f"cells must be {signals_of(game)} numbers from 0 to {m**rounds - 1}:"
            f" what {m} messages in {rounds} round(s) tell"
        )
    tables = []
    for r in range(rounds):
        digit = (cells // m ** (rounds - 1 - r)) % m
        tables.append(np.repeat(np.eye(m)[digit][:, None, :], protocol.histories(r), axis=1))
    return ConversationRule(tables=tuple(tables), name=name)


def aligned(game: Game, protocol: Protocol, *, name: str = "aligned") -> ConversationRule:
    """The rule that tells its whole signal.

    Raises:
        ValueError: there are more signals than conversations can tell.
    """
    return told(game, protocol, np.arange(signals_of(game)), name=name)


def random_rule(game: Game, protocol: Protocol, rng: np.random.Generator) -> ConversationRule:
    """Every distribution drawn evenly from all there are."""
    shapes = [(signals_of(game), protocol.histories(r), protocol.messages) for r in range(protocol.rounds)]
    return ConversationRule(tables=tuple(rng.dirichlet(np.ones(s[2]), size=s[:2]) for s in shapes), name="random")


def signals_of(game: Game) -> int:
    """X_B, how many signals one leader may see."""
    return game.n_states if game.leader_signal is None else int(game.leader_signal.shape[-2])


def _checked(tables: Sequence[ArrayLike], shapes: Sequence[tuple[int, ...]], what: str) -> tuple[FloatArray, ...]:
    found = tuple(np.array(table, dtype=np.float64) for table in tables)
    if [table.shape for table in found] != list(shapes):
        raise ValueError(f"the tables of this {what} must have shapes {list(shapes)}, not {[t.shape for t in found]}")
    for table in found:
        if (
            not np.isfinite(table).all()
            or (table < 0).any()
            or (np.abs(table.sum(axis=-1) - 1.0) > SUM_TOLERANCE).any()
        ):
            raise ValueError(f"every row of a {what} must be probabilities that sum to 1")
    return found
