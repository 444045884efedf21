"""Following the principal branch of logit equilibria by predictor and corrector, one game.

The branch begins at precision 0, where everybody mixes evenly, and is followed by its length in (log odds, precision):
a step along the tangent, then Newton's method across it. Where a wanted precision lies within the step, Newton's method
runs at that precision instead. The branch may turn back in precision; what is returned is where it first passes.

Log odds are taken against a strategy that is likely: against one that is not, those of two likely strategies would be
differences of large numbers. Where another has become likelier by far, it takes that place.

Law: a point counts when its residual is rounding, the correction is small beside the step, no probability has moved by
more than `MOST_CHANGE`, and the orientation det [dF/dy, dF/dlambda; tangent] has kept its sign; otherwise the step is
halved. So a step does not jump to another branch, nor to another leg of this one, unseen. Where the sign changes
however short the step, branches cross (games with symmetries); it is followed straight on and the crossing counted.

Source: predictor, corrector and orientation, Allgower and Georg, Numerical Continuation Methods (1990); logit
equilibria followed so: Turocy (2005), Games and Economic Behavior 51. Step control: measured here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from chatarena.games.logit_map import Local, local, log_mixtures, starts_of
from chatarena.games.normal_form import NormalForm, regrets
from chatarena.hull.kinds import FloatArray

# In units where the largest span of payoffs is 1.
FIRST_STEP = 1.0
SMALLEST_STEP = 1e-9
# Below this length a change of orientation is a crossing of branches.
CROSSING = 1e-4
# Beyond it, payoffs that differ by rounding decide.
MOST_PRECISION = 1e13
MOST_STEPS = 4000
# Of any probability in a step.
MOST_CHANGE = 0.25
# Length of the correction as a share of the step's.
MOST_CORRECTION = 0.2
# Newton steps for one point, and how many count as easy.
MOST_CORRECTIONS = 6
EASY = 3
# Log odds against its player's reference from which a strategy takes that place.
LIKELIER = 3.0
# A residual is rounding below this times (1 + precision): log odds are differences of numbers of that size.
ROUNDING = 1e-12

Stop: TypeAlias = Literal["precision reached", "regret reached", "stopped"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trace:
    """Points passed: precisions (S,), logarithms of all probabilities (S, K), and those at the wanted ones (T, K)."""

    precisions: FloatArray
    path: FloatArray
    at: FloatArray
    status: Stop
    crossings: int
    evaluations: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Corrected:
    point: FloatArray
    here: Local
    corrections: int


class _Follower:
    """Where it is, in which direction it goes, and how far at a time."""

    def __init__(self, form: NormalForm) -> None:
        self.form, self.starts = form, starts_of(form.sizes)
        self.k = int(self.starts[-1])
        # Which strategy stands in each place; the first is the one that log odds are taken against.
        self.order = [np.arange(size) for size in form.sizes]
        self.point = np.zeros(self.k + 1)
        self.here = local(form, self.point[None, :-1], self.point[-1:])
        self.evaluations, self.step = 1, FIRST_STEP
        self.crossings, self.orientation = 0, 1.0
        # At precision 0 the derivative is the identity.
        self.tangent = np.append(-self.here.slope[0], 1.0)
        self.tangent /= np.linalg.norm(self.tangent)

    def refer(self) -> None:
        """Take log odds against likely strategies."""
        changed = False
        for i in range(len(self.order)):
            own = slice(self.starts[i], self.starts[i + 1])
            best = int(self.point[own].argmax()) if self.order[i].size > 1 else 0
            if self.order[i].size > 1 and self.point[own][best] > LIKELIER:
                self._swap(i, own, best)
                changed = True
        if changed:
            self.tangent /= np.linalg.norm(self.tangent)
            self.here = local(self.form, self.point[None, :-1], self.point[-1:])
            self.evaluations += 1
            self.orientation = float(np.linalg.slogdet(_system(self.here, self.tangent))[0]) or self.orientation

    def _swap(self, player: int, own: slice, best: int) -> None:
        for coordinates in (self.point[own], self.tangent[own]):
            level = coordinates[best]
            coordinates -= level
            coordinates[best] = -level
        places = np.arange(len(self.order[player]))
        places[[0, best + 1]] = best + 1, 0
        self.order[player] = self.order[player][places]
        self.form = NormalForm(payoffs=tuple(np.take(each, places, axis=player + 1) for each in self.form.payoffs))

    def logs(self) -> FloatArray:
        """Logarithms of all probabilities, strategies in their own order."""
        found = []
        for order, own in zip(self.order, log_mixtures(self.point[None, :-1], self.form.sizes), strict=True):
            row = np.empty(len(order))
            row[order] = own[0]
            found.append(row)
        return np.concatenate(found)

    def regret(self) -> float:
        """The most anybody would gain by another strategy."""
        return float(regrets(self.here.worth, self.here.mixtures)[0])

    def goes_past(self, precision: float) -> bool:
        """Whether the next step would predict more."""
        return bool(self.tangent[-1] > 0.0 and self.point[-1] + self.step * self.tangent[-1] >= precision)

    def advance(self, wanted: float | None) -> bool:
        """One step; to the wanted precision where that lies within it. Whether it counts."""
        to_it = wanted is not None and self.goes_past(wanted)
        length, border = self.step, self.tangent
        if to_it and wanted is not None:
            length, border = (wanted - self.point[-1]) / self.tangent[-1], np.append(np.zeros(self.k), 1.0)
        found = self._correct(self.point + length * self.tangent, border, length)
        if found is None or (wanted is not None and not to_it and found.point[-1] > wanted):
            self.step = 0.5 * length
            return False
        tangent, orientation = self._direction(found.here)
        if orientation != self.orientation:
            if length > CROSSING:
                self.step = 0.5 * length
                return False
            self.crossings += 1
        self.point, self.here, self.tangent, self.orientation = found.point, found.here, tangent, orientation
        if to_it and wanted is not None:
            self.point[-1] = wanted
        elif found.corrections <= EASY:
            self.step = 2.0 * length
        self.refer()
        return True

    def _direction(self, here: Local) -> tuple[FloatArray, float]:
        """The tangent there, not back where it came from, and the orientation."""
        system = _system(here, self.tangent)
        sign = float(np.linalg.slogdet(system)[0])
        if sign == 0.0:
            return self.tangent, self.orientation
        found = np.linalg.solve(system, np.append(np.zeros(self.k), 1.0))
        return found / np.linalg.norm(found), sign

    def _correct(self, start: FloatArray, border: FloatArray, length: float) -> _Corrected | None:
        """Newton across the border; None where the point does not count."""
        z, before = start.copy(), np.inf
        for corrections in range(MOST_CORRECTIONS):
            here = local(self.form, z[None, :-1], z[-1:])
            self.evaluations += 1
            residual, rounding = float(np.abs(here.value).max(initial=0.0)), ROUNDING * (1.0 + abs(z[-1]))
            if residual <= rounding:
                if np.linalg.norm(z - start) > MOST_CORRECTION * length + rounding:
                    return None
                changes = (np.abs(a - b).max() for a, b in zip(here.mixtures, self.here.mixtures, strict=True))
                return None if max(changes) > MOST_CHANGE else _Corrected(point=z, here=here, corrections=corrections)
            delta = _bordered(here, border, np.append(-here.value[0], 0.0))
            if delta is None or residual > max(0.5 * before, 1e4 * rounding):
                return None
            z, before = z + delta, residual
        return None


def trace(form: NormalForm, wanted: Sequence[float], *, regret: float | None = None) -> Trace:
    """Follow the branch of one game whose largest span of payoffs is 1.

    Args:
        form: one game.
        wanted: precisions to stop by, rising, > 0.
        regret: follow on until nobody gains more than this by another strategy; None to end at the last precision.
    """
    follower = _Follower(form)
    precisions, path, at = [0.0], [follower.logs()], [0] * 0
    status: Stop | None = None
    while status is None:
        goal = wanted[len(at)] if len(at) < len(wanted) else None
        if goal is None and regret is None:
            status = "precision reached"
        elif goal is None and regret is not None and follower.regret() <= regret:
            status = "regret reached"
        elif len(path) > MOST_STEPS or follower.step < SMALLEST_STEP or precisions[-1] > MOST_PRECISION:
            status = "stopped"
        elif follower.advance(goal):
            precisions.append(float(follower.point[-1]))
            path.append(follower.logs())
            if precisions[-1] == goal:
                at.append(len(path) - 1)
    every = np.array(path)
    return Trace(
        precisions=np.array(precisions),
        path=every,
        at=every[at],
        status=status,
        crossings=follower.crossings,
        evaluations=follower.evaluations,
    )


def _bordered(here: Local, border: FloatArray, side: FloatArray) -> FloatArray | None:
    """Solve [dF/dy, dF/dlambda; border] x = side; None where it is singular to the last digit."""
    try:
        return np.asarray(np.linalg.solve(_system(here, border), side))
    except np.linalg.LinAlgError:
        return None


def _system(here: Local, border: FloatArray) -> FloatArray:
    k = len(border) - 1
    system = np.empty((k + 1, k + 1))
    system[:k, :k], system[:k, k], system[k] = here.jacobian[0], here.slope[0], border
    return system
