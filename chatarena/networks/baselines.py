"""What needs no network: the best agent alone, the mean and the vote of all, a pool of log-odds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chatarena.networks.linear import Aggregation, aggregate
from chatarena.networks.logistic import log_loss
from chatarena.networks.network import network
from chatarena.networks.space import FloatArray, Space


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Alone:
    """Agents that hear nobody, each on its own features.

    `best` is the one of least error in sample, `best_excess` its excess, `mean_excess` that of the mean of all their
    predictions: both as squared distances to the benchmark.
    """

    agents: Aggregation
    best: int
    best_excess: float
    mean_excess: float


def alone(space: Space, features: tuple[tuple[int, ...], ...], *, ridge: float = 0.0) -> Alone:
    """The same agents without a network.

    Args:
        space: what they learn from.
        features: the columns each of them sees.
        ridge: the penalty that they learn with, as in `aggregate`.

    Raises:
        ValueError: a column that is not there.
    """
    learned = aggregate(space, network("empty", [[] for _ in features]), features, ridge=ridge)
    best = int(np.argmin(learned.errors))
    mean = learned.predictions.mean(axis=1)
    return Alone(
        agents=learned,
        best=best,
        best_excess=float(learned.excess[best]),
        mean_excess=float(np.sum((mean - learned.benchmark) ** 2)) / space.mass,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pools:
    """Log loss in nats of what can be made of agents' logits without learning.

    `mean` averages logits, `sum` adds them as independent evidence (each without its prior logit), `vote` is the share
    of agents above even, smoothed by one vote for each side. `majority_error` is how often more than half are wrong,
    ties counted half.
    """

    mean: float
    sum: float
    vote: float
    majority_error: float


def pools(logits: FloatArray, label: FloatArray, prior: float) -> Pools:
    """Pools of logits (n x N) of agents that hear nobody against labels (n,) of 0 and 1.

    Args:
        logits: one column for each agent.
        label: what was true.
        prior: the share of ones, known to all.

    Raises:
        ValueError: shapes that do not go together, or a prior outside 0 to 1.
    """
    if logits.ndim != 2 or label.shape != (len(logits),) or not logits.size:
        raise ValueError(f"logits are (n, N) and labels (n,), not {logits.shape} and {label.shape}")
    if not 0.0 < prior < 1.0:
        raise ValueError(f"a prior lies between 0 and 1, not {prior}")
    before = float(np.log(prior / (1.0 - prior)))
    agents = logits.shape[1]
    votes = np.sum(logits > 0.0, axis=1) + 0.5 * np.sum(logits == 0.0, axis=1)
    share = (votes + 1.0) / (agents + 2.0)
    right = np.where(label > 0.5, votes, agents - votes)
    return Pools(
        mean=log_loss(logits.mean(axis=1), label),
        sum=log_loss(before + np.sum(logits - before, axis=1), label),
        vote=log_loss(np.log(share / (1.0 - share)), label),
        majority_error=float(np.mean(np.where(2.0 * right == agents, 0.5, 2.0 * right < agents))),
    )
