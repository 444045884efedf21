"""Tokens and money before and during a session."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena.arena.protocol import Protocol
from chatarena.arena.settings import Price, Settings
from chatarena.moderator.spending import estimate_session, estimate_tokens
from tests.support.sessions import opening

PRICED = Price(model="m", input_per_token=1e-6, output_per_token=4e-6)
FREE = Price(model="m", input_per_token=0.0, output_per_token=0.0)
UNKNOWN = Price(model="m", input_per_token=None, output_per_token=None)


@pytest.mark.parametrize(
    ("price", "prompt", "written", "cost"),
    [
        pytest.param(PRICED, 1000, 100, 0.0014, id="usage x price"),
        pytest.param(PRICED, None, 100, None, id="unknown usage"),
        pytest.param(PRICED, 1000, None, None, id="half of the usage unknown"),
        pytest.param(UNKNOWN, 1000, 100, None, id="unknown price"),
        pytest.param(Price(model="m", input_per_token=1e-6, output_per_token=None), 1, 1, None, id="half a price"),
        pytest.param(FREE, None, None, 0.0, id="free whatever the usage"),
    ],
)
def test_the_cost_of_a_call(price, prompt, written, cost):
    assert price.cost(prompt, written) == (None if cost is None else pytest.approx(cost))


# Counted with tiktoken's cl100k_base.
@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("The repair costs less than a replacement, and the risk is yours to bear.", 16),
        ("Should I take the new job in Bristol, which pays more but has six months of probation?", 19),
        ("我应该接受新的工作吗？", 13),
        ("Стоит ли мне принять новую работу?", 14),
    ],
)
def test_the_estimate_errs_on_the_high_side_but_not_wildly(text, tokens):
    assert tokens <= estimate_tokens(text) <= 2.5 * tokens


@given(st.text(), st.text())
def test_the_estimate_of_a_whole_is_at_most_that_of_its_parts(left, right):
    assert 0 <= estimate_tokens(left + right) <= estimate_tokens(left) + estimate_tokens(right)
    assert estimate_tokens(left + right) >= max(estimate_tokens(left), estimate_tokens(right))


def test_a_session_is_counted_call_by_call():
    one = estimate_session(opening(1, protocol=Protocol(rounds=1), settings=Settings(appraise=())))
    assert one.calls == 2
    both = estimate_session(opening(4, protocol=Protocol(rounds=3), settings=Settings(appraise=("verbal", "logprob"))))
    assert both.calls == 4 * 3 * (1 + 1 + 1 + 3)
    visits = estimate_session(
        opening(4, protocol=Protocol(name="one_on_one", rounds=3), settings=Settings(appraise=()))
    )
    assert visits.calls == 4 * 3 * 2
    assert both.tokens > one.tokens * 12


def test_an_unknown_price_is_named_and_never_nothing():
    estimate = estimate_session(opening(2))
    assert estimate.dollars is None
    assert estimate.unpriced == ("scripted/words",)
