"""Any event there can be, made from the definitions of the events themselves."""

from __future__ import annotations

from dataclasses import fields
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from chatarena.arena.events import Event

KINDS: dict[str, type[Event]] = {cls.__dataclass_fields__["kind"].default: cls for cls in get_args(Event)}

SCRIPTS = (
    "決める前に聞く。",
    "我們應該搬家嗎？",
    "هل ننتقل؟\u202e",
    "להחליט",
    "🎉👩‍👩‍👧",
    "e\u0301té",
    "[/bold]",
    "\x00\x1b[31m",
    "\u2028",
)
# Without surrogates: those are refused, which has a test of its own.
texts = st.text(max_size=20) | st.sampled_from(SCRIPTS)
_SIMPLE: dict[Any, st.SearchStrategy[Any]] = {
    str: texts,
    int: st.integers(-(2**63), 2**63 - 1),
    float: st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53),
    bool: st.booleans(),
    NoneType: st.none(),
}


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """All values of a type that occurs in an event."""
    if hint in _SIMPLE:
        return _SIMPLE[hint]
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Literal:
        return st.sampled_from(parts)
    if origin in (Union, UnionType):
        return st.one_of([values_of(part) for part in parts])
    if origin is tuple:
        assert parts[1] is ..., f"not a tuple of one kind: {hint}"
        return st.lists(values_of(parts[0]), max_size=3).map(tuple)
    hints = get_type_hints(hint)
    return st.builds(hint, **{field.name: values_of(hints[field.name]) for field in fields(hint)})


def events_of(kind: str) -> st.SearchStrategy[Any]:
    """All events of a kind."""
    return values_of(KINDS[kind])


def events() -> st.SearchStrategy[Any]:
    """All events."""
    return st.one_of([events_of(kind) for kind in KINDS])
