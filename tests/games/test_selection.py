"""Best-AI selection on finite rules: against a telling of the game rule by rule, and T3 in every pure equilibrium."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatarena.games.equilibria import pure_equilibria, situations
from chatarena.games.outcomes import ending_rules
from chatarena.games.rules import deterministic_games, multiplicities, partitions
from chatarena.games.selection import TIES, common_rules, selection_games
from tests.games.selection_cases import FAMILIES, drawn, equilibria_by_hand, least_epsilon, literal_rules, outcome


@pytest.mark.parametrize(
    ("states", "messages", "count"),
    [(1, 1, 1), (3, 1, 1), (3, 2, 4), (3, 3, 5), (3, 9, 5), (4, 4, 15), (5, 5, 52), (5, 2, 16)],
)
def test_partitions_are_counted_by_bell_and_stirling(states, messages, count):
    cells = partitions(states, messages)
    assert len(cells) == count == len(np.unique(cells, axis=0))
    assert cells.max() < messages
    assert multiplicities(cells, messages).sum() == messages**states


@pytest.mark.parametrize(("states", "messages"), [(0, 2), (11, 2), (3, 0)])
def test_rules_that_cannot_be_enumerated_are_refused(states, messages):
    with pytest.raises(ValueError, match="deterministic rules"):
        partitions(states, messages)


def test_a_partition_stands_for_every_rule_that_makes_it():
    rng = np.random.default_rng(3)
    prior, user, leaders = drawn("random", 1, rng)
    games = deterministic_games(prior, user, leaders)
    for rule in literal_rules(3, 3):
        names = {message: cell for cell, message in enumerate(dict.fromkeys(rule))}
        cells = [names[message] for message in rule]
        place = partitions(3, 3).tolist().index(cells)
        assert games.values[0, 0, place] == pytest.approx(outcome(prior[0], user[0], rule)[1], abs=1e-11)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("states", "options", "messages", "eta"), [(3, 3, 3, 0.0), (2, 4, 2, 0.0), (3, 2, 2, 0.05)])
def test_all_pure_equilibria_against_a_loop_over_literal_rules(family, states, options, messages, eta):
    prior, user, leaders = drawn(family, 3, np.random.default_rng(7), states=states, options=options)
    games = deterministic_games(prior, user, leaders, messages=messages)
    found = pure_equilibria(games, eta=eta)
    for b in range(3):
        values, best = equilibria_by_hand(prior[b], user[b], leaders[b], messages, eta)
        assert games.best[b] == pytest.approx(best, abs=1e-11)
        assert (found.count[b] == 0) == (not values)
        if values:
            assert found.worst[b] == pytest.approx(min(values), abs=1e-11)
            assert found.best[b] == pytest.approx(max(values), abs=1e-11)
            each = situations(games, b)
            rests = each.gains.max(axis=1) <= eta + 1e-9
            # A profile of partitions is as many profiles of rules as the partitions have rules, multiplied.
            copies = multiplicities(partitions(states, messages), messages)[each.rules[rests]].prod(axis=1)
            assert copies.sum() == len(values)
            assert (copies * each.values[rests]).sum() == pytest.approx(sum(values), rel=1e-9)


def test_three_leaders_against_the_loop():
    prior, user, leaders = drawn("random", 2, np.random.default_rng(5), states=2, leaders=3)
    found = pure_equilibria(deterministic_games(prior, user, leaders))
    for b in range(2):
        values, _ = equilibria_by_hand(prior[b], user[b], leaders[b], 2)
        assert found.worst[b] == pytest.approx(min(values), abs=1e-11)


def by_last_move(values, pay, ties):
    """Equilibria as (profile, who is talked to), one leader's moves written out at a time."""
    k, m = values.shape
    found = set()
    for profile in product(range(m), repeat=k):
        top = max(values[i, profile[i]] for i in range(k))
        for c in (i for i in range(k) if values[i, profile[i]] == top):
            rests = True
            for i in range(k):
                rest = max(values[j, profile[j]] for j in range(k) if j != i)
                heir = c if c != i else min(j for j in range(k) if j != i and values[j, profile[j]] == rest)
                for t in range(m):
                    wins = values[i, t] > rest or (ties == "deviator" and values[i, t] == rest)
                    gets = pay[i, i, t] if wins else pay[i, heir, profile[heir]]
                    # To stay with one's rule is no move, and leaves the one talked to where he is.
                    rests &= t == profile[i] or gets <= pay[i, c, profile[c]] + 1e-9
            if rests:
                found.add((*profile, c))
    return found


@pytest.mark.parametrize("ties", ["deviator", "incumbent"])
@pytest.mark.parametrize("seed", range(12))
def test_ties_by_the_last_move_against_the_loop(ties, seed):
    rng = np.random.default_rng(seed)
    k, m = (2, 3) if seed % 2 else (3, 2)
    values, pay = rng.integers(0, 3, (k, m)).astype(float), rng.normal(size=(k, k, m))
    # A rule twice over: announcing the same again counts as a move where there is another rule that is the same.
    values, pay = np.repeat(values, 2, axis=1), np.repeat(pay, 2, axis=2)
    each = situations(selection_games(values[None], pay[None]), ties=ties)
    rests = each.gains.max(axis=1) <= 1e-9
    ours = {(*map(int, rule), int(c)) for rule, c in zip(each.rules[rests], each.selected[rests], strict=True)}
    assert ours == by_last_move(values, pay, ties)


@given(
    family=st.sampled_from(FAMILIES),
    ties=st.sampled_from(TIES),
    seed=st.integers(0, 100_000),
    leaders=st.integers(1, 3),
    states=st.integers(1, 3),
    eta=st.sampled_from([0.0, 0.0, 0.02]),
)
@settings(max_examples=80, deadline=None)
def test_no_pure_equilibrium_breaks_t3(family, ties, seed, leaders, states, eta):
    prior, user, theirs = drawn(family, 1, np.random.default_rng(seed), states=states, leaders=leaders)
    games = deterministic_games(prior, user, theirs)
    found = pure_equilibria(games, ties=ties, eta=eta)
    if found.count[0]:
        assert found.worst[0] <= found.mean[0] + 1e-12 and found.best[0] <= games.best[0] + 1e-12
        if eta == 0.0:
            assert found.worst[0] >= games.best[0] - 2 * least_epsilon(user[0], theirs[0]) - 1e-7


@pytest.mark.parametrize("n", [2, 5, 40])
def test_two_epsilon_is_nearly_lost_by_leaders_who_do_not_care(n):
    eps = 0.1
    user = 2 * eps * np.eye(n)
    worth, cells = user.mean(axis=0)[None], 2 * eps
    # Two rules are enough: nothing said, everything said. All leaders get eps whatever happens.
    games = common_rules(np.r_[worth[0, 0], cells][None], np.full((1, 2, 2), eps))
    found = pure_equilibria(games)
    assert games.best[0] - found.worst[0] == pytest.approx(2 * eps * (1 - 1 / n))


@pytest.mark.parametrize("ties", TIES)
def test_all_aligned_is_an_equilibrium_of_two_whatever_they_want(ties):
    """So one good equilibrium proves nothing."""
    prior, user, theirs = drawn("opposed", 200, np.random.default_rng(0))
    games = deterministic_games(prior, user, theirs)
    found = pure_equilibria(games, ties=ties)
    assert found.best == pytest.approx(games.best)
    assert (found.worst < games.best - 0.01).mean() > 0.3


@pytest.mark.parametrize("eta", [0.0, 0.05])
@pytest.mark.parametrize("leaders", [2, 3])
@pytest.mark.parametrize("family", [*FAMILIES, "integers"])
def test_where_equilibria_end_without_looking_at_profiles(family, leaders, eta):
    rng = np.random.default_rng(11)
    if family == "integers":
        games = common_rules(rng.integers(0, 3, (60, 4)).astype(float), rng.integers(0, 3, (60, leaders, 4)))
    else:
        games = deterministic_games(*drawn(family, 60, rng, leaders=leaders))
    ends = ending_rules(games, eta=eta)
    found = pure_equilibria(games, ties="incumbent", eta=eta)
    value = games.values[:, 0]
    assert np.where(ends, value, np.inf).min(axis=1) == pytest.approx(found.worst)
    assert np.where(ends, value, -np.inf).max(axis=1) == pytest.approx(found.best)
    assert found.best == pytest.approx(games.best)
    for b in range(10):
        each = situations(games, b, ties="incumbent")
        rests = each.gains.max(axis=1) <= eta + 1e-9
        last = each.rules[rests][np.arange(rests.sum()), each.selected[rests]]
        assert set(map(int, last)) == set(map(int, np.flatnonzero(ends[b])))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda games: ending_rules(selection_games(np.zeros((1, 2, 2)), np.zeros((1, 2, 2, 2)))), "same rules"),
        (lambda games: ending_rules(common_rules(np.zeros((1, 2)), np.zeros((1, 1, 2)))), "two leaders"),
        (lambda games: ending_rules(games, eta=-1.0), "eta"),
        (lambda games: pure_equilibria(games, eta=-1.0), "eta"),
        (lambda games: pure_equilibria(games, ties="coin"), "ties must be"),
        (lambda games: pure_equilibria(games, compared=[[0, 5]]), "sets of leaders"),
        (lambda games: pure_equilibria(games, compared=[[0]], ties="deviator"), "lowest or uniform"),
        (lambda games: pure_equilibria(common_rules(np.zeros((1, 50)), np.zeros((1, 5, 50)))), "profiles"),
        (lambda games: common_rules(np.zeros((1, 3)), np.zeros((1, 2, 4))), "payoffs games x leaders"),
        (lambda games: common_rules([[np.nan]], np.zeros((1, 2, 1))), "finite"),
        (lambda games: selection_games(np.zeros((1, 2, 3)), np.zeros((1, 2, 3, 3))), "payoffs games x leaders"),
        (lambda games: deterministic_games(np.ones((1, 2)), np.ones((1, 2, 3)), np.ones((1, 1, 2, 3))), "agree"),
    ],
)
def test_what_makes_no_sense_is_refused(call, message):
    games = common_rules(np.zeros((1, 2)), np.zeros((1, 2, 2)))
    with pytest.raises(ValueError, match=message):
        call(games)
