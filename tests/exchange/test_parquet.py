"""Parquet: right types, nulls for what is missing, and a clear word where the library is not there."""

from __future__ import annotations

import importlib.util
from datetime import UTC, datetime

import pytest

from chatarena.errors import ExportMismatch, UsageError
from chatarena.exchange.counting import Count
from chatarena.exchange.exporting import Source, export_tables, source
from tests.session_log.samples import entries, everything

HERE = importlib.util.find_spec("pyarrow") is not None


def one() -> list[Source]:
    return [source(entries("a", everything()))]


@pytest.mark.skipif(HERE, reason="pyarrow is installed")
def test_without_the_library_it_says_how_to_get_it(tmp_path):
    with pytest.raises(UsageError, match="pyarrow") as refused:
        export_tables(one(), tmp_path / "out", "parquet")
    assert "[parquet]" in refused.value.remedy
    assert not list(tmp_path.iterdir())


def test_types_and_nulls(tmp_path):
    pytest.importorskip("pyarrow")
    import pyarrow.parquet as parquet

    export_tables(one(), tmp_path / "out", "parquet")
    turns = parquet.read_table(tmp_path / "out" / "turns.parquet")
    types = {field.name: str(field.type) for field in turns.schema}
    assert (types["at_utc"], types["seq"], types["at"]) == ("timestamp[ms, tz=UTC]", "int64", "double")
    assert (types["text"], types["from_cache"]) == ("string", "bool")
    row = turns.to_pylist()[0]
    assert row["at_utc"] == datetime(2026, 9, 21, 14, 13, 26, tzinfo=UTC)
    assert (row["from_cache"], row["cost_usd"]) == (False, 0.25)
    assert turns.to_pylist()[1]["cost_usd"] is None
    assert turns.schema.field("cost_usd").metadata[b"unit"] == b"US dollars"
    ratings = parquet.read_table(tmp_path / "out" / "ratings.parquet")
    assert ratings.column("value").null_count == 3
    assert (tmp_path / "out" / "codebook.csv").read_text().count("turns.parquet") == len(turns.schema)


def test_many_rows_come_in_several_groups(tmp_path, monkeypatch):
    pytest.importorskip("pyarrow")
    import pyarrow.parquet as parquet

    monkeypatch.setattr("chatarena.exchange.parquet_files._AT_ONCE", 7)
    export_tables(one(), tmp_path / "out", "parquet")
    events = parquet.ParquetFile(tmp_path / "out" / "events.parquet")
    assert events.num_row_groups > 1
    assert events.read().column("seq").to_pylist() == list(range(len(everything())))


def test_a_mismatch_leaves_nothing_behind(tmp_path):
    pytest.importorskip("pyarrow")
    (sound,) = one()
    wrong = Source(told=sound.told, counts={**sound.counts, "beliefs": Count(rows=0, numbers=0)})
    with pytest.raises(ExportMismatch, match="beliefs"):
        export_tables([wrong], tmp_path / "out", "parquet")
    assert not list(tmp_path.iterdir())
