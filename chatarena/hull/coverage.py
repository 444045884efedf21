"""How much hangs on single agents: the gap after agents leave, and how many may leave before the person is outside.

Law: only an agent that carries weight can be missed. Whoever carries none in some best combination leaves the least
largest error as it is, so worst deletions are found along carriers: exactly, with far fewer programs than there are
sets of agents.

k-robust coverage and depth: Collina, Goel, Roth and Sengupta (2609.15803). Theory: docs/theory/hull.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from chatarena.hull.fit import weights_of
from chatarena.hull.kinds import FloatArray, Kind, Offset, checked_offset
from chatarena.hull.reduction import Factor, columns, factor, rounding
from chatarena.hull.sup import TOLERANCE, SupFit, sup_fit
from chatarena.hull.table import UtilityTable, select

EXACT_DELETIONS = 2
SAMPLES = 100
PROGRAMS = 2_000

Removed = frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Robustness:
    """The largest gap that the absence of `deleted` agents can cause; `gap` is the one with all of them.

    Where `exact` is False it is the largest that was found in `samples` draws (`seed` tells which), and the true one
    may be larger. `programs` counts linear programs solved.
    """

    kind: Kind
    offset: Offset
    deleted: int
    gap: float
    worst_gap: float
    worst: tuple[str, ...]
    exact: bool
    method: str
    samples: int
    seed: str | None
    programs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """How many agents may be missing, whichever they are, before the gap exceeds epsilon.

    `depth` is None where it does so with all agents present. `breaking` are agents, one more than `depth`, without
    whom it does; empty where none were found before the limit of programs, and then `depth` is a lower bound.
    """

    kind: Kind
    offset: Offset
    epsilon: float
    depth: int | None
    exact: bool
    breaking: tuple[str, ...]
    programs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """What is left of the target without some agents: least largest error, and least mean squared error."""

    name: str
    agents: tuple[str, ...]
    gap_sup: float
    mse: float
    gap_sup_change: float
    mse_change: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorBudget:
    """Largest error of a combination of agents whose utilities are known only up to an error themselves.

    total = gap + noise, noise = sum_i |w_i| times that agent's error: large weights amplify it.
    """

    gap: float
    weight_sum: float
    noise: float
    total: float


class _Gaps:
    """Least largest errors without some agents, each solved once."""

    def __init__(self, full: UtilityTable, kind: Kind, offset: Offset) -> None:
        self.full, self.kind, self.offset = full, kind, offset
        self._known: dict[Removed, tuple[float, tuple[int, ...]]] = {}

    @property
    def programs(self) -> int:
        """How many were solved."""
        return len(self._known)

    def without(self, removed: Removed) -> tuple[float, tuple[int, ...]]:
        """The gap and who carries weight then."""
        if removed not in self._known:
            stay = [i for i in range(self.full.k) if i not in removed]
            best: SupFit = sup_fit(select(self.full, agents=stay), self.kind, offset=self.offset)
            self._known[removed] = best.gap_sup, tuple(stay[i] for i, w in enumerate(best.weights) if w != 0.0)
        return self._known[removed]

    def worst(self, removed: Removed, more: int) -> tuple[float, Removed]:
        """The largest gap after `more` further deletions, all of them tried that can matter."""
        gap, carriers = self.without(removed)
        if more == 0 or not carriers:
            return gap, removed
        found = [self.worst(removed | {agent}, more - 1) for agent in carriers]
        return max(found, key=lambda pair: pair[0])

    def names(self, removed: Removed) -> tuple[str, ...]:
        """Who that is."""
        return tuple(self.full.agents[i] for i in sorted(removed))


def robustness(
    full: UtilityTable,
    kind: Kind,
    *,
    offset: Offset = "none",
    deleted: int = 1,
    rng: np.random.Generator | None = None,
    samples: int = SAMPLES,
) -> Robustness:
    """The gap after the worst deletion of some agents.

    Args:
        full: the table.
        kind: simplex, cone or affine.
        offset: none, free or per state.
        deleted: how many agents leave; exact up to 2, beyond that the worst of random deletions along carriers.
        rng: needed beyond 2.
        samples: how many deletions are drawn beyond 2.

    Raises:
        ValueError: no agent would be left, or no generator where one is needed.
        ArenaError: a linear program was not solved.
    """
    if not 0 <= deleted < full.k:
        raise ValueError(f"of {full.k} agents between 0 and {full.k - 1} can be deleted, not {deleted!r}")
    gaps = _Gaps(full, kind, offset)
    exact = deleted <= EXACT_DELETIONS
    if exact:
        worst_gap, removed = gaps.worst(frozenset(), deleted)
        method, seed = "every deletion of agents that carry weight", None
    elif rng is None:
        raise ValueError(f"more than {EXACT_DELETIONS} deletions are sampled: pass a generator as rng")
    else:
        seed = _seed_of(rng)
        worst_gap, removed = max((_descent(gaps, deleted, rng) for _ in range(samples)), key=lambda pair: pair[0])
        method = "random deletions of agents that carry weight"
    return Robustness(
        kind=kind,
        offset=offset,
        deleted=deleted,
        gap=gaps.without(frozenset())[0],
        worst_gap=worst_gap,
        worst=gaps.names(removed),
        exact=exact,
        method=method,
        samples=0 if exact else samples,
        seed=seed,
        programs=gaps.programs,
    )


def depth(full: UtilityTable, kind: Kind, *, offset: Offset = "none", epsilon: float, most: int = PROGRAMS) -> Depth:
    """How many agents may be missing before the person is outside.

    Args:
        full: the table.
        kind: simplex, cone or affine.
        offset: none, free or per state.
        epsilon: the gap up to which she is inside, >= 0.
        most: how many linear programs may be solved; deciding depth is hard in general.

    Raises:
        ValueError: epsilon is negative or not finite.
        ArenaError: a linear program was not solved.
    """
    if not (math.isfinite(epsilon) and epsilon >= 0.0):
        raise ValueError(f"epsilon must be finite and >= 0, not {epsilon!r}")
    gaps = _Gaps(full, kind, offset)
    bound = epsilon + TOLERANCE * max(1.0, float(np.ptp(full.target)) / 2.0)
    level: list[Removed] = [frozenset()]
    for missing in range(full.k):
        wider: set[Removed] = set()
        for removed in level:
            if gaps.programs >= most:
                return _depth(gaps, epsilon, missing - 1, exact=False)
            gap, carriers = gaps.without(removed)
            if gap > bound:
                return _depth(gaps, epsilon, missing - 1, exact=True, breaking=removed)
            wider |= {removed | {agent} for agent in carriers}
        if not wider:
            break
        level = sorted(wider, key=sorted)
    # Nothing that anybody carries is needed: the offset alone, or any one agent, does.
    return _depth(gaps, epsilon, full.k - 1, exact=True)


def leave_out(
    full: UtilityTable, kind: Kind, *, offset: Offset = "none", parts: Mapping[str, Sequence[str]] | None = None
) -> tuple[LeftOut, ...]:
    """The fit without each agent, or without each part of the cast (all agents of one provider).

    Args:
        full: the table.
        kind: simplex, cone or affine.
        offset: none, free or per state.
        parts: agents' names by the name of the part; None leaves agents out one by one.

    Raises:
        ValueError: an agent that is not in the table, or a part that is everybody.
        ArenaError: a linear program was not solved.
    """
    named = {agent: (agent,) for agent in full.agents} if parts is None else parts
    place = {agent: i for i, agent in enumerate(full.agents)}
    unknown = [agent for part in named.values() for agent in part if agent not in place]
    if unknown:
        raise ValueError(f"not in the table: {', '.join(unknown)}")
    gaps = _Gaps(full, kind, offset)
    a, r = columns(reduced := factor(full, per_state=checked_offset(offset) == "per state"), kind, offset)
    whole_gap, whole_mse = gaps.without(frozenset())[0], _mse(a, r, kind, reduced)
    found = []
    for name, part in named.items():
        removed = frozenset(place[agent] for agent in part)
        stay = [i for i in range(full.k) if i not in removed]
        if not stay:
            raise ValueError(f"without {name!r} no agent is left")
        gap, mse = gaps.without(removed)[0], _mse(a[:, stay], r, kind, reduced)
        found.append(
            LeftOut(
                name=name,
                agents=tuple(part),
                gap_sup=gap,
                mse=mse,
                gap_sup_change=gap - whole_gap,
                mse_change=mse - whole_mse,
            )
        )
    return tuple(found)


def error_budget(gap: float, weights: Sequence[float], errors: float | Sequence[float]) -> ErrorBudget:
    """What a combination is off by at most, where each agent's utility is itself known up to an error.

    Args:
        gap: largest error of the combination of the utilities as measured, >= 0.
        weights: one per agent.
        errors: largest error of each agent's utilities, or one for all, >= 0.

    Raises:
        ValueError: a negative or non-finite number, or another number of errors than of weights.

    Source: (eps, Lambda)-covers in Collina, Goel, Roth and Sengupta (2609.15803).
    """
    w: FloatArray = np.asarray(weights, dtype=np.float64)
    e: FloatArray = np.asarray(errors, dtype=np.float64)
    if e.ndim and e.shape != w.shape:
        raise ValueError(f"{e.size} errors for {w.size} weights")
    e = np.broadcast_to(e, w.shape)
    if not (np.isfinite(w).all() and np.isfinite(e).all() and (e >= 0).all() and math.isfinite(gap) and gap >= 0):
        raise ValueError("gap and errors must be finite and >= 0, and weights finite")
    noise = float(np.abs(w) @ e)
    return ErrorBudget(gap=float(gap), weight_sum=float(np.abs(w).sum()), noise=noise, total=float(gap) + noise)


def _descent(gaps: _Gaps, deleted: int, rng: np.random.Generator) -> tuple[float, Removed]:
    removed: Removed = frozenset()
    for _ in range(deleted):
        carriers = gaps.without(removed)[1]
        if not carriers:
            break
        removed = removed | {carriers[int(rng.integers(len(carriers)))]}
    return gaps.without(removed)[0], removed


def _depth(gaps: _Gaps, epsilon: float, missing: int, *, exact: bool, breaking: Removed = frozenset()) -> Depth:
    return Depth(
        kind=gaps.kind,
        offset=gaps.offset,
        epsilon=float(epsilon),
        depth=missing if missing >= 0 else None,
        exact=exact,
        breaking=gaps.names(breaking),
        programs=gaps.programs,
    )


def _mse(a: FloatArray, r: FloatArray, kind: Kind, reduced: Factor) -> float:
    left = a @ weights_of(a, r, kind, noise=rounding(reduced)) - r
    return float(left @ left) / reduced.total


def _seed_of(rng: np.random.Generator) -> str:
    sequence = rng.bit_generator.seed_seq
    return f"entropy {getattr(sequence, 'entropy', None)}, spawn key {getattr(sequence, 'spawn_key', ())}"
