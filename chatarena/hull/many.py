"""Many small fits at once, as learning curves, bootstraps and nulls ask for by tens of thousands.

Law: the answers are those of `quadratic.active_set`, whichever way they are found: all together in numpy, or one after
the other in the compiled kernel.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chatarena.hull.engine import Kernel, compiled
from chatarena.hull.kinds import Engine, FloatArray, IntArray
from chatarena.hull.lockstep import Batch, stiffness
from chatarena.hull.quadratic import inverse_norms

# Problems that are advanced together: enough to pay for the calls, few enough to stay near the processor.
BATCH = 100
# Weights that are asked for at once from which loading the compiled kernel pays (about half a second).
WORTH_COMPILED = 100_000


def minimise_many(
    q: FloatArray,
    b: FloatArray,
    *,
    total: bool,
    which: IntArray,
    start: FloatArray | None = None,
    engine: Engine = "auto",
) -> FloatArray:
    """min w'Qw - 2 b'w over w >= 0 (with sum one where `total`), for P problems side by side.

    Args:
        q: F x k x k, symmetric positive semidefinite matrices.
        b: P x k linear terms.
        total: whether weights sum to one.
        which: the number of its matrix for each problem.
        start: weights to start from, k for all problems or P x k; makes it faster, not different.
        engine: numpy advances all together, compiled one after the other; auto compiles where it pays.

    Returns:
        P x k weights, exactly 0 for whoever carries none.

    Raises:
        ValueError: shapes that do not match.
    """
    _check(q, b, which)
    kernel = _kernel(engine, b.size)
    if kernel is not None:
        return _many_compiled(kernel, q, b, total, which, start)
    found = np.empty(b.shape)
    for begin in range(0, len(b), BATCH):
        part = slice(begin, begin + BATCH)
        rank = np.zeros(b[part].shape, dtype=np.intp)
        batch = Batch(q, b[part], which[part], rank, np.array([b.shape[1]]), total)
        if start is not None:
            batch.warm(start if start.ndim == 1 else start[part])
        found[part] = batch.run()[0]
    return found


def minimise_paths(
    q: FloatArray,
    b: FloatArray,
    *,
    total: bool,
    orders: IntArray,
    sizes: Sequence[int],
    engine: Engine = "auto",
) -> FloatArray:
    """The best weights of the first agents of every order, for every matrix: nested subsets, warm from size to size.

    Args:
        q: F x k x k, symmetric positive semidefinite matrices.
        b: F x k linear terms.
        total: whether weights sum to one.
        orders: P x k permutations of the agents.
        sizes: ascending; how many agents of the order may carry weight.
        engine: as in `minimise_many`.

    Returns:
        F x S x P x k weights, exactly 0 for whoever carries none.

    Raises:
        ValueError: shapes that do not match.
    """
    _check(q, b, np.arange(len(q)))
    kernel = _kernel(engine, len(q) * len(sizes) * orders.size)
    if kernel is not None:
        return np.array([_paths_compiled(kernel, *one, total, orders, sizes) for one in zip(q, b, strict=True)])
    found = np.empty((len(q), len(sizes), *orders.shape))
    rank = np.argsort(orders, axis=1)
    for one in range(len(q)):
        for begin in range(0, len(orders), BATCH):
            part = rank[begin : begin + BATCH]
            which, terms = np.full(len(part), one), np.broadcast_to(b[one], part.shape)
            batch = Batch(q, terms, which, part, np.asarray(sizes), total)
            found[one, :, begin : begin + BATCH] = batch.run()
    return found


def _kernel(engine: Engine, numbers: int) -> Kernel | None:
    if engine == "numpy" or (engine == "auto" and numbers < WORTH_COMPILED):
        return None
    return compiled(required=engine == "compiled")


def _many_compiled(
    kernel: Kernel, q: FloatArray, b: FloatArray, total: bool, which: IntArray, start: FloatArray | None
) -> FloatArray:
    scale = np.ones((len(q), q.shape[1])) if total else np.array([inverse_norms(one) for one in q])
    diagonal = np.maximum(np.einsum("fii->fi", q), 0.0)
    first = np.zeros(b.shape)
    if total:
        first[np.arange(len(b)), (diagonal[which] - 2.0 * b).argmin(axis=1)] = 1.0
    if start is not None:
        given = np.maximum(np.broadcast_to(start, b.shape), 0.0)
        sums = given.sum(axis=1, keepdims=True)
        first = np.where(sums > 0, given / np.where(sums > 0, sums, 1.0), first) if total else given
    own = scale[which]
    if total:
        return kernel.walk_many(q, b, total, stiffness(diagonal), which, first)
    scaled = q * scale[:, :, None] * scale[:, None, :]
    first = np.divide(first, own, out=np.zeros(b.shape), where=own > 0)
    return kernel.walk_many(scaled, b * own, total, np.zeros(len(q)), which, first) * own


def _paths_compiled(
    kernel: Kernel, q: FloatArray, b: FloatArray, total: bool, orders: IntArray, sizes: Sequence[int]
) -> FloatArray:
    if total:
        stiff = float(stiffness(np.maximum(q.diagonal(), 0.0)[None])[0])
        return kernel.walk_paths(q, b, total, stiff, orders, np.asarray(sizes))
    scale = inverse_norms(q)
    scaled = q * scale[:, None] * scale[None, :]
    return kernel.walk_paths(scaled, b * scale, total, 0.0, orders, np.asarray(sizes)) * scale


def _check(q: FloatArray, b: FloatArray, which: IntArray) -> None:
    k = b.shape[-1]
    if b.ndim != 2 or q.ndim != 3 or q.shape[1:] != (k, k) or which.shape != b.shape[:1] or not b.size:
        raise ValueError(f"q must be F x k x k, b P x k and which P, not {q.shape}, {b.shape} and {which.shape}")
