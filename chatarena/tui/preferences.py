"""What the screens need of the configuration: each setting with its source, checked and written elsewhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "choice", "switch", "file"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """One setting as a person reads it.

    `key` is dotted, `value` and `default` are as they are typed (empty: nothing is set), `source` says who set it.
    `kind` says how it is edited: `file` not here but in the file, `choice` and `switch` by picking one of `choices`.
    `own` says that her own file sets it; `at_once` that a change counts without a new start.
    """

    key: str
    section: str
    about: str
    value: str
    default: str
    source: str
    kind: Kind = "text"
    choices: tuple[str, ...] = ()
    own: bool = False
    overruled: bool = False
    at_once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyState:
    """Whether a provider's key is there, by the name of its variable; the key itself is never looked at."""

    variable: str
    provider: str
    present: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """What of the settings counts for the screens at once."""

    model: str
    cast: str
    theme: str
    reduced_motion: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """The settings behind callables. `read` may touch the disk, as may `write`, which returns what then counts.

    `problem` says what is wrong with a text typed for a key, empty where nothing is. `write` with None takes the
    setting out of her own file.
    """

    read: Callable[[], Awaitable[tuple[Preference, ...]]]
    key_states: Callable[[], tuple[KeyState, ...]]
    problem: Callable[[str, str], str]
    write: Callable[[str, str | None], Awaitable[InForce]]
    file: str


async def _nothing() -> tuple[()]:
    return ()


async def _refuse(_: str, __: str | None) -> InForce:
    raise ValueError("there are no settings here")


NO_PREFERENCES = Preferences(
    read=_nothing, key_states=lambda: (), problem=lambda _, __: "there are no settings here", write=_refuse, file=""
)
"""For an app without a configuration."""
