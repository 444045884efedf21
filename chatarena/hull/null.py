"""Would agents that know nothing of this person fit as well? Two nulls and their p-values.

*Permuted targets*: the target's numbers are dealt out anew among the instances, within groups where there are groups,
so that agents keep everything but their tie to the person. *Random agents*: every agent's column is replaced by
independent normal draws of its mean and spread, so that the hull keeps its size but no agent knows the person or
another agent. Where there are groups the spread is drawn as it is: between groups, and within them.

Law: a p-value is (1 + draws that fit at least as well) / (1 + draws): never 0, and never smaller than draws allow.

Source: for the +1, Phipson and Smyth (2010), Statistical Applications in Genetics and Molecular Biology 9(1), 39.
Theory: docs/theory/hull.md, "nulls".
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from chatarena.hull.kinds import FloatArray, IntArray, Kind, Offset, checked_kind, checked_offset
from chatarena.hull.many import minimise_many
from chatarena.hull.moments import centred, row_weights
from chatarena.hull.quadratic import affine_point
from chatarena.hull.splits import unit_of_rows
from chatarena.hull.table import Excluded, UtilityTable, state_codes
from chatarena.hull.threads import one_thread

NullName: TypeAlias = Literal["permuted targets", "random agents"]
# Draws whose numbers are held at a time.
BLOCK = 100
# Fewer arrangements than this, and no p-value could be below 5%: dealing out within groups tests nothing then.
FEWEST_WAYS = 20
# Two errors this close, relative to themselves or to the target's square, are equally good: the same arrangement,
# drawn again, must count.
TIE, ROUNDING = 1e-9, 1e-14


@dataclass(frozen=True, slots=True, kw_only=True)
class Null:
    """What agents that know nothing reach, against what the agents reach.

    `observed` and `typical` (the median over draws) are mean squared errors on the fitted rows; `low` is the 5%
    quantile of draws. `as_good` counts the draws that fit at least as well, `p` is (1 + as_good) / (1 + draws).
    `within` says among what targets were dealt out.
    """

    name: NullName
    kind: Kind
    offset: Offset
    observed: float
    typical: float
    low: float
    as_good: int
    draws: int
    p: float
    within: str
    n: int
    k: int
    excluded: tuple[Excluded, ...]
    statistic: str = "mean squared error on the fitted rows"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Design:
    """Residuals are A w - t with the offset projected out of A; `own` are row weights, `states` for the offset.

    `groups` has the number of every row's group, None where there are none or no two rows share one.
    """

    kind: Kind
    offset: Offset
    a: FloatArray
    t: FloatArray
    own: FloatArray
    states: IntArray
    groups: IntArray | None

    def centred(self, columns: FloatArray) -> FloatArray:
        """Columns without what the offset takes up."""
        if self.offset == "none":
            return columns
        return centred(columns, self.own, self.states)

    def mean(self, squares: FloatArray) -> FloatArray:
        """Weighted mean over rows."""
        found: FloatArray = self.own @ squares / self.own.sum()
        return found


def permutation_null(
    full: UtilityTable, kind: Kind, rng: np.random.Generator, *, offset: Offset = "none", draws: int = 999
) -> Null:
    """Fit to the target's numbers, dealt out anew among the instances of each group.

    Where the offset is per state they stay within their state too, because the offset has taken its level. Where
    groups hold too little to deal out (one instance each, or one number) and are of one size, whole groups are dealt.

    Args:
        full: the table.
        kind: simplex, cone or affine.
        rng: deals out.
        offset: none, free or per state.
        draws: how often, 1 or more.

    Raises:
        ValueError: no draws, an unknown kind or offset, an offset per state without states, or groups that leave
            nothing to deal out (see `undealt`).
    """
    design = _design(full, kind, offset, draws)
    reason = undealt(full, offset)
    if reason is not None:
        raise ValueError(reason)
    cells, within = _cells(full, offset)
    whole = full.groups is not None and _ways(full.target, cells) < FEWEST_WAYS
    dealt = (
        _groups_dealt(design.t, unit_of_rows(full.groups), draws, rng)
        if whole and full.groups is not None
        else (_dealt(design.t, cells, draws, rng))
    )
    with one_thread():
        weighted = design.a * (design.own / design.own.sum())[:, None]
        q = weighted.T @ design.a
        found = [_errors(q[None], weighted, design, targets) for targets in dealt]
        observed = float(_errors(q[None], weighted, design, design.t[:, None])[0])
    within = "among whole groups" if whole else within
    return _null("permuted targets", full, design, observed, np.concatenate(found), within)


def undealt(full: UtilityTable, offset: Offset = "none") -> str | None:
    """Why the target's numbers cannot be dealt out anew, or None where they can.

    Without groups they always can, if only in a few ways.

    Args:
        full: the table.
        offset: none, free or per state.

    Raises:
        ValueError: an offset per state without states.
    """
    cells, within = _cells(full, offset)
    if full.groups is None or _ways(full.target, cells) >= FEWEST_WAYS:
        return None
    sizes = np.bincount(unit_of_rows(full.groups))
    if offset == "per state" or len(set(sizes.tolist())) > 1:
        return f"there is too little to deal out {within}"
    return None


def _ways(target: FloatArray, cells: IntArray) -> float:
    """In how many ways the target's numbers can stand, each within its cell; infinite where that is very many."""
    total = 0.0
    for cell in np.unique(cells):
        _, counts = np.unique(target[cells == cell], return_counts=True)
        total += math.lgamma(counts.sum() + 1) - sum(math.lgamma(count + 1) for count in counts)
        if total > math.log(FEWEST_WAYS) + 1:
            return math.inf
    return round(math.exp(total))


def _groups_dealt(t: FloatArray, unit: IntArray, draws: int, rng: np.random.Generator) -> Iterator[FloatArray]:
    """Blocks of targets, n x draws, in which whole groups of one size have changed places, each in its own order."""
    place = np.argsort(unit, kind="stable")
    held = t[place].reshape(int(unit.max()) + 1, -1)
    for begin in range(0, draws, BLOCK):
        block = np.empty((len(t), min(BLOCK, draws - begin)))
        for one in range(block.shape[1]):
            block[place, one] = held[rng.permutation(len(held))].ravel()
        yield block


def random_agents_null(
    full: UtilityTable, kind: Kind, rng: np.random.Generator, *, offset: Offset = "none", draws: int = 999
) -> Null:
    """Fit independent normal columns, of the mean and variance of each agent's, to the target.

    Where rows come in groups an agent's numbers agree within a group more than between: so do the columns drawn. Drawn
    row by row they would spread over the rows more evenly than any agent's, fit worse, and prove what is not so.

    Args:
        full, kind, offset: as in `permutation_null`.
        rng: draws the columns.
        draws: how many sets of agents, 1 or more.

    Raises:
        ValueError: as `permutation_null`.
    """
    design = _design(full, kind, offset, draws)
    mean = design.mean(design.a)
    spread = _spread(design, mean)
    target = design.centred(design.t[:, None])[:, 0]
    found = []
    with one_thread():
        for begin in range(0, draws, BLOCK):
            made = [_random_moments(design, mean, spread, target, rng) for _ in range(min(BLOCK, draws - begin))]
            q, b = np.array([one for one, _ in made]), np.array([one for _, one in made])
            found.append(_best(q, b, design.kind, np.arange(len(made)), float(design.mean(target**2))))
        weighted = design.a * (design.own / design.own.sum())[:, None]
        observed = float(_errors((weighted.T @ design.a)[None], weighted, design, design.t[:, None])[0])
    within = "every agent by itself" + ("" if design.groups is None else ", between groups and within them")
    return _null("random agents", full, design, observed, np.concatenate(found), within)


def _design(full: UtilityTable, kind: Kind, offset: Offset, draws: int) -> _Design:
    checked_kind(kind)
    if draws < 1:
        raise ValueError(f"at least one draw is needed, not {draws}")
    own = row_weights(full, None)
    states = state_codes(full)[0] if checked_offset(offset) == "per state" else np.zeros(full.n, dtype=np.int64)
    # Weights that sum to one, and a free offset, do not feel a common level: taken off, nothing cancels.
    level = 0.0 if kind == "cone" and offset == "none" else full.level
    bare = _Design(
        kind=kind,
        offset=offset,
        a=full.utilities - level,
        t=full.target - level,
        own=np.ones(full.n) if own is None else own,
        states=states,
        groups=_shared(full),
    )
    return replace(bare, a=bare.centred(bare.a))


def _shared(full: UtilityTable) -> IntArray | None:
    if full.groups is None:
        return None
    groups = unit_of_rows(full.groups)
    return groups if 1 < int(groups.max()) + 1 < full.n else None


def _cells(full: UtilityTable, offset: Offset) -> tuple[IntArray, str]:
    """What targets are dealt out within: the number of every row's cell, and that in words."""
    groups = np.zeros(full.n, dtype=np.int64) if full.groups is None else unit_of_rows(full.groups)
    words = [] if full.groups is None else ["group"]
    if offset == "per state":
        codes, _ = state_codes(full)
        groups, words = groups * (int(codes.max()) + 1) + codes, [*words, "state"]
    return groups, "among the instances of each " + " and ".join(words) if words else "among all instances"


def _dealt(t: FloatArray, cells: IntArray, draws: int, rng: np.random.Generator) -> Iterator[FloatArray]:
    """Blocks of targets, n x draws, each a permutation within the cells."""
    place = np.argsort(cells, kind="stable")
    for begin in range(0, draws, BLOCK):
        block = np.empty((len(t), min(BLOCK, draws - begin)))
        for one in range(block.shape[1]):
            block[place, one] = t[np.lexsort((rng.random(len(t)), cells))]
        yield block


def _errors(q: FloatArray, weighted: FloatArray, design: _Design, targets: FloatArray) -> FloatArray:
    """Least mean squared error for each target, all with the same agents."""
    own = design.mean(design.centred(targets) ** 2)
    which = np.zeros(targets.shape[1], dtype=np.int64)
    return _best(q, (weighted.T @ targets).T, design.kind, which, own)


def _best(q: FloatArray, b: FloatArray, kind: Kind, which: IntArray, own: FloatArray | float) -> FloatArray:
    if kind == "affine":
        weights = np.array([affine_point(q[one], side) for one, side in zip(which, b, strict=True)])
    else:
        weights = minimise_many(q, b, total=kind == "simplex", which=which)
    carried = weights @ q[0] if len(q) == 1 else np.matmul(weights[:, None, :], q[which])[:, 0]
    found: FloatArray = (carried * weights).sum(axis=1) - 2.0 * (b * weights).sum(axis=1) + own
    return np.maximum(found, 0.0)


def _spread(design: _Design, mean: FloatArray) -> FloatArray:
    """How far every agent's numbers stray, (1, k); where there are groups between them and within them, (2, k).

    Between and within by analysis of variance: what means of groups stray by beyond what their rows explain. Means that
    were taken off took their share of the spread with them; they will be taken off what is drawn as well.
    """
    n, constants = len(design.a), int(design.states.max()) + 1
    whole = np.sqrt(np.maximum(design.mean(design.a**2) - mean**2, 0.0) * n / max(1, n - constants))
    if design.groups is None:
        return np.asarray(whole[None])
    sizes = np.bincount(design.groups)
    count = len(sizes)
    means = np.zeros((count, design.a.shape[1]))
    np.add.at(means, design.groups, design.a)
    means /= sizes[:, None]
    within = ((design.a - means[design.groups]) ** 2).sum(axis=0) / max(1, n - _levels(design.groups, design.states))
    between = (sizes[:, None] * (means - design.a.mean(axis=0)) ** 2).sum(axis=0) / (count - 1)
    each = (n - float(sizes @ sizes) / n) / (count - 1)
    apart = np.maximum(between - within, 0.0) / each
    found: FloatArray = np.sqrt(np.array([apart, np.where(apart > 0.0, within, whole**2)]))
    return found


def _levels(groups: IntArray, states: IntArray) -> int:
    """How many numbers a level for every group and every state takes: groups and states less what hangs together."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    first = int(groups.max()) + 1
    size = first + int(states.max()) + 1
    shared = coo_matrix((np.ones(len(groups)), (groups, first + states)), shape=(size, size))
    return int(size - connected_components(shared, directed=False)[0])


def _random_moments(
    design: _Design, mean: FloatArray, spread: FloatArray, target: FloatArray, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Second moments of random agents, and with the target; without drawing rows where these count the same.

    In a basis whose first vectors are the ones (where there is no offset) and the target, the rest of n normal rows is
    a Wishart matrix, drawn by Bartlett's factor.
    """
    n, k = design.a.shape
    if np.ptp(design.own) > 0 or (design.groups is not None and design.offset == "per state"):
        drawn = mean + spread[-1] * rng.standard_normal((n, k))
        if design.groups is not None:
            drawn += (spread[0] * rng.standard_normal((int(design.groups.max()) + 1, k)))[design.groups]
        a = design.centred(drawn)
        weighted = a * (design.own / design.own.sum())[:, None]
        return weighted.T @ a, weighted.T @ target
    if design.groups is not None:
        return _grouped_moments(design, mean, spread, target, rng)
    spread = spread[-1]
    taken = {"none": 1, "free": 1, "per state": int(design.states.max()) + 1}[design.offset]
    flat = float(target.mean()) if design.offset == "none" else 0.0
    length = float(np.linalg.norm(target - flat))
    rows = [spread * rng.standard_normal(k)] if length > 0 else []
    ones = np.sqrt(n) * mean + spread * rng.standard_normal(k)
    rest = spread * _root(n - taken - len(rows), k, rng)
    if design.offset == "none":
        rows.append(ones)
    a = np.vstack([*rows, rest])
    b = (rows[0] * length if length > 0 else 0.0) + (ones * np.sqrt(n) * flat if design.offset == "none" else 0.0)
    return a.T @ a / n, np.broadcast_to(b / n, (k,))


def _grouped_moments(
    design: _Design, mean: FloatArray, spread: FloatArray, target: FloatArray, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """The same with groups: a row for the mean of each, one along what the target has within them, and the rest."""
    groups, (n, k) = design.groups, design.a.shape
    assert groups is not None
    sizes = np.bincount(groups)
    level = np.bincount(groups, weights=target) / sizes
    length, root = float(np.linalg.norm(target - level[groups])), np.sqrt(sizes)[:, None]
    apart, inside = spread
    means = mean + apart * rng.standard_normal((len(sizes), k)) + inside * rng.standard_normal((len(sizes), k)) / root
    if design.offset == "free":
        means = means - sizes @ means / n
    along = inside * rng.standard_normal((int(length > 0), k))
    rest = inside * _root(n - len(sizes) - len(along), k, rng)
    a = np.vstack([root * means, along, rest])
    b = (sizes * level) @ means + along.sum(axis=0) * length
    return a.T @ a / n, b / n


def _root(rows: int, k: int, rng: np.random.Generator) -> FloatArray:
    """A matrix whose square is that of `rows` x k independent standard normal numbers."""
    if rows <= k:
        return rng.standard_normal((max(rows, 0), k))
    root = np.triu(rng.standard_normal((k, k)), 1)
    root[np.diag_indices(k)] = np.sqrt(rng.chisquare(rows - np.arange(k)))
    return root


def _null(name: NullName, full: UtilityTable, design: _Design, observed: float, found: FloatArray, within: str) -> Null:
    scale = float(design.mean(design.t**2))
    as_good = int((found <= observed + TIE * observed + ROUNDING * scale).sum())
    return Null(
        name=name,
        kind=design.kind,
        offset=design.offset,
        observed=observed,
        typical=float(np.median(found)),
        low=float(np.quantile(found, 0.05)),
        as_good=as_good,
        draws=len(found),
        p=(1 + as_good) / (1 + len(found)),
        within=within,
        n=full.n,
        k=full.k,
        excluded=full.excluded,
    )
