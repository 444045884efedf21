"""Lossy hand-offs and other hypothesis classes."""

from __future__ import annotations

import numpy as np
import pytest

from chatarena.networks.allocation import allocate
from chatarena.networks.general import aggregate_general, boosting, trees
from chatarena.networks.instances import instance
from chatarena.networks.linear import aggregate, held_out
from chatarena.networks.messages import Message, aggregate_messages
from chatarena.networks.space import sample
from chatarena.networks.topologies import topology


def table(seed: int, n: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, d)) @ (np.eye(d) + 0.5 * rng.standard_normal((d, d)))
    return x, x @ rng.standard_normal(d) + 0.3 * rng.standard_normal(n)


@pytest.mark.parametrize("intercept", [True, False])
def test_exact_messages_are_the_linear_protocol(intercept: bool) -> None:
    x, y = table(0, 300, 5)
    net, seen = topology("window", 12), allocate("covering", 12, 5, 2, np.random.default_rng(1))
    want = aggregate(sample(x[:200], y[:200], intercept=intercept), net, seen)
    outside = held_out(want, sample(x[200:], y[200:], intercept=intercept))
    got = aggregate_messages(x[:200], y[:200], net, seen, Message(), intercept=intercept, heldout=(x[200:], y[200:]))
    assert got.errors == pytest.approx(want.errors, rel=1e-9)
    assert got.excess == pytest.approx(want.excess, abs=1e-9)
    assert got.heldout_errors == pytest.approx(outside.errors, rel=1e-7)
    assert got.heldout_benchmark_error == pytest.approx(outside.benchmark_error, rel=1e-7)


def test_rounding_brings_the_population_bound_back() -> None:
    """Golden values of docs/theory/aggregation.md: hub of ten spokes, n = 1000."""
    z = np.random.default_rng(1).standard_normal((1000, 10))
    made = instance("hub")
    x, y = z @ made.space.features, z @ made.space.label

    def hub(message: Message) -> float:
        return float(aggregate_messages(x, y, made.network, made.features, message, intercept=False).excess[-1])

    assert hub(Message()) < 1e-20
    assert hub(Message(kind="rounded", decimals=1)) > 0.3
    assert hub(Message(kind="rounded", decimals=1)) > hub(Message(kind="rounded", decimals=3))


def test_sides_tell_less_than_numbers_and_noise_less_still() -> None:
    x, y = table(2, 2000, 6)
    net, seen = topology("star", 7), [*((feature,) for feature in range(6)), ()]
    exact, side = (aggregate_messages(x, y, net, seen, Message(kind=kind)).errors[-1] for kind in ("exact", "side"))  # type: ignore[arg-type]
    rng = np.random.default_rng(0)
    noisy = aggregate_messages(x, y, net, seen, Message(kind="noisy", noise=float(3 * y.std())), rng=rng).errors[-1]
    assert exact < side < noisy
    # Without noise a noisy message is the number.
    assert aggregate_messages(x, y, net, seen, Message(kind="noisy"), rng=rng).errors[-1] == pytest.approx(exact)


def test_decoy_survives_samples_and_rounding() -> None:
    z = np.random.default_rng(3).standard_normal((20_000, 4))
    made = instance("decoy")
    x, y = z @ made.space.features, z @ made.space.label
    for message in (Message(), Message(kind="rounded")):
        got = aggregate_messages(x, y, made.network, made.features, message, intercept=False)
        assert got.excess[-1] == pytest.approx(0.9, abs=0.03)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (Message(kind="noisy", noise=1.0), "generator"),
        (Message(decimals=-1), "not negative"),
        (Message(noise=-1.0), "not negative"),
    ],
)
def test_wrong_messages(message: Message, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        aggregate_messages(*table(0, 20, 2), topology("chain", 2), [(0,), (1,)], message)


@pytest.mark.parametrize("learner", [trees(2), boosting(5)], ids=["trees", "boosting"])
def test_other_classes_keep_the_greedy_identities(learner: object) -> None:
    x, y = table(4, 400, 4)
    y = y + np.abs(x[:, 0])
    net, seen = topology("window", 8), allocate("cyclic", 8, 4, 1)
    got = aggregate_general(x[:300], y[:300], net, seen, learner, heldout=(x[300:], y[300:]))  # type: ignore[arg-type]
    inside = y[:300]
    for agent, parents in enumerate(net.parents):
        rest = inside - got.predictions[:, agent]
        assert abs(np.mean(rest)) < 1e-9 and abs(np.mean(rest * got.predictions[:, agent])) < 1e-8
        for parent in parents:
            assert abs(np.mean(rest * got.predictions[:, parent])) < 1e-8
            assert got.errors[agent] <= got.errors[parent] + 1e-12
        assert got.gains[agent] >= -1e-12
    assert "not the algorithm" in got.method
    assert got.heldout_errors is not None and got.heldout_errors[-1] < np.var(y[300:])


def test_linear_hypotheses_make_the_general_class_linear() -> None:
    class Line:
        def fit(self, features: np.ndarray, target: np.ndarray, /) -> object:
            self.slope = np.linalg.lstsq(np.column_stack([np.ones(len(target)), features]), target, rcond=None)[0]
            return self

        def predict(self, features: np.ndarray, /) -> np.ndarray:
            return np.asarray(np.column_stack([np.ones(len(features)), features]) @ self.slope)

    x, y = table(5, 200, 3)
    net, seen = topology("chain", 5), allocate("cyclic", 5, 3, 1)
    got = aggregate_general(x, y, net, seen, lambda _: Line())
    assert got.errors == pytest.approx(aggregate(sample(x, y), net, seen).errors, rel=1e-9)
