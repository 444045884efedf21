"""One table, one question, everything that bears on it: fit, proof, held-out errors, curve, bootstrap, nulls, verdict.

Law: what was not made is listed with its reason; a number that does not exist is never filled in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from chatarena.errors import ArenaError
from chatarena.hull.alarms import Evidence, Norm
from chatarena.hull.bootstrap import Bootstrap
from chatarena.hull.bootstrap import bootstrap as resample
from chatarena.hull.certificate import Inside, Outside, certificate_of
from chatarena.hull.curve import Curve, learning_curve
from chatarena.hull.degenerate import Finding, exact_by_construction
from chatarena.hull.fit import Fit, fit
from chatarena.hull.heldout import HeldOut, held_out
from chatarena.hull.kinds import Kind, Offset
from chatarena.hull.null import Null, permutation_null, random_agents_null
from chatarena.hull.reduction import factor
from chatarena.hull.residuals import half_range
from chatarena.hull.sentences import in_words
from chatarena.hull.splits import Splits, k_fold
from chatarena.hull.sup import SupFit, sup_fit
from chatarena.hull.table import Excluded, UtilityTable, state_codes
from chatarena.hull.verdict import TOLERANCE, Verdict, verdict

NOT_ASKED = "not asked for"
ONE_INSTANCE = "there is one instance: nothing can be kept out or drawn anew"

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
    in words. Parts that are None or empty are listed in `missing`. `units` counts what rows were divided and drawn by:
    groups where there are several, else rows.
    """

    kind: Kind
    norm: Norm
    offset: Offset
    tolerance: float
    n: int
    k: int
    units: int
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

    Rows of one group are kept together wherever rows are divided, resampled or dealt out. Each part has its own stream
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
    rows, units = _units(full)
    splits = _splits(rows, units, folds, for_folds, missing)
    evidence = Evidence(
        fitted=fit(full, kind, offset=offset),
        best_sup=best_sup,
        constant_gap=half_range(full, per_state=offset == "per state"),
        held_out=None if splits is None else held_out(rows, splits, offset=offset),
        nulls=_nulls(rows, kind, offset, null, for_null, missing),
        bootstrap=_bootstrap(rows, kind, offset, units, bootstrap, for_bootstrap, missing),
        spans=_spans(full, offset),
        units=units,
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


def _units(full: UtilityTable) -> tuple[UtilityTable, int]:
    """The table as it is divided, and how many units it has: groups, or rows where there is one group or none."""
    groups = 0 if full.groups is None else len(set(full.groups.tolist()))
    return (full, groups) if groups > 1 else (replace(full, groups=None), full.n)


def _splits(
    full: UtilityTable, units: int, folds: int, rng: np.random.Generator, missing: list[Missing]
) -> Splits | None:
    if units < 2:
        missing.append(Missing(what="held_out", reason=ONE_INSTANCE))
        return None
    return k_fold(full.n, min(folds, units), rng, groups=full.groups)


def _nulls(
    full: UtilityTable, kind: Kind, offset: Offset, draws: int, rng: np.random.Generator, missing: list[Missing]
) -> tuple[Null, ...]:
    if not draws:
        missing.append(Missing(what="nulls", reason=NOT_ASKED))
        return ()
    dealt, drawn = rng.spawn(2)
    return (
        permutation_null(full, kind, dealt, offset=offset, draws=draws),
        random_agents_null(full, kind, drawn, offset=offset, draws=draws),
    )


def _curve(
    full: UtilityTable,
    splits: Splits | None,
    offset: Offset,
    repeats: int,
    rng: np.random.Generator,
    missing: list[Missing],
) -> Curve | None:
    if not repeats or splits is None:
        missing.append(Missing(what="curve", reason=NOT_ASKED if not repeats else ONE_INSTANCE))
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
        missing.append(Missing(what="bootstrap", reason=NOT_ASKED if not resamples else ONE_INSTANCE))
        return None
    return resample(full, kind, rng, offset=offset, resamples=resamples)
