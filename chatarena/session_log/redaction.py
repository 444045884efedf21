"""Keeping secrets out of the log.

Two rules of different reach. What providers say (error texts, raw replies) loses everything that is *shaped* like a
key. What people and agents say is theirs and loses only the *actual values* of secret variables of this environment:
a participant may well discuss what an API key looks like.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any, Literal, get_args, get_origin, get_type_hints

from chatarena.arena import events as ev
from chatarena.secrecy import Secrets, mask_keys, mask_values, secrets_named

_SECRET_NAMES = ("_KEY", "_TOKEN", "_SECRET", "_PASSWORD")
# A shorter value of letters alone may be an ordinary word, and blotting that out would damage the record.
_SHORTEST_WORD = 12


def secrets_of(environ: Mapping[str, str]) -> Secrets:
    """The (name, value) pairs of an environment whose values must not be written, longest value first.

    A variable is secret when its name ends in _KEY, _TOKEN, _SECRET or _PASSWORD and its value has at least 8
    characters, or 12 where they are all letters.
    """
    return secrets_named(environ, lambda name: name.upper().endswith(_SECRET_NAMES), shortest_word=_SHORTEST_WORD)


def scrub(text: str, environ: Mapping[str, str] = os.environ) -> str:
    """The text without secret values and without anything shaped like a key; for what programs say, not people."""
    return _scrub(text, secrets_of(environ))


def _scrub(text: str, secrets: Secrets) -> str:
    return mask_keys(mask_values(text, secrets))


def scrub_provider_text(event: ev.Event, secrets: Secrets) -> ev.Event:
    """The event with `scrub` applied to the fields that hold a provider's or a program's words."""
    match event:
        case ev.TurnMissed():
            return replace(event, reason=_scrub(event.reason, secrets), partial=_scrub(event.partial, secrets))
        case ev.SessionLeft() | ev.DebateStopped():
            return replace(event, reason=_scrub(event.reason, secrets))
        case ev.ClaimMade() | ev.AppraisalMade():
            ratings = tuple(
                replace(rating, absence=_scrub(rating.absence, secrets)) if rating.absence else rating
                for rating in event.ratings
            )
            return replace(event, ratings=ratings, raw=_scrub(event.raw, secrets))
        case ev.RecommendationShown():
            missed = tuple(replace(voice, reason=_scrub(voice.reason, secrets)) for voice in event.card.missed)
            return replace(event, card=replace(event.card, missed=missed))
        case _:
            return event


def holds_secret(body: str, secrets: Secrets) -> bool:
    """Whether a JSON text holds a secret value, written as JSON writes it."""
    return any(value in body or json.dumps(value, ensure_ascii=False)[1:-1] in body for _, value in secrets)


def mask_event(event: ev.Event, secrets: Secrets) -> ev.Event:
    """The event with secret values masked in every text but those of a fixed vocabulary (kinds, statuses, methods)."""
    masked: ev.Event = _mask(event, secrets)
    return masked


def _mask(value: Any, secrets: Secrets) -> Any:
    if isinstance(value, str):
        return mask_values(value, secrets)
    if isinstance(value, tuple):
        return tuple(_mask(item, secrets) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{name: _mask(getattr(value, name), secrets) for name in _free_fields(type(value))})
    return value


@cache
def _free_fields(cls: type[Any]) -> tuple[str, ...]:
    """The fields of a dataclass whose texts are not of a fixed vocabulary."""
    hints = get_type_hints(cls)
    return tuple(field.name for field in fields(cls) if not _has_literal(hints[field.name]))


def _has_literal(hint: Any) -> bool:
    return get_origin(hint) is Literal or any(_has_literal(part) for part in get_args(hint) if part is not hint)
