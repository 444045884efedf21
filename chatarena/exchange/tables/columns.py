"""What a table is: columns that know how they are called, what they mean and how they are read.

Law: the header, the rows and the codebook all come from the same columns, so they cannot drift apart.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Literal, TypeVar

from chatarena.arena.decision import Decision
from chatarena.arena.events import Entry, SessionForked
from chatarena.arena.session import Session, fold
from chatarena.session_log.columns import utc_text

Cell = str | int | float | bool | None
Row = tuple[Cell, ...]
# A list is the text of a JSON list; words are free text of people and models, line breaks included.
Type = Literal["text", "words", "list", "time", "integer", "number", "flag"]
TEXT_TYPES: Final = frozenset({"text", "words", "list"})

Given = TypeVar("Given", contravariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A session to be put into tables.

    `own_from` is the first entry that is not taken over from the session it was forked from; `name`, `tags` and
    `origin` are not facts of the session: they say what the person calls it and where it was read.
    """

    entries: tuple[Entry, ...]
    session: Session
    name: str
    tags: tuple[str, ...]
    origin: str
    own_from: int
    option_positions: dict[str, int]
    state_positions: dict[str, int]

    @property
    def id(self) -> str:
        return self.entries[0].session

    @property
    def decision(self) -> Decision:
        return self.session.head.decision

    def option_label(self, option: str) -> str | None:
        """The label of an option; None where the decision has no such option."""
        position = self.option_positions.get(option)
        return None if position is None else self.decision.options[position - 1].label

    def state_label(self, state: str) -> str | None:
        """The label of a state; None where the decision has no such state."""
        position = self.state_positions.get(state)
        return None if position is None else self.decision.states[position - 1].label


def told(entries: Sequence[Entry], *, name: str = "", tags: Iterable[str] = (), origin: str = "") -> Told:
    """A session made ready for tables.

    Raises:
        ValueError: no entry opens a session.
    """
    session = fold(entry.event for entry in entries)
    decision = session.head.decision
    forks = [entry.seq for entry in entries if isinstance(entry.event, SessionForked)]
    return Told(
        entries=tuple(entries),
        session=session,
        name=name,
        tags=tuple(sorted(set(tags))),
        origin=origin,
        own_from=forks[-1] if forks else 0,
        option_positions={option.id: place for place, option in enumerate(decision.options, 1)},
        state_positions={state.id: place for place, state in enumerate(decision.states, 1)},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What a column is called and means; `missing` says what an empty cell means, empty where there is none."""

    name: str
    type: Type
    meaning: str
    unit: str = ""
    missing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Generic[Given]):
    """One column: its heading, and how its cell is taken off an item."""

    heading: Heading
    read: Callable[[Given], Cell]


def column(
    name: str, type_: Type, meaning: str, read: Callable[[Given], Cell], *, unit: str = "", missing: str = ""
) -> Column[Given]:
    """A column in one line."""
    return Column(heading=Heading(name=name, type=type_, meaning=meaning, unit=unit, missing=missing), read=read)


@dataclass(frozen=True, slots=True, kw_only=True)
class At:
    """An entry in its session: what every row of a long table stands on."""

    told: Told
    entry: Entry


PLACE: Final[tuple[Column[At], ...]] = (
    column("session", "text", "id of the session", lambda at: at.entry.session),
    column("seq", "integer", "number of the entry in its session, from 0", lambda at: at.entry.seq),
    column("at_utc", "time", "when it was recorded, to the millisecond", lambda at: utc_text(at.entry.at)),
    column("at", "number", "when it was recorded", lambda at: float(at.entry.at), unit="seconds since 1970 (UTC)"),
    column(
        "elapsed",
        "number",
        "monotonic time since this run of the session began; it starts at 0 again after a resume",
        lambda at: float(at.entry.elapsed),
        unit="seconds",
    ),
    column(
        "inherited",
        "flag",
        "1 where the entry was taken over from the session that this one was forked from: leave such rows out where"
        " both sessions are pooled",
        lambda at: at.entry.seq < at.told.own_from,
    ),
)


Item = TypeVar("Item", bound=At)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Generic[Item]):
    """A long table: how its items are found in a session, and its columns, of which the first are `PLACE`."""

    name: str
    items: Callable[[Told], Iterator[Item]]
    columns: tuple[Column[Item], ...]

    @property
    def headings(self) -> tuple[Heading, ...]:
        return tuple(column.heading for column in self.columns)

    def rows(self, session: Told) -> Iterator[Row]:
        """The rows of one session, ordered by seq."""
        reads = [column.read for column in self.columns[len(PLACE) :]]
        entry: Entry | None = None
        place: Row = ()
        for item in self.items(session):
            # Several rows of one entry stand at the same place.
            if item.entry is not entry:
                entry, place = item.entry, tuple([column.read(item) for column in PLACE])
            yield (*place, *[read(item) for read in reads])


def json_list(values: Iterable[object]) -> str:
    """A list as one cell."""
    return json.dumps(list(values), ensure_ascii=False)


def number(value: float | None) -> float | None:
    """A number as a float, so that all numbers of a column are written in one way."""
    return None if value is None else float(value)


def present(text: str) -> str | None:
    """The text, None where it is empty: then there is nothing."""
    return text or None
