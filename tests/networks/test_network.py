"""Networks and topologies: parents first, shapes as named, wrong graphs refused in words."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena.networks.allocation import allocate, coverage
from chatarena.networks.network import Network, named_network, network, unrolled
from chatarena.networks.topologies import TALKS, TOPOLOGIES, TopologyName, topology


@pytest.mark.parametrize(
    ("name", "agents", "width", "parents"),
    [
        pytest.param("chain", 4, None, ((), (0,), (1,), (2,)), id="chain"),
        pytest.param("window", 4, 2, ((), (0,), (0, 1), (1, 2)), id="window of two"),
        pytest.param("complete", 3, None, ((), (0,), (0, 1)), id="complete"),
        pytest.param("star", 4, None, ((), (), (), (0, 1, 2)), id="star"),
        pytest.param("two-level-star", 7, 2, ((), (), (), (), (0, 2), (1, 3), (4, 5)), id="two hubs"),
        pytest.param("two-level-star", 2, 2, ((), (0,)), id="too few for two levels"),
        pytest.param("tree", 7, 2, ((), (), (), (), (0, 1), (2, 3), (4, 5)), id="binary tree"),
        pytest.param("layered", 6, 2, ((), (), (0, 1), (0, 1), (2, 3), (2, 3)), id="layers"),
        pytest.param("layered", 5, 2, ((), (0,), (0,), (1, 2), (1, 2)), id="a first layer that is not whole"),
        pytest.param("empty", 2, None, ((), ()), id="empty"),
    ],
)
def test_shapes(name: TopologyName, agents: int, width: int | None, parents: tuple[tuple[int, ...], ...]) -> None:
    assert topology(name, agents, width=width).parents == parents


@given(
    name=st.sampled_from(TOPOLOGIES),
    agents=st.integers(1, 40),
    width=st.none() | st.integers(1, 9),
    seed=st.integers(0, 99),
)
def test_every_topology_is_a_network_of_its_size(name: TopologyName, agents: int, width: int | None, seed: int) -> None:
    made = topology(name, agents, width=width, rng=np.random.default_rng(seed))
    assert made.speakers == agents and len(made) == agents * (3 if name in TALKS else 1)
    assert all(parent < agent for agent, heard in enumerate(made.parents) for parent in heard)
    path = made.longest_path()
    assert len(path) == made.depth and path[-1] == made.output
    assert all(before in made.parents[after] for before, after in itertools.pairwise(path))
    assert 0.0 <= made.density <= 1.0


@pytest.mark.parametrize(
    ("name", "agents", "depth"),
    [("chain", 9, 9), ("star", 9, 2), ("complete", 9, 9), ("tree", 31, 5), ("layered", 9, 3), ("empty", 9, 1)],
)
def test_depth_of_the_output(name: TopologyName, agents: int, depth: int) -> None:
    assert topology(name, agents).depth == depth


def test_named_agents_in_any_order() -> None:
    made = named_network("mine", {"judge": ["a", "b"], "b": ["a"], "a": []})
    assert made.labels == ("a", "b", "judge")
    assert made.parents == ((), (0,), (0, 1))
    assert made.label(made.output) == "judge"
    assert named_network("mine", {"judge": ["a"], "a": []}, output="a").label(0) == "a"


def test_a_circle_is_named_and_unrolls_into_rounds() -> None:
    with pytest.raises(ValueError, match="a -> b -> a hear each other in a circle"):
        named_network("mine", {"a": ["b"], "b": ["a"]})
    made = unrolled("debate", [[1], [0]], 3)
    assert made.parents == ((), (), (0, 1), (0, 1), (2, 3), (2, 3))
    assert unrolled("debate", [[1], [0]], 2, remember=False).parents == ((), (), (1,), (0,))
    assert made.depth == 3


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(lambda: network("x", []), "at least one agent", id="nobody"),
        pytest.param(lambda: network("x", [[], [1]]), "does not come before", id="itself"),
        pytest.param(lambda: network("x", [[], [0, 0]]), "same agent twice", id="twice"),
        pytest.param(lambda: network("x", [[]], output=1), "output agent", id="no such output"),
        pytest.param(lambda: network("x", [[], []], labels=["a", "a"]), "different labels", id="labels"),
        pytest.param(lambda: named_network("x", {"a": ["b"]}), "'b' is heard but is no agent", id="unknown"),
        pytest.param(lambda: named_network("x", {"a": []}, output="b"), "output agent 'b'", id="unknown output"),
        pytest.param(lambda: unrolled("x", [[2]], 2), "agent 2 is heard", id="unrolled unknown"),
        pytest.param(lambda: unrolled("x", [[]], 0), "one round", id="no rounds"),
        pytest.param(lambda: topology("random", 3), "give it a generator", id="no generator"),
        pytest.param(lambda: topology("chain", 0), "at least one agent", id="no agents"),
        pytest.param(lambda: topology("round-robin", 3, rounds=0), "one round", id="no round"),
        pytest.param(lambda: network("x", [[], []], seats=[0, 2]), "seats", id="a seat that is empty"),
        pytest.param(lambda: topology("window", 3, width=0), "width", id="no width"),
    ],
)
def test_wrong_networks_are_refused(make: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make()  # type: ignore[operator]


@pytest.mark.parametrize("name", TALKS)
def test_who_speaks_again_sees_the_same(name: TopologyName) -> None:
    made = topology(name, 3, rounds=2)
    assert made.seats == (0, 1, 2, 0, 1, 2) and made.label(4) == "2.2"
    assert made.seen([(0,), (1, 2), ()]) == ((0,), (1, 2), ()) * 2
    with pytest.raises(ValueError, match="3 agents need"):
        made.seen([(0,)] * 6)
    once = topology(name, 3, rounds=1)
    assert once.seats == () and once.seen([(0,), (1,), (2,)]) == ((0,), (1,), (2,))


def test_rounds_of_a_talk() -> None:
    # Around and around is a path; in simultaneous rounds everybody hears all of the round before.
    assert topology("round-robin", 3, rounds=2).parents == topology("chain", 6).parents
    assert topology("simultaneous", 2, rounds=3).parents == topology("layered", 6, width=2).parents


def test_ancestors() -> None:
    made = topology("tree", 7)
    assert made.ancestors(6) == frozenset(range(6))
    assert made.ancestors(4) == {0, 1}


@pytest.mark.parametrize(
    ("allocation", "features", "window"),
    [
        pytest.param([(0,), (1,), (2,), (0,), (1,), (2,)], 3, 3, id="dealt in turn"),
        pytest.param([(0,), (1,), (1,), (0,)], 2, 3, id="a gap"),
        pytest.param([(0,), (0,), (1,)], 2, 3, id="late at the beginning"),
        pytest.param([(0, 1), (0, 1)], 2, 1, id="everybody sees all"),
        pytest.param([(0,), (0,)], 2, None, id="never"),
    ],
)
def test_coverage(allocation: list[tuple[int, ...]], features: int, window: int | None) -> None:
    assert coverage(allocation, range(len(allocation)), features) == window


@given(agents=st.integers(1, 20), features=st.integers(1, 8), seed=st.integers(0, 99), data=st.data())
def test_coverage_is_the_smallest_window(agents: int, features: int, seed: int, data: st.DataObject) -> None:
    each = data.draw(st.integers(1, features))
    seen = allocate("random", agents, features, each, np.random.default_rng(seed))
    windows = [
        m
        for m in range(1, agents + 1)
        if all(len({f for own in seen[at : at + m] for f in own}) == features for at in range(agents - m + 1))
    ]
    assert coverage(seen, range(agents), features) == (windows[0] if windows else None)


@given(agents=st.integers(1, 20), features=st.integers(1, 8), seed=st.integers(0, 99), data=st.data())
def test_dealt_features_are_soon_covered(agents: int, features: int, seed: int, data: st.DataObject) -> None:
    each = data.draw(st.integers(1, features))
    seen = allocate("covering", agents, features, each, np.random.default_rng(seed))
    assert all(len(own) == each for own in seen)
    window = -(-features // each)
    found = coverage(seen, range(agents), features)
    assert found is None if agents < window else found is not None and found <= window


def test_wrong_allocations_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot see 4 each of 3"):
        allocate("cyclic", 2, 3, 4)
    with pytest.raises(ValueError, match="generator"):
        allocate("random", 2, 3, 1)


def test_a_single_agent() -> None:
    made: Network = topology("complete", 1)
    assert (made.depth, made.edges, made.density, made.widest) == (1, 0, 0.0, 0)
