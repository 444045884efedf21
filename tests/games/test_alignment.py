"""Epsilon of a game: against linear programs written out, and what must hold between its variants."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from chatarena.games.alignment import alignment, alignments, residual
from chatarena.games.game import Game, game


def drawn(seed: int, *, k: int = 3, actions: int = 3, states: int = 11) -> Game:
    rng = np.random.default_rng(seed)
    return game(
        rng.dirichlet(np.ones(states)), rng.uniform(size=(actions, states)), rng.uniform(size=(k, actions, states))
    )


def by_linprog(made: Game, kind: str, offset: str) -> float:
    """The least largest error, as a linear program over weights, offsets and epsilon."""
    k, actions, states = made.leaders.shape
    offsets = 1 if offset == "free" else states
    rows, right = [], []
    for a in range(actions):
        for y in range(states):
            row = np.zeros(k + offsets + 1)
            row[:k] = made.leaders[:, a, y]
            row[k + (0 if offset == "free" else y)] = 1.0
            for sign in (1.0, -1.0):
                signed = sign * row
                signed[-1] = -1.0
                rows.append(signed)
                right.append(sign * made.user[a, y])
    total = np.zeros((1, k + offsets + 1))
    total[0, :k] = 1.0
    found = linprog(
        np.eye(k + offsets + 1)[-1],
        A_ub=np.array(rows),
        b_ub=np.array(right),
        A_eq=total if kind == "simplex" else None,
        b_eq=[1.0] if kind == "simplex" else None,
        bounds=[(0, None)] * k + [(None, None)] * offsets + [(0, None)],
    )
    return float(found.fun)


@pytest.mark.parametrize("seed", range(6))
def test_every_variant_is_its_linear_program(seed: int) -> None:
    made = drawn(seed, k=1 + seed)
    for found in alignments(made).every:
        assert found.epsilon == pytest.approx(by_linprog(made, found.kind, found.offset), abs=1e-8)
        assert found.epsilon == pytest.approx(found.lower, abs=1e-9)
        assert np.abs(residual(made, found)).max() == pytest.approx(found.epsilon, abs=1e-9)


@given(seed=st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_more_freedom_never_widens_the_gap(seed: int) -> None:
    found = alignments(drawn(seed, states=3))
    assert found.cone.epsilon <= found.simplex.epsilon + 1e-9
    assert found.simplex_per_state.epsilon <= found.simplex.epsilon + 1e-9
    assert found.cone_per_state.epsilon <= min(found.cone.epsilon, found.simplex_per_state.epsilon) + 1e-9
    assert found.best.epsilon == min(one.epsilon for one in found.every)


def test_what_depends_on_the_state_alone_costs_nothing_with_offsets_per_state() -> None:
    rng = np.random.default_rng(0)
    user = rng.uniform(0.3, 0.5, size=(3, 4))
    leader = 0.5 * user + rng.uniform(0, 0.5, size=4)
    found = alignments(game(np.full(4, 0.25), user, [leader]))
    assert found.cone_per_state.epsilon == pytest.approx(0.0, abs=1e-9)
    assert found.cone_per_state.weights == pytest.approx((2.0,), abs=1e-6)
    assert found.cone.epsilon > 0.01


def test_other_variants_are_refused() -> None:
    with pytest.raises(ValueError, match="simplex or cone"):
        alignment(drawn(0), "affine", "free")  # type: ignore[arg-type]
