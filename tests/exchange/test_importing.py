"""Which importer reads a file, third parties' among them, and what happens where one fails."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from chatarena.errors import SourceError, SourceUnknown, UsageError
from chatarena.exchange.importing import ORDER, Source, formats, read_source
from tests.exchange.importers.records import council, folded, inspect_log, mt_question, nyu, said, sharegpt, write
from tests.exchange.importers.test_otree import of_app

PLUGIN = """
from chatarena.arena.decision import Decision
from chatarena.exchange.account import Account


def read(source):
    if source.suffix != ".shout":
        return None
    if not source.data:
        raise RuntimeError("nothing in it")
    account = Account(source, format="shouts", key="1", decision=Decision(question="Why?", options=()), at=5.0)
    account.turn(account.seat("Crowd", model="human"), source.text())
    return [account.end(record=source.text())]
"""


def distribution(folder: Path, name: str, points: str, module: str = "") -> Path:
    """A folder as an installed distribution leaves it behind: its metadata and, where given, one module."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[chatarena.importers]\n{points}\n", encoding="utf-8")
    if module:
        (folder / f"{name}_importer.py").write_text(module, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("name", "value", "format"),
    [
        ("a.json", nyu(), "nyu_debates"),
        ("a.json", council(), "llm_council"),
        ("a.json", inspect_log(), "inspect_ai"),
        ("a.json", sharegpt(), "chat_jsonl"),
        ("a.json", mt_question(), "chat_jsonl"),
        ("a.md", "Ann: a\nBen: b\nAnn: c\nBen: d\n", "markdown"),
        ("a.csv", of_app(choice="go"), "otree"),
    ],
    ids=["nyu", "council", "inspect", "sharegpt", "mt-bench", "markdown", "otree"],
)
def test_a_file_is_read_by_the_importer_that_knows_it(tmp_path: Path, name: str, value: object, format: str) -> None:
    source = write(tmp_path, name, value)
    found, sessions = read_source(source)
    assert found == format
    assert sessions and read_source(source, format)[1][0].id == sessions[0].id
    for other in set(ORDER) - {format}:
        with pytest.raises(SourceUnknown):
            read_source(source, other)


def test_every_importer_that_ships_has_its_place_in_the_order() -> None:
    assert formats()[: len(ORDER)] == ORDER
    folder = Path(__file__).parents[2] / "chatarena" / "exchange" / "importers"
    assert {file.stem for file in folder.glob("[a-z]*.py")} == set(ORDER)


def test_an_installed_package_adds_an_importer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(distribution(tmp_path / "site", "shouting", "shouts = shouting_importer:read", PLUGIN))
    assert formats() == (*ORDER, "shouts")
    found, (session,) = read_source(write(tmp_path, "a.shout", "HEY"))
    assert (found, said(session)) == ("shouts", [("Crowd", "HEY")])
    assert folded(session).imported is not None
    assert read_source(write(tmp_path, "a.json", council()))[0] == "llm_council"


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ("shouts = shouting_importer:read", "a.shout: the importer shouts failed: RuntimeError: nothing in it"),
        ("shouts = shouting_importer:nothing", "a.shout: the importer shouts failed: AttributeError"),
        ("shouts = not_there:read", "a.shout: the importer shouts failed: ModuleNotFoundError"),
    ],
    ids=["fails", "no-function", "no-module"],
)
def test_a_package_s_importer_that_fails_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, points: str, message: str
) -> None:
    monkeypatch.syspath_prepend(distribution(tmp_path / "site", "shouting", points, PLUGIN))
    with pytest.raises(SourceError) as caught:
        read_source(write(tmp_path, "a.shout", ""))
    assert caught.value.message.startswith(message)


def test_two_importers_of_one_name_are_refused_and_what_ships_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(distribution(tmp_path / "site", "copycat", "markdown = x:read"))
    with pytest.raises(UsageError, match="copycat and chatarena both have an importer 'markdown'"):
        formats()
    assert read_source(write(tmp_path, "a.json", council()))[0] == "llm_council"


def test_an_unknown_format_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_source(write(tmp_path, "a.json", {}), "nyu")
    assert "nyu_debates" in caught.value.remedy


def test_a_source_is_read_when_it_is_asked_for_and_once(tmp_path: Path) -> None:
    source = write(tmp_path, "a.json", [1])
    assert source.starts_with(b"[") and not source.starts_with(b"[1] and more")
    assert source.json() == [1]
    (tmp_path / "a.json").write_text("[2]", encoding="utf-8")
    assert source.data == b"[1]"
    assert (source.name, source.stem, source.suffix) == ("a.json", "a", ".json")
    assert Source(tmp_path / "a.json").sha256 != source.sha256
    assert source.beside("b") is None


def test_a_neighbour_is_found_in_the_folder_and_above(tmp_path: Path) -> None:
    source = write(tmp_path, "folder/a.json", "")
    write(tmp_path, "above", "1")
    write(tmp_path, "folder/here", "2")
    found = [source.beside(name) for name in ("above", "here")]
    assert [neighbour and neighbour.data for neighbour in found] == [b"1", b"2"]


def test_its_neighbours_are_the_files_of_its_folder_that_end_alike(tmp_path: Path) -> None:
    source = write(tmp_path, "b.csv", "")
    for name in ("c.CSV", "a.csv", "a.json", "below/d.csv"):
        write(tmp_path, name, "")
    (tmp_path / "e.csv").mkdir()
    assert [neighbour.name for neighbour in source.neighbours()] == ["a.csv", "c.CSV"]


@pytest.mark.parametrize("read", [lambda s: s.data, lambda s: s.starts_with(b"x")], ids=["data", "beginning"])
def test_a_file_that_is_not_there_says_so(tmp_path: Path, read: object) -> None:
    with pytest.raises(SourceError, match=r"gone\.md cannot be read: No such file"):
        read(Source(tmp_path / "gone.md"))  # type: ignore[operator]


def test_a_name_that_is_no_text_does_not_keep_a_session_out(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"a\xff.json")
    path.write_text(json.dumps(council()), encoding="utf-8")
    (session,) = read_source(Source(path))[1]
    imported = folded(session).imported
    assert imported is not None and imported.source == "a\ufffd.json"
