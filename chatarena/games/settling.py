"""The values at which competition can settle, over all rules: every pure equilibrium at once, by linear programs.

Let f_i(v) be the most leader i gets from an obeyed law worth at least v (chatarena.games.frontier). With two leaders or
more that see the same, and however ties are broken, v below V* is the user's value in a pure equilibrium exactly if

    one obeyed law is worth v and gives every leader i its f_i(v)

(nobody wants to outbid it; and all holding it keeps it). With gains of at most eta allowed: its f_i(v) - eta. V* itself
always is one, unless ties go to whoever moves. Between neighbouring corners of the frontiers every f_i is a line, so
there the least and the largest such v are linear programs.

Law: complete. No rule is left out, so the lowest value found is the worst equilibrium there is.

Source: derived here, with proof in docs/theory/selection.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from chatarena.games.bidding import Bidders
from chatarena.games.frontier import Frontier, obeyed_laws
from chatarena.games.linear_program import LinearProgram
from chatarena.games.market import everything
from chatarena.games.selection import GAIN
from chatarena.hull.kinds import FloatArray

# Pieces shorter than this are one point; utilities lie in [0, 1].
POINT = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Settling:
    """Where competition can settle: closed `intervals` of the user's value, from the lowest up.

    `worst` is the lowest of them, attained by `law` (P, S) in everybody's hands; `best` the largest, which is V*.
    """

    intervals: tuple[tuple[float, float], ...]
    worst: float
    best: float
    law: FloatArray
    eta: float
    programs: int


def settling_values(who: Bidders, *, eta: float = 0.0) -> Settling:
    """The user's values in all (eta-approximate) pure equilibria over all rules.

    Args:
        who: two leaders or more, who see the same.
        eta: gain up to which a leader does not move.

    Raises:
        ValueError: a single leader, leaders who see signals of their own, or a negative eta.
        ArenaError: a linear program was not solved.
    """
    if len(who.frontiers) < 2 or not who.offers.common:
        raise ValueError("equilibria over all rules are known for two leaders or more who all see the same")
    if not eta >= 0.0:
        raise ValueError(f"eta must be >= 0, not {eta!r}")
    cuts = np.unique(np.concatenate([[who.nothing], *(each.values for each in who.frontiers)]))
    cuts = cuts[np.append(True, np.diff(cuts) > POINT)]
    found: list[tuple[float, float]] = []
    offer = who.offers.offers[0]
    law = everything(offer) * offer.prior
    programs = 0
    for low, high in pairwise(cuts.tolist()):
        program = _piece(who, low, high, eta)
        program.set_costs(-offer.user.ravel())
        lowest = program.solve()
        programs += 1
        if lowest.status == "infeasible":
            continue
        program.set_costs(offer.user.ravel())
        highest = program.solve()
        programs += 1
        law = law if found else np.maximum(lowest.values.reshape(law.shape), 0.0)
        ends = (float(offer.user.ravel() @ each.values) for each in (lowest, highest))
        _add(found, *(min(max(value, low), high) for value in ends))
    _add(found, who.best, who.best)
    return Settling(
        intervals=tuple(found),
        worst=found[0][0],
        best=found[-1][1],
        law=law / law.sum(axis=0),
        eta=eta,
        programs=programs,
    )


def _piece(who: Bidders, low: float, high: float, eta: float) -> LinearProgram:
    """Laws worth between two neighbouring cuts that give every leader what its frontier does."""
    offer = who.offers.offers[0]
    program = obeyed_laws(offer)
    size = offer.user.size
    columns = np.arange(size)[None]
    program.add_rows(columns, offer.user.reshape(1, -1), low, high)
    for i, own in enumerate(who.frontiers):
        slope, level = _line(own, low, high)
        row = (offer.leaders[i] - slope * offer.user).reshape(1, -1)
        program.add_rows(columns, row, level - eta - GAIN, np.inf)
    return program


def _line(own: Frontier, low: float, high: float) -> tuple[float, float]:
    """Slope and intercept of f_i between two neighbouring cuts."""
    at, to = own.attains(low), own.attains(min(high, own.most))
    slope = (to - at) / (high - low) if high > low else 0.0
    return slope, at - slope * low


def _add(found: list[tuple[float, float]], low: float, high: float) -> None:
    """Join with the interval before where they touch."""
    if found and low <= found[-1][1] + POINT:
        found[-1] = (found[-1][0], max(high, found[-1][1]))
    else:
        found.append((low, high))
