"""The program's settings: what may be set, and what holds where nothing is.

Precedence: command line, then `CHATARENA_SECTION__KEY` in the environment, then `chatarena.toml` in the current
directory, then the user's own file, then the defaults below. Secrets are never settings: a setting names the
environment variable that holds a key. `settings_form` says which values are allowed, `settings_loading` what is in
force; the rest of the program sees plain values only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

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
    budget in US dollars, time budget in seconds of models at work, None is no limit."""

    cast: str = "diverse"
    protocol: ProtocolChoice = "simultaneous"
    rounds: int = 2
    precision: float = 8.0
    appraise: tuple[AppraisalChoice, ...] = ()
    budget: float | None = None
    token_budget: int | None = None
    time_budget: float | None = None


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
