"""What hangs on single agents: against trying every set of them."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from chatarena.hull.bias import shared_bias
from chatarena.hull.coverage import depth, error_budget, leave_out, robustness
from chatarena.hull.fit import fit
from chatarena.hull.kinds import KINDS, OFFSETS
from chatarena.hull.sup import sup_fit
from chatarena.hull.table import select, table


def cast(seed, n=12, k=6):
    rng = np.random.default_rng(seed)
    x = rng.uniform(size=(n, k))
    y = x @ rng.dirichlet(np.ones(k)) + 0.02 * rng.standard_normal(n)
    return table(x, y, tuple("ABCDEF"[:k]), states=np.arange(n) % 3)


def gap_without(full, kind, offset, gone):
    return sup_fit(select(full, agents=[i for i in range(full.k) if i not in gone]), kind, offset=offset).gap_sup


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("deleted", [0, 1, 2])
def test_the_worst_deletion_is_the_worst_of_all(kind, offset, deleted):
    full = cast(deleted)
    found = robustness(full, kind, offset=offset, deleted=deleted)
    every = {gone: gap_without(full, kind, offset, gone) for gone in combinations(range(full.k), deleted)}
    assert found.worst_gap == pytest.approx(max(every.values()), abs=1e-9)
    named = tuple(full.agents.index(agent) for agent in found.worst)
    assert gap_without(full, kind, offset, named) == pytest.approx(found.worst_gap, abs=1e-9)
    assert (found.exact, found.samples, found.seed) == (True, 0, None)
    assert found.gap == pytest.approx(gap_without(full, kind, offset, ()), abs=1e-9)


def test_agents_without_weight_cost_no_program():
    rng = np.random.default_rng(0)
    x = rng.uniform(size=(40, 30))
    full = table(x, x[:, 3])
    found = robustness(full, "simplex", deleted=1)
    assert found.programs == 2
    assert found.worst == ("agent 4",)


def test_beyond_two_the_worst_of_draws_and_the_seed_is_said():
    full = cast(5)
    drawn = robustness(full, "cone", deleted=3, rng=np.random.default_rng(17), samples=30)
    again = robustness(full, "cone", deleted=3, rng=np.random.default_rng(17), samples=30)
    true = max(gap_without(full, "cone", "none", gone) for gone in combinations(range(6), 3))
    assert drawn == again
    assert (drawn.exact, drawn.samples) == (False, 30)
    assert "17" in drawn.seed
    assert robustness(full, "cone", deleted=2).worst_gap <= drawn.worst_gap + 1e-9 <= true + 2e-9


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(4))
def test_depth_is_the_first_deletion_that_breaks_less_one(kind, seed):
    full = cast(seed, n=8, k=5)
    worst = [
        max(gap_without(full, kind, "free", gone) for gone in combinations(range(5), missing)) for missing in range(5)
    ]
    for epsilon in (worst[0] / 2, (worst[0] + worst[1]) / 2, (worst[1] + worst[2]) / 2, worst[4] + 0.1):
        breaking = [missing for missing in range(5) if worst[missing] > epsilon + 1e-9]
        found = depth(full, kind, offset="free", epsilon=epsilon)
        assert found.exact
        if not breaking:
            assert (found.depth, found.breaking) == (4, ())
            continue
        assert found.depth == (breaking[0] - 1 if breaking[0] else None)
        gone = tuple(full.agents.index(agent) for agent in found.breaking)
        assert len(gone) == breaking[0]
        assert gap_without(full, kind, "free", gone) > epsilon


def test_depth_says_when_it_gave_up():
    found = depth(cast(1), "simplex", epsilon=0.9, most=3)
    assert not found.exact
    assert (found.programs, found.breaking) == (3, ())


def test_leaving_out_one_by_one_and_by_provider():
    full = cast(3)
    found = {one.name: one for one in leave_out(full, "simplex", offset="free")}
    assert set(found) == set(full.agents)
    for i, agent in enumerate(full.agents):
        rest = select(full, agents=[j for j in range(full.k) if j != i])
        assert found[agent].gap_sup == pytest.approx(sup_fit(rest, "simplex", offset="free").gap_sup, abs=1e-9)
        assert found[agent].mse == pytest.approx(fit(rest, "simplex", offset="free").mse, rel=1e-9)
        assert found[agent].gap_sup_change >= -1e-9
        assert found[agent].mse_change >= -1e-12
    (house,) = leave_out(full, "cone", parts={"one house": ("A", "C")})
    assert house.mse == pytest.approx(fit(select(full, agents=[1, 3, 4, 5]), "cone").mse, rel=1e-9)
    with pytest.raises(ValueError, match="not in the table: Z"):
        leave_out(full, "cone", parts={"p": ("Z",)})
    with pytest.raises(ValueError, match="no agent is left"):
        leave_out(full, "cone", parts={"all": full.agents})


def test_a_bias_of_the_whole_cast_is_found_where_it_is():
    """Everybody overrates prices by 0.3; nobody's own noise is like anybody's."""
    rng = np.random.default_rng(8)
    truth = rng.uniform(size=60)
    topics = np.array(["price", "taste", "place"] * 20)
    x = truth[:, None] + 0.05 * rng.standard_normal((60, 20)) + 0.3 * (topics == "price")[:, None]
    found = shared_bias(table(x, truth), "simplex", by=topics)
    assert found.groups[0].label == "price"
    assert found.groups[0].residual == pytest.approx(0.3, abs=0.1)
    assert found.groups[0].one_sided
    assert 0.2 < found.groups[0].least < 0.3
    assert [group.n for group in found.groups] == [20, 20, 20]
    assert found.out_of_range == pytest.approx(1 / 3, abs=0.05)
    assert min(found.with_residual) > 0.5
    # By one constant a state of its own it would not have been seen.
    states = table(x, truth, states=topics)
    assert all(
        abs(group.residual) < 1e-9 for group in shared_bias(states, "simplex", offset="per state", by=topics).groups
    )


def test_errors_on_both_sides_are_no_shared_bias():
    x = np.array([[0.2, 0.8], [0.9, 0.3], [0.1, 0.5]])
    found = shared_bias(table(x, x.mean(axis=1)), "simplex")
    assert not any(group.one_sided or group.least for group in found.groups)
    assert found.out_of_range == 0.0
    assert {group.label for group in found.groups} == {"instance 1", "instance 2", "instance 3"}


def test_large_weights_amplify_what_agents_are_off_by():
    budget = error_budget(0.05, [30.0, -20.0], 0.01)
    assert (budget.gap, budget.weight_sum, budget.noise, budget.total) == pytest.approx((0.05, 50.0, 0.5, 0.55))
    assert error_budget(0.0, [0.5, 0.5], [0.1, 0.3]).total == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        pytest.param(lambda full: robustness(full, "cone", deleted=6), "between 0 and 5", id="everybody"),
        pytest.param(lambda full: robustness(full, "cone", deleted=-1), "between", id="negative"),
        pytest.param(lambda full: robustness(full, "cone", deleted=3), "generator", id="no generator"),
        pytest.param(lambda full: depth(full, "cone", epsilon=-1.0), "epsilon", id="epsilon"),
        pytest.param(lambda full: shared_bias(full, "cone", by=["a"]), "labels", id="labels"),
        pytest.param(lambda full: error_budget(-1.0, [1.0], 0.1), "gap", id="gap"),
        pytest.param(lambda full: error_budget(0.1, [1.0], -0.1), "errors", id="error"),
        pytest.param(lambda full: error_budget(0.1, [1.0], [0.1, 0.2]), "2 errors", id="errors' number"),
    ],
)
def test_misuse_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call(cast(0))
