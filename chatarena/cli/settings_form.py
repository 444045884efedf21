"""What a setting may be: checked at the door by pydantic, told with the nearest valid key, published as JSON Schema.

The defaults are those of the dataclasses in `settings`; a test holds the two together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from chatarena.arena.protocol import MAX_ROUNDS
from chatarena.arena.settings import MAX_PRECISION, MIN_PRECISION
from chatarena.authoring.places import nearest
from chatarena.cli.settings import AppraisalChoice, CachePolicy, ProtocolChoice, Settings, Where
from chatarena.language_model.scrub import scrub

_DEFAULTS = Settings()
_SECRET_WORD = re.compile(r"key|token|secret|passw", re.IGNORECASE)
_KEY_REMEDY = (
    "export the key in your shell under the provider's usual name (such as OPENAI_API_KEY), or name the variable that"
    ' holds it: [models] api_key_env = { "openai/local" = "MY_KEY" }'
)


def _as_tuple(value: object) -> object:
    if isinstance(value, str):
        return (value,)
    return tuple(dict.fromkeys(value)) if isinstance(value, list) and all(isinstance(v, str) for v in value) else value


_ModelName = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^\S+$")]
_Url = Annotated[str, Field(max_length=500, pattern=r"^https?://[^\s]+$")]
_VariableName = Annotated[str, Field(max_length=100, pattern=r"^[A-Z][A-Z0-9_]*$")]
_Name = Annotated[str, Field(max_length=100, pattern=r"^\S*$")]
_Seconds = Annotated[float, Field(gt=0, le=86_400)]
_Dollars = Annotated[float, Field(ge=0, le=1_000_000)]
_Calls = Annotated[int, Field(ge=1, le=1_000)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class PriceForm(_Part):
    input_per_million: _Dollars | None = Field(default=None, description="US dollars per million prompt tokens")
    output_per_million: _Dollars | None = Field(default=None, description="US dollars per million generated tokens")


class ModelsForm(_Part):
    default: _ModelName = Field(
        default=_DEFAULTS.models.default, description="speaks for every agent that names no model of its own"
    )
    fallback: _Name = Field(
        default=_DEFAULTS.models.fallback,
        description="answers when the default model has failed for good; empty for none",
        examples=["ollama/llama3.2"],
    )
    api_base: dict[_ModelName, _Url] = Field(
        default={},
        description="addresses, by model or by its beginning",
        examples=[{"openai/local": "http://127.0.0.1:8080/v1"}],
    )
    api_key_env: dict[_ModelName, _VariableName] = Field(
        default={},
        description="NAMES of the environment variables that hold keys; never the keys",
        examples=[{"openai/local": "MY_SERVER_KEY"}],
    )
    prices: dict[_ModelName, PriceForm] = Field(
        default={},
        description="prices that are not in LiteLLM's table, in US dollars per million tokens",
        examples=[{"openai/local": {"input_per_million": 0.1, "output_per_million": 0.4}}],
    )


class TimeoutsForm(_Part):
    first_token: _Seconds | None = Field(
        default=None,
        description="seconds until the first token; unset: 60, for local servers 180, for the embedded model 300",
        examples=[60.0],
    )
    stall: _Seconds | None = Field(
        default=None, description="seconds between tokens; unset: 30, local 60, embedded 90", examples=[30.0]
    )
    total: _Seconds | None = Field(
        default=None, description="seconds for a whole reply; unset: 300, local 600, embedded 900", examples=[300.0]
    )


class RetryForm(_Part):
    attempts: int = Field(
        default=_DEFAULTS.retry.attempts, ge=1, le=10, description="how often a failed call is tried in all"
    )


class ConcurrencyForm(_Part):
    default: _Calls = Field(default=_DEFAULTS.concurrency.default, description="calls at once to one provider")
    providers: dict[_Name, _Calls] = Field(
        default={}, description="limits of single providers", examples=[{"openai": 16, "ollama": 2}]
    )


class CacheForm(_Part):
    policy: CachePolicy = Field(
        default=_DEFAULTS.cache.policy,
        description="off: ask every time; on: use a kept reply to the same request; only: never call a model",
    )


class SessionForm(_Part):
    cast: Annotated[_Name, Field(min_length=1)] = Field(default=_DEFAULTS.session.cast, description="who argues")
    protocol: ProtocolChoice = Field(default=_DEFAULTS.session.protocol, description="how the talk is organised")
    rounds: int = Field(default=_DEFAULTS.session.rounds, ge=1, le=MAX_ROUNDS, description="passes of the talk")
    precision: float = Field(
        default=_DEFAULTS.session.precision,
        ge=MIN_PRECISION,
        le=MAX_PRECISION,
        description="how sharply utilities on [0, 1] turn into choice probabilities",
    )
    appraise: Annotated[tuple[AppraisalChoice, ...], BeforeValidator(_as_tuple)] = Field(
        default=_DEFAULTS.session.appraise, description="how private appraisals are read; empty: what fits the model"
    )
    budget: Annotated[float, Field(gt=0, le=1_000_000)] | None = Field(
        default=None, description="US dollars a session may cost; unset for no limit", examples=[0.5]
    )
    token_budget: Annotated[int, Field(gt=0)] | None = Field(
        default=None, description="tokens a session may take; unset for no limit", examples=[200_000]
    )
    time_budget: Annotated[float, Field(gt=0)] | None = Field(
        default=None, description="seconds of models at work a talk may take; unset for no limit", examples=[300]
    )


class EmbeddedForm(_Part):
    threads: Annotated[int, Field(ge=1, le=1_024)] | None = Field(
        default=None, description="processor threads; unset: chosen from the load at start", examples=[2]
    )
    slots: Annotated[int, Field(ge=1, le=64)] | None = Field(
        default=None, description="agents generated at once", examples=[4]
    )
    context: Annotated[int, Field(ge=512, le=131_072)] | None = Field(
        default=None, description="tokens of context for each agent", examples=[4096]
    )


class UiForm(_Part):
    theme: _Name = Field(
        default=_DEFAULTS.ui.theme,
        description="dark, light, ansi, plain or another theme's name; empty: what the terminal can show",
        examples=["light"],
    )
    reduced_motion: bool = Field(
        default=_DEFAULTS.ui.reduced_motion, description="nothing moves that need not, and no cursor blinks"
    )
    keymap: dict[_Name, Annotated[str, Field(max_length=100)]] = Field(
        default={},
        description="keys by the id of what they do (`chatarena keys`); in a file also as a table [keys]",
        examples=[{"arena.next": "f8", "app.help": "f1,ctrl+h"}],
    )


class SettingsForm(_Part):
    models: ModelsForm = Field(default=ModelsForm(), description="which model speaks, and how others are reached")
    timeouts: TimeoutsForm = Field(default=TimeoutsForm(), description="when a reply is given up")
    retry: RetryForm = Field(default=RetryForm(), description="second chances")
    concurrency: ConcurrencyForm = Field(default=ConcurrencyForm(), description="calls at once")
    cache: CacheForm = Field(default=CacheForm(), description="kept replies")
    session: SessionForm = Field(default=SessionForm(), description="what a new session starts with")
    embedded: EmbeddedForm = Field(default=EmbeddedForm(), description="the model that runs inside the program")
    ui: UiForm = Field(default=UiForm(), description="the terminal UI")


class Objection(NamedTuple):
    """What is wrong with one value, and what to write instead."""

    where: Where
    message: str
    remedy: str


def check(given: Mapping[str, Any]) -> tuple[dict[str, dict[str, Any]], tuple[Objection, ...]]:
    """The values that were given, checked, and everything wrong with them; one of the two is empty."""
    secrets = [Objection(where, *_SECRET) for where, value in _texts(given) if scrub(value, {}) != value]
    if secrets:
        return {}, tuple(secrets)
    try:
        form = SettingsForm.model_validate(dict(given))
    except ValidationError as error:
        return {}, tuple(_objection(detail) for detail in error.errors(include_url=False))
    return {name: _given(getattr(form, name)) for name in sorted(form.model_fields_set)}, ()


def from_text(section: str, key: str, text: str) -> object:
    """The value that a text in the environment stands for: as it is where text is wanted, else read as TOML.

    A list may be written with commas, and `none` or nothing unsets what may be unset.
    """
    part = SettingsForm.model_fields.get(section)
    allowed = getattr(part.annotation, "model_fields", {}).get(key) if part else None
    if allowed is None:
        return text
    kinds = _kinds(allowed.annotation)
    if type(None) in kinds and text.strip().lower() in ("", "none"):
        return None
    if str in kinds or Literal in kinds:
        return text
    if tuple in kinds and not text.lstrip().startswith("["):
        return [word.strip() for word in text.split(",")]
    return _toml(text)


def publish() -> dict[str, object]:
    """The form as JSON Schema 2020-12, for editors."""
    body = SettingsForm.model_json_schema()
    body["properties"]["keys"] = {
        "type": "object",
        "description": "keys by the id of what they do: the table ui.keymap",
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **body,
        "title": "ChatArena settings",
        "description": "config.toml of a user, or chatarena.toml of a project.",
    }


class Described(NamedTuple):
    """A setting for its readers: `value` is the default, or an example where the default is to say nothing."""

    key: str
    value: object
    is_example: bool
    description: str


def describe() -> Iterator[tuple[str, str, tuple[Described, ...]]]:
    """Each section with its description and its settings."""
    for name, section in SettingsForm.model_fields.items():
        settings = getattr(section.annotation, "model_fields", {})
        yield (
            name,
            section.description or "",
            tuple(
                Described(
                    key, (setting.examples or [setting.default])[0], bool(setting.examples), setting.description or ""
                )
                for key, setting in settings.items()
            ),
        )


def choices(section: str, key: str) -> tuple[str, ...] | None:
    """What a setting can be picked from: its words, true and false; () where any text may be, None for a table."""
    setting = SettingsForm.model_fields[section].annotation.model_fields[key]  # type: ignore[union-attr]
    kinds = _kinds(setting.annotation)
    if dict in kinds:
        return None
    if bool in kinds:
        return ("true", "false")
    return get_args(setting.annotation) if get_origin(setting.annotation) is Literal else ()


_SECRET = ("looks like a key, and keys are never stored in settings", _KEY_REMEDY)


def _given(part: BaseModel) -> dict[str, Any]:
    from chatarena.cli.settings import ModelPrice

    values = {name: getattr(part, name) for name in type(part).model_fields if name in part.model_fields_set}
    for name, value in values.items():
        if name == "prices" and isinstance(part, ModelsForm):
            values[name] = {model: ModelPrice(**price.model_dump()) for model, price in value.items()}
    return values


def _kinds(annotation: Any) -> set[Any]:
    """The plain types and the origins that an annotation is made of, unions and `Annotated` opened."""
    origin = get_origin(annotation)
    if origin in (tuple, list, dict, Literal):
        return {origin}
    inner = get_args(annotation)
    if origin is Annotated:
        inner = inner[:1]
    return set().union(*(_kinds(one) for one in inner)) if inner else {annotation}


def _toml(text: str) -> object:
    import tomllib

    try:
        return tomllib.loads(f"value = {text.strip()}")["value"]
    except (ValueError, RecursionError):
        return text


def _texts(value: Any, where: Where = ()) -> Iterator[tuple[Where, str]]:
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(item, (*where, str(key)))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item, where)


def _objection(detail: ErrorDetails) -> Objection:
    where = tuple(part for part in detail["loc"] if isinstance(part, str) and part != "[key]")
    where = where if _is_table(where) else where[:2]
    if detail["type"] == "extra_forbidden":
        return Objection(tuple(str(part) for part in detail["loc"]), *_unknown(detail))
    return Objection(where, *_said(where, detail))


def _is_table(where: Where) -> bool:
    part = SettingsForm.model_fields.get(where[0]) if where else None
    setting = getattr(part.annotation, "model_fields", {}).get(where[1]) if part and len(where) > 1 else None
    return setting is not None and dict in _kinds(setting.annotation)


def _unknown(detail: ErrorDetails) -> tuple[str, str]:
    *around, key = (str(part) for part in detail["loc"])
    if _SECRET_WORD.search(key):
        return "is an unknown key; keys and other secrets are never stored in settings", _KEY_REMEDY
    homes = [name for name, _, settings in describe() if key in (setting[0] for setting in settings)]
    if homes and (not around or around[0] not in homes):
        return "is an unknown key here", f"it belongs under [{homes[0]}]"
    known = _known(around)
    close = nearest(key, known)
    listing = f"valid here: {', '.join(known)}"
    return "is an unknown key", f"did you mean {close!r}? {listing}" if close else listing


def _known(around: list[str]) -> list[str]:
    if not around:
        return list(SettingsForm.model_fields)
    if len(around) > 1:
        return list(PriceForm.model_fields)
    return [key for name, _, settings in describe() if name == around[0] for key, *_ in settings]


def _said(where: Where, detail: ErrorDetails) -> tuple[str, str]:
    context, kind = detail.get("ctx", {}), detail["type"]
    if "[key]" in detail["loc"]:
        return f"is not a usable name: {_echo(detail)}", "write a model's name, without blanks"
    if kind in _COMPARED:
        return f"must be {_COMPARED[kind]} {next(iter(context.values()))}, not {_echo(detail)}", "change the number"
    match kind:
        case "literal_error":
            return f"must be {context['expected']}, not {_echo(detail)}", "choose one of these"
        case "string_pattern_mismatch":
            return _said_of_pattern(where, detail)
        case "string_too_short" | "too_short":
            return "is empty", "write a value, or remove the line"
        case "string_too_long":
            return f"is longer than {context['max_length']} characters", "shorten it"
        case "finite_number":
            return "must be a finite number", "change the number"
        case _:
            return (
                f"must be {_WANTED.get(kind, 'something else')}, not {_echo(detail)}",
                "`chatarena config init` shows the form",
            )


_COMPARED = {
    "greater_than": "more than",
    "greater_than_equal": "at least",
    "less_than": "less than",
    "less_than_equal": "at most",
}
_WANTED = {
    "string_type": "a text in quotes",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "dict_type": "a table",
    "model_type": "a table",
    "tuple_type": "a list of texts",
}


def _said_of_pattern(where: Where, detail: ErrorDetails) -> tuple[str, str]:
    match where[1:2]:
        case ("api_key_env",):
            # Whatever stands here may be a key: it is not repeated.
            return "must be the NAME of an environment variable, in capitals", _KEY_REMEDY
        case ("api_base",):
            return f"must be an address, not {_echo(detail)}", "start it with http:// or https://"
        case _:
            return f"must not contain blanks: {_echo(detail)}", "write one word"


def _echo(detail: ErrorDetails) -> str:
    from chatarena.cli.output import cell, cut

    return cut(cell(repr(detail["input"])), 48)
