"""`paths` and `config`: what is printed, what is written, and the exit codes."""

from __future__ import annotations

import json
import re
import stat
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from chatarena.cli.home import Paths
from chatarena.cli.paths import NAMES
from chatarena.cli.settings import Settings
from chatarena.cli.settings_loading import load_settings
from chatarena.cli.settings_template import template
from tests.cli.conftest import Chatarena, write_config


def uncommented(text: str) -> str:
    return re.sub(r"^#(?=[a-z_]+ = )", "", text, flags=re.MULTILINE)


# -- paths -------------------------------------------------------------------------------------------------------------


def test_paths_lists_every_place_and_creates_none(chatarena: Chatarena, home: Paths) -> None:
    done = chatarena("paths")
    assert (done.code, done.err) == (0, "")
    assert [line.split()[0] for line in done.out.splitlines()] == ["name", *NAMES]
    assert not home.config_file.parents[1].exists()


@pytest.mark.parametrize("name", [name for name in NAMES if name != "project"])
def test_one_name_prints_that_path_only_and_json_agrees(chatarena: Chatarena, name: str) -> None:
    printed = chatarena("paths", name).out
    assert chatarena("paths", "--json").data[name] == printed.rstrip("\n")
    assert chatarena("paths", name, "--json").data == {name: printed.rstrip("\n")}


def test_a_path_that_is_not_there_is_an_error_and_null_in_json(chatarena: Chatarena) -> None:
    done = chatarena("paths", "project")
    assert (done.code, done.out) == (2, "")
    assert chatarena("paths", "project", "--json").data == {"project": None}


def test_a_path_with_an_escape_sequence_cannot_act_on_the_terminal(
    chatarena: Chatarena, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHATARENA_HOME", str(tmp_path / "a\x1b[31mb"))
    assert "\x1b" not in chatarena("paths").out
    assert "\x1b[31m" in chatarena("paths", "--json").data["database"]


# -- config ------------------------------------------------------------------------------------------------------------


def test_show_tells_each_value_with_its_source(
    chatarena: Chatarena, home: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_config(home, "[session]\nrounds = 3\n")
    monkeypatch.setenv("CHATARENA_CACHE__POLICY", "on")
    rows = {row["key"]: (row["value"], row["source"]) for row in chatarena("config", "show", "--json").data}
    assert rows["session.rounds"] == (3, f"{home.config_file}:2")
    assert rows["cache.policy"] == ("on", "the variable CHATARENA_CACHE__POLICY")
    assert rows["session.budget"] == (None, "default")
    assert chatarena("config").out == chatarena("config", "show").out
    assert f"session.rounds        3                        {home.config_file}:2" in chatarena("config").out


def test_show_of_faulty_settings_fails_with_the_fault_on_stderr(chatarena: Chatarena, home: Paths) -> None:
    write_config(home, "[session]\nround = 3\n")
    done = chatarena("config", "show")
    assert (done.code, done.out) == (2, "")
    assert ":2: session.round is an unknown key" in done.err


def test_validate_reports_what_it_read_or_every_fault(chatarena: Chatarena, home: Paths) -> None:
    assert chatarena("config", "validate").out == "ok  defaults\n"
    write_config(home, "[session]\nrounds = 3\n")
    assert chatarena("config", "validate", "--json").data == {
        "checked": [str(home.config_file), "defaults"],
        "faults": [],
    }
    write_config(home, "[session]\nround = 3\nrounds = 0\n")
    done = chatarena("config", "validate")
    assert (done.code, done.err) == (2, "")
    assert done.out.count(str(home.config_file)) == 2
    told = chatarena("config", "validate", "--json")
    assert told.code == 2
    assert json.loads(told.out)["status"] == "failed"
    assert [(fault["line"], fault["key"]) for fault in told.data["faults"]] == [
        (2, "session.round"),
        (3, "session.rounds"),
    ]


def test_validate_checks_files_that_are_not_in_force(chatarena: Chatarena) -> None:
    Path("good.toml").write_text("[ui]\nreduced_motion = true\n")
    Path("bad.toml").write_text("[ui]\nmotion = true\n")
    assert chatarena("config", "validate", "good.toml").code == 0
    assert chatarena("config", "validate", "good.toml", "bad.toml").code == 2
    done = chatarena("config", "validate", "absent.toml")
    assert done.code == 2
    assert "absent.toml: the file cannot be read" in done.out


def test_init_writes_a_private_file_once_and_it_changes_nothing(chatarena: Chatarena, home: Paths) -> None:
    done = chatarena("config", "init")
    assert (done.code, done.out) == (0, f"{home.config_file}\n")
    assert stat.S_IMODE(home.config_file.stat().st_mode) == 0o600
    assert load_settings(paths=home, environ={}) == Settings()
    home.config_file.write_text("[session]\nrounds = 3\n")
    again = chatarena("config", "init")
    assert again.code == 2
    assert home.config_file.read_text() == "[session]\nrounds = 3\n"


def test_init_for_a_project_writes_here(chatarena: Chatarena) -> None:
    assert chatarena("config", "init", "--project").code == 0
    done = chatarena("config", "validate")
    assert done.code == 0
    assert "chatarena.toml" in done.out


@pytest.mark.parametrize("project", [False, True], ids=["own", "project"])
def test_every_commented_line_is_right_once_it_is_uncommented(home: Paths, tmp_path: Path, project: bool) -> None:
    text = uncommented(template(project=project))
    given = tomllib.loads(text)
    if project:
        (tmp_path / "chatarena.toml").write_text(text)
        load_settings(paths=replace(home, project_config=tmp_path / "chatarena.toml"), environ={})
        assert "api_base" not in given["models"]
    else:
        write_config(home, text)
        load_settings(paths=home, environ={})
        settable = {section: set(type(getattr(Settings(), section)).__slots__) for section in Settings.__slots__}
        assert {section: set(keys) for section, keys in given.items()} == settable


def test_schema_prints_itself_or_in_the_envelope(chatarena: Chatarena) -> None:
    assert chatarena("config", "schema", "--json").data == json.loads(chatarena("config", "schema").out)


def test_one_setting_is_changed_and_taken_out_and_comments_stay(chatarena: Chatarena, home: Paths) -> None:
    file = write_config(home, "# mine\n[session]\nrounds = 2  # few\n")
    done = chatarena("config", "set", "session.rounds", "4", "--json")
    assert done.data == [{"key": "session.rounds", "value": 4, "source": f"{file}:3"}]
    assert file.read_text() == "# mine\n[session]\nrounds = 4  # few\n"
    assert "default" in chatarena("config", "unset", "session.rounds").out
    assert file.read_text() == "# mine\n[session]\n"


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        pytest.param("session.rounds", "many", "must be a whole number", id="no number"),
        pytest.param("session.round", "3", "did you mean 'rounds'?", id="unknown key"),
        pytest.param("rounds", "3", "unknown key", id="no section"),
        pytest.param("models.fallback", "sk-proj-0123456789abcdefghijklmnopqrstuvwx", "never stored", id="a key"),
    ],
)
def test_what_is_wrong_is_not_written(chatarena: Chatarena, home: Paths, key: str, value: str, said: str) -> None:
    done = chatarena("config", "set", key, value)
    assert done.code == 2 and said in done.err and value[:8] not in done.out
    assert not home.config_file.exists()


def test_a_weaker_file_is_written_and_that_is_said(
    chatarena: Chatarena, home: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHATARENA_SESSION__ROUNDS", "5")
    done = chatarena("config", "set", "session.rounds", "3")
    assert "the variable CHATARENA_SESSION__ROUNDS" in done.out and "stronger" in done.err
    assert "rounds = 3" in home.config_file.read_text()
