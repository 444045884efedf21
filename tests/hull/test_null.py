"""Nulls: what knows nothing gets even p-values, what is in the hull gets the smallest, and draws are what they say."""

from __future__ import annotations

import numpy as np
import pytest

from chatarena.hull.analysis import analyse
from chatarena.hull.fit import fit
from chatarena.hull.null import permutation_null, random_agents_null, undealt
from chatarena.hull.table import table
from tests.hull.tables import made_table, reordered, unrelated_table

BOTH = pytest.mark.parametrize("null", [permutation_null, random_agents_null], ids=["permuted", "random"])
KINDS = ("simplex", "cone", "affine")
OFFSETS = ("none", "free", "per state")


@BOTH
@pytest.mark.parametrize("kind", KINDS)
def test_p_values_of_noise_are_even(kind, null):
    p = np.array(
        [
            null(unrelated_table(seed), kind, np.random.default_rng(seed), offset="free", draws=39).p
            for seed in range(80)
        ]
    )
    # Uniform on 1/40 ... 40/40: mean 0.5125, standard error of it 0.032; 4 of 80 expected at or below 0.05.
    assert abs(p.mean() - 0.5125) < 0.1
    assert (p <= 0.05).sum() <= 10
    assert (p >= 0.8).sum() >= 6


@BOTH
@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_target_inside_the_hull_beats_every_draw(kind, offset, null):
    full = made_table(noise=0.0, states=2)
    found = null(full, kind, np.random.default_rng(0), offset=offset, draws=99)
    assert (found.as_good, found.p, found.draws) == (0, 0.01, 99)
    assert found.observed < 1e-12 < found.low <= found.typical


@BOTH
@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("kind", KINDS)
def test_what_was_observed_is_the_fit(kind, offset, null):
    full = made_table(states=2, weighted=True)
    found = null(full, kind, np.random.default_rng(0), offset=offset, draws=3)
    assert found.observed == pytest.approx(fit(full, kind, offset=offset).mse, rel=1e-9)


@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("kind", KINDS)
def test_permuted_targets_are_fitted_as_if_each_were_given(kind, offset):
    full = made_table(n=20, k=3, states=2, groups=3, weighted=True)
    found = permutation_null(full, kind, np.random.default_rng(7), offset=offset, draws=9)
    cells = np.unique(full.groups, return_inverse=True)[1] * 2 + full.states * (offset == "per state")
    cells = np.unique([f"{c}" for c in cells], return_inverse=True)[1]
    # The groups are numbered as they appear, which decides who is dealt first.
    seen = list(dict.fromkeys(full.groups.tolist()))
    number = np.array([seen.index(g) for g in full.groups.tolist()])
    cells = number * 2 + full.states if offset == "per state" else number
    rng, place, errors = np.random.default_rng(7), np.argsort(cells, kind="stable"), []
    for _ in range(9):
        dealt = np.empty(20)
        dealt[place] = full.target[np.lexsort((rng.random(20), cells))]
        assert sorted(dealt) == pytest.approx(sorted(full.target))
        other = table(full.utilities, dealt, states=full.states, weights=full.weights)
        errors.append(fit(other, kind, offset=offset).mse)
    assert found.typical == pytest.approx(np.median(errors), rel=1e-7)
    assert found.as_good == sum(error <= found.observed for error in errors)


@pytest.mark.parametrize("offset", OFFSETS)
def test_random_agents_drawn_as_matrices_or_as_rows_fit_alike(offset):
    """Row weights that differ by a hair make the rows be drawn one by one: the same law, by another road."""
    full = made_table(n=25, k=4, states=2)
    hair = 1.0 + 1e-12 * np.arange(25)
    rows = table(full.utilities, full.target, states=full.states, weights=hair)
    quick, slow = (
        random_agents_null(t, "simplex", np.random.default_rng(3), offset=offset, draws=4000) for t in (full, rows)
    )
    spread = slow.typical - slow.low
    assert quick.typical == pytest.approx(slow.typical, abs=0.06 * spread)
    assert quick.low == pytest.approx(slow.low, abs=0.12 * spread)


@pytest.mark.parametrize("offset", ["none", "free"])
def test_random_agents_of_groups_drawn_as_matrices_or_as_rows_fit_alike(offset):
    bare = made_table(n=24, k=3)
    groups = np.repeat(np.arange(8), 3)
    level = np.random.default_rng(1).uniform(0, 1, (8, 4))[groups]
    known = 0.5 * (bare.utilities + level[:, :3]), 0.5 * (bare.target + level[:, 3])
    found = [
        random_agents_null(
            table(*known, groups=groups, weights=weights),
            "simplex",
            np.random.default_rng(3),
            offset=offset,
            draws=4000,
        )
        for weights in (None, 1.0 + 1e-12 * np.arange(24))
    ]
    assert found[0].within == "every agent by itself, between groups and within them"
    spread = found[1].typical - found[1].low
    assert found[0].typical == pytest.approx(found[1].typical, abs=0.06 * spread)
    assert found[0].low == pytest.approx(found[1].low, abs=0.12 * spread)


@pytest.mark.parametrize("within", [0.0, 0.1], ids=["one number in each group", "a level in each group"])
def test_agents_that_know_nothing_of_groups_get_even_p_values(within):
    """Drawn row by row a quarter of such agents were better than chance at 5 %, though they know nothing."""
    groups, p = np.repeat(np.arange(12), 4), []
    for seed in range(80):
        rng = np.random.default_rng(seed)
        numbers = rng.standard_normal((12, 4))[groups] + within * rng.standard_normal((48, 4))
        full = table(numbers[:, :3], numbers[:, 3], groups=groups)
        p.append(random_agents_null(full, "simplex", np.random.default_rng(seed), offset="free", draws=39).p)
    assert abs(np.mean(p) - 0.5125) < 0.1
    assert (np.array(p) <= 0.05).sum() <= 10


def test_random_agents_stray_as_far_as_agents_do_where_states_lose_their_means():
    """What the offset takes of agents it takes of random ones too, and not twice."""
    p = []
    for seed in range(80):
        rng, states = np.random.default_rng(seed), np.repeat(np.arange(18), 2)
        numbers = rng.standard_normal((36, 4))
        full = table(numbers[:, :3], numbers[:, 3], states=states)
        p.append(random_agents_null(full, "simplex", np.random.default_rng(seed), offset="per state", draws=39).p)
    assert abs(np.mean(p) - 0.5125) < 0.1


def test_more_agents_than_instances_are_drawn_too():
    found = random_agents_null(unrelated_table(1, n=8, k=20), "cone", np.random.default_rng(0), draws=50)
    assert found.typical < 0.1
    assert found.p > 0.05


def test_a_constant_target_proves_nothing():
    flat = table(made_table().utilities, np.full(60, 0.5))
    assert permutation_null(flat, "simplex", np.random.default_rng(0), draws=19).p == 1.0


@pytest.mark.parametrize(
    ("sizes", "constant", "within"),
    [
        pytest.param([5] * 6, False, "among the instances of each group", id="within groups"),
        pytest.param([1] * 30, False, "among whole groups", id="groups of one instance"),
        pytest.param([5] * 6, True, "among whole groups", id="one number in each group"),
    ],
)
def test_ratings_are_dealt_out_where_groups_leave_something_to_deal(sizes, constant, within):
    groups = np.repeat(np.arange(len(sizes)), sizes)
    numbers = np.random.default_rng(0).uniform(0, 1, 30)
    level = numbers[groups] if constant else numbers
    known = table(np.column_stack([level, 0.2 + 0.3 * numbers[::-1]]), level, groups=groups)
    found = permutation_null(known, "simplex", np.random.default_rng(0), draws=99)
    assert (found.p, found.within) == (0.01, within)


@pytest.mark.parametrize(
    ("sizes", "offset"),
    [
        pytest.param([1] * 20 + [2], "free", id="groups of two sizes, one of them with two instances"),
        pytest.param([1] * 22, "per state", id="one instance in each group and state"),
    ],
)
def test_where_nothing_can_be_dealt_out_it_is_said(sizes, offset):
    groups = np.repeat(np.arange(len(sizes)), sizes)
    bare = made_table(n=22, states=2)
    full = table(bare.utilities, bare.target, groups=groups, states=bare.states)
    assert undealt(full, offset).startswith("there is too little to deal out among the instances of each group")
    with pytest.raises(ValueError, match="too little to deal out"):
        permutation_null(full, "simplex", np.random.default_rng(0), offset=offset, draws=9)
    found = analyse(full, np.random.default_rng(0), offset=offset, curve=0, bootstrap=0, null=9)
    assert [null.name for null in found.nulls] == ["random agents"]
    assert any("were not dealt out" in alarm.words for alarm in found.verdict.alarms)


def test_the_order_of_rows_does_not_matter_beyond_the_draw():
    full = made_table(noise=0.3)
    turned = reordered(full, np.arange(60)[::-1].copy())
    first, second = (permutation_null(t, "simplex", np.random.default_rng(1), draws=999) for t in (full, turned))
    assert first.observed == pytest.approx(second.observed, rel=1e-10)
    assert first.typical == pytest.approx(second.typical, rel=0.02)


@BOTH
def test_a_seed_fixes_the_draws(null):
    full = made_table()
    first, again, other = (null(full, "simplex", np.random.default_rng(seed), draws=20) for seed in (1, 1, 2))
    assert first == again
    assert first != other


@BOTH
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param({"draws": 0}, "at least one draw", id="no draws"),
        pytest.param({"kind": "ball"}, "kind", id="unknown kind"),
        pytest.param({"offset": "per state"}, "states", id="no states"),
    ],
)
def test_what_cannot_be_drawn_is_refused(arguments, said, null):
    arguments = {"kind": "simplex", **arguments}
    with pytest.raises(ValueError, match=said):
        null(made_table(), arguments.pop("kind"), np.random.default_rng(0), **arguments)
