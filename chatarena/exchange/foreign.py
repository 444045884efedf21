"""Somebody else's JSON, which remembers what was read of it.

Law: whatever was not read stands in `left_behind`, so an importer can forget a field but cannot drop it silently. An
object or a list of which nothing was read stands there as one, what is left of one that was read value by value.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from typing import Any, Final

from chatarena.arena.events import Unmapped
from chatarena.errors import SourceDamaged

NO_PLACE: Final = "this importer knows no place for it"
SAMPLE: Final = 80
# Beyond this a number in JSON is no longer one whole number for every program.
LARGEST: Final = 2**53
_HALF_CHARACTER: Final = re.compile("[\ud800-\udfff]")
_ESCAPED_HALF: Final = re.compile(rb"\\u[dD][89a-fA-F]")


class Foreign:
    """A value in a JSON document and its place there. Reading it through a method marks it as read."""

    __slots__ = ("_children", "_key", "_parent", "_shown", "_state", "_why", "value")

    def __init__(self, value: Any, name: str = "", parent: Foreign | None = None, key: str | int = "") -> None:
        """A document, or with `parent` a value within one.

        Args:
            name: how the key is shown; for a document what stands in front of every place in it.
        """
        self.value = value
        self._parent, self._key, self._shown = parent, key, name
        self._children: dict[str | int, Foreign] = {}
        self._state = "unread"
        self._why = ""

    # -- where -----------------------------------------------------------------------------------------------------

    @property
    def place(self) -> str:
        """Where it stands, for people: `rounds[3].speeches.0`."""
        if self._parent is None:
            return self._shown
        return _joined(self._parent.place, f"[{self._key}]" if isinstance(self._key, int) else self._key)

    @property
    def pattern(self) -> str:
        """Where it stands whatever the position in a list and whatever the name in a map: `rounds[].speeches.0`."""
        return self._shown if self._parent is None else _joined(self._parent.pattern, self._shown)

    def damaged(self, what: str) -> SourceDamaged:
        """The error that this place is not as it must be."""
        return SourceDamaged(f"{self.place or 'the document'} {what}")

    # -- reading ---------------------------------------------------------------------------------------------------

    def get(self, key: str) -> Foreign | None:
        """The value of a key; None where there is none, or null."""
        fields = self._entered(dict, "an object")
        if key not in fields:
            return None
        child = self._child(key, key)
        if child.value is None:
            child._state = "read"
            return None
        return child

    def need(self, key: str) -> Foreign:
        """The value of a key.

        Raises:
            SourceDamaged: there is none, or null.
        """
        found = self.get(key)
        if found is None:
            raise SourceDamaged(f"{_joined(self.place, key)} is missing")
        return found

    def each(self) -> tuple[Foreign, ...]:
        """The values of a list."""
        return tuple(self._child(index, "[]") for index in range(len(self._entered(list, "a list"))))

    def named(self) -> tuple[tuple[str, Foreign], ...]:
        """Keys and values of an object whose keys are names that somebody gave, not words of the format."""
        return tuple((key, self._child(key, "*")) for key in self._entered(dict, "an object"))

    def text(self) -> str:
        return str(self._leaf(isinstance(self.value, str), "text"))

    def number(self) -> float:
        """A finite number."""
        plain = isinstance(self.value, int | float) and not isinstance(self.value, bool)
        return float(self._leaf(plain and abs(self.value) <= LARGEST and math.isfinite(self.value), "a finite number"))

    def whole(self) -> int:
        plain = isinstance(self.value, int) and not isinstance(self.value, bool)
        return int(self._leaf(plain and abs(self.value) <= LARGEST, "a whole number"))

    def flag(self) -> bool:
        return bool(self._leaf(isinstance(self.value, bool), "true or false"))

    def word(self) -> str:
        """A text, or a number as text: for ids that may be either."""
        return self.text() if isinstance(self.value, str) else str(self.whole())

    def take(self) -> Any:
        """The value as it is, with everything in it."""
        self._state = "read"
        return self.value

    def said(self, key: str, default: str = "") -> str:
        """The text of a key that may be missing."""
        found = self.get(key)
        return default if found is None else found.text()

    def is_a(self, *kinds: type) -> bool:
        """Whether the value is of one of these kinds; reads nothing."""
        return isinstance(self.value, kinds)

    # -- what is left ----------------------------------------------------------------------------------------------

    def agrees(self, key: str, value: object) -> bool:
        """Whether a key, where there is one, says what is known already; then it counts as read."""
        child = self._child(key, key) if key in self._entered(dict, "an object") else None
        if child is not None and child.value == value:
            child._state = "read"
        return child is None or child._state == "read"

    def skip_empty(self, *keys: str) -> None:
        """Count as read those of the keys that hold nothing: null, "", [] or {}."""
        fields = self._entered(dict, "an object")
        for key in keys:
            if key in fields and (fields[key] is None or fields[key] in ("", [], {})):
                self._child(key, key)._state = "read"

    def set_aside(self, why: str) -> None:
        """Leave it behind as one thing, with the reason."""
        self._state, self._why = "aside", why

    def explain(self, why: str) -> None:
        """Give the reason for whatever will be left of it, where nothing within has one of its own."""
        self._why = why

    def left_behind(self) -> tuple[Unmapped, ...]:
        """All that was not read, like with like, in the order of the document.

        Each thing is told once: what an earlier call has told, for a part of the document, is not told again.
        """
        found: dict[tuple[str, str], tuple[int, str]] = {}
        for node in self._unread():
            known, sample = found.get((node.pattern, node._reason()), (0, ""))
            found[node.pattern, node._reason()] = (known + 1, sample or sampled(node.value))
            node._state = "told"
        return tuple(
            Unmapped(where=where or "the document", count=count, why=why, sample=sample)
            for (where, why), (count, sample) in found.items()
        )

    def _reason(self) -> str:
        return self._why or (self._parent._reason() if self._parent is not None else NO_PLACE)

    def _unread(self) -> Iterable[Foreign]:
        if self._state in ("unread", "aside"):
            yield self
        elif self._state == "entered":
            keys = self.value if isinstance(self.value, dict) else range(len(self.value))
            for key in keys:
                shown = key if isinstance(key, str) else "[]"
                yield from (self._children.get(key) or self._child(key, shown))._unread()

    # -- within ----------------------------------------------------------------------------------------------------

    def _child(self, key: str | int, shown: str) -> Foreign:
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = Foreign(self.value[key], shown, self, key)
        return child

    def _entered(self, kind: type, words: str) -> Any:
        if not isinstance(self.value, kind):
            raise self.damaged(f"must be {words}, not {_kind(self.value)}")
        if self._state == "unread":
            self._state = "entered"
        return self.value

    def _leaf(self, fits: bool, words: str) -> Any:
        if not fits:
            raise self.damaged(f"must be {words}, not {_kind(self.value)}")
        self._state = "read"
        return self.value


def merged(*lists: Iterable[Unmapped]) -> tuple[Unmapped, ...]:
    """Several lists of what was left behind as one, like with like."""
    found: dict[tuple[str, str], Unmapped] = {}
    for item in (item for items in lists for item in items):
        known = found.get((item.where, item.why))
        count = item.count + (known.count if known else 0)
        sample = known.sample if known else item.sample
        found[item.where, item.why] = Unmapped(where=item.where, count=count, why=item.why, sample=sample)
    return tuple(found.values())


def sampled(value: object) -> str:
    """The beginning of a value as JSON on one line."""
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    text = json.dumps(value if not isinstance(value, list | dict) else _beginning(value), ensure_ascii=False)
    return text if len(text) <= SAMPLE else text[: SAMPLE - 1] + "…"


def _beginning(value: list[Any] | dict[str, Any]) -> object:
    """As much of a container as a sample can show: a story of a million words must not be written out for it."""
    if isinstance(value, list):
        return [_beginning(item) if isinstance(item, list | dict) else _short(item) for item in value[:SAMPLE]]
    shown = list(value.items())[:SAMPLE]
    return {key: _beginning(item) if isinstance(item, list | dict) else _short(item) for key, item in shown}


def _short(value: object) -> object:
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    return value[: 2 * SAMPLE] if isinstance(value, str) else value


def _joined(front: str, key: str) -> str:
    return f"{front}{key}" if not front or key.startswith("[") else f"{front}.{key}"


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case str():
            return f"the text {value[:40]!r}"
        case int() | float():
            return f"the number {value!r:.40}"
        case list():
            return "a list"
        case _:
            return "an object"


# -- parsing -----------------------------------------------------------------------------------------------------------


def parse(data: bytes) -> tuple[Any, int]:
    """The value of a JSON text in UTF-8 with nothing lost on the way, and how many of its characters were mended.

    A key that stands twice in one object keeps its last value; earlier ones get a key of their own, so that they are
    left behind visibly. Half of a character, which no file of ours can hold, becomes U+FFFD.

    Raises:
        ValueError: not JSON, or not UTF-8; says where.
    """
    text = data.decode("utf-8-sig")
    try:
        value = json.loads(text, object_pairs_hook=_object)
    except RecursionError as error:
        raise ValueError("lists or objects are nested too deeply") from error
    return _mended(value) if _ESCAPED_HALF.search(data) else (value, 0)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    last = {key: index for index, (key, _) in enumerate(pairs)}
    for index, (key, value) in enumerate(pairs):
        if last[key] != index:
            name = f"{key} (stands twice)"
            while name in made:
                name += "*"
            made[name] = value
    return made


def _mended(value: Any) -> tuple[Any, int]:
    match value:
        case str():
            return _HALF_CHARACTER.subn("\ufffd", value)
        case list():
            items = [_mended(item) for item in value]
            return [item for item, _ in items], sum(count for _, count in items)
        case dict():
            fields = [(_mended(key), _mended(item)) for key, item in value.items()]
            made = _object([(key, item) for (key, _), (item, _) in fields])
            return made, sum(one + other for (_, one), (_, other) in fields)
        case _:
            return value, 0
