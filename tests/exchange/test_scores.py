"""Tables of scores that anybody may bring: read as they are, or refused with the line and the column."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena.errors import ArenaError, SourceDamaged, UsageError
from chatarena.exchange.scores import Columns, read_scores
from chatarena.hull.fit import best_single, constant, evaluate, fit, mean
from tests.support.data import data_folder

PLAIN = "item,human,ash,birch\nfirst,0.5,0.25,1\nsecond,0.75,,0\nthird,1,0.5,NA\nfourth,0,1,0.125\n"


def written(folder: Path, content: str | bytes, name: str = "scores.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_a_table_is_read_with_its_holes_counted(tmp_path: Path) -> None:
    path = written(tmp_path, PLAIN)
    scores = read_scores(path, Columns(target="human"))
    table = scores.table
    assert table.agents == ("ash", "birch")
    assert table.instances == ("first", "fourth")
    assert table.utilities.tolist() == [[0.25, 1], [1, 0.125]]
    assert table.target.tolist() == [0.5, 0]
    assert {(one.who, one.rows) for one in table.excluded} == {("ash", (1,)), ("birch", (2,))}
    assert scores.unused == (("item", "it names the rows"),)
    assert (scores.rows, scores.source) == (4, "scores.csv")
    assert scores.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


SAME = [
    pytest.param(PLAIN.replace(",", "\t"), "scores.tsv", id="tabs"),
    pytest.param(PLAIN.replace(",", ";"), "scores.csv", id="semicolons"),
    pytest.param(gzip.compress(PLAIN.encode()), "scores.csv.gz", id="packed"),
    pytest.param("\ufeff" + PLAIN, "scores.csv", id="byte-order-mark"),
    pytest.param(PLAIN.replace("\n", "\r\n"), "scores.csv", id="dos"),
    pytest.param(PLAIN.replace("\n", "\n\n"), "scores.csv", id="empty-lines"),
    pytest.param(PLAIN.replace("first", '"first"'), "scores.csv", id="quotes"),
    pytest.param(PLAIN.replace(",", " , "), "scores.csv", id="blanks"),
]


@pytest.mark.parametrize(("content", "name"), SAME)
def test_however_it_is_written_it_says_the_same(tmp_path: Path, content: str | bytes, name: str) -> None:
    one = read_scores(written(tmp_path, PLAIN, "plain.csv"), Columns(target="human")).table
    other = read_scores(written(tmp_path, content, name), Columns(target="human")).table
    assert (one.agents, one.instances) == (other.agents, other.instances)
    assert one.utilities.tolist() == other.utilities.tolist()
    assert one.excluded == other.excluded


def test_groups_states_patterns_and_scale(tmp_path: Path) -> None:
    content = "q,where,n,human,a-1,a-2,b\nx,sun,9,1,1,3,5\nx,rain,4,3,2,2,2\ny,sun,1,5,3,1,4\n"
    columns = Columns(target="human", agents=("b", "a-*"), group="q", state="where", scale=(1, 5))
    scores = read_scores(written(tmp_path, content), columns)
    assert scores.table.agents == ("b", "a-1", "a-2")
    assert scores.table.utilities[0].tolist() == [1, 0, 0.5]
    assert scores.table.target.tolist() == [0, 0.5, 1]
    assert scores.table.groups is not None and list(scores.table.groups) == ["x", "x", "y"]
    assert scores.table.states is not None and list(scores.table.states) == ["sun", "rain", "sun"]
    assert scores.unused == (("n", "not asked for"),)
    assert "Scores of 1 to 5 became 0 to 1." in scores.read


def test_columns_that_hold_no_scores_are_named(tmp_path: Path) -> None:
    content = "row,human,ash,note,nothing\n1,0,0,same,\n2,0.5,1,same,\n3,1,0,same,\n"
    scores = read_scores(written(tmp_path, content), Columns(target="human"))
    assert scores.table.agents == ("ash",)
    assert dict(scores.unused) == {"row": "it numbers the rows", "note": "words, not numbers", "nothing": "empty"}
    assert scores.table.instances == ("line 2", "line 3", "line 4")


def test_numbers_beyond_the_unit_interval_are_told(tmp_path: Path) -> None:
    scores = read_scores(written(tmp_path, "h,a\n1,5\n2,3\n"), Columns(target="h"))
    assert any("between 1 and 5" in words for words in scores.read)


REFUSED = [
    pytest.param("", {}, SourceDamaged, "at least one row", id="empty"),
    pytest.param("human,ash\n", {}, SourceDamaged, "at least one row", id="no-rows"),
    pytest.param("human,,ash\n1,2,3\n", {}, SourceDamaged, "line 1: column 2 has no name", id="no-name"),
    pytest.param("human,ash,ash\n1,2,3\n", {}, SourceDamaged, "line 1: two columns.*'ash'", id="a-name-twice"),
    pytest.param("human,ash\n1,2\n1\n", {}, SourceDamaged, "line 3: 1 cells, but there are 2", id="short-row"),
    pytest.param("human,ash\n1,2\n3,x1\n", {}, SourceDamaged, "line 3, column 'ash': 'x1'", id="a-word"),
    pytest.param("human,ash\n1,2\n3,inf\n", {}, SourceDamaged, "line 3, column 'ash': 'inf'", id="infinite"),
    pytest.param("human;ash\n1;0,5\n1;1\n", {}, SourceDamaged, "line 2, column 'ash': '0,5'", id="decimal-comma"),
    pytest.param("human,ash\n1_0,2\n", {}, SourceDamaged, "line 2, column 'human': '1_0'", id="underscores"),
    pytest.param('human,ash\n1,"2\n', {}, SourceDamaged, "line 2", id="open-quote"),
    pytest.param(b"human,ash\n1,\xff\n", {}, SourceDamaged, "line 2: not UTF-8", id="not-utf-8"),
    pytest.param(gzip.compress(PLAIN.encode())[:20], {}, SourceDamaged, "gzip and damaged", id="cut-off"),
    pytest.param(PLAIN, {"target": "humen"}, UsageError, "did you mean 'human'", id="target-misspelt"),
    pytest.param(PLAIN, {"target": "zzz"}, UsageError, "there are: item, human", id="target-unknown"),
    pytest.param(PLAIN, {"agents": ("brich",)}, UsageError, "did you mean 'birch'", id="agent-misspelt"),
    pytest.param(PLAIN, {"agents": ("x*",)}, UsageError, "no column like 'x\\*'", id="pattern-without-a-match"),
    pytest.param(PLAIN, {"agents": ("item",)}, SourceDamaged, "line 2, column 'item'", id="agent-of-words"),
    pytest.param("human,note\n1,so\n", {}, UsageError, "no column of numbers beside 'human'", id="no-agents"),
    pytest.param("human,ash\n1,\n,2\n", {}, UsageError, "no instance has a number from every agent", id="no-whole-row"),
    pytest.param("q,human,ash\n,1,2\n", {"group": "q"}, SourceDamaged, "line 2, column 'q': empty", id="no-group"),
    pytest.param("human,target\n1,2\n", {}, UsageError, "can be called 'target'", id="an-agent-called-target"),
]


@pytest.mark.parametrize(("content", "columns", "kind", "match"), REFUSED)
def test_what_is_wrong_is_said_with_its_place(
    tmp_path: Path, content: str | bytes, columns: dict[str, object], kind: type[ArenaError], match: str
) -> None:
    with pytest.raises(kind) as error:
        read_scores(written(tmp_path, content), Columns(**({"target": "human"} | columns)))
    assert error.match(match) if not isinstance(content, bytes) else match.split()[0] in str(error.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        read_scores(tmp_path / "none.csv", Columns(target="human"))


cells = st.none() | st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 6))


@given(st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=12), st.sampled_from(",;\t|"))
def test_every_number_comes_back(rows: list[tuple[float | None, ...]], delimiter: str) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(("human", "a", "b, c"))
    writer.writerows(["" if cell is None else repr(cell) for cell in row] for row in rows)
    whole = [row for row in rows if None not in row]
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), text.getvalue())
        columns = Columns(target="human", agents=("a", "b, c"))
        if not whole:
            with pytest.raises(UsageError):
                read_scores(path, columns)
            return
        table = read_scores(path, columns).table
    assert table.target.tolist() == [row[0] for row in whole]
    assert table.utilities.tolist() == [list(row[1:]) for row in whole]
    missing = sum(None in row for row in rows)
    assert len({place for one in table.excluded for place in one.rows}) == missing


def halves(table, seed):
    order = np.random.default_rng(seed).permutation(table.n)
    return order[: table.n // 2], order[table.n // 2 :]


def test_real_ratings_of_dilemmas_give_the_known_errors() -> None:
    """Mean test error over 20 halvings, against figures computed elsewhere from the same file."""
    path = data_folder("offtherails") / "offtherails.csv"
    columns = Columns(target="human_permissibility", agents=("perm|*",), scale=(1, 5))
    table = read_scores(path, columns).table
    fits = {
        "constant": constant,
        "best single": best_single,
        "mean": mean,
        "simplex": lambda full, rows: fit(full, "simplex", rows=rows),
        "cone": lambda full, rows: fit(full, "cone", rows=rows),
    }
    errors = {
        name: np.mean([evaluate(made(table, rows=train), table, rows=test).mse for train, test in splits])
        for splits in [[halves(table, seed) for seed in range(20)]]
        for name, made in fits.items()
    }
    assert (table.n, table.k) == (80, 10)
    assert errors["constant"] == pytest.approx(0.00400, abs=5e-6)
    assert errors["best single"] == pytest.approx(0.01522, abs=5e-6)
    assert errors["mean"] == pytest.approx(0.00755, abs=5e-6)
    # On some halves several weights fit equally well, and on the other half they do not.
    assert errors["simplex"] == pytest.approx(0.00701, abs=5e-5)
    assert errors["cone"] == pytest.approx(0.00585, abs=5e-4)


NUMBERINGS = [
    pytest.param("row", [3, 4, 5], "it numbers the rows", id="by-ones"),
    pytest.param("rank", [3, 4, 8], "", id="three-scores-that-rise"),
    pytest.param("rank", [1, 2, 4, 5, 7, 11, 12, 13, 19, 20], "it numbers the rows", id="with-gaps"),
    pytest.param("rank", [9, 2, 4, 5, 7, 11, 12, 13, 19, 20], "", id="different-scores"),
    pytest.param("item_id", [9, 2, 4, 5, 7, 11, 12, 13, 19, 20], "it numbers the rows", id="called-an-id"),
    pytest.param("item_id", [9, 2, 4, 4, 7, 11, 12, 13, 19, 20], "", id="an-id-twice"),
    pytest.param("paid", [9, 2, 4, 5, 7, 11, 12, 13, 19, 20], "", id="called-otherwise"),
]


@pytest.mark.parametrize(("name", "values", "why"), NUMBERINGS)
def test_a_column_that_numbers_the_rows_is_no_agent(tmp_path: Path, name: str, values: list[int], why: str) -> None:
    lines = [f"{name},human,ash", *(f"{value},{place % 3},{place % 2}" for place, value in enumerate(values))]
    scores = read_scores(written(tmp_path, "\n".join(lines)), Columns(target="human"))
    assert dict(scores.unused) == ({name: why} if why else {})
