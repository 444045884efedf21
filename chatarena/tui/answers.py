"""From numbers on the screen to the events that say them. Law: a number not given is absent, with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chatarena.arena import events as ev
from chatarena.arena.forecasting import latest_belief
from chatarena.arena.moves import Ask
from chatarena.arena.session import Session

Table = tuple[tuple[float | None, ...], ...]
"""Numbers by page and option: first what each option is worth overall, then in each state of the decision."""

NOT_GIVEN = "not given"


def ratings_given(session: Session, ask: Ask | None, table: Table, seconds: float | None = None) -> ev.RatingsGiven:
    """The participant's ratings, overall and by state, in answer to `ask` or of her own accord."""
    decision = session.head.decision
    ratings = tuple(
        ev.Rating(option=option, value=value, absence="" if value is not None else NOT_GIVEN, state=state)
        for state, row in zip(("", *(state.id for state in decision.states)), table, strict=True)
        for option, value in zip(decision.option_ids, row, strict=True)
    )
    return ev.RatingsGiven(phase=ask.phase if ask else "round", round=session.round, ratings=ratings, seconds=seconds)


def no_ratings(session: Session) -> Table:
    """The table in which nothing is given."""
    decision = session.head.decision
    return ((None,) * len(decision.options),) * (1 + len(decision.states))


def latest_ratings(session: Session) -> Table:
    """What she last said each option is worth, overall and in each state."""
    latest = {
        (rating.state, rating.option): rating.value
        for given in session.ratings
        for rating in given.ratings
        if rating.value is not None
    }
    decision = session.head.decision
    states = ("", *(state.id for state in decision.states))
    return tuple(tuple(latest.get((state, option)) for option in decision.option_ids) for state in states)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the numbers of one option amount to: in how many states of how many that count it is rated, and what counts.

    A state counts where it is not impossible. `counts` is of 0 to 100; None where no number counts.
    """

    rated: int
    needed: int
    counts: float | None

    @property
    def computed(self) -> bool:
        """Whether the states decide, and not the overall number."""
        return 0 < self.needed == self.rated


def standing(numbers: Sequence[float | None], belief: Sequence[float]) -> Standing:
    """The standing of an option, by the rule of the forecast: the mean over the states once all are rated.

    Args:
        numbers: what it is worth overall, then in each state.
        belief: how likely each state is.
    """
    weighed = [(value, chance) for value, chance in zip(numbers[1:], belief, strict=True) if chance > 0]
    known = [value * chance for value, chance in weighed if value is not None]
    decided = 0 < len(weighed) == len(known)
    return Standing(rated=len(known), needed=len(weighed), counts=sum(known) if decided else numbers[0])


def beliefs_given(
    session: Session, ask: Ask | None, shares: Sequence[float | None], seconds: float | None = None
) -> ev.BeliefsGiven:
    """Probabilities in proportion to the shares, in state order; no shares at all is to decline.

    Raises:
        ValueError: a share is missing, or all are 0.
    """
    given = [share for share in shares if share is not None]
    if len(given) < len(shares):
        raise ValueError("Give every one a number, or press Esc to leave it open")
    if given and sum(given) <= 0:
        raise ValueError("At least one must be more than 0")
    total = sum(given)
    probabilities = tuple(share / total for share in given)
    phase = ask.phase if ask else "round"
    return ev.BeliefsGiven(phase=phase, round=session.round, probabilities=probabilities, seconds=seconds)


def latest_beliefs(session: Session) -> tuple[float | None, ...]:
    """Her latest probabilities over the states in per cent; the decision's prior where she has given none."""
    return tuple(round(probability * 100) for probability in latest_belief(session))
