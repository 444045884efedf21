"""Both sides of the least largest error, recomputed from the table: weights attain it, a measure proves it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chatarena.hull.kinds import FloatArray, IntArray
from chatarena.hull.problem import Problem

CORRECTIONS = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sides:
    """Weights and offsets with their largest error `gap`, and a measure (rows, masses) that proves at least `lower`.

    What it proves holds for weights that sum to at most `limit`, for all where that is None.
    """

    weights: FloatArray
    offsets: FloatArray
    gap: float
    residuals: FloatArray
    rows: IntArray
    masses: FloatArray
    lower: float
    limit: float | None


def both_sides(problem: Problem, weights: FloatArray, rows: IntArray, masses: FloatArray) -> Sides:
    """What weights attain and what a measure proves."""
    left, offsets = problem.exact(weights)
    gap = float(np.abs(left).max())
    limit = 2.0 * float(weights.sum()) + 1.0 if problem.kind == "cone" else None
    return Sides(
        weights=weights,
        offsets=offsets,
        gap=gap,
        residuals=left,
        rows=rows,
        masses=masses,
        lower=min(gap, _proved(problem, rows, masses, gap, limit)),
        limit=limit,
    )


def measure_of(problem: Problem, rows: IntArray, masses: FloatArray) -> tuple[IntArray, FloatArray]:
    """Signed masses as a measure: one per row, balanced in every state with an offset, of total mass one."""
    dense = np.zeros(problem.full.n)
    np.add.at(dense, rows, masses)
    found = np.flatnonzero(dense)
    mass, states = dense[found], problem.state_of(found)
    if states is not None and len(states):
        # Rounding leaves a hair on one side; the heavier side gives it up, so that constants cancel.
        up = np.bincount(states, weights=np.maximum(mass, 0.0))
        down = np.bincount(states, weights=np.maximum(-mass, 0.0))
        own = np.where(mass > 0, up[states], down[states])
        mass = mass * np.minimum(up, down)[states] / own
    total, kept = np.abs(mass).sum(), mass != 0
    return found[kept], mass[kept] / total if total > 0 else mass[kept]


def refined(problem: Problem, sides: Sides) -> Sides:
    """The same vertex with its last digits solved for: what the solver's tolerances left is corrected.

    The shortest change of the measure that lets all carriers have one value, and of the weights that lets all charged
    rows have one error; taken where it proves or attains more.
    """
    # Where weights have any sign the program is solved in orthogonal coordinates and needs none.
    for _ in range(CORRECTIONS if problem.kind != "affine" else 0):
        before = sides.gap - sides.lower
        if len(sides.rows):
            sides = _corrected(problem, sides)
        if not sides.gap - sides.lower < before / 2.0:
            break
    return sides


def _corrected(problem: Problem, sides: Sides) -> Sides:
    rows, masses = measure_of(problem, sides.rows, _corrected_masses(problem, sides))
    weights = _corrected_weights(problem, sides)
    tries = [sides, *(both_sides(problem, w, rows, masses) for w in (sides.weights, weights) if w is not None)]
    low, high = max(tries, key=lambda one: one.lower), min(tries, key=lambda one: one.gap)
    return both_sides(problem, high.weights, low.rows, low.masses)


def _corrected_masses(problem: Problem, sides: Sides) -> FloatArray:
    carriers = np.flatnonzero(sides.weights)
    values = problem.of_agents(sides.rows, carriers)
    level = 0.0 if problem.kind == "cone" else 1.0
    states = problem.state_of(sides.rows)
    parts = [np.column_stack([values.T, np.full(len(carriers), -level)])]
    parts.append(np.append(np.sign(sides.masses), 0.0)[None, :])
    if states is not None:
        each = (np.unique(states)[:, None] == states[None, :]).astype(float)
        parts.append(np.column_stack([each, np.zeros(len(each))]))
    system = np.vstack(parts)
    have = np.append(sides.masses, float(np.mean(sides.masses @ values)) * level if len(carriers) else 0.0)
    want = np.zeros(len(system))
    want[len(carriers)] = 1.0
    change = np.linalg.lstsq(system, want - system @ have, rcond=None)[0]
    corrected = sides.masses + change[:-1]
    return np.where(np.sign(corrected) == np.sign(sides.masses), corrected, sides.masses)


def _corrected_weights(problem: Problem, sides: Sides) -> FloatArray | None:
    carriers = np.flatnonzero(sides.weights)
    signs = np.sign(sides.masses)
    parts = [problem.of_agents(sides.rows, carriers), -signs[:, None]]
    states = problem.state_of(sides.rows)
    if states is not None:
        parts.append((states[:, None] == np.unique(states)[None, :]).astype(float))
    system = np.hstack(parts)
    wrong = signs * sides.gap - sides.residuals[sides.rows]
    if problem.kind != "cone":
        sums = np.zeros((1, system.shape[1]))
        sums[0, : len(carriers)] = 1.0
        system, wrong = np.vstack([system, sums]), np.append(wrong, 0.0)
    weights = sides.weights.copy()
    weights[carriers] += np.linalg.lstsq(system, wrong, rcond=None)[0][: len(carriers)]
    if problem.kind != "affine" and (weights < 0.0).any():
        return None
    return weights if problem.kind == "cone" else weights / weights.sum()


def _proved(problem: Problem, rows: IntArray, masses: FloatArray, gap: float, limit: float | None) -> float:
    """What the measure proves about every combination of the kind."""
    if not len(rows):
        return 0.0
    values = masses @ problem.of_agents(rows)
    if problem.directions is not None:
        # A step of length |z| from the weights of least mean square leaves at least |z|, so longer ones than the gap
        # are no better, and shorter ones change what the measure sees by rounding.
        moved = float(np.linalg.norm(masses @ problem.coefficients(rows, np.arange(problem.width))))
        return float(-masses @ problem.right(rows)) - gap * moved
    if limit is None:
        return float(values.min())
    return float(-masses @ problem.right(rows)) - limit * max(0.0, float(-values.min()))
