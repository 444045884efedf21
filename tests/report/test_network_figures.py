"""Tables of what networks learned: what is promised there holds for everybody it stands beside, as it is printed."""

from __future__ import annotations

import numpy as np
import pytest

from chatarena.networks.allocation import allocate
from chatarena.networks.bounds import agent_bounds, unit
from chatarena.networks.linear import aggregate
from chatarena.networks.space import sample
from chatarena.networks.sweep import explained
from chatarena.networks.topologies import topology
from chatarena.report.networks.text import depths, share_at_most


@pytest.mark.parametrize("name", ["tree", "layered", "random", "two-level-star"])
@pytest.mark.parametrize("seed", range(12))
def test_the_worst_agent_of_a_depth_keeps_what_is_promised_beside_it(name, seed):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((60, 3))
    space = sample(x, x @ rng.random(3) + 0.05 * rng.standard_normal(60))
    network = topology(name, 12, rng=rng)
    seen = network.seen(allocate("random", network.speakers, 3, int(rng.integers(1, 4)), rng))
    whole = explained(space)[0]
    bounds = agent_bounds(network, seen, 3, scale=unit(space) / whole, start=1.0)
    shown = depths(network, (aggregate(space, network, seen).excess / whole).tolist(), None, bounds.tolist())
    for row in shown.rows if shown.header[-1] == "at most" else ():
        worst, promised = row[3], row[-1]
        if promised is not None:
            assert _per_cent(worst) <= _per_cent(promised) * (1.0 + 1e-3) + 1e-9


@pytest.mark.parametrize(
    ("value", "said"),
    [
        pytest.param(0.9924, "99.3 %", id="up"),
        pytest.param(0.5, "50 %", id="even"),
        pytest.param(12.341, "1,235 %", id="more than everything"),
        pytest.param(0.0, "0", id="nothing"),
        pytest.param(1.0 / 3.0, "33.4 %", id="a third"),
    ],
)
def test_a_bound_is_never_printed_below_itself(value, said):
    assert share_at_most(value) == said


def _per_cent(words) -> float:
    return float(str(words).removesuffix(" %").replace(",", ""))
