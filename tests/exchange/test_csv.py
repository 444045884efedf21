"""CSV: what is read back is what was said, and no export looks complete that is not."""

from __future__ import annotations

import csv
import json
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena.errors import ExportMismatch, UsageError
from chatarena.exchange.counting import Count
from chatarena.exchange.csv_files import CsvFile, count_csv
from chatarena.exchange.exporting import Source, export_tables, source
from chatarena.exchange.importing import Source as FileSource
from chatarena.exchange.tables import LONG_TABLES
from chatarena.exchange.tables.columns import Heading
from tests.exchange.importers.records import sessions_of
from tests.session_log.samples import entries, everything, opened, spoken
from tests.support.data import data_folder

NAMES = {"sessions", "wide", "codebook", *(table.name for table in LONG_TABLES)}
NASTY = "=HYPERLINK(1)\r\n\"quoted\", 'single'\rlone \u2028 \0 end\n"
SIGNS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "＝1", "-", "Yes, so it is", "", "'quoted", " =1"]


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def sources(*sessions: str, text: str = "so") -> list[Source]:
    return [source(entries(session, (*everything(), spoken(text, round_=3)))) for session in sessions]


def test_every_text_comes_back_as_it_was(tmp_path):
    export_tables(sources("a", text=NASTY), tmp_path / "out", "csv")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {f"{name}.csv" for name in NAMES}
    assert read(tmp_path / "out" / "turns.csv")[-1]["text"] == NASTY


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(SIGNS), max_size=5))
def test_a_written_table_is_read_back_cell_by_cell(tmp_path_factory, texts):
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    file = CsvFile(
        path, (Heading(name="n", type="integer", meaning=""), Heading(name="t", type="words", meaning="")), safe=False
    )
    file.write((number, text) for number, text in enumerate(texts))
    file.close()
    assert [(row["n"], row["t"]) for row in read(path)] == [(str(number), text) for number, text in enumerate(texts)]
    assert count_csv(path, "n") == Count(rows=len(texts), numbers=len(texts))


def test_numbers_are_plain_and_missing_ones_empty(tmp_path):
    export_tables(sources("a"), tmp_path / "out", "csv")
    rows = read(tmp_path / "out" / "ratings.csv")
    assert [(row["value"], row["absence"]) for row in rows[:2]] == [("80.0", ""), ("", "not in the reply")]
    turn = read(tmp_path / "out" / "turns.csv")[0]
    assert (turn["from_cache"], turn["cost_usd"], turn["inherited"]) == ("0", "0.25", "0")
    text = (tmp_path / "out" / "wide.csv").read_text().casefold()
    assert not {"nan", "none", "inf", "true", "false"} & set(text.replace("\r\n", ",").split(","))


@pytest.mark.parametrize("text", SIGNS)
def test_formulas_are_disarmed_only_where_that_is_wanted(tmp_path, text):
    danger = bool(text) and text[0] in "=+-@\t\r＝"
    export_tables(sources("a", text=text), tmp_path / "plain", "csv")
    export_tables(sources("a", text=text), tmp_path / "safe", "csv", safe=True)
    assert read(tmp_path / "plain" / "turns.csv")[-1]["text"] == text
    assert read(tmp_path / "safe" / "turns.csv")[-1]["text"] == (f"'{text}" if danger else text)
    assert (tmp_path / "safe" / "turns.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    types = {row["type"] for row in read(tmp_path / "safe" / "codebook.csv") if row["column"] == "text"}
    assert all("apostrophe" in type_ for type_ in types)


def test_a_negative_number_is_no_formula(tmp_path):
    path = tmp_path / "t.csv"
    file = CsvFile(path, (Heading(name="score", type="number", meaning=""),), safe=True)
    file.write([(-0.5,)])
    file.close()
    assert read(path) == [{"score": "-0.5"}]


def test_the_same_sessions_make_the_same_bytes(tmp_path):
    for name in ("one.zip", "two.zip"):
        export_tables(sources("a", "b"), tmp_path / name, "csv")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    export_tables(sources("a", "b"), tmp_path / "folder", "csv")
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            path.name: path.read_bytes() for path in (tmp_path / "folder").iterdir()
        }


def test_many_sessions_lie_one_after_the_other(tmp_path):
    export_tables(sources("a", "b", "c"), tmp_path / "out", "csv")
    for name in NAMES - {"codebook"}:
        places = [(row["session"], int(row.get("seq", 0))) for row in read(tmp_path / "out" / f"{name}.csv")]
        assert places == sorted(places)
        assert {session for session, _ in places} == {"a", "b", "c"}


@pytest.mark.parametrize("order", [("b", "a"), ("a", "a")], ids=["out of order", "twice"])
def test_sessions_out_of_order_are_refused(tmp_path, order):
    with pytest.raises(ValueError, match="ascending"):
        export_tables(sources(*order), tmp_path / "out", "csv")
    assert not list(tmp_path.iterdir())


def test_files_are_their_owner_s_alone(tmp_path):
    export_tables(sources("a"), tmp_path / "out", "csv")
    export_tables(sources("a"), tmp_path / "out.zip", "csv")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "out").iterdir()}
    assert modes == {0o600}
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "out.zip").stat().st_mode) == 0o600


def broken(sound: list[Source]) -> Iterator[Source]:
    yield from sound
    raise RuntimeError("the log broke off")


@pytest.mark.parametrize("name", ["out", "out.zip"])
def test_an_export_that_fails_leaves_nothing_behind(tmp_path, name):
    sound = sources("a")
    wrong = replace(sound[0], counts={**sound[0].counts, "turns": Count(rows=9, numbers=0)})
    with pytest.raises(ExportMismatch, match="turns has 3 rows"):
        export_tables([wrong], tmp_path / name, "csv")
    with pytest.raises(RuntimeError, match="broke off"):
        export_tables(broken(sound), tmp_path / name, "csv")
    assert not list(tmp_path.iterdir())
    export_tables(sound, tmp_path / name, "csv")
    before = written(tmp_path / name)
    with pytest.raises(ExportMismatch):
        export_tables([wrong], tmp_path / name, "csv", force=True)
    assert written(tmp_path / name) == before
    assert [path.name for path in tmp_path.iterdir()] == [name]


def written(path):
    """Which file or folder it is, and when it was last written."""
    return path.stat().st_ino, path.stat().st_mtime_ns


@pytest.mark.parametrize("name", ["out", "out.zip"])
def test_an_older_export_is_replaced_only_when_asked(tmp_path, name):
    export_tables(sources("a"), tmp_path / name, "csv")
    with pytest.raises(UsageError, match="exists already"):
        export_tables(sources("b"), tmp_path / name, "csv")
    export_tables(sources("b"), tmp_path / name, "csv", force=True)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    if name == "out":
        assert {row["session"] for row in read(tmp_path / name / "wide.csv")} == {"b"}


def test_a_folder_with_something_else_in_it_is_never_replaced(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").write_text("years of work")
    with pytest.raises(UsageError, match=r"thesis\.tex"):
        export_tables(sources("a"), tmp_path / "out", "csv", force=True)
    assert (tmp_path / "out" / "thesis.tex").read_text() == "years of work"


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    for name in ("out", "out.zip"):
        with pytest.raises(UsageError, match="cannot be written"):
            export_tables(sources("a"), tmp_path / "absent" / name, "csv")


def test_a_torn_row_is_counted_as_none(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\r\n1,2\r\n3\r\n")
    assert count_csv(path, "a").rows == -1


def test_a_long_text_is_no_obstacle(tmp_path):
    text = "word " * 100_000
    export_tables([source(entries("a", (opened(), spoken(text))))], tmp_path / "out", "csv")
    limit = csv.field_size_limit(10**7)
    try:
        assert read(tmp_path / "out" / "turns.csv")[0]["text"] == text
    finally:
        csv.field_size_limit(limit)


def test_real_debates_lose_no_speech_and_no_belief(tmp_path):
    """Counted in the debates' own files: speeches by the live debaters, and beliefs of all who judged."""
    folder = data_folder("nyu_debates") / "official"
    speeches, beliefs, found, live = [], [], {}, set()
    for path in sorted(folder.glob("*.json"))[:40]:
        for round_ in json.loads(path.read_text(encoding="utf-8"))["rounds"]:
            for kind in ("SimultaneousSpeeches", "SequentialSpeeches"):
                speeches += round_.get(kind, {}).get("speeches", {}).values()
            beliefs += [round_["JudgeFeedback"]["distribution"]] if "JudgeFeedback" in round_ else []
            for judged in round_.get("OfflineJudgments", {}).get("judgments", {}).values():
                beliefs += [one["distribution"] for one in judged["judgments"]]
        sessions = sessions_of(FileSource(path), "nyu_debates")
        live.add(sessions[0].id)
        found |= {session.id: session for session in sessions}
    export_tables([source(found[session].entries) for session in sorted(found)], tmp_path / "out", "csv")
    rows = read(tmp_path / "out" / "beliefs.csv")
    assert sorted(float(row["probability"]) for row in rows) == sorted(value for pair in beliefs for value in pair)
    turns = [row for row in read(tmp_path / "out" / "turns.csv") if row["session"] in live]
    assert len(turns) == len(speeches) > 100
