"""`export`: which sessions, in which format, to where, and never over anything unasked."""

from __future__ import annotations

import csv
import json
import stat
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from chatarena.arena import events as ev
from chatarena.cli.export import slug
from chatarena.cli.home import Paths
from chatarena.exchange.bundle import read_bundle
from chatarena.session_log.store import SessionLog
from tests.cli.conftest import Chatarena
from tests.session_log.samples import NOON, entries
from tests.support.sessions import WEATHER, opening, play

CITY, PICNIC, LEFT = "01AAAAAAAAAAAAAAAAAAAAAAAA", "01BBBBBBBBBBBBBBBBBBBBBBBB", "01CCCCCCCCCCCCCCCCCCCCCCCC"


@pytest.fixture
def log(home: Paths) -> dict[str, tuple[ev.Entry, ...]]:
    """A finished session with a name and a tag, one about the weather, and one that was left with its masks on."""
    sessions = {
        CITY: entries(CITY, tuple(event for _, _, event in play(opening(3)))),
        PICNIC: entries(PICNIC, tuple(event for _, _, event in play(opening(2, decision=WEATHER)))),
        LEFT: entries(LEFT, (*opening(2), ev.SessionLeft(reason="the terminal was closed")), at=NOON + 10_000),
    }
    with SessionLog(home.database, environ={}) as store:
        for recorded in sessions.values():
            store.append(recorded)
        store.rename(CITY, "my move")
        store.tag(CITY, add=("life",))
        store.tag(LEFT, add=("life",))
    return sessions


def here() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


# -- formats -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "ending", "beginning"),
    [
        ("bundle", "jsonl", '{"chatarena_bundle":1'),
        ("markdown", "md", "# Which city"),
        ("html", "html", "<!DOCTYPE html>"),
    ],
)
def test_a_single_file_has_a_telling_name_and_is_its_owner_s_alone(
    chatarena: Chatarena, log: object, form: str, ending: str, beginning: str
) -> None:
    done = chatarena("export", CITY, "--format", form)
    name = f"{CITY}-which-city-should-i-move-to.{ending}"
    assert (done.code, done.out) == (0, f"{name}\n")
    assert here() == [name]
    assert Path(name).read_text(encoding="utf-8").startswith(beginning)
    assert stat.S_IMODE(Path(name).stat().st_mode) == 0o600
    assert chatarena("export", CITY, "--format", form, "--out", "-").out == Path(name).read_text(encoding="utf-8")


def test_a_bundle_is_the_session_with_its_name_and_tags(
    chatarena: Chatarena, log: dict[str, tuple[ev.Entry, ...]]
) -> None:
    done = chatarena("export", CITY, "--out", "city.jsonl")
    read = read_bundle(Path("city.jsonl"))
    assert (read.entries, read.name, read.tags) == (log[CITY], "my move", ("life",))
    assert read.seal in done.err
    assert chatarena("export", "city.jsonl", "--format", "bundle", "--out", "-").out == Path("city.jsonl").read_text()


def test_tables_are_a_folder_or_one_file(chatarena: Chatarena, log: object) -> None:
    done = chatarena("export", CITY, "--format", "csv")
    folder = Path(f"{CITY}-which-city-should-i-move-to-csv")
    assert done.out == f"{folder}\n"
    assert "1 session with 6 turns, counted against the log" in done.err
    (row,) = table(folder / "sessions.csv")
    assert (row["session"], row["name"], row["tags"], row["origin"]) == (CITY, "my move", '["life"]', "")
    assert len(table(folder / "turns.csv")) == 6
    assert chatarena("export", CITY, "--out", "city.zip").code == 0
    with zipfile.ZipFile("city.zip") as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            path.name: path.read_bytes() for path in folder.iterdir()
        }


def test_a_session_from_a_bundle_is_the_same_table_but_for_where_it_was_read(chatarena: Chatarena, log: object) -> None:
    chatarena("export", CITY, "--out", "city.jsonl")
    chatarena("export", CITY, "--format", "csv", "--out", "log")
    chatarena("export", "city.jsonl", "--format", "csv", "--out", "file")
    for path in Path("log").iterdir():
        if path.name not in ("sessions.csv", "wide.csv"):
            assert path.read_bytes() == (Path("file") / path.name).read_bytes(), path.name
    (first,), (second,) = table(Path("log/wide.csv")), table(Path("file/wide.csv"))
    assert {name for name in first if first[name] != second[name]} == {"origin"}
    assert second["origin"] == "city.jsonl"


def test_the_format_is_told_by_the_ending(chatarena: Chatarena, log: object) -> None:
    for name, beginning in (("x.md", "# "), ("x.html", "<!DOCTYPE"), ("x.jsonl", "{"), ("x.zip", "PK"), ("x", "{")):
        assert chatarena("export", CITY, "--out", name).code == 0
        assert Path(name).read_bytes().startswith(beginning.encode())


# -- which sessions ----------------------------------------------------------------------------------------------------


def test_last_is_the_default(chatarena: Chatarena, log: object) -> None:
    assert chatarena("export").out.startswith(LEFT)


def test_all_and_a_tag(chatarena: Chatarena, log: object) -> None:
    chatarena("export", "--all", "--format", "csv")
    assert [row["session"] for row in table(Path("3-sessions-csv/wide.csv"))] == [CITY, PICNIC, LEFT]
    chatarena("export", "--tag", "life", "--format", "html", "--out", "pages")
    assert [name[:26] for name in sorted(path.name for path in Path("pages").iterdir())] == [CITY, LEFT]
    assert stat.S_IMODE(Path("pages").stat().st_mode) == 0o700


def test_ids_beginnings_and_files_together_each_once(chatarena: Chatarena, log: object) -> None:
    chatarena("export", PICNIC, "--out", "picnic.jsonl")
    data = chatarena("export", "01C", "picnic.jsonl", PICNIC, CITY, "--format", "csv", "--json").data
    assert data["sessions"] == 3
    assert data["rows"]["turns"] == 10
    assert [one["path"] for one in data["files"]] == ["3-sessions-csv"]


def test_two_records_of_one_session_are_not_mixed(chatarena: Chatarena, log: dict[str, tuple[ev.Entry, ...]]) -> None:
    from chatarena.exchange.bundle import write_bundle

    other = replace(log[CITY][-1], at=0.0)
    Path("other.jsonl").write_text("".join(f"{line}\n" for line in write_bundle((*log[CITY][:-1], other))))
    done = chatarena("export", CITY, "other.jsonl", "--format", "csv")
    assert (done.code, done.out) == (2, "")
    assert "another record" in done.err


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("nowhere",), id="no such session"),
        pytest.param(("absent.jsonl",), id="no such file"),
        pytest.param(("--tag", "unheard"), id="no such tag"),
        pytest.param((CITY, "--all"), id="ids and all"),
        pytest.param((CITY, PICNIC, "--out", "-"), id="two to stdout"),
        pytest.param((CITY, "--format", "csv", "--out", "-"), id="tables to stdout"),
        pytest.param((CITY, "--out", "-", "--json"), id="two documents on stdout"),
        pytest.param((CITY, "--format", "html", "--safe-for-spreadsheets"), id="safe html"),
        pytest.param((CITY, "--unmask"), id="unmasked bundle"),
        pytest.param((CITY, "--format", "xml"), id="unknown format"),
        pytest.param((CITY, "--out", "absent/x.md"), id="no such folder"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(
    chatarena: Chatarena, log: object, words: tuple[str, ...]
) -> None:
    done = chatarena("export", *words)
    assert done.code in (1, 2)
    assert done.out == ""
    assert done.err
    assert here() == []


def test_without_a_log_there_is_nothing_to_export(chatarena: Chatarena, home: Paths) -> None:
    for words in ((), ("--all",)):
        done = chatarena("export", *words)
        assert (done.code, done.out) == (2, "")
    assert not home.database.exists()


# -- where it goes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["bundle", "markdown", "html", "csv"])
def test_nothing_is_written_over_without_force(chatarena: Chatarena, log: object, form: str) -> None:
    words = ("export", CITY, "--format", form)
    assert chatarena(*words).code == 0
    before = here()
    again = chatarena(*words)
    assert (again.code, again.out) == (2, "")
    assert "--force" in again.err
    assert chatarena(*words, "--force").code == 0
    assert here() == before


def test_of_several_files_none_is_written_where_one_is_there_already(chatarena: Chatarena, log: object) -> None:
    chatarena("export", LEFT, "--out", "all/")
    assert chatarena("export", "--all", "--out", "all").code == 2
    assert len(list(Path("all").iterdir())) == 1
    assert chatarena("export", "--all", "--out", "all", "--force").code == 0
    assert len(list(Path("all").iterdir())) == 3


def test_an_existing_folder_takes_single_files(chatarena: Chatarena, log: object) -> None:
    Path("pages").mkdir()
    done = chatarena("export", CITY, "--format", "html", "--out", "pages")
    assert done.out == f"pages/{CITY}-which-city-should-i-move-to.html\n"


def test_an_id_from_elsewhere_cannot_leave_the_folder(
    chatarena: Chatarena, log: dict[str, tuple[ev.Entry, ...]]
) -> None:
    from chatarena.exchange.bundle import write_bundle

    Path("in").mkdir()
    strange = ("../../etc/passwd", "-rf", "a/b", "a_b", ".hidden", "..")
    for number, name in enumerate(strange):
        moved = [replace(entry, session=name) for entry in log[LEFT]]
        Path(f"in/{number}.jsonl").write_text("".join(f"{line}\n" for line in write_bundle(moved)))
    files = [str(path) for path in sorted(Path("in").iterdir())]
    done = chatarena("export", *files, "--format", "markdown", "--out", "out", "--force")
    assert done.code == 0
    written = sorted(path.name for path in Path("out").iterdir())
    assert len(written) == len(strange) == len(done.out.splitlines())
    assert not [name for name in written if name.startswith(("-", "."))]
    assert here() == ["in", "out"]


def test_a_record_that_contradicts_itself_is_named_and_leaves_no_page(
    chatarena: Chatarena, log: dict[str, tuple[ev.Entry, ...]]
) -> None:
    from chatarena.exchange.bundle import write_bundle

    shown = next(entry for entry in log[CITY] if isinstance(entry.event, ev.RecommendationShown))
    assert isinstance(shown.event, ev.RecommendationShown)
    wrong = replace(shown, event=replace(shown.event, card=replace(shown.event.card, recommended=("atlantis",))))
    broken = [wrong if entry.seq == shown.seq else entry for entry in log[CITY]]
    Path("broken.jsonl").write_text("".join(f"{line}\n" for line in write_bundle(broken)))
    for form in ("markdown", "html"):
        done = chatarena("export", "broken.jsonl", "--format", form)
        assert (done.code, done.out) == (1, "")
        assert "atlantis" in done.err
    assert here() == ["broken.jsonl"]
    assert chatarena("export", "broken.jsonl", "--format", "csv", "--out", "tables").code == 0


# -- what must not leave -----------------------------------------------------------------------------------------------


def test_masks_stay_on_where_they_were_not_taken_off(chatarena: Chatarena, log: object) -> None:
    for form in ("markdown", "html"):
        assert "SECRET" not in chatarena("export", LEFT, "--format", form, "--out", "-").out
        assert "SECRET-Ash-objective" in chatarena("export", LEFT, "--format", form, "--out", "-", "--unmask").out


def test_a_secret_of_this_environment_is_warned_of(
    chatarena: Chatarena, log: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert chatarena("export", LEFT, "--format", "html", "--out", "a.html", "--json").out.count("keep it") == 0
    monkeypatch.setenv("SOME_API_KEY", "SECRET-Ash-objective")
    done = chatarena("export", LEFT, "--format", "csv", "--out", "tables", "--json")
    (warning,) = json.loads(done.out)["warnings"]
    assert "SOME_API_KEY" in warning
    assert "SOME_API_KEY" in chatarena("export", LEFT, "--out", "b.jsonl").err


def test_text_for_a_terminal_is_cleaned(
    chatarena: Chatarena, home: Paths, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    spoken = (*opening(2, decision=replace(WEATHER, question="Picnic\x9b2J or museum?")), ev.SessionLeft())
    with SessionLog(home.database, environ={}) as store:
        store.append(entries(CITY, spoken))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    for form in ("bundle", "markdown", "html"):
        assert "\x9b" not in chatarena("export", "--format", form, "--out", "-").out
    monkeypatch.setattr("sys.stdout.isatty", lambda: False)
    assert "\x9b" in chatarena("export", "--out", "-").out, "a file is what was recorded"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Should I move?", "should-i-move"),
        ("", ""),
        ("??? ...", ""),
        ("../../etc/passwd\0\n", "etc-passwd"),
        ("CON: a|b*c", "con-a-b-c"),
        ("Soll ich nach Köln?", "soll-ich-nach-köln"),
        ("one two three four five six seven eight nine ten", "one-two-three-four-five-six-seven-eight"),
        ("x" * 100, "x" * 40),
        ("海" * 100, "海" * 40),
    ],
)
def test_a_name_from_a_question(question: str, expected: str) -> None:
    assert slug(question) == expected
    assert len(slug(question).encode()) <= 120
