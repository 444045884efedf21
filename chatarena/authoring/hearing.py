"""Who hears whom, as it is written: a network by its name, or for each seat the seats it hears."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chatarena.arena.protocol import Hearing
from chatarena.authoring.places import suggest
from chatarena.errors import AuthoringError

NETWORKS = ("chain", "ring", "star", "complete", "window", "tree", "layered", "two-level-star")


def named_hearing(network: str, seats: Sequence[str]) -> tuple[Hearing, ...]:
    """Who hears whom in a network that has a name, over the seats in order; nobody for a seat that is left out.

    ring: each hears the one before, and the first the last; the others are those of chatarena.networks.topologies.

    Raises:
        ValueError: no network has this name.
    """
    parents: list[tuple[str, ...]]
    if network == "ring":
        parents = [(seats[at - 1],) if len(seats) > 1 else () for at in range(len(seats))]
    else:
        from chatarena.networks.topologies import called, topology

        shape = called(network) if network in NETWORKS else None
        if shape is None:
            raise ValueError(f"no network is called {network!r}; there are {', '.join(NETWORKS)}")
        made = topology(shape, len(seats))
        parents = [tuple(seats[parent] for parent in heard) for heard in made.parents]
    return tuple(Hearing(agent=agent, parents=heard) for agent, heard in zip(seats, parents, strict=True) if heard)


def written_hearing(network: str | tuple[Hearing, ...], seats: Sequence[str], *, file: str = "") -> tuple[Hearing, ...]:
    """Who hears whom among these seats, as a file says it.

    Raises:
        AuthoringError: the network names somebody who has no seat, or it is a seat that hears itself.
    """
    if isinstance(network, str):
        return named_hearing(network, seats)
    for item in network:
        check_hearing(item, seats, file=file)
    return network


def check_hearing(item: Hearing, seats: Sequence[str], *, file: str = "", line: int | None = None) -> None:
    """Refuse a listener or a speaker without a seat, and a seat that hears itself.

    Raises:
        AuthoringError: says who, and who has a seat.
    """
    if item.agent in item.parents:
        raise AuthoringError(
            f"{item.agent!r} cannot hear itself",
            file=file,
            line=line,
            key=item.agent,
            remedy="remove it from its own list: what it said before it always knows",
        )
    unknown = next((name for name in (item.agent, *item.parents) if name not in seats), None)
    if unknown is not None:
        raise AuthoringError(
            f"the network names {unknown!r}, who has no seat",
            file=file,
            line=line,
            key=unknown,
            remedy=f"{suggest(unknown, seats)} Seats are called as their agents; a second of the same is `NAME-2`",
        )


def check_output(output: Sequence[str], seats: Sequence[str], *, file: str = "", line: int | None = None) -> None:
    """Refuse an end of a network that has no seat.

    Raises:
        AuthoringError: says who, and who has a seat.
    """
    unknown = next((name for name in output if name not in seats), None)
    if unknown is not None:
        raise AuthoringError(
            f"the output names {unknown!r}, who has no seat",
            file=file,
            line=line,
            key="output",
            remedy=f"{suggest(unknown, seats)} Seats are called as their agents; a second of the same is `NAME-2`",
        )


def written_network(hearing: Sequence[Hearing]) -> Mapping[str, list[str]]:
    """For each seat that hears anybody, whom; as a file holds it."""
    return {item.agent: list(item.parents) for item in hearing}
