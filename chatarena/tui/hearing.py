"""Who hears whom, by label: the networks to begin with, and one thing changed at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from chatarena.arena.protocol import Hearing, Protocol, problems, topological_levels

Shape = Literal["chain", "ring", "star", "layers", "everybody", "nobody"]
SHAPES: dict[Shape, str] = {
    "chain": "each hears the one before",
    "ring": "a chain that closes",
    "star": "the last hears all others",
    "layers": "the second half hears the first half",
    "everybody": "each hears all others",
    "nobody": "nobody hears anybody",
}


def shaped(shape: Shape, labels: Sequence[str]) -> tuple[Hearing, ...]:
    """A network to begin with, over the seats in order."""
    half = (len(labels) + 1) // 2
    parents: Mapping[Shape, list[Sequence[str]]] = {
        "chain": [labels[at - 1 : at] if at else () for at in range(len(labels))],
        "ring": [labels[at - 1 : at] if at else labels[-1:] for at in range(len(labels))],
        "star": [labels[:-1] if at == len(labels) - 1 else () for at in range(len(labels))],
        "layers": [() if at < half else labels[:half] for at in range(len(labels))],
        "everybody": [[*labels[:at], *labels[at + 1 :]] for at in range(len(labels))],
        "nobody": [() for _ in labels],
    }
    return kept(tuple(Hearing(agent=a, parents=tuple(p)) for a, p in zip(labels, parents[shape], strict=True)), labels)


def kept(hearing: Sequence[Hearing], labels: Sequence[str]) -> tuple[Hearing, ...]:
    """A network among these alone: whoever is gone is neither heard nor hears, and nobody hears itself."""
    heard = {item.agent: set(item.parents) for item in hearing}
    made = (
        Hearing(agent=label, parents=tuple(name for name in labels if name != label and name in heard.get(label, ())))
        for label in labels
    )
    return tuple(item for item in made if item.parents)


def toggled(hearing: Sequence[Hearing], labels: Sequence[str], listener: str, speaker: str) -> tuple[Hearing, ...]:
    """The network in which `listener` hears `speaker` if it did not, and does not if it did."""
    heard = {item.agent: set(item.parents) for item in hearing}
    heard[listener] = heard.get(listener, set()) ^ {speaker}
    return kept(tuple(Hearing(agent=agent, parents=tuple(names)) for agent, names in heard.items()), labels)


def faults(hearing: tuple[Hearing, ...], labels: tuple[str, ...]) -> tuple[str, ...]:
    """What makes a network unusable among these agents, in words."""
    return problems(Protocol(name="network", hearing=hearing), labels)


def circle(hearing: tuple[Hearing, ...], labels: tuple[str, ...]) -> bool:
    """Whether somebody would have to wait for itself."""
    return bool(labels) and not topological_levels(Protocol(name="network", hearing=hearing), labels)
