"""Least-squares agents: the identities of projections, equality with fits on the rows, the papers' instances."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatarena.networks.allocation import allocate, coverage
from chatarena.networks.bounds import greedy_bound, path_bound, unit
from chatarena.networks.designs import adaptive, enough_pairs, greedy_path, oblivious
from chatarena.networks.instances import INSTANCES, circle, decoy, instance, telescope, three_features
from chatarena.networks.linear import Aggregation, Engine, aggregate, held_out
from chatarena.networks.network import Network, network
from chatarena.networks.space import Space, population, population_of_moments, sample
from chatarena.networks.topologies import topology

ENGINES: tuple[Engine, ...] = ("numpy", "compiled")


def table(seed: int, n: int, d: int, *, near: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, d)) @ (np.eye(d) + 0.5 * rng.standard_normal((d, d)))
    if near:
        x = near * x + rng.standard_normal((n, 1))
    return x, 0.3 + x @ rng.standard_normal(d) + 0.5 * rng.standard_normal(n)


@st.composite
def problems(draw: st.DrawFn) -> tuple[Space, Network, tuple[tuple[int, ...], ...]]:
    d, agents, seed = draw(st.integers(1, 5)), draw(st.integers(1, 8)), draw(st.integers(0, 10**6))
    rng = np.random.default_rng(seed)
    if draw(st.booleans()):
        space = sample(*table(seed, 30, d, near=draw(st.sampled_from([0.0, 0.1]))), intercept=draw(st.booleans()))
    else:
        space = population(rng.standard_normal((d, d + 1)), rng.standard_normal(d + 1))
    net = topology("random", agents, chance=draw(st.floats(0.0, 1.0)), rng=rng)
    return space, net, allocate("random", agents, d, draw(st.integers(1, d)), rng)


@settings(max_examples=60, deadline=None)
@given(problem=problems(), engine=st.sampled_from(ENGINES))
def test_projections_keep_their_identities(
    problem: tuple[Space, Network, tuple[tuple[int, ...], ...]], engine: Engine
) -> None:
    space, net, seen = problem
    got = aggregate(space, net, seen, engine=engine)
    y, unit = space.label, max(1.0, float(space.label @ space.label))
    for agent, parents in enumerate(net.parents):
        f = got.predictions[:, agent]
        rest = y - f
        # P1: residuals are orthogonal to whatever went in, and to the prediction itself.
        assert abs(rest @ f) <= 1e-9 * unit
        for feature in seen[agent]:
            assert abs(rest @ space.features[:, feature]) <= 1e-8 * unit
        for parent in parents:
            g = got.predictions[:, parent]
            assert abs(rest @ g) <= 1e-9 * unit
            # P2: what an edge brings is the squared distance, so errors never rise along it.
            brought = got.errors[parent] - got.errors[agent]
            assert brought == pytest.approx((f - g) @ (f - g) / space.mass, abs=1e-9 * unit)
            # P4: at least what one own feature could explain of the parent's residual.
            for feature in seen[agent]:
                x = space.features[:, feature]
                if x @ x > 1e-12:
                    assert brought >= ((y - g) @ x) ** 2 / (x @ x) / space.mass - 1e-8 * unit
        assert got.excess[agent] == pytest.approx(got.errors[agent] - got.benchmark_error, abs=1e-9 * unit)
        # The prediction is that linear function of the raw features.
        again = space.prediction(got.coefficients[:, agent], float(got.intercepts[agent]))
        assert again == pytest.approx(f, abs=1e-6 * unit)


@settings(max_examples=40, deadline=None)
@given(problem=problems(), seed=st.integers(0, 99))
def test_what_changes_nothing(problem: tuple[Space, Network, tuple[tuple[int, ...], ...]], seed: int) -> None:
    space, net, seen = problem
    got = aggregate(space, net, seen)
    # P3: the label may be replaced by the benchmark, features scaled, the label scaled.
    replaced = Space(
        features=space.features, label=got.benchmark, constant=space.constant, mass=space.mass, origin=space.origin
    )
    assert aggregate(replaced, net, seen).predictions == pytest.approx(got.predictions, abs=1e-6)
    factors = np.random.default_rng(seed).uniform(0.5, 2.0, space.d)
    scaled = Space(
        features=space.features * factors,
        label=space.label,
        constant=space.constant,
        mass=space.mass,
        origin=space.origin,
    )
    assert aggregate(scaled, net, seen).predictions == pytest.approx(got.predictions, abs=1e-6)
    longer = Space(
        features=space.features, label=-3.0 * space.label, constant=space.constant, mass=space.mass, origin=space.origin
    )
    assert aggregate(longer, net, seen).predictions == pytest.approx(-3.0 * got.predictions, abs=1e-6)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["chain", "window", "star", "layered", "random", "complete"])
def test_the_pass_gives_what_fits_on_the_rows_give(name: str, engine: Engine) -> None:
    x, y = table(1, 400, 7)
    net = topology(name, 20, rng=np.random.default_rng(2))  # type: ignore[arg-type]
    seen = allocate("random", 20, 7, 2, np.random.default_rng(3))
    got = aggregate(sample(x, y), net, seen, engine=engine)
    predictions = np.empty((400, 20))
    for agent, parents in enumerate(net.parents):
        inputs = np.column_stack([np.ones(400), x[:, seen[agent]], predictions[:, parents]])
        # The stated tolerance: at machine precision rounding of equal parents passes for information.
        predictions[:, agent] = inputs @ np.linalg.lstsq(inputs, y, rcond=1e-9)[0]
    assert got.errors == pytest.approx(np.mean((y[:, None] - predictions) ** 2, axis=0), rel=1e-10)
    assert x @ got.coefficients + got.intercepts == pytest.approx(predictions, abs=1e-8)


def test_engines_agree_to_rounding() -> None:
    x, y = table(4, 300, 10, near=0.01)
    net = topology("layered", 40)
    seen = allocate("covering", 40, 10, 3, np.random.default_rng(0))
    numpy, compiled = (aggregate(sample(x, y), net, seen, engine=engine) for engine in ENGINES)
    assert compiled.errors == pytest.approx(numpy.errors, rel=1e-11)
    assert compiled.predictions == pytest.approx(numpy.predictions, abs=1e-7)


def test_the_errors_of_rows_kept_out() -> None:
    x, y = table(5, 500, 4)
    got = aggregate(sample(x[:300], y[:300]), topology("chain", 6), allocate("cyclic", 6, 4, 1))
    outside = held_out(got, sample(x[300:], y[300:]))
    predicted = x[300:] @ got.coefficients + got.intercepts
    assert outside.errors == pytest.approx(np.mean((y[300:, None] - predicted) ** 2, axis=0))
    with pytest.raises(ValueError, match="know 4 features"):
        held_out(got, sample(x[300:, :3], y[300:]))


def test_blocks_and_moments_are_the_same_distribution() -> None:
    x, y = table(6, 20_000, 3)
    net, seen = topology("chain", 5), allocate("cyclic", 5, 3, 1)
    whole = aggregate(sample(x, y, intercept=False), net, seen)
    n = len(y)
    moments = population_of_moments(x.T @ x / n, x.T @ y / n, float(y @ y) / n)
    assert aggregate(moments, net, seen).errors == pytest.approx(whole.errors, rel=1e-9)
    with pytest.raises(ValueError, match="eigenvalue"):
        population_of_moments([[1.0]], [2.0], 1.0)


def excess(space: Space, net: Network, seen: list[tuple[int, ...]], engine: Engine = "auto") -> np.ndarray:
    return aggregate(space, net, seen, engine=engine).excess


@pytest.mark.parametrize("engine", ENGINES)
def test_the_depth_instance(engine: Engine) -> None:
    """Golden values of docs/theory/aggregation.md, each engine."""
    d = 8
    order = [(feature,) for feature in range(d)]
    complete = excess(telescope(d), topology("complete", d), order, engine)
    assert complete == pytest.approx([*(1.0 / (k + 1) for k in range(1, d)), 0.0], abs=1e-12)
    chain = excess(telescope(d), topology("chain", d), order, engine)
    assert chain == pytest.approx([0.5, 0.3333, 0.2727, 0.2558, 0.2515, 0.2504, 0.2501, 0.24995], abs=6e-5)


@pytest.mark.parametrize(
    ("d", "name", "want"),
    [
        pytest.param(16, "chain", [0.5, 0.3333, 0.2549, 0.2114, 0.1837, 0.1643, 0.1497, 0.1383], id="chain"),
        pytest.param(8, "chain", [0.5, 0.3333, 0.2549, 0.2114, 0.1837, 0.1643, 0.1497, 0.1371], id="chain, last pass"),
        pytest.param(8, "complete", [*(1.0 / (p + 1) for p in range(1, 8)), 0.0], id="complete"),
    ],
)
def test_the_cyclic_order(d: int, name: str, want: list[float]) -> None:
    seen = [((d - 1 - agent) % d,) for agent in range(8 * d)]
    got = excess(telescope(d), topology(name, 8 * d), seen)[d - 1 :: d]  # type: ignore[arg-type]
    assert got == pytest.approx(want, abs=6e-5)


def test_passes_in_the_good_order_contract_geometrically() -> None:
    got = excess(telescope(4), topology("chain", 80), [(agent % 4,) for agent in range(80)])
    assert got[[3, 7, 19]] == pytest.approx([0.238, 0.101, 1.3e-4], rel=0.05)
    assert got[39] == pytest.approx(1.3e-10, rel=0.05)


@pytest.mark.parametrize("d", [3, 5, 10, 50])
def test_the_hub(d: int) -> None:
    spokes = [(feature,) for feature in range(d)]
    net = network("star", [[] for _ in range(d)] + [list(range(d))])
    assert excess(telescope(d), net, [*spokes, ()])[-1] == pytest.approx(0.5)
    best = min(excess(telescope(d), net, [*spokes, (feature,)])[-1] for feature in range(d))
    assert best == pytest.approx(1.0 / 3.0)


def test_the_decoy_defeats_every_star_and_no_depth() -> None:
    for spokes in (2, 10, 40):
        made = instance("decoy", agents=spokes + 1)
        assert aggregate(made.space, made.network, made.features).output_excess == pytest.approx(0.9)
    pair = [(0, 1), (2, 3)] * 6
    chain = excess(decoy(1), topology("chain", 12), pair)
    assert chain == pytest.approx(
        [1.9, 0.802, 0.707, 0.604, 0.496, 0.378, 0.262, 0.157, 0.078, 0.032, 0.011, 0.003], abs=6e-4
    )
    assert excess(decoy(1), topology("complete", 4), pair[:4])[-1] == pytest.approx(0.0, abs=1e-20)
    wide = instance("decoy", size=4)
    assert aggregate(wide.space, wide.network, wide.features).output_excess == pytest.approx(4 * 0.9)


@pytest.mark.parametrize("depth", range(1, 8))
def test_three_features_and_one_parent_are_never_exact(depth: int) -> None:
    net = topology("chain", depth)
    orders = itertools.product(range(3), repeat=depth)
    least = min(excess(three_features(depth), net, [(feature,) for feature in order])[-1] for order in orders)
    assert least >= 1.0 / (320.0 * depth)
    if depth == 3:
        assert least == pytest.approx(0.00164, abs=5e-6)


@pytest.mark.parametrize("times", [4, 16])
def test_the_circle_keeps_its_share_of_m_squared_over_d(times: int) -> None:
    """In units of (A* M_X)^2, the worst of some radii."""
    window, worst = 8, 0.0
    depth = times * window * window
    coefficients = 2.0 / window * np.abs(np.cos(2.0 * np.pi * np.arange(window) / window)).sum()
    for c in np.linspace(0.05, 0.2, 7):
        radius = np.sqrt(c * window * window / depth)
        got = excess(circle(window, radius), topology("chain", depth), [(at % window,) for at in range(depth)])
        worst = max(worst, got[-1] * depth / window**2 / (coefficients**2 * (1.0 + radius**2)))
    assert worst == pytest.approx(0.0113, abs=3e-4)


@pytest.mark.parametrize("name", INSTANCES)
def test_every_instance_keeps_what_it_says(name: str) -> None:
    made = instance(name)  # type: ignore[arg-type]
    got = aggregate(made.space, made.network, made.features)
    window = coverage(made.features, made.network.longest_path(), made.space.d)
    if window is not None:
        bound = path_bound(made.network.depth, window, unit(made.space))
        assert bound is None or got.output_excess <= bound


@pytest.mark.parametrize("d", [3, 4, 5, 6])
def test_designs_are_exact(d: int) -> None:
    rng = np.random.default_rng(d)
    fixed = oblivious(d)
    assert len(fixed.network) <= 4 * d * d and fixed.network.widest <= 3
    assert enough_pairs(fixed.network, d)
    spaces = [telescope(d), *(population(rng.normal(size=(d, d + 1)), rng.normal(size=d + 1)) for _ in range(30))]
    for space in spaces:
        made = adaptive(space)
        assert len(made.network) <= 1 + d * (d - 1) // 2
        assert made.network.widest <= 3 and made.network.depth <= d
        for design in (made, fixed):
            assert aggregate(space, design.network, design.features).output_excess <= 1e-12


def test_one_agent_more_than_pairs_need() -> None:
    # A chain of three agents joins two pairs; five features have ten.
    assert not enough_pairs(topology("chain", 3), 5)


@settings(max_examples=40, deadline=None)
@given(d=st.integers(2, 7), seed=st.integers(0, 10**6), near=st.booleans())
def test_rates_along_covered_and_greedy_paths(d: int, seed: int, near: bool) -> None:
    rng = np.random.default_rng(seed)
    features = rng.standard_normal((d, d + 2)) * (0.1 if near else 1.0) + near * rng.standard_normal(d + 2)
    space = population(features, rng.standard_normal(d + 2))
    scale = unit(space)
    seen = allocate("covering", 6 * d, d, 1, rng)
    got = excess(space, topology("chain", 6 * d), list(seen))
    for depth in range(d, 6 * d + 1):
        bound = path_bound(depth, d, scale)
        assert bound is not None and got[depth - 1] <= bound + 1e-9
        # P5: a covered window either has little left or brings much.
        start = depth - d
        assert got[depth - 1] ** 2 <= scale * (d - 1) * (got[start] - got[depth - 1]) + 1e-9
    made = greedy_path(space, 20)
    greedy = aggregate(space, made.network, made.features).excess
    assert all(greedy[depth - 1] <= greedy_bound(depth, scale) + 1e-9 for depth in range(1, 21))


def test_an_edge_more_can_hurt_those_downstream_but_never_its_own_agent() -> None:
    """P9: the known counterexamples; network-wide monotonicity is not to be had."""
    hurt = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        d = int(rng.integers(3, 6))
        space = population(rng.normal(size=(d, d)), rng.normal(size=d))
        seen = [(int(rng.integers(d)),) for _ in range(5)]
        chain = topology("chain", 5)
        more = network("more", [*chain.parents[:3], (1, 2), chain.parents[4]])
        before, after = excess(space, chain, seen), excess(space, more, seen)
        assert after[3] <= before[3] + 1e-12
        hurt += bool(after[4] > before[4] + 1e-9)
    assert hurt > 0


def test_on_samples_least_squares_defeats_the_population_bound() -> None:
    """Pitfall 1: a spoke that knows nothing still forwards its feature, tiny, and scale is no obstacle."""
    rng = np.random.default_rng(0)
    z = rng.standard_normal((1000, 10))
    made = instance("hub")
    x, y = z @ made.space.features, z @ made.space.label
    got = aggregate(sample(x, y, intercept=False), made.network, made.features)
    assert got.output_excess < 1e-9 < 0.4 < aggregate(made.space, made.network, made.features).output_excess


def test_rank_and_dropped_parents_are_told() -> None:
    x, y = table(7, 200, 3)
    net = network("twins", [[], [], [0, 1]])
    got = aggregate(sample(x, y), net, [(0,), (0,), ()])
    # The second twin says the same as the first, and an affine function of it is not needed twice.
    assert got.ranks.tolist() == [2, 2, 2]
    assert got.dropped[2] in ((0,), (1,), (0, 1)) and got.dropped[:2] == ((), ())
    assert 0.0 < got.margins[2] <= 1.0


def test_ridge_says_that_it_breaks_the_identities() -> None:
    x, y = table(8, 100, 3)
    net, seen = topology("chain", 4), allocate("cyclic", 4, 3, 1)
    plain: Aggregation = aggregate(sample(x, y), net, seen)
    pulled = aggregate(sample(x, y), net, seen, ridge=1.0)
    assert (pulled.ridge, plain.ridge) == (1.0, 0.0)
    assert abs((y - x @ pulled.coefficients[:, 0] - pulled.intercepts[0]) @ x[:, 0]) > 1e-3
    nothing = aggregate(sample(x, y), net, seen, ridge=1e-14)
    assert nothing.errors == pytest.approx(plain.errors, rel=1e-9)


@pytest.mark.parametrize(
    ("seen", "words"),
    [([(0,)], "2 agents need as many"), ([(0,), (3,)], "agent 1 sees feature 3"), ([(0,), (-1,)], "feature -1")],
)
def test_wrong_features_are_refused(seen: list[tuple[int, ...]], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        aggregate(telescope(3), topology("chain", 2), seen)


def test_a_label_that_is_nothing() -> None:
    got = aggregate(population(np.eye(2), np.zeros(2)), topology("chain", 3), [(0,), (1,), (0,)])
    assert got.excess.tolist() == [0.0, 0.0, 0.0]


def test_the_unit_of_bounds_does_not_depend_on_units() -> None:
    # (d - 1) differences of length sqrt(2) and one of length 1, all with coefficient 1, and no other way.
    assert unit(telescope(8)) == pytest.approx((7 * np.sqrt(2.0) + 1.0) ** 2)
    x, y = table(9, 200, 4)
    scaled = unit(sample(x * [1.0, 10.0, 1e4, 1e-3] + 5.0, y))
    assert scaled == pytest.approx(unit(sample(x, y)), rel=1e-6)
    # A feature that is there twice leaves the smaller sum as it is.
    assert unit(sample(np.column_stack([x, x[:, 0]]), y)) == pytest.approx(scaled, rel=1e-6)


def test_near_machine_precision_rounding_passes_for_information() -> None:
    """Pitfall 2: of two agents that know the same, whoever hears both would learn something more."""
    net, seen = network("twins", [[], [], [1], [0, 2]]), [(5, 11), (5,), (5, 11), ()]
    fooled, better = 0, 0.0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        x = rng.standard_normal((400, 6)) @ rng.standard_normal((6, 6))
        x = np.column_stack([x, x + 10.0 ** -(3 + 3 * (seed % 2)) * rng.standard_normal((400, 6))])
        space = sample(x, x[:, :6] @ rng.standard_normal(6) + rng.standard_normal(400))
        usual = aggregate(space, net, seen, engine="numpy")
        fine = aggregate(space, net, seen, engine="numpy", tolerance=4e-15)
        assert usual.ranks[3] == 2 and usual.errors[3] == pytest.approx(usual.errors[2], rel=1e-9)
        fooled += int(fine.ranks[3] == 3)
        better = max(better, float(1.0 - fine.errors[3] / usual.errors[3]))
    assert fooled > 0 and better > 1e-8
