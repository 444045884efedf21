"""How much a fit depends on which instances happened to be in the table: the weighted bootstrap.

Instances (whole groups, where there are groups) are drawn with replacement and the fit is made again. Law: what is
reported describes the spread of the fit, not the truth of the hypothesis: an interval of a mean squared error on drawn
rows is as optimistic as the fit itself, so the error on rows left out stands beside it.

Source: Efron (1979), Annals of Statistics 7; left-out rows: Efron (1983), JASA 78. Weights that lie on the boundary of
the simplex are not covered at the nominal rate: Andrews (2000), Econometrica 68. Theory: docs/theory/hull.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chatarena.hull.fit import Fit, fit
from chatarena.hull.intervals import Interval, percentile_interval
from chatarena.hull.kinds import FloatArray, IntArray, Kind, Offset
from chatarena.hull.resampling import Refits, draw_counts, exact_refits, newton_refits
from chatarena.hull.splits import unit_of_rows
from chatarena.hull.table import Excluded, UtilityTable
from chatarena.hull.threads import one_thread

Way: TypeAlias = Literal["auto", "exact", "newton"]

# Newton steps pay from so many units on, and shrink fast from so many for every agent.
MANY_UNITS, UNITS_PER_AGENT = 2_000, 20
# Counts of so many units over all resamples are held at a time.
HELD = 200_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightInterval:
    """An agent's weight: on the whole table, its interval over resamples, and the share of these where it is not 0."""

    agent: str
    weight: float
    interval: Interval
    carries: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A number on the whole table, its interval over resamples and their standard deviation."""

    value: float
    interval: Interval
    sd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bootstrap:
    """Spread of weights, mean squared error and largest error over resamples.

    `mse` is on the rows drawn. `gap_sup` is the largest error of each fit on the rows drawn: an extreme, for which the
    bootstrap describes and does not guarantee. `left_out` is the mean squared error on the rows not drawn (about 37%),
    its `value` the mean over resamples; None where every resample held every row. `units` counts what was drawn, rows
    or groups. `way` is exact or newton; `unsettled` estimates how far newton weights are from exact ones, in standard
    errors.
    """

    kind: Kind
    offset: Offset
    resamples: int
    level: float
    unit: Literal["row", "group"]
    units: int
    n: int
    k: int
    weights: tuple[WeightInterval, ...]
    mse: Measured
    gap_sup: Measured
    left_out: Measured | None
    way: Literal["exact", "newton"]
    steps: int
    unsettled: float
    excluded: tuple[Excluded, ...]
    method: str = "multinomial bootstrap, percentile intervals"


def bootstrap(
    full: UtilityTable,
    kind: Kind,
    rng: np.random.Generator,
    *,
    offset: Offset = "none",
    resamples: int = 1000,
    level: float = 0.95,
    way: Way = "auto",
) -> Bootstrap:
    """Fit to many resamples of the instances.

    Args:
        full: the table; rows of one group are drawn together, its weights multiply the counts.
        kind: simplex, cone or affine.
        rng: draws the resamples.
        offset: none, free or per state.
        resamples: how many, 2 or more.
        level: of the percentile intervals.
        way: exact makes every fit from its own moments, newton all together (not with an offset per state); auto
            takes newton where units are many and falls back where it does not settle.

    Raises:
        ValueError: fewer than two resamples, units or impossible level, an unknown kind or offset, or newton where it
            cannot be or does not settle.
    """
    unit, units = _units(full)
    if resamples < 2 or not 0 < level < 1:
        raise ValueError(f"at least 2 resamples and a level between 0 and 1 are needed, not {resamples} and {level}")
    if way == "newton" and offset == "per state":
        raise ValueError("newton steps have no offset per state: take way='exact'")
    with one_thread():
        whole = fit(full, kind, offset=offset)
        found = _refits(
            full, kind, offset, unit, units, rng, resamples, _way(way, offset, units, full.k), whole.weights
        )
    if found is None:
        raise ValueError(f"newton steps do not settle on {units} units and {full.k} agents: take way='exact'")
    words = f"{resamples} resamples of {units} {'rows' if full.groups is None else 'groups'}, percentiles"
    left = found.left_out[np.isfinite(found.left_out)]
    return Bootstrap(
        kind=kind,
        offset=offset,
        resamples=resamples,
        level=level,
        unit="row" if full.groups is None else "group",
        units=units,
        n=full.n,
        k=full.k,
        weights=_weights(whole, found, level, words),
        mse=_measured(whole.mse, found.mse, level, words),
        gap_sup=_measured(whole.gap_sup, found.gap_sup, level, words),
        left_out=_measured(float(left.mean()), left, level, words) if len(left) > 1 else None,
        way="newton" if found.steps else "exact",
        steps=found.steps,
        unsettled=found.unsettled,
        excluded=full.excluded,
    )


def _weights(whole: Fit, found: Refits, level: float, words: str) -> tuple[WeightInterval, ...]:
    return tuple(
        WeightInterval(
            agent=agent,
            weight=whole.weights[place],
            interval=percentile_interval(found.weights[:, place], level, words),
            carries=float(np.mean(found.weights[:, place] != 0)),
        )
        for place, agent in enumerate(whole.agents)
    )


def _refits(
    full: UtilityTable,
    kind: Kind,
    offset: Offset,
    unit: IntArray,
    units: int,
    rng: np.random.Generator,
    resamples: int,
    way: Way,
    weights: tuple[float, ...],
) -> Refits | None:
    """All resamples, as many at a time as may be held; the draws do not depend on the way or the number held."""
    start, parts = np.array(weights), []
    for begin in range(0, resamples, held := max(50, HELD // units)):
        counts = draw_counts(units, min(held, resamples - begin), rng)
        made = None if way == "exact" else newton_refits(full, kind, offset, counts, unit, start)
        if made is None:
            if way == "newton":
                return None
            way, made = "exact", exact_refits(full, kind, offset, counts, unit, start)
        parts.append(made)
    return _joined(parts)


def _joined(parts: list[Refits]) -> Refits:
    return Refits(
        weights=np.concatenate([part.weights for part in parts]),
        mse=np.concatenate([part.mse for part in parts]),
        gap_sup=np.concatenate([part.gap_sup for part in parts]),
        left_out=np.concatenate([part.left_out for part in parts]),
        steps=max(part.steps for part in parts),
        unsettled=max(part.unsettled for part in parts),
    )


def _way(way: Way, offset: Offset, units: int, k: int) -> Way:
    few = units < max(MANY_UNITS, UNITS_PER_AGENT * k)
    return "exact" if way == "auto" and (few or offset == "per state") else way


def _units(full: UtilityTable) -> tuple[IntArray, int]:
    unit = np.arange(full.n) if full.groups is None else unit_of_rows(full.groups)
    units = int(unit.max()) + 1
    if units < 2:
        raise ValueError("one group, drawn again and again, is always the same: resampling needs two or more")
    return unit, units


def _measured(value: float, draws: NDArray[Any], level: float, words: str) -> Measured:
    values: FloatArray = np.asarray(draws, dtype=np.float64)
    interval = percentile_interval(values, level, words)
    return Measured(value=value, interval=interval, sd=float(values.std(ddof=1)))
