"""Other people's debates as sessions: what an importer is given and gives back, and which importers there are.

An importer is one file with one function, `read(source) -> Sequence[ImportedSession] | None`: None where the file is
not of its format, an error that says what and where when it is and is damaged. What ships lies in `importers/`; any
distribution adds its own with an entry point in the group `chatarena.importers`.

Law: a session has the same id whenever it is read from the same record, another one once the record says otherwise.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from chatarena.arena.events import Entry
from chatarena.errors import ArenaError, SourceDamaged, SourceError, SourceUnknown, UsageError
from chatarena.exchange.foreign import parse

GROUP: Final = "chatarena.importers"
# The most telling formats first: a file is what the first importer says that knows it.
ORDER: Final = ("nyu_debates", "llm_council", "inspect_ai", "simonw_llm", "otree", "chat_jsonl", "markdown")


class Source:
    """A file to import: its bytes are read once, when they are first asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        # A name that is not UTF-8 must not keep a session out of the log.
        self.name: Final = path.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        self._data: bytes | None = None
        self._sha256 = ""
        self._json: tuple[Any, int] | ValueError | None = None

    @property
    def suffix(self) -> str:
        """The end of the name, from the last dot on, in lower case."""
        return self._path.suffix.lower()

    @property
    def stem(self) -> str:
        """The name without its end."""
        return self.name.removesuffix(self._path.suffix)

    @property
    def data(self) -> bytes:
        """The bytes of the file.

        Raises:
            SourceError: it cannot be read.
        """
        if self._data is None:
            try:
                self._data = self._path.read_bytes()
            except OSError as error:
                raise _unreadable(self.name, error) from error
        return self._data

    def starts_with(self, beginning: bytes) -> bool:
        """Whether the file begins with these bytes; reads no more than it must.

        Raises:
            SourceError: it cannot be read.
        """
        if self._data is not None:
            return self._data.startswith(beginning)
        try:
            with self._path.open("rb") as file:
                return file.read(len(beginning)) == beginning
        except OSError as error:
            raise _unreadable(self.name, error) from error

    @property
    def sha256(self) -> str:
        """The sha256 of the bytes, in hex."""
        if not self._sha256:
            self._sha256 = hashlib.sha256(self.data).hexdigest()
        return self._sha256

    def text(self) -> str:
        """The file as text.

        Raises:
            SourceDamaged: it is not UTF-8; says where.
        """
        try:
            return self.data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = self.data.count(b"\n", 0, error.start) + 1
            raise SourceDamaged(
                f"line {line} holds bytes that are not UTF-8", remedy="Save the file as UTF-8 and try again."
            ) from error

    def json(self) -> Any:
        """The file as JSON, parsed once for all importers that ask.

        Raises:
            ValueError: it is not.
        """
        if self._json is None:
            try:
                self._json = parse(self.data)
            except ValueError as error:
                self._json = error
        if isinstance(self._json, ValueError):
            raise self._json
        return self._json[0]

    @property
    def mended(self) -> int:
        """How many halves of characters were replaced when the file was parsed."""
        return self._json[1] if isinstance(self._json, tuple) else 0

    def beside(self, name: str) -> Source | None:
        """The file of this name in the same folder or the one above; None where there is none."""
        for folder in (self._path.parent, self._path.resolve().parent.parent):
            if (folder / name).is_file():
                return Source(folder / name)
        return None

    def neighbours(self) -> tuple[Source, ...]:
        """The other files in its folder whose names end alike, in the order of their names."""
        files = sorted(self._path.parent.iterdir())
        return tuple(
            Source(file)
            for file in files
            if file.suffix.lower() == self.suffix and file.name != self._path.name and file.is_file()
        )


def _unreadable(name: str, error: OSError) -> SourceError:
    return SourceError(f"{name} cannot be read: {error.strerror or error}", remedy="Check its name and permissions.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedSession:
    """A session read from somebody else's record.

    `name` and `tags` are suggestions for the person's own annotations. `counts` says what the record held, in words of
    its own format, so that an import can be checked against the source; sessions of one record share it out.
    """

    id: str
    entries: tuple[Entry, ...]
    name: str = ""
    tags: tuple[str, ...] = ()
    counts: tuple[tuple[str, int], ...] = ()


Read = Callable[[Source], Sequence[ImportedSession] | None]


def session_id(at: float, *parts: object) -> str:
    """A ULID that follows from what it names: the time in its front, 80 bits of a hash behind.

    Args:
        at: when the session began, UTC seconds; before 1970 counts as 1970.
        parts: what tells the session from all others; anything that JSON can write.
    """
    from ulid import ULID

    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_bytes_in_words)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    milliseconds = min(max(0, round(at * 1000)), 2**48 - 1)
    return str(ULID(milliseconds.to_bytes(6, "big") + digest[:10]))


def _bytes_in_words(value: object) -> str:
    """What JSON cannot write in a record: the bytes in a database, as their sha256."""
    if isinstance(value, bytes):
        return f"sha256 {hashlib.sha256(value).hexdigest()}"
    raise TypeError(f"a record holds JSON and bytes, not {value!r:.80}")


def formats() -> tuple[str, ...]:
    """The names of all importers: those that ship, then third parties' in alphabetical order.

    Raises:
        UsageError: two importers have one name.
    """
    return tuple(name for name, _ in _importers())


def read_source(source: Source, format: str | None = None) -> tuple[str, tuple[ImportedSession, ...]]:
    """The sessions in a file, and the name of the importer that read them.

    Args:
        format: the importer to use; otherwise the first that knows the file.

    Raises:
        SourceUnknown: no importer knows the format, or the named one does not.
        SourceDamaged: the file is of a known format and damaged; says what and where.
        UsageError: no importer has this name.
    """
    # Third parties' importers are looked for only where none that ships is meant: that costs more than most files.
    for name, load in _importers():
        if format in (None, name):
            sessions = _read(name, load, source)
            if sessions is not None:
                return name, tuple(sessions)
    known = formats()
    if format is not None and format not in known:
        raise UsageError(f"there is no importer {format!r}", remedy=f"Name one of: {', '.join(known)}.")
    what = "no importer knows its format" if format is None else f"it is not of the format {format}"
    raise SourceUnknown(f"{source.name}: {what}", remedy=f"There are importers for: {', '.join(known)}.")


def _read(name: str, load: Callable[[], Read], source: Source) -> Sequence[ImportedSession] | None:
    try:
        return load()(source)
    except SourceDamaged as error:
        raise SourceDamaged(f"{source.name}: {error.message}", remedy=error.remedy) from error
    except ArenaError:
        raise
    except Exception as error:  # a third party's code may fail in any way, and other files must still be read
        raise SourceError(
            f"{source.name}: the importer {name} failed: {type(error).__name__}: {error}",
            remedy="This is a fault of the importer, not of the file: tell those who wrote it.",
        ) from error


def _importers() -> Iterator[tuple[str, Callable[[], Read]]]:
    """Names and how to load them. Nothing is imported before it is asked for a file."""
    from chatarena.exchange import importers

    shipped = [info.name for info in pkgutil.iter_modules(importers.__path__) if not info.name.startswith("_")]
    shipped.sort(key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))
    for name in shipped:
        yield name, _shipped(name)
    seen = dict.fromkeys(shipped, "chatarena")
    for point in sorted(metadata.entry_points(group=GROUP), key=lambda point: point.name):
        whose = point.dist.name if point.dist is not None else point.value
        if seen.get(point.name, whose) != whose:
            raise UsageError(
                f"{whose} and {seen[point.name]} both have an importer {point.name!r}", remedy=f"Uninstall {whose}."
            )
        if point.name not in seen:
            seen[point.name] = whose
            yield point.name, point.load


def _shipped(name: str) -> Callable[[], Read]:
    def load() -> Read:
        read: Read = importlib.import_module(f"chatarena.exchange.importers.{name}").read
        return read

    return load
