"""Real scores that nobody here wrote: published figures are reproduced to the digits given."""

from __future__ import annotations

import csv
from itertools import pairwise

import numpy as np
import pytest

from chatarena.hull.analysis import analyse
from chatarena.hull.curve import learning_curve
from chatarena.hull.heldout import held_out
from chatarena.hull.splits import Splits, joined, k_fold, random_halves
from chatarena.hull.table import UtilityTable, select, table
from tests.support.data import data_folder


def offtherails(question: str) -> UtilityTable:
    """80 moral dilemmas: what people think of them, and ten settings of language models; 1 to 5 brought to [0, 1]."""
    with (data_folder("offtherails") / "offtherails.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    agents = [
        name for name in rows[0] if name.startswith({"permissibility": "perm|", "intention": "intent|"}[question])
    ]
    scores = np.array([[float(row[agent]) for agent in agents] for row in rows])
    people = np.array([float(row[f"human_{question}"]) for row in rows])
    return table((scores - 1) / 4, (people - 1) / 4, agents)


def dices() -> UtilityTable:
    """350 conversations: what 123 raters say of their safety, and an expert."""
    with (data_folder("dices350") / "dices350_raters.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    raters = [name for name in rows[0] if name.startswith("rater")]
    return table(
        [[float(row[rater]) for rater in raters] for row in rows], [float(row["expert_safe"]) for row in rows], raters
    )


def halves(n: int) -> Splits:
    """The protocol of the figures: seeds 0 to 19, the first half of each permutation is fitted."""
    return joined(*(random_halves(n, 1, np.random.default_rng(seed)) for seed in range(20)))


TABLES = {
    "permissibility": (
        lambda: offtherails("permissibility"),
        {"constant": 0.00400, "best single": 0.01522, "mean": 0.00755, "simplex": 0.00701, "cone": 0.00585},
        # Two settings agree on all fitted rows in four splits, so that the figure for the cone hangs on a choice.
        {"cone": 5e-4},
    ),
    "intention": (
        lambda: offtherails("intention"),
        {"constant": 0.00565, "best single": 0.02408, "mean": 0.03064, "simplex": 0.00369, "cone": 0.00387},
        {},
    ),
    "dices350": (
        dices,
        {"constant": 0.25276, "best single": 0.29907, "mean": 0.21637, "simplex": 0.18513, "cone": 0.19281},
        {},
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_held_out_errors_of_published_tables(name):
    make, expected, tolerances = TABLES[name]
    full = make()
    found = held_out(full, halves(full.n), methods=tuple(expected))
    for method, error in expected.items():
        assert found.of(method).mse == pytest.approx(error, abs=tolerances.get(method, 5.1e-6)), method


def test_where_agents_agree_on_all_fitted_rows_the_figure_is_that_of_equal_shares():
    """The figure for the simplex depends on it: without equal shares it would be .00705 or another, by their order."""
    full = offtherails("permissibility")
    splits = halves(80)
    undetermined = [split for split in splits.splits if np.linalg.matrix_rank(full.utilities[split.train]) < full.k]
    assert len(undetermined) == 4
    errors = [
        held_out(one, splits, methods=("simplex",)).of("simplex").mse
        for one in (full, select(full, agents=np.arange(full.k)[::-1].copy()))
    ]
    assert errors[0] == pytest.approx(errors[1], abs=1e-12)


@pytest.mark.parametrize(
    ("make", "offset", "answer", "better"),
    [
        # People's judgements of what is permissible vary less than ten settings disagree about them.
        pytest.param(lambda: offtherails("permissibility"), "none", "not inside", False, id="permissibility"),
        pytest.param(lambda: offtherails("intention"), "none", "not inside", True, id="intention"),
        pytest.param(dices, "free", "not inside", True, id="dices350"),
    ],
)
def test_verdicts_on_real_tables(make, offset, answer, better):
    full = make()
    found = analyse(full, np.random.default_rng(0), offset=offset, curve=2, bootstrap=50, null=99)
    assert found.verdict.answer == answer
    gain = found.held_out.difference("simplex", "constant")
    assert (gain.mse + 2 * gain.se < 0) == better
    dealt, drawn = found.nulls
    assert dealt.p == 0.01
    assert (drawn.p <= 0.05) == better


def test_the_curve_of_the_raters_falls_where_agents_were_kept_out():
    """123 raters: the hull goes on gaining long after the best of the raters has stopped to."""
    full = dices()
    splits = k_fold(full.n, 5, np.random.default_rng(0))
    found = learning_curve(full, splits, np.random.default_rng(1), sizes=(1, 5, 20, 123), repeats=20)
    simplex, single, cone = (found.of(method).points for method in ("simplex", "best single", "least squares"))
    held = [point.held_out for point in simplex]
    assert all(after < before for before, after in pairwise(held))
    assert held[-1] + 3 * simplex[-1].se < single[-1].held_out
    # Least squares fits best and predicts worst with all of them.
    assert cone[-1].fitted < simplex[-1].fitted
    assert cone[-1].held_out > 1.5 * held[-1]
