"""The walk of chatarena.networks.linear compiled by numba: one small QR with column pivoting for each agent, in place.

Loaded only by chatarena.networks.engine, because it imports numba. Pivots and tolerance are those of the numpy path.
Columns lie in rows of the arrays here, so that each is read in one sweep.

Source: as chatarena.networks.projection, by modified Gram-Schmidt, each column orthogonalised twice.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from chatarena.hull.kinds import FloatArray, IntArray


@njit(cache=True, nogil=True)
def _dot(a: FloatArray, b: FloatArray) -> float:
    total = 0.0
    for i in range(len(a)):
        total += a[i] * b[i]
    return total


@njit(cache=True, nogil=True)
def _take_off(from_: FloatArray, h: float, direction: FloatArray) -> None:
    for i in range(len(from_)):
        from_[i] -= h * direction[i]


@njit(cache=True, nogil=True)
def _scale(inputs: FloatArray, count: int, smallest: float, lengths: FloatArray, share: FloatArray) -> None:
    """Every input to length one; those that are nothing to zero."""
    for j in range(count):
        length = np.sqrt(_dot(inputs[j], inputs[j]))
        lengths[j] = length
        share[j] = 1.0 if length > smallest else 0.0
        for i in range(inputs.shape[1]):
            inputs[j, i] = inputs[j, i] / length if length > smallest else 0.0


@njit(cache=True, nogil=True)
def _largest(share: FloatArray, count: int) -> int:
    best = 0
    for j in range(1, count):
        if share[j] > share[best]:
            best = j
    return best


@njit(cache=True, nogil=True)
def _next_direction(inputs: FloatArray, basis: FloatArray, rank: int, best: int) -> None:
    """What is left of an input as the next vector of the basis, taken off all inputs that are still open."""
    direction = basis[rank]
    direction[:] = inputs[best]
    for c in range(rank):
        _take_off(direction, _dot(basis[c], direction), basis[c])
    length = np.sqrt(_dot(direction, direction))
    for i in range(len(direction)):
        direction[i] /= length


@njit(cache=True, nogil=True)
def _open(inputs: FloatArray, share: FloatArray, count: int, direction: FloatArray) -> None:
    for j in range(count):
        if share[j] > 0.0:
            _take_off(inputs[j], _dot(direction, inputs[j]), direction)
            share[j] = np.sqrt(_dot(inputs[j], inputs[j]))


@njit(cache=True, nogil=True)
def _factorise(
    inputs: FloatArray, count: int, share: FloatArray, tolerance: float, basis: FloatArray, order: IntArray
) -> tuple[int, float]:
    """Basis of what the inputs span, in the order in which they are taken; rank and margin."""
    rank, margin = 0, 1.0
    while rank < min(count, inputs.shape[1]):
        best = _largest(share, count)
        if share[best] <= tolerance:
            break
        margin = min(margin, share[best])
        _next_direction(inputs, basis, rank, best)
        order[rank] = best
        share[best] = 0.0
        _open(inputs, share, count, basis[rank])
        rank += 1
    return rank, margin


@njit(cache=True, nogil=True)
def _solve(triangle: FloatArray, along: FloatArray, rank: int, coefficients: FloatArray) -> None:
    for i in range(rank - 1, -1, -1):
        value = along[i]
        for j in range(i + 1, rank):
            value -= triangle[i, j] * coefficients[j]
        coefficients[i] = value / triangle[i, i]


@njit(cache=True, nogil=True)
def _gather(raw: FloatArray, at: int, of: FloatArray, indices: IntArray, shift: int) -> int:
    """Rows of an array by their indices, from a place on; the place after them."""
    for t in range(len(indices)):
        raw[at + t] = of[shift + indices[t]]
    return at + len(indices)


@njit(cache=True, nogil=True)
def _widest(first: int, own_starts: IntArray, parent_starts: IntArray) -> int:
    widest = 1
    for a in range(len(own_starts) - 1):
        widest = max(widest, first + own_starts[a + 1] - own_starts[a] + parent_starts[a + 1] - parent_starts[a])
    return widest


@njit(cache=True, nogil=True)
def _project(
    raw: FloatArray,
    basis: FloatArray,
    order: IntArray,
    rank: int,
    label: FloatArray,
    smallest: float,
    prediction: FloatArray,
    coefficients: FloatArray,
) -> None:
    """The label on a basis, and the coefficients of the inputs that were taken into it."""
    along, triangle = np.empty(rank), np.zeros((rank, rank))
    for c in range(rank):
        along[c] = _dot(basis[c], label)
        _take_off(prediction, -along[c], basis[c])
        for r in range(c + 1):
            triangle[r, c] = _dot(basis[r], raw[order[c]])
    if np.sqrt(_dot(prediction, prediction)) <= smallest:
        prediction[:] = 0.0
        along[:] = 0.0
    _solve(triangle, along, rank, coefficients)


@njit(cache=True, nogil=True)
def walk(
    columns: FloatArray,
    constant: bool,
    label: FloatArray,
    own_starts: IntArray,
    own: IntArray,
    parent_starts: IntArray,
    parents: IntArray,
    tolerance: float,
    smallest: float,
) -> tuple[FloatArray, FloatArray, NDArray[np.bool_], FloatArray]:
    """All agents of a network, parents first; see `engine.Walk`."""
    agents, m, first = len(own_starts) - 1, len(label), 1 if constant else 0
    widest = _widest(first, own_starts, parent_starts)
    predictions, weights = np.zeros((agents, m)), np.zeros((agents, len(columns)))
    kept, margins = np.zeros(agents * first + len(own) + len(parents), dtype=np.bool_), np.ones(agents)
    inputs, raw, basis = np.empty((widest, m)), np.empty((widest, m)), np.empty((min(widest, m), m))
    lengths, share, order = np.empty(widest), np.empty(widest), np.empty(widest, dtype=np.int64)
    coefficients = np.empty(min(widest, m))
    at = 0
    for a in range(agents):
        mine, heard = own[own_starts[a] : own_starts[a + 1]], parents[parent_starts[a] : parent_starts[a + 1]]
        raw[:first] = columns[:first]
        count = _gather(raw, _gather(raw, first, columns, mine, first), predictions, heard, 0)
        inputs[:count] = raw[:count]
        _scale(inputs, count, smallest, lengths, share)
        rank, margins[a] = _factorise(inputs, count, share, tolerance, basis, order)
        _project(raw, basis, order, rank, label, smallest, predictions[a], coefficients)
        for c in range(rank):
            place = order[c]
            kept[at + place] = True
            if place >= first + len(mine):
                _take_off(weights[a], -coefficients[c], weights[heard[place - first - len(mine)]])
            else:
                weights[a, 0 if place < first else first + mine[place - first]] += coefficients[c]
        at += count
    return predictions, weights, kept, margins
