"""The fixed columns of one row a session, part two: what came of it, how long it took and what it cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from chatarena.arena import events as ev
from chatarena.exchange.tables.columns import Column, Told, column, json_list, number, present


def _count(kind: type[ev.Event]) -> Callable[[Told], int]:
    return lambda session: sum(isinstance(entry.event, kind) for entry in session.entries)


def calls_of(session: Told) -> Iterator[ev.Call]:
    """Every model call of a session."""
    for entry in session.entries:
        match entry.event:
            case ev.TurnTaken(call=call) if call is not None:
                yield call
            case ev.ClaimMade(calls=calls) | ev.AppraisalMade(calls=calls):
                yield from calls
            case _:
                pass


def _sum_known(values: list[float | None]) -> float | None:
    """The sum; None as soon as one value is unknown, lest a part pass for the whole."""
    known = [value for value in values if value is not None]
    return None if len(known) < len(values) else sum(known)


def _prompt_tokens(session: Told) -> int | None:
    total = _sum_known([call.prompt_tokens for call in calls_of(session)])
    return None if total is None else int(total)


def _completion_tokens(session: Told) -> int | None:
    total = _sum_known([call.completion_tokens for call in calls_of(session)])
    return None if total is None else int(total)


def _seconds(kind: type[ev.RatingsGiven] | type[ev.BeliefsGiven], phase: ev.Phase) -> Callable[[Told], float | None]:
    def read(session: Told) -> float | None:
        given = [e.event for e in session.entries if isinstance(e.event, kind) and e.event.phase == phase]
        return number(given[-1].seconds) if given else None

    return read


def _selection_seconds(session: Told) -> float | None:
    given = [entry.event for entry in session.entries if isinstance(entry.event, ev.AgentSelected)]
    return number(given[-1].seconds) if given else None


def _card_option(session: Told) -> int | None:
    card = session.session.card
    if card is None or len(card.recommended) != 1:
        return None
    return session.option_positions.get(card.recommended[0])


def _choice_position(session: Told) -> int | None:
    choice = session.session.choice
    return session.option_positions.get(choice.option) if choice else None


_NO_CHOICE: Final = "no choice was made"
_NO_CARD: Final = "no recommendation was shown"

_RESULT: Final[tuple[Column[Told], ...]] = (
    column("turns", "integer", "turns taken", _count(ev.TurnTaken)),
    column("missed", "integer", "turns missed, those asked for again later included", _count(ev.TurnMissed)),
    column("said", "integer", "how often the participant said something", _count(ev.ParticipantSpoke)),
    column(
        "stopped_by",
        "text",
        "who ended the talk before its last round: participant or budget",
        lambda s: s.session.stopped.by if s.session.stopped else None,
        missing="it was not stopped",
    ),
    column(
        "stop_reason",
        "words",
        "why",
        lambda s: present(s.session.stopped.reason) if s.session.stopped else None,
        missing="it was not stopped, or no reason was given",
    ),
    column(
        "choice",
        "text",
        "id of the option chosen",
        lambda s: s.session.choice.option if s.session.choice else None,
        missing=_NO_CHOICE,
    ),
    column("choice_position", "integer", "place of the option chosen, from 1", _choice_position, missing=_NO_CHOICE),
    column(
        "choice_label",
        "text",
        "label of the option chosen",
        lambda s: s.option_label(s.session.choice.option) if s.session.choice else None,
        missing=_NO_CHOICE,
    ),
    column(
        "confidence",
        "number",
        "how sure the participant was of the choice",
        lambda s: number(s.session.choice.confidence) if s.session.choice else None,
        unit="0 to 100",
        missing="not said, or no choice was made",
    ),
    column(
        "selected",
        "text",
        "label of the agent whose advice the participant would take",
        lambda s: present(s.session.selected),
        missing="not asked",
    ),
    column("revealed", "flag", "1 where the objectives were shown to the participant", lambda s: s.session.revealed),
    column(
        "recommendation",
        "text",
        "complete; partial: somebody was not heard; none: nothing could be recommended",
        lambda s: s.session.card.status if s.session.card else None,
        missing=_NO_CARD,
    ),
    column(
        "recommended",
        "list",
        "ids of the options recommended: several where they tie",
        lambda s: json_list(s.session.card.recommended) if s.session.card else None,
        missing=_NO_CARD,
    ),
    column(
        "recommended_position",
        "integer",
        "place of the option recommended, from 1",
        _card_option,
        missing="a tie, nothing, or no recommendation was shown",
    ),
    column(
        "recommended_probability",
        "number",
        "choice probability of the option recommended",
        lambda s: number(s.session.card.probability) if s.session.card else None,
        unit="0 to 1",
        missing=_NO_CARD,
    ),
    column(
        "lead",
        "number",
        "how far the best option stands above the next",
        lambda s: number(s.session.card.lead) if s.session.card else None,
        unit="points, 0 to 100",
        missing="fewer than two options with a number, or no recommendation was shown",
    ),
    column(
        "weighed",
        "text",
        "how the agents' claims were put together: equally, by earlier sessions, or by hand",
        lambda s: s.session.card.weighed if s.session.card else None,
        missing=_NO_CARD,
    ),
    column(
        "earlier_sessions",
        "integer",
        "earlier sessions with all these agents that were known",
        lambda s: s.session.card.earlier if s.session.card else None,
        missing=_NO_CARD,
    ),
    column(
        "earlier_gap",
        "number",
        "largest difference that the best weights leave between claims and what was finally found in those sessions",
        lambda s: number(s.session.head.panel.gap_sup) if s.session.head.panel else None,
        unit="utility, 0 to 1",
        missing="too few earlier sessions",
    ),
    column(
        "heard",
        "integer",
        "agents heard to the end",
        lambda s: s.session.card.heard if s.session.card else None,
        missing=_NO_CARD,
    ),
    column(
        "outcome",
        "text",
        "id of the state that turned out true",
        lambda s: present(s.session.outcome),
        missing="not known",
    ),
    column(
        "score",
        "number",
        "score of the participant's last belief against the outcome",
        lambda s: number(s.session.score.value) if s.session.score else None,
        unit="by its scoring rule",
        missing="not scored",
    ),
)

_TIMES: Final[tuple[Column[Told], ...]] = tuple(
    column(
        f"{phase}_{what}_seconds",
        "number",
        f"the participant's reaction time for her {phase} {what}",
        _seconds(kind, phase),
        unit="seconds",
        missing="not measured, or not asked",
    )
    for phase in ("prior", "final")
    for what, kind in (("ratings", ev.RatingsGiven), ("beliefs", ev.BeliefsGiven))
)

_COST: Final[tuple[Column[Told], ...]] = (
    column(
        "choice_seconds",
        "number",
        "the participant's reaction time for the choice",
        lambda s: number(s.session.choice.seconds) if s.session.choice else None,
        unit="seconds",
        missing="not measured, or no choice was made",
    ),
    column(
        "selection_seconds",
        "number",
        "the participant's reaction time for selecting an agent",
        _selection_seconds,
        unit="seconds",
        missing="not measured, or not asked",
    ),
    column("calls", "integer", "model calls", lambda s: sum(1 for _ in calls_of(s))),
    column(
        "calls_from_cache",
        "integer",
        "calls answered by a kept reply",
        lambda s: sum(c.from_cache for c in calls_of(s)),
    ),
    column(
        "prompt_tokens",
        "integer",
        "length of all that models were given",
        _prompt_tokens,
        unit="tokens",
        missing="unknown for at least one call",
    ),
    column(
        "completion_tokens",
        "integer",
        "length of all that models wrote",
        _completion_tokens,
        unit="tokens",
        missing="unknown for at least one call",
    ),
    column(
        "cost_usd",
        "number",
        "what all calls cost",
        lambda s: number(_sum_known([call.cost for call in calls_of(s)])),
        unit="US dollars",
        missing="unknown for at least one call: see calls_of_unknown_cost",
    ),
    column(
        "calls_of_unknown_cost",
        "integer",
        "calls whose cost is not known",
        lambda s: sum(call.cost is None for call in calls_of(s)),
    ),
)

RESULT: Final[tuple[Column[Told], ...]] = (*_RESULT, *_TIMES, *_COST)
