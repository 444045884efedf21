"""Casts as YAML files: named lists of agents, with the option a seller is paid for where that is fixed beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chatarena.authoring.places import prompt_file, prompt_files, read_text
from chatarena.errors import AuthoringError

BY_HAND = "picked by hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One place in a cast.

    `favours` says what a seller is paid for: the position of an option (an int from 1; it counts round, so that 3 is
    the first of two options again), the id of an option (a str), or None for a draw. Without a `model` the agent's own
    speaks, else that of the session.
    """

    agent: str
    favours: int | str | None = None
    model: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who takes part, in order; the same agent may have several seats."""

    name: str
    description: str
    seats: tuple[Seat, ...]


def parse_cast(text: str, *, file: str = "text") -> Cast:
    """Read a cast from YAML.

    Raises:
        AuthoringError: not YAML, or anything the form refuses.
    """
    from chatarena.authoring.cast_form import CastForm
    from chatarena.authoring.documents import read_yaml
    from chatarena.authoring.forms import fill

    form = fill(CastForm, read_yaml(text, file=file))
    seats = tuple(Seat(agent=seat.agent, favours=seat.favours, model=seat.model) for seat in form.agents)
    return Cast(name=form.name, description=form.description, seats=seats)


def laid_by_hand(seats: Sequence[Seat], name: str = "") -> Cast:
    """A table that is no cast of any file; `name` is the cast that it began as, if any."""
    return Cast(name=name or BY_HAND, description=BY_HAND, seats=tuple(seats))


def load_cast(name: str, directories: Sequence[Path] = ()) -> Cast:
    """The cast of this name.

    Args:
        directories: a person's own directories (see `places.prompt_files`).

    Raises:
        AuthoringError: there is none, or its file is faulty.
    """
    path = prompt_file("casts", name, directories)
    cast = parse_cast(read_text(path), file=str(path))
    if cast.name != path.stem:
        raise AuthoringError(
            f"the cast is called {cast.name!r} and its file {path.name!r}",
            file=str(path),
            key="name",
            remedy=f"write `name: {path.stem}`, or rename the file to {cast.name}.yaml",
        )
    return cast


def load_casts(directories: Sequence[Path] = ()) -> dict[str, Cast]:
    """All casts by name.

    Raises:
        AuthoringError: the first faulty file.
    """
    return {name: load_cast(name, directories) for name in prompt_files("casts", directories)}


def written_seats(seats: Sequence[Seat]) -> list[object]:
    """Seats as a file holds them: a name where nothing else is to be said."""
    written: list[object] = []
    for seat in seats:
        entry = {"agent": seat.agent, "favours": seat.favours, "model": seat.model or None}
        said = {key: value for key, value in entry.items() if value is not None}
        written.append(seat.agent if len(said) == 1 else said)
    return written


def cast_schema() -> dict[str, object]:
    """JSON Schema of a cast file."""
    from chatarena.authoring.cast_form import CastForm
    from chatarena.authoring.forms import publish

    return publish(CastForm, title="ChatArena cast", description="A named list of agents: prompts/casts/<name>.yaml.")
