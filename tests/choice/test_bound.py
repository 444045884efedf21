"""The loss bound T2: no random instance breaks it, each of its terms is attained in a limit, and holes stay holes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from chatarena.choice.bound import best_precision, quantal_loss_bound
from chatarena.choice.response import logit_response, regret


def logit(utilities, precision):
    """Logit responses along the last axis."""
    logits = precision * utilities
    mass = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return mass / mass.sum(axis=-1, keepdims=True)


def test_the_terms():
    bound = quantal_loss_bound(5, 10.0, 0.03, 0.02, weight_sum=1.5, utility_range=0.8)
    assert bound.logit_term == pytest.approx(math.log(5) / 10)
    assert bound.hull_term == pytest.approx(0.06)
    assert bound.learning_term == pytest.approx(1.5 * 0.8 * math.tanh(0.1))
    assert bound.total == pytest.approx(bound.logit_term + bound.hull_term + bound.learning_term)
    assert (bound.missing, bound.vacuous) == ((), False)
    assert "derived" in bound.source
    assert "not the paper's" in bound.source
    assert any("average" in assumption for assumption in bound.assumptions)


@pytest.mark.parametrize(
    ("precision", "epsilon", "delta", "missing"),
    [
        pytest.param(10.0, None, 0.1, ["epsilon"], id="hull gap unknown"),
        pytest.param(10.0, 0.1, None, ["delta"], id="learning unknown"),
        pytest.param(10.0, None, None, ["epsilon", "delta"], id="both unknown"),
        pytest.param(0.0, None, None, ["logit", "epsilon", "delta"], id="random choice"),
        pytest.param(0.0, 0.1, 0.1, ["logit"], id="random choice, rest known"),
    ],
)
def test_a_missing_term_leaves_no_total_but_the_others(precision, epsilon, delta, missing):
    bound = quantal_loss_bound(4, precision, epsilon, delta)
    assert bound.total is None
    assert [words.split()[0].strip(",") for words in bound.missing] == missing
    assert (bound.logit_term is None) == (precision == 0)
    assert (bound.hull_term is None) == (epsilon is None)
    assert (bound.learning_term is None) == (delta is None)


@pytest.mark.parametrize(
    ("n", "precision", "epsilon", "delta", "total", "vacuous"),
    [
        pytest.param(4, math.inf, 0.1, 0.0, 0.2, False, id="best response, learning exact"),
        pytest.param(4, math.inf, 0.1, 0.3, 1.2, True, id="best response is fragile"),
        pytest.param(1, 5.0, 0.0, 0.0, 0.0, False, id="one option"),
        pytest.param(12, 0.5, 0.0, 0.0, math.log(12) / 0.5, True, id="too little precision"),
    ],
)
def test_limits(n, precision, epsilon, delta, total, vacuous):
    bound = quantal_loss_bound(n, precision, epsilon, delta)
    assert bound.total == pytest.approx(total)
    assert bound.vacuous is vacuous


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param((0, 1.0, 0.1, 0.1), "n_options", id="no option"),
        pytest.param((2, -1.0, 0.1, 0.1), "precision", id="negative precision"),
        pytest.param((2, math.nan, 0.1, 0.1), "precision", id="NaN precision"),
        pytest.param((2, 1.0, -0.1, 0.1), "epsilon", id="negative epsilon"),
        pytest.param((2, 1.0, 0.1, math.inf), "delta", id="infinite delta"),
        pytest.param((2, 1.0, 0.1, 0.1, -1.0), "weight_sum", id="negative weights"),
        pytest.param((2, 1.0, 0.1, 0.1, 1.0, -1.0), "utility_range", id="negative range"),
    ],
)
def test_misuse_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        quantal_loss_bound(*arguments)


def test_best_precision_minimises_the_bound_with_tanh_replaced():
    from scipy.optimize import minimize_scalar

    n, delta, weights, spread = 5, 0.02, 1.4, 0.7

    def loss(precision):
        return math.log(n) / precision + weights * spread * precision * delta / 2

    found = best_precision(n, delta, weights, spread)
    assert found == pytest.approx(minimize_scalar(loss, bounds=(0.1, 500), method="bounded").x, rel=1e-4)
    assert loss(found) == pytest.approx(math.sqrt(2 * weights * spread * delta * math.log(n)))
    assert quantal_loss_bound(n, found, 0.0, delta, weights, spread).total <= loss(found)
    assert (best_precision(5, 0.0), best_precision(1, 0.1)) == (math.inf, 0.0)


def test_both_inequalities_of_the_proof_on_many_instances():
    """Total variation after errors within delta, and the regret of the logit response: 40,000 instances."""
    generator = np.random.default_rng(7)
    for n in (2, 3, 5, 12):
        worth = generator.uniform(0, 1, (10_000, n)) ** generator.uniform(0.2, 5, (10_000, 1))
        precision = np.exp(generator.uniform(math.log(0.1), math.log(300), (10_000, 1)))
        delta = np.exp(generator.uniform(math.log(1e-4), 0, (10_000, 1)))
        # Half of the errors at the corners, where the distance is largest.
        error = generator.uniform(-1, 1, (10_000, n))
        error[::2] = np.sign(error[::2])
        right, wrong = logit(worth, precision), logit(worth + delta * error, precision)
        distance = np.abs(right - wrong).sum(axis=1) / 2
        assert (distance <= np.tanh(precision * delta / 2)[:, 0] + 1e-12).all()
        loss = worth.max(axis=1) - (right * worth).sum(axis=1)
        assert (loss <= math.log(n) / precision[:, 0] + 1e-12).all()


def instance(generator):
    """A market: utilities of k agents, the participant's within epsilon of their weighted sum, and errors within delta.

    Rows are what full information may be (the state is then known), with probabilities `chance`.
    """
    rows, n, k = generator.integers(1, 4), generator.integers(2, 6), generator.integers(1, 5)
    weights = generator.dirichlet(np.ones(k)) * generator.uniform(0.3, 2)
    agents = generator.uniform(0, 1, (k, rows, n))
    if generator.random() < 0.5:  # large opposed parts that cancel in the sum
        common = generator.uniform(0.3, 0.7, (rows, n))
        apart = generator.uniform(-1, 1, (k, rows, n)) * 0.3
        apart -= np.tensordot(weights, apart, 1)[None] / weights.sum()
        agents = common + apart
    epsilon = generator.choice([0.0, 0.02, 0.1])
    residual = epsilon * np.sign(generator.uniform(-1, 1, (rows, n)))
    hers = np.tensordot(weights, agents, 1) + residual
    delta = np.exp(generator.uniform(math.log(1e-3), math.log(0.3)))
    errors = delta * np.sign(generator.uniform(-1, 1, (k, rows, n)))
    if generator.random() < 0.5:  # errors that hurt whoever switched
        errors = -delta * np.sign(agents - agents.mean(axis=2, keepdims=True))
    return {
        "chance": generator.dirichlet(np.ones(rows)),
        "weights": weights,
        "agents": agents,
        "hers": hers,
        "errors": errors,
        "epsilon": float(epsilon),
        "delta": float(delta),
        "precision": float(np.exp(generator.uniform(math.log(1), math.log(100)))),
    }


def worst_equilibrium_loss(market):
    """The largest loss of any outcome that leaves no agent with a reason to switch to the aligned rule: one LP."""
    from scipy.optimize import linprog

    agents, hers, chance = market["agents"], market["hers"], market["chance"]
    k, rows, n = agents.shape
    switched = logit(hers[None] + market["errors"], market["precision"])
    threshold = np.einsum("r,krn,krn->k", chance, switched, agents)
    outcome = linprog(
        (chance[:, None] * hers).ravel(),
        A_ub=-(chance[None, :, None] * agents).reshape(k, -1),
        b_ub=-threshold,
        A_eq=np.kron(np.eye(rows), np.ones((1, n))),
        b_eq=np.ones(rows),
        bounds=(0, 1),
    )
    if outcome.status == 2:  # no outcome satisfies everybody: the claim holds of nothing
        return None
    assert outcome.status == 0
    return float(chance @ hers.max(axis=1) - outcome.fun)


def test_no_equilibrium_outcome_loses_more_than_the_bound():
    generator = np.random.default_rng(11)
    ratios = []
    for _ in range(2_000):
        market = instance(generator)
        loss = worst_equilibrium_loss(market)
        if loss is None:
            continue
        spread = float(np.ptp(market["agents"], axis=(1, 2)).max())
        bound = quantal_loss_bound(
            market["hers"].shape[1],
            market["precision"],
            market["epsilon"],
            market["delta"],
            weight_sum=float(market["weights"].sum()),
            utility_range=spread,
        )
        assert loss <= bound.total + 1e-8
        ratios.append(loss / bound.total)
    assert len(ratios) > 1_500
    assert max(ratios) > 0.8  # the instances come near enough for a wrong constant to show


def decoy_market(precision, delta):
    """Two agents who each want another of two options; a decoy that both like as much as a spoilt deviation."""
    spoilt = 1 / (1 + math.exp(2 * precision * delta))
    agents = np.array([[[1.0, 0.0, spoilt]], [[0.0, 1.0, spoilt]]])
    errors = delta * np.array([[[-1.0, 1.0, 0.0]], [[1.0, -1.0, 0.0]]])
    return {
        "chance": np.ones(1),
        "weights": np.array([0.5, 0.5]),
        "agents": agents,
        "hers": agents.mean(axis=0),
        "errors": errors,
        "epsilon": 0.0,
        "delta": delta,
        "precision": precision,
    }


def test_the_learning_term_is_attained_in_the_limit():
    ratios = []
    for moved, precision in ((1.0, 1e2), (0.3, 1e3), (0.1, 1e5), (0.01, 1e7)):
        market = decoy_market(precision, moved / precision)
        loss = worst_equilibrium_loss(market)
        assert loss == pytest.approx(math.tanh(moved) / 2, abs=1e-6)
        bound = quantal_loss_bound(3, precision, 0.0, moved / precision)
        assert loss <= bound.total
        ratios.append(loss / bound.total)
    assert ratios == sorted(ratios)
    assert ratios[-1] > 0.999


def test_the_hull_term_is_attained_in_the_limit():
    """State uniform on n, u = 2 epsilon [a = y], agents indifferent: saying nothing is an equilibrium."""
    epsilon, n, precision = 0.1, 1_000, 1e6
    hers = 2 * epsilon * np.eye(n)
    agents = np.full((1, n, n), epsilon)
    assert np.abs(agents[0] - hers).max() == pytest.approx(epsilon)
    silent = logit(hers.mean(axis=0), precision)
    loss = hers.max(axis=1).mean() - (hers @ silent).mean()
    bound = quantal_loss_bound(n, precision, epsilon, 0.0)
    assert loss == pytest.approx(2 * epsilon * (1 - 1 / n))
    assert 0.998 < loss / bound.total <= 1


def test_the_logit_term_is_approached_as_options_multiply():
    ratios = []
    for n in (2, 100, 100_000):
        lag = math.log(n) - math.log(max(1.0, math.log(n))) if n > 2 else 1.28
        utilities = [0.0, *([-lag / 20] * (n - 1))]
        loss = regret(utilities, logit_response(utilities, 20.0).probabilities)
        ratios.append(loss / quantal_loss_bound(n, 20.0, 0.0, 0.0).total)
    assert ratios == sorted(ratios)
    assert 0.65 < ratios[-1] <= 1
