"""A session as a fold over its events. Law: fold(a + b) is evolve applied to fold(a) with b, event by event."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from chatarena.arena import events as ev
from chatarena.arena.agent import Commitment
from chatarena.arena.card import Card, Weighed
from chatarena.arena.forecast import Forecast
from chatarena.arena.protocol import topological_levels
from chatarena.arena.settings import DEFAULT_PRECISION


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Everything known after some prefix of the log; `worked` are the seconds that a time budget counts."""

    opened: ev.SessionOpened | None = None
    commitments: tuple[Commitment, ...] = ()
    rounds_opened: tuple[ev.RoundOpened, ...] = ()
    turns: tuple[ev.TurnTaken, ...] = ()
    missed: tuple[ev.TurnMissed, ...] = ()
    claims: tuple[ev.ClaimMade, ...] = ()
    appraisals: tuple[ev.AppraisalMade, ...] = ()
    said: tuple[ev.ParticipantSpoke, ...] = ()
    rebuttals: tuple[ev.RebuttalAsked, ...] = ()
    floors_passed: frozenset[int] = frozenset()
    rounds_stopped: frozenset[int] = frozenset()
    cut_by_leaving: frozenset[str] = frozenset()
    added_rounds: int = 0
    ratings: tuple[ev.RatingsGiven, ...] = ()
    beliefs: tuple[ev.BeliefsGiven, ...] = ()
    precision: float = DEFAULT_PRECISION
    forecast: Forecast | None = None
    card: Card | None = None
    worked: float = 0.0
    stopped: ev.DebateStopped | None = None
    selected: str = ""
    choice: ev.ChoiceMade | None = None
    revealed: bool = False
    closed: ev.SessionClosed | None = None
    forked: ev.SessionForked | None = None
    rerun: ev.SessionRerun | None = None
    imported: ev.SessionImported | None = None
    outcome: str = ""
    score: ev.BeliefScored | None = None

    @property
    def head(self) -> ev.SessionOpened:
        """How the session was opened.

        Raises:
            ValueError: it has not been.
        """
        if self.opened is None:
            raise ValueError("the session has not been opened")
        return self.opened

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(face.label for face in self.head.faces)

    @property
    def seated(self) -> tuple[str, ...]:
        """The labels of those who take part now: all but the agents that a fork left out."""
        return tuple(label for label in self.labels if self.forked is None or label not in self.forked.without)

    @property
    def attended(self) -> bool:
        """Whether there is a participant who can be asked."""
        return self.head.settings.participant and (self.forked is None or self.forked.participant)

    @property
    def unheeded(self) -> frozenset[str]:
        """The labels of those whose numbers do not count, because a fork says so."""
        return frozenset((*self.forked.without, *self.forked.unheeded)) if self.forked else frozenset()

    @property
    def weights(self) -> dict[str, float]:
        """How much each agent's claims count for the panel, by label: as a fork says, earlier sessions, the network."""
        given: tuple[ev.AgentWeight, ...] = ()
        if self.weighed == "by hand" and self.forked is not None:
            given = self.forked.weights
        elif self.weighed == "by earlier sessions" and self.head.panel is not None:
            given = self.head.panel.weights
        elif self.weighed == "by the network":
            return {label: float(label in self.head.protocol.output) for label in self.labels}
        weights = {item.agent: item.weight for item in given}
        return {label: weights.get(label, 1.0) for label in self.labels}

    @property
    def weighed(self) -> Weighed:
        """Where the weights of the panel come from."""
        if self.forked is not None and self.forked.weights:
            return "by hand"
        panel = self.head.panel
        if panel is not None and panel.weights:
            return "by earlier sessions"
        return "by the network" if self.head.protocol.output else "equally"

    @property
    def round(self) -> int:
        """The latest round that opened; 0 before the first."""
        return self.rounds_opened[-1].round if self.rounds_opened else 0

    @property
    def rounds(self) -> int:
        """How many rounds there will be. One-on-one gives each agent its own rounds, one after the other."""
        protocol = self.head.protocol
        more = self.added_rounds + len({asked.round for asked in self.rebuttals})
        if protocol.name != "one_on_one":
            return protocol.rounds + more
        due = (protocol.rounds if label in self.seated else self.visits(label) for label in self.labels)
        return sum(due) + more

    def asked_to_answer(self, round_: int) -> tuple[str, ...]:
        """Who was asked in this round for a rebuttal in the next, in the order of asking."""
        asked = (one.agent for one in self.rebuttals if one.round == round_ and one.agent in self.seated)
        return tuple(dict.fromkeys(asked))

    def visits(self, label: str) -> int:
        """How many rounds this agent was to speak in so far; more than its due in a round that was added."""
        return sum(label in opened.order for opened in self.rounds_opened)

    def commitment(self, label: str) -> Commitment:
        """The commitment of the agent with this label.

        Raises:
            ValueError: no such agent has committed.
        """
        for commitment in self.commitments:
            if commitment.agent.label == label:
                return commitment
        raise ValueError(f"no agent {label!r} has committed; there are {', '.join(self.labels)}")

    def turn(self, label: str, round_: int) -> ev.TurnTaken | None:
        return next((turn for turn in self.turns if turn.agent == label and turn.round == round_), None)

    def claim(self, label: str, round_: int) -> ev.ClaimMade | None:
        return next((claim for claim in self.claims if claim.agent == label and claim.round == round_), None)

    def latest_claims(self) -> dict[str, ev.ClaimMade]:
        """Each agent's latest claim that holds at least one number, by label."""
        return {claim.agent: claim for claim in self.claims if any(r.value is not None for r in claim.ratings)}

    def latest_appraisals(self, method: ev.AppraisalMethod) -> dict[str, ev.AppraisalMade]:
        """Each agent's latest appraisal by this method that holds at least one number, by label."""
        return {
            made.agent: made
            for made in self.appraisals
            if made.method == method and any(r.value is not None for r in made.ratings)
        }

    def spent(self) -> tuple[int, float | None]:
        """Tokens and US dollars of all calls so far; dollars are None as soon as one call's cost is unknown."""
        calls = [
            *(turn.call for turn in self.turns if turn.call),
            *(call for claim in self.claims for call in claim.calls),
            *(call for appraisal in self.appraisals for call in appraisal.calls),
        ]
        tokens = sum((call.prompt_tokens or 0) + (call.completion_tokens or 0) for call in calls)
        costs = [call.cost for call in calls]
        return tokens, None if any(cost is None for cost in costs) else sum(cost for cost in costs if cost is not None)


def evolve(session: Session, event: ev.Event) -> Session:  # noqa: C901 - one line a fact, nothing else
    """The session after one more event."""
    match event:
        case ev.SessionOpened():
            return replace(session, opened=event, precision=event.settings.precision)
        case ev.AgentCommitted():
            return replace(session, commitments=(*session.commitments, event.commitment))
        case ev.RoundOpened():
            return replace(session, rounds_opened=(*session.rounds_opened, event))
        case ev.TurnTaken():
            return replace(session, turns=(*session.turns, event))
        case ev.TurnMissed():
            return replace(session, missed=(*session.missed, event))
        case ev.ClaimMade():
            return replace(session, claims=(*session.claims, event))
        case ev.AppraisalMade():
            return replace(session, appraisals=(*session.appraisals, event))
        case ev.ParticipantSpoke():
            return replace(session, said=(*session.said, event))
        case ev.FloorPassed():
            return replace(session, floors_passed=session.floors_passed | {event.round})
        case ev.RoundAdded():
            return replace(session, added_rounds=session.added_rounds + 1)
        case ev.RebuttalAsked():
            return replace(session, rebuttals=(*session.rebuttals, event))
        case ev.RatingsGiven():
            return replace(session, ratings=(*session.ratings, event))
        case ev.BeliefsGiven():
            return replace(session, beliefs=(*session.beliefs, event))
        case ev.PrecisionSet():
            return replace(session, precision=event.precision)
        case ev.ForecastShown():
            return replace(session, forecast=event.forecast)
        case ev.RecommendationShown():
            return replace(session, card=event.card)
        case ev.AgentSelected():
            return replace(session, selected=event.agent)
        case ev.ChoiceMade():
            return replace(session, choice=event)
        case ev.Revealed():
            return replace(session, revealed=True)
        case ev.RoundStopped():
            return replace(session, rounds_stopped=session.rounds_stopped | {event.round})
        case ev.ModelsWorked():
            return replace(session, worked=session.worked + event.seconds)
        case ev.DebateStopped():
            return replace(session, stopped=event)
        case ev.SessionResumed():
            return _resumed(session, event)
        case ev.SessionForked():
            return _forked(session, event)
        case ev.SessionRerun():
            return replace(session, rerun=event)
        case ev.SessionImported():
            return replace(session, imported=event)
        case ev.OutcomeKnown():
            return replace(session, outcome=event.state)
        case ev.BeliefScored():
            return replace(session, score=event)
        case ev.SessionClosed():
            return replace(session, closed=event)
        case ev.SessionLeft():
            return replace(session, cut_by_leaving=frozenset(event.cut_off))


def _resumed(session: Session, event: ev.SessionResumed) -> Session:
    again = replace(session, cut_by_leaving=frozenset())
    if not event.retry_missed:
        return again
    now, cut = session.round, session.cut_by_leaving
    if session.stopped or now in session.rounds_stopped:
        cut = frozenset()  # nobody will be asked again: what had been said is all there will be
    turns = tuple(turn for turn in session.turns if turn.round != now or turn.agent not in cut)
    return replace(again, turns=turns, missed=tuple(miss for miss in session.missed if miss.round != now))


def _forked(session: Session, event: ev.SessionForked) -> Session:
    """What came after the place of the fork in the parent is not part of this session, so neither is its end."""
    precision = session.precision if event.precision is None else event.precision
    return replace(session, forked=event, precision=precision)


# What grows by the event itself, or by the round that it names. `evolve` copies the whole at every event, which over
# a long log takes quadratic time.
_LISTS: Final[dict[type, str]] = {
    ev.RoundOpened: "rounds_opened",
    ev.TurnTaken: "turns",
    ev.TurnMissed: "missed",
    ev.ClaimMade: "claims",
    ev.AppraisalMade: "appraisals",
    ev.ParticipantSpoke: "said",
    ev.RebuttalAsked: "rebuttals",
    ev.RatingsGiven: "ratings",
    ev.BeliefsGiven: "beliefs",
}
_ROUNDS: Final[dict[type, str]] = {ev.FloorPassed: "floors_passed", ev.RoundStopped: "rounds_stopped"}


def fold(events: Iterable[ev.Event], start: Session | None = None) -> Session:
    """The session after all events, from the beginning or from `start`; in time proportional to their number."""
    session = Session() if start is None else start
    grown: dict[str, list[Any]] = {}
    for event in events:
        kind = type(event)
        if kind in _LISTS:
            grown.setdefault(_LISTS[kind], []).append(event)
        elif isinstance(event, ev.FloorPassed | ev.RoundStopped):
            grown.setdefault(_ROUNDS[kind], []).append(event.round)
        elif isinstance(event, ev.ForecastShown):
            grown["forecast"] = [event.forecast]
        else:
            # Only a resume looks at what has grown; for all others it may wait.
            if kind is ev.SessionResumed:
                session, grown = _grown(session, grown), {}
            session = evolve(session, event)
    return _grown(session, grown)


def _grown(session: Session, grown: dict[str, list[Any]]) -> Session:
    """The session with what came to its lists and sets, and its latest forecast, put in."""
    values: dict[str, Any] = {}
    for name, new in grown.items():
        old = getattr(session, name)
        if name == "forecast":
            values[name] = new[-1]
        else:
            values[name] = old.union(new) if isinstance(old, frozenset) else (*old, *new)
    return replace(session, **values)


def levels(session: Session) -> tuple[tuple[str, ...], ...]:
    """The current round's speakers in groups: a group speaks at once, after the groups before it."""
    protocol = session.head.protocol
    order = tuple(label for label in session.rounds_opened[-1].order if label in session.seated)
    if protocol.name == "round_robin":
        return tuple((label,) for label in order)
    if protocol.name == "network":
        return topological_levels(protocol, order) or (order,)
    return (order,)
