"""One table, one question, everything that bears on it: fit, proof, held-out errors, curve, bootstrap, nulls, verdict.

Law: what was not made is listed with its reason; a number that does not exist is never filled in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from chatarena.errors import ArenaError
from chatarena.hull.alarms import Evidence, Norm, Unit
from chatarena.hull.bootstrap import Bootstrap
from chatarena.hull.bootstrap import bootstrap as resample
from chatarena.hull.certificate import Inside, Outside, certificate_of
from chatarena.hull.curve import Curve, learning_curve
from chatarena.hull.degenerate import Finding, exact_by_construction
from chatarena.hull.fit import Fit, fit
from chatarena.hull.heldout import HeldOut, held_out
from chatarena.hull.kinds import Kind, Offset
from chatarena.hull.null import Null, permutation_null, random_agents_null, undealt
from chatarena.hull.reduction import factor
from chatarena.hull.residuals import half_range
from chatarena.hull.sentences import in_words
from chatarena.hull.splits import Splits, k_fold, unit_of_rows
from chatarena.hull.sup import SupFit, sup_fit
from chatarena.hull.table import Excluded, UtilityTable, state_codes
from chatarena.hull.verdict import TOLERANCE, Verdict, verdict

NOT_ASKED = "not asked for"
ONE_INSTANCE = "there is one instance: nothing can be kept out or drawn anew"
SHARED_STATES = (
    "a state's constant is set anew where it is kept out, so states must be kept out whole, and here the groups share"
    " them"
)

Plain: TypeAlias = "dict[str, Plain] | list[Plain] | str | int | float | bool | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A part of the analysis that was not made, and why."""

    what: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """Everything found about one table for one kind, norm and offset.

    `certificate` proves the answer for the largest error, whatever norm was asked for; `direction` puts a separation
    in words. Parts that are None or empty are listed in `missing`. `units` counts what rows were divided and drawn by,
    and `unit` says what that is: groups where there are several, states where the offset is per state, else instances.
    """

    kind: Kind
    norm: Norm
    offset: Offset
    tolerance: float
    n: int
    k: int
    units: int
    unit: Unit
    agents: tuple[str, ...]
    verdict: Verdict
    fitted: Fit
    best_sup: SupFit | None
    certificate: Inside | Outside | None
    direction: tuple[str, ...]
    held_out: HeldOut | None
    curve: Curve | None
    bootstrap: Bootstrap | None
    nulls: tuple[Null, ...]
    missing: tuple[Missing, ...]
    excluded: tuple[Excluded, ...]


def analyse(
    full: UtilityTable,
    rng: np.random.Generator,
    *,
    kind: Kind = "simplex",
    norm: Norm = "mean square",
    offset: Offset = "free",
    tolerance: float = TOLERANCE,
    folds: int = 5,
    curve: int = 100,
    bootstrap: int = 1000,
    null: int = 999,
) -> Analysis:
    """Ask whether the target lies approximately in the hull of the agents, and say how sure the answer is.

    Rows of one group are kept together wherever rows are divided, resampled or dealt out; with an offset per state so
    are those of one state wherever they are divided or resampled. Each part has its own stream
    of random numbers, so that leaving one out does not change the others.

    Args:
        full: the table.
        rng: draws folds, subsets, resamples and nulls.
        kind: simplex, cone or affine.
        norm: which error decides, mean square or largest.
        offset: none, free or per state.
        tolerance: the error that still counts as inside, > 0, in the unit of the utilities.
        folds: of the cross-validation, 2 or more; fewer where there are fewer rows or groups.
        curve: random orders of the agents for the learning curve, 0 for no curve.
        bootstrap: resamples, 0 for none.
        null: draws of each null, 0 for none.

    Raises:
        ValueError: an unknown kind, norm or offset, a number out of range, or an offset per state without states.
        ArenaError: the largest error was asked for and its linear program was not solved.
    """
    _check(folds, curve, bootstrap, null)
    for_folds, for_curve, for_bootstrap, for_null = rng.spawn(4)
    missing: list[Missing] = []
    best_sup, certificate = _proof(full, kind, offset, norm, tolerance, missing)
    # Within one session its instances are all there is to divide; the fit has a warning that says so.
    rows, units, unit = _units(full, offset)
    splits = _splits(rows, units, unit, folds, for_folds, missing)
    evidence = Evidence(
        fitted=fit(full, kind, offset=offset),
        best_sup=best_sup,
        constant_gap=half_range(full, per_state=offset == "per state"),
        held_out=None if splits is None else held_out(rows, splits, offset=offset),
        nulls=_nulls(_grouped(full), kind, offset, null, for_null, missing),
        bootstrap=_bootstrap(rows, kind, offset, units, bootstrap, for_bootstrap, missing),
        spans=_spans(full, offset),
        units=units,
        unit=unit,
    )
    line = _curve(rows, splits, offset, curve, for_curve, missing)
    judged = verdict(evidence, kind, norm=norm, tolerance=tolerance)
    return _bundled(full, evidence, judged, certificate, line, missing)


def plain(found: Analysis | Fit) -> dict[str, Plain]:
    """An analysis or a fit as what JSON knows: dictionaries, lists, text, numbers; None where no number is finite."""
    return {field.name: _plain(getattr(found, field.name)) for field in fields(found)}


def _plain(value: Any) -> Plain:
    match value:
        case Splits():
            return {"method": value.method, "count": len(value.splits)}
        case np.ndarray() | tuple() | list():
            return [_plain(one) for one in value]
        case bool() | str() | None:
            return value
        case np.generic():
            return _plain(value.item())
        case int():
            return value
        case float():
            return value if math.isfinite(value) else None
        case _ if is_dataclass(value):
            return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        case _:
            raise TypeError(f"nothing in an analysis is a {type(value).__name__}")


def _bundled(
    full: UtilityTable,
    evidence: Evidence,
    judged: Verdict,
    certificate: Inside | Outside | None,
    curve: Curve | None,
    missing: list[Missing],
) -> Analysis:
    return Analysis(
        kind=judged.kind,
        norm=judged.norm,
        offset=judged.offset,
        tolerance=judged.tolerance,
        n=full.n,
        k=full.k,
        units=evidence.units,
        unit=evidence.unit,
        agents=full.agents,
        verdict=judged,
        fitted=evidence.fitted,
        best_sup=evidence.best_sup,
        certificate=certificate,
        direction=in_words(certificate) if isinstance(certificate, Outside) else (),
        held_out=evidence.held_out,
        curve=curve,
        bootstrap=evidence.bootstrap,
        nulls=evidence.nulls,
        missing=tuple(missing),
        excluded=full.excluded,
    )


def _spans(full: UtilityTable, offset: Offset) -> tuple[Finding, ...]:
    per_state = offset == "per state"
    states = len(state_codes(full)[1]) if per_state else 0
    return exact_by_construction(factor(full, per_state=per_state), offset, states)


def _check(folds: int, *numbers: int) -> None:
    if folds < 2 or min(numbers) < 0:
        raise ValueError(f"2 folds at least and no negative numbers are needed, not {folds} and {numbers}")


def _proof(
    full: UtilityTable, kind: Kind, offset: Offset, norm: Norm, tolerance: float, missing: list[Missing]
) -> tuple[SupFit | None, Inside | Outside | None]:
    """The least largest error and its certificate; needed where that norm decides, welcome where it does not."""
    best = None
    try:
        best = sup_fit(full, kind, offset=offset)
        return best, certificate_of(best, full, epsilon=tolerance)
    except ArenaError as error:
        if norm == "largest error" and best is None:
            raise
        missing.append(Missing(what="certificate", reason=error.message))
        return best, None


def _grouped(full: UtilityTable) -> UtilityTable:
    """The table with its groups, or without them where there is but one."""
    return full if full.groups is not None and len(set(full.groups.tolist())) > 1 else replace(full, groups=None)


def _units(full: UtilityTable, offset: Offset) -> tuple[UtilityTable, int, Unit]:
    """The table as it is divided, how many units it has, and what they are: groups, states, or rows.

    A state whose rows stood on both sides would get its constant from the very rows that are tested: with one row kept
    out nothing would be left of its error. So states stay whole, as groups do; where they cross, both do together.
    """
    held = _grouped(full)
    if offset == "per state":
        codes, labels = state_codes(full)
        if held.groups is None:
            return replace(full, groups=codes), len(labels), "state"
        from scipy.sparse import coo_matrix
        from scipy.sparse.csgraph import connected_components

        groups = unit_of_rows(held.groups)
        first = int(groups.max()) + 1
        shared = coo_matrix((np.ones(full.n), (groups, first + codes)), shape=(first + len(labels),) * 2)
        count, part = connected_components(shared, directed=False)
        return replace(full, groups=part[groups]), int(count), "group"
    if held.groups is None:
        return held, full.n, "instance"
    return held, len(set(held.groups.tolist())), "group"


def _splits(
    full: UtilityTable, units: int, unit: Unit, folds: int, rng: np.random.Generator, missing: list[Missing]
) -> Splits | None:
    if units < 2:
        missing.append(Missing(what="held_out", reason=ONE_INSTANCE if full.n < 2 else SHARED_STATES))
        return None
    made = k_fold(full.n, min(folds, units), rng, groups=full.groups)
    return replace(made, method=made.method.replace("groups", "states")) if unit == "state" else made


def _nulls(
    full: UtilityTable, kind: Kind, offset: Offset, draws: int, rng: np.random.Generator, missing: list[Missing]
) -> tuple[Null, ...]:
    if not draws:
        missing.append(Missing(what="nulls", reason=NOT_ASKED))
        return ()
    dealt, drawn = rng.spawn(2)
    random_agents = random_agents_null(full, kind, drawn, offset=offset, draws=draws)
    reason = undealt(full, offset)
    if reason is not None:
        missing.append(Missing(what="ratings dealt out at random", reason=reason))
        return (random_agents,)
    return (permutation_null(full, kind, dealt, offset=offset, draws=draws), random_agents)


def _curve(
    full: UtilityTable,
    splits: Splits | None,
    offset: Offset,
    repeats: int,
    rng: np.random.Generator,
    missing: list[Missing],
) -> Curve | None:
    if not repeats or splits is None:
        without = ONE_INSTANCE if full.n < 2 else SHARED_STATES
        missing.append(Missing(what="curve", reason=NOT_ASKED if not repeats else without))
        return None
    return learning_curve(full, splits, rng, repeats=repeats, offset=offset)


def _bootstrap(
    full: UtilityTable,
    kind: Kind,
    offset: Offset,
    units: int,
    resamples: int,
    rng: np.random.Generator,
    missing: list[Missing],
) -> Bootstrap | None:
    if not resamples or units < 2:
        without = ONE_INSTANCE if full.n < 2 else SHARED_STATES
        missing.append(Missing(what="bootstrap", reason=NOT_ASKED if not resamples else without))
        return None
    return resample(full, kind, rng, offset=offset, resamples=resamples)
