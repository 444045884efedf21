"""Evaluation periods, fees, comparing few: bounds against all pure equilibria, coverage, and where nothing protects."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from chatarena.games.equilibria import pure_equilibria
from chatarena.games.evaluation import (
    drawn_errors_loss,
    estimates,
    fixed_errors_loss,
    interactions_needed,
    largest_error,
    plan_evaluation,
    seen_after,
)
from chatarena.games.families import tables
from chatarena.games.payment import among, caring_when_selected, every_few, fee_loss, fees_alone, with_fees
from chatarena.games.relaxed import few_curve, losses, noise_curve, paid_losses
from chatarena.games.rules import deterministic_games, felt, partitions
from chatarena.games.selection import TIES, selection_games
from tests.games.selection_cases import FAMILIES, drawn, least_epsilon


@pytest.mark.parametrize("leaders", [1, 2, 10])
@pytest.mark.parametrize("tau", [0.5, 0.1, 0.02])
def test_the_fewest_interactions_that_are_enough(tau, leaders):
    n = interactions_needed(tau, leaders)
    assert largest_error(n, leaders) <= tau
    assert n == 1 or largest_error(n - 1, leaders) > tau
    # The union of Hoeffding's tails over both sides and all leaders.
    assert 2 * leaders * math.exp(-2 * n * tau**2) <= 0.05 + 1e-12


@pytest.mark.parametrize("rules", [1, 52])
def test_leaders_who_know_the_errors_choose_among_all_rules_so_all_must_be_near(rules):
    rng, n = np.random.default_rng(9), 100
    worst = np.abs(rng.binomial(n, 0.5, (2_000, 2, rules)) / n - 0.5).max(axis=(1, 2))
    assert (worst <= largest_error(n, 2, rules=rules)).mean() >= 0.95
    # What holds for two means does not hold for all that leaders may choose from.
    assert rules == 1 or (worst <= largest_error(n, 2)).mean() < 0.95
    assert interactions_needed(0.1, 2, rules=rules) == interactions_needed(0.1, 2 * rules)


def test_intervals_hold_for_all_at_once():
    rng = np.random.default_rng(0)
    truth = np.array([0.5, 0.52, 0.9])
    held = 0
    for _ in range(400):
        found = estimates([(rng.random(40) < p).astype(float).tolist() for p in truth])
        held += all(each.interval.low <= p <= each.interval.high for each, p in zip(found, truth, strict=True))
        assert [each.leader for each in found] == [0, 1, 2] and all(each.n == 40 for each in found)
    assert held / 400 >= 0.95


def test_means_after_an_evaluation_period_are_unbiased_and_shrink_to_the_value():
    rng = np.random.default_rng(1)
    prior, user, leaders = drawn("exact", 4, rng)
    games = deterministic_games(prior, user, leaders)
    outcomes = prior, felt(prior, user, partitions(3, 3))
    few, many = (seen_after(games, outcomes, n, rng, times=400) for n in (5, 2_000))
    assert few.shape == (400, 4, 2, 5)
    assert np.abs(few.mean(axis=0) - games.values).max() < 0.05
    assert np.abs(many - games.values).max() < largest_error(2_000, 400 * 40)
    assert np.abs(few - games.values).max() > np.abs(many - games.values).max()


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("family", FAMILIES)
def test_errors_that_leaders_know_cost_at_most_the_larger_term(family, ties):
    rng = np.random.default_rng(2)
    prior, user, leaders = drawn(family, 60, rng)
    exact = deterministic_games(prior, user, leaders)
    shown = seen_after(exact, (prior, felt(prior, user, partitions(3, 3))), 10, rng)[0]
    found = pure_equilibria(replace(exact, shown=shown), ties=ties)
    tau = np.abs(shown - exact.values).max(axis=(1, 2))
    assert tau.max() > 0.05
    for b in np.flatnonzero(found.count):
        bound = fixed_errors_loss(least_epsilon(user[b], leaders[b]), tau[b])
        assert exact.best[b] - found.worst[b] <= bound + 1e-7


@pytest.mark.parametrize("family", FAMILIES)
def test_errors_drawn_after_commitment_cost_at_most_the_larger_term(family):
    rng = np.random.default_rng(3)
    prior, user, leaders = drawn(family, 25, rng)
    games = deterministic_games(prior, user, leaders)
    seen = seen_after(games, (prior, felt(prior, user, partitions(3, 3))), 30, rng, times=20)
    found = pure_equilibria(games, seen=seen)
    worst_error = np.abs(seen - games.values).max(axis=(2, 3))
    for b in np.flatnonzero(found.count):
        eps, weights = least_epsilon(user[b], leaders[b], weighed=True)
        ranges = float(weights @ np.ptp(leaders[b].reshape(2, -1), axis=1))
        bound = min(
            drawn_errors_loss(eps, tau, delta=float((worst_error[:, b] > tau).mean()), leader_ranges=ranges)
            for tau in worst_error[:, b]
        )
        assert games.best[b] - found.worst[b] <= bound + 1e-7


def test_one_view_that_is_exact_is_the_game_itself():
    games = deterministic_games(*drawn("random", 30, np.random.default_rng(4)))
    for ties in ("lowest", "uniform"):
        one, two = pure_equilibria(games, ties=ties), pure_equilibria(games, ties=ties, seen=games.shown[None])
        assert (one.count == two.count).all() and np.allclose(one.worst, two.worst, equal_nan=True)


@pytest.mark.parametrize("errors", ["fixed", "drawn"])
def test_a_plan_spends_until_noise_costs_no_more_than_misalignment(errors):
    plan = plan_evaluation(0.05, 4, errors=errors, rules=5)
    assert plan.loss == pytest.approx(plan.floor, abs=1e-12) and plan.total == 4 * plan.n
    assert plan.tau <= (0.05 if errors == "fixed" else 0.025)
    assert plan.n == (interactions_needed(0.05, 4, rules=5) if errors == "fixed" else interactions_needed(0.025, 4))


def test_a_plan_counts_how_far_leaders_utilities_range():
    plan = plan_evaluation(0.05, 4, leader_ranges=7.0)
    assert plan.loss == pytest.approx(drawn_errors_loss(0.05, plan.tau, delta=0.05, leader_ranges=7.0))
    assert plan.loss == pytest.approx(0.45)


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("fee", [-0.1, 0.02, (0.0, -0.3)])
@pytest.mark.parametrize("family", FAMILIES)
def test_fees_cost_at_most_what_is_said(family, fee, ties):
    prior, user, leaders = drawn(family, 80, np.random.default_rng(5))
    games = with_fees(deterministic_games(prior, user, leaders), fee)
    found = pure_equilibria(games, ties=ties)
    fees = np.broadcast_to(fee, 2).tolist()
    for b in np.flatnonzero(found.count):
        eps, weights = least_epsilon(user[b], leaders[b], weighed=True)
        assert games.best[b] - found.worst[b] <= fee_loss(eps, weights.tolist(), fees) + 1e-7


@pytest.mark.parametrize("ties", ["lowest", "incumbent", "uniform"])
@pytest.mark.parametrize("family", FAMILIES)
def test_leaders_who_want_nothing_but_to_be_chosen_serve_best(family, ties):
    games = fees_alone(deterministic_games(*drawn(family, 100, np.random.default_rng(6))), 0.1)
    found = pure_equilibria(games, ties=ties)
    assert (found.count > 0).all() and found.worst == pytest.approx(games.best)


def test_who_cares_only_when_selected_and_pays_to_serve_breaks_the_guarantee():
    prior, user, leaders = drawn("exact", 300, np.random.default_rng(7))
    games = deterministic_games(prior, user, leaders)
    kept, broken = pure_equilibria(games), pure_equilibria(caring_when_selected(games, -2.0))
    assert kept.worst == pytest.approx(games.best)
    losses = (games.best - broken.worst)[broken.count > 0]
    # The hull is exact, eps is 0, and there is no such bound any more.
    assert (losses > 0.01).mean() > 0.1 and losses.max() > 0.1


def test_leaders_that_are_not_compared_do_not_protect():
    """u + b and u - b: together in the hull, each alone a monopolist."""
    prior, user, leaders = drawn("exact", 200, np.random.default_rng(8))
    games = deterministic_games(prior, user, leaders)
    all_of_them = pure_equilibria(games, compared=every_few(2, 2))
    one_by_lot = pure_equilibria(games, compared=every_few(2, 1))
    assert all_of_them.worst == pytest.approx(games.best)
    assert (one_by_lot.worst < games.best - 0.01).mean() > 0.2
    for member in (0, 1):
        alone = pure_equilibria(among(games, [member]))
        # A leader nobody else is compared with does what it likes best.
        choice = np.argmax(games.payoffs[:, member, member] >= games.payoffs[:, member, member].max(1)[:, None], axis=1)
        liked = games.values[np.arange(200), member, choice]
        assert (alone.worst <= liked + 1e-12).all() and (alone.best >= liked - 1e-12).all()


@pytest.mark.parametrize("family", FAMILIES)
def test_among_some_t3_holds_with_their_own_distance_from_the_hull(family):
    prior, user, leaders = drawn(family, 20, np.random.default_rng(9), leaders=3)
    games = deterministic_games(prior, user, leaders)
    for members in every_few(3, 2):
        found = pure_equilibria(among(games, members))
        for b in np.flatnonzero(found.count):
            eps = least_epsilon(user[b], leaders[b][list(members)])
            assert games.best[b] - found.worst[b] <= 2 * eps + 1e-7


@pytest.mark.parametrize("errors", ["fixed", "drawn"])
def test_with_the_hull_longer_evaluation_loses_less(errors):
    made = tables("exact-hull", 300, np.random.default_rng(1))
    points = noise_curve(made.prior, made.user, made.leaders, (5, 80, 1280), seed=1, errors=errors, eps=np.zeros(300))
    means = [point.loss.mean for point in points]
    assert means[0] > means[1] > means[2] >= 0.0 and means[2] < 0.002
    for point in points:
        assert point.violations == (0 if errors == "fixed" else None)
        assert point.loss.n + point.loss.missing == 300
        assert point.tau == largest_error(point.n, 2, rules=5 if errors == "fixed" else 1)


def test_the_fewer_are_compared_the_more_is_lost_though_all_together_are_in_the_hull():
    made = tables("exact-hull", 150, np.random.default_rng(1), leaders=3)
    points = few_curve(made.prior, made.user, made.leaders, seed=1)
    assert [point.compared for point in points] == [1, 2, 3]
    for kind in ("by_lot", "known"):
        means = [getattr(point, kind).mean for point in points]
        assert means[0] > means[1] > means[2] == pytest.approx(0, abs=1e-12)


def test_ways_to_pay_with_the_hull():
    made = tables("exact-hull", 300, np.random.default_rng(2))
    found = {each.paid: each.loss for each in paid_losses(made.prior, made.user, made.leaders, fee=0.5, seed=1)}
    assert all(
        found[kind].largest == pytest.approx(0, abs=1e-9) for kind in ("nothing", "a fee besides", "a fee alone")
    )
    assert found["a cost besides"].largest <= 0.5 + 1e-9
    assert found["own outcomes only, at a cost"].mean > found["own outcomes only"].mean


def test_losses_need_rules_that_all_have():
    games = selection_games(np.zeros((1, 2, 2)), np.zeros((1, 2, 2, 2)))
    with pytest.raises(ValueError, match="same rules"):
        losses(games, pure_equilibria(games))


GAMES = deterministic_games(*drawn("random", 2, np.random.default_rng(0)))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: largest_error(0, 2), "interaction"),
        (lambda: largest_error(5, 0), "leader"),
        (lambda: largest_error(5, 2, level=1.0), "level"),
        (lambda: interactions_needed(0.0, 2), "tau"),
        (lambda: plan_evaluation(0.0, 2), "eps"),
        (lambda: plan_evaluation(0.1, 2, errors="none"), "fixed or drawn"),
        (lambda: plan_evaluation(0.1, 2, errors="fixed"), "how many rules"),
        (lambda: estimates([[0.1], []]), "at least one number"),
        (lambda: estimates([[0.1], [1.2]]), "leader 1"),
        (lambda: seen_after(GAMES, (np.ones((2, 1)), np.ones((2, 5, 1))), 0, np.random.default_rng(0)), "interaction"),
        (lambda: pure_equilibria(GAMES, seen=np.zeros((1, 2, 2, 4))), "views"),
        (lambda: pure_equilibria(GAMES, seen=GAMES.shown[None], ties="deviator"), "lowest or uniform"),
        (lambda: with_fees(GAMES, [0.1, 0.2, 0.3]), "fee"),
        (lambda: fee_loss(0.1, [1.0], [0.1, 0.2]), "fee"),
        (lambda: among(GAMES, [2]), "leaders 0 to 1"),
        (lambda: every_few(2, 3), "compared"),
        (lambda: paid_losses(np.ones((1, 1)), np.ones((1, 1, 1)), np.ones((1, 2, 1, 1)), fee=0.0, seed=1), "fee"),
    ],
)
def test_what_makes_no_sense_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
