"""`chatarena import`: what it brings in, what it prints, and what a file that fails leaves alone."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from chatarena.cli.home import Paths
from chatarena.exchange.bundle import write_bundle
from chatarena.session_log.store import SessionLog
from tests.cli.conftest import Chatarena
from tests.exchange.importers.records import council, database, insert, nyu, sessions_of, sharegpt, write
from tests.exchange.importers.test_otree import chat, jury, of_app, wrote
from tests.support.data import data_folder

TRANSCRIPT = "Ann: a\nBen: b\nAnn: c\nBen: d\n"


def debates(folder: Path) -> Path:
    """A folder with one file of every outcome: two that are read, one that is damaged, one that is of no format."""
    write(folder, "pail-0.json", nyu())
    write(folder, "below/talk.md", TRANSCRIPT)
    write(folder, "council.json", council() | {"id": None})
    write(folder, "README.md", "Just a text.")
    write(folder, ".hidden.md", TRANSCRIPT)
    return folder


def ids(home: Paths) -> list[str]:
    with SessionLog(home.database, read_only=True) as log:
        return sorted(listed.id for listed in log.sessions())


def test_a_folder_comes_in_and_a_file_that_fails_leaves_the_others_alone(
    chatarena: Chatarena, home: Paths, tmp_path: Path
) -> None:
    done = chatarena("import", str(debates(tmp_path / "debates")))
    assert done.code == 1
    rows = [line.split() for line in done.out.splitlines()]
    assert ["nyu_debates", "1", "3", "3", "0", "10", "6"] in rows
    assert ["markdown", "1", "1", "1", "0", "4", "0"] in rows
    assert ["nyu_debates", "live", "beliefs", "3", "3", "0"] in rows
    assert any(line.startswith("setup.rules.fixedOpening") for line in done.out.splitlines())
    assert "council.json: id is missing" in done.err
    assert "README.md" in done.err and ".hidden" not in done.err
    assert "1 of 4 files failed." in done.err
    assert len(ids(home)) == 4


def test_files_that_belong_together_are_read_as_one_and_what_is_no_debate_says_so(
    chatarena: Chatarena, home: Paths, tmp_path: Path
) -> None:
    for name, text in (jury() | {"chat": chat(wrote("ann", 5)), "survey": of_app(age=30)}).items():
        write(tmp_path / "export", f"{name}.csv", text)
    done = chatarena("import", str(tmp_path / "export"))
    assert done.code == 0
    assert ["otree", "2", "2", "2", "0", "1", "0"] in [line.split() for line in done.out.splitlines()]
    assert f"read along with others, without a session of its own: {tmp_path / 'export' / 'chat.csv'}" in done.err
    assert f"passed over: {tmp_path / 'export' / 'survey.csv'}: no debate" in done.err
    assert len(ids(home)) == 2
    named = chatarena("import", str(tmp_path / "export" / "survey.csv"))
    assert named.code == 1 and "no debate" in named.err


def test_importing_twice_changes_nothing(chatarena: Chatarena, home: Paths, tmp_path: Path) -> None:
    write(tmp_path, "pail-0.json", nyu())
    first = chatarena("import", str(tmp_path / "pail-0.json"), "--json").data
    before = home.database.read_bytes()
    again = chatarena("import", str(tmp_path / "pail-0.json"), "--json").data
    assert first["formats"]["nyu_debates"]["outcomes"] == {"added": 3}
    assert again["formats"]["nyu_debates"]["outcomes"] == {"known": 3}
    assert home.database.read_bytes() == before


def test_the_same_record_in_two_files_comes_in_once(chatarena: Chatarena, home: Paths, tmp_path: Path) -> None:
    write(tmp_path, "debates/pail-0.json", nyu())
    write(tmp_path, "debates/copy/pail-0.json", nyu())
    dry = chatarena("import", str(tmp_path / "debates"), "--dry-run", "--json").data
    done = chatarena("import", str(tmp_path / "debates"), "--json")
    assert (done.code, done.data["formats"]["nyu_debates"]["outcomes"]) == (0, {"added": 3, "known": 3})
    assert dry["formats"] == done.data["formats"]


def test_a_record_is_known_in_a_file_that_was_renamed_and_has_grown(
    chatarena: Chatarena, home: Paths, tmp_path: Path
) -> None:
    database(tmp_path, "logs.db", new=True)
    chatarena("import", str(tmp_path / "logs.db"))
    (tmp_path / "logs.db").rename(tmp_path / "copy.db")
    with closing(sqlite3.connect(tmp_path / "copy.db")) as connection, connection:
        insert(connection, "threads", id="t2", name="Empty", datetime_utc="2026-03-01")
    done = chatarena("import", str(tmp_path / "copy.db"), "--json")
    assert (done.code, done.data["formats"]["simonw_llm"]["outcomes"]) == (0, {"known": 1, "added": 1})
    assert len(ids(home)) == 2


def test_a_dry_run_reports_the_same_and_writes_nothing(chatarena: Chatarena, home: Paths, tmp_path: Path) -> None:
    folder = debates(tmp_path / "debates")
    dry = chatarena("import", str(folder), "--dry-run", "--json")
    assert dry.code == 1
    assert not home.database.exists()
    wet = chatarena("import", str(folder), "--json")
    assert {**dry.data, "dry_run": False} == wet.data
    known = chatarena("import", str(folder), "--dry-run", "--json").data
    assert known["formats"]["nyu_debates"]["outcomes"] == {"known": 3}


def test_the_document_holds_all_that_was_told(chatarena: Chatarena, tmp_path: Path) -> None:
    folder = debates(tmp_path / "debates")
    done = chatarena("import", str(folder), "--json")
    assert json.loads(done.out)["status"] == "failed"
    assert {Path(file["path"]).name: file["format"] for file in done.data["files"]} == {
        "pail-0.json": "nyu_debates",
        "talk.md": "markdown",
    }
    assert [Path(path).name for path in done.data["unknown"]] == ["README.md"]
    (failure,) = done.data["failures"]
    assert failure["error"] == "council.json: id is missing"
    held = done.data["formats"]["nyu_debates"]["held"]
    assert held["rounds"] == {"total": 7, "most": 7, "records_with_none": 0}
    story = next(item for item in done.data["left_behind"] if "contents" in item["where"])
    assert (story["count"], story["sessions"], story["why"]) == (1, 1, "the story is not copied")


def test_a_bundle_comes_in_as_it_is(chatarena: Chatarena, home: Paths, tmp_path: Path) -> None:
    (session,) = sessions_of(write(tmp_path, "talk.md", TRANSCRIPT), "markdown")
    lines = write_bundle(session.entries, name="A talk", tags=("mine",))
    write(tmp_path, "talk.jsonl", "".join(f"{line}\n" for line in lines))
    done = chatarena("import", str(tmp_path / "talk.jsonl"), "--json")
    assert done.data["formats"]["bundle"]["outcomes"] == {"added": 1}
    with SessionLog(home.database, read_only=True) as log:
        assert log.entries(session.id) == session.entries
        assert (log.annotations(session.id).name, log.annotations(session.id).tags) == ("A talk", ("mine",))


@pytest.mark.parametrize("change", ["a byte", "another entry"])
def test_a_bundle_that_is_not_what_is_here_fails(
    chatarena: Chatarena, home: Paths, tmp_path: Path, change: str
) -> None:
    (session,) = sessions_of(write(tmp_path, "talk.md", TRANSCRIPT), "markdown")
    chatarena("import", str(tmp_path / "talk.md"))
    entries = session.entries
    if change == "another entry":
        (other,) = sessions_of(write(tmp_path, "other.md", TRANSCRIPT.replace("d", "e")), "markdown")
        entries = tuple(type(entry)(**{**_fields(entry), "session": session.id}) for entry in other.entries)
    text = "".join(f"{line}\n" for line in write_bundle(entries))
    write(tmp_path, "talk.jsonl", text.replace('"Ann"', '"Eve"') if change == "a byte" else text)
    done = chatarena("import", str(tmp_path / "talk.jsonl"))
    assert done.code == 1
    assert ("is not as it was written" if change == "a byte" else "is here already") in done.err
    with SessionLog(home.database, read_only=True) as log:
        assert log.entries(session.id) == session.entries


def _fields(entry: object) -> dict[str, object]:
    return {name: getattr(entry, name) for name in ("session", "seq", "at", "elapsed", "event")}


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        pytest.param(("nowhere.md",), 2, "there is no file or folder nowhere.md", id="no-file"),
        pytest.param(("talk.md", "--format", "nyu"), 2, "there is no importer 'nyu'", id="no-importer"),
        pytest.param(
            ("talk.md", "--format", "llm_council"), 1, "it is not of the format llm_council", id="other-format"
        ),
        pytest.param(("talk.md", "--format", "bundle"), 1, "it is not a bundle", id="no-bundle"),
        pytest.param(("text.md",), 1, "no importer knows its format", id="unknown"),
        pytest.param((), 2, "PATH", id="nothing"),
    ],
)
def test_what_cannot_be_done_says_why(chatarena: Chatarena, words: tuple[str, ...], code: int, message: str) -> None:
    write(Path(), "talk.md", TRANSCRIPT)
    write(Path(), "text.md", "Just a text.")
    done = chatarena("import", *words)
    assert (done.code, done.out) == (code, "")
    assert message in done.err


def test_an_imported_session_is_found_and_shown_and_cannot_be_resumed(chatarena: Chatarena, tmp_path: Path) -> None:
    write(tmp_path, "chat.json", [sharegpt()])
    chatarena("import", str(tmp_path / "chat.json"))
    shown = chatarena("sessions", "show", "last").out
    assert "Imported from chat.json (chat_jsonl" in shown
    assert "Options:" not in shown
    assert len(chatarena("sessions", "search", "Vic", "--json").data) == 1
    resumed = chatarena("resume", "last")
    assert resumed.code == 2
    assert "was imported from chat.json" in resumed.err


def test_the_real_debates_come_in_with_one_command(chatarena: Chatarena, home: Paths) -> None:
    done = chatarena("import", str(data_folder("nyu_debates")), "--json")
    assert done.code == 0
    tally = done.data["formats"]["nyu_debates"]
    assert (tally["files"], tally["sessions"], tally["outcomes"]) == (505, 701, {"added": 701})
    assert {name: held["total"] for name, held in tally["held"].items() if name != "rounds"} == {
        "simultaneous rounds": 304,
        "sequential rounds": 1305,
        "live beliefs": 1897,
        "offline judgment rounds": 156,
        "offline beliefs": 551,
        "negotiate-end rounds": 67,
    }
    assert tally["held"]["rounds"] == {"total": 3729, "most": 51, "records_with_none": 23}
    assert done.data["failures"] == []
    assert len(ids(home)) == 701
