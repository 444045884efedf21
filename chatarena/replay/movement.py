"""What moved the participant: after whose claims the chances changed, after whose turns her own ratings did."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from chatarena.arena import events as ev

Cause = Literal["claims", "ratings", "beliefs", "precision"]
Numbers = tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One step: numbers by option before and after it; None is missing.

    `measure` is chance (probabilities of 0 to 1) or rating (0 to 100). `agents` are, of a chance, those whose claims
    came since the step before; of a rating, those who had spoken since she last rated. `causes` is what came between.
    """

    measure: Literal["chance", "rating"]
    round: int
    agents: tuple[str, ...]
    causes: tuple[Cause, ...]
    before: Numbers
    after: Numbers

    @property
    def changes(self) -> Numbers:
        """After minus before; None where either is missing."""
        pairs = zip(self.before, self.after, strict=True)
        return tuple(None if old is None or new is None else new - old for old, new in pairs)

    @property
    def size(self) -> float:
        """The largest change in hundredths of the scale, whichever the measure is; 0 where none is known."""
        scale = 100.0 if self.measure == "chance" else 1.0
        return scale * max((abs(change) for change in self.changes if change is not None), default=0.0)


def movements(entries: Iterable[ev.Entry], options: tuple[str, ...]) -> Iterator[Moved]:
    """Every step of the chances and of the participant's overall ratings, in order.

    Args:
        options: ids in the order of the decision.
    """
    nothing: Numbers = (None,) * len(options)
    chances, ratings = nothing, nothing
    claimed, spoken, causes = list[str](), list[str](), list[Cause]()
    for event in (entry.event for entry in entries):
        match event:
            case ev.TurnTaken():
                spoken.append(event.agent)
            case ev.ClaimMade():
                claimed.append(event.agent)
                causes.append("claims")
            case ev.BeliefsGiven():
                causes.append("beliefs")
            case ev.PrecisionSet():
                causes.append("precision")
            case ev.RatingsGiven():
                after = _rated(event, options, ratings)
                yield _step("rating", event.round, spoken, [], ratings, after)
                ratings, spoken = after, []
                causes.append("ratings")
            case ev.ForecastShown():
                after = event.forecast.probabilities
                yield _step("chance", event.round, claimed, causes, chances, after)
                chances, claimed, causes = after, [], []
            case _:
                pass


def _rated(event: ev.RatingsGiven, options: tuple[str, ...], before: Numbers) -> Numbers:
    """Her overall ratings after these; what is left out stays as it was."""
    given = {rating.option: rating.value for rating in event.ratings if not rating.state and rating.value is not None}
    return tuple(given.get(option, old) for option, old in zip(options, before, strict=True))


def _step(
    measure: Literal["chance", "rating"],
    round_: int,
    agents: list[str],
    causes: list[Cause],
    before: Numbers,
    after: Numbers,
) -> Moved:
    return Moved(
        measure=measure,
        round=round_,
        agents=tuple(dict.fromkeys(agents)),
        causes=tuple(dict.fromkeys(causes)),
        before=before,
        after=after,
    )
