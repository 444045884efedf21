"""Sessions as tidy tables, a function of their entries alone: every row says which session and entry it is of."""

from __future__ import annotations

from typing import Any, Final

from chatarena.exchange.tables import acts, numbers, talk
from chatarena.exchange.tables.columns import Table

# Ordered by (session, seq), where the sessions are.
LONG_TABLES: Final[tuple[Table[Any], ...]] = (
    talk.EVENTS,
    talk.AGENTS,
    talk.TURNS,
    talk.MISSED,
    talk.CALLS,
    numbers.RATINGS,
    numbers.BELIEFS,
    numbers.FORECASTS,
    acts.TABLE,
)
