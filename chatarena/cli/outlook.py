"""What a composed session will take: tokens and money as `debate --dry-run` says, minutes from earlier sessions."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatarena.arena.protocol import topological_levels
from chatarena.cli.composing import staged
from chatarena.cli.stage import Stage, opening_events
from chatarena.errors import ArenaError
from chatarena.tui.outlook import Outlook
from chatarena.tui.ports import Plan

if TYPE_CHECKING:
    from chatarena.arena.events import Call, Entry, Event
    from chatarena.arena.session import Session
    from chatarena.arena.settings import Price
    from chatarena.moderator.spending import Estimate
    from chatarena.session_log.store import SessionLog

SESSIONS_LOOKED_AT = 10
# Tokens a second of the embedded model for everybody together on two cores: what it writes, and what it reads anew.
EMBEDDED_PACE, READING_PACE = 14.0, 65.0
CLAIM_TOKENS = 60  # a claim over three or four options, as JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Median seconds that a turn, a claim and an appraisal took, and how many turns that was seen of."""

    turn: float
    claim: float
    appraisal: float
    turns: int


class Estimator:
    """Estimates plans; prices and paces are looked up once a model."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._prices: dict[str, Price] = {}
        self._paces: dict[str, Pace | None] = {}

    async def estimate(self, plan: Plan) -> Outlook:
        """Tokens, money and minutes of a plan.

        Raises:
            ArenaError: the plan cannot be run.
        """
        from chatarena.language_model.providers import runs_here
        from chatarena.moderator.overrun import overruns
        from chatarena.moderator.spending import estimate_session

        made = await asyncio.to_thread(staged, plan, self._stage.paths)
        models = sorted({agent.model for agent in made.agents})
        await self._look_up(models)
        prices = tuple(self._prices[model] for model in models if model in self._prices)
        opening = await asyncio.to_thread(opening_events, made, self._stage.paths, prices)
        whole = estimate_session(opening)
        seconds, pace = await self.minutes(opening, whole)
        return Outlook(
            calls=whole.calls,
            tokens=whole.tokens,
            dollars=whole.dollars,
            unpriced=whole.unpriced,
            seconds=seconds,
            pace=pace,
            free=all(runs_here(model) for model in models),
            over=overruns(whole, made.settings, seconds),
        )

    async def minutes(self, opening: tuple[Event, ...], whole: Estimate) -> tuple[float | None, str]:
        """Seconds of speaking and what they were made from; None and nothing where nothing tells."""
        from chatarena.arena.session import fold

        session = fold(opening)
        models = sorted({made.agent.model for made in session.commitments})
        fresh = [model for model in models if model not in self._paces]
        if fresh and self._stage.log is not None:
            self._paces.update(await asyncio.to_thread(_paces, self._stage.log, fresh))
        return self._minutes(session, models, prompt=whole.tokens / max(1, whole.calls))

    async def _look_up(self, models: Sequence[str]) -> None:
        from chatarena.language_model.providers import runs_here

        unknown = [model for model in models if model not in self._prices and not runs_here(model)]
        if unknown:
            with suppress(ArenaError):  # a price that cannot be looked up is unknown, and is said to be
                self._prices.update(await self._stage.models.prices(unknown))

    def _minutes(self, session: Session, models: Sequence[str], *, prompt: float) -> tuple[float | None, str]:
        """Seconds and what they were made from; a prompt of `prompt` tokens is read once a turn, then it is known."""
        steps = session.rounds * _steps(session)
        settings, claims = session.head.settings, session.head.protocol.claims
        known = [self._paces.get(model) for model in models]
        paces = [pace for pace in known if pace is not None]
        if len(paces) == len(models):
            each = max(pace.turn + claims * pace.claim + len(settings.appraise) * pace.appraisal for pace in paces)
            turns = sum(pace.turns for pace in paces)
            return steps * each, f"as long as {turns} turns of these models in your log took, agent by agent where due"
        if all(model.startswith("embedded/") for model in models):
            speakers = session.commitments[:1] if session.head.protocol.name == "one_on_one" else session.commitments
            spoken = sum(made.agent.sampling.max_tokens + claims * CLAIM_TOKENS for made in speakers) * session.rounds
            read = prompt * len(speakers) * session.rounds
            return (
                spoken / EMBEDDED_PACE + read / READING_PACE,
                f"{EMBEDDED_PACE:.0f} tokens a second written and {READING_PACE:.0f} read for all together,"
                " as measured on two cores",
            )
        return None, ""


def _steps(session: Session) -> int:
    """How many times in a round somebody waits for somebody else, itself included."""
    protocol = session.head.protocol
    if protocol.name == "round_robin":
        return len(session.labels)
    if protocol.name == "network":
        return len(topological_levels(protocol, session.labels)) or 1
    return 1


def _paces(log: SessionLog, models: Sequence[str]) -> dict[str, Pace | None]:
    """How fast each of these models was in the latest sessions; None where it was not in them."""
    entries = [entry for row in log.sessions(SESSIONS_LOOKED_AT) for entry in log.entries(row.id)]
    return {model: pace_of(entries, model) for model in models}


def pace_of(entries: Iterable[Entry], model: str) -> Pace | None:
    """The pace of a model in these entries; None where it took no turn. Replies from the cache tell nothing."""
    from statistics import median

    from chatarena.arena.events import AppraisalMade, ClaimMade, TurnTaken

    turns: list[float] = []
    claims: list[float] = []
    appraisals: list[float] = []
    for event in (entry.event for entry in entries):
        match event:
            case TurnTaken(call=call) if call is not None:
                turns += _seconds((call,), model)
            case ClaimMade(calls=calls):
                claims += _seconds(calls, model)
            case AppraisalMade(calls=calls):
                appraisals += _seconds(calls, model)
            case _:
                pass
    if not turns:
        return None
    rating = median(claims) if claims else 0.0
    return Pace(turn=median(turns), claim=rating, appraisal=median(appraisals or [rating]), turns=len(turns))


def _seconds(calls: Sequence[Call], model: str) -> list[float]:
    """What all calls of one part took together; nothing where one of them tells nothing."""
    took = [call.total_seconds for call in calls if call.requested_model == model and not call.from_cache]
    known = [seconds for seconds in took if seconds is not None]
    return [sum(known)] if known and len(known) == len(calls) else []
