"""Logit quantal response equilibria of games between several players, along the branch that begins with even mixing.

    p(i, a) = exp(lambda u(i, a)) / sum_b exp(lambda u(i, b))      u(i, a) expected under everybody else's p

At one precision there may be several; what is meant here is the first that is met on the principal branch.

Law: residual and regret are recomputed from the payoffs; probabilities travel as logarithms and are never NaN.

Source: McKelvey and Palfrey (1995), Games and Economic Behavior 10; the branch: Turocy (2005), Games and Economic
Behavior 51. docs/theory/quantal-equilibrium.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from chatarena.errors import ArenaError
from chatarena.games import branch
from chatarena.games.compiled import kernel
from chatarena.games.lockstep import in_lockstep
from chatarena.games.logit_map import log_mixtures
from chatarena.games.normal_form import NormalForm, expected_payoffs, normal_form, regrets
from chatarena.hull.kinds import BoolArray, Engine, FloatArray
from chatarena.hull.threads import one_thread

METHOD = "principal branch by predictor and corrector in log odds"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantalEquilibrium:
    """One equilibrium: for each player the probabilities of its strategies and what they are worth on average.

    `log_probabilities` keep what is too small for `probabilities`, which are then 0. `regret` is the most anybody would
    gain by another strategy, in the unit of payoffs. `residual` is the largest difference between log odds and
    precision times difference of payoffs, as a share of 1 + precision times the span of payoffs.
    """

    precision: float
    probabilities: tuple[tuple[float, ...], ...]
    log_probabilities: tuple[tuple[float, ...], ...]
    payoffs: tuple[float, ...]
    regret: float
    residual: float
    method: str = METHOD


@dataclass(frozen=True, slots=True, kw_only=True)
class LogitBranch:
    """Points along the branch from precision 0 on, to the regret (or precision) that was asked for.

    `status` is "stopped" where steps became too short or too many; then the last point is how far it came.
    `crossings` counts where other branches crossed this one (games with symmetries); it was followed straight on.
    """

    points: tuple[QuantalEquilibrium, ...]
    status: branch.Stop
    regret: float | None
    crossings: int
    evaluations: int
    engine: Literal["numpy", "compiled"]
    method: str = METHOD


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class QuantalEquilibria:
    """Many games: `log_probabilities` and `probabilities` are arrays (G, m_i), one a player, in the order of games.

    `followed` says which games reached their precision; the others hold the last point of their branch, at
    `reached` (G,). `residual` and `regret` (G,) as in `QuantalEquilibrium`, at that precision.
    """

    precision: FloatArray
    log_probabilities: tuple[FloatArray, ...]
    probabilities: tuple[FloatArray, ...]
    reached: FloatArray
    followed: BoolArray
    regret: FloatArray
    residual: FloatArray
    engine: Literal["numpy", "compiled"]
    method: str = METHOD


def quantal_equilibrium(
    payoffs: Sequence[ArrayLike], precisions: Sequence[float], *, engine: Engine = "auto"
) -> tuple[QuantalEquilibrium, ...]:
    """The equilibrium of the principal branch at each of these precisions, in their order.

    Args:
        payoffs: one array for each of n players, (m_1, ..., m_n).
        precisions: lambda >= 0, finite, in one over the unit of payoffs; 0 is even mixing.
        engine: auto, numpy or compiled; the results agree to rounding.

    Raises:
        ValueError: arrays that do not fit together, a number that is not finite, or a negative precision.
        ArenaError: the branch could not be followed so far.
    """
    form, asked = normal_form(payoffs), _checked(precisions)
    if not asked:
        return ()
    scaled, unit = form.scaled()
    wanted = sorted({float(lam * unit[0]) for lam in asked} - {0.0})
    traced, _ = _traced(scaled, wanted, None, engine)
    if len(traced.at) < len(wanted):
        raise ArenaError(
            f"the branch could be followed to precision {traced.precisions[-1] / unit[0]:.6g} only",
            remedy="Ask for lower precisions, or change payoffs that are equal by a little: symmetries make crossings.",
        )
    even = traced.path[0]
    rows = np.array([traced.at[wanted.index(float(lam * unit[0]))] if lam > 0.0 else even for lam in asked])
    return _equilibria(form, unit, rows.reshape(len(asked), len(even)), np.array(asked, dtype=np.float64))


def logit_branch(
    payoffs: Sequence[ArrayLike], *, regret: float = 1e-8, to: float | None = None, engine: Engine = "auto"
) -> LogitBranch:
    """The principal branch, until nobody would gain by another strategy or to one precision.

    Args:
        payoffs: one array for each player, (m_1, ..., m_n).
        regret: where to stop, as a share of the largest span of one player's payoffs, > 0.
        to: a precision to end at instead, > 0.
        engine: auto, numpy or compiled.

    Raises:
        ValueError: as `quantal_equilibrium`, or a regret or precision that is not positive.
    """
    form = normal_form(payoffs)
    if not (math.isfinite(regret) and regret > 0.0):
        raise ValueError(f"regret must be positive and finite, not {regret!r}")
    if to is not None and not (math.isfinite(to) and to > 0.0):
        raise ValueError(f"the precision to end at must be positive and finite, not {to!r}")
    scaled, unit = form.scaled()
    wanted = [] if to is None else [float(to * unit[0])]
    traced, used = _traced(scaled, wanted, regret if to is None else None, engine)
    return LogitBranch(
        points=_equilibria(form, unit, traced.path, traced.precisions / unit[0]),
        status=traced.status,
        regret=regret if to is None else None,
        crossings=traced.crossings,
        evaluations=traced.evaluations,
        engine=used,
    )


def quantal_equilibria(
    payoffs: Sequence[ArrayLike], precision: ArrayLike, *, engine: Engine = "auto"
) -> QuantalEquilibria:
    """The same at one precision for many games of one shape.

    Args:
        payoffs: one array for each of n players, (G, m_1, ..., m_n).
        precision: lambda >= 0, one for all or (G,).
        engine: auto, numpy or compiled.

    Raises:
        ValueError: as `quantal_equilibrium`.
    """
    form = normal_form(payoffs, many=True)
    given = np.asarray(precision, dtype=np.float64)
    if given.ndim > 1 or given.size not in (1, form.games):
        raise ValueError(f"precision must be one number or {form.games}, one a game, not of shape {given.shape}")
    lam = np.broadcast_to(given.reshape(-1), form.games).copy()
    _checked(np.unique(lam).tolist())
    scaled, unit = form.scaled()
    compiled = kernel("branch_kernel", engine)
    if compiled is not None:
        flat, profiles, sizes = _flat(scaled)
        rows, reached, _ = compiled.every_game(flat, profiles, sizes, lam * unit)
    else:
        with one_thread():
            rows, reached = _by_numpy(scaled, lam * unit)
    followed = reached == lam * unit
    reached = np.where(followed, lam, reached / unit)
    logs = _split(rows, form.sizes)
    regret, residual, _ = _measured(form, unit, logs, reached)
    return QuantalEquilibria(
        precision=lam,
        log_probabilities=logs,
        probabilities=tuple(np.exp(each) for each in logs),
        reached=reached,
        followed=followed,
        regret=regret,
        residual=residual,
        engine="numpy" if compiled is None else "compiled",
    )


def _checked(precisions: Sequence[float]) -> tuple[float, ...]:
    values = tuple(float(each) for each in precisions)
    wrong = [each for each in values if not (math.isfinite(each) and each >= 0.0)]
    if wrong:
        raise ValueError(f"precision must be finite and >= 0, not {wrong[0]!r}")
    return values


def _flat(form: NormalForm) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Payoffs (G, n, P), strategies of every profile (P, n), sizes (n,)."""
    flat = np.stack([each.reshape(form.games, -1) for each in form.payoffs], axis=1)
    profiles = np.indices(form.sizes).reshape(len(form.sizes), -1).T
    return np.ascontiguousarray(flat), np.ascontiguousarray(profiles), np.array(form.sizes)


def _traced(
    form: NormalForm, wanted: list[float], regret: float | None, engine: Engine
) -> tuple[branch.Trace, Literal["numpy", "compiled"]]:
    compiled = kernel("branch_kernel", engine)
    if compiled is None:
        with one_thread():
            return branch.trace(form, wanted, regret=regret), "numpy"
    flat, profiles, sizes = _flat(form)
    precisions, path, at, status, crossings, evaluations = compiled.one_game(
        flat[0], profiles, sizes, np.array(wanted), -1.0 if regret is None else regret
    )
    words: tuple[branch.Stop, ...] = ("precision reached", "regret reached", "stopped")
    return branch.Trace(
        precisions=precisions,
        path=path,
        at=path[at],
        status=words[status - 1],
        crossings=crossings,
        evaluations=evaluations,
    ), "compiled"


def _by_numpy(form: NormalForm, wanted: FloatArray) -> tuple[FloatArray, FloatArray]:
    """In lockstep, and those left over one by one."""
    odds, got_there = in_lockstep(form, wanted)
    rows = np.concatenate(log_mixtures(odds, form.sizes), axis=1)
    reached = wanted.copy()
    for g in np.flatnonzero(~got_there):
        traced = branch.trace(form.take(np.array([g])), [float(wanted[g])])
        rows[g], reached[g] = traced.path[-1], traced.precisions[-1]
    return rows, reached


def _split(rows: FloatArray, sizes: Sequence[int]) -> tuple[FloatArray, ...]:
    return tuple(np.split(rows, np.cumsum(sizes)[:-1], axis=1))


def _measured(
    form: NormalForm, unit: FloatArray, logs: Sequence[FloatArray], precision: FloatArray
) -> tuple[FloatArray, FloatArray, list[FloatArray]]:
    """Regret, residual and mean payoffs, from the payoffs as they were given."""
    mixtures = [np.exp(each) for each in logs]
    worth = expected_payoffs(form, mixtures)
    residuals, size = [], 1.0 + precision * unit
    for log, u in zip(logs, worth, strict=True):
        every, best = np.arange(len(log)), log.argmax(axis=1)
        odds, lead = log - log[every, best][:, None], u - u[every, best][:, None]
        residuals.append(np.abs(odds - precision[:, None] * lead).max(axis=1) / size)
    means = [(p * u).sum(axis=1) for p, u in zip(mixtures, worth, strict=True)]
    return regrets(worth, mixtures), np.asarray(np.max(residuals, axis=0)), means


def _equilibria(
    form: NormalForm, unit: FloatArray, rows: FloatArray, precisions: FloatArray
) -> tuple[QuantalEquilibrium, ...]:
    logs = _split(rows, form.sizes)
    same = NormalForm(payoffs=tuple(np.broadcast_to(each, (len(rows), *form.sizes)) for each in form.payoffs))
    regret, residual, means = _measured(same, unit, logs, precisions)
    tables = [each.tolist() for each in logs]
    chances = [np.exp(each).tolist() for each in logs]
    return tuple(
        QuantalEquilibrium(
            precision=float(precisions[s]),
            probabilities=tuple(tuple(each[s]) for each in chances),
            log_probabilities=tuple(tuple(each[s]) for each in tables),
            payoffs=tuple(float(each[s]) for each in means),
            regret=float(regret[s]),
            residual=float(residual[s]),
        )
        for s in range(len(rows))
    )
