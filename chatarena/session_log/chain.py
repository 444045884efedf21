"""The chain of hashes over a session's entries.

Laws: two sessions share a prefix exactly when the chain has the same hash there; the id of the session is not part of
it, so a fork shares its parent's prefix; fields at their default are not part of it, so a later version of the program
that knows more fields finds the same hashes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import reduce
from typing import Final

import msgspec

from chatarena.arena.events import Entry
from chatarena.session_log.codec import compact

FIRST: Final = hashlib.sha256(b"chatarena session 1").hexdigest()
_NUMBERS: Final = msgspec.json.Encoder()


def entry_body(entry: Entry) -> str:
    """An entry without its session's id as canonical JSON: seq, at, elapsed, event, in this order.

    Raises:
        ValueError: an event that cannot be recorded.
    """
    at, elapsed = (_NUMBERS.encode(value).decode() for value in (entry.at, entry.elapsed))
    return f'{{"seq":{entry.seq},"at":{at},"elapsed":{elapsed},"event":{compact(entry.event)}}}'


def link(previous: str, body: str) -> str:
    """The next hash of the chain: sha256 over the previous one and the entry's body."""
    return hashlib.sha256(f"{previous}\n{body}".encode()).hexdigest()


def chain(entries: Iterable[Entry]) -> Iterator[str]:
    """The hash after each entry."""
    current = FIRST
    for entry in entries:
        current = link(current, entry_body(entry))
        yield current


def chain_hash(entries: Iterable[Entry]) -> str:
    """The hash after the last entry; that of an empty chain where there is none."""
    return reduce(lambda current, entry: link(current, entry_body(entry)), entries, FIRST)
