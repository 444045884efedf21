"""Bounds for any network: never below what happens, never above what holds along a covered path."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatarena.networks.allocation import allocate, coverage
from chatarena.networks.bounds import agent_bounds, greedy_bound, logistic_bound, path_bound, unit
from chatarena.networks.designs import adaptive, greedy_path
from chatarena.networks.instances import circle
from chatarena.networks.linear import aggregate
from chatarena.networks.logistic import aggregate_logistic, sigmoid
from chatarena.networks.space import Space, population, sample, without_constant
from chatarena.networks.sweep import explained
from chatarena.networks.topologies import TOPOLOGIES, TopologyName, topology


@st.composite
def spaces(draw: st.DrawFn) -> Space:
    d, rng = draw(st.integers(2, 6)), np.random.default_rng(draw(st.integers(0, 10**6)))
    near = draw(st.booleans())
    features = rng.standard_normal((d, d + 2)) * (0.1 if near else 1.0) + near * rng.standard_normal(d + 2)
    if draw(st.booleans()):
        return population(features, rng.standard_normal(d + 2))
    rows = 3.0 + rng.standard_normal((60, d + 2))
    return sample(rows @ features.T, rows @ rng.standard_normal(d + 2))


@settings(max_examples=50, deadline=None)
@given(space=spaces(), name=st.sampled_from(TOPOLOGIES), agents=st.integers(1, 16), seed=st.integers(0, 10**6))
def test_no_agent_on_any_network_is_above_its_bound(space: Space, name: TopologyName, agents: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    net = topology(name, agents, chance=float(rng.random()), rng=rng)
    seen = net.seen(allocate("random", agents, space.d, int(rng.integers(1, min(3, space.d) + 1)), rng))
    bare, scale = without_constant(space), unit(space)
    start = bare.error(0.0 * bare.label) - aggregate(space, net, seen).benchmark_error
    bounds = agent_bounds(net, seen, space.d, scale=scale, start=start)
    assert np.all(aggregate(space, net, seen).excess <= bounds * (1.0 + 1e-9) + 1e-9 * scale)
    assert all(bounds[agent] <= bounds[parent] for agent, heard in enumerate(net.parents) for parent in heard)
    window = coverage(seen, net.longest_path(), space.d)
    if window is not None and (along := path_bound(net.depth, window, scale)) is not None:
        assert bounds[net.output] <= along + 1e-9 * scale


def test_bounds_by_hand() -> None:
    # A hub one hand-off from both features, of spokes that may know nothing: e^2 = 2 (1 - e).
    star = agent_bounds(topology("star", 3), [(0,), (1,), ()], 2, scale=2.0, start=1.0)
    assert star.tolist() == [1.0, 1.0, pytest.approx(math.sqrt(3.0) - 1.0)]
    # A chain: two hand-offs to the first feature when the third is read.
    chain = agent_bounds(topology("chain", 3), [(0,), (1,), (2,)], 3, scale=1.0, start=1.0)
    assert chain[2] == pytest.approx(math.sqrt(3.0) - 1.0)
    # Whoever sees everything is exact, and so is whoever hears it; a feature that reaches nobody leaves all open.
    assert agent_bounds(topology("chain", 2), [(0, 1), ()], 2, scale=1.0, start=1.0).tolist() == [0.0, 0.0]
    assert agent_bounds(topology("chain", 2), [(0,), (0,)], 2, scale=1.0, start=1.0).tolist() == [1.0, 1.0]
    with pytest.raises(ValueError, match="2 agents, 1 sets"):
        agent_bounds(topology("chain", 2), [(0,)], 1, scale=1.0, start=1.0)


def test_a_bound_that_says_something() -> None:
    """The circle: little of what moves the features is the label, so the unit is near what is explained."""
    space = circle(8, 0.5)
    net, seen = topology("chain", 400), [(agent % 8,) for agent in range(400)]
    got = aggregate(space, net, seen)
    start = float(space.label @ space.label)
    bounds = agent_bounds(net, seen, 8, scale=unit(space), start=start)
    assert got.output_excess <= bounds[-1] < 0.4 * start
    along = path_bound(400, 8, unit(space))
    assert along is not None and bounds[-1] < along


@pytest.mark.parametrize("name", ["chain", "star", "random", "layered"])
def test_the_same_argument_bounds_logistic_agents(name: TopologyName) -> None:
    for seed in range(4):
        rng = np.random.default_rng(seed)
        x = rng.standard_normal((400, 4)) @ rng.standard_normal((4, 4)) + 1.0
        y = (rng.random(400) < sigmoid(x @ rng.standard_normal(4))).astype(float)
        net = topology(name, 12, rng=rng)
        seen = allocate("random", 12, 4, 1, rng)
        got = aggregate_logistic(x, y, net, seen)
        scale = float(np.abs(got.benchmark_coefficients) @ x.std(axis=0)) ** 2
        prior = y.mean()
        start = float(-prior * np.log(prior) - (1 - prior) * np.log(1 - prior)) - got.benchmark_loss
        bounds = agent_bounds(net, seen, 4, scale=scale / 2.0, start=start)
        assert np.all(got.excess <= bounds + 1e-9)
        window = coverage(seen, net.longest_path(), 4)
        if window is not None and (along := logistic_bound(net.depth, window, scale)) is not None:
            assert bounds[net.output] <= along + 1e-12


@pytest.mark.parametrize("rank", [1, 2, 3, 4])
def test_adaptive_designs_count_independent_features_only(rank: int) -> None:
    for seed in range(10):
        rng = np.random.default_rng(seed)
        latents = rng.standard_normal((rank, rank + 2))
        space = population(rng.standard_normal((6, rank)) @ latents, rng.standard_normal(rank + 2))
        made = adaptive(space)
        assert len(made.network) <= 1 + rank * (rank - 1) // 2 and made.network.depth <= rank
        assert aggregate(space, made.network, made.features).output_excess <= 1e-12


def test_greedy_agents_with_several_features_keep_the_bound() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        space = population(rng.standard_normal((6, 8)), rng.standard_normal(8))
        one, two = (greedy_path(space, 6, each=each) for each in (1, 2))
        assert all(len(seen) == 2 for seen in two.features)
        got = aggregate(space, two.network, two.features).excess
        assert all(got[depth - 1] <= greedy_bound(depth, unit(space)) + 1e-12 for depth in range(1, 7))
        assert got[0] <= aggregate(space, one.network, one.features).excess[0] + 1e-12
    with pytest.raises(ValueError, match="cannot see 7 of 6"):
        greedy_path(space, 3, each=7)


def test_without_a_constant_means_are_gone() -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((200, 3)) + np.array([5.0, -2.0, 0.0])
    y = x.sum(axis=1) + rng.standard_normal(200)
    bare = without_constant(sample(x, y))
    assert bare.constant is None
    assert bare.features.T @ bare.features / 200 == pytest.approx(np.cov(x.T, bias=True))
    again = aggregate(bare, topology("chain", 3), [(0,), (1,), (2,)])
    whole = aggregate(sample(x, y), topology("chain", 3), [(0,), (1,), (2,)])
    assert again.excess == pytest.approx(whole.excess)
    assert explained(sample(x, y))[0] == pytest.approx(bare.error(0.0 * bare.label) - again.benchmark_error)
