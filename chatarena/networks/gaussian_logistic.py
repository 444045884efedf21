"""Logistic agents on a Gaussian population, exactly: the least-squares path, rescaled agent by agent.

With inputs and true logit jointly Gaussian, Stein's identity makes an agent's logit c times the least-squares
prediction of the true logit, where c E[s'(c t g)] = E[s'(T g)], s' the slope of the logistic function, t and T the
standard deviations of prediction and true logit, g standard normal. What is left is two integrals.

Source: derived here; Bateni et al., arXiv 2609.05318, abstract, says that the logistic path follows the least-squares
path up to rescaling. The instance: arXiv 2605.01082, Theorem 4.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chatarena.networks.linear import aggregate
from chatarena.networks.logistic import sigmoid
from chatarena.networks.network import Network
from chatarena.networks.space import FloatArray, Space

# Nodes of the Gauss-Hermite rule; more change the sixth digit nowhere that was tried.
NODES = 120


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GaussianLogistic:
    """For each of N agents: `scales` c, and `excess` log loss in nats against knowing the true logit."""

    network: Network
    scales: FloatArray
    excess: FloatArray


def aggregate_gaussian_logistic(space: Space, network: Network, features: Sequence[Sequence[int]]) -> GaussianLogistic:
    """Logistic agents where features are Gaussian and P(y = 1) is the logistic function of the space's label.

    Raises:
        ValueError: a space that is no population, or whose features do not determine the logit.
    """
    if space.origin != "population":
        raise ValueError("only a population is known exactly; use aggregate_logistic on a table")
    linear = aggregate(space, network, features)
    variance = float(space.label @ space.label)
    if linear.benchmark_error > 1e-9 * variance:
        raise ValueError("the true logit must be a linear function of the features")
    found = [_scaled(float(prediction @ prediction), variance) for prediction in linear.predictions.T]
    return GaussianLogistic(
        network=network,
        scales=np.array([scale for scale, _ in found]),
        excess=np.array([loss for _, loss in found]),
    )


def _scaled(explained: float, variance: float) -> tuple[float, float]:
    """c and the excess of a prediction of this variance of a logit of that one."""
    from scipy.optimize import brentq

    points, chances = np.polynomial.hermite_e.hermegauss(NODES)
    chances = chances / chances.sum()
    deviation, left = np.sqrt(explained), np.sqrt(max(variance - explained, 0.0))
    goal = float(chances @ _slope(np.sqrt(variance) * points))

    def short(c: float) -> float:
        return c * float(chances @ _slope(c * deviation * points)) - goal

    # Less than the whole logit is known, so c is at most 1; where all is known it is 1.
    scale = 0.0 if explained == 0.0 else 1.0 if left == 0.0 else float(brentq(short, 0.0, 1.0 + 1e-9, xtol=1e-15))
    known = deviation * points[:, None]
    true = known + left * points[None, :]
    said, chance = scale * known, sigmoid(true)
    loss = (np.logaddexp(0.0, said) - chance * said) - (np.logaddexp(0.0, true) - chance * true)
    return scale, float(chances @ loss @ chances)


def _slope(logit: FloatArray) -> FloatArray:
    chance = sigmoid(logit)
    return chance * (1.0 - chance)
