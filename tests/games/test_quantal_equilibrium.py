"""Logit equilibria: Gambit's values, the fixed point seen by substitution, one branch in three implementations."""

from __future__ import annotations

import math
import string

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from chatarena.choice import logit_response
from chatarena.games.normal_form import expected_payoffs, normal_form
from chatarena.games.quantal_equilibrium import logit_branch, quantal_equilibria, quantal_equilibrium

CONSTANT_SUM = [[[1, 1], [0, 1]], [[1, 1], [2, 1]]]
OPPOSED = [[[2, 0], [0, 1]], [[-2, 0], [0, -1]]]
# Its branch turns back at precision 1.8 and comes again.
TURNING = [[[0, -3, 3], [2, 0, -3], [-1, -1, 3]], [[-3, 3, 1], [2, -1, 0], [0, -1, -2]]]
SHAPES = [(2,), (2, 2), (3, 2), (4, 4), (2, 2, 2), (3, 2, 3), (2, 3, 2, 2)]
ENGINES = ["numpy", "compiled"]


@pytest.fixture(params=ENGINES)
def engine(request):
    if request.param == "compiled":
        pytest.importorskip("numba", reason="the compiled walk needs the extra `fast`")
    return request.param


def answers(payoffs, mixtures, precision):
    """Everybody's logit response, written as the formula stands."""
    letters, found = string.ascii_lowercase[: len(mixtures)], []
    for i in range(len(mixtures)):
        others = [j for j in range(len(mixtures)) if j != i]
        terms = ",".join([letters, *(letters[j] for j in others)])
        worth = np.einsum(f"{terms}->{letters[i]}", payoffs[i], *(mixtures[j] for j in others))
        raised = np.exp(precision * (worth - worth.max()))
        found.append(raised / raised.sum())
    return found


@pytest.mark.parametrize(
    ("payoffs", "precision", "expected", "places"),
    [
        pytest.param(CONSTANT_SUM, 1, [(0.643, 0.357), (0.5883, 0.41168)], 5e-5, id="constant sum 1"),
        pytest.param(CONSTANT_SUM, 2, [(0.7727, 0.2273), (0.6117, 0.3883)], 5e-5, id="constant sum 2"),
        pytest.param(CONSTANT_SUM, 3, [(0.8595, 0.1405), (0.6038, 0.39618)], 5e-5, id="constant sum 3"),
        pytest.param(OPPOSED, 1, [(0.52174, 0.47826), (0.36234, 0.63766)], 5e-6, id="opposed"),
    ],
)
def test_values_that_gambit_tests(payoffs, precision, expected, places, engine):
    (found,) = quantal_equilibrium(payoffs, [precision], engine=engine)
    for mixture, published in zip(found.probabilities, expected, strict=True):
        assert mixture == pytest.approx(published, abs=places)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_it_is_a_fixed_point_of_the_formula(shape, engine):
    rng = np.random.default_rng(len(shape))
    for _ in range(5):
        payoffs = rng.standard_normal((len(shape), *shape))
        for found in quantal_equilibrium(payoffs, [3.0, 0.5, 12.0, 0.0], engine=engine):
            mixtures = [np.array(each) for each in found.probabilities]
            for given_, answer in zip(mixtures, answers(payoffs, mixtures, found.precision), strict=True):
                assert given_ == pytest.approx(answer, abs=1e-10)
            assert found.residual < 1e-11


def test_precisions_come_back_in_the_order_asked(engine):
    asked = [3.0, 0.0, 1.0, 3.0]
    found = quantal_equilibrium(CONSTANT_SUM, asked, engine=engine)
    assert [each.precision for each in found] == asked
    assert found[0] == found[3]
    assert found[1].probabilities == ((0.5, 0.5), (0.5, 0.5))
    assert found[1].payoffs == (0.75, 1.25)
    assert quantal_equilibrium(CONSTANT_SUM, [], engine=engine) == ()


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("precision", [0.7, 8.0])
def test_many_games_at_once_are_each_game_alone(shape, precision, engine):
    rng = np.random.default_rng(1)
    payoffs = rng.standard_normal((len(shape), 12, *shape))
    found = quantal_equilibria(payoffs, precision, engine=engine)
    assert found.followed.all()
    assert found.engine == engine
    assert (found.residual < 1e-11).all()
    for g in range(12):
        (alone,) = quantal_equilibrium(payoffs[:, g], [precision], engine="numpy")
        for mixtures, mixture in zip(found.probabilities, alone.probabilities, strict=True):
            assert mixtures[g] == pytest.approx(mixture, abs=1e-9)
        assert found.regret[g] == pytest.approx(alone.regret, abs=1e-9)


def test_each_game_at_its_own_precision(engine):
    rng = np.random.default_rng(2)
    payoffs, precision = rng.random((2, 6, 3, 3)), np.array([0.0, 0.1, 1.0, 5.0, 40.0, 3.0])
    found = quantal_equilibria(payoffs, precision, engine=engine)
    assert found.reached.tolist() == precision.tolist()
    assert found.probabilities[0][0] == pytest.approx([1 / 3] * 3)
    for g in range(6):
        (alone,) = quantal_equilibrium(payoffs[:, g], [precision[g]])
        assert found.probabilities[1][g] == pytest.approx(alone.probabilities[1], abs=1e-9)


def test_where_the_branch_turns_back_nobody_jumps(engine):
    branch = logit_branch(TURNING, to=5.0, engine=engine)
    precisions = np.array([point.precision for point in branch.points])
    assert (np.diff(precisions) < 0).any()
    assert branch.crossings == 0
    (alone,) = quantal_equilibrium(TURNING, [5.0], engine=engine)
    together = quantal_equilibria(np.array(TURNING)[:, None], 5.0, engine=engine)
    for point, many, one in zip(
        branch.points[-1].probabilities, together.probabilities, alone.probabilities, strict=True
    ):
        assert many[0] == pytest.approx(one, abs=1e-9)
        assert point == pytest.approx(one, abs=1e-9)
    steps = np.array([np.concatenate(point.probabilities) for point in branch.points])
    assert np.abs(np.diff(steps, axis=0)).max() <= 0.25


@pytest.mark.parametrize("shape", [(2, 2), (4, 3), (2, 2, 2)], ids=str)
def test_both_implementations_walk_the_same_branch(shape):
    pytest.importorskip("numba", reason="the compiled walk needs the extra `fast`")
    rng = np.random.default_rng(3)
    for _ in range(5):
        payoffs = rng.random((len(shape), *shape))
        one, other = (logit_branch(payoffs, engine=engine) for engine in ENGINES)
        assert one.status == other.status == "regret reached"
        assert one.points[-1].regret <= 1e-8
        assert one.points[-1].precision == pytest.approx(other.points[-1].precision, rel=1e-6)
        for a, b in zip(one.points[-1].probabilities, other.points[-1].probabilities, strict=True):
            assert a == pytest.approx(b, abs=1e-9)


def test_the_branch_ends_near_a_nash_equilibrium(engine):
    matching = [[[3, -1], [-1, 1]], [[-3, 1], [1, -1]]]
    last = logit_branch(matching, engine=engine).points[-1]
    assert last.probabilities[0] == pytest.approx((1 / 3, 2 / 3), abs=1e-6)
    assert last.payoffs == pytest.approx((1 / 3, -1 / 3), abs=1e-6)
    dominated = [[[2, 3], [0, 1]], [[1, 0], [1, 0]]]
    assert logit_branch(dominated, engine=engine).points[-1].probabilities[0] == pytest.approx((1, 0), abs=1e-6)


def test_symmetry_is_followed_straight_on_and_said(engine):
    coordination = [[[1, 0], [0, 1]], [[1, 0], [0, 1]]]
    branch = logit_branch(coordination, to=10.0, engine=engine)
    assert branch.crossings == 1
    assert np.array(branch.points[-1].probabilities) == pytest.approx(np.full((2, 2), 0.5))
    assert quantal_equilibria(np.array(coordination)[:, None], 10.0, engine=engine).followed.all()


def test_probabilities_too_small_for_a_number_stay_numbers(engine):
    payoffs = np.array([[[5.0, 4.0, 3.0], [1.0, 2.0, 0.0]], [[1.0, 0.0, 2.0], [0.0, 1.0, 2.0]]])
    (found,) = quantal_equilibrium(payoffs, [1e5], engine=engine)
    assert found.probabilities == ((1.0, 0.0), (0.0, 0.0, 1.0))
    assert found.log_probabilities[0][1] == pytest.approx(-3e5, rel=1e-9)
    assert found.log_probabilities[1] == pytest.approx((-1e5, -2e5, 0), rel=1e-9)
    many = quantal_equilibria(payoffs[:, None], 1e5, engine=engine)
    assert many.log_probabilities[1][0] == pytest.approx((-1e5, -2e5, 0), rel=1e-9)
    tiny, huge = (quantal_equilibrium(payoffs * scale, [2.0 / scale], engine=engine)[0] for scale in (1e-200, 1e150))
    assert tiny.probabilities[0] == pytest.approx(huge.probabilities[0], abs=1e-12)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.integers(1, 3), min_size=1, max_size=3).flatmap(
        lambda sizes: arrays(np.float64, (len(sizes), *sizes), elements=st.integers(-2, 2).map(float))
    ),
    st.sampled_from([0.3, 2.0, 1e3]),
    st.sampled_from(["numpy", "auto"]),
)
def test_ties_and_symmetries_leave_numbers(payoffs, precision, engine):
    found = quantal_equilibria(payoffs[:, None], precision, engine=engine)
    for logs, mixture in zip(found.log_probabilities, found.probabilities, strict=True):
        assert np.isfinite(logs).all()
        assert mixture.sum() == pytest.approx(1)
    assert found.residual[0] < 1e-10
    assert found.followed[0] or found.reached[0] < precision


@settings(max_examples=40, deadline=None)
@given(st.floats(0.01, 100), st.floats(-50, 50), st.integers(0, 1000))
def test_only_precision_times_differences_matters(scale, shift, seed):
    payoffs = np.random.default_rng(seed).standard_normal((2, 3, 2))
    (plain,) = quantal_equilibrium(payoffs, [2.0])
    (moved,) = quantal_equilibrium(payoffs * scale + shift, [2.0 / scale])
    assert moved.probabilities[0] == pytest.approx(plain.probabilities[0], abs=1e-8)


def test_a_player_alone_responds_by_the_logit_rule(engine):
    utilities = [2.0, 0.0, 1.0]
    (found,) = quantal_equilibrium([utilities], [1.7], engine=engine)
    assert found.probabilities[0] == pytest.approx(logit_response(utilities, 1.7).probabilities, abs=1e-12)


def test_expected_payoffs_are_sums_over_profiles():
    rng = np.random.default_rng(4)
    shape = (2, 3, 2)
    payoffs = rng.standard_normal((3, *shape))
    mixtures = [rng.dirichlet(np.ones(size)) for size in shape]
    found = expected_payoffs(normal_form(payoffs), [each[None] for each in mixtures])
    for i in range(3):
        for a in range(shape[i]):
            total = sum(
                payoffs[i][profile] * math.prod(mixtures[j][profile[j]] for j in range(3) if j != i)
                for profile in np.ndindex(*shape)
                if profile[i] == a
            )
            assert found[i][0, a] == pytest.approx(total)


@pytest.mark.parametrize(
    ("payoffs", "precisions", "message"),
    [
        pytest.param([], [1], "at least one player", id="nobody"),
        pytest.param([[[1, 2]], [[1, 2], [3, 4]]], [1], r"player 1 have the shape \(2, 2\)", id="two shapes"),
        pytest.param([[1, 2], [1, 2]], [1], r"\(2,\): 2 players need 2 axes", id="axes"),
        pytest.param([[[1, math.nan]], [[1, 2]]], [1], "nan", id="nan"),
        pytest.param(CONSTANT_SUM, [-1], "-1.0", id="negative precision"),
        pytest.param(CONSTANT_SUM, [math.inf], "inf", id="infinite precision"),
    ],
)
def test_bad_input_is_named(payoffs, precisions, message):
    with pytest.raises(ValueError, match=message):
        quantal_equilibrium(payoffs, precisions)


def test_bad_requests_are_named():
    with pytest.raises(ValueError, match="regret must be positive and finite, not 0"):
        logit_branch(CONSTANT_SUM, regret=0)
    with pytest.raises(ValueError, match="not -3"):
        logit_branch(CONSTANT_SUM, to=-3)
    with pytest.raises(ValueError, match=r"one number or 1, one a game, not of shape \(2,\)"):
        quantal_equilibria(np.array(CONSTANT_SUM)[:, None], [1.0, 2.0])


@pytest.mark.oracle
@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (2, 4), (2, 2, 2), (3, 2, 2), (2, 2, 2, 2), (3, 2, 2, 2)], ids=str)
def test_two_hundred_random_games_in_gambit(shape):
    """Some thirty of each shape, at three precisions, to 1e-6; and the end of the branch, where both stop by regret."""
    gbt = pytest.importorskip("pygambit", reason="pygambit is not installed: make oracles")
    rng = np.random.default_rng(sum(shape))
    for _ in range(30):
        payoffs = rng.random((len(shape), *shape))
        game = gbt.Game.from_arrays(*payoffs)
        strategies = [strategy for player in game.players for strategy in player.strategies]
        for point in gbt.qre.logit_solve_lambda(game, [0.5, 2.0, 10.0], use_strategic=True):
            theirs = [float(point.profile[each]) for each in strategies]
            # The tracer stops near, not at, the precision it was asked for.
            (ours,) = quantal_equilibrium(payoffs, [point.lam])
            assert np.concatenate(ours.probabilities) == pytest.approx(theirs, abs=1e-6)
        last = list(gbt.qre.logit_solve_branch(game, use_strategic=True))[-1]
        end = logit_branch(payoffs).points[-1]
        assert np.concatenate(end.probabilities) == pytest.approx(
            [float(last.profile[each]) for each in strategies], abs=1e-4
        )
