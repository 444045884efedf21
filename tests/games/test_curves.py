"""Curves of losses: each place is what the parts say of the same games."""

from __future__ import annotations

import numpy as np
import pytest

from chatarena.games.curves import loss_curve
from chatarena.games.equilibria import pure_equilibria
from chatarena.games.families import tables
from chatarena.games.rules import deterministic_games
from chatarena.report.games.figures import loss_figure


def test_a_place_is_what_its_games_say() -> None:
    made = loss_curve("leaders", "nearly-opposed", seed=4, count=50, concept="selection", places=(2.0,))
    drawing = np.random.Generator(np.random.PCG64(np.random.SeedSequence(4).spawn(2)[0]))
    drawn = tables("nearly-opposed", 50, drawing)
    games = deterministic_games(drawn.prior, drawn.user, drawn.leaders)
    assert games.best is not None
    loss = games.best - pure_equilibria(games).worst
    only = made.points[0]
    assert only.worst_mean == pytest.approx(loss.mean())
    assert only.largest == pytest.approx(loss.max())
    assert only.low <= only.worst_mean <= only.high
    assert only.bound is None


def test_the_bound_holds_and_losses_grow_with_the_residual() -> None:
    made = loss_curve("epsilon", "epsilon-hull", seed=2, count=400)
    assert [point.bound for point in made.points] == pytest.approx([2 * point.at for point in made.points])
    assert sum(point.violations for point in made.points) == 0
    assert made.points[0].largest == pytest.approx(0.0, abs=1e-9)
    assert made.points[-1].worst_mean > made.points[1].worst_mean
    drawn = loss_figure(made)
    assert "2 epsilon" in drawn
    assert "the game two-epsilon" in drawn


def test_a_sharper_user_loses_less_of_what_is_told() -> None:
    made = loss_curve("precision", "exact-hull", seed=2, count=100)
    losses = [point.worst_mean for point in made.points]
    assert losses == sorted(losses, reverse=True)
    assert all(point.violations == 0 for point in made.points)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param({"over": "epsilon", "family": "random"}, "epsilon-hull", id="no residual"),
        pytest.param({"over": "precision", "family": "random", "concept": "selection"}, "talk", id="selection"),
        pytest.param({"over": "leaders", "family": "random", "count": 1}, "two games", id="one game"),
        pytest.param({"over": "leaders", "family": "random", "delta": 0.1}, "over precision", id="errors"),
        pytest.param({"over": "size", "family": "random"}, "epsilon, leaders", id="unknown"),
    ],
)
def test_what_does_not_go_together_is_refused(words: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        loss_curve(seed=1, **words)  # type: ignore[arg-type]
