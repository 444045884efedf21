"""Hand-offs that lose something: rounded, noisy or reduced to a side, learned and judged on the rows themselves.

A message that is no linear function of the features leaves the space in which exact aggregation is cheap, so agents
here fit on all rows. With exact messages the predictions are those of chatarena.networks.linear.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from chatarena.hull.threads import one_thread
from chatarena.networks.linear import checked_features
from chatarena.networks.network import Network
from chatarena.networks.projection import TOLERANCE, project
from chatarena.networks.rows import Room, rooms
from chatarena.networks.space import FloatArray

MessageKind = Literal["exact", "rounded", "noisy", "side"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is handed on of a prediction.

    - exact: the number.
    - rounded: to `decimals`.
    - noisy: with Gaussian noise of standard deviation `noise`, in units of the label, drawn for every row.
    - side: only whether it lies above the mean of the labels, as +1 or -1.
    """

    kind: MessageKind = "exact"
    decimals: int = 2
    noise: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HandedOn:
    """Agents that heard messages: `predictions` (n x N), `errors` and `excess` (N) in sample, in squared units.

    `heldout_errors` and `heldout_benchmark_error` are None where no rows were kept out. The excess is a difference of
    errors here: it is no squared distance any more.
    """

    network: Network
    message: Message
    predictions: FloatArray
    errors: FloatArray
    excess: FloatArray
    benchmark_error: float
    heldout_errors: FloatArray | None
    heldout_benchmark_error: float | None


@one_thread()
def aggregate_messages(
    features: ArrayLike,
    label: ArrayLike,
    network: Network,
    seen: Sequence[Sequence[int]],
    message: Message,
    *,
    intercept: bool = True,
    tolerance: float = TOLERANCE,
    heldout: tuple[ArrayLike, ArrayLike] | None = None,
    rng: np.random.Generator | None = None,
) -> HandedOn:
    """Least-squares agents that hear messages instead of predictions.

    Args:
        features: (n x d).
        label: (n,).
        network: who hears whom.
        seen: the columns each agent sees.
        message: what is handed on; the output agent's own prediction is judged as it is.
        intercept: give every agent the constant feature.
        tolerance: share below which what is left of an input counts as nothing.
        heldout: features and label of rows nobody learns from.
        rng: draws the noise of noisy messages.

    Raises:
        ValueError: shapes that do not go together, decimals or noise below zero, or noise without a generator.
    """
    if message.decimals < 0 or message.noise < 0.0:
        raise ValueError(f"decimals and noise are not negative: {message.decimals}, {message.noise}")
    if message.kind == "noisy" and rng is None:
        raise ValueError("noise is drawn: give it a generator")
    inside, outside = rooms(features, label, heldout, agents=len(network), intercept=intercept)
    own = checked_features(seen, len(network), inside.table.shape[1])
    fit = partial(_fitted, label=inside.label, tolerance=tolerance)
    level = float(np.mean(inside.label))
    for agent, parents in enumerate(network.parents):
        coefficients = fit(inside.inputs(own[agent], parents))
        for room in (inside,) if outside is None else (inside, outside):
            room.said[:, agent] = room.inputs(own[agent], parents) @ coefficients
            room.heard[:, agent] = _word(room.said[:, agent], message, level, rng)
    best = fit(inside.everything())
    errors, floor = _errors(inside), _error_of(inside, best)
    return HandedOn(
        network=network,
        message=message,
        predictions=inside.said,
        errors=errors,
        excess=errors - floor,
        benchmark_error=floor,
        heldout_errors=None if outside is None else _errors(outside),
        heldout_benchmark_error=None if outside is None else _error_of(outside, best),
    )


def _fitted(inputs: FloatArray, *, label: FloatArray, tolerance: float) -> FloatArray:
    return project(inputs, label, tolerance=tolerance, size=float(np.linalg.norm(label)) or 1.0).coefficients


def _word(prediction: FloatArray, message: Message, level: float, rng: np.random.Generator | None) -> FloatArray:
    match message.kind:
        case "exact":
            return prediction
        case "rounded":
            return np.round(prediction, message.decimals)
        case "side":
            return np.where(prediction > level, 1.0, -1.0)
        case "noisy":
            if rng is None:
                raise ValueError("noise is drawn: give it a generator")
            return prediction + message.noise * rng.standard_normal(len(prediction))


def _errors(room: Room) -> FloatArray:
    found: FloatArray = np.mean((room.label[:, None] - room.said) ** 2, axis=0)
    return found


def _error_of(room: Room, best: FloatArray) -> float:
    return float(np.mean((room.label - room.everything() @ best) ** 2))
