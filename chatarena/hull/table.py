"""A table of utilities: what each agent, and the person the analysis is about, thinks every instance is worth.

Law: a row where a number is missing is left out and counted for whoever had none, with the reason; nothing is imputed.

An instance is an option, an option in a state, or an item that was rated. Theory: docs/theory/hull.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chatarena.hull.kinds import FloatArray, IntArray

TARGET = "target"
NO_NUMBER = "no number"
# Squares of larger numbers, summed over many rows, are no numbers any more.
LARGEST = 1e100


@dataclass(frozen=True, slots=True, kw_only=True)
class Excluded:
    """Rows left out because `who` (an agent, or `TARGET`) had no number there, for one reason.

    `rows` are positions in what was handed to `table`. A row where several had none stands with each of them.
    """

    who: str
    reason: str
    rows: tuple[int, ...]

    @property
    def count(self) -> int:
        """How many rows."""
        return len(self.rows)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UtilityTable:
    """Complete numbers of n instances by k agents, and the target they are to reproduce; built by `table`.

    `groups` says which instances belong together when rows are split or resampled (a session, a prompt), `weights`
    what an instance counts in a mean, `states` in which state it is (an offset per state needs it); each has n
    entries or is None. The arrays cannot be written to.
    """

    utilities: FloatArray
    target: FloatArray
    agents: tuple[str, ...]
    instances: tuple[str, ...] = ()
    groups: NDArray[Any] | None = None
    weights: FloatArray | None = None
    states: NDArray[Any] | None = None
    excluded: tuple[Excluded, ...] = ()

    @property
    def n(self) -> int:
        """Number of instances."""
        return len(self.target)

    @property
    def k(self) -> int:
        """Number of agents."""
        return len(self.agents)

    @property
    def level(self) -> float:
        """Mean of the target: the level that is taken off before anything is squared."""
        return float(self.target.mean())

    def label(self, row: int) -> str:
        """What the instance in this row is called."""
        return self.instances[row] if self.instances else f"instance {row + 1}"


def table(
    utilities: ArrayLike,
    target: ArrayLike,
    agents: Sequence[str] = (),
    *,
    instances: Sequence[str] = (),
    groups: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    states: ArrayLike | None = None,
    reasons: Mapping[tuple[int, str], str] | None = None,
) -> UtilityTable:
    """Check a table of utilities and leave out the rows where a number is missing.

    Args:
        utilities: n x k, instances by agents, in one unit; None or NaN where an agent gave no number.
        target: n, in the same unit; None or NaN where there is no number.
        agents: k different names; "agent 1", ... where none are given.
        instances: n labels, or none.
        groups: n labels of what belongs together, or None.
        weights: n numbers > 0, what an instance counts in a mean, or None for equal weights.
        states: n labels of the state an instance is in, or None.
        reasons: why a number is missing, by (row, agent's name or `TARGET`); "no number" where not said.

    Raises:
        ValueError: shapes that do not match, names that are not different, a number that is infinite or above 1e100,
            a weight that is not positive and finite, or no complete row.
    """
    x, y = _numbers(utilities, "utilities"), _numbers(target, "target")
    if x.ndim != 2 or y.ndim != 1 or len(x) != len(y) or not x.size:
        raise ValueError(f"utilities must be n x k and the target n, both not empty, not {x.shape} and {y.shape}")
    names = tuple(agents) or tuple(f"agent {i + 1}" for i in range(x.shape[1]))
    if len(names) != x.shape[1] or len(set(names)) != len(names) or TARGET in names:
        raise ValueError(f"{x.shape[1]} different agents' names are needed, none of them {TARGET!r}, not {names!r}")
    if instances and len(instances) != len(y):
        raise ValueError(f"{len(instances)} labels for {len(y)} instances")
    keep = ~(np.isnan(x).any(axis=1) | np.isnan(y))
    if not keep.any():
        raise ValueError(
            "no instance has a number from every agent and the target: leave out the agent with most holes"
        )
    kept = np.flatnonzero(keep)
    return UtilityTable(
        utilities=_fixed(x if keep.all() else x[keep]),
        target=_fixed(y[keep]),
        agents=names,
        instances=tuple(instances[int(j)] for j in kept) if instances else (),
        groups=_labels(groups, "groups", keep),
        weights=_weights(weights, keep),
        states=_labels(states, "states", keep),
        excluded=_excluded(x, y, names, reasons or {}),
    )


def select(
    full: UtilityTable, *, rows: ArrayLike | None = None, agents: Sequence[int] | IntArray | None = None
) -> UtilityTable:
    """The table of some rows and some agents.

    Args:
        full: the table.
        rows: positions of rows, or n booleans; None keeps all.
        agents: positions of agents; None keeps all.

    Raises:
        ValueError: no row or no agent is left.
    """
    index = positions(rows, full.n)
    chosen = np.arange(full.k) if agents is None else np.asarray(agents, dtype=np.int64)
    if not len(chosen):
        raise ValueError("at least one agent must stay")
    x = full.utilities if index is None else full.utilities[index]
    part = replace(
        full,
        utilities=_fixed(x if agents is None else x[:, chosen]),
        agents=tuple(full.agents[i] for i in chosen),
    )
    if index is None:
        return part
    return replace(
        part,
        target=_fixed(full.target[index]),
        instances=tuple(full.instances[j] for j in index) if full.instances else (),
        groups=None if full.groups is None else full.groups[index],
        weights=None if full.weights is None else _fixed(full.weights[index]),
        states=None if full.states is None else full.states[index],
    )


def positions(rows: ArrayLike | None, n: int) -> IntArray | None:
    """Rows given by position or as n booleans, as positions; None for all.

    Raises:
        ValueError: there are none, or a position lies outside the table.
    """
    if rows is None:
        return None
    array = np.asarray(rows)
    if array.dtype == np.bool_:
        if array.shape != (n,):
            raise ValueError(f"{array.shape} booleans choose among {n} rows")
        array = np.flatnonzero(array)
    if array.ndim != 1 or not len(array) or array.dtype.kind not in "iu":
        raise ValueError("rows must be positions or booleans, at least one of them")
    if array.min() < 0 or array.max() >= n:
        raise ValueError(f"rows must lie between 0 and {n - 1}")
    return array.astype(np.int64)


def state_codes(full: UtilityTable) -> tuple[IntArray, tuple[str, ...]]:
    """The state of every instance as a number, and the states' labels in that order.

    Raises:
        ValueError: the table has no states.
    """
    if full.states is None:
        raise ValueError("an offset per state needs a table with states: pass states=... to table()")
    labels, codes = np.unique(full.states, return_inverse=True)
    return codes.astype(np.int64), tuple(str(label) for label in labels)


def _numbers(values: ArrayLike, what: str) -> FloatArray:
    array = np.asarray(values)
    # An object array holds None; as floats those are NaN, which is how a missing number is told from here on.
    numbers: FloatArray = array.astype(np.float64)
    if np.isinf(numbers).any():
        raise ValueError(f"{what} must be finite; None or NaN says that a number is missing")
    if numbers.size and not np.nanmax(np.abs(numbers), initial=0.0) <= LARGEST:
        raise ValueError(f"{what} have numbers above {LARGEST:g}, whose squares cannot be held: take a larger unit")
    return numbers


def _fixed(values: FloatArray) -> FloatArray:
    array = np.ascontiguousarray(values)
    if array.flags.writeable:
        array = array.view()
        array.setflags(write=False)
    return array


def _labels(values: ArrayLike | None, what: str, keep: NDArray[np.bool_]) -> NDArray[Any] | None:
    if values is None:
        return None
    array = np.asarray(values)
    if array.shape != keep.shape:
        raise ValueError(f"{what} must have one entry for each of {len(keep)} instances, not shape {array.shape}")
    return array[keep]


def _weights(values: ArrayLike | None, keep: NDArray[np.bool_]) -> FloatArray | None:
    if values is None:
        return None
    array = np.asarray(values, dtype=np.float64)
    if array.shape != keep.shape:
        raise ValueError(f"{len(keep)} weights are needed, not shape {array.shape}")
    kept = array[keep]
    if not (np.isfinite(kept).all() and (kept > 0).all()):
        raise ValueError("weights must be positive and finite; leave out an instance that is not to count")
    return _fixed(kept)


def _excluded(
    x: FloatArray, y: FloatArray, names: tuple[str, ...], reasons: Mapping[tuple[int, str], str]
) -> tuple[Excluded, ...]:
    found: list[Excluded] = []
    for who, column in [*((name, x[:, i]) for i, name in enumerate(names)), (TARGET, y)]:
        by_reason: dict[str, list[int]] = {}
        for row in np.flatnonzero(np.isnan(column)):
            by_reason.setdefault(reasons.get((int(row), who), NO_NUMBER), []).append(int(row))
        found += [Excluded(who=who, reason=reason, rows=tuple(rows)) for reason, rows in by_reason.items()]
    return tuple(found)
