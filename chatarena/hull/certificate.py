"""Inside, with weights; or outside, with a direction that every agent follows and the person does not.

Law: every certificate is checked by substitution into the table before it leaves this module.

Outside: a signed measure m over instances, of total mass one, and summing to zero (in every state) where the offset is
free, so that constants cancel. For every combination of the agents m . (sum_i w_i U_i + c) >= threshold, and for the
person m . u = threshold - margin: so no combination is nearer to u than the margin anywhere. This is linear programming
duality; the same alternative decides coverage by reviewers in Collina, Goel, Roth and Sengupta (2609.15803).

Theory: docs/theory/hull.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from chatarena.errors import ArenaError
from chatarena.hull.carriers import caratheodory
from chatarena.hull.degenerate import Finding, findings
from chatarena.hull.fit import Carrier
from chatarena.hull.kinds import FloatArray, IntArray, Kind, Offset
from chatarena.hull.problem import problem_of
from chatarena.hull.reduction import columns, factor
from chatarena.hull.sup import TOLERANCE, Charge, SupFit, sup_fit
from chatarena.hull.table import Excluded, UtilityTable, state_codes
from chatarena.hull.threads import one_thread


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """Weights and offset whose largest error `gap` is at most epsilon; `lower` is what no weights can beat.

    `sparse` attains `sparse_gap`, the same up to rounding, with at most rank + 1 agents. `warnings` says where being
    inside is no news.
    """

    verdict: Literal["inside"] = "inside"
    kind: Kind
    offset: Offset
    norm: Literal["largest error"] = "largest error"
    epsilon: float
    gap: float
    lower: float
    agents: tuple[str, ...]
    weights: tuple[float, ...]
    offset_values: tuple[float, ...]
    states: tuple[str, ...]
    carriers: tuple[Carrier, ...]
    sparse: tuple[Carrier, ...]
    sparse_gap: float
    rank: int
    n: int
    k: int
    excluded: tuple[Excluded, ...]
    warnings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """A direction that separates the person from every combination of the agents by `margin` > epsilon.

    `agent_values` are m . U_i: all at least `threshold` (all equal to it where weights may have any sign; in the cone
    the threshold is 0). `person_value` is m . u = threshold - margin. `gap` is what the best weights attain.
    """

    verdict: Literal["outside"] = "outside"
    kind: Kind
    offset: Offset
    norm: Literal["largest error"] = "largest error"
    epsilon: float
    gap: float
    margin: float
    direction: tuple[Charge, ...]
    agents: tuple[str, ...]
    agent_values: tuple[float, ...]
    threshold: float
    person_value: float
    weights: tuple[float, ...]
    n: int
    k: int
    excluded: tuple[Excluded, ...]
    warnings: tuple[Finding, ...]


def certify(full: UtilityTable, kind: Kind, *, offset: Offset = "none", epsilon: float = 0.0) -> Inside | Outside:
    """Whether some combination is within epsilon of the target on every instance, with a proof either way.

    Args:
        full: the table.
        kind: simplex, cone or affine.
        offset: none, free or per state.
        epsilon: largest error that still counts as inside, >= 0, in the unit of the utilities; differences of
            1e-9 (per half range of the target, at least 1) are rounding and never make an outside.

    Raises:
        ValueError: a negative epsilon, an unknown kind or offset, or an offset per state without states.
        ArenaError: the linear program was not solved, or a certificate failed its check.
    """
    return certificate_of(sup_fit(full, kind, offset=offset), full, epsilon=epsilon)


def certificate_of(best: SupFit, full: UtilityTable, *, epsilon: float = 0.0) -> Inside | Outside:
    """As `certify`, from a solved linear program of the same table."""
    if not (math.isfinite(epsilon) and epsilon >= 0.0):
        raise ValueError(f"epsilon must be finite and >= 0, not {epsilon!r}")
    with one_thread():
        return _decided(best, full, epsilon)


def _decided(best: SupFit, full: UtilityTable, epsilon: float) -> Inside | Outside:
    reduced = factor(full, per_state=best.offset == "per state")
    warnings = findings(reduced, best.kind, best.offset, full.agents, states=len(best.states), groups=full.groups)
    rounding = TOLERANCE * max(1.0, float(np.ptp(full.target)) / 2.0)
    if best.lower > epsilon + rounding:
        return _outside(best, full, epsilon, warnings)
    a, _ = columns(reduced, best.kind, best.offset)
    return _inside(best, full, a, epsilon, warnings)


def _inside(best: SupFit, full: UtilityTable, a: FloatArray, epsilon: float, warnings: tuple[Finding, ...]) -> Inside:
    weights = np.array(best.weights)
    fewer = caratheodory(a, weights, total=best.kind != "cone")
    problem = problem_of(full, best.kind, best.offset)
    sparse_gap = float(np.abs(problem.exact(fewer)[0]).max())
    if sparse_gap > best.gap_sup + TOLERANCE * max(1.0, best.gap_sup):
        fewer, sparse_gap = weights, best.gap_sup
    attained = float(np.abs(problem.exact(weights)[0]).max())
    _check(abs(attained - best.gap_sup) <= TOLERANCE * max(1.0, best.gap_sup), "weights")
    values = np.linalg.svd(a, compute_uv=False)
    order = np.argsort(-np.abs(fewer), kind="stable")
    return Inside(
        kind=best.kind,
        offset=best.offset,
        epsilon=float(epsilon),
        gap=best.gap_sup,
        lower=best.lower,
        agents=full.agents,
        weights=best.weights,
        offset_values=best.offset_values,
        states=best.states,
        carriers=best.carriers,
        sparse=tuple(Carrier(agent=full.agents[i], weight=float(fewer[i])) for i in order if fewer[i] != 0),
        sparse_gap=sparse_gap,
        rank=int((values > TOLERANCE * values[0]).sum()) if values[0] > 0 else 0,
        n=full.n,
        k=full.k,
        excluded=full.excluded,
        warnings=warnings,
    )


def _outside(best: SupFit, full: UtilityTable, epsilon: float, warnings: tuple[Finding, ...]) -> Outside:
    rows = np.array([charge.row for charge in best.measure])
    masses = np.array([charge.mass for charge in best.measure])
    # From differences, so that a common level does not round the margin away.
    gains = masses @ (full.utilities[rows] - full.target[rows][:, None])
    person = float(masses @ full.target[rows])
    values = gains + person
    threshold = {"simplex": float(values.min()), "cone": 0.0, "affine": float(values.mean())}[best.kind]
    margin = best.lower
    slack = TOLERANCE * max(1.0, float(np.abs(masses @ full.utilities[rows]).max()), abs(person))
    _check(abs(float(np.abs(masses).sum()) - 1.0) <= TOLERANCE, "total mass")
    _check(_cancels(best, full, rows, masses), "constants")
    _check(bool((values >= threshold - slack).all()), "agents")
    _check(best.kind != "affine" or bool((values <= threshold + slack).all()), "agents")
    _check(person <= threshold - margin + slack and margin > epsilon, "margin")
    return Outside(
        kind=best.kind,
        offset=best.offset,
        epsilon=float(epsilon),
        gap=best.gap_sup,
        margin=margin,
        direction=tuple(sorted(best.measure, key=lambda charge: -abs(charge.mass))),
        agents=full.agents,
        agent_values=tuple(map(float, values)),
        threshold=threshold,
        person_value=person,
        weights=best.weights,
        n=full.n,
        k=full.k,
        excluded=full.excluded,
        warnings=warnings,
    )


def _cancels(best: SupFit, full: UtilityTable, rows: IntArray, masses: FloatArray) -> bool:
    if best.offset == "none":
        return True
    groups = state_codes(full)[0][rows] if best.offset == "per state" else np.zeros(len(rows), dtype=np.int64)
    return bool((np.abs(np.bincount(groups, weights=masses)) <= TOLERANCE).all())


def _check(holds: bool, what: str) -> None:
    if not holds:
        raise ArenaError(
            f"the certificate does not stand the test of its {what}",
            remedy="Bring the utilities to one scale, for instance 0 to 1, and look for numbers that are far off.",
        )
