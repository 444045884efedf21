"""Best approximation of a target by agents in mean square, and the simple answers it must beat.

    min over w and c of the mean of (sum_i w_i U_i + c - u)^2

over the simplex, the cone or the affine hull of the agents' utilities, without offset, with one, or with one per state.
Law: a mean squared error on a set of instances is not the theorem's epsilon. `gap_sup` is the largest error of *these*
weights on *these* instances: it bounds the least such error from above, which chatarena.hull.sup finds.

Theory: docs/theory/hull.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chatarena.hull.degenerate import RANK_TOLERANCE, Finding, exact_by_construction, findings
from chatarena.hull.kinds import Engine, FloatArray, IntArray, Kind, Offset, checked_kind, checked_offset
from chatarena.hull.moments import row_weights, state_means
from chatarena.hull.polish import affine_fit, least_squares, polish
from chatarena.hull.quadratic import active_set
from chatarena.hull.reduction import Block, Factor, columns, factor, factor_of, offset_of, rounding
from chatarena.hull.residuals import Errors, Extreme, errors_of_rows, errors_of_table
from chatarena.hull.table import Excluded, UtilityTable, positions, state_codes
from chatarena.hull.threads import one_thread

Simple: TypeAlias = Literal["constant", "best single", "mean", "least squares"]
# Errors of two agents this close, relative to themselves, are equal.
TIE = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """An agent with weight."""

    agent: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """Weights and offset that approximate the target, what is left, and how it was made.

    `weights` has an entry per agent, exactly 0.0 for whoever carries none; `offset_values` is empty, one number, or
    one per label in `states`. Errors are on the n rows fitted. `rank` and `condition` are of the agents' utilities
    as the kind sees them (target taken off where weights sum to one, means where the offset takes them);
    `condition` is infinite where the rank is not full.
    """

    kind: Kind | Simple
    offset: Offset
    norm: Literal["mean square"] = "mean square"
    method: str
    agents: tuple[str, ...]
    weights: tuple[float, ...]
    offset_values: tuple[float, ...]
    states: tuple[str, ...]
    mse: float
    rmse: float
    gap_sup: float
    lowest: Extreme
    highest: Extreme
    carriers: tuple[Carrier, ...]
    n: int
    k: int
    rank: int
    condition: float
    excluded: tuple[Excluded, ...]
    warnings: tuple[Finding, ...]


def fit(
    full: UtilityTable,
    kind: Kind,
    *,
    offset: Offset = "none",
    rows: ArrayLike | None = None,
    engine: Engine = "numpy",
) -> Fit:
    """The combination of least mean squared error, exact to rounding.

    Args:
        full: the table; its weights say what each row counts.
        kind: simplex, cone or affine.
        offset: none, free or per state.
        rows: positions or booleans of the rows to fit on; None for all.
        engine: which implementation of the active set; the result is the same.

    Raises:
        ValueError: an unknown kind or offset, no rows, or an offset per state without states.
    """
    checked_kind(kind)
    index = positions(rows, full.n)
    with one_thread():
        reduced = factor(full, rows=index, per_state=checked_offset(offset) == "per state")
        weights = weights_of(*columns(reduced, kind, offset), kind, noise=rounding(reduced), engine=engine)
        return _described(full, index, kind, offset, weights, reduced, "active set on R of [1, X - y, y]")


def constant(full: UtilityTable, *, offset: Offset = "free", rows: ArrayLike | None = None) -> Fit:
    """The target's mean (or each state's), which needs no agent; with offset none it is the number 0."""
    return _simple(full, "constant", offset, rows, lambda a, r: np.zeros(full.k))


def best_single(full: UtilityTable, *, offset: Offset = "none", rows: ArrayLike | None = None) -> Fit:
    """The one agent of least mean squared error on the rows given; choose it on the rows that are trained on."""
    return _simple(full, "best single", offset, rows, lambda a, r: _unit(a - r[:, None]))


def mean(full: UtilityTable, *, offset: Offset = "none", rows: ArrayLike | None = None) -> Fit:
    """All agents with equal weights."""
    return _simple(full, "mean", offset, rows, lambda a, r: np.full(full.k, 1.0 / full.k))


def unconstrained(full: UtilityTable, *, offset: Offset = "none", rows: ArrayLike | None = None) -> Fit:
    """Weights of any sign and sum: ordinary least squares, the shortest weights where they are not unique."""
    return _simple(full, "least squares", offset, rows, least_squares)


def fit_rows(
    blocks: Callable[[], Iterable[Block]],
    agents: Sequence[str],
    kind: Kind,
    *,
    offset: Literal["none", "free"] = "none",
    engine: Engine = "numpy",
) -> Fit:
    """As `fit`, of rows that do not fit into memory: two passes, one for the weights and one for what is left.

    Args:
        blocks: gives the rows from the start each time it is called.
        agents: k names.
        kind: simplex, cone or affine.
        offset: none or free; an offset per state needs a table.
        engine: which implementation of the active set.

    Raises:
        ValueError: an unknown kind, another offset, no rows, or blocks that do not match the names.
    """
    checked_kind(kind)
    if offset not in ("none", "free"):
        raise ValueError(f"rows that come in blocks take an offset none or free, not {offset!r}")
    reduced = factor_of(blocks())
    if reduced.k != len(agents):
        raise ValueError(f"{len(agents)} names for {reduced.k} agents")
    with one_thread():
        weights = weights_of(*columns(reduced, kind, offset), kind, noise=rounding(reduced), engine=engine)
        offsets = np.array([offset_of(reduced, weights)]) if offset == "free" else np.zeros(0)
        parts = ((block.utilities, block.target, block.weights) for block in blocks())
        left = errors_of_rows(parts, weights, float(offsets.sum()))
        method = "active set on R of [1, X - y, y], rows streamed"
        return _fit(tuple(agents), kind, offset, weights, offsets, (), left, reduced, (), None, method)


def evaluate(result: Fit, full: UtilityTable, *, rows: ArrayLike | None = None) -> Errors:
    """How a fit does on rows it may not have seen.

    A free offset is kept as fitted. Offsets per state are set anew on these rows: a state's constant tells nothing
    about other states, and the theory does not ask for it.

    Args:
        result: a fit to the same agents.
        full: a table of the same agents.
        rows: positions or booleans; None for all.

    Raises:
        ValueError: other agents, or an offset per state without states.
    """
    if result.agents != full.agents:
        raise ValueError(f"the fit is to {result.agents!r} and the table of {full.agents!r}")
    index = positions(rows, full.n)
    weights = np.array(result.weights)
    if result.offset == "per state":
        offsets, codes, _ = _state_offsets(full, index, weights)
        return errors_of_table(full, weights, offsets, codes, index)
    return errors_of_table(full, weights, np.array(result.offset_values), None, index)


def weights_of(a: FloatArray, r: FloatArray, kind: Kind, *, noise: float = 0.0, engine: Engine = "numpy") -> FloatArray:
    """Weights of least |A w - r|, with A and r as `reduction.columns` gives them for this kind.

    Args:
        a: p x k.
        r: p; zero where weights sum to one.
        kind: simplex, cone or affine.
        noise: what rounding may have left in a column of A.
        engine: which implementation of the active set.
    """
    if kind == "affine":
        return affine_fit(a, noise=noise)
    total = kind == "simplex"
    start = active_set(a.T @ a, a.T @ r, total=total, engine=engine).weights
    return polish(a, r, start, total=total)


def _simple(
    full: UtilityTable,
    kind: Simple,
    offset: Offset,
    rows: ArrayLike | None,
    rule: Callable[[FloatArray, FloatArray], FloatArray],
) -> Fit:
    index = positions(rows, full.n)
    with one_thread():
        reduced = factor(full, rows=index, per_state=checked_offset(offset) == "per state")
        weights = rule(*columns(reduced, "cone", offset))
        return _described(full, index, kind, offset, weights, reduced, f"{kind}, from R of [1, X - y, y]")


def _unit(errors: FloatArray) -> FloatArray:
    weights, sizes = np.zeros(errors.shape[1]), np.linalg.norm(errors, axis=0)
    # Of agents that are equally good but for rounding the first.
    weights[int(np.flatnonzero(sizes <= sizes.min() * (1.0 + TIE))[0])] = 1.0
    return weights


def _described(
    full: UtilityTable,
    index: IntArray | None,
    kind: Kind | Simple,
    offset: Offset,
    weights: FloatArray,
    reduced: Factor,
    method: str,
) -> Fit:
    codes: IntArray | None = None
    states: tuple[str, ...] = ()
    offsets = np.array([offset_of(reduced, weights)]) if offset == "free" else np.zeros(0)
    if offset == "per state":
        offsets, codes, states = _state_offsets(full, index, weights)
    left = errors_of_table(full, weights, offsets, codes, index)
    if codes is not None:
        # A state without a row here has no offset.
        present = np.unique(codes if index is None else codes[index])
        offsets, states = offsets[present], tuple(states[int(state)] for state in present)
    groups = full.groups if full.groups is None or index is None else full.groups[index]
    return _fit(full.agents, kind, offset, weights, offsets, states, left, reduced, full.excluded, groups, method)


def _state_offsets(
    full: UtilityTable, index: IntArray | None, weights: FloatArray
) -> tuple[FloatArray, IntArray, tuple[str, ...]]:
    codes, states = state_codes(full)
    counts = row_weights(full, None)
    means = state_means(full, index, np.ones(full.n) if counts is None else counts, codes)
    excess = float(weights.sum()) - 1.0
    return -(means @ np.append(weights, excess) + excess * full.level), codes, states


def _fit(
    agents: tuple[str, ...],
    kind: Kind | Simple,
    offset: Offset,
    weights: FloatArray,
    offsets: FloatArray,
    states: tuple[str, ...],
    left: Errors,
    reduced: Factor,
    excluded: tuple[Excluded, ...],
    groups: NDArray[Any] | None,
    method: str,
) -> Fit:
    seen: Kind = "simplex" if kind in ("simplex", "affine") else "cone"
    rank, condition = _spread(columns(reduced, seen, offset)[0])
    order = np.argsort(-np.abs(weights), kind="stable")
    return Fit(
        kind=kind,
        offset=offset,
        method=method,
        agents=agents,
        weights=tuple(map(float, weights)),
        offset_values=tuple(map(float, offsets)),
        states=states,
        mse=left.mse,
        rmse=left.rmse,
        gap_sup=left.gap_sup,
        lowest=left.lowest,
        highest=left.highest,
        carriers=tuple(Carrier(agent=agents[i], weight=float(weights[i])) for i in order if weights[i] != 0),
        n=left.n,
        k=len(agents),
        rank=rank,
        condition=condition,
        excluded=excluded,
        warnings=_warnings(kind, offset, agents, states, reduced, groups),
    )


def _warnings(
    kind: Kind | Simple,
    offset: Offset,
    agents: tuple[str, ...],
    states: tuple[str, ...],
    reduced: Factor,
    groups: NDArray[Any] | None,
) -> tuple[Finding, ...]:
    match kind:
        case "simplex" | "cone" | "affine":
            return findings(reduced, kind, offset, agents, states=len(states), groups=groups)
        case "least squares":
            return exact_by_construction(reduced, offset, len(states))
        case "constant" | "best single" | "mean":
            return ()


def _spread(a: FloatArray) -> tuple[int, float]:
    """Numerical rank and condition."""
    values = np.linalg.svd(a, compute_uv=False)
    rank = int((values > RANK_TOLERANCE * values[0]).sum()) if values[0] > 0 else 0
    return rank, float(values[0] / values[-1]) if rank == a.shape[1] else float("inf")
