"""Who is to argue, as a participant may know it: labels and manners. Law: nothing private is in here but `Hidden`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from chatarena.arena.protocol import MAX_AGENTS


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatChoice:
    """One place at the table: the agent by name, the option a seller is paid for (see `authoring.casts`), its model.

    Without a model the agent's own counts, else that of the session.
    """

    agent: str
    favours: int | str | None = None
    model: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentChoice:
    """An agent by its public face; its name is for the program alone, because it tells what the agent is after."""

    name: str
    label: str
    manner: str = ""
    model: str = ""
    own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """What a participant must not know of an agent before the reveal."""

    objective: str
    tags: tuple[str, ...] = ()


Agents = Mapping[str, AgentChoice]


def labels_of(seats: Sequence[SeatChoice], agents: Agents) -> tuple[str, ...]:
    """The labels under which these seats will speak; an agent that is not known keeps its name."""
    from chatarena.authoring.seats import seat_labels

    return seat_labels([agents[seat.agent].label if seat.agent in agents else seat.agent for seat in seats])


def added(seats: tuple[SeatChoice, ...], agent: str) -> tuple[SeatChoice, ...]:
    """One more seat at the end; the same seats where there are as many as a session may have."""
    return (*seats, SeatChoice(agent=agent)) if len(seats) < MAX_AGENTS else seats


def moved(seats: tuple[SeatChoice, ...], place: int, step: int) -> tuple[SeatChoice, ...]:
    """The seat at `place` one further up or down; the same seats where it cannot go there."""
    other = place + step
    if not (0 <= place < len(seats) and 0 <= other < len(seats)):
        return seats
    turned = list(seats)
    turned[place], turned[other] = turned[other], turned[place]
    return tuple(turned)


def removed(seats: tuple[SeatChoice, ...], place: int) -> tuple[SeatChoice, ...]:
    """The seats without the one at `place`."""
    return tuple(seat for at, seat in enumerate(seats) if at != place)


def with_model(seats: tuple[SeatChoice, ...], place: int, model: str) -> tuple[SeatChoice, ...]:
    """The seat at `place` with a model of its own; with that of the session where `model` is empty."""
    return tuple(replace(seat, model=model) if at == place else seat for at, seat in enumerate(seats))


def same_people(one: Sequence[SeatChoice], other: Sequence[SeatChoice]) -> bool:
    """Whether two tables differ in models at most."""
    return [(seat.agent, seat.favours) for seat in one] == [(seat.agent, seat.favours) for seat in other]
