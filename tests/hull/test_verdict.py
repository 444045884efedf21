"""Verdicts: outside from a fit alone, inside only after a test that could fail, and never a proud inside otherwise."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatarena.hull.alarms import DECISIVE, Evidence
from chatarena.hull.bootstrap import bootstrap
from chatarena.hull.degenerate import exact_by_construction
from chatarena.hull.fit import fit
from chatarena.hull.heldout import held_out
from chatarena.hull.null import permutation_null, random_agents_null
from chatarena.hull.reduction import factor
from chatarena.hull.residuals import half_range
from chatarena.hull.splits import k_fold
from chatarena.hull.sup import sup_fit
from chatarena.hull.table import UtilityTable, table
from chatarena.hull.verdict import verdict
from chatarena.hull.words import apart, at_least, at_most, number
from tests.hull.tables import made_table, unrelated_table


def evidence_of(full: UtilityTable, kind="simplex", offset="free", units: int | None = None) -> Evidence:
    rng = np.random.default_rng(0)
    splits = k_fold(full.n, min(5, full.n), rng)
    return Evidence(
        fitted=fit(full, kind, offset=offset),
        best_sup=sup_fit(full, kind, offset=offset),
        constant_gap=half_range(full),
        held_out=held_out(full, splits, offset=offset),
        nulls=(
            permutation_null(full, kind, rng, offset=offset, draws=99),
            random_agents_null(full, kind, rng, offset=offset, draws=99),
        ),
        bootstrap=None,
        spans=exact_by_construction(factor(full), offset),
        units=full.n if units is None else units,
    )


def doubled(full: UtilityTable) -> UtilityTable:
    return table(np.column_stack([full.utilities, full.utilities[:, 0]]), full.target)


def with_a_hole(full: UtilityTable) -> UtilityTable:
    holed = full.utilities.copy()
    holed[3, 1] = np.nan
    return table(holed, full.target)


def test_only_what_is_small_is_called_small():
    full = table([[0.9, 0.1], [0.2, 0.8]], [0.7, 0.3])
    words = verdict(evidence_of(full), "simplex", norm="largest error").answer_words
    assert "of 0 on the fitted instances is small, but no evidence by itself; on instances kept out it is 0." in words


NUMBERS = st.floats(-1e6, 1e6).filter(lambda value: abs(value) > 1e-6)


@given(NUMBERS)
def test_what_is_promised_or_proved_is_rounded_towards_what_is_certain(value):
    low, high = float(at_least(value)), float(at_most(value))
    dust = 1e-8 * abs(value)
    assert low <= value + dust and high >= value - dust
    assert high - low <= 0.011 * abs(value) and float(number(value)) in (low, high)


@given(NUMBERS, st.floats(-1e-3, 1e-3))
def test_two_numbers_that_differ_are_told_apart(value, share):
    other = value * (1.0 + share)
    words = apart(value, other)
    assert (words[0] == words[1]) <= (abs(value - other) <= 1e-14 * abs(value))


@pytest.mark.parametrize("seed", range(20))
def test_sentences_claim_no_more_than_was_proved(seed):
    evidence = evidence_of(made_table(n=30, noise=0.05, seed=seed))
    line = next(s for s in verdict(evidence, "simplex").sentences if s.startswith("No weights of this kind"))
    never, had = (float(word) for word in re.findall(r"(?<=below )[\d.e-]+(?=;)|[\d.e-]+(?= can be had)", line))
    assert never <= evidence.best_sup.lower + 1e-12 and had >= evidence.best_sup.gap_sup - 1e-12


CLEAR = made_table(noise=0.02)
CASES = [
    # table, arguments, answer, qualified, a word of the alarm that must be there ("" for none at all)
    pytest.param(CLEAR, {}, "inside", False, "", id="inside"),
    pytest.param(CLEAR, {"kind": "cone"}, "inside", False, "", id="inside the cone"),
    pytest.param(made_table(noise=0.2), {}, "not inside", False, None, id="far off"),
    pytest.param(CLEAR, {"tolerance": 0.01}, "not inside", False, None, id="off by more than is allowed"),
    pytest.param(
        made_table(n=3, k=4, noise=0.0), {}, "cannot be told", False, "many weights do equally well", id="few instances"
    ),
    pytest.param(
        made_table(n=24, k=18, noise=0.02), {}, "cannot be told", False, "fewer than 2 for each", id="many agents"
    ),
    pytest.param(
        made_table(n=40, k=12, noise=0.03),
        {"tolerance": 0.0325},
        "cannot be told",
        False,
        None,
        id="small where fitted and not where kept out",
    ),
    pytest.param(
        table([[0.1, 0.9], [0.9, 0.1], [0.4, 0.6]], [0.3, 0.7, 0.5]),
        {"kind": "cone"},
        "cannot be told",
        False,
        "contains the whole line",
        id="two opposed agents contain everybody",
    ),
    pytest.param(
        table(CLEAR.utilities, np.full(60, 0.5)),
        {"tolerance": 0.5},
        "cannot be told",
        False,
        "dealt out",
        id="constant",
    ),
    pytest.param(
        unrelated_table(0), {"tolerance": 0.9}, "cannot be told", False, "random agents", id="random agents do as well"
    ),
    pytest.param(
        unrelated_table(0), {"tolerance": 0.9}, "cannot be told", False, "a constant", id="a constant does as well"
    ),
    pytest.param(CLEAR, {"units": 3}, "cannot be told", False, "Only 3 groups", id="three sessions"),
    pytest.param(doubled(CLEAR), {}, "inside", True, "moved between them", id="an agent twice"),
    pytest.param(with_a_hole(CLEAR), {}, "inside", True, "left out", id="a missing number"),
]


@pytest.mark.parametrize(("full", "arguments", "answer", "qualified", "alarm"), CASES)
def test_answers(full, arguments, answer, qualified, alarm):
    chosen = {key: value for key, value in arguments.items() if key in ("kind", "units")}
    found = verdict(
        evidence_of(full, **chosen), chosen.get("kind", "simplex"), tolerance=arguments.get("tolerance", 0.05)
    )
    assert (found.answer, found.qualified) == (answer, qualified)
    words = " ".join(one.words for one in found.alarms)
    assert alarm is None or (alarm in words if alarm else not words)
    assert found.answer_words in found.sentences
    assert set(one.words for one in found.alarms) <= set(found.sentences)


@pytest.mark.parametrize(
    ("tolerance", "answer"),
    [
        pytest.param(0.037, "inside", id="above what can be had"),
        pytest.param(0.034, "not inside", id="below what is proved"),
    ],
)
def test_the_largest_error_is_another_claim(tolerance, answer):
    evidence = evidence_of(CLEAR)
    assert 0.034 < evidence.best_sup.lower <= evidence.best_sup.gap_sup < 0.037
    found = verdict(evidence, "simplex", norm="largest error", tolerance=tolerance)
    assert (found.answer, found.norm) == (answer, "largest error")
    assert found.error == evidence.best_sup.gap_sup
    # The mean square alone is far inside either tolerance.
    assert verdict(evidence, "simplex", tolerance=tolerance).answer == "inside"


def test_between_the_proved_bounds_nothing_is_claimed():
    evidence = evidence_of(CLEAR)
    loose = replace(evidence, best_sup=replace(evidence.best_sup, lower=0.01))
    assert verdict(loose, "simplex", norm="largest error", tolerance=0.03).answer == "cannot be told"


@pytest.mark.parametrize(
    ("lacks", "answer", "qualified"),
    [
        pytest.param({"held_out": None}, "cannot be told", False, id="nothing kept out"),
        pytest.param({"nulls": ()}, "inside", True, id="no nulls"),
    ],
)
def test_what_was_not_made_is_held_against_an_inside(lacks, answer, qualified):
    found = verdict(replace(evidence_of(CLEAR), **lacks), "simplex")
    assert (found.answer, found.qualified) == (answer, qualified)


def test_a_single_split_is_not_enough():
    evidence = evidence_of(CLEAR)
    splits = k_fold(60, 2, np.random.default_rng(0))
    once = held_out(CLEAR, replace(splits, splits=splits.splits[:1]), offset="free")
    assert verdict(replace(evidence, held_out=once), "simplex").answer == "cannot be told"


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 10**6),
    st.integers(2, 14),
    st.integers(1, 8),
    st.sampled_from(["simplex", "cone", "affine"]),
    st.sampled_from(["none", "free"]),
    st.sampled_from(["mean square", "largest error"]),
    st.floats(0.01, 2.0),
)
def test_never_a_proud_inside(seed, n, k, kind, offset, norm, tolerance):
    full = unrelated_table(seed, n=n, k=k)
    evidence = evidence_of(full, kind, offset)
    found = verdict(evidence, kind, norm=norm, tolerance=tolerance)
    says_nothing = any(
        finding.says_nothing or finding.kind in DECISIVE for finding in (*evidence.fitted.warnings, *evidence.spans)
    )
    if n < 10 or says_nothing or any(null.p > 0.05 for null in evidence.nulls):
        assert found.answer != "inside"
    if found.answer == "inside":
        assert found.qualified == bool(found.alarms)
    if norm == "mean square":
        assert (found.answer == "not inside") == (evidence.fitted.rmse > tolerance)


@pytest.mark.parametrize("kind", ["simplex", "cone", "affine"])
@pytest.mark.parametrize("norm", ["mean square", "largest error"])
def test_sentences_say_what_was_asked_and_what_does_not_follow(kind, norm):
    evidence = evidence_of(CLEAR, kind)
    found = verdict(replace(evidence, bootstrap=bootstrap(CLEAR, kind, np.random.default_rng(0))), kind, norm=norm)
    said = " ".join(found.sentences)
    assert {"simplex": "weighted average", "cone": "not negative", "affine": "may be negative"}[kind] in said
    assert "plus a constant" in said
    assert "5-fold cross-validation over 60 rows" in said
    assert "999" not in said
    assert "99 draws" in said
    assert "Drawn anew 1000 times" in said
    assert "epsilon of the theorems" in said
    assert "do not collude" in said
    assert ("not the epsilon" in said) == (norm == "mean square")
    assert all(sentence[0].isupper() and sentence[-1] in ".?" for sentence in found.sentences)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param({"tolerance": 0.0}, "tolerance", id="no tolerance"),
        pytest.param({"tolerance": float("nan")}, "tolerance", id="not a number"),
        pytest.param({"norm": "median"}, "norm", id="unknown norm"),
    ],
)
def test_what_cannot_be_judged_is_refused(arguments, said):
    with pytest.raises(ValueError, match=said):
        verdict(evidence_of(CLEAR), "simplex", **arguments)


def test_the_largest_error_must_have_been_found():
    with pytest.raises(ValueError, match="best_sup"):
        verdict(replace(evidence_of(CLEAR), best_sup=None), "simplex", norm="largest error")
