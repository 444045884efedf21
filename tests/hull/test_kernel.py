"""Two implementations of the active set give one answer, from any start."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from chatarena.hull import engine
from chatarena.hull.fit import fit
from chatarena.hull.moments import moments, quadratic
from chatarena.hull.pivoting import guess
from chatarena.hull.quadratic import active_set, minimise
from tests.hull.cases import RECIPES, Recipe, made


@pytest.mark.parametrize("kind", ["simplex", "cone"])
@pytest.mark.parametrize("recipe", [pytest.param(recipe, id=name) for name, recipe in RECIPES.items()])
def test_compiled_and_numpy_agree(recipe, kind):
    pytest.importorskip("numba", reason="the compiled active set needs the extra `fast`")
    full = made(recipe)
    goal = quadratic(moments(full), kind, "none")
    scale = np.abs(goal.q).max() + np.abs(goal.b).max()
    found = [active_set(goal.q, goal.b, total=kind == "simplex", engine=one) for one in ("numpy", "compiled")]
    values = [w.weights @ goal.q @ w.weights - 2 * goal.b @ w.weights for w in found]
    assert values[0] == pytest.approx(values[1], abs=1e-13 * scale * max(1.0, found[0].weights.sum()) ** 2)
    if recipe.apart == 0.0 and recipe.noise and not recipe.twins + recipe.constants and recipe.n > recipe.k:
        assert found[0].weights == pytest.approx(found[1].weights, abs=1e-8)
        assert found[0].support.tolist() == found[1].support.tolist()
    assert fit(full, kind, engine="compiled").mse == pytest.approx(fit(full, kind).mse, rel=1e-10, abs=1e-22)


@pytest.mark.parametrize("run", ["numpy", "compiled"])
@pytest.mark.parametrize("kind", ["simplex", "cone"])
def test_any_start_leads_to_the_same_weights(run, kind):
    if run == "compiled":
        pytest.importorskip("numba", reason="the compiled active set needs the extra `fast`")
    rng = np.random.default_rng(3)
    held = moments(made(Recipe(n=80, k=20)))
    cold = minimise(held, kind, engine=run)
    for _ in range(20):
        warm = rng.dirichlet(np.full(20, 0.1)) * rng.uniform(0, 3)
        assert minimise(held, kind, warm=warm, engine=run) == pytest.approx(cold, abs=1e-10)
    # Everybody the same: a start in which agents depend on each other.
    flat = moments(made(Recipe(n=80, k=20, twins=10)))
    even = np.full(20, 1 / 20)
    goal = quadratic(flat, kind, "none")
    values = [
        w @ goal.q @ w - 2 * goal.b @ w
        for w in (minimise(flat, kind, warm=even, engine=run), minimise(flat, kind, engine=run))
    ]
    assert values[0] == pytest.approx(values[1], abs=1e-13)


@pytest.mark.parametrize("kind", ["simplex", "cone"])
@pytest.mark.parametrize(
    "name", ["plain", "one agent", "two agents", "copies", "near copies", "exactly inside", "ratings from 1 to 5"]
)
def test_a_guess_is_the_optimum(name, kind):
    total = kind == "simplex"
    goal = quadratic(moments(made(RECIPES[name])), kind, "none")
    first = np.array([int(np.argmin(np.diag(goal.q)))])
    found = guess(goal.q, goal.b, total, float(goal.q[first[0], first[0]]) if total else 0.0, first)
    assert found is not None
    weights = np.zeros(len(goal.b))
    weights[found[0]] = found[1]
    slope = goal.q @ weights - goal.b
    level = float(weights @ slope) if total else 0.0
    size = float(np.abs(goal.q).max())
    assert weights.min() >= 0
    assert slope.min() >= level - 1e-9 * size
    assert np.abs(slope[found[0]] - level).max(initial=0.0) <= 1e-9 * size
    # The walk from a single agent, which is not helped by any guess, ends there too.
    cold = active_set(goal.q, goal.b, total=total, warm=np.eye(len(goal.b))[first[0]]).weights
    assert weights == pytest.approx(cold, abs=1e-7)


def test_no_guess_among_copies_nobody_can_tell_apart():
    goal = quadratic(moments(made(RECIPES["twins"])), "cone", "none")
    assert guess(goal.q, np.ones(len(goal.b)), False, 0.0, np.arange(len(goal.b))) is None


def test_some_agents_only():
    held = moments(made(Recipe(n=50, k=8)))
    for kind in ("simplex", "cone", "affine"):
        found = minimise(held, kind, agents=[6, 1, 3])
        assert not found[[0, 2, 4, 5, 7]].any()
        assert found[[6, 1, 3]] == pytest.approx(minimise(held.take([6, 1, 3]), kind), abs=1e-12)


def test_without_numba_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(engine, "available", lambda: False)
    assert engine.compiled() is None
    assert active_set(np.eye(2), np.ones(2), total=False, engine="auto").weights == pytest.approx([1, 1])
    with pytest.raises(ValueError, match="extra `fast`"):
        active_set(np.eye(2), np.ones(2), total=False, engine="compiled")


def test_a_shape_that_does_not_match():
    with pytest.raises(ValueError, match="k x k"):
        active_set(np.eye(2), np.ones(3), total=True)


def test_numba_is_loaded_only_where_it_is_asked_for():
    script = (
        "import sys\n"
        "from chatarena.hull import fit, table\n"
        "assert not {'scipy', 'highspy', 'cvxpy', 'numba'} & set(sys.modules)\n"
        "fit(table([[0.1, 0.2], [0.3, 0.1]], [0.1, 0.2]), 'simplex')\n"
        "print('numba' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
