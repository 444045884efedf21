"""The logarithmic score: by hand, proper, and refused outside its range."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena.choice.scoring import log_score

SHARES = st.floats(0.001, 0.999)


@pytest.mark.parametrize(
    ("probability", "rounds", "rule", "value"),
    [
        (0.5, 0, {}, -1.0),
        (1.0, 0, {}, 0.0),
        (0.25, 3, {"penalty": 0.05}, -2.15),
        (0.01, 0, {"log_base": 10.0}, -2.0),
        (0.5, 1, {"coefficient": 3.0, "constant": 5.0, "penalty": 1.0}, 1.0),
        # A real judge's: 0.99 after letting the talk go on four times.
        (0.99, 4, {"penalty": 0.05}, -0.2144995696951151),
    ],
)
def test_scores_by_hand(probability: float, rounds: int, rule: dict[str, float], value: float) -> None:
    assert log_score(probability, rounds, **rule) == pytest.approx(value, abs=1e-12)


def test_a_belief_that_ruled_out_the_truth_scores_minus_infinity() -> None:
    assert log_score(0.0, 0) == -math.inf


@given(SHARES, SHARES, st.integers(0, 20), st.floats(0, 1))
def test_nobody_expects_more_from_stating_another_belief(
    belief: float, stated: float, rounds: int, penalty: float
) -> None:
    def expected(share: float) -> float:
        scores = (log_score(p, rounds, penalty=penalty) for p in (share, 1 - share))
        return sum(weight * score for weight, score in zip((belief, 1 - belief), scores, strict=True))

    assert expected(belief) >= expected(stated) - 1e-9


@given(SHARES, st.integers(0, 20), st.floats(0.01, 1))
def test_every_further_round_costs_its_price(probability: float, rounds: int, penalty: float) -> None:
    gone_on = log_score(probability, rounds + 1, penalty=penalty)
    assert gone_on == pytest.approx(log_score(probability, rounds, penalty=penalty) - penalty)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"probability": 1.1, "rounds": 0}, "between 0 and 1"),
        ({"probability": float("nan"), "rounds": 0}, "between 0 and 1"),
        ({"probability": 0.5, "rounds": -1}, "fewer than 0"),
        ({"probability": 0.5, "rounds": 0, "log_base": 1.0}, "base of a logarithm"),
        ({"probability": 0.5, "rounds": 0, "log_base": -2.0}, "base of a logarithm"),
    ],
)
def test_what_is_out_of_range_is_refused(arguments: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        log_score(**arguments)  # type: ignore[arg-type]
