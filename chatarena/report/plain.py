"""Any session as lines of text: for pipes, for screen readers, for replay. One entry in, the lines it adds out."""

from __future__ import annotations

from chatarena.arena import events as ev
from chatarena.arena.decision import Decision
from chatarena.arena.forecast import Forecast
from chatarena.arena.session import Session
from chatarena.report.words import (
    CUT_UNHEARD,
    NOT_ASKED,
    SOURCES,
    Unmasked,
    bound_lines,
    cut_unheard,
    heading,
    qualifications,
    recommendation,
    unmask,
)


def plain_lines(session: Session, event: ev.Event) -> tuple[str, ...]:  # noqa: C901 - one line a kind of event
    """The lines that this event adds to a plain account.

    Args:
        session: the session after the event.
    """
    match event:
        case ev.SessionOpened():
            return _opened(event)
        case ev.RoundOpened():
            return ("", f"== Round {event.round} of {session.rounds}: {', '.join(event.order)}")
        case ev.TurnTaken():
            return _turn(event)
        case ev.TurnMissed():
            return ("", f"{event.agent} was not heard ({event.cause}): {event.reason}")
        case ev.ClaimMade():
            return (f"{event.agent} claims: {rating_list(session.head.decision, event.ratings)}",)
        case ev.ParticipantSpoke():
            to = f" to {event.to}" if event.to else ""
            return ("", f"You said{to}: {event.text}")
        case ev.RatingsGiven():
            return (f"Your ratings ({event.phase}): {rating_list(session.head.decision, event.ratings)}",)
        case ev.BeliefsGiven():
            return (_beliefs(session.head.decision, event),)
        case ev.ForecastShown():
            # Before anybody rated or claimed anything there is nothing to tell of chances.
            known = event.forecast.heard or any(value is not None for value in event.forecast.utilities)
            return (forecast_line(session.head.decision, event.forecast),) if known else ()
        case ev.RecommendationShown():
            return _card(session)
        case ev.ChoiceMade():
            sure = "" if event.confidence is None else f" ({event.confidence:.0f} of 100 sure)"
            return ("", f"You chose: {session.head.decision.option(event.option).label}{sure}")
        case ev.AgentSelected():
            return (f"You would take the advice of {event.agent}.",)
        case ev.Revealed():
            return _revealed(session)
        case ev.DebateStopped():
            about = f": {event.reason}" if event.reason else ""
            return ("", f"You ended the talk{about}." if event.by == "participant" else f"The talk was ended{about}.")
        case ev.RoundStopped():
            return (f"Round {event.round} was stopped.",)
        case ev.RoundAdded():
            return ("One more round was asked for.",)
        case ev.RebuttalAsked():
            return ("", f"You asked {event.agent} to answer {event.of or 'the others'}: {event.text}")
        case ev.PrecisionSet():
            return (f"Precision is now {event.precision:g}.",)
        case ev.SessionLeft():
            return ("", f"The session was left: {event.reason}")
        case ev.SessionResumed():
            return ("", "The session goes on.")
        case ev.SessionForked():
            return ("", f"From here on this is a fork of {event.parent}: {event.reason or 'nothing was changed'}.")
        case ev.SessionRerun():
            return ("", f"This repeats {event.parent}.")
        case ev.SessionImported():
            return _imported(event)
        case ev.OutcomeKnown():
            return ("", f"It turned out: {_state_label(session.head.decision, event.state)}")
        case ev.BeliefScored():
            return (f"Your last belief scored {event.value:+.4f} ({event.rounds} rounds were let go on).",)
        case _:
            return ()


def _opened(event: ev.SessionOpened) -> tuple[str, ...]:
    decision = event.decision
    lines = [decision.question]
    if decision.context:
        lines += ["", decision.context]
    lines += ["", "Options:"] if decision.options else []
    lines += [f"  {index}. {_option(option.label, option.detail)}" for index, option in enumerate(decision.options, 1)]
    if decision.states:
        lines += ["", "Uncertain:"]
        lines += [f"  {state.label} ({state.probability:.0%})" for state in decision.states]
    lines += ["", f"Agents: {', '.join(f'{face.label} [{face.model}]' for face in event.faces)}"]
    lines += [f"Commitments: {', '.join(f'{face.label} {face.fingerprint[:12]}' for face in event.faces)}"]
    return tuple(lines)


def _option(label: str, detail: str) -> str:
    return f"{label}: {detail}" if detail else label


def _imported(event: ev.SessionImported) -> tuple[str, ...]:
    lines = ["", f"Imported from {event.source} ({event.format}, sha256 {event.sha256[:12]})"]
    lines += [f"  {remark}" for remark in event.remarks]
    lines += [f"  left behind: {item.where} ({item.count}): {item.why}" for item in event.unmapped]
    return tuple(lines)


def _state_label(decision: Decision, state: str) -> str:
    return next((item.label for item in decision.states if item.id == state), state)


def _turn(event: ev.TurnTaken) -> tuple[str, ...]:
    if cut_unheard(event):
        return ("", f"{event.agent} {CUT_UNHEARD}.")
    cut = " [interrupted]" if event.status == "interrupted" else ""
    return ("", f"{event.agent}: {event.text}{cut}")


def rating_list(decision: Decision, ratings: tuple[ev.Rating, ...]) -> str:
    """Ratings as `Label 70, Other -`; a missing one is a dash, with the reason once where all are missing.

    Of ratings for one state only those that were given are told one by one: there may be a hundred others.
    """
    if ratings and all(rating.value is None for rating in ratings):
        return f"no numbers ({ratings[0].absence or 'left out'})"
    states = {state.id: state.label for state in decision.states}
    shown = []
    left_open = [rating for rating in ratings if rating.state and rating.value is None]
    for rating in (rating for rating in ratings if rating not in left_open):
        name = decision.option(rating.option).label
        where = f" if {states[rating.state]}" if rating.state else ""
        shown.append(f"{name}{where} {'-' if rating.value is None else f'{rating.value:.0f}'}")
    return ", ".join([*shown, *([f"{len(left_open)} by state left open"] if left_open else [])])


def _beliefs(decision: Decision, event: ev.BeliefsGiven) -> str:
    if not event.probabilities:
        return f"Your beliefs ({event.phase}): none given"
    pairs = zip(decision.states, event.probabilities, strict=True)
    return f"Your beliefs ({event.phase}): " + ", ".join(f"{state.label} {value:.0%}" for state, value in pairs)


def forecast_line(decision: Decision, forecast: Forecast) -> str:
    """Choice probabilities in one line, with what they were made from."""
    if forecast.absence:
        return f"Probabilities: none yet ({forecast.absence})"
    shown = [
        f"{option.label} {'?' if value is None else f'{value:.0%}'}"
        for option, value in zip(decision.options, forecast.probabilities, strict=True)
    ]
    return f"Probabilities: {', '.join(shown)} (from {SOURCES[forecast.source]}; precision {forecast.precision:g})"


def _card(session: Session) -> tuple[str, ...]:
    card, decision = session.card, session.head.decision
    if card is None:
        return ()
    return (
        "",
        f"== {heading(card)}",
        recommendation(card, decision),
        *qualifications(card, decision, session.head.records),
        *bound_lines(card, assumptions=False),
        "  (derived bound with assumptions: docs/theory/loss-bound.md)",
    )


def _revealed(session: Session) -> tuple[str, ...]:
    lines = ["", "== The masks come off"]
    for agent in unmask(session):
        lines += _unmasked(session.head.decision, agent)
    return tuple(lines)


def _unmasked(decision: Decision, agent: Unmasked) -> list[str]:
    paid = f" Paid for: {agent.favours}." if agent.favours else ""
    tags = f" ({', '.join(agent.tags)})" if agent.tags else ""
    told = f"It was told: “{agent.objective}”" if agent.objective else "What it was after is not known."
    lines = [f"{agent.label} was {agent.name}{tags}. {told}{paid}"]
    labels = [option.label for option in decision.options]
    if labels:
        lines.append(f"  said:    {_row(labels, agent.claims)}" if agent.asked else f"  {NOT_ASKED}")
    lines += [f"  wanted:  {_row(labels, row)} ({method})" for method, row in agent.appraisals]
    if agent.gap is not None:
        other = "; it spoke for something else than it wanted" if agent.favourite_differs else ""
        lines.append(f"  say/think gap: {agent.gap:.0f} points on average{other}")
    lines.append(f"  commitment {agent.fingerprint}")
    return lines


def _row(labels: list[str], values: tuple[float | None, ...]) -> str:
    return ", ".join(
        f"{label} {'-' if value is None else f'{value:.0f}'}" for label, value in zip(labels, values, strict=True)
    )
