"""The player: a place in a timeline that moves with a clock, and the stream of what comes on the way.

Laws: the place never moves back unless it is sought; after `sought(t)` exactly the entries with a time of at most t
have been shown; where it pauses on markers, the entry of a marker is the last one that has been shown.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from math import isinf

from chatarena.arena.events import Entry
from chatarena.moderator.world import Draft
from chatarena.replay.timeline import Place, Timeline

SPEEDS = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 16.0, 32.0)
START = Place()
FRAME = 0.1  # seconds of the clock between two pieces of a turn that is being spoken
SHORTEST = 0.001  # a shorter sleep may be lost in the clock's rounding
# Going back from a marker goes to the one before; from later than this, to the marker itself.
GRACE = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Playback:
    """What the player is at; `clock` is the reading of the clock, in seconds, at which it stood in this place."""

    place: Place = START
    playing: bool = False
    speed: float = 1.0
    clock: float = 0.0
    pause_on_markers: bool = False


Change = Callable[[Timeline, Playback], Playback]


def advanced(timeline: Timeline, playback: Playback, now: float) -> Playback:
    """The playback when the clock says `now`; a clock that went back stands still. At the end it stops playing."""
    passed = max(0.0, now - playback.clock)
    playback = replace(playback, clock=max(now, playback.clock))
    if not playback.playing:
        return playback
    place = playback.place
    far = timeline.total if isinf(playback.speed) else min(timeline.total, place.seconds + passed * playback.speed)
    reached = Place(seconds=far, position=max(place.position, bisect_right(timeline.seconds, far)))
    if playback.pause_on_markers:
        mark = _mark_from(timeline, place.position)
        if mark is not None and mark < reached.position:
            return replace(playback, place=timeline.after(mark), playing=False)
    return replace(playback, place=reached, playing=reached != timeline.end)


def toggled(timeline: Timeline, playback: Playback) -> Playback:
    """Pause; or play on, from the beginning where the end was reached."""
    if playback.playing:
        return replace(playback, playing=False)
    place = timeline.place(0.0) if playback.place == timeline.end else playback.place
    return replace(playback, playing=True, place=place)


def stepped(by: int) -> Change:
    """Pause, and show this many entries more, or fewer."""

    def change(timeline: Timeline, playback: Playback) -> Playback:
        position = min(len(timeline.entries), max(0, playback.place.position + by))
        if position == playback.place.position:
            return replace(playback, playing=False)
        place = timeline.after(position - 1) if position else START
        return replace(playback, place=place, playing=False)

    return change


def sought(seconds: float) -> Change:
    """Go to this time."""
    return lambda timeline, playback: replace(playback, place=timeline.place(seconds))


def moved(seconds: float) -> Change:
    """Go this many seconds on, or back."""
    return lambda timeline, playback: replace(playback, place=timeline.place(playback.place.seconds + seconds))


def sought_share(share: float) -> Change:
    """Go to this share, 0 to 1, of the whole."""
    return lambda timeline, playback: replace(playback, place=timeline.place(share * timeline.total))


def moved_share(share: float) -> Change:
    """Go this share of the whole on, or back."""

    def change(timeline: Timeline, playback: Playback) -> Playback:
        return moved(share * timeline.total)(timeline, playback)

    return change


def to_next_marker(timeline: Timeline, playback: Playback) -> Playback:
    """Go to the next marker; stay where there is none."""
    mark = _mark_from(timeline, playback.place.position)
    return playback if mark is None else replace(playback, place=timeline.after(mark))


def to_previous_marker(timeline: Timeline, playback: Playback) -> Playback:
    """Go to the marker before, or to the beginning."""
    place, marks = playback.place, timeline.marks
    index = bisect_left(marks, place.position) - 1
    if index >= 0 and marks[index] + 1 == place.position and place.seconds <= timeline.seconds[marks[index]] + GRACE:
        index -= 1
    return replace(playback, place=timeline.after(marks[index]) if index >= 0 else timeline.place(0.0))


def faster(steps: int) -> Change:
    """The next higher speed, or with a negative number the next lower one; the same at the end of the scale."""

    def change(_: Timeline, playback: Playback) -> Playback:
        others = [speed for speed in SPEEDS if (speed - playback.speed) * steps > 0]
        return replace(playback, speed=(min if steps > 0 else max)(others, default=playback.speed))

    return change


def _mark_from(timeline: Timeline, position: int) -> int | None:
    """The first marker at or after this position."""
    index = bisect_left(timeline.marks, position)
    return timeline.marks[index] if index < len(timeline.marks) else None


class Player:
    """A playback with a clock. `tick` hands over what comes on the way of time; after a `do` one looks anew."""

    def __init__(self, timeline: Timeline, clock: Callable[[], float], playback: Playback | None = None) -> None:
        """Stand at the beginning, or where `playback` says; `clock` is monotonic seconds."""
        self.timeline = timeline
        self._clock = clock
        self.playback = replace(playback or Playback(), clock=clock())

    @property
    def place(self) -> Place:
        return self.playback.place

    @property
    def ended(self) -> bool:
        """Whether all has been shown."""
        return self.place == self.timeline.end

    def advance(self) -> None:
        """Move with the clock."""
        self.playback = advanced(self.timeline, self.playback, self._clock())

    def tick(self) -> tuple[tuple[float, Entry | Draft], ...]:
        """Move with the clock; what came on the way, each with its playing time."""
        before = self.place
        self.advance()
        return self.timeline.between(before, self.place)

    def do(self, change: Change) -> None:
        """Bring the place up to date, then change it."""
        self.advance()
        self.playback = change(self.timeline, self.playback)

    def relay(self, timeline: Timeline) -> None:
        """Go on in another course of time for the same entries, after as many of them as before."""
        self.advance()
        position = self.place.position
        self.timeline = timeline
        self.playback = replace(self.playback, place=timeline.after(position - 1) if position else START)

    def rest(self) -> float:
        """How many seconds of the clock nothing new will come; 0 where it is not playing."""
        due = self.timeline.next_change(self.place)
        if due is None or not self.playback.playing or isinf(self.playback.speed):
            return 0.0
        wait = max(SHORTEST, (due - self.place.seconds) / self.playback.speed)
        return min(wait, FRAME) if self.timeline.speaking(self.place) else wait


async def play(player: Player, sleep: Callable[[float], Awaitable[object]]) -> AsyncIterator[Entry | Draft]:
    """The stream of a session as it was, in time, until the end or a pause.

    Args:
        sleep: waits for so many seconds of the player's clock.
    """
    while True:
        for _, item in player.tick():
            yield item
        if not player.playback.playing:
            return
        await sleep(player.rest())
