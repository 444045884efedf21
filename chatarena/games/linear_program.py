"""A linear program that grows by rows and columns and is solved again from the basis it ended with; HiGHS solves it.

    maximise  c x   such that   low <= R x <= high,  x >= 0

Law: what it returns is a proposal. Whoever uses it recomputes value and bound from its own tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from chatarena.errors import ArenaError
from chatarena.hull.kinds import FloatArray, IntArray

# The smallest that HiGHS takes; then, where columns are nearly parallel, what it can keep.
FEASIBILITY = (1e-10, 1e-9, 1e-7)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Vertex:
    """A solution: `values` of the variables, and how the value changes with a unit of each row's side."""

    status: Literal["optimal", "infeasible"]
    value: float
    values: FloatArray
    duals: FloatArray


class LinearProgram:
    """The program; variables are numbered in order of entry, rows too."""

    def __init__(self, costs: FloatArray) -> None:
        """Begin without rows.

        Args:
            costs: what each variable adds to the value that is maximised, (n,).
        """
        import highspy

        self._infinite = highspy.kHighsInf
        self._states = highspy.HighsModelStatus
        self._solver = highspy.Highs()
        self._solver.silent()
        for option, value in (("threads", 1), ("presolve", "off"), ("solver", "simplex")):
            self._solver.setOptionValue(option, value)
        self._tolerate(FEASIBILITY[0])
        self.rows = 0
        self.width = 0
        self._empty = np.zeros(0, dtype=np.int32)
        self._variables(costs)

    def _tolerate(self, tolerance: float) -> None:
        for option in ("primal_feasibility_tolerance", "dual_feasibility_tolerance"):
            self._solver.setOptionValue(option, tolerance)

    def _variables(self, costs: FloatArray) -> None:
        count = len(costs)
        places = np.arange(self.width, self.width + count, dtype=np.int32)
        self._solver.addVars(count, np.zeros(count), np.full(count, self._infinite))
        self._solver.changeColsCost(count, places, -np.ascontiguousarray(costs, dtype=np.float64))
        self.width += count

    def set_costs(self, costs: FloatArray) -> None:
        """Maximise something else from the basis that is there.

        Args:
            costs: what each variable adds to the value, (width,).
        """
        places = np.arange(self.width, dtype=np.int32)
        self._solver.changeColsCost(self.width, places, -np.ascontiguousarray(costs, dtype=np.float64))

    def add_columns(self, costs: FloatArray, coefficients: FloatArray) -> None:
        """Let variables in.

        Args:
            costs: (k,).
            coefficients: theirs in the rows already here, (rows, k).
        """
        every = np.arange(self.rows, dtype=np.int32)
        for cost, column in zip(costs, coefficients.T, strict=True):
            self._solver.addCol(-float(cost), 0.0, self._infinite, self.rows, every, np.ascontiguousarray(column))
        self.width += len(costs)

    def add_rows(
        self, columns: IntArray, coefficients: FloatArray, low: FloatArray | float, high: FloatArray | float
    ) -> None:
        """Let rows in.

        Args:
            columns: which variables each row speaks of, (m, w).
            coefficients: of those variables, (m, w).
            low: least value of each row, (m,) or one for all.
            high: greatest value, likewise.
        """
        m, w = columns.shape
        limits = [np.clip(np.broadcast_to(side, m), -self._infinite, self._infinite) for side in (low, high)]
        self._solver.addRows(
            m,
            np.ascontiguousarray(limits[0], dtype=np.float64),
            np.ascontiguousarray(limits[1], dtype=np.float64),
            m * w,
            (np.arange(m) * w).astype(np.int32),
            columns.ravel().astype(np.int32),
            np.ascontiguousarray(coefficients, dtype=np.float64).ravel(),
        )
        self.rows += m

    def solve(self) -> Vertex:
        """The best vertex, or that there is none.

        Raises:
            ArenaError: the solver does not come to an end.
        """
        state = self._run()
        if state not in (self._states.kOptimal, self._states.kInfeasible):
            raise ArenaError(
                f"the linear program of {self.rows} rows and {self.width} variables was not solved: {state}",
                remedy="Bring the utilities to one scale, for instance 0 to 1, and look for numbers that are far off.",
            )
        if state == self._states.kInfeasible:
            return Vertex(status="infeasible", value=-np.inf, values=np.zeros(self.width), duals=np.zeros(self.rows))
        found = self._solver.getSolution()
        return Vertex(
            status="optimal",
            value=-float(self._solver.getObjectiveValue()),
            values=np.asarray(found.col_value),
            duals=-np.asarray(found.row_dual),
        )

    def _run(self) -> object:
        """From the last basis; where that comes to no end, afresh and less strictly."""
        self._solver.run()
        for tolerance in FEASIBILITY:
            state = self._solver.getModelStatus()
            if state in (self._states.kOptimal, self._states.kInfeasible):
                break
            self._solver.clearSolver()
            self._tolerate(tolerance)
            self._solver.run()
        state = self._solver.getModelStatus()
        self._tolerate(FEASIBILITY[0])
        return state
