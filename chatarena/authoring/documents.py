"""YAML as a person means it: words stay words, and every value knows the line it stands on.

`yaml.safe_load` reads `no` as False, `1900` as a number and `12:30` as 750. Here a plain scalar stays the text that was
written (`Plain`), and the form that receives it says whether a number is wanted. Explicit types are refused, so nothing
is ever constructed; depth and expanded size are bounded, so no file can exhaust the machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Never, TypeAlias

import yaml

from chatarena.authoring.places import MAX_BYTES
from chatarena.errors import AuthoringError

MAX_DEPTH, MAX_NODES = 10, 10_000

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_TEXT_TAGS = (None, "!", "tag:yaml.org,2002:str")
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What the parser says (left, as part of its text) and what a person can do about it.
_REMEDIES = (
    ("character '\\t'", "indent with spaces: YAML does not allow tabs"),
    ("that cannot start any token", "put the text into quotes: it starts with a character that YAML reserves"),
    ("mapping values are not allowed", "put a text that contains ': ' into quotes, and check the indentation"),
    ("sequence entries are not allowed", "start the list on the line below its key"),
    ("unexpected end of stream", "close the quotes"),
    ("expected alphabetic or numeric", "put a text that starts with * or & into quotes"),
    ("unknown escape", "inside double quotes write \\\\ for a backslash, or use single quotes"),
    ("expected ','", "close the bracket, or put the text into quotes"),
)


class Plain(str):
    """A scalar that stood without quotes, exactly as it was written."""

    __slots__ = ()


Value: TypeAlias = "str | list[Value] | dict[str, Value] | None"
Where: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A parsed file: its value, and the line on which each part of it stands."""

    value: dict[str, Value]
    file: str
    lines: Mapping[Where, int]

    def line(self, where: Where) -> int:
        """The line of this part, or of the nearest part around it that has one."""
        for end in range(len(where), -1, -1):
            if where[:end] in self.lines:
                return self.lines[where[:end]]
        raise ValueError(f"a document without lines was asked for {where!r}")


def read_yaml(text: str, *, file: str = "text", first_line: int = 1) -> Document:
    """Parse one YAML mapping.

    Args:
        text: the YAML, at most 1 MB.
        file: what to call it in errors.
        first_line: the line of `file` on which `text` starts, for front matter.

    Raises:
        AuthoringError: not YAML, not one mapping, a repeated key, an explicit type, too deep or too large.
    """
    if len(text) > MAX_BYTES or len(text.encode(errors="surrogatepass")) > MAX_BYTES:
        raise AuthoringError("the file is larger than 1 MB", file=file, remedy="keep authored files short")
    bad = _UNPRINTABLE.search(text)
    if bad:
        raise AuthoringError(
            f"this contains the control character U+{ord(bad[0]):04X}",
            file=file,
            line=first_line + text.count("\n", 0, bad.start()),
            remedy="delete it: it is invisible in most editors",
        )
    return _Composer(text, file, first_line).document()


def write_yaml(value: Mapping[str, object]) -> str:
    """YAML that `read_yaml` reads back to the same words and numbers; long texts as readable blocks."""
    return yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _represent_text)


class _Composer:
    """Turns parser events into values; an alias repeats its anchor's value and counts in full."""

    def __init__(self, text: str, file: str, first_line: int) -> None:
        self._file, self._first = file, first_line
        self._lines: dict[Where, int] = {}
        self._anchors: dict[str, tuple[Value, int]] = {}
        self._nodes = 0
        self._events: Iterator[Any] = yaml.parse(text, Loader=yaml.SafeLoader)

    def document(self) -> Document:
        self._next()
        start = self._next()
        if isinstance(start, yaml.StreamEndEvent):
            self._refuse("the file is empty", None, "write at least one line `key: value`")
        event = self._next()
        value = self._value(event, ())
        self._next()
        after = self._next()
        if not isinstance(after, yaml.StreamEndEvent):
            self._refuse(
                "the file holds more than one YAML document",
                after,
                "remove the line `---` and all below, or use two files",
            )
        if not isinstance(value, dict):
            self._refuse("this is not a mapping", event, "write lines of the form `key: value`")
        return Document(value=value, file=self._file, lines=self._lines)

    def _value(self, event: Any, where: Where) -> Value:
        self._lines[where] = self._lines.get(where, self._line(event))
        self._count(1, event)
        if len(where) > MAX_DEPTH:
            self._refuse(f"this is nested more than {MAX_DEPTH} levels deep", event, "no authored file needs that")
        if isinstance(event, yaml.AliasEvent):
            return self._aliased(event)
        before = self._nodes
        value = self._fresh(event, where)
        if event.anchor:
            self._anchors[event.anchor] = (value, self._nodes - before + 1)
        return value

    def _fresh(self, event: Any, where: Where) -> Value:
        self._check_tag(event)
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(where)
        return self._mapping(where)

    def _aliased(self, event: Any) -> Value:
        if event.anchor not in self._anchors:
            self._refuse(
                f"the alias *{event.anchor} has no anchor &{event.anchor} above it",
                event,
                "put a text that starts with * into quotes",
            )
        value, size = self._anchors[event.anchor]
        self._count(size, event)
        return value

    def _count(self, nodes: int, event: Any) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            self._refuse(f"the file has more than {MAX_NODES} values", event, "split it, and do not nest aliases")

    def _list(self, where: Where) -> list[Value]:
        values: list[Value] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            values.append(self._value(event, (*where, len(values))))
        return values

    def _mapping(self, where: Where) -> dict[str, Value]:
        values: dict[str, Value] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                self._refuse("a key must be one word", event, "put it into quotes if it starts with ?, [, { or *")
            key = event.value
            if key in values:
                first = self._lines[*where, key]
                self._refuse(f"the key {key!r} stands twice, first in line {first}", event, "keep one of them", key)
            self._lines[*where, key] = self._line(event)
            values[key] = self._value(self._next(), (*where, key))
        return values

    def _check_tag(self, event: Any) -> None:
        allowed = _TEXT_TAGS if isinstance(event, yaml.ScalarEvent) else (None,)
        if event.tag not in allowed:
            self._refuse(
                f"the type {event.tag!r} is not allowed",
                event,
                "remove it, or put a text that starts with ! into quotes",
            )

    def _next(self) -> Any:
        try:
            return next(self._events)
        except yaml.MarkedYAMLError as error:
            said = str(error.problem or error.context)
            remedy = next(
                (remedy for sign, remedy in _REMEDIES if sign in said), "check indentation, quotes and brackets"
            )
            mark = error.problem_mark or error.context_mark
            line = None if mark is None else self._first + mark.line
            raise AuthoringError(f"this is not YAML: {said}", file=self._file, line=line, remedy=remedy) from error
        except (ValueError, OverflowError) as error:
            # The parser lets chr() fail on an escape such as "\\UFFFFFFFF".
            raise AuthoringError(
                "this is not YAML: an escape stands for no character",
                file=self._file,
                remedy="\\U takes eight digits, up to \\U0010FFFF; single quotes take no escapes at all",
            ) from error

    def _line(self, event: Any) -> int:
        return self._first + int(event.start_mark.line)

    def _refuse(self, message: str, event: Any, remedy: str, key: str = "") -> Never:
        line = self._first if event is None else self._line(event)
        raise AuthoringError(message, file=self._file, line=line, key=key, remedy=remedy)


def _scalar(event: Any) -> Value:
    text = str(event.value)
    if not event.implicit[0] or event.tag is not None:
        return text
    return None if text in _NULLS else Plain(text)
