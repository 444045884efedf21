"""Errors on rows that were not fitted: every kind of fit and every simple answer it must beat, on the same splits.

Law: whatever is chosen (weights, offset, the best single agent) is chosen on the rows that are fitted. An error on
fitted rows only ever falls as agents are added; this one tells whether they know something.

Theory: docs/theory/hull.md, "held-out error".
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, get_args

import numpy as np

from chatarena.hull.fit import Fit, best_single, constant, evaluate, fit, mean, unconstrained
from chatarena.hull.intervals import standard_errors
from chatarena.hull.kinds import FloatArray, IntArray, Offset, checked_offset
from chatarena.hull.splits import Splits
from chatarena.hull.table import Excluded, UtilityTable
from chatarena.hull.threads import one_thread

# Simple answers first, in the order in which tables show them.
Method: TypeAlias = Literal["constant", "best single", "mean", "least squares", "simplex", "cone", "affine"]
METHODS: tuple[Method, ...] = get_args(Method)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """An agent that was the best single one on the fitted rows, and in how many splits."""

    agent: str
    splits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodError:
    """Error of one method on held-out rows.

    `mse` is the mean over splits of the mean squared error on the held-out rows, `rmse` its root, `fitted_mse` the
    same on the fitted rows. `se_over_splits` is the standard error of `mse` as if splits were independent; `se` is
    corrected for the rows that training sets share (see `intervals.standard_errors`); None for a single split.
    `largest` is the largest held-out error of any split in absolute value: a mean error says nothing of it.
    """

    method: Method
    offset: Offset
    mse: float
    rmse: float
    se: float | None
    se_over_splits: float | None
    fitted_mse: float
    largest: float
    per_split: tuple[float, ...]
    chosen: tuple[Chosen, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Mean over splits of the first method's squared error minus the second's, with its corrected standard error."""

    first: Method
    second: Method
    mse: float
    se: float | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeldOut:
    """Held-out errors of several methods on the same splits.

    `split` says in words how rows were divided, `splits` how. `excluded` are the rows that the table had left out.
    """

    split: str
    splits: Splits
    offset: Offset
    n: int
    k: int
    methods: tuple[MethodError, ...]
    excluded: tuple[Excluded, ...]

    def of(self, method: Method) -> MethodError:
        """The errors of one method.

        Raises:
            ValueError: it was not asked for.
        """
        for found in self.methods:
            if found.method == method:
                return found
        raise ValueError(f"{method!r} was not measured: only {', '.join(found.method for found in self.methods)} were")

    def difference(self, first: Method, second: Method) -> Difference:
        """First minus second, paired by split: negative where the first is better.

        Raises:
            ValueError: one of them was not measured.
        """
        gaps = np.subtract(self.of(first).per_split, self.of(second).per_split)
        _, se = standard_errors(gaps.tolist(), self.splits)
        return Difference(first=first, second=second, mse=float(gaps.mean()), se=se)


def held_out(
    full: UtilityTable, splits: Splits, *, offset: Offset = "none", methods: Sequence[Method] = METHODS
) -> HeldOut:
    """Fit every method on one side of every split and measure it on the other.

    The constant keeps a free offset where the others have none: without one it would be the number 0. Where agents
    give the same numbers on all fitted rows their weights are not determined; they share them equally, so that the
    order of the agents changes nothing.

    Args:
        full: the table; its weights count on both sides.
        splits: of the table's rows; a free offset is kept from the fitted rows, offsets per state are set anew.
        offset: none, free or per state, for all methods alike.
        methods: which, out of `METHODS`.

    Raises:
        ValueError: splits of another number of rows, no or unknown methods, or an offset per state without states.
    """
    checked_offset(offset)
    if splits.n != full.n:
        raise ValueError(f"the splits divide {splits.n} rows, the table has {full.n}")
    unknown = [method for method in methods if method not in METHODS]
    if unknown or not methods:
        raise ValueError(f"methods must be some of {', '.join(METHODS)}, not {', '.join(unknown) or 'none at all'}")
    with one_thread():
        measured = tuple(_measured(full, splits, offset, method) for method in methods)
    return HeldOut(
        split=splits.method,
        splits=splits,
        offset=offset,
        n=full.n,
        k=full.k,
        methods=measured,
        excluded=full.excluded,
    )


def fitted(full: UtilityTable, method: Method, *, offset: Offset = "none", rows: IntArray | None = None) -> Fit:
    """The fit of a method by its name, as `held_out` makes it.

    Raises:
        ValueError: an unknown method.
    """
    simple: dict[Method, Callable[..., Fit]] = {
        "best single": best_single,
        "mean": mean,
        "least squares": unconstrained,
    }
    match method:
        case "constant":
            return constant(full, offset="free" if offset == "none" else offset, rows=rows)
        case "best single" | "mean" | "least squares":
            return simple[method](full, offset=offset, rows=rows)
        case "simplex" | "cone" | "affine":
            return fit(full, method, offset=offset, rows=rows)


def _measured(full: UtilityTable, splits: Splits, offset: Offset, method: Method) -> MethodError:
    tested, trained, largest, singles = [], [], 0.0, Counter[str]()
    for split in splits.splits:
        made = fitted(full, method, offset=offset, rows=split.train)
        trained.append(made.mse)
        if method == "best single":
            singles[made.carriers[0].agent] += 1
        errors = evaluate(_shared(full, made, split.train), full, rows=split.test)
        tested.append(errors.mse)
        largest = max(largest, errors.gap_sup)
    over_splits, corrected = standard_errors(tested, splits)
    mse = float(np.mean(tested))
    return MethodError(
        method=method,
        offset="free" if method == "constant" and offset == "none" else offset,
        mse=mse,
        rmse=math.sqrt(mse),
        se=corrected,
        se_over_splits=over_splits,
        fitted_mse=float(np.mean(trained)),
        largest=largest,
        per_split=tuple(tested),
        chosen=tuple(Chosen(agent=agent, splits=count) for agent, count in singles.most_common()),
    )


def _shared(full: UtilityTable, made: Fit, rows: IntArray) -> Fit:
    """The fit with equal weights among agents that the fitted rows cannot tell apart."""
    if made.kind in ("constant", "best single", "mean") or made.rank == made.k:
        return made
    weights: FloatArray = np.array(made.weights)
    _, same = np.unique(full.utilities[rows], axis=1, return_inverse=True)
    same = same.ravel()
    shared = (np.bincount(same, weights=weights) / np.bincount(same))[same]
    return replace(made, weights=tuple(map(float, shared)))
