"""A recorded session made ready for the screen: what each lane holds, and the scene, after any number of entries.

Law: the scene anywhere is what `look` makes of the entries up to there, one by one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from chatarena.arena import events as ev
from chatarena.arena.decision import Decision
from chatarena.arena.session import Session, evolve, fold
from chatarena.replay.path import Measure, Step, course, leading, steps
from chatarena.replay.position import Keyframes
from chatarena.replay.timeline import Timeline
from chatarena.tui.blocks import PARTICIPANT, Block, blocks, told_in_order
from chatarena.tui.scene import Scene, shown_after

Timed = tuple[float, ev.Entry]
_MEASURES: tuple[Measure, ...] = ("choice", "belief")
# What the lanes, the bars and the masthead do not show by themselves.
_TOLD = (
    ev.RatingsGiven,
    ev.BeliefsGiven,
    ev.RoundAdded,
    ev.PrecisionSet,
    ev.AgentSelected,
    ev.ChoiceMade,
    ev.RoundStopped,
    ev.DebateStopped,
    ev.SessionForked,
    ev.SessionRerun,
    ev.SessionImported,
    ev.SessionLeft,
    ev.SessionResumed,
    ev.OutcomeKnown,
    ev.BeliefScored,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The probability of one option or state from each of these entries on; None where it was missing."""

    label: str
    entries: tuple[int, ...]
    shares: tuple[float | None, ...]

    def at(self, position: int) -> float | None:
        """The probability after so many entries."""
        index = bisect_left(self.entries, position) - 1
        return self.shares[index] if index >= 0 else None


class Reel:
    """Everything of a session that the player's screen shows and that does not depend on where it stands."""

    def __init__(self, timeline: Timeline) -> None:
        """Make it ready: a long session takes some time, so do it off the screen's loop."""
        self.timeline = timeline
        entries = timeline.entries
        self.session = fold(entry.event for entry in entries)
        self.decision: Decision = self.session.head.decision
        self.labels = self.session.labels
        self._scenes: Keyframes[Scene, Timed] = Keyframes(
            tuple(zip(timeline.seconds, entries, strict=True)), Scene(), scene_after, every=1000
        )
        self._scenes.at(len(entries))
        self._blocks: dict[str, list[Block]] = {label: [] for label in self.labels}
        self._places: dict[str, list[int]] = {label: [] for label in self.labels}
        # All of them in one column, made when it is first wanted.
        self._column: tuple[list[Block], list[int]] | None = None
        self._sort(entries)
        self.rounds = tuple(mark for mark in timeline.marks if isinstance(entries[mark].event, ev.RoundOpened))
        self._told = [place for place, entry in enumerate(entries) if isinstance(entry.event, _TOLD)]
        found = steps(entries)
        self._steps = {measure: [step for step in found if step.measure == measure] for measure in _MEASURES}
        led = leading(found)
        self.leader = self._name(*led) if led else ""
        self.measure = led[0] if led else ""
        self._course = course(found, *led) if led else ()
        self._course_at = [entry for entry, _ in self._course]
        self.courses = self._courses(found, led[0]) if led else ()

    def _sort(self, entries: Sequence[ev.Entry]) -> None:
        """What each entry adds to the lanes that it concerns."""
        for position, entry in enumerate(entries):
            for label in self._concerned(entry.event):
                for block in blocks(entry.event, label, self.decision, person=PARTICIPANT):
                    self._blocks[label].append(block)
                    self._places[label].append(position)

    def _concerned(self, event: ev.Event) -> tuple[str, ...]:
        match event:
            case ev.TurnTaken() | ev.TurnMissed() | ev.ClaimMade():
                return (event.agent,) if event.agent in self.labels else ()
            case ev.RoundOpened() | ev.ParticipantSpoke() | ev.RebuttalAsked():
                return self.labels
            case _:
                return ()

    def _name(self, measure: Measure, place: int) -> str:
        choices = self.decision.options if measure == "choice" else self.decision.states
        return choices[place].label if place < len(choices) else ""

    def _courses(self, found: Sequence[Step], measure: Measure) -> tuple[Course, ...]:
        """How each option, or each state, fared."""
        count = len(self.decision.options if measure == "choice" else self.decision.states)
        made = ((self._name(measure, place), course(found, measure, place)) for place in range(count))
        return tuple(
            Course(label=label, entries=tuple(at for at, _ in one), shares=tuple(share for _, share in one))
            for label, one in made
        )

    # -- what there is after so many entries -----------------------------------------------------------------------

    def scene(self, position: int) -> Scene:
        """The scene after so many entries."""
        return self._scenes.at(position)

    def contents(self, position: int) -> dict[str, list[Block]]:
        """What stands in each lane after so many entries."""
        return {label: found[: bisect_left(self._places[label], position)] for label, found in self._blocks.items()}

    def column(self, position: int) -> list[Block]:
        """What stands in the column of all after so many entries."""
        if self._column is None:
            self._column = [], []
            for place, entry in enumerate(self.timeline.entries):
                made = told_in_order(entry.event, self.decision, person=PARTICIPANT)
                self._column[0].extend(made)
                self._column[1].extend([place] * len(made))
        found, places = self._column
        return found[: bisect_left(places, position)]

    def told(self, position: int) -> ev.Event | None:
        """After so many entries, the latest that neither lanes nor bars show."""
        index = bisect_left(self._told, position) - 1
        return self.timeline.entries[self._told[index]].event if index >= 0 else None

    def shows(self, measure: Measure) -> bool:
        """Whether there is ever a probability of this measure."""
        return any(step.probabilities for step in self._steps[measure])

    def beliefs(self, position: int) -> tuple[tuple[float | None, ...], tuple[float | None, ...]]:
        """The participant's beliefs after so many entries, and those before them; empty where there are none."""
        given = [step.probabilities for step in self._steps["belief"] if step.entry < position and step.probabilities]
        return (given[-1] if given else ()), (given[-2] if len(given) > 1 else ())

    def leading(self, position: int) -> float | None:
        """The probability, after so many entries, of what leads in the end."""
        index = bisect_left(self._course_at, position) - 1
        return self._course[index][1] if index >= 0 else None

    def leading_at(self, seconds: float) -> float | None:
        """The same at a playing time."""
        return self.leading(bisect_right(self.timeline.seconds, seconds))


def scene_after(scene: Scene, items: Sequence[Timed]) -> Scene:
    """The scene after more entries, each with its time.

    The session, whose folding event by event takes quadratic time, is folded in one go. What an event changes in the
    lanes depends, as long as nobody is at work, on no more of the session than how it opened and the forecast.
    """
    shown = replace(scene, session=Session(opened=scene.session.opened, forecast=scene.session.forecast))
    for seconds, entry in items:
        if isinstance(entry.event, ev.SessionOpened | ev.ForecastShown):
            shown = replace(shown, session=evolve(shown.session, entry.event))
        shown = shown_after(shown, entry.event, seconds)
    return replace(shown, session=fold((entry.event for _, entry in items), scene.session))
