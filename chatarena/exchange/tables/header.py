"""The fixed columns of one row a session, part one: which session it is, what was decided, and by what rules."""

from __future__ import annotations

from typing import Final

from chatarena.exchange.tables.columns import Column, Told, column, json_list, number, present
from chatarena.session_log.chain import chain_hash
from chatarena.session_log.columns import status_after, utc_text


def _status(session: Told) -> str:
    found = "open"
    for entry in session.entries:
        found = status_after(entry.event) or found
    return found


_IDENTITY: Final[tuple[Column[Told], ...]] = (
    column("session", "text", "id of the session; ids sort by the time of their making", lambda s: s.id),
    column("name", "words", "what the person calls it", lambda s: present(s.name), missing="no name"),
    column("tags", "list", "the person's own tags", lambda s: json_list(s.tags)),
    column(
        "origin",
        "text",
        "the file it was read from; empty for this machine's log",
        lambda s: present(s.origin),
        missing="the log",
    ),
    column(
        "chain",
        "text",
        "hash of the chain over its entries: equal exactly for equal records",
        lambda s: chain_hash(s.entries),
    ),
    column("entries", "integer", "how many entries its record has", lambda s: len(s.entries)),
    column("version", "text", "version of the program that opened it", lambda s: s.session.head.version),
    column(
        "status",
        "text",
        "complete; partial: somebody was not heard; left: can be resumed; open: running, or ended without a word",
        _status,
    ),
    column("created_utc", "time", "when it was opened", lambda s: utc_text(s.entries[0].at)),
    column(
        "created", "number", "when it was opened", lambda s: float(s.entries[0].at), unit="seconds since 1970 (UTC)"
    ),
    column("updated_utc", "time", "when its last entry was recorded", lambda s: utc_text(s.entries[-1].at)),
    column(
        "updated",
        "number",
        "when its last entry was recorded",
        lambda s: float(s.entries[-1].at),
        unit="seconds since 1970 (UTC)",
    ),
    column(
        "forked_from",
        "text",
        "id of the session it was forked from",
        lambda s: s.session.forked.parent if s.session.forked else None,
        missing="not a fork",
    ),
    column(
        "fork_at",
        "integer",
        "seq of the first entry that is its own; those before it are its parent's",
        lambda s: s.own_from if s.session.forked else None,
        missing="not a fork",
    ),
    column(
        "rerun_of",
        "text",
        "id of the session that it repeats",
        lambda s: s.session.rerun.parent if s.session.rerun else None,
        missing="not a rerun",
    ),
    column(
        "imported_format",
        "text",
        "format of the record it was imported from",
        lambda s: s.session.imported.format if s.session.imported else None,
        missing="not imported",
    ),
    column(
        "imported_source",
        "text",
        "file it was imported from",
        lambda s: s.session.imported.source if s.session.imported else None,
        missing="not imported",
    ),
    column(
        "imported_key",
        "text",
        "the record within that file",
        lambda s: present(s.session.imported.key) if s.session.imported else None,
        missing="not imported, or the file is one record",
    ),
    column(
        "imported_sha256",
        "text",
        "sha256 of that file",
        lambda s: s.session.imported.sha256 if s.session.imported else None,
        missing="not imported",
    ),
)

_RULES: Final[tuple[Column[Told], ...]] = (
    column("question", "words", "what was to be decided", lambda s: s.decision.question),
    column(
        "context",
        "words",
        "what the participant told beside the question",
        lambda s: present(s.decision.context),
        missing="nothing",
    ),
    column("options", "integer", "how many options there were", lambda s: len(s.decision.options)),
    column("states", "integer", "how many states of the world there were", lambda s: len(s.decision.states)),
    column("protocol", "text", "who speaks when and hears whom", lambda s: s.session.head.protocol.name),
    column("claims", "flag", "1 where agents were asked for claims", lambda s: s.session.head.protocol.claims),
    column(
        "rounds_planned",
        "integer",
        "rounds by the protocol, an agent's own in one_on_one",
        lambda s: s.session.head.protocol.rounds,
    ),
    column("rounds_held", "integer", "rounds that were opened", lambda s: s.session.round),
    column("seed", "integer", "seed of all draws", lambda s: s.session.head.seed),
    column("cast", "text", "name of the cast", lambda s: present(s.session.head.cast), missing="a cast without a name"),
    column("agents", "list", "labels of the agents, by seat", lambda s: json_list(s.session.labels)),
    column(
        "models",
        "list",
        "the models that speak, in alphabetical order",
        lambda s: json_list(sorted({face.model for face in s.session.head.faces})),
    ),
    column("participant", "flag", "1 where there was a participant", lambda s: s.session.head.settings.participant),
    column(
        "appraise",
        "list",
        "methods by which appraisals were read",
        lambda s: json_list(s.session.head.settings.appraise),
    ),
    column("source", "text", "whose numbers the probabilities were to use", lambda s: s.session.head.settings.source),
    column(
        "precision_start",
        "number",
        "precision at the opening",
        lambda s: float(s.session.head.settings.precision),
        unit="1 / utility on [0, 1]",
    ),
    column(
        "precision",
        "number",
        "precision at the end",
        lambda s: float(s.session.precision),
        unit="1 / utility on [0, 1]",
    ),
    column(
        "budget_usd",
        "number",
        "what might be spent",
        lambda s: number(s.session.head.settings.budget),
        unit="US dollars",
        missing="no limit",
    ),
    column(
        "token_budget",
        "integer",
        "what might be used",
        lambda s: s.session.head.settings.token_budget,
        unit="tokens",
        missing="no limit",
    ),
    column(
        "time_budget",
        "number",
        "how long models might be at work",
        lambda s: number(s.session.head.settings.time_budget),
        unit="seconds",
        missing="no limit",
    ),
)

HEADER: Final[tuple[Column[Told], ...]] = (*_IDENTITY, *_RULES)
