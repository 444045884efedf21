"""What a panel of agents says the options are worth. Law: an option is never made better or worse by *who* rated it.

Averaging each option over whoever happened to rate it compares different judges: an option rated only by a generous
agent would beat one rated only by a strict agent. So where rows have holes, agents' levels are estimated and removed
(least squares with additive agent and option effects), and options that no chain of common judges connects are
reported as missing instead of compared.

Theory: docs/theory/blending-advice.md, "the panel".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from chatarena.choice.checks import Row, finite_row, optional_row, optional_table, within_unit
from chatarena.choice.response import logit_response, maximisers

# Numerical dust of a solver that found the weights; such an agent must not be the only bridge between two options.
DUST = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelUtility:
    """Weighted worth of every option to the panel, in the unit of the ratings.

    `values` are None where no comparable number exists; `reasons` says why, empty elsewhere. Fitted values may lie
    outside the range of the ratings. `weights` are those that were used: they sum to one over the agents that
    counted and are 0 for the others (all 0 where nothing could be combined). `heard` counts, per option, the agents
    that gave a number there, whatever their weight. `missing` lists (agent, option) without a number. `method` is
    `weighted mean`, `additive effects` or `nothing to combine`.
    """

    values: Row
    weights: tuple[float, ...]
    heard: tuple[int, ...]
    missing: tuple[tuple[int, int], ...]
    method: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveOneOut:
    """What the panel would favour without one agent.

    `probabilities` are None for options that have no panel value then. `flipped` is True where the set of favourites
    is not the one of the full panel; ties that appear or dissolve count.
    """

    agent: int
    probabilities: Row
    best: tuple[int, ...]
    flipped: bool
    precision: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """How far what an agent says lies from what it thinks; over the options that have both numbers.

    `per_option` is claim minus appraisal: positive where the agent oversells. `rank_correlation` is Kendall's tau-b:
    1 same order, -1 reversed, None where fewer than two options have both numbers or one side ties throughout.
    `favourite_differs` is True where no option is a favourite on both sides; None where that cannot be said.
    """

    per_option: Row
    mean_absolute: float | None
    rank_correlation: float | None
    favourite_differs: bool | None
    options: int
    method: str = "claim minus appraisal; Kendall's tau-b"


def panel_utility(ratings: Sequence[Sequence[float | None]], weights: Sequence[float] | None = None) -> PanelUtility:
    """The panel's worth of every option: the weighted mean, with agents' levels removed where rows have holes.

    With complete rows: v_a = sum_i w_i r_ia / sum_i w_i. Otherwise v and the levels b minimise
    sum over rated (i, a) of w_i (r_ia - v_a - b_i)^2 subject to sum_i w_i b_i = 0, which is the mean over rows whose
    holes were filled with v_a + b_i. Both agree where rows are complete.

    Args:
        ratings: agents x options, any common unit, None where missing.
        weights: one per agent, >= 0, any scale; None weighs all the same. Agents below `DUST` of the largest weight
            and agents without any number do not count.

    Raises:
        ValueError: no agents, no options, ragged rows, non-finite numbers, another number of weights or a negative one.

    Source: least squares in the unbalanced two-way layout: Yates (1934), JASA 29.
    """
    rows = optional_table(ratings, "ratings")
    given = _checked_weights(weights, len(rows))
    options = range(len(rows[0]))
    group = _comparable(rows, given)
    used = tuple(w if group & _rated(row) else 0.0 for row, w in zip(rows, given, strict=True))
    total = math.fsum(used)
    shares = tuple(w / total for w in used) if total > 0 else used
    values, method = _combine(rows, shares, group)
    heard = tuple(sum(row[a] is not None for row in rows) for a in options)
    return PanelUtility(
        values=values,
        weights=shares,
        heard=heard,
        missing=tuple((i, a) for i, row in enumerate(rows) for a in options if row[a] is None),
        method=method,
        reasons=tuple("" if values[a] is not None else _reason(rows, given, a) for a in options),
    )


def leave_one_out(
    ratings: Sequence[Sequence[float | None]], precision: float, weights: Sequence[float] | None = None
) -> tuple[LeaveOneOut, ...]:
    """The panel's logit response without each agent in turn, and whether its favourite changes.

    Args:
        ratings: agents x options on [0, 1], None where missing.
        precision: lambda >= 0, per unit of that scale.
        weights: as `panel_utility`; the others keep their proportions.

    Returns:
        One entry per agent, in order. An agent without whom nothing can be combined leaves no favourite.

    Raises:
        ValueError: as `panel_utility` and `logit_response`, or a rating outside [0, 1].
    """
    rows = optional_table(ratings, "ratings")
    for i, row in enumerate(rows):
        within_unit(row, f"ratings[{i}]")
    given = _checked_weights(weights, len(rows))
    full = maximisers(panel_utility(rows, given).values)
    found = []
    for agent in range(len(rows)):
        others = [0.0 if i == agent else w for i, w in enumerate(given)]
        values = panel_utility(rows, others).values
        best = maximisers(values)
        found.append(
            LeaveOneOut(
                agent=agent,
                probabilities=_respond(values, precision),
                best=best,
                flipped=best != full,
                precision=float(precision),
            )
        )
    return tuple(found)


def say_think_gap(claim: Sequence[float | None], appraisal: Sequence[float | None]) -> Gap:
    """Compare what an agent says the options are worth with what it thinks, option by option and as an order.

    Args:
        claim: one per option, None where missing.
        appraisal: one per option, in the same unit.

    Raises:
        ValueError: different lengths, no options, or non-finite numbers.

    Source: Kendall (1945), Biometrika 33, for tau-b.
    """
    said, thought = optional_row(claim, "claim"), optional_row(appraisal, "appraisal")
    if len(said) != len(thought):
        raise ValueError(f"the claim has {len(said)} options, the appraisal {len(thought)}")
    differences = tuple(None if s is None or t is None else s - t for s, t in zip(said, thought, strict=True))
    pairs = [(s, t) for s, t in zip(said, thought, strict=True) if s is not None and t is not None]
    known = [abs(d) for d in differences if d is not None]
    return Gap(
        per_option=differences,
        mean_absolute=math.fsum(known) / len(known) if known else None,
        rank_correlation=_tau_b(pairs),
        favourite_differs=_favourite_differs(pairs),
        options=len(pairs),
    )


def _rated(row: Row) -> frozenset[int]:
    return frozenset(a for a, value in enumerate(row) if value is not None)


def _checked_weights(weights: Sequence[float] | None, agents: int) -> tuple[float, ...]:
    if weights is None:
        return (1.0,) * agents
    values = finite_row(weights, "weights")
    if len(values) != agents:
        raise ValueError(f"{len(values)} weights for {agents} agents")
    if min(values) < 0:
        raise ValueError(f"a weight cannot be negative: {min(values)!r}")
    top = max(values)
    return tuple(w / top if w > top * DUST else 0.0 for w in values) if top > 0 else values


def _comparable(rows: tuple[Row, ...], weights: tuple[float, ...]) -> frozenset[int]:
    """The largest set of options connected by common judges (by options, then by weight); empty where two tie."""
    groups: list[frozenset[int]] = []
    for row, weight in zip(rows, weights, strict=True):
        rated = _rated(row)
        if weight == 0 or not rated:
            continue
        merged = rated.union(*(group for group in groups if group & rated))
        groups = [group for group in groups if not group & rated] + [merged]
    if not groups:
        return frozenset()

    def size(group: frozenset[int]) -> tuple[int, float]:
        return len(group), math.fsum(w for row, w in zip(rows, weights, strict=True) if group & _rated(row))

    ranked = sorted(groups, key=size, reverse=True)
    if len(ranked) > 1 and size(ranked[0]) == size(ranked[1]):
        return frozenset()
    return ranked[0]


def _combine(rows: tuple[Row, ...], shares: tuple[float, ...], group: frozenset[int]) -> tuple[Row, str]:
    counted = [(row, share) for row, share in zip(rows, shares, strict=True) if share > 0]
    if not counted:
        return (None,) * len(rows[0]), "nothing to combine"
    if all(_rated(row) == group for row, _ in counted):
        total = math.fsum(share for _, share in counted)
        means = {a: math.fsum(share * (row[a] or 0.0) for row, share in counted) / total for a in group}
        return tuple(means.get(a) for a in range(len(rows[0]))), "weighted mean"
    fitted = dict(zip(sorted(group), _additive(counted, sorted(group)), strict=True))
    return tuple(fitted.get(a) for a in range(len(rows[0]))), "additive effects"


def _additive(counted: list[tuple[Row, float]], options: list[int]) -> list[float]:
    """Option effects of the additive model, agents' levels profiled out: a weighted Laplacian of who compared what."""
    import numpy as np

    rated = np.array([[row[a] is not None for a in options] for row, _ in counted], dtype=float)
    values = np.array([[row[a] or 0.0 for a in options] for row, _ in counted], dtype=float)
    weights = np.array([share for _, share in counted])
    counts = rated.sum(axis=1)
    means = values.sum(axis=1) / counts
    laplacian = np.diag(weights @ rated) - (rated.T * (weights / counts)) @ rated
    pull = weights @ (values - rated * means[:, None])
    # Connected options leave one null direction, the common level; adding a constant matrix fixes it at sum zero.
    effects = np.linalg.solve(laplacian + 1.0 / len(options), pull)
    level = weights @ (means - rated @ effects / counts) / weights.sum()
    return [float(effect + level) for effect in effects]


def _reason(rows: tuple[Row, ...], weights: tuple[float, ...], option: int) -> str:
    if all(row[option] is None for row in rows):
        return "no agent gave a number for this option"
    if all(row[option] is None or weight == 0 for row, weight in zip(rows, weights, strict=True)):
        return "only agents of weight zero gave a number for this option"
    return "no chain of agents that rated two options each connects this option with the others"


def _respond(values: Row, precision: float) -> Row:
    known = [(a, value) for a, value in enumerate(values) if value is not None]
    if not known:
        return values
    response = logit_response([value for _, value in known], precision)
    chances = dict(zip((a for a, _ in known), response.probabilities, strict=True))
    return tuple(chances.get(a) for a in range(len(values)))


def _tau_b(pairs: list[tuple[float, float]]) -> float | None:
    signs = [
        (_sign(s - other_s), _sign(t - other_t)) for i, (s, t) in enumerate(pairs) for other_s, other_t in pairs[:i]
    ]
    untied_said = sum(s != 0 for s, _ in signs)
    untied_thought = sum(t != 0 for _, t in signs)
    if not untied_said or not untied_thought:
        return None
    return sum(s * t for s, t in signs) / math.sqrt(untied_said * untied_thought)


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


def _favourite_differs(pairs: list[tuple[float, float]]) -> bool | None:
    said, thought = maximisers([s for s, _ in pairs]), maximisers([t for _, t in pairs])
    if len(pairs) < 2 or len(pairs) in (len(said), len(thought)):
        return None
    return not set(said) & set(thought)
