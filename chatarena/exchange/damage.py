"""What happened to the entries of a bundle: which line was altered, is missing, was added or stands out of order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from chatarena.session_log.chain import FIRST, link

_SHAPE = re.compile(rb'(\{"seq":(\d{1,18}),"at":.*),"hash":"([0-9a-f]{64})"\}', re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong: the line of the file (from 1), what kind of thing, and the words for it."""

    line: int
    what: Literal["unreadable", "altered", "missing", "moved", "added", "truncated", "count"]
    text: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One entry's line: where it stands, the number it bears (-1 where it has none), its body and its hash."""

    number: int
    seq: int
    body: str
    hash: str

    @staticmethod
    def read(number: int, line: bytes) -> Line:
        """Take a line apart; one that does not have an entry's shape has no hash."""
        shape = _SHAPE.fullmatch(line)
        try:
            body = (shape[1] + b"}").decode() if shape else ""
        except UnicodeDecodeError:
            shape, body = None, ""
        if shape is None:
            return Line(number=number, seq=-1, body="", hash="")
        return Line(number=number, seq=int(shape[2]), body=body, hash=shape[3].decode())


def examine(lines: Sequence[Line], count: int | None) -> list[Finding]:
    """Compare every line with the one before it by the chain.

    Args:
        count: how many entries the end line speaks of, None where there is no end line.
    """
    found = [
        Finding(line=line.number, what="unreadable", text="this is not an entry's line")
        for line in lines
        if not line.hash
    ]
    previous = FIRST
    for place, line in enumerate(lines):
        following = lines[place + 1] if place + 1 < len(lines) else None
        if line.hash:
            expected = link(previous, line.body)
            if expected != line.hash:
                found += _broken(lines, place, expected, following)
                hash_only = following is not None and link(expected, following.body) == following.hash
                previous = expected if hash_only else line.hash
                continue
        previous = line.hash or previous
    return found + _absent(lines, count)


def _broken(lines: Sequence[Line], place: int, expected: str, following: Line | None) -> list[Finding]:
    """Why a line does not follow from the one before it."""
    line = lines[place]
    if following is not None and link(expected, following.body) == following.hash:
        return [_altered(line, "the hash of")]
    if any(earlier.seq == line.seq for earlier in lines[:place]):
        return [Finding(line=line.number, what="added", text=f"there is another entry {line.seq} before this one")]
    before = [other for other in lines if other.hash and link(other.hash, line.body) == line.hash]
    if before or link(FIRST, line.body) == line.hash:
        after = f"entry {before[0].seq}" if before else "the header"
        moved = f"entry {line.seq} belongs behind {after} and stands elsewhere"
        # Where it stands at its own place it is those around it that were moved.
        return [] if line.seq == place else [Finding(line=line.number, what="moved", text=moved)]
    if line.seq > place and all(other.seq != line.seq - 1 for other in lines):
        return []  # its predecessor is missing, which is said once for all that are
    return [_altered(line, "")]


def _altered(line: Line, part: str) -> Finding:
    return Finding(line=line.number, what="altered", text=f"{part} entry {line.seq} was altered".strip())


def _absent(lines: Sequence[Line], count: int | None) -> list[Finding]:
    """Numbers that no line bears, in runs."""
    seen = {line.seq for line in lines}
    last = count if count is not None else max(seen, default=-1) + 1
    # A line whose number was altered is there all the same.
    spare = sum(not 0 <= line.seq < last for line in lines)
    missing = [seq for seq in range(min(last, len(lines) + 100_000)) if seq not in seen]
    if len(missing) <= spare:
        return []
    runs: list[list[int]] = []
    for seq in missing:
        if runs and runs[-1][-1] == seq - 1:
            runs[-1].append(seq)
        else:
            runs.append([seq])
    return [
        Finding(
            line=run[0] + 2,
            what="missing",
            text=f"entry {run[0]} is missing" if len(run) == 1 else f"entries {run[0]} to {run[-1]} are missing",
        )
        for run in runs
    ]
