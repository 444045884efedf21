"""The whole analysis: one frozen result, as plain JSON, the same for the same seed, with what is missing said."""

from __future__ import annotations

import json
from dataclasses import fields

import numpy as np
import pytest

from chatarena.hull.analysis import Analysis, analyse, plain
from chatarena.hull.certificate import Outside
from chatarena.hull.table import table
from tests.hull.tables import made_table, unrelated_table

FEW = {"curve": 3, "bootstrap": 30, "null": 19}


def analysed(full, seed: int = 0, **arguments) -> Analysis:
    return analyse(full, np.random.default_rng(seed), **{**FEW, **arguments})


@pytest.mark.parametrize("offset", ["none", "free", "per state"])
@pytest.mark.parametrize("kind", ["simplex", "cone", "affine"])
def test_every_part_is_of_the_kind_and_offset_that_was_asked_for(kind, offset):
    found = analysed(made_table(states=3, noise=0.02), kind=kind, offset=offset, norm="largest error")
    parts = (found.verdict, found.fitted, found.best_sup, found.certificate, found.bootstrap, *found.nulls)
    assert {(part.kind, part.offset) for part in parts} == {(kind, offset)}
    assert found.held_out.offset == found.curve.offset == offset
    assert (found.verdict.norm, found.missing) == ("largest error", ())


@pytest.mark.parametrize(
    "full",
    [
        pytest.param(made_table(noise=0.02), id="inside"),
        pytest.param(unrelated_table(1), id="outside"),
        pytest.param(made_table(n=3, k=5), id="more agents than instances"),
        pytest.param(made_table(groups=5, weighted=True), id="sessions and weights"),
        pytest.param(table([[0.5, 0.5], [0.5, 0.5]], [0.5, 0.5]), id="nothing varies"),
        pytest.param(table([[0.2, 0.6]], [0.5]), id="one instance"),
    ],
)
def test_it_is_plain_json_without_a_number_that_is_none(full):
    found = plain(analysed(full))
    text = json.dumps(found, allow_nan=False)
    assert json.loads(text) == found
    assert set(found) == {field.name for field in fields(Analysis)}
    assert found["fitted"]["weights"] == pytest.approx(json.loads(text)["fitted"]["weights"])


def test_a_condition_without_bound_is_none_in_json():
    full = made_table()
    twice = table(np.column_stack([full.utilities, full.utilities[:, 0]]), full.target)
    found = analysed(twice)
    assert found.fitted.condition == float("inf")
    assert plain(found)["fitted"]["condition"] is None


def test_a_seed_fixes_everything():
    full = made_table()
    first, again, other = (plain(analysed(full, seed)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_leaving_a_part_out_does_not_change_the_others():
    full = made_table()
    whole = plain(analysed(full))
    for part in ("curve", "bootstrap", "null"):
        name = "nulls" if part == "null" else part
        rest = plain(analysed(full, **{part: 0}))
        changed = {key for key in whole if whole[key] != rest[key]}
        assert changed <= {name, "missing", "verdict"}, part
        assert {"what": name, "reason": "not asked for"} in rest["missing"]


@pytest.mark.parametrize(
    ("groups", "units", "unit"),
    [
        pytest.param(None, 40, "state", id="no groups"),
        pytest.param(np.repeat(np.arange(40), 3), 40, "group", id="sessions, each a state of its own"),
        pytest.param(np.tile(np.arange(2), 60) + 2 * (np.arange(120) // 60), 2, "group", id="groups that share states"),
    ],
)
def test_states_with_constants_of_their_own_are_kept_out_whole(groups, units, unit):
    """A state that stands on both sides would get its constant from the rows that are tested, and err too little."""
    rng = np.random.default_rng(0)
    agents, person = rng.random((120, 4)), rng.random(120)
    full = table(agents, person, states=np.repeat(np.arange(40), 3), groups=groups)
    found = analysed(full, offset="per state")
    assert (found.units, found.unit) == (units, unit)
    states = [
        set((split.train // 3).tolist()) & set((split.test // 3).tolist()) for split in found.held_out.splits.splits
    ]
    assert not any(states)
    assert found.held_out.of("simplex").rmse > found.fitted.rmse
    assert found.bootstrap.left_out.value > 0.9 * found.fitted.mse


@pytest.mark.filterwarnings("error")
def test_where_the_offset_takes_everything_nothing_is_warned_of_but_in_words():
    rng = np.random.default_rng(0)
    full = table(rng.random((30, 4)), rng.random(30), states=np.arange(30))
    found = analysed(full, offset="per state", bootstrap=1000, curve=20)
    assert found.verdict.answer == "cannot be told"
    assert found.fitted.rmse == 0.0


def test_where_every_group_has_every_state_nothing_is_kept_out():
    full = table(
        np.random.default_rng(0).random((60, 3)),
        np.random.default_rng(1).random(60),
        states=np.tile(np.arange(3), 20),
        groups=np.repeat(np.arange(20), 3),
    )
    found = analysed(full, offset="per state", tolerance=2.0)
    assert found.held_out is found.curve is found.bootstrap is None
    assert {missing.what for missing in found.missing} == {
        "held_out",
        "curve",
        "bootstrap",
        "ratings dealt out at random",
    }
    assert found.verdict.answer == "cannot be told"


def test_rows_of_a_session_are_kept_together():
    found = analysed(made_table(groups=6))
    assert found.units == 6
    assert "over 6 groups" in found.held_out.split
    assert (found.bootstrap.unit, found.bootstrap.units) == ("group", 6)
    assert found.nulls[0].within == "among the instances of each group"


def test_fewer_folds_where_there_are_fewer_sessions():
    assert "3-fold" in analysed(made_table(groups=3), folds=5).held_out.split


def test_one_session_is_divided_by_its_instances_and_says_so():
    found = analysed(made_table(groups=1, noise=0.02))
    assert "5-fold cross-validation over 60 rows" in found.held_out.split
    assert (found.verdict.answer, found.verdict.qualified) == ("inside", True)
    assert any("one session" in alarm.words for alarm in found.verdict.alarms)


def test_one_instance_leaves_parts_missing_with_the_reason():
    found = analysed(table([[0.2, 0.6]], [0.5]))
    assert {part.what for part in found.missing} == {"held_out", "curve", "bootstrap"}
    assert all("one instance" in part.reason for part in found.missing)
    assert found.verdict.answer == "cannot be told"


def test_a_direction_is_put_in_words_where_the_person_is_outside():
    outside, inside = analysed(unrelated_table(1)), analysed(made_table(noise=0.01))
    assert isinstance(outside.certificate, Outside)
    assert len(outside.direction) == 2
    assert outside.direction[1].startswith("The person ")
    assert inside.direction == ()


def test_the_order_of_rows_leaves_what_is_not_drawn_alone():
    full = made_table()
    turned = table(full.utilities[::-1], full.target[::-1])
    first, second = analysed(full), analysed(turned)
    assert first.fitted.weights == pytest.approx(second.fitted.weights, abs=1e-9)
    assert first.best_sup.gap_sup == pytest.approx(second.best_sup.gap_sup, rel=1e-9)
    assert first.verdict.answer == second.verdict.answer


@pytest.mark.parametrize("arguments", [{"folds": 1}, {"curve": -1}, {"bootstrap": -1}, {"null": -1}, {"norm": "x"}])
def test_what_cannot_be_analysed_is_refused(arguments):
    with pytest.raises(ValueError, match=r"folds|norm"):
        analysed(made_table(), **arguments)
