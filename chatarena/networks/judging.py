"""How well agents of a network judged decisions whose answers are known.

Two modes. *Native*: agents heard their parents and stated numbers themselves; nothing is guaranteed, so what is
reported is how often an edge made matters worse, how the stated numbers would have to be stretched, and losses.
*Fitted*: agents scored what they alone knew; logistic nodes combine own scores and parents' logits
(chatarena.networks.logistic), so that every invariant holds in sample and what is left is the network's doing.

Source: docs/theory/aggregation.md; the mapping to debates is derived here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chatarena.choice.response import logit_response
from chatarena.networks.logistic import aggregate_logistic, fit_logistic
from chatarena.networks.network import Network
from chatarena.networks.space import FloatArray

# Log loss of an option that was given no chance at all would be infinite; a chance below this counts as this.
LEAST_CHANCE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One decision: the position of its best option and, for each agent, a number for each option.

    For stated utilities that is one on [0, 1]; for `fitted` any score, in the same unit for an agent in all decisions.
    An agent that gave no number for some option has None in place of all of them.
    """

    best: int
    stated: tuple[tuple[float, ...] | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Over the decisions that an answer was given to: share right (ties shared), Brier score and log loss in nats.

    The Brier score is the sum over options of squared differences, 0 to 2. `missing` decisions had no answer and count
    in none of them; without any answer the numbers are None.
    """

    decisions: int
    missing: int
    right: float | None
    brier: float | None
    log_loss: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Native:
    """What agents of one network stated, over several decisions.

    `output` and `agents` are scores, `by_depth` the mean log loss of the agents of each depth. Of `hand_offs` edges on
    which both ends gave numbers, `worse` is the share after which the log loss was higher; by chance alone a half of
    those that changed anything. `slope` is that of a logistic regression of being best on the log-odds of the
    output agent's chances, a row an option: 1 is calibrated, less is overconfident at this `precision`, which turned
    stated utilities into chances; None where labels can be told apart or there is too little.
    """

    network: Network
    output: Score
    agents: tuple[Score, ...]
    by_depth: tuple[float | None, ...]
    hand_offs: int
    worse: float | None
    slope: float | None
    precision: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """Logistic nodes over agents' own scores: losses in nats for an option, in sample and with decisions left out.

    `excess` is that of the output agent over one fit on all scores, in sample; on every network in which the output
    agent hears all others it is zero, since one score is all that each of them has to say. `rises` counts edges along
    which the loss rose, which none may. `left_out` scores each decision by nodes that learned from the others: its
    options' odds, brought to sum to one. `unscored` decisions had no score of anybody and are left out of all of it.
    `reason` says why there is no such number.
    """

    network: Network
    decisions: int
    unscored: int
    loss: float | None
    excess: float | None
    rises: int
    left_out: Score | None
    reason: str = ""


def chances(stated: Sequence[float], precision: float) -> FloatArray:
    """Choice probabilities of stated utilities, by logit response.

    Args:
        stated: one for each option, on [0, 1].
        precision: lambda, per unit of utility.
    """
    return np.asarray(logit_response(stated, precision).probabilities, dtype=np.float64)


def score(answers: Sequence[tuple[int, FloatArray | None]]) -> Score:
    """Score answers: the position of the best option, and the chances that were given, None where there were none."""
    given = [(best, chance) for best, chance in answers if chance is not None]
    missing = len(answers) - len(given)
    if not given:
        return Score(decisions=len(answers), missing=missing, right=None, brier=None, log_loss=None)
    right = [
        float(chance[best] >= chance.max() - 1e-12) / int(np.sum(chance >= chance.max() - 1e-12))
        for best, chance in given
    ]
    brier = [float(np.sum((chance - np.eye(len(chance))[best]) ** 2)) for best, chance in given]
    return Score(
        decisions=len(answers),
        missing=missing,
        right=float(np.mean(right)),
        brier=float(np.mean(brier)),
        log_loss=float(np.mean([_loss(best, chance) for best, chance in given])),
    )


def native(network: Network, judged: Sequence[Judged], precision: float) -> Native:
    """How agents of a network did that stated their own numbers.

    Args:
        network: who heard whom.
        judged: what they stated, for each decision.
        precision: lambda of the response that turns stated utilities into chances.

    Raises:
        ValueError: no decision, or numbers of another number of agents.
    """
    if not judged or any(len(one.stated) != len(network) for one in judged):
        raise ValueError(f"every decision needs an entry for each of {len(network)} agents, and there must be one")
    given = [[None if row is None else chances(row, precision) for row in one.stated] for one in judged]
    scores = tuple(
        score([(one.best, rows[agent]) for one, rows in zip(judged, given, strict=True)])
        for agent in range(len(network))
    )
    pairs = [
        (_loss(one.best, before), _loss(one.best, after))
        for one, rows in zip(judged, given, strict=True)
        for agent, heard in enumerate(network.parents)
        for parent in heard
        if (before := rows[parent]) is not None and (after := rows[agent]) is not None
    ]
    return Native(
        network=network,
        output=scores[network.output],
        agents=scores,
        by_depth=tuple(
            _mean([scores[agent].log_loss for agent, at in enumerate(network.depths) if at == depth])
            for depth in range(1, max(network.depths) + 1)
        ),
        hand_offs=len(pairs),
        worse=float(np.mean([after > before + 1e-12 for before, after in pairs])) if pairs else None,
        slope=_slope([(one.best, rows[network.output]) for one, rows in zip(judged, given, strict=True)]),
        precision=precision,
    )


def fitted(network: Network, scored: Sequence[Judged]) -> Fitted:
    """Logistic nodes over what agents scored by themselves, each node seeing its own agent's score.

    A row is an option of a decision, its label whether that is the best one; scores count relative to their mean over
    the decision's options, so that an agent that rates everything higher says nothing by it. An agent that gave none
    has zero for all options of that decision, which prefers none of them.

    Raises:
        ValueError: fewer than two decisions, or scores of another number of agents.
    """
    if len(scored) < 2 or any(len(one.stated) != len(network) for one in scored):
        raise ValueError(f"at least two decisions are needed, with an entry for each of {len(network)} agents")
    asked, scored = len(scored), [one for one in scored if any(row is not None for row in one.stated)]
    if len(scored) < 2:
        return _unfitted(network, len(scored), asked, "agents scored fewer than two decisions")
    rows = [_rows(one) for one in scored]
    labels = [np.eye(len(own))[one.best] for one, own in zip(scored, rows, strict=True)]
    seen = [(agent,) for agent in range(len(network))]
    x, y = np.concatenate(rows), np.concatenate(labels)
    try:
        whole = aggregate_logistic(x, y, network, seen)
    except ValueError as error:
        return _unfitted(network, len(scored), asked, str(error))
    rises = sum(
        bool(whole.losses[agent] > whole.losses[parent] + 1e-9)
        for agent, heard in enumerate(network.parents)
        for parent in heard
    )
    answers: list[tuple[int, FloatArray | None]] = []
    reason = ""
    for place, one in enumerate(scored):
        others = [index for index in range(len(scored)) if index != place]
        try:
            got = aggregate_logistic(
                np.concatenate([rows[index] for index in others]),
                np.concatenate([labels[index] for index in others]),
                network,
                seen,
                heldout=(rows[place], labels[place]),
            )
        except ValueError as error:
            reason = f"with one decision left out: {error}"
            answers.append((one.best, None))
        else:
            answers.append((one.best, _brought_to_one(got.heldout_logits, network.output)))
    return Fitted(
        network=network,
        decisions=len(scored),
        unscored=asked - len(scored),
        loss=float(whole.losses[network.output]),
        excess=float(whole.excess[network.output]),
        rises=rises,
        left_out=score(answers),
        reason=reason,
    )


def pooled(judged: Sequence[Judged], precision: float) -> tuple[Score, Score, Score]:
    """Agents that heard nobody, without a network: the mean of their utilities, their vote, and the best one of them.

    The vote counts whom each agent puts first, ties shared, and one more vote for every option, so that nothing is
    ruled out by a few; the best agent is the one of least log loss, chosen knowing the answers.

    Raises:
        ValueError: no decision.
    """
    if not judged:
        raise ValueError("there is no decision to pool")
    mean, vote = [], []
    for one in judged:
        rows = np.array([row for row in one.stated if row is not None])
        mean.append((one.best, chances(rows.mean(axis=0).tolist(), precision) if len(rows) else None))
        tops = rows == rows.max(axis=1, keepdims=True) if len(rows) else rows
        votes = np.sum(tops / tops.sum(axis=1, keepdims=True), axis=0) + 1.0 if len(rows) else None
        vote.append((one.best, None if votes is None else votes / votes.sum()))
    agents = [
        score([(one.best, None if (row := one.stated[agent]) is None else chances(row, precision)) for one in judged])
        for agent in range(len(judged[0].stated))
    ]
    best = min(agents, key=lambda own: np.inf if own.log_loss is None else own.log_loss)
    return score(mean), score(vote), best


def guessing(options: Sequence[int]) -> Score:
    """Somebody who gives all options the same chance, over decisions of so many options.

    Raises:
        ValueError: no decision.
    """
    if not options:
        raise ValueError("there is no decision to guess at")
    return score([(0, np.full(many, 1.0 / many)) for many in options])


def _unfitted(network: Network, decisions: int, asked: int, reason: str) -> Fitted:
    return Fitted(
        network=network,
        decisions=decisions,
        unscored=asked - decisions,
        loss=None,
        excess=None,
        rises=0,
        left_out=None,
        reason=reason,
    )


def _rows(one: Judged) -> FloatArray:
    """Scores (options x agents), each agent's centred over the options."""
    width = next(len(row) for row in one.stated if row is not None)
    return np.column_stack([np.zeros(width) if row is None else np.asarray(row) - np.mean(row) for row in one.stated])


def _brought_to_one(logits: FloatArray | None, agent: int) -> FloatArray | None:
    if logits is None:
        return None
    own = logits[:, agent] - logits[:, agent].max()
    return np.asarray(np.exp(own) / np.exp(own).sum())


def _loss(best: int, chance: FloatArray) -> float:
    return -float(np.log(max(float(chance[best]), LEAST_CHANCE)))


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _slope(answers: Sequence[tuple[int, FloatArray | None]]) -> float | None:
    rows = [
        (chance[option], float(option == best))
        for best, chance in answers
        if chance is not None
        for option in range(len(chance))
    ]
    if not rows:
        return None
    chance, label = np.array(rows).T
    odds = np.log(np.clip(chance, LEAST_CHANCE, 1.0 - LEAST_CHANCE))
    odds -= np.log(1.0 - np.clip(chance, LEAST_CHANCE, 1.0 - LEAST_CHANCE))
    try:
        return float(fit_logistic(np.column_stack([np.ones(len(odds)), odds]), label)[1])
    except ValueError:
        return None
