"""A communication network as a YAML file: agents, whom each hears, and rounds where some hear each other."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from chatarena.arena.protocol import MAX_ROUNDS
from chatarena.authoring.documents import read_yaml
from chatarena.authoring.fields import Line, Whole
from chatarena.authoring.forms import Form, fill
from chatarena.authoring.places import read_text
from chatarena.errors import AuthoringError
from chatarena.networks.network import Network, named_network, network, unrolled

MOST_NODES = 2_000


class NodeForm(Form):
    shorthand: ClassVar = "name"

    name: Line = Field(min_length=1, max_length=40, description="what the agent is called", examples=["anna"])
    hears: tuple[Line, ...] = Field(default=(), description="the agents whose predictions it hears", examples=[["ben"]])


class NetworkForm(Form):
    parts: ClassVar = {"agents": NodeForm}

    name: Line = Field(min_length=1, max_length=60, description="what the network is called", examples=["my panel"])
    agents: tuple[NodeForm, ...] = Field(
        min_length=1,
        max_length=MOST_NODES,
        description="names, or mappings of name and hears; in any order",
        examples=[["anna"]],
    )
    output: Line | None = Field(default=None, description="whose prediction counts; the last agent where missing")
    rounds: Whole = Field(
        default=1,
        ge=1,
        le=MAX_ROUNDS,
        description="how often everybody speaks; from the second round on each hears the round before, circles allowed",
    )


def read_network(path: Path) -> Network:
    """The network in a file.

    Raises:
        AuthoringError: no such file, not YAML, or anything the form or the network refuses.
    """
    return parse_network(read_text(path), file=str(path))


def parse_network(text: str, *, file: str = "text") -> Network:
    """A network from YAML; with rounds, agent `x` of round 2 is called `x 2`.

    Raises:
        AuthoringError: not YAML, or anything the form or the network refuses.
    """
    form = fill(NetworkForm, read_yaml(text, file=file))
    names = [node.name for node in form.agents]
    repeated = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if repeated is not None:
        raise AuthoringError(f"two agents are called {repeated!r}", file=file, key="agents", remedy="rename one")
    try:
        if form.rounds == 1:
            return named_network(
                form.name, {node.name: node.hears for node in form.agents}, output=form.output or names[-1]
            )
        return _in_rounds(form, names)
    except ValueError as error:
        raise AuthoringError(
            str(error),
            file=file,
            key="agents",
            remedy="write the names as the list has them, and `rounds: 2` or more where agents hear each other",
        ) from error


def _in_rounds(form: NetworkForm, names: list[str]) -> Network:
    unknown = {parent for node in form.agents for parent in node.hears} - set(names)
    if unknown:
        raise ValueError(f"{sorted(unknown)[0]!r} is heard but is no agent of this network")
    if form.output is not None and form.output not in names:
        raise ValueError(f"the output agent {form.output!r} is no agent of this network")
    made = unrolled(form.name, [[names.index(parent) for parent in node.hears] for node in form.agents], form.rounds)
    last = (form.rounds - 1) * len(names) + names.index(form.output or names[-1])
    labels = [name if turn == 1 else f"{name} {turn}" for turn in range(1, form.rounds + 1) for name in names]
    return network(made.name, made.parents, output=last, labels=labels, seats=made.seats)
