"""Tables of utilities for tests: agents that share something, and a target inside or outside their hull."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chatarena.hull.table import UtilityTable, table


def made_table(
    seed: int = 0,
    n: int = 60,
    k: int = 6,
    *,
    noise: float = 0.1,
    level: float = 0.5,
    states: int = 0,
    groups: int = 0,
    weighted: bool = False,
) -> UtilityTable:
    """Utilities around a level; the target is a mixture of the agents plus noise, at noise 0 exactly inside."""
    rng = np.random.default_rng(seed)
    shared = rng.standard_normal((n, 2)) @ rng.standard_normal((2, k))
    utilities = level + 0.15 * shared + 0.1 * rng.standard_normal((n, k))
    target = utilities @ rng.dirichlet(np.ones(k)) + noise * rng.standard_normal(n)
    return table(
        utilities,
        target,
        states=rng.integers(0, states, n) if states else None,
        groups=rng.integers(0, groups, n) if groups else None,
        weights=rng.uniform(0.2, 2.0, n) if weighted else None,
    )


def unrelated_table(seed: int, n: int = 40, k: int = 5) -> UtilityTable:
    """A target that has nothing to do with the agents."""
    rng = np.random.default_rng(seed)
    return table(rng.uniform(0, 1, (n, k)), rng.uniform(0, 1, n))


def reordered(full: UtilityTable, rows: NDArray[np.intp]) -> UtilityTable:
    """The same table with its rows in another order."""
    return table(
        full.utilities[rows],
        full.target[rows],
        full.agents,
        states=None if full.states is None else full.states[rows],
        groups=None if full.groups is None else full.groups[rows],
        weights=None if full.weights is None else full.weights[rows],
    )
