"""Series of games: the same whoever plays them and in what order, and summed up as a hand would."""

from __future__ import annotations

import numpy as np
import pytest

from chatarena.games.bidding import bidders, compete
from chatarena.games.equilibria import pure_equilibria
from chatarena.games.game import game
from chatarena.games.rules import deterministic_games
from chatarena.games.simulation import Settings, play_game, play_games
from chatarena.games.tally import tally
from tests.games.selection_cases import FAMILIES, drawn, least_epsilon


def maker(family, **shape):
    """Draws games whose scale is that of their own numbers."""

    def make(rng):
        prior, user, leaders = (each[0] for each in drawn(family, 1, rng, **shape))
        return game(prior, user, leaders, scale=(min(user.min(), leaders.min()), max(user.max(), leaders.max())))

    return make


def seen_by(make, seed, index):
    """The game that a place in a series stands for."""
    kept = []

    def keeping(rng):
        kept.append(make(rng))
        return kept[0]

    return play_game(keeping, seed=seed, index=index, settings=Settings(starts=("nothing",))), kept[0]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_game_is_what_the_parts_say_in_the_unit_it_was_drawn_in(family):
    found, full = seen_by(maker(family), 5, 2)
    unit = full.scale[1] - full.scale[0]
    user, leaders = full.user * unit, full.leaders * unit
    assert found.eps <= found.eps_cone + 1e-9 <= found.eps_simplex + 2e-9
    assert found.eps_cone == pytest.approx(least_epsilon(user, leaders), abs=1e-7)
    exact = deterministic_games(full.prior[None], user[None], leaders[None])
    pure = pure_equilibria(exact)
    assert found.deterministic.equilibria == pure.count[0]
    assert found.deterministic.worst_loss == pytest.approx(exact.best[0] - pure.worst[0], abs=1e-9)
    assert found.deterministic.largest_final_loss <= found.deterministic.worst_loss + 1e-9
    assert found.best_value - found.prior_value == pytest.approx(
        full.prior @ user.max(axis=0) - (user @ full.prior).max(), abs=1e-9
    )
    who = bidders(full)
    losses = [run.loss for run in found.runs if run.order == "sequential"]
    ours = [(who.best - compete(who, "nothing", ties=ties).value) * unit for ties in ("deviator", "incumbent")]
    assert losses == pytest.approx(ours)
    assert found.violations == ()


def test_a_series_can_be_shared_out_and_continued():
    make = maker("random")
    whole = list(play_games(make, 6, seed=3))
    parts = [*play_games(make, 2, seed=3, first=4), *play_games(make, 4, seed=3)]
    assert sorted(parts, key=lambda each: each.index) == whole
    assert [each.index for each in whole] == list(range(6))
    fewer = play_game(make, seed=3, index=2, settings=Settings(starts=("nothing",)))
    assert (fewer.eps, fewer.settling_loss) == (whole[2].eps, whole[2].settling_loss)


@pytest.mark.parametrize("family", FAMILIES)
def test_no_violation_and_with_the_hull_no_loss(family):
    found = tally(list(play_games(maker(family), 25, seed=1)), family=family)
    assert (found.games, found.violations, found.first_violation) == (25, 0, None)
    assert all(each.reached.share == 1.0 and each.rested == each.runs for each in found.runs)
    if family == "exact":
        assert found.settling_loss.largest == pytest.approx(0, abs=1e-7)
        assert found.deterministic_worst_loss.largest == pytest.approx(0, abs=1e-9)
        assert all(each.loss.largest == pytest.approx(0, abs=1e-9) for each in found.runs)
    if family in ("random", "shared", "opposed"):
        assert found.settling_loss.largest > 0.01 < found.deterministic_worst_loss.largest
        by_start = {each.start: each for each in found.runs if each.ties == "incumbent"}
        assert by_start["nothing"].lost.count > 0
        assert by_start["everything"].loss.largest == pytest.approx(0, abs=1e-9)


def test_sums_are_those_of_a_hand():
    results = list(play_games(maker("shared"), 30, seed=8, settings=Settings(starts=("monopoly",))))
    found = tally(results, family="shared", noticed=0.02)
    losses = np.array([each.settling_loss for each in results])
    assert found.settling_loss.mean == pytest.approx(losses.mean())
    assert found.settling_loss.largest == losses.max()
    assert found.settling_lost.count == (losses > 0.02).sum()
    low, high = found.settling_loss.interval.low, found.settling_loss.interval.high
    error = losses.std(ddof=1) / np.sqrt(30)
    assert low < losses.mean() < high and high - low == pytest.approx(2 * 1.96 * error, rel=0.25)
    one = found.runs[0]
    assert one.runs == 60 and one.loss.n == one.reached.n == 30
    worst = [max(run.lowest_loss for run in each.runs if run.ties == one.ties) for each in results]
    assert one.loss.mean == pytest.approx(np.mean(worst))


def test_shares_have_the_exact_interval():
    results = list(play_games(maker("exact"), 20, seed=1, settings=Settings(starts=("nothing",))))
    lost = tally(results, family="exact").settling_lost
    assert (lost.count, lost.n, lost.share, lost.interval.low) == (0, 20, 0.0, 0.0)
    assert (1 - lost.interval.high) ** 20 == pytest.approx(0.025)


def test_many_leaders_are_no_harder():
    found = play_game(maker("shared", leaders=6, states=4), seed=1, settings=Settings(starts=("nothing",)))
    assert found.deterministic.equilibria is None and found.deterministic.mean_loss is None
    assert found.deterministic.best_loss == pytest.approx(0, abs=1e-9)
    assert found.deterministic.largest_final_loss <= found.deterministic.worst_loss + 1e-9
    assert found.violations == ()


def test_what_is_not_known_is_missing_with_its_reason():
    def make(rng):
        own = rng.dirichlet(np.ones(2), (2, 2)).swapaxes(1, 2)
        return game(rng.dirichlet(np.ones(2)), rng.random((2, 2)), rng.random((2, 2, 2)), leader_signal=own)

    found = tally(list(play_games(make, 3, seed=0)), family="own signals")
    assert found.settling_loss.mean is None and found.settling_loss.missing == 3
    assert found.deterministic_worst_loss.n == 0 and found.violations == 0
    assert any(text.startswith("3 games: leaders see signals of their own") for text in found.missing)


def test_one_leader_is_a_monopoly():
    found = play_game(maker("random", leaders=1), seed=2)
    assert found.settling_loss == pytest.approx(found.best_value - found.monopoly_values[0])
    assert all(run.loss == pytest.approx(found.settling_loss) for run in found.runs)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: list(play_games(maker("exact"), 0, seed=1)), "game"),
        (lambda: tally([], family="x"), "one seed and shape"),
        (
            lambda: tally([play_game(maker("exact"), seed=s) for s in (1, 2)], family="x"),
            "one seed and shape",
        ),
    ],
    ids=["none asked", "none given", "two seeds"],
)
def test_what_makes_no_sense_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_series_of_one_game_has_no_interval():
    """Resamples of one game are that game: an interval without width would say that another is just like it."""
    one, two = (tally(list(play_games(maker("random"), n, seed=0)), family="random") for n in (1, 2))
    assert one.prior_loss.interval is None and one.prior_loss.mean == one.prior_loss.largest
    assert two.prior_loss.interval is not None
