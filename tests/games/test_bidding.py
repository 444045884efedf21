"""All rules at once: frontiers against vertices and persuasion, runs against their proofs, settling against scans."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from chatarena.games.bidding import STARTS, bidders, compete, gains
from chatarena.games.frontier import frontier
from chatarena.games.game import game
from chatarena.games.market import everything, market, nothing
from chatarena.games.persuasion import persuade
from chatarena.games.settling import settling_values
from tests.games.selection_cases import FAMILIES, drawn, least_epsilon


def made(family, seed, **shape):
    """One game, on the scale of its own numbers."""
    prior, user, leaders = (each[0] for each in drawn(family, 1, np.random.default_rng(seed), **shape))
    scale = float(min(user.min(), leaders.min())), float(max(user.max(), leaders.max()))
    return game(prior, user, leaders, scale=scale)


def with_signals(seed, *, own=2, seen=3, each=False):
    """Three states, two actions, noisy signals of everybody's."""
    rng = np.random.default_rng(seed)
    theirs = rng.dirichlet(np.ones(seen), (2, 3)).swapaxes(1, 2)
    return game(
        rng.dirichlet(np.ones(3)),
        rng.random((2, 3)),
        rng.random((2, 2, 3)),
        user_signal=rng.dirichlet(np.ones(own), 3).T,
        leader_signal=theirs if each else theirs[0],
    )


def best_vertex(full, leader, floor):
    """The best obeyed law worth at least `floor`, by looking at every vertex of the polytope."""
    a, y = full.user.shape
    weigh = full.prior
    rows = [np.eye(a * y)[j] for j in range(a * y)]
    for one, other in product(range(a), repeat=2):
        if one != other:
            row = np.zeros((a, y))
            row[one] = weigh * (full.user[one] - full.user[other])
            rows.append(row.ravel())
    rows.append((weigh * full.user).ravel())
    limits = np.array(rows), np.r_[np.zeros(len(rows) - 1), floor]
    total = np.kron(np.ones(a), np.eye(y))
    best = -np.inf
    for active in combinations(range(len(rows)), a * y - y):
        square = np.vstack([total, limits[0][list(active)]])
        if abs(np.linalg.det(square)) > 1e-10:
            law = np.linalg.solve(square, np.r_[np.ones(y), limits[1][list(active)]])
            if (limits[0] @ law >= limits[1] - 1e-9).all():
                best = max(best, float((weigh * full.leaders[leader]).ravel() @ law))
    return best


@pytest.mark.parametrize(("family", "seed"), [("random", 1), ("random", 2), ("exact", 3), ("opposed", 4)])
@pytest.mark.parametrize("options", [2, 3])
def test_best_responses_against_all_vertices(family, seed, options):
    full = made(family, seed, states=2, options=options)
    own = frontier(market(full).offers[0], 0)
    low = float((full.user @ full.prior).max())
    for floor in np.linspace(low, own.most, 5):
        assert own.attains(float(floor)) == pytest.approx(best_vertex(full, 0, floor), abs=1e-8)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("seed", range(4))
def test_best_responses_are_persuasion_with_a_floor_and_are_obeyed(family, seed):
    full = made(family, seed, states=4, options=3)
    who = bidders(full)
    assert who.best == pytest.approx(full.prior @ full.user.max(axis=0), abs=1e-12)
    assert who.nothing == pytest.approx((full.user @ full.prior).max(), abs=1e-12)
    for own in who.frontiers:
        theirs = full.leaders[own.leader]
        assert own.payoffs[0][own.leader] == pytest.approx(persuade(full.prior, theirs, full.user).value, abs=1e-9)
        assert (np.diff(own.values) > 0).all() and (np.diff(own.payoffs[:, own.leader]) <= 1e-9).all()
        for share in (0.2, 0.5, 0.9, 1.0):
            level = (1 - share) * who.nothing + share * who.best
            rule = own.response(level)
            assert rule.value >= level - 1e-12
            assert own.attains(level) == pytest.approx(
                persuade(full.prior, theirs, full.user, floor=level).value, abs=1e-9
            )
            obeyed_by_substitution(full, rule.law)
    assert who.frontiers[0].response(who.best + 1e-6) is None


def obeyed_by_substitution(full, law):
    """Whoever is recommended an action finds it best under the belief that it brings about."""
    assert law.sum(axis=0) == pytest.approx(np.ones(full.n_states), abs=1e-12) and law.min() >= 0.0
    for action, row in enumerate(law):
        joint = row * full.prior
        if joint.sum() > 1e-7:
            worth = full.user @ (joint / joint.sum())
            assert worth[action] >= worth.max() - 1e-6


def test_with_signals_of_her_own_plans_are_obeyed_signal_by_signal():
    full = with_signals(0)
    offers = market(full)
    assert offers.common and offers.offers[0].plans.shape == (4, 2)
    joint = np.einsum("y,xy,sy->xsy", full.prior, full.user_signal, full.leader_signal)
    silent, told = (
        offers.offers[0].worth(nothing(offers.offers[0])),
        offers.offers[0].worth(everything(offers.offers[0])),
    )
    assert silent == pytest.approx(np.einsum("xsy,ay->xa", joint, full.user).max(axis=1).sum())
    assert told == pytest.approx(np.einsum("xsy,ay->xsa", joint, full.user).max(axis=2).sum())
    own = frontier(offers.offers[0], 1)
    assert own.disobedience <= 1e-9
    for law, value, pay in zip(own.laws, own.values, own.payoffs, strict=True):
        worth = np.zeros((2, len(law)))
        for plan, x in product(range(len(law)), range(2)):
            by_action = np.einsum("s,sy,ay->a", law[plan], joint[x], full.user)
            done = offers.offers[0].plans[plan, x]
            assert by_action[done] >= by_action.max() - 1e-9
            worth[0, plan] += by_action[done]
            worth[1, plan] += np.einsum("s,sy,y->", law[plan], joint[x], full.leaders[1][done])
        assert worth.sum(axis=1) == pytest.approx([value, pay[1]])


def test_leaders_with_signals_of_their_own_offer_what_they_know():
    full = with_signals(3, each=True)
    who = bidders(full)
    assert not who.offers.common
    run = compete(who, "nothing")
    assert who.nothing - 1e-12 <= run.value <= max(each.most for each in who.frontiers) + 1e-12
    with pytest.raises(ValueError, match="all see the same"):
        settling_values(who)


def test_too_many_plans_are_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="plans"):
        market(game([0.5, 0.5], rng.random((4, 2)), rng.random((1, 4, 2)), user_signal=rng.dirichlet(np.ones(5), 2).T))


@pytest.mark.parametrize("seed", range(5))
def test_a_monopoly_is_persuasion(seed):
    full = made("random", seed, leaders=1)
    run = compete(bidders(full), "nothing")
    found = persuade(full.prior, full.leaders[0], full.user)
    assert run.ends == "rest" and run.gains.tolist() == [0.0]
    assert run.rules[0].payoffs[0] == pytest.approx(found.value, abs=1e-9)


@given(
    family=st.sampled_from(FAMILIES),
    seed=st.integers(0, 10_000),
    start=st.sampled_from(STARTS),
    by=st.sampled_from([("deviator", 0.0), ("deviator", 0.05), ("incumbent", 0.05)]),
    leaders=st.integers(2, 3),
    random_order=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_runs_and_what_is_proved_of_them(family, seed, start, by, leaders, random_order):
    full = made(family, seed, leaders=leaders)
    who = bidders(full)
    run = compete(
        who, start, ties=by[0], margin=by[1], rng=np.random.default_rng(seed), random_order=random_order, sweeps=100
    )
    assert who.nothing - 1e-9 <= run.lowest <= run.mean + 1e-12 and run.value <= who.best + 1e-9
    assert run.value == run.rules[run.selected].value == max(rule.value for rule in run.rules)
    for rule in run.rules:
        obeyed_by_substitution(full, rule.law)
        assert rule.value == pytest.approx(float((full.prior * rule.law * full.user).sum()), abs=1e-9)
    # T3 with what each could still gain, weights and epsilon from a linear program of our own.
    eps, weights = least_epsilon(full.user, full.leaders, weighed=True)
    assert run.value >= who.best - 2 * eps - weights @ run.gains - 1e-7
    if run.ends == "rest":
        # Everybody could have offered V*, margin or not, so the gains that the margin hides cost nothing.
        assert run.value >= who.best - 2 * eps - 1e-7


@pytest.mark.parametrize("seed", range(4))
def test_gains_are_those_of_programs_solved_anew(seed):
    full = made("random", seed)
    who = bidders(full)
    run = compete(who, "drawn", rng=np.random.default_rng(seed), sweeps=1)
    for i in range(2):
        other = run.rules[1 - i]
        alone = persuade(full.prior, full.leaders[i], full.user, floor=min(other.value, who.best)).value
        now = run.rules[run.selected].payoffs[i]
        assert run.gains[i] == pytest.approx(max(0.0, alone - now, other.payoffs[i] - now), abs=1e-8)
    assert (gains(who, run.rules, run.selected) == run.gains).all()


def test_ties_to_whoever_moves_turn_in_circles_at_a_low_value_even_with_the_hull():
    """Only a margin makes outbidding climb: without one two leaders undercut each other at the same value for ever."""
    ended = [compete(bidders(made("exact", seed)), "nothing", ties="deviator", margin=0.0) for seed in range(20)]
    circles = [run for run in ended if run.ends == "cycle"]
    assert circles and all(run.gains.max() > 1e-6 for run in circles)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("seed", "leaders"), [(0, 2), (1, 3), (2, 2)])
def test_settling_against_a_scan(family, seed, leaders):
    """At every value: how near one law comes to giving all leaders what they could get by outbidding it."""
    full = made(family, seed, leaders=leaders)
    who = bidders(full)
    found = settling_values(who)
    for value in np.linspace(who.nothing, who.best, 25):
        short = shortfall(full, float(value))
        inside = any(low - 1e-9 <= value <= high + 1e-9 for low, high in found.intervals)
        assert short <= 1e-7 if inside else short > 1e-10
    assert shortfall(full, found.worst) <= 1e-7
    obeyed_by_substitution(full, found.law)


def shortfall(full, value):
    """min over obeyed laws worth `value` of the most any leader misses, by scipy and persuasion with a floor."""
    a, y = full.user.shape
    size = a * y
    bounds, rows = [], []
    for leader in full.leaders:
        bounds.append(-persuade(full.prior, leader, full.user, floor=value).value)
        rows.append(np.r_[-leader.ravel(), -1.0])
    for one, other in product(range(a), repeat=2):
        if one != other:
            row = np.zeros((a, y))
            row[one] = full.user[other] - full.user[one]
            rows.append(np.r_[row.ravel(), 0.0])
            bounds.append(0.0)
    equal = np.vstack([np.kron(np.ones(a), np.eye(y)), full.user.ravel()])
    found = linprog(
        np.r_[np.zeros(size), 1.0],
        A_ub=np.array(rows),
        b_ub=np.array(bounds),
        A_eq=np.hstack([equal, np.zeros((y + 1, 1))]),
        b_eq=np.r_[full.prior, value],
        bounds=[(0, None)] * size + [(None, None)],
    )
    return found.fun


@pytest.mark.parametrize("family", ["exact", "near"])
def test_a_finer_margin_leaves_less_to_gain(family):
    """The price of a margin is what leaders could still gain within it, not what the user loses."""
    for seed in range(10):
        who = bidders(made(family, seed))
        coarse, fine = (compete(who, "nothing", margin=0.05, finer=finer) for finer in (0, 4))
        assert fine.ends == coarse.ends == "rest"
        assert fine.margin == pytest.approx(coarse.margin / 10_000)
        assert fine.gains.max() <= max(1e-4, coarse.gains.max())
        assert fine.sweeps > coarse.sweeps and fine.value >= coarse.value - 1e-9


@given(family=st.sampled_from(FAMILIES), seed=st.integers(0, 10_000), leaders=st.integers(2, 4))
@settings(max_examples=40, deadline=None)
def test_no_equilibrium_over_all_rules_breaks_t3(family, seed, leaders):
    full = made(family, seed, leaders=leaders)
    who = bidders(full)
    found = settling_values(who)
    assert found.worst >= who.best - 2 * least_epsilon(full.user, full.leaders) - 1e-7
    assert found.best == pytest.approx(who.best, abs=1e-12)
    assert settling_values(who, eta=0.05).worst <= found.worst + 1e-12


@pytest.mark.parametrize("seed", range(30))
def test_games_full_of_ties(seed):
    """Few different utilities, impossible states, single actions: where a vertex is many and V* has many laws."""
    rng = np.random.default_rng(seed)
    states, actions, leaders = (int(each) for each in (rng.integers(1, 5), rng.integers(1, 5), rng.integers(2, 4)))
    prior = rng.integers(0, 3, states) + np.eye(states)[0]
    user, theirs = rng.integers(0, 3, (actions, states)) / 2, rng.integers(0, 3, (leaders, actions, states)) / 2
    full = game(prior / prior.sum(), user, theirs)
    who = bidders(full)
    eps = least_epsilon(full.user, full.leaders)
    assert settling_values(who).worst >= who.best - 2 * eps - 1e-7
    level = (who.nothing + who.best) / 2
    for own in who.frontiers:
        found = persuade(full.prior, full.leaders[own.leader], full.user, floor=level)
        assert own.disobedience <= 1e-9 and own.attains(level) == pytest.approx(found.value, abs=1e-7)
    for start, ties in product(STARTS, ("deviator", "incumbent")):
        run = compete(who, start, ties=ties, rng=rng)
        assert run.lowest >= who.best - 2 * eps - 1e-7
        # Two laws worth V* that leaders disagree about can be taken in turns for ever.
        assert run.ends == "rest" or run.lowest >= who.best - 1e-9


@pytest.mark.parametrize("family", FAMILIES)
def test_where_a_run_rests_lies_where_competition_can_settle(family):
    for seed in range(5):
        who = bidders(made(family, seed))
        run = compete(who, "monopoly", margin=0.01)
        found = settling_values(who, eta=float(run.gains.max()))
        assert any(low - 1e-9 <= run.value <= high + 1e-9 for low, high in found.intervals)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda who: compete(who, "shouting"), "start must be"),
        (lambda who: compete(who, ties="lowest"), "ties must be"),
        (lambda who: compete(who, margin=0.0), "margin"),
        (lambda who: compete(who, margin=-1.0, ties="deviator"), "margin"),
        (lambda who: compete(who, sweeps=0), "sweep"),
        (lambda who: compete(who, finer=-1), "finer"),
        (lambda who: compete(who, "drawn"), "generator"),
        (lambda who: compete(who, random_order=True), "generator"),
        (lambda who: settling_values(who, eta=-0.1), "eta"),
    ],
)
def test_what_makes_no_sense_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(bidders(made("random", 0)))
