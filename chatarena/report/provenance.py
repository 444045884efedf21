"""Where a session comes from and with what it was made, in one wording for every report."""

from __future__ import annotations

from collections.abc import Iterator

from chatarena.arena import events as ev
from chatarena.arena.session import Session
from chatarena.report.chapters import Report

Pair = tuple[str, str]

PROTOCOLS = {
    "simultaneous": "all speak at once",
    "round_robin": "one after the other",
    "rebuttal": "all at once, answering the last round",
    "one_on_one": "one agent at a time with the participant",
    "network": "each hears only its neighbours",
}
STATUSES = {
    "complete": "complete",
    "partial": "partial: somebody was not heard to the end",
    "left": "left before its end",
    "open": "not ended",
}


def provenance(report: Report) -> tuple[Pair, ...]:
    """All that is known of how the session was made."""
    return tuple(pair for pair in _pairs(report) if pair[1])


def _pairs(report: Report) -> Iterator[Pair]:
    session, head = report.session, report.session.head
    yield "Session", report.id
    yield "Name", report.name
    yield "Tags", ", ".join(report.tags)
    yield "Read from", report.origin
    yield "Opened", f"{report.opened_utc} (UTC)"
    yield "Status", STATUSES[report.status]
    yield "Entries", str(report.entries)
    yield "Hash of the chain", report.chain
    yield "Version", head.version
    yield "Seed", "" if session.imported else str(head.seed)
    yield "Cast", head.cast
    yield "Protocol", f"{head.protocol.name}: {PROTOCOLS[head.protocol.name]}"
    yield "Rounds", f"{session.round} held of {session.rounds} planned"
    yield "Participant", "" if head.settings.participant else "none"
    yield "Appraisals", ", ".join(head.settings.appraise) or "none"
    yield "Models", ", ".join(sorted({face.model for face in head.faces}))
    yield "Answered by", ", ".join(sorted({call.served_model for call in _calls(session) if call.served_model}))
    yield "Calls", _spending(session)
    yield "Panel weights", _weights(session)
    yield from _descent(session)


def _calls(session: Session) -> Iterator[ev.Call]:
    yield from (turn.call for turn in session.turns if turn.call is not None)
    yield from (call for claim in session.claims for call in claim.calls)
    yield from (call for appraisal in session.appraisals for call in appraisal.calls)


def _spending(session: Session) -> str:
    calls = list(_calls(session))
    if not calls:
        return ""
    tokens, dollars = session.spent()
    unknown = any(call.prompt_tokens is None or call.completion_tokens is None for call in calls)
    cached = sum(call.from_cache for call in calls)
    told = [
        f"{len(calls)}",
        f"{cached} of them kept replies" if cached else "",
        "tokens not known for all" if unknown else f"{tokens:,} tokens",
        _cost(dollars),
    ]
    return ", ".join(part for part in told if part)


def _cost(dollars: float | None) -> str:
    if dollars is None:
        return "cost not known"
    return f"{dollars:.4f} US dollars" if dollars else "free of charge"


def _weights(session: Session) -> str:
    """What earlier sessions taught about the agents' weights; empty where nothing was known of them together."""
    panel = session.head.panel
    if panel is None:
        return ""
    if not panel.weights:
        return f"equal: {panel.reason}"
    shares = ", ".join(f"{item.agent} {item.weight:.3g}" for item in panel.weights)
    return f"{shares}, learned from {panel.instances} options of {panel.sessions} earlier sessions"


def _descent(session: Session) -> Iterator[Pair]:
    if (fork := session.forked) is not None:
        yield "Forked from", f"{fork.parent} before its entry {fork.at}, by version {fork.version}"
        yield "Hash of what is shared", fork.prefix
    if (rerun := session.rerun) is not None:
        yield "Repeats", f"{rerun.parent}, by version {rerun.version}"
        yield "With other models", ", ".join(rerun.models)
    if (imported := session.imported) is not None:
        yield "Imported from", f"{imported.source} ({imported.format}{f', {imported.key}' if imported.key else ''})"
        yield "Its sha256", imported.sha256
        yield from (("Remark", remark) for remark in imported.remarks)
        yield from (("Left behind", f"{item.where} ({item.count}): {item.why}") for item in imported.unmapped)
