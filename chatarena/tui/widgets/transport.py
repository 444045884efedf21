"""The bar at the bottom of the player: where it stands, how fast it goes, how every option fared over all the time."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from chatarena.authoring.text import one_line
from chatarena.replay.player import Playback
from chatarena.tui.cells import crop, fit, spark, spread, width
from chatarena.tui.reel import Course, Reel
from chatarena.tui.widgets.bars import percent

_PLAYED, _TO_COME, _KNOB, _ROUND = "━", "┄", "●", "│"
# Every so many rounds get a mark, where there are too many for each to have one.
_STRIDES = (1, 2, 5, 10, 20, 50, 100, 1_000, 10_000)
_WHAT = {"choice": "chance of each choice", "belief": "what the participant believes"}
_SHORT = {"choice": "chances", "belief": "beliefs"}
MARK_CELLS, LEADER_CELLS = 3, 28
MAX_LABEL, PERCENT_CELLS = 0.3, 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """What does not move: for each course a level for every cell, and the cells at which a round begins.

    `label` is how many cells stand before the track for the courses' names; where there are none, one course stands
    alone over the whole width.
    """

    levels: tuple[str, ...]
    marks: frozenset[int]
    stride: int
    label: int = 0

    @property
    def cells(self) -> int:
        """The length of the track."""
        return len(self.levels[0]) if self.levels else 0


def lay_track(reel: Reel, cells: int, courses: tuple[Course, ...] = ()) -> Track:
    """The track within so many cells, below these courses; without any, below that of what leads in the end."""
    label = min(max((width(one_line(one.label)) for one in courses), default=0), max(8, int(cells * MAX_LABEL)))
    label = label + 1 if courses else 0
    long = max(1, cells - label - (PERCENT_CELLS if courses else 0))
    total = reel.timeline.total
    ends = [bisect_right(reel.timeline.seconds, total * (cell + 1) / long) for cell in range(long)]
    levels = tuple(spark([one.at(end) for end in ends]) for one in courses)
    stride = next(step for step in _STRIDES if len(reel.rounds) / step * MARK_CELLS <= long or step == _STRIDES[-1])
    marks = (cell_at(reel.timeline.seconds[entry], total, long) for entry in reel.rounds[::stride])
    led = (spark([reel.leading(end) for end in ends]),)
    return Track(levels=levels or led, marks=frozenset(marks), stride=stride, label=label)


def cell_at(seconds: float, total: float, cells: int) -> int:
    """The cell in which a time lies."""
    return min(cells - 1, int(seconds / total * cells)) if total > 0 else 0


def clock_time(seconds: float) -> str:
    """`1:07`, or `1:02:07` from an hour on."""
    whole = int(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def state_words(reel: Reel, playback: Playback) -> tuple[str, str]:
    """Playing or not, where, how fast, how long a silence may be; and the same without the last."""
    timeline = reel.timeline
    doing = "the end" if playback.place == timeline.end else "playing" if playback.playing else "paused"
    limit = "" if timeline.idle_limit is None else f" · silence ≤ {timeline.idle_limit:g} s"
    stops = " · stops at marks" if playback.pause_on_markers else ""
    where = f"{clock_time(playback.place.seconds)} / {clock_time(timeline.total)}"
    brief = f"{doing:<7} {where} · {playback.speed:g}×"
    return brief + limit + stops, brief


class Transport(Widget):
    """The state, a course for each option or only for what leads, and the track with a mark for each round."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Transport { height: auto; padding: 0 1; background: $panel; }
    """

    class Clicked(Message):
        """Somebody pointed at a share, 0 to 1, of the whole."""

        def __init__(self, share: float) -> None:
            super().__init__()
            self.share = share

    def __init__(self, reel: Reel) -> None:
        super().__init__(id="transport")
        self._reel = reel
        self._playback = Playback()
        self._courses: tuple[Course, ...] = ()
        self._track = Track(levels=(), marks=frozenset(), stride=1)
        self._laid_for = -1
        self._lines: tuple[str, ...] = ("", "", "")
        self._knob = 0

    def show(self, playback: Playback) -> None:
        """Bring the bar up to date; painted only where something changed."""
        self._playback = playback
        cells = max(1, self.size.width)
        if self._laid_for != cells:
            self._laid_for, self._track = cells, lay_track(self._reel, cells, self._courses)
        self._knob = cell_at(playback.place.seconds, self._reel.timeline.total, self._track.cells)
        lines = (self._state(cells), *self._rows(), self._line())
        if lines != self._lines:
            self.refresh(layout=len(lines) != len(self._lines))
            self._lines = lines

    def turn(self, reel: Reel) -> None:
        """Show the same session with another course of time."""
        self._reel, self._laid_for = reel, -1

    def detail(self, rows: int) -> None:
        """Show so many of the courses, those that are likeliest in the end; with 0 only what leads, without a name."""
        courses = self._reel.courses
        end = len(self._reel.timeline.entries)
        likely = sorted(range(len(courses)), key=lambda place: -(courses[place].at(end) or 0.0))[:rows]
        chosen = tuple(courses[place] for place in sorted(likely))
        if chosen != self._courses:
            self._courses, self._laid_for = chosen, -1
            self.show(self._playback)

    def on_resize(self) -> None:
        self.show(self._playback)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is not None and self._track.cells:
            self.post_message(self.Clicked(min(1.0, max(0.0, (offset.x - self._track.label) / self._track.cells))))

    def _state(self, cells: int) -> str:
        """The first line; where it is narrow the limit of silences gives way to what the marks mean."""
        whole, brief = state_words(self._reel, self._playback)
        stride, leader = self._track.stride, self._leader()
        marks = "" if stride == 1 else f"{_ROUND} every {stride} rounds"
        left_out = len(self._reel.courses) - len(self._courses) if self._courses else 0
        what = _WHAT.get(self._reel.measure, "") if self._courses else ""
        more = f"{what}, {left_out} more" if left_out else what
        right = " · ".join(filter(None, (marks, more, leader)))
        short = _SHORT.get(self._reel.measure, "") if self._courses else leader
        brief_right = " · ".join(filter(None, (marks, short)))
        fits = width(whole) + width(right) + 2 <= cells
        return spread(whole if fits else brief, [right, brief_right, leader], cells)

    def _leader(self) -> str:
        """What leads in the end, with its probability here, where it does not have a line of its own."""
        reel = self._reel
        if not reel.leader or self._courses:
            return ""
        return f"{crop(one_line(reel.leader), LEADER_CELLS)} {percent(reel.leading(self._playback.place.position))}"

    def _rows(self) -> list[str]:
        track, position = self._track, self._playback.place.position
        if not self._courses:
            return list(track.levels)
        names = [fit(one_line(one.label), track.label - 1) for one in self._courses]
        numbers = [fit(percent(one.at(position)), PERCENT_CELLS, right=True) for one in self._courses]
        return [f"{name} {levels}{number}" for name, levels, number in zip(names, track.levels, numbers, strict=True)]

    def _line(self) -> str:
        cells = self._track.cells
        drawn = [_PLAYED if cell < self._knob else _TO_COME for cell in range(cells)]
        for cell in self._track.marks:
            drawn[cell] = _ROUND
        if drawn:
            drawn[self._knob] = _KNOB
        return " " * self._track.label + "".join(drawn)

    def render(self) -> RenderResult:
        state, *rows, line = self._lines
        before = width(line[: self._track.label]) + self._knob
        painted = [Content.styled(crop(state, max(1, self.size.width)), "bold")]
        painted += [self._row(row) for row in rows]
        return Content("\n").join([*painted, Content.assemble((line[: before + 1], "$primary"), line[before + 1 :])])

    def _row(self, row: str) -> Content:
        """A course: played so far, and to come; its name and its number plain."""
        cells, after = self._track.cells, PERCENT_CELLS if self._courses else 0
        name = row[: len(row) - cells - after]
        levels, number = row[len(name) : len(name) + cells], row[len(name) + cells :]
        return Content.assemble(name, (levels[: self._knob + 1], "$primary"), (levels[self._knob + 1 :], "dim"), number)
