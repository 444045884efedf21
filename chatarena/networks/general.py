"""Agents with any hypothesis class: GOR-style, not the paper's algorithm.

Kearns, Roth and Ryu extend their guarantees beyond linear models by what they call greedy orthogonal regression; its
text could not be read. Here an agent fits its parents' predictions by least squares, learns one hypothesis of its own
features on what is left, and fits both again: a step of orthogonal matching pursuit. So errors never rise along an
edge in sample, residuals are orthogonal to what the agent heard and chose, and one step brings at least
<residual, h>^2 / |h|^2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from chatarena.networks.linear import checked_features
from chatarena.networks.network import Network
from chatarena.networks.projection import TOLERANCE, project
from chatarena.networks.rows import checked_table, kept_out
from chatarena.networks.space import FloatArray


class Hypothesis(Protocol):
    """What learns a number from features, as scikit-learn's regressors do."""

    def fit(self, features: FloatArray, target: FloatArray, /) -> object:
        """Learn from (n x s) features and (n,) targets."""
        ...

    def predict(self, features: FloatArray, /) -> FloatArray:
        """Say (m,) numbers for (m x s) features."""
        ...


# A hypothesis for an agent, by the agent's number; fresh for each.
Learner: TypeAlias = Callable[[int], Hypothesis]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GeneralAggregation:
    """What such agents have learned: `predictions` (n x N), `errors` (N), `gains` (N) of the step of each.

    `benchmark_error` is in-sample that of one hypothesis of the class on all features, which for such classes is a
    yardstick and no bound: an agent may be better. `heldout_*` are None where no rows were kept out.
    """

    network: Network
    predictions: FloatArray
    errors: FloatArray
    gains: FloatArray
    benchmark_error: float
    heldout_errors: FloatArray | None
    heldout_benchmark_error: float | None
    method: str = "GOR-style (orthogonal greedy steps), not the algorithm of Kearns, Roth, Ryu"


def aggregate_general(
    features: ArrayLike,
    label: ArrayLike,
    network: Network,
    seen: Sequence[Sequence[int]],
    learner: Learner,
    *,
    heldout: tuple[ArrayLike, ArrayLike] | None = None,
) -> GeneralAggregation:
    """Let agents with hypotheses of a class learn, parents first; everybody is given the constant.

    Args:
        features: (n x d).
        label: (n,).
        network: who hears whom.
        seen: the columns each agent sees; an agent that sees none only fits its parents.
        learner: makes the hypothesis of an agent (`trees` for example).
        heldout: features and label of rows nobody learns from.

    Raises:
        ValueError: shapes that do not go together, or numbers that are not finite.
    """
    x, y = checked_table(features, label)
    held = kept_out(heldout, x.shape[1])
    own = checked_features(seen, len(network), x.shape[1])
    tables = [x] if held is None else [x, held[0]]
    said = [np.empty((len(table), len(network))) for table in tables]
    gains = np.zeros(len(network))
    for agent, parents in enumerate(network.parents):
        heard = [
            np.column_stack([np.ones(len(table)), words[:, list(parents)]])
            for table, words in zip(tables, said, strict=True)
        ]
        before = heard[0] @ _coefficients(heard[0], y)
        inputs = heard
        if own[agent]:
            chosen = learner(agent)
            chosen.fit(x[:, own[agent]], y - before)
            inputs = [
                np.column_stack([columns, chosen.predict(table[:, own[agent]])])
                for columns, table in zip(heard, tables, strict=True)
            ]
        coefficients = _coefficients(inputs[0], y)
        for place, columns in enumerate(inputs):
            said[place][:, agent] = columns @ coefficients
        gains[agent] = float(np.mean((y - before) ** 2) - np.mean((y - said[0][:, agent]) ** 2))
    best = learner(len(network))
    best.fit(x, y)
    return GeneralAggregation(
        network=network,
        predictions=said[0],
        errors=np.mean((y[:, None] - said[0]) ** 2, axis=0),
        gains=gains,
        benchmark_error=float(np.mean((y - best.predict(x)) ** 2)),
        heldout_errors=None if held is None else np.mean((held[1][:, None] - said[1]) ** 2, axis=0),
        heldout_benchmark_error=None if held is None else float(np.mean((held[1] - best.predict(held[0])) ** 2)),
    )


def trees(depth: int = 3, *, seed: int = 0) -> Learner:
    """Regression trees of a depth, from scikit-learn (extra `learners`).

    Raises:
        ValueError: a depth below 1, or scikit-learn is not installed.
    """
    if depth < 1:
        raise ValueError(f"a tree has a depth of at least 1, not {depth}")
    try:
        from sklearn.tree import DecisionTreeRegressor
    except ImportError as error:
        raise ValueError("trees come from scikit-learn: install the extra `learners`") from error

    def make(agent: int) -> Hypothesis:
        found: Hypothesis = DecisionTreeRegressor(max_depth=depth, random_state=seed + agent)
        return found

    return make


def boosting(rounds: int = 50, *, depth: int = 2, seed: int = 0) -> Learner:
    """Gradient-boosted trees, from scikit-learn (extra `learners`).

    Raises:
        ValueError: fewer than one round, or scikit-learn is not installed.
    """
    if rounds < 1 or depth < 1:
        raise ValueError(f"boosting has at least one round of trees of depth 1, not {rounds} and {depth}")
    try:
        from sklearn.ensemble import GradientBoostingRegressor
    except ImportError as error:
        raise ValueError("boosting comes from scikit-learn: install the extra `learners`") from error

    def make(agent: int) -> Hypothesis:
        found: Hypothesis = GradientBoostingRegressor(n_estimators=rounds, max_depth=depth, random_state=seed + agent)
        return found

    return make


def _coefficients(inputs: FloatArray, label: FloatArray) -> FloatArray:
    size = float(np.linalg.norm(label)) or 1.0
    return project(inputs, label, tolerance=TOLERANCE, size=size).coefficients
