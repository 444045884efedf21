"""From numbers on the screen to the events that say them. Law: a number not given is absent, with its reason."""

from __future__ import annotations

from collections.abc import Sequence

from chatarena.arena import events as ev
from chatarena.arena.forecasting import latest_belief
from chatarena.arena.moves import Ask
from chatarena.arena.session import Session

NOT_GIVEN = "not given"


def ratings_given(
    session: Session, ask: Ask | None, values: Sequence[float | None], seconds: float | None = None
) -> ev.RatingsGiven:
    """The participant's ratings in option order, in answer to `ask` or of her own accord."""
    ratings = tuple(
        ev.Rating(option=option, value=value, absence="" if value is not None else NOT_GIVEN)
        for option, value in zip(session.head.decision.option_ids, values, strict=True)
    )
    return ev.RatingsGiven(phase=ask.phase if ask else "round", round=session.round, ratings=ratings, seconds=seconds)


def latest_ratings(session: Session) -> tuple[float | None, ...]:
    """What she last said each option is worth; what she said of one state only does not count."""
    latest = {
        rating.option: rating.value
        for given in session.ratings
        for rating in given.ratings
        if rating.value is not None and not rating.state
    }
    return tuple(latest.get(option) for option in session.head.decision.option_ids)


def beliefs_given(ask: Ask, shares: Sequence[float | None], seconds: float | None = None) -> ev.BeliefsGiven:
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
    return ev.BeliefsGiven(phase=ask.phase, round=ask.round, probabilities=probabilities, seconds=seconds)


def latest_beliefs(session: Session) -> tuple[float | None, ...]:
    """Her latest probabilities over the states in per cent; the decision's prior where she has given none."""
    return tuple(round(probability * 100) for probability in latest_belief(session))
