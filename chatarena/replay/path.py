"""How the chances of the choices, and the participant's beliefs, moved in the course of a session."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from chatarena.arena import events as ev

Measure = Literal["choice", "belief"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Probabilities as they stood from an entry on: over the options (`choice`) or over the states (`belief`).

    `entry` is the entry's position. The probabilities follow the order of the decision; None is missing, and where
    there are none at all `absence` says why.
    """

    entry: int
    round: int
    measure: Measure
    probabilities: tuple[float | None, ...]
    absence: str = ""


def steps(entries: Iterable[ev.Entry]) -> tuple[Step, ...]:
    """Every step, in order."""
    found = (_step(position, entry.event) for position, entry in enumerate(entries))
    return tuple(step for step in found if step is not None)


def _step(entry: int, event: ev.Event) -> Step | None:
    match event:
        case ev.ForecastShown(forecast=forecast):
            known = () if forecast.absence else forecast.probabilities
            return Step(entry=entry, round=event.round, measure="choice", probabilities=known, absence=forecast.absence)
        case ev.BeliefsGiven():
            absence = "" if event.probabilities else "none given"
            return Step(
                entry=entry, round=event.round, measure="belief", probabilities=event.probabilities, absence=absence
            )
        case _:
            return None


def by_round(found: Iterable[Step]) -> dict[int, dict[Measure, Step]]:
    """The last step of each measure in each round; round 0 is before the talk."""
    table: dict[int, dict[Measure, Step]] = {}
    for step in found:
        table.setdefault(step.round, {})[step.measure] = step
    return dict(sorted(table.items()))


def leading(found: Sequence[Step]) -> tuple[Measure, int] | None:
    """What led in the end, as its measure and its place in the order: chances where any were shown, else beliefs.

    None where there was no probability at all. In a tie the first counts.
    """
    for measure in ("choice", "belief"):
        for step in reversed(found):
            known = [(value, -place) for place, value in enumerate(step.probabilities) if value is not None]
            if step.measure == measure and known:
                return measure, -max(known)[1]
    return None


def course(found: Iterable[Step], measure: Measure, place: int) -> tuple[tuple[int, float | None], ...]:
    """The probability of one option or state as (entry, value); None from where it was missing."""
    return tuple(
        (step.entry, step.probabilities[place] if place < len(step.probabilities) else None)
        for step in found
        if step.measure == measure
    )
