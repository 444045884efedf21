"""Several senders: every equilibrium found is one by brute force, and none is missed; competition reveals more."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatarena.games.competing_senders import gains_from_more, rich_competition, sender_equilibria
from chatarena.games.experiments import both, compare, posteriors
from chatarena.games.persuasion import concavified, persuade
from tests.games.tables import JUDGE

ACCUSER, DEFENDER = [[0, 0], [1, 1]], [[1, 1], [0, 0]]
PRIOR, COURT = JUDGE["prior"], JUDGE["receiver"]
FULL, NOTHING = np.eye(2), np.ones((1, 2))
SLANTED = np.array([[4 / 7, 0], [3 / 7, 1]])


def value_of(belief, senders, receiver):
    """Everybody's value of a belief, the first of her best actions taken."""
    worth = receiver @ belief
    action = int(np.flatnonzero(worth >= worth.max() - 1e-12 * np.ptp(receiver, axis=0).max())[0])
    return np.array([table[action] @ belief for table in (*senders, receiver)])


def partitions(items):
    """All partitions of a tuple, each a tuple of tuples."""
    if not items:
        yield ()
        return
    for rest in partitions(items[1:]):
        yield ((items[0],), *rest)
        for i in range(len(rest)):
            yield (*rest[:i], (items[0], *rest[i]), *rest[i + 1 :])


def refined(one, other):
    """The common refinement, as a set of frozensets."""
    return frozenset(frozenset(a) & frozenset(b) for a, b in product(one, other)) - {frozenset()}


def by_brute_force(prior, senders, receiver, cut):
    """Every pair of partitions: what the equilibria reveal, as sets of blocks of cells with everybody's value."""
    states = len(prior)
    cells = tuple((y, c) for y in range(states) for c in range(cut))

    def worth(blocks):
        total = np.zeros(len(senders) + 1)
        for block in blocks:
            joint = np.array([sum(prior[y] / cut for y, _ in block if y == s) for s in range(states)])
            total += joint.sum() * value_of(joint / joint.sum(), senders, receiver)
        return total

    every = [frozenset(map(frozenset, one)) for one in partitions(cells)]
    values = {one: worth(one) for one in every}
    outcome = [[refined(a, b) for b in every] for a in every]
    payoff = np.array([[values[o] for o in row] for row in outcome])
    rests = (payoff[..., 0] >= payoff[..., 0].max(axis=0) - 1e-9) & (
        payoff[..., 1] >= payoff[..., 1].max(axis=1)[:, None] - 1e-9
    )
    return {outcome[i][j] for i, j in np.argwhere(rests)}, values


@pytest.mark.parametrize(("states", "cut"), [(2, 2), (3, 1), (5, 1)])
def test_stable_partitions_are_what_the_equilibria_reveal(states, cut):
    rng = np.random.default_rng(states * 10 + cut)
    for _ in range(6):
        prior = rng.dirichlet(np.ones(states))
        senders, receiver = rng.standard_normal((2, 3, states)), rng.standard_normal((3, states))
        revealed, values = by_brute_force(prior, senders, receiver, cut)
        found = rich_competition(prior, senders, receiver, cut=cut)
        assert found.stable == len(revealed)
        assert found.partitions == len(values)
        assert found.worst.receiver == pytest.approx(min(values[one][-1] for one in revealed))
        assert found.best.receiver == pytest.approx(prior @ receiver.max(axis=0))
        for i in range(2):
            assert found.alone[i].senders[i] == pytest.approx(max(value[i] for value in values.values()))
        assert sum(found.collusive.senders) == pytest.approx(max(value[:2].sum() for value in values.values()))


def test_nothing_an_equilibrium_reveals_is_coarser_than_collusion_unless_as_good():
    rng = np.random.default_rng(0)
    for _ in range(8):
        prior = rng.dirichlet(np.ones(4))
        senders, receiver = rng.standard_normal((2, 3, 4)), rng.standard_normal((3, 4))
        revealed, values = by_brute_force(prior, senders, receiver, 1)
        most = max(value[:2].sum() for value in values.values())
        for together in (one for one, value in values.items() if value[:2].sum() >= most - 1e-9):
            for one in revealed:
                if all(any(part <= block for block in one) for part in together):
                    assert values[one][:2].sum() >= most - 1e-9


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 3))
def test_more_senders_never_let_less_come_out(seed, cut):
    rng = np.random.default_rng(seed)
    prior, receiver = rng.dirichlet(np.ones(3)), rng.standard_normal((3, 3))
    senders = rng.standard_normal((4, 3, 3))
    worst = [rich_competition(prior, senders[:n], receiver, cut=cut) for n in (2, 3, 4)]
    assert worst[0].worst.receiver <= worst[1].worst.receiver + 1e-9
    assert worst[1].worst.receiver <= worst[2].worst.receiver + 1e-9
    assert worst[0].stable >= worst[1].stable >= worst[2].stable >= 1


def test_accuser_and_defender_reveal_everything():
    found = rich_competition(PRIOR, [ACCUSER, DEFENDER], COURT, cut=5)
    assert found.worst.receiver == found.best.receiver == pytest.approx(1)
    assert found.alone[0].receiver < 1
    assert found.cells == 10


def test_a_partition_alone_comes_near_the_best_commitment():
    best = persuade(PRIOR, ACCUSER, COURT).value
    found = rich_competition(PRIOR, [ACCUSER, ACCUSER], COURT, cut=6)
    assert best - 0.15 <= found.alone[0].senders[0] <= best + 1e-12


def test_showing_everything_is_an_equilibrium_among_two():
    shown = [[NOTHING, SLANTED, FULL]] * 2
    for senders in ([ACCUSER, DEFENDER], [ACCUSER, ACCUSER], [DEFENDER, DEFENDER]):
        found = sender_equilibria(PRIOR, senders, COURT, shown)
        assert (2, 2) in {each.profile for each in found.equilibria}
        assert found.profiles == 9
    assert all(each.reveals_all for each in sender_equilibria(PRIOR, [ACCUSER, DEFENDER], COURT, shown).equilibria)


def test_equilibria_by_the_definition():
    rng = np.random.default_rng(1)
    for _ in range(15):
        prior, senders = rng.dirichlet(np.ones(3)), rng.standard_normal((2, 3, 3))
        receiver = rng.standard_normal((3, 3))
        shown = [[rng.dirichlet(np.ones(2), 3).T for _ in range(3)] + [np.eye(3)] for _ in range(2)]
        table = np.empty((4, 4, 3))
        for a, b in product(range(4), range(4)):
            often, beliefs = posteriors(prior, both([shown[0][a], shown[1][b]]))
            table[a, b] = often @ np.array([value_of(belief, senders, receiver) for belief in beliefs])
        expected = {
            (a, b)
            for a, b in product(range(4), range(4))
            if table[a, b, 0] >= table[:, b, 0].max() - 1e-9 and table[a, b, 1] >= table[a, :, 1].max() - 1e-9
        }
        found = sender_equilibria(prior, senders, receiver, shown)
        assert {each.profile for each in found.equilibria} == expected
        for each in found.equilibria:
            assert (*each.senders, each.receiver) == pytest.approx(table[each.profile])
        assert sum(found.collusive.senders) == pytest.approx(table[..., :2].sum(axis=-1).max())


def test_gains_from_more():
    (at_prior, halfway, certain) = gains_from_more([[0.7, 0.3], [0.5, 0.5], [0, 1]], [ACCUSER, DEFENDER], COURT)
    assert at_prior == pytest.approx((0.6, 0.0))
    # At the tie the court acquits, which is the first of its actions; convicting instead is the gain stated.
    assert halfway == pytest.approx((1.0, 0.0))
    assert certain == pytest.approx((0, 0))


def test_after_the_best_commitment_its_sender_gains_nothing_by_telling_more():
    rng = np.random.default_rng(2)
    for _ in range(10):
        prior, sender, receiver = rng.dirichlet(np.ones(3)), *rng.standard_normal((2, 4, 3))
        found = persuade(prior, sender, receiver)
        for each in found.recommendations:
            ((_, closure),) = concavified(sender, receiver, [each.posterior])
            assert closure == pytest.approx(sender[each.action] @ np.array(each.posterior), abs=1e-7)
            ((gain,),) = gains_from_more([each.posterior], [sender], receiver)
            taken = value_of(np.array(each.posterior), [sender], receiver)[0]
            assert gain == pytest.approx(max(0.0, closure - taken), abs=1e-7)


def test_comparing_experiments():
    rng = np.random.default_rng(3)
    for _ in range(20):
        first = rng.dirichlet(np.ones(3), 4).T
        garbled = rng.dirichlet(np.ones(3), 3).T @ first
        found = compare(first, garbled)
        assert found.at_least_as_informative
        assert np.array(found.garbling) @ first == pytest.approx(garbled, abs=1e-8)
        assert compare(np.eye(4), first).at_least_as_informative
        assert compare(both([first, garbled]), first).at_least_as_informative
        back = compare(garbled, first)
        assert not back.at_least_as_informative
        assert back.distance > 1e-6
    noisy = [np.array([[0.9, 0.5], [0.1, 0.5]]), np.array([[0.5, 0.9], [0.5, 0.1]])]
    assert not compare(*noisy).at_least_as_informative
    assert not compare(*noisy[::-1]).at_least_as_informative


@pytest.mark.parametrize(
    ("call", "message"),
    [
        pytest.param(lambda: rich_competition(PRIOR, [ACCUSER], COURT), "2 senders or more, not 1", id="alone"),
        pytest.param(lambda: rich_competition(PRIOR, [ACCUSER] * 2, COURT, cut=7), "makes 14 cells", id="cells"),
        pytest.param(
            lambda: sender_equilibria(PRIOR, [ACCUSER] * 2, COURT, [[FULL], []]), r"not \[1, 0\]", id="no experiments"
        ),
        pytest.param(
            lambda: sender_equilibria(PRIOR, [ACCUSER] * 2, COURT, [[FULL], [[[0.5, 1], [0.4, 0]]]]),
            "state 0 have probabilities that sum to 0.9",
            id="no experiment",
        ),
        pytest.param(
            lambda: sender_equilibria(PRIOR, [ACCUSER] * 2, COURT, [[FULL] * 500] * 2), "200000", id="profiles"
        ),
        pytest.param(lambda: compare(np.eye(2), np.eye(3)), "2 states, the game has 3", id="states"),
        pytest.param(lambda: gains_from_more([[0.5, 0.6]], [ACCUSER], COURT), "1.1", id="belief"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
