"""Many fits at once give what one fit after the other gives, on easy and on degenerate problems."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatarena.hull import many
from chatarena.hull.engine import available
from chatarena.hull.lockstep import Batch
from chatarena.hull.many import minimise_many, minimise_paths
from chatarena.hull.quadratic import active_set


def problems(seed: int, k: int, rows: int, flaw: str, count: int = 4):
    """Matrices and linear terms of small least-squares problems, with a flaw that makes some faces nearly singular."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((count, rows, k)) + 1.0
    if flaw == "copies":
        x[:, :, k // 2 :] = x[:, :, : k - k // 2] + 1e-5 * rng.standard_normal((count, rows, k - k // 2))
    if flaw == "duplicates":
        x[:, :, k // 2 :] = x[:, :, : k - k // 2]
    if flaw == "constant":
        x[:, :, 0] = 0.0
    y = x @ rng.dirichlet(np.ones(k)) + 0.3 * rng.standard_normal((count, rows))
    return np.einsum("pri,prj->pij", x, x) / rows, np.einsum("pri,pr->pi", x, y) / rows


def worth(q, b, w):
    return w @ q @ w - 2 * b @ w


def assert_as_good(q, b, w, reference, flaw="none"):
    """Near copies differ by 1e-5 or less, their squares by less than matrices can tell."""
    assert (w >= 0).all()
    scale = abs(worth(q, b, reference)) + np.abs(q).max()
    close = (1e-7 if flaw == "copies" else 1e-12) * scale
    assert worth(q, b, w) == pytest.approx(worth(q, b, reference), abs=close)


# Without numba the compiled kernel cannot be had, and is not tested.
ENGINES = ("numpy", "compiled") if available() else ("numpy",)

cases = st.tuples(
    st.integers(0, 2**20),
    st.integers(1, 12),
    st.integers(1, 30),
    st.sampled_from(["none", "copies", "duplicates", "constant"]),
)


@settings(max_examples=100, deadline=None)
@given(cases, st.booleans(), st.booleans(), st.sampled_from(ENGINES))
def test_every_problem_of_a_batch_as_if_alone(case, total, warm, engine):
    q, b = problems(*case)
    start = active_set(q.mean(axis=0), b.mean(axis=0), total=total).weights if warm else None
    found = minimise_many(q, b, total=total, which=np.arange(len(b)), start=start, engine=engine)
    for one in range(len(b)):
        if total:
            assert found[one].sum() == pytest.approx(1.0, abs=1e-12)
        assert_as_good(q[one], b[one], found[one], active_set(q[one], b[one], total=total).weights, case[3])


@settings(max_examples=60, deadline=None)
@given(cases, st.booleans(), st.sampled_from(ENGINES))
def test_nested_subsets_as_if_each_were_alone(case, total, engine):
    q, b = problems(*case, count=2)
    k = q.shape[1]
    rng = np.random.default_rng(case[0])
    orders = np.array([rng.permutation(k) for _ in range(3)])
    sizes = sorted({1, (k + 1) // 2, k})
    found = minimise_paths(q, b, total=total, orders=orders, sizes=sizes, engine=engine)
    assert found.shape == (2, len(sizes), 3, k)
    for f in range(2):
        for s, size in enumerate(sizes):
            for p, order in enumerate(orders):
                inside = order[:size]
                w = found[f, s, p]
                assert not np.delete(w, inside).any()
                part = q[f][np.ix_(inside, inside)]
                reference = active_set(part, b[f, inside], total=total).weights
                assert_as_good(part, b[f, inside], w[inside], reference, case[3])


@pytest.mark.skipif(not available(), reason="the compiled active set needs the extra `fast`")
@pytest.mark.parametrize("total", [True, False], ids=["simplex", "cone"])
def test_many_agents_compiled_and_together(total):
    q, b = problems(7, 120, 400, "none", count=3)
    orders = np.array([np.random.default_rng(seed).permutation(120) for seed in range(12)])
    sizes = [1, 5, 30, 90, 120]
    ways = [minimise_paths(q, b, total=total, orders=orders, sizes=sizes, engine=one) for one in ("numpy", "compiled")]
    assert np.allclose(*ways, atol=1e-10)
    assert np.array_equal(minimise_paths(q, b, total=total, orders=orders, sizes=sizes), ways[0]), "too few to compile"
    which = np.arange(30) % 3
    sides = b[which] + 0.01 * np.random.default_rng(1).standard_normal((30, 120))
    ways = [minimise_many(q, sides, total=total, which=which, engine=one) for one in ("numpy", "compiled")]
    assert np.allclose(*ways, atol=1e-10)


@pytest.mark.parametrize("total", [True, False], ids=["simplex", "cone"])
def test_batches_and_shared_matrices_change_nothing(total, monkeypatch):
    q, _ = problems(3, 8, 20, "none", count=1)
    b = np.random.default_rng(4).standard_normal((30, 8))
    which = np.zeros(30, dtype=int)
    shared = minimise_many(q, b, total=total, which=which)
    apart = minimise_many(np.repeat(q, 30, axis=0), b, total=total, which=np.arange(30))
    monkeypatch.setattr(many, "BATCH", 7)
    assert np.allclose(minimise_many(q, b, total=total, which=which), shared, atol=1e-12)
    assert np.allclose(apart, shared, atol=1e-12)


@pytest.mark.parametrize("total", [True, False], ids=["simplex", "cone"])
def test_what_does_not_settle_is_solved_alone(total, monkeypatch):
    q, b = problems(5, 6, 20, "none")
    expected = minimise_many(q, b, total=total, which=np.arange(4))
    monkeypatch.setattr(Batch, "_advance", lambda batch: np.ones(len(batch.ids), dtype=bool))
    assert np.allclose(minimise_many(q, b, total=total, which=np.arange(4)), expected, atol=1e-10)


def test_shapes_that_do_not_match_are_refused():
    with pytest.raises(ValueError, match="k x k"):
        minimise_many(np.eye(3)[None], np.zeros((2, 4)), total=True, which=np.zeros(2, dtype=int))
