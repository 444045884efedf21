"""Logistic agents: residuals orthogonal, losses falling along edges, the Gaussian family by quadrature."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from chatarena.networks.allocation import allocate
from chatarena.networks.baselines import alone, pools
from chatarena.networks.bounds import logistic_bound
from chatarena.networks.gaussian_logistic import aggregate_gaussian_logistic
from chatarena.networks.instances import telescope
from chatarena.networks.logistic import aggregate_logistic, fit_logistic, log_loss, sigmoid
from chatarena.networks.space import population, sample
from chatarena.networks.topologies import topology


def table(seed: int, n: int, d: int, *, near: bool = False) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, d)) @ rng.standard_normal((d, d))
    if near:
        x = 0.3 * x + rng.standard_normal((n, 1))
    logit = x @ rng.standard_normal(d)
    return x, (rng.random(n) < sigmoid(1.5 * logit / logit.std())).astype(float)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("name", ["chain", "random"])
def test_identities_hold_in_sample(seed: int, name: str) -> None:
    x, y = table(seed, 1000, 4, near=bool(seed % 2))
    net = topology(name, 16, rng=np.random.default_rng(seed))  # type: ignore[arg-type]
    seen = allocate("cyclic", 16, 4, 1)
    got = aggregate_logistic(x, y, net, seen, intercept=False)
    chance = sigmoid(got.logits)
    rest = chance - y[:, None]
    for agent, parents in enumerate(net.parents):
        for column in (x[:, seen[agent][0]], got.logits[:, agent], *got.logits[:, parents].T):
            # L1
            assert abs(np.mean(column * rest[:, agent])) <= 1e-9
        for parent in parents:
            # L2: what an edge brings is the divergence, at least twice the squared distance.
            p, q = chance[:, agent], chance[:, parent]
            divergence = np.mean(p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q)))
            brought = got.losses[parent] - got.losses[agent]
            assert brought == pytest.approx(divergence, abs=1e-9)
            assert brought >= 2.0 * np.mean((p - q) ** 2) - 1e-9
    # L5
    assert got.losses[0] <= np.log(2.0) + 1e-12
    if name == "chain":
        unit = (np.abs(got.benchmark_coefficients).sum() ** 2) * np.mean(x**2, axis=0).max()
        for depth in range(4, 17):
            bound = logistic_bound(depth, 4, float(unit))
            assert bound is not None and got.excess[depth - 1] <= bound
            # L3
            fall = max(0.0, got.losses[depth - 4] - got.losses[depth - 1])
            assert got.excess[depth - 1] <= np.sqrt(unit * 3 * fall / 2.0) + 1e-9


def test_one_agent_with_all_features_is_the_usual_fit() -> None:
    from scipy.optimize import minimize

    x, y = table(3, 500, 3)
    inputs = np.column_stack([np.ones(500), x])
    want = minimize(lambda w: log_loss(inputs @ w, y), np.zeros(4), tol=1e-12)
    assert fit_logistic(inputs, y) == pytest.approx(want.x, abs=1e-4)
    assert log_loss(inputs @ fit_logistic(inputs, y), y) <= want.fun + 1e-12


def test_logits_do_better_than_probabilities() -> None:
    """Golden range of docs/theory/aggregation.md, same problem."""
    for seed in range(2):
        rng = np.random.default_rng(seed)
        x = 0.5 * rng.standard_normal((20_000, 4)) + rng.standard_normal((20_000, 1))
        y = (rng.random(20_000) < sigmoid(1.5 * x @ [2.0, -1.0, -2.0, 1.5])).astype(float)
        net, seen = topology("chain", 40), allocate("cyclic", 40, 4, 1)
        logits = aggregate_logistic(x, y, net, seen).excess[-1]
        chances = aggregate_logistic(x, y, net, seen, passing="probabilities").excess[-1]
        assert 0.0 <= logits < 5e-4 and chances > 0.08


def test_rows_kept_out() -> None:
    x, y = table(9, 900, 3)
    net, seen = topology("chain", 4), allocate("cyclic", 4, 3, 1)
    got = aggregate_logistic(x[:600], y[:600], net, seen, heldout=(x[600:], y[600:]))
    # Agent one by hand: intercept and first feature, fitted inside, judged outside.
    inside = np.column_stack([np.ones(600), x[:600, 0]])
    outside = np.column_stack([np.ones(300), x[600:, 0]])
    assert got.heldout_losses is not None and got.heldout_benchmark_loss is not None
    assert got.heldout_losses[0] == pytest.approx(log_loss(outside @ fit_logistic(inside, y[:600]), y[600:]))


def test_the_gaussian_family_by_quadrature() -> None:
    """Golden values of docs/theory/aggregation.md: passes in the order that unlocks one feature each."""
    k, passes = 64, [1, 2, 4, 8, 16]
    depth = passes[-1] * k
    got = aggregate_gaussian_logistic(telescope(k), topology("chain", depth), [(k - 1 - a % k,) for a in range(depth)])
    after = got.excess[[p * k - 1 for p in passes]]
    assert after == pytest.approx([0.04908, 0.03326, 0.02136, 0.01408, 0.00952], abs=6e-6)
    assert 0.9 < got.scales[-1] < 1.0


@pytest.mark.parametrize("deviation", [1.0, 5.0, 20.0], ids=["usual", "steep", "very steep"])
def test_one_agent_of_a_gaussian_population_by_adaptive_quadrature(deviation: float) -> None:
    from scipy.integrate import quad
    from scipy.optimize import brentq

    def mean(f: Callable[[float], float]) -> float:
        density = lambda g: f(g) * np.exp(-0.5 * g * g) / np.sqrt(2.0 * np.pi)  # noqa: E731
        return float(quad(density, -10.0, 10.0, points=[0.0], limit=400, epsabs=1e-12)[0])

    def slope(s: float) -> float:
        return mean(lambda g: sigmoid(np.float64(s * g)) * sigmoid(np.float64(-s * g)))

    known = 0.5 * deviation
    space = population(np.eye(2), [known, np.sqrt(deviation**2 - known**2)])
    got = aggregate_gaussian_logistic(space, topology("empty", 1), [(0,)])
    scale = brentq(lambda c: c * slope(c * known) - slope(deviation), 0.0, 1.0)
    loss = [mean(lambda g, s=s: np.logaddexp(0.0, s * g)) for s in (scale * known, deviation)]
    want = loss[0] - loss[1] - (scale * known**2 - deviation**2) * slope(deviation)
    assert got.scales[0] == pytest.approx(scale, abs=1e-9) and got.excess[0] == pytest.approx(want, abs=1e-9)


def test_knowing_the_logit_costs_nothing_and_knowing_nothing_costs_all() -> None:
    space = population([[1.0, 0.0], [0.0, 1.0]], [1.0, 0.0])
    got = aggregate_gaussian_logistic(space, topology("empty", 2), [(0,), (1,)])
    assert got.excess[0] == pytest.approx(0.0, abs=1e-12) and got.scales.tolist() == [1.0, 0.0]
    points, weights = np.polynomial.hermite_e.hermegauss(80)
    chance = sigmoid(points)
    entropy = -(chance * np.log(chance) + (1 - chance) * np.log(1 - chance))
    assert got.excess[1] == pytest.approx(np.log(2.0) - weights @ entropy / weights.sum(), abs=1e-9)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(lambda x, y: aggregate_logistic(x, y + 1, topology("chain", 1), [(0,)]), "0 or 1", id="labels"),
        pytest.param(
            lambda x, y: aggregate_logistic(x, (x[:, 0] > 0).astype(float), topology("chain", 1), [(0,)]),
            "told apart",
            id="separable",
        ),
        pytest.param(
            lambda x, y: aggregate_gaussian_logistic(sample(x, y), topology("chain", 1), [(0,)]),
            "population",
            id="sample",
        ),
        pytest.param(lambda x, y: pools(x, y, 1.0), "prior", id="prior"),
        pytest.param(lambda x, y: pools(x[:5], y, 0.5), r"\(n, N\)", id="shapes"),
    ],
)
def test_bad_input(make: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make(*table(0, 50, 2))  # type: ignore[operator]


def test_agents_alone_and_the_mean_of_all() -> None:
    x, y = table(2, 300, 3)
    seen = ((0,), (1,), (2,))
    got = alone(sample(x, y), seen)
    single = [np.column_stack([np.ones(300), x[:, [f]]]) for f in range(3)]
    fitted = np.column_stack([inputs @ np.linalg.lstsq(inputs, y, rcond=None)[0] for inputs in single])
    whole = np.column_stack([np.ones(300), x])
    best = whole @ np.linalg.lstsq(whole, y, rcond=None)[0]
    excess = np.mean((fitted - best[:, None]) ** 2, axis=0)
    assert got.best == int(np.argmin(excess)) and got.best_excess == pytest.approx(excess.min())
    assert got.mean_excess == pytest.approx(np.mean((fitted.mean(axis=1) - best) ** 2))


def test_a_pool_of_independent_evidence_is_the_posterior() -> None:
    rng = np.random.default_rng(0)
    y = (rng.random(20_000) < 0.3).astype(float)
    before = np.log(0.3 / 0.7)
    # Two signals right with probability 0.8, independent given the truth.
    signals = np.where(rng.random((20_000, 2)) < 0.8, y[:, None], 1.0 - y[:, None])
    logits = before + np.where(signals == 1.0, 1.0, -1.0) * np.log(4.0)
    got = pools(logits, y, 0.3)
    posterior = before + np.sum(logits - before, axis=1)
    assert got.sum == pytest.approx(log_loss(posterior, y))
    assert got.sum < got.mean
    assert 0.0 < got.majority_error < 0.5
