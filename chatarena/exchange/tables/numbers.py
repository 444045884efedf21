"""Long tables of numbers, one row an option or a state: ratings, beliefs, forecasts. A missing one has its reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from chatarena.arena import events as ev
from chatarena.arena.forecast import Forecast
from chatarena.exchange.tables.columns import PLACE, At, Table, Told, column, json_list, number, present

PARTICIPANT: Final = "participant"
DECLINED: Final = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingAt(At):
    """One rating in its place: whose it is and how it was elicited."""

    who: str
    what: str
    method: str
    phase: str
    round: int
    seconds: float | None
    rating: ev.Rating


def _ratings(session: Told) -> Iterator[RatingAt]:
    for entry in session.entries:
        match entry.event:
            case ev.ClaimMade() | ev.AppraisalMade() as made:
                what = "claim" if isinstance(made, ev.ClaimMade) else "appraisal"
                source = (made.agent, what, str(made.method), "", made.round, None)
                yield from _each(session, entry, source, made.ratings)
            case ev.RatingsGiven() as given:
                own = (PARTICIPANT, "rating", "", str(given.phase), given.round, given.seconds)
                yield from _each(session, entry, own, given.ratings)
            case _:
                pass


def _each(
    session: Told, entry: ev.Entry, source: tuple[str, str, str, str, int, float | None], ratings: tuple[ev.Rating, ...]
) -> Iterator[RatingAt]:
    who, what, method, phase, round_, seconds = source
    for rating in ratings:
        yield RatingAt(
            told=session,
            entry=entry,
            who=who,
            what=what,
            method=method,
            phase=phase,
            round=round_,
            seconds=seconds,
            rating=rating,
        )


RATINGS: Final[Table[RatingAt]] = Table(
    name="ratings",
    items=_ratings,
    columns=(
        *PLACE,
        column("who", "text", f"label of the agent, or {PARTICIPANT}", lambda at: at.who),
        column(
            "kind",
            "text",
            "claim: what an agent said in public; appraisal: what it is worth to the agent's own objective, in private;"
            " rating: the participant's own",
            lambda at: at.what,
        ),
        column(
            "method",
            "text",
            "verbal: stated; logprob: read from token probabilities",
            lambda at: present(at.method),
            missing="a participant's rating",
        ),
        column(
            "phase",
            "text",
            "prior: before the talk; round: during it; final: after it",
            lambda at: present(at.phase),
            missing="not a participant's rating",
        ),
        column("round", "integer", "the round, 0 before the first", lambda at: at.round),
        column("option", "text", "id of the option", lambda at: at.rating.option),
        column(
            "option_position",
            "integer",
            "place of the option in the decision, from 1",
            lambda at: at.told.option_positions.get(at.rating.option),
            missing="the decision has no such option",
        ),
        column(
            "option_label",
            "text",
            "label of the option",
            lambda at: at.told.option_label(at.rating.option),
            missing="the decision has no such option",
        ),
        column(
            "state", "text", "id of the state it holds in", lambda at: present(at.rating.state), missing="all states"
        ),
        column(
            "state_label",
            "text",
            "label of the state",
            lambda at: at.told.state_label(at.rating.state),
            missing="all states",
        ),
        column(
            "value",
            "number",
            "what the option is worth",
            lambda at: number(at.rating.value),
            unit="points, 0 to 100",
            missing="no number: see absence; never count it as 0",
        ),
        column(
            "absence", "words", "why there is no number", lambda at: present(at.rating.absence), missing="there is one"
        ),
        column(
            "logit",
            "number",
            "log odds of yes behind a rating by logprob",
            lambda at: number(at.rating.logit),
            unit="log odds",
            missing="another method, or not known",
        ),
        column(
            "seconds",
            "number",
            "the participant's reaction time for all ratings of this entry together",
            lambda at: number(at.seconds),
            unit="seconds",
            missing="not measured",
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BeliefAt(At):
    """The probability of one state in its place; position 0 stands for a participant who declined."""

    given: ev.BeliefsGiven
    position: int


def _beliefs(session: Told) -> Iterator[BeliefAt]:
    for entry in session.entries:
        if isinstance(entry.event, ev.BeliefsGiven):
            count = len(entry.event.probabilities)
            for position in range(1, count + 1) if count else (0,):
                yield BeliefAt(told=session, entry=entry, given=entry.event, position=position)


def _state(at: BeliefAt) -> str | None:
    states = at.told.decision.states
    return states[at.position - 1].id if 0 < at.position <= len(states) else None


BELIEFS: Final[Table[BeliefAt]] = Table(
    name="beliefs",
    items=_beliefs,
    columns=(
        *PLACE,
        column("phase", "text", "prior: before the talk; round: during it; final: after it", lambda at: at.given.phase),
        column("round", "integer", "the round, 0 before the first", lambda at: at.given.round),
        column(
            "state_position",
            "integer",
            "place of the state in the decision, from 1",
            lambda at: at.position or None,
            missing=DECLINED,
        ),
        column("state", "text", "id of the state", _state, missing=DECLINED),
        column(
            "state_label",
            "text",
            "label of the state",
            lambda at: at.told.state_label(_state(at) or ""),
            missing=DECLINED,
        ),
        column(
            "probability",
            "number",
            "how likely the participant thinks it is",
            lambda at: number(at.given.probabilities[at.position - 1]) if at.position else None,
            unit="0 to 1",
            missing=DECLINED,
        ),
        column(
            "absence",
            "text",
            "why there is no number",
            lambda at: None if at.position else DECLINED,
            missing="there is one",
        ),
        column(
            "seconds",
            "number",
            "the participant's reaction time for all states together",
            lambda at: number(at.given.seconds),
            unit="seconds",
            missing="not measured",
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastAt(At):
    """One option of a forecast that was shown; `place` counts from 0."""

    forecast: Forecast
    round: int
    place: int


def _forecasts(session: Told) -> Iterator[ForecastAt]:
    for entry in session.entries:
        if isinstance(entry.event, ev.ForecastShown):
            for place in range(len(entry.event.forecast.probabilities)):
                yield ForecastAt(
                    told=session,
                    entry=entry,
                    forecast=entry.event.forecast,
                    round=entry.event.round,
                    place=place,
                )


def _option(at: ForecastAt) -> str | None:
    ids = at.told.decision.option_ids
    return ids[at.place] if at.place < len(ids) else None


FORECASTS: Final[Table[ForecastAt]] = Table(
    name="forecasts",
    items=_forecasts,
    columns=(
        *PLACE,
        column("round", "integer", "the round, 0 before the first", lambda at: at.round),
        column(
            "source",
            "text",
            "own: the participant's ratings; panel: the agents' claims; blend: the former updated by the latter",
            lambda at: at.forecast.source,
        ),
        column(
            "precision",
            "number",
            "how sharply utilities turn into probabilities",
            lambda at: number(at.forecast.precision),
            unit="1 / utility on [0, 1]",
        ),
        column("option_position", "integer", "place of the option in the decision, from 1", lambda at: at.place + 1),
        column("option", "text", "id of the option", _option),
        column("option_label", "text", "label of the option", lambda at: at.told.option_label(_option(at) or "")),
        column(
            "utility",
            "number",
            "what the option is worth by this source",
            lambda at: number(at.forecast.utilities[at.place]) if at.place < len(at.forecast.utilities) else None,
            unit="utility, 0 to 1",
            missing="no number for this option",
        ),
        column(
            "probability",
            "number",
            "choice probability as shown: logit quantal response over the options that have a utility",
            lambda at: number(at.forecast.probabilities[at.place]),
            unit="0 to 1",
            missing="no utility for this option, or for fewer than two: see absence",
        ),
        column(
            "best",
            "flag",
            "1 for the best option, and all that tie with it",
            lambda at: _option(at) in at.forecast.best,
        ),
        column(
            "absence",
            "words",
            "why there are no probabilities at all",
            lambda at: present(at.forecast.absence),
            missing="there are some",
        ),
        column(
            "entropy",
            "number",
            "of the probabilities; the same for all options of an entry",
            lambda at: number(at.forecast.entropy),
            unit="nats",
            missing="no probabilities",
        ),
        column(
            "margin",
            "number",
            "the largest probability minus the next; the same for all options of an entry",
            lambda at: number(at.forecast.margin),
            unit="0 to 1",
            missing="no probabilities, or not known",
        ),
        column(
            "heard", "list", "labels of the agents whose claims could count", lambda at: json_list(at.forecast.heard)
        ),
    ),
)
