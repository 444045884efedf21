"""Small sessions for tests: a decision, a cast whose every private text carries a sentinel, and a pure playthrough."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from chatarena.arena import events as ev
from chatarena.arena import moves as mv
from chatarena.arena.agent import Agent, Purpose
from chatarena.arena.audience import PUBLIC, only
from chatarena.arena.decision import Decision, Option, State
from chatarena.arena.forecasting import forecast
from chatarena.arena.opening import RULE_PURPOSES, open_session
from chatarena.arena.protocol import Hearing, Protocol
from chatarena.arena.recommending import recommend
from chatarena.arena.session import Session, evolve
from chatarena.arena.settings import Settings

PROTOCOL_PROSE = Path(__file__).parents[2] / "prompts" / "protocol"
DECISION = Decision(
    question="Which city should I move to?",
    context="I can work from anywhere.",
    options=(
        Option(id="lisbon", label="Lisbon"),
        Option(id="oslo", label="Oslo", detail="near family"),
        Option(id="stay", label="Stay where I am"),
    ),
)
WEATHER = Decision(
    question="Picnic or museum?",
    options=(Option(id="picnic", label="Picnic"), Option(id="museum", label="Museum")),
    states=(State(id="sun", label="It is sunny", probability=0.7), State(id="rain", label="It rains", probability=0.3)),
)
LABELS = ("Ash", "Birch", "Cedar", "Damson", "Elder", "Fir", "Gorse", "Hazel")


def templates(protocol: str = "simultaneous") -> dict[Purpose, str]:
    """The shipped prose of each rule purpose."""
    texts: dict[Purpose, str] = {purpose: (PROTOCOL_PROSE / f"{purpose}.md").read_text() for purpose in RULE_PURPOSES}
    if protocol == "rebuttal":
        texts["turn"] = (PROTOCOL_PROSE / "rebuttal.md").read_text()
    return texts


def cast(size: int, model: str = "scripted/words") -> tuple[Agent, ...]:
    """Agents whose private texts carry a sentinel of their own, such as SECRET-Ash-objective."""
    return tuple(
        Agent(
            name=f"agent-{label.lower()}",
            label=label,
            objective=f"You want SECRET-{label}-objective.",
            persona=f"SECRET-{label}-persona",
            evidence=(f"SECRET-{label}-evidence",),
            model=model,
        )
        for label in LABELS[:size]
    )


def opening(
    size: int = 3,
    *,
    decision: Decision = DECISION,
    protocol: Protocol | None = None,
    settings: Settings | None = None,
    seed: int = 7,
    agents: tuple[Agent, ...] | None = None,
) -> tuple[ev.Event, ...]:
    """The opening events of a session with this many agents."""
    rules = protocol or Protocol()
    return open_session(
        decision,
        agents or cast(size),
        rules,
        settings or Settings(),
        templates(rules.name),
        version="0.0.0",
        seed=seed,
    )


def ring(size: int) -> tuple[Hearing, ...]:
    """A cyclic network by agent name: each hears the one before it."""
    names = [agent.name for agent in cast(size)]
    return tuple(Hearing(agent=name, parents=(names[index - 1],)) for index, name in enumerate(names))


def chain(size: int) -> tuple[Hearing, ...]:
    """A chain by agent name: each but the first hears the one before it."""
    return ring(size)[1:]


def ratings(decision: Decision, values: Sequence[float | None]) -> tuple[ev.Rating, ...]:
    return tuple(
        ev.Rating(option=option, value=value, absence="" if value is not None else "left out")
        for option, value in zip(decision.option_ids, values, strict=True)
    )


def outcome(session: Session, move: mv.Move) -> ev.Event:  # noqa: C901 - one line a move
    """The event that a well-behaved world would answer this move with."""
    decision = session.head.decision
    count = len(decision.options)
    match move:
        case mv.OpenRound():
            return ev.RoundOpened(round=move.round, order=move.order)
        case mv.Speak():
            private = session.head.protocol.name == "one_on_one"
            text = f"I am {move.agent} in round {move.round}."
            audience = only(move.agent) if private else PUBLIC
            return ev.TurnTaken(agent=move.agent, round=move.round, text=text, audience=audience)
        case mv.Claim():
            values = [float((len(move.agent) * 7 + 13 * index + move.round) % 101) for index in range(count)]
            turn = session.turn(move.agent, move.round)
            assert turn is not None
            rated = ratings(decision, values)
            return ev.ClaimMade(agent=move.agent, round=move.round, ratings=rated, audience=turn.audience)
        case mv.Appraise():
            rated = ratings(decision, [50.0] * count)
            raw = f"SECRET-{move.agent}-appraisal"
            return ev.AppraisalMade(agent=move.agent, round=move.round, ratings=rated, method=move.method, raw=raw)
        case mv.Ask(what="ratings"):
            return ev.RatingsGiven(phase=move.phase, round=move.round, ratings=ratings(decision, [40.0] * count))
        case mv.Ask(what="beliefs"):
            return ev.BeliefsGiven(phase=move.phase, round=move.round, probabilities=())
        case mv.Ask(what="floor"):
            return ev.FloorPassed(round=move.round)
        case mv.Ask(what="selection"):
            return ev.AgentSelected(agent=session.labels[0])
        case mv.Ask():
            return ev.ChoiceMade(option=decision.option_ids[0])
        case mv.ShowForecast():
            return ev.ForecastShown(round=session.round, forecast=forecast(session))
        case mv.Recommend():
            return ev.RecommendationShown(card=recommend(session))
        case mv.Reveal():
            return ev.Revealed()
        case mv.Close():
            return ev.SessionClosed(status=move.status)


def play(
    events: Sequence[ev.Event], choose: Callable[[tuple[mv.Move, ...]], mv.Move] = lambda moves: moves[0]
) -> Iterator[tuple[Session, mv.Move | None, ev.Event]]:
    """Play a session to its end without any world: (session before, move, event) of every step.

    Args:
        choose: which of the moves that may happen now happens first.
    """
    session = Session()
    for event in events:
        yield session, None, event
        session = evolve(session, event)
    while moves := mv.next_moves(session):
        move = choose(moves)
        event = outcome(session, move)
        yield session, move, event
        session = evolve(session, event)
