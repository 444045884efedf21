"""The theorem's epsilon: the least largest error of any combination of the agents, with a proof of both its sides.

    min over w and c of the largest |sum_i w_i U_i + c - u| over instances

From above it is attained by weights. From below a signed measure over instances proves it: whatever the weights, the
residual's integral against a measure of total mass one cannot exceed its largest value (linear programming duality).
Law: `gap_sup` and `lower` are both recomputed from the table, not taken from the solver; their difference is stated.

Rows enter the program as they are violated, agents as they are worth it. Theory: docs/theory/hull.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from chatarena.hull.exchange import GrowingProgram, Vertex
from chatarena.hull.fit import Carrier
from chatarena.hull.kinds import BoolArray, FloatArray, IntArray, Kind, Offset, checked_kind, checked_offset
from chatarena.hull.moments import moments
from chatarena.hull.problem import Problem, problem_of
from chatarena.hull.quadratic import minimise
from chatarena.hull.sides import both_sides, measure_of, refined
from chatarena.hull.table import Excluded, UtilityTable, select
from chatarena.hull.threads import one_thread

# Certified difference of both sides, as a share of half the target's range (at least 1).
TOLERANCE = 1e-9
# Rows for each agent from which the weights to start from are made; more make a better start, and cost a pass.
SAMPLE = 16
# So many agents at first; others are let in as they are worth it. More at once cost more than they save.
AGENTS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """Signed mass on one instance."""

    row: int
    instance: str
    mass: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SupFit:
    """Weights of least largest error, and the measure that proves there are no better ones.

    `gap_sup` is the largest error of these weights. `lower` is proved by `measure`: no weights of this kind do better
    (in the cone: none that sum to at most `weight_limit`, which matters by rounding only and is None elsewhere).
    Masses sum to one in absolute value; to zero, or to zero in every state, where the offset is free.
    """

    kind: Kind
    offset: Offset
    norm: Literal["largest error"] = "largest error"
    method: str = "linear program by exchange of rows and agents, HiGHS dual simplex"
    agents: tuple[str, ...]
    weights: tuple[float, ...]
    offset_values: tuple[float, ...]
    states: tuple[str, ...]
    gap_sup: float
    lower: float
    measure: tuple[Charge, ...]
    weight_limit: float | None
    carriers: tuple[Carrier, ...]
    n: int
    k: int
    rows_used: int
    rounds: int
    excluded: tuple[Excluded, ...]


def sup_fit(full: UtilityTable, kind: Kind, *, offset: Offset = "none") -> SupFit:
    """The least largest error over all instances, whatever weight an instance has in a mean.

    Args:
        full: the table.
        kind: simplex, cone or affine.
        offset: none, free or per state.

    Raises:
        ValueError: an unknown kind or offset, or an offset per state without states.
        ArenaError: the linear program was not solved.
    """
    with one_thread():
        return _exchange(problem_of(full, checked_kind(kind), checked_offset(offset)))


def _exchange(problem: Problem) -> SupFit:
    full, tolerance = problem.full, TOLERANCE * problem.scale
    weights = _start(problem)
    program, first = GrowingProgram(problem.kind), _first_agents(problem, weights)
    program.add_agents(first, np.zeros((0, len(first))))
    used = np.zeros((2, full.n), dtype=np.bool_)
    deviations = problem.deviations(weights)
    best = (float(np.abs(deviations).max()), weights)
    _add_rows(problem, program, used, deviations, -1.0, min(2 * full.k, 20 + 3 * int(np.count_nonzero(weights))))
    rounds = 0
    while True:
        rounds += 1
        vertex = program.solve()
        wanted = _worth_adding(problem, program, vertex, tolerance)
        weights = problem.weights(program.agents, vertex.weights)
        deviations = problem.deviations(weights)
        largest = float(np.abs(deviations).max())
        if largest < best[0]:
            best = largest, weights
        if not len(wanted) and best[0] - vertex.eps <= tolerance / 8.0:
            break
        added = _add_rows(problem, program, used, deviations, vertex.eps, max(50, full.k // 2))
        program.add_agents(wanted, problem.coefficients(program.rows, wanted))
        if not len(wanted) and not added:
            break
    return _certified(problem, program, vertex, best[1], rounds)


def _start(problem: Problem) -> FloatArray:
    """Weights of least mean square on some of the rows."""
    full = problem.full
    if problem.kind == "affine":
        return problem.base
    step = -(-full.n // (SAMPLE * full.k))
    # States are left whole or not taken off at all: this is only where the search starts.
    offset: Offset = "none" if problem.offset == "none" else "free"
    part = full if step == 1 else select(full, rows=np.arange(0, full.n, step))
    return minimise(moments(part), problem.kind, offset)


def _first_agents(problem: Problem, weights: FloatArray) -> IntArray:
    k = problem.full.k
    if problem.kind == "affine" or k <= 2 * AGENTS:
        return np.arange(problem.width)
    carriers = np.flatnonzero(weights)
    if len(carriers) >= AGENTS:
        return carriers
    rest = np.setdiff1d(np.arange(k), carriers)
    error = np.abs(problem.deviations(weights))
    rows = np.argsort(-error, kind="stable")[:AGENTS]
    pull = np.sign(problem.deviations(weights)[rows]) @ problem.coefficients(rows, rest)
    return np.union1d(carriers, rest[np.argsort(pull, kind="stable")[: AGENTS - len(carriers)]])


def _add_rows(
    problem: Problem, program: GrowingProgram, used: BoolArray, deviations: FloatArray, eps: float, most: int
) -> int:
    """Let the most violated rows in; returns how many."""
    error = np.abs(deviations)
    side = (deviations < 0.0).astype(np.int64)
    over = error > eps + TOLERANCE * problem.scale / 16.0
    candidates = np.flatnonzero(over)
    candidates = candidates[~used[side[candidates], candidates]]
    if len(candidates) > most:
        candidates = candidates[np.argpartition(-error[candidates], most - 1)[:most]]
    if len(candidates):
        used[side[candidates], candidates] = True
        program.add_rows(
            candidates,
            np.where(side[candidates] == 1, -1.0, 1.0),
            problem.coefficients(candidates, program.agents),
            problem.right(candidates),
            problem.state_of(candidates),
        )
    return len(candidates)


def _worth_adding(problem: Problem, program: GrowingProgram, vertex: Vertex, tolerance: float) -> IntArray:
    """Agents outside the program that would lower eps, judged by the duals."""
    outside = np.setdiff1d(np.arange(problem.width), program.agents)
    active = np.flatnonzero(vertex.duals > 0.0)
    if not len(outside) or not len(active):
        return outside[:0]
    masses = vertex.duals[active] * program.signs[active]
    price = masses @ problem.coefficients(program.rows[active], outside)
    least = vertex.eps if problem.kind == "simplex" else 0.0
    worth = np.flatnonzero(price < least - tolerance / 8.0)
    return outside[worth[np.argsort(price[worth], kind="stable")[:AGENTS]]]


def _certified(problem: Problem, program: GrowingProgram, vertex: Vertex, weights: FloatArray, rounds: int) -> SupFit:
    full = problem.full
    rows, masses = measure_of(problem, program.rows, vertex.duals * program.signs)
    sides = both_sides(problem, weights, rows, masses)
    if sides.gap - sides.lower > TOLERANCE / 100.0:
        sides = refined(problem, sides)
    order = np.argsort(-np.abs(sides.weights), kind="stable")
    return SupFit(
        kind=problem.kind,
        offset=problem.offset,
        agents=full.agents,
        weights=tuple(map(float, sides.weights)),
        offset_values=tuple(map(float, sides.offsets)),
        states=problem.states,
        gap_sup=sides.gap,
        lower=max(0.0, sides.lower),
        measure=tuple(
            Charge(row=int(row), instance=full.label(int(row)), mass=float(mass))
            for row, mass in zip(sides.rows, sides.masses, strict=True)
        ),
        weight_limit=sides.limit,
        carriers=tuple(
            Carrier(agent=full.agents[i], weight=float(sides.weights[i])) for i in order if sides.weights[i] != 0
        ),
        n=full.n,
        k=full.k,
        rows_used=len(program.rows),
        rounds=rounds,
        excluded=full.excluded,
    )
