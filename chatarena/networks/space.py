"""Features and label as vectors of one Euclidean space: a distribution known exactly, or a table reduced in one pass.

Least squares needs inner products alone, so a table of n rows is as good as the d + 2 rows of its triangular factor,
and a population as good as its second moments. Whatever holds for one holds for the other: in sample exactly.

Source: L2 as the setting, arXiv 2609.35537, section 1; the factor, docs/theory/hull.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chatarena.hull.reduction import ROWS, absorb
from chatarena.hull.threads import one_thread

FloatArray: TypeAlias = NDArray[np.float64]
# Negative eigenvalues of a moment matrix down to this share of the largest are rounding.
ROUNDING = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Space:
    """Vectors whose inner products, divided by `mass`, are the second moments of features and label.

    `features` (m x d), `label` (m). `constant` (m) is the feature that is always one, which every agent is given; None
    in the model as the papers state it. `mass` is the number of rows, 1 for a population. `origin` says which.
    """

    features: FloatArray
    label: FloatArray
    constant: FloatArray | None
    mass: float
    origin: Literal["population", "sample"]
    names: tuple[str, ...] = ()

    @property
    def d(self) -> int:
        """Number of features."""
        return int(self.features.shape[1])

    def error(self, prediction: FloatArray) -> float:
        """Mean squared error of a vector of this space against the label, in squared units of the label."""
        return float(np.sum((self.label - prediction) ** 2)) / self.mass

    def prediction(self, coefficients: FloatArray, intercept: float = 0.0) -> FloatArray:
        """The vector of a linear predictor: d coefficients, and an intercept where there is a constant.

        Raises:
            ValueError: an intercept where the space knows no constant.
        """
        if self.constant is None:
            if intercept:
                raise ValueError("a space without a constant has no intercept")
            return self.features @ coefficients
        return self.features @ coefficients + intercept * self.constant


def population(features: ArrayLike, label: ArrayLike, *, names: tuple[str, ...] = ()) -> Space:
    """A distribution by what its features are made of.

    Args:
        features: (d x L), each feature's coefficients over L uncorrelated latents of variance one.
        label: (L,), those of the label.
        names: of the features.

    Raises:
        ValueError: shapes that do not go together, or numbers that are not finite.
    """
    x, y = np.asarray(features, dtype=np.float64), np.asarray(label, dtype=np.float64)
    if x.ndim != 2 or y.shape != (x.shape[1],):
        raise ValueError(f"features are (d, L) and the label (L,), not {x.shape} and {y.shape}")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("coefficients over latents must be finite")
    return Space(features=x.T.copy(), label=y, constant=None, mass=1.0, origin="population", names=names)


def population_of_moments(second: ArrayLike, cross: ArrayLike, label: float, *, names: tuple[str, ...] = ()) -> Space:
    """A distribution by its second moments E[x x'] (d x d), E[x Y] (d,) and E[Y^2].

    Raises:
        ValueError: moments that no distribution has (not symmetric, or not positive semidefinite).
    """
    q, c = np.asarray(second, dtype=np.float64), np.asarray(cross, dtype=np.float64)
    if q.ndim != 2 or q.shape != (len(c), len(c)) or not np.allclose(q, q.T):
        raise ValueError(f"second moments are a symmetric (d, d) matrix for a (d,) vector, not {q.shape} and {c.shape}")
    whole = np.block([[q, c[:, None]], [c[None, :], np.array([[label]])]])
    values, vectors = np.linalg.eigh(whole)
    if values[0] < -ROUNDING * values[-1]:
        raise ValueError(f"no distribution has these moments: an eigenvalue is {values[0]:.3g}")
    root = np.sqrt(np.clip(values, 0.0, None))[:, None] * vectors.T
    return Space(
        features=root[:, :-1].copy(),
        label=root[:, -1].copy(),
        constant=None,
        mass=1.0,
        origin="population",
        names=names,
    )


def without_constant(space: Space) -> Space:
    """The same distribution with means taken off features and label, in the model without a constant.

    A space that knows no constant is returned as it is.
    """
    if space.constant is None:
        return space
    direction = space.constant / np.linalg.norm(space.constant)
    return Space(
        features=space.features - np.outer(direction, direction @ space.features),
        label=space.label - direction * (direction @ space.label),
        constant=None,
        mass=space.mass,
        origin=space.origin,
        names=space.names,
    )


def sample(features: ArrayLike, label: ArrayLike, *, intercept: bool = True, names: tuple[str, ...] = ()) -> Space:
    """A table, reduced in one pass.

    Args:
        features: (n x d), of any float type; memory-mapped arrays are read a block at a time.
        label: (n,).
        intercept: give every agent the constant feature.
        names: of the features.

    Raises:
        ValueError: shapes that do not go together, no row, or a number that is missing or infinite.
    """
    x, y = np.asanyarray(features), np.asanyarray(label)
    if x.ndim != 2 or y.shape != (len(x),):
        raise ValueError(f"features are (n, d) and the label (n,), not {x.shape} and {y.shape}")
    return sample_of([(x, y)], intercept=intercept, names=names)


def sample_of(
    blocks: Iterable[tuple[NDArray[np.floating], NDArray[np.floating]]],
    *,
    intercept: bool = True,
    names: tuple[str, ...] = (),
) -> Space:
    """A table whose rows come in blocks (features (m x d), label (m,)), each seen once.

    Raises:
        ValueError: as `sample`.
    """
    root, count = np.zeros((0, 0)), 0
    for x, y in blocks:
        if not count:
            root = np.zeros((x.shape[1] + 2,) * 2, order="F")
        if x.shape != (len(y), len(root) - 2):
            raise ValueError(f"a block of {x.shape} and {y.shape} does not go with {len(root) - 2} features")
        with one_thread():
            root = _reduced(root, x, y)
        count += len(y)
    if not count:
        raise ValueError("a table needs at least one row")
    if not np.isfinite(root).all():
        raise ValueError("a number is missing or infinite: leave such rows out")
    r = np.triu(root)
    return Space(
        features=np.ascontiguousarray(r[:, 1:-1]),
        label=r[:, -1].copy(),
        constant=r[:, 0].copy() if intercept else None,
        mass=float(count),
        origin="sample",
        names=names,
    )


def _reduced(root: FloatArray, x: NDArray[np.floating], y: NDArray[np.floating]) -> FloatArray:
    """The factor of [1, X, y], more rows taken in a few at a time: memory is one such part."""
    for start in range(0, len(y), ROWS):
        part = slice(start, start + ROWS)
        rows = np.empty((len(y[part]), len(root)), order="F")
        rows[:, 0] = 1.0
        rows[:, 1:-1] = x[part]
        rows[:, -1] = y[part]
        root = absorb(root, rows)
    return root
