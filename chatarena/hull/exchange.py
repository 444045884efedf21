"""A linear program that grows: min eps over some agents and some signed rows, by HiGHS, from basis to basis.

    min eps   such that   sign (a_j w + b_state(j) - r_j) <= eps   for the rows it has

with w >= 0 and sum one (simplex), w >= 0 (cone), or any w (affine, whose columns are directions that keep the sum).
Rows, agents and states are added between solves and the last basis is kept, so a solve costs what has changed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chatarena.errors import ArenaError
from chatarena.hull.kinds import FloatArray, IntArray, Kind

# The smallest that HiGHS takes.
FEASIBILITY = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Vertex:
    """A solution: weights of the agents in the program, eps, and a dual >= 0 for each row in it."""

    weights: FloatArray
    eps: float
    duals: FloatArray


class GrowingProgram:
    """The program; `agents`, `rows` and `signs` say what is in it, in order of entry."""

    def __init__(self, kind: Kind) -> None:
        import highspy

        self._infinite = highspy.kHighsInf
        self._optimal = highspy.HighsModelStatus.kOptimal
        self._solver = highspy.Highs()
        self._solver.silent()
        for option, value in (("threads", 1), ("presolve", "off"), ("solver", "simplex")):
            self._solver.setOptionValue(option, value)
        for option in ("primal_feasibility_tolerance", "dual_feasibility_tolerance"):
            self._solver.setOptionValue(option, FEASIBILITY)
        self._lowest = -self._infinite if kind == "affine" else 0.0
        self._to_one = kind == "simplex"
        self._solver.addVars(1, np.zeros(1), np.full(1, self._infinite))
        self._solver.changeColCost(0, 1.0)
        self._above = int(self._to_one)
        if self._to_one:
            self._solver.addRow(1.0, 1.0, 0, np.zeros(0, dtype=np.int32), np.zeros(0))
        self._columns = 1
        self._agent_columns = np.zeros(0, dtype=np.int32)
        self._state_columns: dict[int, int] = {}
        self.agents = np.zeros(0, dtype=np.int64)
        self.rows = np.zeros(0, dtype=np.int64)
        self.signs = np.zeros(0)

    def add_agents(self, agents: IntArray, coefficients: FloatArray) -> None:
        """Let agents in, with their coefficients in the rows already here (rows x agents, unsigned)."""
        signed, m = (coefficients * self.signs[:, None]).T, len(agents)
        if self._to_one:
            signed = np.hstack([np.ones((m, 1)), signed])
        rows: NDArray[np.int32] = np.tile(np.arange(signed.shape[1], dtype=np.int32), m)
        starts = (np.arange(m) * signed.shape[1]).astype(np.int32)
        low, high = np.full(m, self._lowest), np.full(m, self._infinite)
        self._solver.addCols(m, np.zeros(m), low, high, signed.size, starts, rows, signed.ravel())
        places = np.arange(self._columns, self._columns + len(agents), dtype=np.int32)
        self._agent_columns = np.append(self._agent_columns, places)
        self.agents = np.append(self.agents, agents)
        self._columns += len(agents)

    def add_rows(
        self, rows: IntArray, signs: FloatArray, coefficients: FloatArray, right: FloatArray, states: IntArray | None
    ) -> None:
        """Let rows in.

        Args:
            rows: their numbers.
            signs: +1 or -1 each.
            coefficients: rows x agents of this program, unsigned.
            right: r_j.
            states: the state of each row where there is an offset.
        """
        m = len(rows)
        parts = [coefficients * signs[:, None], np.full((m, 1), -1.0)]
        index: list[NDArray[np.int32]] = [np.tile(self._agent_columns, (m, 1)), np.zeros((m, 1), dtype=np.int32)]
        if states is not None:
            index.append(self._columns_of(states)[:, None].astype(np.int32))
            parts.append(signs[:, None])
        values, places = np.hstack(parts), np.hstack(index)
        width = values.shape[1]
        starts = (np.arange(m) * width).astype(np.int32)
        self._solver.addRows(
            m, np.full(m, -self._infinite), signs * right, m * width, starts, places.ravel(), values.ravel()
        )
        self.rows, self.signs = np.append(self.rows, rows), np.append(self.signs, signs)

    def solve(self) -> Vertex:
        """The best vertex.

        Raises:
            ArenaError: the solver does not come to an end.
        """
        self._solver.run()
        if self._solver.getModelStatus() != self._optimal:
            self._solver.clearSolver()
            self._solver.run()
        if self._solver.getModelStatus() != self._optimal:
            raise ArenaError(
                f"the linear program of {len(self.rows)} rows was not solved: {self._solver.getModelStatus()}",
                remedy="Bring the utilities to one scale, for instance 0 to 1, and look for numbers that are far off.",
            )
        found = self._solver.getSolution()
        values = np.asarray(found.col_value)
        duals = np.maximum(-np.asarray(found.row_dual)[self._above :], 0.0)
        return Vertex(weights=values[self._agent_columns], eps=float(values[0]), duals=duals)

    def _columns_of(self, states: IntArray) -> IntArray:
        for state in np.unique(states):
            if int(state) not in self._state_columns:
                self._solver.addVars(1, np.full(1, -self._infinite), np.full(1, self._infinite))
                self._state_columns[int(state)] = self._columns
                self._columns += 1
        return np.array([self._state_columns[int(state)] for state in states], dtype=np.int64)
