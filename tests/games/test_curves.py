"""Curves of losses: each place is what the parts say of the same games."""

from __future__ import annotations

import numpy as np
import pytest

from chatarena.games.curves import Over, loss_curve
from chatarena.games.equilibria import pure_equilibria
from chatarena.games.families import FamilyName, tables
from chatarena.games.instances import instance
from chatarena.games.rules import deterministic_games
from chatarena.games.solution import solve
from chatarena.report.games.figures import doubled, doublings, loss_figure, undrawn, values_figure, values_heading
from chatarena.report.html.standalone import svg_file


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


@pytest.mark.parametrize(("number", "words"), [(4, "4"), (5, "5"), (300, "300"), (1024, "1024"), (2.5, "2.5")])
def test_a_mark_of_a_logarithmic_scale_says_the_number_that_stands_there(number: float, words: str) -> None:
    assert doubled(doublings(number)) == words


def test_a_figure_in_a_file_says_above_it_what_it_shows() -> None:
    drawn = loss_figure(loss_curve("leaders", "random", seed=1, count=5, places=(1, 2)))
    assert ">What she loses &amp; why</text>" in svg_file(drawn, heading="What she loses & why")
    assert 'viewBox="0 0 ' in svg_file(drawn)


@pytest.mark.parametrize(
    ("over", "family", "places", "named"),
    [
        pytest.param("epsilon", "epsilon-hull", (0.0, 0.1), "2 epsilon (derived here)", id="2 epsilon"),
        pytest.param("precision", "exact-hull", (8.0, 16.0), "bound T2 (derived here)", id="T2"),
    ],
)
def test_bounds_are_drawn_as_ours_and_losses_with_their_unit(
    over: Over, family: FamilyName, places: tuple[float, ...], named: str
) -> None:
    drawn = svg_file(loss_figure(loss_curve(over, family, seed=1, count=5, places=places)))
    assert f">{named}</text>" in drawn
    assert ">loss of her utility, which runs from 0 to 1</text>" in drawn


@pytest.mark.parametrize(
    ("bounds", "said"), [((0.2, None, 1.0), False), ((0.9, 1.01), True)], ids=["all drawn", "one left out"]
)
def test_a_figure_says_where_a_bound_is_left_out(bounds: tuple[float | None, ...], said: bool) -> None:
    assert bool(undrawn(bounds)) is said


def test_what_she_may_get_stands_beside_its_bar_with_the_scale_above() -> None:
    found = solve(instance("hull-fails").game)
    drawn = svg_file(values_figure(found), heading=values_heading(found))
    assert drawn.count(">0.333 to 1</text>") == len(found.every)
    assert ">What she gets, utilities from 0 to 1 (hull-fails)</text>" in drawn
