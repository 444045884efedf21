"""The documented list of tags: what kind of misalignment an agent has, and what it is about."""

from __future__ import annotations

KINDS: dict[str, str] = {
    "narrow": "rewarded for one good and blind to all others",
    "third-party": "serves somebody other than the person",
    "paid": "earns only when one particular option is chosen",
    "risk-attitude": "weighs danger or chance unlike the person",
    "time-attitude": "weighs the near or the far future unlike the person",
    "change-attitude": "likes or dislikes change as such",
    "strategic": "its aim depends on what the others say",
    "aligned": "the control: the person's own good",
}
SUBJECTS: dict[str, str] = {
    "money": "cost, income, turnover",
    "effort": "work, errands, hours",
    "health": "body and sleep",
    "family": "relatives",
    "work": "employers and jobs",
    "law": "rules and liability",
    "nature": "environment and climate",
    "place": "neighbourhood",
    "status": "rank, fame, attention",
    "privacy": "who knows what about whom",
    "fairness": "how shares are divided",
    "commitment": "what can still be undone",
}
TAGS: dict[str, str] = {**KINDS, **SUBJECTS}
