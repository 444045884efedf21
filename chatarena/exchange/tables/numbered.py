"""Columns of one row a session that come as often as the session has options, states, rounds and agents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from chatarena.arena import events as ev
from chatarena.exchange.tables.columns import Cell, Told, Type, number

Part = Literal["option", "state", "round", "agent", "method"]
# Positions and rounds as numbers, agents and methods as words, in the order of a family's parts.
Key = tuple[int | str, ...]
Numbered = Iterator[tuple[Key, Cell]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Columns that differ in their numbers only; `name` and `meaning` hold a place for each of the parts."""

    name: str
    parts: tuple[Part, ...]
    type: Type
    meaning: str
    read: Callable[[Told], Numbered]
    unit: str = ""
    missing: str = ""


_ENDS: Final[tuple[tuple[ev.Phase, str], ...]] = (("prior", "before"), ("final", "after"))
_METHODS: Final[tuple[ev.AppraisalMethod, ...]] = ("verbal", "logprob")
_POINTS: Final = "points, 0 to 100"
_PROBABILITY: Final = "0 to 1"
_NOT_GIVEN: Final = "not given, or no number; the reason stands in the table ratings"
_ELSEWHERE: Final = "the session has no such option"


def _of_phase(phase: ev.Phase, *, by_state: bool) -> Callable[[Told], Numbered]:
    """The latest rating of each option in a phase: overall, or in each state."""

    def read(session: Told) -> Numbered:
        latest: dict[Key, Cell] = {}
        for given in session.session.ratings:
            if given.phase == phase:
                latest.update(_rated(session, given.ratings, by_state=by_state))
        yield from latest.items()

    return read


def _rated(session: Told, ratings: tuple[ev.Rating, ...], *, by_state: bool = False) -> Numbered:
    for rating in ratings:
        option, state = session.option_positions.get(rating.option), session.state_positions.get(rating.state)
        if option is None or bool(rating.state) != by_state:
            continue
        if state is not None:
            yield (option, state), number(rating.value)
        elif not by_state:
            yield (option,), number(rating.value)


def _of_rounds(session: Told) -> Numbered:
    latest: dict[Key, Cell] = {}
    for given in session.session.ratings:
        if given.phase == "round":
            latest.update({(given.round, *key): cell for key, cell in _rated(session, given.ratings)})
    yield from latest.items()


def _beliefs_of(phase: ev.Phase) -> Callable[[Told], Numbered]:
    def read(session: Told) -> Numbered:
        given = [made.probabilities for made in session.session.beliefs if made.phase == phase]
        yield from (((state,), number(value)) for state, value in enumerate(given[-1] if given else (), 1))

    return read


def _beliefs_of_rounds(session: Told) -> Numbered:
    for made in session.session.beliefs:
        if made.phase == "round":
            yield from (((made.round, state), number(value)) for state, value in enumerate(made.probabilities, 1))


def _last_forecast(session: Told) -> Numbered:
    shown = session.session.forecast
    yield from (((option,), number(value)) for option, value in enumerate(shown.probabilities if shown else (), 1))


def _forecasts_of_rounds(session: Told) -> Numbered:
    for entry in session.entries:
        if isinstance(entry.event, ev.ForecastShown):
            values = enumerate(entry.event.forecast.probabilities, 1)
            yield from (((entry.event.round, option), number(value)) for option, value in values)


def _floors(session: Told) -> Numbered:
    for entry in session.entries:
        if isinstance(entry.event, ev.FloorPassed):
            yield (entry.event.round,), number(entry.event.seconds)


OPTION_FAMILIES: Final = (
    Family(
        name="option_{option}_id",
        parts=("option",),
        type="text",
        meaning="id of option {option}",
        read=lambda s: (((place,), option.id) for place, option in enumerate(s.decision.options, 1)),
        missing=_ELSEWHERE,
    ),
    Family(
        name="option_{option}_label",
        parts=("option",),
        type="text",
        meaning="label of option {option}",
        read=lambda s: (((place,), option.label) for place, option in enumerate(s.decision.options, 1)),
        missing=_ELSEWHERE,
    ),
    Family(
        name="state_{state}_id",
        parts=("state",),
        type="text",
        meaning="id of state {state}",
        read=lambda s: (((place,), state.id) for place, state in enumerate(s.decision.states, 1)),
        missing="the session has no such state",
    ),
    Family(
        name="state_{state}_label",
        parts=("state",),
        type="text",
        meaning="label of state {state}",
        read=lambda s: (((place,), state.label) for place, state in enumerate(s.decision.states, 1)),
        missing="the session has no such state",
    ),
    Family(
        name="state_{state}_probability",
        parts=("state",),
        type="number",
        meaning="probability of state {state} by the decision itself",
        read=lambda s: (((place,), number(state.probability)) for place, state in enumerate(s.decision.states, 1)),
        unit=_PROBABILITY,
        missing="the session has no such state",
    ),
    *(
        Family(
            name=f"{phase}_{{option}}",
            parts=("option",),
            type="number",
            meaning=f"the participant's {phase} rating of option {{option}}, {when} the talk",
            read=_of_phase(phase, by_state=False),
            unit=_POINTS,
            missing=_NOT_GIVEN,
        )
        for phase, when in _ENDS
    ),
    *(
        Family(
            name=f"{phase}_{{option}}_state_{{state}}",
            parts=("option", "state"),
            type="number",
            meaning=f"the participant's {phase} rating of option {{option}} in state {{state}}, {when} the talk",
            read=_of_phase(phase, by_state=True),
            unit=_POINTS,
            missing=_NOT_GIVEN,
        )
        for phase, when in _ENDS
    ),
    *(
        Family(
            name=f"belief_{phase}_{{state}}",
            parts=("state",),
            type="number",
            meaning=f"how likely the participant thought state {{state}} {when} the talk",
            read=_beliefs_of(phase),
            unit=_PROBABILITY,
            missing="not given",
        )
        for phase, when in _ENDS
    ),
    Family(
        name="probability_{option}",
        parts=("option",),
        type="number",
        meaning="choice probability of option {option} as it was last shown",
        read=_last_forecast,
        unit=_PROBABILITY,
        missing="no utility for this option, or nothing was shown",
    ),
)


def _models(session: Told) -> Numbered:
    yield from (((face.label,), face.model) for face in session.session.head.faces)


def _names(session: Told) -> Numbered:
    yield from (((made.agent.label,), made.agent.name) for made in session.session.commitments)


def _turns(session: Told) -> Numbered:
    for label in session.session.labels:
        yield (label,), sum(turn.agent == label for turn in session.session.turns)


def _misses(session: Told) -> Numbered:
    for label in session.session.labels:
        missed = (entry.event for entry in session.entries if isinstance(entry.event, ev.TurnMissed))
        yield (label,), sum(miss.agent == label for miss in missed)


def _claims(session: Told) -> Numbered:
    for label, claim in session.session.latest_claims().items():
        yield from (((label, *key), cell) for key, cell in _rated(session, claim.ratings))


def _appraisals(method: ev.AppraisalMethod) -> Callable[[Told], Numbered]:
    def read(session: Told) -> Numbered:
        for label, made in session.session.latest_appraisals(method).items():
            yield from (((label, *key), cell) for key, cell in _rated(session, made.ratings))

    return read


_NO_AGENT: Final = "the session has no such agent"

AGENT_FAMILIES: Final = (
    Family(
        name="rating_round{round}_{option}",
        parts=("round", "option"),
        type="number",
        meaning="the participant's rating of option {option} in round {round}, the last one there",
        read=_of_rounds,
        unit=_POINTS,
        missing=_NOT_GIVEN,
    ),
    Family(
        name="belief_round{round}_{state}",
        parts=("round", "state"),
        type="number",
        meaning="how likely the participant thought state {state} in round {round}, as last said there",
        read=_beliefs_of_rounds,
        unit=_PROBABILITY,
        missing="not given",
    ),
    Family(
        name="probability_round{round}_{option}",
        parts=("round", "option"),
        type="number",
        meaning="choice probability of option {option} as it was last shown in round {round}; 0 is before the first",
        read=_forecasts_of_rounds,
        unit=_PROBABILITY,
        missing="no utility for this option, or nothing was shown",
    ),
    Family(
        name="floor_round{round}_seconds",
        parts=("round",),
        type="number",
        meaning="how long the participant had the floor after round {round}",
        read=_floors,
        unit="seconds",
        missing="not measured, or no floor",
    ),
    Family(
        name="name_{agent}",
        parts=("agent",),
        type="text",
        meaning="name of the agent that appeared as {agent}, hidden until the reveal",
        read=_names,
        missing=_NO_AGENT,
    ),
    Family(
        name="model_{agent}",
        parts=("agent",),
        type="text",
        meaning="the model that spoke for {agent}",
        read=_models,
        missing=_NO_AGENT,
    ),
    Family(
        name="turns_{agent}",
        parts=("agent",),
        type="integer",
        meaning="turns that {agent} took",
        read=_turns,
        missing=_NO_AGENT,
    ),
    Family(
        name="missed_{agent}",
        parts=("agent",),
        type="integer",
        meaning="turns that {agent} missed, those asked for again later included",
        read=_misses,
        missing=_NO_AGENT,
    ),
    Family(
        name="claim_{agent}_{option}",
        parts=("agent", "option"),
        type="number",
        meaning="what {agent} said in public that option {option} is worth, in its last claim with a number",
        read=_claims,
        unit=_POINTS,
        missing="no claim, or no number in it",
    ),
    *(
        Family(
            name=f"{method}_{{agent}}_{{option}}",
            parts=("agent", "option"),
            type="number",
            meaning=f"what option {{option}} is worth to {{agent}}'s own objective, by its last {method} appraisal",
            read=_appraisals(method),
            unit=_POINTS,
            missing="no such appraisal, or no number in it",
        )
        for method in _METHODS
    ),
)
