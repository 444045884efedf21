"""The game's tables: what is taken, what is refused and how."""

from __future__ import annotations

import numpy as np
import pytest

from chatarena.games.game import game

PRIOR, USER, LEADERS = [0.25, 0.75], [[1.0, 0.0], [0.0, 1.0]], [[[0.0, 0.0], [1.0, 1.0]]]


def test_a_game_has_names_and_tables_that_cannot_be_written_to() -> None:
    made = game(PRIOR, USER, LEADERS, states=("dry", "wet"))
    assert (made.n_leaders, made.n_actions, made.n_states) == (1, 2, 2)
    assert (made.state_names, made.action_names, made.leader_names) == (
        ("dry", "wet"),
        ("action 1", "action 2"),
        ("leader 1",),
    )
    for table in (made.prior, made.user, made.leaders):
        with pytest.raises(ValueError, match="read-only"):
            table[...] = 0.0


def test_a_named_scale_becomes_zero_to_one_for_everybody() -> None:
    made = game(PRIOR, np.array(USER) * 100, np.array(LEADERS) * 50, scale=(0, 100))
    assert np.array_equal(made.user, USER)
    assert np.array_equal(made.leaders, np.array(LEADERS) * 0.5)
    assert made.scale == (0.0, 100.0)


def test_signals_are_one_for_all_leaders_or_one_for_each() -> None:
    common = game(PRIOR, USER, LEADERS, leader_signal=[[0.9, 0.2], [0.1, 0.8]], user_signal=[[1.0, 1.0]])
    own = game(PRIOR, USER, LEADERS, leader_signal=[[[0.9, 0.2], [0.1, 0.8]]])
    assert (common.own_signals, own.own_signals, game(PRIOR, USER, LEADERS).own_signals) == (False, True, False)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        pytest.param({"prior": [0.5, 0.6]}, "prior must sum to 1", id="prior does not sum"),
        pytest.param({"prior": [1.5, -0.5]}, "cannot be negative", id="negative prior"),
        pytest.param({"prior": [0.5, 0.25, 0.25]}, "user has 2 states", id="other states"),
        pytest.param({"user": [[1.0, None], [0.0, 1.0]]}, "must be there", id="missing number"),
        pytest.param({"user": [[1.0], [0.0, 1.0]]}, "rows alike", id="ragged"),
        pytest.param({"user": [[2.0, 0.0], [0.0, 1.0]]}, "off the scale", id="off the scale"),
        pytest.param({"leaders": [[[0.0, 0.0]]]}, "leaders must be k x 2 actions", id="other actions"),
        pytest.param({"leaders": []}, "leaders must have 3 axes", id="no leader"),
        pytest.param({"scale": (1.0, 0.0)}, "lower to a higher", id="scale upside down"),
        pytest.param({"states": ["a", "a"]}, "different names of states", id="same name twice"),
        pytest.param({"user_signal": [[0.5, 0.5]]}, "user_signal must sum", id="signal does not sum"),
        pytest.param({"leader_signal": [[1.0, 1.0, 1.0]]}, "signals x 2 states, or 1", id="signal of other states"),
    ],
)
def test_what_is_no_game_is_refused_with_its_reason(changed: dict[str, object], words: str) -> None:
    given = {"prior": PRIOR, "user": USER, "leaders": LEADERS, **changed}
    with pytest.raises(ValueError, match=words):
        game(**given)  # type: ignore[arg-type]
