"""A session as one portable file of JSON lines: a header, the entries, each hashed onto the one before, and an end.

Laws: reading what was written gives the same session and writing it again the same bytes; a changed, missing, added or
moved line is found and named. The chain shows that a file is whole, not who wrote it: whoever wants to be sure that
nobody wrote the whole chain anew keeps its seal elsewhere.

    {"chatarena_bundle":1,"session":"01J...","name":"","tags":[]}
    {"seq":0,"at":1795732061.5,"elapsed":0.0,"event":{"kind":"session_opened",...},"hash":"<64 hex digits>"}
    {"end":{"entries":1,"hash":"<of the last entry>"},"seal":"<64 hex digits>"}

hash = sha256(hash of the line before, a line feed, the line without its hash); before the first entry stands
`chain.FIRST`. seal = sha256(the last hash, a line feed, the header line).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from chatarena.arena.events import Entry, Event, SessionOpened
from chatarena.errors import BundleDamaged, LogError
from chatarena.exchange.damage import Finding, Line, examine
from chatarena.session_log.chain import FIRST, entry_body, link
from chatarena.session_log.codec import decode

FORMAT: Final = 1
MAGIC: Final = b'{"chatarena_bundle":'
SUFFIX: Final = ".jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A session read from a bundle, with the person's own name and tags for it, and the file's seal."""

    session: str
    entries: tuple[Entry, ...]
    name: str
    tags: tuple[str, ...]
    seal: str


class _Header(msgspec.Struct, forbid_unknown_fields=True):
    chatarena_bundle: int
    session: str
    name: str
    tags: list[str]


class _Numbers(msgspec.Struct):
    """What stands beside an event; the event's own text is decoded by the log's codec."""

    seq: int
    at: float
    elapsed: float
    event: msgspec.Raw


def write_bundle(entries: Sequence[Entry], *, name: str = "", tags: Iterable[str] = ()) -> Iterator[str]:
    """The lines of a bundle, without line feeds.

    Raises:
        ValueError: no entries, entries of several sessions, or with gaps.
    """
    if not entries or any(entry.session != entries[0].session for entry in entries):
        raise ValueError("a bundle holds one session")
    if [entry.seq for entry in entries] != list(range(len(entries))):
        raise ValueError("the entries of a bundle are numbered 0, 1, 2, ... without gaps")
    header = _header_line(entries[0].session, name, tags)
    yield header
    current = FIRST
    for entry in entries:
        body = entry_body(entry)
        current = link(current, body)
        yield f'{body[:-1]},"hash":"{current}"}}'
    end = {"entries": len(entries), "hash": current}
    yield json.dumps({"end": end, "seal": seal(header, current)}, separators=(",", ":"))


def _header_line(session: str, name: str, tags: Iterable[str]) -> str:
    header = {"chatarena_bundle": FORMAT, "session": session, "name": name, "tags": sorted(set(tags))}
    return json.dumps(header, ensure_ascii=False, separators=(",", ":"))


def seal(header: str, last_hash: str) -> str:
    """The hash over the whole bundle."""
    return hashlib.sha256(f"{last_hash}\n{header}".encode()).hexdigest()


def is_bundle(data: bytes) -> bool:
    """Whether a file begins as a bundle does."""
    return data.startswith(MAGIC)


def read_bundle(path: Path) -> Bundle:
    """The session in a bundle.

    Raises:
        BundleDamaged: the file cannot be read, is no bundle, or is not as it was written; says what and where.
        LogTooNew: written by a newer version of the program.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BundleDamaged(f"{path}: {error.strerror or error}", remedy="Check the name of the file.") from error
    return parse_bundle(data, str(path))


def parse_bundle(data: bytes, where: str = "the bundle") -> Bundle:
    """As `read_bundle`, from bytes; `where` names them in errors."""
    found = check_bundle(data)
    if found:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise BundleDamaged(
            f"{where} is not as it was written: {found[0]}{more}",
            remedy="See all of it with: chatarena verify FILE. Get the file again from where it came from.",
        )
    header_line, *lines, end_line = data.decode().split("\n")[:-1]
    header = msgspec.json.decode(header_line, type=_Header)
    if header.chatarena_bundle != FORMAT:
        raise BundleDamaged(
            f"{where} is a bundle of format {header.chatarena_bundle}; this program reads format {FORMAT}",
            remedy="Upgrade the program and try again.",
        )
    entries = tuple(_entry(header.session, line, where) for line in lines)
    if not entries or not isinstance(entries[0].event, SessionOpened):
        raise BundleDamaged(f"{where} does not begin with the opening of a session")
    return Bundle(
        session=header.session,
        entries=entries,
        name=header.name,
        tags=tuple(header.tags),
        seal=json.loads(end_line)["seal"],
    )


def _entry(session: str, line: str, where: str) -> Entry:
    numbers = msgspec.json.decode(line, type=_Numbers)
    try:
        event: Event = decode(bytes(numbers.event))
    except LogError as error:
        raise BundleDamaged(f"{where}: entry {numbers.seq}: {error.message}", remedy=error.remedy) from error
    return Entry(session=session, seq=numbers.seq, at=numbers.at, elapsed=numbers.elapsed, event=event)


def check_bundle(data: bytes) -> tuple[Finding, ...]:
    """Everything that shows that a bundle is not as it was written; empty where it is."""
    if not is_bundle(data):
        return (Finding(line=1, what="unreadable", text="this is not the header of a bundle"),)
    pieces = data.split(b"\n")
    found: list[Finding] = []
    if pieces[-1] != b"":
        found.append(Finding(line=len(pieces), what="truncated", text="the last line has no end"))
        pieces.append(b"")
    header, *lines = pieces[:-1]
    found += _header_findings(header)
    end = _end(lines[-1]) if lines else None
    if end is None:
        found.append(Finding(line=len(pieces), what="truncated", text="the end line is missing or altered"))
    body = lines[:-1] if end is not None or (lines and lines[-1].startswith(b'{"end"')) else lines
    found += examine([Line.read(number, line) for number, line in enumerate(body, start=2)], end[0] if end else None)
    if end is not None:
        found += _end_findings(len(pieces) - 1, header, body, end)
    return tuple(sorted(set(found), key=lambda finding: finding.line))


def _header_findings(header: bytes) -> list[Finding]:
    try:
        read = msgspec.json.decode(header, type=_Header)
        same = _header_line(read.session, read.name, read.tags).encode() == header or read.chatarena_bundle != FORMAT
    except (msgspec.DecodeError, UnicodeError) as error:
        return [Finding(line=1, what="unreadable", text=f"the header cannot be read: {error}")]
    return [] if same else [Finding(line=1, what="altered", text="the header is not written as a header is")]


def _end(line: bytes) -> tuple[int, str, str] | None:
    """Number of entries, last hash and seal of an end line that is written exactly as one."""
    try:
        read = json.loads(line)
        count, last, sealed = read["end"]["entries"], read["end"]["hash"], read["seal"]
        canonical = json.dumps({"end": {"entries": count, "hash": last}, "seal": sealed}, separators=(",", ":"))
    except (ValueError, KeyError, TypeError):
        return None
    whole = isinstance(count, int) and isinstance(last, str) and isinstance(sealed, str)
    return (count, last, sealed) if whole and canonical.encode() == line else None


def _end_findings(number: int, header: bytes, body: list[bytes], end: tuple[int, str, str]) -> list[Finding]:
    count, last, sealed = end
    found = []
    if count != len(body):
        found.append(
            Finding(line=number, what="count", text=f"the end speaks of {count} entries, there are {len(body)}")
        )
    written = Line.read(0, body[-1]).hash if body else FIRST
    if count == len(body) and written not in ("", last):
        found.append(Finding(line=number, what="altered", text="the end line holds another hash than the last entry"))
    try:
        whole = seal(header.decode(), last) == sealed
    except UnicodeDecodeError:
        whole = False
    if not whole:
        found.append(Finding(line=1, what="altered", text="the header or the seal at the end was altered"))
    return found
