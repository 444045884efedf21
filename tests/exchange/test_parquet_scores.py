"""Scores in Parquet files: what a CSV of them says, and all rows batch by batch where they are too many to be held."""

from __future__ import annotations

import csv
import sys
import tracemalloc
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from chatarena.errors import SourceDamaged, UsageError
from chatarena.exchange import parquet_sheet
from chatarena.exchange.scores import Columns, Scores, read_scores
from chatarena.hull.fit import fit, fit_rows
from chatarena.hull.table import UtilityTable
from chatarena.report.hull.study import study
from chatarena.report.hull.subject import subject_of_scores
from chatarena.report.hull.telling import telling
from tests.support.hull import QUICK

pa = pytest.importorskip("pyarrow")
import pyarrow.parquet as pq  # noqa: E402

COLUMNS = Columns(target="human", group="topic", scale=(1, 5))


def cells(n: int = 300, seed: int = 0) -> dict[str, list[object]]:
    """Scores of 1 to 5 by three agents, some missing; topics, a numbering and a note beside them."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(1, 5, (n, 3)).round(3)
    y = (x @ [0.6, 0.4, 0.0] + 0.05 * rng.standard_normal(n)).round(4)
    found: dict[str, list[object]] = {"item_id": rng.permutation(n).tolist()}
    found |= {f"a{i}": x[:, i].tolist() for i in range(3)}
    found |= {"human": y.tolist(), "topic": [f"t{place % 12}" for place in range(n)], "note": ["same"] * n}
    found["a1"][4] = found["human"][7] = None
    return found


def parquet(folder: Path, given: dict[str, list[object]], name: str = "scores.parquet", rows: int = 64) -> Path:
    pq.write_table(pa.table(given), folder / name, row_group_size=rows)
    return folder / name


def text(folder: Path, given: dict[str, list[object]]) -> Path:
    with (folder / "scores.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([tuple(given), *zip(*given.values(), strict=True)])
    return folder / "scores.csv"


def same(one: UtilityTable, other: UtilityTable) -> None:
    assert one.agents == other.agents
    assert np.array_equal(one.utilities, other.utilities)
    assert np.array_equal(one.target, other.target)
    assert [(part.who, part.rows) for part in one.excluded] == [(part.who, part.rows) for part in other.excluded]
    assert (one.groups is None) == (other.groups is None)
    assert one.groups is None or list(one.groups) == list(other.groups)


def told(scores: Scores, columns: Columns = COLUMNS, offset: str = "free") -> object:
    question = replace(QUICK, offset=offset)
    return telling(study(subject_of_scores(scores, columns), question, np.random.default_rng(0)), "0")


def test_it_says_what_a_csv_of_it_says(tmp_path: Path) -> None:
    given = cells()
    one, other = (read_scores(write(tmp_path, given), COLUMNS) for write in (text, parquet))
    same(one.table, other.table)
    assert dict(one.unused) == dict(other.unused) == {"item_id": "it numbers the rows", "note": "words, not numbers"}
    assert (other.rows, other.sampled, other.blocks) == (300, None, None)
    # All but where rows stand and what the file is called.
    first, second = told(one), told(other)
    for part in ("alarms", "answers", "weights", "curve", "bands", "without", "error", "cautions"):
        assert getattr(first, part) == getattr(second, part)


TYPES = [
    pytest.param(pa.float32(), [0.5, None, 0.25, 1.0], id="single"),
    pytest.param(pa.int8(), [0, None, 1, 1], id="integers"),
    pytest.param(pa.bool_(), [False, None, True, True], id="flags"),
    pytest.param(pa.decimal128(5, 2), [Decimal("0.25"), None, Decimal(1), Decimal(2)], id="decimals"),
    pytest.param(pa.string(), ["0.5", "NA", "0.25", "1"], id="texts-that-write-numbers"),
]


@pytest.mark.parametrize(("kind", "values"), TYPES)
def test_every_kind_of_number_is_one(tmp_path: Path, kind: object, values: list[object]) -> None:
    pq.write_table(pa.table({"human": [0.1, 0.2, 0.3, 0.9], "ash": pa.array(values, kind)}), tmp_path / "t.parquet")
    made = read_scores(tmp_path / "t.parquet", Columns(target="human")).table
    assert made.utilities[:, 0].tolist() == [float(value) for value in values if value not in (None, "NA")]
    assert [(one.who, one.rows) for one in made.excluded] == [("ash", (1,))]


REFUSED = [
    pytest.param({"human": [0.1, 0.2], "ash": [1.0, float("inf")]}, {}, "row 2, column 'ash'", id="infinite"),
    pytest.param({"human": [0.1, 0.2], "ash": ["1", "x"]}, {}, "row 2, column 'ash'", id="words-among-numbers"),
    pytest.param({"human": [0.1, 0.2], "ash": [[1], [2]]}, {"agents": ("ash",)}, "no numbers", id="lists"),
    pytest.param({"human": [0.1, 0.2], "ash": [[1], [2]]}, {}, "no column of numbers", id="only-lists"),
    pytest.param({"human": [0.1], "ash": [1.0]}, {"group": "topic"}, "no column 'topic'", id="no-such-column"),
    pytest.param({"human": [], "ash": []}, {}, "at least one row", id="no-rows"),
]


@pytest.mark.parametrize(("given", "columns", "said"), REFUSED)
def test_what_cannot_be_read_is_refused_with_its_place(tmp_path, given, columns, said) -> None:
    with pytest.raises((SourceDamaged, UsageError), match=said):
        read_scores(parquet(tmp_path, given), Columns(target="human", **columns))


def test_a_file_that_ends_early_is_damaged(tmp_path: Path) -> None:
    path = parquet(tmp_path, cells())
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(SourceDamaged, match="no Parquet file that can be read"):
        read_scores(path, COLUMNS)


def test_without_pyarrow_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = parquet(tmp_path, cells())
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageError, match="pyarrow") as error:
        read_scores(path, COLUMNS)
    assert "[parquet]" in str(error.value.remedy)


# -- more rows than are held -------------------------------------------------------------------------------------------


def test_too_many_rows_are_sampled_and_fitted_all_the_same(tmp_path: Path) -> None:
    given = cells(2_000)
    path = parquet(tmp_path, given, rows=300)
    whole = read_scores(path, COLUMNS).table
    scores = read_scores(path, COLUMNS, rng=np.random.default_rng(1), held=1_400)
    assert (scores.rows, scores.sampled, scores.table.k) == (2_000, 200, 3)
    drawn = {tuple(row) for row in np.column_stack([scores.table.utilities, scores.table.target])}
    assert drawn <= {tuple(row) for row in np.column_stack([whole.utilities, whole.target])}
    assert scores.blocks is not None
    by_blocks, at_once = (
        fit_rows(scores.blocks, whole.agents, "simplex", offset="free"),
        fit(whole, "simplex", offset="free"),
    )
    assert by_blocks.n == at_once.n == 1_998
    assert by_blocks.mse == pytest.approx(at_once.mse, rel=1e-12)
    assert by_blocks.weights == pytest.approx(at_once.weights, abs=1e-12)
    assert by_blocks.gap_sup == pytest.approx(at_once.gap_sup, rel=1e-12)
    view = told(scores)
    said = " ".join((*view.whole, *view.left_out, *(value for _, value in view.setting)))
    assert "On all 1,998 complete rows" in said and "2 rows lack a number" in said
    assert "200 were drawn at random" in said and "drawn at random from 2,000 rows" in said
    again = read_scores(path, COLUMNS, rng=np.random.default_rng(1), held=1_400)
    same(scores.table, again.table)


def test_an_offset_per_state_needs_them_all(tmp_path: Path) -> None:
    columns = replace(COLUMNS, state="topic")
    scores = read_scores(parquet(tmp_path, cells(2_000)), columns, rng=np.random.default_rng(1), held=1_400)
    with pytest.raises(UsageError, match="all rows in memory"):
        told(scores, columns, "per state")


def test_no_more_is_held_than_the_sample_and_a_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten times the rows take no more memory, of Python's and of Arrow's own."""
    monkeypatch.setattr(parquet_sheet, "BATCH", 1_000)
    peaks, usual = [], pa.default_memory_pool()
    for rows in (20_000, 200_000):
        path = tmp_path / f"{rows}.parquet"
        with pq.ParquetWriter(path, pa.schema([(name, pa.float64()) for name in ("human", "a", "b")])) as file:
            rng = np.random.default_rng(0)
            for _ in range(rows // 10_000):
                file.write_table(pa.table({name: rng.uniform(0, 1, 10_000) for name in ("human", "a", "b")}))
        pool = pa.proxy_memory_pool(usual)
        pa.set_memory_pool(pool)
        tracemalloc.start()
        scores = read_scores(path, Columns(target="human"), rng=np.random.default_rng(0), held=3_000)
        assert scores.blocks is not None
        assert fit_rows(scores.blocks, scores.table.agents, "cone").n == rows
        peaks.append(tracemalloc.get_traced_memory()[1] + (pool.max_memory() or 0))
        tracemalloc.stop()
        pa.set_memory_pool(usual)
    assert peaks[1] < 1.5 * peaks[0]
