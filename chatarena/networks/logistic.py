"""Logistic agents on a network, each fitting its own features and its parents' logits without a penalty.

Law: residuals are orthogonal to every input and to the agent's own logit, so log loss never rises along an edge; in
sample exactly.

Source: Bateni et al., arXiv 2605.01082 (ICML 2026): logit passing.
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
from chatarena.networks.rows import Room, rooms
from chatarena.networks.space import FloatArray

# A step that promises a smaller share of the loss is taken whole and is the last: the loss could not tell shorter ones
# apart, and so near the optimum a Newton step leaves the square of what was missing.
PROMISED = 1e-14
STEPS = 100
# Mean curvature along some direction below this means that labels can be told apart along it: no finite optimum.
FLAT = 1e-10
TOLD_APART = "labels that can be told apart without error have no finite logistic fit: leave out what tells"
Passing = Literal["logits", "probabilities"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogisticAggregation:
    """What logistic agents have learned; losses in nats a row.

    `logits` (n x N), `losses` (N), `excess` (N) against `benchmark_loss` of one logistic fit on all features, whose
    coefficients (d) are `benchmark_coefficients`. `passing` says what parents handed on; identities hold for logits.
    `heldout_logits` (m x N), `heldout_losses` and `heldout_benchmark_loss` are of rows kept out, None where there were
    none.
    """

    network: Network
    features: tuple[tuple[int, ...], ...]
    logits: FloatArray
    losses: FloatArray
    excess: FloatArray
    benchmark_logit: FloatArray
    benchmark_coefficients: FloatArray
    benchmark_loss: float
    passing: Passing
    heldout_logits: FloatArray | None
    heldout_losses: FloatArray | None
    heldout_benchmark_loss: float | None


@one_thread()
def aggregate_logistic(
    features: ArrayLike,
    label: ArrayLike,
    network: Network,
    seen: Sequence[Sequence[int]],
    *,
    intercept: bool = True,
    passing: Passing = "logits",
    heldout: tuple[ArrayLike, ArrayLike] | None = None,
) -> LogisticAggregation:
    """Let logistic agents learn, parents first.

    Args:
        features: (n x d).
        label: (n,) of 0 and 1.
        network: who hears whom.
        seen: the columns each agent sees.
        intercept: give every agent the constant feature.
        passing: what is handed on; probabilities are what the paper's theorems are not about, and do worse.
        heldout: features and label of rows nobody learns from.

    Raises:
        ValueError: shapes, labels other than 0 and 1, or labels that an agent can tell apart without error, so that
            no finite optimum exists.
    """
    inside, outside = rooms(features, label, heldout, agents=len(network), intercept=intercept)
    own = checked_features(seen, len(network), inside.table.shape[1])
    both = (inside,) if outside is None else (inside, outside)
    if not all(np.isin(room.label, (0.0, 1.0)).all() for room in both):
        raise ValueError("labels must be 0 or 1")
    best = fit_logistic(inside.everything(), inside.label)
    for agent, parents in enumerate(network.parents):
        try:
            coefficients = fit_logistic(inside.inputs(own[agent], parents), inside.label)
        except ValueError as error:
            raise ValueError(f"agent {network.label(agent)}: {error}") from error
        for room in both:
            logit = room.inputs(own[agent], parents) @ coefficients
            room.said[:, agent] = logit
            room.heard[:, agent] = logit if passing == "logits" else sigmoid(logit)
    benchmark, losses = inside.everything() @ best, _losses(inside)
    floor = log_loss(benchmark, inside.label)
    return LogisticAggregation(
        network=network,
        features=own,
        logits=inside.said,
        losses=losses,
        excess=losses - floor,
        benchmark_logit=benchmark,
        benchmark_coefficients=best[int(intercept) :],
        benchmark_loss=floor,
        passing=passing,
        heldout_logits=None if outside is None else outside.said,
        heldout_losses=None if outside is None else _losses(outside),
        heldout_benchmark_loss=None if outside is None else log_loss(outside.everything() @ best, outside.label),
    )


def _losses(room: Room) -> FloatArray:
    return np.array([log_loss(logit, room.label) for logit in room.said.T])


def fit_logistic(inputs: FloatArray, label: FloatArray, *, tolerance: float = TOLERANCE) -> FloatArray:
    """The coefficients (p,) of least mean log loss, by damped Newton steps; zero on inputs that add nothing.

    Args:
        inputs: (n x p); no constant is added.
        label: (n,), 0 and 1, or probabilities between.
        tolerance: share below which what is left of an input counts as nothing.

    Raises:
        ValueError: the labels can be told apart by these inputs, so that the loss has no finite minimum.
    """
    n = len(label)
    kept = np.sort(project(inputs, label - 0.5, tolerance=tolerance, size=float(np.sqrt(n))).kept)
    coefficients = np.zeros(inputs.shape[1])
    if not len(kept):
        return coefficients
    scale = np.sqrt(np.mean(inputs[:, kept] ** 2, axis=0))
    scaled = inputs[:, kept] / scale
    # In an orthonormal basis Newton's matrix is as well conditioned as the problem is.
    basis, triangle = np.linalg.qr(scaled)
    basis *= np.sqrt(n)
    triangle /= np.sqrt(n)
    weights = _newton(basis, label)
    coefficients[kept] = np.linalg.solve(triangle, weights) / scale
    return coefficients


def log_loss(logit: FloatArray, label: FloatArray) -> float:
    """Mean log loss of logits against labels, in nats."""
    return float(np.mean(np.logaddexp(0.0, logit) - label * logit))


def sigmoid(logit: FloatArray) -> FloatArray:
    """1 / (1 + exp(-logit)) without overflow."""
    from scipy.special import expit

    found: FloatArray = expit(logit)
    return found


def _newton(basis: FloatArray, label: FloatArray) -> FloatArray:
    n, weights = len(label), np.zeros(basis.shape[1])
    loss = log_loss(basis @ weights, label)
    for _ in range(STEPS):
        logit = basis @ weights
        chance = sigmoid(logit)
        gradient = basis.T @ (chance - label) / n
        curvature = (basis * (chance * (1.0 - chance))[:, None]).T @ basis / n
        if float(np.linalg.eigvalsh(curvature)[0]) < FLAT:
            raise ValueError(TOLD_APART)
        step = np.linalg.solve(curvature, gradient)
        if float(gradient @ step) <= PROMISED * loss:
            return weights - step
        share, after = 1.0, log_loss(basis @ (weights - step), label)
        while after > loss and share > 1e-10:
            share /= 2.0
            after = log_loss(basis @ (weights - share * step), label)
        if after > loss:
            break
        weights, loss = weights - share * step, after
    return weights
