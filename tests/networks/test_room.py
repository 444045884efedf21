"""The room as its callers meet it."""

from __future__ import annotations

import numpy as np

import chatarena.networks as networks


def test_every_public_name_exists_once():
    assert len(set(networks.__all__)) == len(networks.__all__)
    assert all(hasattr(networks, name) for name in networks.__all__)


def test_a_table_on_a_network_from_public_names_alone():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((200, 3))
    y = x @ [1.0, -1.0, 2.0]
    got = networks.aggregate(networks.sample(x, y), networks.topology("star", 4), [(0,), (1,), (2,), ()])
    assert got.output_excess < 1e-20 < got.excess[0]
