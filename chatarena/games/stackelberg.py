"""Committing to a mixture first: the strong Stackelberg value of a game between a leader and a follower.

For every answer j of the follower the best mixture x to which j is a best answer solves a linear program:

    max_x sum_i x_i leader(i, j)   such that   sum_i x_i (follower(i, j) - follower(i, k)) >= 0 for all k,  x in simplex

The best of these is the leader's value; ties of the follower go to the leader ("strong"). An answer without a feasible
mixture is strictly dominated, and the mixture that dominates it is given.

Law: value, bound and incentives are recomputed from the tables; the solver only proposes.

Source: Conitzer and Sandholm (2006), Computing the Optimal Strategy to Commit to, theorem 2 (multiple programs).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from chatarena.games.linear_program import LinearProgram
from chatarena.games.sender_receiver import checked_array
from chatarena.hull.kinds import FloatArray

# Of each side's range of utilities: an answer may fall short of the best, and the value of its bound, by so much.
TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The best mixture to which `answer` is a best answer.

    `value`, `upper`, `mixture` and `multipliers` are None where there is no such mixture; then `dominated_by` is the
    follower's mixture that beats the answer by at least `margin` whatever the leader does. `multipliers` (one for each
    other answer k, 0 at the answer itself) prove: no feasible mixture exceeds
    `upper` = max_i leader(i, j) + sum_k m_k (follower(i, j) - follower(i, k)).
    """

    answer: int
    value: float | None
    upper: float | None
    mixture: tuple[float, ...] | None
    multipliers: tuple[float, ...] | None
    dominated_by: tuple[float, ...] | None
    margin: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StrongStackelberg:
    """The leader's commitment and the answer; no commitment is worth more than `upper`, `gap` above `value`.

    `shortfall` is by how much the answer misses the follower's best, rounding only.
    """

    mixture: tuple[float, ...]
    answer: int
    value: float
    follower_value: float
    upper: float
    gap: float
    shortfall: float
    status: Literal["optimal", "not certified"]
    method: str = "one linear program an answer, HiGHS dual simplex"
    answers: tuple[Answer, ...]


def strong_stackelberg(leader: ArrayLike, follower: ArrayLike) -> StrongStackelberg:
    """The leader's best mixture to commit to, ties of the follower going to the leader.

    Args:
        leader: utilities (m, n): own actions x answers.
        follower: utilities (m, n).

    Raises:
        ValueError: tables of two shapes, or a number that is not finite.
        ArenaError: a linear program was not solved.
    """
    his, hers = checked_array(leader, "leader utilities", 2), checked_array(follower, "follower utilities", 2)
    if his.shape != hers.shape:
        raise ValueError(f"follower utilities are {hers.shape}, the leader's {his.shape}")
    answers = tuple(_best_for(his, hers, j) for j in range(his.shape[1]))
    found = [each for each in answers if each.value is not None]
    # Somebody's best answer is always among them: to any mixture there is one.
    best = max(found, key=lambda each: each.value if each.value is not None else -np.inf)
    mixture, upper = np.array(best.mixture), max(each.upper for each in found if each.upper is not None)
    value, worth = float(mixture @ his[:, best.answer]), mixture @ hers
    shortfall = float(worth.max() - worth[best.answer])
    proved = upper - value <= TOLERANCE * _range(his) and shortfall <= TOLERANCE * _range(hers)
    return StrongStackelberg(
        mixture=tuple(map(float, mixture)),
        answer=best.answer,
        value=value,
        follower_value=float(worth[best.answer]),
        upper=max(upper, value),
        gap=max(0.0, upper - value),
        shortfall=shortfall,
        status="optimal" if proved else "not certified",
        answers=answers,
    )


def _range(table: FloatArray) -> float:
    return float(table.max() - table.min()) or 1.0


def _best_for(leader: FloatArray, follower: FloatArray, answer: int) -> Answer:
    rows, columns = leader.shape
    unit, own = _range(follower), _range(leader)
    others = np.array([k for k in range(columns) if k != answer], dtype=np.int64)
    lead = (follower[:, [answer]] - follower[:, others]).T
    every = np.arange(rows)
    program = LinearProgram((leader[:, answer] - leader.max()) / own)
    program.add_rows(every[None], np.ones((1, rows)), 1.0, 1.0)
    if len(others):
        program.add_rows(np.tile(every, (len(others), 1)), lead / unit, 0.0, np.inf)
    vertex = program.solve()
    if vertex.status == "infeasible":
        return _dominated(follower, answer)
    mixture = np.maximum(vertex.values, 0.0)
    mixture /= mixture.sum()
    multipliers = np.zeros(columns)
    # Rows that hold a value up have a dual <= 0 in a maximum.
    multipliers[others] = np.maximum(-vertex.duals[1:], 0.0) * own / unit
    return Answer(
        answer=answer,
        value=float(mixture @ leader[:, answer]),
        upper=float((leader[:, answer] + multipliers[others] @ lead).max()),
        mixture=tuple(map(float, mixture)),
        multipliers=tuple(map(float, multipliers)),
        dominated_by=None,
        margin=None,
    )


def _dominated(follower: FloatArray, answer: int) -> Answer:
    """The mixture of answers that beats this one by most, whatever the leader does."""
    rows, columns = follower.shape
    every, unit = np.arange(columns + 1), _range(follower)
    program = LinearProgram(np.append(np.zeros(columns), 1.0))
    program.add_rows(every[None, :columns], np.ones((1, columns)), 1.0, 1.0)
    ahead = np.hstack([(follower - follower[:, [answer]]) / unit, -np.ones((rows, 1))])
    program.add_rows(np.tile(every, (rows, 1)), ahead, 0.0, np.inf)
    mixture = np.maximum(program.solve().values[:columns], 0.0)
    mixture /= mixture.sum()
    return Answer(
        answer=answer,
        value=None,
        upper=None,
        mixture=None,
        multipliers=None,
        dominated_by=tuple(map(float, mixture)),
        margin=float((follower @ mixture - follower[:, answer]).min()),
    )
