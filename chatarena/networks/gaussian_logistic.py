"""Logistic agents on a Gaussian population, exactly: the least-squares path, rescaled agent by agent.

With inputs and true logit jointly Gaussian, Stein's identity makes an agent's logit c times the least-squares
prediction of the true logit, where c E[s'(c t g)] = E[s'(T g)], s' the slope of the logistic function, t and T the
standard deviations of prediction and true logit, g standard normal. What is left are integrals over one number.

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

# Standard normal integrals by the trapezoidal rule on [-REACH, REACH]: for functions with poles it converges as fast as
# Gauss-Hermite does for smooth ones, while that rule misses a steep slope (half of c at a standard deviation of 20).
REACH = 9.0


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
    deviation = float(np.sqrt(variance))
    found = [_scaled(float(np.linalg.norm(prediction)), deviation) for prediction in linear.predictions.T]
    return GaussianLogistic(
        network=network,
        scales=np.array([scale for scale, _ in found]),
        excess=np.array([loss for _, loss in found]),
    )


def _scaled(known: float, whole: float) -> tuple[float, float]:
    """c and the excess of a prediction of this standard deviation, of a logit of that one."""
    from scipy.optimize import brentq

    points = np.linspace(-REACH, REACH, 2 * round(REACH * max(20.0, 4.0 * whole)) + 1)
    chances = np.exp(-0.5 * points**2)
    chances /= chances.sum()
    goal = float(chances @ _slope(whole * points))

    def short(c: float) -> float:
        return c * float(chances @ _slope(c * known * points)) - goal

    # Less than the whole logit is known, so c is at most 1; where all is known it is 1.
    scale = 0.0 if known == 0.0 else 1.0 if known >= whole else float(brentq(short, 0.0, 1.0 + 1e-9, xtol=1e-15))

    def loss(said: float, covariance: float) -> float:
        # Stein again: E[said * chance] is their covariance times the mean slope of the true chance.
        return float(chances @ np.logaddexp(0.0, said * points)) - covariance * goal

    return scale, max(0.0, loss(scale * known, scale * known**2) - loss(whole, whole**2))


def _slope(logit: FloatArray) -> FloatArray:
    chance = sigmoid(logit)
    return chance * (1.0 - chance)
