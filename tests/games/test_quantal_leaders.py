"""Leaders who choose among rules by logit response: the definition, by hand; where the branch ends."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from chatarena.games.conversation import Protocol, told
from chatarena.games.families import drawn_game
from chatarena.games.game import Game
from chatarena.games.instances import instance
from chatarena.games.quantal_leaders import QuantalLeaders, quantal_leaders
from chatarena.games.solution import solve
from chatarena.games.tree import outcome


def by_tree(game: Game, found: QuantalLeaders) -> dict[tuple[int, ...], tuple[float, ...]]:
    """User and leaders at every profile of the rules, through the tree of the talk."""
    protocol = Protocol(messages=game.n_states)
    rules = [told(game, protocol, np.array(cells)) for cells in found.rules]
    values = {}
    for profile in product(range(len(rules)), repeat=game.n_leaders):
        came = outcome(game, protocol, [rules[r] for r in profile])
        values[profile] = (came.user, *came.leaders)
    return values


@pytest.mark.parametrize("family", ["random", "shared-bias", "exact-hull"])
def test_every_leader_responds_by_logit_to_the_others(family: str) -> None:
    game = drawn_game(np.random.default_rng(3), family)  # type: ignore[arg-type]
    found = quantal_leaders(game, 7.0)
    values = by_tree(game, found)
    mean = np.zeros(3)
    worth = np.zeros((2, len(found.rules)))
    for (r, s), came in values.items():
        mean += found.mixtures[0][r] * found.mixtures[1][s] * np.array(came)
        worth[0, r] += found.mixtures[1][s] * came[1]
        worth[1, s] += found.mixtures[0][r] * came[2]
    assert (found.user, *found.leaders) == pytest.approx(mean, abs=1e-9)
    for own, mixture in zip(worth, found.mixtures, strict=True):
        odds = np.exp(7.0 * (own - own.max()))
        assert mixture == pytest.approx(odds / odds.sum(), abs=1e-8)


@pytest.mark.parametrize("seed", range(3))
def test_with_the_hull_the_branch_ends_at_her_optimum(seed: int) -> None:
    game = drawn_game(np.random.default_rng(seed), "exact-hull")
    found = quantal_leaders(game, 5_000.0)
    assert found.user == pytest.approx(solve(game).benchmarks.optimum, abs=1e-3)
    assert found.regret < 1e-3


@pytest.mark.parametrize("name", ["hull-fails", "equilibrium-selection"])
def test_of_good_and_bad_equilibria_the_branch_takes_the_bad_one(name: str) -> None:
    game = instance(name).game  # type: ignore[arg-type]
    marks = solve(game).benchmarks
    assert quantal_leaders(game, 50.0).user == pytest.approx(marks.prior, abs=1e-3)
    assert marks.optimum - marks.prior > 0.4


@pytest.mark.parametrize(
    ("name", "precision", "said"),
    [
        pytest.param("judge", 1.0, "one leader is a monopoly", id="monopoly"),
        pytest.param("sellers", 0.0, "above 0", id="no precision"),
        pytest.param("fragile-best-response", 1.0, "signals of their own", id="own signals"),
    ],
)
def test_what_it_is_not_for_is_refused(name: str, precision: float, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        quantal_leaders(instance(name).game, precision)  # type: ignore[arg-type]
