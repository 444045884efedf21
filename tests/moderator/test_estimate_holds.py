"""What a session is said to take at most is what it takes where everybody talks to the limit, whoever hears whom."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from chatarena.arena import events as ev
from chatarena.arena import moves as mv
from chatarena.arena.agent import Sampling
from chatarena.arena.opening import open_session
from chatarena.arena.protocol import Protocol
from chatarena.arena.session import Session, evolve, fold
from chatarena.arena.settings import Price, Settings
from chatarena.arena.transcript import heard, prompt, turn_purpose
from chatarena.cli.debate import estimate_words
from chatarena.language_model.port import Request
from chatarena.moderator.elicitation import rating_request, yes_no_request
from chatarena.moderator.spending import Estimate, Purse, estimate_session, estimate_tokens
from chatarena.tui.outlook import Outlook, money, variants
from tests.support.sessions import DECISION, cast, chain, outcome, ratings, ring, templates

SPOKEN = 80
CHEAP, DEAR = (
    Price(model=f"m/{name}", input_per_token=1e-6 * at, output_per_token=4e-6 * at) for name, at in (("a", 1), ("b", 9))
)
PROTOCOLS = [
    pytest.param(Protocol(rounds=3), id="simultaneous"),
    pytest.param(Protocol(name="round_robin", rounds=3), id="round robin"),
    pytest.param(Protocol(name="rebuttal", rounds=3), id="rebuttal"),
    pytest.param(Protocol(name="one_on_one", rounds=3), id="one on one"),
    pytest.param(Protocol(name="network", rounds=3, hearing=chain(4)), id="chain"),
    pytest.param(Protocol(name="network", rounds=3, hearing=ring(4)), id="ring"),
    pytest.param(Protocol(name="round_robin", rounds=3, claims=False), id="without claims"),
]
APPRAISALS = pytest.mark.parametrize(
    "appraise", [(), ("verbal",), ("verbal", "logprob")], ids=["no appraisal", "verbal", "both"]
)


def opened(protocol: Protocol, **settings) -> tuple[ev.Event, ...]:
    agents = tuple(
        replace(agent, model=price.model, sampling=Sampling(max_tokens=SPOKEN))
        for agent, price in zip(cast(4), (CHEAP, DEAR, CHEAP, CHEAP), strict=True)
    )
    made = Settings(**{"appraise": (), **settings})
    return open_session(
        DECISION, agents, protocol, made, templates(protocol.name), version="0", seed=3, prices=(CHEAP, DEAR)
    )


def requests(session: Session, move: mv.Move) -> list[tuple[int, int]]:
    """Tokens read and written at most by each call of a move, the prompt as the model would get it."""

    def read(request: Request) -> tuple[int, int]:
        return sum(estimate_tokens(part.text) for part in request.parts), request.sampling.max_tokens

    match move:
        case mv.Speak(agent=agent, round=round_):
            parts, _ = prompt(session, agent, round_, turn_purpose(heard(session, agent, round_), agent))
            return [(sum(estimate_tokens(part.text) for part in parts), SPOKEN)]
        case mv.Claim(agent=agent, round=round_):
            return [read(rating_request(session, agent, round_, "claim"))]
        case mv.Appraise(agent=agent, round=round_, method="verbal"):
            return [read(rating_request(session, agent, round_, "appraisal"))]
        case mv.Appraise(agent=agent, round=round_):
            return [read(yes_no_request(session, agent, round_, option)) for option in DECISION.option_ids]
        case _:
            return []


def at_the_limit(session: Session, move: mv.Move) -> ev.Event:
    event = outcome(session, move)
    match event:
        case ev.TurnTaken():
            words = ("word " * SPOKEN)[: math.floor(3.6 * SPOKEN)].strip()
            return replace(event, text=words)
        case ev.ClaimMade():
            return replace(event, ratings=ratings(DECISION, [100.0] * len(DECISION.options)))
        case _:
            return event


@APPRAISALS
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_nothing_takes_more_than_was_said_before(protocol: Protocol, appraise: tuple[str, ...]) -> None:
    opening = opened(protocol, appraise=appraise)
    session, took = fold(opening), []
    prices = {price.model: price for price in (CHEAP, DEAR)}
    while moves := mv.next_moves(session):
        for into, out in requests(session, moves[0]):
            price = prices[session.commitment(moves[0].agent).agent.model]  # type: ignore[union-attr]
            took.append((into + out, into * price.input_per_token + out * price.output_per_token))
        session = evolve(session, at_the_limit(session, moves[0]))
    said = estimate_session(opening)
    tokens, dollars = (sum(each) for each in zip(*took, strict=True))
    assert said.calls >= len(took)
    assert tokens <= said.tokens <= 1.5 * tokens * said.calls / len(took)
    assert said.dollars is not None and dollars <= said.dollars


@pytest.mark.parametrize(
    ("dollars", "said"),
    [
        pytest.param(1e-9, "at most $0.0001", id="never nothing"),
        pytest.param(0.12341, "at most $0.1235", id="up"),
        pytest.param(0.5, "at most $0.5000", id="as it is"),
        pytest.param(0.0, "free of charge", id="free"),
    ],
)
def test_the_most_that_it_costs_is_never_rounded_down(dollars: float, said: str) -> None:
    assert estimate_words(Estimate(calls=1, tokens=1, dollars=dollars, unpriced=())).endswith(said)
    if dollars:
        made = Outlook(calls=1, tokens=12_001, dollars=dollars)
        assert float(money(made).removeprefix("at most $")) >= dollars
        assert "≤ 13k tokens" in variants(made)[-1]


@APPRAISALS
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_is_set_aside_for_a_part_is_enough_for_it_and_a_repair(
    protocol: Protocol, appraise: tuple[str, ...]
) -> None:
    """Without that a cap would be passed by the replies of calls that were let through."""
    opening = opened(protocol, appraise=appraise, token_budget=10**9, budget=1e9)
    session = fold(opening)
    purse = Purse(session)
    while moves := mv.next_moves(session):
        move = moves[0]
        if isinstance(move, mv.Speak | mv.Claim | mv.Appraise):
            purse.reserve(session, move)
            held = purse._reserved[move]
            needed = sum(into + out for into, out in requests(session, move))
            if isinstance(move, mv.Claim) or (isinstance(move, mv.Appraise) and move.method == "verbal"):
                (into, out), repair = requests(session, move)[0], session.commitment(move.agent).part("repair")
                needed += into + out + estimate_tokens(repair) + out
            assert needed <= held[0], (move, needed, held)
            purse.release(move)
        session = evolve(session, at_the_limit(session, move))
