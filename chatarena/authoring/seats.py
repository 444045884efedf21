"""From a cast to the agents of a session: names, labels, what sellers are paid for, and who holds which evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from chatarena.arena.agent import Agent
from chatarena.arena.decision import Decision
from chatarena.authoring.agents import FAVOURED, AgentFile
from chatarena.authoring.casts import Cast, Seat
from chatarena.authoring.places import suggest
from chatarena.authoring.templates import fill_placeholders
from chatarena.errors import AuthoringError

# Trees that no proverb, flag or product has claimed; none is the label of a shipped agent.
SPARE_LABELS = (
    *("Acacia", "Almond", "Apricot", "Argan", "Banyan", "Baobab", "Buckeye", "Carob", "Cashew", "Catalpa", "Coolibah"),
    *("Cornel", "Damson", "Deodar", "Dogwood", "Durian", "Ebony", "Fig", "Gean", "Hickory", "Ironbark", "Jacaranda"),
    *("Jujube", "Kapok", "Kauri", "Kumquat", "Lychee", "Mahogany", "Mango", "Marula", "Medlar", "Nutmeg", "Papaya"),
    *("Pecan", "Plum", "Pomelo", "Privet", "Quince", "Rimu", "Sapele", "Sumac", "Tamarind", "Teak", "Totara", "Wenge"),
)


def seat_cast(
    cast: Cast,
    decision: Decision,
    agents: Mapping[str, AgentFile],
    choose: Callable[[Sequence[str]], str],
) -> tuple[Agent, ...]:
    """The agents of a session, in the cast's order, with nothing left open.

    A second seat of the same agent is called `<name>-2` and gets the next spare label. A seller is paid for the option
    its seat names, or for the one that `choose` draws. Evidence goes to the agent it names; cards without an owner are
    dealt round the seats in order.

    Args:
        agents: by name; at least all that the cast names.
        choose: picks one of the option ids, such as the `choice` of a seeded generator; called once for each seller
            whose seat leaves it open, in order.

    Raises:
        AuthoringError: an agent, option or owner of evidence that does not exist (with the nearest that does), or an
            option given to an agent that is not a seller.
        ValueError: `choose` returned something else than an option id.
    """
    _check_known(cast, agents)
    names = seat_names([seat.agent for seat in cast.seats])
    labels = seat_labels([agents[seat.agent].agent.label for seat in cast.seats])
    evidence = _evidence(cast, decision, names)
    return tuple(
        _seated(seat, name, label, evidence[name], cast, decision, agents[seat.agent], choose)
        for seat, name, label in zip(cast.seats, names, labels, strict=True)
    )


def seat_names(agents: Sequence[str]) -> tuple[str, ...]:
    """The names of seats whose agents are these: unique, in order."""
    names: list[str] = []
    for agent in agents:
        name, count = agent, 2
        while name in names or (name != agent and name in agents):
            name, count = f"{agent}-{count}", count + 1
        names.append(name)
    return tuple(names)


def seat_labels(labels: Sequence[str]) -> tuple[str, ...]:
    """The public labels of seats whose agents have these: a second seat of the same agent gets a spare one."""
    own = {label.casefold() for label in labels}
    spare = iter([label for label in _spare_labels(len(labels)) if label.casefold() not in own])
    given: list[str] = []
    for label in labels:
        repeated = label.casefold() in {other.casefold() for other in given}
        given.append(next(spare) if repeated else label)
    return tuple(given)


def _seated(
    seat: Seat,
    name: str,
    label: str,
    evidence: tuple[str, ...],
    cast: Cast,
    decision: Decision,
    written: AgentFile,
    choose: Callable[[Sequence[str]], str],
) -> Agent:
    agent = replace(written.agent, name=name, label=label, evidence=evidence)
    if not written.assigned:
        if seat.favours is not None:
            raise AuthoringError(
                f"the cast {cast.name!r} pays {seat.agent!r} for an option, but that agent is not a seller",
                key=seat.agent,
                remedy="remove `favours` from its seat, or add `favours: assigned` to the agent's front matter",
            )
        return agent
    favoured = _favoured(seat, cast, decision, choose)
    values = {FAVOURED: decision.option(favoured).label}
    return replace(
        agent,
        favours=favoured,
        objective=fill_placeholders(agent.objective, values),
        goal=fill_placeholders(agent.goal, values),
        persona=fill_placeholders(agent.persona, values),
    )


def _favoured(seat: Seat, cast: Cast, decision: Decision, choose: Callable[[Sequence[str]], str]) -> str:
    ids = decision.option_ids
    if seat.favours is None:
        drawn = str(choose(ids))
        if drawn not in ids:
            raise ValueError(f"choose returned {drawn!r}, which is none of the option ids {', '.join(ids)}")
        return drawn
    if isinstance(seat.favours, int):
        if seat.favours < 1:
            raise ValueError(f"positions of options count from 1, not {seat.favours}")
        return ids[(seat.favours - 1) % len(ids)]
    if seat.favours not in ids:
        raise AuthoringError(
            f"the cast {cast.name!r} pays {seat.agent!r} for the option {seat.favours!r}, which this decision lacks",
            key=seat.favours,
            remedy=suggest(seat.favours, ids),
        )
    return seat.favours


def _check_known(cast: Cast, agents: Mapping[str, AgentFile]) -> None:
    for seat in cast.seats:
        if seat.agent not in agents:
            raise AuthoringError(
                f"the cast {cast.name!r} names the agent {seat.agent!r}, which does not exist",
                key=seat.agent,
                remedy=suggest(seat.agent, agents),
            )


def _spare_labels(seats: int) -> list[str]:
    again = range(2, 3 + 2 * seats // len(SPARE_LABELS))
    return [*SPARE_LABELS, *(f"{label} {number}" for number in again for label in SPARE_LABELS)]


def _evidence(cast: Cast, decision: Decision, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    held: dict[str, list[str]] = {name: [] for name in names}
    dealt = 0
    for card in decision.evidence:
        owner = card.agent
        if not owner:
            owner, dealt = names[dealt % len(names)], dealt + 1
        if owner not in held:
            raise AuthoringError(
                f"the decision gives evidence to {owner!r}, who is not in the cast {cast.name!r}",
                key=owner,
                remedy=f"{suggest(owner, names)} Name one of the cast, or write the evidence as a list without names",
            )
        held[owner].append(card.text)
    return {name: tuple(cards) for name, cards in held.items()}
