"""Weights from earlier sessions: found where there is something to find, refused where it is noise, and said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog, nnls

from chatarena.arena import events as ev
from chatarena.arena.forecasting import panel_utilities
from chatarena.arena.learned_weights import FEWEST_PER_AGENT, FEWEST_SESSIONS, Earlier, learn
from chatarena.arena.recommending import recommend
from chatarena.arena.session import evolve, fold
from chatarena.report.words import bound_lines, qualifications
from tests.support.sessions import DECISION, opening, ratings

SEATS = {"seller": "Ash", "keeper": "Birch"}


def history(weights, *, sessions=8, options=3, noise=0.0, seed=1, names=tuple(SEATS)):
    """Sessions in which her ratings are the claims put together by these weights, a constant a session, and noise."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(sessions):
        claims = rng.uniform(0, 1, (options, len(names)))
        finals = claims @ np.asarray(weights) + rng.uniform(-0.2, 0.2) + noise * rng.standard_normal(options)
        found.append(
            Earlier(
                session=f"S{number}",
                claims={name: tuple(claims[:, place]) for place, name in enumerate(names)},
                finals=tuple(finals),
            )
        )
    return found


def centred(earlier, names=tuple(SEATS)):
    """Claims and ratings with each session's means taken off: what a constant a session leaves."""
    x = [np.array([one.claims[name] for name in names]).T for one in earlier]
    y = [np.array(one.finals) for one in earlier]
    return np.vstack([part - part.mean(axis=0) for part in x]), np.concatenate([part - part.mean() for part in y])


def least_gap(earlier, names=tuple(SEATS)):
    """The sup-norm problem written out whole: weights, a constant a session, and the largest error."""
    rows, bounds = [], []
    for number, one in enumerate(earlier):
        for option, final in enumerate(one.finals):
            constant = np.zeros(len(earlier))
            constant[number] = 1
            values = np.concatenate([[one.claims[name][option] for name in names], constant])
            rows += [np.append(values, -1), np.append(-values, -1)]
            bounds += [final, -final]
    k, total = len(names), len(names) + len(earlier) + 1
    result = linprog(
        np.eye(total)[-1],
        A_ub=np.array(rows),
        b_ub=np.array(bounds),
        A_eq=[np.concatenate([np.ones(k), np.zeros(total - k)])],
        b_eq=[1],
        bounds=[(0, None)] * k + [(None, None)] * len(earlier) + [(0, None)],
    )
    return result.fun


def test_planted_weights_are_found_and_leave_no_gap():
    panel = learn(history((0.8, 0.2)), SEATS)
    assert {item.agent: item.weight for item in panel.weights} == pytest.approx({"Ash": 0.8, "Birch": 0.2})
    assert panel.gap_sup == pytest.approx(0, abs=1e-9)
    assert (panel.sessions, panel.instances, panel.reason) == (8, 24, "")
    assert panel.held_out_mse == pytest.approx(0, abs=1e-12)
    assert panel.equal_mse - panel.held_out_mse > panel.difference_se > 0


@pytest.mark.parametrize("seed", range(4))
def test_weights_and_gap_are_those_of_other_formulations(seed):
    names = ("a", "b", "c")
    earlier = history((0.7, 0.3, 0.0), sessions=12, noise=0.05, seed=seed, names=names)
    panel = learn(earlier, {name: name.upper() for name in names})
    x, y = centred(earlier, names)
    weighted = nnls(np.vstack([x, 1e5 * np.ones(3)]), np.append(y, 1e5))[0]
    assert panel.weights, panel.reason
    assert [item.weight for item in panel.weights] == pytest.approx(weighted, abs=1e-6)
    assert panel.gap_sup == pytest.approx(least_gap(earlier, names), abs=1e-7)


def test_the_held_out_errors_are_of_sessions_that_were_not_learned_from():
    earlier = history((0.9, 0.1), noise=0.1, seed=5)
    panel = learn(earlier, SEATS)
    learned, equal = [], []
    for place, one in enumerate(earlier):
        x, y = centred(earlier[:place] + earlier[place + 1 :])
        best = np.clip((x[:, 0] - x[:, 1]) @ (y - x[:, 1]) / np.sum((x[:, 0] - x[:, 1]) ** 2), 0, 1)
        x, y = centred([one])
        learned.append(np.mean((x @ [best, 1 - best] - y) ** 2))
        equal.append(np.mean((x @ [0.5, 0.5] - y) ** 2))
    assert panel.held_out_mse == pytest.approx(np.mean(learned))
    assert panel.equal_mse == pytest.approx(np.mean(equal))
    spread = np.var(np.subtract(equal, learned), ddof=1)
    assert panel.difference_se == pytest.approx(np.sqrt((1 / 8 + 1 / 7) * spread))
    assert bool(panel.weights) == (panel.equal_mse - panel.held_out_mse > panel.difference_se)


REFUSED = [
    pytest.param(history((0.9, 0.1), sessions=FEWEST_SESSIONS - 1), "from 5 on", id="too-few-sessions"),
    pytest.param(
        history((0.9, 0.1), sessions=FEWEST_SESSIONS, options=2), "learned from 11 options on", id="too-few-options"
    ),
    pytest.param(history((0.5, 0.5), noise=0.02), "not clearly better than equal", id="equal-is-right"),
    pytest.param(history((0.0, 0.0), noise=0.3, seed=3), "not clearly better than equal", id="noise"),
]


@pytest.mark.parametrize(("earlier", "reason"), REFUSED)
def test_where_nothing_can_be_learned_all_count_the_same_and_it_is_said(earlier, reason):
    panel = learn(earlier, SEATS)
    assert panel.weights == ()
    assert reason in panel.reason
    assert panel.sessions == len(earlier)


def test_too_few_numbers_give_no_gap_either():
    panel = learn(history((0.9, 0.1), sessions=FEWEST_SESSIONS - 1), SEATS)
    assert (panel.gap_sup, panel.held_out_mse) == (None, None)


UNMET = [
    pytest.param([], SEATS, id="no-sessions"),
    pytest.param(history((1.0,), names=("seller",)), SEATS, id="never-all-together"),
    pytest.param(history((1.0,), names=("seller",)), {"seller": "Ash"}, id="one-agent-has-nothing-to-weigh"),
    pytest.param([replace(history((1, 0))[0], finals=(0.5, None, None))], SEATS, id="one-option-compares-nothing"),
]


@pytest.mark.parametrize(("earlier", "seats"), UNMET)
def test_agents_that_never_met_are_not_spoken_of(earlier, seats):
    assert learn(earlier, seats) is None


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(8)), st.floats(-0.3, 0.3))
def test_neither_the_order_of_sessions_nor_a_level_of_hers_matters(order, level):
    earlier = history((0.8, 0.2), noise=0.03, seed=2)
    shifted = [replace(earlier[i], finals=tuple(value + level for value in earlier[i].finals)) for i in order]
    one, other = learn(earlier, SEATS), learn(shifted, SEATS)
    assert [item.weight for item in other.weights] == pytest.approx([item.weight for item in one.weights])
    assert other.gap_sup == pytest.approx(one.gap_sup, abs=1e-9)


def test_a_session_with_a_hole_counts_with_what_is_whole():
    earlier = history((0.8, 0.2))
    claims = {**earlier[0].claims, "seller": (None, *earlier[0].claims["seller"][1:])}
    earlier[0] = replace(earlier[0], claims=claims)
    assert learn(earlier, SEATS).instances == 23
    assert FEWEST_PER_AGENT * 2 < 23 - 8


# -- into the decision -------------------------------------------------------------------------------------------------

PANEL = ev.PanelWeights(
    weights=(ev.AgentWeight(agent="Ash", weight=0.75), ev.AgentWeight(agent="Birch", weight=0.25)),
    sessions=6,
    instances=18,
    gap_sup=0.04,
)


def talked(panel, *events):
    head, *commitments = opening(2)
    claims = [
        ev.ClaimMade(agent="Ash", round=1, ratings=ratings(DECISION, (80.0, 20.0, 40.0))),
        ev.ClaimMade(agent="Birch", round=1, ratings=ratings(DECISION, (40.0, 60.0, 0.0))),
    ]
    opened = ev.RoundOpened(round=1, order=("Ash", "Birch"))
    return fold((replace(head, panel=panel), *commitments, opened, *claims, *events))


def test_what_earlier_sessions_taught_weighs_the_panel():
    assert panel_utilities(talked(None)) == pytest.approx((0.6, 0.4, 0.2))
    assert panel_utilities(talked(PANEL)) == pytest.approx((0.7, 0.3, 0.3))
    unlearned = replace(PANEL, weights=(), reason="too few")
    assert panel_utilities(talked(unlearned)) == pytest.approx((0.6, 0.4, 0.2))


def forked(**change):
    return ev.SessionForked(parent="S", at=4, prefix="d" * 64, version="0", **change)


def test_a_forks_own_weights_go_before_what_was_learned():
    by_hand = talked(PANEL, forked(weights=(ev.AgentWeight(agent="Birch", weight=3.0),)))
    assert by_hand.weights == {"Ash": 1.0, "Birch": 3.0}
    assert talked(PANEL, forked(precision=2.0)).weights == {"Ash": 0.75, "Birch": 0.25}
    assert "as much as was asked for" in " ".join(qualifications(recommend(by_hand), DECISION))


def test_the_card_says_on_how_many_sessions_weights_and_gap_rest():
    card = recommend(talked(PANEL))
    assert (card.weighed, card.earlier) == ("by earlier sessions", 6)
    assert "each counting as much as 6 earlier sessions with them suggest" in qualifications(card, DECISION)[0]
    assert card.bound.hull_term == pytest.approx(0.08)
    words = " ".join(bound_lines(card))
    assert "measured on 18 options of 6 earlier sessions" in words
    assert "between what they claimed and the final ratings, not the theorem's epsilon for this decision" in words
    assert card.bound.total is None, "delta is not known, so neither is the total"


def test_without_earlier_sessions_the_card_is_what_it_was():
    card = recommend(talked(None))
    assert (card.weighed, card.earlier, card.bound.sessions, card.bound.hull_term) == ("equally", 0, 0, None)
    assert "each counting the same." in qualifications(card, DECISION)[0]
    assert "Epsilon was measured" not in " ".join(bound_lines(card))


def test_earlier_sessions_that_teach_nothing_are_told_too():
    card = recommend(talked(ev.PanelWeights(sessions=2, instances=6, reason="too few")))
    assert "each counting the same (2 earlier sessions with them" in qualifications(card, DECISION)[0]


@pytest.mark.parametrize("change", [{"without": ("Ash",)}, {"unheeded": ("Ash",)}], ids=["left-out", "unheeded"])
def test_the_gap_of_all_agents_says_nothing_of_some_of_them(change):
    card = recommend(talked(PANEL, forked(**change)))
    assert (card.bound.hull_term, card.bound.sessions) == (None, 0)


def test_the_weights_outlive_what_comes_after():
    session = talked(PANEL)
    assert evolve(session, ev.PrecisionSet(precision=2.0)).weights == session.weights
