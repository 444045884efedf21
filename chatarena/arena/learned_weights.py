"""How much each agent's claims should count, learned from earlier sessions: where those are more than noise.

Laws: the session that the weights are for gives nothing to them; weights that do not beat equal ones on sessions held
out, by more than the standard error of the difference, are not used; why not is said.

Only sessions in which all the agents made claims count: what is learned of some says nothing of their weights beside
the others. A constant a session is taken off, because only differences between options move a choice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from chatarena.arena.events import AgentWeight, PanelWeights

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from chatarena.choice.checks import Row
    from chatarena.hull.table import UtilityTable

# Held-out errors of fewer sessions have no standard error worth the name.
FEWEST_SESSIONS: Final = 5
# Options beyond one a session (which its constant takes) that there must be for each agent.
FEWEST_PER_AGENT: Final = 3
METHOD: Final = (
    "claims against final ratings: simplex, mean square for the weights, sup norm for the gap, a constant for each"
    " session; sessions held out one at a time"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A finished session: each agent's last claims by its name, and the participant's final ratings; on [0, 1]."""

    session: str
    claims: Mapping[str, Row]
    finals: Row


def learn(earlier: Sequence[Earlier], seats: Mapping[str, str]) -> PanelWeights | None:
    """Weights of the agents that sit now, and the gap they leave; None where they never met before.

    Args:
        earlier: sessions other than the one that the weights are for.
        seats: label of each agent by its name.
    """
    shared = [(one, rows) for one in earlier if len(rows := _complete(one, seats)) > 1]
    if len(seats) < 2 or not shared:
        return None
    sessions, instances = len(shared), sum(len(rows) for _, rows in shared)
    few = _too_few(sessions, instances, len(seats))
    if few:
        return PanelWeights(sessions=sessions, instances=instances, reason=few)
    return _learned(_table(shared, tuple(seats)), tuple(seats.values()), sessions)


def _complete(one: Earlier, seats: Mapping[str, str]) -> list[tuple[tuple[float, ...], float]]:
    """Claims of all agents and her rating, of every option that has them all."""
    if any(name not in one.claims for name in seats):
        return []
    rows = zip(zip(*(one.claims[name] for name in seats), strict=True), one.finals, strict=True)
    return [
        (tuple(value for value in claims if value is not None), final)
        for claims, final in rows
        if final is not None and all(value is not None for value in claims)
    ]


def _too_few(sessions: int, instances: int, agents: int) -> str:
    met = f"{sessions} earlier session{'s' * (sessions != 1)} with all of these agents"
    if sessions < FEWEST_SESSIONS:
        return f"{met}: weights are learned from {FEWEST_SESSIONS} on"
    if instances - sessions < FEWEST_PER_AGENT * agents:
        needed = sessions + FEWEST_PER_AGENT * agents
        return f"{instances} options in {met}: weights of {agents} agents are learned from {needed} options on"
    return ""


def _table(
    shared: Sequence[tuple[Earlier, Sequence[tuple[tuple[float, ...], float]]]], names: tuple[str, ...]
) -> UtilityTable:
    from chatarena.hull.table import table

    sessions = [one.session for one, rows in shared for _ in rows]
    return table(
        cast("ArrayLike", [claims for _, rows in shared for claims, _ in rows]),
        [final for _, rows in shared for _, final in rows],
        # Numbered, because a name may be anything.
        [f"seat {place}" for place, _ in enumerate(names, 1)],
        groups=sessions,
        states=sessions,
    )


def _learned(full: UtilityTable, labels: tuple[str, ...], sessions: int) -> PanelWeights:
    from chatarena.hull.fit import evaluate, fit, mean
    from chatarena.hull.intervals import standard_errors
    from chatarena.hull.splits import leave_one_out
    from chatarena.hull.sup import sup_fit

    assert full.groups is not None
    held_out = leave_one_out([str(group) for group in full.groups])
    learned, equal = [], []
    for split in held_out.splits:
        found = fit(full, "simplex", offset="per state", rows=split.train)
        alike = mean(full, offset="per state", rows=split.train)
        learned.append(evaluate(found, full, rows=split.test).mse)
        equal.append(evaluate(alike, full, rows=split.test).mse)
    gains = [e - w for e, w in zip(equal, learned, strict=True)]
    gain, error = sum(gains) / len(gains), standard_errors(gains, held_out)[1]
    weights: tuple[AgentWeight, ...] = ()
    reason = ""
    if error is not None and gain > error:
        found = fit(full, "simplex", offset="per state")
        weights = tuple(
            AgentWeight(agent=label, weight=weight) for label, weight in zip(labels, found.weights, strict=True)
        )
    else:
        reason = "on sessions held out, learned weights were not clearly better than equal ones"
    return PanelWeights(
        weights=weights,
        sessions=sessions,
        instances=full.n,
        gap_sup=sup_fit(full, "simplex", offset="per state").gap_sup,
        held_out_mse=sum(learned) / len(learned),
        equal_mse=sum(equal) / len(equal),
        difference_se=error,
        method=METHOD,
        reason=reason,
    )
