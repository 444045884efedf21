"""Refuses numbers that the mathematics of this room cannot use. Law: nothing non-finite gets in unnoticed."""

from __future__ import annotations

import math
from collections.abc import Sequence

Row = tuple[float | None, ...]


def finite(value: float, what: str) -> float:
    """The value as a float.

    Raises:
        ValueError: it is NaN or infinite.
    """
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{what} must be a finite number, not {value!r}")
    return number


def finite_row(values: Sequence[float], what: str) -> tuple[float, ...]:
    """The values as floats, at least one of them.

    Raises:
        ValueError: there are none, or one is NaN or infinite.
    """
    if not len(values):
        raise ValueError(f"{what}: at least one number is needed")
    return tuple(finite(value, f"{what}[{i}]") for i, value in enumerate(values))


def optional_row(values: Sequence[float | None], what: str) -> Row:
    """The values as floats, None where one is missing; NaN is refused because it hides a missing number.

    Raises:
        ValueError: there are none, or one is NaN or infinite.
    """
    if not len(values):
        raise ValueError(f"{what}: at least one entry is needed, None where the number is missing")
    return tuple(None if value is None else finite(value, f"{what}[{i}]") for i, value in enumerate(values))


def optional_table(rows: Sequence[Sequence[float | None]], what: str) -> tuple[Row, ...]:
    """The rows as floats, all of one length.

    Raises:
        ValueError: there are no rows, their lengths differ, or a number is NaN or infinite.
    """
    if not len(rows):
        raise ValueError(f"{what}: at least one row is needed")
    table = tuple(optional_row(row, f"{what}[{i}]") for i, row in enumerate(rows))
    if len({len(row) for row in table}) > 1:
        raise ValueError(f"{what}: rows differ in length: {[len(row) for row in table]}")
    return table


def within_unit(values: Row, what: str) -> Row:
    """The values unchanged.

    Raises:
        ValueError: one lies outside [0, 1], the scale in which precisions and standard deviations are stated.
    """
    for i, value in enumerate(values):
        if value is not None and not 0.0 <= value <= 1.0:
            raise ValueError(f"{what}[{i}] must lie in [0, 1], not {value!r}: normalise it first")
    return values
