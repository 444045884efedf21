"""The learning curve: how well a target is approximated by more and more agents, on fitted and on held-out rows.

Law: on the fitted rows the error of a growing hull only falls, whatever the target is; what shows that agents add
something is the held-out line, against the same line of the simple answers.

Source: the curve is the figure of experiments in Collina, Goel, Roth, Ryu and Shi, Emergent Alignment via Competition
(ICML 2026); held out, with intervals and with simple answers here. Theory: docs/theory/hull.md, "learning curve".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from chatarena.hull.heldout import METHODS, Method
from chatarena.hull.intervals import percentiles, standard_errors
from chatarena.hull.kinds import FloatArray, IntArray, Offset, checked_offset
from chatarena.hull.moments import Moments, fold_moments, moments
from chatarena.hull.nested import errors_elsewhere, nested_weights
from chatarena.hull.splits import Splits
from chatarena.hull.table import Excluded, UtilityTable
from chatarena.hull.threads import one_thread

CURVE_METHODS: tuple[Method, ...] = ("constant", "best single", "mean", "least squares", "simplex", "cone")
# So many sizes show a curve; all of them are taken where there are not more.
SIZES = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """Mean squared errors with this many agents, averaged over random subsets of that size.

    `fitted` is on all rows, fitted on all rows; `held_out` is the mean over splits of the error on held-out rows.
    `..._low` and `..._high` enclose the middle share of the subsets: how much it matters *which* agents they are. With
    all agents there is one subset only and they coincide. `se` is the standard error of `held_out` over splits,
    corrected for their overlap: how much it matters which rows; None for a single split.
    """

    agents: int
    fitted: float
    fitted_low: float
    fitted_high: float
    held_out: float
    held_out_low: float
    held_out_high: float
    se: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveLine:
    """The points of one method, in ascending number of agents."""

    method: Method
    offset: Offset
    points: tuple[CurvePoint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Learning curves of several methods over the same random subsets and the same splits.

    `repeats` random orders of the agents were drawn; the subsets of one order are nested. `level` is the share of
    subsets that intervals enclose. `fits` counts the weights that were fitted.
    """

    split: str
    offset: Offset
    n: int
    k: int
    repeats: int
    sizes: tuple[int, ...]
    level: float
    fits: int
    lines: tuple[CurveLine, ...]
    excluded: tuple[Excluded, ...]
    method: str = "random nested subsets of the agents, active sets on moments of the rows"

    def of(self, method: Method) -> CurveLine:
        """The line of one method.

        Raises:
            ValueError: it was not asked for.
        """
        for line in self.lines:
            if line.method == method:
                return line
        raise ValueError(f"{method!r} has no line: only {', '.join(line.method for line in self.lines)} have")


def learning_curve(
    full: UtilityTable,
    splits: Splits,
    rng: np.random.Generator,
    *,
    sizes: Sequence[int] = (),
    repeats: int = 100,
    offset: Offset = "none",
    methods: Sequence[Method] = CURVE_METHODS,
    level: float = 0.9,
) -> Curve:
    """Errors against the number of agents, over random subsets of each size.

    One pass over the rows makes their moments; everything else is small matrices. The constant keeps a free offset
    where the others have none.

    Args:
        full: the table; its weights count on both sides.
        splits: of the table's rows.
        rng: draws the orders of the agents.
        sizes: ascending numbers of agents; about `SIZES` of them, evenly on a logarithmic scale, where not given.
        repeats: how many random orders, 1 or more.
        offset: none, free or per state (set anew on the rows of each side).
        methods: which, out of `heldout.METHODS`.
        level: the share of subsets that intervals enclose.

    Raises:
        ValueError: splits of another number of rows, sizes that do not ascend from 1 to k, no repeats, no or unknown
            methods, or an offset per state without states.
    """
    checked_offset(offset)
    stages = tuple(sizes) or default_sizes(full.k)
    _check(full, splits, stages, repeats, methods)
    orders = np.array([rng.permutation(full.k) for _ in range(repeats)])
    whole, sides = _moments(full, splits, offset)
    with one_thread():
        lines = tuple(_line(whole, sides, splits, method, offset, orders, stages, level) for method in methods)
    return Curve(
        split=splits.method,
        offset=offset,
        n=full.n,
        k=full.k,
        repeats=repeats,
        sizes=stages,
        level=level,
        fits=(1 + len(sides)) * len(stages) * repeats * len(lines),
        lines=lines,
        excluded=full.excluded,
    )


def default_sizes(k: int, count: int = SIZES) -> tuple[int, ...]:
    """Numbers of agents from 1 to k: all of them, or about `count` evenly on a logarithmic scale."""
    if k <= count:
        return tuple(range(1, k + 1))
    return tuple(sorted({round(size) for size in np.geomspace(1, k, count).tolist()}))


def _line(
    whole: Moments,
    sides: list[tuple[Moments, Moments]],
    splits: Splits,
    method: Method,
    offset: Offset,
    orders: IntArray,
    sizes: tuple[int, ...],
    level: float,
) -> CurveLine:
    own: Offset = "free" if method == "constant" and offset == "none" else offset
    fitted = errors_elsewhere(whole, whole, nested_weights(whole, method, own, orders, sizes), own)
    tested = np.array(
        [errors_elsewhere(train, test, nested_weights(train, method, own, orders, sizes), own) for train, test in sides]
    )
    points = [_point(size, fitted[stage], tested[:, stage], splits, level) for stage, size in enumerate(sizes)]
    return CurveLine(method=method, offset=own, points=tuple(points))


def _point(size: int, fitted: FloatArray, tested: FloatArray, splits: Splits, level: float) -> CurvePoint:
    """Of fitted errors (one per subset) and tested ones (splits x subsets)."""
    by_subset = tested.mean(axis=0)
    fitted_low, fitted_high = percentiles(fitted, level).tolist()
    low, high = percentiles(by_subset, level).tolist()
    return CurvePoint(
        agents=size,
        fitted=float(fitted.mean()),
        fitted_low=fitted_low,
        fitted_high=fitted_high,
        held_out=float(by_subset.mean()),
        held_out_low=low,
        held_out_high=high,
        se=standard_errors(tested.mean(axis=1).tolist(), splits)[1],
    )


def _moments(full: UtilityTable, splits: Splits, offset: Offset) -> tuple[Moments, list[tuple[Moments, Moments]]]:
    """Moments of all rows, and of both sides of every split."""
    per_state = offset == "per state"
    if not splits.partition:
        sides = [
            (moments(full, rows=split.train, per_state=per_state), moments(full, rows=split.test, per_state=per_state))
            for split in splits.splits
        ]
        return moments(full, per_state=per_state), sides
    fold = np.empty(full.n, dtype=np.int64)
    for number, split in enumerate(splits.splits):
        fold[split.test] = number
    tests = fold_moments(full, fold, len(splits.splits), per_state=per_state)
    whole = tests[0]
    for test in tests[1:]:
        whole = whole + test
    return whole, [(whole - test, test) for test in tests]


def _check(full: UtilityTable, splits: Splits, sizes: tuple[int, ...], repeats: int, methods: Sequence[Method]) -> None:
    if splits.n != full.n:
        raise ValueError(f"the splits divide {splits.n} rows, the table has {full.n}")
    if sizes[0] < 1 or sizes[-1] > full.k or any(b <= a for a, b in pairwise(sizes)):
        raise ValueError(f"sizes must ascend between 1 and {full.k}, not {sizes!r}")
    if repeats < 1:
        raise ValueError(f"at least one random order of the agents is needed, not {repeats}")
    unknown = [method for method in methods if method not in METHODS]
    if unknown or not methods:
        raise ValueError(f"methods must be some of {', '.join(METHODS)}, not {', '.join(unknown) or 'none at all'}")
