"""Splits: every row on one side, groups whole, the same seed the same split."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena.hull.splits import Splits, joined, k_fold, leave_one_out, random_halves


@st.composite
def cases(draw) -> tuple[Splits, list[int] | None]:
    n = draw(st.integers(4, 40))
    groups = draw(st.none() | st.lists(st.integers(0, 6), min_size=n, max_size=n))
    units = n if groups is None else len(set(groups))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    if units < 2:
        groups, units = None, n
    if draw(st.booleans()):
        return k_fold(n, draw(st.integers(2, units)), rng, groups=groups), groups
    return random_halves(n, draw(st.integers(1, 4)), rng, groups=groups), groups


@given(cases())
def test_every_row_is_on_exactly_one_side_and_neither_side_is_empty(case):
    splits, _ = case
    for split in splits.splits:
        assert sorted([*split.train, *split.test]) == list(range(splits.n))
        assert len(split.train) and len(split.test)


@given(cases())
def test_no_group_is_on_both_sides(case):
    splits, groups = case
    if groups is None:
        return
    for split in splits.splits:
        assert not {groups[i] for i in split.train} & {groups[i] for i in split.test}


@given(cases())
def test_a_partition_tests_every_row_once(case):
    splits, _ = case
    if splits.partition:
        tested = np.concatenate([split.test for split in splits.splits])
        assert sorted(tested) == list(range(splits.n))


@given(st.integers(2, 60), st.integers(2, 9), st.integers(0, 99))
def test_folds_differ_by_one_row_at_most(n, folds, seed):
    folds = min(folds, n)
    sizes = [len(split.test) for split in k_fold(n, folds, np.random.default_rng(seed)).splits]
    assert max(sizes) - min(sizes) <= 1


def test_large_groups_do_not_pile_up_in_one_fold():
    groups = np.repeat(np.arange(8), [40, 40, 10, 10, 10, 10, 10, 10])
    for seed in range(20):
        sizes = sorted(len(split.test) for split in k_fold(140, 2, np.random.default_rng(seed), groups=groups).splits)
        assert sizes == [70, 70]


@pytest.mark.parametrize("make", [k_fold, random_halves], ids=["folds", "halves"])
def test_a_seed_fixes_the_split_and_another_gives_another(make):
    def drawn(seed: int) -> list[list[int]]:
        return [split.test.tolist() for split in make(30, 3, np.random.default_rng(seed)).splits]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_halves_are_the_first_half_of_a_permutation():
    split = random_halves(81, 1, np.random.default_rng(7)).splits[0]
    assert split.train.tolist() == sorted(np.random.default_rng(7).permutation(81)[:40])


def test_leaving_one_session_out_names_it():
    splits = leave_one_out(["b", "a", "b", "c"])
    assert [split.name for split in splits.splits] == ["without b", "without a", "without c"]
    assert [split.test.tolist() for split in splits.splits] == [[0, 2], [1], [3]]


def test_a_split_says_what_it_is():
    rng = np.random.default_rng(0)
    halves = [random_halves(8, 1, rng) for _ in range(3)]
    assert k_fold(9, 3, rng).method == "3-fold cross-validation over 9 rows"
    assert k_fold(4, 2, rng, groups="aabb").method == "2-fold cross-validation over 2 groups"
    assert joined(*halves).method == "random 50/50 split of 8 rows, 3 times over"
    assert random_halves(8, 5, rng).method == "random 50/50 split of 8 rows, drawn 5 times"
    assert len(joined(*halves).splits) == 3
    assert not joined(*halves).partition


@pytest.mark.parametrize(
    ("make", "said"),
    [
        pytest.param(lambda rng: k_fold(3, 4, rng), "between 2 and 3", id="more folds than rows"),
        pytest.param(lambda rng: k_fold(3, 1, rng), "between 2 and 3", id="one fold"),
        pytest.param(lambda rng: k_fold(4, 3, rng, groups="aabb"), "between 2 and 2", id="more folds than groups"),
        pytest.param(lambda rng: k_fold(3, 2, rng, groups="ab"), "2 group labels for 3 rows", id="labels missing"),
        pytest.param(lambda rng: random_halves(1, 1, rng), "at least", id="nothing to halve"),
        pytest.param(lambda _: leave_one_out("aaa"), "at least two", id="one session"),
        pytest.param(lambda rng: joined(k_fold(4, 2, rng), k_fold(5, 2, rng)), "same rows", id="other rows"),
    ],
)
def test_what_cannot_be_split_is_refused(make, said):
    with pytest.raises(ValueError, match=said):
        make(np.random.default_rng(0))
