"""Named games: every number that they state, computed again."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from chatarena.games.concepts import Concept, Equilibria
from chatarena.games.conversation import Protocol, aligned, silent
from chatarena.games.families import drawn_game
from chatarena.games.game import game
from chatarena.games.instances import APART, DECOY, DELTA, GOOD, INSTANCES, Instance, instance, two_epsilon
from chatarena.games.reading import Reader
from chatarena.games.result_one import induced_by_deviation
from chatarena.games.solution import Solution, solve
from chatarena.games.tree import outcome


def measured(found: Solution) -> dict[str, float]:
    values = {
        "epsilon simplex": found.alignments.simplex.epsilon,
        "epsilon cone": found.alignments.cone.epsilon,
        "optimum": found.benchmarks.optimum,
        "prior": found.benchmarks.prior,
        "monopoly leader": found.benchmarks.monopolies[0].value,
        "monopoly user": found.benchmarks.monopolies[0].user_lowest,
    }
    for each in found.every:
        values |= {f"worst {each.concept}": each.worst, f"best {each.concept}": each.best}
    return values


@pytest.mark.parametrize("name", INSTANCES)
def test_what_an_instance_states_is_so(name: str) -> None:
    made = instance(name)  # type: ignore[arg-type]
    found = solve(made.game)
    assert made.game.name == made.name == name
    assert found.violations == ()
    assert made.statement
    values = measured(found)
    for what, number in made.known:
        assert values[what] == pytest.approx(number, abs=1e-8), what


@pytest.mark.parametrize("n", [2, 3, 5, 6])
def test_two_epsilon_is_nearly_reached(n: int) -> None:
    made: Instance = two_epsilon(n, 0.05)
    found = solve(made.game)
    assert of(found, "talk").loss == pytest.approx(0.1 * (1 - 1 / n))
    assert found.guarantee == pytest.approx(0.1)


def payoffs(precision: float) -> dict[tuple[int, int], tuple[float, tuple[float, ...]]]:
    """User and leaders of the fragile game, each leader saying nothing (0) or all it knows (1)."""
    made, protocol = instance("fragile-best-response").game, Protocol(messages=4)
    rules = (silent(made, protocol), aligned(made, protocol))
    unit = made.scale[1]
    found = {}
    for one, other in itertools.product((0, 1), repeat=2):
        came = outcome(made, protocol, (rules[one], rules[other]), Reader(precision=precision * unit))
        found[one, other] = came.user * unit, tuple(value * unit for value in came.leaders)
    return found


def equilibria(values: dict[tuple[int, int], tuple[float, tuple[float, ...]]]) -> list[tuple[int, int]]:
    return [
        (one, other)
        for one, other in values
        if values[1 - one, other][1][0] <= values[one, other][1][0] + 1e-12
        and values[one, 1 - other][1][1] <= values[one, other][1][1] + 1e-12
    ]


def test_best_responses_to_nearly_equal_actions_keep_the_decoy() -> None:
    values = payoffs(math.inf)
    assert (0, 0) in equilibria(values)
    assert values[0, 0][0] == pytest.approx(DECOY)
    # Each alone could have told her nearly all there is to know.
    assert values[1, 0][0] == pytest.approx(GOOD, abs=DELTA)
    assert values[0, 1][0] == pytest.approx(GOOD, abs=DELTA)
    # But she then takes, but for rare hints, the variant that this leader does not want.
    assert values[1, 0][1][0] == pytest.approx(GOOD - APART / 2, abs=0.01)
    assert values[0, 1][1][1] == pytest.approx(GOOD - APART / 2, abs=0.01)


def test_a_quantal_response_does_not_keep_the_decoy() -> None:
    precision = 40.0
    values = payoffs(precision)
    assert (0, 0) not in equilibria(values)
    best = GOOD + DELTA
    loss = math.log(5) / precision + (1.0 + DELTA) * math.tanh(precision * DELTA / 2.0)
    for profile in equilibria(values):
        assert values[profile][0] >= best - loss
    assert equilibria(values)


def test_the_two_deviations_of_the_fragile_game_induce_different_laws() -> None:
    made, protocol = instance("fragile-best-response").game, Protocol(messages=4)
    found = induced_by_deviation(made, protocol, [silent(made, protocol)] * 2, aligned(made, protocol))
    assert found.distance > 0.9


def test_a_name_that_there_is_not_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="two-epsilon, hull-fails"):
        instance("prisoners")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="at least two states"):
        two_epsilon(1)


# -- solving -----------------------------------------------------------------------------------------------------------


def test_what_is_too_large_is_missing_with_its_reason_and_the_rest_is_there() -> None:
    rng = np.random.default_rng(0)
    large = game(np.full(12, 1 / 12), rng.uniform(size=(2, 12)), rng.uniform(size=(2, 2, 12)))
    found = solve(large)
    assert {concept for concept, _ in found.missing} == {"talk", "cells", "selection"}
    assert all(reason for _, reason in found.missing)
    assert [each.concept for each in found.every] == ["settling"]


def test_fewer_messages_are_compared_with_what_they_can_tell() -> None:
    rng = np.random.default_rng(1)
    made = game([0.3, 0.3, 0.4], np.eye(3), rng.uniform(size=(2, 3, 3)))
    found = solve(made, messages=2)
    assert of(found, "talk").best_rule == pytest.approx(0.7)
    assert of(found, "selection").best_rule == pytest.approx(0.7)
    assert found.violations == ()
    with pytest.raises(ValueError, match="at least one message"):
        solve(made, messages=0)
    with pytest.raises(ValueError, match="precision is above 0"):
        solve(made, precision=0.0)


def test_a_quantal_user_is_solved_where_all_talk() -> None:
    made = instance("sellers").game
    sharp, soft = solve(made, precision=200.0), solve(made, precision=5.0)
    assert of(soft, "talk").best < of(sharp, "talk").best <= sharp.benchmarks.optimum
    # Weights of any sum leave no residual, so T2 is its logit term alone.
    for found in (sharp, soft):
        assert found.precision is not None
        assert found.quantal_guarantee == pytest.approx(math.log(3) / found.precision, abs=1e-9)
        assert of(found, "talk").loss <= found.quantal_guarantee
    assert solve(made).quantal_guarantee is None
    assert solve(made, messages=2, precision=5.0).quantal_guarantee is None


@pytest.mark.parametrize(("precision", "value"), [(None, DECOY), (40.0, GOOD)], ids=["best response", "quantal"])
def test_signals_of_their_own_are_told_whole_or_not_at_all(precision: float | None, value: float) -> None:
    made = instance("fragile-best-response").game
    found = solve(made, precision=precision)
    unit = made.scale[1]
    by_hand = payoffs(math.inf if precision is None else precision / unit)
    stays = [by_hand[profile][0] for profile in equilibria(by_hand)]
    assert of(found, "all or nothing").count == len(stays)
    assert of(found, "all or nothing").worst * unit == pytest.approx(min(stays))
    assert of(found, "all or nothing").worst * unit == pytest.approx(value, abs=DELTA)
    assert found.guarantee is None
    assert found.quantal_guarantee is None
    assert {concept for concept, _ in found.missing} == {"selection", "settling"}


@pytest.mark.parametrize("seed", range(3))
def test_with_the_hull_nothing_is_lost_however_states_are_split(seed: int) -> None:
    found = solve(drawn_game(np.random.default_rng(seed), "exact-hull"))
    split = of(found, "cells")
    assert split.parts == 3
    assert split.worst == pytest.approx(split.best) == pytest.approx(found.benchmarks.optimum)


@pytest.mark.parametrize(("name", "worst"), [("hull-fails", 1 / 3), ("prosecutor-and-defence", 1.0), ("sellers", 0.81)])
def test_what_is_left_where_states_are_split(name: str, worst: float) -> None:
    found = solve(instance(name).game)  # type: ignore[arg-type]
    assert of(found, "cells").worst == pytest.approx(worst)


def of(found: Solution, concept: Concept) -> Equilibria:
    each = found.of(concept)
    assert each is not None, concept
    return each
