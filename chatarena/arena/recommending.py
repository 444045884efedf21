"""From a session to the recommendation card. The recommendation is computed here, never taken from a model's text."""

from __future__ import annotations

from typing import Literal

from chatarena.arena.card import Bound, Card, Flip, MissedVoice
from chatarena.arena.forecast import Forecast
from chatarena.arena.forecasting import forecast
from chatarena.arena.session import Session


def recommend(session: Session) -> Card:
    """The card for a session as it stands: the best option by the current forecast, and all that qualifies it."""
    shown = forecast(session)
    ids = session.head.decision.option_ids
    missed = missed_voices(session)
    ranked = sorted(
        ((value, option) for value, option in zip(shown.utilities, ids, strict=True) if value is not None), reverse=True
    )
    runner_up, lead = _runner_up(ranked, shown.best)
    return Card(
        status=_status(shown, missed),
        recommended=shown.best,
        probability=_probability(shown, ids),
        runner_up=runner_up,
        lead=lead,
        source=shown.source,
        heard=len(session.seated) - len({miss.agent for miss in missed}),
        seats=len(session.seated),
        missed=missed,
        unrated=tuple(option for value, option in zip(shown.utilities, ids, strict=True) if value is None),
        flips=_flips(session, shown),
        bound=_bound(session, len(ids)),
        precision=session.precision,
        absence=shown.absence,
        weighed=session.weighed,
        earlier=session.head.panel.sessions if session.head.panel else 0,
    )


def _status(shown: Forecast, missed: tuple[MissedVoice, ...]) -> Literal["complete", "partial", "none"]:
    if not shown.best:
        return "none"
    return "partial" if missed or any(value is None for value in shown.utilities) else "complete"


def _probability(shown: Forecast, ids: tuple[str, ...]) -> float | None:
    if not shown.best:
        return None
    return shown.probabilities[ids.index(shown.best[0])]


def _runner_up(ranked: list[tuple[float, str]], best: tuple[str, ...]) -> tuple[str, float | None]:
    rest = [(value, option) for value, option in ranked if option not in best]
    if not best or not rest:
        return "", None
    return rest[0][1], (ranked[0][0] - rest[0][0]) * 100


def missed_voices(session: Session) -> tuple[MissedVoice, ...]:
    """Every agent whose part has a hole: it never spoke, missed a turn, was cut off, or made no usable claim."""
    found = [MissedVoice(agent=label, reason=reason) for label in session.seated if (reason := _hole(session, label))]
    return tuple(found)


def _hole(session: Session, label: str) -> str:
    turns = [turn for turn in session.turns if turn.agent == label]
    misses = [miss for miss in session.missed if miss.agent == label]
    due = session.visits(label)
    if misses:
        last = misses[-1]
        return f"missed {len(misses)} of {due} turns ({last.cause}: {last.reason})" if last.reason else last.cause
    if not turns:
        return "did not speak"
    if len(turns) < due:
        return f"spoke in {len(turns)} of {due} rounds"
    if any(turn.status == "interrupted" for turn in turns):
        return "was interrupted"
    if session.head.protocol.claims and label not in session.latest_claims():
        return "made no claim that could be read"
    return ""


def _flips(session: Session, shown: Forecast) -> tuple[Flip, ...]:
    """The recommendation without each agent in turn; empty where the participant's own ratings decide alone."""
    if shown.source == "own" or len(shown.heard) < 2:
        return ()
    flips = []
    for label in shown.heard:
        other = forecast(session, without=label)
        flips.append(Flip(agent=label, recommended=other.best, flipped=set(other.best) != set(shown.best)))
    return tuple(flips)


def _bound(session: Session, options: int) -> Bound:
    from chatarena.choice.bound import quantal_loss_bound

    # What all agents of earlier sessions leave open says nothing of some of them.
    panel = None if session.unheeded else session.head.panel
    epsilon = panel.gap_sup if panel else None
    # A plain talk has no options, and nothing can be lost by choosing none.
    bound = quantal_loss_bound(max(1, options), session.precision, epsilon, None)
    return Bound(
        total=bound.total,
        logit_term=bound.logit_term,
        hull_term=bound.hull_term,
        learning_term=bound.learning_term,
        vacuous=bound.vacuous,
        assumptions=bound.assumptions,
        missing=bound.missing,
        source=bound.source,
        sessions=panel.sessions if panel and epsilon is not None else 0,
        instances=panel.instances if panel and epsilon is not None else 0,
    )
