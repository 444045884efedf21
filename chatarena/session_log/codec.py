"""Events as canonical JSON text and back.

Laws: decode(encode(event)) == event == decode(compact(event)); fields stand in the order of their definition; a field,
kind or type that this version does not know is refused, never dropped; no number is NaN or infinite. `encode` writes
defaults out, for those who query the log; `compact` leaves them out, so that it says the same of an old event after a
field has been added.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from functools import cache, partial
from typing import Any, Final, get_args, get_type_hints

import msgspec

from chatarena.arena.events import Event
from chatarena.errors import LogError


class _Kind(msgspec.Struct):
    kind: str


_CLASSES: Final[dict[str, type[Event]]] = {cls.__dataclass_fields__["kind"].default: cls for cls in get_args(Event)}
_DECODERS: Final = {kind: msgspec.json.Decoder(cls) for kind, cls in _CLASSES.items()}
_KIND_DECODER: Final = msgspec.json.Decoder(_Kind)
_ENCODER: Final = msgspec.json.Encoder()
_NEWER = "It may have been written by a newer version of the program: upgrade and try again."


def encode(event: Event) -> str:
    """The event as canonical JSON.

    What is returned has been decoded again and compared, so nothing enters the log that cannot be read back:
    the encoder alone would write NaN as null.

    Raises:
        ValueError: not an event, a field of the wrong type, or a number that is NaN or infinite; says which.
        LogError: a text holds half of a character (a lone surrogate), which no UTF-8 file can keep.
    """
    kind = getattr(event, "kind", "")
    if type(event) is not _CLASSES.get(kind):
        raise ValueError(f"not an event: {event!r}")
    try:
        text = _ENCODER.encode(event)
        back = _DECODERS[kind].decode(text)
    except UnicodeEncodeError as error:
        raise LogError(
            f"{kind} cannot be recorded: a text holds half of a character ({error.object[error.start]!r})",
            remedy="Take out the damaged character and try again.",
        ) from error
    except (TypeError, OverflowError, RecursionError, msgspec.ValidationError) as error:
        raise ValueError(f"{kind} cannot be recorded: {_not_finite(event) or error}") from error
    if back != event:
        raise ValueError(f"{kind} cannot be recorded: {_not_finite(event) or _difference(event, back)}")
    return _ENCODER.encode(back).decode()


def compact(event: Event) -> str:
    """The event as canonical JSON without the fields that have their default; for hashes and bundles.

    Raises:
        LogError: a text holds half of a character (a lone surrogate).
    """
    try:
        return _ENCODER.encode(_bare(event)).decode()
    except UnicodeEncodeError as error:
        raise LogError(f"{event.kind} holds half of a character ({error.object[error.start]!r})") from error


def _bare(value: object) -> dict[str, Any]:
    cls: Any = type(value)
    bare = {}
    for name, default, made in _fields(cls):
        held = getattr(value, name)
        if held != default or name == "kind":
            bare[name] = held if made is None else made(held)
    return bare


@cache
def _fields(cls: type[Any]) -> tuple[tuple[str, Any, Callable[[Any], Any] | None], ...]:
    """Of every field of a dataclass: name, default (MISSING for none) and what is to be made of its value."""
    hints = get_type_hints(cls)
    return tuple((field.name, field.default, _made_of(hints[field.name])) for field in fields(cls))


def _made_of(hint: Any) -> Callable[[Any], Any] | None:
    """What makes the value of such a field ready for the encoder; None where it is so already."""
    parts = _parts(hint)
    if float in parts:
        # Whoever makes an event may write 55 for 55.0; read back it is 55.0, and the text must be the same.
        return partial(_each, float)
    return partial(_each, _bare) if any(is_dataclass(part) for part in parts) else None


def _parts(hint: Any) -> tuple[Any, ...]:
    within = get_args(hint)
    return (hint, *(deeper for part in within for deeper in _parts(part))) if within else (hint,)


def _each(make: Callable[[Any], Any], value: Any) -> Any:
    if isinstance(value, tuple):
        return [make(item) if item is not None else None for item in value]
    return None if value is None else make(value)


def decode(text: str | bytes, *, kind: str = "") -> Event:
    """The event that a JSON text stands for.

    Args:
        kind: the event's kind where it is already known; the text must agree.

    Raises:
        LogError: not JSON, an unknown kind or field, or a value of the wrong type; says which.
    """
    kind = kind or _kind_of(text)
    decoder = _DECODERS.get(kind)
    if decoder is None:
        raise LogError(f"unknown kind of event: {kind!r}", remedy=_NEWER)
    try:
        event = decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise LogError(f"an event of kind {kind!r} cannot be read: {error}", remedy=_NEWER) from error
    written = text.encode(errors="surrogatepass") if isinstance(text, str) else text
    # msgspec ignores unknown fields of dataclasses. Text that comes back byte for byte has none; only other text
    # (hand-written, or from before a field was added) is worth the walk.
    if _ENCODER.encode(event) != written:
        _refuse_unknown(msgspec.json.decode(text), msgspec.to_builtins(event), kind)
    return event


def _kind_of(text: str | bytes) -> str:
    try:
        return _KIND_DECODER.decode(text).kind
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise LogError(f"not an event: {error}") from error


def _refuse_unknown(written: Any, known: Any, path: str) -> None:
    """Refuse an object that has keys which its decoded twin has not."""
    if isinstance(written, dict) and isinstance(known, dict):
        for key, value in written.items():
            if key not in known:
                raise LogError(f"unknown field {path}.{key}", remedy=_NEWER)
            _refuse_unknown(value, known[key], f"{path}.{key}")
    elif isinstance(written, list) and isinstance(known, list | tuple):
        for index, (value, twin) in enumerate(zip(written, known, strict=True)):
            _refuse_unknown(value, twin, f"{path}[{index}]")


def _leaves(value: object, path: str) -> Iterator[tuple[str, object]]:
    """Every value in an event that is not made of others, and where it stands."""
    if is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _leaves(getattr(value, field.name), f"{path}.{field.name}")
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _leaves(item, f"{path}[{index}]")
    else:
        yield path, value


def _not_finite(event: Event) -> str:
    for path, value in _leaves(event, event.kind):
        if isinstance(value, float) and not math.isfinite(value):
            return f"{path} is {value}, which is not a finite number"
    return ""


def _difference(event: Event, back: Event) -> str:
    for given, read in zip(_leaves(event, event.kind), _leaves(back, event.kind), strict=False):
        if given != read:
            return f"{given[0]} is {given[1]!r:.80}, which would not be read back as it is"
    return "it would not be read back as it is"
