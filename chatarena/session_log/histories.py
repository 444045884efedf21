"""How agents fared in earlier sessions: what they claimed last, and what the participant finally found.

Law: only sessions count that a person went through to the end with real models in this program: no import, no fork, no
rerun, nothing scripted.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from chatarena.arena.learned_weights import Earlier

if TYPE_CHECKING:
    from chatarena.choice.checks import Row

_SESSIONS = """
    SELECT id FROM sessions WHERE origin = '' AND participant AND status IN ('complete', 'partial')
    AND NOT EXISTS (SELECT 1 FROM json_each(models) WHERE value LIKE 'scripted/%') ORDER BY created_utc, id
"""
_FACTS = """
    SELECT body FROM entries WHERE session = ?
    AND kind IN ('session_opened', 'agent_committed', 'claim_made', 'ratings_given') ORDER BY seq
"""


def claim_history(connection: sqlite3.Connection, names: Sequence[str]) -> Mapping[str, tuple[tuple[Row, Row], ...]]:
    """For each agent's name, of every earlier session that counts: its last claims and her last overall ratings.

    Both are on [0, 1] in the order of that session's options, None where missing. A session counts for an agent that
    made at least one claim with a number in it, where the participant rated at least one option at the end. What she
    rated before the talk is not what she finally found, and does not count.
    """
    history: dict[str, list[tuple[Row, Row]]] = {name: [] for name in names}
    if not history:
        return {}
    for _, found in _histories(connection):
        for name, claims, finals in found:
            if name in history:
                history[name].append((claims, finals))
    return {name: tuple(found) for name, found in history.items()}


def earlier_sessions(
    connection: sqlite3.Connection, names: Sequence[str], without: Container[str] = ()
) -> tuple[Earlier, ...]:
    """The sessions that count in which all agents of these names made claims, but for those with an id in `without`."""
    shared = []
    for session, found in _histories(connection):
        claims = {name: given for name, given, _ in found}
        if found and session not in without and all(name in claims for name in names):
            shared.append(Earlier(session=session, claims=claims, finals=found[0][2]))
    return tuple(shared)


def _histories(connection: sqlite3.Connection) -> Iterator[tuple[str, list[tuple[str, Row, Row]]]]:
    """Of every session that counts, what `_session_history` gives."""
    for (session,) in connection.execute(_SESSIONS).fetchall():
        facts = [json.loads(row[0]) for row in connection.execute(_FACTS, (session,))]
        yield session, list(_session_history(facts))


def _session_history(facts: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Row, Row]]:
    """Name, last claims and final ratings of each agent of one session."""
    options = [option["id"] for option in facts[0]["decision"]["options"]]
    rated = [fact for fact in facts if fact["kind"] == "ratings_given" and fact["phase"] != "prior"]
    if not any(_numbers(fact) for fact in rated if fact["phase"] == "final"):
        return
    finals: dict[str, float] = {}
    for fact in rated:
        finals |= _numbers(fact)
    names = {
        fact["commitment"]["agent"]["label"]: fact["commitment"]["agent"]["name"]
        for fact in facts
        if fact["kind"] == "agent_committed"
    }
    claims = {fact["agent"]: given for fact in facts if fact["kind"] == "claim_made" and (given := _numbers(fact))}
    for label, given in claims.items():
        if label in names:
            yield names[label], _row(given, options), _row(finals, options)


def _numbers(fact: Mapping[str, Any]) -> dict[str, float]:
    """The overall ratings of a fact that are there, by option, on [0, 1]."""
    return {
        rating["option"]: rating["value"] / 100
        for rating in fact["ratings"]
        if rating["value"] is not None and not rating["state"]
    }


def _row(values: Mapping[str, float], options: Sequence[str]) -> Row:
    return tuple(values.get(option) for option in options)
