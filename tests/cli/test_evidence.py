"""Verify, derive again, repeat, fork: what a saved session is worth as evidence, from the command line."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import jsonschema
import pytest

from chatarena.cli.home import Paths
from chatarena.exchange.bundle import parse_bundle, write_bundle
from chatarena.session_log.store import SessionLog
from tests.cli.conftest import Chatarena


@pytest.fixture
def session(chatarena: Chatarena) -> str:
    """The id of a finished demo."""
    assert chatarena("demo", "--seconds-per-word", "0").code == 0
    return str(chatarena("sessions", "list", "--json").data[0]["id"])


@pytest.fixture
def bundle(home: Paths, session: str, tmp_path: Path) -> Path:
    """The demo as a bundle."""
    with SessionLog(home.database, read_only=True) as log:
        lines = write_bundle(log.entries(session), name="kept", tags=("demo",))
        path = tmp_path / "kept.jsonl"
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def altered_log(home: Paths, old: str, new: str) -> None:
    """Somebody changes a speech with another program."""
    connection = sqlite3.connect(home.database)
    connection.execute("DROP TRIGGER entries_unchanged")
    changed = connection.execute(
        "UPDATE entries SET body = replace(body, ?, ?) WHERE kind = 'turn_taken' AND body LIKE ?",
        (old, new, f"%{old}%"),
    )
    assert changed.rowcount > 0
    connection.commit()
    connection.close()


def test_a_session_in_the_log_is_whole(chatarena: Chatarena, session: str) -> None:
    done = chatarena("verify", "--json")
    assert done.code == 0
    assert [(found["session"], found["problems"]) for found in done.data] == [(session, [])]


def test_a_speech_altered_behind_the_programs_back_is_noticed(home: Paths, chatarena: Chatarena, session: str) -> None:
    altered_log(home, " the ", " THE ")
    done = chatarena("verify")
    assert done.code == 1
    assert "behind the program's back" in done.out
    assert chatarena("rederive").code == 1


def test_a_bundle_is_whole_and_has_a_seal(chatarena: Chatarena, bundle: Path) -> None:
    seal = parse_bundle(bundle.read_bytes()).seal
    assert chatarena("verify", str(bundle), "--seal", seal).code == 0
    other = chatarena("verify", str(bundle), "--seal", "0" * 64)
    assert other.code == 1
    assert f"the seal is {seal}, not the one that was given" in other.out


def test_a_folder_stands_for_the_bundles_in_it(chatarena: Chatarena, bundle: Path, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    empty = chatarena("verify", str(folder))
    assert empty.code == 2 and "no bundle (.jsonl) in the folder" in empty.err
    for name in ("one", "two"):
        (folder / f"{name}.jsonl").write_bytes(bundle.read_bytes())
    (folder / "two.jsonl").write_bytes((folder / "two.jsonl").read_bytes()[:-40])
    (folder / "notes.txt").write_text("not a bundle")
    done = chatarena("verify", str(folder))
    told = [line.split()[0] for line in done.out.splitlines() if not line.startswith(" ")]
    assert (done.code, told) == (1, ["ok", "fail"])


def test_a_damaged_bundle_is_told_line_by_line(chatarena: Chatarena, bundle: Path) -> None:
    lines = bundle.read_bytes().split(b"\n")
    bundle.write_bytes(b"\n".join([*lines[:6], lines[6].replace(b'"elapsed":', b'"elapsed":1'), *lines[8:]]))
    done = chatarena("verify", str(bundle))
    assert done.code == 1
    assert "line 7: entry 5 was altered" in done.out
    assert "line 8: entry 6 is missing" in done.out
    assert chatarena("rederive", str(bundle)).code == 1


@pytest.mark.parametrize("command", ["verify", "rederive", "rerun", "fork"])
def test_what_is_not_there_is_said(chatarena: Chatarena, session: str, command: str, tmp_path: Path) -> None:
    more = ("--lambda", "2") if command == "fork" else ()
    for where in ("01NOBODY", str(tmp_path / "none.jsonl")):
        done = chatarena(command, where, *more)
        assert done.code in (1, 2)
        assert done.out == ""
        assert "01NOBODY" in done.err or "none.jsonl" in done.err


def test_everything_is_derived_again(chatarena: Chatarena, bundle: Path) -> None:
    done = chatarena("rederive", "last", str(bundle), "--json")
    assert done.code == 0
    assert [len(found["checks"]) for found in done.data] == [36, 36]
    assert {check["verdict"] for found in done.data for check in found["checks"]} == {"same"}


def test_a_repetition_calls_nobody_and_is_the_same(chatarena: Chatarena, session: str) -> None:
    done = chatarena("rerun", "--cache", "only", "--json")
    assert done.code == 0
    assert (done.data["recalled"], done.data["called"], done.data["differences"]) == (24, 0, [])
    again = done.data["session"]
    rows = {row["id"]: row for row in chatarena("sessions", "list", "--json").data}
    assert rows[again]["origin"] == "rerun"
    assert rows[again]["parent"] == session
    assert chatarena("verify", again).code == 0


def test_a_repetition_of_a_bundle_leaves_no_trace_where_none_is_wanted(
    chatarena: Chatarena, bundle: Path, session: str
) -> None:
    done = chatarena("rerun", str(bundle), "--no-log")
    assert "The same, word for word" in done.out
    assert [row["id"] for row in chatarena("sessions", "list", "--json").data] == [session]


def test_numbers_used_otherwise_need_no_session(chatarena: Chatarena, session: str) -> None:
    done = chatarena("fork", "--lambda", "2", "--leave-out", "Alder", "--json")
    assert done.code == 0
    assert done.data["session"] is None
    assert {shift["source"] for shift in done.data["shifts"]} == {"panel", "blend", "own"}
    assert all(shift["distance"] > 0 for shift in done.data["shifts"])
    assert len(chatarena("sessions", "list", "--json").data) == 1


def test_a_fork_shares_its_beginning_and_says_what_changed(chatarena: Chatarena, session: str) -> None:
    done = chatarena("fork", "--without", "Alder", "--json")
    assert done.code == 0
    fork = done.data["session"]
    assert done.data["recalled"] > 0
    row = next(row for row in chatarena("sessions", "list", "--json").data if row["id"] == fork)
    assert (row["origin"], row["parent"], row["status"]) == ("fork", session, "complete")
    assert chatarena("verify", fork).code == 0
    shown = chatarena("sessions", "show", fork).out
    assert f"this is a fork of {session}: without Alder" in shown


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param((), "a fork needs a place or a change", id="nothing"),
        pytest.param(("--at", "1"), "is no place to fork", id="before the opening"),
        pytest.param(("--at", "r9"), "no place in this session: 'r9'", id="a round that was not"),
        pytest.param(("--without", "Nobody"), "there is no agent 'Nobody'", id="an unknown agent"),
        pytest.param(("--weights", "Alder"), "no weight: 'Alder'", id="no number"),
        pytest.param(("--weights", "Alder=-1"), "must be 0 or more", id="a negative weight"),
    ],
)
def test_a_fork_that_cannot_be_made_says_why(
    chatarena: Chatarena, session: str, words: tuple[str, ...], says: str
) -> None:
    done = chatarena("fork", *words)
    assert (done.code, done.out) == (2, "")
    assert says in done.err


def test_the_schema_is_one_that_bundles_satisfy(chatarena: Chatarena, bundle: Path) -> None:
    done = chatarena("schema")
    validator = jsonschema.Draft202012Validator(json.loads(done.out))
    for line in bundle.read_text(encoding="utf-8").splitlines():
        validator.validate(json.loads(line))
