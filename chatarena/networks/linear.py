"""Least-squares agents on a network: each projects the label on its own features and its parents' predictions.

Law: a prediction is an orthogonal projection, so it is unique even where its coefficients are not, and every agent
is a linear function of the features.

Source: Kearns, Roth, Ryu (SODA 2026), the linear protocol, as restated in arXiv 2609.35537, equation 1 and Lemma 2.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from chatarena.hull.threads import one_thread
from chatarena.networks.engine import Walk, compiled, packed
from chatarena.networks.network import Network
from chatarena.networks.projection import TOLERANCE, ZERO, Projection, project
from chatarena.networks.space import FloatArray, Space

Engine = Literal["auto", "numpy", "compiled"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Aggregation:
    """What least-squares agents on a network have learned.

    For each of N agents: `predictions` (m x N) in the space's coordinates, `coefficients` (d x N) and `intercepts` (N)
    over the raw features, `errors` (N) the mean squared error, `excess` (N) = |f_i - f*|^2 against `benchmark`, the
    best predictor on all features, whose error is `benchmark_error`; in squared units of the label. `ranks` (N) counts
    independent inputs, `dropped` names the parents that added nothing, `margins` (N) the smallest share that was left
    of a kept input. `tolerance` decided; `ridge` > 0 breaks the identities of projections.
    """

    network: Network
    features: tuple[tuple[int, ...], ...]
    predictions: FloatArray
    coefficients: FloatArray
    intercepts: FloatArray
    errors: FloatArray
    excess: FloatArray
    benchmark: FloatArray
    benchmark_coefficients: FloatArray
    benchmark_intercept: float
    benchmark_error: float
    ranks: NDArray[np.int64]
    dropped: tuple[tuple[int, ...], ...]
    margins: FloatArray
    tolerance: float
    ridge: float

    @property
    def output_excess(self) -> float:
        """Excess of the network's output agent."""
        return float(self.excess[self.network.output])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeldOut:
    """The same predictors on rows that nobody learned from: `errors` (N), `benchmark_error`, and their difference."""

    errors: FloatArray
    benchmark_error: float

    @property
    def excess(self) -> FloatArray:
        """How much worse each agent is than the benchmark; may be negative on rows kept out."""
        return self.errors - self.benchmark_error


@one_thread()
def aggregate(
    space: Space,
    network: Network,
    features: Sequence[Sequence[int]],
    *,
    tolerance: float = TOLERANCE,
    ridge: float = 0.0,
    engine: Engine = "auto",
    against: Projection | None = None,
) -> Aggregation:
    """Let the agents of a network learn, parents first.

    Args:
        space: features and label.
        network: who hears whom.
        features: the columns each agent sees itself; may be none for some.
        tolerance: share below which what is left of an input counts as nothing.
        ridge: penalty on squared coefficients of inputs scaled to length one; a convenience that breaks the identities.
        engine: compiled (extra `fast`) or numpy, with the same numbers; ridge is numpy only.
        against: `benchmark` of this space, where many networks are compared on it.

    Raises:
        ValueError: features for another number of agents, a column that is not there, or an engine that cannot be had.
    """
    own = checked_features(features, len(network), space.d)
    if ridge < 0.0:
        raise ValueError(f"a ridge is not negative: {ridge}")
    size = _size(space)
    best = benchmark(space, tolerance=tolerance) if against is None else against
    walk = None if engine == "numpy" or ridge else compiled(required=engine == "compiled")
    learned = (
        _compiled(walk, space, network, own, tolerance, size)
        if walk
        else _walk(space, network, own, tolerance, ridge, size)
    )
    predictions, weights, flags, margins = learned
    constant = space.constant is not None
    errors = np.sum((space.label[:, None] - predictions) ** 2, axis=0) / space.mass
    # Of any linear predictor, also a penalised one, the error above the benchmark is its squared distance to it; taken
    # as a distance nothing cancels.
    gaps = np.sum((predictions - best.vector[:, None]) ** 2, axis=0) / space.mass
    return Aggregation(
        network=network,
        features=own,
        predictions=predictions,
        coefficients=weights[int(constant) :],
        intercepts=weights[0].copy() if constant else np.zeros(len(network)),
        errors=errors,
        excess=gaps,
        benchmark=best.vector,
        benchmark_coefficients=best.coefficients[int(constant) :],
        benchmark_intercept=float(best.coefficients[0]) if constant else 0.0,
        benchmark_error=space.error(best.vector),
        ranks=_ranks(flags, own, network, constant),
        dropped=_dropped(flags, own, network, constant),
        margins=margins,
        tolerance=tolerance,
        ridge=ridge,
    )


def benchmark(space: Space, *, tolerance: float = TOLERANCE) -> Projection:
    """f*, the best linear predictor on all features; the constant is the first of its columns where there is one."""
    return project(_inputs(space, range(space.d)), space.label, tolerance=tolerance, size=_size(space))


def held_out(of: Aggregation, space: Space) -> HeldOut:
    """Errors of predictors that have been learned on another table with the same features.

    Raises:
        ValueError: another number of features, or an intercept where this space knows no constant.
    """
    if space.d != len(of.coefficients):
        raise ValueError(f"these agents know {len(of.coefficients)} features, the rows kept out have {space.d}")
    predicted = space.features @ of.coefficients
    if space.constant is not None:
        predicted += np.outer(space.constant, of.intercepts)
    errors = np.sum((space.label[:, None] - predicted) ** 2, axis=0) / space.mass
    best = space.prediction(of.benchmark_coefficients, of.benchmark_intercept)
    return HeldOut(errors=errors, benchmark_error=space.error(best))


def checked_features(features: Sequence[Sequence[int]], agents: int, d: int) -> tuple[tuple[int, ...], ...]:
    """The columns each agent sees, without repetitions.

    Raises:
        ValueError: for another number of agents, or a column outside 0 to d - 1.
    """
    if len(features) != agents:
        raise ValueError(f"{agents} agents need as many sets of features, not {len(features)}")
    own = tuple(tuple(dict.fromkeys(map(int, seen))) for seen in features)
    for agent, seen in enumerate(own):
        wrong = [column for column in seen if not 0 <= column < d]
        if wrong:
            raise ValueError(f"agent {agent} sees feature {wrong[0]}, but there are features 0 to {d - 1} only")
    return own


def _size(space: Space) -> float:
    """What counts as the length one: the label's; the features' where the label is nothing."""
    length = float(np.linalg.norm(space.label))
    return length or float(np.linalg.norm(space.features)) or 1.0


def _inputs(space: Space, columns: Sequence[int]) -> FloatArray:
    own = space.features[:, list(columns)]
    return own if space.constant is None else np.column_stack([space.constant, own])


def _ranks(
    flags: NDArray[np.bool_], own: tuple[tuple[int, ...], ...], network: Network, constant: bool
) -> NDArray[np.int64]:
    """How many inputs of each agent were kept; inputs are constant, own features, parents, agent after agent."""
    counts = [constant + len(mine) + len(heard) for mine, heard in zip(own, network.parents, strict=True)]
    kept = np.concatenate([[0], np.cumsum(flags)])
    ends = np.cumsum(counts)
    return np.asarray(kept[ends] - kept[ends - counts], dtype=np.int64)


def _dropped(
    flags: NDArray[np.bool_], own: tuple[tuple[int, ...], ...], network: Network, constant: bool
) -> tuple[tuple[int, ...], ...]:
    found, at, without = [], 0, set(np.flatnonzero(~flags).tolist())
    for mine, heard in zip(own, network.parents, strict=True):
        at += constant + len(mine)
        found.append(tuple(parent for place, parent in enumerate(heard, at) if place in without) if without else ())
        at += len(heard)
    return tuple(found)


# Predictions (m x N), weights (d or d + 1 x N), which inputs were kept, margins (N).
Learned = tuple[FloatArray, FloatArray, NDArray[np.bool_], FloatArray]


def _walk(
    space: Space, network: Network, own: tuple[tuple[int, ...], ...], tolerance: float, ridge: float, size: float
) -> Learned:
    first = int(space.constant is not None)
    predictions = np.zeros((len(space.label), len(network)), order="F")
    weights = np.zeros((first + space.d, len(network)), order="F")
    kept: list[NDArray[np.bool_]] = []
    margins = np.ones(len(network))
    for agent, parents in enumerate(network.parents):
        inputs = np.concatenate([_inputs(space, own[agent]), predictions[:, list(parents)]], axis=1)
        found = project(inputs, space.label, tolerance=tolerance, size=size)
        vector, coefficients = found.vector, found.coefficients
        if ridge:
            coefficients = _shrunk(inputs, space.label, found.kept, ridge, first)
            vector = inputs @ coefficients
        predictions[:, agent] = vector
        mine = first + len(own[agent])
        if first:
            weights[0, agent] = coefficients[0]
        weights[[first + column for column in own[agent]], agent] = coefficients[first:mine]
        weights[:, agent] += weights[:, list(parents)] @ coefficients[mine:]
        kept.append(np.isin(np.arange(inputs.shape[1]), found.kept))
        margins[agent] = found.margin
    return predictions, weights, np.concatenate(kept), margins


def _shrunk(inputs: FloatArray, label: FloatArray, kept: NDArray[np.int64], ridge: float, constant: int) -> FloatArray:
    """Coefficients with a penalty on those of inputs scaled to length one; the constant has none."""
    lengths = np.linalg.norm(inputs[:, kept], axis=0)
    scaled = inputs[:, kept] / lengths
    penalty = np.where((kept == 0) & bool(constant), 0.0, ridge)
    pulled = np.linalg.lstsq(
        np.concatenate([scaled, np.diag(np.sqrt(penalty))]), np.append(label, np.zeros(len(kept))), rcond=None
    )[0]
    coefficients = np.zeros(inputs.shape[1])
    coefficients[kept] = pulled / lengths
    return coefficients


def _compiled(
    walk: Walk, space: Space, network: Network, own: tuple[tuple[int, ...], ...], tolerance: float, size: float
) -> Learned:
    first = int(space.constant is not None)
    columns = np.ascontiguousarray(_inputs(space, range(space.d)).T)
    predictions, weights, flags, margins = walk(
        columns, bool(first), space.label, *packed(own), *packed(network.parents), tolerance, ZERO * size
    )
    return predictions.T, weights.T, flags, margins
