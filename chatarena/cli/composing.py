"""What the compose screen is handed: plans seated, checked and estimated; files read and written.

Law: the screens speak of agents by label alone; here, and nowhere above, a label becomes an agent's name again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from chatarena.arena.protocol import Hearing
from chatarena.cli.home import Paths, write_private
from chatarena.cli.options import default_appraisals
from chatarena.cli.stage import Plan as StagePlan
from chatarena.cli.stage import Stage, opening_events, plan_session
from chatarena.errors import AuthoringError, UsageError
from chatarena.tui.files import Files
from chatarena.tui.ports import CastChoice, Example, Field, FieldProblem, Plan
from chatarena.tui.seats import AgentChoice, Hidden, SeatChoice

if TYPE_CHECKING:
    from chatarena.arena.decision import Decision, EvidenceCard
    from chatarena.arena.events import Event
    from chatarena.arena.moves import Ask
    from chatarena.arena.session import Session
    from chatarena.authoring.agents import AgentFile
    from chatarena.authoring.casts import Cast
    from chatarena.moderator.world import Participant

UNBLINDED = "unblinded"
BY_HAND = "picked by hand"
# Words that tell to which field of the form a problem belongs, tried in order.
_FIELDS: tuple[tuple[str, Field], ...] = (
    ("question", "question"),
    ("context", "context"),
    ("evidence", "evidence"),
    ("option", "options"),
    ("state", "states"),
    ("token budget", "token_budget"),
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
        replace(plan.decision, evidence=_owned(plan.decision.evidence, names)),
        cast,
        replace(plan.protocol, hearing=_named(plan.protocol.hearing, names)),
        settings,
        model=plan.model,
        seed=plan.seed,
        paths=paths,
        models=tuple(seat.model for seat in plan.seats),
    )


def table(plan: Plan, paths: Paths) -> tuple[Cast, dict[str, str]]:
    """The cast of a plan, and the name of each of its seats by label.

    Raises:
        AuthoringError: no such cast or agent.
    """
    from chatarena.authoring.agents import load_agents
    from chatarena.authoring.casts import Cast, Seat, load_cast
    from chatarena.authoring.seats import seat_labels, seat_names

    own = (paths.own_prompts,)
    if plan.seats:
        seats = tuple(Seat(agent=seat.agent, favours=seat.favours) for seat in plan.seats)
        cast = Cast(name=plan.cast or BY_HAND, description=BY_HAND, seats=seats)
    else:
        cast = load_cast(plan.cast, own)
    wanted = [seat.agent for seat in cast.seats]
    agents = load_agents(own, names=wanted)
    labels = seat_labels([agents[name].agent.label for name in wanted])
    return cast, dict(zip(labels, seat_names(wanted), strict=True))


def _named(hearing: tuple[Hearing, ...], names: Mapping[str, str]) -> tuple[Hearing, ...]:
    return tuple(
        Hearing(agent=names.get(item.agent, item.agent), parents=tuple(names.get(name, name) for name in item.parents))
        for item in hearing
    )


def _owned(cards: tuple[EvidenceCard, ...], names: Mapping[str, str]) -> tuple[EvidenceCard, ...]:
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
        seats = tuple(SeatChoice(agent=seat.agent, favours=seat.favours) for seat in cast.seats)
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


# -- files -------------------------------------------------------------------------------------------------------------


def open_files(paths: Paths) -> Files:
    """Reading and writing decisions and casts."""

    async def save(plan: Plan, path: str) -> str:
        return save_decision(plan, path, paths)

    async def load(path: str) -> Example:
        return read_example(Path(path).expanduser())

    async def save_cast(name: str, seats: tuple[SeatChoice, ...]) -> str:
        return write_cast(name, seats, paths)

    return Files(
        suggest=lambda plan: suggest(plan.decision),
        taken=lambda path: Path(path).expanduser().exists(),
        save=save,
        load=load,
        cast_taken=lambda name: name in {choice.name for choice in casts(paths)},
        save_cast=save_cast,
    )


def suggest(decision: Decision) -> str:
    """The name of a file for a decision: the first words of its question."""
    words = re.findall(r"\w+", decision.question.casefold())[:6]
    return f"{'-'.join(words)[:60] or 'decision'}.yaml"


def save_decision(plan: Plan, path: str, paths: Paths) -> str:
    """Write a decision as YAML with the cast, protocol and rounds it goes with; over a file that is there.

    Raises:
        UsageError: the decision cannot be used yet, or the file cannot be written.
    """
    from chatarena.authoring.decisions import decision_to_yaml

    _, names = table(plan, paths)
    decision = replace(plan.decision, evidence=_owned(plan.decision.evidence, names))
    cast = plan.cast if plan.cast in {choice.name for choice in casts(paths)} else ""
    try:
        text = decision_to_yaml(decision, cast=cast, protocol=plan.protocol.name, rounds=plan.protocol.rounds)
    except ValueError as error:
        raise UsageError(f"this cannot be saved yet: {error}", remedy="put it right, then save again") from error
    return _write(Path(path).expanduser(), text)


def read_example(path: Path) -> Example:
    """A decision's file as something to begin with.

    Raises:
        AuthoringError: it cannot be read; says where and what to do.
    """
    from chatarena.authoring.decisions import load_decision

    file = load_decision(path)
    return Example(
        title=file.decision.question,
        decision=file.decision,
        cast=file.cast,
        protocol=file.protocol,
        rounds=file.rounds,
    )


def write_cast(name: str, seats: tuple[SeatChoice, ...], paths: Paths) -> str:
    """Write a table as one of the person's own casts; over one of that name.

    Raises:
        AuthoringError: the name is none.
    """
    from chatarena.authoring.casts import parse_cast
    from chatarena.authoring.documents import write_yaml

    entries: list[object] = [
        seat.agent if seat.favours is None else {"agent": seat.agent, "favours": seat.favours} for seat in seats
    ]
    text = write_yaml({"name": name, "description": "Picked by hand.", "agents": entries})
    parse_cast(text, file=name)
    return _write(paths.own_prompts / "casts" / f"{name}.yaml", text)


def _write(path: Path, text: str) -> str:
    fresh = path.with_name(f".{path.name}.new")
    try:
        fresh.unlink(missing_ok=True)
        write_private(fresh, text)
        fresh.replace(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", remedy="name another place") from error
    return str(path)
