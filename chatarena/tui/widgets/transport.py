"""The bar at the bottom of the player: where it stands, how fast it goes, how the leader fared over all the time."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from chatarena.authoring.text import one_line
from chatarena.replay.player import Playback
from chatarena.tui.cells import crop, spread, width
from chatarena.tui.reel import Reel
from chatarena.tui.widgets.bars import percent

_LEVELS = "▁▂▃▄▅▆▇█"
_PLAYED, _TO_COME, _KNOB, _ROUND = "━", "┄", "●", "│"
# Every so many rounds get a mark, where there are too many for each to have one.
_STRIDES = (1, 2, 5, 10, 20, 50, 100, 1_000, 10_000)
MARK_CELLS, LEADER_CELLS = 3, 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """What does not move: a level for every cell, and the cells at which a round begins."""

    levels: str
    marks: frozenset[int]
    stride: int


def lay_track(reel: Reel, cells: int) -> Track:
    """The track in so many cells."""
    total = reel.timeline.total
    ends = [total * (cell + 1) / cells for cell in range(cells)]
    levels = "".join(_level(reel.leading_at(seconds)) for seconds in ends)
    stride = next(step for step in _STRIDES if len(reel.rounds) / step * MARK_CELLS <= cells or step == _STRIDES[-1])
    marks = (cell_at(reel.timeline.seconds[entry], total, cells) for entry in reel.rounds[::stride])
    return Track(levels=levels, marks=frozenset(marks), stride=stride)


def _level(share: float | None) -> str:
    return " " if share is None else _LEVELS[min(len(_LEVELS) - 1, int(share * len(_LEVELS)))]


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
    where = f"{clock_time(playback.place.seconds)} / {clock_time(timeline.total)}"
    brief = f"{doing:<7} {where} · {playback.speed:g}×"
    return brief + limit, brief


class Transport(Widget):
    """Three lines: state, the leader's probability over time, and the track with a mark for each round."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Transport { height: 3; padding: 0 1; background: $panel; }
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
        self._track = Track(levels="", marks=frozenset(), stride=1)
        self._lines = ("", "", "")

    def show(self, playback: Playback) -> None:
        """Bring the bar up to date; painted only where something changed."""
        self._playback = playback
        cells = max(1, self.size.width)
        if len(self._track.levels) != cells:
            self._track = lay_track(self._reel, cells)
        lines = (self._state(cells), self._track.levels, self._line(cells))
        if lines != self._lines:
            self._lines = lines
            self.refresh()

    def on_resize(self) -> None:
        self.show(self._playback)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is not None and self.size.width:
            self.post_message(self.Clicked(min(1.0, max(0.0, offset.x / self.size.width))))

    def _state(self, cells: int) -> str:
        """The first line; where it is narrow the limit of silences gives way to what the marks mean."""
        whole, brief = state_words(self._reel, self._playback)
        stride, leader = self._track.stride, self._leader()
        marks = "" if stride == 1 else f"{_ROUND} every {stride} rounds"
        right = " · ".join(filter(None, (marks, leader)))
        fits = width(whole) + width(right) + 2 <= cells
        return spread(whole if fits else brief, [right, leader], cells)

    def _leader(self) -> str:
        """What leads in the end, with its probability here."""
        reel = self._reel
        if not reel.leader:
            return ""
        return f"{crop(one_line(reel.leader), LEADER_CELLS)} {percent(reel.leading(self._playback.place.position))}"

    def _line(self, cells: int) -> str:
        knob = cell_at(self._playback.place.seconds, self._reel.timeline.total, cells)
        drawn = [_PLAYED if cell < knob else _TO_COME for cell in range(cells)]
        for cell in self._track.marks:
            drawn[cell] = _ROUND
        drawn[knob] = _KNOB
        return "".join(drawn)

    def render(self) -> RenderResult:
        state, levels, line = self._lines
        knob = line.find(_KNOB)
        return Content("\n").join(
            [
                Content.styled(crop(state, max(1, self.size.width)), "bold"),
                Content.assemble((levels[:knob], "$primary"), (levels[knob:], "dim")),
                Content.assemble((line[: knob + 1], "$primary"), line[knob + 1 :]),
            ]
        )
