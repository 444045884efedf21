"""All Nash equilibria of a small game between two, by going through supports of equal size."""

from __future__ import annotations

from itertools import combinations

import numpy as np


def nash_by_supports(row, column):
    """Pairs of mixtures; every equilibrium of a nondegenerate game, some of a degenerate one."""
    m, n = row.shape
    found = []
    for size in range(1, min(m, n) + 1):
        for rows in combinations(range(m), size):
            for columns in combinations(range(n), size):
                x = _indifferent(column[np.ix_(rows, columns)].T, rows, m)
                y = _indifferent(row[np.ix_(rows, columns)], columns, n)
                if x is None or y is None:
                    continue
                if (row @ y).max() <= (row @ y)[list(rows)].min() + 1e-9 and (x @ column).max() <= (x @ column)[
                    list(columns)
                ].min() + 1e-9:
                    found.append((x, y))
    return found


def _indifferent(table, support, total):
    """The mixture over `support` that makes all rows of the table worth the same."""
    size = len(support)
    system = np.vstack([np.hstack([table, -np.ones((size, 1))]), np.append(np.ones(size), 0.0)])
    try:
        solution = np.linalg.solve(system, np.append(np.zeros(size), 1.0))[:size]
    except np.linalg.LinAlgError:
        return None
    if (solution < -1e-12).any():
        return None
    mixture = np.zeros(total)
    mixture[list(support)] = solution
    return mixture
