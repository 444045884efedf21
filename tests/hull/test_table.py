"""Tables take numbers in as they come and drop nothing silently."""

from __future__ import annotations

import numpy as np
import pytest

from chatarena.hull.table import NO_NUMBER, TARGET, Excluded, positions, select, state_codes, table

NAN = float("nan")


def test_a_row_with_a_hole_is_left_out_and_counted_for_whoever_made_it():
    full = table(
        [[0.1, 0.2], [None, 0.3], [0.5, NAN], [None, 0.7]],
        [0.1, 0.2, 0.3, None],
        ("Ash", "Elm"),
        instances=("a", "b", "c", "d"),
        reasons={(1, "Ash"): "refused to rate"},
    )
    assert (full.n, full.k, full.instances) == (1, 2, ("a",))
    assert full.excluded == (
        Excluded(who="Ash", reason="refused to rate", rows=(1,)),
        Excluded(who="Ash", reason=NO_NUMBER, rows=(3,)),
        Excluded(who="Elm", reason=NO_NUMBER, rows=(2,)),
        Excluded(who=TARGET, reason=NO_NUMBER, rows=(3,)),
    )
    assert [one.count for one in full.excluded] == [1, 1, 1, 1]


def test_what_goes_with_rows_is_left_out_with_them():
    full = table(
        [[1.0], [2.0], [NAN]], [1, 2, 3], groups=["s", "t", "u"], weights=[1, 2, 3], states=["rain", "sun", "rain"]
    )
    assert full.groups.tolist() == ["s", "t"]
    assert full.weights.tolist() == [1, 2]
    assert state_codes(full)[1] == ("rain", "sun")
    assert full.agents == ("agent 1",)
    assert full.label(1) == "instance 2"


def test_numbers_cannot_be_written_to_and_are_not_the_callers():
    numbers = np.ones((3, 2))
    full = table(numbers, [1.0, 2.0, 3.0])
    numbers[0, 0] = 9.0
    assert full.utilities[0, 0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        full.utilities[0, 0] = 5.0


def test_select_takes_rows_and_agents():
    full = table(np.arange(12.0).reshape(4, 3), range(4), ("A", "B", "C"), instances="wxyz", weights=[1, 2, 3, 4])
    part = select(full, rows=[True, False, True, False], agents=[2, 0])
    assert part.utilities.tolist() == [[2, 0], [8, 6]]
    assert (part.agents, part.instances, part.target.tolist()) == (("C", "A"), ("w", "y"), [0, 2])
    assert part.weights.tolist() == [1, 3]
    assert select(full).utilities is not None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param({"utilities": [[1.0, 2.0]], "target": [1.0, 2.0]}, "n x k", id="rows do not match"),
        pytest.param({"utilities": [1.0, 2.0], "target": [1.0, 2.0]}, "n x k", id="one dimension"),
        pytest.param({"utilities": np.zeros((0, 2)), "target": []}, "not empty", id="no rows"),
        pytest.param({"utilities": [[1.0, 2.0]], "target": [1.0], "agents": ("A",)}, "names", id="too few names"),
        pytest.param({"utilities": [[1.0, 2.0]], "target": [1.0], "agents": ("A", "A")}, "different", id="same name"),
        pytest.param({"utilities": [[1.0]], "target": [1.0], "agents": (TARGET,)}, "target", id="reserved name"),
        pytest.param({"utilities": [[np.inf]], "target": [1.0]}, "finite", id="infinite"),
        pytest.param({"utilities": [[1.0]], "target": [-1e150]}, "larger unit", id="squares that cannot be held"),
        pytest.param({"utilities": [[NAN]], "target": [1.0]}, "no instance", id="nothing left"),
        pytest.param({"utilities": [[1.0]], "target": [1.0], "weights": [0.0]}, "positive", id="weight zero"),
        pytest.param({"utilities": [[1.0]], "target": [1.0], "weights": [1.0, 2.0]}, "weights", id="too many weights"),
        pytest.param({"utilities": [[1.0]], "target": [1.0], "states": ["a", "b"]}, "states", id="too many states"),
        pytest.param({"utilities": [[1.0]], "target": [1.0], "instances": "ab"}, "labels", id="too many labels"),
    ],
)
def test_misuse_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        table(**arguments)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        pytest.param([], "at least one", id="none"),
        pytest.param([True], "booleans", id="too few booleans"),
        pytest.param([3], "between", id="outside"),
        pytest.param([-1], "between", id="negative"),
        pytest.param([0.5], "positions", id="no integers"),
    ],
)
def test_rows_are_checked(rows, words):
    with pytest.raises(ValueError, match=words):
        positions(rows, 3)


def test_an_offset_per_state_needs_states():
    with pytest.raises(ValueError, match="states="):
        state_codes(table([[1.0]], [1.0]))
