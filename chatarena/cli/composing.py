"""What the compose screen is handed: plans seated and checked, and what there is to pick.

Law: the screens speak of agents by label alone; here, and nowhere above, a label becomes an agent's name again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from chatarena.arena.protocol import Hearing
from chatarena.cli.home import Paths
from chatarena.cli.options import default_appraisals
from chatarena.cli.stage import Plan as StagePlan
from chatarena.cli.stage import Stage, opening_events, plan_session
from chatarena.errors import AuthoringError, UsageError
from chatarena.tui.ports import CastChoice, Field, FieldProblem, Plan
from chatarena.tui.seats import AgentChoice, Hidden, SeatChoice

if TYPE_CHECKING:
    from chatarena.arena.decision import EvidenceCard
    from chatarena.arena.events import Event
    from chatarena.arena.moves import Ask
    from chatarena.arena.session import Session
    from chatarena.authoring.agents import AgentFile
    from chatarena.authoring.casts import Cast, Seat
    from chatarena.moderator.world import Participant

UNBLINDED = "unblinded"
# Words that tell to which field of the form a problem belongs, tried in order.
_FIELDS: tuple[tuple[str, Field], ...] = (
    ("claims", "source"),
    ("question", "question"),
    ("context", "context"),
    ("evidence", "evidence"),
    ("option", "options"),
    ("state", "states"),
    ("token budget", "token_budget"),
    ("time budget", "time_budget"),
    ("budget", "budget"),
    ("precision", "precision"),
    ("rounds", "rounds"),
    ("network", "network"),
    ("cast", "cast"),
    ("agent", "cast"),
)


# -- a plan ------------------------------------------------------------------------------------------------------------


def staged(plan: Plan, paths: Paths) -> StagePlan:
    """A composed plan with its cast seated; an empty choice of appraisals means what carries a signal on its model.

    Raises:
        AuthoringError: no such cast or agent, or evidence for somebody who does not sit at the table.
    """
    settings = plan.settings
    if not settings.appraise:
        settings = replace(settings, appraise=default_appraisals(plan.model))
    cast, names = table(plan, paths)
    return plan_session(
        replace(plan.decision, evidence=owned(plan.decision.evidence, names)),
        cast,
        replace(
            plan.protocol,
            hearing=renamed(plan.protocol.hearing, names),
            output=tuple(names.get(label, label) for label in plan.protocol.output),
        ),
        settings,
        model=plan.model,
        seed=plan.seed,
        paths=paths,
    )


def table(plan: Plan, paths: Paths) -> tuple[Cast, dict[str, str]]:
    """The cast of a plan, and the name of each of its seats by label.

    Raises:
        AuthoringError: no such cast or agent.
    """
    from chatarena.authoring.casts import laid_by_hand, load_cast

    cast = laid_by_hand(written(plan.seats), plan.cast) if plan.seats else load_cast(plan.cast, (paths.own_prompts,))
    return cast, seats_by_label(cast, paths)


def seats_by_label(cast: Cast, paths: Paths) -> dict[str, str]:
    """The name of each seat of a cast by its public label, in order.

    Raises:
        AuthoringError: it seats an agent that does not exist.
    """
    from chatarena.authoring.agents import load_agents
    from chatarena.authoring.seats import seat_labels, seat_names

    wanted = [seat.agent for seat in cast.seats]
    agents = load_agents((paths.own_prompts,), names=wanted)
    labels = seat_labels([agents[name].agent.label for name in wanted])
    return dict(zip(labels, seat_names(wanted), strict=True))


def written(seats: Sequence[SeatChoice]) -> tuple[Seat, ...]:
    """Seats as files hold them."""
    from chatarena.authoring.casts import Seat

    return tuple(Seat(agent=seat.agent, favours=seat.favours, model=seat.model) for seat in seats)


def renamed(hearing: tuple[Hearing, ...], names: Mapping[str, str]) -> tuple[Hearing, ...]:
    """A network among the same seats by other names."""
    return tuple(
        Hearing(agent=names.get(item.agent, item.agent), parents=tuple(names.get(name, name) for name in item.parents))
        for item in hearing
    )


def owned(cards: tuple[EvidenceCard, ...], names: Mapping[str, str]) -> tuple[EvidenceCard, ...]:
    """Evidence of the same seats by other names."""
    return tuple(replace(card, agent=names.get(card.agent, card.agent)) for card in cards)


def problems(plan: Plan, paths: Paths) -> tuple[FieldProblem, ...]:
    """Everything that is wrong with a plan, next to the field it belongs to."""
    if not plan.cast and not plan.seats:
        return (FieldProblem(field="cast", text="nobody is to argue: pick a cast, or an agent at least"),)
    try:
        opening_events(staged(plan, paths), paths)
    except (UsageError, AuthoringError) as error:
        return tuple(FieldProblem(field=_field(text), text=text) for text in str(error.message).split("; "))
    return ()


def _field(text: str) -> Field:
    lowered = text.casefold()
    return next((field for word, field in _FIELDS if re.search(rf"\b{word}", lowered)), "question")


class Unblinded:
    """A participant who has seen what she should not know; the log says so from its first question on."""

    def __init__(self, participant: Participant, note: Callable[[], object]) -> None:
        self._participant, self._note = participant, note
        self._noted = False

    async def answer(self, ask: Ask, session: Session) -> tuple[Event, ...]:
        import asyncio

        if not self._noted:
            self._noted = True
            await asyncio.to_thread(self._note)
        return await self._participant.answer(ask, session)


def noting(stage: Stage, plan: Plan, participant: Participant, session: Callable[[], str]) -> Participant:
    """The participant as she is, or one whose session is tagged `unblinded` because objectives were shown to her."""
    log = stage.log
    if log is None or not plan.unblinded:
        return participant
    return Unblinded(participant, lambda: log.tag(session(), add=(UNBLINDED,)))


# -- what there is to pick ---------------------------------------------------------------------------------------------


def casts(paths: Paths) -> tuple[CastChoice, ...]:
    """The casts by their public faces, the person's own first."""
    from chatarena.authoring.casts import load_casts
    from chatarena.authoring.places import prompt_files
    from chatarena.authoring.seats import seat_labels

    own = (paths.own_prompts,)
    agents = _agents(paths)
    files = prompt_files("casts", own)
    found = []
    for cast in load_casts(own).values():
        seats = tuple(SeatChoice(agent=seat.agent, favours=seat.favours, model=seat.model) for seat in cast.seats)
        labels = seat_labels([agents[seat.agent].agent.label for seat in cast.seats])
        found.append(
            CastChoice(
                name=cast.name,
                note=cast.description,
                labels=labels,
                network=len(seats) > 1,
                seats=seats,
                own=files[cast.name].is_relative_to(paths.own_prompts),
            )
        )
    return tuple(sorted(found, key=lambda choice: not choice.own))


def faces(paths: Paths) -> tuple[AgentChoice, ...]:
    """Every agent by its public face, in the order of labels: that of names would tell."""
    found = [
        AgentChoice(
            name=name,
            label=written.agent.label,
            manner=written.manner,
            model=written.agent.model,
            own=Path(written.file).is_relative_to(paths.own_prompts),
        )
        for name, written in _agents(paths).items()
    ]
    return tuple(sorted(found, key=lambda choice: (not choice.own, choice.label)))


def hidden(paths: Paths) -> dict[str, Hidden]:
    """What each agent is after, by name: for whoever asked to be unblinded."""
    return {
        name: Hidden(objective=written.agent.objective, tags=written.agent.tags)
        for name, written in _agents(paths).items()
    }


def _agents(paths: Paths) -> dict[str, AgentFile]:
    from chatarena.authoring.agents import load_agents

    return load_agents((paths.own_prompts,))
