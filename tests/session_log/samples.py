"""One session in which everything that can happen happens, and small helpers to log it."""

from __future__ import annotations

from chatarena.arena import events as ev
from chatarena.arena.agent import Agent, Commitment, RulePart
from chatarena.arena.card import Bound, Card, Flip, MissedVoice
from chatarena.arena.decision import Decision, Option, State
from chatarena.arena.forecast import Forecast
from chatarena.arena.protocol import Protocol
from chatarena.arena.settings import Price, Settings

NOON = 1_790_000_000.0  # 2026-09-21 14:13:20 UTC

DECISION = Decision(
    question="Should we move\nto the coast?",
    context="We both work from home.",
    options=(Option(id="move", label="Move"), Option(id="stay", label="Stay", detail="near the zugzwang club")),
    states=(State(id="sun", label="It is sunny", probability=0.7), State(id="rain", label="It rains", probability=0.3)),
)
CALL = ev.Call(
    fingerprint="f" * 64,
    requested_model="openai/gpt-x",
    served_model="gpt-x-2026",
    finish_reason="stop",
    prompt_tokens=100,
    completion_tokens=20,
    cost=0.25,
    first_token_seconds=0.5,
    total_seconds=2.0,
)
UNPRICED = ev.Call(fingerprint="e" * 64, requested_model="local/m", served_model="m", finish_reason="length")


def opened(question: str = DECISION.question) -> ev.SessionOpened:
    """A header with two agents."""
    return ev.SessionOpened(
        version="0.1.0",
        decision=Decision(
            question=question, context=DECISION.context, options=DECISION.options, states=DECISION.states
        ),
        faces=(
            ev.Face(label="Ash", model="openai/gpt-x", fingerprint="a" * 64),
            ev.Face(label="樺", model="local/m", fingerprint="b" * 64),
        ),
        protocol=Protocol(),
        settings=Settings(appraise=("verbal", "logprob")),
        seed=7,
        prices=(Price(model="openai/gpt-x", input_per_token=1e-06, output_per_token=None, source="test"),),
        cast="diverse",
        panel=ev.PanelWeights(
            weights=(ev.AgentWeight(agent="Ash", weight=0.75), ev.AgentWeight(agent="樺", weight=0.25)),
            sessions=6,
            instances=18,
            gap_sup=0.04,
            held_out_mse=0.003,
            equal_mse=0.011,
            difference_se=0.002,
            method="simplex",
            reason="",
        ),
    )


def committed(label: str) -> ev.AgentCommitted:
    """A commitment of the agent with this label."""
    agent = Agent(name=label.lower(), label=label, objective="Sell houses.", tags=("seller",), model="openai/gpt-x")
    rule = (RulePart(purpose="brief", text="You are ⟦own⟧."),)
    return ev.AgentCommitted(commitment=Commitment(agent=agent, rule=rule, fingerprint="a" * 64))


def spoken(text: str = "The sea is good for you.", *, agent: str = "Ash", round_: int = 1) -> ev.TurnTaken:
    """A turn."""
    return ev.TurnTaken(agent=agent, round=round_, text=text, call=CALL)


def everything() -> tuple[ev.Event, ...]:
    """A session with every kind of event, in an order that could have happened."""
    ratings = (ev.Rating(option="move", value=80.0), ev.Rating(option="stay", value=None, absence="not in the reply"))
    by_state = (ev.Rating(option="move", value=61.5, state="sun", logit=0.46),)
    bound = Bound(
        total=None,
        logit_term=0.08,
        hull_term=None,
        learning_term=None,
        vacuous=False,
        assumptions=("a",),
        missing=("b",),
        source="T2",
        sessions=6,
        instances=18,
    )
    card = Card(
        status="partial",
        recommended=("move",),
        probability=0.75,
        runner_up="stay",
        lead=12.5,
        source="panel",
        heard=1,
        seats=2,
        missed=(MissedVoice(agent="樺", reason="did not speak"),),
        unrated=("stay",),
        flips=(Flip(agent="Ash", recommended=("stay",), flipped=True),),
        bound=bound,
        precision=8.0,
        weighed="by earlier sessions",
        earlier=6,
    )
    forecast = Forecast(
        source="panel",
        precision=8.0,
        utilities=(0.8, None),
        probabilities=(1.0, None),
        normalisation="ratings divided by 100",
        entropy=0.0,
        best=("move",),
        heard=("Ash",),
    )
    return (
        opened(),
        committed("Ash"),
        committed("樺"),
        ev.RatingsGiven(phase="prior", round=0, ratings=ratings, seconds=4.5),
        ev.BeliefsGiven(phase="prior", round=0, probabilities=(0.6, 0.4), seconds=2.5),
        ev.RoundOpened(round=1, order=("樺", "Ash")),
        spoken(),
        ev.TurnMissed(agent="樺", round=1, cause="failed", reason="the provider is down", error="ProviderUnavailable"),
        ev.ClaimMade(agent="Ash", round=1, ratings=ratings, raw='{"move": 80}', calls=(CALL, UNPRICED)),
        ev.AppraisalMade(agent="Ash", round=1, ratings=by_state, method="logprob", calls=(CALL,)),
        ev.ForecastShown(round=1, forecast=forecast),
        ev.ParticipantSpoke(text="And the schools?", round=1, to="Ash"),
        ev.PrecisionSet(precision=4),
        ev.FloorPassed(round=1, seconds=1.5),
        ev.RoundAdded(),
        ev.RoundOpened(round=2, order=("Ash", "樺")),
        ev.TurnTaken(agent="樺", round=2, text="海辺の町は静かです。", status="interrupted", audience="agent:樺"),
        ev.RoundStopped(round=2),
        ev.DebateStopped(by="participant", reason="enough"),
        ev.SessionLeft(reason="the program ended"),
        ev.SessionResumed(version="0.1.1", retry_missed=True),
        ev.RatingsGiven(phase="final", round=2, ratings=(ev.Rating(option="move", value=None, absence="declined"),)),
        ev.RecommendationShown(card=card),
        ev.AgentSelected(agent="Ash", seconds=3.25),
        ev.ChoiceMade(option="stay", confidence=55, seconds=6.5),
        ev.Revealed(),
        ev.SessionClosed(status="complete"),
    )


def elsewhere() -> tuple[ev.Event, ...]:
    """The facts that tell where a session comes from, and what happens in borrowed ones."""
    return (
        ev.SessionImported(
            format="debates",
            source="one.json",
            key="7",
            sha256="c" * 64,
            remarks=("turns are in file order",),
            unmapped=(ev.Unmapped(where="votes", count=3, why="no place for them", sample="+1"),),
        ),
        ev.SessionRerun(parent="S0", prefix="d" * 64, version="0.2.0", models=("local/m",)),
        ev.SessionForked(
            parent="S9",
            at=4,
            prefix="d" * 64,
            version="0.2.0",
            without=("Ash",),
            order="reversed",
            precision=2.5,
            weights=(ev.AgentWeight(agent="樺", weight=0.5),),
            reason="what if",
        ),
        ev.OutcomeKnown(state="rain"),
        ev.BeliefScored(rule=ev.ScoringRule(penalty=0.1), rounds=1, value=-1.4),
        ev.RebuttalAsked(agent="樺", round=1, of="Ash", text="樺, please answer what Ash said."),
        ev.ModelsWorked(seconds=12.5),
    )


def entries(session: str, events: tuple[ev.Event, ...], *, start: int = 0, at: float = NOON) -> tuple[ev.Entry, ...]:
    """The events as entries of a session, one second apart."""
    return tuple(
        ev.Entry(session=session, seq=start + index, at=at + index, elapsed=index + 0.25, event=event)
        for index, event in enumerate(events)
    )
