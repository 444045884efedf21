"""Games to test with: tables of both sides, drawn at random, some with ties, some in small integers."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

JUDGE = {"prior": [0.7, 0.3], "sender": [[0, 0], [1, 1]], "receiver": [[1, 0], [0, 1]]}


def random_game(rng, actions, states, *, integers=False):
    """(prior, sender, receiver)."""
    size = (2, actions, states)
    sender, receiver = rng.integers(-2, 3, size).astype(float) if integers else rng.standard_normal(size)
    return rng.dirichlet(np.ones(states)), sender, receiver


@st.composite
def small_games(draw, *, states=(1, 4), actions=(1, 4)):
    """Tables of quarters, so that ties, twins and dominated actions are common; priors may hold zeros."""
    shape = draw(st.integers(*actions)), draw(st.integers(*states))
    quarters = st.integers(-8, 8).map(lambda n: n / 4)
    sender, receiver = (draw(arrays(np.float64, shape, elements=quarters)) for _ in range(2))
    counts = draw(st.lists(st.integers(0, 5), min_size=shape[1], max_size=shape[1]).filter(any))
    return np.array(counts) / sum(counts), sender, receiver
