"""What is told of a hull analysis is what was found, and it is told in the order that an honest account needs."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from chatarena.arena import events as ev
from chatarena.errors import UsageError
from chatarena.hull.fit import best_single, constant, fit, mean
from chatarena.hull.sup import sup_fit
from chatarena.hull.table import select
from chatarena.report.chapters import report
from chatarena.report.hull.study import Question
from chatarena.report.hull.text import WHY, Grid, Sentences, blocks, few, figure, sparkline
from chatarena.report.provenance import provenance
from tests.session_log.samples import entries, opened
from tests.support.hull import QUICK, found, subject, view_of

INSIDE = subject(groups=20)
OUTSIDE = subject(bias=0.4, groups=20)
TINY = subject(n=3)


def test_answers_errors_and_weights_are_those_of_the_fits():
    view, table = view_of(INSIDE), INSIDE.table
    by_key = {one.key: one for one in view.answers}
    assert by_key["simplex"].fitted == pytest.approx(fit(table, "simplex", offset="free").rmse)
    assert by_key["constant"].fitted == pytest.approx(constant(table).rmse)
    assert by_key["mean"].fitted == pytest.approx(mean(table, offset="free").rmse)
    assert by_key["best single"].fitted == pytest.approx(best_single(table, offset="free").rmse)
    for kind in ("simplex", "cone", "affine"):
        assert by_key[kind].gap_sup == pytest.approx(sup_fit(table, kind, offset="free").gap_sup, abs=1e-8)
    assert [one.key for one in view.answers if one.chosen] == ["simplex"]
    assert {one.agent: one.weight for one in view.weights} == pytest.approx(
        dict(zip(table.agents, fit(table, "simplex", offset="free").weights, strict=True))
    )
    for one in view.weights:
        assert one.low is not None and one.high is not None and one.low - 0.2 <= one.weight <= one.high + 0.2


def test_every_agent_is_told_with_its_weight_or_by_name():
    cast = subject((0.6, 0.4, 0.0, 0.0), noise=0.002, seed=4)
    view = view_of(cast)
    assert {one.agent for one in view.weights} | set(view.silent) == set(cast.table.agents)
    assert not {one.agent for one in view.weights} & set(view.silent)


def test_intervals_are_two_standard_errors_of_the_square_around_it():
    analysis = found(INSIDE).analysis
    view = view_of(INSIDE)
    error = analysis.held_out.of("simplex")
    one = next(one for one in view.answers if one.key == "simplex")
    assert one.held_out == error.rmse
    assert one.low == pytest.approx(math.sqrt(max(0.0, error.mse - 2 * error.se)))
    assert one.high == pytest.approx(math.sqrt(error.mse + 2 * error.se))


def test_where_the_largest_error_decides_held_out_errors_are_that_too():
    question = replace(QUICK, norm="largest error", tolerance=0.1)
    analysis, view = found(INSIDE, question).analysis, view_of(INSIDE, question)
    assert view.largest
    assert view.error == analysis.best_sup.gap_sup
    for one in view.answers:
        assert one.held_out == analysis.held_out.of(one.key).largest
        assert (one.low, one.high) == (None, None)
    assert {one.agent: one.weight for one in view.weights} == {
        agent: weight for agent, weight in zip(analysis.agents, analysis.best_sup.weights, strict=True) if weight != 0
    }


def test_blind_spots_begin_with_the_largest_and_are_the_fits_residuals():
    view = view_of(OUTSIDE)
    sizes = [abs(spot.residual) for spot in view.spots]
    assert sizes == sorted(sizes, reverse=True)
    assert {spot.label for spot in view.spots[:2]} == {"g0", "g1"}, "the bias is on the first tenth of the rows"
    assert view.spots[0].residual < 0, "there the person lies above the agents"


def test_what_hangs_on_an_agent_is_the_fit_without_it():
    view, table = view_of(INSIDE), INSIDE.table
    for one in view.without:
        left = select(table, agents=[place for place, agent in enumerate(table.agents) if agent != one.agent])
        assert left.k == table.k - 1
        assert one.rmse == pytest.approx(fit(left, "simplex", offset="free").rmse)
        assert one.gap_sup == pytest.approx(sup_fit(left, "simplex", offset="free").gap_sup, abs=1e-8)


def test_any_two_agents_may_leave_and_it_is_said_what_is_left_then():
    view, table = view_of(INSIDE), INSIDE.table
    pairs = [(i,) for i in range(3)]
    worst = max(sup_fit(select(table, agents=list(pair)), "simplex", offset="free").gap_sup for pair in pairs)
    said = re.search(r"Whichever two agents leave, the least largest error is at most ([\d.]+) ", view.without_note)
    assert said and worst <= float(said[1]) <= worst + 0.001
    two = subject((0.5, 0.5), groups=20)
    assert "two agents" not in view_of(two).without_note, "nobody would be left"


def test_large_weights_are_told_with_what_they_amplify():
    tripled = subject((1.5, 1.0, 0.5), groups=20)
    view = view_of(tripled, replace(QUICK, kind="cone"))
    total = sum(one.weight for one in view.weights)
    assert total > 2.5
    assert f"sizes add up to {figure(total)}" in view.weights_note
    assert f"off by up to {figure(0.01 * total)}" in view.weights_note
    assert "add up" not in view_of(tripled).weights_note, "in the simplex nothing is amplified"


def test_the_curve_ends_where_the_held_out_errors_are():
    view = view_of(INSIDE)
    ends = {line.key: line.steps[-1].held_out for line in view.curve}
    held = {one.key: one.held_out for one in view.answers}
    assert set(ends) == {"simplex", "mean", "best single", "constant"}
    for key, value in ends.items():
        assert value == pytest.approx(held[key])
    assert [step.agents for step in view.curve[0].steps] == [1, 2, 3]


VERDICTS = [
    pytest.param(INSIDE, QUICK, "inside", False, id="inside"),
    pytest.param(OUTSIDE, QUICK, "not inside", False, id="outside"),
    pytest.param(TINY, QUICK, "cannot be told", True, id="three-rows"),
]


@pytest.mark.parametrize(("given", "question", "answer", "alarmed"), VERDICTS)
def test_the_answer_is_the_analysiss_and_alarms_stand_beside_it(given, question, answer, alarmed):
    view = view_of(given, question)
    assert view.answer == answer
    assert bool(view.alarms) == alarmed
    told = list(blocks(view))
    verdict = next(i for i, block in enumerate(told) if isinstance(block, Sentences) and view.verdict[0] in block.lines)
    assert verdict == 0
    beside = Sentences(heading=f"{WHY[answer]}:", lines=view.alarms, tone="alarm")
    assert (told[1] == beside) == alarmed


def test_kind_norm_offset_and_split_are_named_with_the_answer():
    setting = dict(view_of(INSIDE).setting)
    assert setting["Combination"].startswith("simplex")
    assert setting["Offset"] == "one constant"
    assert setting["What decides"].startswith("root mean square error, up to 0.05")
    assert setting["Held out"] == "5-fold cross-validation over 20 groups"
    assert setting["Instances"] == "60 in 20 groups that stay together"


def test_what_was_not_made_is_said():
    view = view_of(INSIDE, Question(curve=0, bootstrap=0, null=0))
    assert (view.curve, view.bands) == ((), ())
    assert {line.partition(":")[0] for line in view.missing} == {"curve", "bootstrap", "nulls"}
    assert all(one.low is None for one in view.weights)
    headings = {block.heading for block in blocks(view)}
    assert not any(heading.startswith("More agents") for heading in headings)


def test_a_proof_of_outside_speaks_of_rows_and_names_the_person():
    view = view_of(OUTSIDE)
    assert view.proof[-1].startswith("The person ")
    assert "The asker" in view_of(replace(OUTSIDE, person="the asker")).proof[-1]
    assert any("row " in line for line in view.proof[1:])
    inside = view_of(INSIDE, replace(QUICK, tolerance=0.1))
    assert "largest error is at most" in inside.proof[0]


def test_a_tolerance_on_another_scale_is_a_twentieth_of_it():
    wide = subject(groups=20)
    table = replace(wide.table, utilities=1 + 4 * wide.table.utilities, target=1 + 4 * wide.table.target)
    findings = found(replace(wide, table=table, unit=False))
    assert findings.scale == pytest.approx(np.ptp(table.target))
    strays = replace(table, utilities=np.column_stack([table.utilities[:, :-1], 100 * table.utilities[:, -1:]]))
    assert found(replace(wide, table=strays, unit=False)).scale == findings.scale
    assert findings.analysis.tolerance == pytest.approx(0.05 * findings.scale)


def test_an_offset_per_state_needs_states():
    with pytest.raises(UsageError, match="several states or sessions"):
        found(INSIDE, replace(QUICK, offset="per state"))


def test_the_same_seed_finds_the_same_and_another_one_does_not():
    assert view_of(INSIDE) == view_of(INSIDE)
    other = view_of(INSIDE, replace(QUICK, seed=1))
    assert other.weights != view_of(INSIDE).weights


def test_tables_hold_a_cell_for_every_column():
    for given in (INSIDE, OUTSIDE, TINY):
        for block in blocks(view_of(given)):
            if isinstance(block, Grid):
                assert block.rows
                assert {len(row) for row in block.rows} == {len(block.header)}


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "-"), (0.0, "0"), (-1e-17, "0"), (0.123456, "0.123"), (-2.5, "-2.5"), (1234.0, "1.23e+03")],
    ids=str,
)
def test_numbers_in_three_digits(value, text):
    assert figure(value) == text


@pytest.mark.parametrize("count", [1, 2, 9, 10, 25, 100])
def test_few_of_many_places_keep_both_ends(count):
    places = few(count, 9)
    assert places[0] == 0 and places[-1] == count - 1
    assert list(places) == sorted(set(places)) and len(places) == min(count, 9)


def test_a_sparkline_goes_from_its_lowest_to_its_highest():
    assert sparkline([3, 2, 1]) == "█▅▁"
    assert sparkline([1, 1]) == "▁▁"


PANELS = [
    pytest.param(None, "", id="nothing-known"),
    pytest.param(
        ev.PanelWeights(weights=(ev.AgentWeight(agent="Ash", weight=0.75),), sessions=6, instances=18),
        "Ash 0.75, learned from 18 options of 6 earlier sessions",
        id="learned",
    ),
    pytest.param(ev.PanelWeights(sessions=2, instances=6, reason="too few"), "equal: too few", id="not-learned"),
]


@pytest.mark.parametrize(("panel", "words"), PANELS)
def test_a_sessions_provenance_says_what_earlier_ones_taught(panel, words):
    pairs = dict(provenance(report(entries("S1", (replace(opened(), panel=panel),)))))
    assert pairs.get("Panel weights", "") == words
