"""The talk: exact values against plain loops over everything that can happen, and drawn values against exact ones."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatarena.games.conversation import (
    ConversationRule,
    Protocol,
    ReplyRule,
    aligned,
    conversation_rule,
    random_rule,
    reply_rule,
    silent,
    told,
)
from chatarena.games.game import Game, game
from chatarena.games.reading import Reader, respond
from chatarena.games.sampling import sampled
from chatarena.games.tree import joint_weights, outcome


def random_game(seed: int, *, k: int = 2, actions: int = 3, states: int = 3, user: int = 0, signals: str = "") -> Game:
    """A game with or without signals: 'common' or 'own' ones of the leaders, `user` of hers."""
    rng = np.random.default_rng(seed)

    def signal(count: int) -> np.ndarray:
        return rng.dirichlet(np.ones(count), size=states).T

    theirs = {"": None, "common": signal(2), "own": np.stack([signal(2) for _ in range(k)])}[signals]
    return game(
        rng.dirichlet(np.ones(states)),
        rng.uniform(size=(actions, states)),
        rng.uniform(size=(k, actions, states)),
        user_signal=signal(user) if user else None,
        leader_signal=theirs,
    )


def random_replies(made: Game, protocol: Protocol, rng: np.random.Generator) -> ReplyRule:
    signals = 1 if made.user_signal is None else len(made.user_signal)
    shapes = [(signals, protocol.histories(r) * protocol.messages) for r in range(protocol.rounds - 1)]
    return ReplyRule(tables=tuple(rng.dirichlet(np.ones(protocol.replies), size=shape) for shape in shapes))


def paths(made: Game, protocol: Protocol) -> Iterator[tuple[int, int, tuple[int, ...], float]]:
    """State, her signal, each leader's signal, and their chance."""
    hers = np.ones((1, made.n_states)) if made.user_signal is None else made.user_signal
    theirs = np.eye(made.n_states) if made.leader_signal is None else made.leader_signal
    for y, x in itertools.product(range(made.n_states), range(len(hers))):
        for seen in itertools.product(range(theirs.shape[-2]), repeat=made.n_leaders):
            if theirs.ndim == 3:
                chance = math.prod(theirs[i][b, y] for i, b in enumerate(seen))
            else:
                chance = theirs[seen[0], y] * (len(set(seen)) == 1)
            yield y, x, seen, float(made.prior[y] * hers[x, y] * chance)


def by_loops(
    made: Game, protocol: Protocol, profile: list[ConversationRule], replies: ReplyRule, reader: Reader
) -> np.ndarray:
    """The law of state and action, following every path of the talk by itself."""
    k, rounds = made.n_leaders, protocol.rounds
    mass: dict[tuple[object, ...], np.ndarray] = {}
    said = list(itertools.product(range(protocol.messages), repeat=k * rounds))
    answers = list(itertools.product(range(protocol.replies), repeat=k * (rounds - 1)))
    for (y, x, seen, chance), spoken, answered in itertools.product(paths(made, protocol), said, answers):
        p = chance
        for i in range(k):
            history = 0
            for r in range(rounds):
                m = spoken[r * k + i]
                p *= profile[i].tables[r][seen[i], history, m]
                history = history * protocol.messages + m
                if r < rounds - 1:
                    q = answered[r * k + i]
                    p *= replies.tables[r][x, history, q]
                    history = history * protocol.replies + q
        mass.setdefault((x, spoken, answered), np.zeros(made.n_states))[y] += p
    law = np.zeros((made.n_states, made.n_actions))
    for weights in mass.values():
        if weights.sum() > 0:
            law += weights[:, None] * respond(made.user @ (weights / weights.sum()), reader)
    return law


CASES = [
    pytest.param({"k": 2}, Protocol(messages=2), id="one round, the state known"),
    pytest.param({"k": 2, "user": 2}, Protocol(messages=2, rounds=2), id="two rounds, her own signal"),
    pytest.param({"k": 2, "signals": "common"}, Protocol(messages=2, rounds=2), id="one signal for both"),
    pytest.param({"k": 2, "signals": "own", "user": 2}, Protocol(messages=2), id="signals of their own"),
    pytest.param({"k": 1, "user": 2}, Protocol(messages=2, rounds=3, replies=2), id="replies, three rounds"),
    pytest.param({"k": 2, "user": 2, "signals": "own"}, Protocol(messages=2, rounds=2, replies=2), id="all of it"),
]
READERS = [Reader(), Reader(precision=7.0), Reader(tie="last")]


@pytest.mark.parametrize(("shape", "protocol"), CASES)
@pytest.mark.parametrize("reader", READERS, ids=["best", "quantal", "last of ties"])
def test_the_law_is_that_of_plain_loops(shape: dict[str, object], protocol: Protocol, reader: Reader) -> None:
    made = random_game(1, **shape)  # type: ignore[arg-type]
    rng = np.random.default_rng(2)
    profile = [random_rule(made, protocol, rng) for _ in range(made.n_leaders)]
    replies = random_replies(made, protocol, rng)
    found = outcome(made, protocol, profile, reader, replies=replies)
    law = by_loops(made, protocol, profile, replies, reader)
    assert np.allclose(found.law, law, atol=1e-13)
    assert found.user == pytest.approx((law.T * made.user).sum(), abs=1e-13)
    assert found.leaders == pytest.approx([(law.T * table).sum() for table in made.leaders], abs=1e-13)


def test_best_replies_are_those_of_an_enumeration_of_all_her_rules() -> None:
    protocol = Protocol(messages=2, rounds=2, replies=2)
    for seed in range(20):
        made = random_game(seed, k=1, user=2)
        rule = random_rule(made, protocol, np.random.default_rng(seed))
        every = [
            reply_rule([np.eye(2)[np.array(choice).reshape(2, 2)]], protocol, 2)
            for choice in itertools.product(range(2), repeat=4)
        ]
        values = [outcome(made, protocol, [rule], replies=replies).user for replies in every]
        assert outcome(made, protocol, [rule], replies="best").user == pytest.approx(max(values), abs=1e-13)


@given(seed=st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_rounds_without_replies_are_one_round_with_longer_messages(seed: int) -> None:
    made = random_game(seed, user=2)
    rng = np.random.default_rng(seed)
    rules = [random_rule(made, Protocol(messages=2, rounds=2), rng) for _ in range(2)]
    longer = [
        ConversationRule(tables=((rule.tables[0][:, 0, :, None] * rule.tables[1]).reshape(3, 1, 4),)) for rule in rules
    ]
    first = outcome(made, Protocol(messages=2, rounds=2), rules)
    second = outcome(made, Protocol(messages=4), longer)
    assert np.allclose(first.law, second.law, atol=1e-12)


@given(seed=st.integers(0, 10**6), extra=st.sampled_from(["", "common", "own"]))
@settings(max_examples=40, deadline=None)
def test_laws_are_distributions_with_the_prior_and_hearing_more_never_harms(seed: int, extra: str) -> None:
    made = random_game(seed, user=2, signals=extra)
    protocol, rng = Protocol(messages=2), np.random.default_rng(seed)
    profile = [random_rule(made, protocol, rng), random_rule(made, protocol, rng)]
    found = outcome(made, protocol, profile)
    quiet = outcome(made, protocol, [profile[0], silent(made, protocol)])
    nothing = outcome(made, protocol, [silent(made, protocol)] * 2)
    assert np.allclose(found.law.sum(axis=1), made.prior)
    assert found.user >= quiet.user - 1e-12 >= nothing.user - 2e-12


def test_a_leader_that_tells_all_makes_everybody_else_superfluous() -> None:
    made, protocol = random_game(5, user=2), Protocol(messages=2, rounds=2)
    alone = outcome(made, protocol, [aligned(made, protocol), silent(made, protocol)])
    both = outcome(made, protocol, [aligned(made, protocol), random_rule(made, protocol, np.random.default_rng(1))])
    assert np.allclose(alone.law, both.law)
    full = sum(
        (made.prior * made.user_signal[x] * made.user)[:, y].max()  # type: ignore[index]
        for x in range(2)
        for y in range(3)
    )
    assert alone.user == pytest.approx(full)


@pytest.mark.parametrize(
    ("shape", "protocol"),
    [
        pytest.param({"k": 2, "user": 2}, Protocol(messages=2, rounds=2, replies=2), id="replies"),
        pytest.param({"k": 3, "signals": "own"}, Protocol(messages=2), id="own signals"),
        pytest.param({"k": 2, "signals": "common"}, Protocol(messages=3), id="common signal"),
    ],
)
def test_drawn_talks_agree_with_the_whole_tree(shape: dict[str, object], protocol: Protocol) -> None:
    made = random_game(4, **shape)  # type: ignore[arg-type]
    rng = np.random.default_rng(3)
    profile = [random_rule(made, protocol, rng) for _ in range(made.n_leaders)]
    replies = random_replies(made, protocol, rng)
    exact = outcome(made, protocol, profile, Reader(precision=5.0), replies=replies)
    drawn = sampled(made, protocol, profile, rng, Reader(precision=5.0), replies=replies, n=40_000)
    # Four standard errors: a right estimate is outside about once in sixteen thousand.
    for value, estimate, interval in zip(
        (exact.user, *exact.leaders),
        (drawn.user, *drawn.leaders),
        (drawn.user_interval, *drawn.leader_intervals),
        strict=True,
    ):
        assert abs(value - estimate) <= 2.05 * (interval.high - interval.low) / 2 + 1e-12
        assert interval.high - interval.low < 0.01


def test_errors_of_a_reader_are_bounded_and_fixed_by_the_generator() -> None:
    made, protocol = random_game(6), Protocol(messages=3)
    profile = [aligned(made, protocol), silent(made, protocol)]
    off = Reader(precision=4.0, error=0.05)
    first = outcome(made, protocol, profile, off, rng=np.random.default_rng(1))
    again = outcome(made, protocol, profile, off, rng=np.random.default_rng(1))
    right = outcome(made, protocol, profile, Reader(precision=4.0))
    assert np.array_equal(first.law, again.law)
    assert 0 < np.abs(first.law - right.law).sum() / 2 <= math.tanh(4.0 * 0.05 / 2)


def test_what_does_not_fit_is_refused() -> None:
    made, protocol = random_game(7), Protocol(messages=2)
    with pytest.raises(ValueError, match="need a rule each"):
        outcome(made, protocol, [silent(made, protocol)])
    with pytest.raises(ValueError, match="numbers from 0 to 1"):
        aligned(made, protocol)
    with pytest.raises(ValueError, match="sample it instead"):
        big = Protocol(messages=60, rounds=2)
        outcome(made, big, [silent(made, big)] * 2)
    with pytest.raises(ValueError, match="needs a generator"):
        outcome(made, protocol, [silent(made, protocol)] * 2, Reader(error=0.1))
    with pytest.raises(ValueError, match="must have shapes"):
        conversation_rule([np.ones((3, 1, 1))], protocol, 3)
    with pytest.raises(ValueError, match="sum to 1"):
        conversation_rule([np.ones((3, 1, 2))], protocol, 3)
    with pytest.raises(ValueError, match="at least 1 each"):
        Protocol(rounds=0)
    with pytest.raises(ValueError, match="precision >= 0"):
        Reader(precision=-1.0)
    asking = Protocol(messages=2, rounds=2, replies=2)
    with pytest.raises(ValueError, match="rule for her replies"):
        sampled(made, asking, [silent(made, asking)] * 2, np.random.default_rng(0))


def test_joint_weights_are_those_of_the_signals() -> None:
    made = random_game(8, user=2, signals="common")
    protocol = Protocol(messages=2)
    joint = joint_weights(made, protocol, [told(made, protocol, np.array([0, 1])), silent(made, protocol)])
    assert joint.sum() == pytest.approx(1.0)
    assert np.allclose(joint.sum(axis=(0, 1)), made.prior)
    # Talks where the second leader says its other message never happen.
    assert np.allclose(joint[:, 1::2], 0.0)
