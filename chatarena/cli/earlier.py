"""What earlier sessions of the log teach about a cast: weights for its panel. Law: no session is its own lesson."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatarena.arena.agent import Agent
    from chatarena.arena.events import Entry, PanelWeights
    from chatarena.session_log.store import SessionLog


def panel_of(log: SessionLog, agents: Sequence[Agent], *, without: frozenset[str] = frozenset()) -> PanelWeights | None:
    """What the log's finished sessions say of these agents together; None where they never met in one.

    Args:
        without: ids of sessions that must not count.
    """
    from chatarena.arena.learned_weights import learn

    # A scripted cast says what a person wrote, whatever its agents are called.
    if any(agent.model.startswith("scripted/") for agent in agents):
        return None
    seats = {agent.name: agent.label for agent in agents}
    return learn(log.earlier_sessions(tuple(seats), without=without), seats)


def relatives(log: SessionLog, entries: Sequence[Entry]) -> frozenset[str]:
    """The ids of a session and of all that it was made from, or that were made from those."""
    from chatarena.arena.events import SessionForked, SessionRerun

    parents = {listed.id: listed.parent for listed in log.sessions() if listed.parent}
    for entry in entries:
        if isinstance(entry.event, SessionForked | SessionRerun):
            parents.setdefault(entries[0].session, entry.event.parent)
    family = {entries[0].session}
    while (
        more := {*(p for c, p in parents.items() if c in family), *(c for c, p in parents.items() if p in family)}
        - family
    ):
        family |= more
    return frozenset(family)
