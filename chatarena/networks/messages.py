"""Hand-offs that lose something: rounded, noisy or reduced to a side, learned and judged on the rows themselves.

A message that is no linear function of the features leaves the space in which exact aggregation is cheap, so agents
here fit on all rows. With exact messages the predictions are those of chatarena.networks.linear.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from chatarena.hull.threads import one_thread
from chatarena.networks.linear import checked_features
from chatarena.networks.network import Network
from chatarena.networks.projection import TOLERANCE, project
from chatarena.networks.rows import checked_table, kept_out
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
    x, y = checked_table(features, label)
    held = kept_out(heldout, x.shape[1])
    if message.decimals < 0 or message.noise < 0.0:
        raise ValueError(f"decimals and noise are not negative: {message.decimals}, {message.noise}")
    if message.kind == "noisy" and rng is None:
        raise ValueError("noise is drawn: give it a generator")
    own = checked_features(seen, len(network), x.shape[1])
    tables = [x] if held is None else [x, held[0]]
    said = [np.empty((len(table), len(network))) for table in tables]
    heard = [np.empty((len(table), len(network))) for table in tables]
    level, size = float(np.mean(y)), float(np.linalg.norm(y)) or 1.0
    for agent, parents in enumerate(network.parents):
        inputs = [
            _inputs(table, own[agent], words[:, list(parents)], intercept)
            for table, words in zip(tables, heard, strict=True)
        ]
        coefficients = project(inputs[0], y, tolerance=tolerance, size=size).coefficients
        for place, columns in enumerate(inputs):
            said[place][:, agent] = columns @ coefficients
            heard[place][:, agent] = _word(said[place][:, agent], message, level, rng)
    everything = [_inputs(table, range(x.shape[1]), np.empty((len(table), 0)), intercept) for table in tables]
    best = project(everything[0], y, tolerance=tolerance, size=size).coefficients
    errors = _errors(said[0], y)
    floor = float(np.mean((y - everything[0] @ best) ** 2))
    return HandedOn(
        network=network,
        message=message,
        predictions=said[0],
        errors=errors,
        excess=errors - floor,
        benchmark_error=floor,
        heldout_errors=None if held is None else _errors(said[1], held[1]),
        heldout_benchmark_error=None if held is None else float(np.mean((held[1] - everything[1] @ best) ** 2)),
    )


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


def _inputs(table: FloatArray, columns: Sequence[int], words: FloatArray, intercept: bool) -> FloatArray:
    return np.column_stack([np.ones((len(table), int(intercept))), table[:, list(columns)], words])


def _errors(predictions: FloatArray, label: FloatArray) -> FloatArray:
    found: FloatArray = np.mean((label[:, None] - predictions) ** 2, axis=0)
    return found
