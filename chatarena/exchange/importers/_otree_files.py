"""The CSV files that oTree exports, and what of those that lie in one folder belongs together.

Sittings come from exports of all apps (wide) and of one app, messages from that of the chat, stays from that of page
times. Law: where a channel belongs follows from the files in the folder, not from which of them is being read.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import product
from typing import Final, Literal, TypeVar

from chatarena.errors import SourceDamaged
from chatarena.exchange.account import checked_time, numbered
from chatarena.exchange.importing import Source

Kind = Literal["data", "chat", "times"]
Cells = dict[str, str]
T = TypeVar("T")
# How each file begins, whatever the app: no more than this is read of a file that is none of them.
_FIRST: Final[dict[Kind, tuple[str, ...]]] = {
    "data": ("participant.id_in_session", "participant.code"),
    "chat": ("session_code", "id_in_session", "participant_code", "channel"),
    "times": ("session_code", "participant_id_in_session", "participant_code", "page_index", "app_name"),
}
_BOM: Final = "\ufeff"
_PARTS: Final = ("player", "group", "subsession")
_OF_APP: Final = re.compile(rf"(.+)\.(\d+)\.({'|'.join(_PARTS)})\.(.+)")
# What oTree and browsers put behind the name of an app in the name of its file.
_DATED: Final = re.compile(r"[-_ ]\(?(accessed )?\d{4}-\d\d-\d\d.*$| \(\d+\)$")
# The chat of a whole group: number of the session, name of the app in addresses, number of the group.
_GROUP_CHANNEL: Final = re.compile(r"\d+-[^-]+-\d+")
# A page that was left within a second has the same time as the one before it.
_RESOLUTION: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An app and a round of a session, or with `group` one group in it."""

    session: str
    app: str
    round: int
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """One participant in one app and round: the cells of the row that are not empty, by what they belong to."""

    code: str
    place: Place
    parts: dict[str, Cells]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of an export: what holds for the participant throughout, and its sittings."""

    code: str
    shared: dict[str, Cells]
    sittings: tuple[Sitting, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """An export of all apps, or of one. `fields` are the players' columns of each app, in the order of the file."""

    wide: bool
    rows: tuple[Row, ...]
    fields: dict[str, tuple[str, ...]]

    @property
    def apps(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(sitting.place.app for row in self.rows for sitting in row.sittings))


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A row of the chat."""

    at: float
    code: str
    session: str
    channel: str
    cells: Cells


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """From when to when, UTC seconds, a participant was on the pages of an app and round.

    Of the `last` one she may have seen another page, which she never left.
    """

    entered: float | None
    left: float
    last: bool = False


Stays = dict[tuple[str, Place], Stay]


def kind(source: Source) -> Kind | None:
    """Which of oTree's exports a file is, by its first columns; None where it is none."""
    if source.suffix != ".csv":
        return None
    for name, columns in _FIRST.items():
        for mark, quote in product(("", _BOM), ("", '"')):
            if source.starts_with((mark + ",".join(f"{quote}{column}{quote}" for column in columns)).encode()):
                return name
    return None


# -- one file ----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=8)
def _cells(text: str) -> tuple[tuple[str, ...], tuple[tuple[int, tuple[str, ...]], ...]]:
    """Names of the columns, and every row with the number of its last line."""
    before = csv.field_size_limit(sys.maxsize)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        header: list[str] = []
        for name in next(reader):
            # Two columns of one name both count.
            header.append(numbered(name, header))
        rows = [(reader.line_num, tuple(row)) for row in reader if row]
    except csv.Error as error:
        raise SourceDamaged(f"is no CSV from line {reader.line_num} on: {error}") from error
    finally:
        csv.field_size_limit(before)
    for line, row in rows:
        if len(row) != len(header):
            raise SourceDamaged(f"line {line} has {len(row)} cells, its header {len(header)}")
    return tuple(header), tuple(rows)


def table(source: Source) -> Table:
    """What an export of all apps or of one holds.

    Raises:
        SourceDamaged: a row is not as long as the header, or does not say whose it is.
    """
    header, rows = _cells(source.text())
    app = _DATED.sub("", source.stem)
    wide = not any(name.startswith("player.") for name in header)
    columns = [_column(name, wide=wide, app=app) for name in header]
    fields: dict[str, dict[str, None]] = {}
    for where, part, name in columns:
        if where and part == "player":
            fields.setdefault(where[0], {})[name] = None
    return Table(
        wide=wide,
        rows=tuple(_row(line, row, columns) for line, row in rows),
        fields={name: tuple(found) for name, found in fields.items()},
    )


Where = tuple[str, str]


def _column(name: str, *, wide: bool, app: str) -> tuple[Where | None, str, str]:
    """App and round of a column, where it has any, the part of the record it belongs to, and its name there."""
    found = _OF_APP.fullmatch(name) if wide else None
    if found is not None:
        return (found[1], found[2]), found[3], found[4]
    part, dot, rest = name.partition(".")
    if not wide and dot and part in _PARTS:
        return (app, ""), part, rest
    return (None, part, rest) if dot and part in ("participant", "session") else (None, "added", name)


def _row(line: int, cells: tuple[str, ...], columns: list[tuple[Where | None, str, str]]) -> Row:
    shared: dict[str, Cells] = {}
    by_app: dict[Where, dict[str, Cells]] = {}
    for (where, part, name), cell in zip(columns, cells, strict=True):
        if cell:
            record = shared if where is None else by_app.setdefault(where, {})
            record.setdefault(part, {})[name] = cell
    code, session = shared.get("participant", {}).get("code"), shared.get("session", {}).get("code")
    if not code or not session:
        raise SourceDamaged(f"line {line} names no {'session' if code else 'participant'}: its code is missing")
    return Row(
        code=code,
        shared=shared,
        sittings=tuple(
            Sitting(code=code, place=_place(line, session, where, parts), parts=parts)
            for where, parts in by_app.items()
        ),
    )


def _place(line: int, session: str, where: Where, parts: dict[str, Cells]) -> Place:
    app, round_ = where
    said = round_ or parts.get("subsession", {}).get("round_number", "")
    if not said.isdecimal():
        raise SourceDamaged(f"line {line} does not say which round it is: subsession.round_number is {said!r:.40}")
    group = parts.get("group", {}).get("id_in_subsession", "")
    return Place(session=session, app=app, round=int(said), group=group)


def messages(source: Source) -> tuple[Message, ...]:
    """The rows of a chat, in the order of their times.

    Raises:
        SourceDamaged: a row does not say who wrote it, where or when.
    """
    header, rows = _cells(source.text())
    found = []
    for line, row in rows:
        cells = {name: cell for name, cell in zip(header, row, strict=True) if cell}
        for name in ("session_code", "participant_code", "channel", "timestamp"):
            if name not in cells:
                raise SourceDamaged(f"line {line} has no {name}")
        found.append(
            Message(
                at=_time(line, cells["timestamp"]),
                code=cells["participant_code"],
                session=cells["session_code"],
                channel=cells["channel"],
                cells=cells,
            )
        )
    return _in_order(found)


def _time(line: int, text: str) -> float:
    try:
        at = float(text)
    except ValueError as error:
        raise SourceDamaged(f"line {line} holds {text!r:.40} for a time in seconds") from error
    return checked_time(at)


def stays(source: Source) -> Stays:
    """When each participant came to each app and round, and when she left it.

    Raises:
        SourceDamaged: a row holds no numbers where they must stand.
    """
    header, rows = _cells(source.text())
    pages: dict[tuple[str, str], list[tuple[float, str, int, float]]] = {}
    for line, row in rows:
        cells = dict(zip(header, row, strict=True))
        done, index = _time(line, cells.get("epoch_time_completed", "")), _time(line, cells["page_index"])
        page = (index, cells["app_name"], int(_time(line, cells.get("round_number", ""))), done)
        pages.setdefault((cells["session_code"], cells["participant_code"]), []).append(page)
    found: Stays = {}
    for (session, code), visited in pages.items():
        before: float | None = None
        visited.sort()
        for number, (_, app, round_, done) in enumerate(visited, start=1):
            key = code, Place(session=session, app=app, round=round_)
            entered = found[key].entered if key in found else before
            found[key] = Stay(entered=entered, left=done, last=number == len(visited))
            before = done
    return found


# -- a folder ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """What the exports in one folder say together.

    `talks` are the messages of a channel that belongs to one place, `loose` those of the others, by session and name of
    the channel.
    """

    talks: dict[Place, tuple[Message, ...]] = field(default_factory=dict)
    loose: dict[tuple[str, str], tuple[Message, ...]] = field(default_factory=dict)
    stays: Stays = field(default_factory=dict)

    def talk(self, sitting: Sitting) -> tuple[Message, ...]:
        """What a participant could read: the channels that she wrote in, and those of her whole group."""
        here = self.talks.get(sitting.place, ())
        own = {one.channel for one in here if one.code == sitting.code}
        return tuple(one for one in here if one.channel in own or _GROUP_CHANNEL.fullmatch(one.channel))

    def stay(self, sitting: Sitting) -> Stay | None:
        """When she was there, where page times tell it."""
        return self.stays.get((sitting.code, replace(sitting.place, group="")))


def gathered(source: Source) -> Folder:
    """A file and its neighbours as one.

    Raises:
        SourceDamaged: one of them is damaged; a neighbour is named.
    """
    files: dict[Kind, list[Source]] = {"data": [], "chat": [], "times": []}
    for file in (source, *source.neighbours()):
        if (what := kind(file)) is not None:
            files[what].append(file)
    found: Stays = {}
    for file in files["times"]:
        found |= _named(stays, file, source)
    if not files["chat"]:
        return Folder(stays=found)
    tables = [_named(table, file, source) for file in files["data"]]
    members = _members(tables)
    complete = any(one.wide for one in tables)
    talks: dict[Place, tuple[Message, ...]] = {}
    loose: dict[tuple[str, str], tuple[Message, ...]] = {}
    for key, told in _channels([_named(messages, file, source) for file in files["chat"]]).items():
        place = _belongs(told, members.get(key[0], {}), found, complete=complete)
        if place is None:
            loose[key] = told
        else:
            talks[place] = _in_order((*talks.get(place, ()), *told))
    return Folder(talks=talks, loose=loose, stays=found)


def _named(read: Callable[[Source], T], file: Source, source: Source) -> T:
    try:
        return read(file)
    except SourceDamaged as error:
        if file is source:
            raise
        raise SourceDamaged(f"cannot be read without {file.name} beside it, which {error.message}") from error


def _in_order(told: Iterable[Message]) -> tuple[Message, ...]:
    return tuple(sorted(told, key=lambda message: message.at))


def _channels(files: Sequence[Sequence[Message]]) -> dict[tuple[str, str], tuple[Message, ...]]:
    """Messages by session and channel; those of several downloads of one chat count once."""
    found: list[Message] = []
    for file in files:
        known = {tuple(one.cells.items()) for one in found}
        found += [one for one in file if tuple(one.cells.items()) not in known]
    by_channel: dict[tuple[str, str], list[Message]] = {}
    for one in found:
        by_channel.setdefault((one.session, one.channel), []).append(one)
    return {key: _in_order(told) for key, told in by_channel.items()}


def _members(tables: Sequence[Table]) -> dict[str, dict[Place, set[str]]]:
    """Who sat where, by session."""
    found: dict[str, dict[Place, set[str]]] = {}
    for sitting in (sitting for one in tables for row in one.rows for sitting in row.sittings):
        found.setdefault(sitting.place.session, {}).setdefault(sitting.place, set()).add(sitting.code)
    return found


def _belongs(
    told: tuple[Message, ...], members: dict[Place, set[str]], stays: Stays, *, complete: bool
) -> Place | None:
    """The group, in an app and a round, that a channel is of; None where nothing says so or more than one may be it.

    Args:
        complete: whether the members of all apps are known.
    """
    writers = {one.code for one in told}
    places = [place for place, sat in members.items() if writers <= sat]
    named = [place for place in places if re.match(rf"\d+-{re.escape(place.app)}-", told[0].channel)]
    if named or not (complete or stays):
        places = named
    if stays:
        places = [place for place in places if _then(told, place, stays)]
    return places[0] if len(places) == 1 else None


def _then(told: tuple[Message, ...], place: Place, stays: Stays) -> bool:
    """Whether somebody was there when she wrote, and nobody was known to be elsewhere."""
    there = False
    for one in told:
        stay = stays.get((one.code, replace(place, group="")))
        if stay is None:
            continue
        if stay.entered is not None and one.at < stay.entered:
            return False
        if one.at < stay.left + _RESOLUTION:
            there = True
        elif not stay.last:
            return False
    return there
