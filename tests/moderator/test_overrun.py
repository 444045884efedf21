"""Which limits an estimate says would end a session early, and when."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatarena.arena.settings import Settings
from chatarena.moderator.overrun import overruns
from chatarena.moderator.spending import Estimate, estimate_session
from tests.moderator.test_estimate_holds import PROTOCOLS, Protocol, opened

FOUR = Estimate(
    calls=4,
    tokens=1000,
    dollars=0.4,
    unpriced=(),
    tokens_by_round=(200, 400, 700, 1000),
    dollars_by_round=(0.1, 0.2, 0.3, 0.4),
)
ONE = replace(FOUR, tokens_by_round=(1000,), dollars_by_round=(0.4,))


@pytest.mark.parametrize(
    ("estimate", "settings", "seconds", "told"),
    [
        pytest.param(FOUR, Settings(), 400.0, (), id="no limits"),
        pytest.param(FOUR, Settings(token_budget=1000, budget=0.4, time_budget=400), 400.0, (), id="just enough"),
        pytest.param(
            FOUR,
            Settings(token_budget=699),
            None,
            ("More than the token budget of 699, which may be spent after about 2 of 4 rounds.",),
            id="tokens",
        ),
        pytest.param(
            FOUR,
            Settings(token_budget=700),
            None,
            ("More than the token budget of 700, which may be spent after about 3 of 4 rounds.",),
            id="tokens, a round longer",
        ),
        pytest.param(
            FOUR,
            Settings(token_budget=199),
            None,
            ("More than the token budget of 199, which may be spent in the first round.",),
            id="not one round",
        ),
        pytest.param(
            ONE,
            Settings(token_budget=199),
            None,
            ("More than the token budget of 199, which may be spent before the round is over.",),
            id="not the only one",
        ),
        pytest.param(
            FOUR,
            Settings(time_budget=210),
            400.0,
            ("Longer than the time budget of 210 s, which would be up after about 2 of 4 rounds.",),
            id="time",
        ),
        pytest.param(FOUR, Settings(time_budget=1), None, (), id="time of which nothing tells"),
        pytest.param(
            FOUR,
            Settings(budget=0.35),
            None,
            ("More than the budget of $0.35, which may be spent after about 3 of 4 rounds.",),
            id="money",
        ),
        pytest.param(
            replace(FOUR, dollars=None, dollars_by_round=(), unpriced=("m",)),
            Settings(budget=0.01),
            None,
            (),
            id="money where a price is unknown, which is said elsewhere",
        ),
    ],
)
def test_each_limit_that_would_be_passed_is_told_with_the_round(
    estimate: Estimate, settings: Settings, seconds: float | None, told: tuple[str, ...]
) -> None:
    assert overruns(estimate, settings, seconds) == told


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_is_taken_by_the_end_of_each_round_is_what_so_many_rounds_take(protocol: Protocol) -> None:
    whole = estimate_session(opened(protocol))
    for round_ in range(1, protocol.rounds + 1):
        shorter = estimate_session(opened(replace(protocol, rounds=round_)))
        assert whole.tokens_by_round[round_ - 1] == shorter.tokens
        assert whole.dollars_by_round[round_ - 1] == pytest.approx(shorter.dollars)
