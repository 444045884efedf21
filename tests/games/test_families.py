"""Families: what is stated of their epsilon, by linear programs; benchmarks against other formulations."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from chatarena.games.alignment import alignment
from chatarena.games.benchmarks import aligned_value, benchmarks
from chatarena.games.families import FAMILIES, STATEMENTS, drawn_game, tables
from chatarena.games.game import game
from chatarena.games.observation import observe
from chatarena.games.persuasion import persuade


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("leaders", [1, 2, 4])
def test_epsilon_is_what_the_family_says(family: str, leaders: int) -> None:
    for seed in range(5):
        made = drawn_game(np.random.default_rng(seed), family, leaders=leaders)  # type: ignore[arg-type]
        known = tables(family, 1, np.random.default_rng(seed), leaders=leaders)  # type: ignore[arg-type]
        unit = made.scale[1] - made.scale[0]
        found = alignment(made, known.kind).epsilon * unit
        assert made.statement == STATEMENTS[family]  # type: ignore[index]
        if known.epsilon is not None:
            assert found <= known.epsilon + 1e-7
        elif family in ("shared-bias", "nearly-opposed"):
            assert found > 0.05


def test_sellers_of_every_action_are_in_the_cone_and_not_in_the_simplex() -> None:
    made = drawn_game(np.random.default_rng(0), "sellers", leaders=3)
    assert alignment(made, "cone").epsilon == pytest.approx(0.0, abs=1e-9)
    assert alignment(made, "simplex").epsilon > 0.01
    assert alignment(drawn_game(np.random.default_rng(0), "sellers", leaders=2), "cone").epsilon > 0.01


def test_games_of_a_family_are_drawn_by_the_generator_alone() -> None:
    first, again = (drawn_game(np.random.default_rng(5), "random") for _ in range(2))
    assert np.array_equal(first.leaders, again.leaders)
    with pytest.raises(ValueError, match="a family is one of"):
        tables("twins", 1, np.random.default_rng(0))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="at least one of each"):
        tables("random", 1, np.random.default_rng(0), leaders=0)


# -- what competition is measured against ------------------------------------------------------------------------------


def test_benchmarks_of_a_game_without_signals_are_those_of_its_tables() -> None:
    for seed in range(8):
        made = drawn_game(np.random.default_rng(seed), "random", leaders=3, states=4)
        found = benchmarks(made)
        assert found.prior == pytest.approx(float((made.user @ made.prior).max()))
        assert found.optimum == pytest.approx(float(made.prior @ made.user.max(axis=0)))
        assert found.aligned == pytest.approx((found.optimum,) * 3)
        for i, one in enumerate(found.monopolies):
            alone = persuade(made.prior, made.leaders[i], made.user)
            assert one.value == pytest.approx(alone.value, abs=1e-8)
            assert one.user_lowest - 1e-7 <= alone.receiver_value <= one.user_highest + 1e-7
            assert found.prior - 1e-9 <= one.user_lowest <= one.user_highest <= found.optimum + 1e-9


def test_a_monopoly_that_does_not_care_leaves_anything_between_nothing_and_everything() -> None:
    made = game([0.5, 0.5], np.eye(2), [np.full((2, 2), 0.3)])
    only = benchmarks(made).monopolies[0]
    assert (only.user_lowest, only.user_highest) == (pytest.approx(0.5), pytest.approx(1.0))


def test_a_monopoly_over_a_user_with_a_signal_is_a_linear_program_over_plans() -> None:
    rng = np.random.default_rng(6)
    prior, user, leader = rng.dirichlet(np.ones(3)), rng.uniform(size=(2, 3)), rng.uniform(size=(2, 3))
    signal = rng.dirichlet(np.ones(2), 3).T
    found = benchmarks(game(prior, user, [leader], user_signal=signal)).monopolies[0]
    # Variables x[plan, y]: the chance of recommending the plan in y; obeyed after each of her signals.
    plans = [(a, b) for a in range(2) for b in range(2)]
    cost = [-sum(prior[y] * signal[x, y] * leader[plan[x], y] for x in range(2)) for plan in plans for y in range(3)]
    rows = [
        [
            -prior[y] * signal[x, y] * (user[plan[x], y] - user[other, y]) if which == plan else 0.0
            for which in plans
            for y in range(3)
        ]
        for plan in plans
        for x in range(2)
        for other in range(2)
    ]
    whole = np.tile(np.eye(3), len(plans))
    assert found.value == pytest.approx(
        -linprog(cost, A_ub=rows, b_ub=np.zeros(len(rows)), A_eq=whole, b_eq=np.ones(3)).fun, abs=1e-8
    )


def test_what_leaders_cannot_see_they_cannot_tell() -> None:
    rng = np.random.default_rng(7)
    drawn = drawn_game(rng, "exact-hull", states=4)
    blind = game(drawn.prior, drawn.user, drawn.leaders, leader_signal=np.ones((1, 4)))
    found = benchmarks(blind)
    assert found.prior == pytest.approx(found.optimum)
    seen = observe(drawn)
    worths = [aligned_value(seen, messages) for messages in (1, 2, 3, 4)]
    assert worths == sorted(worths)
    assert worths[0] == pytest.approx(benchmarks(drawn).prior)
    assert worths[-1] == pytest.approx(benchmarks(drawn).optimum)
