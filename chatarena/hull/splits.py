"""Which rows are fitted and which are held out. Law: no row, and where there are groups no group, is on both sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatarena.hull.kinds import BoolArray, IntArray

Labels = Sequence[object] | NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Split:
    """IntArray to fit and rows to test, ascending indices; `name` says which one of its kind it is."""

    name: str
    train: IntArray
    test: IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Splits:
    """Several divisions of the same `n` rows, and how they were made.

    `method` says it in words. `units` counts what was dealt out: rows, or groups where `grouped`. `partition` is True
    where every row is tested exactly once.
    """

    method: str
    n: int
    units: int
    grouped: bool
    partition: bool
    splits: tuple[Split, ...]


def k_fold(n: int, folds: int, rng: np.random.Generator, *, groups: Labels | None = None) -> Splits:
    """Deal the rows out at random into folds of nearly one size; each fold is tested once.

    Args:
        n: number of rows.
        folds: 2 or more, at most one per row (per group where there are groups).
        rng: the random draw.
        groups: one label per row; a group stays whole. The largest groups are dealt first, each into the fold that has
            the fewest rows so far.

    Raises:
        ValueError: fewer than two folds, more folds than rows or groups, or another number of labels than rows.
    """
    unit, sizes = _units(n, groups)
    if not 2 <= folds <= len(sizes):
        raise ValueError(f"{folds} folds of {len(sizes)} {_what(groups)}: take between 2 and {len(sizes)}")
    order = rng.permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind="stable")]
    fold_of_unit, filled = np.empty(len(sizes), dtype=np.intp), np.zeros(folds, dtype=np.intp)
    for one in order:
        fold = int(np.argmin(filled))
        fold_of_unit[one] = fold
        filled[fold] += sizes[one]
    fold_of_row = fold_of_unit[unit]
    return Splits(
        method=f"{folds}-fold cross-validation over {len(sizes)} {_what(groups)}",
        n=n,
        units=len(sizes),
        grouped=groups is not None,
        partition=True,
        splits=tuple(_split(f"fold {fold + 1}", fold_of_row != fold) for fold in range(folds)),
    )


def random_halves(n: int, repeats: int, rng: np.random.Generator, *, groups: Labels | None = None) -> Splits:
    """Fit one random half and test the other, again and again.

    The rows (groups where there are groups) are permuted once a repeat; the first half of the permutation, rounded
    down, is fitted. Halves of different repeats overlap, so their errors are not independent.

    Args:
        n: number of rows.
        repeats: how many splits, 1 or more.
        rng: the random draw.
        groups: one label per row; a group stays whole.

    Raises:
        ValueError: no repeats, fewer than two rows or groups, or another number of labels than rows.
    """
    unit, sizes = _units(n, groups)
    if repeats < 1 or len(sizes) < 2:
        raise ValueError(f"{repeats} halvings of {len(sizes)} {_what(groups)}: at least 1 and 2 are needed")
    splits = []
    for repeat in range(repeats):
        in_train = np.zeros(len(sizes), dtype=bool)
        in_train[rng.permutation(len(sizes))[: len(sizes) // 2]] = True
        splits.append(_split(f"halving {repeat + 1}", in_train[unit]))
    return Splits(
        method=f"random 50/50 split of {len(sizes)} {_what(groups)}" + (f", drawn {repeats} times" * (repeats > 1)),
        n=n,
        units=len(sizes),
        grouped=groups is not None,
        partition=False,
        splits=tuple(splits),
    )


def leave_one_out(groups: Labels) -> Splits:
    """Test every group (session) once, fitted on all the others; nothing is drawn.

    Args:
        groups: one label per row; in order of first appearance.

    Raises:
        ValueError: fewer than two different labels.
    """
    unit, sizes = _units(len(groups), groups)
    if len(sizes) < 2:
        raise ValueError(f"{len(sizes)} group: leaving one out needs at least two")
    names = list(dict.fromkeys(groups))
    return Splits(
        method=f"leave one out of {len(sizes)} groups",
        n=len(groups),
        units=len(sizes),
        grouped=True,
        partition=True,
        splits=tuple(_split(f"without {name}", unit != place) for place, name in enumerate(names)),
    )


def joined(*parts: Splits) -> Splits:
    """The splits of all parts, one after the other; they must divide the same rows in the same way.

    Raises:
        ValueError: no parts, or parts of different rows.
    """
    if not parts or len({(part.n, part.units, part.grouped) for part in parts}) > 1:
        raise ValueError("splits can be joined where they divide the same rows into the same groups")
    methods = dict.fromkeys(part.method for part in parts)
    return Splits(
        method=f"{parts[0].method}, {len(parts)} times over" if len(parts) > len(methods) == 1 else "; ".join(methods),
        n=parts[0].n,
        units=parts[0].units,
        grouped=parts[0].grouped,
        partition=len(parts) == 1 and parts[0].partition,
        splits=tuple(split for part in parts for split in part.splits),
    )


def unit_of_rows(groups: Labels) -> IntArray:
    """The number of each row's group, counted from 0 in order of first appearance."""
    places = {name: place for place, name in enumerate(dict.fromkeys(groups))}
    return np.array([places[name] for name in groups], dtype=np.intp)


def _units(n: int, groups: Labels | None) -> tuple[IntArray, IntArray]:
    """The unit of every row, and the rows of every unit."""
    if groups is None:
        return np.arange(n), np.ones(n, dtype=np.intp)
    if len(groups) != n:
        raise ValueError(f"{len(groups)} group labels for {n} rows")
    unit = unit_of_rows(groups)
    return unit, np.bincount(unit)


def _what(groups: Labels | None) -> str:
    return "rows" if groups is None else "groups"


def _split(name: str, in_train: BoolArray) -> Split:
    return Split(name=name, train=np.flatnonzero(in_train), test=np.flatnonzero(~in_train))
