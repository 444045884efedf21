"""When each entry of a recorded session is played, and what was on its way in between.

Playing time is the recorded time with every silence cut to the idle-time limit. Laws: it never runs backwards; all the
words of a turn have been said when its entry comes; two timelines of one session differ only in their silences.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final, Literal

from chatarena.arena import events as ev
from chatarena.moderator.world import Draft

IDLE_LIMIT: Final = 5.0
# 238 words a minute, the mean speed of silent reading (Brysbaert 2019), at six characters a word with its blank.
READING: Final = 24.0
# Scripts that write a word with one or two signs are read at 260 signs a minute (same source, Chinese).
WIDE_FROM, WIDE_COUNTS = "\u2e80", 5.5
# The end of a word further back than this is not waited for: some scripts have no blanks.
LONGEST_WORD: Final = 30
# Protocols whose agents speak at the same time; in all others one turn begins after the one before.
_AT_ONCE: Final = ("simultaneous", "rebuttal", "network")
_NEW_RUN: Final = (ev.SessionResumed, ev.SessionForked)

Work = ev.TurnTaken | ev.TurnMissed | ev.ClaimMade | ev.AppraisalMade


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place in a timeline: playing seconds, and how many entries have been shown.

    Between two entries that come at once the seconds alone would not say which.
    """

    seconds: float = 0.0
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """An entry to jump to: one that opens a round, or one that ends a turn, heard or not."""

    entry: int
    seconds: float
    kind: Literal["round", "turn"]
    round: int
    agent: str = ""

    @property
    def label(self) -> str:
        """The marker in words."""
        return f"round {self.round}" if self.kind == "round" else f"{self.agent}, round {self.round}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The playing time, in seconds, of every entry of a session.

    `begins` is when the work began that ends in the entry (a turn, a claim, an appraisal) and `speaks` when its first
    words came; both are the entry's own time where there is no such work, or nothing is known of its length.
    `horizon` is the earliest beginning of this entry's work and of all later ones. `marks` are the positions of the
    markers. `recorded` is how long the record took with all its silences.
    """

    entries: tuple[ev.Entry, ...]
    seconds: tuple[float, ...]
    begins: tuple[float, ...]
    speaks: tuple[float, ...]
    horizon: tuple[float, ...]
    marks: tuple[int, ...]
    recorded: float
    idle_limit: float | None

    @property
    def total(self) -> float:
        """How long the whole plays."""
        return self.seconds[-1] if self.seconds else 0.0

    @property
    def end(self) -> Place:
        return Place(seconds=self.total, position=len(self.entries))

    def place(self, seconds: float) -> Place:
        """The place at this time, with all entries that have come by then; times beyond an end are that end."""
        within = min(self.total, max(0.0, seconds))
        return Place(seconds=within, position=bisect_right(self.seconds, within))

    def after(self, entry: int) -> Place:
        """The place right after an entry."""
        return Place(seconds=self.seconds[entry], position=entry + 1)

    def marker(self, entry: int) -> Marker:
        """The marker at an entry.

        Raises:
            ValueError: there is none.
        """
        event = self.entries[entry].event
        match event:
            case ev.RoundOpened():
                return Marker(entry=entry, seconds=self.seconds[entry], kind="round", round=event.round)
            case ev.TurnTaken() | ev.TurnMissed():
                at = self.seconds[entry]
                return Marker(entry=entry, seconds=at, kind="turn", round=event.round, agent=event.agent)
            case _:
                raise ValueError(f"entry {entry} is {event.kind}, which has no marker")

    def markers(self) -> tuple[Marker, ...]:
        """All markers in order."""
        return tuple(map(self.marker, self.marks))

    # -- what is on its way ----------------------------------------------------------------------------------------

    def standing(self, place: Place) -> tuple[Draft, ...]:
        """What everybody is at in this place, with all that has been said of turns that are not over."""
        return tuple(self._draft(entry, self._text(entry)[: self._said(entry, place)]) for entry in self._begun(place))

    def between(self, before: Place, after: Place) -> tuple[tuple[float, ev.Entry | Draft], ...]:
        """What comes between two places, each with its time: entries, and drafts of what is not over at `after`.

        The pieces of text of one turn, over as many calls as you like, add up to its words.
        """
        come = range(before.position, after.position)
        drafts: list[tuple[int, int, float, ev.Entry | Draft]] = []
        known = set(self._begun(before))
        for entry in self._begun(after):
            old, new = self._said(entry, before), self._said(entry, after)
            if entry not in known:
                rank = bisect_right(self.seconds, self.begins[entry], hi=after.position)
                drafts.append((rank, 0, self.begins[entry], self._draft(entry, "")))
            if new > old:
                text = self._text(entry)[old:new]
                drafts.append((after.position, 2, after.seconds, self._draft(entry, text)))
        if not drafts:
            return tuple((self.seconds[entry], self.entries[entry]) for entry in come)
        merged = [*drafts, *((entry, 1, self.seconds[entry], self.entries[entry]) for entry in come)]
        merged.sort(key=lambda item: item[:3])
        return tuple((seconds, item) for _, _, seconds, item in merged)

    def next_change(self, place: Place) -> float | None:
        """When something new comes after this place: an entry, or the beginning of a piece of work; None at the end.

        While somebody speaks there is something new at every moment, which is not told here.
        """
        if place.position >= len(self.entries):
            return None
        due = self.seconds[place.position]
        for entry in self._upcoming(place.position, due):
            if place.seconds < self.begins[entry] < due:
                due = self.begins[entry]
        return due

    def speaking(self, place: Place) -> bool:
        """Whether words are on their way in this place."""
        return any(self._text(entry) and self.speaks[entry] <= place.seconds for entry in self._begun(place))

    def _upcoming(self, position: int, until: float) -> Iterator[int]:
        """Entries from `position` on whose work has begun by `until`; stops where none can come any more."""
        for entry in range(position, len(self.entries)):
            if self.horizon[entry] > until:
                return
            if self.begins[entry] <= until and self.begins[entry] < self.seconds[entry]:
                yield entry

    def _begun(self, place: Place) -> list[int]:
        """The entries that have not come and whose work has begun."""
        return [
            entry
            for entry in self._upcoming(place.position, place.seconds)
            if bisect_right(self.seconds, self.begins[entry]) <= place.position
        ]

    def _text(self, entry: int) -> str:
        return spoken(self.entries[entry].event)

    def _said(self, entry: int, place: Place) -> int:
        """How many characters of a turn have been said, at the end of a word where it has any."""
        first, last, text = self.speaks[entry], self.seconds[entry], self._text(entry)
        if place.seconds <= first or not text:
            return 0
        cut = int(len(text) * (place.seconds - first) / (last - first))
        return len(text) if cut >= len(text) else whole_words(text, cut)

    def _draft(self, entry: int, text: str) -> Draft:
        event = self.entries[entry].event
        match event:
            case ev.TurnTaken() | ev.TurnMissed():
                return Draft(agent=event.agent, round=event.round, doing="speaking" if text else "waiting", text=text)
            case ev.ClaimMade():
                return Draft(agent=event.agent, round=event.round, doing="claiming")
            case ev.AppraisalMade():
                return Draft(agent=event.agent, round=event.round, doing="appraising")
            case _:
                raise ValueError(f"nobody was at work on {event.kind}")


def spoken(event: ev.Event) -> str:
    """The words that are heard before the event: those of a turn, or of one that broke off."""
    match event:
        case ev.TurnTaken():
            return event.text
        case ev.TurnMissed():
            return event.partial
        case _:
            return ""


def whole_words(text: str, cut: int) -> int:
    """The last end of a word within the first `cut` characters; `cut` itself within a word that does not end."""
    for end in range(cut, max(0, cut - LONGEST_WORD), -1):
        if text[end - 1].isspace() or text[end - 1] >= WIDE_FROM:
            return end
    return cut if cut > LONGEST_WORD else 0


def reading_time(text: str) -> float:
    """How many seconds it takes to read a text."""
    if text.isascii():
        return len(text) / READING
    return sum(WIDE_COUNTS if character >= WIDE_FROM else 1.0 for character in text) / READING


def lay_out(entries: Sequence[ev.Entry], idle_limit: float | None = IDLE_LIMIT) -> Timeline:
    """The timeline of a session.

    Within one run of the program time is what its own clock measured (`elapsed`); across runs it is the difference of
    the wall clock (`at`). A turn is spoken from its first token to its end; where the record does not say how long
    that took, at the pace of reading, just before its entry.

    Args:
        idle_limit: the longest silence in seconds; None keeps all of them.

    Raises:
        ValueError: an idle limit that is negative.
    """
    if idle_limit is not None and idle_limit < 0:
        raise ValueError(f"an idle-time limit is 0 or more seconds, not {idle_limit}")
    recorded = _Recorded(entries)
    speech = _least_from_here([s if s < t else inf for s, t in zip(recorded.speaks, recorded.times, strict=True)])
    squeeze = _Squeeze(recorded.times, speech, inf if idle_limit is None else idle_limit)
    seconds = tuple(squeeze.played)
    begins = tuple(map(squeeze.map, recorded.begins, recorded.times, seconds))
    speaks = tuple(map(squeeze.map, recorded.speaks, recorded.times, seconds))
    return Timeline(
        entries=tuple(entries),
        seconds=seconds,
        begins=begins,
        speaks=speaks,
        horizon=tuple(_least_from_here(begins)),
        marks=tuple(recorded.marks),
        recorded=recorded.times[-1] if recorded.times else 0.0,
        idle_limit=idle_limit,
    )


def _least_from_here(values: Sequence[float]) -> list[float]:
    """For each place the smallest value there or later."""
    least, found = inf, []
    for value in reversed(values):
        least = min(least, value)
        found.append(least)
    return found[::-1]


class _Recorded:
    """The times of a record as it was made, from 0 on: of the entries, of the beginning of work, of first words."""

    def __init__(self, entries: Sequence[ev.Entry]) -> None:
        self.times: list[float] = []
        self.begins: list[float] = []
        self.speaks: list[float] = []
        self.marks: list[int] = []
        self._imported = any(isinstance(entry.event, ev.SessionImported) for entry in entries)
        self._in_turn = False
        # Nobody's work began before the round or the run did, nor before the agent's last work was done.
        self._floor = 0.0
        self._done: dict[str, float] = {}
        self._now = 0.0
        before: ev.Entry | None = None
        for entry in entries:
            self._now += self._gap(before, entry)
            self._take(entry.event)
            before = entry

    def _gap(self, before: ev.Entry | None, entry: ev.Entry) -> float:
        """Seconds from one entry to the next."""
        if before is None:
            return 0.0
        ran = entry.elapsed - before.elapsed
        if ran < 0 or isinstance(entry.event, _NEW_RUN) or (ran == 0 and self._imported):
            return max(0.0, entry.at - before.at)
        return ran

    def _take(self, event: ev.Event) -> None:
        begin = speak = self._now
        match event:
            case ev.TurnTaken() | ev.TurnMissed():
                begin, speak = self._turn(event)
                self.marks.append(len(self.times))
                self._done[event.agent] = self._now
                self._floor = self._now if self._in_turn else self._floor
            case ev.ClaimMade() | ev.AppraisalMade():
                begin = max(self._earliest(event), self._now - sum(call.total_seconds or 0.0 for call in event.calls))
                self._done[event.agent] = self._now
            case ev.RoundOpened():
                self.marks.append(len(self.times))
                self._floor = self._now
            case ev.SessionOpened():
                self._in_turn = event.protocol.name not in _AT_ONCE
            case ev.SessionResumed() | ev.SessionForked():
                self._floor = self._now
            case _:
                pass
        self.times.append(self._now)
        self.begins.append(begin)
        self.speaks.append(speak)

    def _turn(self, event: ev.TurnTaken | ev.TurnMissed) -> tuple[float, float]:
        """When a turn was asked for and when its first words came; makes time for one that the record gives none."""
        earliest, text = self._earliest(event), spoken(event)
        call = event.call if isinstance(event, ev.TurnTaken) else None
        if call is not None and call.total_seconds:
            begin = max(earliest, self._now - call.total_seconds)
            return begin, min(self._now, begin + (call.first_token_seconds or 0.0))
        takes, room = reading_time(text), self._now - earliest
        # The times of a foreign record say when something was handed in, those of a kept reply when it was looked up.
        untold = self._imported or (call is not None and call.from_cache) or room <= 0
        if room < takes and untold:
            self._now += takes - max(0.0, room)
        begin = max(earliest, self._now - takes)
        return begin, begin

    def _earliest(self, event: Work) -> float:
        return min(self._now, max(self._floor, self._done.get(event.agent, 0.0)))


class _Squeeze:
    """Recorded time made playing time: silences cut to the limit.

    Before each entry there is first silence, then, from the first words of any turn that is not over on, speech.
    """

    def __init__(self, times: Sequence[float], speech: Sequence[float], limit: float) -> None:
        self._times = times
        self.played: list[float] = []
        # When the silence before each entry ends, recorded and played.
        self._heard: list[float] = []
        self._ends: list[float] = []
        before = played = 0.0
        for time, words in zip(times, speech, strict=True):
            heard = min(time, max(before, words))
            ends = played + min(limit, heard - before)
            self._heard.append(heard)
            self._ends.append(ends)
            played = ends + (time - heard)
            self.played.append(played)
            before = time

    def map(self, moment: float, end: float, played_end: float) -> float:
        """The playing time of a recorded moment at or before an entry at `end`, which is played at `played_end`."""
        if moment >= end:
            return played_end
        entry = bisect_left(self._times, moment)
        heard, ends = self._heard[entry], self._ends[entry]
        if moment >= heard:
            return ends + (moment - heard)
        before, played = (self._times[entry - 1], self.played[entry - 1]) if entry else (0.0, 0.0)
        return min(ends, played + (moment - before) * (ends - played) / (heard - before))
