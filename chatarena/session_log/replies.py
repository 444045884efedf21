"""What the models replied in sessions, as far as the log says it: for those who keep replies elsewhere."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Replies:
    """The replies of some sessions: `requests` are fingerprints, `shared` those that other sessions also made.

    `others` are the fingerprints of all requests of all other sessions, `texts` what was replied.
    """

    requests: frozenset[str]
    others: frozenset[str]
    texts: tuple[str, ...]

    @property
    def shared(self) -> frozenset[str]:
        return self.requests & self.others


def replies_of(connection: sqlite3.Connection, sessions: Sequence[str]) -> Replies:
    """The replies of these sessions."""
    these = (json.dumps(list(sessions)),)
    within = "session IN (SELECT value FROM json_each(?))"
    mine = connection.execute(f"SELECT DISTINCT fingerprint FROM v_calls WHERE {within}", these)
    others = connection.execute(f"SELECT DISTINCT fingerprint FROM v_calls WHERE NOT {within}", these)
    texts = connection.execute(
        "SELECT DISTINCT coalesce(json_extract(body, '$.text'), json_extract(body, '$.raw'),"
        f" json_extract(body, '$.partial')) AS text FROM entries WHERE {within} AND text <> ''"
        " AND kind IN ('turn_taken', 'turn_missed', 'claim_made', 'appraisal_made')",
        these,
    )
    return Replies(
        requests=frozenset(row[0] for row in mine),
        others=frozenset(row[0] for row in others),
        texts=tuple(row[0] for row in texts),
    )
