"""The program's settings: what may be set, what holds where nothing is, and where each value came from.

Precedence: command line, then `CHATARENA_SECTION__KEY` in the environment, then `chatarena.toml` in the current
directory, then the user's own file, then the defaults below. Secrets are never settings: a setting names the
environment variable that holds a key. `settings_form` says which values are allowed; the rest of the program sees
plain values only.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, TypeVar

from chatarena.cli.home import Paths, find_paths
from chatarena.errors import SettingsError

CachePolicy = Literal["off", "on", "only"]
ProtocolChoice = Literal["simultaneous", "round_robin", "rebuttal", "one_on_one"]
AppraisalChoice = Literal["verbal", "logprob"]
Where = tuple[str, ...]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPrice:
    """US dollars per million tokens; None is unknown, never zero."""

    input_per_million: float | None = None
    output_per_million: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """Which model speaks, and how others are reached; tables are keyed by a model or by its beginning (`openai`)."""

    default: str = "embedded/qwen2.5-1.5b"
    fallback: str = ""
    api_base: Mapping[str, str] = field(default_factory=dict)
    api_key_env: Mapping[str, str] = field(default_factory=dict)
    prices: Mapping[str, ModelPrice] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeoutSettings:
    """Seconds of waiting; None leaves the limits that fit where the model runs."""

    first_token: float | None = None
    stall: float | None = None
    total: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrySettings:
    """How often a call is tried in all."""

    attempts: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcurrencySettings:
    """Calls at once to one provider."""

    default: int = 32
    providers: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheSettings:
    """Whether replies are kept and used again; `only` never calls a model."""

    policy: CachePolicy = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSettings:
    """What a new session starts with; without `appraise` the method that fits the model is used;
    budget in US dollars, None is no limit."""

    cast: str = "diverse"
    protocol: ProtocolChoice = "simultaneous"
    rounds: int = 2
    precision: float = 8.0
    appraise: tuple[AppraisalChoice, ...] = ()
    budget: float | None = None
    token_budget: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedSettings:
    """The embedded runtime; None is found out from the machine at start."""

    threads: int | None = None
    slots: int | None = None
    context: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UiSettings:
    """How the terminal UI looks and which keys it takes; an empty theme is the app's own."""

    theme: str = ""
    reduced_motion: bool = False
    keymap: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set."""

    models: ModelSettings = ModelSettings()
    timeouts: TimeoutSettings = TimeoutSettings()
    retry: RetrySettings = RetrySettings()
    concurrency: ConcurrencySettings = ConcurrencySettings()
    cache: CacheSettings = CacheSettings()
    session: SessionSettings = SessionSettings()
    embedded: EmbeddedSettings = EmbeddedSettings()
    ui: UiSettings = UiSettings()


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingRow:
    """One value and where it came from: `default`, a file with its line, a variable, or `command line`."""

    key: str
    value: object
    source: str


def load_settings(
    overrides: Mapping[str, object] | None = None,
    *,
    paths: Paths | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Settings:
    """The settings in force.

    Args:
        overrides: values from the command line by dotted key (`session.rounds`); None counts as not given.
        paths: where the files are; found out by default.
        environ: the environment.

    Raises:
        SettingsError: the first fault of the strongest faulty source; its remedy lists the others.
    """
    return _load(overrides, paths, environ)[0]


def explain(
    overrides: Mapping[str, object] | None = None,
    *,
    paths: Paths | None = None,
    environ: Mapping[str, str] = os.environ,
) -> tuple[SettingRow, ...]:
    """Every setting in force with its source, in the order of the sections; tables row by row.

    Raises:
        SettingsError: as `load_settings`.
    """
    return _load(overrides, paths, environ)[1]


def schema() -> dict[str, object]:
    """JSON Schema of a settings file."""
    from chatarena.cli.settings_form import publish

    return publish()


def _load(
    overrides: Mapping[str, object] | None, paths: Paths | None, environ: Mapping[str, str]
) -> tuple[Settings, tuple[SettingRow, ...]]:
    from chatarena.cli.settings_sources import read_layers

    layers, faults = read_layers(overrides or {}, find_paths(environ) if paths is None else paths, environ)
    if faults:
        head, *rest = faults
        also = "".join(f"\n  also {fault.said} ({fault.remedy})" for fault in rest)
        raise SettingsError(head.said, remedy=f"{head.remedy}{also}")
    settings, sources = Settings(), dict[Where, str]()
    # Weakest first, so that a stronger layer replaces what it names and leaves the rest.
    for layer in reversed(layers):
        settings = _overlaid(settings, layer.values)
        sources |= {where: layer.source(where) for where in leaves(layer.values)}
    rows = tuple(
        SettingRow(key=dotted(where), value=value, source=sources.get(where, "default"))
        for where, value in _values(settings)
    )
    return settings, rows


def _overlaid(settings: Settings, values: Mapping[str, Mapping[str, Any]]) -> Settings:
    sections = {}
    for name, given in values.items():
        section = getattr(settings, name)
        merged = {
            key: {**getattr(section, key), **value} if isinstance(value, Mapping) else value
            for key, value in given.items()
        }
        sections[name] = replace(section, **merged)
    return replace(settings, **sections)


def lookup(table: Mapping[str, _T], model: str) -> _T | None:
    """A table's entry for a model: the one keyed by its name, else by its longest beginning (`openai` or `openai/`).

    Each table is looked up by itself, so that a price for one model does not hide the address of its provider.
    """
    fitting = [key for key in table if model == key or model.startswith(key.rstrip("/") + "/")]
    return table[max(fitting, key=len)] if fitting else None


def leaves(values: Mapping[str, Mapping[str, Any]]) -> list[Where]:
    """The place of every value: section and key, and for tables the entry's own key."""
    found: list[Where] = []
    for name, section in values.items():
        for key, value in section.items():
            found += [(name, key, entry) for entry in value] if isinstance(value, Mapping) else [(name, key)]
    return found


def dotted(where: Where) -> str:
    """A place as it would stand in TOML: `models.api_base."openai/local"`."""
    from chatarena.cli.toml import toml_key

    return ".".join(toml_key(part) for part in where)


def _values(settings: Settings) -> list[tuple[Where, object]]:
    found: list[tuple[Where, object]] = []
    for section in fields(settings):
        part = getattr(settings, section.name)
        for setting in fields(part):
            value = getattr(part, setting.name)
            if isinstance(value, Mapping):
                found += [((section.name, setting.name, key), _plain(entry)) for key, entry in value.items()]
            else:
                found.append(((section.name, setting.name), _plain(value)))
    return found


def _plain(value: object) -> object:
    if isinstance(value, ModelPrice):
        return {"input_per_million": value.input_per_million, "output_per_million": value.output_per_million}
    return list(value) if isinstance(value, tuple) else value
